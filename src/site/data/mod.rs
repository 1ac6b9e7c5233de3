//! The JSON of a site, below `api/v1/`, what the browser searches, and the one script that tells
//! when sources were read.
//!
//! Static files, so that any built site can be the source of another catalog. Shapes are versioned
//! by `schema` and only grow. Addresses in them are relative to the root of the site.

mod artifacts;
mod collections;
mod deployments;
pub mod find;
pub mod live;
mod openapi;
pub mod shapes;
#[cfg(test)]
pub(in crate::site) mod tests;

use serde::Serialize;
use serde_json::{Value, json};

use super::Site;
use crate::catalog::{Catalog, Index};
use crate::error::{Problem, Result};
use crate::format::redact;
use crate::model::source::SITE_SCHEMA as SCHEMA;
use crate::words;
pub(in crate::site) use openapi::{live_shapes, routes};

/// Artifacts in one file at most; more are split.
const PART_MAX: usize = 5_000;

/// Which JSON file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Api {
    Index,
    /// All of them; a part of them, counted from 1, where they are too many for one file.
    Artifacts(usize),
    Artifact(Index),
    /// The files of all artifacts, in parts likewise.
    Files(usize),
    Collections,
    Collection(usize),
    Deployments,
    /// The same as a table.
    DeploymentsCsv,
    Project(usize),
    ProjectCsv(usize),
    Sources,
    /// What all of these are.
    Description,
}

/// Every file below `api/v1/` but those of single artifacts.
pub(super) fn all(catalog: &Catalog) -> Vec<Api> {
    let mut all = vec![Api::Index, Api::Collections, Api::Deployments, Api::DeploymentsCsv];
    all.extend([Api::Sources, Api::Description]);
    for at in 0..catalog.projects.len() {
        all.extend([Api::Project(at), Api::ProjectCsv(at)]);
    }
    all.extend(parts(catalog));
    all.extend(file_parts(catalog));
    all.extend((0..catalog.collections.len()).map(Api::Collection));
    all
}

fn parts(catalog: &Catalog) -> Vec<Api> {
    match catalog.artifacts.len() {
        n if n <= PART_MAX => vec![Api::Artifacts(0)],
        n => (1..=n.div_ceil(PART_MAX)).map(Api::Artifacts).collect(),
    }
}

fn file_parts(catalog: &Catalog) -> Vec<Api> {
    match artifacts::file_parts(catalog).len() {
        1 => vec![Api::Files(0)],
        n => (1..=n).map(Api::Files).collect(),
    }
}

pub(super) fn render(site: &Site<'_>, api: Api) -> Result<Vec<u8>> {
    let value = match api {
        Api::Index => index(site),
        Api::Artifacts(part) => artifacts::list(site, part),
        Api::Artifact(at) => artifacts::one(site, at)?,
        // The longest of them, and for programs alone.
        Api::Files(part) => return Ok(format!("{}\n", artifacts::files(site, part)?).into_bytes()),
        Api::Collections => collections::list(site),
        Api::Collection(at) => collections::one(site, at),
        Api::Deployments => deployments::list(site),
        Api::DeploymentsCsv => return Ok(deployments::csv(site, None)),
        Api::Project(at) => deployments::one(site, at),
        Api::ProjectCsv(at) => return Ok(deployments::csv(site, Some(at))),
        Api::Sources => sources(site),
        Api::Description => openapi::document(site),
    };
    Ok(text(&value).into_bytes())
}

fn text(value: &impl Serialize) -> String {
    // Maps with text keys, text and numbers: nothing in them can fail.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn index(site: &Site<'_>) -> Value {
    let catalog = site.catalog;
    let path = |api| site.routes.api_path(catalog, api);
    let kinds: serde_json::Map<String, Value> = site
        .routes
        .kinds
        .iter()
        .map(|(kind, members)| (kind.to_string(), Value::from(members.len())))
        .collect();
    let mut index = json!({
        "schema": SCHEMA,
        "title": catalog.site.title,
        "description": catalog.site.description,
        "counts": {
            "artifacts": catalog.artifacts.len(),
            "collections": catalog.collections.len(),
            "sources": catalog.sources.len(),
            "projects": catalog.projects.len(),
            "kinds": kinds,
        },
        "links": {
            "artifacts": parts(catalog).into_iter().map(path).collect::<Vec<_>>(),
            "files": file_parts(catalog).into_iter().map(path).collect::<Vec<_>>(),
            "collections": path(Api::Collections),
            "deployments": path(Api::Deployments),
            "deployments_csv": path(Api::DeploymentsCsv),
            "sources": path(Api::Sources),
            "openapi": path(Api::Description),
            "llms": "llms.txt",
        },
    });
    if !site.options.offline_copy {
        index["links"]["feed"] = "feed.json".into();
    }
    index
}

fn sources(site: &Site<'_>) -> Value {
    let source = |at: usize| {
        let state = &site.catalog.sources[at];
        json!({
            "name": state.source.name,
            "url": site.list_url(super::page::List::Source(at)),
            "address": redact::urls(&state.address),
            "web": state.web.as_deref().map(redact::url),
            "commit": state.commit,
            "commit_date": state.commit_date.map(|date| date.to_string()),
            "inside": state.inside,
            "artifacts": site.routes.source_members[at].len(),
            "problems": state.problems.iter().map(problem).collect::<Vec<_>>(),
        })
    };
    let sources: Vec<Value> = (0..site.catalog.sources.len()).map(source).collect();
    json!({"schema": SCHEMA, "sources": sources})
}

fn problem(problem: &Problem) -> Value {
    json!({
        "code": problem.code,
        "severity": problem.severity,
        "file": problem.place.as_ref().map(|place| &place.file),
        "line": problem.place.as_ref().map(|place| place.line).filter(|line| *line > 0),
        "column": problem.place.as_ref().map(|place| place.column).filter(|column| *column > 0),
        "message": problem.message,
        "help": problem.help,
    })
}

/// When each source elsewhere was read, in seconds since 1970, as a script, because pages opened
/// from a folder may not fetch. `null`: only by what the lock names, which tells no time. And of
/// those that could not be read when it was last tried, when that was and why.
pub(super) fn status_js(site: &Site<'_>) -> Vec<u8> {
    let read: serde_json::Map<String, Value> = site
        .catalog
        .sources
        .iter()
        .filter(|state| !state.inside)
        .map(|state| {
            let second = state.synced_at.map(|at| at.as_second());
            (state.source.name.clone(), Value::from(second))
        })
        .collect();
    let failed = site.catalog.sources.iter().filter_map(|state| {
        let failure = state.failed.as_ref()?;
        let why = words::visible(&redact::message(&failure.why).replace('`', ""));
        Some((state.source.name.clone(), json!([failure.at.as_second(), why])))
    });
    let failed: serde_json::Map<String, Value> = failed.collect();
    let stale_after = site.options.stale_after.as_secs();
    let status = json!({"stale_after": stale_after, "sources": read, "failed": failed});
    // In a script, `<` could end it where a page has it inline; here it is only tidy.
    let status = status.to_string().replace('<', "\\u003c");
    format!("window.skillmeatStatus = {status};\n").into_bytes()
}
