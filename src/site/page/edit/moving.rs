//! The forms that move artifacts to a group, or to another place in one, and groups among
//! themselves: what dragging does, without dragging.

use serde::Serialize;

use super::{Asked, Hidden};
use crate::catalog::{Index, ResolvedCollection};
use crate::error::Result;
use crate::model::id::ArtifactId;
use crate::site::Site;
use crate::site::page::frame::{self, Head, Link, line};
use crate::site::page::listing::collection_link;
use crate::words;

/// Members to choose a neighbour from; in longer groups the first of them.
const BESIDE_MAX: usize = 1000;

#[derive(Serialize)]
struct MoveView {
    hidden: Hidden,
    /// `pdf`, or `3 artifacts`.
    what: String,
    collection: String,
    /// Out of which group; empty for what none holds.
    from: String,
    ids: Vec<Choice>,
    groups: Vec<Choice>,
    /// What to stand before or after, in the group that is chosen.
    beside: Vec<Choice>,
    n_more: usize,
    /// `first`, `before`, `after` or `last`.
    position: String,
    is_ungrouped: bool,
}

#[derive(Serialize)]
struct GroupView {
    hidden: Hidden,
    title: String,
    collection: String,
    group: String,
    /// The others, each to stand before; a step up is chosen, and for the first the end.
    others: Vec<Choice>,
    is_first: bool,
}

#[derive(Serialize)]
struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

/// `edit/move/?collection=…&from=…&id=…&group=…`; `None` where there is no such thing to move.
pub(super) fn artifacts(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let Some((at, resolved)) = asked.collection(site) else { return Ok(None) };
    let moved: Option<Vec<Index>> = asked.all("id").map(|id| index(site, id)).collect();
    let Some(moved) = moved.filter(|moved| !moved.is_empty()) else { return Ok(None) };
    let from = asked.one("from").unwrap_or_default();
    let to = asked.one("group").unwrap_or(from);
    let label = |at: Index| line(site.catalog.artifacts[at].label());
    let what = match moved[..] {
        [one] => label(one),
        _ => words::count(moved.len(), "artifact"),
    };
    let stays: Vec<Index> =
        members(resolved, to).iter().copied().filter(|one| !moved.contains(one)).collect();
    let chosen = asked.one("beside").unwrap_or_default();
    let member = |one: &Index| {
        let value = site.catalog.artifacts[*one].id.to_string();
        Choice { is_chosen: value == chosen, label: label(*one), value }
    };
    let view = MoveView {
        hidden: hidden(site, asked, "move", at),
        collection: resolved.definition.slug.clone(),
        from: from.to_owned(),
        ids: moved.iter().map(member).collect(),
        groups: groups(resolved, from, to),
        n_more: stays.len().saturating_sub(BESIDE_MAX),
        beside: stays.iter().take(BESIDE_MAX).map(member).collect(),
        position: asked.one("position").unwrap_or("last").to_owned(),
        is_ungrouped: to.is_empty() && asked.one("group").is_some(),
        what: what.clone(),
    };
    page(site, "edit/move/", "edit-move.html", at, &format!("Move {what}"), view)
}

/// `edit/move-group/?collection=…&group=…`
pub(super) fn group(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let Some((at, resolved)) = asked.collection(site) else { return Ok(None) };
    let group = asked.one("group").unwrap_or_default();
    let all: Vec<(&str, String)> = resolved
        .groups
        .iter()
        .map(|one| (one.definition.slug.as_str(), line(&one.definition.title)))
        .collect();
    let Some(here) = all.iter().position(|(slug, _)| *slug == group) else { return Ok(None) };
    let others = all.iter().enumerate().filter(|(at, _)| *at != here);
    let choose =
        |(at, (slug, title)): (usize, &(&str, String))| choice(slug, title, at + 1 == here);
    let title = all[here].1.clone();
    let view = GroupView {
        hidden: hidden(site, asked, "place-group", at),
        title: title.clone(),
        collection: resolved.definition.slug.clone(),
        group: group.to_owned(),
        others: others.map(choose).collect(),
        is_first: here == 0,
    };
    page(site, "edit/move-group/", "edit-move-group.html", at, &format!("Move group {title}"), view)
}

fn page(
    site: &Site<'_>,
    url: &str,
    template: &str,
    at: usize,
    title: &str,
    view: impl Serialize,
) -> Result<Option<Vec<u8>>> {
    let head = Head {
        title: title.to_owned(),
        section: "collections/",
        crumbs: vec![Link::new("Collections", "collections/"), collection_link(site, at)],
        ..Head::default()
    };
    frame::render(site, &format!("{url}index.html"), template, &head, view).map(Some)
}

fn hidden(site: &Site<'_>, asked: &Asked<'_>, action: &'static str, at: usize) -> Hidden {
    Hidden::new(site, asked, action, &[at]).next(site.routes.groups_url(at)).with_wrong(asked, &[])
}

fn index(site: &Site<'_>, id: &str) -> Option<Index> {
    let id: ArtifactId = id.parse().ok()?;
    site.catalog.artifacts.binary_search_by(|artifact| artifact.id.cmp(&id)).ok()
}

fn members<'a>(resolved: &'a ResolvedCollection, group: &str) -> &'a [Index] {
    let found = resolved.groups.iter().find(|one| one.definition.slug == group);
    found.map_or(&[], |one| &one.members)
}

/// The groups to move to; what is in one can be taken out of it, too.
fn groups(resolved: &ResolvedCollection, from: &str, to: &str) -> Vec<Choice> {
    let all = resolved.groups.iter().map(|one| &one.definition);
    let mut all: Vec<Choice> =
        all.map(|one| choice(&one.slug, &line(&one.title), one.slug == to)).collect();
    if !from.is_empty() {
        all.push(choice("", "No group", to.is_empty()));
    }
    all
}

fn choice(value: &str, label: &str, is_chosen: bool) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), is_chosen }
}
