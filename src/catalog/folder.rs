//! Path sources inside the catalog's own repository, which are read directly: Git pins them.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::contents::Folder;
use super::recall::Files;
use crate::disk;
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::format::lock::{Lock, LockedArtifact};
use crate::model::artifact::Artifact;
use crate::model::id::ArtifactId;
use crate::model::source::{Address, Source};
use crate::source::detect::{self, Found, Sticky};
use crate::source::filter::Filter;
use crate::source::local;
use crate::source::tree::Tree;

pub(super) struct Read {
    pub(super) artifacts: Vec<Artifact>,
    pub(super) problems: Vec<Problem>,
    /// Where the bytes are.
    pub(super) folder: Folder,
}

/// What stands in the folder now. What an earlier sync remembered of the folder is not read again.
pub(super) fn read(env: &Env, source: &Source, lock: &Lock, remembered: &Files) -> Result<Read> {
    let tree = open(env, source, Timestamp::MAX)?.recalled(remembered);
    let sticky = sticky(lock.artifacts.iter(), &source.name);
    let mut detection = detect::detect(source, &tree, &sticky, remembered);
    let folder = Folder::new(source, tree, &mut detection.artifacts);
    let artifacts =
        detection.artifacts.into_iter().map(|Found { artifact, .. }| artifact).collect();
    Ok(Read { artifacts, problems: detection.problems, folder })
}

/// The files of a path source, stamped unless they changed shortly before `now`. An error names the
/// folder as the configuration does.
pub fn open(env: &Env, source: &Source, now: Timestamp) -> Result<Tree> {
    let root = path_of(env, source).unwrap_or_default();
    let filter = Filter::new(&source.include, &source.exclude)?;
    local::open_at(&root, &filter, now).map_err(|mut error| {
        if let Address::Path(written) = &source.address {
            for problem in &mut error.problems {
                problem.message = problem.message.replace(&root.display().to_string(), written);
            }
        }
        error.at(&source.place)
    })
}

/// The names that the lock once gave, by kind and path.
pub fn sticky<'a>(
    locked: impl IntoIterator<Item = (&'a ArtifactId, &'a LockedArtifact)>,
    source: &str,
) -> Sticky {
    locked
        .into_iter()
        .filter(|(id, _)| id.source == source)
        .map(|(id, locked)| ((id.kind, locked.path.clone()), id.name.clone()))
        .collect()
}

/// The absolute path of a source on disk.
pub fn path_of(env: &Env, source: &Source) -> Option<PathBuf> {
    match &source.address {
        Address::Path(path) | Address::Store(path) => Some(env.path(path)),
        Address::Git { .. } | Address::Web(_) => None,
    }
}

/// Where that really is, links resolved, or would be.
pub fn real_path(env: &Env, source: &Source) -> Option<PathBuf> {
    let path = path_of(env, source)?;
    Some(disk::real_path(&path).unwrap_or(path))
}

/// Whether a source is a folder of the repository the catalog is in. A store is not, wherever it
/// stands: another program writes it.
pub fn is_inside(env: &Env, source: &Source) -> bool {
    let Address::Path(path) = &source.address else { return false };
    env.path(path).starts_with(repository(&env.root))
}

/// The repository around a catalog; the catalog's own directory where there is none.
fn repository(root: &Path) -> &Path {
    root.ancestors().find(|dir| dir.join(".git").exists()).unwrap_or(root)
}
