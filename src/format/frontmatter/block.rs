//! Where the front matter of a text stands, found line by line before any of it is read.

/// The front matter of a text, or none.
pub(super) enum Split<'t> {
    None,
    Block(Block<'t>),
}

pub(super) struct Block<'t> {
    /// The lines between the `---` lines.
    pub text: &'t str,
    /// The line of the file, from 1, on which `text` starts.
    pub line: usize,
    /// Byte offset and line of what follows.
    pub body: usize,
    pub body_line: usize,
    /// The line of the `---`, when something stands above it.
    pub opened_late: Option<usize>,
    /// There is no second `---`.
    pub unclosed: bool,
}

/// How far down a block may start, when something stands above it.
const LINES_ABOVE_MAX: usize = 20;

/// Where the text starts: behind its byte-order mark.
pub(super) fn start(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// A line with its offset in the text and its number from 1; without its line break.
struct Line<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    number: usize,
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut at = start(text);
    text[at..].split_inclusive('\n').enumerate().map(move |(i, line)| {
        let end = at + line.len();
        let found = Line { text: line.trim_end(), at, end, number: i + 1 };
        at = end;
        found
    })
}

pub(super) fn split(text: &str) -> Split<'_> {
    let all: Vec<Line<'_>> = lines(text).collect();
    let Some(open) = opening(&all) else { return Split::None };
    let inside = &all[open + 1..];
    let opened_late = (open > 0).then(|| all[open].number);
    let line = all[open].number + 1;
    let from = all[open].end;
    if let Some(close) = inside.iter().position(is_close) {
        let close = &inside[close];
        return Split::Block(Block {
            text: &text[from..close.at],
            line,
            body: close.end,
            body_line: close.number + 1,
            opened_late,
            unclosed: false,
        });
    }
    // Without an end: as far as the lines look like metadata.
    let length = inside.iter().take_while(|line| is_metadata(line.text)).count();
    if !inside[..length].iter().any(|line| is_key_line(line.text)) {
        return Split::None;
    }
    let body = inside.get(length).map_or(text.len(), |line| line.at);
    Split::Block(Block {
        text: &text[from..body],
        line,
        body,
        body_line: line + length,
        opened_late,
        unclosed: true,
    })
}

/// The place of the opening `---` among the lines: the first line, or further down when a closed
/// block of keys follows and nothing but comments stands above, or it holds a name or description.
fn opening(all: &[Line<'_>]) -> Option<usize> {
    if all.first()?.text == "---" {
        return Some(0);
    }
    let above = all.iter().take(LINES_ABOVE_MAX + 1);
    // What stands in a fence is an example.
    let open = above
        .take_while(|line| !line.text.starts_with("```") && !line.text.starts_with("~~~"))
        .position(|line| line.text == "---")?;
    let inside = &all[open + 1..];
    let close = inside.iter().position(is_close)?;
    let comment = |line: &str| line.starts_with("<!--") && line.ends_with("-->");
    let nothing_above = all[..open].iter().all(|line| line.text.is_empty() || comment(line.text));
    let named =
        |line: &Line<'_>| line.text.starts_with("name:") || line.text.starts_with("description:");
    let first_is_key = inside.first().is_some_and(|line| is_key_line(line.text));
    let is_meant = nothing_above || inside[..close].iter().any(named);
    (first_is_key && is_meant).then_some(open)
}

fn is_close(line: &Line<'_>) -> bool {
    matches!(line.text, "---" | "...")
}

fn is_metadata(line: &str) -> bool {
    is_key_line(line) || line.starts_with([' ', '\t', '#']) || line.starts_with("- ")
}

/// `key:` or `key: value` at the start of the line.
pub(super) fn is_key_line(line: &str) -> bool {
    key_of(line).is_some()
}

/// The key, and what follows its `:`.
pub(super) fn key_of(line: &str) -> Option<(&str, &str)> {
    let (key, rest) = line.split_once(':')?;
    let key = key.trim_end();
    let bare = key.trim_matches(['"', '\'']);
    let sign = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    let first = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let is_key = key.starts_with(['"', '\'']) || key.starts_with(first);
    let ends = rest.is_empty() || rest.starts_with([' ', '\t']);
    (is_key && ends && !bare.is_empty() && bare.chars().all(sign)).then_some((bare, rest.trim()))
}
