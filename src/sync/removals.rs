//! A source that suddenly has nothing, or a tenth of what it had: mostly a slip in its address or
//! filters, or an accident on the other side.

use super::Run;
use crate::catalog::folder;
use crate::error::{Problem, Result};
use crate::format::lock::Seen;
use crate::model::source::Source;
use crate::words;

/// Refuses what a source gives now, so that it keeps what it had, unless the person has said that
/// it is meant. Folders of the catalog's own repository are the person's doing, and Git keeps them.
pub(super) fn check(run: &Run, source: &Source, n_now: usize) -> Result<()> {
    if run.options.accept_removals || folder::is_inside(run.env, source) {
        return Ok(());
    }
    let is_there = |seen: &Seen| !matches!(seen, Seen::Removed(_));
    let of_source = run.lock.artifacts.iter().filter(|(id, _)| id.source == source.name);
    let n_before = of_source.filter(|(_, artifact)| is_there(&artifact.seen)).count();
    if n_before == 0 || n_now * 10 > n_before {
        return Ok(());
    }
    let now = if n_now == 0 { "none".to_owned() } else { n_now.to_string() };
    let text = format!("it had {} and has {now} now", words::count(n_before, "artifact"));
    let help = format!("if that is meant, run `skillmeat sync {} --accept-removals`", source.name);
    Err(Problem::error("SM440", text).at(source.place.clone()).help(help).into())
}
