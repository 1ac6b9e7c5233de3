//! Rows in and out: artifacts by their pin, contents by their hash, facts about sources by name.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use jiff::Timestamp;
use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension, ToSql, TransactionBehavior, params};
use serde::Deserialize;

use super::counts::Hits;
use super::facts;
use super::files::{self, FileRow};
use super::health::{self, Opened};
use super::pool::{Pool, lock};
use super::rows;
use super::sql;
use crate::disk::Presence;
use crate::error::{Error, Problem, Result};
use crate::model::artifact::{Artifact, File, Pin, READER_VERSION};
use crate::model::hash::ContentHash;
use crate::model::id::{ArtifactId, Kind};

/// The file in the cache directory.
pub(super) const FILE: &str = "artifacts.db";

pub struct Cache {
    pub(super) path: PathBuf,
    readers: Pool,
    writer: Mutex<Connection>,
    pub(super) hits: Hits,
    /// What there was to say about the file.
    pub warning: Option<Problem>,
    /// The first sign that the database is damaged.
    damage: OnceLock<Error>,
    /// Shows others that the database is open; the last to go.
    _presence: Option<Presence>,
}

/// Names one state of one artifact in every catalog.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub kind: Kind,
    /// As [`Artifact::path`].
    pub path: String,
    pub pin: Pin,
}

impl Key {
    pub fn of(artifact: &Artifact) -> Self {
        Self { kind: artifact.id.kind, path: artifact.path.clone(), pin: artifact.pin() }
    }
}

/// What a sync learned of one source.
#[derive(Default)]
pub struct Batch<'a> {
    pub artifacts: Vec<&'a Artifact>,
    /// Whether the bytes of the artifacts' files are kept too: not of a folder that is read
    /// directly.
    pub contents: bool,
    /// Bytes that belong to no artifact: answers of servers.
    pub bodies: Vec<Vec<u8>>,
    /// Files by their path; `None` forgets one that is gone.
    pub files: Vec<(String, Option<FileRow>)>,
    pub facts: Vec<(String, String)>,
}

impl Cache {
    /// Opens the cache of `dir`, making what is missing. A damaged file is set aside and replaced;
    /// one that cannot be written is only read.
    pub fn open(dir: &Path, now: Timestamp) -> Result<Self> {
        Ok(Self::with(dir, health::open(&dir.join(FILE), now)?))
    }

    /// As [`Cache::open`], but makes no file: what is not there is empty and stays so.
    pub fn open_existing(dir: &Path, now: Timestamp) -> Result<Self> {
        Ok(Self::with(dir, health::open_existing(&dir.join(FILE), now)?))
    }

    /// Sets a database aside in which [`Cache::damage`] was met, and makes a new one.
    pub fn replace(dir: &Path, now: Timestamp, damage: &Error) -> Result<Option<Problem>> {
        let why = damage.problems.first().map_or("", |problem| problem.message.as_str());
        let why = why.rsplit(": ").next().unwrap_or(why);
        health::replace(&dir.join(FILE), now, why).map(|(_, warning)| warning)
    }

    fn with(dir: &Path, opened: Opened) -> Self {
        let Opened { writer, target, warning, presence } = opened;
        Self {
            path: dir.join(FILE),
            hits: Hits::new(target.is_kept().then(|| dir.to_owned())),
            readers: Pool::new(target),
            writer: Mutex::new(writer),
            warning,
            damage: OnceLock::new(),
            _presence: presence,
        }
    }

    /// The warning as an error, where what is written would not be kept.
    pub fn check_kept(&self) -> Result<()> {
        if self.readers.is_kept() {
            return Ok(());
        }
        let text = format!("the cache `{}` cannot be written", self.path.display());
        let help = "make the folder writable, or set SKILLMEAT_CACHE_DIR to one that is";
        Err(Problem::error("SM525", text).help(help).into())
    }

    /// What went wrong, once something was read that no writing of ours can have left.
    pub fn damage(&self) -> Option<&Error> {
        self.damage.get()
    }

    /// Takes the database for damaged, for whoever misses in it what was just put there.
    pub fn distrust(&self) -> Error {
        self.broken(&health::torn())
    }

    /// The states of a source's artifacts that can be used as they are: whole, and with the
    /// contents of all their files.
    pub fn keys(&self, source: &str) -> Result<HashSet<Key>> {
        let rows: Vec<rows::Row> = self.read(|db| {
            let mut statement = db.prepare_cached(sql::KEYS)?;
            let rows = statement.query_map(params![source, READER_VERSION], rows::Row::read)?;
            rows.collect()
        })?;
        let contents = self.contents()?;
        let is_whole = |row: &rows::Row| {
            row.is_whole(source)
                && serde_json::from_str::<Listed>(&row.json)
                    .is_ok_and(|listed| listed.files.iter().all(|f| contents.contains(&f.hash)))
        };
        let keys = rows.par_iter().filter(|row| is_whole(row)).filter_map(|row| {
            let (kind, pin) = (row.kind.parse().ok()?, row.fetch_hash.parse().ok()?);
            Some(Key { kind, path: row.path.clone(), pin })
        });
        Ok(keys.collect())
    }

    /// The hashes of all contents that are kept.
    pub fn contents(&self) -> Result<HashSet<ContentHash>> {
        self.read(|db| {
            let mut statement = db.prepare_cached(sql::BLOB_HASHES)?;
            let rows = statement.query_map([], |row| rows::bytes(row, 0))?;
            let mut hashes = HashSet::new();
            for row in rows {
                // What has another length is no hash, so that nothing is found under it.
                hashes.extend(row?.try_into().ok().map(ContentHash::from_bytes));
            }
            Ok(hashes)
        })
    }

    /// One state of an artifact, or `None` when it is not kept, was read by another version of the
    /// reader, or does not hold what its key says. `id` is what this catalog calls it.
    pub fn artifact(&self, source: &str, key: &Key, id: &ArtifactId) -> Result<Option<Artifact>> {
        let pin = key.pin.to_string();
        let wanted = params![source, key.kind.word(), key.path, pin, READER_VERSION];
        let found = self.one(sql::ARTIFACT, wanted, source, (key.kind, &key.path), id)?;
        Ok(found.filter(|artifact| Key::of(artifact) == *key))
    }

    /// The state of an artifact that was kept last, whatever its pin.
    pub fn newest(
        &self,
        source: &str,
        kind: Kind,
        path: &str,
        id: &ArtifactId,
    ) -> Result<Option<Artifact>> {
        let wanted = params![source, kind.word(), path, READER_VERSION];
        self.one(sql::NEWEST_AT_PATH, wanted, source, (kind, path), id)
    }

    /// Takes no source for whole any more, having met what is not as it was written. Where that
    /// cannot be written down, what was met is no less absent.
    pub(super) fn doubt(&self) {
        let _ = self.write(|tx| Ok(facts::forget_whole(tx)?));
    }

    fn one(
        &self,
        sql: &str,
        wanted: &[&dyn ToSql],
        source: &str,
        (kind, path): (Kind, &str),
        id: &ArtifactId,
    ) -> Result<Option<Artifact>> {
        // An index that is damaged leads to another row, which may be whole.
        let is_it =
            |row: &rows::Row| row.kind == kind.word() && row.path == path && row.is_whole(source);
        let found =
            self.read(|db| db.prepare_cached(sql)?.query_row(wanted, rows::Row::read).optional())?;
        if found.as_ref().is_some_and(|row| !is_it(row)) {
            self.doubt();
        }
        let row = found.filter(is_it);
        let read: Option<Artifact> = row.and_then(|row| serde_json::from_str(&row.json).ok());
        self.hits.count(source, usize::from(read.is_some()));
        Ok(read.map(|artifact| Artifact { id: id.clone(), ..artifact }))
    }

    /// The bytes with this hash. Damaged ones are absent, and taken out of the database, so that
    /// the next sync knows that it has to fetch them again.
    pub fn blob(&self, hash: &ContentHash) -> Result<Option<Vec<u8>>> {
        let bytes: Option<Vec<u8>> = self.read(|db| {
            db.prepare_cached(sql::BLOB)?
                .query_row([hash.as_bytes()], |row| rows::bytes(row, 0))
                .optional()
        })?;
        let Some(bytes) = bytes else {
            let is_listed =
                self.read(|db| db.prepare_cached(sql::HAS_BLOB)?.exists([hash.as_bytes()]))?;
            // The index has it and the table has not.
            return if is_listed { Err(self.distrust()) } else { Ok(None) };
        };
        if ContentHash::of(&bytes) == *hash {
            return Ok(Some(bytes));
        }
        // Where it cannot be written, the bytes are no less absent.
        let _ = self.write(|tx| {
            tx.execute(sql::FORGET_BLOB, [hash.as_bytes()])?;
            Ok(facts::forget_whole(tx)?)
        });
        Ok(None)
    }

    /// Keeps what a sync learned of one source, all or none. `read` gives the bytes of a file, by
    /// the places of the artifact and the file; they are asked for one at a time, so that memory
    /// stays bounded, and only where they are not kept yet.
    pub fn keep(
        &self,
        source: &str,
        batch: &Batch<'_>,
        now: Timestamp,
        read: impl Fn(usize, usize) -> Result<Vec<u8>>,
    ) -> Result<()> {
        let now = rows::stamp(now);
        self.write(|tx| {
            for (i, artifact) in batch.artifacts.iter().enumerate() {
                for (j, file) in artifact.files.iter().enumerate() {
                    if batch.contents {
                        keep_blob(tx, artifact, file, || read(i, j))?;
                    }
                }
                keep_artifact(tx, source, artifact, &now)?;
            }
            for bytes in &batch.bodies {
                keep_bytes(tx, &ContentHash::of(bytes), bytes)?;
            }
            for (path, file) in &batch.files {
                match file {
                    Some(file) => files::keep(tx, source, path, file)?,
                    None => files::forget(tx, source, path)?,
                }
            }
            for (name, value) in &batch.facts {
                facts::keep(tx, source, name, value)?;
            }
            Ok(())
        })
    }

    pub(super) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let reader = self.readers.reader().map_err(|cause| self.broken(&cause))?;
        query(&reader).map_err(|cause| self.broken(&cause))
    }

    /// Runs a change in one transaction, taken at once: a later upgrade from reading to writing
    /// would fail where another process writes, however long it may wait.
    pub(super) fn write<T>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T> {
        let mut db = lock(&self.writer);
        let run = || {
            let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&tx)?;
            tx.commit()?;
            Ok(value)
        };
        run().map_err(|failure| match failure {
            Failure::Database(cause) => self.broken(&cause),
            Failure::Other(error) => error,
        })
    }

    /// Runs what cannot be run inside a transaction.
    pub(super) fn alone<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        work(&lock(&self.writer)).map_err(|cause| self.broken(&cause))
    }

    pub(super) fn broken(&self, cause: &rusqlite::Error) -> Error {
        let error = health::broken(&self.path, cause);
        if health::is_damage(cause) {
            self.damage.get_or_init(|| error.clone());
        }
        error
    }
}

/// Of an artifact's row, what says which contents it needs.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) files: Vec<File>,
}

/// Why a change was taken back.
pub(super) enum Failure {
    Database(rusqlite::Error),
    /// Something it was given to write could not be had.
    Other(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(cause: rusqlite::Error) -> Self {
        Failure::Database(cause)
    }
}

fn keep_blob(
    tx: &Connection,
    artifact: &Artifact,
    file: &File,
    read: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<(), Failure> {
    if tx.prepare_cached(sql::HAS_BLOB)?.exists([file.hash.as_bytes()])? {
        return Ok(());
    }
    let bytes = read().map_err(Failure::Other)?;
    if ContentHash::of(&bytes) != file.hash {
        let text = format!("`{}` of `{}` changed while it was read", file.path, artifact.id);
        let problem = Problem::error("SM432", text).help("run the command again");
        return Err(Failure::Other(problem.into()));
    }
    keep_bytes(tx, &file.hash, &bytes)?;
    Ok(())
}

fn keep_bytes(tx: &Connection, hash: &ContentHash, bytes: &[u8]) -> rusqlite::Result<usize> {
    tx.prepare_cached(sql::KEEP_BLOB)?.execute(params![hash.as_bytes(), bytes])
}

fn keep_artifact(
    tx: &Connection,
    source: &str,
    artifact: &Artifact,
    now: &str,
) -> Result<(), Failure> {
    let json = serde_json::to_string(artifact)
        .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))?;
    let (kind, pin) = (artifact.id.kind.word(), artifact.pin().to_string());
    let hash = rows::hash(&[source, kind, &artifact.path, &pin, &json]);
    tx.prepare_cached(sql::KEEP_ARTIFACT)?.execute(params![
        source,
        kind,
        artifact.path,
        rows::name(artifact.id.kind, &artifact.id.name),
        READER_VERSION,
        json,
        pin,
        now,
        hash.as_bytes()
    ])?;
    Ok(())
}
