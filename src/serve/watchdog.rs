//! Whether the server can still be reached: it connects to its own port and reads the answer.
//!
//! A server that is deaf but alive holds its port and looks well from inside; better gone than
//! deaf. It knows nothing of routes but the one it asks.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::lock;

/// Between two probes.
pub const PROBE_TIME: Duration = Duration::from_secs(15);
/// For one probe to be answered.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// So many in a row in vain, and nobody is answered. Counted, not timed: a machine that slept has
/// lost time, but no probe.
const FAILURES_MAX: usize = 4;
/// Without an answer for so long it is not well.
pub const WELL_TIME: Duration = Duration::from_secs(60);

/// What tells from inside how the server is.
pub struct Pulse {
    /// Clients' connections, also those that are only told that it is full.
    pub connections: AtomicUsize,
    state: Mutex<State>,
    news: Condvar,
}

struct State {
    answered: Instant,
    ended: bool,
}

impl Pulse {
    /// Well until a probe says otherwise.
    pub fn new() -> Self {
        let state = State { answered: Instant::now(), ended: false };
        Self { connections: AtomicUsize::new(0), state: Mutex::new(state), news: Condvar::new() }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// How long ago a probe was answered.
    pub fn age(&self) -> Duration {
        lock(&self.state).answered.elapsed()
    }

    /// Ends the probing.
    pub fn end(&self) {
        lock(&self.state).ended = true;
        self.news.notify_all();
    }

    /// Probes until it is ended, then `false`; `true` once nobody is answered any more.
    pub fn probe(&self, address: SocketAddr, pause: Duration) -> bool {
        let mut failures = 0;
        while failures < FAILURES_MAX {
            if self.is_ended_within(pause) {
                return false;
            }
            match knock(address) {
                Ok(()) => {
                    failures = 0;
                    lock(&self.state).answered = Instant::now();
                }
                Err(_) => failures += 1,
            }
        }
        !self.is_ended_within(Duration::ZERO)
    }

    fn is_ended_within(&self, time: Duration) -> bool {
        let state = lock(&self.state);
        let waited = self.news.wait_timeout_while(state, time, |state| !state.ended);
        waited.unwrap_or_else(PoisonError::into_inner).0.ended
    }
}

/// Whatever is answered, somebody listens.
fn knock(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_TIME)?;
    stream.set_read_timeout(Some(ANSWER_TIME))?;
    stream.set_write_timeout(Some(ANSWER_TIME))?;
    let request = format!("HEAD /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    stream.read_exact(&mut [0; 8])
}
