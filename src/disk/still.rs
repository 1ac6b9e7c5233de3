//! Many files below one folder to whether each is the one that it was. The way down is opened once
//! for those that lie together, and through no link.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rayon::prelude::*;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, openat, statat};

use super::FileState;

/// Files that one thread looks at before it takes others: so many that the folders it opens again
/// do not count.
const AT_ONCE: usize = 512;

/// Beside files, by their paths below `root`: whether each stands so. `files` is best sorted.
pub fn still(root: &Path, files: &[(&str, FileState)]) -> Vec<bool> {
    let look = |files: &[(&str, FileState)]| -> Vec<bool> {
        let Ok(root) = openat(rustix::fs::CWD, root, FOLDER, Mode::empty()) else {
            return vec![false; files.len()];
        };
        let mut way = Way { root, steps: Vec::new() };
        files.iter().map(|(path, state)| way.state(path) == Some(*state)).collect()
    };
    files.par_chunks(AT_ONCE).flat_map_iter(look).collect()
}

const FOLDER: OFlags =
    OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The folders that lead to the file looked at last.
struct Way<'a> {
    root: OwnedFd,
    steps: Vec<(&'a str, OwnedFd)>,
}

impl<'a> Way<'a> {
    fn state(&mut self, path: &'a str) -> Option<FileState> {
        let mut names = path.split('/').peekable();
        let mut depth = 0;
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                self.steps.truncate(depth);
                return plain(&statat(self.here(), name, AtFlags::SYMLINK_NOFOLLOW).ok()?);
            }
            if self.steps.get(depth).is_none_or(|(step, _)| *step != name) {
                self.steps.truncate(depth);
                let folder = openat(self.here(), name, FOLDER, Mode::empty()).ok()?;
                self.steps.push((name, folder));
            }
            depth += 1;
        }
        None
    }

    fn here(&self) -> impl AsFd + '_ {
        self.steps.last().map_or(self.root.as_fd(), |(_, folder)| folder.as_fd())
    }
}

/// Of a plain file; as [`super::state`] has it.
fn plain(stat: &Stat) -> Option<FileState> {
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return None;
    }
    let nanoseconds =
        |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Some(FileState {
        size: u64::try_from(stat.st_size).ok()?,
        inode: stat.st_ino,
        modified_ns: nanoseconds(stat.st_mtime, i64::try_from(stat.st_mtime_nsec).ok()?),
        changed_ns: nanoseconds(stat.st_ctime, i64::try_from(stat.st_ctime_nsec).ok()?),
    })
}
