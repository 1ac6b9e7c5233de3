//! The part of a page that shows artifacts: one page of cards, what they can be narrowed down by,
//! and what scripts need to search them.
//!
//! What the pages of one list have in common is worked out once for a list.

use std::sync::Arc;

use serde::Serialize;

use super::List;
use super::card::{Card, KindCount, StateCount, Within, cards, count_kinds, count_states};
use super::facets::{self, Facet};
use super::frame::Pager;
use crate::catalog::Index;
use crate::model::deployment::State;
use crate::site::Site;
use crate::site::data::find::Scope;

/// Cards on a page; more are slow to lay out on a phone.
pub(super) const CARDS_MAX: usize = 60;

/// What the pages of a list share.
pub(in crate::site) struct Listed {
    /// In the order in which they are shown.
    pub members: Vec<Index>,
    pub facets: Vec<Facet>,
    pub kinds: Vec<KindCount>,
    pub states: Vec<StateCount>,
}

/// A page of a list, and how the browser can search the whole of it.
#[derive(Serialize)]
pub(super) struct Results {
    /// The folder whose data holds the list, and in how many parts.
    scope: String,
    n_parts: usize,
    /// What of that data is the list: `tag:writing`.
    fixed: Option<String>,
    /// `name`, or `rank` where a person gave an order.
    sort: &'static str,
    pub n: usize,
    facets: Vec<Facet>,
    cards: Vec<Card>,
    pager: Pager,
    list_url: String,
    groups_url: Option<String>,
    /// Cards name their groups; among all artifacts, their collections.
    in_collection: bool,
    /// For scripts to fill.
    blank: Card,
}

impl Results {
    /// By group, each in the order that a person gave it, with links to the groups in the place of
    /// the facet of that name.
    pub(super) fn by_group(mut self, links: Facet) -> Self {
        self.sort = "rank";
        self.facets.retain(|facet| facet.name != links.name);
        self.facets.insert(0, links);
        self
    }
}

/// Worked out by the first page that needs it.
pub(super) fn listed(site: &Site<'_>, list: List) -> Arc<Listed> {
    site.routes.listed(list, || {
        let members = in_order(site, list);
        Listed {
            facets: facets::facets(site, list, &members),
            kinds: count_kinds(site, &members),
            states: count_states(&states_of(site, &members)),
            members,
        }
    })
}

/// A group as its people ranked it; all else by name, as scripts sort.
fn in_order(site: &Site<'_>, list: List) -> Vec<Index> {
    let mut members = site.members(list);
    if !matches!(list, List::Group(..)) {
        let label = |at: &Index| super::frame::line(site.catalog.artifacts[*at].label());
        members.sort_by_cached_key(|at| (label(at).to_lowercase(), *at));
    }
    members
}

/// One page of a list, counted from 1.
pub(super) fn results(site: &Site<'_>, list: List, page: usize) -> Results {
    let listed = listed(site, list);
    let within = within(list);
    let n_pages = listed.members.len().div_ceil(CARDS_MAX).max(1);
    let shown = listed.members.chunks(CARDS_MAX).nth(page - 1).unwrap_or_default();
    Results {
        cards: cards(site, shown, within),
        pager: Pager::new(&site.list_url(list), page, n_pages),
        ..without_cards(site, list, &listed)
    }
}

/// For a page that lays out the cards its own way.
pub(super) fn without_cards(site: &Site<'_>, list: List, listed: &Listed) -> Results {
    let (scope, fixed) = scope(site, list);
    let groups_url = match list {
        List::Collection(at) => Some(site.routes.groups_url(at)),
        _ => None,
    };
    Results {
        scope: site.list_url(scope),
        n_parts: match scope {
            List::Collection(at) => Scope::Collection(at).n_parts(site.catalog),
            _ => Scope::All.n_parts(site.catalog),
        },
        fixed,
        sort: if matches!(list, List::Group(..)) { "rank" } else { "name" },
        n: listed.members.len(),
        facets: listed.facets.clone(),
        cards: Vec::new(),
        pager: Pager::new(&site.list_url(list), 1, 1),
        list_url: site.list_url(list),
        groups_url,
        in_collection: scope != List::All,
        blank: Card::blank(scope != List::All),
    }
}

/// The list whose data a list is a part of, and which part.
fn scope(site: &Site<'_>, list: List) -> (List, Option<String>) {
    let routes = site.routes;
    match list {
        List::All | List::Collection(_) => (list, None),
        List::Group(at, group) => {
            (List::Collection(at), Some(format!("group:{}", routes.groups[at][group])))
        }
        List::View(at, view) => {
            (List::Collection(at), Some(format!("view:{}", routes.views[at][view])))
        }
        List::Kind(kind) => (List::All, Some(format!("kind:{kind}"))),
        List::Tag(at) => {
            (List::All, Some(format!("tag:{}", super::frame::line(&routes.tags[at].name))))
        }
        List::Source(at) => {
            let name = &site.catalog.sources[at].source.name;
            (List::All, Some(format!("source:{}", super::frame::line(name))))
        }
    }
}

/// What of their places the cards of a list name.
fn within(list: List) -> Within {
    match list {
        List::Collection(at) | List::View(at, _) => Within::Collection(at),
        List::Group(at, group) => Within::Group(at, group),
        List::All | List::Kind(_) | List::Tag(_) | List::Source(_) => Within::Anything,
    }
}

/// The states of all deployments of these artifacts.
pub(super) fn states_of(site: &Site<'_>, members: &[Index]) -> Vec<State> {
    let deployed = members.iter().flat_map(|at| &site.routes.deployed[*at]);
    deployed.map(|(project, at)| site.catalog.projects[*project].deployments[*at].state).collect()
}
