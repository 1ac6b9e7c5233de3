//! Rendered files to the output directory: only what changed, all of them or none.
//!
//! A manifest in the directory lists what was written and with which hash. Nothing is overwritten
//! or deleted that a person may have made: what the manifest does not list, or what no longer has
//! the bytes that it lists. It knows nothing of what the files are.

mod guard;
mod ledger;
mod manifest;
mod names;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::disk::{self, FileState, Kind};
use crate::error::{Error, Exit, Problem, Result};
use crate::model::hash::ContentHash;

pub use guard::Guard;
use ledger::{Entry, Index, Ledger};
use manifest::{Known, Manifest};
use names::Extent;

/// The output directory is one that must not be written to.
pub const REFUSED: &str = "SM611";
/// A path of an output cannot be a file of a site.
pub const BAD_PATH: &str = "SM612";
/// Something that we did not write stands where an output belongs.
pub const IN_THE_WAY: &str = "SM613";
/// The manifest cannot be read, or lists what cannot be ours.
pub const BAD_MANIFEST: &str = "SM614";

/// What a build did to the output directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files of the site.
    pub files: usize,
    /// Of these, those that were made; the others stood as they would have been made.
    pub rendered: usize,
    /// Of these, those that were new or had other bytes.
    pub written: usize,
    /// Files of an earlier build that are gone, sorted.
    pub deleted: Vec<String>,
    /// Files of an earlier build that somebody changed since, left alone, sorted.
    pub kept: Vec<String>,
}

/// By what earlier builds of this machine left, to make only what is made from something else.
#[derive(Clone, Copy)]
pub struct Memory<'a> {
    /// Where that is remembered, outside the output directory.
    pub file: &'a Path,
    /// Beside the outputs: what each is made from, where that tells all of it.
    pub made: &'a [Option<ContentHash>],
    /// What [`standing`] is to give as long as all stands as this build leaves it.
    pub note: &'a str,
}

/// A directory in which everything stands as the last build of this machine left it.
#[derive(Debug, PartialEq, Eq)]
pub struct Standing {
    /// Files of the site.
    pub files: usize,
    pub note: String,
}

/// What the last build noted of a directory, if that still stands as it left it; `is_wanted` tells
/// from the note whether that is of use. `memory` is the file of [`Memory`].
pub fn standing(
    memory: &Path,
    (out, extent): (&Path, Extent),
    is_wanted: impl Fn(&str) -> bool,
) -> Option<Standing> {
    let ledger = Ledger::read(memory).filter(|ledger| is_wanted(ledger.note()))?;
    let is_dir = disk::kind(out).ok()? == Some(Kind::Dir);
    let is_done = disk::kind(&out.join(names::staging(extent))).ok()?.is_none();
    if !(is_dir && is_done && ledger.stands(out)) {
        return None;
    }
    // One of them is the list.
    let files = ledger.len().saturating_sub(1);
    Some(Standing { files, note: ledger.note().to_owned() })
}

/// What became of one output.
struct Done {
    hash: ContentHash,
    staged: bool,
    /// How the file stands, where it is as it was.
    state: Option<FileState>,
}

/// Renders every output, in parallel, and writes those that changed. `outputs` are paths below
/// `out`; `render` gets the place of one among them. With any error nothing is changed, and all
/// errors come back together.
pub fn write<S, R>(outputs: &[S], render: R, out: &Path, guard: &Guard) -> Result<Written>
where
    S: AsRef<str> + Sync,
    R: Fn(usize) -> Result<Vec<u8>> + Sync,
{
    let timings = &guard.timings;
    let outputs: Vec<&str> = outputs.iter().map(AsRef::as_ref).collect();
    // Who wants everything written over trusts nothing that stands there.
    let trusted = guard.memory.filter(|_| !guard.force);
    let ledger = trusted.and_then(|memory| Ledger::read(memory.file));
    let ledger = ledger.as_ref().map(Ledger::index).unwrap_or_default();
    let found = timings.phase("look", || look(&outputs, &ledger, out, guard));
    let Found { existed, is_empty, known, still } = found?;
    let made = |at: usize| guard.memory.and_then(|memory| *memory.made.get(at)?);
    let Guard { extent, force, volatile, .. } = *guard;
    let site = Directory { out, known: &known, is_empty, extent, force, volatile };
    let one = |(i, path): (usize, &&str)| {
        let spared = |made| match still[i] {
            Some(entry) => entry.is_made_from(made).then_some(entry),
            None => site.copied(path, ledger.get(path)?).filter(|entry| entry.is_made_from(made)),
        };
        let done = match made(i).and_then(spared) {
            Some(Entry { bytes, state, .. }) => {
                Ok(Done { hash: bytes, staged: false, state: Some(state) })
            }
            None => render(i).and_then(|bytes| site.stage(path, &bytes)),
        };
        if let Some(progress) = guard.progress {
            progress();
        }
        done
    };
    let done: Vec<Result<Done>> =
        timings.phase("render", || outputs.par_iter().enumerate().map(one).collect());
    let place = || all(done).and_then(|done| Ok((site.place(&outputs, &done)?, done)));
    let placed = timings.phase("place", place);
    if placed.is_err() {
        site.clear(existed)?;
    }
    let (written, done) = placed?;
    if let Some(memory) = guard.memory {
        // What cannot be remembered is made again.
        let note = if written.kept.is_empty() { memory.note } else { "" };
        let memory = Memory { note, ..memory };
        let _ = timings.phase("remember", || site.remember(&outputs, &done, memory));
    }
    Ok(written)
}

/// The directory as a build finds it.
struct Found {
    existed: bool,
    /// Nothing in it but what a build left that did not end.
    is_empty: bool,
    /// What earlier builds wrote.
    known: Known,
    /// Beside the outputs: those that stand as the last build of this machine left them.
    still: Vec<Option<Entry>>,
}

/// An error when the directory, or something in it, must not be written to.
fn look(outputs: &[&str], ledger: &Index<'_>, out: &Path, guard: &Guard) -> Result<Found> {
    Error::check(manifest::path_problems(outputs))?;
    let existed = guard::check(out, guard)?;
    let known = Known::read(out, guard.extent)?;
    let staging = names::staging(guard.extent);
    let is_empty = !existed || disk::list_names(out)?.iter().all(|name| *name == *staging);
    let mut still = vec![None; outputs.len()];
    if !is_empty {
        still = ledger::still(ledger, outputs, out);
        // Nothing is in the way of what stands, nor above it.
        let others = outputs.iter().zip(&still).filter(|(_, still)| still.is_none());
        let others: Vec<&str> = others.map(|(path, _)| *path).collect();
        Error::check(obstacles(&others, out)?)?;
    }
    disk::remove_dir(&out.join(staging).join("files"))?;
    Ok(Found { existed, is_empty, known, still })
}

/// All values, or all problems together.
fn all(done: Vec<Result<Done>>) -> Result<Vec<Done>> {
    let mut values = Vec::with_capacity(done.len());
    let mut failed = Error { exit: Exit::Failed, problems: Vec::new() };
    for one in done {
        match one {
            Ok(value) => values.push(value),
            Err(error) => failed.problems.extend(error.problems),
        }
    }
    if failed.problems.is_empty() {
        return Ok(values);
    }
    failed.problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    // One broken template spoils every page in the same words; it is said once.
    failed.problems.dedup();
    Err(failed)
}

/// Links, and directories where files belong, at or above the outputs.
fn obstacles(outputs: &[&str], out: &Path) -> Result<Vec<Problem>> {
    let dirs: BTreeSet<&str> = outputs.iter().flat_map(|path| parents(path)).collect();
    let dirs = dirs.into_iter().map(|dir| (dir, Kind::Dir));
    let wanted: Vec<(&str, Kind)> =
        dirs.chain(outputs.iter().map(|path| (*path, Kind::File))).collect();
    let problems =
        wanted.into_par_iter().filter_map(|(path, wanted)| match disk::kind(&out.join(path)) {
            Ok(found) => Some(Ok(obstacle(path, wanted, found?)?)),
            Err(error) => Some(Err(error)),
        });
    problems.collect()
}

/// Something else than what is wanted at a path.
fn obstacle(path: &str, wanted: Kind, found: Kind) -> Option<Problem> {
    if found == wanted {
        return None;
    }
    let found = match found {
        Kind::File => "a file",
        Kind::Dir => "a directory",
        Kind::Link => "a link",
        Kind::Other => "a special file",
    };
    let wanted = if wanted == Kind::Dir { "a directory" } else { "a file" };
    let message = format!("`{path}` in the output directory is {found}, not {wanted}");
    Some(Problem::error(IN_THE_WAY, message).help("move it away, then build again"))
}

/// `a/b/c` lies in `a/b` and `a`.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').rev().map(|(at, _)| &path[..at])
}

/// The output directory of one build.
struct Directory<'a> {
    out: &'a Path,
    known: &'a Known,
    is_empty: bool,
    extent: Extent,
    force: bool,
    volatile: &'a [&'a str],
}

impl Directory<'_> {
    /// Notes how each file stands now. Somebody who writes to one between its renaming and this is
    /// not noticed by the next build; they would have been overwritten a moment before.
    fn remember(&self, outputs: &[&str], done: &[Done], memory: Memory<'_>) -> Result<()> {
        let entry = |at: usize| {
            let made = *memory.made.get(at)?;
            let file = self.out.join(outputs[at]);
            let state = done[at].state.or_else(|| disk::file_state(&file))?;
            Some((outputs[at], Entry { made, bytes: done[at].hash, state }))
        };
        let mut entries: Vec<_> = (0..outputs.len()).into_par_iter().filter_map(entry).collect();
        let list = names::manifest(self.extent);
        let state = disk::file_state(&self.out.join(&list));
        let bytes = ContentHash::of(b"");
        entries.extend(state.map(|state| (list.as_str(), Entry { made: None, bytes, state })));
        // Of what is not listed nobody could tell whether it stands.
        let is_whole = entries.len() == outputs.len() + 1;
        Ledger::write(memory.file, if is_whole { memory.note } else { "" }, entries.into_iter())
    }

    /// The entry of a file that is another than it was, and has its bytes: the directory was copied,
    /// or came from an archive.
    fn copied(&self, path: &str, entry: &Entry) -> Option<Entry> {
        let file = self.out.join(path);
        let state = disk::file_state(&file).filter(|state| state.size == entry.state.size)?;
        let bytes = ContentHash::of(&disk::read(&file).ok()?);
        (bytes == entry.bytes).then_some(Entry { state, ..*entry })
    }

    /// Puts the bytes aside unless the file holds them already.
    fn stage(&self, path: &str, bytes: &[u8]) -> Result<Done> {
        let hash = ContentHash::of(bytes);
        if self.is_empty {
            disk::write_new(&self.staged(path), bytes)?;
            return Ok(Done { hash, staged: true, state: None });
        }
        let target = self.out.join(path);
        if disk::same_bytes(&target, bytes) {
            return Ok(Done { hash, staged: false, state: None });
        }
        if !self.force && disk::kind(&target)?.is_some() && !self.is_ours(path)? {
            let what = if self.known.lists(path) {
                "was changed since it was written"
            } else {
                "was not written by skillmeat"
            };
            let message = format!("`{path}` in the output directory {what}");
            let help = "move it away, or overwrite it with `skillmeat build --force`";
            return Err(Problem::error(IN_THE_WAY, message).help(help).into());
        }
        disk::write_new(&self.staged(path), bytes)?;
        Ok(Done { hash, staged: true, state: None })
    }

    fn staging(&self) -> PathBuf {
        self.out.join(names::staging(self.extent))
    }

    fn staged(&self, path: &str) -> PathBuf {
        self.staging().join("files").join(path)
    }

    /// Whether the file that is there has bytes that we wrote.
    fn is_ours(&self, path: &str) -> Result<bool> {
        if !self.known.lists(path) {
            return Ok(false);
        }
        Ok(self.known.wrote(path, ContentHash::of(&disk::read(&self.out.join(path))?)))
    }

    /// The point of no return: every output is there. A crash from here on leaves a list of what
    /// is being put in place, by which the next build knows its own files.
    fn place(&self, outputs: &[&str], done: &[Done]) -> Result<Written> {
        let paths = outputs.iter().map(|path| (*path).to_owned());
        let hashes = done.iter().map(|done| done.hash);
        let manifest = Manifest::new(paths.zip(hashes), self.volatile);
        let n_staged = done.iter().filter(|done| done.staged).count();
        let list = manifest.to_bytes();
        if n_staged > 0 {
            disk::write(&self.staging().join(manifest::STAGED), &list)?;
            disk::move_into(&self.staging().join("files"), self.out)?;
        }
        let mut written = Written {
            files: outputs.len(),
            rendered: done.iter().filter(|done| done.state.is_none()).count(),
            written: n_staged,
            ..Written::default()
        };
        self.delete_stale(&manifest, &mut written)?;
        disk::write_changed(&self.out.join(names::manifest(self.extent)), &list)?;
        for replaced in &self.known.replaced {
            disk::remove_file(&self.out.join(names::manifest(*replaced)))?;
            disk::remove_dir(&self.out.join(names::staging(*replaced)))?;
        }
        disk::remove_dir(&self.staging())?;
        Ok(written)
    }

    fn delete_stale(&self, manifest: &Manifest, written: &mut Written) -> Result<()> {
        for path in self.known.paths().filter(|path| !manifest.files.contains_key(*path)) {
            let through_link = parents(path)
                .any(|dir| !matches!(disk::kind(&self.out.join(dir)), Ok(Some(Kind::Dir))));
            let target = self.out.join(path);
            let Some(kind) = disk::kind(&target)? else { continue };
            if through_link || kind != Kind::File || !self.is_ours(path)? {
                written.kept.push(path.to_owned());
                continue;
            }
            disk::remove_file(&target)?;
            written.deleted.push(path.to_owned());
            for dir in parents(path) {
                if !disk::remove_empty_dir(&self.out.join(dir)) {
                    break;
                }
            }
        }
        Ok(())
    }

    /// After an error: what was put aside goes, what a crash left to know stays.
    fn clear(&self, existed: bool) -> Result<()> {
        let staging = self.staging();
        disk::remove_dir(&staging.join("files"))?;
        disk::remove_empty_dir(&staging);
        if !existed {
            disk::remove_empty_dir(self.out);
        }
        Ok(())
    }
}
