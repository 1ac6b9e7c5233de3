//! Facts about a source, and about the cache itself under an empty key: one value for each name.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::rows;
use super::sql;
use super::store::Cache;
use crate::error::Result;
use crate::model::history::FORMAT;

/// With which schema the cache was written.
pub(super) const VERSION: &str = "version";
/// What a source's address may be called before anybody.
pub(super) const ADDRESS: &str = "address";
/// When a source was last read without failing.
pub(super) const SYNCED_AT: &str = "synced_at";
/// When it was last tried, and what came of it.
pub(super) const ATTEMPTED_AT: &str = "attempted_at";
pub(super) const OUTCOME: &str = "outcome";
/// What an outcome begins with that was none.
const FAILED: &str = "failed: ";
/// How often its artifacts were taken from the cache, and how often it was read.
pub(super) const HITS: &str = "hits";
pub(super) const REFRESHES: &str = "refreshes";
/// When the cache was last cleaned by itself.
pub(super) const CLEANED_AT: &str = "cleaned_at";

/// Begins the name of a list of the histories of a source's artifacts.
pub(super) const HISTORY: &str = "history ";

/// Under which name the histories are listed as they were at a commit.
pub fn histories(commit: &str) -> String {
    format!("{HISTORY}{FORMAT} {commit}")
}

/// When the list of such a name was last known to be in use.
pub fn histories_used(commit: &str) -> String {
    used(&histories(commit))
}

pub(super) fn used(list: &str) -> String {
    format!("used {list}")
}

impl Cache {
    /// A fact about a source. A damaged one is absent.
    pub fn fact(&self, source: &str, name: &str) -> Result<Option<String>> {
        self.read(|db| get(db, source, name))
    }

    pub fn set_fact(&self, source: &str, name: &str, value: &str) -> Result<()> {
        self.write(|tx| Ok(keep(tx, source, name, value)?))
    }

    /// When a source was last read without failing.
    pub fn synced_at(&self, source: &str) -> Result<Option<Timestamp>> {
        self.time(source, SYNCED_AT)
    }

    /// When a source was last tried, in vain or not.
    pub fn attempted_at(&self, source: &str) -> Result<Option<Timestamp>> {
        self.time(source, ATTEMPTED_AT)
    }

    /// When it was last tried and why that was in vain, if it was.
    pub fn failure(&self, source: &str) -> Result<Option<(Timestamp, String)>> {
        let Some(outcome) = self.fact(source, OUTCOME)? else { return Ok(None) };
        let Some(why) = outcome.strip_prefix(FAILED) else { return Ok(None) };
        Ok(self.attempted_at(source)?.map(|at| (at, why.to_owned())))
    }

    fn time(&self, source: &str, name: &str) -> Result<Option<Timestamp>> {
        Ok(self.fact(source, name)?.and_then(|text| text.parse().ok()))
    }
}

pub(super) fn get(db: &Connection, source: &str, name: &str) -> rusqlite::Result<Option<String>> {
    let row: Option<(String, Vec<u8>)> = db
        .prepare_cached(sql::FACT)?
        .query_row([source, name], |row| Ok((rows::text(row, 0)?, rows::bytes(row, 1)?)))
        .optional()?;
    Ok(row.and_then(|(value, hash)| is_whole(source, name, &value, &hash).then_some(value)))
}

pub(super) fn is_whole(source: &str, name: &str, value: &str, hash: &[u8]) -> bool {
    rows::hash(&[source, name, value]).as_bytes() == hash
}

pub(super) fn keep(tx: &Connection, source: &str, name: &str, value: &str) -> rusqlite::Result<()> {
    let hash = rows::hash(&[source, name, value]);
    tx.prepare_cached(sql::KEEP_FACT)?.execute(params![source, name, value, hash.as_bytes()])?;
    Ok(())
}

/// Takes no source for whole any more, for whoever takes out a row or a content, or finds one that
/// is not as it was written: the next sync of each looks at all that its lock names.
pub(super) fn forget_whole(tx: &Connection) -> rusqlite::Result<()> {
    tx.prepare_cached(sql::FORGET_WHOLE)?.execute([])?;
    Ok(())
}

/// Adds to a fact that is a number.
pub(super) fn add(tx: &Connection, source: &str, name: &str, n: u64) -> rusqlite::Result<()> {
    let old: u64 = get(tx, source, name)?.and_then(|text| text.parse().ok()).unwrap_or_default();
    keep(tx, source, name, &old.saturating_add(n).to_string())
}
