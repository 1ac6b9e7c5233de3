//! The live site: a loader and a port to pages that follow the files they are made from.
//!
//! One owner thread loads catalogs and swaps them in; requests only read what is shown. What is on
//! disk is known through the loader alone, what happens is told to a sink: this room never prints.
//! From the outside in: `gate` bounds and judges connections (`head`, `refusal`, `peer`), `inner`
//! is the HTTP server behind it, `wire` makes its requests ours, `guard` says who may write, `http`
//! has the routes: `api` and `form` of a live server, `files` of the site. `pages` renders, `board`
//! holds what is shown, `status` says how it stands, `events` tells open pages, `watch` notices
//! changes.

mod answer;
mod api;
mod board;
mod events;
mod files;
mod form;
mod gate;
mod guard;
mod head;
mod http;
mod inner;
mod pages;
mod peer;
mod refusal;
mod status;
mod watch;
mod wire;

#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::catalog::Catalog;
use crate::catalog::contents::Contents;
use crate::error::{Error, Problem, Result};
use crate::model::age::Limits;
use crate::model::hash::ContentHash;
use crate::site::Live;
use crate::site::theme::Theme;
use board::{Board, Refreshing, View};
use gate::Gate;
use pages::Pages;
use watch::Watch;

/// Where `serve` listens when no port is asked for.
pub const PORT: u16 = 6328;
/// So many ports after it are tried when it is taken.
const PORTS_MORE: u16 = 20;
/// How long [`Running::wait`] lets a catalog that is being loaded come to its end.
const LOAD_END_TIME: Duration = Duration::from_millis(300);

#[derive(Clone, Debug, Default)]
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
    /// Bring the sources up to date once the first catalog is shown.
    pub refresh_first: bool,
    /// Nothing can be changed: there is no writing route.
    pub read_only: bool,
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
    /// A hash of everything that was read. Where it equals the one shown, nothing is announced;
    /// `None` never equals, so that even a notice without a change reloads every open page.
    pub fingerprint: Option<ContentHash>,
}

/// Reads the catalog as it is on disk now.
pub type Load = Box<dyn Fn() -> Result<Snapshot> + Send>;
/// Brings the sources up to date, in a thread of its own, one at a time; gives what went wrong.
pub type Refresh = Arc<dyn Fn() -> Vec<Problem> + Send + Sync>;
/// Told what happens, from any thread.
pub type Sink = Arc<dyn Fn(Report) + Send + Sync>;

/// What happens while serving.
#[derive(Clone, Debug)]
pub enum Report {
    /// A catalog was loaded and is shown.
    Loaded { revision: u64, elapsed: Duration, problems: Vec<Problem> },
    /// The files cannot be shown as they are; the last good catalog stays.
    Failed(Vec<Problem>),
    /// One page cannot be made, or watching falls short.
    Trouble(Vec<Problem>),
    /// The sources were asked for what is new; what they had stays where they failed.
    Refreshed { elapsed: Duration, problems: Vec<Problem> },
}

/// What every route is given.
struct Server {
    board: Arc<Board>,
    sink: Sink,
    /// What a writing request has to bring; empty where nothing can be changed.
    token: String,
    /// To the owner.
    #[expect(dead_code, reason = "the routes that write are next")]
    events: Sender<Event>,
}

/// What the owner acts on.
enum Event {
    /// Something that is watched changed.
    Changed,
    /// The system's notices fail.
    WatchFailed,
    /// The sources are to be brought up to date, unless they are already being.
    Refresh,
    /// They were, as far as they could be.
    Refreshed {
        elapsed: Duration,
        problems: Vec<Problem>,
    },
    Stop,
}

/// A server that runs until it is stopped or dropped.
pub struct Running {
    gate: Arc<Gate>,
    board: Arc<Board>,
    events: Sender<Event>,
    end: Arc<End>,
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
    owner: bool,
}

/// Binds the port, loads the catalog for the first time and serves from then on. A catalog that
/// cannot be loaded is no error: every page says why until it is mended.
pub fn start(options: Options, load: Load, refresh: Refresh, sink: Sink) -> Result<Running> {
    let listener = bind(options.port)?;
    let board = Arc::new(Board::new());
    let (events, inbox) = channel();
    let may_write = !options.read_only;
    let token = if may_write { guard::new_token()? } else { String::new() };
    let server = Server {
        board: Arc::clone(&board),
        sink: Arc::clone(&sink),
        token: token.clone(),
        events: events.clone(),
    };
    let answer = Arc::new(move |request| wire::answer(&server, request));
    let watch = options.watch.then(|| Watch::new(events.clone(), &options.ignored));
    let mut owner = Owner {
        load,
        refresh,
        sink,
        board: Arc::clone(&board),
        live: Live { token, edits: may_write },
        watched: options.watched,
        watch,
        events: events.clone(),
        also_watched: Vec::new(),
    };
    owner.begin();
    if options.refresh_first {
        let _ = owner.events.send(Event::Refresh);
    }
    let gate = Arc::new(Gate::open(listener, may_write, answer)?);
    let end = Arc::new(End::default());
    let of_owner = Arc::clone(&end);
    let owned = thread::Builder::new().spawn(move || {
        owner.run(&inbox);
        of_owner.reach(|stopped| stopped.owner = true);
    });
    owned.map_err(|cause| cannot_listen(&cause))?;
    Ok(Running { gate, board, events, end })
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.gate.address()
    }

    /// Closes the port, ends every connection; may be called from any thread, and again.
    pub fn stop(&self) {
        // The owner is gone already where this cannot be sent.
        let _ = self.events.send(Event::Stop);
        self.board.hub.close();
        self.gate.close();
        self.end.reach(|stopped| stopped.gate = true);
    }

    /// Returns once it was stopped. A catalog that is being loaded then may be left behind: loading
    /// only reads.
    pub fn wait(&self) {
        let mut stopped = lock(&self.end.stopped);
        while !stopped.gate {
            stopped = self.end.news.wait(stopped).unwrap_or_else(PoisonError::into_inner);
        }
        let loading = |stopped: &mut Stopped| !stopped.owner;
        drop(self.end.news.wait_timeout_while(stopped, LOAD_END_TIME, loading));
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

/// The only one who loads catalogs and changes what is shown.
struct Owner {
    load: Load,
    refresh: Refresh,
    sink: Sink,
    board: Arc<Board>,
    live: Live,
    watched: Vec<PathBuf>,
    watch: Option<Watch>,
    events: Sender<Event>,
    /// What the catalog shown asks to have watched besides.
    also_watched: Vec<PathBuf>,
}

impl Owner {
    /// The first load; what is always watched is watched before it, so that nothing is missed.
    fn begin(&mut self) {
        if let Some(watch) = &mut self.watch {
            let (_, problem) = watch.set(&self.watched);
            self.tell_trouble(problem);
        }
        self.reload();
    }

    fn run(mut self, inbox: &Receiver<Event>) {
        while let Ok(first) = inbox.recv() {
            let mut changed = false;
            // However many notices wait, one load answers them all.
            for event in std::iter::once(first).chain(inbox.try_iter()) {
                match event {
                    Event::Stop => return,
                    Event::Changed => changed = true,
                    Event::WatchFailed => {
                        let problem = self.watch.as_mut().and_then(Watch::poll);
                        self.tell_trouble(problem);
                        changed = true;
                    }
                    Event::Refresh => self.begin_refresh(),
                    Event::Refreshed { elapsed, problems } => {
                        self.end_refresh(elapsed, problems);
                        changed = true;
                    }
                }
            }
            if changed {
                self.reload();
            }
        }
    }

    /// Pages are served from what there is meanwhile.
    fn begin_refresh(&mut self) {
        let view = self.board.view();
        if view.refresh.is_running {
            return;
        }
        let (refresh, events) = (Arc::clone(&self.refresh), self.events.clone());
        let run = move || {
            let begun = Instant::now();
            let problems = catch_unwind(AssertUnwindSafe(|| refresh())).unwrap_or_else(|_| {
                let problem = Problem::error("SM708", "the refresh failed inside skillmeat");
                vec![problem.help("report it, and run `skillmeat sync` to see where it fails")]
            });
            // Whom this does not reach has ended.
            let _ = events.send(Event::Refreshed { elapsed: begun.elapsed(), problems });
        };
        match thread::Builder::new().spawn(run) {
            Ok(_) => {
                let refresh = Refreshing { is_running: true, ..view.refresh.clone() };
                self.board.set(View { refresh, ..View::clone(&view) });
            }
            Err(cause) => {
                let problem = Problem::error("SM709", format!("cannot refresh: {cause}"));
                let help = "end what this machine runs besides, and run `skillmeat sync`";
                self.tell_trouble(Some(problem.help(help)));
            }
        }
    }

    fn end_refresh(&self, elapsed: Duration, problems: Vec<Problem>) {
        let refresh = Refreshing { is_running: false, problems: problems.clone() };
        self.board.set(View { refresh, ..View::clone(&self.board.view()) });
        (self.sink)(Report::Refreshed { elapsed, problems });
    }

    /// Loads and shows; what cannot be loaded leaves the last good catalog where it is.
    fn reload(&mut self) {
        let begun = Instant::now();
        let view = self.board.view();
        let pages = match catch_unwind(AssertUnwindSafe(|| self.load_pages())) {
            Ok(Ok(pages)) => pages,
            Ok(Err(error)) => return self.fail(&view, error),
            Err(_) => {
                let problem =
                    Problem::error("SM707", "loading the catalog failed inside skillmeat")
                        .help("report it with what was changed last");
                return self.fail(&view, problem.into());
            }
        };
        self.also_watched = pages.watched().to_vec();
        self.follow();
        let same = view.pages.as_ref().is_some_and(|old| old.equals(&pages));
        if same && view.failure.is_empty() {
            return;
        }
        let problems = pages.problems().to_vec();
        let (revision, pages) = match &view.pages {
            Some(old) if same => (view.revision, Arc::clone(old)),
            _ => (view.revision + 1, Arc::new(pages)),
        };
        let refresh = view.refresh.clone();
        self.board.post(View { revision, pages: Some(pages), failure: Vec::new(), refresh });
        (self.sink)(Report::Loaded { revision, elapsed: begun.elapsed(), problems });
    }

    fn load_pages(&self) -> Result<Pages> {
        Ok(Pages::new((self.load)()?, self.live.clone()))
    }

    fn fail(&mut self, view: &View, error: Error) {
        self.follow();
        let failure = error.problems;
        if failure != view.failure {
            (self.sink)(Report::Failed(failure.clone()));
        }
        self.board.post(View { failure, ..view.clone() });
    }

    /// Watches what the catalog is made from now. What was not watched while it was read may have
    /// changed since, so it is read again.
    fn follow(&mut self) {
        let Some(watch) = &mut self.watch else { return };
        let (changed, problem) = watch.set(&[&self.watched[..], &self.also_watched].concat());
        if changed {
            let _ = self.events.send(Event::Changed);
        }
        self.tell_trouble(problem);
    }

    fn tell_trouble(&self, problem: Option<Problem>) {
        if let Some(problem) = problem {
            (self.sink)(Report::Trouble(vec![problem]));
        }
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

fn cannot_listen(cause: &std::io::Error) -> Error {
    Problem::error("SM702", format!("cannot listen: {cause}")).into()
}

/// A panic while a lock was held leaves nothing half done here, so the lock stays usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
