//! What is kept of the artifacts of one source, all at once.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;
use rusqlite::params;

use super::store::{Cache, Key};
use super::{rows, sql};
use crate::error::Result;
use crate::model::artifact::{Artifact, READER_VERSION};

impl Cache {
    /// How many artifacts of a source are kept, each counted once whatever its states.
    pub fn count(&self, source: &str) -> Result<usize> {
        let count: i64 =
            self.read(|db| db.prepare_cached(sql::COUNT)?.query_row([source], |row| row.get(0)))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// The states of a source's artifacts that are kept whole, as they are kept; with `contents`
    /// only those with the contents of all their files, as [`Cache::keys`] gives them.
    pub fn states(&self, source: &str, contents: bool) -> Result<HashMap<Key, Artifact>> {
        let rows: Vec<rows::Row> = self.read(|db| {
            let mut statement = db.prepare_cached(sql::KEYS)?;
            let rows = statement.query_map(params![source, READER_VERSION], rows::Row::read)?;
            rows.collect()
        })?;
        let there = if contents { self.contents()? } else { HashSet::new() };
        let states = rows.par_iter().filter(|row| row.is_whole(source)).filter_map(|row| {
            let (kind, pin) = (row.kind.parse().ok()?, row.fetch_hash.parse().ok()?);
            let artifact: Artifact = serde_json::from_str(&row.json).ok()?;
            let is_whole = !contents || artifact.files.iter().all(|f| there.contains(&f.hash));
            is_whole.then(|| (Key { kind, path: row.path.clone(), pin }, artifact))
        });
        Ok(states.collect())
    }
}
