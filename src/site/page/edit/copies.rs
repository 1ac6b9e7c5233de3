//! The deployments to choose from, project by project: a list that leads to the form for several.

use serde::Serialize;

use super::Asked;
use crate::error::Result;
use crate::model::deployment::Deployment;
use crate::site::Site;
use crate::site::page::card::{KindView, StateView, urgency};
use crate::site::page::frame::{self, Head, Link, line};

/// Deployments on one page.
const ROWS_MAX: usize = 2000;

#[derive(Serialize)]
struct View {
    projects: Vec<OfProject>,
}

#[derive(Serialize)]
struct OfProject {
    project: Link,
    /// As a form sends it.
    name: String,
    rows: Vec<Row>,
    n_more: usize,
}

#[derive(Serialize)]
struct Row {
    id: String,
    label: String,
    kind: KindView,
    state: StateView,
    profile: String,
}

/// `edit/copies/`, of one project with `project=…`
pub(super) fn render(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let wanted = asked.one("project");
    let mut left = ROWS_MAX;
    let mut projects = Vec::new();
    for (at, project) in site.catalog.projects.iter().enumerate() {
        let is_here = site.catalog.abouts.get(at).is_none_or(|about| about.is_here);
        if !is_here || wanted.is_some_and(|name| name != project.name) {
            continue;
        }
        let mut known: Vec<&Deployment> =
            project.deployments.iter().filter(|one| one.id.is_some()).collect();
        known.sort_by_key(|one| urgency(one.state));
        let shown = &known[..known.len().min(left)];
        left -= shown.len();
        if known.is_empty() {
            continue;
        }
        projects.push(OfProject {
            project: Link::new(line(&project.name), site.routes.project_url(at)),
            name: project.name.clone(),
            rows: shown.iter().map(|one| row(one)).collect(),
            n_more: known.len() - shown.len(),
        });
    }
    if projects.is_empty() && wanted.is_some_and(|name| !has(site, name)) {
        return Ok(None);
    }
    let head = Head {
        title: "Select deployments".to_owned(),
        section: "deployments/",
        crumbs: vec![Link::new("Deployments", "deployments/")],
        ..Head::default()
    };
    let view = View { projects };
    frame::render(site, "edit/copies/index.html", "edit-copies.html", &head, view).map(Some)
}

fn has(site: &Site<'_>, name: &str) -> bool {
    site.catalog.projects.iter().any(|one| one.name == name)
}

fn row(one: &Deployment) -> Row {
    Row {
        id: one.id.as_ref().map(ToString::to_string).unwrap_or_default(),
        label: line(&one.name),
        kind: one.kind.into(),
        state: one.state.into(),
        profile: line(&one.profile),
    }
}
