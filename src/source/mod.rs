//! Sources: a configured address to a tree of files, a tree to artifacts and problems.
//!
//! The only room that may use the network. It knows nothing of the cache, the lock or collections.

pub mod detect;
pub mod tree;
