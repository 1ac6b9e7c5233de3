//! The cache: what sync read, kept in SQLite so that builds and pages need no network.
//!
//! One database serves all catalogs of a user. Rows are keyed by the identity of a source and the
//! pin of an artifact, file contents by their hash, so that the same bytes are kept once. It may be
//! deleted at any time. Knows nothing of catalogs, collections or pages.

mod files;
mod health;
mod pool;
mod readings;
mod rows;
mod schema;
mod store;

pub use files::FileRow;
pub use store::{Batch, Cache, Key};

#[cfg(test)]
mod tests;
