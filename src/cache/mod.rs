//! The cache: what sync read, kept in SQLite so that builds and pages need no network.
//!
//! One database serves all catalogs of a user. Rows are keyed by the identity of a source and the
//! pin of an artifact, file contents by their hash, so that the same bytes are kept once. It may be
//! deleted at any time. Knows nothing of catalogs, collections or pages.

mod clean;
mod collections;
mod counts;
mod facts;
mod files;
mod health;
mod info;
mod lookup;
mod place;
mod pool;
mod readings;
mod rows;
mod schema;
mod sql;
mod store;
mod verify;

use std::path::{Path, PathBuf};

pub use clean::{Cleaned, Named};
pub use collections::Member;
pub use facts::{histories, histories_used};
pub use files::FileRow;
pub use info::{Info, SourceInfo, info};
pub use lookup::Cached;
pub use store::{Batch, Cache, Key};
pub use verify::{Checked, Damage, Repaired, check, repair};

/// The files that the database in `dir` consists of, there or not.
pub fn database_files(dir: &Path) -> [PathBuf; 2] {
    [dir.join(store::FILE), dir.join(format!("{}-wal", store::FILE))]
}

/// The version of the SQLite in this binary.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

#[cfg(test)]
mod tests;
