//! `skillmeat serve`

mod log;
mod snapshot;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Context;
use super::lack;
use crate::cache::Cache;
use crate::catalog::load::Loaded;
use crate::catalog::{files, folder};
use crate::env::Env;
use crate::error::{Error, Exit, Problem, Result};
use crate::format::{config, lock};
use crate::model::age::Age;
use crate::serve::metrics::Metrics;
use crate::serve::{self, Ended, Options, Report, Sink};
use crate::sync;
use log::Log;
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
    #[command(flatten)]
    log: log::LogArgs,
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
    let metrics = args.log.metrics.then(|| Arc::new(Metrics::default()));
    let log = Arc::new(Log::new(ctx, &args.log, metrics.clone()));
    let sink: Sink = {
        let log = Arc::clone(&log);
        Arc::new(move |report| log.tell(&report))
    };
    let options = Options {
        metrics,
        cache: Some(Arc::clone(&cache)),
        refresh_first,
        read_only: args.read_only,
        port: args.port,
        watch: args.watch,
        watched: watched(&ctx.env),
        ignored: vec![ctx.env.path(&args.output), ctx.env.cache_dir.clone()],
    };
    let env = ctx.env.clone();
    let following = args.watch.then(Following::default);
    let refresh = {
        let (env, cache, sink) = (env.clone(), Arc::clone(&cache), Arc::clone(&sink));
        Arc::new(move || refresh(&env, &cache, &sink).unwrap_or_else(|error| error.problems))
    };
    let stop = env.stop.clone();
    let of_load = Arc::clone(&sink);
    let load = Box::new(move || {
        let env = at_this_time(&env)?;
        let behind = match &following {
            Some(following) => following.sync(&env, &cache, &of_load)?,
            None => Vec::new(),
        };
        snapshot(&env, &cache, &why, behind)
    });
    // Before anything is announced: whoever reads the address may end the server at once.
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|cause| {
        Error::from(Problem::error("SM006", format!("cannot listen for signals: {cause}")))
    })?;
    // A page that panics is answered and reported as a problem; nothing more need be printed.
    std::panic::set_hook(Box::new(|_| {}));
    let running = Arc::new(serve::start(options, load, refresh, sink)?);
    let address = format!("http://{}/", running.address());
    log.serving(&address);
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
    if running.wait() == Ended::Deaf {
        return Ok(Some(Exit::Deaf));
    }
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
fn refresh(env: &Env, cache: &Arc<Cache>, sink: &Sink) -> Result<Vec<Problem>> {
    let env = at_this_time(env)?;
    let sources = files::config(&env)?.sources.into_iter();
    let elsewhere = sources.filter(|source| !folder::is_inside(&env, source));
    let names: Vec<String> = elsewhere.map(|source| source.name).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let report = sync_these(&env, cache, names, sink)?;
    let failed = report.sources.into_iter().filter_map(|source| source.error);
    Ok(report.problems.into_iter().chain(failed.flat_map(|error| error.problems)).collect())
}

/// Syncs sources and says what came of each.
fn sync_these(
    env: &Env,
    cache: &Arc<Cache>,
    names: Vec<String>,
    sink: &Sink,
) -> Result<sync::Report> {
    let options = sync::Options { only: names, ..sync::Options::default() };
    sync::run(env, cache, &options, &|event| {
        if let sync::Event::Finished { report, .. } = event {
            sink(Report::Synced(report.clone()));
        }
    })
}

/// Asks the system to show an address; when it cannot, the address was printed anyway.
fn open(address: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let _ = Command::new(opener).arg(address).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}
