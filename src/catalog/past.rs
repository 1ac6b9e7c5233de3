//! Where the cache keeps the history of each artifact of a Git source: one text for each, by its
//! hash, and one list of them for each commit that a lock may name.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cache::{self, Cache};
use crate::error::Result;
use crate::model::hash::ContentHash;
use crate::model::id::Kind;

/// The histories of all artifacts of a source, as they were at one commit.
#[derive(Debug, Serialize, Deserialize)]
pub struct Index {
    /// Nothing is lacking in them that could have been fetched.
    pub is_whole: bool,
    /// Kind, path and the hash of the history; those without one are not listed.
    pub of: Vec<(Kind, String, ContentHash)>,
}

impl Index {
    /// As the cache keeps it: facts with their names.
    pub fn facts(&self, commit: &str, now: Timestamp) -> [(String, String); 2] {
        let text = serde_json::to_string(self).unwrap_or_default();
        [(cache::histories(commit), text), (cache::histories_used(commit), now.to_string())]
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
    let text = cache.fact(source, &cache::histories(commit))?;
    let index = text.and_then(|text| serde_json::from_str::<Index>(&text).ok());
    Ok(index.filter(|index| index.of.iter().all(|(_, _, hash)| kept.contains(hash))))
}

/// The histories of an index, to be found by what they are of.
pub(super) type ByArtifact = HashMap<(Kind, String), ContentHash>;

pub(super) fn by_artifact(index: Index) -> ByArtifact {
    index.of.into_iter().map(|(kind, path, hash)| ((kind, path), hash)).collect()
}
