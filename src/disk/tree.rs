//! A file, or a folder with all below it, to how it stands: bytes that are others whenever the file
//! system tells that a name, a kind or the bytes of a file changed. Reads directories, and no file.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;

use super::{FileState, Found, Listed, entries, real_path, state};

/// So long after a change another one shows in the times of a file: they are those of the system's
/// last tick.
const TICK_NS: i64 = 50_000_000;
/// The same where times are whole seconds, or every other one.
const COARSE_NS: i64 = 2_000_000_000;

/// How it stands; that nothing is there is a state too. Names that are `out` are passed over. `None`
/// where a later change might leave no trace: something changed just before `now`, cannot be looked
/// at, or is a link to a folder.
pub fn standing(
    path: &Path,
    is_out: &(impl Fn(&OsStr) -> bool + Sync),
    now: SystemTime,
) -> Option<Vec<u8>> {
    let now = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let look = Look { is_out, now_ns: i64::try_from(now.as_nanos()).ok()? };
    let mut states = path.as_os_str().as_encoded_bytes().to_vec();
    match fs::metadata(path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => states.push(b'-'),
        Err(_) => return None,
        Ok(meta) if meta.is_dir() => {
            let real = real_path(path)?;
            states.extend(real.as_os_str().as_encoded_bytes());
            states.extend(look.folder(&real)?);
        }
        Ok(meta) => look.add(&meta, &mut states)?,
    }
    Some(states)
}

struct Look<'a, F> {
    is_out: &'a F,
    now_ns: i64,
}

impl<F: Fn(&OsStr) -> bool + Sync> Look<'_, F> {
    fn folder(&self, dir: &Path) -> Option<Vec<u8>> {
        let mut states = vec![b'{'];
        let mut inside: Vec<PathBuf> = Vec::new();
        for Listed { name, found } in entries(dir, |name| (self.is_out)(name)).ok()? {
            states.extend(name.as_encoded_bytes());
            match found.ok()? {
                Found::Dir => {
                    states.extend(b"/\n");
                    inside.push(dir.join(name));
                }
                Found::File { state, .. } => self.add_settled(state?, &mut states)?,
                // What it leads to, which may change without the link doing so.
                Found::Link => {
                    let to = dir.join(name);
                    states.extend(fs::read_link(&to).ok()?.as_os_str().as_encoded_bytes());
                    match fs::metadata(&to) {
                        Ok(meta) if meta.is_dir() => return None,
                        Ok(meta) => self.add(&meta, &mut states)?,
                        Err(_) => states.push(b'-'),
                    }
                }
                Found::Other => states.push(b'?'),
            }
        }
        // Folders of few files are many: they are looked at side by side.
        let below: Option<Vec<Vec<u8>>> = inside.par_iter().map(|dir| self.folder(dir)).collect();
        below?.into_iter().for_each(|below| states.extend(below));
        states.push(b'}');
        Some(states)
    }

    fn add(&self, meta: &Metadata, states: &mut Vec<u8>) -> Option<()> {
        self.add_settled(state(meta)?, states)
    }

    fn add_settled(&self, state: FileState, states: &mut Vec<u8>) -> Option<()> {
        let FileState { size, inode, modified_ns, changed_ns } = state;
        for time in [modified_ns, changed_ns] {
            let step = if time % 1_000_000_000 == 0 { COARSE_NS } else { TICK_NS };
            if time >= self.now_ns.saturating_sub(step) {
                return None;
            }
        }
        states.push(0);
        states.extend(size.to_le_bytes());
        states.extend(inode.to_le_bytes());
        states.extend(modified_ns.to_le_bytes());
        states.extend(changed_ns.to_le_bytes());
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;
    use std::time::Duration;

    fn settle() {
        sleep(Duration::from_nanos(2 * TICK_NS.unsigned_abs()));
    }

    #[test]
    fn whatever_changes_in_a_folder_changes_how_it_stands() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("folder");
        let look = || {
            settle();
            standing(&root, &|name: &OsStr| name == "out", SystemTime::now()).unwrap()
        };
        let write = |name: &str, text: &str| fs::write(root.join(name), text).unwrap();
        let mut states = vec![look()];
        let mut changed = |what: &str| {
            let state = look();
            assert!(!states.contains(&state), "{what}");
            assert_eq!(state, look(), "{what}, and nothing since");
            states.push(state);
        };
        fs::create_dir_all(root.join("a/b")).unwrap();
        changed("a folder");
        write("a/b/file", "one");
        changed("a file");
        write("a/b/file", "two");
        changed("other bytes of the same number");
        fs::rename(root.join("a/b/file"), root.join("a/file")).unwrap();
        changed("a file moved");
        fs::rename(root.join("a/file"), root.join("a/other")).unwrap();
        changed("a file has another name");
        fs::remove_dir(root.join("a/b")).unwrap();
        changed("an empty folder is gone");
        let target = dir.path().join("elsewhere");
        fs::write(&target, "one").unwrap();
        std::os::unix::fs::symlink(&target, root.join("link")).unwrap();
        changed("a link");
        fs::write(&target, "two").unwrap();
        changed("what a link leads to");
        fs::remove_file(&target).unwrap();
        changed("a link leads nowhere");
        fs::create_dir(root.join("out")).unwrap();
        write("out/file", "one");
        assert_eq!(Some(&look()), states.last(), "a name that is out");
    }

    #[test]
    fn what_might_change_without_a_trace_has_no_state() {
        let dir = tempfile::tempdir().unwrap();
        let look = || standing(dir.path(), &|_: &OsStr| false, SystemTime::now());
        fs::write(dir.path().join("file"), "one").unwrap();
        assert_eq!(look(), None, "it was changed just now");
        settle();
        assert!(look().is_some());
        std::os::unix::fs::symlink(dir.path(), dir.path().join("link")).unwrap();
        settle();
        assert_eq!(look(), None, "a link to a folder");
    }
}
