//! All deployments as a script for the dashboard's own script: pages opened from a folder may not
//! fetch anything else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::table;
use crate::model::deployment::State;
use crate::model::id::Kind;
use crate::site::Site;
use crate::site::page::deployed;
use crate::site::page::frame::line;

/// Lists in place of objects: thirty projects have ten thousand. What is not known is empty, and
/// addresses are as seen from the dashboard.
pub(in crate::site::page) fn script(site: &Site<'_>) -> Vec<u8> {
    let projects = site.catalog.projects.iter().zip(&site.routes.projects);
    let projects: Vec<Value> =
        projects.map(|(state, slug)| json!([line(&state.name), slug])).collect();
    let mut artifacts = Vec::new();
    let mut rows = Vec::new();
    // Few sentences for many rows.
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (number, artifact) in table::artifacts(site).into_iter().enumerate() {
        let named = &artifact.named;
        let kind = place(Kind::ALL.map(Kind::word), named.kind.word);
        artifacts.push(json!([named.label, kind, named.source, named.url]));
        for (project, at) in artifact.places {
            let view = deployed::view(site, project, at);
            let state = place(State::ALL.map(State::word), view.state.word);
            let words = [view.version, view.latest, view.since].map(Option::unwrap_or_default);
            let [version, latest, since] = words;
            let n = reasons.len();
            let reason = *reasons.entry(view.reason).or_insert(n);
            rows.push(json!([
                number,
                project,
                at + 1,
                state,
                version,
                latest,
                since,
                view.profile,
                view.path,
                reason
            ]));
        }
    }
    let mut reasons: Vec<(String, usize)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, at)| *at);
    let reasons: Vec<String> = reasons.into_iter().map(|(reason, _)| reason).collect();
    let data = json!({
        "states": State::ALL.map(State::word),
        "kinds": Kind::ALL.map(Kind::word),
        "reasons": reasons,
        "projects": projects,
        "artifacts": artifacts,
        "rows": rows,
    });
    let data = data.to_string().replace('<', "\\u003c");
    format!("window.skillmeatDeployments = {data};\n").into_bytes()
}

fn place<const N: usize>(all: [&str; N], one: &str) -> Option<usize> {
    all.iter().position(|other| *other == one)
}
