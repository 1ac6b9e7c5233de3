//! What a build had to say, kept beside what it made, to say it again where nothing changed since.
//! Knows neither how the inputs nor how the outputs stand.

use serde::{Deserialize, Serialize};

use crate::catalog::load::Loaded;
use crate::command::age::{self, Synced};
use crate::error::Problem;
use crate::model::hash::ContentHash;

#[derive(Serialize, Deserialize)]
pub(super) struct Last {
    /// Of everything the site was made from.
    pub(super) made: ContentHash,
    pub(super) problems: Vec<Problem>,
    pub(super) synced: Vec<Synced>,
}

impl Last {
    /// Of a build that had all it wanted.
    pub(super) fn new(made: ContentHash, loaded: &Loaded) -> Self {
        let problems = loaded.catalog.problems.clone();
        Self { made, problems, synced: age::synced(&loaded.catalog) }
    }

    /// Of a build that was made from this; `None` where the text is none of ours.
    pub(super) fn read(text: &str, made: ContentHash) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|last: &Self| last.made == made)
    }

    /// Empty where it cannot be written, which no build reads as its own.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
