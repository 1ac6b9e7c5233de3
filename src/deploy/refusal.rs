//! Why an order was not carried out. Nothing was written in any of these cases.

use super::plan::Plan;
use crate::error::{Error, Problem};

#[derive(Debug)]
pub enum Refused {
    /// There is no such project, artifact, deployment or receipt.
    Unknown(Problem),
    /// It cannot be deployed so: profile and kind, a name, hidden text, a link in the way.
    Impossible(Vec<Problem>),
    /// Copies that a person changed; the plan says which, and what can be chosen.
    Undecided(Box<Plan>),
    /// It was agreed to another plan than this, or to none though something would run.
    NotAgreed(Box<Plan>),
    /// Files changed while it was written.
    Changed(Vec<String>),
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Failed(error)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Refused::Impossible(vec![problem])
    }
}
