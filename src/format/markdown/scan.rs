//! The first pass: a text to its events, held against the limits, with the ids of its headings
//! and the numbers of its footnotes, which later passages may refer to.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, Options as Syntax, Parser, Tag, TagEnd, TextMergeWithOffset};

use super::ids::Ids;
use super::{DEPTH_MAX, EVENTS_MAX, Heading, Options, raw};
use crate::error::Place;

/// Why a text is not rendered, as the end of a sentence: "is nested deeper than …".
pub struct TooMuch(pub String);

/// A place in the text that is no character: where a tag of an agent prompt would otherwise turn
/// the lines after it into raw HTML, one is put before the tag. Not in any text: it is replaced.
pub const MARK: char = '\u{fdd0}';

/// More rounds of looking for such tags are not made; what is left is shown as raw text.
const ROUNDS_MAX: usize = 4;

/// The text as it is parsed.
pub struct Source<'a> {
    /// As it was given.
    given: &'a str,
    /// With marks.
    pub text: Cow<'a, str>,
    /// Where the marks are in `text`, rising.
    marks: Vec<usize>,
    /// Where the lines of `given` start.
    lines: Vec<usize>,
}

/// Further into a line the column is not counted, so that a long line costs nothing.
const COLUMN_BYTES_MAX: usize = 4096;

impl<'a> Source<'a> {
    /// CommonMark reads `<example>` at the start of a line as a block of raw HTML up to the next
    /// empty line. Its author means Markdown between two tags, so the tag becomes part of a
    /// paragraph.
    pub fn read(given: &'a str) -> Self {
        let mut text = Cow::Borrowed(given);
        if given.contains(MARK) {
            text = Cow::Owned(given.replace(MARK, "\u{fffd}"));
        }
        let mut marks: Vec<usize> = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let found = shown_tags(&text);
            if found.is_empty() {
                break;
            }
            text = Cow::Owned(marked(&text, &found));
            marks = text.match_indices(MARK).map(|(at, _)| at).collect();
        }
        let lines = given.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(lines).collect();
        Self { given, text, marks, lines }
    }

    /// Line and column of an offset into `text`, in the file the text is from.
    pub fn place(&self, offset: usize, options: &Options) -> Place {
        let before = self.marks.partition_point(|mark| *mark < offset) * MARK.len_utf8();
        let mut end = offset.saturating_sub(before).min(self.given.len());
        while !self.given.is_char_boundary(end) {
            end -= 1;
        }
        let line = self.lines.partition_point(|start| *start <= end);
        let head = &self.given[self.lines[line - 1]..end];
        let column = if head.len() > COLUMN_BYTES_MAX { 0 } else { head.chars().count() + 1 };
        Place::new(options.file, options.first_line + line - 1, column)
    }
}

pub fn syntax() -> Syntax {
    // Heading attributes stay off: they would let a text write any attribute (`# a {onclick=…}`).
    Syntax::ENABLE_TABLES
        | Syntax::ENABLE_FOOTNOTES
        | Syntax::ENABLE_STRIKETHROUGH
        | Syntax::ENABLE_TASKLISTS
        | Syntax::ENABLE_GFM
}

/// Offsets of tags that start a block of raw HTML but are no HTML.
fn shown_tags(text: &str) -> Vec<usize> {
    if !text.contains('<') {
        return Vec::new();
    }
    let events = Parser::new_ext(text, syntax()).into_offset_iter();
    events
        .filter(|(event, _)| matches!(event, Event::Start(Tag::HtmlBlock)))
        .filter_map(|(_, range)| {
            let open = range.start + text[range.clone()].find('<')?;
            is_shown(&text[open..range.end]).then_some(open)
        })
        .collect()
}

/// Whether raw HTML starts with a tag that is shown as text.
pub fn is_shown(html: &str) -> bool {
    let name = html.trim_start_matches(['<', '/']);
    let end =
        name.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.')));
    let name = &name[..end.unwrap_or(name.len())];
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && raw::element(name).is_none()
}

fn marked(text: &str, offsets: &[usize]) -> String {
    let mut out = String::with_capacity(text.len() + offsets.len() * MARK.len_utf8());
    let mut from = 0;
    for at in offsets {
        out.push_str(&text[from..*at]);
        out.push(MARK);
        from = *at;
    }
    out.push_str(&text[from..]);
    out
}

/// A text within the limits.
pub struct Document<'a> {
    pub source: &'a Source<'a>,
    pub events: Vec<(Event<'a>, Range<usize>)>,
    /// Ids of headings so far; raw HTML adds its own.
    pub ids: Ids<'a>,
    pub toc: Vec<Heading>,
    /// By name, from 1 on: in the order of the references, then what nothing refers to.
    pub footnotes: BTreeMap<String, usize>,
}

pub fn scan<'a>(source: &'a Source<'a>, options: &Options<'a>) -> Result<Document<'a>, TooMuch> {
    let mut events = Vec::new();
    let mut depth = 0;
    let parser = Parser::new_ext(&source.text, syntax()).into_offset_iter();
    for event in TextMergeWithOffset::new(parser) {
        match event.0 {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(TooMuch(format!("is nested deeper than {DEPTH_MAX} levels")));
        }
        if events.len() == EVENTS_MAX {
            return Err(TooMuch(format!("has more than {EVENTS_MAX} parts")));
        }
        events.push(event);
    }
    let mut ids = Ids::new(options.id_prefix);
    let footnotes = footnotes(&events);
    for number in footnotes.values() {
        ids.claim(&format!("fn-{number}"));
        ids.claim(&format!("fnref-{number}"));
    }
    let toc = headings(&events, &mut ids, options);
    Ok(Document { source, events, ids, toc, footnotes })
}

fn footnotes(events: &[(Event, Range<usize>)]) -> BTreeMap<String, usize> {
    let mut numbers = BTreeMap::new();
    let references = events.iter().filter_map(|(event, _)| match event {
        Event::FootnoteReference(name) => Some(name),
        _ => None,
    });
    let definitions = events.iter().filter_map(|(event, _)| match event {
        Event::Start(Tag::FootnoteDefinition(name)) => Some(name),
        _ => None,
    });
    for name in references.chain(definitions) {
        let next = numbers.len() + 1;
        numbers.entry(name.to_string()).or_insert(next);
    }
    numbers
}

fn headings(events: &[(Event, Range<usize>)], ids: &mut Ids, options: &Options) -> Vec<Heading> {
    let mut toc = Vec::new();
    let mut outline = Outline::default();
    let mut level = 0;
    let mut text = String::new();
    for (event, _) in events {
        match event {
            Event::Start(Tag::Heading { level: written, .. }) => {
                level = shifted(outline.depth(*written as usize), options);
                text.clear();
            }
            Event::Html(html) => outline.see(html),
            Event::End(TagEnd::Heading(_)) => {
                let text = std::mem::take(&mut text);
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                toc.push(Heading { level, id: ids.of_heading(&text), text });
            }
            Event::Text(part) | Event::Code(part) => push_plain(&mut text, part),
            Event::InlineHtml(html) if is_shown(html) => push_plain(&mut text, html),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    toc
}

/// Where a heading `depth` deep stands. Levels end at 6, as HTML does.
pub fn shifted(depth: usize, options: &Options) -> usize {
    (options.heading_top + depth).saturating_sub(1).clamp(1, 6)
}

/// The written levels of the headings that a heading stands under. Texts start at any level and
/// skip some; how deep a heading lies is what a reader hears.
#[derive(Default)]
struct Outline(Vec<usize>);

impl Outline {
    /// Of a heading written at this level, counted from 1.
    fn depth(&mut self, written: usize) -> usize {
        self.0.retain(|outer| *outer < written);
        self.0.push(written);
        self.0.len()
    }

    /// Headings of raw HTML hold others too.
    fn see(&mut self, html: &str) {
        for (at, _) in html.match_indices("<h") {
            if let Some(level @ b'1'..=b'6') = html.as_bytes().get(at + 2) {
                self.depth(usize::from(level - b'0'));
            }
        }
    }
}

fn push_plain(out: &mut String, text: &str) {
    out.extend(text.chars().filter(|c| *c != MARK && !crate::words::is_invisible(*c)));
}
