//! The tombstone of an artifact that its source no longer has, so that old links still answer.

use serde::Serialize;

use super::artifact::{Row, row};
use super::card::{KindView, source_link};
use super::frame::{self, Head, Link, line, list_link};
use super::listing::collection_link;
use super::{List, facts};
use crate::error::Result;
use crate::model::id::Kind;
use crate::site::Site;

#[derive(Serialize)]
struct View {
    name: String,
    id: String,
    kind: KindView,
    source: Link,
    path: String,
    date: String,
    /// Collections whose files still name it.
    collections: Vec<Link>,
    /// Projects that still have it.
    projects: Vec<Link>,
    /// What happened at its path, as its host tells it.
    history_url: Option<String>,
    /// Those of its kind and name that other sources have.
    instead: Vec<Row>,
}

pub(super) fn render(site: &Site<'_>, path: &str, at: usize) -> Result<Vec<u8>> {
    let removed = &site.catalog.removed[at];
    let named = |at: &usize| {
        let collection = &site.catalog.collections[*at];
        let mut gone = collection.gone.iter().chain(collection.groups.iter().flat_map(|g| &g.gone));
        gone.any(|id| *id == removed.id)
    };
    let collections = (0..site.catalog.collections.len()).filter(named);
    let projects = site.catalog.projects.iter().enumerate().filter(|(_, project)| {
        project.deployments.iter().any(|one| one.id.as_ref() == Some(&removed.id))
    });
    let view = View {
        name: line(removed.id.short_name()),
        id: line(&removed.id.to_string()),
        kind: removed.id.kind.into(),
        source: source_link(site, &removed.id.source),
        path: line(&removed.path),
        date: removed.date.to_string(),
        history_url: site
            .catalog
            .source(&removed.id.source)
            .and_then(|state| facts::history_url(state, &removed.path)),
        instead: instead(site, removed.id.kind, removed.id.short_name()),
        collections: collections.map(|at| collection_link(site, at)).collect(),
        projects: projects
            .map(|(at, project)| Link::new(line(&project.name), site.routes.project_url(at)))
            .collect(),
    };
    let head = Head {
        title: format!("{} (removed)", line(removed.id.short_name())),
        description: "Its source no longer has this artifact.".to_owned(),
        section: "collections/all/",
        crumbs: vec![list_link(site, "Artifacts", List::All)],
    };
    frame::render(site, path, "removed.html", &head, view)
}

/// Of a common name, so many are offered.
const INSTEAD_MAX: usize = 12;

fn instead(site: &Site<'_>, kind: Kind, name: &str) -> Vec<Row> {
    let named = site.routes.kin.same_name(kind, name);
    named.iter().take(INSTEAD_MAX).map(|at| row(site, *at)).collect()
}
