//! A file, or a whole folder, to a stamp that changes when it does, without reading any bytes.
//!
//! It only saves work: whether anything really changed is told by content hashes. A file saved
//! twice within the clock's resolution at the same size keeps its stamp, so a stamp younger than
//! that is not to be trusted by what must not miss a change: [`of_file`] gives none.

use std::path::Path;
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use walkdir::WalkDir;

use super::is_skipped;
use crate::disk::FileState;
use crate::model::hash::ContentHash;

/// What changed less than this before it was looked at may change again without a trace: some file
/// systems count time in steps of two seconds.
const SETTLED_NS: i128 = 2_000_000_000;

/// The stamp of a file: size, times and inode. None when it may yet change without its stamp doing
/// so: when it changed shortly before `now`, at which the look at it began, or since.
pub fn of_file(state: &FileState, now: Timestamp) -> Option<String> {
    let FileState { size, inode, modified_ns, changed_ns } = *state;
    let is_settled = i128::from(modified_ns.max(changed_ns)) < now.as_nanosecond() - SETTLED_NS;
    is_settled.then(|| format!("{size:x} {modified_ns:x} {changed_ns:x} {inode:x}"))
}

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
    fn what_changed_just_now_has_no_stamp() {
        let now = Timestamp::from_second(1_000).unwrap();
        let second = |n: i64| n * 1_000_000_000;
        let stamp = |modified_ns, changed_ns| {
            of_file(&FileState { size: 1, inode: 2, modified_ns, changed_ns }, now)
        };
        assert!(stamp(second(900), second(997)).is_some());
        assert_ne!(stamp(second(900), second(997)), stamp(second(900), second(996)));
        assert_ne!(stamp(second(900), second(997)), stamp(second(901), second(997)));
        for (modified, changed) in [(900, 998), (998, 900), (900, 2_000), (2_000, 900)] {
            assert_eq!(stamp(second(modified), second(changed)), None, "{modified} {changed}");
        }
    }

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
