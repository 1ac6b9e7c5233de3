//! The versions an artifact had, newest first, and what each changed.
//!
//! These types derive serde because the cache stores exactly this value.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::artifact::Pin;

/// Raise it when a history is to be made anew of the same commits.
pub const FORMAT: u32 = 1;

/// Versions of one artifact that are remembered.
pub const VERSIONS_MAX: usize = 10;

/// Files of one version that are named.
pub const FILES_MAX: usize = 20;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    #[serde(skip)]
    pub kept_by: KeptBy,
    /// The newest first.
    pub versions: Vec<Version>,
    /// There are older ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_more: bool,
}

/// Who knows what an artifact was before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeptBy {
    /// The commits of its source.
    #[default]
    Commits,
    /// The lock, as syncs saw it; its source tells only how it is now.
    Syncs,
    /// The catalog's own repository, where it stands at this path below the catalog, if it does.
    Repository(Option<String>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The whole id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    pub date: Option<Date>,
    /// The first line of what the commit says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The version that the artifact gave itself before, and then; where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Sorted by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Touched>,
    /// Files that are not among them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub n_more: usize,
    /// What it changed is not known: the state before it, or its own, is kept nowhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_lost: bool,
}

/// A file that differs from the version before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// In the source, or in the artifact where only syncs know of it.
    pub path: String,
    /// Its path before, where it was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    pub how: How,
    #[serde(default, skip_serializing_if = "Difference::is_none")]
    pub difference: Difference,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    Added,
    Changed,
    Moved,
    Removed,
}

impl How {
    pub fn word(self) -> &'static str {
        match self {
            How::Added => "added",
            How::Changed => "changed",
            How::Moved => "moved",
            How::Removed => "removed",
        }
    }
}

/// What lies between two states of a file, or why that is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// There is nothing to compare: it came, went, moved as it was, or is of an older version.
    #[default]
    None,
    Lines(Patch),
    NotText,
    TooLarge,
    /// The source itself does not have the older bytes.
    Absent,
}

impl Difference {
    fn is_none(&self) -> bool {
        *self == Difference::None
    }
}

/// Lines that went and came, each with its surroundings. Secrets are masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// How many lines came and went in all.
    pub plus: usize,
    pub minus: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hunks: Vec<Hunk>,
    /// Not all lines are here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// The number of its first line in the older and the newer file.
    pub old: usize,
    pub new: usize,
    /// Each begins with ` `, `-` or `+`.
    pub lines: Vec<String>,
}

/// What the lock said of an artifact before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Was {
    pub pin: Pin,
    /// Since when.
    pub date: Option<Date>,
    pub version: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}
