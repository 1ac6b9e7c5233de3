//! The collections as cards, all artifacts first.

use serde::Serialize;

use super::List;
use super::card::{KindCount, StateCount, count_kinds, count_states};
use super::frame::{self, Head, line, words_of};
use super::results::states_of;
use crate::error::Result;
use crate::site::Site;

#[derive(Serialize)]
struct View {
    n_artifacts: usize,
    all_url: String,
    kinds: Vec<KindCount>,
    collections: Vec<CollectionCard>,
    /// A name of a source for the example of an empty catalog.
    example_source: String,
}

#[derive(Serialize)]
pub(super) struct CollectionCard {
    title: String,
    url: String,
    groups_url: String,
    description: String,
    owner: Option<String>,
    n_members: usize,
    n_groups: usize,
    kinds: Vec<KindCount>,
    states: Vec<StateCount>,
    /// The last change of a member.
    changed: Option<String>,
}

pub(super) fn render(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let all = site.members(List::All);
    let view = View {
        n_artifacts: all.len(),
        all_url: site.list_url(List::All),
        kinds: count_kinds(site, &all),
        collections: cards(site),
        example_source: example_source(site),
    };
    let head = Head {
        title: "Collections".to_owned(),
        description: "The collections of this catalog.".to_owned(),
        section: "collections/",
        crumbs: Vec::new(),
    };
    frame::render(site, path, "collections.html", &head, view)
}

pub(super) fn cards(site: &Site<'_>) -> Vec<CollectionCard> {
    (0..site.catalog.collections.len()).map(|at| card(site, at)).collect()
}

pub(super) fn example_source(site: &Site<'_>) -> String {
    site.catalog.sources.first().map_or("local", |state| &state.source.name).to_owned()
}

fn card(site: &Site<'_>, at: usize) -> CollectionCard {
    let resolved = &site.catalog.collections[at];
    let members = &resolved.members;
    let changed = members.iter().filter_map(|at| site.catalog.artifacts[*at].changed).max();
    CollectionCard {
        title: line(&resolved.definition.title),
        url: site.list_url(List::Collection(at)),
        groups_url: site.routes.groups_url(at),
        description: words_of(&resolved.definition.description, 240),
        owner: resolved.definition.owner.as_deref().map(line),
        n_members: members.len(),
        n_groups: resolved.groups.len(),
        kinds: count_kinds(site, members),
        states: count_states(&states_of(site, members)),
        changed: changed.map(|date| date.to_string()),
    }
}
