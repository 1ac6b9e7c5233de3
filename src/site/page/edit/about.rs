//! The forms that make, describe and delete collections and groups.

use serde::Serialize;

use super::{Asked, Hidden, Item, collection_url, items, page};
use crate::error::Result;
use crate::format::collection::COLORS;
use crate::model::collection::{Collection, Group};
use crate::site::Site;
use crate::site::page::List;
use crate::site::page::frame::line;

const TITLE_CHARS_MAX: usize = 255;
const TEXT_CHARS_MAX: usize = 10_000;

#[derive(Serialize)]
struct AboutView {
    hidden: Hidden,
    heading: String,
    lead: Option<String>,
    collection: Option<String>,
    group: Option<String>,
    /// What becomes a member at once.
    items: Vec<Item>,
    fields: Vec<Field>,
    /// Empty where it has none.
    colors: Vec<Color>,
    color_wrong: Option<String>,
    submit: &'static str,
    /// The form that deletes it.
    delete_url: Option<String>,
}

#[derive(Serialize)]
struct Field {
    name: &'static str,
    label: &'static str,
    value: String,
    help: Option<&'static str>,
    wrong: Option<String>,
    max: usize,
    is_long: bool,
    is_required: bool,
}

#[derive(Serialize)]
struct Color {
    value: &'static str,
    label: String,
    is_chosen: bool,
}

#[derive(Serialize)]
struct DeleteView {
    hidden: Hidden,
    heading: String,
    what: &'static str,
    collection: String,
    group: Option<String>,
    /// The files that go.
    files: Vec<String>,
    n_members: usize,
}

impl Field {
    fn new(asked: &Asked<'_>, name: &'static str, label: &'static str, now: &str) -> Self {
        Self {
            name,
            label,
            value: asked.one(name).unwrap_or(now).to_owned(),
            help: None,
            wrong: asked.wrong(name),
            max: TITLE_CHARS_MAX,
            is_long: false,
            is_required: false,
        }
    }

    fn title(asked: &Asked<'_>, now: &str) -> Self {
        Self { is_required: true, ..Self::new(asked, "title", "Title", now) }
    }

    fn description(asked: &Asked<'_>, now: &str) -> Self {
        let field = Self::new(asked, "description", "Description", now);
        Self { is_long: true, max: TEXT_CHARS_MAX, ..field }
    }
}

/// `edit/collection/`, with `collection=…` of one that is there.
pub(super) fn collection(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let found = asked.collection(site);
    if found.is_none() && asked.one("collection").is_some_and(|slug| !slug.is_empty()) {
        return Ok(None);
    }
    let Some(artifacts) = asked.artifacts(site.catalog) else { return Ok(None) };
    let at = found.map(|(at, _)| at);
    let now: Option<&Collection> = found.map(|(_, one)| &one.definition);
    let action = if now.is_some() { "edit-collection" } else { "create-collection" };
    let owner = now.and_then(|one| one.owner.as_deref()).unwrap_or_default();
    let fields = vec![
        Field::title(asked, now.map_or("", |one| &one.title)),
        Field::description(asked, now.map_or("", |one| &one.description)),
        Field { help: Some("Whom to ask about it"), ..Field::new(asked, "owner", "Owner", owner) },
    ];
    let next = at.map_or_else(|| "collections/".to_owned(), |at| collection_url(site, at));
    let of: Vec<usize> = at.into_iter().collect();
    let shown = ["title", "description", "owner"];
    let hidden = Hidden::new(site, asked, action, &of).next(next).with_wrong(asked, &shown);
    let heading = now.map_or_else(
        || "New collection".to_owned(),
        |one| format!("Edit collection {}", line(&one.title)),
    );
    let view = AboutView {
        hidden,
        heading: heading.clone(),
        lead: None,
        collection: now.map(|one| one.slug.clone()),
        group: None,
        items: items(site, &artifacts),
        fields,
        colors: Vec::new(),
        color_wrong: None,
        submit: if now.is_some() { "Save" } else { "Create collection" },
        delete_url: now.map(|one| format!("edit/delete-collection/?collection={}", one.slug)),
    };
    page(site, "collection", "edit-about.html", at, &heading, view)
}

/// `edit/group/?collection=…`, with `group=…` of one that is there.
pub(super) fn group(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let Some((at, of)) = asked.collection(site) else { return Ok(None) };
    let found = asked.group(of);
    if found.is_none() && asked.one("group").is_some_and(|slug| !slug.is_empty()) {
        return Ok(None);
    }
    let Some(artifacts) = asked.artifacts(site.catalog) else { return Ok(None) };
    let now: Option<&Group> = found.map(|(_, one)| &one.definition);
    let action = if now.is_some() { "edit-group" } else { "create-group" };
    let icon = now.and_then(|one| one.icon.as_deref()).unwrap_or_default();
    let fields = vec![
        Field::title(asked, now.map_or("", |one| &one.title)),
        Field::description(asked, now.map_or("", |one| &one.description)),
        Field {
            help: Some("Its name, such as book, for programs that read the data of this catalog"),
            ..Field::new(asked, "icon", "Icon", icon)
        },
    ];
    let next = site.routes.groups_url(at);
    let shown = ["title", "description", "icon", "color"];
    let hidden = Hidden::new(site, asked, action, &[at]).next(next).with_wrong(asked, &shown);
    let title = line(&of.definition.title);
    let heading = match now {
        Some(one) => format!("Edit group {}", line(&one.title)),
        None => "New group".to_owned(),
    };
    let slug = &of.definition.slug;
    let view = AboutView {
        hidden,
        heading: heading.clone(),
        lead: Some(format!("In the collection {title}.")),
        collection: Some(slug.clone()),
        group: now.map(|one| one.slug.clone()),
        items: items(site, &artifacts),
        fields,
        colors: colors(asked, now.and_then(|one| one.color.as_deref())),
        color_wrong: asked.wrong("color"),
        submit: if now.is_some() { "Save" } else { "Create group" },
        delete_url: now
            .map(|one| format!("edit/delete-group/?collection={slug}&group={}", one.slug)),
    };
    page(site, "group", "edit-about.html", Some(at), &heading, view)
}

fn colors(asked: &Asked<'_>, now: Option<&str>) -> Vec<Color> {
    let chosen = asked.one("color").or(now).unwrap_or_default();
    let word = |name: &str| name[..1].to_uppercase() + &name[1..];
    let color = |name: &'static str| Color {
        value: name,
        label: if name.is_empty() { "None".to_owned() } else { word(name) },
        is_chosen: name == chosen,
    };
    std::iter::once("").chain(COLORS).map(color).collect()
}

/// `edit/delete-collection/?collection=…`
pub(super) fn delete_collection(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let Some((at, of)) = asked.collection(site) else { return Ok(None) };
    let heading = format!("Delete collection {}?", line(&of.definition.title));
    let groups = of.definition.groups.iter().map(|group| line(&group.file));
    let hidden = Hidden::new(site, asked, "delete-collection", &[at]);
    let view = DeleteView {
        // Its own pages go with it.
        hidden: Hidden { next: "collections/".to_owned(), ..hidden }.with_wrong(asked, &[]),
        heading: heading.clone(),
        what: "collection",
        collection: of.definition.slug.clone(),
        group: None,
        files: std::iter::once(line(&of.definition.file)).chain(groups).collect(),
        n_members: of.members.len(),
    };
    page(site, "delete-collection", "edit-delete.html", Some(at), &heading, view)
}

/// `edit/delete-group/?collection=…&group=…`
pub(super) fn delete_group(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let Some((at, of)) = asked.collection(site) else { return Ok(None) };
    let Some((group, one)) = asked.group(of) else { return Ok(None) };
    let heading = format!("Delete group {}?", line(&one.definition.title));
    let own_url = site.list_url(List::Group(at, group));
    let mut hidden = Hidden::new(site, asked, "delete-group", &[at]);
    if hidden.next.starts_with(&own_url) {
        hidden.next.clear();
    }
    let view = DeleteView {
        hidden: hidden.next(site.routes.groups_url(at)).with_wrong(asked, &[]),
        heading: heading.clone(),
        what: "group",
        collection: of.definition.slug.clone(),
        group: Some(one.definition.slug.clone()),
        files: vec![line(&one.definition.file)],
        n_members: one.members.len(),
    };
    page(site, "delete-group", "edit-delete.html", Some(at), &heading, view)
}
