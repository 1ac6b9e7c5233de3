//! `skillmeat.lock` to [`Lock`] and back: what sync last saw, one line per thing, sorted, so that
//! diffs and merges read well.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::model::artifact::Pin;
use crate::model::deployment::ProjectState;
use crate::model::id::ArtifactId;

pub const FILE: &str = "skillmeat.lock";

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    pub sources: BTreeMap<String, LockedSource>,
    pub artifacts: BTreeMap<ArtifactId, LockedArtifact>,
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
    Git {
        url: String,
        reference: Option<String>,
        commit: String,
        date: Option<Date>,
    },
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
    },
    /// It was there once; the source no longer has it.
    Removed(Date),
}
