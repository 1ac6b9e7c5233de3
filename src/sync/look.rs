//! The look back at the end of a sync: the catalog as it is now is loaded once, so that an id that
//! never was is said at once, what was just kept is known to be there, and what each collection
//! holds is kept for queries that need no YAML. Where nothing changed since the last look, none is
//! taken.

use std::sync::Arc;

use super::{Outcome, Report, upkeep};
use crate::cache::Cache;
use crate::catalog::files;
use crate::catalog::load::{self, Loaded};
use crate::disk;
use crate::env::Env;
use crate::error::Result;
use crate::format::config::{self, Config};
use crate::format::lock::{self, Lock};
use crate::model::artifact::READER_VERSION;
use crate::model::hash::ContentHash;

/// Loads the catalog, unless it is as it was when this was last done. `inside` are the revisions of
/// the folders that are read directly; none when that of one is not known.
pub(super) fn back(
    env: &Env,
    cache: &Arc<Cache>,
    (config, lock): (Config, Lock),
    inside: Option<&[String]>,
    report: &mut Report,
) -> Result<()> {
    let root = env.root.display().to_string();
    let name = format!("looked {}", ContentHash::of(root.as_bytes()).short(16));
    let is_quiet = report.sources.iter().all(|source| source.outcome != Outcome::Updated);
    let seen = inside.map(|inside| what_is_there(env, inside)).transpose()?;
    if is_quiet && seen.is_some() && cache.fact(CATALOGS, &name)? == seen {
        return upkeep::quiet(env, cache, &config, &lock);
    }
    let Loaded { catalog, lacking, lock, .. } = match load::load_with(env, cache, config, lock) {
        Ok(loaded) => loaded,
        Err(error) => {
            report.problems.extend(error.problems);
            return Ok(());
        }
    };
    if report.misses(&lacking) {
        return Err(cache.distrust());
    }
    upkeep::run(env, cache, &catalog, &lock)?;
    match seen {
        Some(seen) => cache.set_fact(CATALOGS, &name, &seen),
        None => Ok(()),
    }
}

/// What stands in the place of a source for facts about catalogs.
const CATALOGS: &str = "";

/// Differs when the lock, the configuration, a collection file or a folder inside does.
fn what_is_there(env: &Env, inside: &[String]) -> Result<String> {
    let mut paths = vec![env.root.join(config::FILE), env.root.join(lock::FILE)];
    let top = env.root.join(files::COLLECTIONS);
    for slug in disk::list_dirs(&top)? {
        let (dir, groups) = (top.join(&slug), top.join(&slug).join("groups"));
        paths.extend(disk::list_files(&dir)?.into_iter().map(|name| dir.join(name)));
        paths.extend(disk::list_files(&groups)?.into_iter().map(|name| groups.join(name)));
    }
    let mut text = format!("{READER_VERSION}\n{}\n", inside.join("\n"));
    for path in paths.iter().filter(|path| path.exists()) {
        let hash = ContentHash::of(&disk::read_up_to(path, files::LOCK_BYTES_MAX)?);
        text += &format!("{} {hash}\n", path.display());
    }
    Ok(ContentHash::of(text.as_bytes()).to_string())
}
