//! Front matter that is no YAML, read key by key: what is YAML on its own keeps its meaning, the
//! rest is text, as whoever wrote it without quotes meant it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::block::{Block, is_key_line, key_of};
use super::to_value;
use crate::error::{Place, Problem};
use crate::format::yaml::{self, Broken, Data, Limits};
use crate::words;

type Fields = Vec<(String, Value)>;

/// How deep mappings inside mappings are repaired.
const DEPTH_MAX: usize = 4;

/// What belongs to one key.
struct Entry<'t> {
    key: &'t str,
    /// What stands behind the `:`.
    rest: &'t str,
    /// The key's line and those up to the next key.
    lines: Vec<&'t str>,
    /// The line of the file, from 1.
    line: usize,
}

/// Where the lines being read stand in the file.
#[derive(Clone, Copy)]
struct Origin<'f> {
    file: &'f str,
    /// The line of the file of the first of them.
    line: usize,
    /// What was cut off the left of each.
    indent: usize,
    depth: usize,
}

/// The fields of the block; `None` when no line holds a key. `broken` is why it is no YAML.
pub(super) fn read(
    file: &str,
    block: &Block<'_>,
    broken: Broken,
    problems: &mut Vec<Problem>,
) -> Option<Fields> {
    let lines: Vec<&str> = block.text.lines().collect();
    let origin = Origin { file, line: block.line, indent: 0, depth: 0 };
    let before = problems.len();
    let fields = fields(&lines, origin, problems);
    if fields.is_empty() {
        return None;
    }
    if problems.len() == before {
        // Each key alone is fine: the fault lies between them.
        let place = Place::new(file, broken.line + block.line - 1, broken.column);
        let message = format!("the front matter is not valid YAML: {}", broken.reason);
        let problem = Problem::warning("SM314", message).at(place);
        problems.push(problem.help(broken.help.unwrap_or("it is read key by key")));
    }
    Some(fields)
}

/// The first of two entries with one key stays.
fn fields(lines: &[&str], origin: Origin<'_>, problems: &mut Vec<Problem>) -> Fields {
    let mut fields: Fields = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in entries(lines, origin.line) {
        if seen.insert(entry.key) {
            fields.push((entry.key.to_owned(), value(&entry, origin, problems)));
        }
    }
    fields
}

fn entries<'t>(lines: &[&'t str], first: usize) -> Vec<Entry<'t>> {
    let mut entries: Vec<Entry<'t>> = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        if let Some((key, rest)) = key_of(line) {
            entries.push(Entry { key, rest, lines: vec![line], line: first + i });
        } else if let Some(entry) = entries.last_mut() {
            entry.lines.push(line);
        }
    }
    entries
}

fn value(entry: &Entry<'_>, origin: Origin<'_>, problems: &mut Vec<Problem>) -> Value {
    let broken = match yaml::parse(&entry.lines.join("\n"), Limits::FRONT_MATTER) {
        Ok(node) => match node.data {
            Data::Map(entries) if entries.len() == 1 => {
                return entries.into_iter().next().map_or(Value::Null, |(_, node)| to_value(node));
            }
            _ => return Value::String(entry.rest.to_owned()),
        },
        Err(broken) => broken,
    };
    if let Some(inner) = mapping(entry, origin, problems) {
        return inner;
    }
    let place =
        Place::new(origin.file, entry.line + broken.line - 1, origin.indent + broken.column);
    let key = words::visible(entry.key);
    let message = format!("`{key}` is not valid YAML and is read as text: {}", broken.reason);
    let help = broken.help.unwrap_or("put the value in quotes");
    problems.push(Problem::warning("SM313", message).at(place).help(help));
    text(entry)
}

/// The entry as a mapping, when its lines are indented keys.
fn mapping(entry: &Entry<'_>, origin: Origin<'_>, problems: &mut Vec<Problem>) -> Option<Value> {
    let inner = &entry.lines[1..];
    let first = inner.iter().position(|line| !line.trim().is_empty())?;
    let line = inner[first];
    let indent = line.len() - line.trim_start().len();
    if !entry.rest.is_empty() || indent == 0 || origin.depth == DEPTH_MAX {
        return None;
    }
    // Columns count characters: an indent is of one byte each, or it is left alone.
    let cut = |line: &&'_ str| -> Option<usize> {
        let blank = line.bytes().take(indent).all(|b| b == b' ' || b == b'\t');
        blank.then(|| indent.min(line.len()))
    };
    let mut lines = Vec::with_capacity(inner.len());
    for line in &inner[first..] {
        lines.push(&line[cut(line)?..]);
    }
    if !is_key_line(lines[0]) {
        return None;
    }
    let origin = Origin {
        line: entry.line + 1 + first,
        indent: origin.indent + indent,
        depth: origin.depth + 1,
        ..origin
    };
    let fields = fields(&lines, origin, problems);
    Some(Value::Object(fields.into_iter().collect::<Map<_, _>>()))
}

/// The entry as text, its lines joined; a list when each of them is an item.
fn text(entry: &Entry<'_>) -> Value {
    let is_block = entry.rest.starts_with(['|', '>'])
        && entry.rest.chars().skip(1).all(|c| matches!(c, '+' | '-' | '0'..='9'));
    let rest = if is_block { "" } else { entry.rest };
    let parts: Vec<&str> = std::iter::once(rest)
        .chain(
            entry.lines[1..].iter().filter(|line| !line.starts_with('#')).map(|line| line.trim()),
        )
        .filter(|part| !part.is_empty())
        .collect();
    if !parts.is_empty() && parts.iter().all(|part| part.starts_with("- ")) {
        let items = parts.iter().map(|part| Value::String(bare(part[2..].trim()).to_owned()));
        return Value::Array(items.collect());
    }
    let literal = is_block && entry.rest.starts_with('|');
    let joined = parts.join(if literal { "\n" } else { " " });
    Value::String(bare(&joined).to_owned())
}

/// Without the quotes around it.
fn bare(text: &str) -> &str {
    let without = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    without('"').or_else(|| without('\'')).unwrap_or(text)
}
