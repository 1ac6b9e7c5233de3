//! A file put in place of another so that nothing that anybody saved is lost.
//!
//! Between a look at a file and its replacement an editor may save it. So the two are exchanged in
//! one step and what came out is looked at: if it is not what was expected, they are exchanged back.

use std::fs;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use tempfile::{NamedTempFile, TempPath};

use super::write::unfinished;
use super::{make_dir, same_bytes};
use crate::error::{Error, Result};

/// What came of an exchange.
pub enum Replaced {
    /// It was as expected, and is replaced; the old file can still be looked at.
    Done(Option<Old>),
    /// The file holds something else by now, and is as it was. What was taken out of its way again
    /// can still be looked at: somebody may have opened it, or saved it and then the file.
    Differs(Option<Old>),
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
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(Replaced::Differs(None))
        }
        Err(error) => Err(error.error),
    }
}

fn swap(path: &Path, before: &[u8], after: &[u8]) -> io::Result<Replaced> {
    if !same_bytes(path, before) {
        return Ok(Replaced::Differs(None));
    }
    let dir = path.parent().unwrap_or(Path::new("."));
    let temp = filled(dir, after, fs::metadata(path).ok())?;
    match renameat_with(CWD, temp.path(), CWD, path, RenameFlags::EXCHANGE) {
        Ok(()) => {}
        // A file system that cannot: the look right before is all there is.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            let old = fs::File::open(path)?;
            if !same_bytes(path, before) {
                return Ok(Replaced::Differs(None));
            }
            temp.persist(path).map_err(|error| error.error)?;
            return settle(dir).map(|()| Replaced::Done(Some(Old(old))));
        }
        Err(rustix::io::Errno::NOENT) => return Ok(Replaced::Differs(None)),
        Err(cause) => return Err(cause.into()),
    }
    let temp = temp.into_temp_path();
    if same_bytes(&temp, before) {
        let old = fs::File::open(&temp)?;
        settle(dir)?;
        return Ok(Replaced::Done(Some(Old(old))));
    }
    // Somebody saved right before: theirs goes back, and ours, which nobody saw, goes.
    let out = match put_back(temp, path)? {
        // They saved once more meanwhile: the newest belongs there.
        Some(out) if !same_bytes(&out, after) => put_back(out, path)?,
        out => out,
    };
    Ok(Replaced::Differs(out.map(|out| fs::File::open(&out)).transpose()?.map(Old)))
}

fn take_away(path: &Path, before: &[u8]) -> io::Result<Replaced> {
    if !same_bytes(path, before) {
        return Ok(Replaced::Differs(None));
    }
    let dir = path.parent().unwrap_or(Path::new("."));
    let aside = unfinished(dir)?.into_temp_path();
    match fs::rename(path, &aside) {
        Ok(()) => {}
        // Somebody else takes it away, perhaps to make it anew.
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            return Ok(Replaced::Differs(None));
        }
        Err(cause) => return Err(cause),
    }
    let old = fs::File::open(&aside)?;
    if same_bytes(&aside, before) {
        aside.close()?;
        settle(dir)?;
        return Ok(Replaced::Done(Some(Old(old))));
    }
    // Where they saved once more meanwhile, the newest belongs there.
    let out = name_again(aside, path)?;
    Ok(Replaced::Differs(out.map(|_| Old(old))))
}

/// Exchanges what came out with what stands there; gives what comes out now.
fn put_back(out: TempPath, path: &Path) -> io::Result<Option<TempPath>> {
    match renameat_with(CWD, &*out, CWD, path, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(Some(out)),
        // Ours was taken away meanwhile.
        Err(rustix::io::Errno::NOENT) => name_again(out, path),
        Err(cause) => {
            // It is somebody's, and nowhere else.
            out.keep().map_err(|error| error.error)?;
            Err(cause.into())
        }
    }
}

/// Gives a file its name again if nothing else has it by now; else it comes out again.
fn name_again(out: TempPath, path: &Path) -> io::Result<Option<TempPath>> {
    match out.persist_noclobber(path) {
        Ok(()) => Ok(None),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Some(error.path)),
        Err(error) => {
            error.path.keep().map_err(|error| error.error)?;
            Err(error.error)
        }
    }
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
