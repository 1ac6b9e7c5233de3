//! Connections to one database file: as many readers as threads want, handed out and taken back.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema;

/// How long a connection waits for another process's write before it gives up.
pub(super) const BUSY: Duration = Duration::from_secs(30);

/// What the log is cut back to once what it holds is in the database; one change may be larger.
const LOG_BYTES_MAX: i64 = 64 << 20;

/// Prepared statements a connection keeps.
const STATEMENTS: usize = 32;

/// What connections are made to.
#[derive(Clone, Debug)]
pub(super) enum Target {
    File(PathBuf),
    /// A file on another machine's disk, where processes share no memory for a write-ahead log.
    Remote(PathBuf),
    /// A file that cannot be written.
    ReadOnly(PathBuf),
    /// A file in a folder that cannot be written either, so that nobody else writes it.
    Frozen(PathBuf),
    /// Nothing: an empty database for each connection.
    Memory,
}

impl Target {
    /// Whether what is written is kept.
    pub(super) fn is_kept(&self) -> bool {
        matches!(self, Target::File(_) | Target::Remote(_))
    }

    pub(super) fn connect(&self) -> rusqlite::Result<Connection> {
        let reading = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = match self {
            Target::File(path) => return writable(path, Log::Ahead),
            Target::Remote(path) => return writable(path, Log::Beside),
            Target::ReadOnly(path) => Connection::open_with_flags(path, reading)?,
            Target::Frozen(path) => {
                Connection::open_with_flags(frozen(path), reading | OpenFlags::SQLITE_OPEN_URI)?
            }
            Target::Memory => {
                let mut db = Connection::open_in_memory()?;
                schema::migrate(&mut db)?;
                return Ok(db);
            }
        };
        db.busy_timeout(BUSY)?;
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        db.pragma_update(None, "trusted_schema", false)?;
        Ok(db)
    }
}

/// The address under which SQLite takes no lock and makes no file beside the database.
fn frozen(path: &Path) -> String {
    let mut text = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                text.push(char::from(*byte));
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text + "?immutable=1"
}

pub(super) struct Pool {
    target: Target,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(super) fn new(target: Target) -> Self {
        Self { target, idle: Mutex::new(Vec::new()) }
    }

    /// Whether what is written is kept.
    pub(super) fn is_kept(&self) -> bool {
        self.target.is_kept()
    }

    /// A connection for reading; it goes back when dropped.
    pub(super) fn reader(&self) -> rusqlite::Result<Reader<'_>> {
        let db = match lock(&self.idle).pop() {
            Some(db) => db,
            None => self.target.connect()?,
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

/// How a change is taken back when it is not finished.
#[derive(Clone, Copy)]
enum Log {
    /// What is new is written ahead of the database, so that readers and a writer do not wait for
    /// each other.
    Ahead,
    /// What was is kept beside the database until the new is there.
    Beside,
}

/// A connection with the settings that every one has.
fn writable(path: &Path, log: Log) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    set_log(&db, log)?;
    // Without a log ahead, only a full sync keeps the database whole when the power fails.
    let synchronous = if matches!(log, Log::Ahead) { "NORMAL" } else { "FULL" };
    db.pragma_update(None, "synchronous", synchronous)?;
    db.execute_batch(
        "PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;",
    )?;
    db.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES_MAX, |_| Ok(()))?;
    Ok(db)
}

/// Several processes that open a new database at once are told that it is busy here without having
/// waited.
fn set_log(db: &Connection, log: Log) -> rusqlite::Result<()> {
    const PAUSE: Duration = Duration::from_millis(10);
    let mode = match log {
        Log::Ahead => "PRAGMA journal_mode = WAL;",
        Log::Beside => "PRAGMA journal_mode = DELETE;",
    };
    let start = Instant::now();
    loop {
        match db.execute_batch(mode) {
            Err(cause) if is_busy(&cause) && start.elapsed() < BUSY => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
}

fn is_busy(cause: &rusqlite::Error) -> bool {
    use ErrorCode::{DatabaseBusy, DatabaseLocked};
    matches!(cause.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
}

/// A poisoned lock guards nothing half-done here: a list of idle connections, or SQLite, whose open
/// transaction is rolled back when the panic unwinds.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
