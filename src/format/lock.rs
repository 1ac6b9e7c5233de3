//! `skillmeat.lock` to [`Lock`] and back: what sync last saw, one line per thing, sorted, so that
//! diffs and merges read well.
//!
//! The file is read line by line, as it is written; a file that somebody laid out differently is
//! read as YAML. It knows nothing of whether what it names is still there.

mod entry;
mod lines;
mod structure;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::error::{Error, Place, Problem, Result};
use crate::model::artifact::Pin;
use crate::model::deployment::ProjectState;
use crate::model::history::Was;
use crate::model::id::ArtifactId;
use crate::model::source::WebKind;

pub use structure::{LockedMember, LockedSection, LockedShelf, LockedStructure, Said, Structures};
pub use text::write;

pub const FILE: &str = "skillmeat.lock";

/// The only version of the file there is so far.
pub const VERSION: &str = "1";

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    pub sources: BTreeMap<String, LockedSource>,
    /// Shared by copies of a lock until one of them changes.
    pub artifacts: Arc<BTreeMap<ArtifactId, LockedArtifact>>,
    /// How sources arranged their artifacts when they were last seen; it outlives a source that
    /// leaves the configuration, as tombstones do.
    pub structures: Structures,
    pub projects: BTreeMap<String, ProjectState>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum LockedSource {
    /// A folder of the catalog's own repository, by its path there: Git pins its content.
    Inside {
        path: String,
    },
    /// A folder elsewhere; where, is this machine's affair and stays out of the lock.
    Outside,
    /// The store of a SkillMeat 0.9, likewise.
    Store,
    Web {
        kind: WebKind,
        url: String,
    },
    Git {
        url: String,
        reference: Option<String>,
        commit: String,
        date: Option<Date>,
    },
}

impl LockedSource {
    /// The commit it is at, where it has such.
    pub fn commit(&self) -> Option<&str> {
        match self {
            LockedSource::Git { commit, .. } => Some(commit),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct LockedArtifact {
    /// As [`crate::model::artifact::Artifact::path`].
    pub path: String,
    pub seen: Seen,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// In a folder of the catalog's own repository: its content is what Git has there.
    Inside,
    Pinned {
        pin: Pin,
        version: Option<String>,
        added: Option<Date>,
        changed: Option<Date>,
        /// What it was before, the newest first, where its source tells only how it is now.
        was: Vec<Was>,
    },
    /// It was there once; the source no longer has it.
    Removed(Date),
}

/// Reads the file. Conflict markers of Git are `SM502`, another version is `SM503`, all else that
/// cannot be read `SM501`. An empty file is an empty lock.
pub fn parse(text: &str) -> Result<Lock> {
    if let Some(line) = lines::conflict(text) {
        let problem = Problem::error("SM502", "the lock holds a merge conflict");
        let help = "run `skillmeat sync`: it takes both sides and looks again";
        return Err(problem.at(Place::new(FILE, line, 1)).help(help).into());
    }
    match lines::read(text, lines::Repeats::Refuse) {
        Ok(raw) => entry::build(raw).map_err(Error::from),
        // Not as sync writes it: perhaps a formatter has been here.
        Err(_) => entry::build(entry::from_yaml(text)?).map_err(Error::from),
    }
}

/// As [`parse`], but of a file with conflict markers takes the lines of both sides, the later one
/// where both name the same thing. `true` says that this was so: the lock is then only a start for
/// a sync, which looks at all of it again.
pub fn parse_or_heal(text: &str) -> Result<(Lock, bool)> {
    if lines::conflict(text).is_none() {
        return parse(text).map(|lock| (lock, false));
    }
    let both = lines::both_sides(text);
    let raw = lines::read(&both, lines::Repeats::TakeLater)
        .map_err(|line| entry::unreadable(line, "the line is not as `skillmeat sync` writes it"))?;
    Ok((entry::build(raw)?, true))
}

#[cfg(test)]
mod tests;
