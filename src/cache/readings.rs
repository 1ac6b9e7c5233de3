//! Which artifacts of a source are kept at all, for sources whose contents lie elsewhere.

use std::collections::HashSet;

use rusqlite::params;

use super::rows;
use super::sql;
use super::store::{Cache, Key};
use crate::error::Result;
use crate::model::artifact::READER_VERSION;

impl Cache {
    /// How many artifacts of a source are kept, each counted once whatever its states.
    pub fn count(&self, source: &str) -> Result<usize> {
        let count: i64 =
            self.read(|db| db.prepare_cached(sql::COUNT)?.query_row([source], |row| row.get(0)))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// As [`Cache::keys`], of a folder that is read directly: without a look at contents.
    pub fn rows(&self, source: &str) -> Result<HashSet<Key>> {
        self.read(|db| {
            let mut statement = db.prepare_cached(sql::KEYS)?;
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
