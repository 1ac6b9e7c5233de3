//! What is deployed where, as JSON for programs and as CSV for tables.
//!
//! CSV as RFC 4180 has it; a cell that a spreadsheet would take for a formula starts with an
//! apostrophe.

use rayon::prelude::*;
use serde_json::{Value, json};

use super::SCHEMA;
use crate::model::deployment::Deployment;
use crate::site::Site;

pub(super) fn list(site: &Site<'_>) -> Value {
    let all = (0..site.catalog.projects.len()).into_par_iter();
    let projects: Vec<Value> = all.map(|at| project(site, at)).collect();
    json!({"schema": SCHEMA, "projects": projects})
}

/// One project alone.
pub(super) fn one(site: &Site<'_>, at: usize) -> Value {
    let mut value = json!({"schema": SCHEMA});
    if let (Value::Object(value), Value::Object(project)) = (&mut value, project(site, at)) {
        value.extend(project);
    }
    value
}

fn project(site: &Site<'_>, at: usize) -> Value {
    let project = &site.catalog.projects[at];
    let deployments: Vec<Value> =
        project.deployments.iter().map(|one| deployment(site, one)).collect();
    json!({
        "name": project.name,
        "url": site.routes.project_url(at),
        "scanned": project.scanned.map(|date| date.to_string()),
        "deployments": deployments,
    })
}

fn deployment(site: &Site<'_>, one: &Deployment) -> Value {
    let found = one.id.as_ref().and_then(|id| site.catalog.find(id));
    json!({
        "kind": one.kind,
        "name": one.name,
        "id": one.id.as_ref().map(ToString::to_string),
        "source": one.id.as_ref().map(|id| &id.source),
        "url": found.map(|at| site.artifact_url(at)),
        "profile": one.profile,
        "state": one.state.word(),
        "path": one.path,
        "deployed_at": one.deployed_at.map(|date| date.to_string()),
        "deployed_version": site.catalog.deployed_version(one),
        "latest_version": site.catalog.latest_version(one),
        "base": one.base,
        "here": one.here,
    })
}

const COLUMNS: [&str; 13] = [
    "project",
    "kind",
    "name",
    "id",
    "source",
    "state",
    "deployed_version",
    "latest_version",
    "deployed_at",
    "profile",
    "path",
    "base",
    "here",
];

/// The deployments of one project, or of all, each a line.
pub(super) fn csv(site: &Site<'_>, project: Option<usize>) -> Vec<u8> {
    let mut out = line(COLUMNS.map(str::to_owned));
    for (at, state) in site.catalog.projects.iter().enumerate() {
        if project.is_some_and(|wanted| wanted != at) {
            continue;
        }
        for one in &state.deployments {
            let id = one.id.as_ref();
            let text = |words: Option<&str>| words.unwrap_or_default().to_owned();
            out += &line([
                state.name.clone(),
                one.kind.to_string(),
                one.name.clone(),
                id.map(ToString::to_string).unwrap_or_default(),
                text(id.map(|id| id.source.as_str())),
                one.state.to_string(),
                text(site.catalog.deployed_version(one)),
                text(site.catalog.latest_version(one)),
                one.deployed_at.map(|date| date.to_string()).unwrap_or_default(),
                one.profile.clone(),
                one.path.clone(),
                text(one.base.as_deref()),
                text(one.here.as_deref()),
            ]);
        }
    }
    out.into_bytes()
}

fn line(cells: [String; COLUMNS.len()]) -> String {
    cells.map(|text| cell(&text)).join(",") + "\r\n"
}

fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_never_a_formula() {
        for (text, wanted) in [
            ("", ""),
            ("pdf", "pdf"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\""),
            ("1=1", "1=1"),
        ] {
            assert_eq!(cell(text), wanted, "{text}");
        }
    }
}
