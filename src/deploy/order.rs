//! What a person wants done with a project, in words of the catalog.

use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;
use crate::model::profile::Profile;
use crate::state::receipts::ReceiptId;

/// One order: all of it is done or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// By its name in the configuration.
    pub project: String,
    pub what: What,
    /// What is done with a copy that a person changed, where nothing more exact is said of it.
    pub choice: Option<Choice>,
    /// The same for single artifacts.
    pub choices: Vec<(ArtifactId, Choice)>,
    /// Text that a reader cannot see may be written.
    pub allow_hidden: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A plugin stands for its members. `at` is a commit of their source.
    Deploy {
        ids: Vec<ArtifactId>,
        profile: Profile,
        at: Option<String>,
    },
    /// To what their sources have now; without ids all that the project has. Without a profile
    /// those of every profile.
    Update {
        ids: Vec<ArtifactId>,
        profile: Option<Profile>,
    },
    Undeploy {
        ids: Vec<ArtifactId>,
        profile: Option<Profile>,
    },
    /// To how the project was right after a receipt, or before the first: 0.
    Rollback {
        to: ReceiptId,
    },
    /// One receipt taken back: that of the last deploy.
    Undo {
        receipt: ReceiptId,
    },
}

/// What is done with a copy that a person changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It stays as it is, and is noted as changed on top of what the source has now.
    Keep,
    /// What the source has takes its place; the bytes of before are in the receipt.
    Source,
    /// Both, line by line, with markers where they meet.
    Merge,
}

impl Choice {
    pub const ALL: [Choice; 3] = [Choice::Keep, Choice::Source, Choice::Merge];

    pub fn word(self) -> &'static str {
        match self {
            Choice::Keep => "keep",
            Choice::Source => "source",
            Choice::Merge => "merge",
        }
    }
}

impl std::str::FromStr for Choice {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Choice::ALL.into_iter().find(|choice| choice.word() == word);
        found.ok_or_else(|| format!("`{word}` is not `keep`, `source` or `merge`"))
    }
}

/// What a person has agreed to: the plan with this digest and no other.
pub type Consent = Option<ContentHash>;
