//! Raw HTML inside a text to tokens, and which elements of it are honoured.
//!
//! It is read as an author means it, not as a browser repairs it: what is no plain tag is text.
//! Every token borrows from the input and the input is read once.

use pulldown_cmark::{Event, Parser};

#[derive(Debug, PartialEq)]
pub enum Token<'a> {
    Text(&'a str),
    Start(Tag<'a>),
    /// The name as written, and the whole tag.
    End(&'a str, &'a str),
    Comment,
}

#[derive(Debug, PartialEq)]
pub struct Tag<'a> {
    pub name: &'a str,
    /// As written: name and value, at most [`ATTRIBUTES_MAX`].
    pub attributes: Vec<(&'a str, &'a str)>,
    pub closed: bool,
    /// The whole tag.
    pub source: &'a str,
}

/// More on one tag are not looked at.
const ATTRIBUTES_MAX: usize = 32;

/// What raw HTML may become in a page.
#[derive(Debug, PartialEq)]
pub struct Element {
    /// As it is written to the page.
    pub name: &'static str,
    pub shape: Shape,
    /// A class that keeps what the old name meant.
    pub class: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Block,
    Inline,
    /// Without content.
    Void,
    /// `table` and its parts that hold no text themselves.
    TablePart,
    /// Without meaning for us: its content stays, it goes.
    Gone,
}

/// `None` for what agent prompts are full of and HTML does not know: it is shown as text.
pub fn element(name: &str) -> Option<Element> {
    let name = name.to_ascii_lowercase();
    let (class, name) = match name.as_str() {
        "center" => (Some("align-center"), "div"),
        "strike" => (None, "s"),
        "tt" => (None, "code"),
        name => (None, name),
    };
    SHAPES.iter().find_map(|(shape, names)| {
        let name = names.iter().find(|known| **known == name)?;
        Some(Element { name, shape: *shape, class })
    })
}

#[rustfmt::skip]
const SHAPES: [(Shape, &[&str]); 5] = [
    (Shape::Inline, &[
        "a", "abbr", "b", "bdi", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q",
        "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "u", "var",
    ]),
    (Shape::Block, &[
        "blockquote", "caption", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1",
        "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "summary", "td", "th", "ul",
    ]),
    (Shape::TablePart, &["table", "tbody", "tfoot", "thead", "tr"]),
    (Shape::Void, &["br", "hr", "img", "wbr"]),
    (Shape::Gone, &["font", "picture", "source"]),
];

impl Element {
    pub fn is_block(&self) -> bool {
        matches!(self.shape, Shape::Block | Shape::TablePart) || self.name == "hr"
    }

    /// Elements of which one must be open, else the tag is text.
    pub fn parents(&self) -> &'static [&'static str] {
        match self.name {
            "caption" | "tbody" | "thead" | "tfoot" | "tr" => &["table"],
            "td" | "th" => &["tr"],
            "summary" => &["details"],
            "figcaption" => &["figure"],
            "dd" | "dt" => &["dl"],
            "rt" | "rp" => &["ruby"],
            _ => &[],
        }
    }

    /// Elements that its start ends, and those beyond which it does not look.
    pub fn ends(&self) -> (&'static [&'static str], &'static [&'static str]) {
        match self.name {
            "li" => (&["li"], &["ul", "ol"]),
            "dd" | "dt" => (&["dd", "dt"], &["dl"]),
            "td" | "th" => (&["td", "th", "caption"], &["table"]),
            "tr" => (&["tr", "caption"], &["table"]),
            "tbody" | "thead" | "tfoot" => {
                (&["tbody", "thead", "tfoot", "tr", "caption"], &["table"])
            }
            _ => (&[], &[]),
        }
    }
}

/// Reads a stretch of raw HTML.
pub fn tokens(html: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut text_from = 0;
    let mut at = 0;
    // Once no comment ends, none further on does: looked for once.
    let mut comments_end = true;
    while let Some(open) = html[at..].find('<').map(|found| at + found) {
        let rest = &html[open..];
        let token = if rest.starts_with("<!--") && comments_end {
            let end = rest[4..].find("-->");
            comments_end = end.is_some();
            end.map(|end| (Token::Comment, end + 7))
        } else {
            tag(rest)
        };
        let Some((token, length)) = token else {
            at = open + 1;
            continue;
        };
        if text_from < open {
            tokens.push(Token::Text(&html[text_from..open]));
        }
        tokens.push(token);
        at = open + length;
        text_from = at;
    }
    if text_from < html.len() {
        tokens.push(Token::Text(&html[text_from..]));
    }
    tokens
}

/// A tag at the start of `text`, and its length. No `<` stands in a tag outside quotes, and no
/// tag is longer than `TAG_BYTES_MAX`, so that many unfinished ones cost little.
fn tag(text: &str) -> Option<(Token<'_>, usize)> {
    const TAG_BYTES_MAX: usize = 8 << 10;
    let bytes = &text.as_bytes()[..text.len().min(TAG_BYTES_MAX)];
    let slash = usize::from(bytes.get(1) == Some(&b'/'));
    let name_from = 1 + slash;
    let name_to = name_end(bytes, name_from)?;
    let name = &text[name_from..name_to];
    let mut attributes = Vec::new();
    let mut at = name_to;
    loop {
        let before = at;
        at = skip(bytes, at, |b| b.is_ascii_whitespace());
        match bytes.get(at)? {
            b'>' => {
                let source = &text[..=at];
                let token = if slash == 1 {
                    Token::End(name, source)
                } else {
                    let closed = source.ends_with("/>");
                    Token::Start(Tag { name, attributes, closed, source })
                };
                return Some((token, at + 1));
            }
            b'/' => at += 1,
            b'<' => return None,
            _ if before == at && bytes[at - 1] != b'/' => return None,
            _ => {
                let (attribute, end) = attribute(text, bytes, at)?;
                if attributes.len() < ATTRIBUTES_MAX {
                    attributes.push(attribute);
                }
                at = end;
            }
        }
    }
}

/// Letters, digits and what XML allows in names, from a letter on.
fn name_end(bytes: &[u8], from: usize) -> Option<usize> {
    bytes.get(from).filter(|b| b.is_ascii_alphabetic())?;
    Some(skip(bytes, from, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':' | b'.')))
}

fn attribute<'a>(text: &'a str, bytes: &[u8], from: usize) -> Option<((&'a str, &'a str), usize)> {
    let end_of_name = |b: u8| b.is_ascii_whitespace() || matches!(b, b'=' | b'>' | b'/' | b'<');
    let name_to = skip(bytes, from, |b| !end_of_name(b));
    let name = text.get(from..name_to).filter(|name| !name.is_empty())?;
    let equals = skip(bytes, name_to, |b| b.is_ascii_whitespace());
    if bytes.get(equals) != Some(&b'=') {
        return Some(((name, ""), name_to));
    }
    let from = skip(bytes, equals + 1, |b| b.is_ascii_whitespace());
    let quote = *bytes.get(from)?;
    if matches!(quote, b'"' | b'\'') {
        let to = skip(bytes, from + 1, |b| b != quote);
        bytes.get(to)?;
        return Some(((name, text.get(from + 1..to)?), to + 1));
    }
    let to = skip(bytes, from, |b| !b.is_ascii_whitespace() && !matches!(b, b'>' | b'<'));
    Some(((name, text.get(from..to)?), to))
}

fn skip(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().position(|b| !wanted(*b)).map_or(bytes.len(), |n| from + n)
}

/// References that need no look into the whole table.
const COMMON: [(&str, char); 5] =
    [("&amp;", '&'), ("&gt;", '>'), ("&lt;", '<'), ("&nbsp;", '\u{a0}'), ("&quot;", '"')];

/// Character references to what they stand for, by the Markdown parser's own table.
pub fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = rest.bytes().take(40).position(|b| b == b';').map_or(1, |end| end + 1);
        let reference = &rest[..length];
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'#';
        if let Some((_, c)) = COMMON.iter().find(|(name, _)| *name == reference) {
            out.push(*c);
        } else if length > 2 && reference[1..length - 1].bytes().all(inner) {
            for event in Parser::new(reference) {
                if let Event::Text(text) = event {
                    out.push_str(&text);
                }
            }
        } else {
            out.push_str(reference);
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(tag: &str) -> Tag<'_> {
        match tokens(tag).remove(0) {
            Token::Start(tag) => tag,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn tags_comments_and_text_are_told_apart() {
        let html = "a <b x=1 y='2' z>c</b><!-- d --> 1 < 2 <e/>";
        let source = "<b x=1 y='2' z>";
        let attributes = vec![("x", "1"), ("y", "2"), ("z", "")];
        assert_eq!(
            tokens(html),
            [
                Token::Text("a "),
                Token::Start(Tag { name: "b", attributes, closed: false, source }),
                Token::Text("c"),
                Token::End("b", "</b>"),
                Token::Comment,
                Token::Text(" 1 < 2 "),
                Token::Start(Tag { name: "e", attributes: vec![], closed: true, source: "<e/>" }),
            ]
        );
    }

    #[test]
    fn what_is_not_finished_is_text() {
        for html in
            ["<", "<a", "<a b='", "<!-- a", "<!doctype html>", "<?x?>", "</", "<a <b", "< a>"]
        {
            assert_eq!(tokens(html), [Token::Text(html)], "{html}");
        }
        assert_eq!(start("<a/onclick=x>").attributes, [("onclick", "x")]);
    }

    #[test]
    fn references_are_decoded_once() {
        assert_eq!(decoded("&#106;ava&Tab;&amp;lt; &nope; & &lt"), "java\t&lt; &nope; & &lt");
        assert_eq!(decoded("&#x202e;"), "\u{202e}");
    }
}
