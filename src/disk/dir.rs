//! Directories made, filled in one go, and removed.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use rayon::prelude::*;

use super::{Found, Kind, entries, kind, list_dirs, list_files, rename};
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

/// A directory for this user alone, gone when the value is. Those of processes that were killed are
/// removed first.
pub fn scratch_dir() -> Result<tempfile::TempDir> {
    const PREFIX: &str = "skillmeat-";
    let temp = std::env::temp_dir();
    let names = list_dirs(&temp).unwrap_or_default();
    for name in names.iter().filter(|name| name.starts_with(PREFIX)) {
        let process = name[PREFIX.len()..].split('-').next().and_then(|id| id.parse().ok());
        if process.is_some_and(has_ended) {
            // One of another user stays; it is theirs to remove.
            let _ = fs::remove_dir_all(temp.join(name));
        }
    }
    let mut builder = tempfile::Builder::new();
    let prefix = format!("{PREFIX}{}-", std::process::id());
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let made = builder.tempdir_in(&temp);
    made.map_err(|cause| Error::io("create a directory in", &temp, &cause))
}

/// Whether a process of this machine is known to be gone.
fn has_ended(process: u32) -> bool {
    let processes = Path::new("/proc");
    processes.join("self").exists() && !processes.join(process.to_string()).exists()
}

/// What starts the name of everything that is not yet what it will be.
pub(super) const UNFINISHED: &str = ".skillmeat-";

/// What is younger may be another process's, in the middle of its work.
const UNFINISHED_SECONDS: u64 = 60;

/// A directory to fill beside `path`, on the same file system, for [`place_dir`].
pub fn scratch_beside(path: &Path) -> Result<tempfile::TempDir> {
    let dir = path.parent().unwrap_or(Path::new("."));
    make_dir(dir)?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let prefix = format!("{UNFINISHED}new-{name}-");
    sweep_old(dir, &prefix)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    // Less what the user's umask takes away, as for any new directory.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(dir).map_err(|cause| Error::io("create a directory in", dir, &cause))
}

/// Removes what killed processes left of unfinished writes: in `dir`, and anywhere below `tree`.
pub fn sweep(dir: &Path, tree: &Path) -> Result<()> {
    sweep_old(dir, UNFINISHED)?;
    let mut open = vec![tree.to_owned()];
    while let Some(dir) = open.pop() {
        sweep_old(&dir, UNFINISHED)?;
        open.extend(list_dirs(&dir)?.into_iter().map(|name| dir.join(name)));
    }
    Ok(())
}

fn sweep_old(dir: &Path, prefix: &str) -> Result<()> {
    let is_old = |path: &Path| {
        let changed = fs::symlink_metadata(path).and_then(|meta| meta.modified()).ok();
        let age = changed.and_then(|at| at.elapsed().ok());
        age.is_some_and(|age| age.as_secs() > UNFINISHED_SECONDS)
    };
    sweep_if(dir, prefix, is_old)
}

/// Removes what starts with `prefix`, whatever its age: for a directory that is this process's.
pub fn sweep_now(dir: &Path, prefix: &str) -> Result<()> {
    sweep_if(dir, prefix, |_| true)
}

/// Nobody needs it: what cannot be removed now is tried again next time.
fn sweep_if(dir: &Path, prefix: &str, is_left: impl Fn(&Path) -> bool) -> Result<()> {
    for name in list_files(dir)?.iter().filter(|name| name.starts_with(prefix)) {
        if is_left(&dir.join(name)) {
            let _ = fs::remove_file(dir.join(name));
        }
    }
    for name in list_dirs(dir)?.iter().filter(|name| name.starts_with(prefix)) {
        if is_left(&dir.join(name)) {
            let _ = fs::remove_dir_all(dir.join(name));
        }
    }
    Ok(())
}

/// Puts a finished directory in place of what is at `path`.
pub fn place_dir(scratch: tempfile::TempDir, path: &Path) -> Result<()> {
    remove_dir(path)?;
    place_new_dir(scratch, path)
}

/// As [`place_dir`], where nothing may be replaced: what is there makes it fail.
pub fn place_new_dir(scratch: tempfile::TempDir, path: &Path) -> Result<()> {
    fs::rename(scratch.path(), path).map_err(|cause| Error::io("write", path, &cause))?;
    // It has moved: there is nothing left to remove.
    let _ = scratch.keep();
    let dir = path.parent().unwrap_or(Path::new("."));
    let synced = fs::File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(|cause| Error::io("write", path, &cause))
}

/// Moves all that is in one directory to its place in another, on the same file system: a whole
/// directory in one go where there is none of its name, and files over files.
pub fn move_into(from: &Path, to: &Path) -> Result<()> {
    let listed = entries(from, |_| false).map_err(|cause| Error::io("list", from, &cause))?;
    let (dirs, others): (Vec<_>, Vec<_>) =
        listed.into_iter().partition(|entry| matches!(entry.found, Ok(Found::Dir)));
    others
        .par_iter()
        .try_for_each(|entry| rename(&from.join(&entry.name), &to.join(&entry.name)))?;
    dirs.par_iter().try_for_each(|entry| {
        let (from, to) = (from.join(&entry.name), to.join(&entry.name));
        match kind(&to)? {
            Some(Kind::Dir) => move_into(&from, &to),
            _ => rename(&from, &to),
        }
    })
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
