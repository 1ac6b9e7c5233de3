//! What a list can be narrowed down by: of each facet the values that its members have, with how
//! many have each. Counted in one walk over the members; knows nothing of what is chosen.

use std::collections::BTreeMap;

use serde::Serialize;

use super::List;
use super::card::{self, KindView, StateView, color};
use super::facts;
use super::frame::{Link, line};
use crate::catalog::Index;
use crate::model::deployment::State;
use crate::model::id::Kind;
use crate::site::Site;

/// Choices that a page shows of a facet; scripts show the others when asked.
const CHOICES_MAX: usize = 8;

/// One thing that artifacts differ by.
#[derive(Clone, Debug, Serialize)]
pub(in crate::site) struct Facet {
    /// As the address of a filtered list names it.
    pub name: &'static str,
    pub title: &'static str,
    pub choices: Vec<Choice>,
    /// How many choices there are, shown or not.
    pub n: usize,
    /// Where all of them are listed.
    pub all: Option<Link>,
    /// The page itself is one of the choices, so that they lead from page to page.
    pub is_here: bool,
}

/// A value of a facet.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::site) struct Choice {
    /// As addresses and the data for scripts have it.
    pub value: String,
    pub label: String,
    /// How many artifacts of the list have it.
    pub n: usize,
    /// A page of it alone.
    pub url: String,
    pub icon: Option<&'static str>,
    pub color: Option<&'static str>,
    pub is_current: bool,
}

/// The facets of a list, less those that would not narrow it down.
pub(super) fn facets(site: &Site<'_>, list: List, members: &[Index]) -> Vec<Facet> {
    let place = match list {
        List::Collection(at) | List::Group(at, _) | List::View(at, _) => groups(site, at, members),
        List::All | List::Kind(_) | List::Tag(_) | List::Source(_) => collections(site, members),
    };
    let all = [
        kinds(site, members),
        states(site, members),
        place,
        sources(site, members),
        tags(site, members),
        projects(site, members),
    ];
    let fixed = fixed_facet(list);
    let says_something =
        |facet: &Facet| facet.n > 1 || facet.choices.iter().any(|choice| choice.n < members.len());
    let mut facets: Vec<Facet> =
        all.into_iter().filter(|one| Some(one.name) != fixed && says_something(one)).collect();
    facets.splice(0..0, neighbours(site, list));
    facets
}

/// The facet that is the same for all of a list.
fn fixed_facet(list: List) -> Option<&'static str> {
    match list {
        List::Kind(_) => Some("kind"),
        List::Tag(_) => Some("tag"),
        List::Source(_) => Some("source"),
        List::Group(..) => Some("group"),
        List::All | List::Collection(_) | List::View(..) => None,
    }
}

/// The pages beside this one: the other kinds, or the other groups.
fn neighbours(site: &Site<'_>, list: List) -> Option<Facet> {
    let choices: Vec<Choice> = match list {
        List::Kind(here) => Kind::ALL
            .into_iter()
            .map(|kind| {
                let n = site.routes.kinds.get(&kind).map_or(0, Vec::len);
                Choice { is_current: kind == here, ..kind_choice(site, kind, n) }
            })
            .collect(),
        List::Group(at, here) => (0..site.catalog.collections[at].groups.len())
            .map(|group| {
                let n = site.catalog.collections[at].groups[group].members.len();
                Choice { is_current: group == here, ..group_choice(site, at, group, n) }
            })
            .collect(),
        _ => return None,
    };
    let (name, title) =
        if matches!(list, List::Kind(_)) { ("kind", "Kind") } else { ("group", "Group") };
    let n = choices.len();
    Some(Facet { name, title, choices, n, all: None, is_here: true })
}

/// How many members have each key, in the order of keys.
fn tally<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// A facet whose choices stand in their own order.
fn in_order(name: &'static str, title: &'static str, choices: Vec<Choice>) -> Facet {
    Facet { name, title, n: choices.len(), choices, all: None, is_here: false }
}

/// A facet of which a page shows what is most frequent; `all` is where the others are.
fn by_count(name: &'static str, title: &'static str, mut choices: Vec<Choice>, all: &str) -> Facet {
    choices.sort_by_key(|choice| std::cmp::Reverse(choice.n));
    cut(in_order(name, title, choices), all)
}

fn cut(mut facet: Facet, all: &str) -> Facet {
    if facet.n > CHOICES_MAX {
        facet.choices.truncate(CHOICES_MAX);
        let title = facet.title.to_lowercase();
        facet.all = Some(Link::new(format!("All {}", crate::words::count(facet.n, &title)), all));
    }
    facet
}

fn kind_choice(site: &Site<'_>, kind: Kind, n: usize) -> Choice {
    let KindView { word, label, .. } = kind.into();
    let url = site.list_url(List::Kind(kind));
    Choice {
        value: word.into(),
        label: label.into(),
        n,
        url,
        icon: Some(word),
        ..Choice::default()
    }
}

fn kinds(site: &Site<'_>, members: &[Index]) -> Facet {
    let counts = tally(members.iter().map(|at| site.catalog.artifacts[*at].id.kind));
    let choices = Kind::ALL.into_iter().filter_map(|kind| {
        let n = *counts.get(&kind)?;
        Some(kind_choice(site, kind, n))
    });
    in_order("kind", "Kind", choices.collect())
}

/// The state that wants attention most, of what is deployed.
fn states(site: &Site<'_>, members: &[Index]) -> Facet {
    let counts = tally(members.iter().filter_map(|at| card::worst(site, *at)));
    let choices = State::ALL.into_iter().filter_map(|state| {
        let n = *counts.get(&state)?;
        let StateView { word, label } = state.into();
        let (value, label, url) = (word.into(), label.into(), "deployments/".into());
        Some(Choice { value, label, n, url, icon: Some(word), ..Choice::default() })
    });
    in_order("status", "Status", choices.collect())
}

fn sources(site: &Site<'_>, members: &[Index]) -> Facet {
    let counts = tally(members.iter().map(|at| site.catalog.artifacts[*at].id.source.as_str()));
    let states = site.catalog.sources.iter().enumerate();
    let choices = states.filter_map(|(at, state)| {
        let n = *counts.get(state.source.name.as_str())?;
        let label = line(&state.source.name);
        let (url, icon) = (site.list_url(List::Source(at)), Some(facts::icon(state)));
        Some(Choice { value: label.clone(), label, n, url, icon, ..Choice::default() })
    });
    by_count("source", "Source", choices.collect(), "sources/")
}

fn tags(site: &Site<'_>, members: &[Index]) -> Facet {
    let of = |at: &Index| site.catalog.artifacts[*at].tags.iter();
    let counts = tally(members.iter().flat_map(of));
    let choices = counts.into_iter().filter_map(|(name, n)| {
        let at = site.routes.tags.binary_search_by(|tag| tag.name.cmp(name)).ok()?;
        let (label, url) = (line(name), site.list_url(List::Tag(at)));
        Some(Choice { value: label.clone(), label, n, url, ..Choice::default() })
    });
    by_count("tag", "Tag", choices.collect(), "tags/")
}

pub(super) fn group_choice(site: &Site<'_>, collection: usize, group: usize, n: usize) -> Choice {
    let definition = &site.catalog.collections[collection].groups[group].definition;
    Choice {
        value: site.routes.groups[collection][group].clone(),
        label: line(&definition.title),
        n,
        url: site.list_url(List::Group(collection, group)),
        icon: None,
        color: Some(color(definition.color.as_deref())),
        is_current: false,
    }
}

/// In the order that the collection gives them.
fn groups(site: &Site<'_>, collection: usize, members: &[Index]) -> Facet {
    let of = |at: &Index| site.routes.held[*at].iter();
    let own = members.iter().flat_map(of).filter(|(at, _)| *at == collection);
    let counts = tally(own.map(|(_, group)| *group));
    let choices = counts.into_iter().map(|(group, n)| group_choice(site, collection, group, n));
    cut(in_order("group", "Group", choices.collect()), &site.routes.groups_url(collection))
}

fn collections(site: &Site<'_>, members: &[Index]) -> Facet {
    let counts = tally(members.iter().flat_map(|at| site.catalog.memberships[*at].iter()));
    let choices = counts.into_iter().map(|(at, n)| Choice {
        value: site.routes.collections[*at].clone(),
        label: line(&site.catalog.collections[*at].definition.title),
        n,
        url: site.list_url(List::Collection(*at)),
        ..Choice::default()
    });
    by_count("collection", "Collection", choices.collect(), "collections/")
}

fn projects(site: &Site<'_>, members: &[Index]) -> Facet {
    let of = |at: &Index| {
        let mut projects: Vec<usize> =
            site.routes.deployed[*at].iter().map(|(project, _)| *project).collect();
        projects.dedup();
        projects
    };
    let choices = tally(members.iter().flat_map(of)).into_iter().map(|(at, n)| Choice {
        value: site.routes.projects[at].clone(),
        label: line(&site.catalog.projects[at].name),
        n,
        url: site.routes.project_url(at),
        ..Choice::default()
    });
    by_count("project", "Project", choices.collect(), "deployments/")
}
