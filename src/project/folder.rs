//! A project's folder on disk, read without leaving it.

use std::path::{Path, PathBuf};

use super::{Files, Leads, Stands};
use crate::disk;
use crate::error::Result;
use crate::model::path::RelPath;

pub struct Folder {
    /// Without links.
    root: PathBuf,
}

impl Folder {
    /// The folder, where there is one.
    pub fn open(root: &Path) -> Option<Self> {
        disk::real_path(root).filter(|root| root.is_dir()).map(|root| Self { root })
    }

    fn at(&self, path: &RelPath) -> PathBuf {
        self.root.join(path.as_str())
    }
}

impl Files for Folder {
    fn names(&self, dir: &RelPath) -> Result<Vec<String>> {
        let names = disk::list_names(&self.at(dir))?;
        // What is no text is no name that an agent or a record could have.
        let mut names: Vec<String> =
            names.into_iter().filter_map(|name| name.into_string().ok()).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn look(&self, path: &RelPath) -> Result<Stands> {
        let full = self.at(path);
        Ok(match disk::kind(&full)? {
            None => Stands::Nothing,
            Some(disk::Kind::File) => Stands::File,
            Some(disk::Kind::Dir) => Stands::Dir,
            Some(disk::Kind::Other) => Stands::Other,
            Some(disk::Kind::Link) => Stands::Link(self.leads(&full)),
        })
    }

    fn read(&self, path: &RelPath, max: u64) -> Result<Vec<u8>> {
        disk::read_below(&self.root, path.as_str(), max)
    }
}

impl Folder {
    fn leads(&self, link: &Path) -> Leads {
        let Some(real) = disk::real_path(link) else { return Leads::Nowhere };
        let below = real.strip_prefix(&self.root).ok().and_then(Path::to_str);
        below.and_then(RelPath::parse).map_or(Leads::Outside, Leads::To)
    }
}
