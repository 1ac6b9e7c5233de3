//! What is deployed where, and in which state.

use std::fmt;

use jiff::civil::Date;

use super::id::{ArtifactId, Kind};
use crate::error::Place;

/// One entry of `projects` in `skillmeat.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    pub name: String,
    /// As written: absolute, `~/…`, or relative to the catalog.
    pub path: String,
    pub place: Place,
}

/// One vocabulary for the command line, JSON and pages, from three hashes: base (as deployed),
/// here (in the project), source (as the lock names it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    InSync,
    Outdated,
    Modified,
    Diverged,
    Missing,
    Untracked,
    Orphaned,
    Unknown,
}

impl State {
    pub const ALL: [State; 8] = [
        State::InSync,
        State::Outdated,
        State::Modified,
        State::Diverged,
        State::Missing,
        State::Untracked,
        State::Orphaned,
        State::Unknown,
    ];

    pub fn word(self) -> &'static str {
        match self {
            State::InSync => "in-sync",
            State::Outdated => "outdated",
            State::Modified => "modified",
            State::Diverged => "diverged",
            State::Missing => "missing",
            State::Untracked => "untracked",
            State::Orphaned => "orphaned",
            State::Unknown => "unknown",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            State::InSync => "In sync",
            State::Outdated => "Update available",
            State::Modified => "Modified locally",
            State::Diverged => "Diverged",
            State::Missing => "Missing",
            State::Untracked => "No record",
            State::Orphaned => "Source gone",
            State::Unknown => "Not checked",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl std::str::FromStr for State {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        State::ALL
            .into_iter()
            .find(|state| state.word() == word)
            .ok_or_else(|| format!("`{word}` is not a deployment state"))
    }
}

/// What is known of one project: what the last scan found, from the lock.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectState {
    pub name: String,
    /// The day the facts last changed.
    pub scanned: Option<Date>,
    pub deployments: Vec<Deployment>,
}

/// One artifact in one project.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    pub kind: Kind,
    pub name: String,
    /// The artifact of the catalog, where exactly one fits.
    pub id: Option<ArtifactId>,
    /// `claude_code`, `codex`, …
    pub profile: String,
    pub state: State,
    /// Relative to the project.
    pub path: String,
    /// The day it was deployed, where the record says.
    pub deployed_at: Option<Date>,
    /// Hash as deployed, with its algorithm: `original:…`.
    pub base: Option<String>,
    /// Hash of what is there now, in the same algorithm.
    pub here: Option<String>,
}
