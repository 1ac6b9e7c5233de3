//! Code to HTML with a class for each part that a reader looks for: comments, strings, keywords,
//! numbers, names, and what a diff adds and takes.
//!
//! By tables of words and quotes, not by grammars: what it tells apart is what helps to read. One
//! pass without looking back, so that its time grows with the text and no text can hold it up. A
//! language that it does not know stays plain. It knows nothing of Markdown, pages and colours.

mod code;
mod language;
mod lines;
mod markup;
mod words;

#[cfg(test)]
mod tests;

pub use language::Language;

/// Parts of one text that get a class; what follows stays plain.
pub const SPANS_MAX: usize = 50_000;

/// What a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Comment,
    Text,
    Keyword,
    Number,
    /// A key, an attribute, a variable, what is called.
    Name,
    Added,
    Removed,
}

impl Class {
    /// The class in HTML, short because there are many.
    const fn word(self) -> &'static str {
        match self {
            Self::Comment => "c",
            Self::Text => "s",
            Self::Keyword => "k",
            Self::Number => "n",
            Self::Name => "a",
            Self::Added => "p",
            Self::Removed => "m",
        }
    }
}

/// A text as escaped HTML, for the inside of `<pre><code>`.
pub fn html(language: Option<Language>, text: &str) -> String {
    let mut spans = SPANS_MAX;
    html_within(language, text, &mut spans)
}

/// The same for one of several texts that share a number of parts.
pub fn html_within(language: Option<Language>, text: &str, spans: &mut usize) -> String {
    let mut out = Html { html: String::with_capacity(text.len() * 2), spans: *spans };
    match language {
        Some(language) => language.lex(text, &mut out),
        None => out.plain(text),
    }
    *spans = out.spans;
    out.html
}

/// The HTML so far.
struct Html {
    html: String,
    /// How many more parts may get a class.
    spans: usize,
}

impl Html {
    fn plain(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['&', '<', '>', '\r']) {
            self.html.push_str(&rest[..at]);
            self.html.push_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                _ => "",
            });
            rest = &rest[at + 1..];
        }
        self.html.push_str(rest);
    }

    fn part(&mut self, class: Class, text: &str) {
        if self.spans == 0 || text.is_empty() {
            return self.plain(text);
        }
        self.spans -= 1;
        self.html.push_str("<span class=\"");
        self.html.push_str(class.word());
        self.html.push_str("\">");
        self.plain(text);
        self.html.push_str("</span>");
    }
}
