//! What a run is given from outside, gathered once by `main` and fixed in tests: where the catalog
//! and the cache are, what time it is, whether the network may be used, and whether to stop.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::error::{Error, Exit, Problem, Result};
use crate::timings::Timings;

#[derive(Clone, Debug)]
pub struct Env {
    /// The directory of `skillmeat.yaml`, absolute.
    pub root: PathBuf,
    pub home: Option<PathBuf>,
    /// Where `artifacts.db` and clones are kept.
    pub cache_dir: PathBuf,
    /// Where `state.db` is kept, which nothing could make again.
    pub state_dir: PathBuf,
    pub now: Timestamp,
    /// No network at all.
    pub offline: bool,
    pub stop: Stop,
    pub timings: Timings,
}

/// Whether whoever started the run wants it to end. What takes long asks between its steps; a step
/// that has begun is finished or taken back whole.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    asked: Arc<AtomicI32>,
    /// What ends this run too.
    above: Option<Arc<Stop>>,
}

impl Stop {
    /// Of a part of the run: it can end alone, and ends with the whole.
    pub fn part(&self) -> Self {
        Self { asked: Arc::default(), above: Some(Arc::new(self.clone())) }
    }

    /// Asks the run to end, for a signal by its number.
    pub fn ask(&self, signal: i32) {
        self.asked.store(signal, Ordering::Relaxed);
    }

    pub fn is_asked(&self) -> bool {
        self.signal() != 0
    }

    fn signal(&self) -> i32 {
        match (self.asked.load(Ordering::Relaxed), &self.above) {
            (0, Some(above)) => above.signal(),
            (signal, _) => signal,
        }
    }

    /// `SM491` once the run is to end, with the exit of the signal.
    pub fn check(&self) -> Result<()> {
        const SIGTERM: i32 = 15;
        let exit = match self.signal() {
            0 => return Ok(()),
            SIGTERM => Exit::Terminated,
            _ => Exit::Interrupted,
        };
        Err(Error::new(exit, Problem::error("SM491", "stopped before it was done")))
    }
}

impl Env {
    /// Today in UTC, so that a lock does not depend on where it was written.
    pub fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    /// A path as the configuration writes it: absolute, `~/…`, or relative to the catalog.
    pub fn path(&self, written: &str) -> PathBuf {
        let path = match (written.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.root.join(written),
        };
        normal(&path)
    }
}

#[cfg(test)]
impl Env {
    /// A test's: a folder, a cache in it, the first moment of 1970, no home.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            home: None,
            cache_dir: root.join("cache"),
            state_dir: root.join("state"),
            now: Timestamp::UNIX_EPOCH,
            offline: false,
            stop: Stop::default(),
            timings: Timings::default(),
        }
    }
}

/// The path without `.` and `..`, worked out as text.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_alone_and_with_the_whole() {
        let whole = Stop::default();
        let (one, other) = (whole.part(), whole.part().part());
        one.ask(2);
        assert_eq!([&whole, &one, &other].map(Stop::is_asked), [false, true, false]);
        whole.ask(15);
        assert_eq!(other.check().unwrap_err().exit, Exit::Terminated);
        assert_eq!(one.check().unwrap_err().exit, Exit::Interrupted);
    }

    #[test]
    fn a_written_path_is_relative_to_the_catalog_or_to_home() {
        let env = Env { home: Some("/home/ada".into()), ..Env::at(Path::new("/srv/catalog")) };
        assert_eq!(env.path("../web-shop/."), Path::new("/srv/web-shop"));
        assert_eq!(env.path("~/.claude"), Path::new("/home/ada/.claude"));
        assert_eq!(env.path("/srv/x"), Path::new("/srv/x"));
        assert_eq!(env.today().to_string(), "1970-01-01");
    }
}
