//! The gate: connections to judged requests, which go on to [`Inner`], and answers back.
//!
//! Everything a hostile client can do to a connection is bounded here: how many there are, how
//! long a head or a body may take and be, how slowly an answer may be read. When all places are taken, the
//! connection that has waited longest without a request gives up its place, so half-open ones
//! never lock out a person. Of routes it knows the one that listens.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::head::{Head, Incoming, Rules, judge};
use super::inner::{Answer, Inner, is_pause};
use super::refusal::{Refusal, Refused};
use super::watchdog::Pulse;
use super::{Report, Sink, lock};
use crate::error::{Problem, Result};

pub const CONNECTIONS_MAX: usize = 64;
/// So many more are told that the server is full; beyond that they are closed without a word.
const REFUSING_MAX: usize = 16;
/// A whole head, from its first byte.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// A whole body; and until its next bytes have to be there.
const BODY_TIME: Duration = Duration::from_secs(30);
const BODY_PAUSE: Duration = Duration::from_secs(10);
/// Between two requests of a connection.
const IDLE_TIME: Duration = Duration::from_secs(30);
/// For one chunk of an answer to be taken.
const WRITE_TIME: Duration = Duration::from_secs(10);
/// How long a client may take nothing before it counts as waiting.
const STALL_TIME: Duration = Duration::from_millis(500);
/// How long a refused client is listened to, so that it can read why.
const LINGER_TIME: Duration = Duration::from_secs(2);
const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const CHUNK_BYTES: usize = 16 << 10;
/// After a failed accept; it fails at once again while descriptors are short.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
const ROOM_AFTER_FAILURE: usize = 8;
/// So many connections there may be however short descriptors are.
const CONNECTIONS_MIN: usize = 4;
/// For so long after they were short there are fewer connections than otherwise.
const SHORT_TIME: Duration = Duration::from_secs(10);
/// How long stopping waits for connections to end.
const STOP_TIME: Duration = Duration::from_millis(500);

pub struct Gate {
    desk: Arc<Desk>,
    address: SocketAddr,
}

/// Who is told what happens at the gate.
pub struct Told {
    pub pulse: Arc<Pulse>,
    pub sink: Sink,
}

/// What the threads of the gate share.
struct Desk {
    rules: Rules,
    told: Told,
    inner: Inner,
    lines: Mutex<Lines>,
    fewer: Condvar,
    stopped: AtomicBool,
}

#[derive(Default)]
struct Lines {
    next: u64,
    open: BTreeMap<u64, Line>,
    /// How many there may be, and until when that is less than [`CONNECTIONS_MAX`].
    short: Option<(usize, Instant)>,
    /// Nobody can connect any more.
    port_closed: bool,
}

/// One client's connection.
struct Line {
    stream: Arc<TcpStream>,
    /// Since when it has had no request under way.
    waiting: Option<Instant>,
}

impl Gate {
    /// Takes connections from now on.
    pub fn open(
        listener: TcpListener,
        may_write: bool,
        told: Told,
        answer: Answer,
    ) -> Result<Self> {
        let fail = |cause: io::Error| Problem::error("SM702", format!("cannot listen: {cause}"));
        let address = listener.local_addr().map_err(fail)?;
        let desk = Arc::new(Desk {
            rules: Rules::new(address.port(), may_write),
            told,
            inner: Inner::start(answer)?,
            lines: Mutex::default(),
            fewer: Condvar::new(),
            stopped: AtomicBool::new(false),
        });
        let of_thread = Arc::clone(&desk);
        let accepting = move || {
            accept(&listener, &of_thread);
            drop(listener);
            lock(&of_thread.lines).port_closed = true;
            of_thread.fewer.notify_all();
        };
        thread::Builder::new().spawn(accepting).map_err(fail)?;
        Ok(Self { desk, address })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port and every connection; may be called again.
    pub fn close(&self) {
        if self.desk.stopped.swap(true, Ordering::SeqCst) {
            return;
        }
        // Wakes the accepting thread, which then sees that it is over.
        let _ = TcpStream::connect_timeout(&self.address, STOP_TIME);
        self.desk.inner.close();
        let mut lines = lock(&self.desk.lines);
        for line in lines.open.values() {
            let _ = line.stream.shutdown(Shutdown::Both);
        }
        let until = Instant::now() + STOP_TIME;
        while !lines.open.is_empty() || !lines.port_closed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.desk.fewer.wait_timeout(lines, left);
            lines = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.close();
    }
}

fn accept(listener: &TcpListener, desk: &Arc<Desk>) {
    loop {
        let accepted = listener.accept();
        if desk.stopped.load(Ordering::SeqCst) {
            return;
        }
        match accepted {
            Ok((stream, _)) => admit(desk, stream),
            Err(_) => {
                desk.be_short();
                thread::sleep(ACCEPT_PAUSE);
            }
        }
    }
}

/// Gives a connection a place and a thread, or closes it.
fn admit(desk: &Arc<Desk>, stream: TcpStream) {
    let mut full = lock(&desk.lines).is_full();
    if full && desk.make_room() {
        full = false;
    }
    if lock(&desk.lines).open.len() >= CONNECTIONS_MAX + REFUSING_MAX {
        return;
    }
    let stream = Arc::new(stream);
    let id = desk.enter(&stream);
    let of_thread = Arc::clone(desk);
    let spawned = thread::Builder::new().spawn(move || {
        let _ = stream.set_nodelay(true);
        if full {
            refuse(&of_thread, &stream, Refusal::Full.into());
        } else {
            converse(&of_thread, id, &stream);
        }
        of_thread.leave(id);
    });
    if spawned.is_err() {
        desk.leave(id);
    }
}

impl Lines {
    fn is_full(&self) -> bool {
        let short = self.short.filter(|(_, until)| Instant::now() < *until);
        self.open.len() >= short.map_or(CONNECTIONS_MAX, |(limit, _)| limit)
    }
}

impl Desk {
    fn enter(&self, stream: &Arc<TcpStream>) -> u64 {
        let mut lines = lock(&self.lines);
        lines.next += 1;
        let id = lines.next;
        let line = Line { stream: Arc::clone(stream), waiting: Some(Instant::now()) };
        lines.open.insert(id, line);
        self.count(&lines);
        id
    }

    fn leave(&self, id: u64) {
        let mut lines = lock(&self.lines);
        lines.open.remove(&id);
        self.count(&lines);
        drop(lines);
        self.fewer.notify_all();
    }

    /// False when the connection has lost its place.
    fn set_waiting(&self, id: u64, waiting: bool) -> bool {
        let mut lines = lock(&self.lines);
        let Some(line) = lines.open.get_mut(&id) else { return false };
        line.waiting = waiting.then(Instant::now);
        true
    }

    /// Descriptors have run out. Answers need some, too, so for a while there are fewer connections,
    /// and those that wait give way until it is so.
    fn be_short(&self) {
        let n_open = lock(&self.lines).open.len();
        let limit = n_open.saturating_sub(ROOM_AFTER_FAILURE).max(CONNECTIONS_MIN);
        lock(&self.lines).short = Some((limit, Instant::now() + SHORT_TIME));
        for _ in limit..n_open {
            self.make_room();
        }
    }

    /// Closes the connection that has waited longest; false when all are busy.
    fn make_room(&self) -> bool {
        let mut lines = lock(&self.lines);
        let waiting = lines.open.iter().filter_map(|(id, line)| Some((line.waiting?, *id)));
        let Some((_, id)) = waiting.min() else { return false };
        if let Some(line) = lines.open.remove(&id) {
            let _ = line.stream.shutdown(Shutdown::Both);
        }
        self.count(&lines);
        true
    }

    /// Says so where a listening page took nothing in time, or gave up its place: not one that left.
    fn tell_dropped(&self, id: u64, head: &Head, cause: &io::Error) {
        let has_place = lock(&self.lines).open.contains_key(&id);
        let is_slow = cause.kind() == io::ErrorKind::TimedOut || !has_place;
        if head.listens() && is_slow && !self.stopped.load(Ordering::SeqCst) {
            (self.told.sink)(Report::Dropped);
        }
    }

    fn count(&self, lines: &Lines) {
        self.told.pulse.connections.store(lines.open.len(), Ordering::Relaxed);
    }
}

/// Request after request, until one side ends it.
fn converse(desk: &Desk, id: u64, stream: &TcpStream) {
    let mut incoming = Incoming::default();
    let mut patience = HEAD_TIME;
    let peer = stream.peer_addr().ok();
    loop {
        let judged = match read_head(stream, &mut incoming, patience) {
            Ok(Some(raw)) => judge(&raw, &desk.rules),
            Ok(None) => return,
            Err(refusal) => Err(refusal.into()),
        };
        let head = match judged {
            Ok(head) => head,
            Err(refused) => return refuse(desk, stream, refused),
        };
        let is_api = head.is_api();
        let refused = |why| refuse(desk, stream, Refused { why, is_api });
        let body = match read_body(stream, &mut incoming, &head) {
            Ok(Some(body)) => body,
            Ok(None) => return,
            Err(why) => return refused(why),
        };
        // Until here it gives way to others: a body may be as slow as a head.
        if !desk.set_waiting(id, false) {
            return;
        }
        match relay(desk, id, stream, &head.to_bytes(peer, &body), head.method.writes()) {
            Ok(true) if !head.close => {}
            Ok(true) => return,
            Ok(false) => return refused(Refusal::Full),
            Err(cause) => return desk.tell_dropped(id, &head, &cause),
        }
        if !desk.set_waiting(id, true) {
            return;
        }
        patience = IDLE_TIME;
    }
}

/// The next head; `None` when the client has left, or was idle for too long.
fn read_head(
    mut stream: &TcpStream,
    incoming: &mut Incoming,
    patience: Duration,
) -> std::result::Result<Option<Vec<u8>>, Refusal> {
    let mut until = Instant::now() + if incoming.is_empty() { patience } else { HEAD_TIME };
    let mut chunk = [0; 4096];
    loop {
        if let Some(raw) = incoming.take_head()? {
            return Ok(Some(raw));
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return if incoming.is_empty() { Ok(None) } else { Err(Refusal::Slow) };
        }
        if stream.set_read_timeout(Some(left)).is_err() {
            return Ok(None);
        }
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(None),
            Ok(length) => {
                if incoming.is_empty() {
                    until = until.min(Instant::now() + HEAD_TIME);
                }
                incoming.push(&chunk[..length]);
            }
            Err(cause) if is_pause(&cause) => {}
            Err(_) => return Ok(None),
        }
    }
}

/// The whole body, and nothing of what follows it; `None` when the client has left.
fn read_body(
    mut stream: &TcpStream,
    incoming: &mut Incoming,
    head: &Head,
) -> std::result::Result<Option<Vec<u8>>, Refusal> {
    let mut body = incoming.take_body(head.length);
    if head.waits && body.is_empty() && write_in_time(stream, GO_ON, &|_| true).is_err() {
        return Ok(None);
    }
    let until = Instant::now() + BODY_TIME;
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut next = Instant::now() + BODY_PAUSE;
    while body.len() < head.length {
        let left = until.min(next).saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Refusal::Slow);
        }
        if stream.set_read_timeout(Some(left)).is_err() {
            return Ok(None);
        }
        let wanted = chunk.len().min(head.length - body.len());
        match stream.read(&mut chunk[..wanted]) {
            Ok(0) => return Ok(None),
            Ok(length) => {
                body.extend_from_slice(&chunk[..length]);
                next = Instant::now() + BODY_PAUSE;
            }
            Err(cause) if is_pause(&cause) => {}
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(body))
}

/// One exchange; `false` when none could be had.
/// What is asked `once` may change something, and is never sent a second time.
fn relay(desk: &Desk, id: u64, stream: &TcpStream, request: &[u8], once: bool) -> io::Result<bool> {
    let gone = || desk.stopped.load(Ordering::SeqCst) || has_left(stream);
    let mut exchange = match desk.inner.ask(request, once, &|| desk.be_short(), &gone) {
        Ok(exchange) => exchange,
        Err(cause) if cause.kind() == io::ErrorKind::ConnectionAborted => return Err(cause),
        Err(_) => return Ok(false),
    };
    let stalls = |stalls| desk.set_waiting(id, stalls);
    write_in_time(stream, &exchange.first, &stalls)?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match exchange.rest.read(&mut chunk) {
            Ok(0) => return Ok(true),
            Ok(length) => write_in_time(stream, &chunk[..length], &stalls)?,
            Err(cause) if !is_pause(&cause) => return Err(cause),
            Err(_) if gone() => return Err(io::ErrorKind::ConnectionAborted.into()),
            Err(_) => {}
        }
    }
}

/// Whether the client has closed its side. Asked only while an answer is silent: who closes it
/// and still waits for the answer gets all that comes without a pause.
fn has_left(stream: &TcpStream) -> bool {
    let a_moment = Duration::from_millis(1);
    match stream.set_read_timeout(Some(a_moment)).and_then(|()| stream.peek(&mut [0])) {
        Ok(length) => length == 0,
        Err(cause) => !is_pause(&cause),
    }
}

/// The whole chunk within [`WRITE_TIME`], so that a client cannot take one byte at a time. One that
/// takes nothing at all `stalls`, and gives way to others.
fn write_in_time(
    mut stream: &TcpStream,
    mut bytes: &[u8],
    stalls: &dyn Fn(bool) -> bool,
) -> io::Result<()> {
    let until = Instant::now() + WRITE_TIME;
    let mut stalled = false;
    while !bytes.is_empty() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_write_timeout(Some(left.min(STALL_TIME)))?;
        match stream.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(length) => {
                bytes = &bytes[length..];
                if std::mem::take(&mut stalled) && !stalls(false) {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
            }
            Err(cause) if is_pause(&cause) && !stalled => {
                stalled = true;
                stalls(true);
            }
            Err(cause) if is_pause(&cause) => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(())
}

/// Says why and closes. What the client still sends is read and forgotten for a while: closing on
/// unread bytes would take the answer back.
fn refuse(desk: &Desk, mut stream: &TcpStream, refused: Refused) {
    (desk.told.sink)(refused.report(&desk.rules));
    if write_in_time(stream, refused.answer(&desk.rules).as_bytes(), &|_| true).is_err() {
        return;
    }
    let _ = stream.shutdown(Shutdown::Write);
    let until = Instant::now() + LINGER_TIME;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match stream.read(&mut chunk) {
            Ok(length) if length > 0 => {}
            _ => return,
        }
    }
}
