//! Front matter, TOML tables and JSON manifests to an artifact's metadata: the keys that mean the
//! same everywhere, however they are spelt.

use serde_json::{Map, Value};

use super::hook;
use crate::model::artifact::Artifact;

/// Top-level keys with their values, in order.
pub(super) type Fields = [(String, Value)];

pub(super) fn from_map(map: &Map<String, Value>) -> Vec<(String, Value)> {
    map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// `argumentHint`, `argument_hint` and `argument-hint` are one key.
fn same_key(written: &str, key: &str) -> bool {
    let spell = |text: &str| -> String {
        text.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
    };
    spell(written) == spell(key)
}

/// The value of a key, given in kebab case.
pub(super) fn get<'a>(fields: &'a Fields, key: &str) -> Option<&'a Value> {
    fields
        .iter()
        .find(|(written, _)| same_key(written, key))
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}

/// A value as text, trimmed; nothing when it is empty.
pub(super) fn text(fields: &Fields, key: &str) -> Option<String> {
    get(fields, key).map(plain).filter(|text| !text.is_empty())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        other => one_line(other),
    }
}

/// A value as it is shown in one line: lists joined by `, `, maps as compact JSON.
pub(super) fn one_line(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(items) if !items.iter().any(|item| item.is_array() || item.is_object()) => {
            items.iter().map(one_line).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

pub(super) fn one_lines(fields: &Fields) -> Vec<(String, String)> {
    fields.iter().map(|(key, value)| (key.clone(), one_line(value))).collect()
}

/// Tools as a list, or as text with commas or spaces between them; `Bash(git add:*)` is one.
pub(super) fn list(value: &Value) -> Vec<String> {
    let text = match value {
        Value::Array(items) => return items.iter().map(plain).filter(|t| !t.is_empty()).collect(),
        Value::Object(map) => return map.keys().cloned().collect(),
        other => plain(other),
    };
    let commas = split_outside_brackets(&text, |c| c == ',');
    if commas.len() > 1 { commas } else { split_outside_brackets(&text, char::is_whitespace) }
}

fn split_outside_brackets(text: &str, is_end: impl Fn(char) -> bool) -> Vec<String> {
    let mut depth = 0usize;
    let mut parts = vec![String::new()];
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && is_end(c) {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Lower case, sorted, without repeats.
fn tags(fields: &Fields, nested: &Fields) -> Vec<String> {
    let mut tags: Vec<String> = [fields, nested]
        .into_iter()
        .flat_map(|fields| [get(fields, "tags"), get(fields, "keywords")])
        .flatten()
        .flat_map(|value| match value {
            // A tag may be of several words, so text is divided at commas where it has them.
            Value::String(text) if text.contains(',') => {
                text.split(',').map(|tag| tag.trim().to_owned()).collect()
            }
            other => list(other),
        })
        .map(|tag| tag.to_lowercase())
        .filter(|tag| !tag.is_empty())
        .collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// A person's name, from text or `{name, email, url}`.
fn author(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.get("name").map(plain).filter(|name| !name.is_empty()),
        Value::Array(items) => {
            let names: Vec<String> = items.iter().filter_map(author).collect();
            (!names.is_empty()).then(|| names.join(", "))
        }
        other => Some(plain(other)).filter(|name| !name.is_empty()),
    }
}

fn address(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.get("url").and_then(address),
        Value::String(text) => Some(super::secret::mask_url(text.trim())),
        _ => None,
    }
}

/// Fills what is still empty, so that the first of several calls wins. Tags add up.
pub(super) fn apply(artifact: &mut Artifact, fields: &Fields) {
    let nested = match get(fields, "metadata") {
        Some(Value::Object(map)) => from_map(map),
        _ => Vec::new(),
    };
    let either = |key: &str| text(fields, key).or_else(|| text(&nested, key));
    let fill = |slot: &mut Option<String>, value: Option<String>| {
        if slot.is_none() {
            *slot = value;
        }
    };
    if artifact.description.is_empty() {
        artifact.description = text(fields, "description").unwrap_or_default();
    }
    fill(&mut artifact.version, either("version"));
    fill(&mut artifact.license, either("license"));
    fill(&mut artifact.category, either("category"));
    let by = |key: &str| get(fields, key).or_else(|| get(&nested, key));
    fill(&mut artifact.author, by("author").and_then(author));
    let pages = ["homepage", "website-url", "repository"];
    fill(&mut artifact.homepage, pages.iter().find_map(|key| by(key).and_then(address)));
    artifact.tags.append(&mut tags(fields, &nested));
    artifact.tags.sort_unstable();
    artifact.tags.dedup();
}

/// The name an artifact gives itself, where its id has another.
pub(super) fn title(fields: &Fields, name: &str) -> Option<String> {
    let given = text(fields, "display-name").or_else(|| text(fields, "name"))?;
    let given = given.split_whitespace().collect::<Vec<_>>().join(" ");
    (given != name).then_some(given)
}

/// What front matter lets an artifact do.
pub(super) fn capabilities(artifact: &mut Artifact, fields: &Fields) {
    let tools = ["allowed-tools", "tools"].iter().find_map(|key| get(fields, key));
    artifact.can.tools = tools.map(list).unwrap_or_default();
    artifact.can.model = text(fields, "model");
    artifact.can.argument_hint = get(fields, "argument-hint").map(|value| match value {
        // YAML takes `[file]` for a list.
        Value::Array(_) => format!("[{}]", one_line(value)),
        other => one_line(other),
    });
    artifact.can.hooks = get(fields, "hooks").map(hook::actions).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tools_are_divided_by_commas_or_spaces_but_not_inside_brackets() {
        let tools = |value: Value| list(&value);
        assert_eq!(tools(json!("Bash(git add:*), Read")), ["Bash(git add:*)", "Read"]);
        assert_eq!(tools(json!("Bash(git add:*) Read")), ["Bash(git add:*)", "Read"]);
        assert_eq!(tools(json!(["Read", "mcp__x"])), ["Read", "mcp__x"]);
    }

    #[test]
    fn one_key_has_many_spellings() {
        let fields = vec![("allowedTools".to_owned(), json!("Read"))];
        assert_eq!(get(&fields, "allowed-tools"), Some(&json!("Read")));
    }
}
