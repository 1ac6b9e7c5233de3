//! Text to escaped HTML in which nothing hides: what changes how text looks without showing
//! itself (CVE-2021-42574) is written as its escape.

use super::scan::MARK;
use crate::words::{is_invisible, visible};

/// More are written as escapes without an element, so that hostile text cannot grow much.
const SPANS_MAX: usize = 1000;

/// The sanitiser's writer takes time that grows with the square of the `&` in one text node, and
/// of the characters that begin with the same byte as a no-break space. An empty comment, which it
/// drops, makes two of one.
const SLOW_MAX: usize = 500;

/// Longer values of attributes are cut.
const ATTRIBUTE_CHARS_MAX: usize = 4096;

/// What was found so far.
#[derive(Default)]
pub struct Hidden {
    pub n: usize,
    n_spans: usize,
    n_slow: usize,
}

impl Hidden {
    /// Appends text as HTML.
    pub fn push_text(&mut self, out: &mut String, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(|c| is_special(c) || is_hidden(c)) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let Some(c) = rest.chars().next() else { break };
            if is_hidden(c) {
                let end = rest.find(|c| !is_hidden(c)).unwrap_or(rest.len());
                self.push_hidden(out, &rest[..end]);
                rest = &rest[end..];
            } else {
                push_special(out, c);
                rest = &rest[c.len_utf8()..];
                self.n_slow += usize::from(is_slow(c));
                if is_slow(c) && self.n_slow.is_multiple_of(SLOW_MAX) {
                    out.push_str("<!---->");
                }
            }
        }
        out.push_str(rest);
    }

    fn push_hidden(&mut self, out: &mut String, run: &str) {
        self.n += run.chars().count();
        self.n_spans += 1;
        if self.n_spans > SPANS_MAX {
            return out.push_str(&visible(run));
        }
        out.push_str("<span class=\"hidden-char\" title=\"hidden character\">");
        out.push_str(&visible(run));
        out.push_str("</span>");
    }
}

/// Appends ` name="value"`.
pub fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for c in visible(value).chars().take(ATTRIBUTE_CHARS_MAX) {
        if c == '"' { out.push_str("&quot;") } else { push_special(out, c) }
    }
    out.push('"');
}

fn is_special(c: char) -> bool {
    is_slow(c) || matches!(c, '<' | '>' | '\r' | MARK)
}

fn is_slow(c: char) -> bool {
    matches!(c, '&' | '\u{80}'..='\u{bf}')
}

fn push_special(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\u{a0}' => out.push_str("&nbsp;"),
        '\r' | MARK => {}
        c => out.push(c),
    }
}

fn is_hidden(c: char) -> bool {
    is_invisible(c) || (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
}
