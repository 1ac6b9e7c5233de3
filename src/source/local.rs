//! A folder of this machine to a tree. Follows no link, reads no file before it is asked for.
//!
//! Each file comes with a stamp that tells whether it is the one that was read before.
//! Knows nothing of Git: a folder inside a working copy is just a folder.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use rayon::prelude::*;

use crate::disk::{self, Found};
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
    let (n_walked, n_taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let walk = Walk { root: &real, filter, now, n_walked, n_taken };
    let mut met = Met::default();
    walk.dir(&real, Some(&RelPath::root()), 1, &mut met)?;
    let Met { entries, notes, problems } = met;
    // Sorted nearly as they were met: made in one go, without a search for each.
    let (entries, notes) = (entries.into_iter().collect(), notes.into_iter().collect());
    let tree = Tree::new(entries, problems, Box::new(Folder { root: real }));
    Ok(tree.noted(notes).only(filter))
}

/// The regular files of a tree, opened at `root`, at these absolute paths: those whose bytes may be
/// others now. `None` where more may have changed than bytes, or where a link leads to such a file.
/// `root` is without links.
pub fn touched(root: &Path, tree: &Tree, paths: &BTreeSet<PathBuf>) -> Option<BTreeSet<RelPath>> {
    let mut touched = BTreeSet::new();
    for path in paths {
        let Ok(below) = path.strip_prefix(root) else {
            // Elsewhere; or the folder itself is another.
            if root.starts_with(path) {
                return None;
            }
            continue;
        };
        let below = RelPath::parse(below.to_str()?)?;
        if below.names().any(is_skipped) {
            continue;
        }
        match disk::look(path).ok()? {
            // It came and went.
            None if is_nothing(tree, &below) => {}
            Some(Found::File { executable, .. }) => {
                let old = tree.files.get(&below)?;
                if old.link.is_some() || old.executable != executable {
                    return None;
                }
                touched.insert(below);
            }
            _ => return None,
        }
    }
    let mut links = tree.files.values().filter_map(|file| file.link.as_ref());
    (!links.any(|to| touched.contains(to))).then_some(touched)
}

/// Whether a tree never knew anything there.
fn is_nothing(tree: &Tree, path: &RelPath) -> bool {
    let is_of = |problem: &Problem| problem.place.as_ref().is_some_and(|p| p.file == path.as_str());
    tree.below(path).next().is_none()
        && !tree.aliases.contains_key(path)
        && !tree.problems.iter().any(is_of)
}

fn is_out(name: &OsStr) -> bool {
    name.to_str().is_some_and(is_skipped)
}

struct Walk<'a> {
    root: &'a Path,
    filter: &'a Filter,
    now: Timestamp,
    n_walked: AtomicUsize,
    n_taken: AtomicUsize,
}

/// What was met on the way.
#[derive(Default)]
struct Met {
    entries: Vec<(RelPath, Entry)>,
    notes: Vec<(RelPath, Note)>,
    problems: Vec<Problem>,
}

/// Directories so deep are walked side by side: below them there is enough to do for each.
const SIDE_BY_SIDE: usize = 2;

impl Walk<'_> {
    /// Notes what is in and below one directory, whose entries lie so deep; `below` is its path
    /// below the root, where that is text.
    fn dir(&self, dir: &Path, below: Option<&RelPath>, depth: usize, met: &mut Met) -> Result<()> {
        let entries = match disk::entries(dir, is_out) {
            Ok(entries) => entries,
            Err(cause) => {
                self.unreadable(dir, &cause, met);
                return Ok(());
            }
        };
        let mut inside = Vec::new();
        for disk::Listed { name, found } in entries {
            let path = below.zip(name.to_str()).map(|(below, name)| below.join(name));
            let at = dir.join(&name);
            let is_dir = matches!(found, Ok(Found::Dir));
            let is_taken = self.add(&at, path.as_ref(), depth, found, met);
            let n_walked = self.n_walked.fetch_add(1, Ordering::Relaxed);
            let n_taken = self.n_taken.fetch_add(usize::from(is_taken), Ordering::Relaxed);
            if n_taken + usize::from(is_taken) > FILES_MAX || n_walked + 1 > WALKED_MAX {
                return Err(too_many().into());
            }
            if is_dir && depth <= DEPTH_MAX {
                inside.push((at, path));
            }
        }
        if depth > SIDE_BY_SIDE {
            return inside
                .iter()
                .try_for_each(|(dir, path)| self.dir(dir, path.as_ref(), depth + 1, met));
        }
        let walk = |(dir, path): &(PathBuf, Option<RelPath>)| {
            let mut met = Met::default();
            self.dir(dir, path.as_ref(), depth + 1, &mut met).map(|()| met)
        };
        // In their order, whoever is done first.
        for Met { entries, notes, problems } in
            inside.par_iter().map(walk).collect::<Result<Vec<_>>>()?
        {
            met.entries.extend(entries);
            met.notes.extend(notes);
            met.problems.extend(problems);
        }
        Ok(())
    }

    /// Notes one entry; says whether it is one that the filter takes.
    fn add(
        &self,
        at: &Path,
        path: Option<&RelPath>,
        depth: usize,
        found: io::Result<Found>,
        met: &mut Met,
    ) -> bool {
        let found = match found {
            Ok(found) => found,
            Err(cause) => {
                self.unreadable(at, &cause, met);
                return false;
            }
        };
        let Some(path) = path else {
            if matches!(found, Found::Dir | Found::File { .. }) {
                self.problem(Problem::warning("SM402", "the name is not UTF-8 text"), at, met);
            }
            return false;
        };
        if depth > DEPTH_MAX {
            let message = format!("lies deeper than {DEPTH_MAX} directories");
            self.problem(Problem::warning("SM406", message), at, met);
            return false;
        }
        let entry = match found {
            Found::Dir => None,
            Found::Link => self.link(at, met),
            Found::File { size, executable, state } => {
                if let Some(stamp) = state.and_then(|state| stamp::of_file(&state, self.now)) {
                    met.notes.push((path.clone(), Note { stamp, hash: None }));
                }
                Some(Entry::File { size, executable })
            }
            Found::Other => {
                self.problem(
                    Problem::note("SM407", "is no regular file, directory or link"),
                    at,
                    met,
                );
                None
            }
        };
        let Some(entry) = entry else { return false };
        met.entries.push((path.clone(), entry));
        self.filter.takes(path)
    }

    fn link(&self, at: &Path, met: &mut Met) -> Option<Entry> {
        let target = disk::read_link(at).ok()?;
        match target.into_os_string().into_string() {
            Ok(target) => Some(Entry::Link { target }),
            Err(_) => {
                let problem = Problem::warning("SM402", "the link's target is not UTF-8 text");
                self.problem(problem, at, met);
                None
            }
        }
    }

    /// The system's own words name the path on this machine.
    fn unreadable(&self, at: &Path, cause: &io::Error, met: &mut Met) {
        self.problem(
            Problem::warning("SM403", format!("cannot be read: {}", cause.kind())),
            at,
            met,
        );
    }

    fn problem(&self, problem: Problem, at: &Path, met: &mut Met) {
        let file = self.shown(at);
        met.problems.push(problem.at(Place::file(file)).help("it is left out"));
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
