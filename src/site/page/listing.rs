//! A page about a list of artifacts: all, a collection, a group, a view, a kind, a tag.

use serde::Serialize;

use super::List;
use super::card::{KindCount, StateCount, color};
use super::frame::{self, Head, Link, line, list_link, words_of};
use super::results::{Results, listed, results};
use crate::error::Result;
use crate::model::collection::Selector;
use crate::model::id::ArtifactId;
use crate::site::Site;

#[derive(Serialize)]
struct View {
    /// `collection`, `group`, `view`, `kind`, `tag` or `all`.
    what: &'static str,
    title: String,
    description: String,
    kind: Option<&'static str>,
    color: Option<&'static str>,
    owner: Option<String>,
    /// The file it is written in, and where that can be edited.
    file: Option<String>,
    edit_url: Option<String>,
    kinds: Vec<KindCount>,
    states: Vec<StateCount>,
    results: Results,
    /// The saved filters of the collection.
    views: Vec<ListLink>,
    /// All collections, to go from one to the other.
    collections: Vec<ListLink>,
    gone: Vec<Gone>,
    /// The selectors, when they found nothing.
    selectors: Vec<String>,
    editing: Option<Editing>,
}

/// What can be edited of the list of a page, by its slugs; neither of a list that is made by itself.
#[derive(Serialize)]
pub(super) struct Editing {
    collection: Option<String>,
    group: Option<String>,
    n_groups: usize,
    /// The form to choose several of its artifacts with.
    select_url: String,
}

/// `None` where nothing can be edited.
pub(super) fn editing(site: &Site<'_>, list: List) -> Option<Editing> {
    site.options.live.as_ref().filter(|live| live.edits)?;
    let place = match list {
        List::Collection(at) | List::View(at, _) => Some((at, None)),
        List::Group(at, group) => Some((at, Some(group))),
        _ => None,
    };
    let of = place.map(|(at, _)| &site.catalog.collections[at]);
    let group = place.and_then(|(_, group)| Some(&of?.groups[group?].definition.slug));
    let collection = of.map(|of| &of.definition.slug);
    let query = collection.map(|slug| format!("?collection={slug}"));
    Some(Editing {
        collection: collection.cloned(),
        group: group.cloned(),
        n_groups: of.map_or(0, |of| of.groups.len()),
        select_url: format!("edit/select/{}", query.unwrap_or_default()),
    })
}

/// A list beside this one.
#[derive(Serialize)]
pub(super) struct ListLink {
    label: String,
    url: String,
    n: usize,
    is_current: bool,
}

/// An id that its source no longer has.
#[derive(Serialize)]
pub(super) struct Gone {
    pub id: String,
    pub url: Option<String>,
}

/// What differs between the lists.
#[derive(Default)]
struct About {
    what: &'static str,
    title: String,
    description: String,
    kind: Option<&'static str>,
    color: Option<&'static str>,
    owner: Option<String>,
    file: Option<String>,
    views: Vec<ListLink>,
    collections: Vec<ListLink>,
    gone: Vec<Gone>,
    selectors: Vec<String>,
    section: &'static str,
    crumbs: Vec<Link>,
}

pub(super) fn render(site: &Site<'_>, path: &str, list: List, page: usize) -> Result<Vec<u8>> {
    let about = about(site, list);
    let listed = listed(site, list);
    let head = Head {
        title: about.title.clone(),
        description: about.description.clone(),
        section: about.section,
        crumbs: about.crumbs,
    };
    let view = View {
        what: about.what,
        title: about.title,
        description: about.description,
        kind: about.kind,
        color: about.color,
        owner: about.owner,
        edit_url: about.file.as_deref().and_then(|file| edit_url(site, file)),
        file: about.file,
        kinds: listed.kinds.clone(),
        states: listed.states.clone(),
        results: results(site, list, page),
        editing: editing(site, list),
        views: about.views,
        collections: about.collections,
        gone: about.gone,
        selectors: if listed.members.is_empty() { about.selectors } else { Vec::new() },
    };
    frame::render(site, path, "listing.html", &head, view)
}

/// Where a file of the catalog can be edited.
pub(super) fn edit_url(site: &Site<'_>, file: &str) -> Option<String> {
    let template = site.catalog.site.edit_url.as_deref()?;
    frame::web_link(&template.replace("{path}", &super::facts::percent(file)))
}

fn about(site: &Site<'_>, list: List) -> About {
    match list {
        List::Collection(at) => collection(site, at),
        List::Group(at, group) => about_group(site, at, group),
        List::View(at, view) => about_view(site, at, view),
        List::Kind(kind) => About {
            what: "kind",
            title: crate::words::plural(kind.label()),
            description: kind_words(kind.word()).to_owned(),
            kind: Some(kind.word()),
            section: "collections/all/",
            crumbs: vec![list_link(site, "Artifacts", List::All)],
            ..About::default()
        },
        List::Tag(at) => About {
            what: "tag",
            title: line(&site.routes.tags[at].name),
            section: "collections/all/",
            crumbs: vec![list_link(site, "Artifacts", List::All), Link::new("Tags", "tags/")],
            ..About::default()
        },
        List::All | List::Source(_) => About {
            what: "all",
            title: "All artifacts".to_owned(),
            description: "Everything the sources of this catalog have, in one list.".to_owned(),
            collections: collection_links(site, list),
            section: "collections/all/",
            ..About::default()
        },
    }
}

fn collection(site: &Site<'_>, at: usize) -> About {
    let resolved = &site.catalog.collections[at];
    let definition = &resolved.definition;
    About {
        what: "collection",
        title: line(&definition.title),
        description: words_of(&definition.description, 600),
        owner: definition.owner.as_deref().map(line),
        file: Some(line(&definition.file)),
        views: view_links(site, at, None),
        collections: collection_links(site, List::Collection(at)),
        gone: gone(site, &resolved.gone),
        selectors: definition.include.iter().map(selector_words).collect(),
        section: "collections/",
        crumbs: vec![Link::new("Collections", "collections/")],
        ..About::default()
    }
}

fn about_view(site: &Site<'_>, at: usize, view: usize) -> About {
    let definition = &site.catalog.collections[at].views[view].definition;
    About {
        what: "view",
        title: line(&definition.title),
        file: Some(line(&site.catalog.collections[at].definition.file)),
        views: view_links(site, at, Some(view)),
        selectors: definition.include.iter().map(selector_words).collect(),
        section: "collections/",
        crumbs: vec![Link::new("Collections", "collections/"), collection_link(site, at)],
        ..About::default()
    }
}

fn about_group(site: &Site<'_>, at: usize, group: usize) -> About {
    let resolved = &site.catalog.collections[at].groups[group];
    let definition = &resolved.definition;
    About {
        what: "group",
        title: line(&definition.title),
        description: words_of(&definition.description, 600),
        color: Some(color(definition.color.as_deref())),
        file: Some(line(&definition.file)),
        gone: gone(site, &resolved.gone),
        selectors: definition.include.iter().map(selector_words).collect(),
        section: "collections/",
        crumbs: vec![
            Link::new("Collections", "collections/"),
            collection_link(site, at),
            Link::new("Groups", site.routes.groups_url(at)),
        ],
        ..About::default()
    }
}

pub(super) fn collection_link(site: &Site<'_>, at: usize) -> Link {
    list_link(site, &site.catalog.collections[at].definition.title, List::Collection(at))
}

pub(super) fn view_links(site: &Site<'_>, collection: usize, here: Option<usize>) -> Vec<ListLink> {
    let views = site.catalog.collections[collection].views.iter().enumerate();
    views
        .map(|(view, resolved)| ListLink {
            label: line(&resolved.definition.title),
            url: site.list_url(List::View(collection, view)),
            n: resolved.members.len(),
            is_current: here == Some(view),
        })
        .collect()
}

/// All artifacts and each collection.
pub(super) fn collection_links(site: &Site<'_>, here: List) -> Vec<ListLink> {
    let link = |list: List, label: &str, n: usize| ListLink {
        label: line(label),
        url: site.list_url(list),
        n,
        is_current: list == here,
    };
    let collections = site.catalog.collections.iter().enumerate();
    let collections = collections.map(|(at, resolved)| {
        link(List::Collection(at), &resolved.definition.title, resolved.members.len())
    });
    let all = link(List::All, "All artifacts", site.catalog.artifacts.len());
    std::iter::once(all).chain(collections).collect()
}

pub(super) fn gone(site: &Site<'_>, ids: &[ArtifactId]) -> Vec<Gone> {
    let one = |id: &ArtifactId| Gone {
        id: line(&id.to_string()),
        url: site.routes.removed_url(site.catalog, id),
    };
    ids.iter().map(one).collect()
}

fn kind_words(word: &str) -> &'static str {
    match word {
        "skill" => "Folders with a SKILL.md that an agent reads when a task calls for them.",
        "command" => "Prompts that a person starts by name.",
        "agent" => "Assistants with a task, a prompt and tools of their own.",
        "hook" => "What runs by itself when something happens in a session.",
        "mcp" => "Servers that give an agent tools and data.",
        _ => "Bundles of skills, commands, agents, hooks and servers.",
    }
}

/// A selector as its YAML says it, in one line.
fn selector_words(selector: &Selector) -> String {
    let named = selector.named().into_iter();
    let words: Vec<String> =
        named.map(|(key, values)| format!("{key}: {}", values.join(" or "))).collect();
    line(&words.join(", "))
}
