//! A commit in a clone to a tree: what it lists, which of it is there, and where links lead.
//!
//! Nothing is checked out: names are text, modes other than files and links are left out. Each file
//! is noted with the id of its object, which is another when its bytes are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::{Place, Problem, Result};
use crate::model::path::RelPath;
use crate::source::filter::Filter;
use crate::source::tree::{Entry, Note, Tree};
use crate::source::{DEPTH_MAX, FILES_MAX, is_skipped, too_many};

use super::blobs::Objects;
use super::command::{Call, Git};
use super::failure::damaged;

/// A longer link target is no path; Linux has the same limit.
const TARGET_BYTES_MAX: u64 = 4096;

/// The tree of a commit, as far as it can be told from the objects that are there.
pub(super) struct Plan {
    pub tree: Tree,
    /// Ids of blobs that it needs and the clone lacks.
    pub missing: BTreeSet<String>,
}

/// `commit` is a whole id whose trees are there.
/// `absent` are the ids of blobs that cannot be had: their files are left out.
pub(super) fn plan(
    git: &Git,
    dir: &Path,
    commit: &str,
    filter: &Filter,
    absent: &BTreeSet<String>,
) -> Result<Plan> {
    let Listing { mut rows, mut problems } = list(git, dir, commit)?;
    rows.retain(|path, row| {
        let is_absent = absent.contains(&row.id);
        if is_absent {
            problems.push(lacking(path));
        }
        !is_absent
    });
    let wanted = |(path, row): &(&RelPath, &Row)| row.is_link() || filter.takes(path);
    let ids: BTreeSet<&str> = rows.iter().filter(wanted).map(|(_, row)| row.id.as_str()).collect();
    if rows.iter().filter(wanted).count() > FILES_MAX {
        return Err(too_many().into());
    }
    let mut sizes = sizes(git, dir, &ids)?;
    let mut missing: BTreeSet<String> =
        ids.iter().filter(|id| !sizes.contains_key(**id)).map(|id| (*id).to_owned()).collect();

    let paths = rows.iter().map(|(path, row)| (path.clone(), row.id.clone())).collect();
    let objects = Objects::new(git, dir, paths);
    let mut entries = BTreeMap::new();
    for (path, row) in &rows {
        let size = sizes.get(&row.id).copied();
        let entry = match (row.kind, size) {
            (RowKind::Link, Some(size)) => link(&objects, path, size, &mut problems)?,
            // Its target is not known yet: it is among the missing.
            (RowKind::Link, None) => None,
            // One that the filter leaves out may still be what a link means; see below.
            (RowKind::File { executable }, size) => {
                Some(Entry::File { size: size.unwrap_or(0), executable })
            }
        };
        entries.extend(entry.map(|entry| (path.clone(), entry)));
    }
    let files = rows.iter().filter(|(_, row)| !row.is_link());
    let note = |row: &Row| Note { stamp: row.id.clone(), hash: None };
    let notes = files.map(|(path, row)| (path.clone(), note(row))).collect();
    let ids_of_files = |path: &RelPath| rows.get(path).map(|row| row.id.as_str());
    let mut tree = Tree::new(entries, problems, Box::new(objects)).noted(notes).only(filter);

    // Files that the filter leaves out, reached through a link that it takes.
    let linked: BTreeSet<&str> = tree
        .files
        .values()
        .filter_map(|file| file.link.as_ref().and_then(ids_of_files))
        .filter(|id| !sizes.contains_key(*id) && !missing.contains(*id))
        .collect();
    if !linked.is_empty() {
        sizes.extend(self::sizes(git, dir, &linked)?);
        let lacking = linked.iter().filter(|id| !sizes.contains_key(**id));
        missing.extend(lacking.map(|id| (*id).to_owned()));
        for file in tree.files.values_mut() {
            let id = file.link.as_ref().and_then(ids_of_files);
            file.size = id.and_then(|id| sizes.get(id)).copied().unwrap_or(file.size);
        }
    }
    Ok(Plan { tree, missing })
}

fn lacking(path: &RelPath) -> Problem {
    Problem::warning("SM428", format!("the repository lacks the contents of `{path}`"))
        .at(Place::file(path.as_str()))
        .help("it is left out; name the address the repository was cloned from to have it")
}

fn link(
    objects: &Objects,
    path: &RelPath,
    size: u64,
    problems: &mut Vec<Problem>,
) -> Result<Option<Entry>> {
    let id = objects.id(path).unwrap_or_default();
    let bytes = if size > TARGET_BYTES_MAX { Vec::new() } else { objects.bytes(id)? };
    match String::from_utf8(bytes) {
        Ok(target) if size <= TARGET_BYTES_MAX => Ok(Some(Entry::Link { target })),
        _ => {
            let problem = Problem::warning("SM402", "the link's target is no path in UTF-8");
            problems.push(problem.at(Place::file(path.as_str())).help("it is left out"));
            Ok(None)
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum RowKind {
    File { executable: bool },
    Link,
}

/// One file or link of a commit.
struct Row {
    /// The object id of its bytes.
    id: String,
    kind: RowKind,
}

impl Row {
    fn is_link(&self) -> bool {
        self.kind == RowKind::Link
    }
}

struct Listing {
    rows: BTreeMap<RelPath, Row>,
    problems: Vec<Problem>,
}

/// Lines of `MODE TYPE ID\tPATH\0`.
fn list(git: &Git, dir: &Path, commit: &str) -> Result<Listing> {
    let args = ["ls-tree", "-r", "-z", "--full-tree", commit];
    let call = Call { dir, args: &args, input: Vec::new(), remote: None };
    let output = git.run(call).map_err(|failure| failure.local())?;
    let mut listing = Listing { rows: BTreeMap::new(), problems: Vec::new() };
    for line in output.split(|b| *b == 0).filter(|line| !line.is_empty()) {
        let mut halves = line.splitn(2, |b| *b == b'\t');
        let head = halves.next().and_then(|head| std::str::from_utf8(head).ok());
        let (Some(head), Some(name)) = (head, halves.next()) else {
            return Err(damaged("its listing is malformed"));
        };
        let mut words = head.split(' ');
        let (mode, id) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
        listing.add(mode, id, name);
    }
    Ok(listing)
}

impl Listing {
    fn add(&mut self, mode: &str, id: &str, name: &[u8]) {
        let path = match path(name) {
            Ok(path) if path.names().any(is_skipped) => return,
            Ok(path) => path,
            Err(problem) => {
                let shown = match std::str::from_utf8(name) {
                    Ok(text) => text.to_owned(),
                    Err(_) => name.escape_ascii().to_string(),
                };
                self.leave_out(problem, shown);
                return;
            }
        };
        let kind = match mode {
            "100644" | "100664" => RowKind::File { executable: false },
            "100755" => RowKind::File { executable: true },
            "120000" => RowKind::Link,
            "160000" => {
                let note = Problem::note("SM409", "is a submodule, which is not followed");
                return self.leave_out(note, path.to_string());
            }
            _ => {
                let note = Problem::note("SM407", format!("has the unknown mode `{mode}`"));
                return self.leave_out(note, path.to_string());
            }
        };
        self.rows.entry(path).or_insert(Row { id: id.to_owned(), kind });
    }

    fn leave_out(&mut self, problem: Problem, file: String) {
        self.problems.push(problem.at(Place::file(file)).help("it is left out"));
    }
}

/// A path as Git lists it, refused unless it is plain.
fn path(name: &[u8]) -> std::result::Result<RelPath, Problem> {
    let text = std::str::from_utf8(name)
        .map_err(|_| Problem::warning("SM402", "the name is not UTF-8 text"))?;
    let path = RelPath::parse(text).filter(|path| path.as_str() == text);
    let is_git =
        |name: &str| name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1");
    match path {
        Some(path) if path.names().count() > DEPTH_MAX => {
            let message = format!("lies deeper than {DEPTH_MAX} directories");
            Err(Problem::warning("SM406", message))
        }
        Some(path) if !path.names().any(is_git) => Ok(path),
        _ => Err(Problem::warning("SM426", "the path is not one that a checkout could have")),
    }
}

/// The size in bytes of those objects that the clone has.
pub(super) fn sizes(git: &Git, dir: &Path, ids: &BTreeSet<&str>) -> Result<BTreeMap<String, u64>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut input: Vec<u8> = Vec::with_capacity(ids.len() * 41);
    for id in ids {
        input.extend_from_slice(id.as_bytes());
        input.push(b'\n');
    }
    let args = ["cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer"];
    let call = Call { dir, args: &args, input, remote: None };
    let output = git.run(call).map_err(|failure| failure.local())?;
    let mut sizes = BTreeMap::new();
    // `ID SIZE`, or `ID missing`.
    for line in String::from_utf8_lossy(&output).lines() {
        if let Some((id, Ok(size))) = line.split_once(' ').map(|(id, size)| (id, size.parse())) {
            sizes.insert(id.to_owned(), size);
        }
    }
    Ok(sizes)
}
