//! Where an artifact is: the collections and groups that hold it, the projects it is deployed in.

use serde::Serialize;

use crate::catalog::Index;
use crate::model::artifact::Artifact;
use crate::model::deployment::{Deployment, State};
use crate::site::Site;
use crate::site::page::card::{Badge, StateView, badge};
use crate::site::page::deployed::{Action, actions};
use crate::site::page::frame::{Link, line};
use crate::site::page::listing::{collection_link, edit_url};

#[derive(Serialize)]
pub(super) struct InCollection {
    collection: Link,
    slug: String,
    edit_url: Option<String>,
    groups: Vec<Badge>,
}

#[derive(Serialize)]
pub(super) struct DeploymentView {
    project: Link,
    state: StateView,
    profile: String,
    path: String,
    since: Option<String>,
    /// As deployed, in the project now, in the source now.
    base: Option<Hash>,
    here: Here,
    latest: String,
    reason: String,
    actions: Vec<Action>,
}

/// A hash as people compare it.
#[derive(Serialize)]
struct Hash {
    short: String,
    whole: String,
}

/// What became of it in the project.
#[derive(Serialize)]
struct Here {
    words: &'static str,
    hash: Option<Hash>,
}

pub(super) fn collections(site: &Site<'_>, at: Index) -> Vec<InCollection> {
    let groups = &site.routes.held[at];
    let of = |collection: usize| InCollection {
        collection: collection_link(site, collection),
        slug: site.catalog.collections[collection].definition.slug.clone(),
        edit_url: edit_url(site, &site.catalog.collections[collection].definition.file),
        groups: groups
            .iter()
            .filter(|(own, _)| *own == collection)
            .map(|(own, group)| badge(site, *own, *group))
            .collect(),
    };
    site.catalog.memberships[at].iter().map(|collection| of(*collection)).collect()
}

pub(super) fn deployments(site: &Site<'_>, at: Index) -> Vec<DeploymentView> {
    let artifact = &site.catalog.artifacts[at];
    let one = |(project, deployment): &(usize, usize)| {
        let state = &site.catalog.projects[*project];
        let url = format!("{}#d-{}", site.routes.project_url(*project), deployment + 1);
        let deployment = &state.deployments[*deployment];
        DeploymentView {
            reason: line(&site.catalog.reason(deployment)),
            actions: actions(site, *project, deployment),
            project: Link::new(line(&state.name), url),
            state: deployment.state.into(),
            profile: line(&deployment.profile),
            path: line(&deployment.path),
            since: deployment.deployed_at.map(|date| date.to_string()),
            base: deployment.base.as_deref().map(hash),
            here: here(deployment),
            latest: latest(deployment, artifact),
        }
    };
    site.routes.deployed[at].iter().map(one).collect()
}

fn hash(text: &str) -> Hash {
    let hex = text.rsplit(':').next().unwrap_or_default();
    Hash { short: line(&hex.chars().take(7).collect::<String>()), whole: line(text) }
}

fn here(deployment: &Deployment) -> Here {
    match (&deployment.base, &deployment.here) {
        (_, None) => Here { words: "not there", hash: None },
        (Some(base), Some(here)) if base == here => Here { words: "as deployed", hash: None },
        (_, Some(here)) => Here { words: "", hash: Some(hash(here)) },
    }
}

/// The source's side of the state.
fn latest(deployment: &Deployment, artifact: &Artifact) -> String {
    let words = match deployment.state {
        State::InSync => "the same",
        State::Outdated | State::Diverged => match &artifact.version {
            Some(version) => return line(&format!("newer, v{version}")),
            None => "newer",
        },
        State::Modified => "as deployed",
        State::Orphaned => "gone",
        State::Missing | State::Untracked | State::Unknown => "not compared",
    };
    words.to_owned()
}
