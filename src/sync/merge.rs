//! What was pulled into the lock: new lines, changed lines, tombstones. Pure.

use std::sync::Arc;

use jiff::civil::Date;

use super::pull::Pulled;
use crate::format::lock::{Lock, LockedArtifact, Seen};
use crate::model::id::ArtifactId;
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
    bury(&mut lock, today, |id| !is_there(&id.source));
    lock
}

/// How many artifacts of a source are not as the lock had them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) added: usize,
    pub(super) changed: usize,
    pub(super) removed: usize,
}

/// Replaces one source's lines; says how many artifacts came, changed and went.
pub(super) fn into(lock: &mut Lock, source: &str, pulled: &Pulled, today: Date) -> Moved {
    lock.sources.insert(source.to_owned(), pulled.source.clone());
    let Some(lines) = &pulled.lines else { return Moved::default() };
    let removed = bury(lock, today, |id| id.source == source && !lines.contains_key(id));
    let is_news =
        |(id, line): &(&ArtifactId, &LockedArtifact)| lock.artifacts.get(id) != Some(line);
    let news: Vec<_> = lines.iter().filter(is_news).collect();
    let was_there = |id: &ArtifactId| {
        lock.artifacts.get(id).is_some_and(|line| !matches!(line.seen, Seen::Removed(_)))
    };
    let changed = news.iter().filter(|(id, _)| was_there(id)).count();
    let moved = Moved { added: news.len() - changed, changed, removed };
    if !news.is_empty() {
        let news = news.into_iter().map(|(id, line)| (id.clone(), line.clone()));
        Arc::make_mut(&mut lock.artifacts).extend(news);
    }
    moved
}

/// Turns those that are gone into tombstones, unless they are such; says how many.
fn bury(lock: &mut Lock, today: Date, is_gone: impl Fn(&ArtifactId) -> bool) -> usize {
    let is_lost = |(id, line): &(&ArtifactId, &LockedArtifact)| {
        !matches!(line.seen, Seen::Removed(_)) && is_gone(id)
    };
    let lost: Vec<ArtifactId> =
        lock.artifacts.iter().filter(is_lost).map(|(id, _)| id.clone()).collect();
    if !lost.is_empty() {
        let artifacts = Arc::make_mut(&mut lock.artifacts);
        for id in &lost {
            if let Some(line) = artifacts.get_mut(id) {
                line.seen = Seen::Removed(today);
            }
        }
    }
    lost.len()
}
