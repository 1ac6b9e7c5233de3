//! One source: its files to artifacts, new ones into the cache, all of them into lines of the lock.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

use super::{Options, first_sight};
use crate::cache::{Cache, Key};
use crate::catalog::{folder, load};
use crate::disk;
use crate::env::Env;
use crate::error::{Error, Problem, Result};
use crate::format::lock::{Lock, LockedArtifact, LockedSource, Seen};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;
use crate::model::path::RelPath;
use crate::model::source::{Address, Source, published_url};
use crate::source::detect::{self, Content, Found};
use crate::source::filter::Filter;
use crate::source::git::{self, Dates, Git, Wanted};
use crate::source::tree::Tree;
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
    pub(super) is_unchanged: bool,
}

/// A source opened at one moment.
struct Opened {
    tree: Tree,
    source: LockedSource,
    /// Dates of the files, where the source has a history.
    dates: Option<BTreeMap<RelPath, Dates>>,
    problems: Vec<Problem>,
}

pub(super) fn pull(
    env: &Env,
    cache: &Cache,
    source: &Source,
    lock: &Lock,
    options: &Options,
) -> Result<Pulled> {
    let identity = load::identity(env, source);
    let pulled = match &source.address {
        Address::Path(_) => {
            let opened = open_folder(env, source)?;
            read(env, cache, source, lock, options, opened)?
        }
        Address::Git { url, reference } => {
            let remote = Remote::new(env, source, url, reference.as_deref(), options.dry_run)?;
            let (commit, date) = remote.commit(lock, options)?;
            match known_at(cache, source, lock, &identity, &commit)? {
                Some(known) if !options.force => known,
                _ => {
                    let opened = remote.open(commit, date)?;
                    read(env, cache, source, lock, options, opened)?
                }
            }
        }
    };
    if options.locked {
        is_as_locked(source, lock, &pulled)?;
    }
    if !options.dry_run {
        cache.set_fact(&identity, "synced_at", &env.now.to_string())?;
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
    Ok(Opened { tree, source: locked, dates: None, problems: Vec::new() })
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

/// A Git source with its clone, which no other process and no other source touches meanwhile.
struct Remote<'a> {
    env: &'a Env,
    source: &'a Source,
    git: Git,
    url: &'a str,
    reference: Option<&'a str>,
    dir: PathBuf,
    filter: Filter,
    _hold: Hold,
}

/// What keeps a clone for one process.
enum Hold {
    /// Nobody else fetches into it.
    Lock(#[expect(dead_code, reason = "held, not read")] disk::FileLock),
    /// It is gone afterwards: a dry run writes nothing.
    Scratch(#[expect(dead_code, reason = "held, not read")] tempfile::TempDir),
}

impl<'a> Remote<'a> {
    fn new(
        env: &'a Env,
        source: &'a Source,
        url: &'a str,
        reference: Option<&'a str>,
        is_dry: bool,
    ) -> Result<Self> {
        let name = ContentHash::of(url.as_bytes()).short(32);
        let (clones, hold) = if is_dry && !env.offline {
            let scratch = disk::scratch_dir()?;
            (scratch.path().to_owned(), Hold::Scratch(scratch))
        } else {
            let clones = env.cache_dir.join("git");
            let lock = disk::FileLock::acquire(&clones.join(format!("{name}.lock")), |_| ())?;
            // What a fetch that was killed had written so far: nobody else fetches now.
            disk::sweep_now(&clones.join(format!("{name}.git/objects/pack")), "tmp_")?;
            (clones, Hold::Lock(lock))
        };
        Ok(Self {
            env,
            source,
            git: Git::find()?,
            url,
            reference,
            filter: Filter::new(&source.include, &source.exclude)?,
            _hold: hold,
            dir: clones.join(format!("{name}.git")),
        })
    }

    /// The commit to read and its date: the newest, or the one the lock names.
    fn commit(&self, lock: &Lock, options: &Options) -> Result<(String, Date)> {
        let pinned = match lock.sources.get(&self.source.name) {
            Some(LockedSource::Git { url, commit, .. }) if *url == published_url(self.url) => {
                Some(commit.as_str())
            }
            _ => None,
        };
        let is_pinned = options.locked || self.env.offline;
        let wanted = match pinned {
            Some(commit) if is_pinned => Wanted::Commit(commit),
            None if is_pinned => return Err(self.not_in_lock()),
            _ => Wanted::Newest,
        };
        if let (true, Wanted::Commit(commit)) = (self.env.offline, wanted) {
            return match git::commit_date(&self.git, &self.dir, commit) {
                Ok(date) => Ok((commit.to_owned(), date)),
                Err(_) => Err(self.not_here()),
            };
        }
        let request = git::Request {
            url: self.url,
            reference: self.reference,
            dir: &self.dir,
            filter: &self.filter,
            wanted,
        };
        let fetched = git::fetch(&self.git, &request).map_err(|e| e.at(&self.source.place))?;
        Ok((fetched.commit, fetched.date))
    }

    fn open(&self, commit: String, date: Date) -> Result<Opened> {
        let tree = git::open(&self.git, &self.dir, &commit, &self.filter)?;
        let (dates, problems) = match git::history(&self.git, &self.dir, &commit) {
            Ok(dates) => (dates, Vec::new()),
            Err(_) => (BTreeMap::new(), vec![no_dates()]),
        };
        let source = LockedSource::Git {
            // What may be a secret in the address stays in the configuration.
            url: published_url(self.url),
            reference: self.reference.map(str::to_owned),
            commit,
            date: Some(date),
        };
        Ok(Opened { tree, source, dates: Some(dates), problems })
    }

    fn not_in_lock(&self) -> Error {
        let text = "the lock does not know it, or knows another address of it";
        let why = if self.env.offline { " with the network" } else { "" };
        let problem = Problem::error("SM437", text).at(self.source.place.clone());
        problem.help(format!("run `skillmeat sync {}`{why}", self.source.name)).into()
    }

    fn not_here(&self) -> Error {
        let text = "it is not in the cache, and this run is offline";
        let problem = Problem::error("SM436", text).at(self.source.place.clone());
        problem.help("run `skillmeat sync` with the network").into()
    }
}

/// When the lock is at this commit already and the cache has all it names, nothing need be read.
fn known_at(
    cache: &Cache,
    source: &Source,
    lock: &Lock,
    identity: &str,
    commit: &str,
) -> Result<Option<Pulled>> {
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
        || cache.fact(identity, READ)? != Some(read_fact(commit, there))
    {
        return Ok(None);
    }
    let keys = cache.keys(identity)?;
    let mut locked = BTreeMap::new();
    for (id, artifact) in of_source() {
        if let Seen::Pinned { pin, .. } = artifact.seen {
            if !keys.contains(&Key { kind: id.kind, path: artifact.path.clone(), pin }) {
                return Ok(None);
            }
            locked.insert(id.clone(), artifact.clone());
        }
    }
    let problems = cache.fact(identity, "problem count")?.and_then(|n| n.parse().ok());
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
        is_unchanged: true,
    }))
}

/// Detects, keeps what the cache lacks, and writes down what the lock will say.
fn read(
    env: &Env,
    cache: &Cache,
    source: &Source,
    lock: &Lock,
    options: &Options,
    opened: Opened,
) -> Result<Pulled> {
    let identity = load::identity(env, source);
    let Opened { tree, source: line, dates, mut problems } = opened;
    let detection = detect::detect(source, &tree, &folder::sticky(lock, &source.name));
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
        cache.keep(&identity, fresh.iter().map(|found| &found.artifact), env.now, |i, file| {
            match &fresh[i].contents[file] {
                Content::Tree(path) => tree.read(path),
                Content::Bytes(bytes) => Ok(bytes.clone()),
            }
        })?;
        remember(cache, &identity, &line, &locked, &problems)?;
        cache.set_fact(&identity, "problem count", &n_problems.to_string())?;
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
        is_unchanged,
    })
}

/// Without its history a repository is still read; only its dates are not known.
fn no_dates() -> Problem {
    Problem::warning("SM439", "the history cannot be read, so artifacts have no dates")
        .help("run `skillmeat sync` again; if it stays, run `git log` in the repository")
}

/// Under which name the cache keeps what was read last.
const READ: &str = "read";

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

/// Facts that spare the next sync from reading the same commit again.
fn remember(
    cache: &Cache,
    identity: &str,
    line: &LockedSource,
    locked: &BTreeMap<ArtifactId, LockedArtifact>,
    problems: &[Problem],
) -> Result<()> {
    let commit = match line {
        LockedSource::Git { commit, .. } => Some(commit.as_str()),
        _ => None,
    };
    let json = serde_json::to_string(problems).unwrap_or_default();
    cache.set_fact(identity, &load::problems_fact(commit), &json)?;
    cache.set_fact(identity, READ, &read_fact(commit.unwrap_or_default(), locked.iter()))
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

/// The first and last commit dates among an artifact's files.
fn dated(
    artifact: &Artifact,
    contents: &[Content],
    dates: Option<&BTreeMap<RelPath, Dates>>,
) -> Option<Dates> {
    let dates = dates?;
    let of_files = contents.iter().filter_map(|content| match content {
        Content::Tree(path) => dates.get(path),
        Content::Bytes(_) => dates.get(artifact.file_path()),
    });
    of_files
        .copied()
        .reduce(|a, b| Dates { added: a.added.min(b.added), changed: a.changed.max(b.changed) })
}
