//! The lines of a text: where they begin and end, how far they are indented, and which comments
//! belong to which line.

use std::ops::Range;

/// Where the line of a byte begins; a byte order mark is no part of any line.
pub(super) fn start(text: &str, at: usize) -> usize {
    let first = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    text[..at].rfind('\n').map_or(first, |newline| newline + 1)
}

/// Where the next line begins, or the text ends.
pub(super) fn end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

/// The line's spaces.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let line = &text[start(text, at)..];
    &line[..line.len() - line.trim_start_matches(' ').len()]
}

/// As the first line ends.
pub(super) fn newline(text: &str) -> &'static str {
    let first = text.find('\n').unwrap_or_default();
    if text[..first].ends_with('\r') { "\r\n" } else { "\n" }
}

/// Whether only spaces stand before it on its line.
pub(super) fn is_first(text: &str, at: usize) -> bool {
    text[start(text, at)..at].bytes().all(|byte| byte == b' ')
}

/// Where what belongs to a line begins: with the comments directly above it that are indented as
/// it is.
pub(super) fn start_with_comments(text: &str, at: usize) -> usize {
    let mut first = start(text, at);
    let indent = indent(text, at);
    let is_own = |line: &str| line.strip_prefix(indent).is_some_and(|l| l.starts_with('#'));
    while first > start(text, 0) {
        let above = start(text, first - 1);
        if !is_own(&text[above..first]) {
            break;
        }
        first = above;
    }
    first
}

/// Where the lines of a range end, with comments that go on below, further in than they began.
pub(super) fn end_with_comments(text: &str, range: &Range<usize>) -> usize {
    let deeper = format!("{} ", indent(text, range.start));
    let mut last = end(text, range.end);
    loop {
        let below = end(text, last);
        let line = &text[last..below];
        if !(line.starts_with(&deeper) && line.trim_start_matches(' ').starts_with('#')) {
            return last;
        }
        last = below;
    }
}

/// The whole lines of a range, with the comments that belong to them.
pub(super) fn whole(text: &str, range: &Range<usize>) -> Range<usize> {
    start_with_comments(text, range.start)..end_with_comments(text, range)
}

/// A line to stand at `at`, which begins a line or ends the text.
pub(super) fn inserted(text: &str, at: usize, line: &str) -> String {
    let newline = newline(text);
    let before = &text[..at];
    if before.is_empty() || before == "\u{feff}" || before.ends_with('\n') {
        format!("{line}{newline}")
    } else {
        format!("{newline}{line}")
    }
}

/// What follows on the line behind `at`, spaces and a comment left out.
pub(super) fn is_rest_blank(text: &str, at: usize) -> bool {
    let rest = text[at..end(text, at)].trim();
    rest.is_empty() || rest.starts_with('#')
}
