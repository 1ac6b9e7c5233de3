//! What there is in a cache, in numbers.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;

use super::clean;
use super::counts;
use super::facts;
use super::health::{self, with_ending};
use super::place;
use super::rows;
use super::schema;
use super::sql;
use super::store::FILE;
use crate::disk;
use crate::error::Result;

/// A cache as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    pub path: PathBuf,
    /// The kind of network file system it is on, if it is on one.
    pub network: Option<String>,
    /// Bytes of the database, of its free pages, and of the log beside it.
    pub size: u64,
    pub free: u64,
    pub log: u64,
    pub schema: i64,
    /// By their keys.
    pub sources: BTreeMap<String, SourceInfo>,
    /// Contents and their bytes, and how many of them nothing names.
    pub contents: usize,
    pub content_bytes: u64,
    pub orphans: usize,
    /// Artifacts that the next sync reads again.
    pub stale: usize,
    /// When it was last cleaned up by itself.
    pub cleaned_at: Option<Timestamp>,
}

/// What the cache has of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceInfo {
    /// Where it is, as it may be shown to anybody.
    pub address: Option<String>,
    pub artifacts: usize,
    /// All states of them.
    pub states: usize,
    pub synced_at: Option<Timestamp>,
    pub attempted_at: Option<Timestamp>,
    /// What came of the last attempt.
    pub outcome: Option<String>,
    /// Artifacts that were taken from the cache, as far as they were added up.
    pub hits: u64,
    /// How often the source was read.
    pub refreshes: u64,
}

/// Looks at the cache of a folder without changing it; `None` when there is none.
pub fn info(dir: &Path) -> Result<Option<Info>> {
    let path = dir.join(FILE);
    if disk::kind(&path)?.is_none() {
        return Ok(None);
    }
    let size = |ending: &str| disk::size(&with_ending(&path, ending)).unwrap_or_default();
    let mut info = Info {
        network: place::network(&path),
        size: size(""),
        log: size("-wal"),
        path: path.clone(),
        ..Info::default()
    };
    let read = health::to_look_at(&path).and_then(|opened| match opened {
        Ok(db) => fill(&mut info, &db).map(Ok),
        Err(problem) => Ok(Err(problem)),
    });
    match read {
        Err(cause) => Err(health::broken(&path, &cause)),
        Ok(Err(problem)) => Err(problem.into()),
        Ok(Ok(())) => {
            for (source, n) in counts::written(dir) {
                info.sources.entry(source).or_default().hits += n;
            }
            Ok(Some(info))
        }
    }
}

fn fill(info: &mut Info, db: &Connection) -> rusqlite::Result<()> {
    info.schema = schema::number(db)?;
    info.free = clean::pages(db)?.1;
    let number = |n: i64| usize::try_from(n).unwrap_or_default();
    let mut statement = db.prepare(sql::COUNTS)?;
    let counts =
        statement.query_map([], |row| Ok((rows::text(row, 0)?, row.get(1)?, row.get(2)?)))?;
    for row in counts {
        let (source, artifacts, states) = row?;
        let of = info.sources.entry(source).or_default();
        (of.artifacts, of.states) = (number(artifacts), number(states));
    }
    for (source, known) in facts_of_all(db)? {
        let time = |name: &str| known.get(name).and_then(|text| text.parse().ok());
        let count = |name: &str| known.get(name).and_then(|n| n.parse().ok()).unwrap_or_default();
        if source.is_empty() {
            info.cleaned_at = time(facts::CLEANED_AT);
            continue;
        }
        let of = info.sources.entry(source).or_default();
        of.address = known.get(facts::ADDRESS).cloned();
        of.synced_at = time(facts::SYNCED_AT);
        of.attempted_at = time(facts::ATTEMPTED_AT);
        of.outcome = known.get(facts::OUTCOME).cloned();
        (of.hits, of.refreshes) = (count(facts::HITS), count(facts::REFRESHES));
    }
    let contents = db.query_row(sql::BLOB_TOTAL, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (contents, bytes): (i64, i64) = contents;
    (info.contents, info.content_bytes) =
        (number(contents), u64::try_from(bytes).unwrap_or_default());
    info.orphans = clean::orphans(db)?.len();
    info.stale = number(db.query_row(sql::N_STALE, [], |row| row.get(0))?);
    Ok(())
}

type Facts = HashMap<String, String>;

fn facts_of_all(db: &Connection) -> rusqlite::Result<BTreeMap<String, Facts>> {
    let mut all: BTreeMap<String, Facts> = BTreeMap::new();
    let mut statement = db.prepare(sql::FACTS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (source, name, value) = (rows::text(row, 0)?, rows::text(row, 1)?, rows::text(row, 2)?);
        if facts::is_whole(&source, &name, &value, &rows::bytes(row, 3)?) {
            all.entry(source).or_default().insert(name, value);
        }
    }
    Ok(all)
}
