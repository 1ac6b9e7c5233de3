//! Collections made, described, placed among the others and taken away.

use super::super::change::About;
use super::super::refusal::Refused;
use super::draft::{Draft, Edits};
use super::names::{self, Thing};
use super::{message, places};
use crate::catalog::files::COLLECTIONS;
use crate::error::Place;
use crate::format::collection::write_collection;
use crate::format::edit::{Edit, Form};
use crate::model::collection::{Collection, Pinned};
use crate::model::id::ArtifactId;

pub(super) fn create(
    draft: &mut Draft,
    slug: Option<&str>,
    about: &About,
    members: &[ArtifactId],
) -> Result<String, Refused> {
    let heads = draft.heads()?;
    let titles: Vec<&str> = heads.iter().map(|head| head.title.as_str()).collect();
    let about = names::check(Thing::Collection, about, &titles, true)?;
    let title = about.title.flatten().unwrap_or_default();
    let slug = names::slug(Thing::Collection, slug, &title, |slug| {
        let folder = format!("{COLLECTIONS}/{slug}");
        Ok(heads.iter().any(|head| head.slug == slug) || draft.files.is_taken(&folder)?)
    })?;
    let file = format!("{COLLECTIONS}/{slug}/collection.yaml");
    let pin = |id: &ArtifactId| {
        draft.artifact(id)?;
        let place = Place::file(file.clone());
        Ok(Pinned { id: id.clone(), at: None, note: None, place })
    };
    let collection = Collection {
        pins: members.iter().map(pin).collect::<Result<_, Refused>>()?,
        description: about.description.flatten().unwrap_or_default(),
        owner: about.owner.flatten(),
        order: places::last(heads.iter().map(|head| head.order)),
        include: Vec::new(),
        exclude: Vec::new(),
        views: Vec::new(),
        groups: Vec::new(),
        title,
        slug,
        file,
    };
    let said = match members {
        [] => format!("Created collection {}", collection.title),
        ids => format!("Created collection {} with {}", collection.title, message::of_ids(ids)),
    };
    let (file, text) = (collection.file.clone(), write_collection(&collection));
    draft.add_collection(collection);
    draft.put(&file, Some(text))?;
    Ok(said)
}

pub(super) fn edit(draft: &mut Draft, slug: &str, about: &About) -> Result<String, Refused> {
    draft.collection(slug)?;
    let heads = draft.heads()?;
    let others = heads.iter().filter(|head| head.slug != slug);
    let others: Vec<&str> = others.map(|head| head.title.as_str()).collect();
    let about = names::check(Thing::Collection, about, &others, false)?;
    let shelf = draft.collection(slug)?;
    let definition = &shelf.definition;
    let old = definition.title.clone();
    let mut edits = Edits::default();
    for edit in names::edits(&about) {
        edits.collection(definition, edit);
    }
    draft.commit(edits)?;
    Ok(match about.title.flatten() {
        Some(title) if title != old => format!("Renamed collection {old} to {title}"),
        _ => format!("Changed collection {old}"),
    })
}

pub(super) fn place(
    draft: &mut Draft,
    slug: &str,
    before: Option<&str>,
) -> Result<String, Refused> {
    let title = draft.collection(slug)?.definition.title.clone();
    if let Some(before) = before {
        draft.collection(before)?;
    }
    let heads = draft.heads()?;
    let orders = heads.iter().map(|head| (head.slug.as_str(), head.order)).collect();
    let mut edits = Edits::default();
    for (slug, order) in places::orders(orders, slug, before) {
        if let Some(head) = heads.iter().find(|head| head.slug == slug) {
            edits.add(&head.file, Form::Collection, Edit::Order(Some(order)));
        }
    }
    draft.commit(edits)?;
    Ok(format!("Moved collection {title}"))
}

pub(super) fn delete(draft: &mut Draft, slug: &str) -> Result<String, Refused> {
    let shelf = draft.collection(slug)?;
    let definition = &shelf.definition;
    let title = definition.title.clone();
    let mut own = vec![definition.file.clone()];
    own.extend(definition.groups.iter().map(|group| group.file.clone()));
    let others = draft.files.others(slug, |file| own.iter().any(|own| own == file))?;
    if let Some(other) = others.first() {
        let message = format!("Its folder holds {other}, which is no file of it: move that first.");
        return Err(Refused::field("collection", message));
    }
    for file in own {
        draft.put(&file, None)?;
    }
    draft.remove_collection(slug);
    Ok(format!("Deleted collection {title}"))
}
