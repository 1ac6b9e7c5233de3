//! One deployment as tables and lists show it.

use serde::Serialize;

use super::card::{KindView, StateView};
use super::edit::compare;
use super::frame::{Link, line};
use crate::catalog::Index;
use crate::model::deployment::{By, Deployment, State};
use crate::model::profile::Profile;
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
    /// Why it is in its state.
    pub reason: String,
    /// Who recorded it.
    pub by: Option<&'static str>,
    /// Other paths that are links to it.
    pub links: Vec<String>,
    /// What it may be, where that cannot be told.
    pub candidates: Vec<Link>,
    /// What can be done with it, on a server that may write.
    pub actions: Vec<Action>,
}

/// A way to a form, or to a page about a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Action {
    pub label: &'static str,
    pub url: String,
    /// It is a page, which no dialog shows.
    pub is_page: bool,
}

/// Candidates that are named.
const CANDIDATES_MAX: usize = 5;

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
        reason: line(&site.catalog.reason(deployment)),
        by: deployment.by.map(By::label),
        links: deployment.links.iter().map(|link| line(link)).collect(),
        candidates: candidates(site, deployment),
        actions: actions(site, project, deployment),
    }
}

fn candidates(site: &Site<'_>, deployment: &Deployment) -> Vec<Link> {
    if deployment.id.is_some() {
        return Vec::new();
    }
    let all = site.catalog.candidates(deployment);
    let link = |at: &Index| {
        let id = &site.catalog.artifacts[*at].id;
        Link::new(line(&id.to_string()), site.artifact_url(*at))
    };
    all.iter().take(CANDIDATES_MAX).map(link).collect()
}

/// What can be done with a copy whose artifact is known, in a project with a folder here.
pub(super) fn actions(site: &Site<'_>, project: usize, one: &Deployment) -> Vec<Action> {
    let is_live = site.options.live.as_ref().is_some_and(|live| live.edits);
    let is_here = site.catalog.abouts.get(project).is_none_or(|about| about.is_here);
    let Some(id) = one.id.as_ref().filter(|_| is_live && is_here) else { return Vec::new() };
    let name = &site.catalog.projects[project].name;
    let mut actions = Vec::new();
    if compare::is_comparable(one) {
        let url = compare::address(name, &one.path);
        actions.push(Action { label: "Compare", url, is_page: true });
    }
    if one.profile.parse::<Profile>().is_err() {
        return actions;
    }
    let form = |label, form: &str| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("project", name)
            .append_pair("id", &id.to_string())
            .append_pair("profile", &one.profile)
            .append_pair("next", &site.routes.project_url(project))
            .finish();
        Action { label, url: format!("edit/{form}/?{query}"), is_page: false }
    };
    match one.state {
        State::Outdated => actions.push(form("Update…", "update")),
        State::Modified | State::Diverged => actions.push(form("Resolve…", "update")),
        State::Missing => actions.push(form("Put back…", "update")),
        State::Untracked | State::InSync | State::Orphaned | State::Unknown => {}
    }
    if one.by == Some(By::SkillMeat) {
        actions.push(form("Remove…", "undeploy"));
    }
    if one.state == State::Untracked {
        actions.push(form("Resolve…", "deploy"));
    }
    actions
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
