//! What this machine did and nothing can tell again: `state.db`, kept and never cleared by us.
//!
//! SQLite with every commit forced to the disk. Each matter has a file here and tables of its own;
//! the database knows nothing of what the files mean.

pub mod edits;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::disk;
use crate::error::{Error, Problem, Result};

const FILE: &str = "state.db";

/// `SkSt`: tells our files from other SQLite databases.
const APPLICATION_ID: i32 = 0x536b_5374;

/// How long another process's write is waited for.
const BUSY: Duration = Duration::from_secs(30);

/// Step `n` leads from schema version `n` to `n + 1`.
const STEPS: [&str; 1] = [edits::TABLES];

pub struct State {
    db: Connection,
}

impl State {
    /// Opens what is there, or makes it.
    pub fn open(dir: &Path) -> Result<Self> {
        disk::make_private_dir(dir)?;
        let path = dir.join(FILE);
        if disk::kind(&path)?.is_none() {
            // Empty, and private before anything is in it.
            disk::append(&path, b"")?;
        }
        let opened = connect(&path).map_err(|cause| broken(&cause))?;
        disk::make_private(&path);
        opened
    }

    /// As [`State::open`], where there is one.
    pub fn open_existing(dir: &Path) -> Result<Option<Self>> {
        match disk::kind(&dir.join(FILE))? {
            None => Ok(None),
            Some(_) => Self::open(dir).map(Some),
        }
    }
}

fn connect(path: &Path) -> rusqlite::Result<Result<State>> {
    let mut db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "trusted_schema", false)?;
    let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_foreign = application != i64::from(APPLICATION_ID) && (application != 0 || tables > 0);
    let known = STEPS.len() as i64;
    if is_foreign || version > known {
        let text = match is_foreign {
            true => "`state.db` is the file of another program",
            false => "`state.db` was written by a later version of skillmeat",
        };
        let help = "use that version, or set SKILLMEAT_STATE_DIR to another folder";
        return Ok(Err(Problem::error("SM256", text).help(help).into()));
    }
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    if version < known {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
        for step in STEPS.iter().skip(usize::try_from(done).unwrap_or_default()) {
            tx.execute_batch(step)?;
        }
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", known)?;
        tx.commit()?;
    }
    Ok(Ok(State { db }))
}

/// `SM256`: the database cannot be read or written.
fn broken(cause: &rusqlite::Error) -> Error {
    let text = format!("`state.db` cannot be used: {cause}");
    let help = "see whether the disk is full or the file damaged; move it away to begin a new one";
    Problem::error("SM256", text).help(help).into()
}
