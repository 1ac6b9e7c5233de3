//! What open pages are told while they are open: revisions and problems to server-sent events.
//!
//! A stream waits until the hub has something it has not seen, so nothing is lost between two
//! looks and nothing is queued for a slow reader: it gets the newest state when it comes back.
//! Events carry numbers, problems and how a refresh goes, never content.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::lock;
use super::progress;

pub const STREAMS_MAX: usize = 32;
/// How long a new stream waits for a place, when those that have one are asked to show themselves.
const PLACE_TIME: Duration = Duration::from_secs(1);
const PROBE_TIME: Duration = Duration::from_millis(100);
/// How soon a client that lost its connection comes back, in milliseconds.
const HELLO: &str = "retry: 1000\n\n";
const PING: &str = ": ping\n\n";
/// A silent stream says so this often, which also finds out clients that have left.
const PING_TIME: Duration = Duration::from_secs(15);
/// How a refresh goes is told this often at most.
const SYNC_TIME: Duration = Duration::from_millis(100);

#[derive(Default)]
pub struct Hub {
    state: Mutex<State>,
    news: Condvar,
    places: Condvar,
}

#[derive(Default)]
struct State {
    now: Seen,
    /// A JSON list.
    problems: String,
    /// How the newest refresh goes, and what is known besides.
    sync: (Arc<progress::State>, progress::Outlook),
    n_streams: usize,
    closed: bool,
}

/// How far a reader has come.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Seen {
    /// `None`: not told any.
    revision: Option<u64>,
    /// Counts the changes of the list of problems.
    problems: u64,
    /// Counts what was told of refreshes.
    sync: u64,
    /// Counts how often every stream had to write something, to find out who has left.
    probes: u64,
}

/// One open page's place at the hub; given back when dropped.
pub struct Stream {
    hub: Arc<Hub>,
    seen: Seen,
    /// When it was last told of a refresh.
    sync_at: Option<Instant>,
}

impl Hub {
    /// Tells every stream; `problems` is a JSON list.
    pub fn publish(&self, revision: u64, problems: String) {
        let mut state = lock(&self.state);
        state.now.revision = Some(revision);
        if state.problems != problems {
            state.problems = problems;
            state.now.problems += 1;
        }
        self.news.notify_all();
    }

    /// Tells every stream how a refresh goes.
    pub fn tell_sync(&self, state: Arc<progress::State>, outlook: progress::Outlook) {
        let mut told = lock(&self.state);
        told.sync = (state, outlook);
        told.now.sync += 1;
        self.news.notify_all();
    }

    /// A stream that is told the revision of now, unless that is `since`, and then whatever comes.
    /// `None` when there are too many.
    pub fn subscribe(self: &Arc<Self>, since: Option<u64>) -> Option<Stream> {
        let until = Instant::now() + PLACE_TIME;
        let mut state = lock(&self.state);
        // A page that was left is noticed by writing to it, which may be long ago.
        while state.n_streams >= STREAMS_MAX && !state.closed && Instant::now() < until {
            state.now.probes += 1;
            self.news.notify_all();
            let waited = self.places.wait_timeout(state, PROBE_TIME);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.n_streams >= STREAMS_MAX || state.closed {
            return None;
        }
        state.n_streams += 1;
        // The problems of now are always told: a page that was open before may still show others.
        let seen = Seen { revision: since, problems: 0, sync: 0, probes: state.now.probes };
        Some(Stream { hub: Arc::clone(self), seen, sync_at: None })
    }

    /// How many pages listen.
    pub fn n_streams(&self) -> usize {
        lock(&self.state).n_streams
    }

    /// Ends every stream.
    pub fn close(&self) {
        lock(&self.state).closed = true;
        self.news.notify_all();
    }
}

impl Stream {
    /// Writes events until the client or the hub is gone.
    pub fn run(mut self, writer: &mut dyn Write, chunked: bool) -> io::Result<()> {
        send(writer, HELLO, chunked)?;
        while let Some(news) = self.wait() {
            send(writer, &news, chunked)?;
        }
        if chunked {
            writer.write_all(b"0\r\n\r\n")?;
        }
        writer.flush()
    }

    /// The next events, or a ping when there were none for a while; `None` when it is over.
    fn wait(&mut self) -> Option<String> {
        let until = Instant::now() + PING_TIME;
        let mut state = lock(&self.hub.state);
        loop {
            if state.closed {
                return None;
            }
            let now = Instant::now();
            // Told too often it waits, and then tells the newest.
            let later = self.sync_at.map(|at| at + SYNC_TIME).filter(|later| *later > now);
            let held = if later.is_some() { self.seen.sync } else { state.now.sync };
            let told = Seen { sync: held, ..state.now };
            if told != self.seen {
                if told.sync != self.seen.sync {
                    self.sync_at = Some(now);
                }
                let text = news(&state, self.seen, told);
                self.seen = told;
                return Some(text);
            }
            let next = later.filter(|_| state.now.sync != held).map_or(until, |at| at.min(until));
            let left = next.saturating_duration_since(now);
            if until <= now {
                return Some(PING.to_owned());
            }
            let waited = self.hub.news.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        lock(&self.hub.state).n_streams -= 1;
        self.hub.places.notify_one();
    }
}

/// What a reader that has come as far as `seen` is told, to have come as far as `told`.
fn news(state: &State, seen: Seen, told: Seen) -> String {
    let mut text = String::new();
    if told.problems != seen.problems {
        // JSON has no bare line ends, so the list is one line of data.
        text.push_str(&format!("event: problems\ndata: {}\n\n", state.problems));
    }
    // Not `>`: after a restart numbers begin anew, and the page is out of date all the same.
    if let Some(revision) = told.revision.filter(|now| Some(*now) != seen.revision) {
        text.push_str(&format!(
            "id: {revision}\nevent: revision\ndata: {{\"revision\":{revision}}}\n\n"
        ));
    }
    // After the revision, so that who is told of the end has heard of what it brought.
    if told.sync != seen.sync {
        let (sync, outlook) = &state.sync;
        text.push_str(&format!("event: sync\ndata: {}\n\n", sync.to_json(*outlook)));
    }
    if text.is_empty() { PING.to_owned() } else { text }
}

/// One chunk, and out with it.
fn send(writer: &mut dyn Write, text: &str, chunked: bool) -> io::Result<()> {
    if chunked {
        write!(writer, "{:x}\r\n{text}\r\n", text.len())?;
    } else {
        writer.write_all(text.as_bytes())?;
    }
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_told_what_it_has_not_seen_and_nothing_twice() {
        let hub = Arc::new(Hub::default());
        hub.publish(4, "[]".into());
        let mut late = hub.subscribe(Some(3)).unwrap();
        let text = late.wait().unwrap();
        assert_eq!(
            text,
            "event: problems\ndata: []\n\nid: 4\nevent: revision\ndata: {\"revision\":4}\n\n"
        );
        let mut fresh = hub.subscribe(None).unwrap();
        assert_eq!(fresh.wait().unwrap(), text);
        let mut back = hub.subscribe(Some(4)).unwrap();
        assert_eq!(back.wait().unwrap(), "event: problems\ndata: []\n\n");
        hub.publish(5, "[1]".into());
        hub.publish(6, "[]".into());
        assert!(fresh.wait().unwrap().ends_with("data: {\"revision\":6}\n\n"));
        hub.close();
        assert_eq!((late.wait(), fresh.wait(), back.wait()), (None, None, None));
    }

    #[test]
    fn only_so_many_streams_are_open_and_a_place_given_back_is_free() {
        let hub = Arc::new(Hub::default());
        let mut streams: Vec<Stream> =
            std::iter::from_fn(|| hub.subscribe(None)).take(STREAMS_MAX + 1).collect();
        assert_eq!(streams.len(), STREAMS_MAX);
        streams.pop();
        assert!(hub.subscribe(None).is_some());
    }
}
