//! Changes to the files that people own: collections and groups. The only writer of them.

use crate::disk;
use crate::env::Env;
use crate::error::Result;
use crate::format::collection;
use crate::model::collection::Collection;

/// Writes a new collection and its groups, and says which files. A collection whose folder exists
/// is left as it is: it has an owner. With `dry` nothing is written.
pub fn create_collection(env: &Env, collection: &Collection, dry: bool) -> Result<Vec<String>> {
    let file = env.root.join(&collection.file);
    if file.parent().is_some_and(std::path::Path::exists) {
        return Ok(Vec::new());
    }
    // The collection's own file comes last: a folder without it is one that was not finished.
    let mut texts: Vec<(&str, String)> = collection
        .groups
        .iter()
        .map(|group| (group.file.as_str(), collection::write_group(group)))
        .collect();
    texts.push((&collection.file, collection::write_collection(collection)));
    let mut written = Vec::with_capacity(texts.len());
    for (file, text) in texts {
        if !dry {
            disk::write(&env.root.join(file), text.as_bytes())?;
        }
        written.push(file.to_owned());
    }
    written.sort_unstable();
    Ok(written)
}
