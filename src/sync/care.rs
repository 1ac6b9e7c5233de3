//! Looks after the cache: takes out what is damaged, forgets what nothing needs, or what is kept.
//!
//! Each of them waits for a sync that runs, and keeps others waiting. Who has it done, and what is
//! said of it, is not known here.

use std::path::Path;

use super::{LOCK, upkeep};
use crate::cache::{self, Cache, Cleaned, Repaired};
use crate::catalog::files;
use crate::disk::{self, FileLock};
use crate::env::Env;
use crate::error::Result;

/// Where sync keeps the clones of Git sources, below the cache's folder.
const CLONES: &str = "git";

/// Told who syncs while that is waited for.
pub type OnWait<'a> = &'a dyn Fn(&str);

/// What was forgotten, and the size of the files before and after.
pub struct Vacuumed {
    pub cleaned: Cleaned,
    pub before: u64,
    pub after: u64,
}

/// What is cleared.
pub enum Cleared<'a> {
    Everything,
    /// What is kept of these sources, by their keys.
    Sources(&'a [String]),
    /// Everything but what the pages of this catalog are made from.
    AllButPages,
}

/// Takes out what is damaged; `None` where there is no cache.
pub fn repair(env: &Env, on_wait: OnWait) -> Result<Option<Repaired>> {
    let _writer = alone(env, on_wait)?;
    cache::repair(&env.cache_dir, env.now)
}

/// Forgets what nothing needs any more, and gives the space back.
pub fn vacuum(env: &Env, cache: &Cache, on_wait: OnWait) -> Result<Vacuumed> {
    let _writer = alone(env, on_wait)?;
    let before = size(&env.cache_dir)?;
    cache.check_kept()?;
    let cleaned = cache.clean(env.now)?;
    cache.vacuum()?;
    Ok(Vacuumed { cleaned, before, after: size(&env.cache_dir)? })
}

pub fn clear(env: &Env, cache: &Cache, what: &Cleared, on_wait: OnWait) -> Result<Cleaned> {
    let _writer = alone(env, on_wait)?;
    cache.check_kept()?;
    match what {
        Cleared::Sources(keys) => cache.clear(keys),
        Cleared::Everything => {
            disk::remove_dir(&env.cache_dir.join(CLONES))?;
            cache.clear_all()
        }
        Cleared::AllButPages => {
            let (config, lock) = (files::config(env)?, files::lock(env)?);
            let named = upkeep::named(&lock, &upkeep::keys(env, &config.sources));
            disk::remove_dir(&env.cache_dir.join(CLONES))?;
            cache.clear_but(&named)
        }
    }
}

fn size(dir: &Path) -> Result<u64> {
    Ok(cache::info(dir)?.map_or(0, |info| info.size + info.log))
}

fn alone(env: &Env, on_wait: OnWait) -> Result<FileLock> {
    FileLock::acquire_while(&env.cache_dir.join(LOCK), on_wait, || env.stop.check())
}
