//! MCP servers in the files of agents, JSON or TOML: text to entries by name, and an entry put into
//! a text or taken out of it.

use serde_json::{Value, json};

use super::json::{Member, Node};
use super::{is_blank, only, read, splice, tables, unreadable};
use crate::error::Result;
use crate::model::profile::ServerFile;

/// Where servers stand in files that were written for another agent.
const WRAPPERS: [&str; 4] = ["mcpServers", "servers", "mcp_servers", "mcp"];

/// The servers of a file by name, in the order they stand.
pub fn servers(file: &str, format: ServerFile, text: &str) -> Result<Vec<(String, Value)>> {
    if is_blank(text) {
        return Ok(Vec::new());
    }
    let ServerFile::Json(wrapper) = format else { return tables::servers(file, text) };
    let root = read(file, text)?;
    let Some(members) = root.members() else {
        return Err(unreadable(file, text, root.span.start, "it is no map"));
    };
    let named = root.get(wrapper).and_then(Node::members);
    let members = named.or_else(|| foreign(&root, members)).unwrap_or_default();
    let mut all: Vec<(String, Value)> = Vec::new();
    for Member { key, node, .. } in members {
        match all.iter_mut().find(|(name, _)| name == key) {
            Some((_, value)) => *value = node.value(),
            None => all.push((key.clone(), node.value())),
        }
    }
    Ok(all)
}

/// Below the key of another agent, or below none; where all look like servers.
fn foreign<'a>(root: &'a Node, bare: &'a [Member]) -> Option<&'a [Member]> {
    let wrapped = WRAPPERS.iter().find_map(|key| root.get(key)?.members());
    let members = wrapped.unwrap_or(bare);
    members.iter().all(|member| is_server(&member.node)).then_some(members)
}

fn is_server(node: &Node) -> bool {
    ["command", "url", "httpUrl", "serverUrl"].iter().any(|key| node.get(key).is_some())
}

/// The text with the entry under that name, or without it (`None`); `None` for text where there is
/// no file yet, or where nothing is left of it.
pub fn put(
    file: &str,
    format: ServerFile,
    text: Option<&str>,
    name: &str,
    entry: Option<&Value>,
) -> Result<Option<String>> {
    let old = text.filter(|text| !is_blank(text));
    match (format, old, entry) {
        (_, None, None) => Ok(text.map(str::to_owned)),
        (ServerFile::Toml, _, Some(entry)) => {
            tables::with(file, old.unwrap_or_default(), name, entry).map(Some)
        }
        (ServerFile::Toml, Some(text), None) => tables::without(file, text, name),
        (ServerFile::Json(wrapper), None, Some(entry)) => {
            Ok(Some(splice::fresh(&json!({ wrapper: { name: entry } }))))
        }
        (ServerFile::Json(wrapper), Some(text), Some(entry)) => {
            with(file, wrapper, text, name, entry).map(Some)
        }
        (ServerFile::Json(wrapper), Some(text), None) => without(file, wrapper, text, name),
    }
}

/// The map below the wrapper, if there is one.
fn map<'a>(file: &str, text: &str, root: &'a Node, wrapper: &str) -> Result<Option<&'a Node>> {
    if root.members().is_none() {
        return Err(unreadable(file, text, root.span.start, "it is no map"));
    }
    match only(file, text, root, wrapper)? {
        None => Ok(None),
        Some((_, node)) if node.members().is_some() => Ok(Some(node)),
        Some((_, node)) => {
            Err(unreadable(file, text, node.span.start, "the servers are no map of names"))
        }
    }
}

fn with(file: &str, wrapper: &str, text: &str, name: &str, entry: &Value) -> Result<String> {
    let root = read(file, text)?;
    let Some(map) = map(file, text, &root, wrapper)? else {
        return Ok(splice::add(text, &root, &root, Some(wrapper), &json!({ name: entry })));
    };
    Ok(match only(file, text, map, name)? {
        None => splice::add(text, &root, map, Some(name), entry),
        Some((_, node)) if node.value() == *entry => text.to_owned(),
        Some((_, node)) => splice::replace(text, &root, map, node, entry),
    })
}

fn without(file: &str, wrapper: &str, text: &str, name: &str) -> Result<Option<String>> {
    let root = read(file, text)?;
    let Some(map) = map(file, text, &root, wrapper)? else { return Ok(Some(text.to_owned())) };
    let Some((index, _)) = only(file, text, map, name)? else { return Ok(Some(text.to_owned())) };
    let new = splice::without(text, map, index);
    // A comment or another key is a reason to keep the file.
    let rest: String = new.trim_start_matches('\u{feff}').split_whitespace().collect();
    let is_left = rest.replace(",}", "}") != format!("{{\"{wrapper}\":{{}}}}");
    Ok(is_left.then_some(new))
}
