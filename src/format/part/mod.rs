//! Artifacts that are no files of their own in a project: entries of a file that holds those of
//! others, too. Text to entries, and an entry put into a text or taken out of it, so that all else
//! in it stays byte for byte.

pub mod hooks;
mod json;
mod rooted;
pub mod servers;
mod splice;
mod tables;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::error::{Place, Problem, Result};
use crate::model::hash::ContentHash;
use json::Node;

/// SHA-256 of a value as JSON without spaces, its keys sorted.
pub fn digest(value: &Value) -> ContentHash {
    ContentHash::of(sorted(value).to_string().as_bytes())
}

/// The value of a JSON file, comments and commas behind the last entry allowed; `null` for a file
/// with nothing in it.
pub fn value(file: &str, text: &str) -> Result<Value> {
    if is_blank(text) { Ok(Value::Null) } else { Ok(read(file, text)?.value()) }
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(&String, &Value)> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| *key);
            let pairs = pairs.into_iter().map(|(key, value)| (key.clone(), sorted(value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        plain => plain.clone(),
    }
}

/// A file in which nobody wrote anything yet.
fn is_blank(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim().is_empty()
}

fn read(file: &str, text: &str) -> Result<Node> {
    json::read(text).map_err(|trouble| unreadable(file, text, trouble.at, trouble.why))
}

/// A file that is left alone, and why.
fn unreadable(file: &str, text: &str, at: usize, why: &str) -> crate::error::Error {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or(before);
    let place = Place::new(file, before.matches('\n').count() + 1, line.chars().count() + 1);
    let message = format!("`{file}` holds entries of others and cannot be read: {why}");
    let help = "put it right by hand; until then it stays as it is";
    Problem::error("SM649", message).at(place).help(help).into()
}

/// The only member of that name; readers disagree on which of several they take.
fn only<'a>(
    file: &str,
    text: &str,
    node: &'a Node,
    key: &str,
) -> Result<Option<(usize, &'a Node)>> {
    let members = node.members().unwrap_or_default();
    let mut found = members.iter().enumerate().filter(|(_, member)| member.key == key);
    let first = found.next().map(|(at, member)| (at, &member.node));
    match found.next() {
        None => Ok(first),
        Some((_, again)) => {
            Err(unreadable(file, text, again.start, "a name stands there for the second time"))
        }
    }
}
