//! Deployments to a table of artifacts by projects.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::id::Kind;
use crate::site::Site;
use crate::site::page::card::{StateView, urgency};
use crate::site::page::deployed::{self, Named, named};

/// What bears one name and means the same artifact, in all projects.
pub(super) struct Artifact {
    pub named: Named,
    /// That of its deployment which wants attention most.
    pub urgency: usize,
    /// Project, place in its deployments; in this order.
    pub places: Vec<(usize, usize)>,
}

#[derive(Serialize)]
pub(super) struct Row {
    artifact: Named,
    cells: Vec<Vec<Cell>>,
}

#[derive(Serialize)]
struct Cell {
    state: StateView,
    url: String,
    /// `In sync, 1.2.0, since 2026-07-02, The copy is as its source has it`.
    title: String,
}

/// By kind and name.
pub(super) fn artifacts(site: &Site<'_>) -> Vec<Artifact> {
    let mut found: BTreeMap<(Kind, &str, String), Artifact> = BTreeMap::new();
    for (project, at, deployment) in super::all(site) {
        let id = deployment.id.as_ref().map(ToString::to_string).unwrap_or_default();
        let artifact = found.entry((deployment.kind, &deployment.name, id)).or_insert_with(|| {
            Artifact { named: named(site, deployment), urgency: usize::MAX, places: Vec::new() }
        });
        artifact.urgency = artifact.urgency.min(urgency(deployment.state));
        artifact.places.push((project, at));
    }
    found.into_values().collect()
}

pub(super) fn row(site: &Site<'_>, artifact: &Artifact) -> Row {
    let mut cells: Vec<Vec<Cell>> = site.catalog.projects.iter().map(|_| Vec::new()).collect();
    for (project, at) in &artifact.places {
        let view = deployed::view(site, *project, *at);
        let since = view.since.map(|date| format!("since {date}"));
        let words = [Some(view.state.label.to_owned()), view.version, since, Some(view.reason)];
        let title = words.into_iter().flatten().collect::<Vec<_>>().join(", ");
        cells[*project].push(Cell { state: view.state, url: view.url, title });
    }
    Row { artifact: artifact.named.clone(), cells }
}
