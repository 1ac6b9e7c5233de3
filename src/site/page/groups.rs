//! A collection by its groups: a section for each, with its first members.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use serde_json::json;

use super::card::{Card, Within, cards, color};
use super::facets::{self, Choice, Facet};
use super::frame::{self, Head, Link, Pager, line, paged, words_of};
use super::listing::{self, Gone, ListLink};
use super::results::{self, CARDS_MAX, Results};
use super::{List, card::KindCount};
use crate::catalog::{Index, ResolvedCollection, ResolvedGroup};
use crate::error::Result;
use crate::model::id::ArtifactId;
use crate::model::slug::slug;
use crate::site::Site;

/// Sections on a page: few enough that each shows six members or more.
const SECTIONS_MAX: usize = 10;
/// Cards on a page where they can be moved: who arranges a group wants to see all of it.
const MOVABLE_MAX: usize = 500;

#[derive(Serialize)]
struct View {
    title: String,
    description: String,
    file: String,
    edit_url: Option<String>,
    kinds: Vec<KindCount>,
    results: Results,
    views: Vec<ListLink>,
    collections: Vec<ListLink>,
    sections: Vec<Section>,
    n_sections: usize,
    pager: Pager,
    /// How it can be arranged, where that is possible.
    arrange: Option<Arrange>,
    editing: Option<listing::Editing>,
}

/// What moving cards and groups has to know besides what the page shows.
#[derive(Serialize)]
struct Arrange {
    /// The folder's name, as addresses of the API have it.
    slug: String,
    /// The files it would change, with the hashes that were read: JSON.
    files: String,
    /// The group that follows the last one on this page, on the next.
    next: Option<String>,
}

#[derive(Serialize)]
struct Section {
    anchor: String,
    /// As addresses and the data for scripts have it; empty for what no group holds.
    value: String,
    /// The file's name, as the API has it; empty likewise.
    slug: String,
    title: String,
    description: String,
    color: Option<&'static str>,
    /// The page of the group itself; what no group holds has none.
    url: Option<String>,
    n_members: usize,
    /// How many of the first members have a rank; the others follow by id.
    n_ranked: usize,
    cards: Vec<Card>,
    gone: Vec<Gone>,
}

pub(super) fn n_pages(collection: &ResolvedCollection) -> usize {
    n_sections(collection).div_ceil(SECTIONS_MAX).max(1)
}

/// The groups, and what no group holds as the last.
fn n_sections(collection: &ResolvedCollection) -> usize {
    collection.groups.len() + usize::from(!collection.ungrouped.is_empty())
}

pub(super) fn render(site: &Site<'_>, path: &str, at: usize, page: usize) -> Result<Vec<u8>> {
    let resolved = &site.catalog.collections[at];
    let url = site.routes.groups_url(at);
    let title = line(&resolved.definition.title);
    let first = (page - 1) * SECTIONS_MAX;
    let mut here = first..n_sections(resolved).min(first + SECTIONS_MAX);
    let is_last = page == n_pages(resolved);
    if edits(site) && is_last {
        // What is taken out of its last group lands there, so it is shown while it is empty.
        here.end = resolved.groups.len() + 1;
    }
    let n_cards = if edits(site) {
        share(here.clone().map(|one| members(resolved, one).len()), MOVABLE_MAX)
    } else {
        CARDS_MAX / here.len().max(1)
    };
    let list = List::Collection(at);
    let listed = results::listed(site, list);
    let view = View {
        title: title.clone(),
        description: words_of(&resolved.definition.description, 600),
        edit_url: listing::edit_url(site, &resolved.definition.file),
        file: line(&resolved.definition.file),
        kinds: listed.kinds.clone(),
        results: results::without_cards(site, list, &listed).by_group(entries(site, at)),
        views: listing::view_links(site, at, None),
        collections: listing::collection_links(site, list),
        n_sections: n_sections(resolved),
        editing: listing::editing(site, list),
        arrange: edits(site).then(|| arrange(site, at, here.end)),
        sections: here.map(|one| section(site, at, one, n_cards)).collect(),
        pager: Pager::new(&url, page, n_pages(resolved)),
    };
    let head = Head {
        title: format!("{title} by group"),
        description: resolved.definition.description.clone(),
        section: "collections/",
        crumbs: vec![Link::new("Collections", "collections/"), listing::collection_link(site, at)],
    };
    frame::render(site, path, "groups.html", &head, view)
}

fn edits(site: &Site<'_>) -> bool {
    site.options.live.as_ref().is_some_and(|live| live.edits)
}

fn arrange(site: &Site<'_>, at: usize, end: usize) -> Arrange {
    let definition = &site.catalog.collections[at].definition;
    Arrange {
        slug: definition.slug.clone(),
        files: json!(seen(site, at)).to_string(),
        next: definition.groups.get(end).map(|group| group.slug.clone()),
    }
}

/// The files of a collection and its groups, with the hashes that were read.
pub(super) fn seen(site: &Site<'_>, at: usize) -> BTreeMap<String, Option<String>> {
    let definition = &site.catalog.collections[at].definition;
    let files = definition.groups.iter().map(|group| &group.file).chain([&definition.file]);
    let hash = |file: &String| site.catalog.files.get(file).map(ToString::to_string);
    files.map(|file| (file.clone(), hash(file))).collect()
}

/// The sections, as what leads to each, on this page or another.
fn entries(site: &Site<'_>, at: usize) -> Facet {
    let resolved = &site.catalog.collections[at];
    let entry = |one: usize| {
        let page = paged(&site.routes.groups_url(at), one / SECTIONS_MAX + 1);
        let url = format!("{page}#{}", anchor(site, at, one));
        match resolved.groups.get(one) {
            Some(group) => {
                let n = group.members.len();
                Choice { url, ..facets::group_choice(site, at, one, n) }
            }
            None => {
                let n = resolved.ungrouped.len();
                let color = Some("none");
                Choice { label: "Ungrouped".to_owned(), n, url, color, ..Choice::default() }
            }
        }
    };
    let n = if edits(site) { resolved.groups.len() + 1 } else { n_sections(resolved) };
    let choices: Vec<Choice> = (0..n).map(entry).collect();
    Facet { name: "group", title: "Group", n: choices.len(), choices, all: None, is_here: true }
}

/// The members of a group, or what no group holds.
fn members(collection: &ResolvedCollection, one: usize) -> &[Index] {
    collection.groups.get(one).map_or(&collection.ungrouped, |group| &group.members)
}

/// As many of each as can be shown so that all together are no more than `max`.
fn share(lens: impl Iterator<Item = usize> + Clone, max: usize) -> usize {
    let sum = |n: &usize| lens.clone().map(|len| len.min(*n)).sum::<usize>();
    (0..=max).rev().find(|n| sum(n) <= max).unwrap_or_default()
}

fn anchor(site: &Site<'_>, at: usize, one: usize) -> String {
    match site.routes.groups[at].get(one) {
        Some(name) => format!("group-{}", slug(name)),
        None => "ungrouped".to_owned(),
    }
}

fn section(site: &Site<'_>, at: usize, one: usize, n_cards: usize) -> Section {
    let resolved = &site.catalog.collections[at];
    let anchor = anchor(site, at, one);
    let within = Within::Group(at, one);
    let shown = |members: &[Index]| cards(site, &members[..members.len().min(n_cards)], within);
    match resolved.groups.get(one) {
        Some(group) => Section {
            anchor,
            value: site.routes.groups[at][one].clone(),
            slug: group.definition.slug.clone(),
            title: line(&group.definition.title),
            description: words_of(&group.definition.description, 300),
            color: Some(color(group.definition.color.as_deref())),
            url: Some(site.list_url(List::Group(at, one))),
            n_members: group.members.len(),
            n_ranked: n_ranked(site, group),
            cards: shown(&group.members),
            gone: listing::gone(site, &group.gone),
        },
        None => Section {
            anchor,
            value: String::new(),
            slug: String::new(),
            title: "Ungrouped".to_owned(),
            description: "In this collection, and in none of its groups.".to_owned(),
            color: None,
            url: None,
            n_members: resolved.ungrouped.len(),
            n_ranked: 0,
            cards: shown(&resolved.ungrouped),
            gone: Vec::new(),
        },
    }
}

/// Members with a rank come first, and what is gone or excluded is no member.
fn n_ranked(site: &Site<'_>, group: &ResolvedGroup) -> usize {
    let ranked = group.definition.members.iter().filter(|member| member.rank.is_some());
    let ranked: HashSet<&ArtifactId> = ranked.map(|member| &member.id).collect();
    let is_ranked = |at: &&Index| ranked.contains(&site.catalog.artifacts[**at].id);
    group.members.iter().take_while(is_ranked).count()
}
