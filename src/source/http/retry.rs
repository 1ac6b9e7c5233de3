//! When a request is tried again: what the server asks for, else exponential backoff with full
//! jitter, within a budget of waiting that all requests of a source share.
//!
//! Time is monotonic, so that a clock that is set while a sync runs changes nothing.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::limits::Limits;
use crate::env::Stop;
use crate::error::Result;

/// No server keeps us waiting longer than this, also not from one sync to the next.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(60 * 60);

/// How long a stop may go unnoticed.
pub(super) const TICK: Duration = Duration::from_millis(50);

/// Time as it passes; tests have one that passes at once.
pub trait Clock: Send + Sync {
    /// Since some fixed moment.
    fn now(&self) -> Duration;

    fn sleep(&self, time: Duration);
}

/// The machine's.
pub struct Monotonic(Instant);

impl Default for Monotonic {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Monotonic {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }
}

/// The pace of all requests to one source.
pub(super) struct Pace {
    clock: Box<dyn Clock>,
    waits: Mutex<Waits>,
}

#[derive(Default)]
struct Waits {
    /// No request starts before.
    until: Duration,
    /// Waited for in all, or still to be.
    total: Duration,
}

impl Pace {
    pub(super) fn new(clock: Box<dyn Clock>) -> Self {
        Self { clock, waits: Mutex::default() }
    }

    /// Since the client was made.
    pub(super) fn elapsed(&self) -> Duration {
        self.clock.now()
    }

    /// Puts off the next request of anybody, unless the source has waited enough in this sync.
    pub(super) fn put_off(&self, wait: Duration, limits: &Limits) -> bool {
        let now = self.clock.now();
        let mut waits = self.waits();
        let from = waits.until.max(now);
        let until = from.max(now.saturating_add(wait));
        let total = waits.total.saturating_add(until - from);
        if total > limits.total_wait {
            return false;
        }
        *waits = Waits { until, total };
        true
    }

    /// Waits until a request may start, or the run is to end.
    pub(super) fn wait(&self, stop: &Stop) -> Result<()> {
        loop {
            stop.check()?;
            let left = self.waits().until.saturating_sub(self.clock.now());
            if left.is_zero() {
                return Ok(());
            }
            self.clock.sleep(left.min(TICK));
        }
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wait before another try, after so many: anything up to the doubled limit, so that many
/// clients that failed at once do not come back at once.
pub(super) fn backoff(tries: u32, limits: &Limits) -> Duration {
    let doublings = tries.saturating_sub(1).min(16);
    let most = limits.first_wait.saturating_mul(1 << doublings);
    // Each state is seeded anew, which is as random as a wait need be.
    let random = RandomState::new().hash_one(tries);
    #[expect(clippy::cast_precision_loss, reason = "a part of a second")]
    let part = (random >> 11) as f64 / (1_u64 << 53) as f64;
    most.mul_f64(part)
}

/// Waits before another try of what is no request of ours, or until the run is to end.
pub(in crate::source) fn pause(tries: u32, stop: &Stop) -> Result<()> {
    let (pace, limits) = (Pace::new(Box::new(Monotonic::default())), Limits::default());
    pace.put_off(backoff(tries, &limits), &limits);
    pace.wait(stop)
}

/// `Retry-After`, as seconds or a date; the date is compared with the server's own `Date`, else with
/// the time here. What is negative or cannot be read asks for nothing.
pub(super) fn retry_after(value: &str, date: Option<&str>, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too large a number for us is a long time.
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds));
    }
    let parser = DateTimeParser::new().relaxed_weekday(true);
    let read = |text: &str| parser.parse_timestamp(text).ok();
    let now = date.and_then(read).unwrap_or(now);
    let wait = read(value)?.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_asks_for_is_read_as_seconds_or_a_date() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let read = |value: &str| retry_after(value, None, now).map(|wait| wait.as_secs());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read(" 0 "), Some(0));
        assert_eq!(read("99999999999999999999999"), Some(u64::MAX));
        assert_eq!(read("Thu, 01 Jan 2026 00:01:30 GMT"), Some(90));
        assert_eq!(read("Wed, 31 Dec 2025 00:00:00 GMT"), Some(0));
        assert_eq!(read("Thu, 01 Jan 2036 00:00:00 GMT"), Some(315_532_800));
        for nothing in ["", "-5", "+5", "1.5", "soon", "01 Foo 2026"] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
        let (value, date) = ("Thu, 01 Jan 2026 00:00:10 GMT", "Thu, 01 Jan 2026 00:00:00 GMT");
        let years_off = "2016-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(retry_after(value, Some(date), years_off), Some(Duration::from_secs(10)));
    }

    #[test]
    fn waits_of_one_source_are_shared_and_end_with_its_budget() {
        struct Still;
        impl Clock for Still {
            fn now(&self) -> Duration {
                Duration::ZERO
            }
            fn sleep(&self, _: Duration) {}
        }
        let pace = Pace::new(Box::new(Still));
        let limits = Limits { total_wait: Duration::from_secs(30), ..Limits::default() };
        let second = Duration::from_secs;
        // Eight requests that are told the same wait for the same time, not eight times as long.
        assert!((0..8).all(|_| pace.put_off(second(20), &limits)));
        assert!(pace.put_off(second(30), &limits));
        assert!(!pace.put_off(second(31), &limits));
        assert!(!pace.put_off(Duration::MAX, &limits));
    }

    #[test]
    fn a_wait_is_random_and_its_limit_doubles() {
        let limits = Limits { first_wait: Duration::from_secs(1), ..Limits::default() };
        let longest = |tries| (0..200).map(|_| backoff(tries, &limits)).max().unwrap();
        for (tries, most) in [(1, 1), (2, 2), (3, 4)] {
            let longest = longest(tries);
            assert!(longest <= Duration::from_secs(most), "{longest:?}");
            assert!(longest >= Duration::from_secs(most) / 2, "{longest:?}");
        }
    }
}
