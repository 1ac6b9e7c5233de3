//! Keeps the cache as small as it can be: what nobody can ask for any more is forgotten, pages that
//! are free are given back.
//!
//! The cache is one for all catalogs of a user, and a lock may pin a state that its source has left
//! behind. So the last state of every artifact stays, and every state that a source had, or a lock
//! of a catalog that was synced named, within [`KEPT_DAYS`].

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::facts;
use super::rows;
use super::sql;
use super::store::{Cache, Failure, Key, Listed};
use crate::disk;
use crate::error::{Problem, Result};
use crate::model::hash::ContentHash;

/// How long a state that a source has left behind is kept, and what saves work at the next sync of
/// a source that is not synced.
const KEPT_DAYS: i64 = 90;

/// Of how many commits of a source the histories are kept, at most: a lock that names another has
/// them worked out again.
const HISTORIES_MAX: usize = 8;

/// A state that a lock names is marked as seen when it was not for so long: not at every sync.
const SEEN_DAYS: i64 = 30;

/// Giving pages back copies the whole database: worth it from this share, and this many bytes, on.
const FREE_SHARE: u64 = 4;
const FREE_BYTES_MIN: u64 = 8 << 20;

/// A log that is larger is put into the database at the end of a sync.
const LOG_BYTES: u64 = 4 << 20;

/// What a catalog's lock names, each with the key of its source.
#[derive(Default)]
pub struct Named {
    pub states: Vec<(String, Key)>,
    /// Commits whose histories are in use.
    pub histories: Vec<(String, String)>,
}

/// What was forgotten, in rows, and in bytes of contents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    pub states: usize,
    pub contents: usize,
    pub content_bytes: u64,
}

impl Cache {
    /// Once a day: marks as seen what a catalog's lock names. For a process that holds the writer's
    /// lock.
    pub fn mark_named(
        &self,
        catalog: &str,
        named: impl FnOnce() -> Named,
        now: Timestamp,
    ) -> Result<()> {
        let seen = format!("seen {catalog}");
        if self.is_due(&seen, now)? {
            self.mark_seen(&named(), now)?;
            self.set_fact("", &seen, &now.to_string())?;
        }
        Ok(())
    }

    /// Shortens the log; once a day, cleans up, and gives pages back where that is worth it. For a
    /// process that holds the writer's lock.
    pub fn tidy(&self, now: Timestamp) -> Result<()> {
        if self.is_due(facts::CLEANED_AT, now)? {
            self.clean(now)?;
            self.set_fact("", facts::CLEANED_AT, &now.to_string())?;
            let (size, free) = self.read(pages)?;
            if free >= FREE_BYTES_MIN && free * FREE_SHARE >= size {
                self.vacuum()?;
            }
        }
        self.shorten_log(LOG_BYTES)
    }

    /// Whether a day has passed since; a clock that was set back has passed it, too.
    fn is_due(&self, name: &str, now: Timestamp) -> Result<bool> {
        let last: Option<Timestamp> = self.fact("", name)?.and_then(|text| text.parse().ok());
        let day = SignedDuration::from_hours(24);
        Ok(last.is_none_or(|last| now.duration_since(last) >= day || now < last))
    }

    fn mark_seen(&self, named: &Named, now: Timestamp) -> Result<()> {
        let (at, before) = (rows::stamp(now), rows::stamp(ago(now, SEEN_DAYS)));
        self.write(|tx| {
            let mut seen = tx.prepare_cached(sql::SEEN)?;
            for (source, key) in &named.states {
                let pin = key.pin.to_string();
                seen.execute([source, key.kind.word(), &key.path, &pin, &at, &before])?;
            }
            for (source, commit) in &named.histories {
                let name = facts::histories_used(commit);
                facts::keep(tx, source, &name, &now.to_string())?;
            }
            Ok(())
        })
    }

    /// Forgets old states, contents that nothing names, and what was remembered of the files and
    /// answers of sources that are not synced any more. For a process that holds the writer's lock.
    pub fn clean(&self, now: Timestamp) -> Result<Cleaned> {
        let before = ago(now, KEPT_DAYS);
        self.write(|tx| {
            let states = tx.execute(sql::FORGET_OLD_STATES, [rows::stamp(before)])?;
            for source in sources(tx)? {
                forget_histories(tx, &source, before)?;
                let tried = facts::get(tx, &source, facts::ATTEMPTED_AT)?;
                let tried: Option<Timestamp> = tried.and_then(|text| text.parse().ok());
                if tried.is_none_or(|at| at < before) {
                    tx.execute(sql::FORGET_FILES, [&source])?;
                    tx.execute(sql::FORGET_ANSWERS, [&source])?;
                }
            }
            if states > 0 {
                facts::forget_whole(tx)?;
            }
            let (contents, content_bytes) = forget_orphans(tx)?;
            Ok(Cleaned { states, contents, content_bytes })
        })
    }

    /// Gives free pages back. For a process that holds the writer's lock.
    pub fn vacuum(&self) -> Result<()> {
        self.alone(|db| db.execute_batch("VACUUM"))?;
        self.shorten_log(0)
    }

    /// Puts what the log holds into the database, and cuts a log of more than `over` bytes to
    /// nothing, unless somebody is reading.
    fn shorten_log(&self, over: u64) -> Result<()> {
        let log = super::health::with_ending(&self.path, "-wal");
        if disk::size(&log).is_none_or(|size| size <= over) {
            return Ok(());
        }
        self.alone(|db| {
            // It is no error that somebody reads: then only this is put off.
            db.busy_timeout(std::time::Duration::from_millis(100))?;
            let done = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            db.busy_timeout(super::pool::BUSY)?;
            done
        })
    }

    /// Forgets all that is kept of these sources.
    pub fn clear(&self, sources: &[String]) -> Result<Cleaned> {
        self.write(|tx| {
            let mut states = 0;
            for source in sources {
                states += tx.execute(sql::FORGET_ARTIFACTS, [source])?;
                tx.execute(sql::FORGET_FILES, [source])?;
                tx.execute(sql::FORGET_FACTS, [source])?;
            }
            facts::forget_whole(tx)?;
            let (contents, content_bytes) = forget_orphans(tx)?;
            Ok(Cleaned { states, contents, content_bytes })
        })
    }

    /// Forgets everything but these states with their contents and histories, as if nothing was ever
    /// asked: whoever shows them goes on, and the next sync reads all anew.
    pub fn clear_but(&self, named: &Named) -> Result<Cleaned> {
        let cleaned = self.write(|tx| {
            let states = forget_states_but(tx, named)?;
            forget_facts_but(tx, named)?;
            for sql in [sql::CLEAR_FILES, sql::CLEAR_COLLECTIONS, sql::CLEAR_GROUPS] {
                tx.execute(sql, [])?;
            }
            facts::keep(tx, "", facts::VERSION, &super::schema::current().to_string())?;
            let (contents, content_bytes) = forget_orphans(tx)?;
            Ok(Cleaned { states, contents, content_bytes })
        })?;
        self.vacuum()?;
        Ok(cleaned)
    }

    /// Forgets everything, in place: others may have the file open.
    pub fn clear_all(&self) -> Result<Cleaned> {
        let cleaned = self.write(|tx| {
            let mut cleaned =
                Cleaned { states: tx.execute(sql::CLEAR_ARTIFACTS, [])?, ..Cleaned::default() };
            (cleaned.contents, cleaned.content_bytes) = forget(tx, &hashes(tx)?)?;
            for sql in [
                sql::CLEAR_BLOBS,
                sql::CLEAR_FILES,
                sql::CLEAR_FACTS,
                sql::CLEAR_COLLECTIONS,
                sql::CLEAR_GROUPS,
            ] {
                tx.execute(sql, [])?;
            }
            facts::keep(tx, "", facts::VERSION, &super::schema::current().to_string())?;
            Ok(cleaned)
        })?;
        self.vacuum()?;
        Ok(cleaned)
    }

    /// Writes the database as it is now to a file of its own, whole or not at all. What stands there
    /// is replaced.
    pub fn backup(&self, to: &Path) -> Result<()> {
        let scratch = disk::scratch_beside(to)?;
        let copy = scratch.path().join("copy.db");
        let name = copy.to_str().map(str::to_owned).ok_or_else(|| {
            let text = format!("`{}` is not UTF-8 text", to.display());
            Problem::error("SM535", text).help("name another file")
        })?;
        self.alone(|db| db.execute("VACUUM INTO ?1", [&name]).map(|_| ()))?;
        disk::make_private(&copy);
        disk::place_file(&copy, to)
    }
}

/// Says how many there were.
fn forget_states_but(tx: &Connection, named: &Named) -> rusqlite::Result<usize> {
    let kept: HashSet<(&str, &str, &str, String)> = named
        .states
        .iter()
        .map(|(source, key)| {
            (source.as_str(), key.kind.word(), key.path.as_str(), key.pin.to_string())
        })
        .collect();
    let mut lost = Vec::new();
    let mut statement = tx.prepare_cached(sql::EVERY_ARTIFACT)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let [kind, path, pin, source] = [0, 1, 2, 5].map(|at| rows::text(row, at));
        let (kind, path, source) = (kind?, path?, source?);
        if !kept.contains(&(source.as_str(), kind.as_str(), path.as_str(), pin?)) {
            lost.push(row.get::<_, i64>(7)?);
        }
    }
    for id in &lost {
        tx.prepare_cached(sql::FORGET_ARTIFACT_ROW)?.execute([id])?;
    }
    Ok(lost.len())
}

/// Of what is noted on sources only the histories in use stay.
fn forget_facts_but(tx: &Connection, named: &Named) -> rusqlite::Result<()> {
    let kept: HashSet<(&str, String)> = named
        .histories
        .iter()
        .flat_map(|(source, commit)| {
            let names = [facts::histories(commit), facts::histories_used(commit)];
            names.map(|name| (source.as_str(), name))
        })
        .collect();
    let mut lost = Vec::new();
    let mut statement = tx.prepare_cached(sql::FACTS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (source, name) = (rows::text(row, 0)?, rows::text(row, 1)?);
        if !kept.contains(&(source.as_str(), name)) {
            lost.push(row.get::<_, i64>(4)?);
        }
    }
    for id in &lost {
        tx.prepare_cached(sql::FORGET_FACT_ROW)?.execute([id])?;
    }
    Ok(())
}

fn ago(now: Timestamp, days: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN)
}

/// The size of the database and of its free pages, in bytes.
pub(super) fn pages(db: &Connection) -> rusqlite::Result<(u64, u64)> {
    let ask = |name: &str| {
        db.pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .map(|n| u64::try_from(n).unwrap_or_default())
    };
    let page = ask("page_size")?;
    Ok((ask("page_count")? * page, ask("freelist_count")? * page))
}

/// Of which something was remembered that only saves work.
fn sources(tx: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut all: BTreeSet<String> = BTreeSet::new();
    for sql in [sql::FILE_SOURCES, sql::FACTS] {
        let mut statement = tx.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| rows::text(row, 0))?;
        for source in rows {
            all.insert(source?);
        }
    }
    all.remove("");
    Ok(all)
}

/// Of the lists of histories of a source, those that were not in use since, but for the newest, and
/// those that are too many.
fn forget_histories(tx: &Connection, source: &str, before: Timestamp) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(sql::HISTORIES)?;
    let rows = statement.query_map([source], |row| rows::text(row, 0))?;
    let mut all: Vec<(Timestamp, String)> = Vec::new();
    for name in rows {
        let name = name?;
        let used = facts::get(tx, source, &facts::used(&name))?;
        all.push((used.and_then(|at| at.parse().ok()).unwrap_or(Timestamp::MIN), name));
    }
    all.sort_unstable_by(|a, b| b.cmp(a));
    for (at, (seen, name)) in all.iter().enumerate().skip(1) {
        if *seen < before || at >= HISTORIES_MAX {
            let mut forget = tx.prepare_cached(sql::FORGET_FACT)?;
            forget.execute([source, name])?;
            forget.execute([source, facts::used(name).as_str()])?;
            facts::forget_whole(tx)?;
        }
    }
    Ok(())
}

/// Contents that nothing names.
pub(super) fn orphans(db: &Connection) -> rusqlite::Result<Vec<ContentHash>> {
    let named = named(db)?;
    Ok(hashes(db)?.into_iter().filter(|hash| !named.contains(hash)).collect())
}

fn hashes(db: &Connection) -> rusqlite::Result<Vec<ContentHash>> {
    let mut statement = db.prepare_cached(sql::BLOB_HASHES)?;
    let rows = statement.query_map([], |row| rows::bytes(row, 0))?;
    let mut all = Vec::new();
    for row in rows {
        all.extend(row?.try_into().ok().map(ContentHash::from_bytes));
    }
    Ok(all)
}

/// The contents that anything names: files of artifacts in any state, files that were read, and
/// whatever hash stands in a fact, as those of answers do.
fn named(db: &Connection) -> rusqlite::Result<HashSet<ContentHash>> {
    let mut named = HashSet::new();
    let mut statement = db.prepare_cached(sql::CONTENTS_NAMED)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let json = row.get_ref(0)?.as_str().unwrap_or_default();
        // What damage made of a row names nothing that it could still lead to.
        if let Ok(listed) = serde_json::from_str::<Listed>(json) {
            named.extend(listed.files.iter().map(|file| file.hash));
        }
    }
    let mut statement = db.prepare_cached(sql::EVERY_FILE)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        named.extend(rows::bytes(row, 2)?.try_into().ok().map(ContentHash::from_bytes));
    }
    let mut statement = db.prepare_cached(sql::FACTS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let value = row.get_ref(2)?.as_str().unwrap_or_default();
        named.extend(hashes_in(value));
    }
    Ok(named)
}

/// Every `sha256:…` in a text.
fn hashes_in(text: &str) -> impl Iterator<Item = ContentHash> {
    const LENGTH: usize = "sha256:".len() + 64;
    text.match_indices("sha256:").filter_map(|(at, _)| text.get(at..at + LENGTH)?.parse().ok())
}

fn forget_orphans(tx: &Connection) -> Result<(usize, u64), Failure> {
    Ok(forget(tx, &orphans(tx)?)?)
}

/// How many contents were there, and of how many bytes.
fn forget(tx: &Connection, hashes: &[ContentHash]) -> rusqlite::Result<(usize, u64)> {
    let (mut n, mut bytes) = (0, 0);
    for hash in hashes {
        let mut size = tx.prepare_cached(sql::BLOB_SIZE)?;
        let size: i64 = size.query_row([hash.as_bytes()], |row| row.get(0)).unwrap_or_default();
        bytes += u64::try_from(size).unwrap_or_default();
        n += tx.prepare_cached(sql::FORGET_BLOB)?.execute([hash.as_bytes()])?;
    }
    Ok((n, bytes))
}
