//! Where the cache keeps the history of each artifact of a Git source: one text for each, by its
//! hash, and one list of them for each commit that a lock may name. Of other sources, what the lock
//! names of earlier states is looked up and compared.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cache::{self, Cache, Key};
use crate::error::Result;
use crate::format::diff;
use crate::model::artifact::{Artifact, File};
use crate::model::hash::ContentHash;
use crate::model::history::{
    Difference, FILES_COMPARED_MAX, FILES_MAX, History, How, KeptBy, Touched, Version, WAS_MAX,
};
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

/// What syncs saw of an artifact whose source tells only how it is now. A state that is not in the
/// cache of this machine is named without what it changed.
pub(super) fn seen(cache: &Cache, source: &str, artifact: &Artifact) -> Result<History> {
    let mut history = History { kept_by: KeptBy::Syncs, ..History::default() };
    if artifact.was.is_empty() {
        return Ok(history);
    }
    let mut left = diff::ARTIFACT_LINES_MAX;
    let mut state = Some(artifact.clone());
    let (mut date, mut version) = (artifact.changed, artifact.version.clone());
    for was in &artifact.was {
        let key = Key { kind: artifact.id.kind, path: artifact.path.clone(), pin: was.pin };
        let older = cache.artifact(source, &key, &artifact.id)?;
        let mut one = Version { date, version, before: was.version.clone(), ..Version::default() };
        match (&older, &state) {
            (Some(old), Some(new)) => touched(cache, old, new, &mut one, &mut left)?,
            _ => one.is_lost = true,
        }
        history.versions.push(one);
        (state, date, version) = (older, was.date, was.version.clone());
    }
    history.has_more = artifact.was.len() >= WAS_MAX;
    if !history.has_more {
        let subject = "First seen".to_owned();
        history.versions.push(Version { date, version, subject, ..Version::default() });
    }
    Ok(history)
}

/// The files that differ between two states.
fn touched(
    cache: &Cache,
    old: &Artifact,
    new: &Artifact,
    version: &mut Version,
    left: &mut usize,
) -> Result<()> {
    let paths: BTreeSet<&str> =
        old.files.iter().chain(&new.files).map(|file| file.path.as_str()).collect();
    let mut n_compared = 0;
    for path in paths {
        let (how, sides) = match (old.file(path), new.file(path)) {
            (Some(old), Some(new)) if old.hash == new.hash => continue,
            (Some(old), Some(new)) => (How::Changed, Some((old, new))),
            (None, _) => (How::Added, None),
            (_, None) => (How::Removed, None),
        };
        if version.files.len() == FILES_MAX {
            version.n_more += 1;
            continue;
        }
        let mut difference = Difference::None;
        if let Some((old, new)) = sides.filter(|_| n_compared < FILES_COMPARED_MAX) {
            n_compared += 1;
            difference = between(cache, old, new)?;
        }
        let difference = diff::shortened(difference, left);
        version.files.push(Touched { path: path.to_owned(), from: None, how, difference });
    }
    Ok(())
}

fn between(cache: &Cache, old: &File, new: &File) -> Result<Difference> {
    if old.size.max(new.size) > diff::BYTES_MAX as u64 {
        return Ok(Difference::TooLarge);
    }
    Ok(match (cache.blob(&old.hash)?, cache.blob(&new.hash)?) {
        (Some(old), Some(bytes)) => diff::between(&new.path, &old, &bytes),
        _ => Difference::None,
    })
}
