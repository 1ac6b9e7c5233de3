//! MCP servers in TOML, as Codex keeps them below `mcp_servers`: text to entries by name, and an
//! entry put in behind all else, in place of the old one, or taken out. Whatever comes of it is read
//! again: where anything else would have changed, the file is left alone.

use std::ops::Range;

use serde_json::{Map, Value};
use toml_edit::{Document, InlineTable, Item, Key, Table};

use super::{is_blank, unreadable};
use crate::error::{Place, Problem, Result};

const WRAPPER: &str = "mcp_servers";

pub(super) fn servers(file: &str, text: &str) -> Result<Vec<(String, Value)>> {
    let document = read(file, text)?;
    let Some(item) = document.get(WRAPPER) else { return Ok(Vec::new()) };
    let Some(table) = item.as_table_like() else {
        return Err(unreadable(file, text, at(item), "`mcp_servers` is no table"));
    };
    Ok(table.iter().map(|(name, item)| (name.to_owned(), json(item))).collect())
}

pub(super) fn with(file: &str, text: &str, name: &str, entry: &Value) -> Result<String> {
    let document = read(file, text)?;
    let block = block(name, entry, newline(text));
    let block = block.ok_or_else(|| unreadable(file, text, 0, "TOML cannot hold the new entry"))?;
    let wrapper = document.get(WRAPPER);
    let new = match wrapper.and_then(|item| item.get(name)) {
        Some(old) if json(old) == without_nulls(entry) => return Ok(text.to_owned()),
        Some(old) => {
            let (rest, at) = cut(text, ranges(text, wrapper, name));
            match at.filter(|_| has_header(old)) {
                Some(at) => inserted(&rest, at, &block, newline(text)),
                None => appended(&rest, &block, newline(text)),
            }
        }
        None => appended(text, &block, newline(text)),
    };
    let mut wanted = json(document.as_item());
    if let Some(servers) = below(&mut wanted) {
        servers.insert(name.to_owned(), without_nulls(entry));
    }
    proven(file, text, new, &wanted)
}

pub(super) fn without(file: &str, text: &str, name: &str) -> Result<Option<String>> {
    let document = read(file, text)?;
    let wrapper = document.get(WRAPPER);
    if wrapper.and_then(|item| item.get(name)).is_none() {
        return Ok(Some(text.to_owned()));
    }
    let (new, _) = cut(text, ranges(text, wrapper, name));
    let mut wanted = json(document.as_item());
    if let Some(servers) = below(&mut wanted) {
        servers.remove(name);
    }
    let new = proven(file, text, new, &wanted)?;
    let is_left = !is_blank(&new) && new.trim() != "[mcp_servers]";
    Ok(is_left.then_some(new))
}

fn read<'a>(file: &str, text: &'a str) -> Result<Document<&'a str>> {
    Document::parse(text).map_err(|trouble| {
        let at = trouble.span().map_or(0, |span| span.start);
        let why = trouble.message().lines().next().unwrap_or("it is no TOML").to_owned();
        unreadable(file, text, at, &why)
    })
}

/// The new text, if it says what it is meant to say.
fn proven(file: &str, text: &str, new: String, wanted: &Value) -> Result<String> {
    let mut got = Document::parse(new.as_str()).ok().map(|document| json(document.as_item()));
    let mut wanted = wanted.clone();
    for value in got.iter_mut().chain([&mut wanted]) {
        below(value);
    }
    if got.as_ref() == Some(&wanted) {
        return Ok(new);
    }
    let at = text.find(WRAPPER).unwrap_or(0);
    let before = text.get(..at).unwrap_or_default();
    let message = "a server does not stand in a table of its own and is left as it is";
    Err(Problem::error("SM650", message)
        .at(Place::new(file, before.matches('\n').count() + 1, 1))
        .help("write it as `[mcp_servers.NAME]`, or change it by hand")
        .into())
}

/// The map of the servers, made if it is not there.
fn below(whole: &mut Value) -> Option<&mut Map<String, Value>> {
    whole.as_object_mut()?.entry(WRAPPER).or_insert_with(|| Map::new().into()).as_object_mut()
}

fn newline(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// The table of an entry, without the end of its last line.
fn block(name: &str, entry: &Value, newline: &str) -> Option<String> {
    let mut out = format!("[{WRAPPER}.{}]", Key::new(name).display_repr());
    for (key, value) in entry.as_object()? {
        if let Some(value) = toml(value) {
            out.push_str(newline);
            out.push_str(&format!(
                "{} = {}",
                Key::new(key).display_repr(),
                value.to_string().trim()
            ));
        }
    }
    Some(out)
}

/// Behind all else and an empty line; the last line ends as the last did before.
fn appended(text: &str, block: &str, newline: &str) -> String {
    if is_blank(text) {
        return format!("{block}{newline}");
    }
    match text.ends_with('\n') {
        true => format!("{text}{newline}{block}{newline}"),
        false => format!("{text}{newline}{newline}{block}"),
    }
}

/// Where a table was cut out, with the empty line that went with it.
fn inserted(text: &str, at: usize, block: &str, newline: &str) -> String {
    if at >= text.len() {
        return appended(text, block, newline);
    }
    let (before, behind) = text.split_at(at);
    let gap = if is_blank(before) { "" } else { newline };
    format!("{before}{gap}{block}{newline}{behind}")
}

/// The text without some ranges of lines, each with one empty line before it, and where the first
/// of them was.
fn cut(text: &str, mut ranges: Vec<Range<usize>>) -> (String, Option<usize>) {
    ranges.sort_by_key(|range| (range.start, range.end));
    let (mut out, mut at, mut first) = (String::new(), 0, None);
    for range in ranges {
        if range.end <= at {
            continue;
        }
        let before = &text[at..range.start.max(at)];
        out.push_str(without_empty_line(before));
        first.get_or_insert(out.len());
        at = range.end;
    }
    out.push_str(&text[at..]);
    // The line before has no end where the last had none.
    if at == text.len() && !text.ends_with('\n') {
        let len = without_end(&out).len();
        out.truncate(len);
    }
    (out, first)
}

fn without_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

fn without_empty_line(text: &str) -> &str {
    let shorter = without_end(text);
    if shorter.len() < text.len() && (shorter.is_empty() || shorter.ends_with('\n')) {
        shorter
    } else {
        text
    }
}

/// The lines of an entry: of a table from its header to its last value.
fn ranges(text: &str, wrapper: Option<&Item>, name: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let table = wrapper.and_then(Item::as_table_like);
    if let Some((key, item)) = table.and_then(|table| table.get_key_value(name)) {
        collect(key, item, &mut found);
    }
    found.into_iter().map(|range| lines(text, range)).collect()
}

fn collect(key: &Key, item: &Item, found: &mut Vec<Range<usize>>) {
    match item {
        Item::Table(table) => of_table(table, found),
        Item::ArrayOfTables(tables) => tables.iter().for_each(|table| of_table(table, found)),
        Item::Value(value) => {
            let start = key.span().map(|span| span.start);
            let end = value.span().map(|span| span.end);
            found.extend(start.zip(end).map(|(start, end)| start..end));
        }
        Item::None => {}
    }
}

fn of_table(table: &Table, found: &mut Vec<Range<usize>>) {
    let header = table.span().filter(|_| !table.is_dotted() && !table.is_implicit());
    let mut own = Vec::new();
    for (name, item) in table.iter() {
        let Some(key) = table.key(name) else { continue };
        let is_of_header = match item {
            Item::Table(inner) => inner.is_dotted(),
            Item::Value(_) => true,
            _ => false,
        };
        collect(key, item, if is_of_header { &mut own } else { found });
    }
    match header {
        Some(header) => {
            let end = own.iter().map(|range| range.end).max().unwrap_or(header.end);
            found.push(header.start..end.max(header.end));
        }
        None => found.append(&mut own),
    }
}

/// Whole lines, with their ends.
fn lines(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let start =
        if start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { start };
    let end = text[range.end..].find('\n').map_or(text.len(), |at| range.end + at + 1);
    start..end
}

fn has_header(item: &Item) -> bool {
    item.as_table().is_some_and(|table| !table.is_dotted())
}

fn at(item: &Item) -> usize {
    item.span().map_or(0, |span| span.start)
}

fn json(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => json_of(value),
        Item::Table(table) => of_pairs(table.iter()),
        Item::ArrayOfTables(tables) => tables.iter().map(|table| of_pairs(table.iter())).collect(),
    }
}

fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a Item)>) -> Value {
    Value::Object(pairs.map(|(key, item)| (key.to_owned(), json(item))).collect())
}

fn json_of(value: &toml_edit::Value) -> Value {
    use toml_edit::Value as Toml;
    match value {
        Toml::String(text) => text.value().as_str().into(),
        Toml::Integer(number) => (*number.value()).into(),
        Toml::Float(number) => serde_json::Number::from_f64(*number.value())
            .map_or_else(|| number.value().to_string().into(), Value::Number),
        Toml::Boolean(is) => (*is.value()).into(),
        Toml::Datetime(when) => when.value().to_string().into(),
        Toml::Array(items) => items.iter().map(json_of).collect(),
        Toml::InlineTable(table) => Value::Object(
            table.iter().map(|(key, value)| (key.to_owned(), json_of(value))).collect(),
        ),
    }
}

/// `None` for `null`, which TOML has not.
fn toml(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(is) => (*is).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64()?.into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => toml_edit::Value::Array(items.iter().filter_map(toml).collect()),
        Value::Object(map) => {
            let pairs = map.iter().filter_map(|(key, value)| Some((key.as_str(), toml(value)?)));
            toml_edit::Value::InlineTable(pairs.collect::<InlineTable>())
        }
    })
}

/// What is left of a value in TOML.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let pairs = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(pairs.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => {
            items.iter().filter(|value| !value.is_null()).map(without_nulls).collect()
        }
        plain => plain.clone(),
    }
}
