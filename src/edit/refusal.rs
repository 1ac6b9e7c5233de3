//! Why a change is not made, as whoever asked for it needs to know it.

use crate::error::{Error, Problem};
use crate::model::hash::ContentHash;

/// Nothing was changed.
#[derive(Clone, Debug)]
pub enum Refused {
    /// What was asked for cannot be, each with the field of the form that says so.
    Invalid(Vec<FieldProblem>),
    /// There is no such collection, group, member, artifact or edit.
    Unknown(Box<Problem>),
    /// Files it would change, of which nobody said in which state they were seen.
    Unseen(Vec<String>),
    /// Files that are not as they were seen.
    Changed(Vec<Conflict>),
    /// A file that cannot be read, changed or written.
    Failed(Error),
}

/// What is wrong with one field, to be shown beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    pub field: &'static str,
    /// A sentence with its full stop.
    pub message: String,
}

/// A file that somebody changed meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Below the catalog.
    pub path: String,
    /// What was seen of it; `None` where there was no such file.
    pub seen: Option<ContentHash>,
    /// What it holds now; `None` where there is no such file.
    pub now: Option<String>,
    /// The same with the change made on it; `None` where the change takes the file away, or cannot be
    /// made on what is there now.
    pub yours: Option<String>,
}

impl Refused {
    pub(super) fn field(field: &'static str, message: impl Into<String>) -> Self {
        Refused::Invalid(vec![FieldProblem { field, message: message.into() }])
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Failed(error)
    }
}
