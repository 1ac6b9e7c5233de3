//! Groups made, described, placed among the others and taken away.

use super::super::change::{About, Position};
use super::super::refusal::Refused;
use super::draft::{Draft, Edits};
use super::names::{self, Thing};
use super::{members, message, places};
use crate::catalog::files::COLLECTIONS;
use crate::format::collection::write_group;
use crate::format::edit::{Edit, Form};
use crate::model::collection::Group;
use crate::model::id::ArtifactId;

pub(super) fn create(
    draft: &mut Draft,
    collection: &str,
    slug: Option<&str>,
    about: &About,
    ids: &[ArtifactId],
) -> Result<String, Refused> {
    let groups = draft.collection(collection)?.definition.groups.clone();
    let titles: Vec<&str> = groups.iter().map(|group| group.title.as_str()).collect();
    let about = names::check(Thing::Group, about, &titles, true)?;
    let title = about.title.flatten().unwrap_or_default();
    let folder = format!("{COLLECTIONS}/{collection}/groups");
    let slug = names::slug(Thing::Group, slug, &title, |slug| {
        Ok(groups.iter().any(|group| group.slug == slug)
            || draft.files.is_taken(&format!("{folder}/{slug}.yaml"))?)
    })?;
    let group = Group {
        file: format!("{folder}/{slug}.yaml"),
        slug,
        title,
        description: about.description.flatten().unwrap_or_default(),
        icon: about.icon.flatten(),
        color: about.color.flatten(),
        order: places::last(groups.iter().map(|group| group.order)),
        include: Vec::new(),
        members: Vec::new(),
        exclude: Vec::new(),
    };
    draft.put(&group.file, Some(write_group(&group)))?;
    if ids.is_empty() {
        return Ok(format!("Created group {}", group.title));
    }
    members::add(draft, collection, (None, &group.slug), ids, &Position::Unranked)?;
    Ok(format!("Created group {} with {}", group.title, message::of_ids(ids)))
}

pub(super) fn edit(
    draft: &mut Draft,
    collection: &str,
    group: &str,
    about: &About,
) -> Result<String, Refused> {
    let (shelf, at) = draft.group(collection, group)?;
    let groups = &shelf.definition.groups;
    let others = groups.iter().enumerate().filter(|(other, _)| *other != at);
    let others: Vec<&str> = others.map(|(_, group)| group.title.as_str()).collect();
    let about = names::check(Thing::Group, about, &others, false)?;
    let old = groups[at].title.clone();
    let mut edits = Edits::default();
    for edit in names::edits(&about) {
        edits.add(&groups[at].file, Form::Group, edit);
    }
    draft.commit(edits)?;
    Ok(match about.title.flatten() {
        Some(title) if title != old => format!("Renamed group {old} to {title}"),
        _ => format!("Changed group {old}"),
    })
}

pub(super) fn place(
    draft: &mut Draft,
    collection: &str,
    group: &str,
    before: Option<&str>,
) -> Result<String, Refused> {
    if let Some(before) = before {
        draft.group(collection, before)?;
    }
    let (shelf, at) = draft.group(collection, group)?;
    let groups = &shelf.definition.groups;
    let orders = groups.iter().map(|group| (group.slug.as_str(), group.order)).collect();
    let mut edits = Edits::default();
    for (slug, order) in places::orders(orders, group, before) {
        if let Some(group) = groups.iter().find(|group| group.slug == slug) {
            edits.add(&group.file, Form::Group, Edit::Order(Some(order)));
        }
    }
    let said = format!("Moved group {}", groups[at].title);
    draft.commit(edits)?;
    Ok(said)
}

/// What it holds stays in the collection.
pub(super) fn delete(draft: &mut Draft, collection: &str, group: &str) -> Result<String, Refused> {
    let catalog = draft.catalog;
    let (shelf, at) = draft.group(collection, group)?;
    let held = shelf.groups[at].members.iter();
    let ids: Vec<ArtifactId> = held.map(|index| catalog.artifacts[*index].id.clone()).collect();
    let (file, title) = {
        let group = &shelf.definition.groups[at];
        (group.file.clone(), group.title.clone())
    };
    let mut edits = Edits::default();
    members::keep(draft, (collection, at), &ids, &mut edits)?;
    draft.commit(edits)?;
    draft.put(&file, None)?;
    Ok(format!("Deleted group {title}"))
}
