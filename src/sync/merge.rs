//! What was pulled into the lock: new lines, changed lines, tombstones. Pure.

use jiff::civil::Date;

use super::pull::Pulled;
use crate::format::lock::{Lock, Seen};
use crate::model::source::Source;

/// Whether a source was never seen, not even before it left the configuration for a while: only
/// then does it get a collection, since nothing that a person removed comes back.
pub(super) fn is_new(old: &Lock, source: &str) -> bool {
    !old.sources.contains_key(source) && !old.artifacts.keys().any(|id| id.source == source)
}

/// The lock with the artifacts of sources that left the configuration turned into tombstones.
pub(super) fn without_lost_sources(old: &Lock, sources: &[Source], today: Date) -> Lock {
    let is_there = |name: &str| sources.iter().any(|source| source.name == name);
    let mut lock = old.clone();
    lock.sources.retain(|name, _| is_there(name));
    for (id, artifact) in &mut lock.artifacts {
        if !is_there(&id.source) && !matches!(artifact.seen, Seen::Removed(_)) {
            artifact.seen = Seen::Removed(today);
        }
    }
    lock
}

/// Replaces one source's lines; says how many artifacts are gone since.
pub(super) fn into(lock: &mut Lock, source: &str, pulled: &Pulled, today: Date) -> usize {
    let mut n_removed = 0;
    for (id, artifact) in &mut lock.artifacts {
        let is_gone = id.source == source && !pulled.locked.contains_key(id);
        if is_gone && !matches!(artifact.seen, Seen::Removed(_)) {
            artifact.seen = Seen::Removed(today);
            n_removed += 1;
        }
    }
    lock.sources.insert(source.to_owned(), pulled.source.clone());
    let lines = pulled.locked.iter().map(|(id, artifact)| (id.clone(), artifact.clone()));
    lock.artifacts.extend(lines);
    n_removed
}
