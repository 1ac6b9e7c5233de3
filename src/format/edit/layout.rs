//! YAML text to where each part of it stands, in bytes: what the edits cut and insert.
//!
//! It knows no file format, and it is no gate: whoever edits has read the text strictly before.

use std::ops::Range;

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, Span};

/// A value of the text.
#[derive(Debug)]
pub(super) struct Part {
    /// Of a text in a block (`|`, `>`) only its lines, without the sign.
    pub(super) range: Range<usize>,
    pub(super) shape: Shape,
    /// It holds an anchor, an alias or a tag, or is laid out so that lines cannot be cut out of it.
    pub(super) is_odd: bool,
}

#[derive(Debug)]
pub(super) enum Shape {
    Scalar { text: String, style: Style },
    Group(Group),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// `|` or `>`.
    Block,
}

/// A mapping or a list.
#[derive(Debug)]
pub(super) struct Group {
    /// Between brackets; else one entry a line.
    pub(super) is_flow: bool,
    pub(super) is_map: bool,
    pub(super) entries: Vec<Entry>,
}

/// A key with its value, or an item of a list.
#[derive(Debug)]
pub(super) struct Entry {
    /// From the key, or the dash, to the end of the value, or to the `:` where there is none.
    pub(super) range: Range<usize>,
    pub(super) key: Option<Part>,
    /// The `:` behind the key; none in a list, and for a key alone between brackets.
    pub(super) colon: Option<usize>,
    pub(super) value: Part,
}

impl Part {
    pub(super) fn group(&self) -> Option<&Group> {
        match &self.shape {
            Shape::Group(group) => Some(group),
            Shape::Scalar { .. } => None,
        }
    }

    pub(super) fn scalar(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar { text, .. } => Some(text),
            Shape::Group(_) => None,
        }
    }

    /// Whether nothing stands there, or a word that means nothing.
    pub(super) fn is_null(&self) -> bool {
        match &self.shape {
            Shape::Scalar { text, style: Style::Plain } => {
                matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }
}

impl Entry {
    pub(super) fn name(&self) -> &str {
        self.key.as_ref().and_then(Part::scalar).unwrap_or_default()
    }
}

impl Group {
    pub(super) fn entry(&self, name: &str) -> Option<(usize, &Entry)> {
        self.entries.iter().enumerate().find(|(_, entry)| self.is_map && entry.name() == name)
    }

    /// The item of a list that is this text.
    pub(super) fn item(&self, text: &str) -> Option<usize> {
        self.entries.iter().position(|entry| !self.is_map && entry.value.scalar() == Some(text))
    }
}

/// The root of a text that was read strictly before; `None` when it holds no value at all.
pub(super) fn read(text: &str) -> Option<Part> {
    let options = granit_parser::options! {
        emit_comments: false,
        simple_key_max_lookahead: 1 << 16,
    };
    let mut builder = Builder { parser: Parser::new_from_str_with_options(text, options), text };
    loop {
        let (event, span) = builder.next()?;
        match event {
            Event::StreamEnd => return None,
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            event => return builder.part(event, span),
        }
    }
}

struct Builder<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    text: &'a str,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Option<(Event<'a>, Span)> {
        self.parser.next_event()?.ok()
    }

    fn part(&mut self, event: Event<'a>, span: Span) -> Option<Part> {
        let mut is_odd = event.anchor_id().is_some() || event.tag().is_some();
        let mut range = bytes(&span)?;
        let shape = match event {
            Event::Scalar(text, style, ..) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                // The parser says `~` where nothing stands.
                let text = if range.is_empty() && style == Style::Plain {
                    String::new()
                } else {
                    text.into_owned()
                };
                range.end = range.start + self.text.get(range.clone())?.trim_end().len();
                Shape::Scalar { text, style }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let is_map = matches!(event, Event::MappingStart(..));
                let is_flow = self.text[range.clone()].starts_with(['{', '[']);
                let mut entries = Vec::new();
                while let Some(entry) = self.entry(is_map, is_flow, &mut range, &mut is_odd)? {
                    is_odd |= entry.value.is_odd;
                    entries.push(entry);
                }
                Shape::Group(Group { is_flow, is_map, entries })
            }
            // An alias.
            _ => {
                is_odd = true;
                Shape::Scalar { text: String::new(), style: Style::Plain }
            }
        };
        Some(Part { range, shape, is_odd })
    }

    /// The next entry of a group, or `None` inside at its end, where `range` gets its own.
    fn entry(
        &mut self,
        is_map: bool,
        is_flow: bool,
        range: &mut Range<usize>,
        is_odd: &mut bool,
    ) -> Option<Option<Entry>> {
        let (event, span) = self.next()?;
        if matches!(event, Event::SequenceEnd | Event::MappingEnd) {
            if is_flow {
                range.end = bytes(&span)?.end;
            }
            return Some(None);
        }
        let first = self.part(event, span)?;
        let (key, value) = if is_map {
            let (event, span) = self.next()?;
            (Some(first), self.part(event, span)?)
        } else {
            (None, first)
        };
        let start = match &key {
            Some(key) => key.range.start,
            None if is_flow => value.range.start,
            None => self.dash(value.range.start)?,
        };
        let mut end = value.range.end;
        let colon = key.as_ref().and_then(|key| self.colon(key.range.end));
        if let Some(key) = &key {
            // `? key` and keys that do not begin their line are left alone.
            *is_odd |= key.is_odd || (!is_flow && (colon.is_none() || !self.begins_line(start)));
            if value.range.is_empty() {
                end = colon.map_or(key.range.end, |colon| colon + 1);
            }
        }
        if !is_flow {
            *is_odd |= !self.begins_line(start);
            range.end = end;
        }
        Some(Some(Entry { range: start..end.max(start), key, colon, value }))
    }

    /// The dash before an item of a block.
    fn dash(&self, item: usize) -> Option<usize> {
        let before = self.text.get(..item)?.trim_end();
        let before = match before.ends_with('-') {
            true => before,
            // An item without a value stands right behind its dash, or an anchor between them.
            false => self.text.get(..=item)?.trim_end(),
        };
        before.ends_with('-').then(|| before.len() - 1)
    }

    /// The `:` behind a key.
    fn colon(&self, after: usize) -> Option<usize> {
        let rest = self.text.get(after..)?;
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        rest[blank..].starts_with(':').then_some(after + blank)
    }

    /// Whether only spaces and the dashes of lists stand before it.
    fn begins_line(&self, at: usize) -> bool {
        let line = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        self.text[line..at]
            .trim_start_matches('\u{feff}')
            .bytes()
            .all(|byte| byte == b' ' || byte == b'-')
    }
}

fn bytes(span: &Span) -> Option<Range<usize>> {
    let (start, end) = (span.start.byte_offset()?, span.end.byte_offset()?);
    (start <= end).then_some(start..end)
}
