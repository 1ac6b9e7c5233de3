//! The only door to the file system: every error names its path, every write is whole or absent.
//!
//! Knows nothing of what the files mean.

pub mod beneath;
mod dir;
mod entries;
mod exchange;
mod lock;
mod presence;
mod state;
mod still;
mod tree;
mod write;

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Problem, Result};

pub use dir::{
    make_dir, make_private_dir, move_into, place_dir, place_new_dir, remove_dir, remove_empty_dir,
    scratch_beside, scratch_dir, sweep, sweep_now,
};
pub use entries::{Found, Listed, entries, look};
pub use exchange::{Old, Replaced, exchange};
pub use lock::FileLock;
pub use presence::Presence;
pub use state::{FileState, file_state, state};
pub use still::still;
pub use tree::standing;
pub use write::{
    append, make_executable, make_private, place_file, remove_file, rename, replace, same_bytes,
    write, write_changed, write_new,
};

/// Larger text files of a catalog are refused rather than read.
pub const TEXT_BYTES_MAX: u64 = 2 << 20;

pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|cause| Error::io("read", path, &cause))
}

/// The bytes of a file, or `None` when there is none.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(|cause| Error::io("read", path, &cause)),
    }
}

/// At most the first `max` bytes; what is not a regular file reads as an error, never blocks.
pub fn read_up_to(path: &Path, max: u64) -> Result<Vec<u8>> {
    let fail = |cause: &std::io::Error| Error::io("read", path, cause);
    if !fs::metadata(path).map_err(|cause| fail(&cause))?.is_file() {
        return Err(fail(&std::io::Error::other("not a regular file")));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|cause| fail(&cause))?;
    file.take(max).read_to_end(&mut bytes).map_err(|cause| fail(&cause))?;
    Ok(bytes)
}

/// The text of a file, or `None` when there is none. Not UTF-8, or too large, is `SM002`.
pub fn read_text(path: &Path) -> Result<Option<String>> {
    read_text_up_to(path, TEXT_BYTES_MAX)
}

/// As [`read_text`], for files that may be larger.
pub fn read_text_up_to(path: &Path, max: u64) -> Result<Option<String>> {
    if let Err(cause) = fs::metadata(path)
        && cause.kind() == ErrorKind::NotFound
    {
        return Ok(None);
    }
    let wrong = |why: &str| Problem::error("SM002", format!("`{}` {why}", path.display()));
    let bytes = read_up_to(path, max + 1)?;
    if bytes.len() as u64 > max {
        let help = "make it smaller: nobody writes a file of that size by hand";
        return Err(wrong(&format!("is larger than {} MiB", max >> 20)).help(help).into());
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(wrong("is not UTF-8 text").help("save it as UTF-8").into()),
    }
}

/// The bytes of a regular file that lies below `root`, at most `max`. A link on the way, or one put
/// there since the directory was listed, is refused. `root` is a path without links. Errors name the
/// path below it.
pub fn read_below(root: &Path, below: &str, max: u64) -> Result<Vec<u8>> {
    let path = root.join(below);
    let fail = |cause: std::io::Error| Error::io("read", Path::new(below), &cause);
    let is_dir = |dir: &str| fs::symlink_metadata(root.join(dir)).map(|meta| meta.is_dir());
    for (end, _) in below.match_indices('/') {
        // Only what is below the root can be a link.
        if !is_dir(&below[..end]).map_err(fail)? {
            return Err(fail(std::io::Error::other("not a regular file of this folder")));
        }
    }
    let listed = fs::symlink_metadata(&path).map_err(fail)?;
    if !listed.is_file() {
        return Err(fail(std::io::Error::other("not a regular file of this folder")));
    }
    let file = fs::File::open(&path).map_err(fail)?;
    if !same_file(&file.metadata().map_err(fail)?, &listed) {
        return Err(fail(std::io::Error::other("it was replaced while being read")));
    }
    // One byte more than it had, so that the end shows in the same read.
    let size = usize::try_from(listed.len().min(max)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(size + 1);
    file.take(max + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > max {
        let message = format!("`{below}` is larger than {} MiB", max >> 20);
        return Err(Problem::error("SM002", message).into());
    }
    Ok(bytes)
}

#[cfg(unix)]
fn same_file(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn same_file(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    a.file_type() == b.file_type() && a.created().ok() == b.created().ok()
}

/// Where a link points, as it is written.
pub fn read_link(path: &Path) -> Result<PathBuf> {
    fs::read_link(path).map_err(|cause| Error::io("read the link", path, &cause))
}

/// The size of a file in bytes, where there is one.
pub fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|meta| meta.len())
}

/// What stands at a path; a link is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Dir,
    Link,
    Other,
}

/// What stands at a path, if anything does.
pub fn kind(path: &Path) -> Result<Option<Kind>> {
    let kind = match fs::symlink_metadata(path) {
        Ok(meta) => meta.file_type(),
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(cause) => return Err(Error::io("look at", path, &cause)),
    };
    Ok(Some(match kind {
        kind if kind.is_file() => Kind::File,
        kind if kind.is_dir() => Kind::Dir,
        kind if kind.is_symlink() => Kind::Link,
        _ => Kind::Other,
    }))
}

/// Whether its owner may run a file.
#[cfg(unix)]
pub fn is_executable(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
pub fn is_executable(_meta: &fs::Metadata) -> bool {
    false
}

/// The absolute path without links, where the path exists.
pub fn real_path(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}

/// The names of the directories in a directory, sorted; none when it does not exist.
pub fn list_dirs(path: &Path) -> Result<Vec<String>> {
    list(path, |kind| kind.is_dir())
}

/// The names of the regular files in a directory, sorted; none when it does not exist.
pub fn list_files(path: &Path) -> Result<Vec<String>> {
    list(path, |kind| kind.is_file())
}

/// Every name in a directory that exists, in no order.
pub fn list_names(path: &Path) -> Result<Vec<std::ffi::OsString>> {
    let entries = fs::read_dir(path).map_err(|cause| Error::io("list", path, &cause))?;
    entries
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<std::io::Result<_>>()
        .map_err(|cause| Error::io("list", path, &cause))
}

fn list(path: &Path, wanted: impl Fn(&fs::FileType) -> bool) -> Result<Vec<String>> {
    let fail = |cause: std::io::Error| Error::io("list", path, &cause);
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(fail(cause)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(fail)?;
        if let (true, Ok(name)) =
            (wanted(&entry.file_type().map_err(fail)?), entry.file_name().into_string())
        {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}
