//! What a source brings to the files that people own: new collections whole or not at all, and new
//! texts in place of what was read.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_somebody_saved_meanwhile_is_left_as_they_saved_it() {
        let dir = tempfile::tempdir().unwrap();
        let env = Env::at(dir.path());
        let path = dir.path().join("collections/a/collection.yaml");
        let replace = |before, after| replace(&env, "collections/a/collection.yaml", before, after);
        let text = || std::fs::read_to_string(&path).unwrap();
        assert!(replace(None, "title: A\n").unwrap());
        assert!(replace(Some("title: A\n"), "title: B\n").unwrap());
        assert!(!replace(Some("title: A\n"), "title: C\n").unwrap(), "it is not A any more");
        assert!(!replace(None, "title: C\n").unwrap(), "it is there");
        assert_eq!(text(), "title: B\n");
        std::fs::remove_file(&path).unwrap();
        assert!(!replace(Some("title: B\n"), "title: C\n").unwrap(), "it was removed");
        assert!(!path.exists());
        let other = dir.path().join("other.yaml");
        std::fs::write(&other, "title: B\n").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(!replace(Some("title: B\n"), "title: C\n").unwrap(), "it is a link");
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "title: B\n");
        let names: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(names.len(), 1, "nothing is left behind");
    }
}
