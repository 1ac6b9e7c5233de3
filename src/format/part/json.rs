//! JSON as people and editors write it, with comments and commas at the end, to values with their
//! places in the text; and items put into it or taken out of it, so that all else stays as it is.

use serde_json::{Map, Value};

use crate::error::{Place, Problem};

/// Deeper texts are not read.
const DEPTH_MAX: usize = 100;

/// A value and where it stands, in bytes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub start: usize,
    pub end: usize,
    pub data: Data,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    Object(Vec<Member>),
    Array(Vec<Node>),
    /// A string, a number, `true`, `false` or `null`.
    Plain(Value),
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Where its key begins.
    pub start: usize,
    pub key: String,
    pub value: Node,
}

impl Node {
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.data {
            // Of a key that is there twice the last counts, as for every reader of JSON.
            Data::Object(members) => {
                members.iter().rev().find(|member| member.key == key).map(|member| &member.value)
            }
            _ => None,
        }
    }

    pub(super) fn value(&self) -> Value {
        match &self.data {
            Data::Object(members) => {
                let members = members.iter().map(|one| (one.key.clone(), one.value.value()));
                Value::Object(members.collect::<Map<_, _>>())
            }
            Data::Array(items) => items.iter().map(Node::value).collect(),
            Data::Plain(value) => value.clone(),
        }
    }

    /// Where each item stands, an object's with its key.
    fn items(&self) -> Vec<(usize, usize)> {
        match &self.data {
            Data::Object(members) => {
                members.iter().map(|member| (member.start, member.value.end)).collect()
            }
            Data::Array(items) => items.iter().map(|item| (item.start, item.end)).collect(),
            Data::Plain(_) => Vec::new(),
        }
    }
}

/// Reads a text; `SM649` with its place where it is no JSON.
pub(super) fn parse(file: &str, text: &str) -> Result<Node, Problem> {
    let mut reader = Reader { text, at: 0 };
    let read = reader.space().and_then(|()| reader.node(0)).and_then(|node| {
        reader.space()?;
        if reader.at == text.len() { Ok(node) } else { Err("more than one value") }
    });
    read.map_err(|why| {
        let before = text.get(..reader.at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(1, |rest| rest.chars().count() + 1);
        Problem::error("SM649", format!("the file is no JSON: {why}"))
            .at(Place::new(file, line, column))
            .help("mend it by hand; it was left as it is")
    })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

type Read<T> = Result<T, &'static str>;

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over spaces and comments.
    fn space(&mut self) -> Read<()> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']);
            let skipped = rest.len() - trimmed.len();
            let comment = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").ok_or("a comment that does not end")? + 2
            } else {
                0
            };
            self.at += skipped + comment;
            if comment == 0 {
                return Ok(());
            }
        }
    }

    fn node(&mut self, depth: usize) -> Read<Node> {
        if depth > DEPTH_MAX {
            return Err("it is nested too deep");
        }
        let start = self.at;
        let data = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Data::Plain(Value::String(self.string()?)),
            Some(_) => self.plain()?,
            None => return Err("a value is missing"),
        };
        Ok(Node { start, end: self.at, data })
    }

    fn object(&mut self, depth: usize) -> Read<Data> {
        self.at += 1;
        let mut members = Vec::new();
        loop {
            self.space()?;
            match self.peek() {
                Some(b'}') => break,
                Some(b'"') => {}
                _ => return Err("a key or `}` is expected"),
            }
            let start = self.at;
            let key = self.string()?;
            self.space()?;
            if self.peek() != Some(b':') {
                return Err("`:` is expected");
            }
            self.at += 1;
            self.space()?;
            let value = self.node(depth + 1)?;
            members.push(Member { start, key, value });
            if !self.comma(b'}')? {
                break;
            }
        }
        self.at += 1;
        Ok(Data::Object(members))
    }

    fn array(&mut self, depth: usize) -> Read<Data> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.space()?;
            if self.peek() == Some(b']') {
                break;
            }
            items.push(self.node(depth + 1)?);
            if !self.comma(b']')? {
                break;
            }
        }
        self.at += 1;
        Ok(Data::Array(items))
    }

    /// Whether a comma follows, or the end.
    fn comma(&mut self, end: u8) -> Read<bool> {
        self.space()?;
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if byte == end => Ok(false),
            _ => Err("`,` or the end is expected"),
        }
    }

    fn string(&mut self) -> Read<String> {
        let rest = self.rest();
        let mut is_escaped = false;
        let end = rest.bytes().enumerate().skip(1).find(|(_, byte)| {
            let is_end = *byte == b'"' && !is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            is_end
        });
        let (end, _) = end.ok_or("a string that does not end")?;
        let read = serde_json::from_str(rest.get(..=end).unwrap_or_default());
        let text: String = read.map_err(|_| "a string that cannot be read")?;
        self.at += end + 1;
        Ok(text)
    }

    fn plain(&mut self) -> Read<Data> {
        let rest = self.rest();
        let is_end = |c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}' | ':' | '/');
        let end = rest.find(is_end).unwrap_or(rest.len());
        let read = serde_json::from_str(rest.get(..end).unwrap_or_default());
        let value: Value = read.map_err(|_| "a value that cannot be read")?;
        self.at += end;
        Ok(Data::Plain(value))
    }
}

/// The text with a member at the end of an object.
pub(super) fn with_member(text: &str, object: &Node, key: &str, value: &Value) -> String {
    let key = Value::String(key.to_owned());
    insert(text, object, &|style| format!("{key}: {}", style.shown(value)))
}

/// The text with an item at the end of an array.
pub(super) fn with_item(text: &str, array: &Node, value: &Value) -> String {
    insert(text, array, &|style| style.shown(value))
}

/// The text with another value in the place of one.
pub(super) fn with_value(text: &str, old: &Node, value: &Value) -> String {
    let style = Style::of(text, old.start, old.items().first().map(|item| item.0));
    splice(text, old.start, old.end, &style.shown(value))
}

/// The text without the item that is so many-th of an object or array.
pub(super) fn without(text: &str, of: &Node, at: usize) -> String {
    let items = of.items();
    let Some(&(start, end)) = items.get(at) else { return text.to_owned() };
    match (at.checked_sub(1).and_then(|before| items.get(before)), items.get(at + 1)) {
        // What stands before the next one is the next one's.
        (_, Some(_)) => {
            let comma = text[end..].find(',').map_or(end, |comma| end + comma + 1);
            let space = text[comma..].len() - text[comma..].trim_start().len();
            splice(text, start, comma + space, "")
        }
        (Some((_, before)), None) => splice(text, *before, end, ""),
        (None, None) => {
            let (open, close) = (of.start + 1, of.end - 1);
            let rest = format!("{}{}", &text[open..start], &text[end..close]);
            let is_bare = rest.trim().trim_end_matches(',').trim().is_empty();
            match is_bare {
                true => splice(text, open, close, ""),
                // Comments stay; a comma after nothing may not.
                false => {
                    let comma = text[end..close].trim_start().starts_with(',');
                    let end = if comma {
                        end + text[end..].find(',').map_or(0, |at| at + 1)
                    } else {
                        end
                    };
                    splice(text, start, end, "")
                }
            }
        }
    }
}

fn splice(text: &str, start: usize, end: usize, with: &str) -> String {
    format!("{}{with}{}", &text[..start], &text[end..])
}

fn insert(text: &str, of: &Node, shown: &dyn Fn(&Style) -> String) -> String {
    match of.items().last() {
        Some(&(start, end)) => {
            let style = Style::of(text, of.start, Some(start));
            let gap = style.gap();
            splice(text, end, end, &format!(",{gap}{}", shown(&style)))
        }
        None => {
            let style = Style::of(text, of.start, None);
            let (open, close) = (of.start + 1, of.end - 1);
            let inside = text[open..close].trim_end();
            let outer = format!("{}{}", style.newline, style.outer);
            let item = format!("{inside}{}{}{outer}", style.gap(), shown(&style));
            splice(text, open, close, &item)
        }
    }
}

/// How a text is laid out around one place.
struct Style {
    newline: &'static str,
    /// One step.
    unit: String,
    /// Of the line in which the object or array begins.
    outer: String,
    /// Of its items; `None` where they stand in one line.
    inner: Option<String>,
}

impl Style {
    fn of(text: &str, start: usize, first: Option<usize>) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let indent = |at: usize| -> String {
            let line = text[..at].rsplit('\n').next().unwrap_or_default();
            line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
        };
        let lines = text.lines().filter_map(|line| {
            let indent: String = line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
            (!indent.is_empty() && indent.len() < line.len()).then_some(indent)
        });
        let unit = lines.min_by_key(String::len).unwrap_or_else(|| "  ".to_owned());
        let outer = indent(start);
        let inner = match first {
            Some(first) if text[start..first].contains('\n') => Some(indent(first)),
            Some(_) => None,
            None => Some(format!("{outer}{unit}")),
        };
        Self { newline, unit, outer, inner }
    }

    /// What stands before an item.
    fn gap(&self) -> String {
        self.inner
            .as_ref()
            .map_or_else(|| " ".to_owned(), |inner| format!("{}{inner}", self.newline))
    }

    fn shown(&self, value: &Value) -> String {
        let Some(inner) = &self.inner else { return value.to_string() };
        let formatter = serde_json::ser::PrettyFormatter::with_indent(self.unit.as_bytes());
        let mut bytes = Vec::new();
        let mut writer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
        if serde::Serialize::serialize(value, &mut writer).is_err() {
            return value.to_string();
        }
        let text = String::from_utf8(bytes).unwrap_or_else(|_| value.to_string());
        text.replace('\n', &format!("{}{inner}", self.newline))
    }
}
