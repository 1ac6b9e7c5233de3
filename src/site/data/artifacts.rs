//! Artifacts as JSON: the list with what lists need, and each one with its files.

use std::ops::Range;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::{PART_MAX, SCHEMA, problem};
use crate::catalog::{Catalog, Index};
use crate::error::Result;
use crate::format::redact;
use crate::model::artifact::{Artifact, File, Server};
use crate::model::hash::ContentHash;
use crate::model::history::{History, KeptBy, Touched, Version};
use crate::site::Site;
use crate::site::page::List;

/// All artifacts for part 0, else that part of them.
pub(super) fn list(site: &Site<'_>, part: usize) -> Value {
    let n = site.catalog.artifacts.len();
    let range = match part {
        0 => 0..n,
        part => (part - 1) * PART_MAX..n.min(part * PART_MAX),
    };
    let artifacts: Vec<Value> = range.map(|at| summary(site, at)).collect();
    json!({"schema": SCHEMA, "artifacts": artifacts})
}

pub(super) fn one(site: &Site<'_>, at: Index) -> Result<Value> {
    let artifact = &site.catalog.artifacts[at];
    let mut value = summary(site, at);
    let files = (0..artifact.files.len())
        .map(|place| file(site, at, artifact, place))
        .collect::<Result<Vec<_>>>()?;
    let can = &artifact.can;
    let hooks = can.hooks.iter().map(|hook| {
        json!({"event": hook.event, "matcher": hook.matcher, "type": hook.kind,
            "action": redact::urls(&hook.action)})
    });
    let more = json!({
        "schema": SCHEMA,
        "homepage": artifact.homepage.as_deref().map(redact::url),
        "document": artifact.document,
        "aliases": artifact.aliases,
        "files": files,
        "members": site.routes.links[at].members.iter().map(|at| id(site, *at)).collect::<Vec<_>>(),
        "tools": can.tools,
        "model": can.model,
        "argument_hint": can.argument_hint,
        "hooks": hooks.collect::<Vec<_>>(),
        "server": can.server.as_ref().map(server),
        "external": external(artifact),
        "problems": artifact.problems.iter().map(problem).collect::<Vec<_>>(),
        "history": site.contents.history(artifact)?.as_ref().map(history),
    });
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    Ok(value)
}

/// The versions it had, the newest first, without the lines that differ.
fn history(history: &History) -> Value {
    let file = |file: &Touched| json!({"path": file.path, "from": file.from, "how": file.how});
    let version = |version: &Version| {
        json!({
            "commit": version.commit,
            "date": version.date.map(|date| date.to_string()),
            "subject": version.subject,
            "version": version.version,
            "version_before": version.before,
            "files": version.files.iter().map(file).collect::<Vec<_>>(),
            "more_files": version.n_more,
        })
    };
    json!({
        "kept_by": match &history.kept_by {
            KeptBy::Commits => "commits",
            KeptBy::Syncs => "syncs",
            KeptBy::Repository(_) => "repository",
        },
        "versions": history.versions.iter().map(version).collect::<Vec<_>>(),
        "more": history.has_more,
    })
}

pub(super) fn id(site: &Site<'_>, at: Index) -> String {
    site.catalog.artifacts[at].id.to_string()
}

/// What lists need; `problems` is how many.
fn summary(site: &Site<'_>, at: Index) -> Value {
    let artifact = &site.catalog.artifacts[at];
    let collections: Vec<&String> =
        site.catalog.memberships[at].iter().map(|at| &site.routes.collections[*at]).collect();
    let groups: Vec<String> = site.routes.held[at]
        .iter()
        .map(|(at, group)| {
            format!("{}/{}", site.routes.collections[*at], site.routes.groups[*at][*group])
        })
        .collect();
    let mut value = json!({
        "id": artifact.id.to_string(),
        "kind": artifact.id.kind,
        "source": artifact.id.source,
        "name": artifact.id.short_name(),
        "plugin": artifact.plugin,
        "title": artifact.title,
        "description": artifact.description,
        "version": artifact.version,
        "license": artifact.license,
        "author": artifact.author,
        "tags": artifact.tags,
        "category": artifact.category,
        "path": artifact.path,
        "hash": artifact.hash.to_string(),
        "added": artifact.added.map(|date| date.to_string()),
        "changed": artifact.changed.map(|date| date.to_string()),
        "url": site.artifact_url(at),
        "collections": collections,
        "groups": groups,
        "problems": artifact.problems.len(),
    });
    if let Some(external) = external(artifact) {
        value["external"] = external;
    }
    value
}

/// Where an artifact without files lives.
fn external(artifact: &Artifact) -> Option<Value> {
    let external = artifact.can.external.as_ref()?;
    let url = redact::url(&external.url);
    Some(json!({"url": url, "path": external.path, "at": external.at}))
}

/// Artifacts whose files are listed together: so many, and so many files unless one has more.
const LISTED_MAX: usize = 20_000;

/// Which artifacts each part of the list of files has.
pub(super) fn file_parts(catalog: &Catalog) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut n) = (0, 0);
    for (at, artifact) in catalog.artifacts.iter().enumerate() {
        // One for itself: also what has no files takes a line.
        let own = artifact.files.len() + 1;
        if n + own > LISTED_MAX && at > start {
            parts.push(start..at);
            (start, n) = (at, 0);
        }
        n += own;
    }
    parts.push(start..catalog.artifacts.len());
    parts
}

/// The files of all artifacts, or of a part of them: what another catalog needs to know which of
/// their contents it lacks.
pub(super) fn files(site: &Site<'_>, part: usize) -> Result<Value> {
    let parts = file_parts(site.catalog);
    let range = parts.get(part.saturating_sub(1)).cloned().unwrap_or_default();
    let one = |at: Index| {
        let artifact = &site.catalog.artifacts[at];
        let files = (0..artifact.files.len()).map(|place| file(site, at, artifact, place));
        let files = files.collect::<Result<Vec<_>>>()?;
        Ok(json!({"id": artifact.id.to_string(), "files": files}))
    };
    let artifacts = range.into_par_iter().map(one).collect::<Result<Vec<_>>>()?;
    Ok(json!({"schema": SCHEMA, "artifacts": artifacts}))
}

/// A file with its own hash; one whose secrets were masked has the hash of what is published too.
fn file(site: &Site<'_>, at: Index, artifact: &Artifact, place: usize) -> Result<Value> {
    let file: &File = &artifact.files[place];
    let raw = site.routes.links[at].raw[place].as_ref();
    let mut value = json!({
        "path": file.path,
        "size": file.size,
        "hash": file.hash.to_string(),
        "executable": file.executable,
        "raw": raw.map(|name| format!("{}raw/{name}", site.artifact_url(at))),
    });
    if raw.is_some() && redact::applies(&file.path) {
        let published = crate::site::page::published(site, at, place)?;
        if published.redacted {
            value["redacted"] = Value::from(true);
            let hash = ContentHash::of(&published.bytes).to_string();
            value["published_hash"] = Value::from(hash);
            value["published_size"] = Value::from(published.bytes.len());
        }
    }
    Ok(value)
}

fn server(server: &Server) -> Value {
    json!({
        "transport": server.transport,
        "command": server.command,
        "args": server.args.iter().map(|arg| redact::urls(arg)).collect::<Vec<_>>(),
        "url": server.url.as_deref().map(redact::url),
        "env": server.env,
        "headers": server.headers,
    })
}

/// Ids in their order.
pub(super) fn ids(site: &Site<'_>, list: List) -> Vec<String> {
    site.members(list).into_iter().map(|at| id(site, at)).collect()
}
