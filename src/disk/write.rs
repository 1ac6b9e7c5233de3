//! Files written, moved and removed.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::dir::UNFINISHED;
use super::make_dir;
use crate::error::{Error, Result};

/// Replaces or makes a file so that a reader, or a crash, sees the old bytes or the new, never a
/// mix, and the new survive a power cut once this returns.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_if(path, bytes, || true).map(drop)
}

/// As [`write`], if the file still holds `before`, or is still not there, right before it is put in
/// place; says whether it was. What is no regular file is never replaced.
pub fn replace(path: &Path, before: Option<&[u8]>, after: &[u8]) -> Result<bool> {
    let is_as_before = || match before {
        Some(before) => same_bytes(path, before),
        None => fs::symlink_metadata(path).is_err(),
    };
    write_if(path, after, is_as_before)
}

fn write_if(path: &Path, bytes: &[u8], is_wanted: impl Fn() -> bool) -> Result<bool> {
    let dir = path.parent().unwrap_or(Path::new("."));
    make_dir(dir)?;
    let fail = |cause: std::io::Error| Error::io("write", path, &cause);
    let mut temp = unfinished(dir).map_err(fail)?;
    temp.write_all(bytes).map_err(fail)?;
    if let Ok(old) = fs::metadata(path) {
        temp.as_file().set_permissions(old.permissions()).map_err(fail)?;
    }
    temp.as_file().sync_all().map_err(fail)?;
    if !is_wanted() {
        return Ok(false);
    }
    temp.persist(path).map_err(|error| fail(error.error))?;
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(fail)?;
    Ok(true)
}

/// Writes only when the bytes differ; says whether it did.
pub fn write_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if same_bytes(path, bytes) {
        return Ok(false);
    }
    write(path, bytes).map(|()| true)
}

/// Makes a file that was not there, and the directories above it. It is not forced to the disk:
/// for what can be made again.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = fs::File::create_new(path);
    if file.as_ref().is_err_and(|cause| cause.kind() == ErrorKind::NotFound) {
        make_dir(path.parent().unwrap_or(Path::new(".")))?;
        file = fs::File::create_new(path);
    }
    file.and_then(|mut file| file.write_all(bytes))
        .map_err(|cause| Error::io("write", path, &cause))
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

/// Adds to the end of a file that is for its owner alone, made when missing. It is not forced to the
/// disk: for what may be lost.
pub fn append(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = fs::File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path);
    file.and_then(|mut file| file.write_all(bytes))
        .map_err(|cause| Error::io("write", path, &cause))
}

/// Puts a finished file in place of what is at `path`, on the same file system, so that it survives
/// a power cut once this returns.
pub fn place_file(finished: &Path, path: &Path) -> Result<()> {
    let fail = |cause: std::io::Error| Error::io("write", path, &cause);
    fs::File::open(finished).and_then(|file| file.sync_all()).map_err(fail)?;
    fs::rename(finished, path).map_err(fail)?;
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(fail)
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

/// Takes a file away from everybody but its owner, where the system knows owners.
pub fn make_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        const PRIVATE: u32 = 0o600;
        // Nothing to do leaves no trace: to set the same again counts as a change.
        let mode = fs::metadata(path).map(|meta| meta.permissions().mode() & 0o7777);
        if !matches!(mode, Ok(PRIVATE)) {
            // A file that belongs to somebody else is as private as they made it.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(PRIVATE));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Lets everybody run a file who may read it, where the system knows that.
pub fn make_executable(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let fail = |cause: std::io::Error| Error::io("write", path, &cause);
        let mode = fs::metadata(path).map_err(fail)?.permissions().mode();
        let mode = fs::Permissions::from_mode(mode | (mode & 0o444) >> 2);
        fs::set_permissions(path, mode).map_err(fail)?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// A file to become another, with the mode of any new file: what the user's umask leaves.
pub(super) fn unfinished(dir: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(dir)
}
