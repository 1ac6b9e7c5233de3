//! Sync: sources to cache, lock and first collections; projects to their deployment states.
//!
//! The only writer of the lock. A source that fails keeps what the lock had of it; the others go
//! on. Knows nothing of pages.

pub mod merge;
mod projects;
mod pull;
mod structure;

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::cache::Cache;
use crate::catalog::Index;
use crate::catalog::load::{self, Loaded};
use crate::catalog::{files, folder};
use crate::disk;
use crate::edit;
use crate::env::Env;
use crate::error::{Error, Exit, Problem, Result};
use crate::format::config::Config;
use crate::format::lock::{self, Lock};
use crate::model::source::Source;
use crate::words;
use jiff::civil::Date;
use pull::Pulled;

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
    Finished {
        report: &'a SourceReport,
        done: usize,
        total: usize,
    },
}

/// What came of one source.
#[derive(Clone, Debug)]
pub struct SourceReport {
    pub name: String,
    pub outcome: Outcome,
    /// Artifacts the source has.
    pub found: usize,
    /// Artifacts whose files were read.
    pub parsed: usize,
    /// Artifacts written to the cache.
    pub written: usize,
    /// Artifacts that are gone since the last sync.
    pub removed: usize,
    /// Problems of its files and artifacts.
    pub problems: usize,
    pub error: Option<Error>,
    pub elapsed_ms: u128,
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
    /// The exit that failed sources ask for.
    pub fn exit(&self) -> Option<Exit> {
        let errors: Vec<&Error> = self.sources.iter().filter_map(|s| s.error.as_ref()).collect();
        let all_denied = errors.iter().all(|error| error.exit == Exit::Denied);
        match errors.len() {
            0 => None,
            n if n == self.sources.len() && all_denied => Some(Exit::Denied),
            _ => Some(Exit::Partial),
        }
    }
}

/// Pulls sources in parallel, then writes the lock and what else is new.
pub fn run(
    env: &Env,
    cache: &Arc<Cache>,
    options: &Options,
    on_event: &(dyn Fn(Event) + Sync),
) -> Result<Report> {
    let config = files::config(env)?;
    files::collections(env)?;
    let (old, was_broken) = read_lock(env, options)?;
    let chosen = choose(&config, &options.only)?;
    let _writer = disk::FileLock::acquire(&env.cache_dir.join("sync.lock"), |holder| {
        on_event(Event::Waiting(holder));
    })?;

    let pulled = pull_all(env, cache, &chosen, &old, options, on_event);
    let mut lock = merge::without_lost_sources(&old, &config.sources, env.today());
    let mut reports = Vec::with_capacity(pulled.len());
    let mut fresh = Vec::new();
    for (source, (mut report, pulled)) in chosen.into_iter().zip(pulled) {
        if let Some(pulled) = pulled {
            report.removed = merge::into(&mut lock, &source.name, &pulled, env.today());
            if !old.sources.contains_key(&source.name) {
                fresh.push(structure::collection(source, &pulled.artifacts));
            }
        }
        reports.push(report);
    }
    let mut report = Report { sources: reports, files: Vec::new(), problems: Vec::new() };
    if options.locked {
        return Ok(report);
    }
    let dry = options.dry_run;
    // Without the cache's new rows a dry run could not tell the states.
    if !dry {
        projects::scan(env, cache, &config, &mut lock, &mut report.problems)?;
    }
    for collection in &fresh {
        report.files.extend(edit::create_collection(env, collection, dry)?);
    }
    write_lock(env, &old, &lock, was_broken, dry, &mut report)?;
    if !dry {
        remember_collections(env, cache, config, lock)?;
    }
    Ok(report)
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
        if !config.sources.iter().any(|source| source.name == *name) {
            let names = config.sources.iter().map(|source| source.name.as_str());
            let problem = Problem::error("SM431", format!("there is no source `{name}`"));
            return Err(match words::nearest(name, names.clone()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help(format!(
                    "sources of this catalog: {}",
                    words::list_or(&names.collect::<Vec<_>>())
                )),
            }
            .into());
        }
    }
    let is_wanted = |source: &&Source| only.is_empty() || only.contains(&source.name);
    Ok(config.sources.iter().filter(is_wanted).collect())
}

/// Pulls every source, several at a time: they wait for the network more than they compute.
fn pull_all(
    env: &Env,
    cache: &Arc<Cache>,
    sources: &[&Source],
    old: &Lock,
    options: &Options,
    on_event: &(dyn Fn(Event) + Sync),
) -> Vec<(SourceReport, Option<Pulled>)> {
    let total = sources.len();
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let pull_one = |source: &Source| {
        on_event(Event::Started { source: &source.name, total });
        let start = Instant::now();
        let result = pull::pull(env, cache, source, old, options);
        let (mut report, pulled) = report_of(source, result);
        report.elapsed_ms = start.elapsed().as_millis();
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        on_event(Event::Finished { report: &report, done, total });
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
        let workers: Vec<_> = (0..total.min(PULLS_MAX)).map(|_| scope.spawn(worker)).collect();
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

fn report_of(source: &Source, result: Result<Pulled>) -> (SourceReport, Option<Pulled>) {
    let mut report = SourceReport {
        name: source.name.clone(),
        outcome: Outcome::Failed,
        found: 0,
        parsed: 0,
        written: 0,
        removed: 0,
        problems: 0,
        error: None,
        elapsed_ms: 0,
    };
    match result {
        Ok(pulled) => {
            report.outcome =
                if pulled.is_unchanged { Outcome::Unchanged } else { Outcome::Updated };
            report.found = pulled.locked.len();
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

fn write_lock(
    env: &Env,
    old: &Lock,
    new: &Lock,
    was_broken: bool,
    dry: bool,
    report: &mut Report,
) -> Result<()> {
    if old == new && !was_broken && env.root.join(lock::FILE).exists() {
        return Ok(());
    }
    let text = lock::write(new);
    let path = env.root.join(lock::FILE);
    let is_written = if dry {
        !disk::same_bytes(&path, text.as_bytes())
    } else {
        disk::write_changed(&path, text.as_bytes())?
    };
    if is_written {
        report.files.push(lock::FILE.to_owned());
    }
    Ok(())
}

/// Keeps what each collection holds now, for queries that need no YAML. A catalog with errors of
/// its own is left to `check` and `build`, which say so.
fn remember_collections(env: &Env, cache: &Arc<Cache>, config: Config, lock: Lock) -> Result<()> {
    let Ok(Loaded { catalog, .. }) = load::load_with(env, cache, config, lock) else {
        return Ok(());
    };
    let root = env.root.display().to_string();
    for collection in &catalog.collections {
        let mut groups: BTreeMap<Index, Vec<String>> = BTreeMap::new();
        for group in &collection.groups {
            for member in &group.members {
                groups.entry(*member).or_default().push(group.definition.slug.clone());
            }
        }
        let mut named = |member: &Index| {
            (catalog.artifacts[*member].id.to_string(), groups.remove(member).unwrap_or_default())
        };
        let members: Vec<(String, Vec<String>)> =
            collection.members.iter().map(&mut named).collect();
        cache.keep_collection(&root, &collection.definition.slug, &members, env.now)?;
    }
    Ok(())
}

/// The day a thing is first seen when nothing else dates it.
fn first_sight(env: &Env, source: &Source) -> Option<Date> {
    (!folder::is_inside(env, source)).then(|| env.today())
}
