//! One deployment as tables and lists show it.

use serde::Serialize;

use super::card::{KindView, StateView};
use super::frame::{Link, line};
use crate::model::deployment::Deployment;
use crate::site::Site;

/// What is deployed, by the name its record gives it.
#[derive(Clone, Serialize)]
pub(super) struct Named {
    pub label: String,
    pub kind: KindView,
    /// The source of the artifact that is meant, where one is.
    pub source: Option<String>,
    /// Its page, or its tombstone.
    pub url: Option<String>,
}

#[derive(Serialize)]
pub(super) struct DeploymentView {
    pub artifact: Named,
    pub project: Link,
    /// The line of the project's page that tells of it.
    pub url: String,
    /// That line's name there.
    pub anchor: String,
    pub state: StateView,
    pub profile: String,
    pub path: String,
    pub since: Option<String>,
    /// The version that is there, where it can be told, and the one the source has now.
    pub version: Option<String>,
    pub latest: Option<String>,
}

/// The deployment that is so many-th of a project's.
pub(super) fn view(site: &Site<'_>, project: usize, at: usize) -> DeploymentView {
    let state = &site.catalog.projects[project];
    let deployment = &state.deployments[at];
    let anchor = format!("d-{}", at + 1);
    DeploymentView {
        artifact: named(site, deployment),
        project: Link::new(line(&state.name), site.routes.project_url(project)),
        url: format!("{}#{anchor}", site.routes.project_url(project)),
        anchor,
        state: deployment.state.into(),
        profile: line(&deployment.profile),
        path: line(&deployment.path),
        since: deployment.deployed_at.map(|date| date.to_string()),
        version: site.catalog.deployed_version(deployment).map(line),
        latest: site.catalog.latest_version(deployment).map(line),
    }
}

pub(super) fn named(site: &Site<'_>, deployment: &Deployment) -> Named {
    let at = deployment.id.as_ref().and_then(|id| site.catalog.find(id));
    let gone = || site.routes.removed_url(site.catalog, deployment.id.as_ref()?);
    Named {
        label: line(&deployment.name),
        kind: deployment.kind.into(),
        source: deployment.id.as_ref().map(|id| line(&id.source)),
        url: at.map(|at| site.artifact_url(at)).or_else(gone),
    }
}
