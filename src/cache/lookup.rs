//! Artifacts found by what they are, each question one query that an index answers: by id, all, by
//! kind, by collection, by group. Of the states of an artifact the one its source had last.

use jiff::Timestamp;
use rusqlite::{ToSql, params};

use super::collections::MemberRow;
use super::facts;
use super::rows::{self, Row};
use super::sql;
use super::store::{Batch, Cache};
use crate::error::Result;
use crate::model::artifact::{Artifact, READER_VERSION};
use crate::model::id::Kind;

/// An artifact as the cache has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cached {
    /// The key of its source.
    pub source: String,
    /// Its id names the source as the catalog that synced it does.
    pub artifact: Artifact,
    /// When its source was found to have this state.
    pub synced_at: Option<Timestamp>,
    /// Whether the next sync reads it again, whatever its source says.
    pub is_stale: bool,
}

/// Behind the columns of [`cached`].
const MEMBER: usize = 9;

/// What a row says; nothing when it is not as it was written.
fn cached(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Cached>> {
    let (source, name) = (rows::text(row, 5)?, rows::text(row, 6)?);
    let (synced_at, is_stale) = (rows::text(row, 7)?, row.get_ref(8)?.as_i64() == Ok(1));
    let row = Row::read(row)?;
    let artifact = row.artifact(&source, &name);
    let synced_at = synced_at.parse().ok();
    Ok(artifact.map(|artifact| Cached { source, artifact, synced_at, is_stale }))
}

/// The same, where the row of this collection, or `collection/group`, that led to it is whole.
fn member(
    row: &rusqlite::Row<'_>,
    catalog: &str,
    collection: &str,
) -> rusqlite::Result<Option<Cached>> {
    let (source, name) = (rows::text(row, 5)?, rows::text(row, 6)?);
    let member = MemberRow::read(row, MEMBER)?;
    let is_it = member.is_of(catalog, collection) && member.is_whole(&source, &name);
    if is_it { cached(row) } else { Ok(None) }
}

// An index that is damaged leads to another row, which may be whole: each answer is compared with
// the question.

impl Cache {
    /// One artifact of a source by its id there.
    pub fn get(&self, source: &str, kind: Kind, name: &str) -> Result<Option<Cached>> {
        let id = rows::name(kind, name);
        let found = self.find(sql::GET, params![READER_VERSION, source, id], cached)?;
        let is_it = |one: &Cached| {
            let id = &one.artifact.id;
            one.source == source && id.kind == kind && id.name == name
        };
        Ok(found.into_iter().find(is_it))
    }

    /// All artifacts of a source, sorted by kind and name.
    pub fn all_of(&self, source: &str) -> Result<Vec<Cached>> {
        let mut found = self.find(sql::ALL_OF, params![READER_VERSION, source], cached)?;
        found.retain(|one| one.source == source);
        Ok(found)
    }

    /// The artifacts of all sources, sorted by the keys of the sources, a page at a time: at most
    /// `n`, from behind the last one of the page before. Damaged ones are left out; an empty page
    /// is the last.
    pub fn page(&self, after: Option<&Cached>, n: u32) -> Result<Vec<Cached>> {
        let mut at = after.map_or_else(Default::default, |last| {
            let id = &last.artifact.id;
            (last.source.clone(), rows::name(id.kind, &id.name))
        });
        loop {
            let page: Vec<((String, String), Option<Cached>)> = self.read(|db| {
                let mut statement = db.prepare_cached(sql::PAGE)?;
                let rows = statement.query_map(params![READER_VERSION, at.0, at.1, n], |row| {
                    Ok(((rows::text(row, 5)?, rows::text(row, 6)?), cached(row)?))
                })?;
                rows.collect()
            })?;
            match page.last() {
                Some((last, _)) if *last > at => at = last.clone(),
                _ => return Ok(Vec::new()),
            }
            if page.iter().any(|(_, found)| found.is_some()) {
                return Ok(self.served(page.into_iter().map(|(_, found)| found)));
            }
        }
    }

    /// The artifacts of one kind that a source has.
    pub fn of_kind(&self, source: &str, kind: Kind) -> Result<Vec<Cached>> {
        let wanted = params![READER_VERSION, kind.word(), source];
        let mut found = self.find(sql::OF_KIND, wanted, cached)?;
        found.retain(|one| one.source == source && one.artifact.id.kind == kind);
        Ok(found)
    }

    /// The artifacts that a collection of a catalog held when it was last synced, as far as they
    /// are in the cache: what a catalog has in its own repository is not.
    pub fn in_collection(&self, catalog: &str, collection: &str) -> Result<Vec<Cached>> {
        let wanted = params![READER_VERSION, catalog, collection];
        self.find(sql::IN_COLLECTION, wanted, |row| member(row, catalog, collection))
    }

    /// The same for a group of a collection.
    pub fn in_group(&self, catalog: &str, collection: &str, group: &str) -> Result<Vec<Cached>> {
        let wanted = params![READER_VERSION, catalog, collection, group];
        let name = format!("{collection}/{group}");
        self.find(sql::IN_GROUP, wanted, |row| member(row, catalog, &name))
    }

    /// Replaces what is kept of one artifact; `read` gives the bytes of a file by its place.
    pub fn update(
        &self,
        source: &str,
        artifact: &Artifact,
        now: Timestamp,
        read: impl Fn(usize) -> Result<Vec<u8>>,
    ) -> Result<()> {
        let batch = Batch { artifacts: vec![artifact], contents: true, ..Batch::default() };
        self.keep(source, &batch, now, |_, file| read(file))
    }

    /// Marks one artifact of a source: the next sync reads it again. It is served until then. Says
    /// whether there is one.
    pub fn invalidate(&self, source: &str, kind: Kind, name: &str) -> Result<bool> {
        let id = rows::name(kind, name);
        self.write(|tx| {
            facts::forget_whole(tx)?;
            Ok(tx.prepare_cached(sql::INVALIDATE)?.execute([source, &id])? > 0)
        })
    }

    fn find(
        &self,
        sql: &str,
        wanted: &[&dyn ToSql],
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<Option<Cached>>,
    ) -> Result<Vec<Cached>> {
        let found: Vec<Option<Cached>> = self.read(|db| {
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement.query_map(wanted, read)?;
            rows.collect()
        })?;
        Ok(self.served(found))
    }

    fn served(&self, found: impl IntoIterator<Item = Option<Cached>>) -> Vec<Cached> {
        let found: Vec<Option<Cached>> = found.into_iter().collect();
        if found.iter().any(Option::is_none) {
            self.doubt();
        }
        let found: Vec<Cached> = found.into_iter().flatten().collect();
        found.iter().for_each(|one| self.hits.count(&one.source, 1));
        found
    }
}

impl Row {
    /// The artifact under this name of a source; `None` when the row was not written so.
    fn artifact(&self, source: &str, name: &str) -> Option<Artifact> {
        let artifact: Artifact = serde_json::from_str(&self.json).ok()?;
        (self.is_whole(source) && self.is_named(name)).then_some(artifact)
    }
}
