//! What the collections of a catalog hold, for questions that need no YAML.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::rows;
use super::sql;
use super::store::Cache;
use crate::error::Result;
use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;

/// An artifact in a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What the catalog calls it.
    pub id: ArtifactId,
    /// The key of its source.
    pub source: String,
    /// The groups of the collection that it is in.
    pub groups: Vec<String>,
}

/// What a row of a collection, or of a group, says; a group is named `collection/group`.
pub(super) struct MemberRow {
    catalog: String,
    collection: String,
    artifact_id: String,
    json: String,
    hash: Vec<u8>,
}

impl MemberRow {
    /// Its columns, from the given one on.
    pub(super) fn read(row: &rusqlite::Row<'_>, from: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            catalog: rows::text(row, from)?,
            collection: rows::text(row, from + 1)?,
            artifact_id: rows::text(row, from + 2)?,
            json: rows::text(row, from + 3)?,
            hash: rows::bytes(row, from + 4)?,
        })
    }

    /// Whether it is of this collection, or group.
    pub(super) fn is_of(&self, catalog: &str, collection: &str) -> bool {
        self.catalog == catalog && self.collection == collection
    }

    /// Whether it is as it was written, and names this artifact.
    pub(super) fn is_whole(&self, source: &str, name: &str) -> bool {
        let Self { catalog, collection, artifact_id, json, hash } = self;
        row_hash(catalog, collection, artifact_id, json, source, name).as_bytes() == hash.as_slice()
    }
}

fn row_hash(
    catalog: &str,
    collection: &str,
    artifact_id: &str,
    json: &str,
    source: &str,
    name: &str,
) -> ContentHash {
    rows::hash(&[catalog, collection, artifact_id, json, source, name])
}

impl Cache {
    /// Remembers what the collections of a catalog hold, and forgets those it has no more. What is
    /// known already is not written again.
    pub fn keep_collections(
        &self,
        catalog: &str,
        collections: &[(String, Vec<Member>)],
        now: Timestamp,
    ) -> Result<()> {
        let gone = self.collections(catalog)?.into_iter();
        let gone: Vec<String> =
            gone.filter(|old| collections.iter().all(|(name, _)| name != old)).collect();
        let mut new = Vec::new();
        for (name, members) in collections {
            let hash = hash_of(members);
            let known = [catalog, name, &hash];
            let is_known =
                self.read(|db| db.prepare_cached(sql::KNOWS_COLLECTION)?.exists(known))?;
            if !is_known {
                new.push((name, members, hash));
            }
        }
        if gone.is_empty() && new.is_empty() {
            return Ok(());
        }
        let now = rows::stamp(now);
        self.write(|tx| {
            for name in &gone {
                forget(tx, catalog, name)?;
            }
            for (name, members, hash) in &new {
                forget(tx, catalog, name)?;
                for member in *members {
                    keep(tx, catalog, name, member, hash, &now)?;
                }
            }
            Ok(())
        })
    }

    fn collections(&self, catalog: &str) -> Result<Vec<String>> {
        self.read(|db| {
            let mut statement = db.prepare_cached(sql::COLLECTIONS)?;
            let rows = statement.query_map([catalog], |row| rows::text(row, 0))?;
            rows.collect()
        })
    }
}

fn hash_of(members: &[Member]) -> String {
    let all: Vec<_> = members.iter().map(|m| (&m.source, m.id.to_string(), &m.groups)).collect();
    ContentHash::of(serde_json::json!(all).to_string().as_bytes()).to_string()
}

fn forget(tx: &Connection, catalog: &str, collection: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(sql::FORGET_COLLECTION)?.execute([catalog, collection])?;
    tx.prepare_cached(sql::FORGET_GROUPS)?.execute([catalog, collection])?;
    Ok(())
}

fn keep(
    tx: &Connection,
    catalog: &str,
    collection: &str,
    member: &Member,
    all: &str,
    now: &str,
) -> rusqlite::Result<()> {
    let Member { id, source, groups } = member;
    let (id, name) = (id.to_string(), rows::name(id.kind, &id.name));
    let json = serde_json::json!({ "groups": groups }).to_string();
    let hash = row_hash(catalog, collection, &id, &json, source, &name);
    tx.prepare_cached(sql::KEEP_MEMBER)?.execute(params![
        catalog,
        collection,
        id,
        source,
        name,
        json,
        all,
        now,
        hash.as_bytes()
    ])?;
    for group in groups {
        let hash = row_hash(catalog, &format!("{collection}/{group}"), &id, "", source, &name);
        tx.prepare_cached(sql::KEEP_GROUP_MEMBER)?.execute(params![
            catalog,
            collection,
            group,
            id,
            source,
            name,
            hash.as_bytes()
        ])?;
    }
    Ok(())
}
