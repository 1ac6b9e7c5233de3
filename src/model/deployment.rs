//! What is deployed where, and in which state.

use std::fmt;

use jiff::civil::Date;

use super::id::{ArtifactId, Kind};
use crate::error::Place;

/// One entry of `projects` in `skillmeat.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    pub name: String,
    /// A line about it.
    pub description: Option<String>,
    /// Its working copy, as written: absolute, `~/…`, or relative to the catalog.
    pub path: Option<String>,
    /// Its repository, which is read where there is no working copy.
    pub git: Option<Repository>,
    pub place: Place,
}

/// A Git repository and what is read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    pub url: String,
    /// Branch or tag; the remote's default branch when absent.
    pub reference: Option<String>,
}

/// Who wrote down that something was deployed, in a format of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// SkillMeat, and we: `.skillmeat-deployed.toml`.
    SkillMeat,
    /// `npx skills`: `skills-lock.json`.
    Skills,
    /// `gh skill`: in the front matter of `SKILL.md`.
    Gh,
    /// The settings of an agent, which name a plugin.
    Settings,
}

impl By {
    pub const ALL: [By; 4] = [By::SkillMeat, By::Skills, By::Gh, By::Settings];

    pub fn word(self) -> &'static str {
        match self {
            By::SkillMeat => "skillmeat",
            By::Skills => "skills",
            By::Gh => "gh",
            By::Settings => "settings",
        }
    }

    /// The words for people.
    pub fn label(self) -> &'static str {
        match self {
            By::SkillMeat => "SkillMeat",
            By::Skills => "npx skills",
            By::Gh => "gh skill",
            By::Settings => "the settings",
        }
    }
}

impl std::str::FromStr for By {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = By::ALL.into_iter().find(|by| by.word() == word);
        found.ok_or_else(|| format!("`{word}` keeps no record of deployments"))
    }
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
    /// Relative to the project; of an entry in a file `file#name`.
    pub path: String,
    /// Who recorded it; `None` where nobody did.
    pub by: Option<By>,
    /// Other paths in the project that are links to it.
    pub links: Vec<String>,
    /// The day it was deployed, where the record says.
    pub deployed_at: Option<Date>,
    /// Hash as deployed, with its algorithm: `original:…`.
    pub base: Option<String>,
    /// Hash of what is there now, in the same algorithm.
    pub here: Option<String>,
}
