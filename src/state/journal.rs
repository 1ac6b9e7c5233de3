//! Edits of people's files, with the bytes before and after: what was begun can be finished after a
//! crash, and what was done can be undone.

use rusqlite::{OptionalExtension, params};

use super::State;
use crate::error::Result;

/// So many edits of a catalog are kept, and as many undos; the bytes of older ones are forgotten.
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
    /// The edit that it took back.
    pub undoes: Option<EditId>,
    /// Sorted by path.
    pub files: Vec<File>,
}

/// An edit to be noted.
#[derive(Clone, Debug, Default)]
pub struct New {
    pub at: String,
    pub message: String,
    pub undoes: Option<EditId>,
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

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Stage::Begun => "begun",
            Stage::Done => "done",
            Stage::Undone => "undone",
        }
    }
}

impl State {
    /// Notes what is about to be written; on the disk when this returns.
    pub fn begin(&self, catalog: &str, new: &New) -> Result<EditId> {
        self.add(catalog, new, Stage::Begun)
    }

    /// Notes what is so already, to be undone.
    pub fn keep(&self, catalog: &str, new: &New) -> Result<EditId> {
        self.add(catalog, new, Stage::Done)
    }

    fn add(&self, catalog: &str, new: &New, stage: Stage) -> Result<EditId> {
        let mut db = self.db();
        let mut write = || {
            let tx = db.transaction()?;
            tx.execute(
                "INSERT INTO edit (catalog, at, message, state, undoes) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![catalog, new.at, new.message, stage.word(), new.undoes],
            )?;
            let id = tx.last_insert_rowid();
            for file in &new.files {
                tx.execute(
                    "INSERT INTO edit_file (edit, path, before, after) VALUES (?1, ?2, ?3, ?4)",
                    params![id, file.path, file.before, file.after],
                )?;
            }
            for is_undo in [false, true] {
                tx.execute(
                    "DELETE FROM edit WHERE catalog = ?1 AND state <> 'begun'
                     AND (undoes IS NOT NULL) = ?2 AND id <= (SELECT id FROM edit
                     WHERE catalog = ?1 AND (undoes IS NOT NULL) = ?2
                     ORDER BY id DESC LIMIT 1 OFFSET ?3)",
                    params![catalog, is_undo, KEPT],
                )?;
            }
            tx.commit()?;
            Ok(id)
        };
        write().map_err(|cause: rusqlite::Error| self.broken(&cause))
    }

    /// Notes that it is written. What it took back is taken back with that; was that an undo, then
    /// what that had taken back stands again.
    pub fn finish(&self, id: EditId) -> Result<()> {
        let mut db = self.db();
        let mut write = || {
            let tx = db.transaction()?;
            tx.execute("UPDATE edit SET state = 'done' WHERE id = ?1", [id])?;
            tx.execute(
                "WITH RECURSIVE back (id, n) AS (
                     SELECT undoes, 1 FROM edit WHERE id = ?1 AND undoes IS NOT NULL
                     UNION ALL SELECT undoes, n + 1 FROM edit JOIN back USING (id)
                     WHERE undoes IS NOT NULL
                 ) UPDATE edit SET state = CASE back.n % 2 WHEN 1 THEN 'undone' ELSE 'done' END
                 FROM back WHERE back.id = edit.id",
                [id],
            )?;
            tx.commit()
        };
        write().map_err(|cause| self.broken(&cause))
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
            let what = format!("SELECT id, at, message, state, undoes FROM edit WHERE {what}");
            let mut edits = db.prepare(&what)?;
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
                Ok(Entry { id, at, message, stage, undoes: row.get(4)?, files: Vec::new() })
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
