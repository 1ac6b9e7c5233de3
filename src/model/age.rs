//! How old the data of a source is: when it was last read and what time it is now, to what that
//! means and how it is said. The one place that decides; no file, clock or page is known here.

use jiff::{SignedDuration, Timestamp};

use crate::words;

/// What a clock may differ from itself when it is set right; a time further ahead tells nothing.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// When data is called what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Older data is stale.
    pub stale_after: SignedDuration,
    /// Older data is refreshed when `serve` starts; never less than `stale_after`.
    pub force_after: SignedDuration,
}

/// What the time since the last sync means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    Current,
    Stale,
    /// So old that `serve` refreshes it, or never synced, or nobody can tell.
    Old,
}

impl Age {
    pub fn of(synced_at: Option<Timestamp>, now: Timestamp, limits: &Limits) -> Self {
        let Some(at) = synced_at else { return Age::Old };
        match now.duration_since(at) {
            age if age < -AHEAD_MAX || age > limits.force_after => Age::Old,
            age if age > limits.stale_after => Age::Stale,
            _ => Age::Current,
        }
    }

    pub fn is_stale(self) -> bool {
        self != Age::Current
    }

    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Age::Current => "current",
            Age::Stale => "stale",
            Age::Old => "old",
        }
    }
}

/// `3 minutes ago`, as it goes on after `synced`.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let age = now.duration_since(at);
    if age < -AHEAD_MAX {
        return "at a time that is still to come: the clock was set back".to_owned();
    }
    match span(age) {
        Some(span) => format!("{span} ago"),
        None => "just now".to_owned(),
    }
}

/// `3 minutes`; `None` for less than one.
fn span(age: SignedDuration) -> Option<String> {
    let seconds = age.as_secs();
    let (n, word) = match seconds {
        ..60 => return None,
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    Some(words::count(usize::try_from(n).unwrap_or_default(), word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        stale_after: SignedDuration::from_hours(1),
        force_after: SignedDuration::from_hours(24),
    };

    #[test]
    fn an_age_has_a_meaning_and_words() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let to_come = "at a time that is still to come: the clock was set back";
        for (at, age, words) in [
            ("2026-01-02T00:00:00Z", Age::Current, "just now"),
            ("2026-01-01T23:59:01Z", Age::Current, "just now"),
            ("2026-01-01T23:59:00Z", Age::Current, "1 minute ago"),
            ("2026-01-01T23:00:00Z", Age::Current, "1 hour ago"),
            ("2026-01-01T22:59:59Z", Age::Stale, "1 hour ago"),
            ("2026-01-01T00:00:00Z", Age::Stale, "1 day ago"),
            ("2025-12-31T23:59:59Z", Age::Old, "1 day ago"),
            ("2025-11-02T00:00:00Z", Age::Old, "61 days ago"),
            // A clock that was a little fast, and one that was set back.
            ("2026-01-02T00:05:00Z", Age::Current, "just now"),
            ("2026-01-02T00:05:01Z", Age::Old, to_come),
            ("2027-01-02T00:00:00Z", Age::Old, to_come),
        ] {
            let at: Timestamp = at.parse().unwrap();
            let got = (Age::of(Some(at), now, &LIMITS), ago(at, now));
            assert_eq!(got, (age, words.to_owned()), "{at}");
        }
        assert_eq!(Age::of(None, now, &LIMITS), Age::Old);
    }
}
