//! Reads the bytes of objects from a clone through `git cat-file --batch`, which stays running.
//!
//! Each thread that reads has a process of its own while it does; they are kept for the next.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::{Mutex, PoisonError};

use crate::error::{Place, Problem, Result};
use crate::model::path::RelPath;
use crate::source::FILE_BYTES_MAX;
use crate::source::tree::Blobs;
use crate::words;

use super::command::{Call, Git};
use super::failure::damaged;

/// The objects of a clone, by id, and those of one commit, by path.
pub(super) struct Objects {
    git: Git,
    dir: PathBuf,
    /// The object id of each regular file.
    ids: BTreeMap<RelPath, String>,
    idle: Mutex<Vec<Reader>>,
}

impl Objects {
    pub(super) fn new(git: &Git, dir: &Path, ids: BTreeMap<RelPath, String>) -> Self {
        Self { git: git.clone(), dir: dir.to_owned(), ids, idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn id(&self, path: &RelPath) -> Option<&str> {
        self.ids.get(path).map(String::as_str)
    }

    /// The bytes of one object of a known id; larger than `FILE_BYTES_MAX` is `SM408`.
    pub(super) fn bytes(&self, id: &str) -> Result<Vec<u8>> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = match kept {
            Some(reader) => reader,
            None => Reader::start(&self.git, &self.dir).map_err(|cause| failed(&cause))?,
        };
        // A reader that failed is dropped with its process: its stream is at an unknown place.
        let bytes = match reader.bytes(id).map_err(|cause| failed(&cause))? {
            Answer::Bytes(bytes) => bytes,
            Answer::TooLarge(size) => {
                let message = format!("{} is too large to be read", words::bytes(size));
                return Err(Problem::error("SM408", message).into());
            }
        };
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        Ok(bytes)
    }
}

fn failed(cause: &std::io::Error) -> crate::error::Error {
    damaged(&cause.to_string())
}

impl Blobs for Objects {
    fn read(&self, path: &RelPath) -> Result<Vec<u8>> {
        match self.ids.get(path) {
            Some(id) => self.bytes(id).map_err(|mut error| {
                for problem in &mut error.problems {
                    problem.place = Some(Place::file(path.as_str()));
                }
                error
            }),
            None => Err(Problem::error("SM403", format!("`{path}` is not in the tree")).into()),
        }
    }
}

enum Answer {
    Bytes(Vec<u8>),
    TooLarge(u64),
}

struct Reader {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Reader {
    fn start(git: &Git, dir: &Path) -> std::io::Result<Self> {
        let call = Call { dir, args: &["cat-file", "--batch"], input: Vec::new(), remote: None };
        let mut child = git.start(&call)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(ask), Some(answers)) => Ok(Self { child, ask, answers: BufReader::new(answers) }),
            _ => Err(std::io::Error::other("git has no streams")),
        }
    }

    /// Asks `ID\n`, is told `ID TYPE SIZE\n`, the bytes and `\n`.
    fn bytes(&mut self, id: &str) -> std::io::Result<Answer> {
        writeln!(self.ask, "{id}")?;
        self.ask.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        let odd = || std::io::Error::other(format!("git says `{}`", words::visible(head.trim())));
        let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok());
        let size: u64 = size.ok_or_else(odd)?;
        if size > FILE_BYTES_MAX {
            return Ok(Answer::TooLarge(size));
        }
        let mut bytes = Vec::new();
        (&mut self.answers).take(size + 1).read_to_end(&mut bytes)?;
        match bytes.pop() {
            Some(b'\n') if bytes.len() as u64 == size => Ok(Answer::Bytes(bytes)),
            _ => Err(std::io::Error::other("git ended early")),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It only reads; ending it loses nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
