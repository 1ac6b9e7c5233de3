//! The state of a deployment to why it is in it, and to what else it might mean, from what the lock
//! says alone.

use super::{is_called, is_of_market};
use crate::catalog::{Catalog, Index};
use crate::model::artifact::Artifact;
use crate::model::deployment::{By, Deployment, State};
use crate::model::hash::ContentHash;
use crate::model::id::Kind;
use crate::model::shared::Shared;
use crate::project::digest::UNREAD;
use crate::words;

impl Catalog {
    /// Why it is in its state, as a sentence without its full stop: `The copy was edited; its source
    /// is as it was deployed`.
    pub fn reason(&self, deployment: &Deployment) -> String {
        reason(&self.artifacts, deployment)
    }

    /// The artifacts that a deployment may mean, where it cannot be told which.
    pub fn candidates(&self, deployment: &Deployment) -> Vec<Index> {
        candidates(&self.artifacts, deployment)
    }
}

pub(super) fn reason(artifacts: &[Shared<Artifact>], deployment: &Deployment) -> String {
    let Deployment { state, by, base, here, id, .. } = deployment;
    let is_enabled = *by == Some(By::Settings);
    let words = match state {
        State::InSync if is_enabled => {
            "The settings enable it; Claude Code installs what its marketplace has"
        }
        State::InSync if by.is_none() => "It equals its source; nothing recorded it",
        State::InSync if base.is_some() && base == here => {
            "It is as it was deployed, and so is its source"
        }
        State::InSync => "It equals its source",
        State::Outdated => "It is as it was deployed; its source has changed",
        State::Modified => "The copy was edited; its source is as it was deployed",
        State::Diverged => "The copy was edited, and its source has changed",
        State::Missing => "It was deployed and is no longer there",
        State::Untracked => untracked(deployment),
        State::Orphaned if is_enabled => "The settings enable it; its source no longer has it",
        State::Orphaned => "Its source no longer has it",
        State::Unknown if here.as_deref() == Some(UNREAD) => "It is there and cannot be read",
        State::Unknown if id.is_some() => undecided(deployment),
        State::Unknown => return unknown(artifacts, deployment),
    };
    words.to_owned()
}

fn unknown(artifacts: &[Shared<Artifact>], deployment: &Deployment) -> String {
    match (candidates(artifacts, deployment).len(), deployment.by) {
        (0, Some(By::Settings)) => {
            "The settings enable it; no plugin of the catalog is known to be it".to_owned()
        }
        (0, _) => "No artifact of the catalog fits its record".to_owned(),
        (_, Some(By::Skills | By::Gh)) => {
            "Its record does not tell which artifact of the catalog it is".to_owned()
        }
        (n, _) => format!("It may be any of {}", words::count(n, "artifact")),
    }
}

pub(super) fn candidates(artifacts: &[Shared<Artifact>], deployment: &Deployment) -> Vec<Index> {
    if deployment.state != State::Unknown || deployment.id.is_some() {
        return Vec::new();
    }
    let here: Option<ContentHash> = deployment.here.as_ref().and_then(|hash| hash.parse().ok());
    let is_it = |index: &Index| {
        let artifact = &artifacts[*index];
        if deployment.by == Some(By::Settings) && !is_of_market(artifact, &deployment.path) {
            return false;
        }
        is_called(deployment.kind, &artifact.id, &deployment.name)
            || (artifact.id.kind == deployment.kind && here == Some(artifact.hash))
    };
    (0..artifacts.len()).filter(is_it).collect()
}

fn untracked(deployment: &Deployment) -> &'static str {
    match (&deployment.id, deployment.by, deployment.kind) {
        (Some(_), Some(_), _) => {
            "It differs from its source; its record does not say what was deployed"
        }
        (Some(_), None, _) => "It differs from its source; nothing recorded what was deployed",
        (None, _, Kind::Hook) => "Nothing recorded it, and no hook of the catalog is it",
        (None, ..) => "Nothing recorded it, and nothing in the catalog is it",
    }
}

/// Which artifact it is can be told, and no more.
fn undecided(deployment: &Deployment) -> &'static str {
    match deployment.by {
        Some(By::Gh) => {
            "Its source has changed; the stamp of `gh skill` does not tell whether the copy was \
             edited too"
        }
        Some(By::Skills) => {
            "Its source has changed; `npx skills` leaves files out of its copies, so it cannot be \
             told whether this one was edited too"
        }
        _ => "It cannot be compared with its source",
    }
}
