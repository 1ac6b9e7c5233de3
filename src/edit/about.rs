//! What collections and groups say of themselves: titles, descriptions and colours that can be
//! taken, to files that are made, changed or go.

use super::change::About;
use super::draft::Draft;
use super::places;
use super::refusal::{FieldProblem, Refused};
use crate::catalog::files::{COLLECTIONS, RESERVED_SLUGS};
use crate::disk;
use crate::format::collection::{self, COLORS, title_of};
use crate::format::edit::{Edit, TextKey};
use crate::model::collection::{Collection, Group};
use crate::model::slug::slug as slug_of;
use crate::words;

const TITLE_CHARS_MAX: usize = 255;
const TEXT_CHARS_MAX: usize = 10_000;

/// Makes a collection, after all others, and gives its slug.
pub(super) fn create_collection(
    draft: &mut Draft<'_>,
    slug: Option<&str>,
    about: &About,
) -> Result<String, Refused> {
    let others = draft.collections();
    let titles: Vec<String> = others.iter().map(|one| one.definition.title.clone()).collect();
    let mut problems = check(about, None, &titles);
    if about.title.is_none() && problems.is_empty() {
        problems.push(field("title", "say what it is called"));
    }
    let order = others.iter().map(|one| one.definition.order).max();
    let taken: Vec<String> = others.iter().map(|one| one.definition.slug.clone()).collect();
    let title = set(&about.title).unwrap_or_default();
    let mut is_free = |slug: &str| {
        // A folder that is no collection is somebody's, too.
        !RESERVED_SLUGS.contains(&slug)
            && !taken.iter().any(|other| other == slug)
            && !draft.env.root.join(COLLECTIONS).join(slug).exists()
    };
    let slug = named(slug, &title, &mut problems, &mut is_free);
    if !problems.is_empty() {
        return Err(Refused::Invalid(problems));
    }
    let file = format!("{COLLECTIONS}/{slug}/collection.yaml");
    let definition = Collection {
        file: file.clone(),
        title,
        description: set(&about.description).unwrap_or_default(),
        owner: set(&about.owner),
        order: order.map_or(super::ranks::GAP, places::after),
        ..collection::parse_collection(&slug, &file, "")?
    };
    draft.put(&file, Some(collection::write_collection(&definition)))?;
    draft.work_out(&slug)?;
    Ok(slug)
}

/// Makes a group, after all others of its collection, and gives its slug.
pub(super) fn create_group(
    draft: &mut Draft<'_>,
    collection: &str,
    slug: Option<&str>,
    about: &About,
) -> Result<String, Refused> {
    let others: Vec<&Group> =
        draft.collection(collection)?.groups.iter().map(|group| &group.definition).collect();
    let titles: Vec<String> = others.iter().map(|one| one.title.clone()).collect();
    let mut problems = check(about, None, &titles);
    if about.title.is_none() && problems.is_empty() {
        problems.push(field("title", "say what it is called"));
    }
    let order = others.iter().map(|one| one.order).max();
    let taken: Vec<String> = others.iter().map(|one| one.slug.clone()).collect();
    let title = set(&about.title).unwrap_or_default();
    let folder = format!("{COLLECTIONS}/{collection}/groups");
    let mut is_free = |slug: &str| {
        let file = draft.env.root.join(&folder).join(format!("{slug}.yaml"));
        !taken.iter().any(|other| other == slug) && !file.exists()
    };
    let slug = named(slug, &title, &mut problems, &mut is_free);
    if !problems.is_empty() {
        return Err(Refused::Invalid(problems));
    }
    let file = format!("{folder}/{slug}.yaml");
    let definition = Group {
        file: file.clone(),
        title,
        description: set(&about.description).unwrap_or_default(),
        icon: set(&about.icon),
        color: set(&about.color),
        order: order.map_or(super::ranks::GAP, places::after),
        ..collection::parse_group(&slug, &file, "")?
    };
    draft.put(&file, Some(collection::write_group(&definition)))?;
    draft.work_out(collection)?;
    Ok(slug)
}

pub(super) fn edit_collection(
    draft: &mut Draft<'_>,
    slug: &str,
    about: &About,
) -> Result<(), Refused> {
    let own = &draft.collection(slug)?.definition;
    let others = draft.collections().into_iter().filter(|one| one.definition.slug != slug);
    let titles: Vec<String> = others.map(|one| one.definition.title.clone()).collect();
    let problems = check(about, Some(&own.title), &titles);
    if !problems.is_empty() {
        return Err(Refused::Invalid(problems));
    }
    let keys = [
        (TextKey::Title, &about.title, Some(&own.title), Some(title_of(slug))),
        (TextKey::Description, &about.description, Some(&own.description), Some(String::new())),
        (TextKey::Owner, &about.owner, own.owner.as_ref(), None),
    ];
    let edits = texts(&keys);
    draft.edit_collection(slug, &edits)
}

pub(super) fn edit_group(
    draft: &mut Draft<'_>,
    collection: &str,
    slug: &str,
    about: &About,
) -> Result<(), Refused> {
    let own = &draft.group(collection, slug)?.definition;
    let others = draft.collection(collection)?.groups.iter();
    let others = others.filter(|one| one.definition.slug != slug);
    let titles: Vec<String> = others.map(|one| one.definition.title.clone()).collect();
    let problems = check(about, Some(&own.title), &titles);
    if !problems.is_empty() {
        return Err(Refused::Invalid(problems));
    }
    let keys = [
        (TextKey::Title, &about.title, Some(&own.title), Some(title_of(slug))),
        (TextKey::Description, &about.description, Some(&own.description), Some(String::new())),
        (TextKey::Icon, &about.icon, own.icon.as_ref(), None),
        (TextKey::Color, &about.color, own.color.as_ref(), None),
    ];
    let edits = texts(&keys);
    draft.edit_group(collection, slug, &edits)
}

/// Its files go. What else lies in its folder is somebody's: then it stays, and so do they.
pub(super) fn delete_collection(draft: &mut Draft<'_>, slug: &str) -> Result<(), Refused> {
    let definition = draft.collection(slug)?.definition.clone();
    let folder = draft.env.root.join(COLLECTIONS).join(slug);
    let groups = folder.join("groups");
    let mut foreign: Vec<String> = disk::list_files(&folder)?;
    foreign.retain(|name| name != "collection.yaml");
    foreign.extend(disk::list_dirs(&folder)?.into_iter().filter(|name| name != "groups"));
    foreign.extend(disk::list_dirs(&groups)?.into_iter().map(|name| format!("groups/{name}")));
    let is_group = |name: &str| {
        definition.groups.iter().any(|group| group.file.ends_with(&format!("/groups/{name}")))
    };
    let more = disk::list_files(&groups)?.into_iter().filter(|name| !is_group(name));
    foreign.extend(more.map(|name| format!("groups/{name}")));
    if !foreign.is_empty() {
        let names = words::list_and(&foreign);
        let message = format!("its folder also holds {names}: move that away first");
        return Err(Refused::field("collection", message));
    }
    for group in &definition.groups {
        draft.put(&group.file, None)?;
    }
    draft.put(&definition.file, None)?;
    draft.forget(slug);
    Ok(())
}

/// Its file goes; what only it brought into the collection is named there instead.
pub(super) fn delete_group(
    draft: &mut Draft<'_>,
    collection: &str,
    slug: &str,
) -> Result<(), Refused> {
    let held = draft.collection(collection)?.members.clone();
    let file = draft.group(collection, slug)?.definition.file.clone();
    draft.put(&file, None)?;
    draft.work_out(collection)?;
    let now = &draft.collection(collection)?.members;
    let lost = held.iter().filter(|index| !now.contains(index));
    let pins: Vec<Edit> = lost.map(|index| Edit::Pin(draft.id(*index).clone())).collect();
    draft.edit_collection(collection, &pins)
}

type KeyChange<'a> = (TextKey, &'a Option<Option<String>>, Option<&'a String>, Option<String>);

/// The edits of texts that differ; a text that is what stands there without its key needs no line.
fn texts(keys: &[KeyChange<'_>]) -> Vec<Edit> {
    let edit = |(key, wanted, now, default): &KeyChange<'_>| {
        let wanted = (*wanted).as_ref()?.as_ref().filter(|text| !text.trim().is_empty());
        let wanted = wanted.map(|text| text.trim().to_owned());
        let unset = default.as_ref().filter(|text| !text.is_empty());
        match wanted {
            Some(text) if Some(&text) == *now => None,
            Some(text) => Some(Edit::Text(*key, Some(text))),
            None if now.is_none_or(|now| now.is_empty() || Some(now) == unset) => None,
            None => Some(Edit::Text(*key, None)),
        }
    };
    keys.iter().filter_map(edit).collect()
}

/// A text that is set to something.
fn set(text: &Option<Option<String>>) -> Option<String> {
    let text = text.as_ref()?.as_ref()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn field(field: &'static str, message: impl Into<String>) -> FieldProblem {
    FieldProblem { field, message: message.into() }
}

/// What cannot be taken of the texts; `own` is the title it has, `others` those beside it.
fn check(about: &About, own: Option<&str>, others: &[String]) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if let Some(title) = &about.title {
        let title = title.as_deref().unwrap_or_default().trim();
        let n = title.chars().count();
        let is_taken = others.iter().any(|other| other.to_lowercase() == title.to_lowercase());
        if title.is_empty() {
            problems.push(field("title", "say what it is called"));
        } else if n > TITLE_CHARS_MAX {
            let message = format!("it is {n} characters long; at most {TITLE_CHARS_MAX} fit");
            problems.push(field("title", message));
        } else if title.chars().any(char::is_control) {
            problems.push(field("title", "it holds characters that do not show"));
        } else if is_taken && own != Some(title) {
            problems.push(field("title", format!("there is one called “{title}” already")));
        }
    }
    let lines =
        [("description", &about.description), ("owner", &about.owner), ("icon", &about.icon)];
    for (name, text) in lines {
        let text = text.as_ref().and_then(Option::as_deref).unwrap_or_default();
        let max = if name == "description" { TEXT_CHARS_MAX } else { TITLE_CHARS_MAX };
        let n = text.chars().count();
        let is_odd = |c: char| c.is_control() && !(name == "description" && "\r\n\t".contains(c));
        if n > max {
            let message = format!("it is {n} characters long; at most {max} fit");
            problems.push(field(name, message));
        } else if text.chars().any(is_odd) {
            problems.push(field(name, "it holds characters that do not show"));
        }
    }
    if let Some(color) = set(&about.color).filter(|color| !COLORS.contains(&color.as_str())) {
        let help = words::did_you_mean(&color, COLORS, words::list_or(&COLORS));
        problems.push(field("color", format!("`{}` is no colour: {help}", words::visible(&color))));
    }
    problems
}

/// The slug asked for, or one made from the title that is free.
fn named(
    asked: Option<&str>,
    title: &str,
    problems: &mut Vec<FieldProblem>,
    is_free: &mut dyn FnMut(&str) -> bool,
) -> String {
    if let Some(asked) = asked {
        if slug_of(asked) != asked {
            let message = format!("it cannot be part of an address; `{}` can", slug_of(asked));
            problems.push(field("slug", message));
        } else if !is_free(asked) {
            problems.push(field("slug", format!("`{asked}` is taken")));
        }
        return asked.to_owned();
    }
    let first = slug_of(&title.split_whitespace().collect::<Vec<_>>().join("-"));
    let mut slug = first.clone();
    let mut n = 1;
    while !is_free(&slug) {
        n += 1;
        slug = format!("{first}-{n}");
    }
    slug
}
