//! HTML to whether the sanitiser would give it back byte for byte.
//!
//! To take a text apart and to write it again is most of what the sanitiser costs, and what the
//! writer makes of Markdown without raw HTML is in the one form that comes out of that anyway. This
//! is the same wall, checked instead of rebuilt, and no trust in the writer: what passes is made of
//! elements and attributes of the sanitiser's own lists alone, every value judged by the
//! sanitiser's own rule, every character escaped that has a meaning, and every element closed in
//! the order it was opened, in a place from which no browser moves it. All else is refused, also
//! what is harmless, and goes through the sanitiser. It does not know who wrote the text.

use ammonia::Url;

use super::DEPTH_MAX;
use super::sanitise::{SCHEMES, is_allowed};

/// What may stand in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Blocks, text and spans.
    Flow,
    /// Text and spans: no block, which could end what it stands in.
    Phrase,
    /// Items of a list, and white space, as in all that follow.
    List,
    /// Head and body of a table.
    Table,
    Rows,
    Cells,
    /// Elements without end.
    Nothing,
}

/// What the writer makes of Markdown: where each stands and what it holds. Raw HTML has more.
#[rustfmt::skip]
pub const ELEMENTS: [(&str, Room, Room); 31] = [
    ("p",          Room::Flow,   Room::Phrase),
    ("code",       Room::Phrase, Room::Phrase),
    ("li",         Room::List,   Room::Flow),
    ("strong",     Room::Phrase, Room::Phrase),
    ("a",          Room::Phrase, Room::Phrase),
    ("em",         Room::Phrase, Room::Phrase),
    ("pre",        Room::Flow,   Room::Phrase),
    ("ul",         Room::Flow,   Room::List),
    ("td",         Room::Cells,  Room::Phrase),
    ("tr",         Room::Rows,   Room::Cells),
    ("th",         Room::Cells,  Room::Phrase),
    ("h1",         Room::Flow,   Room::Phrase),
    ("h2",         Room::Flow,   Room::Phrase),
    ("h3",         Room::Flow,   Room::Phrase),
    ("h4",         Room::Flow,   Room::Phrase),
    ("h5",         Room::Flow,   Room::Phrase),
    ("h6",         Room::Flow,   Room::Phrase),
    ("ol",         Room::Flow,   Room::List),
    ("br",         Room::Phrase, Room::Nothing),
    ("span",       Room::Phrase, Room::Phrase),
    ("div",        Room::Flow,   Room::Flow),
    ("table",      Room::Flow,   Room::Table),
    ("thead",      Room::Table,  Room::Rows),
    ("tbody",      Room::Table,  Room::Rows),
    ("blockquote", Room::Flow,   Room::Flow),
    ("hr",         Room::Flow,   Room::Nothing),
    ("input",      Room::Phrase, Room::Nothing),
    ("img",        Room::Phrase, Room::Nothing),
    ("del",        Room::Phrase, Room::Phrase),
    ("sup",        Room::Phrase, Room::Phrase),
    ("section",    Room::Flow,   Room::Flow),
];

/// More on one element are not looked at.
const ATTRIBUTES_MAX: usize = 8;

/// Whether the sanitiser would give this back as it is. Reads it once.
pub fn is_settled(html: &str) -> bool {
    // Dropped at the start of a text, and there alone.
    !html.starts_with('\u{feff}') && Reader { rest: html, open: Vec::new() }.read().is_some()
}

/// Each step gives `None` at the first thing that is not settled.
struct Reader<'a> {
    rest: &'a str,
    /// What is open, and what each of these holds.
    open: Vec<(&'static str, Room)>,
}

impl Reader<'_> {
    fn read(mut self) -> Option<()> {
        loop {
            self.text()?;
            if self.rest.is_empty() {
                return self.open.is_empty().then_some(());
            }
            self.tag()?;
        }
    }

    fn room(&self) -> Room {
        self.open.last().map_or(Room::Flow, |(_, holds)| *holds)
    }

    fn text(&mut self) -> Option<()> {
        let (text, rest) = self.rest.split_at(run(self.rest, b'<')?);
        let anything = matches!(self.room(), Room::Flow | Room::Phrase);
        let fits = anything || text.bytes().all(|b| matches!(b, b' ' | b'\n' | b'\t'));
        self.rest = rest;
        fits.then_some(())
    }

    /// A tag, at its `<`.
    fn tag(&mut self) -> Option<()> {
        let tag = &self.rest[1..];
        if let Some(end) = tag.strip_prefix('/') {
            let (name, _) = self.open.pop()?;
            self.rest = end.strip_prefix(name)?.strip_prefix('>')?;
            return Some(());
        }
        let name = &tag[..tag.find([' ', '>'])?];
        let (name, stands, holds) = *ELEMENTS.iter().find(|(known, ..)| *known == name)?;
        let room = self.room();
        let fits = stands == room || (stands == Room::Phrase && room == Room::Flow);
        let nested = name == "a" && self.open.iter().any(|(outer, _)| *outer == "a");
        if !fits || nested || self.open.len() == DEPTH_MAX {
            return None;
        }
        self.rest = after_attributes(name, &tag[name.len()..])?;
        // Dropped by whoever reads it.
        if name == "pre" && self.rest.starts_with('\n') {
            return None;
        }
        if holds != Room::Nothing {
            self.open.push((name, holds));
        }
        Some(())
    }
}

/// What follows the attributes of an element and its `>`.
fn after_attributes<'a>(element: &str, mut rest: &'a str) -> Option<&'a str> {
    let mut seen = [""; ATTRIBUTES_MAX];
    for n in 0..=ATTRIBUTES_MAX {
        if let Some(after) = rest.strip_prefix('>') {
            return Some(after);
        }
        let (name, after) = rest.strip_prefix(' ')?.split_once("=\"")?;
        let (value, after) = after.split_at(run(after, b'"')?);
        let address = matches!(name, "href" | "src");
        // Of two by one name the second is dropped.
        let once = !seen[..n].contains(&name);
        if !once || !is_allowed(element, name, value) || (address && !is_settled_address(value)) {
            return None;
        }
        *seen.get_mut(n)? = name;
        rest = after.strip_prefix('"')?;
    }
    None
}

/// How many bytes there are up to `end`, which is the `<` after a text or the `"` after a value,
/// or to the end. `None` where one of them would be written in another way or changed by whoever
/// reads it.
fn run(text: &str, end: u8) -> Option<usize> {
    const NBSP: u8 = 0xa0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(more) = bytes[at..].iter().position(|b| is_special(*b)) {
        at += more;
        at += match bytes[at] {
            b if b == end => return Some(at),
            b'"' => 1,
            b'&' => reference(&text[at..], end)?,
            // The first of the two bytes of C1 controls, of NBSP, and of what is past these.
            0xc2 if bytes.get(at + 1).is_some_and(|next| *next > NBSP) => 2,
            _ => return None,
        };
    }
    Some(bytes.len())
}

fn is_special(byte: u8) -> bool {
    let control = matches!(byte, 0..=0x1f | 0x7f) && !matches!(byte, b'\n' | b'\t');
    control || matches!(byte, b'"' | b'&' | b'<' | b'>' | 0xc2)
}

/// The length of a reference that the sanitiser writes itself.
fn reference(text: &str, end: u8) -> Option<usize> {
    const WRITTEN: [&str; 5] = ["&amp;", "&lt;", "&gt;", "&nbsp;", "&quot;"];
    // Quotes are escaped in values alone.
    let known = &WRITTEN[..WRITTEN.len() - usize::from(end == b'<')];
    known.iter().find(|known| text.starts_with(**known)).map(|known| known.len())
}

/// Whether an address, as it stands in a value, is without doubt one that the sanitiser keeps.
fn is_settled_address(value: &str) -> bool {
    // Readers take out white space before they look for a scheme, and take `\` for `/`.
    if value.is_empty() || value.bytes().any(|b| b <= b' ' || b == b'\\') {
        return false;
    }
    let begins = |scheme: &&str| {
        let rest = value.strip_prefix(*scheme).and_then(|rest| rest.strip_prefix(':'));
        rest.is_some_and(|rest| *scheme == "mailto" || rest.starts_with("//"))
    };
    if !SCHEMES.iter().any(begins) {
        let first = value.split(['/', '?', '#']).next().unwrap_or(value);
        return !first.contains(':');
    }
    // Only one reference is known here; the parser wants what it stands for.
    let known = value.split('&').skip(1).all(|rest| rest.starts_with("amp;"));
    let parsed = || Url::parse(&value.replace("&amp;", "&"));
    known && parsed().is_ok_and(|url| SCHEMES.contains(&url.scheme()))
}
