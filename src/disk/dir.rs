//! Directories made, filled in one go, and removed.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::list_dirs;
use crate::error::{Error, Result};

pub fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|cause| Error::io("create", path, &cause))
}

/// Makes a directory that only its owner can enter; one that exists keeps its mode.
pub fn make_private_dir(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|cause| Error::io("create", path, &cause))
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

/// Removes a directory that is empty; says whether it did.
pub fn remove_empty_dir(path: &Path) -> bool {
    fs::remove_dir(path).is_ok()
}
