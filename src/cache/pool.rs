//! Connections to one database file: as many readers as threads want, handed out and taken back.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// How long a connection waits for another process's write before it gives up.
const BUSY: Duration = Duration::from_secs(30);

pub(super) struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()) }
    }

    /// A connection for reading; it goes back when dropped.
    pub(super) fn reader(&self) -> rusqlite::Result<Reader<'_>> {
        let db = match lock(&self.idle).pop() {
            Some(db) => db,
            None => connect(&self.path)?,
        };
        Ok(Reader { pool: self, db: Some(db) })
    }
}

pub(super) struct Reader<'a> {
    pool: &'a Pool,
    /// Taken only by `drop`.
    db: Option<Connection>,
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.db {
            Some(db) => db,
            None => unreachable!("a reader holds its connection until it is dropped"),
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(db) = self.db.take() {
            lock(&self.pool.idle).push(db);
        }
    }
}

/// Opens a connection with the settings that every one of them has.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(32);
    db.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;",
    )?;
    Ok(db)
}

/// A poisoned lock guards nothing half-done here: a list of idle connections, or SQLite, whose open
/// transaction is rolled back when the panic unwinds.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
