//! The only door to the file system: every error names its path, every write is whole or absent.
//!
//! Knows nothing of what the files mean.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Problem, Result};

/// Larger text files of a catalog are refused rather than read.
pub const TEXT_BYTES_MAX: u64 = 2 << 20;

pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|cause| Error::io("read", path, &cause))
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
    let size = match fs::metadata(path) {
        Ok(meta) => meta.len(),
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(Error::io("read", path, &cause)),
    };
    let wrong = |why: &str| Problem::error("SM002", format!("`{}` {why}", path.display()));
    if size > TEXT_BYTES_MAX {
        return Err(wrong("is larger than 2 MiB").into());
    }
    match String::from_utf8(read(path)?) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(wrong("is not UTF-8 text").help("save it as UTF-8").into()),
    }
}

/// Replaces or makes a file so that a reader, or a crash, sees the old bytes or the new, never a
/// mix, and the new survive a power cut once this returns.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    make_dir(dir)?;
    let fail = |cause: std::io::Error| Error::io("write", path, &cause);
    let mut temp = NamedTempFile::with_prefix_in(".skillmeat-", dir).map_err(fail)?;
    temp.write_all(bytes).map_err(fail)?;
    if let Ok(old) = fs::metadata(path) {
        temp.as_file().set_permissions(old.permissions()).map_err(fail)?;
    } else {
        make_shared(temp.as_file()).map_err(fail)?;
    }
    temp.as_file().sync_all().map_err(fail)?;
    temp.persist(path).map_err(|error| fail(error.error))?;
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(fail)
}

/// Writes only when the bytes differ; says whether it did.
pub fn write_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if same_bytes(path, bytes) {
        return Ok(false);
    }
    write(path, bytes).map(|()| true)
}

/// Whether the file holds exactly these bytes.
pub fn same_bytes(path: &Path, bytes: &[u8]) -> bool {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() && meta.len() == bytes.len() as u64 => {
            fs::read(path).is_ok_and(|old| old == bytes)
        }
        _ => false,
    }
}

pub fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|cause| Error::io("create", path, &cause))
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

/// A temporary file is private; what it becomes follows the user's umask, as any new file does.
#[cfg(unix)]
fn make_shared(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_shared(_file: &fs::File) -> std::io::Result<()> {
    Ok(())
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

/// Every name in a directory that exists, in no order.
pub fn list_names(path: &Path) -> Result<Vec<std::ffi::OsString>> {
    let entries = fs::read_dir(path).map_err(|cause| Error::io("list", path, &cause))?;
    entries
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<std::io::Result<_>>()
        .map_err(|cause| Error::io("list", path, &cause))
}

/// Makes a file that was not there, and the directories above it. It is not forced to the disk:
/// for what can be made again.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    make_dir(path.parent().unwrap_or(Path::new(".")))?;
    let file = fs::File::create_new(path);
    file.and_then(|mut file| file.write_all(bytes))
        .map_err(|cause| Error::io("write", path, &cause))
}

/// Moves a file to another name on the same file system.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|cause| Error::io("rename", from, &cause))
}

/// Removes a file or a link, not what it points to; one that is gone already is fine.
pub fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(Error::io("remove", path, &cause)),
        _ => Ok(()),
    }
}

/// Removes a directory that is empty; says whether it did.
pub fn remove_empty_dir(path: &Path) -> bool {
    fs::remove_dir(path).is_ok()
}

/// Removes a directory and all below it, if there is one; through no link.
pub fn remove_dir(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(Error::io("remove", path, &cause)),
        _ => Ok(()),
    }
}
