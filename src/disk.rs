//! The only door to the file system: every error names its path, every write is whole or absent.
//!
//! Knows nothing of what the files mean.

mod lock;

pub use lock::FileLock;

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
    read_text_up_to(path, TEXT_BYTES_MAX)
}

/// As [`read_text`], for files that may be larger.
pub fn read_text_up_to(path: &Path, max: u64) -> Result<Option<String>> {
    let size = match fs::metadata(path) {
        Ok(meta) => meta.len(),
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(Error::io("read", path, &cause)),
    };
    let wrong = |why: &str| Problem::error("SM002", format!("`{}` {why}", path.display()));
    if size > max {
        return Err(wrong(&format!("is larger than {} MiB", max >> 20)).into());
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

/// Moves a file to another name on the same file system.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|cause| Error::io("rename", from, &cause))
}

/// Makes a directory that only its owner can enter; one that exists keeps its mode.
pub fn make_private_dir(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|cause| Error::io("create", path, &cause))
}

/// Takes a file away from everybody but its owner, where the system knows owners.
pub fn make_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A file that belongs to somebody else is as private as they made it.
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// The bytes of a regular file that lies below `root`, at most `max`. A link on the way, or one put
/// there since the directory was listed, is refused. `root` is a path without links.
pub fn read_below(root: &Path, below: &str, max: u64) -> Result<Vec<u8>> {
    let path = root.join(below);
    let fail = |cause: std::io::Error| Error::io("read", &path, &cause);
    let listed = fs::symlink_metadata(&path).map_err(fail)?;
    if !listed.is_file() || fs::canonicalize(&path).map_err(fail)? != path {
        return Err(fail(std::io::Error::other("not a regular file of this folder")));
    }
    let file = fs::File::open(&path).map_err(fail)?;
    if !same_file(&file.metadata().map_err(fail)?, &listed) {
        return Err(fail(std::io::Error::other("it was replaced while being read")));
    }
    let mut bytes = Vec::new();
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

/// Where a link points, as it is written.
pub fn read_link(path: &Path) -> Result<PathBuf> {
    fs::read_link(path).map_err(|cause| Error::io("read the link", path, &cause))
}

/// A private directory beside `path`, removed when dropped. What an ended process left there a day
/// ago is removed first.
pub fn scratch_beside(path: &Path) -> Result<tempfile::TempDir> {
    const PREFIX: &str = ".skillmeat-new-";
    let dir = path.parent().unwrap_or(Path::new("."));
    make_dir(dir)?;
    for name in list_dirs(dir)?.iter().filter(|name| name.starts_with(PREFIX)) {
        let left = dir.join(name);
        let age = fs::metadata(&left).and_then(|meta| meta.modified()).ok();
        if age.and_then(|at| at.elapsed().ok()).is_some_and(|age| age.as_secs() > 86_400) {
            // Nobody needs it; one that stays is tried again next time.
            let _ = fs::remove_dir_all(&left);
        }
    }
    let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(dir);
    made.map_err(|cause| Error::io("create a directory in", dir, &cause))
}

/// Puts a finished directory in place of what is at `path`.
pub fn place_dir(scratch: tempfile::TempDir, path: &Path) -> Result<()> {
    remove_dir(path)?;
    fs::rename(scratch.path(), path).map_err(|cause| Error::io("write", path, &cause))?;
    // It has moved: there is nothing left to remove.
    let _ = scratch.keep();
    Ok(())
}

/// Removes a directory and all below it, if there is one; through no link.
pub fn remove_dir(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(Error::io("remove", path, &cause)),
        _ => Ok(()),
    }
}

/// A directory for this user alone, gone when the value is.
pub fn scratch_dir() -> Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("skillmeat-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let made = builder.tempdir();
    made.map_err(|cause| Error::io("create a directory in", &std::env::temp_dir(), &cause))
}
