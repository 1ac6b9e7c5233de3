//! The tables, and the steps from each schema version to the next.

use rusqlite::{Connection, TransactionBehavior};

/// `SkMt`: tells our files from other SQLite databases.
pub(super) const APPLICATION_ID: i32 = 0x536b_4d74;

/// Step `n` leads from schema version `n` to `n + 1`; the last one's number is the current version.
const STEPS: [&str; 3] = [
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

/// Brings an empty or older database to the current schema, in one transaction.
pub(super) fn migrate(db: &mut Connection) -> rusqlite::Result<Version> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let application: i32 = tx.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 = tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && (tables > 0 || application != 0) {
        return Ok(Version::Foreign);
    }
    if version > current() {
        return Ok(Version::Newer(version));
    }
    let done = usize::try_from(version).unwrap_or_default();
    for step in &STEPS[done..] {
        tx.execute_batch(step)?;
    }
    if done < STEPS.len() {
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", current())?;
    }
    tx.commit()?;
    Ok(Version::Current)
}

/// Whether a database that cannot be changed can be read as it is.
pub(super) fn is_current(db: &Connection) -> bool {
    let ask = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    ask("user_version").is_ok_and(|version| version == current())
        && ask("application_id").is_ok_and(|id| id == i64::from(APPLICATION_ID))
}

/// Names and definitions of all tables and indexes, sorted.
pub(super) fn tables(db: &Connection) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    let mut statement = db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
