//! What was read of each file of a source, so that one that has not changed is not read again.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::rows;
use super::sql;
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
        self.read(|db| {
            let mut statement = db.prepare_cached(sql::FILES)?;
            let rows = statement.query_map([source], |row| read(row, source))?;
            let mut files = BTreeMap::new();
            for row in rows {
                let (path, file) = row?;
                files.extend(file.map(|file| (path, file)));
            }
            Ok(files)
        })
    }
}

/// The path, and the rest where it is as it was written for this source.
pub(super) fn read(
    row: &rusqlite::Row<'_>,
    source: &str,
) -> rusqlite::Result<(String, Option<FileRow>)> {
    let path = rows::text(row, 0)?;
    let reading = row.get_ref(4)?.as_str().ok().map(str::to_owned);
    let size = row.get_ref(3)?.as_i64().unwrap_or(-1);
    let hash: Option<[u8; 32]> = rows::bytes(row, 2)?.try_into().ok();
    let wanted = rows::bytes(row, 5)?;
    let Some(hash) = hash else { return Ok((path, None)) };
    let file = FileRow {
        stamp: rows::text(row, 1)?,
        hash: ContentHash::from_bytes(hash),
        size: u64::try_from(size).unwrap_or(u64::MAX),
        reading,
    };
    let is_whole = file.row_hash(source, &path).as_bytes().as_slice() == wanted;
    Ok((path, is_whole.then_some(file)))
}

pub(super) fn keep(
    tx: &Connection,
    source: &str,
    path: &str,
    file: &FileRow,
) -> Result<(), Failure> {
    let size = i64::try_from(file.size).unwrap_or(i64::MAX);
    tx.prepare_cached(sql::KEEP_FILE)?.execute(params![
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
    tx.prepare_cached(sql::FORGET_FILE)?.execute([source, path])?;
    Ok(())
}
