//! Which artifacts of a source are kept at all, for sources whose contents lie elsewhere.

use std::collections::HashSet;

use rusqlite::params;

use super::rows;
use super::store::{Cache, Key};
use crate::error::Result;
use crate::model::artifact::READER_VERSION;

impl Cache {
    /// How many artifacts of a source are kept, each counted once whatever its states.
    pub fn count(&self, source: &str) -> Result<usize> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM artifact_cache WHERE source = ?1
                   GROUP BY kind, path)";
        let count: i64 =
            self.read(|db| db.prepare_cached(sql)?.query_row([source], |row| row.get(0)))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// As [`Cache::keys`], of a folder that is read directly: without a look at contents.
    pub fn rows(&self, source: &str) -> Result<HashSet<Key>> {
        let sql = "SELECT kind, path, fetch_hash, data_json, data_hash FROM artifact_cache
                   WHERE source = ?1 AND reader = ?2 AND is_stale = 0";
        self.read(|db| {
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement.query_map(params![source, READER_VERSION], rows::Row::read)?;
            let mut keys = HashSet::new();
            for row in rows {
                let row = row?;
                if let (true, Ok(kind), Some(pin)) =
                    (row.is_whole(source), row.kind.parse(), rows::parse_pin(&row.fetch_hash))
                {
                    keys.insert(Key { kind, path: row.path, pin });
                }
            }
            Ok(keys)
        })
    }
}
