//! Why a change was not made.

use crate::error::{Error, Problem};
use crate::model::hash::ContentHash;

#[derive(Debug)]
pub enum Refused {
    /// A value cannot be taken; each message stands beside its field.
    Invalid(Vec<FieldProblem>),
    /// There is no such collection, group, artifact or edit.
    Unknown(Problem),
    /// The change touches these files, and whoever asks does not say to have seen them.
    Unseen(Vec<String>),
    /// Files are not as they were seen.
    Changed(Vec<Conflict>),
    /// Nothing was changed.
    Failed(Error),
}

/// A value that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    pub field: &'static str,
    /// What is asked for, as a sentence without its full stop.
    pub message: String,
}

/// A file that somebody changed meanwhile, with both versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub path: String,
    /// What was seen of it; `None`: that it was not there.
    pub seen: Option<ContentHash>,
    /// Its text now; `None`: it is not there.
    pub now: Option<String>,
    /// Its text with the change made to it, where that can be.
    pub yours: Option<String>,
}

impl Refused {
    pub(super) fn field(field: &'static str, message: impl Into<String>) -> Self {
        Refused::Invalid(vec![FieldProblem { field, message: message.into() }])
    }

    pub(super) fn unknown(code: &str, message: String, help: impl Into<String>) -> Self {
        Refused::Unknown(Problem::error(code, message).help(help))
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Failed(error)
    }
}
