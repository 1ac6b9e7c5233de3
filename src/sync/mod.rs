//! Sync: sources to cache, lock and first collections; projects to their deployment states.
//!
//! The only writer of the lock. A source that fails keeps what the lock had of it; the others go
//! on. Knows nothing of pages.

pub mod care;
mod history;
mod look;
mod memory;
pub mod merge;
mod projects;
mod pull;
mod remote;
mod removals;
mod structure;
#[cfg(test)]
mod tests;
mod tracked;
mod unmoved;
mod upkeep;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use jiff::civil::Date;

use crate::cache::Cache;
use crate::catalog::load::Lack;
use crate::catalog::{files, folder};
use crate::disk;
use crate::edit;
use crate::env::Env;
use crate::error::{Error, Exit, Problem, Result, Severity};
use crate::format::config::Config;
use crate::format::lock::{self, Lock};
use crate::model::source::{Address, Source};
pub use projects::rescan;
use pull::Pulled;

/// In the cache's folder: held by whoever syncs.
pub const LOCK: &str = "sync.lock";

/// Sources that are pulled at the same time.
const PULLS_MAX: usize = 8;

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these sources; all when empty.
    pub only: Vec<String>,
    /// Exactly what the lock names; no tracked file is written.
    pub locked: bool,
    /// Say what would be done.
    pub dry_run: bool,
    /// Read and keep again what has not changed.
    pub force: bool,
    /// Believe a source that has lost nearly all it had.
    pub accept_removals: bool,
}

/// What happens while sync runs, for whoever shows it.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// Another process holds the writer's lock.
    Waiting(&'a str),
    Started {
        source: &'a str,
        total: usize,
    },
    /// How far a source is in one phase; a `total` of 0 is not known.
    Progress {
        source: &'a str,
        phase: Phase,
        done: usize,
        total: usize,
    },
    Finished {
        report: &'a SourceReport,
        done: usize,
        total: usize,
    },
}

/// What is done of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its files are listed and fetched.
    Fetch,
    /// Its artifacts are read.
    Read,
    /// They are written to the cache.
    Keep,
}

impl Phase {
    pub fn word(self) -> &'static str {
        match self {
            Phase::Fetch => "fetching",
            Phase::Read => "reading",
            Phase::Keep => "keeping",
        }
    }
}

/// What came of one source.
#[derive(Clone, Debug)]
pub struct SourceReport {
    pub name: String,
    pub outcome: Outcome,
    /// Artifacts the source has.
    pub found: usize,
    /// Files whose text was taken apart.
    pub parsed: usize,
    /// Artifacts written to the cache.
    pub written: usize,
    /// Artifacts that came, changed and went since the last sync.
    pub added: usize,
    pub changed: usize,
    pub removed: usize,
    /// Problems of its files and artifacts.
    pub problems: usize,
    pub error: Option<Error>,
    pub elapsed_ms: u128,
}

impl SourceReport {
    /// Whether it was not read because the run was asked to end.
    pub fn is_stopped(&self) -> bool {
        self.error.as_ref().is_some_and(Error::is_stop)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Updated,
    Unchanged,
    Failed,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Updated => "updated",
            Outcome::Unchanged => "unchanged",
            Outcome::Failed => "failed",
        }
    }
}

#[derive(Debug)]
pub struct Report {
    /// In the order of the configuration.
    pub sources: Vec<SourceReport>,
    /// Tracked files that were written, or would be.
    pub files: Vec<String>,
    /// What projects and new collections made worth saying.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether the run was asked to end before all sources were read.
    pub fn is_stopped(&self) -> bool {
        self.sources.iter().any(SourceReport::is_stopped)
    }

    /// The exit that failed sources, or errors of the catalog's own files, ask for.
    pub fn exit(&self) -> Option<Exit> {
        let is_wrong = self.problems.iter().any(|problem| problem.severity == Severity::Error);
        let errors: Vec<&Error> = self.sources.iter().filter_map(|s| s.error.as_ref()).collect();
        let all_denied = errors.iter().all(|error| error.exit == Exit::Denied);
        if let Some(stopped) = errors.iter().find(|error| error.is_stop()) {
            return Some(stopped.exit);
        }
        match errors.len() {
            0 => is_wrong.then_some(Exit::Failed),
            n if n == self.sources.len() && all_denied => Some(Exit::Denied),
            _ => Some(Exit::Partial),
        }
    }
}

/// What every source of one sync is pulled with.
struct Run<'a> {
    env: &'a Env,
    cache: &'a Arc<Cache>,
    /// As it was before.
    lock: &'a Lock,
    options: &'a Options,
    on_event: &'a (dyn Fn(Event) + Sync),
}

impl Run<'_> {
    /// The fact that a source was asked for what is newest. What was read at the commit that the
    /// lock names tells nothing of that.
    fn looked(&self, source: &Source) -> Option<(String, String)> {
        let is_pinned = self.options.locked || self.env.offline;
        let is_newest = !is_pinned || !matches!(source.address, Address::Git { .. });
        is_newest.then(|| ("synced_at".to_owned(), self.env.now.to_string()))
    }

    /// Tells how far a source is, and ends its pull when the run is to end.
    fn reach(&self, source: &Source, phase: Phase, done: usize, total: usize) -> Result<()> {
        self.env.stop.check()?;
        (self.on_event)(Event::Progress { source: &source.name, phase, done, total });
        Ok(())
    }
}

/// Pulls sources in parallel, then writes the lock and what else is new.
pub fn run(
    env: &Env,
    cache: &Arc<Cache>,
    options: &Options,
    on_event: &(dyn Fn(Event) + Sync),
) -> Result<Report> {
    let _writer = if options.dry_run { None } else { Some(alone(env, cache, on_event)?) };
    let config = files::config(env)?;
    files::collections(env, &mut files::Hashes::new())?;
    let (old, was_broken) = read_lock(env, options)?;
    let chosen = choose(&config, &options.only)?;
    if !options.dry_run && !options.locked {
        disk::sweep(&env.root, &env.root.join(files::COLLECTIONS))?;
    }

    let run = Run { env, cache, lock: &old, options, on_event };
    let pulled = env.timings.phase("pull", || pull_all(&run, &chosen));
    check_undamaged(cache)?;
    let mut lock = merge::without_lost_sources(&old, &config.sources, env.today());
    let mut report = Report { sources: Vec::new(), files: Vec::new(), problems: Vec::new() };
    let inside = inside(env, &config, &chosen, &pulled);
    let mut fresh = Vec::new();
    let mut arranged = Vec::new();
    for (source, (mut one, pulled)) in chosen.into_iter().zip(pulled) {
        if let Some(pulled) = pulled {
            let moved = merge::into(&mut lock, &source.name, &pulled, env.today());
            (one.added, one.changed, one.removed) = (moved.added, moved.changed, moved.removed);
            if let Some(theirs) = structure::arranged(source, &pulled, &lock) {
                arranged.push((source, theirs.clone()));
            } else if merge::is_new(&old, &source.name) {
                let (all, found) = (&config.sources, &pulled.artifacts);
                fresh.push(structure::collection(source, all, found, &lock));
            }
        }
        report.sources.push(one);
    }
    if options.locked {
        upkeep::keep_named(env, cache, &config.sources, &old, options)?;
        return Ok(report);
    }
    let dry = options.dry_run;
    // Without the cache's new rows a dry run could not tell the states.
    if !dry && !report.is_stopped() {
        let scan = || projects::scan(env, cache, &config, &mut lock, &mut report.problems);
        env.timings.phase("projects", scan)?;
    }
    for collection in &fresh {
        report.files.extend(edit::create_collection(env, collection, dry)?);
    }
    for (source, theirs) in &arranged {
        structure::bring(env, source, theirs, &mut lock, &mut report, dry)?;
    }
    let is_new = old != lock || was_broken || !env.root.join(lock::FILE).exists();
    if is_new && write_lock(env, &lock, dry)? {
        report.files.push(lock::FILE.to_owned());
    }
    if !dry && !report.is_stopped() {
        let back = || look::back(env, cache, (config, lock), inside.as_deref(), &mut report);
        env.timings.phase("look back", back)?;
        check_undamaged(cache)?;
    }
    Ok(report)
}

/// One sync at a time: what two read before they wait for each other, the second would write over.
fn alone(env: &Env, cache: &Cache, on_event: &(dyn Fn(Event) + Sync)) -> Result<disk::FileLock> {
    cache.check_kept()?;
    let on_wait = |holder: &str| on_event(Event::Waiting(holder));
    disk::FileLock::acquire_while(&env.cache_dir.join(LOCK), on_wait, || env.stop.check())
}

/// The revisions of all folders that are read directly; none when one of them is not known.
fn inside(
    env: &Env,
    config: &Config,
    chosen: &[&Source],
    pulled: &[(SourceReport, Option<Pulled>)],
) -> Option<Vec<String>> {
    let sources = config.sources.iter().filter(|source| folder::is_inside(env, source));
    let revision = |source: &Source| {
        let at = chosen.iter().position(|one| one.name == source.name)?;
        let revision = pulled.get(at)?.1.as_ref()?.revision.as_ref()?;
        Some(format!("{} {revision}", source.name))
    };
    sources.map(revision).collect()
}

impl Report {
    /// Whether a source lacks in the cache what was just read of it.
    pub fn misses(&self, lacking: &[Lack]) -> bool {
        let is_read = |name: &str| {
            self.sources.iter().any(|one| one.name == name && one.outcome != Outcome::Failed)
        };
        lacking.iter().any(|lack| is_read(&lack.source))
    }
}

/// A cache found damaged ends a sync, which is run again with a new one.
fn check_undamaged(cache: &Cache) -> Result<()> {
    cache.damage().map_or(Ok(()), |damage| Err(damage.clone()))
}

/// Fetches what the lock names of these sources and the cache lacks. Writes no tracked file.
pub fn restore(
    env: &Env,
    cache: &Arc<Cache>,
    sources: &[String],
    on_event: &(dyn Fn(Event) + Sync),
) -> Result<Report> {
    let options = Options { only: sources.to_vec(), locked: true, ..Options::default() };
    run(env, cache, &options, on_event)
}

/// The lock, and whether a merge left conflict markers in it.
fn read_lock(env: &Env, options: &Options) -> Result<(Lock, bool)> {
    if options.locked {
        return Ok((files::lock(env)?, false));
    }
    match disk::read_text_up_to(&env.root.join(lock::FILE), files::LOCK_BYTES_MAX)? {
        Some(text) => lock::parse_or_heal(&text),
        None => Ok((Lock::default(), false)),
    }
}

fn choose<'a>(config: &'a Config, only: &[String]) -> Result<Vec<&'a Source>> {
    for name in only {
        config.source(name)?;
    }
    let is_wanted = |source: &&Source| only.is_empty() || only.contains(&source.name);
    Ok(config.sources.iter().filter(is_wanted).collect())
}

/// Pulls every source, several at a time: they wait for the network more than they compute.
fn pull_all(run: &Run, sources: &[&Source]) -> Vec<(SourceReport, Option<Pulled>)> {
    let total = sources.len();
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let pull_one = |source: &Source| {
        (run.on_event)(Event::Started { source: &source.name, total });
        let start = Instant::now();
        let result = upkeep::noted(run, source, steady(|| pull::pull(run, source)));
        let (mut report, pulled) = report_of(source, result);
        report.elapsed_ms = start.elapsed().as_millis();
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if run.cache.damage().is_none() {
            (run.on_event)(Event::Finished { report: &report, done, total });
        }
        (report, pulled)
    };
    let worker = || {
        let mut results = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(source) = sources.get(place) else { return results };
            results.push((place, pull_one(source)));
        }
    };
    let mut results = Vec::with_capacity(total);
    thread::scope(|scope| {
        let workers: Vec<_> = (1..total.min(PULLS_MAX)).map(|_| scope.spawn(worker)).collect();
        // This thread is one of them: memory costs least on the first thread of a process.
        results.extend(worker());
        for worker in workers {
            match worker.join() {
                Ok(pulled) => results.extend(pulled),
                Err(panic) => resume_unwind(panic),
            }
        }
    });
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Pulls again what changed while it was read: an editor saves a file at any moment.
fn steady(pull: impl Fn() -> Result<Pulled>) -> Result<Pulled> {
    const TRIES: usize = 3;
    let changed = |error: &Error| error.problems.iter().any(|problem| problem.code == "SM432");
    let mut result = pull();
    for _ in 1..TRIES {
        match &result {
            Err(error) if changed(error) => result = pull(),
            _ => break,
        }
    }
    result
}

fn report_of(source: &Source, result: Result<Pulled>) -> (SourceReport, Option<Pulled>) {
    let mut report = SourceReport {
        name: source.name.clone(),
        outcome: Outcome::Failed,
        found: 0,
        parsed: 0,
        written: 0,
        added: 0,
        changed: 0,
        removed: 0,
        problems: 0,
        error: None,
        elapsed_ms: 0,
    };
    match result {
        Ok(pulled) => {
            report.outcome =
                if pulled.is_unchanged { Outcome::Unchanged } else { Outcome::Updated };
            report.found = pulled.found;
            report.parsed = pulled.parsed;
            report.written = pulled.written;
            report.problems = pulled.problems;
            (report, Some(pulled))
        }
        Err(mut error) => {
            for problem in &mut error.problems {
                problem.message = format!("source `{}`: {}", source.name, problem.message);
            }
            report.error = Some(error);
            (report, None)
        }
    }
}

/// Whether the file has, or with `dry` would have, other bytes now.
fn write_lock(env: &Env, lock: &Lock, dry: bool) -> Result<bool> {
    let text = lock::write(lock);
    let path = env.root.join(lock::FILE);
    if dry {
        return Ok(!disk::same_bytes(&path, text.as_bytes()));
    }
    disk::write_changed(&path, text.as_bytes())
}

/// The day a thing is first seen when nothing else dates it.
fn first_sight(env: &Env, source: &Source) -> Option<Date> {
    (!folder::is_inside(env, source)).then(|| env.today())
}
