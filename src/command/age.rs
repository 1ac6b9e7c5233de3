//! How old the data is, as commands that read it say it.

use jiff::Timestamp;

use super::Context;
use crate::catalog::Catalog;
use crate::env::Env;
use crate::model::age::{self, Age, Limits};
use crate::words;

/// So many sources are named, the others counted.
const NAMED_MAX: usize = 3;

/// Says which sources are stale, how old their data is, and what to do.
pub(super) fn say(ctx: &Context, synced: &[Synced], limits: &Limits) {
    if let Some(line) = line(&ctx.env, synced, limits) {
        ctx.say(&line);
    }
}

/// A source, and when it was synced.
pub(super) type Synced = (String, Timestamp);

/// The sources that can be out of date. Of what was never synced here nobody knows how old it is:
/// it is as the lock names it.
pub(super) fn synced(catalog: &Catalog) -> Vec<Synced> {
    let elsewhere = catalog.sources.iter().filter(|state| !state.inside);
    elsewhere.filter_map(|state| Some((state.source.name.clone(), state.synced_at?))).collect()
}

fn line(env: &Env, synced: &[Synced], limits: &Limits) -> Option<String> {
    let is_stale = |(_, at): &&Synced| Age::of(Some(*at), env.now, limits).is_stale();
    let mut stale: Vec<&Synced> = synced.iter().filter(is_stale).collect();
    stale.sort_by_key(|(_, at)| *at);
    let (_, oldest) = stale.first()?;
    let oldest = age::ago(*oldest, env.now);
    let names: Vec<&str> = stale.iter().take(NAMED_MAX).map(|(name, _)| name.as_str()).collect();
    let mut who = words::list_and(&names);
    if let Some(more @ 1..) = stale.len().checked_sub(NAMED_MAX) {
        who = format!("`{}` and {more} more", names.join("`, `"));
    }
    let since = if stale.len() > 1 { ", the oldest of them" } else { "" };
    let how = if env.offline { " with the network" } else { "" };
    Some(format!("stale: {who}, synced{since} {oldest}; run `skillmeat sync`{how}"))
}
