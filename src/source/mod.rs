//! Sources: a configured address to a tree of files, a tree to artifacts and problems.
//!
//! The only room that may use the network. It knows nothing of the cache, the lock or collections.

use crate::error::Problem;

pub mod detect;
pub mod filter;
pub mod git;
pub mod http;
pub mod listing;
pub mod local;
pub mod memory;
pub mod stamp;
pub mod store;
pub mod tree;
pub mod web;

#[cfg(test)]
#[path = "../../tests/it/fault.rs"]
mod fault;
#[cfg(test)]
mod tests;

/// A larger file of a source is listed and not read.
pub const FILE_BYTES_MAX: u64 = 32 << 20;

/// The files one source may have.
pub const FILES_MAX: usize = 100_000;

/// The directories a file of a source may lie in.
pub const DEPTH_MAX: usize = 64;

/// Names that are no part of any source, in a folder as in a commit: what Git keeps, and what
/// package managers put beside a project's own files.
fn is_skipped(name: &str) -> bool {
    matches!(name, ".git" | "node_modules")
}

fn too_many() -> Problem {
    Problem::error("SM406", format!("the source has more than {FILES_MAX} files"))
        .help("point the source at a smaller folder, or name what to take with `include:`")
}
