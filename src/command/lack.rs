//! What the lock names and the cache lacks: fetched where that can be, else said, with the reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Context, sync};
use crate::cache::Cache;
use crate::catalog::Catalog;
use crate::catalog::kept::Kept;
use crate::catalog::load::{self, Lack, Loaded};
use crate::disk;
use crate::env::Env;
use crate::error::{Error, Problem, Result};
use crate::model::age;
use crate::sync::{LOCK, Report};

/// A source that gives only its newest state has another than the lock names.
const MOVED_ON: &str = "SM438";

/// The catalog with all that could be had.
pub(super) struct Completed {
    /// With what is lacking still.
    pub(super) loaded: Loaded,
    pub(super) why: Reasons,
}

/// By source, why something of it could not be fetched.
#[derive(Clone, Default)]
pub(super) struct Reasons(BTreeMap<String, Problem>);

/// Loads the catalog; fetches what the lock names and the cache lacks.
pub(super) fn complete(ctx: &Context, cache: &Arc<Cache>) -> Result<Completed> {
    complete_again(ctx, cache, &mut Kept::default())
}

/// As [`complete`], by what is kept of a load before, and for the next.
pub(super) fn complete_again(
    ctx: &Context,
    cache: &Arc<Cache>,
    kept: &mut Kept,
) -> Result<Completed> {
    let loaded = load::load_again(&ctx.env, cache, kept)?;
    if loaded.lacking.is_empty() {
        return Ok(Completed { loaded, why: Reasons::default() });
    }
    let report = match sync::restore(ctx, cache, &loaded.lacking) {
        Ok(report) => report,
        Err(error) if cache.damage().is_some() => return Err(error),
        Err(error) => {
            ctx.env.stop.check()?;
            let why = Reasons::all(&loaded.lacking, &error);
            return Ok(Completed { loaded, why });
        }
    };
    ctx.env.stop.check()?;
    let loaded = load::load_again(&ctx.env, cache, kept)?;
    if report.misses(&loaded.lacking) {
        return Err(cache.distrust());
    }
    Ok(Completed { loaded, why: Reasons::of(&report) })
}

/// As [`complete`], for commands that only look: they neither wait for a sync that runs nor fail
/// for what cannot be had.
pub(super) fn as_far_as_can_be(ctx: &Context) -> Result<Loaded> {
    let cache = ctx.cache()?;
    let is_busy = || disk::FileLock::is_held(&ctx.env.cache_dir.join(LOCK));
    if is_busy() {
        return ctx.load();
    }
    let Completed { loaded, why } = complete(ctx, &cache)?;
    for lack in &loaded.lacking {
        ctx.problem(&why.added_to(lack.warning(), lack));
    }
    Ok(loaded)
}

/// As [`as_far_as_can_be`], of each artifact as much as a list shows.
pub(super) fn outlined(ctx: &Context) -> Result<Loaded> {
    let loaded = load::outline(&ctx.env, &ctx.cache()?)?;
    if loaded.lacking.is_empty() { Ok(loaded) } else { as_far_as_can_be(ctx) }
}

impl Reasons {
    fn of(report: &Report) -> Self {
        let failed = report.sources.iter().filter_map(|source| {
            let mut problem = source.error.as_ref()?.problems.first()?.clone();
            let prefix = format!("source `{}`: ", source.name);
            if let Some(bare) = problem.message.strip_prefix(&prefix) {
                problem.message = bare.to_owned();
            }
            Some((source.name.clone(), problem))
        });
        Self(failed.collect())
    }

    /// None of them could even be tried.
    fn all(lacking: &[Lack], error: &Error) -> Self {
        let first = error.problems.first();
        let why = |lack: &Lack| Some((lack.source.clone(), first?.clone()));
        Self(lacking.iter().filter_map(why).collect())
    }

    /// What is still lacking of a source, for a site: an error where there is nothing to show, or
    /// with `locked`; else what is shown in its place, and how old that is.
    pub(super) fn problem(
        &self,
        env: &Env,
        catalog: &Catalog,
        lack: &Lack,
        locked: bool,
    ) -> Problem {
        let (n, source) = (lack.count(), &lack.source);
        if lack.is_history_alone() {
            let text = format!("the history of `{source}` cannot be had");
            let problem = if locked {
                Problem::error("SM527", text)
            } else {
                Problem::warning("SM528", text)
            };
            return self.added_to(problem, lack);
        }
        if locked || !lack.is_whole() {
            let text = format!("{n} of `{source}` cannot be had as the lock names them");
            return self.added_to(Problem::error("SM527", text), lack);
        }
        let has_moved_on = self.0.get(source).is_some_and(|why| why.code == MOVED_ON);
        let state = catalog.sources.iter().find(|state| state.source.name == *source);
        let how = match state.and_then(|state| state.synced_at) {
            _ if has_moved_on => "in their newest state".to_owned(),
            Some(at) => format!("in a state synced {}", age::ago(at, env.now)),
            None => "in another state".to_owned(),
        };
        let text = format!("{n} of `{source}` are shown {how}, not as the lock names them");
        self.added_to(Problem::warning("SM528", text), lack)
    }

    /// The problem with the reason, and with what helps against that.
    fn added_to(&self, mut problem: Problem, lack: &Lack) -> Problem {
        let sync = format!("run `skillmeat sync {}`", lack.source);
        let Some(why) = self.0.get(&lack.source) else { return problem.help(sync) };
        if why.code == MOVED_ON {
            problem.message += ": it gives no older state";
            return problem.help(format!("{sync}, which brings the lock up to it"));
        }
        problem.message += &format!(": {}", why.message);
        problem.place.clone_from(&why.place);
        problem.help(why.help.clone().unwrap_or(sync))
    }
}
