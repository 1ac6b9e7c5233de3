//! The search page: where the browser shows what it finds, and without scripts the ways to look.

use serde::Serialize;

use super::List;
use super::card::{KindCount, KindView, StateView, all_kinds, worst};
use super::frame::{self, Head, Link, line, list_link};
use crate::error::Result;
use crate::model::deployment::State;
use crate::model::id::Kind;
use crate::site::Site;
use crate::site::data::find::Scope;

const TAGS_MAX: usize = 30;
const LINKS_MAX: usize = 20;

#[derive(Serialize)]
struct View {
    /// The data that is searched, and in how many parts it comes.
    scope: String,
    n_parts: usize,
    kinds: Vec<KindCount>,
    /// What results may show: pictures of kinds and states.
    all_kinds: Vec<KindView>,
    states: Vec<StateView>,
    collections: Vec<Count>,
    n_collections: usize,
    sources: Vec<Count>,
    n_sources: usize,
    /// The most frequent ones.
    tags: Vec<Count>,
    n_tags: usize,
    all: Link,
    n_artifacts: usize,
    tips: Vec<Tip>,
}

#[derive(Serialize)]
struct Count {
    label: String,
    url: String,
    n: usize,
}

/// A query that finds something here, and what it asks for.
#[derive(Serialize)]
struct Tip {
    query: String,
    /// As a part of an address.
    encoded: String,
    words: String,
}

pub(super) fn render(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let catalog = site.catalog;
    let all = site.members(List::All);
    let mut tags: Vec<usize> = (0..site.routes.tags.len()).collect();
    tags.sort_by_key(|at| (std::cmp::Reverse(site.routes.tags[*at].members.len()), *at));
    let view = View {
        scope: site.list_url(List::All),
        n_parts: Scope::All.n_parts(catalog),
        kinds: all_kinds(site, &all),
        all_kinds: Kind::ALL.map(KindView::from).to_vec(),
        states: State::ALL.map(StateView::from).to_vec(),
        collections: (0..catalog.collections.len())
            .take(LINKS_MAX)
            .map(|at| {
                let title = &catalog.collections[at].definition.title;
                counted(site, title, List::Collection(at))
            })
            .collect(),
        n_collections: catalog.collections.len(),
        sources: (0..catalog.sources.len())
            .take(LINKS_MAX)
            .map(|at| counted(site, &catalog.sources[at].source.name, List::Source(at)))
            .collect(),
        n_sources: catalog.sources.len(),
        tags: tags
            .iter()
            .take(TAGS_MAX)
            .map(|at| counted(site, &site.routes.tags[*at].name, List::Tag(*at)))
            .collect(),
        n_tags: tags.len(),
        all: list_link(site, "All artifacts", List::All),
        n_artifacts: all.len(),
        tips: tips(site, tags.first().copied()),
    };
    let head = Head {
        title: "Search".to_owned(),
        description: "Find artifacts, collections, groups and sources of this catalog.".to_owned(),
        section: "search/",
        crumbs: Vec::new(),
    };
    frame::render(site, path, "search.html", &head, view)
}

fn counted(site: &Site<'_>, label: &str, list: List) -> Count {
    Count { label: line(label), url: site.list_url(list), n: site.members(list).len() }
}

/// Queries made of what this catalog has, each of which finds something.
fn tips(site: &Site<'_>, tag: Option<usize>) -> Vec<Tip> {
    let mut tips = Vec::new();
    let mut tip = |query: String, words: String| {
        tips.push(Tip { encoded: super::facts::percent(&query), query, words });
    };
    let len = |list: &List| site.members(*list).len();
    let kinds = Kind::ALL.into_iter().filter(|kind| len(&List::Kind(*kind)) > 0);
    if let Some(kind) = kinds.max_by_key(|kind| len(&List::Kind(*kind))) {
        let view = KindView::from(kind);
        tip(format!("kind:{}", view.word), format!("only {}", crate::words::plural(view.noun)));
    }
    if let Some(tag) = tag.map(|at| &site.routes.tags[at]) {
        let name = line(&tag.name);
        tip(format!("tag:{}", value(&name)), format!("what is tagged {name}"));
    }
    let sources = (0..site.catalog.sources.len()).filter(|at| len(&List::Source(*at)) > 0);
    if let Some(at) = sources.max_by_key(|at| len(&List::Source(*at))) {
        let name = line(&site.catalog.sources[at].source.name);
        tip(format!("source:{}", value(&name)), format!("what comes from {name}"));
    }
    let states = (0..site.catalog.artifacts.len()).filter_map(|at| worst(site, at));
    if let Some(state) = states.max_by_key(|state| *state != State::InSync) {
        let words = format!("what is “{}” in some project", state.label());
        tip(format!("status:{}", state.word()), words);
    }
    if let Some(artifact) = site.catalog.artifacts.first() {
        let words = line(artifact.label());
        if words.contains(' ') && !words.contains('"') {
            tip(format!("\"{words}\""), "these words next to each other".to_owned());
        }
    }
    tips
}

/// As an operator takes it: in quotes where it has spaces or commas.
fn value(name: &str) -> String {
    if name.contains([' ', ',']) { format!("\"{name}\"") } else { name.to_owned() }
}
