//! `skillmeat serve`

mod snapshot;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::lack;
use super::{Context, report};
use crate::cache::Cache;
use crate::catalog::load::Loaded;
use crate::catalog::{files, folder};
use crate::env::Env;
use crate::error::{Error, Exit, Problem, Result};
use crate::format::{config, lock};
use crate::model::age::Age;
use crate::serve::{self, Options, Report};
use crate::sync;
use crate::words;
use snapshot::{Following, snapshot};

/// Serve the catalog on 127.0.0.1, rendered as it is asked for
#[derive(clap::Args)]
pub(super) struct Args {
    /// Follow the files: pages show what changed by themselves, and folders that are sources are
    /// synced when they change
    #[arg(short, long)]
    watch: bool,
    /// Port to listen on; 6328, or the next free one, by default
    #[arg(short, long, env = "SKILLMEAT_PORT")]
    port: Option<u16>,
    /// Open the site in the browser
    #[arg(long)]
    open: bool,
    /// Change nothing: pages without editing, no request that writes
    #[arg(long)]
    read_only: bool,
    /// Folder that `build` writes to, which is not watched
    #[arg(short, long, default_value = "public", env = "SKILLMEAT_OUTPUT", value_name = "DIR")]
    output: String,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let cache = ctx.cache()?;
    // What the cache lacks is fetched once, before anything is shown; errors of the catalog's own
    // files are shown on the pages, so that they can be mended while the server runs.
    let completed = lack::complete(ctx, &cache).ok();
    ctx.env.stop.check()?;
    let refresh_first = completed.as_ref().is_some_and(|completed| is_due(ctx, &completed.loaded));
    let why = completed.map(|completed| completed.why).unwrap_or_default();
    let options = Options {
        refresh_first,
        read_only: args.read_only,
        port: args.port,
        watch: args.watch,
        watched: watched(&ctx.env),
        ignored: vec![ctx.env.path(&args.output), ctx.env.cache_dir.clone()],
    };
    let env = ctx.env.clone();
    let quiet = ctx.quiet;
    let following = args.watch.then(Following::default);
    let refresh = {
        let (env, cache) = (env.clone(), Arc::clone(&cache));
        Arc::new(move || refresh(&env, &cache, quiet).unwrap_or_else(|error| error.problems))
    };
    let stop = env.stop.clone();
    let load = Box::new(move || {
        let env = at_this_time(&env)?;
        let behind = match &following {
            Some(following) => following.sync(&env, &cache, quiet)?,
            None => Vec::new(),
        };
        snapshot(&env, &cache, &why, behind)
    });
    let told = Mutex::new(Vec::new());
    let sink = Arc::new(move |report: Report| tell(report, quiet, &told));
    // Before anything is announced: whoever reads the address may end the server at once.
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|cause| {
        Error::from(Problem::error("SM006", format!("cannot listen for signals: {cause}")))
    })?;
    // A page that panics is answered and reported as a problem; nothing more need be printed.
    std::panic::set_hook(Box::new(|_| {}));
    let running = Arc::new(serve::start(options, load, refresh, sink)?);
    let address = format!("http://{}/", running.address());
    ctx.say(&format!("serving {address} (Ctrl-C ends it)"));
    if args.open {
        open(&address);
    }
    let ended_by = Arc::new(AtomicI32::new(0));
    let (stopper, ending) = (Arc::clone(&running), Arc::clone(&ended_by));
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            ending.store(signal, Ordering::Relaxed);
            stop.ask(signal);
            stopper.stop();
        }
    });
    running.wait();
    Ok(match ended_by.load(Ordering::Relaxed) {
        SIGINT => Some(Exit::Interrupted),
        SIGTERM => Some(Exit::Terminated),
        _ => None,
    })
}

/// What is watched even while no catalog can be loaded.
fn watched(env: &Env) -> Vec<PathBuf> {
    let own = [config::FILE, lock::FILE, files::COLLECTIONS, files::TEMPLATES, "content"];
    own.iter().map(|name| env.root.join(name)).collect()
}

/// Whether something is so old that it is refreshed without being asked; says so.
fn is_due(ctx: &Context, loaded: &Loaded) -> bool {
    let limits = loaded.config.sync.limits();
    if ctx.env.offline || loaded.catalog.age(ctx.env.now, &limits) != Age::Old {
        return false;
    }
    ctx.say("the data is old: the sources are refreshed while the site is served");
    true
}

/// A server runs for days: what it syncs and loads is dated when it happens.
fn at_this_time(env: &Env) -> Result<Env> {
    Ok(Env { now: super::now()?, ..env.clone() })
}

/// Asks every source elsewhere for what is new; returns why some of it could not be had.
fn refresh(env: &Env, cache: &Arc<Cache>, quiet: bool) -> Result<Vec<Problem>> {
    let env = at_this_time(env)?;
    let sources = files::config(&env)?.sources.into_iter();
    let elsewhere = sources.filter(|source| !folder::is_inside(&env, source));
    let names: Vec<String> = elsewhere.map(|source| source.name).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let report = sync_these(&env, cache, names, quiet)?;
    let failed = report.sources.into_iter().filter_map(|source| source.error);
    Ok(report.problems.into_iter().chain(failed.flat_map(|error| error.problems)).collect())
}

/// Syncs sources and says which of them changed.
fn sync_these(
    env: &Env,
    cache: &Arc<Cache>,
    names: Vec<String>,
    quiet: bool,
) -> Result<sync::Report> {
    let options = sync::Options { only: names, ..sync::Options::default() };
    sync::run(env, cache, &options, &|event| {
        if let sync::Event::Finished { report, .. } = event
            && report.outcome == sync::Outcome::Updated
            && !quiet
        {
            report::line(&super::sync::line(report));
        }
    })
}

/// Says what happened; a problem that stays from load to load is said once.
fn tell(event: Report, quiet: bool, told: &Mutex<Vec<Problem>>) {
    match event {
        Report::Loaded { revision, elapsed, problems } => {
            if !quiet {
                let n = words::count(problems.len(), "problem");
                report::line(&format!("revision {revision}, {n} ({} ms)", elapsed.as_millis()));
            }
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            problems.iter().filter(|problem| !told.contains(problem)).for_each(report::problem);
            *told = problems;
        }
        Report::Refreshed { elapsed, problems } => {
            problems.iter().for_each(report::problem);
            if !quiet {
                let kept = if problems.is_empty() { "" } else { "; what failed stays as it was" };
                report::line(&format!("refreshed{kept} ({} ms)", elapsed.as_millis()));
            }
        }
        Report::Failed(problems) | Report::Trouble(problems) => {
            problems.iter().for_each(report::problem);
        }
    }
}

/// Asks the system to show an address; when it cannot, the address was printed anyway.
fn open(address: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let _ = Command::new(opener).arg(address).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}
