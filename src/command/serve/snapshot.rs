//! Everything that `serve` shows, as it is on disk now: files, lock and cache to a snapshot.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::upstream::sync_these;
use crate::cache::Cache;
use crate::catalog::load::{self, Loaded};
use crate::catalog::{files, folder};
use crate::command::lack::Reasons;
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::model::hash::ContentHash;
use crate::serve::{Sink, Snapshot};
use crate::site::theme::Theme;
use crate::source::stamp;

/// Folders outside the repository. Pages show what the lock names of them, so while the server
/// follows the files, what changes there is synced before it is shown.
#[derive(Default)]
pub(super) struct Following {
    /// By source, what it looked like when it was last synced.
    stamps: Mutex<HashMap<String, ContentHash>>,
}

impl Following {
    /// Syncs what changed, and returns why some of it could not be.
    pub(super) fn sync(&self, env: &Env, cache: &Arc<Cache>, sink: &Sink) -> Result<Vec<Problem>> {
        let config = files::config(env)?;
        let outside = config.sources.iter().filter(|source| !folder::is_inside(env, source));
        let mut stamps = self.stamps.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Vec::new();
        for source in outside {
            let Some(path) = folder::path_of(env, source) else { continue };
            let stamp = stamp::stamp(&path);
            if stamps.insert(source.name.clone(), stamp) != Some(stamp) {
                changed.push(source.name.clone());
            }
        }
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let report = sync_these(env, cache, changed, sink)?;
        let mut problems = report.problems;
        for source in report.sources {
            if let Some(error) = source.error {
                // It is tried, and its problem said, until it can be read.
                stamps.remove(&source.name);
                problems.extend(error.problems);
            }
        }
        Ok(problems)
    }
}

/// Everything as it is now; `problems` are those already met on the way.
pub(super) fn snapshot(
    env: &Env,
    cache: &Arc<Cache>,
    why: &Reasons,
    mut problems: Vec<Problem>,
) -> Result<Snapshot> {
    let templates = files::templates(env)?;
    let mut parts: Vec<String> = templates
        .iter()
        .map(|(name, bytes)| format!("{name} {}", ContentHash::of(bytes)))
        .collect();
    let theme = Theme::load(templates)?;
    let Loaded { catalog, contents, config, lacking, .. } = load::load(env, cache)?;
    problems.extend(catalog.problems.iter().cloned());
    problems.extend(lacking.iter().map(|lack| why.problem(env, &catalog, lack, false)));
    let folders = config.sources.iter().filter_map(|source| folder::path_of(env, source));
    let pages = config.site.pages.iter().map(|pages| env.path(pages));
    let watched = folders.chain(pages).collect();

    parts.push(format!("{config:?} {problems:?} {:?}", catalog.stamps));
    parts.extend(catalog.artifacts.iter().map(|artifact| format!("{artifact:?}")));
    parts.extend(catalog.collections.iter().map(|one| format!("{:?}", one.definition)));
    parts.extend(catalog.pages.iter().map(|page| format!("{page:?}")));
    let images = catalog.images.iter();
    parts.extend(images.map(|one| format!("{} {}", one.file, ContentHash::of(&one.bytes))));
    // What the pages say of the age comes from a file of the site, too.
    parts.extend(
        catalog.sources.iter().map(|source| format!("{:?} {:?}", source.synced_at, source.failed)),
    );
    parts.extend(catalog.projects.iter().map(|project| format!("{project:?}")));
    Ok(Snapshot {
        catalog: Arc::new(catalog),
        contents: Arc::new(contents),
        theme: Arc::new(theme),
        watched,
        problems,
        limits: config.sync.limits(),
        read_at: env.now,
        interval: config.sync.interval.try_into().ok(),
        fingerprint: Some(ContentHash::of(parts.join("\0").as_bytes())),
    })
}
