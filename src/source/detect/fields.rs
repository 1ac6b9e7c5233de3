//! Front matter, TOML tables and JSON manifests to an artifact's metadata: the keys that mean the
//! same everywhere, however they are spelt.

use serde_json::{Map, Value};

use super::hook;
use crate::format::frontmatter::{self, FrontMatter};
use crate::model::artifact::Artifact;

/// The top-level keys of a TOML table or a JSON object, read as front matter is.
pub(super) fn from_map(map: Map<String, Value>) -> FrontMatter {
    FrontMatter { fields: map.into_iter().collect(), ..FrontMatter::default() }
}

/// Without the keys that `is_hidden` names.
pub(super) fn one_lines(
    fields: &FrontMatter,
    is_hidden: impl Fn(&str) -> bool,
) -> Vec<(String, String)> {
    let shown = fields.fields.iter().filter(|(key, _)| !is_hidden(key));
    shown.map(|(key, value)| (key.clone(), frontmatter::shown(value))).collect()
}

/// Lower case, sorted, without repeats.
fn tags(fields: &FrontMatter, nested: &FrontMatter) -> Vec<String> {
    let lists = [fields, nested]
        .map(|fields| [fields.get_list(&["tags"]), fields.get_list(&["keywords"])].concat());
    let mut tags: Vec<String> = lists.concat().iter().map(|tag| tag.to_lowercase()).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// A person's name, from text or `{name, email, url}`.
fn author(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.get("name").and_then(author),
        Value::Array(items) => {
            let names: Vec<String> = items.iter().filter_map(author).collect();
            (!names.is_empty()).then(|| names.join(", "))
        }
        other => Some(frontmatter::shown(other)).filter(|name| !name.is_empty()),
    }
}

fn address(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.get("url").and_then(address),
        Value::String(text) => Some(super::secret::mask_url(text.trim())),
        _ => None,
    }
}

/// What stands below `metadata`.
fn nested(fields: &FrontMatter) -> FrontMatter {
    match fields.get(&["metadata"]) {
        Some(Value::Object(map)) => from_map(map.clone()),
        _ => FrontMatter::default(),
    }
}

pub(super) fn version(fields: &FrontMatter) -> Option<String> {
    fields.get_text(&["version"]).or_else(|| nested(fields).get_text(&["version"]))
}

/// Fills what is still empty, so that the first of several calls wins. Tags add up.
pub(super) fn apply(artifact: &mut Artifact, fields: &FrontMatter) {
    let nested = nested(fields);
    let either = |key: &str| fields.get_text(&[key]).or_else(|| nested.get_text(&[key]));
    let fill = |slot: &mut Option<String>, value: Option<String>| {
        if slot.is_none() {
            *slot = value;
        }
    };
    if artifact.description.is_empty() {
        artifact.description = fields.get_text(&["description"]).unwrap_or_default();
    }
    fill(&mut artifact.version, version(fields));
    fill(&mut artifact.license, either("license"));
    fill(&mut artifact.category, either("category"));
    let by = |key: &str| fields.get(&[key]).or_else(|| nested.get(&[key]));
    fill(&mut artifact.author, by("author").and_then(author));
    let pages = ["homepage", "website-url", "repository"];
    fill(&mut artifact.homepage, pages.iter().find_map(|key| by(key).and_then(address)));
    artifact.tags.append(&mut tags(fields, &nested));
    artifact.tags.sort_unstable();
    artifact.tags.dedup();
}

/// The name an artifact gives itself, where its id has another.
pub(super) fn title(fields: &FrontMatter, name: &str) -> Option<String> {
    label(fields).filter(|given| given != name)
}

/// The name an artifact gives itself, in one line.
pub(super) fn label(fields: &FrontMatter) -> Option<String> {
    let given = fields.get_text(&["display-name", "name"])?;
    Some(given.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What front matter lets an artifact do.
pub(super) fn capabilities(artifact: &mut Artifact, fields: &FrontMatter) {
    artifact.can.tools = fields.get_list(&["allowed-tools", "tools"]);
    artifact.can.model = fields.get_text(&["model"]);
    artifact.can.argument_hint = fields.get_text(&["argument-hint"]);
    artifact.can.hooks = fields.get(&["hooks"]).map(hook::actions).unwrap_or_default();
}
