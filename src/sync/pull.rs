//! One source: its files to artifacts, new ones into the cache, all of them into lines of the lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::memory::Recall;
use super::remote::Remote;
use super::{Event, Phase, Run, first_sight};
use crate::cache::{Batch, Key};
use crate::catalog::{folder, load};
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::format::lock::{Lock, LockedArtifact, LockedSource, Seen};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;
use crate::model::path::RelPath;
use crate::model::source::{Address, Source, Web, published_url};
use crate::model::structure::Structure;
use crate::source::detect::{self, Content, Found};
use crate::source::filter::Filter;
use crate::source::git::Dates;
use crate::source::http::Client;
use crate::source::memory::{Memory, Nothing};
use crate::source::tree::Tree;
use crate::source::{store, web};
use crate::words;

/// What the lock will say of a source, and what it took to know it.
pub(super) struct Pulled {
    pub(super) source: LockedSource,
    pub(super) locked: BTreeMap<ArtifactId, LockedArtifact>,
    /// What was read; empty when nothing had to be.
    pub(super) artifacts: Vec<Artifact>,
    pub(super) parsed: usize,
    pub(super) written: usize,
    pub(super) problems: usize,
    /// How the source arranges its artifacts; none when nothing was read.
    pub(super) structure: Option<Structure>,
    pub(super) is_unchanged: bool,
}

/// A source opened at one moment.
pub(super) struct Opened {
    pub(super) tree: Tree,
    pub(super) source: LockedSource,
    /// Differs when anything of the source does, where that can be told without reading it.
    pub(super) revision: Option<String>,
    /// Dates of the files, where the source has a history.
    pub(super) dates: Option<BTreeMap<RelPath, Dates>>,
    pub(super) structure: Option<Structure>,
    pub(super) problems: Vec<Problem>,
}

/// Pulls one source: what the lock will say of it, after the cache has what is new.
pub(super) fn pull(run: &Run, source: &Source) -> Result<Pulled> {
    run.reach(source, Phase::Fetch, 0, 0)?;
    let recall = Arc::new(Recall::new(run.cache, &load::identity(run.env, source))?);
    let pulled = match &source.address {
        Address::Path(_) => read(run, source, open_folder(run.env, source)?, &recall)?,
        Address::Git { url, reference } => {
            let remote = Remote::new(run, source, url, reference.as_deref())?;
            let (commit, date) = remote.commit()?;
            match known_at(run, source, &commit)? {
                Some(known) if !run.options.force => known,
                _ => read(run, source, remote.open(commit, date)?, &recall)?,
            }
        }
        Address::Store(_) => read(run, source, open_store(run.env, source)?, &recall)?,
        Address::Web(web) => read(run, source, open_web(run, source, web, &recall)?, &recall)?,
    };
    if run.options.locked {
        is_as_locked(source, run.lock, &pulled)?;
    }
    // What was read at the commit that the lock names says nothing of what is newest.
    let is_pinned = run.options.locked || run.env.offline;
    let is_newest = !is_pinned || !matches!(source.address, Address::Git { .. });
    if !run.options.dry_run && is_newest {
        let identity = load::identity(run.env, source);
        run.cache.set_fact(&identity, "synced_at", &run.env.now.to_string())?;
    }
    Ok(pulled)
}

fn open_folder(env: &Env, source: &Source) -> Result<Opened> {
    let tree = folder::open(env, source)?;
    let locked = match &source.address {
        Address::Path(path) if folder::is_inside(env, source) => {
            LockedSource::Inside { path: path.clone() }
        }
        _ => LockedSource::Outside,
    };
    Ok(Opened {
        tree,
        source: locked,
        revision: None,
        dates: None,
        structure: None,
        problems: Vec::new(),
    })
}

fn open_store(env: &Env, source: &Source) -> Result<Opened> {
    let root = folder::path_of(env, source).unwrap_or_default();
    let filter = Filter::new(&source.include, &source.exclude)?;
    let store = store::open(&root, &filter).map_err(|error| error.at(&source.place))?;
    Ok(Opened {
        tree: store.tree,
        source: LockedSource::Store,
        revision: None,
        dates: None,
        structure: Some(store.structure),
        problems: Vec::new(),
    })
}

fn open_web(run: &Run, source: &Source, web: &Web, recall: &Arc<Recall>) -> Result<Opened> {
    if run.env.offline {
        let problem = Problem::error("SM436", "it cannot be asked, for this run is offline");
        let problem = problem.at(source.place.clone());
        return Err(problem.help("run `skillmeat sync` with the network").into());
    }
    let memory: Arc<dyn Memory> =
        if run.options.force { Arc::new(Nothing) } else { Arc::<Recall>::clone(recall) };
    let client = Client::new(source, web, Arc::clone(&memory), run.env)
        .map_err(|error| error.at(&source.place))?;
    let filter = Filter::new(&source.include, &source.exclude)?;
    let on_progress = |done, total| {
        (run.on_event)(Event::Progress { source: &source.name, phase: Phase::Fetch, done, total });
    };
    let request = web::Request {
        source,
        web,
        filter: &filter,
        client: &client,
        memory: &memory,
        on_progress: &on_progress,
    };
    let gathered = web::open(&request).map_err(|error| error.at(&source.place))?;
    Ok(Opened {
        tree: gathered.tree,
        source: LockedSource::Web { kind: web.kind, url: web.url.clone() },
        revision: Some(gathered.revision.to_string()),
        dates: None,
        structure: gathered.structure,
        problems: gathered.problems,
    })
}

/// Whether a source gave exactly what the lock names: a folder has no past to go back to.
fn is_as_locked(source: &Source, lock: &Lock, pulled: &Pulled) -> Result<()> {
    let wanted = lock.artifacts.iter().filter(|(id, locked)| {
        id.source == source.name && !matches!(locked.seen, Seen::Removed(_))
    });
    let n_other = wanted
        .filter(|(id, locked)| match (&locked.seen, pulled.locked.get(id).map(|now| &now.seen)) {
            (Seen::Pinned { pin, .. }, Some(Seen::Pinned { pin: now, .. })) => pin != now,
            (_, now) => now.is_none(),
        })
        .count();
    if n_other == 0 {
        return Ok(());
    }
    let text = format!("{} are not as the lock names them", words::count(n_other, "artifact"));
    let problem = Problem::error("SM438", text).at(source.place.clone());
    Err(problem.help(format!("run `skillmeat sync {}` without `--locked`", source.name)).into())
}

/// When the lock is at this commit already and the cache has all it names, nothing need be read.
fn known_at(run: &Run, source: &Source, commit: &str) -> Result<Option<Pulled>> {
    let Run { env, cache, lock, .. } = *run;
    let identity = load::identity(env, source);
    let Some(LockedSource::Git { url, reference, commit: at, date }) =
        lock.sources.get(&source.name)
    else {
        return Ok(None);
    };
    let Address::Git { url: wanted, reference: branch } = &source.address else { return Ok(None) };
    let of_source = || lock.artifacts.iter().filter(|(id, _)| id.source == source.name);
    let there = of_source().filter(|(_, artifact)| !matches!(artifact.seen, Seen::Removed(_)));
    if at != commit
        || (url, reference) != (&published_url(wanted), branch)
        || cache.fact(&identity, READ)? != Some(read_fact(commit, there))
    {
        return Ok(None);
    }
    let keys = cache.keys(&identity)?;
    let mut locked = BTreeMap::new();
    for (id, artifact) in of_source() {
        if let Seen::Pinned { pin, .. } = artifact.seen {
            if !keys.contains(&Key { kind: id.kind, path: artifact.path.clone(), pin }) {
                return Ok(None);
            }
            locked.insert(id.clone(), artifact.clone());
        }
    }
    let problems = cache.fact(&identity, PROBLEMS)?.and_then(|n| n.parse().ok());
    Ok(Some(Pulled {
        source: LockedSource::Git {
            url: url.clone(),
            reference: reference.clone(),
            commit: at.clone(),
            date: *date,
        },
        locked,
        artifacts: Vec::new(),
        parsed: 0,
        written: 0,
        problems: problems.unwrap_or_default(),
        structure: None,
        is_unchanged: true,
    }))
}

/// Detects, keeps what the cache lacks, and writes down what the lock will say.
fn read(run: &Run, source: &Source, opened: Opened, recall: &Recall) -> Result<Pulled> {
    let Run { env, cache, lock, options, .. } = *run;
    let identity = load::identity(env, source);
    let Opened { tree, source: line, dates, structure, mut problems, .. } = opened;
    run.reach(source, Phase::Read, 0, 0)?;
    let mut sticky = folder::sticky(lock, &source.name);
    if let Some(claims) = tree.claims() {
        sticky = claims.names(sticky);
    }
    let mut detection = detect::detect(source, &tree, &sticky);
    if let Some(claims) = tree.claims() {
        claims.apply(&source.name, &sticky, &mut detection);
    }
    let is_inside = matches!(line, LockedSource::Inside { .. });
    let known = if is_inside { Default::default() } else { cache.keys(&identity)? };
    let mut locked = BTreeMap::new();
    for Found { artifact, contents } in &detection.artifacts {
        let seen = if is_inside {
            Seen::Inside
        } else {
            let old = lock.artifacts.get(&artifact.id).map(|old| &old.seen);
            seen(artifact, old, dated(artifact, contents, dates.as_ref()), first_sight(env, source))
        };
        locked.insert(artifact.id.clone(), LockedArtifact { path: artifact.path.clone(), seen });
    }
    let fresh: Vec<&Found> = detection
        .artifacts
        .iter()
        .filter(|found| !is_inside && (options.force || !known.contains(&Key::of(&found.artifact))))
        .collect();
    problems.extend(detection.problems);
    let n_problems = problems.len()
        + detection.artifacts.iter().map(|found| found.artifact.problems.len()).sum::<usize>();
    if !options.dry_run && !is_inside {
        run.reach(source, Phase::Keep, 0, fresh.len())?;
        let commit = line.commit().unwrap_or_default();
        let json = serde_json::to_string(&problems).unwrap_or_default();
        let (mut facts, bodies) = recall.answers();
        // Facts that spare the next sync from reading the same commit again.
        facts.push((load::problems_fact(line.commit()), json));
        facts.push((READ.to_owned(), read_fact(commit, locked.iter())));
        facts.push((PROBLEMS.to_owned(), n_problems.to_string()));
        let artifacts = fresh.iter().map(|found| &found.artifact).collect();
        let batch = Batch { artifacts, contents: true, bodies, files: Vec::new(), facts };
        cache.keep(&identity, &batch, env.now, |i, file| match &fresh[i].contents[file] {
            Content::Tree(path) => tree.read(path),
            Content::Bytes(bytes) => Ok(bytes.clone()),
        })?;
    }
    let is_unchanged = fresh.is_empty()
        && lock.sources.get(&source.name) == Some(&line)
        && locked.iter().all(|(id, now)| lock.artifacts.get(id) == Some(now));
    Ok(Pulled {
        source: line,
        parsed: detection.artifacts.len(),
        written: fresh.len(),
        problems: n_problems,
        artifacts: detection.artifacts.into_iter().map(|found| found.artifact).collect(),
        locked,
        structure,
        is_unchanged,
    })
}

/// Under which name the cache keeps what was read last, and how many problems it had.
const READ: &str = "read";
const PROBLEMS: &str = "problem count";

/// The commit, and what the lock said of its artifacts then: a lock that says something else, after
/// a merge or an edit by hand, is worth reading the commit again.
fn read_fact<'a>(
    commit: &str,
    artifacts: impl Iterator<Item = (&'a ArtifactId, &'a LockedArtifact)>,
) -> String {
    let lines: String =
        artifacts.map(|(id, artifact)| format!("{}/{} {artifact:?}\n", id.kind, id.name)).collect();
    format!("{commit} {}", ContentHash::of(lines.as_bytes()).hex())
}

/// An unchanged artifact keeps its dates; a changed one was changed when its source says, or today.
fn seen(
    artifact: &Artifact,
    old: Option<&Seen>,
    dated: Option<Dates>,
    today: Option<Date>,
) -> Seen {
    let pin = artifact.pin();
    let (mut added, mut changed) = (today, today);
    if let Some(Seen::Pinned { pin: old, added: first, changed: last, .. }) = old {
        added = *first;
        if *old == pin {
            changed = *last;
        }
    }
    if let Some(dates) = dated {
        (added, changed) = (Some(dates.added), Some(dates.changed));
    }
    Seen::Pinned { pin, version: artifact.version.clone(), added, changed }
}

/// The first and last commit dates among an artifact's files; of one without files, those of the
/// file that names it.
fn dated(
    artifact: &Artifact,
    contents: &[Content],
    dates: Option<&BTreeMap<RelPath, Dates>>,
) -> Option<Dates> {
    let dates = dates?;
    if contents.is_empty() {
        return dates.get(artifact.file_path()).copied();
    }
    let of_files = contents.iter().filter_map(|content| match content {
        Content::Tree(path) => dates.get(path),
        Content::Bytes(_) => dates.get(artifact.file_path()),
    });
    of_files
        .copied()
        .reduce(|a, b| Dates { added: a.added.min(b.added), changed: a.changed.max(b.changed) })
}
