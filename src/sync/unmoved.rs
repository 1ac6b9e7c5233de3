//! Whether a source is as it was when the lock was written: then nothing of it is read, and the lock
//! stays as it is.
//!
//! A source tells by its revision: the commit, the stamps of all files, or what a server says. The
//! cache remembers the revision that was read last, with what the lock said of it then, and forgets it
//! when it loses anything, so that no row need be looked at to know that all are there.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Run;
use super::memory::Recall;
use super::pull::Pulled;
use crate::cache::{Batch, Key};
use crate::catalog::{load, past};
use crate::env::Env;
use crate::error::Result;
use crate::format::lock::{Lock, LockedArtifact, LockedSource, Seen};
use crate::model::artifact::READER_VERSION;
use crate::model::hash::{ContentHash, PartsHasher};
use crate::model::history::FORMAT;
use crate::model::id::ArtifactId;
use crate::model::source::Source;

/// Under which name the cache keeps how many problems a source had.
const PROBLEMS: &str = "problem count";

/// What a sync would find, when the source is at the revision that was read last, the lock says the
/// same of it, and the cache has lost nothing since. Only remembers that the source was looked at.
pub(super) fn known(
    run: &Run,
    source: &Source,
    line: &LockedSource,
    revision: &str,
    recall: &Recall,
) -> Result<Option<Pulled>> {
    let Run { env, cache, lock, options, .. } = *run;
    let identity = load::identity(env, source);
    let name = whole_fact(env, source);
    if options.force
        || lock.sources.get(&source.name) != Some(line)
        || cache.fact(&identity, &name)? != Some(seen(revision, lines(lock, source)))
        // Whoever asks for just what the lock names may have missed some of it.
        || options.locked && !is_kept(run, source, line, &identity)?
    {
        return Ok(None);
    }
    if !options.dry_run {
        let (mut facts, bodies) = recall.answers();
        facts.extend(run.looked(source));
        let batch = Batch { bodies, facts, ..Batch::default() };
        cache.keep(&identity, &batch, env.now, |_, _| Ok(Vec::new()))?;
    }
    let problems = cache.fact(&identity, PROBLEMS)?.and_then(|n| n.parse().ok());
    Ok(Some(Pulled {
        source: line.clone(),
        lines: None,
        found: lines(lock, source).count(),
        artifacts: Vec::new(),
        parsed: 0,
        written: 0,
        problems: problems.unwrap_or_default(),
        structure: None,
        is_unchanged: true,
        revision: Some(revision.to_owned()),
    }))
}

/// What the lock says of the artifacts that a source has.
pub(super) fn lines<'a>(
    lock: &'a Lock,
    source: &'a Source,
) -> impl Iterator<Item = (&'a ArtifactId, &'a LockedArtifact)> {
    let is_there = |artifact: &LockedArtifact| !matches!(artifact.seen, Seen::Removed(_));
    lock.artifacts.iter().filter(move |(id, line)| id.source == source.name && is_there(line))
}

/// Facts that spare the next sync from reading the same revision again, if `is_whole`. `locked` is
/// what the lock will say, all of which is kept together with them.
pub(super) fn facts(
    run: &Run,
    source: &Source,
    pulled: &Pulled,
    locked: &BTreeMap<ArtifactId, LockedArtifact>,
    is_whole: bool,
) -> Vec<(String, String)> {
    let mut facts = vec![(PROBLEMS.to_owned(), pulled.problems.to_string())];
    if let Some(revision) = pulled.revision.as_ref().filter(|_| is_whole) {
        facts.push((whole_fact(run.env, source), seen(revision, locked)));
    }
    facts
}

/// Whether the cache has every state that the lock names. A folder that is read directly is pinned
/// by Git and needs no rows; that none is lost there is told by their number.
fn is_kept(run: &Run, source: &Source, line: &LockedSource, identity: &str) -> Result<bool> {
    let mut lines = lines(run.lock, source);
    if matches!(line, LockedSource::Inside { .. }) {
        return Ok(run.cache.count(identity)? >= lines.count());
    }
    if let Some(commit) = line.commit() {
        let index = past::index(run.cache, identity, commit, &run.cache.contents()?)?;
        if !index.is_some_and(|index| index.is_whole) {
            return Ok(false);
        }
    }
    let keys = run.cache.keys(identity)?;
    Ok(lines.all(|(id, LockedArtifact { path, seen })| match seen {
        Seen::Pinned { pin, .. } => {
            keys.contains(&Key { kind: id.kind, path: path.clone(), pin: *pin })
        }
        // A lock of when the source was a part of the repository.
        _ => false,
    }))
}

/// Under which name the cache keeps what was read last, as long as it has all of that: two catalogs
/// may know the same source by other names, or since other days.
fn whole_fact(env: &Env, source: &Source) -> String {
    let reader = format!("{}\n{}", env.root.display(), source.name);
    format!("whole {}", ContentHash::of(reader.as_bytes()).short(16))
}

/// The revision, and what the lock said of its artifacts then: a lock that says something else,
/// after a merge or an edit by hand, is worth reading the source again.
fn seen<'a>(
    revision: &str,
    locked: impl IntoIterator<Item = (&'a ArtifactId, &'a LockedArtifact)>,
) -> String {
    let mut hasher = PartsHasher::default();
    for (id, LockedArtifact { path, seen }) in locked {
        for part in [id.kind.word(), &id.name, path] {
            hasher.add(part.as_bytes());
        }
        match seen {
            Seen::Pinned { pin, version, added, changed, was } => {
                hasher.add(pin.hash.as_bytes());
                hasher.add(pin.context.as_ref().map_or(&[], |hash| hash.as_bytes()));
                hasher.add(&[u8::from(version.is_some())]);
                hasher.add(version.as_deref().unwrap_or_default().as_bytes());
                hasher.add(&day(*added));
                hasher.add(&day(*changed));
                was.iter().for_each(|was| hasher.add(was.to_string().as_bytes()));
            }
            Seen::Inside => hasher.add(b"inside"),
            Seen::Removed(date) => {
                hasher.add(b"removed");
                hasher.add(&day(Some(*date)));
            }
        }
    }
    format!("{READER_VERSION}.{FORMAT} {revision} {}", hasher.end().hex())
}

/// A date in bytes; no date is no month.
fn day(date: Option<Date>) -> [u8; 4] {
    let Some(date) = date else { return [0; 4] };
    let [low, high] = date.year().to_le_bytes();
    [low, high, date.month().unsigned_abs(), date.day().unsigned_abs()]
}
