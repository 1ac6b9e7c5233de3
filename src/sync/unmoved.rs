//! Whether a source is as it was when the lock was written: then nothing of it is read, and the lock
//! stays as it is.
//!
//! A source tells by its revision: the commit, the stamps of all files, or what a server says. The
//! cache remembers the revision that was read last, with what the lock said of it then.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::SignedDuration;

use super::Run;
use super::memory::Recall;
use super::pull::Pulled;
use crate::cache::{Batch, Key};
use crate::catalog::{load, past};
use crate::env::Env;
use crate::error::Result;
use crate::format::lock::{LockedArtifact, LockedSource, Seen};
use crate::model::artifact::READER_VERSION;
use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;
use crate::model::source::Source;

/// Under which name the cache keeps how many problems a source had.
const PROBLEMS: &str = "problem count";

/// The histories of a commit are marked as in use when they were not for so long.
const SEEN_DAYS: i64 = 30;

/// What a sync would find, when the source is at the revision that was read last, the lock says the
/// same of it, and the cache has all of that. Only remembers that the source was looked at.
pub(super) fn known(
    run: &Run,
    source: &Source,
    line: &LockedSource,
    revision: &str,
    recall: &Recall,
) -> Result<Option<Pulled>> {
    let Run { env, cache, lock, options, .. } = *run;
    let identity = load::identity(env, source);
    let mut locked = BTreeMap::new();
    for (id, artifact) in lock.artifacts.iter().filter(|(id, _)| id.source == source.name) {
        if !matches!(artifact.seen, Seen::Removed(_)) {
            locked.insert(id.clone(), artifact.clone());
        }
    }
    let name = read_fact(env, source);
    if options.force
        || lock.sources.get(&source.name) != Some(line)
        || cache.fact(&identity, &name)? != Some(seen(revision, &locked))
        || !is_kept(run, &identity, line, &locked)?
    {
        return Ok(None);
    }
    let histories = match line.commit() {
        Some(commit) => match past::index(cache, &identity, commit, &cache.contents()?)? {
            Some(index) if index.is_whole => Some((commit, index)),
            _ => return Ok(None),
        },
        None => None,
    };
    if !options.dry_run {
        let (mut facts, bodies) = recall.answers();
        facts.extend(run.looked(source));
        if let Some((commit, mut index)) = histories
            && env.now.duration_since(index.seen) > SignedDuration::from_hours(24 * SEEN_DAYS)
        {
            index.seen = env.now;
            facts.push(index.fact(commit));
        }
        let batch = Batch { bodies, facts, ..Batch::default() };
        cache.keep(&identity, &batch, env.now, |_, _| Ok(Vec::new()))?;
    }
    let problems = cache.fact(&identity, PROBLEMS)?.and_then(|n| n.parse().ok());
    Ok(Some(Pulled {
        source: line.clone(),
        locked,
        artifacts: Vec::new(),
        parsed: 0,
        written: 0,
        problems: problems.unwrap_or_default(),
        structure: None,
        is_unchanged: true,
        revision: Some(revision.to_owned()),
    }))
}

/// Facts that spare the next sync from reading the same revision again.
pub(super) fn facts(run: &Run, source: &Source, pulled: &Pulled) -> Vec<(String, String)> {
    let mut facts = vec![(PROBLEMS.to_owned(), pulled.problems.to_string())];
    if let Some(revision) = &pulled.revision {
        facts.push((read_fact(run.env, source), seen(revision, &pulled.locked)));
    }
    facts
}

/// Whether the cache has every state that the lock names. A folder that is read directly is pinned
/// by Git and needs no rows; that none is lost there is told by their number.
fn is_kept(
    run: &Run,
    identity: &str,
    line: &LockedSource,
    locked: &BTreeMap<ArtifactId, LockedArtifact>,
) -> Result<bool> {
    if matches!(line, LockedSource::Inside { .. }) {
        return Ok(run.cache.count(identity)? >= locked.len());
    }
    let keys = run.cache.keys(identity)?;
    Ok(locked.iter().all(|(id, LockedArtifact { path, seen })| match seen {
        Seen::Pinned { pin, .. } => {
            keys.contains(&Key { kind: id.kind, path: path.clone(), pin: *pin })
        }
        // A lock of when the source was a part of the repository.
        _ => false,
    }))
}

/// Under which name the cache keeps what was read last: two catalogs may know the same source by
/// other names, or since other days.
fn read_fact(env: &Env, source: &Source) -> String {
    let reader = format!("{}\n{}", env.root.display(), source.name);
    format!("read {}", ContentHash::of(reader.as_bytes()).short(16))
}

/// The revision, and what the lock said of its artifacts then: a lock that says something else,
/// after a merge or an edit by hand, is worth reading the source again.
fn seen(revision: &str, locked: &BTreeMap<ArtifactId, LockedArtifact>) -> String {
    let mut text = String::new();
    for (id, LockedArtifact { path, seen }) in locked {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}/{}\n{path}\n", id.kind, id.name);
        let _ = match seen {
            Seen::Pinned { pin, version, added, changed } => {
                writeln!(text, "{pin} {version:?} {added:?} {changed:?}")
            }
            Seen::Inside => writeln!(text, "inside"),
            Seen::Removed(date) => writeln!(text, "removed {date}"),
        };
    }
    format!("{READER_VERSION} {revision} {}", ContentHash::of(text.as_bytes()).hex())
}
