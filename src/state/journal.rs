//! Edits of people's files, with the bytes before and after: what was begun can be finished after a
//! crash, and what was done can be undone.

use rusqlite::{OptionalExtension, params};

use super::State;
use crate::error::Result;

/// The bytes of older edits are forgotten.
const KEPT: i64 = 100;

pub type EditId = i64;

/// How far an edit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Some of its files may be written, and some not.
    Begun,
    Done,
    /// It was taken back.
    Undone,
}

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: EditId,
    /// When it was made, as RFC 3339 has it.
    pub at: String,
    /// What it did, in words.
    pub message: String,
    pub stage: Stage,
    /// Sorted by path.
    pub files: Vec<File>,
}

/// One file of an edit; `None` where there is no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Below the catalog.
    pub path: String,
    pub before: Option<Vec<u8>>,
    pub after: Option<Vec<u8>>,
}

impl State {
    /// Notes what is about to be written; on the disk when this returns.
    pub fn begin(&self, catalog: &str, at: &str, message: &str, files: &[File]) -> Result<EditId> {
        let mut db = self.db();
        let mut write = || {
            let tx = db.transaction()?;
            tx.execute(
                "INSERT INTO edit (catalog, at, message, state) VALUES (?1, ?2, ?3, 'begun')",
                params![catalog, at, message],
            )?;
            let id = tx.last_insert_rowid();
            for file in files {
                tx.execute(
                    "INSERT INTO edit_file (edit, path, before, after) VALUES (?1, ?2, ?3, ?4)",
                    params![id, file.path, file.before, file.after],
                )?;
            }
            tx.execute(
                "DELETE FROM edit WHERE catalog = ?1 AND state <> 'begun' AND id <=
                 (SELECT max(id) FROM edit WHERE catalog = ?1) - ?2",
                params![catalog, KEPT],
            )?;
            tx.commit()?;
            Ok(id)
        };
        write().map_err(|cause: rusqlite::Error| self.broken(&cause))
    }

    /// Notes how far it has come.
    pub fn reach(&self, id: EditId, stage: Stage) -> Result<()> {
        let word = match stage {
            Stage::Begun => "begun",
            Stage::Done => "done",
            Stage::Undone => "undone",
        };
        let done = self.db().execute("UPDATE edit SET state = ?2 WHERE id = ?1", params![id, word]);
        done.map(drop).map_err(|cause| self.broken(&cause))
    }

    /// Forgets an edit that never was.
    pub fn forget(&self, id: EditId) -> Result<()> {
        let done = self.db().execute("DELETE FROM edit WHERE id = ?1", params![id]);
        done.map(drop).map_err(|cause| self.broken(&cause))
    }

    /// Edits of a catalog that were begun and not finished, the oldest first.
    pub fn unfinished(&self, catalog: &str) -> Result<Vec<Entry>> {
        let what = "catalog = ?1 AND state = 'begun' ORDER BY id LIMIT ?2";
        self.entries(what, catalog, i64::MAX)
    }

    /// The last edits of a catalog, the newest first.
    pub fn last(&self, catalog: &str, n: usize) -> Result<Vec<Entry>> {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        self.entries("catalog = ?1 AND state <> 'begun' ORDER BY id DESC LIMIT ?2", catalog, n)
    }

    /// One edit of a catalog.
    pub fn entry(&self, catalog: &str, id: EditId) -> Result<Option<Entry>> {
        Ok(self.entries("catalog = ?1 AND id = ?2", catalog, id)?.pop())
    }

    /// Whether a catalog has an edit that was begun and not finished.
    pub fn is_interrupted(&self, catalog: &str) -> Result<bool> {
        let found = self.db().query_row(
            "SELECT 1 FROM edit WHERE catalog = ?1 AND state = 'begun' LIMIT 1",
            [catalog],
            |_| Ok(()),
        );
        found.optional().map(|found| found.is_some()).map_err(|cause| self.broken(&cause))
    }

    fn entries(&self, what: &str, catalog: &str, n: i64) -> Result<Vec<Entry>> {
        let db = self.db();
        let read = || {
            let mut edits =
                db.prepare(&format!("SELECT id, at, message, state FROM edit WHERE {what}"))?;
            let mut files = db.prepare_cached(
                "SELECT path, before, after FROM edit_file WHERE edit = ?1 ORDER BY path",
            )?;
            let rows = edits.query_map(params![catalog, n], |row| {
                let stage = match row.get_ref(3)?.as_str()? {
                    "begun" => Stage::Begun,
                    "undone" => Stage::Undone,
                    _ => Stage::Done,
                };
                let (id, at, message) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(Entry { id, at, message, stage, files: Vec::new() })
            })?;
            let mut entries = rows.collect::<rusqlite::Result<Vec<Entry>>>()?;
            for entry in &mut entries {
                let rows = files.query_map([entry.id], |row| {
                    Ok(File { path: row.get(0)?, before: row.get(1)?, after: row.get(2)? })
                })?;
                entry.files = rows.collect::<rusqlite::Result<_>>()?;
            }
            Ok(entries)
        };
        read().map_err(|cause: rusqlite::Error| self.broken(&cause))
    }
}
