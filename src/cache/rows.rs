//! What a row says of an artifact, with the hash that shows whether it is still what was written.

use jiff::Timestamp;
use serde::Deserialize;

use crate::model::hash::ContentHash;
use crate::model::id::{ArtifactId, Kind};

/// The columns `kind, path, fetch_hash, data_json, data_hash` of `artifact_cache`.
pub(super) struct Row {
    pub(super) kind: String,
    pub(super) path: String,
    pub(super) fetch_hash: String,
    pub(super) json: String,
    hash: Vec<u8>,
}

impl Row {
    pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            kind: text(row, 0)?,
            path: text(row, 1)?,
            fetch_hash: text(row, 2)?,
            json: text(row, 3)?,
            hash: bytes(row, 4)?,
        })
    }

    /// Whether it is as it was written, and for this source.
    pub(super) fn is_whole(&self, source: &str) -> bool {
        let wanted = hash(&[source, &self.kind, &self.path, &self.fetch_hash, &self.json]);
        self.hash == wanted.as_bytes()
    }

    /// Whether it is found under the name that it was written with, which the hash does not cover.
    pub(super) fn is_named(&self, name: &str) -> bool {
        let named: Option<Named> = serde_json::from_str(&self.json).ok();
        named.is_some_and(|named| self::name(named.id.kind, &named.id.name) == name)
    }
}

/// Of an artifact's row, what it is called.
#[derive(Deserialize)]
struct Named {
    id: ArtifactId,
}

/// A column's text; what damage made of it reads as nothing, which no hash fits.
pub(super) fn text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(row.get_ref(column)?.as_str().unwrap_or_default().to_owned())
}

/// As [`text`], for bytes.
pub(super) fn bytes(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Vec<u8>> {
    Ok(row.get_ref(column)?.as_blob().unwrap_or_default().to_owned())
}

/// How a row names an artifact of its source.
pub(super) fn name(kind: Kind, name: &str) -> String {
    format!("{kind}/{name}")
}

/// A time as text that sorts as the times do.
pub(super) fn stamp(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// The hash of several texts in a row.
pub(super) fn hash(parts: &[&str]) -> ContentHash {
    ContentHash::of(parts.join("\0").as_bytes())
}
