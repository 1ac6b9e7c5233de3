//! MCP servers, wherever hosts keep them, to one draft each.

use serde_json::{Map, Value, json};

use super::draft::{Draft, Ground};
use super::{fields, layout, plugin, secret, text};
use crate::error::{Place, Problem};
use crate::format::frontmatter;
use crate::model::artifact::Server;
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::words;

/// The keys under which hosts keep servers.
const WRAPPERS: [&str; 4] = ["mcpServers", "servers", "mcp_servers", "mcp"];

/// The file a single server becomes: what would be copied.
const FILE: &str = ".mcp.json";

/// The servers of a file. A file that cannot be read and is there for nothing else is a draft with
/// its problem; another's problem is the source's.
pub(super) fn drafts(ground: &Ground<'_>, file: &RelPath) -> Result<Vec<Draft>, Problem> {
    let value = match text::value(ground.desk, file) {
        Ok(value) => value,
        Err(problem) if file.file_name().ends_with("mcp.json") => {
            let name = match file.parent().file_name() {
                "" => ground.source.name.clone(),
                dir => dir.trim_start_matches('.').to_owned(),
            };
            let path = file.to_string();
            let mut draft = Draft::new(ground, Kind::Mcp, path, &name).at(ground, file);
            draft.artifact.problems.push(problem);
            draft.add_file(file.file_name(), file, ground.tree);
            return Ok(vec![draft]);
        }
        // Many a program has a `server.json`; this one does not show that it is ours.
        Err(_) if file.file_name() == "server.json" => return Ok(Vec::new()),
        Err(problem) => return Err(problem),
    };
    if file.file_name() == "server.json" {
        return Ok(registry_server(ground, file, &value).into_iter().collect());
    }
    let Some(servers) = servers(file, &value) else {
        let is_ours = file.file_name() == ".mcp.json" && value != json!({});
        return if is_ours { Err(unknown_shape(file)) } else { Ok(Vec::new()) };
    };
    Ok(each(ground, file, servers))
}

/// The servers of a file whose name does not say that it has any: only where all look like servers.
pub(super) fn guessed(ground: &Ground<'_>, file: &RelPath) -> Vec<Draft> {
    let Ok(value) = text::value(ground.desk, file) else { return Vec::new() };
    let Some(servers) = value.get("mcpServers").and_then(Value::as_object) else {
        return Vec::new();
    };
    if !servers.values().all(is_server) {
        return Vec::new();
    }
    each(ground, file, servers)
}

fn each(ground: &Ground<'_>, file: &RelPath, servers: &Map<String, Value>) -> Vec<Draft> {
    let part = |name: &str| format!("{file}#{}", words::visible(name));
    servers.iter().map(|(name, entry)| server(ground, file, &part(name), name, entry)).collect()
}

fn is_server(entry: &Value) -> bool {
    ["command", "url", "httpUrl", "serverUrl"].iter().any(|key| entry.get(*key).is_some())
}

/// A server packed into one file, which a plugin lists; what is in it is not looked at.
pub(super) fn bundle(ground: &Ground<'_>, file: &RelPath) -> Draft {
    let name = layout::stem(file.file_name());
    let mut draft = Draft::new(ground, Kind::Mcp, file.to_string(), name).at(ground, file);
    draft.artifact.can.server = Some(reached(&Value::Null));
    draft.add_file(file.file_name(), file, ground.tree);
    draft
}

fn unknown_shape(file: &RelPath) -> Problem {
    Problem::warning("SM345", format!("`{file}` names no server"))
        .at(Place::file(file.as_str()))
        .help("servers look like {\"mcpServers\": {\"name\": {\"command\": …}}}")
}

/// The map from names to servers; without a wrapper only where all values look like servers.
fn servers<'a>(file: &RelPath, value: &'a Value) -> Option<&'a Map<String, Value>> {
    if let Some(map) = WRAPPERS.iter().find_map(|key| value.get(*key)?.as_object()) {
        return Some(map);
    }
    let map = value.as_object().filter(|_| file.file_name().ends_with("mcp.json"))?;
    (!map.is_empty() && map.values().all(is_server)).then_some(map)
}

/// One server, from its entry.
pub(super) fn server(
    ground: &Ground<'_>,
    file: &RelPath,
    path: &str,
    name: &str,
    entry: &Value,
) -> Draft {
    let mut draft = Draft::new(ground, Kind::Mcp, path.to_owned(), name).at(ground, file);
    let artifact = &mut draft.artifact;
    let shown = secret::mask_value(name, entry);
    if let Value::Object(map) = shown {
        let about = fields::from_map(map);
        fields::apply(artifact, &about);
        artifact.fields = about.fields.iter().map(field).collect();
    }
    let server = reached(entry);
    if server.command.is_none() && server.url.is_none() {
        let problem = format!("the server `{name}` has neither `command` nor `url`");
        artifact.problems.push(
            Problem::warning("SM345", problem)
                .at(Place::file(file.as_str()))
                .help("give it a `command` to start or a `url` to reach it at"),
        );
    }
    artifact.can.server = Some(server);
    artifact.problems.extend(literal_secrets(file, name, entry));
    let wrapped = json!({ "mcpServers": { name: entry } });
    draft.add_bytes(FILE, plugin::pretty(&wrapped));
    draft
}

/// Of variables and headers only the names.
fn field((key, value): &(String, Value)) -> (String, String) {
    let text = match (key.as_str(), value) {
        ("env" | "headers", Value::Object(map)) => {
            map.keys().cloned().collect::<Vec<_>>().join(", ")
        }
        _ => frontmatter::shown(value),
    };
    (key.clone(), text)
}

/// How a host reaches the server, without what may be secret.
fn reached(entry: &Value) -> Server {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let names = |keys: &[&str]| -> Vec<String> {
        let maps = keys.iter().filter_map(|key| entry.get(*key)?.as_object());
        maps.flat_map(|map| map.keys().cloned()).collect()
    };
    let url = ["url", "httpUrl", "serverUrl"].iter().find_map(|key| text(key));
    let (command, args) = match entry.get("command") {
        // OpenCode writes the whole command line as a list.
        Some(Value::Array(words)) => {
            let mut words = words.iter().filter_map(Value::as_str).map(str::to_owned);
            (words.next(), words.collect())
        }
        Some(Value::String(command)) => (Some(command.clone()), Vec::new()),
        _ => (None, Vec::new()),
    };
    let mut args: Vec<String> = args;
    if let Some(Value::Array(items)) = entry.get("args") {
        args.extend(items.iter().map(frontmatter::shown));
    }
    Server {
        transport: transport(text("type").or_else(|| text("transport")), url),
        command: command.map(|command| secret::mask_text(&command)),
        args: secret::mask_args(&args),
        url: url.map(secret::mask_url),
        env: names(&["env", "environment"]),
        headers: names(&["headers", "http_headers", "env_http_headers"]),
    }
}

fn transport(written: Option<&str>, url: Option<&str>) -> String {
    let word = match written.unwrap_or_default() {
        "streamable-http" | "streamableHttp" | "streamable_http" | "http" | "remote" => "http",
        "websocket" | "ws" => "ws",
        "sse" => "sse",
        "stdio" | "local" => "stdio",
        "" if url.is_some_and(|url| url.starts_with("ws:") || url.starts_with("wss:")) => "ws",
        "" if url.is_some_and(|url| url.trim_end_matches('/').ends_with("/sse")) => "sse",
        "" if url.is_some() => "http",
        "" => "stdio",
        other => return frontmatter::shown(&other.into()),
    };
    word.to_owned()
}

/// Values of variables and headers that are secrets and stand there as they are.
fn literal_secrets(file: &RelPath, name: &str, entry: &Value) -> Vec<Problem> {
    let maps = ["env", "environment", "headers", "http_headers"];
    let pairs = maps.iter().filter_map(|key| entry.get(*key)?.as_object()).flatten();
    pairs
        .filter(|(key, value)| value.as_str().is_some_and(|text| is_literal_secret(key, text)))
        .map(|(key, _)| {
            let words = format!("the server `{name}` has what looks like a secret in `{key}`");
            let variable: String = key
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
                .collect();
            Problem::warning("SM346", words)
                .at(Place::file(file.as_str()))
                .help(format!("replace it by `${{{variable}}}` and revoke the old one"))
        })
        .collect()
}

fn is_literal_secret(key: &str, value: &str) -> bool {
    let bare = ["Bearer ", "Basic ", "token "].iter().find_map(|word| value.strip_prefix(word));
    secret::is_secret(key, bare.unwrap_or(value))
}

/// `server.json` of an MCP registry.
fn registry_server(ground: &Ground<'_>, file: &RelPath, value: &Value) -> Option<Draft> {
    let map = value.as_object()?;
    let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = text("name");
    let has_parts = map.contains_key("packages") || map.contains_key("remotes");
    let is_ours = text("$schema").contains("modelcontextprotocol");
    if !is_ours && (!has_parts || !name.contains('/')) {
        return None;
    }
    let name = if name.is_empty() { file.parent().file_name().to_owned() } else { name.to_owned() };
    let path = file.to_string();
    let mut draft = Draft::new(ground, Kind::Mcp, path, &name).at(ground, file);
    let artifact = &mut draft.artifact;
    let all = fields::from_map(map.clone());
    fields::apply(artifact, &all);
    artifact.title = all.get_text(&["title"]);
    artifact.fields = all
        .fields
        .iter()
        .map(|(key, value)| (key.clone(), frontmatter::shown(&secret::mask_value(key, value))))
        .collect();
    artifact.can.server = registry_reached(map);
    if artifact.can.server.is_none() {
        let words = format!("the server `{name}` has neither `packages` nor `remotes`");
        artifact.problems.push(Problem::warning("SM345", words).at(Place::file(file.as_str())));
    }
    draft.add_file(file.file_name(), file, ground.tree);
    Some(draft)
}

/// The first remote, else the first package, as the registry describes how to run it.
fn registry_reached(map: &Map<String, Value>) -> Option<Server> {
    let first = |key: &str| map.get(key).and_then(Value::as_array).and_then(|items| items.first());
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let names = |value: &Value, keys: &[&str]| -> Vec<String> {
        let lists = keys.iter().filter_map(|key| value.get(*key)?.as_array());
        lists.flatten().filter_map(|item| text(item, "name")).collect()
    };
    if let Some(remote) = first("remotes") {
        let url = text(remote, "url");
        let kind = text(remote, "type").or_else(|| text(remote, "transport_type"));
        return Some(Server {
            transport: transport(kind.as_deref(), url.as_deref()),
            url: url.as_deref().map(secret::mask_url),
            headers: names(remote, &["headers"]),
            ..Server::default()
        });
    }
    let package = first("packages")?;
    let either = |new: &str, old: &str| text(package, new).or_else(|| text(package, old));
    let registry = either("registryType", "registry_type").unwrap_or_default();
    let command = either("runtimeHint", "runtime_hint").or_else(|| {
        let word = match registry.as_str() {
            "npm" => "npx",
            "pypi" => "uvx",
            "oci" => "docker",
            "nuget" => "dnx",
            _ => return None,
        };
        Some(word.to_owned())
    });
    let identifier = text(package, "identifier").or_else(|| text(package, "name"));
    let transport_of = package.get("transport");
    let kind = transport_of.and_then(|value| text(value, "type"));
    let url = transport_of.and_then(|value| text(value, "url"));
    Some(Server {
        transport: transport(kind.as_deref(), url.as_deref()),
        command,
        args: identifier.into_iter().collect(),
        url: url.as_deref().map(secret::mask_url),
        env: names(package, &["environmentVariables", "environment_variables"]),
        headers: Vec::new(),
    })
}
