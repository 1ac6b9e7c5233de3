//! Changes to the files that people own: collections and groups. The only writer of them.
//!
//! `change` says what is wanted, `plan` works out which lines of which files that takes, and the
//! [`Editor`] writes them: all or nothing, only over what was seen, and so that it can be undone.

mod about;
pub mod change;
mod draft;
mod editor;
mod leftover;
mod members;
mod places;
pub mod plan;
mod ranks;
pub mod refusal;
#[cfg(test)]
mod tests;

pub use editor::{Done, Editor, recover};

use crate::disk;
use crate::env::Env;
use crate::error::Result;
use crate::format::collection;
use crate::model::collection::Collection;

/// Writes a new collection and its groups, all or nothing, and says which files. A collection whose
/// folder exists is left as it is: it has an owner. With `dry` nothing is written.
pub fn create_collection(env: &Env, collection: &Collection, dry: bool) -> Result<Vec<String>> {
    let file = env.root.join(&collection.file);
    let Some(folder) = file.parent().filter(|folder| !folder.exists()) else {
        return Ok(Vec::new());
    };
    let mut texts: Vec<(&str, String)> = collection
        .groups
        .iter()
        .map(|group| (group.file.as_str(), collection::write_group(group)))
        .collect();
    texts.push((&collection.file, collection::write_collection(collection)));
    let mut files: Vec<String> = texts.iter().map(|(file, _)| (*file).to_owned()).collect();
    files.sort_unstable();
    if dry {
        return Ok(files);
    }
    // A folder that stands there halfway after a crash would pass for one that a person made.
    let scratch = disk::scratch_beside(folder)?;
    for (file, text) in texts {
        let path = env.root.join(file);
        let below = path.strip_prefix(folder).unwrap_or(&path);
        disk::write(&scratch.path().join(below), text.as_bytes())?;
    }
    disk::place_new_dir(scratch, folder)?;
    Ok(files)
}

/// Puts a text in place of what was read from a file, or makes a file that was not there. `false`,
/// and nothing is done, when the file holds something else by now: somebody saved it meanwhile.
pub fn replace(env: &Env, file: &str, before: Option<&str>, after: &str) -> Result<bool> {
    disk::replace(&env.root.join(file), before.map(str::as_bytes), after.as_bytes())
}
