//! The forms that say where artifacts belong: their groups, their collections, out of one.

use serde::Serialize;

use super::{Asked, Hidden, Item, collection_url, items, page, what};
use crate::catalog::{Index, ResolvedCollection};
use crate::error::Result;
use crate::site::Site;
use crate::site::page::List;
use crate::site::page::card::{KindView, color};
use crate::site::page::frame::line;

/// Artifacts to choose from on one page without scripts.
const SELECT_MAX: usize = 2000;

#[derive(Serialize)]
struct GroupsView {
    hidden: Hidden,
    heading: String,
    items: Vec<Item>,
    collection: Option<String>,
    sections: Vec<Section>,
    /// Collections in which a new group can be made.
    new_in: Vec<super::Choice>,
    new_title: String,
    new_wrong: Option<String>,
    new_color: String,
}

/// A collection with its groups.
#[derive(Serialize)]
struct Section {
    slug: String,
    title: String,
    is_open: bool,
    groups: Vec<Held>,
}

/// A group, and whether it holds what the form is about.
#[derive(Serialize)]
struct Held {
    /// `collection/group`
    value: String,
    title: String,
    color: &'static str,
    was_in: bool,
    is_in: bool,
    /// How many it holds, where that is some of them.
    some: Option<usize>,
    /// What is to become of those, as it was sent.
    set: String,
}

#[derive(Serialize)]
struct CollectionsView {
    hidden: Hidden,
    heading: String,
    items: Vec<Item>,
    /// The collection they can be moved out of.
    from: Option<super::Choice>,
    is_move: bool,
    targets: Vec<Target>,
    to_wrong: Option<String>,
    new_title: String,
    new_wrong: Option<String>,
}

#[derive(Serialize)]
struct Target {
    slug: String,
    title: String,
    n_in: usize,
    is_chosen: bool,
}

#[derive(Serialize)]
struct RemoveView {
    hidden: Hidden,
    heading: String,
    items: Vec<Item>,
    collection: String,
    collection_title: String,
    group: Option<String>,
    /// The other groups that it leaves with the collection.
    groups: Vec<String>,
}

#[derive(Serialize)]
struct SelectView {
    hidden: Hidden,
    collection: Option<String>,
    rows: Vec<Row>,
    n_more: usize,
}

#[derive(Serialize)]
struct Row {
    id: String,
    label: String,
    kind: KindView,
    places: String,
    is_chosen: bool,
}

/// `edit/groups/?id=…`, with `collection=…` that it was opened from.
pub(super) fn groups(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let Some((artifacts, heading, items)) = about(site, asked, "Groups of") else {
        return Ok(None);
    };
    let here = asked.collection(site).map(|(at, _)| at);
    let all = &site.catalog.collections;
    let every: Vec<usize> = (0..all.len()).collect();
    let hidden = Hidden::new(site, asked, "groups", &every).next(next(site, here, &artifacts));
    let mut sections: Vec<(usize, Section)> = Vec::new();
    for (at, one) in all.iter().enumerate().filter(|(_, one)| !one.groups.is_empty()) {
        sections.push((at, section(asked, &artifacts, one, here == Some(at))));
    }
    // The one it was opened from comes first, those with nothing to see stay closed.
    sections.sort_by_key(|(at, _)| (here != Some(*at), *at));
    if let Some((_, first)) = sections.first_mut() {
        first.is_open = true;
    }
    let wanted = asked.one("new_in");
    let new_in = all.iter().enumerate().map(|(at, one)| super::Choice {
        is_chosen: wanted.map_or(here == Some(at), |slug| slug == one.definition.slug),
        value: one.definition.slug.clone(),
        label: line(&one.definition.title),
    });
    let view = GroupsView {
        hidden: hidden.with_wrong(asked, &["new_title"]),
        heading: heading.clone(),
        items,
        collection: here.map(|at| all[at].definition.slug.clone()),
        sections: sections.into_iter().map(|(_, section)| section).collect(),
        new_in: new_in.collect(),
        new_title: asked.one("new_title").unwrap_or_default().to_owned(),
        new_wrong: asked.wrong("new_title"),
        new_color: asked.one("new_color").unwrap_or_default().to_owned(),
    };
    page(site, "groups", "edit-groups.html", here, &heading, view)
}

/// What the form is about: at least one artifact, all of them in the catalog.
fn about(
    site: &Site<'_>,
    asked: &Asked<'_>,
    verb: &str,
) -> Option<(Vec<Index>, String, Vec<Item>)> {
    let artifacts = asked.artifacts(site.catalog).filter(|all| !all.is_empty())?;
    let items = items(site, &artifacts);
    let heading = format!("{verb} {}", what(&items));
    Some((artifacts, heading, items))
}

/// Back to the collection, or to the artifact, or to all.
fn next(site: &Site<'_>, here: Option<usize>, artifacts: &[Index]) -> String {
    match (here, artifacts) {
        (Some(at), _) => collection_url(site, at),
        (None, [one]) => site.artifact_url(*one),
        _ => site.list_url(List::All),
    }
}

fn section(
    asked: &Asked<'_>,
    artifacts: &[Index],
    of: &ResolvedCollection,
    is_here: bool,
) -> Section {
    let held = |group: &crate::catalog::ResolvedGroup| {
        let n_in = artifacts.iter().filter(|at| group.members.contains(at)).count();
        let definition = &group.definition;
        let value = format!("{}/{}", of.definition.slug, definition.slug);
        let was_in = n_in == artifacts.len();
        let set = asked.all("set").find_map(|set| {
            let (sign, rest) = set.split_at_checked(1)?;
            (rest == value).then(|| sign.to_owned())
        });
        Held {
            is_in: if asked.is_sent() && asked.one("seen").is_some() {
                asked.all("in").any(|one| one == value)
            } else {
                was_in
            },
            title: line(&definition.title),
            color: color(definition.color.as_deref()),
            was_in,
            some: (n_in > 0 && !was_in).then_some(n_in),
            set: set.unwrap_or_default(),
            value,
        }
    };
    let groups: Vec<Held> = of.groups.iter().map(held).collect();
    Section {
        slug: of.definition.slug.clone(),
        title: line(&of.definition.title),
        is_open: is_here || groups.iter().any(|one| one.is_in || one.some.is_some()),
        groups,
    }
}

/// `edit/collections/?id=…`, with `collection=…` to move them out of.
pub(super) fn collections(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let found = asked.collection(site);
    let verb = if found.is_some() { "Move or copy" } else { "Add" };
    let Some((artifacts, heading, items)) = about(site, asked, verb) else { return Ok(None) };
    let heading = match found {
        Some(_) => heading,
        None => format!("{heading} to collections"),
    };
    let here = found.map(|(at, _)| at);
    let all = &site.catalog.collections;
    let every: Vec<usize> = (0..all.len()).collect();
    let hidden = Hidden::new(site, asked, "collections", &every);
    let target = |one: &ResolvedCollection| {
        let slug = one.definition.slug.clone();
        Target {
            n_in: artifacts.iter().filter(|at| one.members.binary_search(at).is_ok()).count(),
            is_chosen: asked.all("to").any(|to| to == slug),
            title: line(&one.definition.title),
            slug,
        }
    };
    let others = all.iter().enumerate().filter(|(at, _)| here != Some(*at));
    let view = CollectionsView {
        hidden: hidden.next(next(site, here, &artifacts)).with_wrong(asked, &["to", "new_title"]),
        heading: heading.clone(),
        items,
        from: found.map(|(_, one)| super::Choice {
            value: one.definition.slug.clone(),
            label: line(&one.definition.title),
            is_chosen: true,
        }),
        is_move: asked.one("do") == Some("move"),
        targets: others.map(|(_, one)| target(one)).collect(),
        to_wrong: asked.wrong("to"),
        new_title: asked.one("new_title").unwrap_or_default().to_owned(),
        new_wrong: asked.wrong("new_title"),
    };
    page(site, "collections", "edit-collections.html", here, &heading, view)
}

/// `edit/remove/?id=…&collection=…`, with `group=…` out of the group alone.
pub(super) fn remove(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let Some((at, of)) = asked.collection(site) else { return Ok(None) };
    let group = asked.group(of);
    if group.is_none() && asked.one("group").is_some_and(|slug| !slug.is_empty()) {
        return Ok(None);
    }
    let Some((artifacts, heading, items)) = about(site, asked, "Remove") else { return Ok(None) };
    let title = line(&of.definition.title);
    let place = group.map_or_else(|| title.clone(), |(_, one)| line(&one.definition.title));
    let heading = format!("{heading} from {place}?");
    let next = match group {
        Some((group, _)) => site.list_url(List::Group(at, group)),
        None => collection_url(site, at),
    };
    let holding = of.groups.iter().filter(|one| artifacts.iter().any(|a| one.members.contains(a)));
    let view = RemoveView {
        hidden: Hidden::new(site, asked, "remove", &[at]).next(next).with_wrong(asked, &[]),
        heading: heading.clone(),
        items,
        collection: of.definition.slug.clone(),
        collection_title: title,
        group: group.map(|(_, one)| one.definition.slug.clone()),
        groups: holding.map(|one| line(&one.definition.title)).collect(),
    };
    page(site, "remove", "edit-remove.html", Some(at), &heading, view)
}

/// `edit/select/?collection=…`, or among all artifacts.
pub(super) fn select(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let found = asked.collection(site);
    if found.is_none() && asked.one("collection").is_some_and(|slug| !slug.is_empty()) {
        return Ok(None);
    }
    let at = found.map(|(at, _)| at);
    let list = at.map_or(List::All, List::Collection);
    let chosen: Vec<&str> = asked.all("id").collect();
    let members = site.members(list);
    let row = |index: &Index| {
        let artifact = &site.catalog.artifacts[*index];
        let id = artifact.id.to_string();
        Row {
            label: line(artifact.label()),
            kind: artifact.id.kind.into(),
            places: places(site, at, *index),
            is_chosen: chosen.contains(&id.as_str()),
            id,
        }
    };
    let mut rows: Vec<Row> = members.iter().take(SELECT_MAX).map(row).collect();
    rows.sort_by_cached_key(|row| (row.label.to_lowercase(), row.id.clone()));
    let hidden = Hidden::new(site, asked, "show", &[]);
    let view = SelectView {
        hidden: hidden.next(site.list_url(list)).with_wrong(asked, &[]),
        collection: found.map(|(_, one)| one.definition.slug.clone()),
        rows,
        n_more: members.len().saturating_sub(SELECT_MAX),
    };
    page(site, "select", "edit-select.html", at, "Select artifacts", view)
}

/// The groups, or the collections, that hold an artifact.
fn places(site: &Site<'_>, at: Option<usize>, artifact: Index) -> String {
    let all = &site.catalog.collections;
    let names: Vec<String> = match at {
        Some(at) => {
            let holding = all[at].groups.iter().filter(|one| one.members.contains(&artifact));
            holding.map(|one| line(&one.definition.title)).collect()
        }
        None => {
            let of = &site.catalog.memberships[artifact];
            of.iter().map(|at| line(&all[*at].definition.title)).collect()
        }
    };
    names.join(", ")
}
