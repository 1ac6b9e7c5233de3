//! Rows in and out: artifacts by their pin, contents by their hash, facts about sources by name.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::health;
use super::pool::{Pool, lock};
use crate::error::{Error, Problem, Result};
use crate::model::artifact::{Artifact, Pin, READER_VERSION};
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

/// An artifact to keep, with the bytes of its files, beside `artifact.files`; `None` where the
/// cache is known to have them.
pub struct Row {
    pub artifact: Artifact,
    pub contents: Vec<Option<Vec<u8>>>,
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
        let json: Option<String> = self.read(|db| {
            let wanted =
                params![source, key.kind.word(), key.path, key.pin.to_string(), READER_VERSION];
            db.prepare_cached(sql)?.query_row(wanted, |row| row.get(0)).optional()
        })?;
        let read: Option<Artifact> = json.and_then(|json| serde_json::from_str(&json).ok());
        Ok(read.filter(|artifact| Key::of(artifact) == *key).map(|mut artifact| {
            artifact.id = id.clone();
            artifact
        }))
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

    /// Whether the bytes with this hash are kept; does not read them.
    pub fn has_blob(&self, hash: &ContentHash) -> Result<bool> {
        self.read(|db| {
            db.prepare_cached("SELECT 1 FROM blob WHERE hash = ?1")?.exists([hash.as_bytes()])
        })
    }

    /// Keeps artifacts of one source and their contents, all or none.
    pub fn keep(&self, source: &str, rows: &[Row], now: Timestamp) -> Result<()> {
        let now = now.to_string();
        self.write(|tx| {
            let mut blob =
                tx.prepare_cached("INSERT OR IGNORE INTO blob (hash, bytes) VALUES (?1, ?2)")?;
            let mut row = tx.prepare_cached(
                "INSERT INTO artifact_cache (source, kind, path, artifact_id, reader, data_json,
                     fetch_hash, cached_at, synced_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?8)
                 ON CONFLICT (source, kind, path, fetch_hash) DO UPDATE SET
                     artifact_id = ?4, reader = ?5, data_json = ?6, synced_at = ?8, is_stale = 0",
            )?;
            for Row { artifact, contents } in rows {
                for (file, bytes) in artifact.files.iter().zip(contents) {
                    if let Some(bytes) = bytes {
                        blob.execute(params![file.hash.as_bytes(), bytes])?;
                    }
                }
                let json = serde_json::to_string(artifact)
                    .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))?;
                row.execute(params![
                    source,
                    artifact.id.kind.word(),
                    artifact.path,
                    format!("{}/{}", artifact.id.kind, artifact.id.name),
                    READER_VERSION,
                    json,
                    artifact.pin().to_string(),
                    now
                ])?;
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
            .execute([source, name, value])
            .map(drop)
        })
    }

    /// When a source was last read without failing.
    pub fn synced_at(&self, source: &str) -> Result<Option<Timestamp>> {
        Ok(self.fact(source, "synced_at")?.and_then(|text| text.parse().ok()))
    }

    /// Remembers which artifacts (`id`, names of its groups) a collection of a catalog holds.
    /// `hash` is that of the files that say so: what has not changed is not written.
    pub fn keep_collection(
        &self,
        catalog: &str,
        collection: &str,
        hash: ContentHash,
        members: &[(String, Vec<String>)],
        now: Timestamp,
    ) -> Result<()> {
        let hash = hash.to_string();
        let known = "SELECT 1 FROM collection_cache
                     WHERE catalog = ?1 AND collection = ?2 AND fetch_hash = ?3 LIMIT 1";
        let is_known =
            self.read(|db| db.prepare_cached(known)?.exists([catalog, collection, &hash]))?;
        if is_known || members.is_empty() {
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

    fn write<T>(&self, change: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let mut db = lock(&self.writer);
        let run = || {
            let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&tx)?;
            tx.commit()?;
            Ok(value)
        };
        run().map_err(|cause| self.broken(&cause))
    }

    fn broken(&self, cause: &rusqlite::Error) -> Error {
        health::broken(&self.path, cause)
    }
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
