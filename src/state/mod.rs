//! What this machine remembers that nothing else could make again: `state.db`.
//!
//! Unlike the cache it is never deleted or made anew by us, and every write of it is on the disk
//! before it counts. It knows bytes and paths, not what they mean.

pub mod journal;
pub mod receipts;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use crate::disk;
use crate::env::Env;
use crate::error::{Error, Problem, Result};

/// The file below [`Env::state_dir`].
pub const FILE: &str = "state.db";

/// `SMST`: that the file is ours.
const APPLICATION_ID: i32 = 0x534d_5354;
/// The shape of its tables; a file of a later one is left alone.
const VERSION: i32 = 3;
const BUSY: Duration = Duration::from_secs(10);

const TABLES: &str = "
    CREATE TABLE edit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        catalog TEXT NOT NULL,
        at TEXT NOT NULL,
        message TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('begun', 'done', 'undone')),
        undoes INTEGER
    ) STRICT;
    CREATE INDEX edit_of_catalog ON edit (catalog, id);
    CREATE TABLE edit_file (
        edit INTEGER NOT NULL REFERENCES edit (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        before BLOB,
        after BLOB,
        PRIMARY KEY (edit, path)
    ) STRICT, WITHOUT ROWID;";

/// What makes version 2 of version 1: which edit an undo took back was known by its words alone.
const SECOND: &str = "
    ALTER TABLE edit ADD COLUMN undoes INTEGER;
    UPDATE edit SET undoes = coalesce((
        SELECT max(old.id) FROM edit old WHERE old.catalog = edit.catalog AND old.id < edit.id
        AND old.state = 'undone' AND edit.message = 'Undone: ' || old.message
    ), 0) WHERE message LIKE 'Undone: %';";

/// What makes version 3 of version 2: deployments.
const THIRD: &str = "
    CREATE TABLE receipt (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        project TEXT NOT NULL,
        at TEXT NOT NULL,
        message TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('begun', 'done')),
        undoes INTEGER,
        undone_by INTEGER
    ) STRICT;
    CREATE INDEX receipt_of_project ON receipt (project, id);
    CREATE TABLE receipt_content (
        hash BLOB PRIMARY KEY,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE TABLE receipt_file (
        receipt INTEGER NOT NULL REFERENCES receipt (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        before BLOB,
        before_runs INTEGER NOT NULL,
        after BLOB,
        after_runs INTEGER NOT NULL,
        PRIMARY KEY (receipt, path)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE agreed (
        project TEXT NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (project, hash)
    ) STRICT, WITHOUT ROWID;";

pub struct State {
    path: PathBuf,
    db: Mutex<Connection>,
}

impl State {
    /// Opens the file, or makes it.
    pub fn open(env: &Env) -> Result<Self> {
        let path = env.state_dir.join(FILE);
        disk::make_private_dir(&env.state_dir)?;
        let db = connect(&path).map_err(|cause| broken(&path, &cause))?;
        disk::make_private(&path);
        let version = prepare(&db).map_err(|cause| broken(&path, &cause))?;
        if version > VERSION {
            let message = format!(
                "`{}` was written by a newer skillmeat (version {version}, this one knows {VERSION})",
                path.display()
            );
            let help = "update skillmeat, or set SKILLMEAT_STATE_DIR to another folder";
            return Err(Problem::error("SM256", message).help(help).into());
        }
        Ok(Self { path, db: Mutex::new(db) })
    }

    /// As [`State::open`], where there is such a file already.
    pub fn open_existing(env: &Env) -> Result<Option<Self>> {
        match disk::size(&env.state_dir.join(FILE)) {
            Some(_) => Self::open(env).map(Some),
            None => Ok(None),
        }
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn broken(&self, cause: &rusqlite::Error) -> Error {
        broken(&self.path, cause)
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    Ok(db)
}

/// Makes the tables of a new file, or what an older one lacks; gives the version of its shape.
fn prepare(db: &Connection) -> rusqlite::Result<i32> {
    let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    if number("user_version")? < VERSION {
        db.execute_batch("BEGIN IMMEDIATE")?;
        // Another process may have made them since.
        let version = number("user_version")?;
        match version {
            0 => {
                db.execute_batch(TABLES)?;
                db.pragma_update(None, "application_id", APPLICATION_ID)?;
            }
            1 => db.execute_batch(SECOND)?,
            _ => {}
        }
        if version < 3 {
            db.execute_batch(THIRD)?;
        }
        if number("user_version")? < VERSION {
            db.pragma_update(None, "user_version", VERSION)?;
        }
        db.execute_batch("COMMIT")?;
    }
    number("user_version")
}

fn broken(path: &Path, cause: &rusqlite::Error) -> Error {
    let message = format!("cannot use `{}`: {cause}", path.display());
    let help = "see that the disk has room and the file can be written; move a damaged one away: \
                it holds only what can be undone or rolled back";
    Problem::error("SM257", message).help(help).into()
}
