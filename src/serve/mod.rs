//! The live site: a loader and a port to pages that follow the files they are made from.
//!
//! One `owner` thread loads catalogs and swaps them in; requests only read what is shown. What is on
//! disk is known through the loader alone, what happens is told to a sink: this room never prints.
//! From the outside in: `gate` bounds and judges connections (`head`, `refusal`, `peer`), `inner`
//! is the HTTP server behind it, `wire` makes its requests ours, `guard` says who may write, `http`
//! has the routes: `api` and `form` of a live server, `files` of the site. `pages` renders, `board`
//! holds what is shown, `status` says how it stands, `events` tells open pages, `watch` notices
//! changes. `refresh` asks the sources for what is new, when `schedule` says, and tells its
//! `progress`; `deploys` carries orders to projects out, `care` looks after the cache, `settings` is the page that tells of all this.
//! `watchdog` probes the port, `probes` and `metrics` say how it is, `log` makes lines of what
//! happens.

mod answer;
mod api;
mod board;
pub mod care;
pub mod deploys;
mod edits;
mod events;
mod files;
mod form;
mod gate;
mod guard;
mod head;
mod http;
mod inner;
pub mod log;
pub mod metrics;
mod owner;
mod pages;
mod peer;
mod probes;
pub mod progress;
mod refresh;
mod refusal;
mod schedule;
mod settings;
mod status;
mod watch;
mod watchdog;
mod wire;

#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use crate::cache::Cache;
use crate::catalog::Catalog;
use crate::catalog::contents::Contents;
use crate::catalog::kept::Changed;
use crate::edit::Editor;
use crate::error::{Error, Problem, Result};
use crate::model::age::Limits;
use crate::model::hash::ContentHash;
use crate::site::Live;
use crate::site::theme::Theme;
use crate::sync::SourceReport;
use crate::timings::{Phases, Timings};
use board::Board;
use care::Keeper;
use deploys::Deploys;
use gate::{Gate, Told};
use head::Method;
use metrics::Metrics;
use owner::{Event, Owner};
use peer::Peers;
use progress::State;
use refresh::Refresher;
pub use refresh::Upstream;
use watch::Watch;
use watchdog::{PROBE_TIME, Pulse};

/// Where `serve` listens when no port is asked for.
pub const PORT: u16 = 6328;
/// So many ports after it are tried when it is taken.
const PORTS_MORE: u16 = 20;
/// How long [`Running::wait`] lets a load and a refresh come to their end.
const END_TIME: Duration = Duration::from_millis(600);

#[derive(Clone, Default)]
pub struct Options {
    /// The port asked for, 0 for any; without one [`PORT`] or the next free one.
    pub port: Option<u16>,
    /// Follow the files.
    pub watch: bool,
    /// Watched even when no catalog can be loaded: configuration, lock, collections, content,
    /// templates. Absolute; a folder means all below it, and nothing needs to exist.
    pub watched: Vec<PathBuf>,
    /// Never watched: the output folder, the cache.
    pub ignored: Vec<PathBuf>,
    /// No source is asked for anything.
    pub offline: bool,
    /// Nothing can be changed: there is no writing route.
    pub read_only: bool,
    /// Shown at `/metrics`; whoever gives it has it see what the sink is told.
    pub metrics: Option<Arc<Metrics>>,
    /// The cache in use, looked at to say how the server is.
    pub cache: Option<CacheInUse>,
    /// What deploys; `None` where nothing is to be changed.
    pub deploys: Option<Arc<Deploys>>,
}

/// A loaded catalog with all that its pages are made from.
pub struct Snapshot {
    pub catalog: Arc<Catalog>,
    pub contents: Arc<dyn Contents>,
    pub theme: Arc<Theme>,
    /// Watched besides [`Options::watched`], as path sources anywhere on disk.
    pub watched: Vec<PathBuf>,
    /// What is wrong and does not stop it from being shown.
    pub problems: Vec<Problem>,
    /// What the age of data means.
    pub limits: Limits,
    /// When it was read.
    pub read_at: Timestamp,
    /// How long the phases of that took.
    pub timings: Timings,
    /// How often the sources are asked for what is new; `None`: only when a person wants it.
    pub interval: Option<Duration>,
    /// A hash of everything that was read. Where it equals the one shown, nothing is announced;
    /// `None` never equals, so that even a notice without a change reloads every open page.
    pub fingerprint: Option<ContentHash>,
}

/// Reads the catalog as it is on disk now; told where files changed since it last did.
pub type Load = Box<dyn Fn(&Changed) -> Result<Snapshot> + Send>;
/// Gives the cache in use, which may be replaced by another.
pub type CacheInUse = Arc<dyn Fn() -> Arc<Cache> + Send + Sync>;
/// Told what happens, from any thread.
pub type Sink = Arc<dyn Fn(Report) + Send + Sync>;

/// What happens while serving.
#[derive(Clone, Debug)]
pub enum Report {
    /// A catalog was loaded and is shown.
    Loaded { revision: u64, elapsed: Duration, phases: Phases, problems: Vec<Problem> },
    /// The files cannot be shown as they are; the last good catalog stays.
    Failed(Vec<Problem>),
    /// One page cannot be made, or watching falls short.
    Trouble(Vec<Problem>),
    /// The sources were asked for what is new; what they had stays where they failed.
    Refreshed { state: Arc<State>, elapsed: Duration },
    /// A source was read, or could not be.
    Synced(SourceReport),
    /// Something that is watched changed; how much, loading finds out.
    Noticed,
    /// The system lost notices, so all is looked at and watched anew.
    Overflowed,
    /// A page that listened took nothing for too long, and was let go.
    Dropped,
    /// A request was answered. The route is a word of a short list, never what was asked for.
    Answered { method: Method, route: &'static str, status: u16, elapsed: Duration },
    /// One was refused, at the gate or by the guard.
    Refused { reason: &'static str, status: u16, code: Option<String> },
    /// Nobody can connect any more; the server has ended.
    Deaf(Problem),
}

/// What every route is given.
struct Server {
    board: Arc<Board>,
    sink: Sink,
    /// What a writing request has to bring; empty where nothing can be changed.
    token: String,
    metrics: Option<Arc<Metrics>>,
    cache: Option<CacheInUse>,
    pulse: Arc<Pulse>,
    peers: Peers,
    /// `None` where nothing can be edited.
    editor: Option<Editor>,
    deploys: Option<Arc<Deploys>>,
    /// Held while an edit is made and loaded.
    editing: Mutex<()>,
    /// To the owner.
    events: Sender<Event>,
    refresher: Arc<Refresher>,
    read_only: bool,
}

/// A server that runs until it is stopped or dropped.
pub struct Running {
    gate: Arc<Gate>,
    board: Arc<Board>,
    events: Sender<Event>,
    refresher: Arc<Refresher>,
    end: Arc<End>,
    pulse: Arc<Pulse>,
}

/// Why a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was stopped.
    Asked,
    /// Nobody could connect any more.
    Deaf,
}

/// Where waiting threads learn that it is over.
#[derive(Default)]
struct End {
    stopped: Mutex<Stopped>,
    news: Condvar,
}

#[derive(Default)]
struct Stopped {
    gate: bool,
    /// Before it was stopped.
    deaf: bool,
    owner: bool,
    refresher: bool,
}

/// Binds the port, loads the catalog for the first time and serves from then on. A catalog that
/// cannot be loaded is no error: every page says why until it is mended.
pub fn start(
    options: Options,
    load: Load,
    editor: Option<Editor>,
    behind: (Arc<dyn Upstream>, Arc<dyn Keeper>),
    sink: Sink,
) -> Result<Running> {
    let listener = bind(options.port)?;
    let board = Arc::new(Board::new());
    let pulse = Arc::new(Pulse::new());
    let (events, inbox) = channel();
    let whom = (Arc::clone(&board.hub), Arc::clone(&sink), events.clone());
    let refresher = Refresher::new(behind, whom, options.offline);
    let may_write = !options.read_only;
    let token = if may_write { guard::new_token()? } else { String::new() };
    let peers = Peers::of_listener(listener.local_addr().map_err(|cause| cannot_listen(&cause))?);
    let server = Server {
        board: Arc::clone(&board),
        sink: Arc::clone(&sink),
        token: token.clone(),
        metrics: options.metrics,
        cache: options.cache,
        pulse: Arc::clone(&pulse),
        peers,
        editor,
        deploys: options.deploys,
        editing: Mutex::default(),
        events: events.clone(),
        refresher: Arc::clone(&refresher),
        read_only: options.read_only,
    };
    let answer = Arc::new(move |request| wire::answer(&server, request));
    let watch = options.watch.then(|| Watch::new(events.clone(), &options.ignored));
    let mut owner = Owner {
        load,
        refresher: Arc::clone(&refresher),
        sink: Arc::clone(&sink),
        board: Arc::clone(&board),
        live: Live { token, edits: may_write, offline: options.offline },
        watched: options.watched,
        watch,
        events: events.clone(),
        also_watched: Vec::new(),
        is_running: false,
    };
    owner.begin();
    let told = Told { pulse: Arc::clone(&pulse), sink: Arc::clone(&sink) };
    let gate = Arc::new(Gate::open(listener, may_write, told, answer)?);
    let end = Arc::new(End::default());
    let (of_owner, of_refresher) = (Arc::clone(&end), Arc::clone(&end));
    let owned = thread::Builder::new().spawn(move || {
        owner.run(&inbox);
        of_owner.reach(|stopped| stopped.owner = true);
    });
    owned.map_err(|cause| cannot_listen(&cause))?;
    let refreshed = refresher.start(move || of_refresher.reach(|stopped| stopped.refresher = true));
    refreshed.map_err(|cause| cannot_refresh(&cause))?;
    let running = Running { gate, board, events, refresher, end, pulse };
    running.be_watched(PROBE_TIME, sink)?;
    Ok(running)
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.gate.address()
    }

    /// Closes the port, ends every connection; may be called from any thread, and again.
    pub fn stop(&self) {
        self.refresher.stop();
        // The owner is gone already where this cannot be sent.
        let _ = self.events.send(Event::Stop);
        self.pulse.end();
        self.board.hub.close();
        self.gate.close();
        self.end.reach(|stopped| stopped.gate = true);
    }

    /// Has its port probed from now on, with such pauses.
    fn be_watched(&self, pause: Duration, sink: Sink) -> Result<()> {
        let (pulse, end, address) =
            (Arc::clone(&self.pulse), Arc::clone(&self.end), self.address());
        let watching = move || {
            if pulse.probe(address, pause) {
                let message = format!("nobody can connect to {address} any more");
                sink(Report::Deaf(
                    Problem::error("SM710", message).help("start `skillmeat serve` again"),
                ));
                end.reach(|stopped| stopped.deaf = true);
            }
        };
        let watching = thread::Builder::new().spawn(watching);
        watching.map(drop).map_err(|cause| cannot_listen(&cause))
    }

    /// Returns once it has ended. What is being loaded then may be left behind: loading only reads;
    /// so may a refresh that does not end at once: it is whole at any moment.
    pub fn wait(&self) -> Ended {
        let mut stopped = lock(&self.end.stopped);
        while !stopped.gate && !stopped.deaf {
            stopped = self.end.news.wait(stopped).unwrap_or_else(PoisonError::into_inner);
        }
        if !stopped.gate {
            return Ended::Deaf;
        }
        let busy = |stopped: &mut Stopped| !(stopped.owner && stopped.refresher);
        drop(self.end.news.wait_timeout_while(stopped, END_TIME, busy));
        Ended::Asked
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

impl End {
    fn reach(&self, what: impl FnOnce(&mut Stopped)) {
        what(&mut lock(&self.stopped));
        self.news.notify_all();
    }
}

/// The port that was asked for or an error; without one, the first free one from [`PORT`] on.
fn bind(asked: Option<u16>) -> Result<TcpListener> {
    let ports = match asked {
        Some(port) => port..=port,
        None => PORT..=PORT + PORTS_MORE,
    };
    for port in ports.clone() {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return Ok(listener),
            Err(cause) if cause.kind() == ErrorKind::AddrInUse => {}
            Err(cause) => {
                let message = format!("cannot listen on port {port}: {cause}");
                return Err(Problem::error("SM702", message)
                    .help("ask for another with `--port`")
                    .into());
            }
        }
    }
    let message = match asked {
        Some(port) => format!("port {port} is taken"),
        None => format!("ports {} to {} are taken", ports.start(), ports.end()),
    };
    Err(Problem::error("SM701", message).help("ask for another with `--port`").into())
}

fn cannot_refresh(cause: &std::io::Error) -> Error {
    let problem = Problem::error("SM709", format!("cannot refresh: {cause}"));
    problem.help("end what this machine runs besides").into()
}

fn cannot_listen(cause: &std::io::Error) -> Error {
    Problem::error("SM702", format!("cannot listen: {cause}")).into()
}

/// A panic while a lock was held leaves nothing half done here, so the lock stays usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
