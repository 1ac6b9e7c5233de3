//! A path of a project to what it really is: links followed inside it, folders gathered whole.

use super::digest::Piece;
use super::{Files, Leads, Stands};
use crate::error::Result;
use crate::model::path::RelPath;

/// A copy with more files than this is not read.
const FILES_MAX: usize = 10_000;

/// Nor is one with more bytes.
const BYTES_MAX: u64 = 64 << 20;

/// What a path comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    Nothing,
    /// By its path without links.
    File(RelPath),
    Dir(RelPath),
    /// A link that leads where nothing is read, and in words where to.
    Lost(&'static str),
}

/// Follows a path name by name.
pub(super) fn reach(files: &dyn Files, path: &RelPath) -> Result<Reached> {
    let mut at = Reached::Dir(RelPath::root());
    for name in path.names() {
        let Reached::Dir(dir) = at else { return Ok(Reached::Nothing) };
        at = step(files, &dir.join(name))?;
        if matches!(at, Reached::Nothing | Reached::Lost(_)) {
            break;
        }
    }
    Ok(at)
}

/// The same for a name in a folder that is no link.
pub(super) fn step(files: &dyn Files, path: &RelPath) -> Result<Reached> {
    Ok(match files.look(path)? {
        Stands::Nothing | Stands::Other => Reached::Nothing,
        Stands::File => Reached::File(path.clone()),
        Stands::Dir => Reached::Dir(path.clone()),
        Stands::Link(Leads::Outside) => Reached::Lost("out of the project"),
        Stands::Link(Leads::Nowhere) => Reached::Lost("nowhere"),
        Stands::Link(Leads::To(real)) => match files.look(&real)? {
            Stands::File => Reached::File(real),
            Stands::Dir => Reached::Dir(real),
            _ => Reached::Lost("nowhere"),
        },
    })
}

/// What a copy holds.
#[derive(Debug)]
pub(super) enum Copy {
    Nothing,
    /// One file.
    File(Vec<u8>),
    /// All files of a folder, by their paths in it. A link to a file counts as its content; a link
    /// to a folder is not entered.
    Dir(Vec<Piece>),
    /// It is there and cannot be read, and in words why.
    Unread(String),
}

pub(super) fn copy(files: &dyn Files, reached: &Reached) -> Copy {
    let read = match reached {
        Reached::Nothing => return Copy::Nothing,
        Reached::Lost(to) => return Copy::Unread(format!("the link leads {to}")),
        Reached::File(path) => files.read(path, BYTES_MAX).map(Copy::File),
        Reached::Dir(dir) => dir_of(files, dir),
    };
    read.unwrap_or_else(|error| {
        let why = error.problems.into_iter().next().map(|problem| problem.message);
        Copy::Unread(why.unwrap_or_default())
    })
}

fn dir_of(files: &dyn Files, dir: &RelPath) -> Result<Copy> {
    let mut pieces = Vec::new();
    let mut left = BYTES_MAX;
    let mut open = vec![dir.clone()];
    while let Some(at) = open.pop() {
        for name in files.names(&at)? {
            let path = at.join(&name);
            let is_link = matches!(files.look(&path)?, Stands::Link(_));
            let real = match step(files, &path)? {
                Reached::Dir(_) if is_link => continue,
                Reached::Dir(below) => {
                    open.push(below);
                    continue;
                }
                Reached::File(real) => real,
                Reached::Nothing | Reached::Lost(_) => continue,
            };
            if pieces.len() == FILES_MAX {
                return Ok(Copy::Unread(format!("it has more than {FILES_MAX} files")));
            }
            let bytes = files.read(&real, left)?;
            left = left.saturating_sub(bytes.len() as u64);
            let path = path.below(dir).unwrap_or_default().to_owned();
            pieces.push(Piece { path, bytes, executable: false });
        }
    }
    Ok(Copy::Dir(pieces))
}
