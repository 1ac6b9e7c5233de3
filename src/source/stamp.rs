//! A folder to a stamp that changes when one of its files does, without reading any.
//!
//! It only saves work: whether anything really changed is told by content hashes. A file saved
//! twice within the clock's resolution at the same size keeps its stamp, so a stamp younger than
//! that is not to be trusted by what must not miss a change.

use std::path::Path;
use std::time::UNIX_EPOCH;

use walkdir::WalkDir;

use super::is_skipped;
use crate::model::hash::ContentHash;

/// The names, sizes and times of all files below `root`; of a folder that is not there, the stamp
/// of nothing.
pub fn stamp(root: &Path) -> ContentHash {
    let walk = WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(|entry| {
        entry.depth() == 0 || !entry.file_name().to_str().is_some_and(is_skipped)
    });
    let mut text = Vec::new();
    for entry in walk.filter_map(Result::ok).filter(|entry| !entry.file_type().is_dir()) {
        let Ok(meta) = entry.metadata() else { continue };
        let changed = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        text.extend_from_slice(entry.path().as_os_str().as_encoded_bytes());
        text.push(0);
        text.extend_from_slice(&meta.len().to_le_bytes());
        text.extend_from_slice(&changed.unwrap_or_default().as_nanos().to_le_bytes());
    }
    ContentHash::of(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_tells_a_change_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            crate::disk::write(&dir.path().join(name), text.as_bytes()).unwrap();
        };
        write("skills/pdf/SKILL.md", "one");
        let before = stamp(dir.path());
        assert_eq!(stamp(dir.path()), before);
        write(".git/index", "no part of the source");
        assert_eq!(stamp(dir.path()), before);
        write("skills/pdf/SKILL.md", "longer");
        let after = stamp(dir.path());
        assert_ne!(after, before);
        write("skills/pdf/new.md", "");
        assert_ne!(stamp(dir.path()), after);
    }
}
