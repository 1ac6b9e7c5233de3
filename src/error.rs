//! Turns what went wrong into something a person can act on: a code, a place, a remedy.
//!
//! A [`Problem`] is data about somebody's files and is collected; an [`Error`] ends a command and
//! carries the problems that ended it. Neither knows how it will be printed.

use std::fmt;

use serde::{Deserialize, Serialize};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A position in a file, as `file:line:column`, counted from 1; 0 where it is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Relative to the catalog or to the source it was read from, never a path of this machine.
    pub file: String,
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub fn new(file: impl Into<String>, line: usize, column: usize) -> Self {
        Self { file: file.into(), line, column }
    }

    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self::new(file, 0, 0)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        })
    }
}

/// One finding: what, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `SM` and three digits, listed in `docs/errors.md`.
    pub code: String,
    pub severity: Severity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Lower case, no final full stop, names in backticks.
    pub message: String,
    /// Something to paste or do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Problem {
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::with(code, Severity::Error, message)
    }

    pub fn warning(code: &str, message: impl Into<String>) -> Self {
        Self::with(code, Severity::Warning, message)
    }

    pub fn note(code: &str, message: impl Into<String>) -> Self {
        Self::with(code, Severity::Note, message)
    }

    fn with(code: &str, severity: Severity, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), severity, place: None, message: message.into(), help: None }
    }

    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The order in which problems are shown: by place, then by code and words.
    pub fn sort_key(&self) -> (Option<&Place>, &str, &str) {
        (self.place.as_ref(), &self.code, &self.message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity, self.code, self.message)?;
        if let Some(place) = &self.place {
            write!(f, "\n  --> {place}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// How a command ends when it does not end well; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The answer is no: findings, drift.
    No = 1,
    /// Usage, configuration, or files that cannot be read or written.
    Failed = 2,
    /// Some sources failed, the rest is done.
    Partial = 3,
    /// Not allowed: authentication or a rate limit.
    Denied = 4,
    /// A server that nobody could reach any more.
    Deaf = 70,
    /// Ended by SIGINT, as Ctrl-C sends it.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

/// What ended a command; never without a problem.
#[derive(Clone, Debug)]
pub struct Error {
    pub exit: Exit,
    pub problems: Vec<Problem>,
}

impl Error {
    pub fn new(exit: Exit, problem: Problem) -> Self {
        Self { exit, problems: vec![problem] }
    }

    /// Whether a person or the system ended the run, and nothing is wrong.
    pub fn is_stop(&self) -> bool {
        matches!(self.exit, Exit::Interrupted | Exit::Terminated)
    }

    /// All problems of a kind that ends the command, or `Ok` when there is none.
    pub fn check(problems: Vec<Problem>) -> Result<()> {
        if problems.is_empty() { Ok(()) } else { Err(Self { exit: Exit::Failed, problems }) }
    }

    /// Gives every problem that has no place the place of what led to it.
    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        for problem in &mut self.problems {
            problem.place.get_or_insert_with(|| place.clone());
        }
        self
    }

    /// A failed read or write of a file: `SM001`, with the path as the person knows it.
    pub fn io(doing: &str, path: &std::path::Path, cause: &std::io::Error) -> Self {
        use std::io::ErrorKind::{
            PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
        };
        let message = format!("cannot {doing} `{}`: {}", path.display(), io_words(cause));
        let help = match cause.kind() {
            PermissionDenied | ReadOnlyFilesystem => "let the user who runs this read or write it",
            StorageFull | QuotaExceeded => "free some space and run the command again",
            _ => "see what stands there, and run the command again",
        };
        Self::from(Problem::error("SM001", message).help(help))
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::new(Exit::Failed, problem)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The system's words without its error number.
fn io_words(cause: &std::io::Error) -> String {
    let words = cause.to_string();
    match words.find(" (os error") {
        Some(end) => words[..end].to_lowercase(),
        None => words,
    }
}
