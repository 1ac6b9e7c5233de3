//! Path sources inside the catalog's own repository, which are read directly: Git pins them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::recall::Files;
use crate::disk;
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::format::lock::{Lock, LockedArtifact};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;
use crate::model::path::RelPath;
use crate::model::shared::Shared;
use crate::model::source::{Address, Source};
use crate::source::detect::{self, Before, Content, Detection, Found, Sticky, Structure};
use crate::source::filter::Filter;
use crate::source::local;
use crate::source::tree::Tree;

pub(super) struct Read {
    pub(super) artifacts: Vec<Artifact>,
    pub(super) problems: Vec<Problem>,
    /// Where the bytes are.
    pub(super) folder: Folder,
}

/// A folder as it was found, and where the bytes of each content are.
pub(super) struct Folder {
    whole: Arc<Whole>,
    /// Contents of files that were found to be others since.
    newer: BTreeMap<RelPath, (ContentHash, Held)>,
}

/// All that was found when all of it was looked at.
struct Whole {
    tree: Tree,
    structure: Structure,
    /// Beside the artifacts and the files of each.
    contents: Vec<Vec<Content>>,
    places: HashMap<ContentHash, Held>,
    /// Where it stands, as people who look at the catalog's repository would say.
    path: String,
}

/// Of more files than this that are others, all are looked at again.
const NEWER_MAX: usize = 256;

/// A file of an artifact, by the places of both.
type Held = (u32, u32);

/// What stands in the folder now. What an earlier sync remembered of the folder is not read again.
pub(super) fn read(env: &Env, source: &Source, lock: &Lock, remembered: &Files) -> Result<Read> {
    // What is remembered is fetched while the folder is walked.
    let (tree, _) = rayon::join(|| open(env, source, Timestamp::MAX), || remembered.rows());
    let tree = tree?.recalled(remembered);
    let sticky = sticky(lock.artifacts.iter(), &source.name);
    let Detection { artifacts: found, problems, structure, .. } =
        detect::detect(source, &tree, &sticky, remembered);
    let (mut artifacts, mut contents) = (Vec::new(), Vec::new());
    for Found { artifact, contents: of } in found {
        artifacts.push(artifact);
        contents.push(of);
    }
    let places = held(artifacts.iter().enumerate()).collect();
    let path = source.address.published();
    let whole = Arc::new(Whole { tree, structure, contents, places, path });
    Ok(Read { artifacts, problems, folder: Folder { whole, newer: BTreeMap::new() } })
}

/// The places of artifacts' contents.
fn held<'a>(
    artifacts: impl Iterator<Item = (usize, &'a Artifact)>,
) -> impl Iterator<Item = (ContentHash, Held)> {
    let narrow = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    artifacts.flat_map(move |(at, artifact)| {
        let files = artifact.files.iter().enumerate();
        files.map(move |(place, file)| (file.hash, (narrow(at), narrow(place))))
    })
}

impl Folder {
    /// Where the bytes of a content are.
    pub(super) fn content(&self, hash: &ContentHash) -> Option<&Content> {
        let newer = || self.newer.values().find(|(newer, _)| newer == hash).map(|(_, held)| held);
        let (at, place) = newer().or_else(|| self.whole.places.get(hash))?;
        self.whole.contents.get(*at as usize)?.get(*place as usize)
    }

    /// The bytes of one of its files.
    pub(super) fn read(&self, path: &RelPath) -> Result<Vec<u8>> {
        self.whole.tree.read(path)
    }

    /// Where it stands, as people who look at the catalog's repository would say.
    pub(super) fn path(&self) -> &str {
        &self.whole.path
    }

    /// The same folder, in which something changed at these paths, and the artifacts that are
    /// others for it, by their places; `None` where all has to be looked at again.
    pub(super) fn again(
        &self,
        (source, root): (&Source, &Path),
        artifacts: &[Shared<Artifact>],
        paths: &BTreeSet<PathBuf>,
    ) -> Option<(Self, BTreeMap<usize, Artifact>)> {
        let Whole { tree, structure, contents, .. } = &*self.whole;
        let touched = local::touched(root, tree, paths)?;
        if touched.len() + self.newer.len() > NEWER_MAX {
            return None;
        }
        let before = Before { source, tree, structure, artifacts, contents };
        let changed = detect::again(&before, &touched)?;
        let mut newer = self.newer.clone();
        for (hash, held) in held(changed.iter().map(|(at, artifact)| (*at, artifact))) {
            if let Content::Tree(path) = &contents[held.0 as usize][held.1 as usize]
                && touched.contains(path)
            {
                newer.insert(path.clone(), (hash, held));
            }
        }
        Some((Self { whole: Arc::clone(&self.whole), newer }, changed))
    }
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
pub(super) fn repository(root: &Path) -> &Path {
    root.ancestors().find(|dir| dir.join(".git").exists()).unwrap_or(root)
}
