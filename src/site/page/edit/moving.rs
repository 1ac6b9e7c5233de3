//! The forms that move artifacts to a group, or to another place in one, and groups among
//! themselves: what dragging does, without dragging.

use serde::Serialize;

use super::{Asked, Choice, Hidden, Item, items, page, what};
use crate::catalog::{Index, ResolvedCollection};
use crate::error::Result;
use crate::site::Site;
use crate::site::page::frame::line;

/// Members to choose a neighbour from; of longer groups the first.
const BESIDE_MAX: usize = 1000;

#[derive(Serialize)]
struct MoveView {
    hidden: Hidden,
    heading: String,
    items: Vec<Item>,
    collection: String,
    /// Out of which group; empty for what none holds.
    from: String,
    groups: Vec<Choice>,
    /// What to stand before or after, in the group that is chosen.
    beside: Vec<Choice>,
    n_more: usize,
    /// `first`, `before`, `after` or `last`.
    position: String,
    /// Nothing is placed among what no group holds.
    is_placed: bool,
}

#[derive(Serialize)]
struct GroupView {
    hidden: Hidden,
    heading: String,
    collection: String,
    group: String,
    /// The others, each to stand before; a step up is chosen, and for the first the end.
    others: Vec<Choice>,
    is_first: bool,
}

/// `edit/move/?collection=…&from=…&id=…&group=…`; `None` where there is no such thing to move.
pub(super) fn artifacts(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let Some((at, of)) = asked.collection(site) else { return Ok(None) };
    let moved = asked.artifacts(site.catalog).filter(|moved| !moved.is_empty());
    let Some(moved) = moved else { return Ok(None) };
    let from = asked.one("from").unwrap_or_default();
    let to = asked.one("group").unwrap_or(from);
    let named = items(site, &moved);
    let heading = format!("Move {}", what(&named));
    let stays = members(of, to).iter().copied().filter(|one| !moved.contains(one));
    let stays: Vec<Index> = stays.collect();
    let beside = asked.one("beside").unwrap_or_default();
    let member = |item: Item| choice(&item.id, &item.label, item.id == beside);
    let hidden = Hidden::new(site, asked, "move", &[at]).next(site.routes.groups_url(at));
    let view = MoveView {
        hidden: hidden.with_wrong(asked, &[]),
        heading: heading.clone(),
        items: named,
        collection: of.definition.slug.clone(),
        from: from.to_owned(),
        groups: groups(of, from, to),
        n_more: stays.len().saturating_sub(BESIDE_MAX),
        beside: items(site, &stays[..stays.len().min(BESIDE_MAX)])
            .into_iter()
            .map(member)
            .collect(),
        position: asked.one("position").unwrap_or("last").to_owned(),
        is_placed: !to.is_empty() || asked.one("group").is_none(),
    };
    page(site, "move", "edit-move.html", Some(at), &heading, view)
}

/// `edit/move-group/?collection=…&group=…`
pub(super) fn group(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let Some((at, of)) = asked.collection(site) else { return Ok(None) };
    let Some((here, group)) = asked.group(of) else { return Ok(None) };
    let others = of.groups.iter().enumerate().filter(|(at, _)| *at != here);
    let others = others.map(|(at, one)| {
        choice(&one.definition.slug, &line(&one.definition.title), at + 1 == here)
    });
    let heading = format!("Move group {}", line(&group.definition.title));
    let hidden = Hidden::new(site, asked, "place-group", &[at]).next(site.routes.groups_url(at));
    let view = GroupView {
        hidden: hidden.with_wrong(asked, &[]),
        heading: heading.clone(),
        collection: of.definition.slug.clone(),
        group: group.definition.slug.clone(),
        others: others.collect(),
        is_first: here == 0,
    };
    page(site, "move-group", "edit-move-group.html", Some(at), &heading, view)
}

fn members<'a>(of: &'a ResolvedCollection, group: &str) -> &'a [Index] {
    let found = of.groups.iter().find(|one| one.definition.slug == group);
    found.map_or(&[], |one| &one.members)
}

/// The groups to move to; what is in one can be taken out of it, too.
fn groups(of: &ResolvedCollection, from: &str, to: &str) -> Vec<Choice> {
    let all = of.groups.iter().map(|one| &one.definition);
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
