//! The tables, and the steps from each schema version to the next.

use rusqlite::{Connection, TransactionBehavior};

use super::facts;

/// `SkMt`: tells our files from other SQLite databases.
pub(super) const APPLICATION_ID: i32 = 0x536b_4d74;

/// Step `n` leads from schema version `n` to `n + 1`; the last one's number is the current version.
const STEPS: [&str; 4] = [
    "
    -- Contents of files, each once.
    CREATE TABLE blob (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        bytes BLOB NOT NULL
    );

    -- One row for each state of an artifact that was seen.
    CREATE TABLE artifact_cache (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        kind TEXT NOT NULL,
        path TEXT NOT NULL,
        artifact_id TEXT NOT NULL,
        reader INTEGER NOT NULL,
        data_json TEXT NOT NULL,
        fetch_hash TEXT NOT NULL,
        cached_at TEXT NOT NULL,
        synced_at TEXT NOT NULL,
        is_stale INTEGER NOT NULL DEFAULT 0,
        UNIQUE (source, kind, path, fetch_hash)
    );
    CREATE INDEX artifact_cache_by_artifact ON artifact_cache (artifact_id);
    CREATE INDEX artifact_cache_by_kind ON artifact_cache (kind, source);
    CREATE INDEX artifact_cache_by_stale ON artifact_cache (is_stale) WHERE is_stale = 1;

    -- Which artifacts a collection of a catalog held when it was last loaded by sync.
    CREATE TABLE collection_cache (
        id INTEGER PRIMARY KEY,
        catalog TEXT NOT NULL,
        collection TEXT NOT NULL,
        artifact_id TEXT NOT NULL,
        data_json TEXT NOT NULL,
        fetch_hash TEXT NOT NULL,
        cached_at TEXT NOT NULL,
        synced_at TEXT NOT NULL,
        is_stale INTEGER NOT NULL DEFAULT 0,
        UNIQUE (catalog, collection, artifact_id)
    );
    CREATE INDEX collection_cache_by_artifact ON collection_cache (catalog, artifact_id);

    CREATE TABLE cache_metadata (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        UNIQUE (source, name)
    );
",
    // What a row says is checked when it is read: SQLite notices damage to its pages only where it
    // breaks their form. Rows of before have no hash, and are read again by the next sync.
    "
    ALTER TABLE artifact_cache ADD COLUMN data_hash BLOB;
    ALTER TABLE cache_metadata ADD COLUMN value_hash BLOB;
",
    // What was read of each file, so that one that has not changed is not read again. A stamp
    // differs when the bytes do; `reading` is what the reader made of a document.
    "
    CREATE TABLE file_cache (
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        stamp TEXT NOT NULL,
        hash BLOB NOT NULL,
        size INTEGER NOT NULL,
        reading TEXT,
        row_hash BLOB NOT NULL,
        PRIMARY KEY (source, path)
    ) WITHOUT ROWID;
",
    // Every question is answered by an index. `turn` counts the states of an artifact in the order
    // in which its source had them, whatever the clock said; `seen_at` is when a source had, or a
    // lock named, a state last. What collections hold is written anew by the next sync, with the
    // source's key, so that it can be joined, and with groups as rows.
    "
    ALTER TABLE artifact_cache ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE artifact_cache ADD COLUMN seen_at TEXT NOT NULL DEFAULT '';
    UPDATE artifact_cache SET seen_at = synced_at;
    CREATE INDEX artifact_cache_by_id ON artifact_cache (source, artifact_id, turn);
    CREATE INDEX artifact_cache_by_age ON artifact_cache (seen_at);

    DELETE FROM collection_cache;
    ALTER TABLE collection_cache ADD COLUMN source TEXT NOT NULL DEFAULT '';
    ALTER TABLE collection_cache ADD COLUMN name TEXT NOT NULL DEFAULT '';
    ALTER TABLE collection_cache ADD COLUMN row_hash BLOB;

    CREATE TABLE group_cache (
        catalog TEXT NOT NULL,
        collection TEXT NOT NULL,
        group_name TEXT NOT NULL,
        artifact_id TEXT NOT NULL,
        source TEXT NOT NULL,
        name TEXT NOT NULL,
        row_hash BLOB NOT NULL,
        PRIMARY KEY (catalog, collection, group_name, artifact_id)
    ) WITHOUT ROWID;
",
];

/// What an opened database turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Version {
    Current,
    /// Written by a later version of this program.
    Newer(i64),
    /// Some other program's database.
    Foreign,
}

/// The schema version this program reads and writes.
pub(super) fn current() -> i64 {
    STEPS.len() as i64
}

/// Brings an empty or older database to the current schema, in one transaction. One that is current
/// is only looked at, so that whoever opens it to read waits for no writer.
pub(super) fn migrate(db: &mut Connection) -> rusqlite::Result<Version> {
    if let Stand::Done(version) = stand(db)? {
        return Ok(version);
    }
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let done = match stand(&tx)? {
        Stand::Done(version) => return Ok(version),
        Stand::Behind(done) => done,
    };
    for step in &STEPS[done..] {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", current())?;
    facts::keep(&tx, "", facts::VERSION, &current().to_string())?;
    tx.commit()?;
    Ok(Version::Current)
}

/// Whether there is something to do for [`migrate`], and from which step on.
enum Stand {
    Done(Version),
    Behind(usize),
}

fn stand(db: &Connection) -> rusqlite::Result<Stand> {
    let version = number(db)?;
    let application: i32 = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if application != APPLICATION_ID {
        let tables = "SELECT count(*) FROM sqlite_schema";
        let n_tables: i64 = db.query_row(tables, [], |row| row.get(0))?;
        if n_tables > 0 || application != 0 {
            return Ok(Stand::Done(Version::Foreign));
        }
    }
    Ok(match usize::try_from(version) {
        Ok(done) if done < STEPS.len() => Stand::Behind(done),
        Ok(done) if done > STEPS.len() => Stand::Done(Version::Newer(version)),
        Ok(_) => Stand::Done(Version::Current),
        // What damage made of it is no version, as is one that no step leads on from.
        Err(_) => Stand::Behind(0),
    })
}

/// Whether there is nothing for [`migrate`] to do.
pub(super) fn is_settled(db: &Connection) -> rusqlite::Result<bool> {
    Ok(matches!(stand(db)?, Stand::Done(_)))
}

/// What a database is that was migrated.
pub(super) fn version(db: &Connection) -> rusqlite::Result<Version> {
    Ok(match stand(db)? {
        Stand::Done(version) => version,
        Stand::Behind(_) => Version::Current,
    })
}

/// The number of a database's schema.
pub(super) fn number(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether a database that cannot be changed can be read as it is.
pub(super) fn is_current(db: &Connection) -> bool {
    matches!(stand(db), Ok(Stand::Done(Version::Current)))
}

/// Names and definitions of all tables and indexes, sorted.
pub(super) type Tables = Vec<(String, Option<String>)>;

pub(super) fn tables(db: &Connection) -> rusqlite::Result<Tables> {
    let mut statement = db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
