//! Files below one folder, reached through no link, whoever changes what meanwhile.
//!
//! The folder is opened once. Each step down is an open of one name that follows nothing, so that
//! what is read, made, replaced and removed is always below it. A file is never written in place:
//! another name of the same file, elsewhere, keeps its bytes.

mod name;
#[cfg(test)]
mod tests;

use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, RawMode, RenameFlags, fstat, mkdirat, open, openat,
    renameat_with, statat, unlinkat,
};
use rustix::io::Errno;

use crate::error::{Error, Problem, Result};
use crate::words;
use name::{is_git, parts, twin};

/// Larger files are not read, and so never replaced.
const BYTES_MAX: u64 = 64 << 20;

/// More files than this below one folder are not listed.
const FILES_MAX: usize = 20_000;

/// What starts the name of what is not yet what it will be. SkillMeat's own files in a project begin
/// alike up to the second `-`, and are none of it.
const UNFINISHED: &str = ".skillmeat-tmp-";

/// What a killed process left unfinished is swept when it is older: a minute.
const UNFINISHED_NANOSECONDS: u128 = 60_000_000_000;

/// A folder that was opened to work below it.
pub struct Beneath {
    root: OwnedFd,
    /// For what is told alone.
    path: PathBuf,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub bytes: Vec<u8>,
    pub executable: bool,
}

/// One name below the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    File(Held),
    Dir,
    /// A link, a socket, a device: nothing that is read or replaced.
    Other,
}

/// A folder below the root, open, and a name in it.
struct Spot {
    dir: OwnedFd,
    name: String,
}

const DIR_FLAGS: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Beneath {
    /// Opens the folder itself; what is above it may be reached through links.
    pub fn open(root: &Path) -> Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = open(root, flags, Mode::empty());
        let opened = opened.map_err(|cause| Error::io("open", root, &cause.into()))?;
        Ok(Self { root: opened, path: root.to_owned() })
    }

    /// What is at a path; `None` where nothing is. A link on the way is an error (`SM644`), one at
    /// the end is [`Found::Other`].
    pub fn look(&self, path: &str) -> Result<Option<Found>> {
        match self.spot(path, false)? {
            Some(spot) => self.look_at(&spot, path),
            None => Ok(None),
        }
    }

    /// Every file at or below a path, by its path from the folder, sorted; folders of Git are not
    /// entered. What is no file is in the list as `Other`.
    pub fn below(&self, path: &str) -> Result<Vec<(String, Found)>> {
        let mut found = Vec::new();
        let mut open = vec![path.to_owned()];
        while let Some(next) = open.pop() {
            match self.look(&next)? {
                None => {}
                Some(Found::Dir) => {
                    let names = self.names(&next)?.into_iter();
                    let names = names.filter(|name| !is_git(name) && !name.starts_with(UNFINISHED));
                    open.extend(names.map(|name| format!("{next}/{name}")));
                }
                Some(other) => found.push((next, other)),
            }
            if found.len() > FILES_MAX {
                let text = format!("`{}` has more than {FILES_MAX} files", words::visible(path));
                return Err(Problem::error("SM647", text).help("see what fills it").into());
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    /// The names in a folder, sorted; none where there is no such folder.
    pub fn names(&self, path: &str) -> Result<Vec<String>> {
        let Some(spot) = self.spot(path, false)? else { return Ok(Vec::new()) };
        match openat(&spot.dir, &spot.name, DIR_FLAGS, Mode::empty()) {
            Ok(dir) => listed(&dir).map_err(|cause| self.failed("read", path, cause)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(Vec::new()),
            Err(cause) => Err(self.wrong(path, cause)),
        }
    }

    /// Makes a path hold `after`, or be gone, if it holds `before`, or is not there; whether it
    /// did. Folders above are made where they lack, and removed where the last file of theirs goes.
    /// On the disk when this returns.
    pub fn exchange(
        &self,
        path: &str,
        before: Option<&Held>,
        after: Option<&Held>,
    ) -> Result<bool> {
        if before.is_none() && after.is_none() {
            return Ok(self.look(path)?.is_none());
        }
        let Some(spot) = self.spot(path, before.is_none())? else { return Ok(false) };
        let done = match (before, after) {
            (None, Some(after)) => self.make(&spot, path, after),
            (Some(before), Some(after)) => self.swap(&spot, path, before, after),
            (Some(before), None) => self.take_away(&spot, path, before),
            (None, None) => Ok(true),
        }?;
        if done && after.is_none() {
            self.tidy(path)?;
        }
        Ok(done)
    }

    /// The folder that a path is in; `None` where it is not there and is not to be made.
    fn spot(&self, path: &str, make: bool) -> Result<Option<Spot>> {
        let mut parts = parts(path)?;
        let Some(last) = parts.pop() else {
            return Err(Problem::error("SM645", "the folder itself is no file").into());
        };
        let mut dir =
            self.root.try_clone().map_err(|cause| Error::io("open", &self.path, &cause))?;
        for name in parts {
            let mut next = openat(&dir, name, DIR_FLAGS, Mode::empty());
            if let (true, Err(Errno::NOENT)) = (make, &next) {
                self.check_twin(&dir, name, path)?;
                match mkdirat(&dir, name, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(cause) => return Err(self.failed("make a folder for", path, cause)),
                }
                sync(&dir).map_err(|cause| self.failed("make a folder for", path, cause))?;
                next = openat(&dir, name, DIR_FLAGS, Mode::empty());
            }
            dir = match next {
                Ok(next) => next,
                Err(Errno::NOENT) => return Ok(None),
                Err(cause) => return Err(self.way(&dir, name, path, cause)),
            };
        }
        if make {
            self.check_twin(&dir, last, path)?;
        }
        Ok(Some(Spot { dir, name: last.to_owned() }))
    }

    /// Where the file system tells names apart by case, another reader of the project may not.
    fn check_twin(&self, dir: &OwnedFd, name: &str, path: &str) -> Result<()> {
        let names = listed(dir).map_err(|cause| self.failed("read", path, cause))?;
        let Some(twin) = twin(&names, name) else { return Ok(()) };
        let text = format!(
            "`{}` cannot be made: `{}` is there, and differs in case alone",
            words::visible(path),
            words::visible(twin)
        );
        Err(Problem::error("SM646", text).help("rename the one that is there").into())
    }

    fn look_at(&self, spot: &Spot, path: &str) -> Result<Option<Found>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&spot.dir, &spot.name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            // A link (`ELOOP`), a socket (`ENXIO`).
            Err(Errno::LOOP | Errno::NXIO | Errno::MLINK) => {
                return Ok(Some(Found::Other));
            }
            Err(cause) => return Err(self.failed("read", path, cause)),
        };
        let stat = fstat(&file).map_err(|cause| self.failed("read", path, cause))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {}
            FileType::Directory => return Ok(Some(Found::Dir)),
            _ => return Ok(Some(Found::Other)),
        }
        let mut bytes = Vec::new();
        let read = std::fs::File::from(file).take(BYTES_MAX + 1).read_to_end(&mut bytes);
        read.map_err(|cause| Error::io("read", &self.path.join(path), &cause))?;
        if bytes.len() as u64 > BYTES_MAX {
            let text = format!("`{}` is larger than 64 MiB", words::visible(path));
            return Err(Problem::error("SM647", text).help("look at what it is").into());
        }
        Ok(Some(Found::File(Held { bytes, executable: stat.st_mode & 0o111 != 0 })))
    }

    fn make(&self, spot: &Spot, path: &str, after: &Held) -> Result<bool> {
        let temp = self.filled(spot, path, after, None)?;
        match renameat_with(&spot.dir, &temp.name, &spot.dir, &spot.name, RenameFlags::NOREPLACE) {
            Ok(()) => {
                temp.keep();
                self.settle(spot, path)
            }
            Err(Errno::EXIST) => Ok(false),
            // A file system that cannot: a hard link fails where there is something, too.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                let flags = AtFlags::empty();
                match rustix::fs::linkat(&spot.dir, &temp.name, &spot.dir, &spot.name, flags) {
                    Ok(()) => self.settle(spot, path),
                    Err(Errno::EXIST) => Ok(false),
                    Err(cause) => Err(self.failed("write", path, cause)),
                }
            }
            Err(cause) => Err(self.failed("write", path, cause)),
        }
    }

    fn swap(&self, spot: &Spot, path: &str, before: &Held, after: &Held) -> Result<bool> {
        if !self.holds(spot, path, before)? {
            return Ok(false);
        }
        let like = statat(&spot.dir, &spot.name, AtFlags::SYMLINK_NOFOLLOW);
        let like = like.map_err(|cause| self.failed("read", path, cause))?;
        let temp = self.filled(spot, path, after, Some(like.st_mode))?;
        let exchange =
            || renameat_with(&spot.dir, &temp.name, &spot.dir, &spot.name, RenameFlags::EXCHANGE);
        let out = Spot { dir: self.same(spot)?, name: temp.name.clone() };
        match exchange() {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(false),
            // A file system that cannot: the look right before is all there is.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                rustix::fs::renameat(&spot.dir, &temp.name, &spot.dir, &spot.name)
                    .map_err(|cause| self.failed("write", path, cause))?;
                temp.keep();
                return self.settle(spot, path);
            }
            Err(cause) => return Err(self.failed("write", path, cause)),
        }
        if matches!(self.holds(&out, path, before), Ok(true)) {
            return self.settle(spot, path);
        }
        // Somebody saved right before: theirs goes back, and ours, which nobody saw, goes.
        self.put_back(&temp, path, after)?;
        Ok(false)
    }

    /// Gives what came out of an exchange its name again. Where somebody saved once more meanwhile,
    /// the newest belongs there.
    fn put_back(&self, temp: &Unfinished<'_>, path: &str, after: &Held) -> Result<()> {
        let spot = temp.spot;
        let failed = |cause| {
            temp.leave();
            self.failed("put back", path, cause)
        };
        let out =
            Spot { dir: self.same(spot).inspect_err(|_| temp.leave())?, name: temp.name.clone() };
        let exchange =
            || renameat_with(&spot.dir, &temp.name, &spot.dir, &spot.name, RenameFlags::EXCHANGE);
        match exchange() {
            // Only what is ours goes; what cannot be read is somebody's.
            Ok(()) if matches!(self.holds(&out, path, after), Ok(true)) => Ok(()),
            Ok(()) => exchange().map_err(failed),
            // Ours was taken away meanwhile.
            Err(Errno::NOENT) => name_again(temp).map_err(failed),
            Err(cause) => Err(failed(cause)),
        }
    }

    fn take_away(&self, spot: &Spot, path: &str, before: &Held) -> Result<bool> {
        if !self.holds(spot, path, before)? {
            return Ok(false);
        }
        let aside = self.unfinished(spot);
        let out = Spot { dir: self.same(spot)?, name: aside.name.clone() };
        match rustix::fs::renameat(&spot.dir, &spot.name, &spot.dir, &aside.name) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(false),
            Err(cause) => return Err(self.failed("remove", path, cause)),
        }
        if matches!(self.holds(&out, path, before), Ok(true)) {
            drop(aside);
            return self.settle(spot, path);
        }
        // What somebody saved right before goes back; where they saved once more, the newer stays.
        name_again(&aside).map_err(|cause| {
            aside.leave();
            self.failed("put back", path, cause)
        })?;
        Ok(false)
    }

    fn holds(&self, spot: &Spot, path: &str, wanted: &Held) -> Result<bool> {
        Ok(matches!(self.look_at(spot, path)?, Some(Found::File(held)) if held == *wanted))
    }

    /// A file with these bytes, on the disk, that has no name of its own yet.
    fn filled<'a>(
        &self,
        spot: &'a Spot,
        path: &str,
        held: &Held,
        like: Option<RawMode>,
    ) -> Result<Unfinished<'a>> {
        let fail = |cause: std::io::Error| Error::io("write", &self.path.join(path), &cause);
        self.sweep(spot);
        let temp = self.unfinished(spot);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        let mode = if held.executable { 0o777 } else { 0o666 };
        let file =
            openat(&spot.dir, &temp.name, flags | OFlags::CLOEXEC, Mode::from_raw_mode(mode));
        let mut file =
            std::fs::File::from(file.map_err(|cause| self.failed("write", path, cause))?);
        file.write_all(&held.bytes).map_err(fail)?;
        if let Some(like) = like {
            // Who may read it may run it.
            let plain = like & 0o666;
            let mode = if held.executable { plain | (plain & 0o444) >> 2 } else { plain };
            let set = rustix::fs::fchmod(&file, Mode::from_raw_mode(mode));
            set.map_err(|cause| self.failed("write", path, cause))?;
        }
        file.sync_all().map_err(fail)?;
        Ok(temp)
    }

    fn unfinished<'a>(&self, spot: &'a Spot) -> Unfinished<'a> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let moment = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |age| age.as_nanos());
        let name = format!("{UNFINISHED}{}-{number}-{moment:x}", std::process::id());
        Unfinished { spot, name, is_ours: true.into() }
    }

    /// What killed processes left goes; what cannot be removed now is tried again next time.
    fn sweep(&self, spot: &Spot) {
        let Ok(names) = listed(&spot.dir) else { return };
        for name in names.iter().filter(|name| name.starts_with(UNFINISHED)) {
            // Told by its name: what somebody saved and was taken aside has a time of its own.
            let moment = name.rsplit_once('-').map(|(_, moment)| u128::from_str_radix(moment, 16));
            let Some(Ok(moment)) = moment else { continue };
            let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |age| age.as_nanos());
            if now.saturating_sub(moment) > UNFINISHED_NANOSECONDS {
                let _ = unlinkat(&spot.dir, name.as_str(), AtFlags::empty());
            }
        }
    }

    /// Removes the folders above a file that is gone, as far as they are empty.
    fn tidy(&self, path: &str) -> Result<()> {
        let mut dir = path;
        while let Some((above, _)) = dir.rsplit_once('/') {
            let Some(spot) = self.spot(above, false)? else { return Ok(()) };
            if unlinkat(&spot.dir, &spot.name, AtFlags::REMOVEDIR).is_err() {
                return Ok(());
            }
            sync(&spot.dir).map_err(|cause| self.failed("remove", above, cause))?;
            dir = above;
        }
        Ok(())
    }

    fn same(&self, spot: &Spot) -> Result<OwnedFd> {
        spot.dir.try_clone().map_err(|cause| Error::io("open", &self.path, &cause))
    }

    fn settle(&self, spot: &Spot, path: &str) -> Result<bool> {
        sync(&spot.dir).map_err(|cause| self.failed("write", path, cause))?;
        Ok(true)
    }

    /// Why a step down could not be taken.
    fn way(&self, dir: &OwnedFd, name: &str, path: &str, cause: Errno) -> Error {
        let stat = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW);
        let kind = stat.map(|stat| FileType::from_raw_mode(stat.st_mode));
        let (is_link, is_file) = match kind {
            Ok(FileType::Symlink) => (true, false),
            Ok(FileType::Directory) | Err(_) => (false, false),
            Ok(_) => (false, true),
        };
        let (path, name) = (words::visible(path), words::visible(name));
        if is_link {
            let text = format!("`{path}` is behind the link `{name}`: nothing goes through a link");
            let help = "work on the place that the link leads to";
            return Problem::error("SM644", text).help(help).into();
        }
        if is_file {
            let text = format!("`{path}` cannot be: `{name}` is no folder");
            return Problem::error("SM648", text).help("see what it is, and move it away").into();
        }
        self.failed("open", &path, cause)
    }

    fn wrong(&self, path: &str, cause: Errno) -> Error {
        match cause {
            Errno::LOOP => {
                let text =
                    format!("`{}` is a link: nothing goes through one", words::visible(path));
                let help = "work on the place that the link leads to";
                Problem::error("SM644", text).help(help).into()
            }
            cause => self.failed("open", path, cause),
        }
    }

    fn failed(&self, doing: &str, path: &str, cause: Errno) -> Error {
        Error::io(doing, &self.path.join(path), &cause.into())
    }
}

/// A name that is not yet what it will be; gone when the value is.
struct Unfinished<'a> {
    spot: &'a Spot,
    name: String,
    is_ours: std::cell::Cell<bool>,
}

impl Unfinished<'_> {
    /// It has another name by now.
    fn keep(&self) {
        self.is_ours.set(false);
    }

    /// It is somebody's, and nowhere else.
    fn leave(&self) {
        self.is_ours.set(false);
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if self.is_ours.get() {
            // Where it never came to be there is nothing to remove.
            let _ = unlinkat(&self.spot.dir, &self.name, AtFlags::empty());
        }
    }
}

/// Gives a file its name if nothing else has it by now.
fn name_again(temp: &Unfinished<'_>) -> rustix::io::Result<()> {
    let (dir, name) = (&temp.spot.dir, &temp.spot.name);
    match renameat_with(dir, &temp.name, dir, name, RenameFlags::NOREPLACE) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            match rustix::fs::linkat(dir, &temp.name, dir, name, AtFlags::empty()) {
                Ok(()) | Err(Errno::EXIST) => Ok(()),
                Err(cause) => Err(cause),
            }
        }
        Err(cause) => Err(cause),
    }
}

fn sync(dir: &OwnedFd) -> rustix::io::Result<()> {
    rustix::fs::fsync(dir)
}

/// The names in a folder that is open, sorted.
fn listed(dir: impl AsFd) -> rustix::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name == b"." || name == b".." {
            continue;
        }
        // What is no text is told as it can be; it is found by no path.
        names.push(String::from_utf8_lossy(name).into_owned());
    }
    names.sort();
    Ok(names)
}
