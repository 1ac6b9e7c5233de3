//! What is deployed where: the dashboard, as a matrix, by project, by artifact and by state.
//!
//! Each of them is bounded here, what wants attention first; a script lays out all of them from
//! the data beside the page.

mod data;
mod table;

use serde::Serialize;

use super::card::{KindView, StateCount, StateView, count_states, urgency};
use super::deployed::{self, DeploymentView, Named};
use super::frame::{self, Head};
use super::projects::{self, ProjectCard};
use crate::error::Result;
use crate::model::deployment::{Deployment, State};
use crate::model::id::Kind;
use crate::site::Site;
pub(super) use data::script;
use table::{Artifact, Row};

#[derive(Serialize)]
struct View {
    counts: Vec<StateCount>,
    n_deployments: usize,
    /// The columns of the matrix.
    projects: Vec<ProjectCard>,
    /// Artifact by project; beside `projects`, each cell.
    rows: Vec<Row>,
    /// So many projects that a cell has room for an icon alone.
    is_dense: bool,
    by_project: Vec<ByProject>,
    by_artifact: Vec<ByArtifact>,
    n_artifacts: usize,
    /// By state, those there are.
    states: Vec<ByState>,
    recent: Vec<DeploymentView>,
    choices: Choices,
    /// Whether the script has to show what is left out here.
    is_partial: bool,
}

/// What can be chosen to filter by.
#[derive(Serialize)]
struct Choices {
    sources: Vec<String>,
    /// Each that there can be, for the script to copy.
    states: [StateView; 8],
    kinds: [KindView; 6],
}

#[derive(Serialize)]
struct ByProject {
    project: ProjectCard,
    deployments: Vec<DeploymentView>,
}

#[derive(Serialize)]
struct ByArtifact {
    artifact: Named,
    n: usize,
    deployments: Vec<DeploymentView>,
}

#[derive(Serialize)]
struct ByState {
    state: StateView,
    n: usize,
    /// The first of them.
    deployments: Vec<DeploymentView>,
}

/// Cells of the matrix, and its rows.
const CELLS_MAX: usize = 2_000;
const ROWS_MAX: usize = 200;
const ROWS_MIN: usize = 10;
/// Lines of each of the lists.
const LISTED_MAX: usize = 200;
/// Lines that every project has of it.
const OF_PROJECT_MIN: usize = 2;
/// Columns in which the word of a state has room.
const WIDE_MAX: usize = 6;
const RECENT_MAX: usize = 8;

pub(super) fn render(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let projects = &site.catalog.projects;
    let states: Vec<State> = all(site).map(|(_, _, one)| one.state).collect();
    let mut artifacts = table::artifacts(site);
    let choices = choices(&artifacts);
    let n_artifacts = artifacts.len();
    let n_rows = (CELLS_MAX / projects.len().max(1)).clamp(ROWS_MIN, ROWS_MAX);
    if n_artifacts > n_rows || states.len() > LISTED_MAX {
        artifacts.sort_by_key(|artifact| artifact.urgency);
    }
    let shown = &artifacts[..n_artifacts.min(n_rows)];
    let view = View {
        counts: count_states(&states),
        n_deployments: states.len(),
        projects: projects::cards(site),
        rows: shown.iter().map(|artifact| table::row(site, artifact)).collect(),
        is_dense: projects.len() > WIDE_MAX,
        by_project: by_project(site),
        by_artifact: by_artifact(site, &artifacts),
        n_artifacts,
        states: by_state(site),
        recent: recent(site),
        choices,
        is_partial: n_artifacts > n_rows || states.len() > LISTED_MAX,
    };
    let head = Head {
        title: "Deployments".to_owned(),
        description: "Which project has which artifact, and in which state.".to_owned(),
        section: "deployments/",
        crumbs: Vec::new(),
    };
    frame::render(site, path, "deployments.html", &head, view)
}

/// Every deployment with its project and its place there.
fn all<'a>(site: &Site<'a>) -> impl Iterator<Item = (usize, usize, &'a Deployment)> {
    let projects = site.catalog.projects.iter().enumerate();
    projects.flat_map(|(project, state)| {
        let deployments = state.deployments.iter().enumerate();
        deployments.map(move |(at, one)| (project, at, one))
    })
}

fn by_project(site: &Site<'_>) -> Vec<ByProject> {
    let states = &site.catalog.projects;
    let n_each = (LISTED_MAX / states.len().max(1)).max(OF_PROJECT_MIN);
    let n_all: usize = states.iter().map(|state| state.deployments.len()).sum();
    let one = |(project, card): (usize, ProjectCard)| {
        let deployments = &states[project].deployments;
        let mut places: Vec<usize> = (0..deployments.len()).collect();
        if n_all > LISTED_MAX {
            places.sort_by_key(|at| urgency(deployments[*at].state));
            places.truncate(n_each);
        }
        let shown = places.into_iter().map(|at| deployed::view(site, project, at));
        ByProject { project: card, deployments: shown.collect() }
    };
    projects::cards(site).into_iter().enumerate().map(one).collect()
}

fn by_artifact(site: &Site<'_>, artifacts: &[Artifact]) -> Vec<ByArtifact> {
    let mut left = LISTED_MAX;
    let mut groups = Vec::new();
    for artifact in artifacts {
        if left == 0 {
            break;
        }
        let shown = artifact.places.iter().take(left);
        let deployments: Vec<_> =
            shown.map(|(project, at)| deployed::view(site, *project, *at)).collect();
        left -= deployments.len();
        let n = artifact.places.len();
        groups.push(ByArtifact { artifact: artifact.named.clone(), n, deployments });
    }
    groups
}

fn by_state(site: &Site<'_>) -> Vec<ByState> {
    let of = |state: State| {
        let all = all(site).filter(move |(_, _, one)| one.state == state);
        let all: Vec<_> = all.collect();
        let n = all.len();
        let shown = all.into_iter().take(LISTED_MAX / 2);
        let deployments = shown.map(|(project, at, _)| deployed::view(site, project, at)).collect();
        ByState { state: state.into(), n, deployments }
    };
    State::ALL.into_iter().map(of).filter(|group| group.n > 0).collect()
}

fn recent(site: &Site<'_>) -> Vec<DeploymentView> {
    let mut dated: Vec<_> = all(site).filter(|(_, _, one)| one.deployed_at.is_some()).collect();
    dated.sort_by_key(|(_, _, one)| std::cmp::Reverse(one.deployed_at));
    let shown = dated.into_iter().take(RECENT_MAX);
    shown.map(|(project, at, _)| deployed::view(site, project, at)).collect()
}

fn choices(artifacts: &[Artifact]) -> Choices {
    let mut sources: Vec<String> =
        artifacts.iter().filter_map(|artifact| artifact.named.source.clone()).collect();
    sources.sort();
    sources.dedup();
    Choices {
        sources,
        states: State::ALL.map(StateView::from),
        kinds: Kind::ALL.map(KindView::from),
    }
}
