//! How things look in a terminal: problems the way rustc shows them, and tables.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use crate::error::{Error, Problem, Severity};
use crate::words;

/// Writes text without colours to standard output; when nobody reads it any more, that is all
/// right. It is written as it is: looking for colours to leave out costs more than to make it.
pub(super) fn out(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n"));
}

/// As [`out`], of text with colours, where the terminal has them.
pub(super) fn out_styled(text: &str) {
    let _ = writeln!(anstream::stdout().lock(), "{text}");
}

/// Writes a value to standard output, on one line. Characters that a terminal would act on, or that
/// hide, are written as escapes, also those that JSON does not ask to escape.
pub(super) fn json(value: &serde_json::Value) {
    out(&plain(value));
}

fn plain(value: &serde_json::Value) -> String {
    words::escaped(&value.to_string(), |c, text| {
        let mut units = [0; 2];
        c.encode_utf16(&mut units).iter().for_each(|unit| *text += &format!("\\u{unit:04x}"));
    })
}

/// Writes a value to standard error, on one line: one event of a log.
pub(super) fn log(value: &serde_json::Value) {
    line(&plain(value));
}

/// Writes a line to standard error.
pub(super) fn line(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

pub(super) fn error(error: &Error) {
    error.problems.iter().for_each(problem);
}

pub(super) fn problem(problem: &Problem) {
    line(&styled(problem));
}

/// Three lines: what, where, what to do.
pub(super) fn styled(problem: &Problem) -> String {
    let bold = Style::new().bold();
    let color = Style::new().bold().fg_color(Some(
        match problem.severity {
            Severity::Error => AnsiColor::Red,
            Severity::Warning => AnsiColor::Yellow,
            Severity::Note => AnsiColor::Cyan,
        }
        .into(),
    ));
    let blue = Style::new().bold().fg_color(Some(AnsiColor::Blue.into()));
    let mut text = format!(
        "{color}{}[{}]{color:#}{bold}: {}{bold:#}",
        problem.severity,
        problem.code,
        words::visible(&problem.message)
    );
    if let Some(place) = &problem.place {
        text += &format!("\n  {blue}-->{blue:#} {}", words::visible(&place.to_string()));
    }
    if let Some(help) = &problem.help {
        let help: Vec<String> = help.lines().map(words::visible).collect();
        text += &format!("\n  {blue}help{blue:#}: {}", help.join("\n"));
    }
    text
}

/// How many characters a line of the terminal holds, where standard output is one.
pub(super) fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

/// Lines of a table, each with what goes below it: nothing, or where the terminal is too narrow for
/// all columns those behind the first `n`.
pub(super) fn fitted(rows: &[Vec<String>], n: usize) -> Vec<(String, Option<String>)> {
    let lines =
        |rows: &[Vec<String>]| -> Vec<String> { table(rows).lines().map(str::to_owned).collect() };
    let whole = lines(rows);
    let longest = whole.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    if width().is_none_or(|width| longest <= width) {
        return whole.into_iter().map(|line| (line, None)).collect();
    }
    let first: Vec<Vec<String>> = rows.iter().map(|row| row[..n.min(row.len())].to_vec()).collect();
    let rest = rows.iter().map(|row| {
        let cells = row.iter().skip(n).filter(|cell| !cell.is_empty());
        let cells: Vec<String> = cells.map(|cell| words::visible(cell)).collect();
        (!cells.is_empty()).then(|| format!("    {}", cells.join("  ")))
    });
    lines(&first).into_iter().zip(rest).collect()
}

/// Rows in columns as wide as their widest cell, the last one as long as it is.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let n_columns = rows.first().map_or(0, Vec::len);
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| words::visible(cell)).collect()).collect();
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let start = text.len();
        for (cell, width) in row.iter().zip(&widths) {
            text.push_str(cell);
            let n_blank = width - cell.chars().count() + 2;
            text.extend(std::iter::repeat_n(' ', n_blank));
        }
        text.truncate(start + text[start..].trim_end().len());
        text.push('\n');
    }
    text.pop();
    text
}
