//! The home page: what there is, what needs attention, what changed.

use minijinja::Value;
use serde::Serialize;

use super::card::{KindCount, StateCount, StateView, all_kinds, count_states};
use super::changes::{self, Change};
use super::collections::{self, CollectionCard};
use super::frame::{self, Head, Link, line, words_of};
use super::{List, content};
use crate::error::Result;
use crate::model::deployment::State;
use crate::site::Site;

const COLLECTIONS_MAX: usize = 12;
const ATTENTION_MAX: usize = 6;
const RECENT_MAX: usize = 8;

#[derive(Serialize)]
struct View {
    title: String,
    description: String,
    welcome: Option<Value>,
    n_artifacts: usize,
    n_sources: usize,
    n_projects: usize,
    all_url: String,
    kinds: Vec<KindCount>,
    collections: Vec<CollectionCard>,
    n_collections: usize,
    attention: Vec<Attention>,
    n_attention: usize,
    /// How many there are of each state that is not well.
    states: Vec<StateCount>,
    n_deployments: usize,
    sources_in_trouble: Vec<Trouble>,
    recent: Vec<Change>,
}

/// A deployment that is not well.
#[derive(Serialize)]
struct Attention {
    #[serde(skip)]
    of: State,
    state: StateView,
    label: String,
    /// The line of its project's page.
    url: String,
    project: Link,
}

#[derive(Serialize)]
struct Trouble {
    source: Link,
    message: String,
}

pub(super) fn render(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let catalog = site.catalog;
    let all = site.members(List::All);
    let attention = attention(site);
    let welcome = catalog.pages.iter().position(|page| page.url.is_empty());
    let view = View {
        title: line(&catalog.site.title),
        description: words_of(&catalog.site.description, 600),
        welcome: welcome.map(|at| content::prose(site, at, path).html),
        n_artifacts: all.len(),
        n_sources: catalog.sources.len(),
        n_projects: catalog.projects.len(),
        all_url: site.list_url(List::All),
        kinds: all_kinds(site, &all),
        collections: collections::cards(site).into_iter().take(COLLECTIONS_MAX).collect(),
        n_collections: catalog.collections.len(),
        n_attention: attention.len(),
        states: count_states(&attention.iter().map(|one| one.of).collect::<Vec<_>>()),
        attention: attention.into_iter().take(ATTENTION_MAX).collect(),
        n_deployments: catalog.projects.iter().map(|project| project.deployments.len()).sum(),
        sources_in_trouble: troubles(site),
        recent: changes::latest(site, None, RECENT_MAX),
    };
    let head = Head {
        title: catalog.site.title.clone(),
        description: catalog.site.description.clone(),
        section: "",
        crumbs: Vec::new(),
    };
    frame::render(site, path, "home.html", &head, view)
}

/// Deployments that a person should look at, the worst first; each leads to its line.
fn attention(site: &Site<'_>) -> Vec<Attention> {
    const WANTED: [State; 5] =
        [State::Diverged, State::Missing, State::Orphaned, State::Modified, State::Outdated];
    let mut found = Vec::new();
    for state in WANTED {
        for (at, project) in site.catalog.projects.iter().enumerate() {
            let all = project.deployments.iter().enumerate();
            for (place, deployment) in all.filter(|(_, one)| one.state == state) {
                let project_url = site.routes.project_url(at);
                found.push(Attention {
                    of: state,
                    state: state.into(),
                    label: line(&deployment.name),
                    url: format!("{project_url}#d-{}", place + 1),
                    project: Link::new(line(&project.name), project_url),
                });
            }
        }
    }
    found
}

fn troubles(site: &Site<'_>) -> Vec<Trouble> {
    let states = site.catalog.sources.iter().enumerate();
    let first = states.filter_map(|(at, state)| {
        let problem = state.problems.iter().min_by_key(|problem| problem.severity)?;
        let url = site.list_url(List::Source(at));
        let source = Link::new(line(&state.source.name), url);
        Some(Trouble { source, message: line(&problem.message) })
    });
    first.collect()
}
