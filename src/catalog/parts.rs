//! Sources to the artifacts that the lock names of them: from folders of the repository directly,
//! else from the cache. What an earlier load read and still stands is not read again.

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::contents::Store;
use super::folder;
use super::kept::{self, Artifacts, Kept, Part};
use super::load::{Depth, Lack};
use super::outline;
use super::past;
use super::recall::Files;
use super::{Failure, SourceState};
use crate::cache::{Cache, Key};
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::format::config::Config;
use crate::format::lock::{Lock, LockedArtifact, LockedSource, Seen};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;
use crate::model::shared::Shared;
use crate::model::source::Source;

/// The artifacts of all sources and where their bytes are.
pub struct Read {
    /// In the order of the configuration.
    pub sources: Vec<SourceState>,
    /// Sorted by id.
    pub artifacts: Artifacts,
    pub contents: Store,
    /// Sources of which the cache lacks something that the lock names.
    pub lacking: Vec<Lack>,
    /// Warnings about sources.
    pub problems: Vec<Problem>,
}

/// What a source is read with.
struct Reader<'a> {
    env: &'a Env,
    cache: &'a Arc<Cache>,
    lock: &'a Lock,
    depth: Depth,
    kept: &'a mut Kept,
    /// The hashes of all contents that the cache has, asked for once.
    hashes: Option<HashSet<ContentHash>>,
}

pub(super) fn read(
    env: &Env,
    cache: &Arc<Cache>,
    (config, lock): (&Config, &Lock),
    (depth, kept): (Depth, &mut Kept),
) -> Result<Read> {
    let mut all = Read {
        sources: Vec::new(),
        artifacts: Artifacts::default(),
        contents: Store::new(Arc::clone(cache)),
        lacking: Vec::new(),
        problems: Vec::new(),
    };
    let mut artifacts = Vec::new();
    let mut reader = Reader { env, cache, lock, depth, kept, hashes: None };
    for source in &config.sources {
        let mut state = state_of(env, cache, source, lock)?;
        let known = reader.kept.part(env, source, lock, state.commit.as_deref());
        let (part, lack) = match known {
            Some(part) => (part, None),
            None => reader.part(source, &state)?,
        };
        artifacts.extend(part.artifacts.iter().cloned());
        all.lacking.extend(lack);
        if !state.inside && !lock.sources.contains_key(&source.name) {
            all.problems.push(never_synced(source));
        }
        if state.inside {
            state.problems.clone_from(&part.problems);
        }
        match &part.read {
            kept::Read::Folder { contents, .. } => {
                all.contents.add_folder(&source.name, Arc::clone(contents));
            }
            kept::Read::Cache { histories: Some(histories) } => {
                all.contents.add_histories(&source.name, Arc::clone(histories));
            }
            kept::Read::Cache { histories: None } if state.commit.is_none() => {
                all.contents.add_seen(&source.name, identity(env, source));
            }
            kept::Read::Cache { histories: None } => {}
        }
        all.sources.push(state);
    }
    all.artifacts = reader.kept.joined(artifacts);
    Ok(all)
}

impl Reader<'_> {
    /// Reads a source, keeps the part where it is whole, and says what it lacks.
    fn part(&mut self, source: &Source, state: &SourceState) -> Result<(Arc<Part>, Option<Lack>)> {
        let (mut part, lack) = if state.inside {
            (self.folder(source)?, None)
        } else if let Some(mut read) =
            outlined(self.env, self.cache, source, self.lock, self.depth)?
        {
            read.iter_mut().for_each(|artifact| add_tags(artifact, &source.tags));
            let artifacts = read.into_iter().map(Shared::from).collect();
            (self.new_part(source, artifacts, kept::Read::Cache { histories: None }), None)
        } else {
            let (part, lack) = self.cached(source, state)?;
            (part, (lack.n_artifacts() > 0 || lack.history).then_some(lack))
        };
        part.commit.clone_from(&state.commit);
        let part = Arc::new(part);
        match &lack {
            None => self.kept.keep(Arc::clone(&part)),
            Some(_) => self.kept.lose(&source.name),
        }
        Ok((part, lack))
    }

    fn new_part(
        &self,
        source: &Source,
        artifacts: Vec<Shared<Artifact>>,
        read: kept::Read,
    ) -> Part {
        Part {
            source: source.clone(),
            lines: Arc::clone(&self.lock.artifacts),
            commit: None,
            artifacts,
            problems: Vec::new(),
            read,
        }
    }

    fn folder(&self, source: &Source) -> Result<Part> {
        let remembered = Files::new(self.cache, &identity(self.env, source));
        // Looked at before the folder is read: should it be replaced meanwhile, it is read again.
        let root = folder::real_path(self.env, source);
        let found = folder::read(self.env, source, self.lock, &remembered)?;
        let artifacts = found.artifacts.into_iter().map(|mut artifact| {
            add_tags(&mut artifact, &source.tags);
            self.kept.settled(artifact)
        });
        let from = kept::Read::Folder { root, contents: Arc::new(found.folder) };
        let part = self.new_part(source, artifacts.collect(), from);
        Ok(Part { problems: found.problems, ..part })
    }

    /// The artifacts that the lock names for a source, as the cache has them. What it lacks is
    /// replaced by the state it has, if any, and told.
    fn cached(&mut self, source: &Source, state: &SourceState) -> Result<(Part, Lack)> {
        let (cache, lock) = (self.cache, self.lock);
        let key = identity(self.env, source);
        let older = self.kept.older(source);
        let locked: Vec<_> =
            lock.artifacts.iter().filter(|(id, _)| id.source == source.name).collect();
        let read = |(id, locked): &(&ArtifactId, &LockedArtifact)| match older
            .as_ref()
            .and_then(|older| older.known(id, locked))
        {
            Some(known) => Ok(Some(Had::Known(known))),
            None => Ok(looked_up(cache, &key, source, (id, locked))?.map(Had::New)),
        };
        let read: Vec<Option<Had>> = locked.par_iter().map(read).collect::<Result<_>>()?;
        let mut lack = Lack::of(&source.name);
        let mut artifacts = Vec::with_capacity(read.len());
        for ((id, locked), read) in locked.into_iter().zip(read) {
            match (&locked.seen, read) {
                (Seen::Removed(_), _) => {}
                // Also what the lock has as a part of the repository that its source was until now.
                (_, None) => lack.absent.push(id.clone()),
                (_, Some(Had::Known(known))) => artifacts.push(known),
                (seen, Some(Had::New(read))) => {
                    if matches!(seen, Seen::Pinned { pin, .. } if read.pin() != *pin) {
                        lack.replaced.push(id.clone());
                    } else if !self.has_all(&read)? {
                        lack.hollow.push(id.clone());
                    }
                    artifacts.push(self.kept.settled(*read));
                }
            }
        }
        let histories = match (&state.commit, older) {
            (None, _) => None,
            (Some(commit), Some(older)) if older.commit.as_ref() == Some(commit) => {
                older.histories()
            }
            (Some(commit), _) => {
                let index = past::index(cache, &key, commit, self.hashes()?)?;
                lack.history = index.is_none();
                index.map(|index| Arc::new(past::by_artifact(index)))
            }
        };
        Ok((self.new_part(source, artifacts, kept::Read::Cache { histories }), lack))
    }

    fn has_all(&mut self, artifact: &Artifact) -> Result<bool> {
        let hashes = self.hashes()?;
        Ok(artifact.files.iter().all(|file| hashes.contains(&file.hash)))
    }

    fn hashes(&mut self) -> Result<&HashSet<ContentHash>> {
        Ok(match &mut self.hashes {
            Some(hashes) => hashes,
            none => none.insert(self.cache.contents()?),
        })
    }
}

/// An artifact of the lock.
enum Had {
    /// As an earlier load read it.
    Known(Shared<Artifact>),
    New(Box<Artifact>),
}

/// One artifact that the lock names, as the cache has it, or else in the newest state that it has.
fn looked_up(
    cache: &Cache,
    key: &str,
    source: &Source,
    (id, locked): (&ArtifactId, &LockedArtifact),
) -> Result<Option<Box<Artifact>>> {
    let Seen::Pinned { pin, added, changed, was, .. } = &locked.seen else { return Ok(None) };
    let row = Key { kind: id.kind, path: locked.path.clone(), pin: *pin };
    let found = match cache.artifact(key, &row, id)? {
        None => cache.newest(key, id.kind, &locked.path, id)?,
        found => found,
    };
    Ok(found.map(|artifact| {
        let (added, changed, was) = (*added, *changed, was.clone());
        let mut artifact = Artifact { added, changed, was, ..artifact };
        add_tags(&mut artifact, &source.tags);
        Box::new(artifact)
    }))
}

/// The key under which the cache keeps a source's rows.
pub fn identity(env: &Env, source: &Source) -> String {
    let root = folder::path_of(env, source).map(|path| path.display().to_string());
    source.identity(root.as_deref())
}

/// The outline of a source, where that is enough and the cache has the one of this lock.
fn outlined(
    env: &Env,
    cache: &Cache,
    source: &Source,
    lock: &Lock,
    depth: Depth,
) -> Result<Option<Vec<Artifact>>> {
    if depth == Depth::Whole {
        return Ok(None);
    }
    let identity = identity(env, source);
    let kept = cache.fact(&identity, &outline::fact(env, source))?;
    let is_there = |(id, locked): &(&ArtifactId, &LockedArtifact)| {
        id.source == source.name && !matches!(locked.seen, Seen::Removed(_))
    };
    let read = kept
        .and_then(|kept| outline::read(&kept, &lock.artifacts.iter().filter(is_there).collect()));
    cache.served_from(&identity, read.as_ref().map_or(0, Vec::len));
    Ok(read)
}

fn state_of(env: &Env, cache: &Cache, source: &Source, lock: &Lock) -> Result<SourceState> {
    let identity = identity(env, source);
    let (commit, commit_date) = match lock.sources.get(&source.name) {
        Some(LockedSource::Git { commit, date, .. }) => (Some(commit.clone()), *date),
        _ => (None, None),
    };
    let inside = folder::is_inside(env, source);
    let problems = cache.fact(&identity, &problems_fact(commit.as_deref()))?;
    Ok(SourceState {
        address: source.address.published(),
        web: source.address.web(),
        commit,
        commit_date,
        inside,
        synced_at: if inside { None } else { cache.synced_at(&identity)? },
        failed: if inside { None } else { failed(cache, &identity)? },
        is_locked: lock.sources.contains_key(&source.name),
        problems: problems.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
        source: source.clone(),
    })
}

fn failed(cache: &Cache, identity: &str) -> Result<Option<Failure>> {
    let failure = cache.failure(identity)?;
    Ok(failure.map(|(at, why)| Failure { at, why }))
}

/// Under which name the cache keeps what was wrong with a source's files at a revision.
pub fn problems_fact(commit: Option<&str>) -> String {
    format!("problems {}", commit.unwrap_or_default())
}

fn never_synced(source: &Source) -> Problem {
    Problem::warning("SM433", format!("source `{}` has never been synced", source.name))
        .at(source.place.clone())
        .help("run `skillmeat sync`")
}

pub(super) fn add_tags(artifact: &mut Artifact, tags: &[String]) {
    if !tags.is_empty() {
        artifact.tags.extend(tags.iter().cloned());
        artifact.tags.sort_unstable();
        artifact.tags.dedup();
    }
}
