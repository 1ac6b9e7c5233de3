//! The bytes behind a catalog's artifacts, read when a page needs them: from the folders of the
//! catalog's own repository, or from the cache.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cache::Cache;
use crate::error::{Problem, Result};
use crate::model::artifact::{Artifact, File};
use crate::model::hash::ContentHash;
use crate::source::detect::{Content, Found};
use crate::source::tree::Tree;

/// Reads files of artifacts; shared between the threads that render.
pub trait Contents: Send + Sync {
    /// The bytes whose hash `file` names. What has other bytes by now, or is gone, is an error.
    fn read(&self, artifact: &Artifact, file: &File) -> Result<Vec<u8>>;
}

/// The contents of a loaded catalog.
pub struct Store {
    cache: Arc<Cache>,
    /// Folders that are read directly, by the name of their source.
    folders: HashMap<String, Folder>,
}

/// A folder with where the bytes of each content are.
struct Folder {
    tree: Tree,
    contents: HashMap<ContentHash, Content>,
}

impl Store {
    pub fn new(cache: Arc<Cache>) -> Self {
        Self { cache, folders: HashMap::new() }
    }

    /// Takes in a folder that is read directly, with what was found in it.
    pub(super) fn add_folder(&mut self, source: &str, tree: Tree, found: &mut [Found]) {
        let mut contents = HashMap::new();
        for Found { artifact, contents: from } in found {
            for (file, content) in artifact.files.iter().zip(from.drain(..)) {
                contents.insert(file.hash, content);
            }
        }
        self.folders.insert(source.to_owned(), Folder { tree, contents });
    }
}

impl Contents for Store {
    fn read(&self, artifact: &Artifact, file: &File) -> Result<Vec<u8>> {
        let (read, is_checked) = match self.folders.get(&artifact.id.source) {
            Some(folder) => match folder.contents.get(&file.hash) {
                Some(Content::Tree(path)) => (Some(folder.tree.read(path)?), false),
                Some(Content::Bytes(bytes)) => (Some(bytes.clone()), true),
                None => (None, false),
            },
            // The cache gives no other bytes than those of the hash.
            None => (self.cache.blob(&file.hash)?, true),
        };
        match read {
            Some(bytes) if is_checked || ContentHash::of(&bytes) == file.hash => Ok(bytes),
            Some(_) => {
                let text =
                    format!("`{}` of `{}` changed while it was read", file.path, artifact.id);
                Err(Problem::error("SM432", text).help("run the command again").into())
            }
            None => {
                let text =
                    format!("the cache has lost the content of `{}`, `{}`", artifact.id, file.path);
                let help = format!("run `skillmeat sync --force {}`", artifact.id.source);
                Err(Problem::error("SM526", text).help(help).into())
            }
        }
    }
}
