//! When the sources are asked next: what became of each, and the settings, to a moment and a why.
//!
//! Pure. Time here is what has passed since the server started, by a clock that never goes back.

use std::collections::BTreeMap;
use std::time::Duration;

/// After failures a source is left alone for longer and longer, up to this.
const BACKOFF_MAX: Duration = Duration::from_secs(3600);
/// So much of a backoff is taken away at random, at most: many machines that lost the same server
/// must not all come back at once.
const JITTER: f64 = 0.25;
/// Sources that are due within this share of the interval are asked together.
const TOGETHER: u32 = 10;

/// What is known of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// Its data is so old that it is asked as soon as the server runs.
    pub is_old: bool,
    /// When this server last ended asking it.
    pub tried: Option<Duration>,
    /// How often in a row that failed.
    pub failures: u32,
    /// Of the last failure, from 0 to 1.
    pub jitter: f64,
}

impl Track {
    pub fn succeeded(&mut self, at: Duration) {
        *self = Self { tried: Some(at), ..Self::default() };
    }

    pub fn failed(&mut self, at: Duration, jitter: f64) {
        let failures = self.failures.saturating_add(1);
        *self = Self { tried: Some(at), failures, jitter, ..Self::default() };
    }

    /// It was not asked to the end: it waits as if it was.
    pub fn stopped(&mut self, at: Duration) {
        self.tried = Some(at);
    }

    fn due(&self, interval: Duration) -> (Duration, Why) {
        match self.tried {
            None if self.is_old => (Duration::ZERO, Why::Old),
            None => (interval, Why::Interval),
            Some(at) if self.failures > 0 => (at + self.backoff(interval), Why::Retry),
            Some(at) => (at + interval, Why::Interval),
        }
    }

    /// Twice the interval after the first failure, twice that after the second; never sooner than
    /// without a failure.
    fn backoff(&self, interval: Duration) -> Duration {
        let doubled = 2_u32.checked_pow(self.failures).and_then(|n| interval.checked_mul(n));
        let longest = doubled.unwrap_or(BACKOFF_MAX).min(BACKOFF_MAX);
        longest.mul_f64(1.0 - JITTER * self.jitter.clamp(0.0, 1.0)).max(interval)
    }
}

/// Why sources are asked without anybody's wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Their data is old, or was never read.
    Old,
    /// They were read an interval ago.
    Interval,
    /// It failed, and may go well now.
    Retry,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    pub at: Duration,
    pub why: Why,
    pub sources: Vec<String>,
}

/// The next refresh; `None` when there is none, for want of an interval or of sources.
pub fn next(tracks: &BTreeMap<String, Track>, interval: Option<Duration>) -> Option<Next> {
    let interval = interval?;
    let due = |track: &Track| track.due(interval);
    let (at, why) = tracks.values().map(due).min_by_key(|(at, _)| *at)?;
    let until = at + interval / TOGETHER;
    // Whoever is asked at once is not asked alone.
    let is_first = |track: &Track| why == Why::Old && track.tried.is_none();
    let is_due = |track: &Track| due(track).0 <= until || is_first(track);
    let sources = tracks.iter().filter(|(_, track)| is_due(track)).map(|(name, _)| name.clone());
    Some(Next { at, why, sources: sources.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(n: u64) -> Duration {
        Duration::from_secs(60 * n)
    }

    fn tried(at: u64, failures: u32, jitter: f64) -> Track {
        Track { tried: Some(minutes(at)), failures, jitter, is_old: false }
    }

    fn of(tracks: &[(&str, Track)], interval: Option<u64>) -> Option<(u64, Why, String)> {
        let tracks = tracks.iter().map(|(name, track)| ((*name).to_owned(), track.clone()));
        let next = next(&tracks.collect(), interval.map(minutes))?;
        assert_eq!(next.at.as_secs() % 60, 0);
        Some((next.at.as_secs() / 60, next.why, next.sources.join(" ")))
    }

    #[test]
    fn what_was_and_the_settings_say_when_and_whom_to_ask() {
        let (fresh, old) = (Track::default(), Track { is_old: true, ..Track::default() });
        type Row<'a> = (&'a [(&'a str, Track)], Option<u64>, Option<(u64, Why, &'a str)>);
        let table: &[Row] = &[
            (&[], Some(10), None),
            (&[("a", old.clone())], None, None),
            // After the start.
            (
                &[("a", fresh.clone()), ("b", fresh.clone())],
                Some(10),
                Some((10, Why::Interval, "a b")),
            ),
            (&[("a", fresh.clone()), ("b", old.clone())], Some(10), Some((0, Why::Old, "a b"))),
            // After a refresh.
            (&[("a", tried(3, 0, 0.0))], Some(10), Some((13, Why::Interval, "a"))),
            (
                &[("a", tried(3, 0, 0.0)), ("b", tried(4, 0, 0.0))],
                Some(10),
                Some((13, Why::Interval, "a b")),
            ),
            (
                &[("a", tried(3, 0, 0.0)), ("b", tried(5, 0, 0.0))],
                Some(10),
                Some((13, Why::Interval, "a")),
            ),
            // A source that is new, or became old while the machine slept, is not waited for.
            (&[("a", tried(3, 0, 0.0)), ("b", old)], Some(10), Some((0, Why::Old, "b"))),
            // One that fails is left alone, the others are not.
            (&[("a", tried(3, 1, 0.0))], Some(10), Some((23, Why::Retry, "a"))),
            (
                &[("a", tried(3, 1, 0.0)), ("b", tried(3, 0, 0.0))],
                Some(10),
                Some((13, Why::Interval, "b")),
            ),
            (&[("a", tried(0, 2, 0.0))], Some(10), Some((40, Why::Retry, "a"))),
            (&[("a", tried(0, 3, 0.0))], Some(10), Some((60, Why::Retry, "a"))),
            (&[("a", tried(0, u32::MAX, 0.0))], Some(10), Some((60, Why::Retry, "a"))),
            // At random, some come earlier, but never before their time.
            (&[("a", tried(0, 2, 1.0))], Some(10), Some((30, Why::Retry, "a"))),
            (&[("a", tried(0, 9, 1.0))], Some(10), Some((45, Why::Retry, "a"))),
            (&[("a", tried(0, 1, 1.0))], Some(120), Some((120, Why::Retry, "a"))),
        ];
        for (tracks, interval, wanted) in table {
            let wanted = wanted.map(|(at, why, names)| (at, why, names.to_owned()));
            assert_eq!(of(tracks, *interval), wanted, "{tracks:?} every {interval:?}");
        }
    }

    #[test]
    fn failures_add_up_until_one_try_goes_well() {
        let mut track = Track { is_old: true, ..Track::default() };
        track.failed(minutes(1), 0.5);
        track.failed(minutes(2), 0.25);
        assert_eq!(track, tried(2, 2, 0.25));
        track.succeeded(minutes(3));
        assert_eq!(track, tried(3, 0, 0.0));
    }
}
