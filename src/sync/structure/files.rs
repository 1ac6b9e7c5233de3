//! The collection files as they stand, and names for new ones beside them.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::files::{COLLECTIONS, RESERVED_SLUGS};
use crate::disk;
use crate::env::Env;
use crate::error::Result;
use crate::model::slug;

/// What stands below `collections/`.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    /// Every name there is, in small letters: some file systems know no others.
    pub(super) names: BTreeSet<String>,
    /// Folders with a collection or group in them, by their names as they are. One that somebody
    /// emptied is gone: Git does not keep it, so that other machines do not have it.
    pub(super) folders: BTreeSet<String>,
    /// Texts by their path below the catalog.
    pub(super) texts: BTreeMap<String, String>,
}

impl Files {
    pub(super) fn read(env: &Env) -> Result<Self> {
        let root = env.root.join(COLLECTIONS);
        let mut files = Self::default();
        if disk::kind(&root)?.is_none() {
            return Ok(files);
        }
        for name in disk::list_names(&root)? {
            files.names.insert(name.to_string_lossy().to_lowercase());
        }
        for folder in disk::list_dirs(&root)? {
            let mut is_here = files.add(env, collection_file(&folder))?;
            for name in disk::list_files(&root.join(&folder).join("groups"))? {
                if name.ends_with(".yaml") || name.ends_with(".yml") {
                    is_here |= files.add(env, format!("{COLLECTIONS}/{folder}/groups/{name}"))?;
                }
            }
            if is_here {
                files.folders.insert(folder);
            }
        }
        Ok(files)
    }

    /// Reads a file, and says whether something stands there. A link is not followed: what it
    /// leads to may be anybody's.
    fn add(&mut self, env: &Env, file: String) -> Result<bool> {
        let kind = disk::kind(&env.root.join(&file))?;
        if kind == Some(disk::Kind::File)
            && let Some(text) = disk::read_text(&env.root.join(&file))?
        {
            self.texts.insert(file, text);
        }
        Ok(kind.is_some())
    }

    /// The file of a group, whichever its ending.
    pub(super) fn group(&self, folder: &str, slug: &str) -> Option<(String, &str)> {
        let file = ["yaml", "yml"].map(|end| format!("{COLLECTIONS}/{folder}/groups/{slug}.{end}"));
        file.into_iter().find_map(|file| {
            let text = self.texts.get(&file)?;
            Some((file, text.as_str()))
        })
    }
}

/// A folder's name for a collection that is called `title`: the plain one, else with a suffix that
/// comes from `key`, until `is_free` takes it.
pub(super) fn free_name(plain: &str, key: &str, is_free: impl Fn(&str) -> bool) -> String {
    let is_free = |name: &str| !RESERVED_SLUGS.contains(&name) && is_free(name);
    if is_free(plain) {
        return plain.to_owned();
    }
    let with_suffix = |n: usize| slug::with_suffix(plain, &format!("{key}{}", "+".repeat(n)));
    // Hashes: one of the first few is free.
    (0..64).map(with_suffix).find(|name| is_free(name)).unwrap_or_else(|| with_suffix(64))
}

pub(super) fn collection_file(folder: &str) -> String {
    format!("{COLLECTIONS}/{folder}/collection.yaml")
}

pub(super) fn group_file(folder: &str, slug: &str) -> String {
    format!("{COLLECTIONS}/{folder}/groups/{slug}.yaml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_somebody_emptied_is_no_collection_but_its_name_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let env = Env::at(dir.path());
        for file in ["own/collection.yaml", "grouped/groups/a.yml", "Emptied/groups/README.md"] {
            disk::write(&dir.path().join(COLLECTIONS).join(file), b"title: A\n").unwrap();
        }
        let files = Files::read(&env).unwrap();
        assert_eq!(files.folders, ["grouped".to_owned(), "own".to_owned()].into());
        assert!(files.names.contains("emptied"), "{:?}", files.names);
    }
}
