//! What one load of a catalog keeps for the next: parts, each beside all that it was made from.
//!
//! A part is taken again while that is the same: a text that was read again and is equal, the lines
//! of the lock about a source, a folder in which nothing was said to have changed, or only the bytes
//! of a few files, which are read. So a load after a small change reads little, and what it gives is
//! what a load from nothing would give.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::Folder;
use super::past::ByArtifact;
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::format::lock::{self, Lock, LockedArtifact};
use crate::model::artifact::Artifact;
use crate::model::id::ArtifactId;
use crate::model::shared::Shared;
use crate::model::source::Source;

use super::{files, folder, parts};

/// Artifacts of one source or of all, sorted by id. One that is the same as in the load before is
/// the same value.
pub type Artifacts = Shared<Vec<Shared<Artifact>>>;

/// Lines of the lock.
pub(super) type Lines = Arc<BTreeMap<ArtifactId, LockedArtifact>>;

/// Where files may have changed since the load before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Nobody knows.
    Anywhere,
    /// At or below these paths, links resolved; of what is few the loader finds out itself.
    At(BTreeSet<PathBuf>),
}

impl Changed {
    pub fn nowhere() -> Self {
        Changed::At(BTreeSet::new())
    }

    pub fn add(&mut self, other: Changed) {
        match (&mut *self, other) {
            (Changed::At(paths), Changed::At(more)) => paths.extend(more),
            _ => *self = Changed::Anywhere,
        }
    }

    /// Whether something in this folder may have, or the folder itself.
    pub fn touches(&self, folder: &Path) -> bool {
        let Changed::At(paths) = self else { return true };
        paths.iter().any(|path| path.starts_with(folder) || folder.starts_with(path))
    }
}

/// The parts of the last load. A new one holds none, so that all is read.
#[derive(Default)]
pub struct Kept {
    lock: Option<(String, Lock)>,
    /// By the names of their sources.
    sources: HashMap<String, Arc<Part>>,
    /// Where in the folders of these something changed since they were read.
    changed: HashMap<String, BTreeSet<PathBuf>>,
    artifacts: Artifacts,
    slugs: Shared<Vec<String>>,
    /// Counts how often there were other artifacts.
    generation: u64,
}

/// A source as it was read.
pub(super) struct Part {
    pub source: Source,
    /// The lock's, of all sources.
    pub lines: Lines,
    pub commit: Option<String>,
    /// In the order of ids.
    pub artifacts: Vec<Shared<Artifact>>,
    /// What is wrong with a folder that is read directly.
    pub problems: Vec<Problem>,
    pub read: Read,
}

/// Where a source was read.
pub(super) enum Read {
    /// From the folder that really is there.
    Folder { root: Option<PathBuf>, contents: Arc<Folder> },
    /// From the cache, which had all of it.
    Cache { histories: Option<Arc<ByArtifact>> },
}

impl Part {
    /// The same part after changes at these paths, where they are few and about themselves.
    fn again(self: &Arc<Self>, paths: &BTreeSet<PathBuf>) -> Option<Arc<Self>> {
        let Read::Folder { root: Some(root), contents } = &self.read else { return None };
        let (contents, changed) = contents.again((&self.source, root), &self.artifacts, paths)?;
        let mut artifacts = self.artifacts.clone();
        let mut is_same = true;
        for (at, mut artifact) in changed {
            parts::add_tags(&mut artifact, &self.source.tags);
            if *artifacts[at] != artifact {
                artifacts[at] = artifact.into();
                is_same = false;
            }
        }
        if is_same {
            return Some(Arc::clone(self));
        }
        Some(Arc::new(Self {
            source: self.source.clone(),
            lines: Arc::clone(&self.lines),
            commit: self.commit.clone(),
            artifacts,
            problems: self.problems.clone(),
            read: Read::Folder { root: Some(root.clone()), contents: Arc::new(contents) },
        }))
    }

    /// The artifact of a line of the lock, where that says what it said.
    pub(super) fn known(
        &self,
        id: &ArtifactId,
        locked: &LockedArtifact,
    ) -> Option<Shared<Artifact>> {
        self.lines.get(id).filter(|line| *line == locked)?;
        let at = self.artifacts.binary_search_by(|artifact| artifact.id.cmp(id)).ok()?;
        self.artifacts.get(at).cloned()
    }

    pub(super) fn histories(&self) -> Option<Arc<ByArtifact>> {
        match &self.read {
            Read::Cache { histories } => histories.clone(),
            Read::Folder { .. } => None,
        }
    }
}

impl Kept {
    /// Takes note of what may no longer be so.
    pub fn forget(&mut self, changed: &Changed) {
        let at = &mut self.changed;
        self.sources.retain(|name, part| match (&part.read, changed) {
            // What the lock names never is another.
            (Read::Cache { .. }, _) => true,
            (Read::Folder { root: None, .. }, _) | (_, Changed::Anywhere) => false,
            (Read::Folder { root: Some(root), .. }, Changed::At(paths)) => {
                if changed.touches(root) {
                    at.entry(name.clone()).or_default().extend(paths.iter().cloned());
                }
                true
            }
        });
    }

    /// The lock, taken apart only if its text is another.
    pub(super) fn lock(&mut self, env: &Env) -> Result<Lock> {
        let Some(text) = files::lock_text(env)? else { return Ok(Lock::default()) };
        if let Some((kept, lock)) = &self.lock
            && *kept == text
        {
            return Ok(lock.clone());
        }
        let lock = lock::parse(&text)?;
        self.lock = Some((text, lock.clone()));
        Ok(lock)
    }

    /// The part of a source, if it is as it was read, or little of it is not.
    pub(super) fn part(
        &mut self,
        env: &Env,
        source: &Source,
        lock: &Lock,
        commit: Option<&str>,
    ) -> Option<Arc<Part>> {
        let part = self.sources.get(&source.name)?;
        let is_same = part.source == *source
            && part.commit.as_deref() == commit
            && has_same_lines(&part.lines, &lock.artifacts, &source.name);
        let stands = match &part.read {
            Read::Folder { root, .. } => *root == folder::real_path(env, source),
            Read::Cache { .. } => true,
        };
        let part = Arc::clone(part);
        if !(is_same && stands) {
            return None;
        }
        let Some(paths) = self.changed.remove(&source.name) else { return Some(part) };
        match part.again(&paths) {
            Some(part) => self.keep(Arc::clone(&part)),
            None => self.lose(&source.name),
        }
        self.sources.get(&source.name).cloned()
    }

    /// The last part of a source that is configured as it was, for what of it may still hold.
    pub(super) fn older(&self, source: &Source) -> Option<Arc<Part>> {
        let part = self.sources.get(&source.name)?;
        (part.source == *source).then(|| Arc::clone(part))
    }

    pub(super) fn keep(&mut self, part: Arc<Part>) {
        self.changed.remove(&part.source.name);
        self.sources.insert(part.source.name.clone(), part);
    }

    pub(super) fn lose(&mut self, source: &str) {
        self.sources.remove(source);
    }

    /// The artifact, or the equal one that stood in its place before.
    pub(super) fn settled(&self, artifact: Artifact) -> Shared<Artifact> {
        let at = self.artifacts.binary_search_by(|old| old.id.cmp(&artifact.id)).ok();
        let old = at.and_then(|at| self.artifacts.get(at)).filter(|old| ***old == artifact);
        old.map_or_else(|| artifact.into(), Shared::clone)
    }

    /// All artifacts in one list: the one of before where nothing is another.
    pub(super) fn joined(&mut self, mut all: Vec<Shared<Artifact>>) -> Artifacts {
        all.sort_by(|a, b| a.id.cmp(&b.id));
        let is_same = all.len() == self.artifacts.len()
            && all.iter().zip(self.artifacts.iter()).all(|(a, b)| a.is(b));
        if !is_same || self.generation == 0 {
            let has_id = |(a, b): (&Shared<Artifact>, &Shared<Artifact>)| a.is(b) || a.id == b.id;
            let has_same_ids = all.len() == self.artifacts.len()
                && all.iter().zip(self.artifacts.iter()).all(has_id);
            if !has_same_ids {
                self.slugs = Shared::default();
            }
            self.artifacts = all.into();
            self.generation += 1;
        }
        self.artifacts.clone()
    }

    /// Something that follows from the ids of the artifacts alone.
    pub(super) fn slugs(
        &mut self,
        make: impl FnOnce(&Artifacts) -> Vec<String>,
    ) -> Shared<Vec<String>> {
        if self.slugs.len() != self.artifacts.len() {
            self.slugs = make(&self.artifacts).into();
        }
        self.slugs.clone()
    }

    /// Another number whenever there are other artifacts.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

fn has_same_lines(old: &Lines, new: &Lines, source: &str) -> bool {
    if Arc::ptr_eq(old, new) {
        return true;
    }
    let is_of = |(id, _): &(&ArtifactId, &LockedArtifact)| id.source == source;
    old.iter().filter(is_of).eq(new.iter().filter(is_of))
}
