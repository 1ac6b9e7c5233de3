//! Everything that `serve` shows, as it is on disk now: files, lock and cache to a snapshot.
//!
//! What an earlier snapshot was made from and still stands is not read again.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::upstream::sync_these;
use crate::cache::Cache;
use crate::catalog::kept::{Changed, Kept};
use crate::catalog::load::{self, Loaded};
use crate::catalog::{Catalog, files, folder};
use crate::command::lack::Reasons;
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::format::config::Config;
use crate::model::hash::{ContentHash, PartsHasher};
use crate::serve::{Sink, Snapshot};
use crate::site::theme::Theme;
use crate::source::stamp;
use crate::timings::Timings;

/// Loads snapshots, one after the other.
pub(super) struct Loader {
    /// Why the cache lacks what it does.
    why: Reasons,
    /// Folders outside the repository are synced when they change, and this is told of it.
    follows: Option<Sink>,
    /// With the cache that the parts were read from.
    kept: Mutex<(Arc<Cache>, Kept)>,
    theme: Mutex<Option<Themed>>,
    outside: Mutex<Outside>,
}

/// Folders outside the repository, of which pages show what the lock names.
struct Outside {
    /// Whether something is shown, so that there is time to look at them.
    is_shown: bool,
    /// Where something changed since they were last looked at.
    changed: Changed,
    /// By source.
    stamps: HashMap<String, Stamp>,
}

/// A theme and the files it was made from.
struct Themed {
    templates: BTreeMap<String, Vec<u8>>,
    theme: Arc<Theme>,
}

/// What a folder outside the repository looked like when it was last synced.
struct Stamp {
    path: PathBuf,
    of: ContentHash,
}

impl Loader {
    pub(super) fn new(cache: Arc<Cache>, why: Reasons, kept: Kept, follows: Option<Sink>) -> Self {
        Self {
            why,
            follows,
            kept: Mutex::new((cache, kept)),
            theme: Mutex::default(),
            outside: Mutex::default(),
        }
    }

    /// Everything as it is now, where no more than this changed; while sources are being asked,
    /// none is synced.
    pub(super) fn load(
        &self,
        env: &Env,
        cache: &Arc<Cache>,
        changed: &Changed,
        is_asking: bool,
    ) -> Result<Snapshot> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, kept) = &mut *kept;
        if !Arc::ptr_eq(of, cache) {
            (*of, *kept) = (Arc::clone(cache), Kept::default());
        }
        // Before anything can fail: what changed stays unknown until it was read.
        kept.forget(changed);
        let mut outside = self.outside.lock().unwrap_or_else(PoisonError::into_inner);
        outside.changed.add(changed.clone());
        let is_first = !mem::replace(&mut outside.is_shown, true);
        let timings = Timings::on();
        let mut problems = match &self.follows {
            Some(sink) if !is_asking && !is_first => {
                timings.phase("sync", || outside.sync(env, cache, sink))?
            }
            _ => Vec::new(),
        };
        drop(outside);
        let (theme, look) = timings.phase("theme", || self.theme(files::templates(env)?))?;
        let loaded = timings.phase("load", || load::load_again(env, cache, kept))?;
        let Loaded { catalog, contents, config, lacking, .. } = loaded;
        problems.extend(catalog.problems.iter().cloned());
        problems.extend(lacking.iter().map(|lack| self.why.problem(env, &catalog, lack, false)));
        let folders = config.sources.iter().filter_map(|source| folder::path_of(env, source));
        let pages = config.site.pages.iter().map(|pages| env.path(pages));
        let of = format!("{look} {} {config:?} {problems:?}", kept.generation());
        Ok(Snapshot {
            watched: folders.chain(pages).collect(),
            fingerprint: Some(fingerprint(&of, &catalog)),
            catalog: Arc::new(catalog),
            contents: Arc::new(contents),
            theme,
            problems,
            limits: config.sync.limits(),
            read_at: env.now,
            timings,
            interval: config.sync.interval.try_into().ok(),
        })
    }

    /// The theme with what tells it from others; made only if its files are others.
    fn theme(&self, templates: BTreeMap<String, Vec<u8>>) -> Result<(Arc<Theme>, String)> {
        let files = templates.iter().map(|(name, bytes)| (name.as_str(), ContentHash::of(bytes)));
        let look = ContentHash::of_files(files).hex();
        let mut kept = self.theme.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(themed) = kept.as_ref().filter(|themed| themed.templates == templates) {
            return Ok((Arc::clone(&themed.theme), look));
        }
        let theme = Arc::new(Theme::load(templates.clone())?);
        *kept = Some(Themed { templates, theme: Arc::clone(&theme) });
        Ok((theme, look))
    }
}

impl Default for Outside {
    fn default() -> Self {
        Self { is_shown: false, changed: Changed::Anywhere, stamps: HashMap::new() }
    }
}

impl Outside {
    /// Syncs what changed; returns why some of it could not be.
    fn sync(&mut self, env: &Env, cache: &Arc<Cache>, sink: &Sink) -> Result<Vec<Problem>> {
        let names = self.changed_sources(env, &files::config(env)?);
        self.changed = Changed::nowhere();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        // It is tried, and its problem said, until it can be read.
        let failed = |this: &mut Self, name: &String| drop(this.stamps.remove(name));
        let report = match sync_these(env, cache, names.clone(), sink) {
            Ok(report) => report,
            Err(error) => {
                names.iter().for_each(|name| failed(self, name));
                return Err(error);
            }
        };
        let mut problems = report.problems;
        for source in report.sources {
            if let Some(error) = source.error {
                failed(self, &source.name);
                problems.extend(error.problems);
            }
        }
        Ok(problems)
    }

    /// The sources in folders outside the repository that are not as they were; only where
    /// something may have changed are they looked at.
    fn changed_sources(&mut self, env: &Env, config: &Config) -> Vec<String> {
        let mut names = Vec::new();
        for source in config.sources.iter().filter(|source| !folder::is_inside(env, source)) {
            let Some(path) = folder::real_path(env, source) else { continue };
            let old = self.stamps.get(&source.name).filter(|stamp| stamp.path == path);
            if old.is_some() && !self.changed.touches(&path) {
                continue;
            }
            // Where it is known that something changed, the sync finds out by itself what.
            if old.is_some() && matches!(self.changed, Changed::At(_)) {
                names.push(source.name.clone());
                continue;
            }
            let of = stamp::stamp(&path);
            if old.is_none_or(|old| old.of != of) {
                names.push(source.name.clone());
            }
            self.stamps.insert(source.name.clone(), Stamp { path, of });
        }
        names
    }
}

/// What differs when anything that pages are made from does; `of` is what the catalog lacks of it.
fn fingerprint(of: &str, catalog: &Catalog) -> ContentHash {
    let mut hasher = PartsHasher::default();
    let mut add = |part: &str| hasher.add(part.as_bytes());
    add(of);
    add(&format!("{:?} {:?} {:?}", catalog.stamps, catalog.projects, catalog.removed.len()));
    for collection in &catalog.collections {
        add(&format!("{:?}", collection.definition));
    }
    // A comment changes no page, but the hash by which an edit of its file is made.
    add(&format!("{:?}", catalog.files));
    for page in &catalog.pages {
        add(&format!("{page:?}"));
    }
    for image in &catalog.images {
        add(&format!("{} {}", image.file, ContentHash::of(&image.bytes)));
    }
    // What the pages say of the age comes from a file of the site, too.
    for source in &catalog.sources {
        add(&format!("{:?} {:?} {:?}", source.synced_at, source.failed, source.problems));
    }
    hasher.end()
}
