//! A file put in place of another so that nothing that anybody saved is lost.
//!
//! Between a look at a file and its replacement an editor may save it. So the two are exchanged in
//! one step and what came out is looked at: if it is not what was expected, they are exchanged back.

use std::fs;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use tempfile::NamedTempFile;

use super::write::unfinished;
use super::{make_dir, same_bytes};
use crate::error::{Error, Result};

/// What came of an exchange.
pub enum Replaced {
    /// It was as expected, and is replaced; the old file can still be looked at.
    Done(Option<Old>),
    /// The file holds something else by now, and is as it was.
    Differs,
}

/// A file that has no name any more. An editor that had opened it may still write to it.
pub struct Old(fs::File);

impl Old {
    /// What it holds now.
    pub fn bytes(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.0.rewind().and_then(|()| self.0.read_to_end(&mut bytes));
        read.map_err(|cause| Error::io("read", Path::new("a replaced file"), &cause))?;
        Ok(bytes)
    }
}

/// Makes a file hold `after`, or be gone, if it holds `before`, or is not there. On the disk when
/// this returns.
pub fn exchange(path: &Path, before: Option<&[u8]>, after: Option<&[u8]>) -> Result<Replaced> {
    let done = match (before, after) {
        (None, None) => return Ok(Replaced::Done(None)),
        (None, Some(after)) => make(path, after),
        (Some(before), Some(after)) => swap(path, before, after),
        (Some(before), None) => take_away(path, before),
    };
    done.map_err(|cause| Error::io("write", path, &cause))
}

fn make(path: &Path, after: &[u8]) -> io::Result<Replaced> {
    let dir = path.parent().unwrap_or(Path::new("."));
    make_dir(dir).map_err(io::Error::other)?;
    let temp = filled(dir, after, None)?;
    match temp.persist_noclobber(path) {
        Ok(_) => settle(dir).map(|()| Replaced::Done(None)),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Replaced::Differs),
        Err(error) => Err(error.error),
    }
}

fn swap(path: &Path, before: &[u8], after: &[u8]) -> io::Result<Replaced> {
    if !same_bytes(path, before) {
        return Ok(Replaced::Differs);
    }
    let dir = path.parent().unwrap_or(Path::new("."));
    let temp = filled(dir, after, fs::metadata(path).ok())?;
    match renameat_with(CWD, temp.path(), CWD, path, RenameFlags::EXCHANGE) {
        Ok(()) => {}
        // A file system that cannot: the look right before is all there is.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            let old = fs::File::open(path)?;
            if !same_bytes(path, before) {
                return Ok(Replaced::Differs);
            }
            temp.persist(path).map_err(|error| error.error)?;
            return settle(dir).map(|()| Replaced::Done(Some(Old(old))));
        }
        Err(rustix::io::Errno::NOENT) => return Ok(Replaced::Differs),
        Err(cause) => return Err(cause.into()),
    }
    if !same_bytes(temp.path(), before) {
        // Somebody saved right before: theirs goes back, and ours, which nobody saw, goes.
        renameat_with(CWD, temp.path(), CWD, path, RenameFlags::EXCHANGE)?;
        if !same_bytes(temp.path(), after) {
            // They saved once more meanwhile: the newest belongs there.
            renameat_with(CWD, temp.path(), CWD, path, RenameFlags::EXCHANGE)?;
        }
        return Ok(Replaced::Differs);
    }
    let old = fs::File::open(temp.path())?;
    settle(dir)?;
    Ok(Replaced::Done(Some(Old(old))))
}

fn take_away(path: &Path, before: &[u8]) -> io::Result<Replaced> {
    if !same_bytes(path, before) {
        return Ok(Replaced::Differs);
    }
    let dir = path.parent().unwrap_or(Path::new("."));
    let aside = unfinished(dir)?.into_temp_path();
    fs::rename(path, &aside)?;
    if !same_bytes(&aside, before) {
        let _ = renameat_with(CWD, &*aside, CWD, path, RenameFlags::NOREPLACE);
        return Ok(Replaced::Differs);
    }
    let old = fs::File::open(&aside)?;
    aside.close()?;
    settle(dir)?;
    Ok(Replaced::Done(Some(Old(old))))
}

/// A file with these bytes, on the disk, that has no name of its own yet.
fn filled(dir: &Path, bytes: &[u8], like: Option<fs::Metadata>) -> io::Result<NamedTempFile> {
    let mut temp = unfinished(dir)?;
    temp.write_all(bytes)?;
    if let Some(like) = like {
        temp.as_file().set_permissions(like.permissions())?;
    }
    temp.as_file().sync_all()?;
    Ok(temp)
}

fn settle(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}
