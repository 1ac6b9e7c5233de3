//! What was read of each file of a source, so that one that has not changed is not read again.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::rows;
use super::store::{Cache, Failure};
use crate::error::Result;
use crate::model::hash::ContentHash;

/// A file as it was when it was last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Differs when the bytes do.
    pub stamp: String,
    pub hash: ContentHash,
    /// In bytes.
    pub size: u64,
    /// What the reader made of a document, in a form of its own.
    pub reading: Option<String>,
}

impl FileRow {
    fn row_hash(&self, source: &str, path: &str) -> ContentHash {
        let (hash, size) = (self.hash.to_string(), self.size.to_string());
        let reading = self.reading.as_deref().unwrap_or_default();
        rows::hash(&[source, path, &self.stamp, &hash, &size, reading])
    }
}

impl Cache {
    /// The files of a source by their path. A damaged row is absent.
    pub fn files(&self, source: &str) -> Result<BTreeMap<String, FileRow>> {
        let sql = "SELECT path, stamp, hash, size, reading, row_hash FROM file_cache
                   WHERE source = ?1";
        self.read(|db| {
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement.query_map([source], |row| {
                let reading = row.get_ref(4)?.as_str().ok().map(str::to_owned);
                let size = row.get_ref(3)?.as_i64().unwrap_or(-1);
                let hash: Option<[u8; 32]> = rows::bytes(row, 2)?.try_into().ok();
                let file = hash.map(|hash| FileRow {
                    stamp: rows::text(row, 1).unwrap_or_default(),
                    hash: ContentHash::from_bytes(hash),
                    size: u64::try_from(size).unwrap_or(u64::MAX),
                    reading,
                });
                Ok((rows::text(row, 0)?, file, rows::bytes(row, 5)?))
            })?;
            let mut files = BTreeMap::new();
            for row in rows {
                let (path, file, hash) = row?;
                let whole =
                    file.filter(|file| file.row_hash(source, &path).as_bytes().as_slice() == hash);
                files.extend(whole.map(|file| (path, file)));
            }
            Ok(files)
        })
    }
}

pub(super) fn keep(
    tx: &Connection,
    source: &str,
    path: &str,
    file: &FileRow,
) -> Result<(), Failure> {
    let size = i64::try_from(file.size).unwrap_or(i64::MAX);
    tx.prepare_cached(
        "INSERT INTO file_cache (source, path, stamp, hash, size, reading, row_hash)
         VALUES (?1,?2,?3,?4,?5,?6,?7)
         ON CONFLICT (source, path) DO UPDATE SET stamp = ?3, hash = ?4, size = ?5, reading = ?6,
             row_hash = ?7",
    )?
    .execute(params![
        source,
        path,
        file.stamp,
        file.hash.as_bytes(),
        size,
        file.reading,
        file.row_hash(source, path).as_bytes()
    ])?;
    Ok(())
}

pub(super) fn forget(tx: &Connection, source: &str, path: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM file_cache WHERE source = ?1 AND path = ?2";
    tx.prepare_cached(sql)?.execute([source, path])?;
    Ok(())
}
