//! MCP servers in the files of agents: JSON by name below a key, or TOML.

use serde_json::{Map, Value, json};
use toml::Table;

use super::json::{self, Data};
use crate::error::{Place, Problem, Result};
use crate::model::profile::ServerFile;
use crate::words;

/// The keys under which hosts keep servers.
const WRAPPERS: [&str; 4] = ["mcpServers", "servers", "mcp_servers", "mcp"];

/// The table of Codex.
const TABLE: &str = "mcp_servers";

/// The servers of a file by name, in the order they stand. Where the key of the format is absent
/// those of other hosts count, and a bare map of what looks like servers.
pub fn servers(file: &str, format: ServerFile, text: &str) -> Result<Vec<(String, Value)>> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let map = match format {
        ServerFile::Json(key) => {
            let value = json::parse(file, text)?.value();
            let wrapped = std::iter::once(key).chain(WRAPPERS);
            let found = wrapped.filter_map(|key| value.get(key)?.as_object()).next();
            let bare = || {
                let map = value.as_object()?;
                let is_server = |one: &Value| {
                    ["command", "url", "httpUrl", "serverUrl"]
                        .iter()
                        .any(|key| one.get(key).is_some())
                };
                map.values().all(is_server).then_some(map)
            };
            found.or_else(bare).cloned()
        }
        ServerFile::Toml => {
            let table: Table = whole(file, text)?;
            let servers = table.get(TABLE).and_then(toml::Value::as_table);
            servers.and_then(|servers| serde_json::to_value(servers).ok()?.as_object().cloned())
        }
    };
    Ok(map.unwrap_or_default().into_iter().collect())
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
    let text = text.filter(|text| !text.trim().is_empty());
    match format {
        ServerFile::Json(key) => put_json(file, key, text, name, entry),
        ServerFile::Toml => put_toml(file, text, name, entry),
    }
}

fn put_json(
    file: &str,
    key: &str,
    text: Option<&str>,
    name: &str,
    entry: Option<&Value>,
) -> Result<Option<String>> {
    let Some(text) = text else {
        let Some(entry) = entry else { return Ok(None) };
        let mut servers = Map::new();
        servers.insert(name.to_owned(), entry.clone());
        let mut root = Map::new();
        root.insert(key.to_owned(), Value::Object(servers));
        return Ok(Some(format!("{:#}\n", Value::Object(root))));
    };
    let root = json::parse(file, text)?;
    let (Data::Object(members), wrapper) = (&root.data, root.get(key)) else {
        return Err(no_object(file, text, root.start).into());
    };
    let Some(wrapper) = wrapper else {
        let made = entry.map(|entry| json::with_member(text, &root, key, &json!({name: entry})));
        return Ok(Some(made.unwrap_or_else(|| text.to_owned())));
    };
    let Data::Object(servers) = &wrapper.data else {
        return Err(no_object(file, text, wrapper.start).into());
    };
    let at = servers.iter().position(|member| member.key == name);
    Ok(match (at, entry) {
        (Some(at), Some(entry)) if servers[at].value.value() == *entry => Some(text.to_owned()),
        (Some(at), Some(entry)) => Some(json::with_value(text, &servers[at].value, entry)),
        (None, Some(entry)) => Some(json::with_member(text, wrapper, name, entry)),
        (Some(at), None) => {
            let left = json::without(text, wrapper, at);
            let is_all = servers.len() == 1 && members.len() == 1;
            Some(left).filter(|left| !is_all || !is_bare(left, key))
        }
        (None, None) => Some(text.to_owned()),
    })
}

/// Whether nothing is left but the empty wrapper.
fn is_bare(text: &str, key: &str) -> bool {
    let signs: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    signs == format!("{{\"{key}\":{{}}}}")
}

fn no_object(file: &str, text: &str, at: usize) -> Problem {
    let line = text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
    Problem::error("SM649", "servers stand in an object by their names, and here is none")
        .at(Place::new(file, line, 1))
        .help("mend it by hand; it was left as it is")
}

fn put_toml(
    file: &str,
    text: Option<&str>,
    name: &str,
    entry: Option<&Value>,
) -> Result<Option<String>> {
    let text = text.unwrap_or_default();
    let table: Table = whole(file, text)?;
    let servers = table.get(TABLE).and_then(toml::Value::as_table);
    let old = servers.and_then(|servers| servers.get(name));
    let new = entry.map(|entry| to_toml(entry).unwrap_or_else(|| toml::Value::Table(Table::new())));
    if old == new.as_ref() {
        return Ok(Some(text.to_owned()).filter(|text| !text.is_empty()));
    }
    let (mut out, is_cut) = without_table(text, name);
    if old.is_some() && !is_cut {
        let text = format!("`{TABLE}.{}` is written in one line", words::visible(name));
        let help = "write it as a table of its own, or change it by hand";
        return Err(Problem::error("SM650", text).at(Place::file(file)).help(help).into());
    }
    if let Some(new) = new {
        let one = Table::from_iter([(name.to_owned(), new)]);
        let all = Table::from_iter([(TABLE.to_owned(), toml::Value::Table(one))]);
        let shown = toml::to_string(&all).map_err(|cause| {
            let text = format!("the server cannot be written as TOML: {cause}");
            Problem::error("SM650", text).at(Place::file(file)).help("add it by hand")
        })?;
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&shown);
    }
    Ok(Some(out).filter(|out| !out.trim().is_empty()))
}

/// The text without the tables of a server, and whether there were any.
fn without_table(text: &str, name: &str) -> (String, bool) {
    let (mut out, mut is_out, mut is_cut) = (String::new(), false, false);
    let mut open = String::new();
    for line in text.split_inclusive('\n') {
        // A line within a longer value is no header, whatever it looks like.
        if line.trim_start().starts_with('[') && toml::from_str::<Table>(&open).is_ok() {
            is_out = is_of(line, name);
            open.clear();
            is_cut |= is_out;
        }
        open.push_str(line);
        if !is_out {
            out.push_str(line);
        }
    }
    if is_out {
        // The empty line before the last table goes with it.
        out.truncate(out.strip_suffix("\n\n").map_or(out.len(), |kept| kept.len() + 1));
    }
    (out, is_cut)
}

/// Whether a header is that of the server's table, or of one below it.
fn is_of(header: &str, name: &str) -> bool {
    let Ok(table) = toml::from_str::<Table>(header) else { return false };
    let servers = table.get(TABLE).and_then(toml::Value::as_table);
    servers.is_some_and(|servers| servers.contains_key(name))
}

/// `null` is left out: TOML has none.
fn to_toml(value: &Value) -> Option<toml::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(is) => toml::Value::Boolean(*is),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => toml::Value::Integer(whole),
            None => toml::Value::Float(number.as_f64()?),
        },
        Value::String(text) => toml::Value::String(text.clone()),
        Value::Array(items) => toml::Value::Array(items.iter().filter_map(to_toml).collect()),
        Value::Object(map) => toml::Value::Table(
            map.iter().filter_map(|(key, value)| Some((key.clone(), to_toml(value)?))).collect(),
        ),
    })
}

fn whole(file: &str, text: &str) -> Result<Table> {
    toml::from_str(text).map_err(|cause| {
        let at = cause.span().map_or(0, |span| span.start);
        let line = text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
        let why = cause.message().lines().next().unwrap_or_default();
        Problem::error("SM649", format!("the file is no TOML: {why}"))
            .at(Place::new(file, line, 1))
            .help("mend it by hand; it was left as it is")
            .into()
    })
}
