//! The files of collections and groups as they are on disk now.

use std::path::{Path, PathBuf};

use crate::catalog::files::COLLECTIONS;
use crate::disk;
use crate::error::{Place, Problem, Result};

/// Reads below one catalog.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) root: PathBuf,
}

impl Files {
    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// The text of a file, `None` where there is none. What is no regular file is refused: it would
    /// be replaced by one.
    pub(super) fn read(&self, file: &str) -> Result<Option<String>> {
        let path = self.path(file);
        match disk::kind(&path)? {
            None => Ok(None),
            Some(disk::Kind::File) => disk::read_text(&path),
            Some(_) => {
                let text = format!("`{file}` is a link, and is not replaced");
                let help = "change the file that it leads to, or put a file in its place";
                Err(Problem::error("SM251", text).at(Place::file(file)).help(help).into())
            }
        }
    }

    /// Whether something has the name already.
    pub(super) fn is_taken(&self, below: &str) -> Result<bool> {
        Ok(disk::kind(&self.path(below))?.is_some())
    }

    /// What stands in the folder of a collection and is no file of it or of its groups.
    pub(super) fn others(&self, slug: &str, own: impl Fn(&str) -> bool) -> Result<Vec<String>> {
        let mut others = Vec::new();
        let mut open = vec![format!("{COLLECTIONS}/{slug}")];
        while let Some(folder) = open.pop() {
            let path = self.path(&folder);
            if disk::kind(&path)? != Some(disk::Kind::Dir) {
                continue;
            }
            for name in disk::list_names(&path)? {
                let below = format!("{folder}/{}", name.to_string_lossy());
                match disk::kind(Path::new(&self.path(&below)))? {
                    Some(disk::Kind::Dir) => open.push(below),
                    Some(_) if !own(&below) && !disk::is_unfinished(&name) => others.push(below),
                    _ => {}
                }
            }
        }
        others.sort_unstable();
        Ok(others)
    }
}
