//! Tests of the real binary, one catalog in a temporary folder each; `case` is their language.

#![expect(clippy::expect_used, reason = "a step of a test that fails is a failed test")]

mod age;
mod api;
mod build;
mod cache;
mod case;
mod changes;
mod corpus;
mod crowd;
mod deploy;
mod deploy_kill;
mod deploy_planted;
mod diff;
mod docs;
#[cfg(target_os = "linux")]
mod edit_kill;
mod edit_race;
mod errors;
mod fault;
mod guard;
#[cfg(target_os = "linux")]
mod guards;
mod history;
mod incremental;
#[cfg(target_os = "linux")]
mod kill;
mod links;
mod look;
mod reading;
mod refresh;
mod replay;
mod rollback;
mod scan;
mod serve;
mod shard;
mod site_source;
mod skillmeat;
mod sources;
mod spared;
mod status;
mod structure;
mod sync;
mod upset;
mod watch;
mod web;
