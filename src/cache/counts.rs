//! How often a source was read, and how often the cache was asked instead.
//!
//! Reading must not write to the database: hits are counted in memory, and when the cache is closed
//! they are added as a line to a file beside it. The next sync adds up the lines. What is lost when
//! a process is killed is a number that nobody depends on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use super::facts;
use super::health::with_ending;
use super::pool::lock;
use super::rows;
use super::sql;
use super::store::{Cache, Key};
use crate::disk;
use crate::error::Result;

/// The file beside the database: a line `KEY N` for each source and run.
const FILE: &str = "artifacts.db.hits";

/// What more than this many bytes would say is not counted: nobody syncs there.
const FILE_BYTES_MAX: u64 = 256 << 10;

/// The hits of this process that are not in the file yet.
pub(super) struct Hits {
    counted: Mutex<BTreeMap<String, u64>>,
    /// All hits of this process.
    total: AtomicU64,
    /// Where the file is; nowhere when nothing is kept.
    dir: Option<PathBuf>,
}

impl Hits {
    pub(super) fn new(dir: Option<PathBuf>) -> Self {
        Self { counted: Mutex::default(), total: AtomicU64::new(0), dir }
    }

    pub(super) fn count(&self, source: &str, n: usize) {
        self.total.fetch_add(n as u64, Ordering::Relaxed);
        let mut counted = lock(&self.counted);
        match counted.get_mut(source) {
            Some(count) => *count += n as u64,
            None if n > 0 => {
                counted.insert(source.to_owned(), n as u64);
            }
            None => {}
        }
    }

    fn take(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut lock(&self.counted))
    }
}

impl Drop for Hits {
    fn drop(&mut self) {
        let (counted, Some(dir)) = (self.take(), &self.dir) else { return };
        let path = dir.join(FILE);
        if counted.is_empty() || disk::size(&path).is_some_and(|size| size > FILE_BYTES_MAX) {
            return;
        }
        let lines: String = counted.iter().map(|(source, n)| format!("{source} {n}\n")).collect();
        // Where it cannot be written, it is not counted.
        let _ = disk::append(&path, lines.as_bytes());
    }
}

/// What the file says.
pub(super) fn written(dir: &Path) -> BTreeMap<String, u64> {
    let bytes = disk::read_up_to(&dir.join(FILE), 2 * FILE_BYTES_MAX).unwrap_or_default();
    let mut counted = BTreeMap::new();
    for line in String::from_utf8_lossy(&bytes).lines() {
        if let Some((source, n)) = line.split_once(' ')
            && let Ok(n) = n.parse::<u64>()
        {
            let count: &mut u64 = counted.entry(source.to_owned()).or_default();
            *count = count.saturating_add(n);
        }
    }
    counted
}

impl Cache {
    /// Counts artifacts of a source that were served from what was kept of them all.
    pub fn served_from(&self, source: &str, n: usize) {
        self.hits.count(source, n);
    }

    /// How many artifacts this process took from what was kept.
    pub fn n_served(&self) -> u64 {
        self.hits.total.load(Ordering::Relaxed)
    }

    /// Bytes of the database, and of the log beside it.
    pub fn bytes(&self) -> (u64, u64) {
        let size = |ending| disk::size(&with_ending(&self.path, ending)).unwrap_or_default();
        (size(""), size("-wal"))
    }

    /// Remembers that a source was read now, and which of its artifacts are again as they were
    /// before: these are its newest from now on. For the one process that syncs.
    pub fn refreshed(
        &self,
        source: &str,
        address: &str,
        outcome: &str,
        returned: &[Key],
        now: Timestamp,
    ) -> Result<()> {
        let at = rows::stamp(now);
        self.write(|tx| {
            for key in returned {
                let pin = key.pin.to_string();
                let wanted = [source, key.kind.word(), &key.path, &pin, &at];
                tx.prepare_cached(sql::RETURNED)?.execute(wanted)?;
            }
            facts::add(tx, source, facts::REFRESHES, 1)?;
            facts::keep(tx, source, facts::ADDRESS, address)?;
            facts::keep(tx, source, facts::ATTEMPTED_AT, &now.to_string())?;
            facts::keep(tx, source, facts::OUTCOME, outcome)?;
            Ok(())
        })
    }

    /// Remembers that a source was tried now and could not be read; `outcome` says why.
    pub fn attempted(
        &self,
        source: &str,
        address: &str,
        outcome: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.write(|tx| {
            facts::keep(tx, source, facts::ADDRESS, address)?;
            facts::keep(tx, source, facts::ATTEMPTED_AT, &now.to_string())?;
            facts::keep(tx, source, facts::OUTCOME, outcome)?;
            Ok(())
        })
    }

    /// Adds up what was counted since the last time. For the one process that syncs.
    pub fn add_hits(&self) -> Result<()> {
        let Some(dir) = &self.hits.dir else { return Ok(()) };
        let mut counted = written(dir);
        for (source, n) in self.hits.take() {
            *counted.entry(source).or_default() += n;
        }
        if counted.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            for (source, n) in &counted {
                facts::add(tx, source, facts::HITS, *n)?;
            }
            Ok(())
        })?;
        // A line that came in between is lost.
        disk::remove_file(&dir.join(FILE))
    }
}
