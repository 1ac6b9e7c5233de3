//! Files of a catalog, its lock and the cache to a [`Catalog`]. Writes nothing, uses no network.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::contents::Store;
use super::files;
use super::folder;
use super::outline;
use super::past;
use super::recall::Files;
use super::resolve::Resolver;
use super::{Catalog, Failure, Removed, ResolvedCollection, SourceState, Stamps};
use crate::cache::{Cache, Key};
use crate::env::Env;
use crate::error::{Error, Problem, Result, Severity};
use crate::format::config::Config;
use crate::format::lock::{Lock, LockedArtifact, LockedSource, Seen};
use crate::model::artifact::Artifact;
use crate::model::collection::Collection;
use crate::model::hash::ContentHash;
use crate::model::id::{ArtifactId, Kind};
use crate::model::slug;
use crate::model::source::Source;
use crate::words;

/// What `load` read.
pub struct Loaded {
    pub catalog: Catalog,
    pub contents: Store,
    pub config: Config,
    pub lock: Lock,
    /// Sources of which the cache lacks something that the lock names.
    pub lacking: Vec<Lack>,
}

/// What the cache lacks of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    pub source: String,
    /// Artifacts that are in the catalog in another state than the lock names.
    pub replaced: Vec<ArtifactId>,
    /// Artifacts that are not in the catalog at all.
    pub absent: Vec<ArtifactId>,
    /// Artifacts that are in the catalog as the lock names them, without all of their contents.
    pub hollow: Vec<ArtifactId>,
    /// What its artifacts were before is not known.
    pub history: bool,
}

impl Lack {
    fn n_artifacts(&self) -> usize {
        self.replaced.len() + self.absent.len() + self.hollow.len()
    }

    /// How many artifacts, in words.
    pub fn count(&self) -> String {
        words::count(self.n_artifacts(), "artifact")
    }

    /// Whether all is there but what its artifacts were before.
    pub fn is_history_alone(&self) -> bool {
        self.history && self.n_artifacts() == 0
    }

    /// Whether all artifacts can be shown, if in another state than the lock names.
    pub fn is_whole(&self) -> bool {
        self.absent.is_empty() && self.hollow.is_empty()
    }

    /// What to say where nothing is fetched.
    pub fn warning(&self) -> Problem {
        let text = match self.is_history_alone() {
            true => format!("the cache lacks the history of `{}`", self.source),
            false => {
                format!("the cache lacks {} of `{}`, or parts of them", self.count(), self.source)
            }
        };
        let help = format!("run `skillmeat sync --locked {}`", self.source);
        Problem::warning("SM530", text).help(help)
    }
}

/// Reads everything. Errors are those of the catalog's own files: configuration, lock,
/// collections, ids that never were.
pub fn load(env: &Env, cache: &Arc<Cache>) -> Result<Loaded> {
    let config = files::config(env)?;
    let lock = files::lock(env)?;
    load_with(env, cache, config, lock)
}

/// As [`load`], but no more than a list shows: artifacts may be without files, fields and abilities,
/// and there are no pages and no slugs. That the cache lacks contents is not told.
pub fn outline(env: &Env, cache: &Arc<Cache>) -> Result<Loaded> {
    let config = files::config(env)?;
    let lock = files::lock(env)?;
    join(env, cache, (config, lock), Depth::Outline)
}

/// As [`load`], with a configuration and a lock that need not be on disk yet.
pub fn load_with(env: &Env, cache: &Arc<Cache>, config: Config, lock: Lock) -> Result<Loaded> {
    join(env, cache, (config, lock), Depth::Whole)
}

/// How much of a catalog is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Whole,
    /// As much as a list shows.
    Outline,
}

fn join(
    env: &Env,
    cache: &Arc<Cache>,
    (config, lock): (Config, Lock),
    depth: Depth,
) -> Result<Loaded> {
    let Read { sources, artifacts, contents, lacking, mut problems } =
        read(env, cache, (&config, &lock), depth)?;
    let removed = removed(&lock);
    let absent: HashSet<ArtifactId> =
        lacking.iter().flat_map(|lack| lack.absent.iter().cloned()).collect();
    let resolver = Resolver::new(&artifacts, &removed, absent, &lock.artifacts);
    let mut files = BTreeMap::new();
    let defined = files::collections(env, &mut files)?;
    let (collections, mut found) = resolve(resolver, defined)?;
    problems.append(&mut found);
    let content = match depth {
        Depth::Whole => files::content(env, &config, &mut problems)?,
        Depth::Outline => files::Content::default(),
    };
    problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));

    let mut memberships = vec![Vec::new(); artifacts.len()];
    for (place, collection) in collections.iter().enumerate() {
        collection.members.iter().for_each(|&member| memberships[member].push(place));
    }
    let projects = config.projects.iter().filter_map(|p| lock.projects.get(&p.name).cloned());
    let catalog = Catalog {
        site: config.site.clone(),
        slugs: if depth == Depth::Whole { slugs(&artifacts) } else { Vec::new() },
        sources,
        artifacts,
        removed,
        collections,
        memberships,
        projects: projects.collect(),
        pages: content.pages,
        images: content.images,
        problems,
        stamps: match depth {
            Depth::Whole => files::stamps(env)?,
            Depth::Outline => Stamps::default(),
        },
        files,
    };
    Ok(Loaded { catalog, contents, config, lock, lacking })
}

/// The artifacts of all sources and where their bytes are.
pub struct Read {
    /// In the order of the configuration.
    pub sources: Vec<SourceState>,
    /// Sorted by id.
    pub artifacts: Vec<Artifact>,
    pub contents: Store,
    /// Sources of which the cache lacks something that the lock names.
    pub lacking: Vec<Lack>,
    /// Warnings about sources.
    pub problems: Vec<Problem>,
}

/// Reads what the lock names: from folders of the repository directly, else from the cache.
pub fn artifacts(env: &Env, cache: &Arc<Cache>, config: &Config, lock: &Lock) -> Result<Read> {
    read(env, cache, (config, lock), Depth::Whole)
}

fn read(
    env: &Env,
    cache: &Arc<Cache>,
    (config, lock): (&Config, &Lock),
    depth: Depth,
) -> Result<Read> {
    let mut all = Read {
        sources: Vec::new(),
        artifacts: Vec::new(),
        contents: Store::new(Arc::clone(cache)),
        lacking: Vec::new(),
        problems: Vec::new(),
    };
    let mut kept = None;
    for source in &config.sources {
        let mut state = state_of(env, cache, source, lock)?;
        let mut read: Vec<Artifact> = if state.inside {
            let remembered = Files::new(cache, &identity(env, source));
            let found = folder::read(env, source, lock, &remembered, &mut all.contents)?;
            state.problems = found.problems;
            found.artifacts
        } else if let Some(outlined) = outlined(env, cache, source, lock, depth)? {
            outlined
        } else {
            let kept = match &mut kept {
                Some(kept) => kept,
                none => none.insert(cache.contents()?),
            };
            let (read, mut lack) = cached(env, cache, source, lock, kept)?;
            let identity = identity(env, source);
            if let Some(commit) = &state.commit {
                let index = past::index(cache, &identity, commit, kept)?;
                lack.history = index.is_none();
                all.contents.add_histories(&source.name, index);
            } else {
                all.contents.add_seen(&source.name, identity);
            }
            if lack.n_artifacts() > 0 || lack.history {
                all.lacking.push(lack);
            }
            read
        };
        if !state.inside && !lock.sources.contains_key(&source.name) {
            all.problems.push(never_synced(source));
        }
        read.iter_mut().for_each(|artifact| add_tags(artifact, &source.tags));
        if all.artifacts.is_empty() {
            all.artifacts = read;
        } else {
            all.artifacts.append(&mut read);
        }
        all.sources.push(state);
    }
    all.artifacts.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(all)
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

/// The artifacts that the lock names for a source, as the cache has them. What it lacks is
/// replaced by the state it has, if any, and told.
fn cached(
    env: &Env,
    cache: &Cache,
    source: &Source,
    lock: &Lock,
    kept: &HashSet<ContentHash>,
) -> Result<(Vec<Artifact>, Lack)> {
    let identity = identity(env, source);
    let locked: Vec<_> = lock.artifacts.iter().filter(|(id, _)| id.source == source.name).collect();
    let read: Vec<Option<Artifact>> = locked
        .par_iter()
        .map(|(id, locked)| {
            let Seen::Pinned { pin, added, changed, was, .. } = &locked.seen else {
                return Ok(None);
            };
            let key = Key { kind: id.kind, path: locked.path.clone(), pin: *pin };
            let artifact = match cache.artifact(&identity, &key, id)? {
                None => cache.newest(&identity, id.kind, &locked.path, id)?,
                found => found,
            };
            let (added, changed, was) = (*added, *changed, was.clone());
            Ok(artifact.map(|artifact| Artifact { added, changed, was, ..artifact }))
        })
        .collect::<Result<_>>()?;
    let mut lack = Lack {
        source: source.name.clone(),
        replaced: Vec::new(),
        absent: Vec::new(),
        hollow: Vec::new(),
        history: false,
    };
    for ((id, locked), read) in locked.into_iter().zip(&read) {
        match (&locked.seen, read) {
            (Seen::Removed(_), _) => {}
            (Seen::Pinned { pin, .. }, Some(read)) if read.pin() != *pin => {
                lack.replaced.push(id.clone());
            }
            (_, Some(read)) if !read.files.iter().all(|file| kept.contains(&file.hash)) => {
                lack.hollow.push(id.clone());
            }
            (_, Some(_)) => {}
            // Also what the lock has as a part of the repository that its source was until now.
            (_, None) => lack.absent.push(id.clone()),
        }
    }
    // An artifact is large: a list that grows by doubling would move each several times.
    let mut artifacts = Vec::with_capacity(read.len());
    artifacts.extend(read.into_iter().flatten());
    Ok((artifacts, lack))
}

fn never_synced(source: &Source) -> Problem {
    Problem::warning("SM433", format!("source `{}` has never been synced", source.name))
        .at(source.place.clone())
        .help("run `skillmeat sync`")
}

fn add_tags(artifact: &mut Artifact, tags: &[String]) {
    if !tags.is_empty() {
        artifact.tags.extend(tags.iter().cloned());
        artifact.tags.sort_unstable();
        artifact.tags.dedup();
    }
}

/// What the lock remembers of artifacts that are gone, sorted by id.
pub fn removed(lock: &Lock) -> Vec<Removed> {
    let gone = lock.artifacts.iter().filter_map(|(id, locked)| match locked.seen {
        Seen::Removed(date) => Some(Removed { id: id.clone(), path: locked.path.clone(), date }),
        _ => None,
    });
    gone.collect()
}

/// Collections with their artifacts, and warnings; ids that never were end it.
fn resolve(
    mut resolver: Resolver,
    collections: Vec<Collection>,
) -> Result<(Vec<ResolvedCollection>, Vec<Problem>)> {
    let resolved = collections.into_iter().map(|file| resolver.resolve(file)).collect();
    let (errors, warnings) = resolver
        .into_problems()
        .into_iter()
        .partition(|problem| problem.severity == Severity::Error);
    Error::check(errors)?;
    Ok((resolved, warnings))
}

/// The last part of each artifact's URL. A name that is its own slug has it; of the others the
/// first by id has the plain slug, the rest get a suffix.
fn slugs(artifacts: &[Artifact]) -> Vec<String> {
    let plain: Vec<String> = artifacts.iter().map(|a| slug::slug(&a.id.name)).collect();
    let mut taken: BTreeMap<(&str, Kind, &str), &ArtifactId> = BTreeMap::new();
    for exact in [true, false] {
        for (artifact, slug) in artifacts.iter().zip(&plain) {
            if (artifact.id.name.replace(':', "--") == *slug) == exact {
                let key = (artifact.id.source.as_str(), artifact.id.kind, slug.as_str());
                taken.entry(key).or_insert(&artifact.id);
            }
        }
    }
    let choose = |(artifact, slug): (&Artifact, &String)| {
        let key = (artifact.id.source.as_str(), artifact.id.kind, slug.as_str());
        if taken.get(&key) == Some(&&artifact.id) {
            slug.clone()
        } else {
            slug::with_suffix(slug, &artifact.id.name)
        }
    };
    artifacts.iter().zip(&plain).map(choose).collect()
}
