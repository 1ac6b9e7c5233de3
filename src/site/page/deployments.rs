//! What is deployed where: the dashboard, and a page for each project.

use std::collections::BTreeMap;

use serde::Serialize;

use super::card::{StateCount, StateView, count_states};
use super::deployed::{Named, named};
use super::frame::{self, Head, Link, line};
use super::projects::{self, ProjectCard};
use crate::error::Result;
use crate::model::deployment::State;
use crate::model::id::Kind;
use crate::site::Site;

#[derive(Serialize)]
struct AllView {
    counts: Vec<StateCount>,
    n_deployments: usize,
    projects: Vec<ProjectCard>,
    /// Artifact by project; beside `projects`, each cell.
    rows: Vec<Row>,
    n_rows: usize,
    /// So many projects that a cell has room for an icon alone.
    is_dense: bool,
    /// By state, those there are.
    states: Vec<ByState>,
}

#[derive(Serialize)]
struct Row {
    artifact: Named,
    cells: Vec<Vec<StateView>>,
    #[serde(skip)]
    is_well: bool,
}

/// Rows of the table; thirty projects make each of them thirty cells wide.
const ROWS_MAX: usize = 200;
/// What is listed of each state.
const LISTED_MAX: usize = 100;
/// Columns in which the word of a state has room.
const WIDE_MAX: usize = 6;

#[derive(Serialize)]
struct ByState {
    state: StateView,
    n: usize,
    /// The first of them.
    deployments: Vec<InProject>,
}

#[derive(Serialize)]
struct InProject {
    artifact: Named,
    project: Link,
    since: Option<String>,
}

pub(super) fn all(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let projects = &site.catalog.projects;
    let states: Vec<State> =
        projects.iter().flat_map(|one| &one.deployments).map(|one| one.state).collect();
    let (rows, n_rows) = rows(site);
    let view = AllView {
        counts: count_states(&states),
        n_deployments: states.len(),
        projects: projects::cards(site),
        rows,
        n_rows,
        is_dense: projects.len() > WIDE_MAX,
        states: by_state(site),
    };
    let head = Head {
        title: "Deployments".to_owned(),
        description: "Which project has which artifact, and in which state.".to_owned(),
        section: "deployments/",
        crumbs: Vec::new(),
    };
    frame::render(site, path, "deployments.html", &head, view)
}

/// By kind and name, and how many there are. Where not all have room, those that want attention
/// come first.
fn rows(site: &Site<'_>) -> (Vec<Row>, usize) {
    let n_projects = site.catalog.projects.len();
    let mut rows: BTreeMap<(Kind, &str, String), Row> = BTreeMap::new();
    for (at, project) in site.catalog.projects.iter().enumerate() {
        for deployment in &project.deployments {
            let id = deployment.id.as_ref().map(ToString::to_string).unwrap_or_default();
            let row = rows.entry((deployment.kind, &deployment.name, id)).or_insert_with(|| Row {
                artifact: named(site, deployment),
                cells: vec![Vec::new(); n_projects],
                is_well: true,
            });
            row.cells[at].push(deployment.state.into());
            row.is_well &= deployment.state == State::InSync;
        }
    }
    let mut rows: Vec<Row> = rows.into_values().collect();
    let n = rows.len();
    if n > ROWS_MAX {
        rows.sort_by_key(|row| row.is_well);
        rows.truncate(ROWS_MAX);
    }
    (rows, n)
}

fn by_state(site: &Site<'_>) -> Vec<ByState> {
    let of = |state: State| {
        let projects = site.catalog.projects.iter().enumerate();
        projects
            .flat_map(|(at, project)| project.deployments.iter().map(move |one| (at, project, one)))
            .filter(|(_, _, one)| one.state == state)
            .map(|(at, project, one)| InProject {
                artifact: named(site, one),
                project: Link::new(line(&project.name), site.routes.project_url(at)),
                since: one.deployed_at.map(|date| date.to_string()),
            })
            .collect::<Vec<_>>()
    };
    State::ALL
        .into_iter()
        .map(|state| {
            let mut deployments = of(state);
            let n = deployments.len();
            deployments.truncate(LISTED_MAX);
            ByState { state: state.into(), n, deployments }
        })
        .filter(|group| group.n > 0)
        .collect()
}
