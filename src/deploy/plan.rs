//! What an order comes to: every byte that would be written, and all that would run because of it.

use super::order::{Choice, Order};
use crate::disk::beneath::Held;
use crate::format::deployed;
use crate::model::deployment::State;
use crate::model::hash::{ContentHash, PartsHasher};
use crate::model::id::ArtifactId;

/// Nothing but this is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub order: Order,
    /// What is done, for whoever asked: `Deployed pdf and docx to web-shop`.
    pub message: String,
    /// Artifact by artifact, in the order of the order.
    pub steps: Vec<Step>,
    /// Sorted by path; none when everything is so already.
    pub files: Vec<FileChange>,
    /// What an agent would run once the files are there, and did not run before.
    pub runs: Vec<Run>,
    /// The artifacts that bring what would run, with their hashes: what is agreed to with the plan.
    pub agreed: Vec<(ArtifactId, ContentHash)>,
    /// Text that a reader cannot see, in what would be written.
    pub hidden: Vec<String>,
}

/// What happens to one artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The artifact; `None` in a step back that tells of files alone.
    pub id: Option<ArtifactId>,
    pub label: String,
    pub profile: String,
    /// Below the project.
    pub path: String,
    pub action: Action,
    /// How the copy stands before.
    pub state: Option<State>,
    /// Why, in words; what stays behind.
    pub note: Option<String>,
    /// Places with markers in what is written.
    pub conflicts: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was not there.
    Add,
    /// What is there is replaced.
    Replace,
    /// Both are written into one.
    Merge,
    /// It stays as it is; only the record says so.
    Record,
    Remove,
    /// Nothing is done.
    Skip,
    /// A person has to say what is to be done: see [`Choice`].
    Undecided,
}

impl Action {
    pub fn word(self) -> &'static str {
        match self {
            Action::Add => "add",
            Action::Replace => "replace",
            Action::Merge => "merge",
            Action::Record => "record",
            Action::Remove => "remove",
            Action::Skip => "skip",
            Action::Undecided => "undecided",
        }
    }
}

/// One file of the project that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Below the project.
    pub path: String,
    /// `None`: it is not there.
    pub before: Option<Held>,
    /// `None`: it goes.
    pub after: Option<Held>,
}

/// A command, prompt or address that an agent uses by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub id: ArtifactId,
    /// `PreToolUse on Bash`, `MCP server files`.
    pub when: String,
    /// The command line or the URL, what cannot be seen written out.
    pub what: String,
    /// Names of variables that it is given, without their values.
    pub env: Vec<String>,
}

impl Plan {
    pub(super) fn empty(order: Order) -> Self {
        Self {
            order,
            message: String::new(),
            steps: Vec::new(),
            files: Vec::new(),
            runs: Vec::new(),
            agreed: Vec::new(),
            hidden: Vec::new(),
        }
    }

    /// The steps that wait for a person.
    pub fn undecided(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action == Action::Undecided)
    }

    /// Names exactly this plan: the project, every path, every byte of before and after. Of a record,
    /// which has the time in it, what it was alone: the rest of the plan says what it becomes.
    pub fn digest(&self) -> ContentHash {
        let mut hasher = PartsHasher::default();
        hasher.add(self.order.project.as_bytes());
        for file in &self.files {
            hasher.add(file.path.as_bytes());
            let is_record = file.path.ends_with(deployed::FILE);
            for side in [&file.before, &file.after] {
                if is_record && std::ptr::eq(side, &file.after) {
                    continue;
                }
                match side {
                    None => hasher.add(b"-"),
                    Some(held) => {
                        hasher.add(if held.executable { b"x" } else { b"f" });
                        hasher.add(&held.bytes);
                    }
                }
            }
        }
        hasher.end()
    }

    /// Which choices a person has for a step.
    pub fn choices(step: &Step) -> &'static [Choice] {
        match step.action {
            Action::Undecided => &Choice::ALL,
            _ => &[],
        }
    }
}
