//! `skillmeat` keeps a Git-tracked catalog of agent artifacts: sync, build, serve.
//!
//! The rooms stand here from the bottom up; each imports only from those above its own line.
//! `tests/tidy.rs` holds the table, `docs/architecture.md` the picture.

pub mod error;
pub mod timings;
pub mod words;

pub mod model;

pub mod disk;
pub mod env;

pub mod format;

pub mod cache;
pub mod project;
pub mod source;
pub mod state;

pub mod catalog;

pub mod deploy;
pub mod edit;

pub mod site;
pub mod sync;

pub mod serve;

pub mod command;
