//! Files below one folder, reached through no link, whoever changes what meanwhile.
//!
//! The folder is opened once. Each step down is an open of one name that follows nothing, so that
//! what is read, made, replaced and removed is always below it.

use std::path::Path;

use crate::error::{Problem, Result};

/// A folder that was opened to work below it.
pub struct Beneath {}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub bytes: Vec<u8>,
    pub executable: bool,
}

/// One name below the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    File(Held),
    Dir,
    /// A link, a socket, a device: nothing that is read or replaced.
    Other,
}

impl Beneath {
    /// Opens the folder itself; what is above it may be reached through links.
    pub fn open(root: &Path) -> Result<Self> {
        let _ = root;
        Err(Problem::error("SM600", "not yet").into())
    }

    /// What is at a path; `None` where nothing is. A link on the way is an error (`SM601`).
    pub fn look(&self, path: &str) -> Result<Option<Found>> {
        let _ = path;
        Err(Problem::error("SM600", "not yet").into())
    }

    /// Every file at or below a path, by its path from the folder, sorted; folders of Git are not
    /// entered. What is no file is in the list as `Other`.
    pub fn below(&self, path: &str) -> Result<Vec<(String, Found)>> {
        let _ = path;
        Err(Problem::error("SM600", "not yet").into())
    }

    /// The names in a folder, sorted; none where there is no such folder.
    pub fn names(&self, path: &str) -> Result<Vec<String>> {
        let _ = path;
        Err(Problem::error("SM600", "not yet").into())
    }

    /// Makes a path hold `after`, or be gone, if it holds `before`, or is not there; whether it
    /// did. Folders above are made where they lack, and removed where the last file of theirs goes.
    /// On the disk when this returns. A file is never written in place: another name of the same
    /// file elsewhere keeps its bytes.
    pub fn exchange(
        &self,
        path: &str,
        before: Option<&Held>,
        after: Option<&Held>,
    ) -> Result<bool> {
        let _ = (path, before, after);
        Err(Problem::error("SM600", "not yet").into())
    }
}
