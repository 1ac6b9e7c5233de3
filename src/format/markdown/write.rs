//! The second pass: events to HTML, with every element closed in the order it was opened.
//!
//! Raw HTML is honoured element by element, never copied. No inline element stays open where a
//! block begins: a browser (and the sanitiser) would open it again in every block that follows,
//! which lets a small text grow without bound.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use pulldown_cmark::{Alignment, Event, Tag, TagEnd};

use super::hidden::{Hidden, push_attribute};
use super::ids::Ids;
use super::raw::Shape;
use super::sanitise::REL;
use super::scan::{Document, Source, TooMuch, is_shown};
use super::{
    BROKEN_LINK, DEPTH_MAX, HIDDEN_CHARACTERS, HTML_BYTES_MAX, Heading, Options, Rendered, link,
};
use crate::error::Problem;
use crate::words;

type Events<'a> = [(Event<'a>, Range<usize>)];

pub fn write(document: Document, options: &Options) -> Result<Rendered, TooMuch> {
    let Document { source, events, ids, toc, footnotes } = document;
    let mut writer = Writer {
        options,
        source,
        ids,
        toc: &toc,
        footnotes: &footnotes,
        notes: vec![String::new(); footnotes.len()],
        referred: BTreeSet::new(),
        html: String::with_capacity(source.text.len() * 3 / 2),
        outer: Vec::new(),
        note: Vec::new(),
        size: 0,
        open: Vec::new(),
        n_headings: 0,
        columns: Vec::new(),
        column: 0,
        in_table_head: false,
        hidden: Hidden::default(),
        first_hidden: 0,
        fragments: Vec::new(),
        problems: Vec::new(),
        keeps_lines: false,
        offset: 0,
    };
    writer.events(&events)?;
    writer.close_to(0);
    writer.footnotes();
    writer.last_checks();
    let Writer { html, mut problems, .. } = writer;
    problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    Ok(Rendered { html, toc, problems })
}

pub struct Writer<'a> {
    pub options: &'a Options<'a>,
    source: &'a Source<'a>,
    pub ids: Ids<'a>,
    pub toc: &'a [Heading],
    pub footnotes: &'a BTreeMap<String, usize>,
    /// The HTML of each footnote, by its number less one.
    pub notes: Vec<String>,
    /// Footnotes that have a reference already.
    referred: BTreeSet<usize>,
    pub html: String,
    /// What was written before the footnote that is being written.
    pub outer: Vec<String>,
    /// The footnotes that are being written, by their place in `notes`.
    pub note: Vec<usize>,
    /// Bytes that are no longer, or not now, in `html`.
    pub size: usize,
    open: Vec<Open>,
    pub n_headings: usize,
    pub columns: Vec<Alignment>,
    pub column: usize,
    pub in_table_head: bool,
    hidden: Hidden,
    /// Where the first hidden character stands.
    first_hidden: usize,
    /// Links inside the text that had no target when they were written, and where they stand.
    pub fragments: Vec<(String, usize)>,
    problems: Vec<Problem>,
    /// In a paragraph that starts with a tag of a prompt: such are dialogues, line by line.
    pub keeps_lines: bool,
    /// Where in the text the current event stands.
    pub offset: usize,
}

/// An element that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// As raw HTML names it; empty for Markdown.
    pub name: &'static str,
    pub close: Close,
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    Tag(&'static str),
    Text(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Markdown that may hold blocks.
    Flow,
    /// Markdown that holds text and spans alone.
    Phrase,
    /// Markdown in which text stands as it is.
    Verbatim,
    Raw(Shape),
}

impl Writer<'_> {
    fn events(&mut self, events: &Events) -> Result<(), TooMuch> {
        let mut at = 0;
        while let Some((event, range)) = events.get(at) {
            self.offset = range.start;
            at += 1;
            match event {
                Event::Start(Tag::Image { dest_url, title, .. }) => {
                    let (alt, end) = alt_text(events, at);
                    self.image(dest_url, &alt, title, &[]);
                    at = end;
                }
                Event::Start(Tag::HtmlBlock) => {
                    let (html, end) = html_block(events, at);
                    self.raw(&html)?;
                    at = end;
                }
                Event::Start(tag) => self.start(tag, &events[at..])?,
                Event::End(tag) => self.end(tag),
                Event::SoftBreak if self.keeps_lines || beside_shown_tag(events, at - 1) => {
                    self.push("<br>\n");
                }
                event => self.leaf(event)?,
            }
            if self.html.len() + self.size > HTML_BYTES_MAX {
                let max = words::bytes(HTML_BYTES_MAX as u64);
                return Err(TooMuch(format!("grows to more than {max} of HTML")));
            }
        }
        Ok(())
    }

    fn leaf(&mut self, event: &Event) -> Result<(), TooMuch> {
        match event {
            Event::Text(text) => self.text(text),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.push("<code>");
                self.push_text(text);
                self.html.push_str("</code>");
            }
            Event::Html(html) | Event::InlineHtml(html) => self.raw(html)?,
            Event::FootnoteReference(name) => self.footnote_reference(name),
            Event::SoftBreak => self.push("\n"),
            Event::HardBreak => self.push("<br>\n"),
            Event::Rule => {
                self.begin_block();
                self.html.push_str("<hr>\n");
            }
            Event::TaskListMarker(done) => {
                let (checked, label) =
                    if *done { (" checked=\"\"", "done") } else { ("", "to do") };
                self.push(&format!(
                    "<input type=\"checkbox\" disabled=\"\"{checked} aria-label=\"{label}\"> "
                ));
            }
            Event::Start(_) | Event::End(_) => {}
        }
        Ok(())
    }

    /// Text, with bare addresses as links where links may be.
    pub fn text(&mut self, text: &str) {
        self.begin_content();
        let verbatim = self.open.last().is_some_and(|open| open.origin == Origin::Verbatim);
        let mut rest = text;
        while let Some((start, end)) =
            (!verbatim && !self.in_link()).then(|| link::find_bare(rest)).flatten()
        {
            self.push_text(&rest[..start]);
            match link::classify(&rest[start..end]) {
                link::Address::Web { href, .. } => {
                    self.html.push_str("<a");
                    push_attribute(&mut self.html, "href", &href);
                    push_attribute(&mut self.html, "rel", REL);
                    self.html.push('>');
                    self.push_text(&rest[start..end]);
                    self.html.push_str("</a>");
                }
                _ => self.push_text(&rest[start..end]),
            }
            rest = &rest[end..];
        }
        self.push_text(rest);
    }

    /// Escaped text.
    pub fn push_text(&mut self, text: &str) {
        let n = self.hidden.n;
        self.hidden.push_text(&mut self.html, text);
        if n == 0 && self.hidden.n > 0 {
            self.first_hidden = self.offset;
        }
    }

    /// HTML that counts as text.
    pub fn push(&mut self, html: &str) {
        self.begin_content();
        self.html.push_str(html);
    }

    /// Text may not stand in a table outside its cells: a browser moves it before the table, at a
    /// cost that grows with what is there already. So such a table ends.
    pub fn begin_content(&mut self) {
        while let Some(Open { origin: Origin::Raw(Shape::TablePart), .. }) = self.open.last() {
            self.close_top();
        }
    }

    /// Ends what may not hold a block.
    pub fn begin_block(&mut self) {
        self.begin_content();
        while let Some(open) = self.open.last() {
            match open.origin {
                Origin::Raw(Shape::Inline) => self.close_top(),
                Origin::Raw(_) if open.name == "p" => self.close_top(),
                _ => break,
            }
        }
    }

    pub fn push_open(&mut self, open: Open) -> Result<(), TooMuch> {
        if self.open.len() >= DEPTH_MAX {
            return Err(TooMuch(format!("is nested deeper than {DEPTH_MAX} levels")));
        }
        self.open.push(open);
        Ok(())
    }

    pub fn open(&self) -> &[Open] {
        &self.open
    }

    pub fn close_top(&mut self) {
        match self.open.pop().map(|open| open.close) {
            Some(Close::Tag(name)) => {
                self.html.push_str("</");
                self.html.push_str(name);
                self.html.push('>');
            }
            Some(Close::Text(text)) => self.html.push_str(text),
            None => {}
        }
    }

    pub fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            self.close_top();
        }
    }

    /// Ends the innermost element of Markdown and the raw HTML left open in it.
    pub fn end_markdown(&mut self) {
        self.close_raw();
        self.close_top();
    }

    /// Ends the raw HTML left open.
    pub fn close_raw(&mut self) {
        while let Some(Open { origin: Origin::Raw(_), .. }) = self.open.last() {
            self.close_top();
        }
    }

    pub fn in_link(&self) -> bool {
        self.open.iter().any(|open| open.close == Close::Tag("a"))
    }

    pub fn problem(&mut self, code: &str, offset: usize, message: String, help: &str) {
        let place = self.source.place(offset, self.options);
        self.problems.push(Problem::warning(code, message).at(place).help(help));
    }

    fn footnote_reference(&mut self, name: &str) {
        let Some(number) = self.footnotes.get(name).copied() else { return };
        let prefix = self.options.id_prefix;
        self.push("<sup class=\"footnote-ref\">");
        if self.in_link() {
            self.html.push_str(&format!("{number}</sup>"));
            return;
        }
        let first = self.referred.insert(number);
        let id = if first { format!(" id=\"{prefix}fnref-{number}\"") } else { String::new() };
        self.html.push_str(&format!("<a href=\"#{prefix}fn-{number}\"{id}>{number}</a></sup>"));
    }

    fn footnotes(&mut self) {
        if self.notes.iter().all(String::is_empty) {
            return;
        }
        let prefix = self.options.id_prefix;
        self.html.push_str("<section class=\"footnotes\">\n<ol>\n");
        for (note, number) in std::mem::take(&mut self.notes).into_iter().zip(1..) {
            self.html.push_str(&format!("<li id=\"{prefix}fn-{number}\">\n{note}"));
            if self.referred.contains(&number) {
                let back = format!("<a href=\"#{prefix}fnref-{number}\" class=\"backref\">↩</a>\n");
                self.html.push_str(&back);
            }
            self.html.push_str("</li>\n");
        }
        self.html.push_str("</ol>\n</section>\n");
    }

    fn last_checks(&mut self) {
        for (fragment, offset) in std::mem::take(&mut self.fragments) {
            if self.ids.find(&fragment).is_none() {
                let fragment = words::visible(&fragment);
                let message = format!("the link to `#{fragment}` leads to no heading of this text");
                self.problem(BROKEN_LINK, offset, message, "write the heading's words with `-`");
            }
        }
        if self.hidden.n > 0 {
            let n = words::count(self.hidden.n, "hidden character");
            let message = format!("the text has {n}, shown as escapes");
            self.problem(HIDDEN_CHARACTERS, self.first_hidden, message, "remove what is not meant");
        }
    }
}

/// The text of an image, and where the events after it start.
fn alt_text(events: &Events, from: usize) -> (String, usize) {
    let mut alt = String::new();
    let mut depth = 0;
    for (i, (event, _)) in events.iter().enumerate().skip(from) {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(TagEnd::Image) if depth == 0 => return (alt, i + 1),
            Event::End(_) => depth -= 1,
            Event::Text(text) | Event::Code(text) => alt.push_str(text),
            Event::InlineHtml(html) if is_shown(html) => alt.push_str(html),
            Event::SoftBreak | Event::HardBreak => alt.push(' '),
            _ => {}
        }
    }
    (alt, events.len())
}

/// The lines of a block of raw HTML, and where the events after it start.
fn html_block(events: &Events, from: usize) -> (String, usize) {
    let mut html = String::new();
    for (i, (event, _)) in events.iter().enumerate().skip(from) {
        match event {
            Event::Html(line) | Event::Text(line) => html.push_str(line),
            Event::End(TagEnd::HtmlBlock) => return (html, i + 1),
            _ => {}
        }
    }
    (html, events.len())
}

/// Whether the line break at `at` stands next to a tag that is shown: it gets its own line.
fn beside_shown_tag(events: &Events, at: usize) -> bool {
    let shown = |i: Option<usize>| match i.and_then(|i| events.get(i)) {
        Some((Event::InlineHtml(html), _)) => is_shown(html),
        _ => false,
    };
    shown(at.checked_sub(1)) || shown(Some(at + 1))
}
