//! One deployment as tables and lists show it.

use serde::Serialize;

use super::card::{KindView, StateView};
use super::frame::line;
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
    pub state: StateView,
    pub profile: String,
    pub path: String,
    pub since: Option<String>,
    /// The version that is there, where it can be told, and the one the source has now.
    pub version: Option<String>,
    pub latest: Option<String>,
    /// The hash as it was deployed, and that of what is there now.
    pub base: Option<String>,
    pub here: Option<String>,
}

pub(super) fn view(site: &Site<'_>, deployment: &Deployment) -> DeploymentView {
    DeploymentView {
        artifact: named(site, deployment),
        state: deployment.state.into(),
        profile: line(&deployment.profile),
        path: line(&deployment.path),
        since: deployment.deployed_at.map(|date| date.to_string()),
        version: site.catalog.deployed_version(deployment).map(line),
        latest: site.catalog.latest_version(deployment).map(line),
        base: deployment.base.as_deref().map(short_hash),
        here: deployment.here.as_deref().map(short_hash),
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

/// `original:f437…` with its first digits.
fn short_hash(hash: &str) -> String {
    let (algorithm, digits) = hash.split_once(':').unwrap_or(("", hash));
    let digits: String = digits.chars().take(8).collect();
    line(&if algorithm.is_empty() { digits } else { format!("{algorithm}:{digits}") })
}
