//! `skillmeat serve`

mod keeper;
mod log;
mod snapshot;
mod upstream;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Context;
use super::lack::{self, Reasons};
use crate::catalog::files;
use crate::catalog::kept::{Changed, Kept};
use crate::catalog::load::Loaded;
use crate::deploy::Deployer;
use crate::edit::Editor;
use crate::env::{Env, Stop};
use crate::error::{Error, Exit, Problem, Result};
use crate::format::{config, lock};
use crate::model::age::Age;
use crate::serve::deploys::Deploys;
use crate::serve::metrics::Metrics;
use crate::serve::{self, Ended, Options, Running, Sink};
use keeper::{Housekeeper, Slot};
use log::Log;
use snapshot::Loader;
use upstream::Upstream;

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
    /// How often the sources are asked for what is new, as in `5m`; `off` for never. Without it as
    /// `sync.interval` says, which is 10 minutes
    #[arg(long, env = "SKILLMEAT_REFRESH_INTERVAL", value_name = "TIME", value_parser = interval)]
    interval: Option<Interval>,
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
    let mut kept = Kept::default();
    let completed = lack::complete_again(ctx, &cache, &mut kept).ok();
    ctx.env.stop.check()?;
    if let Some(completed) = &completed {
        tell_old(ctx, &completed.loaded, args.interval);
    }
    let why = completed.map(|completed| completed.why).unwrap_or_default();
    let metrics = args.log.metrics.then(|| Arc::new(Metrics::default()));
    let log = Arc::new(Log::new(ctx, &args.log, metrics.clone()));
    let sink: Sink = {
        let log = Arc::clone(&log);
        Arc::new(move |report| log.tell(&report))
    };
    let slot = Slot::new(cache);
    let in_use: serve::CacheInUse = {
        let slot = Arc::clone(&slot);
        Arc::new(move || slot.get())
    };
    let options = Options {
        metrics,
        cache: Some(Arc::clone(&in_use)),
        deploys: deploys(ctx, args, in_use)?,
        offline: ctx.env.offline,
        read_only: args.read_only,
        port: args.port,
        watch: args.watch,
        watched: watched(&ctx.env),
        ignored: vec![ctx.env.path(&args.output), ctx.env.cache_dir.clone()],
    };
    let editor = if args.read_only { None } else { Some(Editor::new(&ctx.env)?) };
    let (load, upstream, keeper) = behind(ctx, args, (slot, why, kept), &sink);
    let stop = ctx.env.stop.clone();
    // Before anything is announced: whoever reads the address may end the server at once.
    let signals = Signals::new([SIGINT, SIGTERM]).map_err(|cause| {
        Error::from(Problem::error("SM006", format!("cannot listen for signals: {cause}")))
    })?;
    // A page that panics is answered and reported as a problem; nothing more need be printed.
    std::panic::set_hook(Box::new(|_| {}));
    let edits = editor.clone();
    let running = Arc::new(serve::start(options, load, editor, (upstream, keeper), sink)?);
    let address = format!("http://{}/", running.address());
    log.serving(&address);
    if args.open {
        open(&address);
    }
    let end = wait(&running, signals, stop);
    // What somebody saves into a file that was just replaced is kept, too.
    edits.inspect(Editor::settle);
    Ok(end)
}

/// Until a signal ends it, or it ends by itself.
fn wait(running: &Arc<Running>, mut signals: Signals, stop: Stop) -> Option<Exit> {
    let ended_by = Arc::new(AtomicI32::new(0));
    let (stopper, ending) = (Arc::clone(running), Arc::clone(&ended_by));
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            ending.store(signal, Ordering::Relaxed);
            stop.ask(signal);
            stopper.stop();
        }
    });
    if running.wait() == Ended::Deaf {
        return Some(Exit::Deaf);
    }
    match ended_by.load(Ordering::Relaxed) {
        SIGINT => Some(Exit::Interrupted),
        SIGTERM => Some(Exit::Terminated),
        _ => None,
    }
}

/// What deploys to projects, where that is wanted.
fn deploys(ctx: &Context, args: &Args, cache: serve::CacheInUse) -> Result<Option<Arc<Deploys>>> {
    if args.read_only {
        return Ok(None);
    }
    let deployer = Deployer::new(&ctx.env)?;
    Ok(Some(Arc::new(Deploys { env: ctx.env.clone(), deployer, cache })))
}

/// What the server loads, asks and looks after, with one cache for all three.
fn behind(
    ctx: &Context,
    args: &Args,
    (slot, why, kept): (Arc<Slot>, Reasons, Kept),
    sink: &Sink,
) -> (serve::Load, Arc<Upstream>, Arc<Housekeeper>) {
    let (env, every) = (ctx.env.clone(), args.interval);
    let keeper = Arc::new(Housekeeper { env: env.clone(), slot: Arc::clone(&slot) });
    let upstream = Arc::new(Upstream::new(env.clone(), Arc::clone(&slot), Arc::clone(sink)));
    let asking = upstream.asking();
    let loader = Loader::new(slot.get(), why, kept, args.watch.then(|| Arc::clone(sink)));
    let load = Box::new(move |changed: &Changed| {
        let env = at_this_time(&env)?;
        // A refresh asks folders elsewhere too, and what it brought is loaded when it ends.
        let is_asking = asking.load(Ordering::Relaxed);
        let snapshot = slot.with(&env, |cache| loader.load(&env, cache, changed, is_asking))?;
        let interval = every.map_or(snapshot.interval, Interval::duration);
        Ok(serve::Snapshot { interval, ..snapshot })
    });
    (load, upstream, keeper)
}

/// What is watched even while no catalog can be loaded.
fn watched(env: &Env) -> Vec<PathBuf> {
    let own = [config::FILE, lock::FILE, files::COLLECTIONS, files::TEMPLATES, "content"];
    own.iter().map(|name| env.root.join(name)).collect()
}

/// A server runs for days: what it syncs and loads is dated when it happens.
fn at_this_time(env: &Env) -> Result<Env> {
    Ok(Env { now: super::now()?, ..env.clone() })
}

/// Says that something is so old that it is refreshed without being asked, if it is.
fn tell_old(ctx: &Context, loaded: &Loaded, interval: Option<Interval>) {
    let limits = loaded.config.sync.limits();
    let is_off = ctx.env.offline || interval == Some(Interval::Off);
    if !is_off && loaded.catalog.age(ctx.env.now, &limits) == Age::Old {
        ctx.say("the data is old: the sources are refreshed while the site is served");
    }
}

/// How often the sources are asked, as a flag says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interval {
    Off,
    Every(Duration),
}

impl Interval {
    fn duration(self) -> Option<Duration> {
        match self {
            Interval::Off => None,
            Interval::Every(interval) => Some(interval),
        }
    }
}

fn interval(text: &str) -> Result<Interval, String> {
    if matches!(text, "0" | "off") {
        return Ok(Interval::Off);
    }
    let interval = config::duration(text).and_then(|interval| interval.try_into().ok());
    interval.map(Interval::Every).ok_or_else(|| "write it as in `30s`, `10m`, `1h` or `off`".into())
}

/// Asks the system to show an address; when it cannot, the address was printed anyway.
fn open(address: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let _ = Command::new(opener).arg(address).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}
