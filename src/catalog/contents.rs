//! The bytes behind a catalog's artifacts, read when a page needs them: from the folders of the
//! catalog's own repository, or from the cache.

use std::collections::HashMap;
use std::sync::Arc;

use super::folder::Folder;
use super::past::{self, ByArtifact};
use crate::cache::Cache;
use crate::error::{Error, Problem, Result};
use crate::model::artifact::{Artifact, File};
use crate::model::hash::ContentHash;
use crate::model::history::{History, KeptBy};
use crate::model::path::RelPath;
use crate::source::detect::Content;

/// The cache has lost the content of an artifact.
pub const LOST: &str = "SM526";

/// Reads files of artifacts; shared between the threads that render.
pub trait Contents: Send + Sync {
    /// The bytes whose hash `file` names. What has other bytes by now, or is gone, is an error.
    fn read(&self, artifact: &Artifact, file: &File) -> Result<Vec<u8>>;

    /// What the artifact was before; none where that is not known.
    fn history(&self, artifact: &Artifact) -> Result<Option<History>>;

    /// Another value whenever [`Contents::history`] would say something else.
    fn history_hash(&self, artifact: &Artifact) -> Result<ContentHash> {
        Ok(ContentHash::of(format!("{:?}", self.history(artifact)?).as_bytes()))
    }
}

/// The contents of a loaded catalog.
pub struct Store {
    cache: Arc<Cache>,
    /// Folders that are read directly, by the name of their source.
    folders: HashMap<String, Arc<Folder>>,
    /// Where the histories of Git sources are, by the name of the source.
    histories: HashMap<String, Arc<ByArtifact>>,
    /// The keys of sources that have none, by their names.
    seen: HashMap<String, String>,
}

impl Store {
    pub fn new(cache: Arc<Cache>) -> Self {
        Self { cache, folders: HashMap::new(), histories: HashMap::new(), seen: HashMap::new() }
    }

    /// Takes in a folder that is read directly.
    pub(super) fn add_folder(&mut self, source: &str, folder: Arc<Folder>) {
        self.folders.insert(source.to_owned(), folder);
    }

    /// Takes in the histories of a Git source.
    pub(super) fn add_histories(&mut self, source: &str, histories: Arc<ByArtifact>) {
        self.histories.insert(source.to_owned(), histories);
    }

    /// Takes in a source of which only syncs know what it was before; `key` is that of its rows.
    pub(super) fn add_seen(&mut self, source: &str, key: String) {
        self.seen.insert(source.to_owned(), key);
    }
}

fn lost(what: &str, artifact: &Artifact) -> Error {
    let text = format!("the cache has lost {what} of `{}`", artifact.id);
    let help = format!("run `skillmeat sync {}`", artifact.id.source);
    Problem::error(LOST, text).help(help).into()
}

impl Contents for Store {
    fn read(&self, artifact: &Artifact, file: &File) -> Result<Vec<u8>> {
        let (read, is_checked) = match self.folders.get(&artifact.id.source) {
            Some(folder) => match folder.content(&file.hash) {
                Some(Content::Tree(path)) => (Some(folder.read(path)?), false),
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
            None => Err(lost(&format!("the content of `{}`", file.path), artifact)),
        }
    }

    fn history(&self, artifact: &Artifact) -> Result<Option<History>> {
        if let Some(folder) = self.folders.get(&artifact.id.source) {
            let path = RelPath::root().resolve(folder.path());
            let path = path.and_then(|folder| folder.resolve(artifact.file_path()));
            let path =
                path.filter(|_| !folder.path().starts_with('…')).map(|path| path.to_string());
            return Ok(Some(History { kept_by: KeptBy::Repository(path), ..History::default() }));
        }
        if let Some(key) = self.seen.get(&artifact.id.source) {
            return past::seen(&self.cache, key, artifact).map(Some);
        }
        let Some(histories) = self.histories.get(&artifact.id.source) else { return Ok(None) };
        let Some(hash) = histories.get(&(artifact.id.kind, artifact.path.clone())) else {
            return Ok(Some(History::default()));
        };
        let text = self.cache.blob(hash)?;
        let read = text.and_then(|text| serde_json::from_slice(&text).ok());
        read.map(Some).ok_or_else(|| lost("the history", artifact))
    }

    fn history_hash(&self, artifact: &Artifact) -> Result<ContentHash> {
        // Those of Git are kept by their hash, so none need be read.
        if let Some(histories) = self.histories.get(&artifact.id.source) {
            let hash = histories.get(&(artifact.id.kind, artifact.path.clone()));
            return Ok(hash.copied().unwrap_or_else(|| ContentHash::of(b"")));
        }
        Ok(ContentHash::of(format!("{:?}", self.history(artifact)?).as_bytes()))
    }
}
