//! The projects: all of them with their states, and a page for each with what it has.

use serde::Serialize;

use super::card::{StateCount, count_states};
use super::deployed::{self, DeploymentView};
use super::frame::{self, Head, Link, line};
use crate::error::Result;
use crate::model::deployment::{ProjectState, State};
use crate::site::Site;
use crate::site::data::Api;

#[derive(Serialize)]
struct AllView {
    projects: Vec<ProjectCard>,
    counts: Vec<StateCount>,
    n_deployments: usize,
}

/// One project as lists show it.
#[derive(Serialize)]
pub(super) struct ProjectCard {
    pub name: String,
    pub slug: String,
    pub url: String,
    /// The day its facts last changed; `None` when it was never looked at.
    pub scanned: Option<String>,
    pub counts: Vec<StateCount>,
    pub n: usize,
}

#[derive(Serialize)]
struct OneView {
    #[serde(flatten)]
    card: ProjectCard,
    description: Option<String>,
    repository: Option<String>,
    web: Option<String>,
    /// As an address has it, where it can be deployed to from here.
    edit: Option<String>,
    /// The same for other programs.
    csv: String,
    json: String,
    /// What has a record, and what has none.
    tracked: Vec<DeploymentView>,
    untracked: Vec<DeploymentView>,
}

pub(super) fn all(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let projects = &site.catalog.projects;
    let states = projects.iter().flat_map(|one| &one.deployments).map(|one| one.state);
    let states: Vec<State> = states.collect();
    let view = AllView {
        projects: cards(site),
        counts: count_states(&states),
        n_deployments: states.len(),
    };
    let head = Head {
        title: "Projects".to_owned(),
        description: "The projects that artifacts of this catalog are deployed in.".to_owned(),
        section: "projects/",
        crumbs: Vec::new(),
    };
    frame::render(site, path, "projects.html", &head, view)
}

pub(super) fn one(site: &Site<'_>, path: &str, at: usize) -> Result<Vec<u8>> {
    let project = &site.catalog.projects[at];
    let of = |is_untracked: bool| {
        let deployments = project.deployments.iter().enumerate();
        deployments
            .filter(|(_, one)| (one.state == State::Untracked) == is_untracked)
            .map(|(place, _)| deployed::view(site, at, place))
            .collect()
    };
    let name = line(&project.name);
    let head = Head {
        title: name.clone(),
        description: format!("Artifacts deployed in {name}"),
        section: "projects/",
        crumbs: vec![Link::new("Projects", "projects/")],
    };
    let api = |api: Api| site.routes.api_path(site.catalog, api);
    let about = site.catalog.abouts.get(at).cloned().unwrap_or_default();
    let may_edit = site.options.live.as_ref().is_some_and(|live| live.edits);
    let view = OneView {
        card: card(site, at),
        description: about.description.as_deref().map(line),
        repository: about.repository.as_deref().map(line),
        web: about.web.as_deref().and_then(frame::web_link),
        edit: (may_edit && about.is_here).then(|| project.name.clone()),
        csv: api(Api::ProjectCsv(at)),
        json: api(Api::Project(at)),
        tracked: of(false),
        untracked: of(true),
    };
    frame::render(site, path, "project.html", &head, view)
}

/// In the order of the configuration.
pub(super) fn cards(site: &Site<'_>) -> Vec<ProjectCard> {
    (0..site.catalog.projects.len()).map(|at| card(site, at)).collect()
}

fn card(site: &Site<'_>, at: usize) -> ProjectCard {
    let project: &ProjectState = &site.catalog.projects[at];
    let states: Vec<State> = project.deployments.iter().map(|one| one.state).collect();
    ProjectCard {
        name: line(&project.name),
        slug: site.routes.projects[at].clone(),
        url: site.routes.project_url(at),
        scanned: project.scanned.map(|date| date.to_string()),
        counts: count_states(&states),
        n: states.len(),
    }
}
