//! A page of cards: all artifacts, a collection, a group, a view, a kind, a tag.

use serde::Serialize;

use super::List;
use super::card::{Card, KindCount, StateCount, Within, cards, color, count_kinds, count_states};
use super::frame::{self, Head, Link, Pager, line, list_link, words_of};
use crate::catalog::Index;
use crate::error::Result;
use crate::model::collection::Selector;
use crate::model::deployment::State;
use crate::model::id::ArtifactId;
use crate::site::Site;

/// Cards on a page; more are slow to lay out on a phone.
pub(super) const CARDS_MAX: usize = 60;

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
    n_members: usize,
    kinds: Vec<KindCount>,
    states: Vec<StateCount>,
    cards: Vec<Card>,
    pager: Pager,
    /// Where the grouped view is, for a collection.
    groups_url: Option<String>,
    groups: Vec<GroupLink>,
    views: Vec<Link>,
    siblings: Vec<Sibling>,
    gone: Vec<Gone>,
    /// The selectors, when they found nothing.
    selectors: Vec<String>,
}

/// A group as a link of its collection's page.
#[derive(Serialize)]
pub(super) struct GroupLink {
    pub label: String,
    pub url: String,
    pub color: &'static str,
    pub n: usize,
    pub current: bool,
}

#[derive(Serialize)]
struct Sibling {
    label: String,
    url: String,
    n: usize,
    current: bool,
    kind: &'static str,
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
    groups_url: Option<String>,
    groups: Vec<GroupLink>,
    views: Vec<Link>,
    gone: Vec<Gone>,
    selectors: Vec<String>,
    section: &'static str,
    crumbs: Vec<Link>,
    within: Within,
}

pub(super) fn render(site: &Site<'_>, path: &str, list: List, page: usize) -> Result<Vec<u8>> {
    let about = about(site, list);
    let members = site.members(list);
    let states = states_of(site, &members);
    let (cards, pager) = page_of(site, list, &members, page, about.within);
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
        n_members: members.len(),
        kinds: count_kinds(site, &members),
        states: count_states(&states),
        cards,
        pager,
        groups_url: about.groups_url,
        groups: about.groups,
        views: about.views,
        siblings: siblings(site, list),
        gone: about.gone,
        selectors: if members.is_empty() { about.selectors } else { Vec::new() },
    };
    frame::render(site, path, "listing.html", &head, view)
}

/// The cards of one page of a list, and the links to the others.
pub(super) fn page_of(
    site: &Site<'_>,
    list: List,
    members: &[Index],
    page: usize,
    within: Within,
) -> (Vec<Card>, Pager) {
    let pager = Pager::new(&site.list_url(list), page, members.len().div_ceil(CARDS_MAX).max(1));
    let shown = members.chunks(CARDS_MAX).nth(page - 1).unwrap_or_default();
    (cards(site, shown, within), pager)
}

/// The states of all deployments of these artifacts.
pub(super) fn states_of(site: &Site<'_>, members: &[Index]) -> Vec<State> {
    let deployed = members.iter().flat_map(|at| &site.routes.links[*at].deployed);
    deployed.map(|(project, at)| site.catalog.projects[*project].deployments[*at].state).collect()
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
        List::View(at, view) => {
            let definition = &site.catalog.collections[at].views[view].definition;
            About {
                what: "view",
                title: line(&definition.title),
                file: Some(line(&site.catalog.collections[at].definition.file)),
                selectors: definition.include.iter().map(selector_words).collect(),
                section: "collections/",
                crumbs: vec![Link::new("Collections", "collections/"), collection_link(site, at)],
                within: Within::Collection(at),
                ..About::default()
            }
        }
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
            section: "collections/all/",
            ..About::default()
        },
    }
}

fn collection(site: &Site<'_>, at: usize) -> About {
    let resolved = &site.catalog.collections[at];
    let definition = &resolved.definition;
    let view =
        |view: usize| list_link(site, &resolved.views[view].definition.title, List::View(at, view));
    About {
        what: "collection",
        title: line(&definition.title),
        description: words_of(&definition.description, 600),
        owner: definition.owner.as_deref().map(line),
        file: Some(line(&definition.file)),
        groups_url: Some(site.routes.groups_url(at)),
        groups: group_links(site, at, None),
        views: (0..resolved.views.len()).map(view).collect(),
        gone: gone(site, &resolved.gone),
        selectors: definition.include.iter().map(selector_words).collect(),
        section: "collections/",
        crumbs: vec![Link::new("Collections", "collections/")],
        within: Within::Collection(at),
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
        groups: group_links(site, at, Some(group)),
        gone: gone(site, &resolved.gone),
        selectors: definition.include.iter().map(selector_words).collect(),
        section: "collections/",
        crumbs: vec![
            Link::new("Collections", "collections/"),
            collection_link(site, at),
            Link::new("Groups", site.routes.groups_url(at)),
        ],
        within: Within::Group(at, group),
        ..About::default()
    }
}

pub(super) fn collection_link(site: &Site<'_>, at: usize) -> Link {
    list_link(site, &site.catalog.collections[at].definition.title, List::Collection(at))
}

pub(super) fn group_links(
    site: &Site<'_>,
    collection: usize,
    here: Option<usize>,
) -> Vec<GroupLink> {
    let groups = site.catalog.collections[collection].groups.iter().enumerate();
    groups
        .map(|(group, resolved)| GroupLink {
            label: line(&resolved.definition.title),
            url: site.list_url(List::Group(collection, group)),
            color: color(resolved.definition.color.as_deref()),
            n: resolved.members.len(),
            current: here == Some(group),
        })
        .collect()
}

pub(super) fn gone(site: &Site<'_>, ids: &[ArtifactId]) -> Vec<Gone> {
    let one = |id: &ArtifactId| Gone {
        id: line(&id.to_string()),
        url: site.routes.removed_url(site.catalog, id),
    };
    ids.iter().map(one).collect()
}

/// The kinds, beside the list of one kind or of all.
fn siblings(site: &Site<'_>, list: List) -> Vec<Sibling> {
    if !matches!(list, List::All | List::Kind(_)) {
        return Vec::new();
    }
    let kinds = crate::model::id::Kind::ALL.into_iter().map(|kind| Sibling {
        label: crate::words::plural(kind.label()),
        url: site.list_url(List::Kind(kind)),
        n: site.routes.kinds.get(&kind).map_or(0, Vec::len),
        current: list == List::Kind(kind),
        kind: kind.word(),
    });
    let all = Sibling {
        label: "All".to_owned(),
        url: site.list_url(List::All),
        n: site.catalog.artifacts.len(),
        current: list == List::All,
        kind: "all",
    };
    std::iter::once(all).chain(kinds).collect()
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
