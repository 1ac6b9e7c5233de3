//! The versions an artifact had, newest first, and what each changed.
//!
//! These types derive serde because the cache stores exactly this value.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::artifact::Pin;

/// Raise it when a history is to be made anew of the same commits.
pub const FORMAT: u32 = 1;

/// Versions of one artifact that are remembered.
pub const VERSIONS_MAX: usize = 10;

/// Files of one version that are named, and of which the lines are compared.
pub const FILES_MAX: usize = 20;
pub const FILES_COMPARED_MAX: usize = 8;

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

/// Earlier states that the lock names of one artifact.
pub const WAS_MAX: usize = 5;

/// What the lock said of an artifact before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Was {
    pub pin: Pin,
    /// Since when it was so.
    pub date: Option<Date>,
    /// On one line.
    pub version: Option<String>,
}

/// As it stands in the lock: `sha256:… 2026-08-01 1.2.0`, with `-` for a date that is not known.
impl fmt::Display for Was {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date {
            Some(date) => write!(f, "{} {date}", self.pin)?,
            None => write!(f, "{} -", self.pin)?,
        }
        self.version.as_ref().map_or(Ok(()), |version| write!(f, " {version}"))
    }
}

impl FromStr for Was {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut words = text.splitn(3, ' ');
        let pin = words.next().unwrap_or_default().parse().map_err(drop)?;
        let date = match words.next() {
            Some("-") => None,
            date => Some(date.unwrap_or_default().parse().map_err(drop)?),
        };
        let version = words.next().map(str::to_owned);
        if version.as_ref().is_some_and(|version| version.contains('\n')) {
            return Err(());
        }
        Ok(Self { pin, date, version })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}
