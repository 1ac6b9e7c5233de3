//! A file exchanged for a new text so that nothing which an editor saves meanwhile is lost: what was
//! taken out is looked at before it goes, and held open for a while after.

use std::fs;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use super::dir::UNFINISHED;
use super::make_dir;
use super::write::unfinished;
use crate::error::{Error, Result};

/// What is in no place any more. An editor that had opened it may still write into it.
#[derive(Debug)]
pub struct Left {
    file: fs::File,
    /// What it held when it was left.
    was: Vec<u8>,
}

impl Left {
    /// What somebody has saved into it since, if anybody has.
    pub fn saved(&mut self) -> io::Result<Option<Vec<u8>>> {
        let bytes = read(&mut self.file)?;
        Ok(Some(bytes).filter(|bytes| *bytes != self.was && !bytes.is_empty()))
    }
}

/// What came of an exchange.
#[derive(Debug)]
pub struct Swapped {
    /// The new text stands there and survives a power cut. Else the place was not as expected, and is
    /// as it was found.
    pub is_done: bool,
    pub left: Vec<Left>,
}

const ODD: Swapped = Swapped { is_done: false, left: Vec::new() };

/// Puts `after` in place of `before`; `None` is a file that is not there.
pub fn swap(path: &Path, before: Option<&[u8]>, after: Option<&[u8]>) -> Result<Swapped> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let done = match (before, after) {
        (None, None) => Ok(Swapped { is_done: true, left: Vec::new() }),
        (None, Some(after)) => {
            make_dir(dir)?;
            place(path, dir, after)
        }
        (Some(before), Some(after)) => exchange(path, dir, before, after),
        (Some(before), None) => take(path, dir, before),
    };
    let synced = done.and_then(|done| {
        fs::File::open(dir).and_then(|dir| dir.sync_all())?;
        Ok(done)
    });
    synced.map_err(|cause| Error::io("write", path, &cause))
}

/// A new file, where none may be.
fn place(path: &Path, dir: &Path, after: &[u8]) -> io::Result<Swapped> {
    let mut temp = unfinished(dir)?;
    temp.write_all(after)?;
    temp.as_file().sync_all()?;
    match temp.persist_noclobber(path) {
        Ok(_) => Ok(Swapped { is_done: true, left: Vec::new() }),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(ODD),
        Err(error) => Err(error.error),
    }
}

fn exchange(path: &Path, dir: &Path, before: &[u8], after: &[u8]) -> io::Result<Swapped> {
    // Looked at first, so that what is odd already is not touched at all.
    let Some(old) = open(path)?.filter(|old| old.bytes == before) else { return Ok(ODD) };
    let mut temp = unfinished(dir)?;
    temp.write_all(after)?;
    temp.as_file().set_permissions(old.file.metadata()?.permissions())?;
    temp.as_file().sync_all()?;
    let temp = temp.into_temp_path();
    if !system::exchange(&temp, path)? {
        return replace(path, &temp, old);
    }
    // What stood there last is in the temporary place now.
    let out = open(&temp)?;
    if out.as_ref().is_some_and(|out| out.bytes == before) {
        return Ok(Swapped { is_done: true, left: left(out, before) });
    }
    system::exchange(&temp, path)?;
    let back = open(&temp)?;
    if back.as_ref().is_some_and(|back| back.bytes == after) {
        return Ok(Swapped { is_done: false, left: left(back, after) });
    }
    // Saved once more meanwhile: the newest belongs in the place, and what was there is kept.
    system::exchange(&temp, path)?;
    Ok(Swapped { is_done: false, left: left(open(&temp)?, before) })
}

/// Where a file system cannot exchange: a save between this look and the next step would be lost.
fn replace(path: &Path, temp: &Path, old: Opened) -> io::Result<Swapped> {
    if !super::same_bytes(path, &old.bytes) {
        return Ok(ODD);
    }
    fs::rename(temp, path)?;
    let was = old.bytes.clone();
    Ok(Swapped { is_done: true, left: left(Some(old), &was) })
}

fn take(path: &Path, dir: &Path, before: &[u8]) -> io::Result<Swapped> {
    if open(path)?.is_none_or(|old| old.bytes != before) {
        return Ok(ODD);
    }
    // A name that is free, and stays ours.
    let scratch = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(dir)?;
    let aside = scratch.path().join("taken");
    fs::rename(path, &aside)?;
    let out = open(&aside)?;
    if out.as_ref().is_some_and(|out| out.bytes == before) {
        return Ok(Swapped { is_done: true, left: left(out, before) });
    }
    match fs::hard_link(&aside, path) {
        Ok(()) => Ok(ODD),
        // A newer save stands in its place.
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            Ok(Swapped { is_done: false, left: left(out, before) })
        }
        Err(cause) => {
            // Whatever happens, it stays where a person can find it.
            let _ = scratch.keep();
            Err(cause)
        }
    }
}

fn left(opened: Option<Opened>, was: &[u8]) -> Vec<Left> {
    opened.map(|opened| Left { file: opened.file, was: was.to_owned() }).into_iter().collect()
}

/// A regular file with what it held.
struct Opened {
    file: fs::File,
    bytes: Vec<u8>,
}

/// `None` where there is none.
fn open(path: &Path) -> io::Result<Option<Opened>> {
    let is_gone = |cause: &io::Error| cause.kind() == io::ErrorKind::NotFound;
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() => {}
        Ok(_) => return Ok(None),
        Err(cause) if is_gone(&cause) => return Ok(None),
        Err(cause) => return Err(cause),
    }
    let mut file = match fs::File::open(path) {
        Err(cause) if is_gone(&cause) => return Ok(None),
        opened => opened?,
    };
    let bytes = read(&mut file)?;
    Ok(Some(Opened { file, bytes }))
}

fn read(file: &mut fs::File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::path::Path;

    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    /// Exchanges two names in one step; `false` where the file system cannot.
    pub(super) fn exchange(a: &Path, b: &Path) -> io::Result<bool> {
        match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(true),
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
            Err(cause) => Err(cause.into()),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;
    use std::path::Path;

    pub(super) fn exchange(_: &Path, _: &Path) -> io::Result<bool> {
        Ok(false)
    }
}
