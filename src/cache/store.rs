//! Rows in and out: artifacts by their pin, contents by their hash, facts about sources by name.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, ToSql, TransactionBehavior, params};

use super::health;
use super::pool::{Pool, lock};
use crate::error::{Error, Problem, Result};
use crate::model::artifact::{Artifact, File, Pin, READER_VERSION};
use crate::model::hash::ContentHash;
use crate::model::id::{ArtifactId, Kind};

/// The file in the cache directory.
const FILE: &str = "artifacts.db";

pub struct Cache {
    path: PathBuf,
    readers: Pool,
    writer: Mutex<Connection>,
    /// Said once when the database had to be replaced.
    pub warning: Option<Problem>,
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

impl Cache {
    /// Opens the cache of `dir`, making what is missing. A damaged file is set aside and replaced.
    pub fn open(dir: &Path, now: Timestamp) -> Result<Self> {
        let path = dir.join(FILE);
        let (writer, warning) = health::open(&path, now)?;
        Ok(Self { readers: Pool::new(path.clone()), writer: Mutex::new(writer), path, warning })
    }

    /// The states of a source's artifacts that can be used as they are.
    pub fn keys(&self, source: &str) -> Result<HashSet<Key>> {
        let sql = "SELECT kind, path, fetch_hash FROM artifact_cache
                   WHERE source = ?1 AND reader = ?2 AND is_stale = 0";
        self.read(|db| {
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement.query_map(params![source, READER_VERSION], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, String>(2)?))
            })?;
            let mut keys = HashSet::new();
            for row in rows {
                let (kind, path, fetch_hash) = row?;
                if let (Ok(kind), Some(pin)) = (kind.parse(), parse_pin(&fetch_hash)) {
                    keys.insert(Key { kind, path, pin });
                }
            }
            Ok(keys)
        })
    }

    /// One state of an artifact, or `None` when it is not kept, was read by another version of the
    /// reader, or does not hold what its key says. `id` is what this catalog calls it.
    pub fn artifact(&self, source: &str, key: &Key, id: &ArtifactId) -> Result<Option<Artifact>> {
        let sql = "SELECT data_json FROM artifact_cache
                   WHERE source = ?1 AND kind = ?2 AND path = ?3 AND fetch_hash = ?4
                   AND reader = ?5";
        let pin = key.pin.to_string();
        let wanted = params![source, key.kind.word(), key.path, pin, READER_VERSION];
        Ok(self.one(sql, wanted, id)?.filter(|artifact| Key::of(artifact) == *key))
    }

    /// The state of an artifact that was kept last, whatever its pin.
    pub fn newest(
        &self,
        source: &str,
        kind: Kind,
        path: &str,
        id: &ArtifactId,
    ) -> Result<Option<Artifact>> {
        let sql = "SELECT data_json FROM artifact_cache
                   WHERE source = ?1 AND kind = ?2 AND path = ?3 AND reader = ?4
                   ORDER BY synced_at DESC, id DESC LIMIT 1";
        self.one(sql, params![source, kind.word(), path, READER_VERSION], id)
    }

    fn one(&self, sql: &str, wanted: &[&dyn ToSql], id: &ArtifactId) -> Result<Option<Artifact>> {
        let json: Option<String> =
            self.read(|db| db.prepare_cached(sql)?.query_row(wanted, |row| row.get(0)).optional())?;
        let read: Option<Artifact> = json.and_then(|json| serde_json::from_str(&json).ok());
        Ok(read.map(|artifact| Artifact { id: id.clone(), ..artifact }))
    }

    /// The bytes with this hash; checked, so that damage reads as absence.
    pub fn blob(&self, hash: &ContentHash) -> Result<Option<Vec<u8>>> {
        let bytes: Option<Vec<u8>> = self.read(|db| {
            db.prepare_cached("SELECT bytes FROM blob WHERE hash = ?1")?
                .query_row([hash.as_bytes()], |row| row.get(0))
                .optional()
        })?;
        Ok(bytes.filter(|bytes| ContentHash::of(bytes) == *hash))
    }

    /// Keeps artifacts of one source and the contents that are not kept yet, all or none.
    /// `read` gives the bytes of a file, by the places of the artifact and the file; they are
    /// asked for one at a time, so that memory stays bounded.
    pub fn keep<'a>(
        &self,
        source: &str,
        artifacts: impl IntoIterator<Item = &'a Artifact>,
        now: Timestamp,
        read: impl Fn(usize, usize) -> Result<Vec<u8>>,
    ) -> Result<()> {
        let now = now.to_string();
        self.write(|tx| {
            for (i, artifact) in artifacts.into_iter().enumerate() {
                for (j, file) in artifact.files.iter().enumerate() {
                    keep_blob(tx, artifact, file, || read(i, j))?;
                }
                keep_artifact(tx, source, artifact, &now)?;
            }
            Ok(())
        })
    }

    /// A fact about a source, or about the cache itself when `source` is empty.
    pub fn fact(&self, source: &str, name: &str) -> Result<Option<String>> {
        self.read(|db| {
            db.prepare_cached("SELECT value FROM cache_metadata WHERE source = ?1 AND name = ?2")?
                .query_row([source, name], |row| row.get(0))
                .optional()
        })
    }

    pub fn set_fact(&self, source: &str, name: &str, value: &str) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO cache_metadata (source, name, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (source, name) DO UPDATE SET value = ?3",
            )?
            .execute([source, name, value])?;
            Ok(())
        })
    }

    /// When a source was last read without failing.
    pub fn synced_at(&self, source: &str) -> Result<Option<Timestamp>> {
        Ok(self.fact(source, "synced_at")?.and_then(|text| text.parse().ok()))
    }

    /// Remembers which artifacts (`id`, names of its groups) a collection of a catalog holds; what
    /// is known already is not written again.
    pub fn keep_collection(
        &self,
        catalog: &str,
        collection: &str,
        members: &[(String, Vec<String>)],
        now: Timestamp,
    ) -> Result<()> {
        let text = serde_json::json!(members).to_string();
        let hash = ContentHash::of(text.as_bytes()).to_string();
        let known = "SELECT 1 FROM collection_cache
                     WHERE catalog = ?1 AND collection = ?2 AND fetch_hash = ?3";
        let is_known =
            self.read(|db| db.prepare_cached(known)?.exists([catalog, collection, &hash]))?;
        if is_known {
            return Ok(());
        }
        let now = now.to_string();
        self.write(|tx| {
            let old = "DELETE FROM collection_cache WHERE catalog = ?1 AND collection = ?2";
            tx.prepare_cached(old)?.execute([catalog, collection])?;
            let mut row = tx.prepare_cached(
                "INSERT INTO collection_cache (catalog, collection, artifact_id, data_json,
                     fetch_hash, cached_at, synced_at) VALUES (?1,?2,?3,?4,?5,?6,?6)",
            )?;
            for (id, groups) in members {
                let json = serde_json::json!({ "groups": groups }).to_string();
                row.execute([catalog, collection, id, &json, &hash, &now])?;
            }
            Ok(())
        })
    }

    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let reader = self.readers.reader().map_err(|cause| self.broken(&cause))?;
        query(&reader).map_err(|cause| self.broken(&cause))
    }

    /// Runs a change in one transaction, taken at once: a later upgrade from reading to writing
    /// would fail where another process writes, however long it may wait.
    fn write<T>(&self, change: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T> {
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

    fn broken(&self, cause: &rusqlite::Error) -> Error {
        health::broken(&self.path, cause)
    }
}

/// Why a change was taken back.
enum Failure {
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
    let known = "SELECT 1 FROM blob WHERE hash = ?1";
    if tx.prepare_cached(known)?.exists([file.hash.as_bytes()])? {
        return Ok(());
    }
    let bytes = read().map_err(Failure::Other)?;
    if ContentHash::of(&bytes) != file.hash {
        let text = format!("`{}` of `{}` changed while it was read", file.path, artifact.id);
        let problem = Problem::error("SM432", text).help("run the command again");
        return Err(Failure::Other(problem.into()));
    }
    tx.prepare_cached("INSERT INTO blob (hash, bytes) VALUES (?1, ?2)")?
        .execute(params![file.hash.as_bytes(), bytes])?;
    Ok(())
}

fn keep_artifact(
    tx: &Connection,
    source: &str,
    artifact: &Artifact,
    now: &str,
) -> Result<(), Failure> {
    let json = serde_json::to_string(artifact)
        .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))?;
    tx.prepare_cached(
        "INSERT INTO artifact_cache (source, kind, path, artifact_id, reader, data_json,
             fetch_hash, cached_at, synced_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?8)
         ON CONFLICT (source, kind, path, fetch_hash) DO UPDATE SET
             artifact_id = ?4, reader = ?5, data_json = ?6, synced_at = ?8, is_stale = 0",
    )?
    .execute(params![
        source,
        artifact.id.kind.word(),
        artifact.path,
        format!("{}/{}", artifact.id.kind, artifact.id.name),
        READER_VERSION,
        json,
        artifact.pin().to_string(),
        now
    ])?;
    Ok(())
}

fn parse_pin(text: &str) -> Option<Pin> {
    match text.split_once('+') {
        None => Some(Pin { hash: text.parse().ok()?, context: None }),
        Some((hash, context)) => Some(Pin {
            hash: hash.parse().ok()?,
            context: Some(format!("sha256:{context}").parse().ok()?),
        }),
    }
}
