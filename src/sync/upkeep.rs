//! What a sync leaves in the cache besides artifacts: how each source fared, what collections hold,
//! and once a day the cache cleaned up.

use std::collections::BTreeMap;

use super::pull::Pulled;
use super::{Options, Outcome, Run};
use crate::cache::{Cache, Key, Member, Named};
use crate::catalog::load;
use crate::catalog::{Catalog, Index};
use crate::env::Env;
use crate::error::Result;
use crate::format::config::Config;
use crate::format::lock::{Lock, LockedArtifact, Seen};
use crate::model::artifact::Pin;
use crate::model::id::ArtifactId;
use crate::model::source::Source;

/// Passes on what came of a source, after the cache has noted it.
pub(super) fn noted(run: &Run, source: &Source, result: Result<Pulled>) -> Result<Pulled> {
    if run.options.dry_run {
        return result;
    }
    let (identity, address) = (load::identity(run.env, source), source.address.published());
    match result {
        Ok(pulled) => {
            let outcome = if pulled.is_unchanged { Outcome::Unchanged } else { Outcome::Updated };
            let moved: Vec<Key> = pulled
                .lines
                .iter()
                .flatten()
                .filter(|(id, now)| {
                    run.lock.artifacts.get(*id).map(|old| &old.seen) != Some(&now.seen)
                })
                .filter_map(|(id, now)| key(id, now))
                .collect();
            run.cache.refreshed(&identity, &address, outcome.word(), &moved, run.env.now)?;
            Ok(pulled)
        }
        Err(error) => {
            let why = error.problems.first().map_or("", |problem| problem.message.as_str());
            let outcome = format!("{}: {why}", Outcome::Failed.word());
            // The source's own failure is the one to tell.
            let _ = run.cache.attempted(&identity, &address, &outcome, run.env.now);
            Err(error)
        }
    }
}

/// Keeps what each collection holds for queries that need no YAML, adds up what was counted, and
/// cleans up when that is due.
pub(super) fn run(env: &Env, cache: &Cache, catalog: &Catalog, lock: &Lock) -> Result<()> {
    let root = env.root.display().to_string();
    let keys = keys(env, catalog.sources.iter().map(|state| &state.source));
    cache.keep_collections(&root, &collections(catalog, &keys), env.now)?;
    cache.add_hits()?;
    cache.mark_named(&root, || named(lock, &keys), env.now)?;
    // What cannot be cleaned now is cleaned another day; of damage the caller hears in any case.
    let _ = cache.tidy(env.now);
    Ok(())
}

/// What is left to do of this where nothing changed.
pub(super) fn quiet(env: &Env, cache: &Cache, config: &Config, lock: &Lock) -> Result<()> {
    cache.add_hits()?;
    let root = env.root.display().to_string();
    cache.mark_named(&root, || named(lock, &keys(env, &config.sources)), env.now)?;
    let _ = cache.tidy(env.now);
    Ok(())
}

/// Tells the cache that what the lock names is still in use, for a sync that leaves it as it is.
pub(super) fn keep_named(
    env: &Env,
    cache: &Cache,
    sources: &[Source],
    lock: &Lock,
    options: &Options,
) -> Result<()> {
    if options.dry_run {
        return Ok(());
    }
    let root = env.root.display().to_string();
    cache.mark_named(&root, || named(lock, &keys(env, sources)), env.now)
}

/// The keys of sources, by their names.
pub(super) fn keys<'a>(
    env: &Env,
    sources: impl IntoIterator<Item = &'a Source>,
) -> BTreeMap<&'a str, String> {
    let key = |source: &'a Source| (source.name.as_str(), load::identity(env, source));
    sources.into_iter().map(key).collect()
}

/// What a lock names, each with the key of its source.
pub(super) fn named(lock: &Lock, sources: &BTreeMap<&str, String>) -> Named {
    let states = lock.artifacts.iter().flat_map(|(id, locked)| {
        let source = sources.get(id.source.as_str());
        let before = match &locked.seen {
            Seen::Pinned { was, .. } => was.as_slice(),
            _ => &[],
        };
        let before = before.iter().map(|was| keyed(id, locked, was.pin));
        let all = key(id, locked).into_iter().chain(before);
        source.into_iter().flat_map(move |source| all.clone().map(|key| (source.clone(), key)))
    });
    let histories = lock.sources.iter().filter_map(|(name, locked)| {
        Some((sources.get(name.as_str())?.clone(), locked.commit()?.to_owned()))
    });
    Named { states: states.collect(), histories: histories.collect() }
}

fn collections(catalog: &Catalog, sources: &BTreeMap<&str, String>) -> Vec<(String, Vec<Member>)> {
    let groups = catalog.groups();
    let mut all = Vec::with_capacity(catalog.collections.len());
    for (at, collection) in catalog.collections.iter().enumerate() {
        let held = |member: &Index| {
            let id = catalog.artifacts[*member].id.clone();
            let of_this = groups[*member].iter().filter(|(collection, _)| *collection == at);
            let slugs = of_this.map(|(_, group)| collection.groups[*group].definition.slug.clone());
            let source = sources.get(id.source.as_str()).cloned().unwrap_or_default();
            Member { id, source, groups: slugs.collect() }
        };
        let members = collection.members.iter().map(held).collect();
        all.push((collection.definition.slug.clone(), members));
    }
    all
}

/// Under which the cache has what the lock names.
fn key(id: &ArtifactId, locked: &LockedArtifact) -> Option<Key> {
    match locked.seen {
        Seen::Pinned { pin, .. } => Some(keyed(id, locked, pin)),
        _ => None,
    }
}

fn keyed(id: &ArtifactId, locked: &LockedArtifact, pin: Pin) -> Key {
    Key { kind: id.kind, path: locked.path.clone(), pin }
}
