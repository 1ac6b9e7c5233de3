//! A directory to what it holds, each entry looked at once, from the directory itself: the system
//! need not find the way to it again.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::Path;

use super::{FileState, is_executable, state};

/// One name in a directory.
pub struct Listed {
    pub name: OsString,
    pub found: io::Result<Found>,
}

/// What stands under a name; a link is not followed.
pub enum Found {
    Dir,
    Link,
    File {
        /// In bytes.
        size: u64,
        executable: bool,
        /// As [`state`] has it.
        state: Option<FileState>,
    },
    Other,
}

/// What a directory holds, sorted by name, but for what is `out`. Errors name no path: they may be
/// shown where this machine's are not.
pub fn entries(dir: &Path, is_out: impl Fn(&OsStr) -> bool) -> io::Result<Vec<Listed>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        if !is_out(&name) {
            entries.push(Listed { name, found: found(&entry) });
        }
    }
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// What stands at a path, if anything does. Errors name no path, as above.
pub fn look(path: &Path) -> io::Result<Option<Found>> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => Ok(Some(Found::Dir)),
        Ok(meta) if meta.is_symlink() => Ok(Some(Found::Link)),
        Ok(meta) if meta.is_file() => Ok(Some(file(&meta))),
        Ok(_) => Ok(Some(Found::Other)),
        Err(cause)
            if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(cause) => Err(cause),
    }
}

fn file(meta: &fs::Metadata) -> Found {
    Found::File { size: meta.len(), executable: is_executable(meta), state: state(meta) }
}

fn found(entry: &fs::DirEntry) -> io::Result<Found> {
    let kind = entry.file_type()?;
    if kind.is_dir() {
        return Ok(Found::Dir);
    }
    if kind.is_symlink() {
        return Ok(Found::Link);
    }
    if !kind.is_file() {
        return Ok(Found::Other);
    }
    Ok(file(&entry.metadata()?))
}
