//! The card: one artifact as lists show it.

use serde::Serialize;

use super::List;
use super::facts::{self, Instead};
use super::frame::{Link, line, list_link};
use super::install;
use crate::catalog::Index;
use crate::model::deployment::State;
use crate::model::id::Kind;
use crate::site::Site;

/// Groups or collections that a card names.
const PLACES_MAX: usize = 2;

#[derive(Serialize)]
pub(super) struct Card {
    pub url: String,
    pub id: String,
    pub label: String,
    /// The plugin it is a member of.
    pub plugin: Option<String>,
    pub kind: KindView,
    pub version: Option<String>,
    pub description: String,
    /// What stands there where the source has no description.
    pub instead: Option<Instead>,
    pub source: Link,
    /// `git` or `folder`.
    pub via: &'static str,
    /// The groups, or the collections, that hold it.
    pub places: Vec<Badge>,
    pub n_more_places: usize,
    pub changed: Option<String>,
    /// The state that wants attention most, where it is deployed.
    pub state: Option<StateView>,
    pub n_problems: usize,
    /// The command that brings it into a project.
    pub install: Option<String>,
    /// Where its files can be looked at.
    pub code_url: Option<String>,
}

impl Card {
    /// Every part there is: scripts fill it, and take out what an artifact lacks.
    pub(super) fn blank(in_collection: bool) -> Self {
        let color = in_collection.then(|| color(None));
        let place = Badge { label: "Place".to_owned(), url: String::new(), color };
        Self {
            url: String::new(),
            id: String::new(),
            label: "Name".to_owned(),
            plugin: Some("Plugin".to_owned()),
            kind: Kind::Skill.into(),
            version: Some(String::new()),
            description: String::new(),
            instead: Some(Instead { words: "", code: "Code".to_owned() }),
            source: Link::new("Source", ""),
            via: "folder",
            places: vec![place],
            n_more_places: 1,
            changed: Some("2000-01-01".to_owned()),
            state: Some(State::InSync.into()),
            n_problems: 0,
            install: None,
            code_url: None,
        }
    }
}

#[derive(Clone, Copy, Serialize)]
pub(in crate::site) struct KindView {
    pub word: &'static str,
    /// At the head of something: `Skill`.
    pub label: &'static str,
    /// Inside a sentence: `skill`.
    pub noun: &'static str,
}

impl From<Kind> for KindView {
    fn from(kind: Kind) -> Self {
        let noun = if kind == Kind::Mcp { "MCP server" } else { kind.word() };
        Self { word: kind.word(), label: kind.label(), noun }
    }
}

#[derive(Clone, Copy, Serialize)]
pub(in crate::site) struct StateView {
    pub word: &'static str,
    pub label: &'static str,
}

impl From<State> for StateView {
    fn from(state: State) -> Self {
        Self { word: state.word(), label: state.label() }
    }
}

/// A place that holds an artifact: a group with its colour, or a collection.
#[derive(Serialize)]
pub(super) struct Badge {
    pub label: String,
    pub url: String,
    pub color: Option<&'static str>,
}

/// Where a card stands: of its places, it names those that say something there.
#[derive(Clone, Copy)]
pub(super) enum Within {
    /// Its collections.
    Anything,
    /// Its groups in the collection.
    Collection(usize),
    /// The other groups of the collection.
    Group(usize, usize),
}

/// The places to name, the first of them, and how many there are more.
fn places(site: &Site<'_>, at: Index, within: Within) -> (Vec<Badge>, usize) {
    let groups = |shows: &dyn Fn(usize, usize) -> bool| -> Vec<Badge> {
        let own = site.routes.held[at].iter();
        let own = own.filter(|(collection, group)| shows(*collection, *group));
        own.map(|(collection, group)| badge(site, *collection, *group)).collect()
    };
    let mut places = match within {
        Within::Anything => {
            let own = site.catalog.memberships[at].iter();
            own.map(|collection| collection_badge(site, *collection)).collect()
        }
        Within::Collection(own) => groups(&|collection, _| collection == own),
        Within::Group(own, here) => groups(&|collection, group| collection == own && group != here),
    };
    let n_more = places.len().saturating_sub(PLACES_MAX);
    places.truncate(PLACES_MAX);
    (places, n_more)
}

pub(super) fn card(site: &Site<'_>, at: Index, within: Within) -> Card {
    let artifact = &site.catalog.artifacts[at];
    let source = site.catalog.source(&artifact.id.source);
    let (places, n_more_places) = places(site, at, within);
    Card {
        url: site.artifact_url(at),
        id: artifact.id.to_string(),
        label: line(artifact.label()),
        plugin: artifact.plugin.as_deref().map(line),
        kind: artifact.id.kind.into(),
        version: artifact.version.as_deref().map(line),
        description: site.routes.summary(site.catalog, at).to_owned(),
        instead: facts::instead(artifact),
        source: source_link(site, &artifact.id.source),
        via: source.map_or("folder", facts::icon),
        places,
        n_more_places,
        changed: artifact.changed.map(|date| date.to_string()),
        state: worst(site, at).map(StateView::from),
        n_problems: artifact.problems.len(),
        install: install::first(source, artifact),
        code_url: source.and_then(|source| facts::tree_url(source, artifact.file_path())),
    }
}

pub(super) fn cards(site: &Site<'_>, members: &[Index], within: Within) -> Vec<Card> {
    members.iter().map(|at| card(site, *at, within)).collect()
}

pub(super) fn badge(site: &Site<'_>, collection: usize, group: usize) -> Badge {
    let definition = &site.catalog.collections[collection].groups[group].definition;
    let link = list_link(site, &definition.title, List::Group(collection, group));
    Badge { label: link.label, url: link.url, color: Some(color(definition.color.as_deref())) }
}

fn collection_badge(site: &Site<'_>, at: usize) -> Badge {
    let title = &site.catalog.collections[at].definition.title;
    let link = list_link(site, title, List::Collection(at));
    Badge { label: link.label, url: link.url, color: None }
}

/// The names a group's colour may have, each a class of the style sheet.
const COLORS: [&str; 12] = [
    "slate", "gray", "red", "orange", "amber", "green", "teal", "blue", "indigo", "purple", "pink",
    "rose",
];

pub(in crate::site) fn color(name: Option<&str>) -> &'static str {
    COLORS.into_iter().find(|color| Some(*color) == name).unwrap_or("slate")
}

pub(super) fn source_link(site: &Site<'_>, name: &str) -> Link {
    let at = site.catalog.sources.iter().position(|state| state.source.name == name);
    let url = at.map(|at| site.list_url(List::Source(at))).unwrap_or_default();
    Link::new(line(name), url)
}

/// From what a person should look at first to what is well.
const BY_URGENCY: [State; 8] = [
    State::Diverged,
    State::Missing,
    State::Orphaned,
    State::Modified,
    State::Outdated,
    State::Untracked,
    State::Unknown,
    State::InSync,
];

/// How soon a person should look at what is in this state; 0 is first.
pub(super) fn urgency(state: State) -> usize {
    BY_URGENCY.iter().position(|other| *other == state).unwrap_or(BY_URGENCY.len())
}

pub(in crate::site) fn worst(site: &Site<'_>, at: Index) -> Option<State> {
    let states: Vec<State> = site.routes.deployed[at]
        .iter()
        .map(|(project, at)| site.catalog.projects[*project].deployments[*at].state)
        .collect();
    BY_URGENCY.into_iter().find(|state| states.contains(state))
}

/// How many of `states` there are of each, those there are, well first.
#[derive(Clone, Serialize)]
pub(in crate::site) struct StateCount {
    pub state: StateView,
    pub n: usize,
    /// Where its part of a bar 100 wide starts, and how wide it is.
    pub x: f64,
    pub width: f64,
}

pub(super) fn count_states(states: &[State]) -> Vec<StateCount> {
    #[expect(clippy::cast_precision_loss, reason = "a share of a bar")]
    let share = |n: usize| (n as f64 * 10_000.0 / states.len().max(1) as f64).round() / 100.0;
    let mut before = 0;
    State::ALL
        .into_iter()
        .filter_map(|state| {
            let n = states.iter().filter(|other| **other == state).count();
            let x = share(before);
            before += n;
            (n > 0).then(|| StateCount { state: state.into(), n, x, width: share(n) })
        })
        .collect()
}

/// How many of a kind.
#[derive(Clone, Serialize)]
pub(in crate::site) struct KindCount {
    pub kind: KindView,
    pub n: usize,
    pub url: String,
}

/// In the order of kinds, those there are.
pub(super) fn count_kinds(site: &Site<'_>, members: &[Index]) -> Vec<KindCount> {
    let mut counts = all_kinds(site, members);
    counts.retain(|count| count.n > 0);
    counts
}

/// In the order of kinds, also those of which there is none.
pub(super) fn all_kinds(site: &Site<'_>, members: &[Index]) -> Vec<KindCount> {
    let n = |kind| members.iter().filter(|at| site.catalog.artifacts[**at].id.kind == kind).count();
    Kind::ALL
        .into_iter()
        .map(|kind| KindCount {
            kind: kind.into(),
            n: n(kind),
            url: site.list_url(List::Kind(kind)),
        })
        .collect()
}
