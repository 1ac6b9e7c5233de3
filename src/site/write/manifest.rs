//! The list of files that a build wrote, and which paths may be on it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::names::{self, Extent};
use super::{BAD_MANIFEST, BAD_PATH, parents};
use crate::disk;
use crate::error::{Problem, Result};
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;

/// The list of a build that was being put in place, in the staging directory.
pub const STAGED: &str = "manifest.json";

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    version: u32,
    /// By path below the output directory, sorted.
    /// Without a hash where the bytes depend on the time: two builds write the same list.
    pub files: BTreeMap<String, Option<ContentHash>>,
}

impl Manifest {
    pub fn new(files: impl Iterator<Item = (String, ContentHash)>, volatile: &[&str]) -> Self {
        let files = files.map(|(path, hash)| {
            let hash = (!volatile.contains(&path.as_str())).then_some(hash);
            (path, hash)
        });
        Self { version: VERSION, files: files.collect() }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        // A map from strings to strings always becomes JSON.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// `None` when there is none.
    fn read(path: &Path) -> Result<Option<Self>> {
        match disk::kind(path)? {
            None => return Ok(None),
            Some(disk::Kind::File) => {}
            Some(_) => return Err(damaged(path, "it is no file")),
        }
        let manifest: Self = serde_json::from_slice(&disk::read(path)?)
            .map_err(|cause| damaged(path, &cause.to_string()))?;
        if manifest.version != VERSION {
            return Err(damaged(path, &format!("its version is {}", manifest.version)));
        }
        match manifest.files.keys().find(|path| !is_output_path(path)) {
            Some(bad) => Err(damaged(path, &format!("it lists `{bad}`"))),
            None => Ok(Some(manifest)),
        }
    }
}

fn damaged(path: &Path, why: &str) -> crate::error::Error {
    let message = format!("cannot use the list of written files `{}`: {why}", path.display());
    Problem::error(BAD_MANIFEST, message).help("build into another directory").into()
}

/// What earlier builds wrote: the last one, and one that a crash may have cut off, for each extent.
#[derive(Default)]
pub struct Known {
    files: BTreeMap<String, Listed>,
    /// Of what this build takes the place: a whole site of its parts, a part of a whole site and of
    /// those of another division. The other parts of its own stay.
    pub replaced: Vec<Extent>,
}

/// A file that some of the lists have.
#[derive(Default)]
struct Listed {
    hashes: Vec<Option<ContentHash>>,
    /// By a part that stays.
    is_beside: bool,
}

impl Known {
    /// What a build of that extent finds.
    pub fn read(out: &Path, extent: Extent) -> Result<Self> {
        let mut known = Self::default();
        for other in names::found(out)? {
            let is_beside = extent.zip(other).is_some_and(|(a, b)| a.is_beside(b));
            if !is_beside && other != extent {
                known.replaced.push(other);
            }
            let staged = out.join(names::staging(other)).join(STAGED);
            for path in [out.join(names::manifest(other)), staged] {
                let read = Manifest::read(&path)?;
                for (path, hash) in read.map(|manifest| manifest.files).unwrap_or_default() {
                    let listed = known.files.entry(path).or_default();
                    listed.hashes.push(hash);
                    listed.is_beside |= is_beside;
                }
            }
        }
        Ok(known)
    }

    pub fn lists(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    pub fn wrote(&self, path: &str, hash: ContentHash) -> bool {
        let is_it = |known: &Option<ContentHash>| known.is_none_or(|known| known == hash);
        self.files.get(path).is_some_and(|listed| listed.hashes.iter().any(is_it))
    }

    /// The files that are stale unless this build makes them.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let ours = self.files.iter().filter(|(_, listed)| !listed.is_beside);
        ours.map(|(path, _)| path.as_str())
    }
}

/// Every reason why these paths cannot be the files of one directory, on any file system.
pub fn path_problems(outputs: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut files: BTreeMap<String, &str> = BTreeMap::new();
    for path in outputs {
        if !is_output_path(path) {
            let path = crate::words::visible(path);
            problems.push(Problem::error(BAD_PATH, format!("`{path}` cannot be a file of a site")));
        } else if let Some(other) = files.insert(path.to_lowercase(), path) {
            let message = format!("two files of the site are `{path}` and `{other}`");
            let help = "rename one: some file systems do not tell capitals apart";
            problems.push(Problem::error(BAD_PATH, message).help(help));
        }
    }
    let dirs: BTreeSet<&str> = files.keys().flat_map(|path| parents(path)).collect();
    for dir in dirs {
        if let Some(path) = files.get(dir) {
            let message = format!("`{path}` is a file of the site and also a directory of it");
            problems.push(Problem::error(BAD_PATH, message));
        }
    }
    problems
}

fn is_output_path(path: &str) -> bool {
    let plain = RelPath::parse(path).is_some_and(|parsed| parsed.as_str() == path);
    plain
        && !path.is_empty()
        && !path.chars().any(|c| c.is_control() || matches!(c, '\\' | ':'))
        && !names::is_taken(path)
}
