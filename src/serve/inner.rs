//! The server behind the gate: a judged head to one exchange with `tiny_http`.
//!
//! `tiny_http` parses the request anew, frames the answer (`Content-Length`, `Date`, `HEAD`, `304`)
//! and gives a route its writer. It listens on a Unix socket in a private directory, so nobody but
//! the gate reaches it: a second loopback port would be a second door, without the gate's checks.
//! Each exchange is a connection of its own that ends with the answer. So the gate knows the end
//! of an answer without parsing it, judges every request of a client's connection before the next
//! one, and never has more exchanges under way than connections.
//!
//! `tiny_http` stops accepting for good when file descriptors run out; it is started anew then.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tiny_http::{Request, Server};

use super::lock;
use crate::disk;
use crate::error::{Problem, Result};

/// How long an exchange may be silent before the gate looks whether its client is still there.
pub const SILENCE: Duration = Duration::from_millis(250);
/// How often an exchange is begun anew while descriptors are short.
const ATTEMPTS: usize = 20;
const ATTEMPT_PAUSE: Duration = Duration::from_millis(25);

/// Between two starts: one that ended leaves threads behind for some seconds.
const START_PAUSE: Duration = Duration::from_millis(200);

/// Answers one request; called on a thread of its own.
pub type Answer = Arc<dyn Fn(Request) + Send + Sync>;

pub struct Inner {
    dir: TempDir,
    answer: Answer,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Names the socket; one more with each start.
    generation: u64,
    server: Option<Arc<Server>>,
    started: Option<Instant>,
    closed: bool,
}

/// Why there was no answer, and whether the request may have been heard.
struct Failed {
    cause: io::Error,
    sent: bool,
}

/// An answer under way: what came first, and where the rest comes from.
pub struct Exchange {
    pub first: Vec<u8>,
    pub rest: UnixStream,
}

impl Inner {
    pub fn start(answer: Answer) -> Result<Self> {
        let inner = Self { dir: disk::scratch_dir()?, answer, state: Mutex::default() };
        inner.running().map_err(|cause| {
            Problem::error("SM703", format!("cannot open a local socket: {cause}"))
                .help("set `TMPDIR` to a short path on a local disk")
        })?;
        Ok(inner)
    }

    /// Sends a request and waits for the first bytes of its answer. `make_room` is called when
    /// descriptors may be short; `gone` says that nobody waits for the answer any more. What is to
    /// be asked `once` is not sent again where the answer alone did not come.
    pub fn ask(
        &self,
        request: &[u8],
        once: bool,
        make_room: &dyn Fn(),
        gone: &dyn Fn() -> bool,
    ) -> io::Result<Exchange> {
        let mut failure = ErrorKind::NotConnected.into();
        for _ in 0..ATTEMPTS {
            match self.exchange(request, gone) {
                Ok(exchange) => return Ok(exchange),
                Err(Failed { cause, .. }) if cause.kind() == ErrorKind::ConnectionAborted => {
                    return Err(cause);
                }
                Err(Failed { cause, sent: true }) if once => return Err(cause),
                Err(Failed { cause, .. }) => failure = cause,
            }
            make_room();
            thread::sleep(ATTEMPT_PAUSE);
        }
        Err(failure)
    }

    fn exchange(
        &self,
        request: &[u8],
        gone: &dyn Fn() -> bool,
    ) -> std::result::Result<Exchange, Failed> {
        let unsent = |cause| Failed { cause, sent: false };
        let (generation, path) = self.running().map_err(unsent)?;
        let tried = send(&path, request)
            .map_err(unsent)
            .and_then(|rest| first_bytes(rest, gone).map_err(|cause| Failed { cause, sent: true }));
        tried.inspect_err(|failed| {
            if is_deaf(&failed.cause) {
                self.discard(generation);
            }
        })
    }

    /// Ends the server; answers under way are still given.
    pub fn close(&self) {
        let generation = {
            let mut state = lock(&self.state);
            state.closed = true;
            state.generation
        };
        self.discard(generation);
    }

    /// The running server's generation and socket; starts one where none runs.
    fn running(&self) -> io::Result<(u64, PathBuf)> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(ErrorKind::ConnectionAborted.into());
        }
        if state.server.is_none() {
            if state.started.is_some_and(|at| at.elapsed() < START_PAUSE) {
                return Err(ErrorKind::NotConnected.into());
            }
            state.started = Some(Instant::now());
            state.generation += 1;
            let path = self.dir.path().join(state.generation.to_string());
            let server = Arc::new(Server::http_unix(&path).map_err(io::Error::other)?);
            let (of_thread, answer) = (Arc::clone(&server), Arc::clone(&self.answer));
            thread::Builder::new().spawn(move || dispatch(&of_thread, &answer))?;
            state.server = Some(server);
        }
        Ok((state.generation, self.dir.path().join(state.generation.to_string())))
    }

    /// As when descriptors ran out: nobody accepts behind the socket any more.
    #[cfg(test)]
    pub fn go_deaf(&self) {
        let mut state = lock(&self.state);
        if let Some(server) = state.server.take() {
            server.unblock();
            let gone = Arc::downgrade(&server);
            state.server = Server::http_unix(&self.dir.path().join("other")).ok().map(Arc::new);
            drop(server);
            while gone.strong_count() > 0 {
                thread::yield_now();
            }
        }
    }

    fn discard(&self, generation: u64) {
        let mut state = lock(&self.state);
        let server = if state.generation == generation { state.server.take() } else { None };
        if let Some(server) = server {
            server.unblock();
        }
    }
}

/// A thread for each request, so that no client that reads slowly holds up another.
fn dispatch(server: &Server, answer: &Answer) {
    while let Ok(request) = server.recv() {
        let answer = Arc::clone(answer);
        // Where no thread can be had the request is dropped with the closure, which answers 500.
        let _ = thread::Builder::new().spawn(move || answer(request));
    }
}

fn send(path: &Path, request: &[u8]) -> io::Result<UnixStream> {
    let mut stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.write_all(request)?;
    Ok(stream)
}

fn first_bytes(mut rest: UnixStream, gone: &dyn Fn() -> bool) -> io::Result<Exchange> {
    let mut first = vec![0; 4096];
    loop {
        match rest.read(&mut first) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                first.truncate(length);
                return Ok(Exchange { first, rest });
            }
            Err(cause) if !is_pause(&cause) => return Err(cause),
            Err(_) if gone() => return Err(ErrorKind::ConnectionAborted.into()),
            Err(_) => {}
        }
    }
}

/// Nothing came for a while.
pub fn is_pause(cause: &io::Error) -> bool {
    matches!(cause.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Nobody listens behind the socket any more.
fn is_deaf(cause: &io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionRefused, ConnectionReset, NotFound, UnexpectedEof};
    matches!(
        cause.kind(),
        ConnectionRefused | NotFound | UnexpectedEof | ConnectionReset | BrokenPipe
    )
}
