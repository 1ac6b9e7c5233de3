//! Files of a catalog, its lock and the cache to a [`Catalog`]. Writes nothing, uses no network.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::contents::Store;
use super::files;
use super::kept::Kept;
use super::parts::read;
pub use super::parts::{Read, identity, problems_fact};
use super::resolve::Resolver;
use super::{About, Catalog, Removed, ResolvedCollection, Stamps};
use crate::cache::Cache;
use crate::env::Env;
use crate::error::{Error, Problem, Result, Severity};
use crate::format::config::Config;
use crate::format::lock::{Lock, Seen};
use crate::model::artifact::Artifact;
use crate::model::collection::Collection;
use crate::model::deployment::Project;
use crate::model::id::{ArtifactId, Kind};
use crate::model::shared::Shared;
use crate::model::slug;
use crate::model::source::Address;
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
    /// Nothing, of this source.
    pub(super) fn of(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            replaced: Vec::new(),
            absent: Vec::new(),
            hollow: Vec::new(),
            history: false,
        }
    }

    pub(super) fn n_artifacts(&self) -> usize {
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
    load_again(env, cache, &mut Kept::default())
}

/// As [`load`], by what is kept of the load before.
pub fn load_again(env: &Env, cache: &Arc<Cache>, kept: &mut Kept) -> Result<Loaded> {
    let config = files::config(env)?;
    let lock = kept.lock(env)?;
    join(env, cache, (config, lock), (Depth::Whole, kept))
}

/// As [`load`], but no more than a list shows: artifacts may be without files, fields and abilities,
/// and there are no pages and no slugs. That the cache lacks contents is not told.
pub fn outline(env: &Env, cache: &Arc<Cache>) -> Result<Loaded> {
    let config = files::config(env)?;
    let lock = files::lock(env)?;
    join(env, cache, (config, lock), (Depth::Outline, &mut Kept::default()))
}

/// As [`load`], with a configuration and a lock that need not be on disk yet.
pub fn load_with(env: &Env, cache: &Arc<Cache>, config: Config, lock: Lock) -> Result<Loaded> {
    join(env, cache, (config, lock), (Depth::Whole, &mut Kept::default()))
}

/// How much of a catalog is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Whole,
    /// As much as a list shows.
    Outline,
}

fn join(
    env: &Env,
    cache: &Arc<Cache>,
    (config, lock): (Config, Lock),
    (depth, kept): (Depth, &mut Kept),
) -> Result<Loaded> {
    let Read { sources, artifacts, contents, lacking, mut problems } =
        read(env, cache, (&config, &lock), (depth, kept))?;
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
    let known = config.projects.iter().filter_map(|p| Some((lock.projects.get(&p.name)?, p)));
    let (projects, abouts) = known.map(|(state, p)| (state.clone(), about(p))).unzip();
    let catalog = Catalog {
        site: config.site.clone(),
        slugs: match depth {
            Depth::Whole => kept.slugs(|artifacts| slugs(artifacts)),
            Depth::Outline => Shared::default(),
        },
        sources,
        artifacts,
        removed,
        collections,
        memberships,
        projects,
        abouts,
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

/// Reads what the lock names: from folders of the repository directly, else from the cache.
pub fn artifacts(env: &Env, cache: &Arc<Cache>, config: &Config, lock: &Lock) -> Result<Read> {
    read(env, cache, (config, lock), (Depth::Whole, &mut Kept::default()))
}

/// What may be published of a project.
fn about(project: &Project) -> About {
    let address = project
        .git
        .as_ref()
        .map(|git| Address::Git { url: git.url.clone(), reference: git.reference.clone() });
    About {
        description: project.description.clone(),
        repository: address.as_ref().map(Address::published),
        web: address.as_ref().and_then(Address::web),
        is_here: project.path.is_some(),
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
fn slugs(artifacts: &[Shared<Artifact>]) -> Vec<String> {
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
    let choose = |(artifact, slug): (&Shared<Artifact>, &String)| {
        let key = (artifact.id.source.as_str(), artifact.id.kind, slug.as_str());
        if taken.get(&key) == Some(&&artifact.id) {
            slug.clone()
        } else {
            slug::with_suffix(slug, &artifact.id.name)
        }
    };
    artifacts.iter().zip(&plain).map(choose).collect()
}
