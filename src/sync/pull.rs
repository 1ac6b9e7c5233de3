//! One source: its files to artifacts, new ones into the cache, all of them into lines of the lock.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::civil::Date;

use super::history::Histories;
use super::memory::Recall;
use super::remote::{Remote, Target};
use super::{Event, Phase, Run, first_sight, history, removals, unmoved};
use crate::cache::{Batch, Key};
use crate::catalog::{folder, load, outline};
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::format::lock::{Lock, LockedArtifact, LockedSource, Seen};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::history::{WAS_MAX, Was};
use crate::model::id::ArtifactId;
use crate::model::path::RelPath;
use crate::model::source::{Address, Source, Web};
use crate::model::structure::Structure;
use crate::source::detect::{self, Content, Found, Known};
use crate::source::filter::Filter;
use crate::source::git::{Dates, Log};
use crate::source::http::Client;
use crate::source::listing::Listing;
use crate::source::memory::{Memory, Nothing};
use crate::source::tree::Tree;
use crate::source::{store, web};
use crate::words;

/// What the lock will say of a source, and what it took to know it.
pub(super) struct Pulled {
    pub(super) source: LockedSource,
    /// Of its artifacts; none where the lock says just that already.
    pub(super) lines: Option<BTreeMap<ArtifactId, LockedArtifact>>,
    /// Artifacts that it has.
    pub(super) found: usize,
    /// What was read; empty when nothing had to be.
    pub(super) artifacts: Vec<Artifact>,
    pub(super) parsed: usize,
    pub(super) written: usize,
    pub(super) problems: usize,
    /// How the source arranges its artifacts; none when nothing was read.
    pub(super) structure: Option<Structure>,
    pub(super) is_unchanged: bool,
    /// As [`Opened::revision`].
    pub(super) revision: Option<String>,
}

/// A source opened at one moment.
pub(super) struct Opened {
    pub(super) tree: Tree,
    pub(super) source: LockedSource,
    /// Differs when anything of the source does, where that can be told without reading it.
    pub(super) revision: Option<String>,
    /// Dates of the files, where the source has a history.
    pub(super) dates: Option<BTreeMap<RelPath, Dates>>,
    /// That history, where it could be read.
    pub(super) log: Option<Log>,
    pub(super) structure: Option<Structure>,
    /// What it says of its artifacts beside their files.
    pub(super) listing: Listing,
    pub(super) problems: Vec<Problem>,
}

impl Opened {
    /// What differs when anything of the source does; none where only reading it can tell.
    fn revision(&self) -> Option<String> {
        let files = match &self.revision {
            Some(revision) => revision.clone(),
            None => self.tree.revision()?.to_string(),
        };
        let Some(structure) = &self.structure else { return Some(files) };
        let listed = format!("{structure:?} {:?} {:?}", self.listing, self.problems);
        Some(format!("{files} {}", ContentHash::of(listed.as_bytes()).hex()))
    }
}

/// Pulls one source: what the lock will say of it, after the cache has what is new.
pub(super) fn pull(run: &Run, source: &Source) -> Result<Pulled> {
    run.reach(source, Phase::Fetch, 0, 0)?;
    let recall = Arc::new(Recall::new(run.cache, &load::identity(run.env, source)));
    match &source.address {
        Address::Path(_) => settle(run, source, None, open_folder(run.env, source)?, &recall),
        Address::Store(_) => settle(run, source, None, open_store(run.env, source)?, &recall),
        Address::Web(web) => {
            settle(run, source, None, open_web(run, source, web, &recall)?, &recall)
        }
        Address::Git { url, reference } => {
            let remote = Remote::new(run, source, url, reference.as_deref())?;
            let target = remote.target()?;
            if let Target::Locked(line) = &target
                && let Some(commit) = line.commit()
                && let Some(known) = unmoved::known(run, source, line, commit, &recall)?
            {
                return Ok(known);
            }
            let opened = remote.open(remote.fetch(&target)?)?;
            settle(run, source, Some(&remote), opened, &recall)
        }
    }
}

/// Takes what the lock says where the source is as it was then; else reads what is new.
/// `remote` is what a Git source was opened from.
fn settle(
    run: &Run,
    source: &Source,
    remote: Option<&Remote>,
    opened: Opened,
    recall: &Recall,
) -> Result<Pulled> {
    if let Some(revision) = opened.revision() {
        let line = &opened.source;
        if let Some(mut known) = unmoved::known(run, source, line, &revision, recall)? {
            known.structure = opened.structure.map(|mut structure| {
                let names = folder::sticky(unmoved::lines(run.lock, source), &source.name);
                opened.listing.name(&mut structure, &names);
                structure
            });
            return Ok(known);
        }
    }
    read(run, source, remote, opened, recall)
}

fn open_folder(env: &Env, source: &Source) -> Result<Opened> {
    let tree = folder::open(env, source, env.now)?;
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
        log: None,
        structure: None,
        listing: Listing::default(),
        problems: Vec::new(),
    })
}

fn open_store(env: &Env, source: &Source) -> Result<Opened> {
    let root = folder::path_of(env, source).unwrap_or_default();
    let filter = Filter::new(&source.include, &source.exclude)?;
    let store = store::open(&root, &filter, env.now).map_err(|error| error.at(&source.place))?;
    Ok(Opened {
        tree: store.tree,
        source: LockedSource::Store,
        revision: None,
        dates: None,
        log: None,
        structure: Some(store.structure),
        listing: store.listing,
        problems: store.problems,
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
        log: None,
        structure: gathered.structure,
        listing: gathered.listing,
        problems: gathered.problems,
    })
}

/// Detects, keeps what the cache lacks, and writes down what the lock will say.
fn read(
    run: &Run,
    source: &Source,
    remote: Option<&Remote>,
    opened: Opened,
    recall: &Recall,
) -> Result<Pulled> {
    let Run { env, cache, lock, options, .. } = *run;
    let identity = load::identity(env, source);
    run.reach(source, Phase::Read, 0, 0)?;
    let revision = opened.revision();
    let Opened { tree, source: line, dates, log, mut structure, listing, mut problems, .. } =
        opened;
    // By force nothing is taken for known.
    let memory: &dyn Memory = if options.force { &Nothing } else { recall };
    let tree = tree.recalled(memory);
    let names = listing.names(folder::sticky(lock.artifacts.iter(), &source.name));
    let (mut detection, learned) = detect::detect_and_learn(source, &tree, &names, memory);
    listing.settle(&source.name, &names, &mut detection, structure.as_mut());
    let is_inside = matches!(line, LockedSource::Inside { .. });
    let mut kept = cache.states(&identity, !is_inside)?;
    let locked = lines(run, source, &detection.artifacts, is_inside, dates.as_ref());
    removals::check(run, source, locked.len())?;
    let mut histories = match remote {
        Some(from) if !options.dry_run => {
            Some(history::of(run, from, log.as_ref(), &tree, &detection.artifacts)?)
        }
        _ => None,
    };
    problems.extend(histories.as_mut().and_then(|histories| histories.problem.take()));
    problems.append(&mut detection.problems);
    let is_fresh = |found: &&Found| options.force || !is_kept(&mut kept, &found.artifact);
    let fresh: Vec<&Found> = detection.artifacts.iter().filter(is_fresh).collect();
    let n_problems = problems.len()
        + detection.artifacts.iter().map(|found| found.artifact.problems.len()).sum::<usize>();
    let mut pulled = Pulled {
        is_unchanged: fresh.is_empty()
            && lock.sources.get(&source.name) == Some(&line)
            && locked.iter().all(|(id, now)| lock.artifacts.get(id) == Some(now)),
        source: line,
        parsed: learned.parsed,
        written: fresh.len(),
        problems: n_problems,
        artifacts: Vec::new(),
        found: locked.len(),
        lines: None,
        structure,
        revision,
    };
    let as_locked = if options.locked { is_as_locked(source, lock, &locked) } else { Ok(()) };
    if !options.dry_run {
        let news = News {
            tree: &tree,
            found: &detection.artifacts,
            locked: &locked,
            is_named: as_locked.is_ok(),
            fresh,
            files: learned.files,
            problems,
            histories,
        };
        keep(run, source, &pulled, news, recall)?;
    }
    as_locked?;
    pulled.lines = Some(locked);
    pulled.artifacts = detection.artifacts.into_iter().map(|found| found.artifact).collect();
    Ok(pulled)
}

/// What a source was read to be, for the cache.
struct News<'a> {
    tree: &'a Tree,
    found: &'a [Found],
    /// What the lock will say of it.
    locked: &'a BTreeMap<ArtifactId, LockedArtifact>,
    /// It is what the lock names.
    is_named: bool,
    /// Of the artifacts those that the cache lacks.
    fresh: Vec<&'a Found>,
    files: BTreeMap<RelPath, Known>,
    problems: Vec<Problem>,
    histories: Option<Histories>,
}

/// Puts all of it into the cache.
fn keep(run: &Run, source: &Source, pulled: &Pulled, news: News, recall: &Recall) -> Result<()> {
    let Run { env, cache, .. } = *run;
    let News { tree, found, locked, is_named, fresh, files, problems, histories } = news;
    run.reach(source, Phase::Keep, 0, fresh.len())?;
    let json = serde_json::to_string(&problems).unwrap_or_default();
    let (mut facts, mut bodies) = recall.answers();
    facts.push((load::problems_fact(pulled.source.commit()), json));
    let is_whole = histories.as_ref().is_none_or(|histories| histories.index.is_whole);
    facts.extend(unmoved::facts(run, source, pulled, locked, is_whole));
    let is_inside = matches!(pulled.source, LockedSource::Inside { .. });
    if !is_inside {
        let artifacts = found.iter().map(|found| &found.artifact).collect();
        let outline = outline::write(&locked.iter().collect(), artifacts);
        facts.extend(outline.map(|text| (outline::fact(env, source), text)));
    }
    if is_named {
        facts.extend(run.looked(source));
    }
    if let (Some(mut histories), Some(commit)) = (histories, pulled.source.commit()) {
        facts.extend(histories.index.facts(commit, env.now));
        bodies.append(&mut histories.texts);
    }
    let artifacts = fresh.iter().map(|found| &found.artifact).collect();
    let files = recall.changed(tree, files);
    let batch = Batch { artifacts, contents: !is_inside, bodies, files, facts };
    cache.keep(&load::identity(env, source), &batch, env.now, |i, file| {
        // Once the run is to end, nothing of this source is kept.
        env.stop.check()?;
        match &fresh[i].contents[file] {
            Content::Tree(path) => tree.read(path),
            Content::Bytes(bytes) => Ok(bytes.clone()),
        }
    })
}

/// What the lock will say of each artifact.
fn lines(
    run: &Run,
    source: &Source,
    found: &[Found],
    is_inside: bool,
    dates: Option<&BTreeMap<RelPath, Dates>>,
) -> BTreeMap<ArtifactId, LockedArtifact> {
    let today = first_sight(run.env, source);
    let line = |Found { artifact, contents }: &Found| {
        let seen = if is_inside {
            Seen::Inside
        } else {
            let old = run.lock.artifacts.get(&artifact.id).map(|old| &old.seen);
            let was = if dates.is_none() { before(artifact, old) } else { Vec::new() };
            seen(artifact, old, dated(artifact, contents, dates), today, was)
        };
        (artifact.id.clone(), LockedArtifact { path: artifact.path.clone(), seen })
    };
    found.iter().map(line).collect()
}

/// Whether a kept state is all that there is to say of an artifact: the same bytes may have got
/// another plugin around them, or other paths, since. Each catalog has its own ids.
fn is_kept(kept: &mut HashMap<Key, Artifact>, artifact: &Artifact) -> bool {
    let Some(kept) = kept.get_mut(&Key::of(artifact)) else { return false };
    kept.id.clone_from(&artifact.id);
    kept == artifact
}

/// Whether a source gave exactly what the lock names: a folder has no past to go back to. What it
/// gave is kept all the same: it is better than nothing.
fn is_as_locked(
    source: &Source,
    lock: &Lock,
    given: &BTreeMap<ArtifactId, LockedArtifact>,
) -> Result<()> {
    let wanted = lock.artifacts.iter().filter(|(id, locked)| {
        id.source == source.name && !matches!(locked.seen, Seen::Removed(_))
    });
    let n_other = wanted
        .filter(|(id, locked)| match (&locked.seen, given.get(id).map(|now| &now.seen)) {
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

/// An unchanged artifact keeps its dates; a changed one was changed when its source says, or today.
fn seen(
    artifact: &Artifact,
    old: Option<&Seen>,
    dated: Option<Dates>,
    today: Option<Date>,
    was: Vec<Was>,
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
    Seen::Pinned { pin, version: artifact.version.clone(), added, changed, was }
}

/// What an artifact was before, of a source that tells only how it is now.
fn before(artifact: &Artifact, old: Option<&Seen>) -> Vec<Was> {
    let Some(Seen::Pinned { pin, version, changed, was, .. }) = old else { return Vec::new() };
    let mut was = was.clone();
    if *pin != artifact.pin() {
        let words = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let version = version.as_ref().map(words).filter(|version| !version.is_empty());
        was.insert(0, Was { pin: *pin, date: *changed, version });
        was.truncate(WAS_MAX);
    }
    was
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
