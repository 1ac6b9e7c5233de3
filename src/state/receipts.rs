//! What was deployed to projects of this machine: receipts, with the bytes before and after, and what
//! a person agreed to have run there.
//!
//! Projects are named by their folders. Bytes are kept once, by their hash.

use rusqlite::{OptionalExtension, Transaction, params};

use super::State;
use crate::disk::beneath::Held;
use crate::error::Result;
use crate::model::hash::ContentHash;

/// So many receipts of a project are kept; the bytes of older ones are forgotten.
const KEPT: i64 = 100;

pub type ReceiptId = i64;

/// One deployment that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub id: ReceiptId,
    /// When, as RFC 3339 has it.
    pub at: String,
    /// What was done, in words.
    pub message: String,
    /// It was taken back, by the receipt of this number.
    pub undone_by: Option<ReceiptId>,
    /// The receipt that this one took back.
    pub undoes: Option<ReceiptId>,
    /// Sorted by path.
    pub files: Vec<ReceiptFile>,
}

/// One file of a receipt; `None` where there is no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptFile {
    /// Below the project.
    pub path: String,
    pub before: Option<Kept>,
    pub after: Option<Kept>,
}

/// What a file was: its bytes are found by their hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    pub hash: ContentHash,
    pub executable: bool,
}

impl Kept {
    pub fn of(held: &Held) -> Self {
        Self { hash: ContentHash::of(&held.bytes), executable: held.executable }
    }
}

/// A receipt to be noted, with the bytes that it speaks of.
#[derive(Clone, Debug, Default)]
pub struct New<'a> {
    pub at: String,
    pub message: String,
    pub undoes: Option<ReceiptId>,
    pub files: Vec<NewFile<'a>>,
}

/// Bytes and whether they can be run.
pub type Side<'a> = Option<(&'a [u8], bool)>;

#[derive(Clone, Copy, Debug)]
pub struct NewFile<'a> {
    pub path: &'a str,
    pub before: Side<'a>,
    pub after: Side<'a>,
}

impl State {
    /// Notes what is about to be written; on the disk when this returns.
    pub fn begin_receipt(&self, project: &str, new: &New<'_>) -> Result<ReceiptId> {
        let mut db = self.db();
        let mut write = || {
            let tx = db.transaction()?;
            tx.execute(
                "INSERT INTO receipt (project, at, message, state, undoes)
                 VALUES (?1, ?2, ?3, 'begun', ?4)",
                params![project, new.at, new.message, new.undoes],
            )?;
            let id = tx.last_insert_rowid();
            for file in &new.files {
                let before = keep(&tx, file.before)?;
                let after = keep(&tx, file.after)?;
                tx.execute(
                    "INSERT INTO receipt_file
                     (receipt, path, before, before_runs, after, after_runs)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![id, file.path, before, runs(file.before), after, runs(file.after)],
                )?;
            }
            forget_old(&tx, project)?;
            tx.commit()?;
            Ok(id)
        };
        write().map_err(|cause: rusqlite::Error| self.broken(&cause))
    }

    /// Notes that it is written, and what runs since with a person's consent.
    pub fn finish_receipt(
        &self,
        project: &str,
        id: ReceiptId,
        agreed: &[ContentHash],
    ) -> Result<()> {
        let mut db = self.db();
        let mut write = || {
            let tx = db.transaction()?;
            tx.execute("UPDATE receipt SET state = 'done' WHERE id = ?1", [id])?;
            tx.execute(
                "UPDATE receipt SET undone_by = ?1
                 WHERE id = (SELECT undoes FROM receipt WHERE id = ?1)",
                [id],
            )?;
            for hash in agreed {
                tx.execute(
                    "INSERT OR IGNORE INTO agreed (project, hash) VALUES (?1, ?2)",
                    params![project, hash.as_bytes()],
                )?;
            }
            tx.commit()
        };
        write().map_err(|cause| self.broken(&cause))
    }

    /// Forgets a receipt of what never was.
    pub fn forget_receipt(&self, id: ReceiptId) -> Result<()> {
        let done = self.db().execute("DELETE FROM receipt WHERE id = ?1", [id]);
        done.map(drop).map_err(|cause| self.broken(&cause))
    }

    /// Whether a person agreed to this running in a project.
    pub fn is_agreed(&self, project: &str, hash: &ContentHash) -> Result<bool> {
        let found = self.db().query_row(
            "SELECT 1 FROM agreed WHERE project = ?1 AND hash = ?2",
            params![project, hash.as_bytes()],
            |_| Ok(()),
        );
        found.optional().map(|found| found.is_some()).map_err(|cause| self.broken(&cause))
    }

    /// The last receipts of a project, the newest first.
    pub fn receipts(&self, project: &str, n: usize) -> Result<Vec<Receipt>> {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        let what = "project = ?1 AND state = 'done' ORDER BY id DESC LIMIT ?2";
        Ok(self.found(what, project, n)?.into_iter().map(|(_, receipt)| receipt).collect())
    }

    /// Receipts of any project that were begun and not finished, each with its project, the oldest
    /// first.
    pub fn unfinished_receipts(&self) -> Result<Vec<(String, Receipt)>> {
        self.found("(?1 = '' AND state = 'begun') ORDER BY id LIMIT ?2", "", i64::MAX)
    }

    /// Bytes of a receipt.
    pub fn receipt_bytes(&self, hash: &ContentHash) -> Result<Option<Vec<u8>>> {
        let found = self.db().query_row(
            "SELECT bytes FROM receipt_content WHERE hash = ?1",
            [hash.as_bytes()],
            |row| row.get(0),
        );
        found.optional().map_err(|cause| self.broken(&cause))
    }

    /// What was last written to a file of a project by an order; `None` where nothing was, or where it
    /// was taken away.
    pub fn last_written(&self, project: &str, path: &str) -> Result<Option<Kept>> {
        let found = self.db().query_row(
            "SELECT after, after_runs FROM receipt_file JOIN receipt ON receipt.id = receipt
             WHERE project = ?1 AND state = 'done' AND path = ?2 ORDER BY receipt DESC LIMIT 1",
            params![project, path],
            |row| kept(row, 0),
        );
        found.optional().map(Option::flatten).map_err(|cause| self.broken(&cause))
    }

    fn found(&self, what: &str, project: &str, n: i64) -> Result<Vec<(String, Receipt)>> {
        let db = self.db();
        let read = || {
            let what = format!(
                "SELECT id, at, message, undone_by, undoes, project FROM receipt WHERE {what}"
            );
            let mut receipts = db.prepare(&what)?;
            let mut files = db.prepare_cached(
                "SELECT path, before, before_runs, after, after_runs FROM receipt_file
                 WHERE receipt = ?1 ORDER BY path",
            )?;
            let rows = receipts.query_map(params![project, n], |row| {
                let receipt = Receipt {
                    id: row.get(0)?,
                    at: row.get(1)?,
                    message: row.get(2)?,
                    undone_by: row.get(3)?,
                    undoes: row.get(4)?,
                    files: Vec::new(),
                };
                Ok((row.get(5)?, receipt))
            })?;
            let mut found = rows.collect::<rusqlite::Result<Vec<(String, Receipt)>>>()?;
            for (_, receipt) in &mut found {
                let rows = files.query_map([receipt.id], |row| {
                    let (before, after) = (kept(row, 1)?, kept(row, 3)?);
                    Ok(ReceiptFile { path: row.get(0)?, before, after })
                })?;
                receipt.files = rows.collect::<rusqlite::Result<_>>()?;
            }
            Ok(found)
        };
        read().map_err(|cause: rusqlite::Error| self.broken(&cause))
    }
}

/// Keeps bytes under their hash.
fn keep(tx: &Transaction<'_>, side: Side<'_>) -> rusqlite::Result<Option<[u8; 32]>> {
    let Some((bytes, _)) = side else { return Ok(None) };
    let hash = *ContentHash::of(bytes).as_bytes();
    tx.execute(
        "INSERT OR IGNORE INTO receipt_content (hash, bytes) VALUES (?1, ?2)",
        params![hash, bytes],
    )?;
    Ok(Some(hash))
}

fn runs(side: Side<'_>) -> bool {
    side.is_some_and(|(_, executable)| executable)
}

fn kept(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Option<Kept>> {
    let hash: Option<[u8; 32]> = row.get(at)?;
    let executable = row.get(at + 1)?;
    Ok(hash.map(|hash| Kept { hash: ContentHash::from_bytes(hash), executable }))
}

/// Receipts beyond those that are kept, and the bytes that no receipt speaks of any more.
fn forget_old(tx: &Transaction<'_>, project: &str) -> rusqlite::Result<()> {
    let gone = tx.execute(
        "DELETE FROM receipt WHERE project = ?1 AND state = 'done' AND id <= (
         SELECT id FROM receipt WHERE project = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        params![project, KEPT],
    )?;
    if gone > 0 {
        tx.execute(
            "DELETE FROM receipt_content WHERE hash NOT IN (
             SELECT before FROM receipt_file WHERE before IS NOT NULL
             UNION SELECT after FROM receipt_file WHERE after IS NOT NULL)",
            [],
        )?;
    }
    Ok(())
}
