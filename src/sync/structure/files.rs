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
    /// Folders, by their names as they are.
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
            files.add(env, format!("{COLLECTIONS}/{folder}/collection.yaml"))?;
            for name in disk::list_files(&root.join(&folder).join("groups"))? {
                if name.ends_with(".yaml") || name.ends_with(".yml") {
                    files.add(env, format!("{COLLECTIONS}/{folder}/groups/{name}"))?;
                }
            }
            files.folders.insert(folder);
        }
        Ok(files)
    }

    /// A link is not followed: what it leads to may be anybody's.
    fn add(&mut self, env: &Env, file: String) -> Result<()> {
        if disk::kind(&env.root.join(&file))? != Some(disk::Kind::File) {
            return Ok(());
        }
        if let Some(text) = disk::read_text(&env.root.join(&file))? {
            self.texts.insert(file, text);
        }
        Ok(())
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
