//! The journal of edits: each with the bytes of its files before and after, so that a crash leaves
//! all or nothing, and a person can take it back.

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::{State, broken};
use crate::error::Result;

/// Older ones are forgotten, of each catalog.
const EDITS_MAX: i64 = 100;

pub(super) const TABLES: &str = "
    CREATE TABLE edit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        catalog TEXT NOT NULL,
        at TEXT NOT NULL,
        message TEXT NOT NULL,
        stage TEXT NOT NULL CHECK (stage IN ('begun', 'done', 'undone')),
        -- The edit that this one takes back.
        undoes INTEGER
    );
    CREATE INDEX edit_by_catalog ON edit (catalog, stage);

    CREATE TABLE edit_file (
        edit INTEGER NOT NULL REFERENCES edit,
        path TEXT NOT NULL,
        before BLOB,
        after BLOB,
        PRIMARY KEY (edit, path)
    ) WITHOUT ROWID;
";

/// How far an edit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its files may be as before or after.
    Begun,
    Done,
    Undone,
}

/// An edit as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub id: i64,
    /// As the caller wrote it.
    pub at: String,
    pub message: String,
    pub stage: Stage,
    pub undoes: Option<i64>,
    /// Sorted by path.
    pub files: Vec<File>,
}

/// One file of it; `None` where there was none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub before: Option<Vec<u8>>,
    pub after: Option<Vec<u8>>,
}

/// What is to be remembered of an edit.
pub struct New<'a> {
    pub catalog: &'a str,
    pub at: &'a str,
    pub message: &'a str,
    pub undoes: Option<i64>,
    pub files: &'a [File],
}

impl State {
    /// Writes down what is about to be done; on the disk once this returns.
    pub fn begin(&mut self, new: &New) -> Result<i64> {
        add(&mut self.db, new, "begun").map_err(|cause| broken(&cause))
    }

    /// Keeps an edit that was made already.
    pub fn keep(&mut self, new: &New) -> Result<i64> {
        add(&mut self.db, new, "done").map_err(|cause| broken(&cause))
    }

    /// All its files are as after.
    pub fn finish(&mut self, id: i64) -> Result<()> {
        finish(&mut self.db, id).map_err(|cause| broken(&cause))
    }

    /// All its files are as before: it never was.
    pub fn forget(&mut self, id: i64) -> Result<()> {
        forget(&mut self.db, id).map_err(|cause| broken(&cause))
    }

    /// Edits of a catalog of which nobody knows whether they are whole.
    pub fn begun(&self, catalog: &str) -> Result<Vec<Edit>> {
        let sql = "SELECT id, at, message, stage, undoes FROM edit
                   WHERE catalog = ?1 AND stage = 'begun' ORDER BY id";
        read(&self.db, sql, params![catalog]).map_err(|cause| broken(&cause))
    }

    /// One edit of a catalog.
    pub fn edit(&self, catalog: &str, id: i64) -> Result<Option<Edit>> {
        let sql = "SELECT id, at, message, stage, undoes FROM edit WHERE catalog = ?1 AND id = ?2";
        let found = read(&self.db, sql, params![catalog, id]).map_err(|cause| broken(&cause))?;
        Ok(found.into_iter().next())
    }

    /// The last edits of a catalog, newest first.
    pub fn last_edits(&self, catalog: &str, n: usize) -> Result<Vec<Edit>> {
        let sql = "SELECT id, at, message, stage, undoes FROM edit
                   WHERE catalog = ?1 AND stage <> 'begun' ORDER BY id DESC LIMIT ?2";
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        read(&self.db, sql, params![catalog, n]).map_err(|cause| broken(&cause))
    }
}

fn add(db: &mut Connection, new: &New, stage: &str) -> rusqlite::Result<i64> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute(
        "INSERT INTO edit (catalog, at, message, stage, undoes) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![new.catalog, new.at, new.message, stage, new.undoes],
    )?;
    let id = tx.last_insert_rowid();
    for file in new.files {
        tx.execute(
            "INSERT INTO edit_file (edit, path, before, after) VALUES (?1, ?2, ?3, ?4)",
            params![id, file.path, file.before, file.after],
        )?;
    }
    let old: Option<i64> = tx
        .query_row(
            "SELECT id FROM edit WHERE catalog = ?1 AND stage <> 'begun'
             ORDER BY id DESC LIMIT 1 OFFSET ?2",
            params![new.catalog, EDITS_MAX - 1],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(old) = old {
        let older = "SELECT id FROM edit WHERE catalog = ?1 AND stage <> 'begun' AND id < ?2";
        tx.execute(
            &format!("DELETE FROM edit_file WHERE edit IN ({older})"),
            params![new.catalog, old],
        )?;
        tx.execute(&format!("DELETE FROM edit WHERE id IN ({older})"), params![new.catalog, old])?;
    }
    tx.commit()?;
    Ok(id)
}

/// What an undo takes back is undone; what it takes back of another undo is done again.
fn finish(db: &mut Connection, id: i64) -> rusqlite::Result<()> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute("UPDATE edit SET stage = 'done' WHERE id = ?1", [id])?;
    tx.execute(
        "UPDATE edit SET stage = 'undone' WHERE id = (SELECT undoes FROM edit WHERE id = ?1)",
        [id],
    )?;
    tx.execute(
        "UPDATE edit SET stage = 'done' WHERE id =
            (SELECT undoes FROM edit WHERE id = (SELECT undoes FROM edit WHERE id = ?1))",
        [id],
    )?;
    tx.commit()
}

fn forget(db: &mut Connection, id: i64) -> rusqlite::Result<()> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute("DELETE FROM edit_file WHERE edit = ?1", [id])?;
    tx.execute("DELETE FROM edit WHERE id = ?1", [id])?;
    tx.commit()
}

fn read(db: &Connection, sql: &str, given: impl rusqlite::Params) -> rusqlite::Result<Vec<Edit>> {
    let mut statement = db.prepare_cached(sql)?;
    let edits = statement.query_map(given, edit)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut files = db.prepare_cached(
        "SELECT path, before, after FROM edit_file WHERE edit = ?1 ORDER BY path",
    )?;
    let with_files = |edit: Edit| {
        let file =
            |row: &Row| Ok(File { path: row.get(0)?, before: row.get(1)?, after: row.get(2)? });
        let files = files.query_map([edit.id], file)?.collect::<rusqlite::Result<_>>()?;
        Ok(Edit { files, ..edit })
    };
    edits.into_iter().map(with_files).collect()
}

fn edit(row: &Row) -> rusqlite::Result<Edit> {
    let stage: String = row.get(3)?;
    let stage = match stage.as_str() {
        "begun" => Stage::Begun,
        "undone" => Stage::Undone,
        _ => Stage::Done,
    };
    Ok(Edit {
        id: row.get(0)?,
        at: row.get(1)?,
        message: row.get(2)?,
        stage,
        undoes: row.get(4)?,
        files: Vec::new(),
    })
}
