//! What stands near an artifact: the members of its plugin, the same bytes or the same name
//! elsewhere, and what shares its tags.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::Index;
use crate::model::id::Kind;
use crate::site::Site;
use crate::site::page::card::KindView;
use crate::site::page::facts;
use crate::site::page::frame::line;
use crate::site::routes::plugin_of;

#[derive(Default, Serialize)]
pub(super) struct Part {
    title: String,
    why: &'static str,
    /// They are from several sources, which are named.
    far: bool,
    rows: Vec<Row>,
    n_more: usize,
    /// Where all of them are.
    more_url: Option<String>,
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
const ROWS_MAX: usize = 12;
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
    let (kin, name) = (&site.routes.kin, artifact.id.short_name());
    let twins = Part {
        title: "The same elsewhere".to_owned(),
        why: "Every file is the same, byte for byte.",
        far: true,
        ..Part::default()
    };
    let namesakes = Part {
        title: format!("Also called {}", line(name)),
        why: "Other files under the same name.",
        far: true,
        more_url: Some(format!("search/?q={}", facts::percent(name))),
        ..Part::default()
    };
    let mut found = vec![
        (twins, kin.same_bytes(artifact).to_vec()),
        (namesakes, kin.same_name(artifact.id.kind, name).to_vec()),
    ];
    if let Some(plugin) = plugin_of(site.catalog, artifact).filter(|plugin| *plugin != at) {
        let mut siblings = vec![plugin];
        siblings.extend(&site.routes.links[plugin].members);
        let part = Part {
            title: format!("In the plugin {}", line(site.catalog.artifacts[plugin].label())),
            why: "Installed together with it.",
            more_url: Some(format!("{}#members", site.artifact_url(plugin))),
            ..Part::default()
        };
        found.push((part, siblings));
    }
    let tagged = Part {
        title: "With the same tags".to_owned(),
        why: "Those that share most of its tags.",
        far: true,
        ..Part::default()
    };
    found.push((tagged, similar(site, at)));
    filled(site, at, found)
}

/// Each artifact where it is named first; what has none is left out.
fn filled(site: &Site<'_>, at: Index, found: Vec<(Part, Vec<Index>)>) -> Vec<Part> {
    let mut told: BTreeSet<Index> = [at].into();
    let mut parts = Vec::new();
    for (part, members) in found {
        let fresh: Vec<Index> = members.into_iter().filter(|one| told.insert(*one)).collect();
        if fresh.is_empty() {
            continue;
        }
        let n_more = fresh.len().saturating_sub(ROWS_MAX);
        let rows = fresh.iter().take(ROWS_MAX).map(|at| row(site, *at)).collect();
        parts.push(Part { rows, n_more, ..part });
    }
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
