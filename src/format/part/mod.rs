//! Artifacts that are no files of their own in a project: entries of a file that holds those of
//! others, too. Text to entries, and an entry put into a text or taken out of it, so that all else
//! in it stays byte for byte.

pub mod hooks;
mod json;
pub mod servers;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::hash::ContentHash;

/// SHA-256 of a value as JSON without spaces, its keys sorted.
pub fn digest(value: &Value) -> ContentHash {
    ContentHash::of(sorted(value).to_string().as_bytes())
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<&String, Value> =
                map.iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(map.into_iter().map(|(key, value)| (key.clone(), value)).collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        plain => plain.clone(),
    }
}
