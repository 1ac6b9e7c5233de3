//! All that a load of a catalog reads, as paths, and as one hash of how these stand: while that is
//! the same, a load would give the same. Reads none of it, but names and times.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::SystemTime;

use super::{files, folder};
use crate::cache;
use crate::disk;
use crate::env::Env;
use crate::format::config::{self, Config};
use crate::format::lock;
use crate::model::hash::{ContentHash, Hashing};

/// What a catalog of this configuration is read from.
pub struct Inputs {
    /// Files and folders, none in another, sorted.
    paths: Vec<PathBuf>,
    /// Where the repository is decides which sources are read directly.
    repository: PathBuf,
}

impl Inputs {
    pub fn new(env: &Env, config: &Config) -> Self {
        let own = [config::FILE, lock::FILE, files::COLLECTIONS, files::TEMPLATES];
        let mut paths: Vec<PathBuf> = own.iter().map(|name| env.root.join(name)).collect();
        paths.extend(config.site.pages.iter().map(|pages| env.path(pages)));
        let (inside, elsewhere): (Vec<_>, Vec<_>) =
            config.sources.iter().partition(|source| folder::is_inside(env, source));
        paths.extend(inside.iter().filter_map(|source| folder::path_of(env, source)));
        if !elsewhere.is_empty() {
            // Of what is read directly, the cache only saves work.
            paths.extend(cache::database_files(&env.cache_dir));
        }
        paths.sort();
        paths.dedup_by(|path, above| path.starts_with(above));
        Self { paths, repository: folder::repository(&env.root).to_owned() }
    }

    /// Another whenever a load may read something else; `None` where that cannot be told, as
    /// of what changed just before `now`, the time on the clock.
    pub fn standing(&self, now: SystemTime) -> Option<ContentHash> {
        let is_out = |name: &OsStr| name == ".git";
        let mut hashing = Hashing::default();
        hashing.add(self.repository.as_os_str().as_encoded_bytes());
        for path in &self.paths {
            hashing.add(&disk::standing(path, &is_out, now)?);
        }
        Some(hashing.done())
    }
}
