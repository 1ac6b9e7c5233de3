//! A folder of this machine to a tree. Follows no link, reads no file before it is asked for.
//!
//! Each file comes with a stamp that tells whether it is the one that was read before.
//! Knows nothing of Git: a folder inside a working copy is just a folder.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use jiff::Timestamp;
use walkdir::{DirEntry, WalkDir};

use crate::disk;
use crate::error::{Place, Problem, Result};
use crate::model::path::RelPath;

use super::filter::Filter;
use super::stamp;
use super::tree::{Blobs, Entry, Note, Tree};
use super::{DEPTH_MAX, FILE_BYTES_MAX, FILES_MAX, is_skipped, too_many};

/// Entries walked, taken or not, before the walk gives up.
const WALKED_MAX: usize = 1_000_000;

/// The files below `root` that the filter takes. The caller adds which source it was.
pub fn open(root: &Path, filter: &Filter) -> Result<Tree> {
    open_at(root, filter, Timestamp::MAX)
}

/// As [`open`], for whoever will remember the stamps: what changed shortly before `now`, or since,
/// has none.
pub fn open_at(root: &Path, filter: &Filter, now: Timestamp) -> Result<Tree> {
    let missing = || {
        let message = format!("the source folder `{}` does not exist", root.display());
        Problem::error("SM401", message).help("correct `path:` of the source, or make the folder")
    };
    let real = disk::real_path(root).filter(|path| path.is_dir()).ok_or_else(missing)?;
    let mut walk = Walk {
        root: &real,
        filter,
        now,
        entries: BTreeMap::new(),
        notes: BTreeMap::new(),
        problems: Vec::new(),
    };
    let entries = WalkDir::new(&real).sort_by_file_name().max_depth(DEPTH_MAX + 1).min_depth(1);
    let mut n_taken = 0;
    for (n_walked, entry) in
        entries.into_iter().filter_entry(|entry| !is_out(entry.file_name())).enumerate()
    {
        n_taken += usize::from(walk.add(entry));
        if n_taken > FILES_MAX || n_walked >= WALKED_MAX {
            return Err(too_many().into());
        }
    }
    let Walk { entries, notes, problems, .. } = walk;
    let tree = Tree::new(entries, problems, Box::new(Folder { root: real.clone() }));
    Ok(tree.noted(notes).only(filter))
}

fn is_out(name: &OsStr) -> bool {
    name.to_str().is_some_and(is_skipped)
}

struct Walk<'a> {
    root: &'a Path,
    filter: &'a Filter,
    now: Timestamp,
    entries: BTreeMap<RelPath, Entry>,
    notes: BTreeMap<RelPath, Note>,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    /// Notes one entry; says whether it is one that the filter takes.
    fn add(&mut self, entry: walkdir::Result<DirEntry>) -> bool {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                self.unreadable(&error);
                return false;
            }
        };
        let Some(path) = self.relative(entry.path()) else {
            if entry.file_type().is_dir() || entry.file_type().is_file() {
                let problem = Problem::warning("SM402", "the name is not UTF-8 text");
                self.problem(problem, entry.path());
            }
            return false;
        };
        if entry.depth() > DEPTH_MAX {
            let message = format!("lies deeper than {DEPTH_MAX} directories");
            self.problem(Problem::warning("SM406", message), entry.path());
            return false;
        }
        let found = if entry.file_type().is_dir() {
            return false;
        } else if entry.file_type().is_symlink() {
            self.link(&entry)
        } else if entry.file_type().is_file() {
            self.file(&entry, &path)
        } else {
            let note = Problem::note("SM407", "is no regular file, directory or link");
            self.problem(note, entry.path());
            None
        };
        let taken = found.is_some() && self.filter.takes(&path);
        if let Some(found) = found {
            self.entries.insert(path, found);
        }
        taken
    }

    fn file(&mut self, entry: &DirEntry, path: &RelPath) -> Option<Entry> {
        match entry.metadata() {
            Ok(meta) => {
                let state = disk::state(&meta);
                if let Some(stamp) = state.and_then(|state| stamp::of_file(&state, self.now)) {
                    self.notes.insert(path.clone(), Note { stamp, hash: None });
                }
                Some(Entry::File { size: meta.len(), executable: disk::is_executable(&meta) })
            }
            Err(error) => {
                self.unreadable(&error);
                None
            }
        }
    }

    fn link(&mut self, entry: &DirEntry) -> Option<Entry> {
        let target = disk::read_link(entry.path()).ok()?;
        match target.into_os_string().into_string() {
            Ok(target) => Some(Entry::Link { target }),
            Err(_) => {
                let problem = Problem::warning("SM402", "the link's target is not UTF-8 text");
                self.problem(problem, entry.path());
                None
            }
        }
    }

    fn unreadable(&mut self, error: &walkdir::Error) {
        // Its own words name the path on this machine.
        let why = error.io_error().map_or(ErrorKind::Other, std::io::Error::kind);
        let problem = Problem::warning("SM403", format!("cannot be read: {why}"));
        let shown = error.path().map_or_else(|| ".".to_owned(), |path| self.shown(path));
        self.problems.push(problem.at(Place::file(shown)).help("it is left out"));
    }

    fn problem(&mut self, problem: Problem, path: &Path) {
        let file = self.shown(path);
        self.problems.push(problem.at(Place::file(file)).help("it is left out"));
    }

    /// Cut as text: path by path, name by name would take as long as the walk itself.
    fn relative(&self, path: &Path) -> Option<RelPath> {
        let below = path
            .as_os_str()
            .as_encoded_bytes()
            .strip_prefix(self.root.as_os_str().as_encoded_bytes())?;
        RelPath::parse(std::str::from_utf8(below).ok()?.trim_start_matches(MAIN_SEPARATOR))
    }

    /// The path below the root; bytes that are no text are escaped.
    fn shown(&self, path: &Path) -> String {
        let below = path.strip_prefix(self.root).unwrap_or(path);
        match below.to_str() {
            Some(text) => text.to_owned(),
            None => below.as_os_str().as_encoded_bytes().escape_ascii().to_string(),
        }
    }
}

struct Folder {
    /// Without links.
    root: PathBuf,
}

impl Blobs for Folder {
    fn read(&self, path: &RelPath) -> Result<Vec<u8>> {
        disk::read_below(&self.root, path.as_str(), FILE_BYTES_MAX)
    }
}
