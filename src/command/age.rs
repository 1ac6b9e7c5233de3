//! How old the data is, as commands that read it say it.

use super::Context;
use crate::catalog::load::Loaded;
use crate::catalog::{Catalog, SourceState};
use crate::env::Env;
use crate::model::age::{self, Age, Limits};
use crate::words;

/// So many sources are named, the others counted.
const NAMED_MAX: usize = 3;

/// Says which sources are stale, how old their data is, and what to do.
pub(super) fn say(ctx: &Context, loaded: &Loaded) {
    if let Some(line) = line(&ctx.env, &loaded.catalog, &loaded.config.sync.limits()) {
        ctx.say(&line);
    }
}

/// Of what was never synced here nobody knows how old it is: it is as the lock names it.
fn line(env: &Env, catalog: &Catalog, limits: &Limits) -> Option<String> {
    let is_stale = |state: &&SourceState| state.age(env.now, limits).is_some_and(Age::is_stale);
    let stale = catalog.sources.iter().filter(is_stale);
    let mut stale: Vec<_> = stale.filter_map(|state| Some((state.synced_at?, state))).collect();
    stale.sort_by_key(|(at, _)| *at);
    let (oldest, _) = stale.first()?;
    let oldest = age::ago(*oldest, env.now);
    let names: Vec<&str> =
        stale.iter().take(NAMED_MAX).map(|(_, state)| state.source.name.as_str()).collect();
    let mut who = words::list_and(&names);
    if let Some(more @ 1..) = stale.len().checked_sub(NAMED_MAX) {
        who = format!("`{}` and {more} more", names.join("`, `"));
    }
    let since = if stale.len() > 1 { ", the oldest of them" } else { "" };
    let how = if env.offline { " with the network" } else { "" };
    Some(format!("stale: {who}, synced{since} {oldest}; run `skillmeat sync`{how}"))
}
