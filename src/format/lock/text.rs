//! [`Lock`] to text.

use std::borrow::Cow;
use std::fmt::Display;

use super::{Lock, LockedArtifact, LockedSource, Seen, VERSION, structure};
use crate::format::scalar;
use crate::model::deployment::{By, Deployment, ProjectState};

const HEADER: &str = "\
# Written by `skillmeat sync`; do not edit. After a merge conflict, run `skillmeat sync` again.
";

/// The whole file: the same lock is always the same bytes.
pub fn write(lock: &Lock) -> String {
    let mut out = format!("{HEADER}version: {VERSION}\n");
    section(&mut out, "sources", lock.sources.len());
    for (name, source) in &lock.sources {
        entry(&mut out, name, &source_fields(source));
    }
    section(&mut out, "artifacts", lock.artifacts.len());
    for (id, artifact) in lock.artifacts.iter() {
        entry(&mut out, &id.to_string(), &artifact_fields(artifact));
    }
    section(&mut out, "structures", lock.structures.len());
    for (name, fields) in structure::shown(&lock.structures) {
        entry(&mut out, &name, &fields);
    }
    section(&mut out, "projects", lock.projects.len());
    for (name, project) in &lock.projects {
        write_project(&mut out, name, project);
    }
    out
}

fn section(out: &mut String, name: &str, length: usize) {
    if length > 0 {
        out.push_str(name);
        out.push_str(":\n");
    }
}

/// `key: value` pairs in the order they are shown.
pub(super) type Shown<'a> = Vec<(&'static str, Cow<'a, str>)>;

fn entry(out: &mut String, name: &str, fields: &Shown<'_>) {
    out.push_str("  ");
    out.push_str(&scalar::key(name));
    out.push_str(": ");
    flow(out, fields);
    out.push('\n');
}

fn flow(out: &mut String, fields: &Shown<'_>) {
    out.push('{');
    for (i, (name, value)) in fields.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_str(name);
        out.push_str(": ");
        out.push_str(value);
    }
    out.push('}');
}

fn source_fields(source: &LockedSource) -> Shown<'_> {
    match source {
        LockedSource::Inside { path } => vec![("path", scalar::value(path))],
        LockedSource::Outside => vec![("outside", "true".into())],
        LockedSource::Store => vec![("store", "true".into())],
        LockedSource::Web { kind, url } => vec![(kind.key(), scalar::quoted(url).into())],
        LockedSource::Git { url, reference, commit, date } => {
            let mut fields = vec![("git", scalar::quoted(url).into())];
            fields.extend(reference.as_deref().map(|name| ("ref", scalar::value(name))));
            fields.push(("commit", scalar::value(commit)));
            fields.extend(plain("date", date.as_ref()));
            fields
        }
    }
}

fn artifact_fields(artifact: &LockedArtifact) -> Shown<'_> {
    let mut fields = vec![("path", scalar::value(&artifact.path))];
    match &artifact.seen {
        Seen::Inside => {}
        Seen::Removed(date) => fields.extend(plain("removed", Some(date))),
        Seen::Pinned { pin, version, added, changed, was } => {
            fields.push(("hash", format!("\"{}\"", pin.hash).into()));
            fields.extend(pin.context.map(|hash| ("context", format!("\"{hash}\"").into())));
            fields.extend(version.as_deref().map(|text| ("version", scalar::quoted(text).into())));
            fields.extend(plain("added", added.as_ref()));
            fields.extend(plain("changed", changed.as_ref()));
            if !was.is_empty() {
                fields.push(("was", list(was)));
            }
        }
    }
    fields
}

fn list(items: &[impl Display]) -> Cow<'static, str> {
    let items: Vec<String> = items.iter().map(|one| scalar::quoted(&one.to_string())).collect();
    format!("[{}]", items.join(", ")).into()
}

/// Dates and words of our own, which need no quotes.
fn plain(
    name: &'static str,
    value: Option<&impl Display>,
) -> Option<(&'static str, Cow<'static, str>)> {
    value.map(|value| (name, value.to_string().into()))
}

/// Each deployment on a line of its own, sorted.
fn write_project(out: &mut String, name: &str, project: &ProjectState) {
    let name = scalar::key(name);
    if project.scanned.is_none() && project.deployments.is_empty() {
        out.push_str(&format!("  {name}: {{}}\n"));
        return;
    }
    out.push_str(&format!("  {name}:\n"));
    if let Some(date) = project.scanned {
        out.push_str(&format!("    scanned: {date}\n"));
    }
    if project.deployments.is_empty() {
        return;
    }
    out.push_str("    deployments:\n");
    let mut deployments: Vec<&Deployment> = project.deployments.iter().collect();
    deployments.sort_by_key(|it| (it.kind, &it.name, &it.profile, &it.path));
    for deployment in deployments {
        out.push_str("      - ");
        flow(out, &deployment_fields(deployment));
        out.push('\n');
    }
}

fn deployment_fields(deployment: &Deployment) -> Shown<'_> {
    let mut fields =
        vec![("kind", deployment.kind.word().into()), ("name", scalar::value(&deployment.name))];
    let id = deployment.id.as_ref().map(|id| scalar::value(&id.to_string()).into_owned());
    fields.extend(id.map(|id| ("id", id.into())));
    fields.push(("profile", scalar::value(&deployment.profile)));
    fields.push(("state", deployment.state.word().into()));
    fields.push(("path", scalar::value(&deployment.path)));
    fields.extend(plain("by", deployment.by.map(By::word).as_ref()));
    if !deployment.links.is_empty() {
        fields.push(("links", list(&deployment.links)));
    }
    fields.extend(plain("deployed_at", deployment.deployed_at.as_ref()));
    fields.extend(deployment.base.as_deref().map(|hash| ("base", scalar::value(hash))));
    fields.extend(deployment.here.as_deref().map(|hash| ("here", scalar::value(hash))));
    fields
}
