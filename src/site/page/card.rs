//! The card: one artifact as lists show it.

use serde::Serialize;

use super::List;
use super::facts::{self, Instead};
use super::frame::{Link, line, list_link};
use crate::catalog::Index;
use crate::model::deployment::State;
use crate::model::id::Kind;
use crate::site::Site;

const GROUPS_MAX: usize = 2;

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
    pub groups: Vec<Badge>,
    pub n_more_groups: usize,
    pub changed: Option<String>,
    /// The state that wants attention most, where it is deployed.
    pub state: Option<StateView>,
    pub n_projects: usize,
    pub n_problems: usize,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct KindView {
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
pub(super) struct StateView {
    pub word: &'static str,
    pub label: &'static str,
}

impl From<State> for StateView {
    fn from(state: State) -> Self {
        Self { word: state.word(), label: state.label() }
    }
}

/// A group as a small mark with its colour.
#[derive(Serialize)]
pub(super) struct Badge {
    pub label: String,
    pub url: String,
    pub color: &'static str,
}

/// Where a card stands: of the groups, it shows those that say something there.
#[derive(Clone, Copy, Default)]
pub(super) enum Within {
    #[default]
    Anything,
    Collection(usize),
    /// The other groups of the collection.
    Group(usize, usize),
}

impl Within {
    fn shows(self, collection: usize, group: usize) -> bool {
        match self {
            Within::Anything => true,
            Within::Collection(own) => own == collection,
            Within::Group(own, here) => own == collection && here != group,
        }
    }
}

pub(super) fn card(site: &Site<'_>, at: Index, within: Within) -> Card {
    let artifact = &site.catalog.artifacts[at];
    let links = &site.routes.links[at];
    let groups: Vec<Badge> = links
        .groups
        .iter()
        .filter(|(collection, group)| within.shows(*collection, *group))
        .map(|(collection, group)| badge(site, *collection, *group))
        .collect();
    let n_more_groups = groups.len().saturating_sub(GROUPS_MAX);
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
        via: site.catalog.source(&artifact.id.source).map_or("folder", facts::icon),
        groups: groups.into_iter().take(GROUPS_MAX).collect(),
        n_more_groups,
        changed: artifact.changed.map(|date| date.to_string()),
        state: worst(site, at).map(StateView::from),
        n_projects: links.deployed.len(),
        n_problems: artifact.problems.len(),
    }
}

pub(super) fn cards(site: &Site<'_>, members: &[Index], within: Within) -> Vec<Card> {
    members.iter().map(|at| card(site, *at, within)).collect()
}

pub(super) fn badge(site: &Site<'_>, collection: usize, group: usize) -> Badge {
    let definition = &site.catalog.collections[collection].groups[group].definition;
    let link = list_link(site, &definition.title, List::Group(collection, group));
    Badge { label: link.label, url: link.url, color: color(definition.color.as_deref()) }
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

pub(in crate::site) fn worst(site: &Site<'_>, at: Index) -> Option<State> {
    let states: Vec<State> = site.routes.links[at]
        .deployed
        .iter()
        .map(|(project, at)| site.catalog.projects[*project].deployments[*at].state)
        .collect();
    BY_URGENCY.into_iter().find(|state| states.contains(state))
}

/// How many of `states` there are of each, those there are, well first.
#[derive(Serialize)]
pub(super) struct StateCount {
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
#[derive(Serialize)]
pub(super) struct KindCount {
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
