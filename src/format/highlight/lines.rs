//! Languages that go by lines: Markdown, diffs, and a shell with its answers.

use super::{Class, Html, Language};

pub fn diff(text: &str, out: &mut Html) {
    for line in text.split_inclusive('\n') {
        let (words, end) = split_end(line);
        let head = |starts: &[&str]| starts.iter().any(|start| words.starts_with(start));
        if head(&["+++", "---", "diff ", "index ", "new file", "deleted file", "rename "]) {
            out.part(Class::Comment, words);
        } else if head(&["@@"]) {
            out.part(Class::Keyword, words);
        } else if head(&["+"]) {
            out.part(Class::Added, words);
        } else if head(&["-"]) {
            out.part(Class::Removed, words);
        } else {
            out.plain(words);
        }
        out.plain(end);
    }
}

/// Lines after a prompt are commands, all others what they say.
pub fn console(text: &str, out: &mut Html) {
    for line in text.split_inclusive('\n') {
        let prompt = ["$ ", "# ", "% ", "> "].iter().find(|prompt| line.starts_with(**prompt));
        match prompt {
            Some(prompt) => {
                out.part(Class::Comment, prompt.trim_end());
                out.plain(" ");
                Language::SHELL.lex(&line[prompt.len()..], out);
            }
            None => out.plain(line),
        }
    }
}

pub fn markdown(text: &str, out: &mut Html) {
    let mut rest = front_matter(text, out);
    while !rest.is_empty() {
        let (line, after) = next_line(rest);
        if let Some(fence) = Fence::of(line) {
            out.part(Class::Comment, split_end(line).0);
            out.plain(split_end(line).1);
            let inside = fence.inside(after);
            match Language::named(fence.language) {
                // Markdown in Markdown is enough once.
                Some(Language::Markdown) | None => out.plain(&after[..inside]),
                Some(language) => language.lex(&after[..inside], out),
            }
            let (end, more) = next_line(&after[inside..]);
            out.part(Class::Comment, split_end(end).0);
            out.plain(split_end(end).1);
            rest = more;
            continue;
        }
        markdown_line(line, out);
        rest = after;
    }
}

/// Writes the front matter and gives what follows it.
fn front_matter<'t>(text: &'t str, out: &mut Html) -> &'t str {
    let Some(inner) = text.strip_prefix("---\n") else { return text };
    let Some(end) = inner.find("\n---").map(|at| at + 1) else { return text };
    out.part(Class::Comment, "---");
    out.plain("\n");
    Language::YAML.lex(&inner[..end], out);
    out.part(Class::Comment, "---");
    &inner[end + 3..]
}

fn markdown_line(line: &str, out: &mut Html) {
    let (words, end) = split_end(line);
    let text = words.trim_start_matches([' ', '\t']);
    let hashes = text.len() - text.trim_start_matches('#').len();
    if (1..=6).contains(&hashes) && text[hashes..].starts_with(' ') {
        out.part(Class::Keyword, words);
        return out.plain(end);
    }
    out.plain(&words[..words.len() - text.len()]);
    let mark = list_mark(text);
    out.part(Class::Name, &text[..mark]);
    ticked(&text[mark..], out);
    out.plain(end);
}

/// How long the mark is that makes a line an item or a quotation.
fn list_mark(text: &str) -> usize {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mark = match text.as_bytes().get(digits) {
        Some(b'.' | b')') if (1..=9).contains(&digits) => digits + 1,
        Some(b'-' | b'*' | b'+' | b'>') if digits == 0 => 1,
        _ => return 0,
    };
    if text.len() == mark || text[mark..].starts_with(' ') { mark } else { 0 }
}

/// A line with its code in backticks.
fn ticked(text: &str, out: &mut Html) {
    let mut rest = text;
    while let Some(open) = rest.find('`') {
        let Some(close) = rest[open + 1..].find('`') else { break };
        let end = open + 1 + close + 1;
        out.plain(&rest[..open]);
        out.part(Class::Text, &rest[open..end]);
        rest = &rest[end..];
    }
    out.plain(rest);
}

/// A line that opens code.
struct Fence<'t> {
    sign: char,
    len: usize,
    language: &'t str,
}

impl<'t> Fence<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let text = line.trim();
        let sign = text.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
        let word = text.trim_start_matches(sign);
        let len = text.len() - word.len();
        (len >= 3 && !word.contains('`')).then(|| Self { sign, len, language: word.trim() })
    }

    /// Where the code ends: before the line that closes it, or with the text.
    fn inside(&self, text: &str) -> usize {
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let words = line.trim();
            if words.len() >= self.len && words.chars().all(|c| c == self.sign) {
                return at;
            }
            at += line.len();
        }
        text.len()
    }
}

fn next_line(text: &str) -> (&str, &str) {
    text.split_at(text.find('\n').map_or(text.len(), |at| at + 1))
}

/// A line and its end.
fn split_end(line: &str) -> (&str, &str) {
    line.split_at(line.trim_end_matches('\n').len())
}
