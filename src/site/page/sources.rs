//! Where artifacts come from: all sources, one source with what it has, and what sync last saw.

use std::collections::BTreeSet;

use serde::Serialize;

use super::List;
use super::card::{KindCount, count_kinds};
use super::changes::{self, Change};
use super::facts;
use super::frame::{self, Head, Link, ProblemView, line};
use super::results::{Results, results};
use crate::catalog::SourceState;
use crate::error::Result;
use crate::site::Site;

#[derive(Serialize)]
struct AllView {
    sources: Vec<SourceView>,
    /// What is wrong with the catalog itself.
    problems: Vec<ProblemView>,
    n_artifacts: usize,
    /// Sources of which something is wrong, those that were never synced among them.
    n_wrong: usize,
    config: Option<String>,
    lock: Option<String>,
}

#[derive(Serialize)]
struct OneView {
    source: SourceView,
    include: Vec<String>,
    exclude: Vec<String>,
    tags: Vec<String>,
    /// Those that its artifacts name.
    licenses: Vec<String>,
    results: Results,
    changes: Vec<Change>,
    removed: Vec<Link>,
}

#[derive(Serialize)]
struct Troubled {
    label: String,
    url: String,
    n: usize,
    first: String,
}

#[derive(Serialize)]
struct SourceView {
    name: String,
    url: String,
    /// `Git repository`, `Folder` and so on.
    via: &'static str,
    icon: &'static str,
    address: String,
    web: Option<String>,
    reference: Option<String>,
    commit: Option<String>,
    short_commit: Option<String>,
    commit_url: Option<String>,
    commit_date: Option<String>,
    inside: bool,
    /// It is in the configuration, and no sync has read it yet.
    is_new: bool,
    n_members: usize,
    n_troubled: usize,
    kinds: Vec<KindCount>,
    problems: Vec<ProblemView>,
    /// Artifacts of it that have problems, the first of them.
    troubled: Vec<Troubled>,
    /// The last change of an artifact.
    changed: Option<String>,
    n_removed: usize,
}

const TROUBLED_MAX: usize = 50;
const CHANGES_MAX: usize = 5;
const LICENSES_MAX: usize = 5;

pub(super) fn all(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let head = Head {
        title: "Sources".to_owned(),
        description: "Where the artifacts of this catalog come from.".to_owned(),
        section: "sources/",
        crumbs: Vec::new(),
    };
    frame::render(site, path, "sources.html", &head, all_view(site))
}

pub(super) fn sync(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let head = Head {
        title: "Sync status".to_owned(),
        description: "What the last sync saw of each source.".to_owned(),
        section: "sources/",
        crumbs: vec![Link::new("Sources", "sources/")],
    };
    let mut view = all_view(site);
    // What wants attention first, else in the order of the configuration.
    view.sources.sort_by_key(|source| (!source.is_new, source.problems.is_empty()));
    frame::render(site, path, "sync.html", &head, view)
}

pub(super) fn one(site: &Site<'_>, path: &str, at: usize, page: usize) -> Result<Vec<u8>> {
    let state = &site.catalog.sources[at];
    let view = OneView {
        source: view(site, at),
        include: state.source.include.iter().map(|glob| line(glob)).collect(),
        exclude: state.source.exclude.iter().map(|glob| line(glob)).collect(),
        tags: state.source.tags.iter().map(|tag| line(tag)).collect(),
        licenses: licenses(site, &site.routes.source_members[at]),
        changes: changes::latest(site, Some(at), CHANGES_MAX),
        results: results(site, List::Source(at), page),
        removed: removed(site, &state.source.name),
    };
    let head = Head {
        title: line(&state.source.name),
        description: format!("Artifacts from {}", line(&state.address)),
        section: "sources/",
        crumbs: vec![Link::new("Sources", "sources/")],
    };
    frame::render(site, path, "source.html", &head, view)
}

fn all_view(site: &Site<'_>) -> AllView {
    let sources: Vec<SourceView> =
        (0..site.catalog.sources.len()).map(|at| view(site, at)).collect();
    let is_wrong = |source: &&SourceView| source.is_new || !source.problems.is_empty();
    AllView {
        n_wrong: sources.iter().filter(is_wrong).count(),
        sources,
        config: site.catalog.stamps.config.clone(),
        lock: site.catalog.stamps.lock.clone(),
        problems: site.catalog.problems.iter().map(ProblemView::from).collect(),
        n_artifacts: site.catalog.artifacts.len(),
    }
}

fn view(site: &Site<'_>, at: usize) -> SourceView {
    let state: &SourceState = &site.catalog.sources[at];
    let members = &site.routes.source_members[at];
    let changed = members.iter().filter_map(|at| site.catalog.artifacts[*at].changed).max();
    let is_troubled = |at: &&usize| !site.catalog.artifacts[**at].problems.is_empty();
    SourceView {
        name: line(&state.source.name),
        url: site.list_url(List::Source(at)),
        via: facts::via(state),
        icon: facts::icon(state),
        address: line(&state.address),
        web: state.web.as_deref().and_then(frame::web_link),
        reference: facts::reference(state).map(line),
        commit: state.commit.as_deref().map(line),
        short_commit: state.commit.as_deref().map(facts::short),
        commit_url: facts::tree_url(state, ""),
        commit_date: state.commit_date.map(|date| date.to_string()),
        inside: state.inside,
        is_new: !state.is_locked,
        n_members: members.len(),
        n_troubled: members.iter().filter(is_troubled).count(),
        kinds: count_kinds(site, members),
        problems: state.problems.iter().map(ProblemView::from).collect(),
        troubled: troubled(site, members),
        changed: changed.map(|date| date.to_string()),
        n_removed: removed(site, &state.source.name).len(),
    }
}

/// The first of them, by name.
fn licenses(site: &Site<'_>, members: &[usize]) -> Vec<String> {
    let of = |at: &usize| site.catalog.artifacts[*at].license.as_deref().map(line);
    let all: BTreeSet<String> = members.iter().filter_map(of).collect();
    all.into_iter().take(LICENSES_MAX).collect()
}

fn troubled(site: &Site<'_>, members: &[usize]) -> Vec<Troubled> {
    let one = |at: &usize| {
        let artifact = &site.catalog.artifacts[*at];
        let first = artifact.problems.first()?;
        Some(Troubled {
            label: line(artifact.label()),
            url: site.artifact_url(*at),
            n: artifact.problems.len(),
            first: line(&first.message),
        })
    };
    members.iter().filter_map(one).take(TROUBLED_MAX).collect()
}

fn removed(site: &Site<'_>, source: &str) -> Vec<Link> {
    let removed = site.catalog.removed.iter().zip(&site.routes.removed);
    removed
        .filter(|(removed, _)| removed.id.source == source)
        .filter_map(|(removed, url)| {
            url.as_ref().map(|url| Link::new(line(&removed.id.to_string()), url.clone()))
        })
        .collect()
}
