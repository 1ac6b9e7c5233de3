//! Artifacts that are no files of their own in a project: entries of a file that holds those of
//! others, too. Text to entries, and an entry put into a text or taken out of it, so that all else
//! in it stays byte for byte.

pub mod hooks;
pub mod servers;

use serde_json::Value;

use crate::model::hash::ContentHash;

/// SHA-256 of a value as JSON without spaces, its keys sorted.
pub fn digest(value: &Value) -> ContentHash {
    ContentHash::of(value.to_string().as_bytes())
}
