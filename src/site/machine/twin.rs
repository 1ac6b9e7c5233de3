//! Markdown beside pages: an artifact's document below what is known of it, and lists of artifacts.
//!
//! What an agent reads in the place of a page. The front matter is ours, as the JSON has it; that
//! of the document itself is in it under `fields`, as far as it says more. Secrets are masked as in the raw files.

use super::link::{Links, line, markdown};
use crate::catalog::{Index, ResolvedCollection};
use crate::error::Result;
use crate::format::redact;
use crate::format::{frontmatter, scalar};
use crate::model::artifact::{Artifact, File};
use crate::site::Site;
use crate::site::data::Api;
use crate::site::files;
use crate::site::page::{self, List};
use crate::words;

/// Artifacts in one file; more are split.
pub(super) const ROWS_MAX: usize = 500;
/// Of a description in a list.
const ABOUT_MAX: usize = 220;

pub(super) fn n_parts(rows: usize) -> usize {
    rows.div_ceil(ROWS_MAX).max(1)
}

/// The document of an artifact.
pub(super) fn artifact(site: &Site<'_>, path: &str, at: Index) -> Result<String> {
    let artifact = &site.catalog.artifacts[at];
    let links = Links::new(site, path);
    let mut out = String::from("---\n");
    facts(site, &links, at, artifact, &mut out);
    out.push_str("---\n\n");
    let is_it = |file: &File| files::is_document(artifact, file);
    let Some(place) = artifact.files.iter().position(is_it) else {
        out.push_str(&format!("# {}\n", markdown(artifact.label())));
        let description = artifact.description.trim();
        if !description.is_empty() {
            out.push_str(&format!("\n{}\n", markdown(description)));
        }
        return Ok(out);
    };
    let file = &artifact.files[place];
    if site.routes.links[at].raw[place].is_none() {
        out.push_str("The document is too large to be published.\n");
        return Ok(out);
    }
    let text = page::published(site, at, place)?.bytes;
    let text = String::from_utf8_lossy(&text);
    if file.path.ends_with(".json") {
        let fence = fence(&text);
        out.push_str(&format!("{fence}json\n{}\n{fence}\n", text.trim_end()));
    } else {
        let body = text.get(frontmatter::read(&file.path, &text).body..).unwrap_or_default();
        out.push_str(body.trim_matches(['\r', '\n']));
        out.push('\n');
    }
    Ok(out)
}

/// The front matter, one fact a line; what is not known has none.
fn facts(site: &Site<'_>, links: &Links<'_>, at: Index, artifact: &Artifact, out: &mut String) {
    let source = site.catalog.source(&artifact.id.source);
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string());
    let facts = [
        ("id", Some(artifact.id.to_string())),
        ("kind", Some(artifact.id.kind.to_string())),
        ("name", Some(artifact.id.short_name().to_owned())),
        ("source", Some(artifact.id.source.clone())),
        ("plugin", artifact.plugin.clone()),
        ("title", artifact.title.clone()),
        ("description", Some(artifact.description.clone()).filter(|text| !text.is_empty())),
        ("version", artifact.version.clone()),
        ("license", artifact.license.clone()),
        ("author", artifact.author.clone()),
        ("homepage", artifact.homepage.as_deref().map(redact::url)),
        ("address", artifact.can.external.as_ref().map(|external| redact::url(&external.url))),
        ("hash", Some(artifact.hash.to_string())),
        ("commit", source.and_then(|state| state.commit.clone())),
        ("added", date(artifact.added)),
        ("changed", date(artifact.changed)),
        ("url", Some(links.to(&site.artifact_url(at)))),
        ("json", Some(links.to(&site.routes.api_path(site.catalog, Api::Artifact(at))))),
    ];
    for (key, value) in facts {
        if let Some(value) = value {
            out.push_str(&format!("{key}: {}\n", scalar::value(&value)));
        }
    }
    if !artifact.tags.is_empty() {
        let tags: Vec<_> = artifact.tags.iter().map(|tag| scalar::value(tag)).collect();
        out.push_str(&format!("tags: [{}]\n", tags.join(", ")));
    }
    if !artifact.files.is_empty() {
        out.push_str("files:\n");
    }
    for (file, name) in artifact.files.iter().zip(&site.routes.links[at].raw) {
        let raw =
            name.as_ref().map(|name| links.to(&format!("{}raw/{name}", site.artifact_url(at))));
        let raw = raw.map(|raw| format!(", raw: {}", scalar::value(&raw))).unwrap_or_default();
        let path = scalar::value(&file.path);
        out.push_str(&format!("  - {{path: {path}, size: {}{raw}}}\n", file.size));
    }
    // What the document says besides: the rest stands above already.
    let said = ["name", "description", "version", "license", "author", "homepage", "tags"];
    let besides = artifact.fields.iter().filter(|(key, _)| !said.contains(&key.as_str()));
    let mut heading = "fields:\n";
    for (key, value) in besides {
        let value = redact::field(key, value);
        let (key, value) = (scalar::key(key), scalar::value(&value));
        out.push_str(&format!("{heading}  {key}: {value}\n"));
        heading = "";
    }
}

/// A fence that no line of the text closes.
fn fence(text: &str) -> String {
    let ticks = |line: &str| line.trim_start().bytes().take_while(|byte| *byte == b'`').count();
    "`".repeat(text.lines().map(ticks).max().unwrap_or(0).max(2) + 1)
}

/// What a part of a list shows: an artifact below its heading.
pub(super) type Row = (Option<usize>, Index);

/// The members of a collection by its groups, those of none last. One that is in two groups stands
/// in both.
pub(super) fn collection_rows(collection: &ResolvedCollection) -> Vec<Row> {
    let groups = collection.groups.iter().enumerate();
    let grouped =
        groups.flat_map(|(at, group)| group.members.iter().map(move |row| (Some(at), *row)));
    grouped.chain(collection.ungrouped.iter().map(|row| (None, *row))).collect()
}

/// The artifacts of a collection or of a kind.
pub(super) fn list(site: &Site<'_>, path: &str, list: List, part: usize) -> String {
    let links = Links::new(site, path);
    let (title, description, rows) = match list {
        List::Collection(at) => {
            let collection = &site.catalog.collections[at];
            let definition = &collection.definition;
            let rows = collection_rows(collection);
            (line(&definition.title), line(&definition.description), rows)
        }
        List::Kind(kind) => {
            let rows = site.members(list).into_iter().map(|at| (None, at)).collect();
            (words::plural(kind.label()), String::new(), rows)
        }
        _ => (String::new(), String::new(), Vec::new()),
    };
    let mut out = format!("# {}\n", markdown(&title));
    if !description.is_empty() {
        out.push_str(&format!("\n{}\n", markdown(&description)));
    }
    let n_parts = n_parts(rows.len());
    if n_parts > 1 {
        let url = |part: usize| {
            links.to(&super::path(site.catalog, site.routes, super::Machine::List(list, part)))
        };
        out.push_str(&format!("\nPart {part} of {n_parts}."));
        if part < n_parts {
            out.push_str(&format!(" [Next part]({})", url(part + 1)));
        }
        out.push('\n');
    }
    let mut heading = None;
    for (group, at) in rows.into_iter().skip((part - 1) * ROWS_MAX).take(ROWS_MAX) {
        if heading != Some(group) {
            out.push_str(&section(site, list, group));
            heading = Some(group);
        }
        out.push_str(&row(site, &links, at));
    }
    out
}

/// The heading of a group, where the list has groups.
fn section(site: &Site<'_>, list: List, group: Option<usize>) -> String {
    let List::Collection(at) = list else { return "\n".to_owned() };
    let groups = &site.catalog.collections[at].groups;
    match group.map(|group| markdown(&groups[group].definition.title)) {
        Some(title) => format!("\n## {title}\n\n"),
        None if groups.is_empty() => "\n".to_owned(),
        None => "\n## Ungrouped\n\n".to_owned(),
    }
}

/// An artifact as a line of a list.
pub(super) fn row(site: &Site<'_>, links: &Links<'_>, at: Index) -> String {
    let artifact = &site.catalog.artifacts[at];
    let url = links.to(&format!("{}index.md", site.artifact_url(at)));
    let about = markdown(site.routes.summary(site.catalog, at));
    let about = if about.is_empty() { String::new() } else { format!(": {about}") };
    format!("- [{}]({url}){about}\n", markdown(&artifact.id.to_string()))
}

/// The first words of a description, as Markdown.
pub(super) fn short(text: &str) -> String {
    markdown(&crate::format::markdown::summary(text, ABOUT_MAX))
}
