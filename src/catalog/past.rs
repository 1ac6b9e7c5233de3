//! Where the cache keeps the history of each artifact of a Git source: one text for each, by its
//! hash, and one list of them for each commit that a lock may name.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cache::{Cache, HISTORY};
use crate::error::Result;
use crate::model::hash::ContentHash;
use crate::model::history::FORMAT;
use crate::model::id::Kind;

/// The histories of all artifacts of a source, as they were at one commit.
#[derive(Debug, Serialize, Deserialize)]
pub struct Index {
    /// When it was last known to be in use.
    pub seen: Timestamp,
    /// Nothing is lacking in them that could have been fetched.
    pub is_whole: bool,
    /// Kind, path and the hash of the history; those without one are not listed.
    pub of: Vec<(Kind, String, ContentHash)>,
}

/// Under which name the cache keeps it.
fn name(commit: &str) -> String {
    format!("{HISTORY}{FORMAT} {commit}")
}

impl Index {
    /// As the cache keeps it, with its name.
    pub fn fact(&self, commit: &str) -> (String, String) {
        (name(commit), serde_json::to_string(self).unwrap_or_default())
    }
}

/// The list for a commit; none where it, or a history that it names, is not in the cache. `kept`
/// are the contents that are.
pub fn index(
    cache: &Cache,
    source: &str,
    commit: &str,
    kept: &HashSet<ContentHash>,
) -> Result<Option<Index>> {
    let text = cache.fact(source, &name(commit))?;
    let index = text.and_then(|text| serde_json::from_str::<Index>(&text).ok());
    Ok(index.filter(|index| index.of.iter().all(|(_, _, hash)| kept.contains(hash))))
}

/// The histories of an index, to be found by what they are of.
pub(super) type ByArtifact = HashMap<(Kind, String), ContentHash>;

pub(super) fn by_artifact(index: Index) -> ByArtifact {
    index.of.into_iter().map(|(kind, path, hash)| ((kind, path), hash)).collect()
}
