//! What stands near an artifact: the members of its plugin, the same bytes or the same name
//! elsewhere, and what shares its tags.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::Index;
use crate::model::id::Kind;
use crate::site::Site;
use crate::site::page::card::KindView;
use crate::site::page::frame::line;
use crate::site::routes::plugin_of;

#[derive(Serialize)]
pub(super) struct Part {
    title: String,
    why: &'static str,
    /// They are from several sources, which are named.
    far: bool,
    rows: Vec<Row>,
    n_more: usize,
}

/// An artifact in one line.
#[derive(Serialize)]
pub(in crate::site::page) struct Row {
    kind: KindView,
    label: String,
    url: String,
    plugin: Option<String>,
    source: String,
    text: String,
}

/// Of each reason, so many are named.
const ROWS_MAX: usize = 24;
const SIMILAR_MAX: usize = 8;
/// A tag that more artifacts bear says little of any.
const TAG_MEMBERS_MAX: usize = 200;

impl Part {
    pub fn n(&self) -> usize {
        self.rows.len() + self.n_more
    }
}

pub(super) fn parts(site: &Site<'_>, at: Index) -> Vec<Part> {
    let artifact = &site.catalog.artifacts[at];
    let mut told: BTreeSet<Index> = [at].into();
    let mut parts = Vec::new();
    let mut add = |title: String, why, far, members: Vec<Index>| {
        let fresh: Vec<Index> = members.into_iter().filter(|one| told.insert(*one)).collect();
        if !fresh.is_empty() {
            let n_more = fresh.len().saturating_sub(ROWS_MAX);
            let rows = fresh.into_iter().take(ROWS_MAX).map(|at| row(site, at)).collect();
            parts.push(Part { title, why, far, rows, n_more });
        }
    };
    let twins = site.routes.kin.same_bytes(artifact).to_vec();
    add("The same elsewhere".to_owned(), "Every file is the same, byte for byte.", true, twins);
    let namesakes = site.routes.kin.same_name(artifact.id.kind, artifact.id.short_name());
    let title = format!("Also called {}", line(artifact.id.short_name()));
    add(title, "Other files under the same name.", true, namesakes.to_vec());
    if let Some(plugin) = plugin_of(site.catalog, artifact).filter(|plugin| *plugin != at) {
        let mut siblings = vec![plugin];
        siblings.extend(&site.routes.links[plugin].members);
        let name = line(site.catalog.artifacts[plugin].label());
        add(format!("In the plugin {name}"), "Installed together with it.", false, siblings);
    }
    add(
        "With the same tags".to_owned(),
        "Those that share most of its tags.",
        true,
        similar(site, at),
    );
    parts
}

/// A plugin's members by kind, in the order of kinds.
#[derive(Serialize)]
pub(super) struct Members {
    kind: KindView,
    rows: Vec<Row>,
}

pub(super) fn members(site: &Site<'_>, at: Index) -> Vec<Members> {
    let members = &site.routes.links[at].members;
    let of = |kind: Kind| {
        let own = members.iter().filter(|at| site.catalog.artifacts[**at].id.kind == kind);
        Members { kind: kind.into(), rows: own.map(|at| row(site, *at)).collect() }
    };
    Kind::ALL.into_iter().map(of).filter(|members| !members.rows.is_empty()).collect()
}

pub(in crate::site::page) fn row(site: &Site<'_>, at: Index) -> Row {
    let artifact = &site.catalog.artifacts[at];
    Row {
        kind: artifact.id.kind.into(),
        label: line(artifact.label()),
        url: site.artifact_url(at),
        plugin: artifact.plugin.as_deref().map(line),
        source: line(&artifact.id.source),
        text: site.routes.summary(site.catalog, at).to_owned(),
    }
}

/// Those that share the most tags, at least two of them, rare ones first among equals.
fn similar(site: &Site<'_>, at: Index) -> Vec<Index> {
    let mut shared: BTreeMap<Index, (usize, usize)> = BTreeMap::new();
    for tag in &site.catalog.artifacts[at].tags {
        let found = site.routes.tags.binary_search_by(|one| one.name.cmp(tag));
        let Ok(found) = found else { continue };
        let members = &site.routes.tags[found].members;
        if members.len() > TAG_MEMBERS_MAX {
            continue;
        }
        for other in members.iter().filter(|other| **other != at) {
            let (n, common) = shared.entry(*other).or_default();
            *n += 1;
            *common += members.len();
        }
    }
    let mut best: Vec<(Index, (usize, usize))> =
        shared.into_iter().filter(|(_, (n, _))| *n > 1).collect();
    best.sort_by_key(|(at, (n, common))| (std::cmp::Reverse(*n), *common, *at));
    best.into_iter().take(SIMILAR_MAX).map(|(at, _)| at).collect()
}
