//! How a person gets an artifact into a project: commands that are true for its kind and source.

use serde::Serialize;

use super::facts;
use super::frame::web_link;
use crate::catalog::SourceState;
use crate::format::redact;
use crate::model::artifact::{Artifact, Server};
use crate::model::id::Kind;
use crate::model::source::Address;

/// The ways to install for one client.
#[derive(Serialize)]
pub(super) struct Client {
    /// Of several where they are told the same: `Codex, Cursor`.
    pub name: String,
    pub ways: Vec<Way>,
}

/// What to paste.
#[derive(PartialEq, Serialize)]
pub(super) struct Way {
    pub command: String,
    /// Where it is pasted, what has to be known.
    pub note: Option<String>,
    /// Typed into a terminal, not into the client or a file.
    pub shell: bool,
}

impl Way {
    fn shell(command: String) -> Self {
        Self { command, note: None, shell: true }
    }
}

const CLAUDE: &str = "Claude Code";
const CODEX: &str = "Codex";
const GEMINI: &str = "Gemini CLI";
const CURSOR: &str = "Cursor";
const OTHERS: &str = "Others";

/// None is shown for what no command is known to install, such as a hook.
pub(super) fn clients(state: Option<&SourceState>, artifact: &Artifact) -> Vec<Client> {
    let mut ways: Vec<(&'static str, Way)> = Vec::new();
    let public = state.and_then(repository);
    match artifact.id.kind {
        Kind::Mcp => {
            let server = artifact.can.server.as_ref();
            ways.extend(server.into_iter().flat_map(|one| mcp(artifact.id.short_name(), one)));
        }
        Kind::Plugin => {
            let url = public.as_deref();
            ways.extend(url.into_iter().flat_map(|url| plugin(artifact, url)));
        }
        Kind::Skill => {
            ways.extend(public.as_deref().into_iter().flat_map(|url| skill(artifact, url)))
        }
        Kind::Agent | Kind::Command | Kind::Hook => {}
    }
    ways.extend(state.into_iter().flat_map(|state| download(state, artifact)));
    if ways.is_empty() {
        ways.extend(state.into_iter().flat_map(|state| checkout(state, artifact)));
    }
    by_client(ways)
}

/// The one command that a card has: where there is one that asks for the client, that.
pub(super) fn first(state: Option<&SourceState>, artifact: &Artifact) -> Option<String> {
    let any = || {
        let url = state.and_then(repository)?;
        skill_add(artifact, &url, None)
    };
    if artifact.id.kind == Kind::Skill
        && let Some(command) = any()
    {
        return Some(command);
    }
    clients(state, artifact)
        .into_iter()
        .flat_map(|client| client.ways)
        .next()
        .map(|way| way.command)
}

/// In the order of their first ways.
fn by_client(ways: Vec<(&'static str, Way)>) -> Vec<Client> {
    let mut clients: Vec<Client> = Vec::new();
    for (name, way) in ways {
        match clients.iter_mut().find(|client| client.name == name) {
            Some(client) => client.ways.push(way),
            None => clients.push(Client { name: name.to_owned(), ways: vec![way] }),
        }
    }
    let mut merged: Vec<Client> = Vec::new();
    for client in clients {
        match merged.iter_mut().find(|other| other.ways == client.ways) {
            Some(other) => other.name = format!("{}, {}", other.name, client.name),
            None => merged.push(client),
        }
    }
    merged
}

/// For each client by name, and for whoever is asked.
fn skill(artifact: &Artifact, url: &str) -> Vec<(&'static str, Way)> {
    let agents = [
        (CLAUDE, Some("claude-code")),
        (CODEX, Some("codex")),
        (GEMINI, Some("gemini-cli")),
        (CURSOR, Some("cursor")),
        (OTHERS, None),
    ];
    let add = |(client, agent)| Some((client, Way::shell(skill_add(artifact, url, agent)?)));
    agents.into_iter().filter_map(add).collect()
}

/// It asks which clients to install for unless it is told.
fn skill_add(artifact: &Artifact, url: &str, agent: Option<&str>) -> Option<String> {
    let name = artifact.title.as_deref().unwrap_or_else(|| artifact.id.short_name());
    let mut words = vec!["npx", "skills", "add", url, "--skill", name];
    words.extend(agent.into_iter().flat_map(|agent| ["--agent", agent]));
    command(&words)
}

/// The folders of a project that a kind is copied to, by client.
fn folders(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        // The others read one folder.
        Kind::Skill => &[
            (CLAUDE, ".claude/skills/"),
            (CODEX, ".agents/skills/"),
            (GEMINI, ".agents/skills/"),
            (CURSOR, ".agents/skills/"),
        ],
        Kind::Agent => &[(CLAUDE, ".claude/agents/"), (CURSOR, ".cursor/agents/")],
        Kind::Command => &[(CLAUDE, ".claude/commands/"), (CURSOR, ".cursor/commands/")],
        Kind::Hook | Kind::Mcp | Kind::Plugin => &[],
    }
}

/// Out of a folder or repository that has no address on the web: the path is the one in there.
fn checkout(state: &SourceState, artifact: &Artifact) -> Vec<(&'static str, Way)> {
    if artifact.files.is_empty() {
        return Vec::new();
    }
    let (path, note) = match (state.inside, &state.source.address) {
        (true, Address::Path(root)) => {
            (format!("{}/{}", root.trim_end_matches('/'), artifact.file_path()), None)
        }
        _ => {
            let source = super::frame::line(&state.source.name);
            let note = format!("from a copy of {source}; DIR is its folder");
            (format!("DIR/{}", artifact.file_path()), Some(note))
        }
    };
    let path = path.trim_end_matches("/.");
    if artifact.id.kind == Kind::Plugin {
        let note = note.or_else(|| Some("for one session".to_owned()));
        let run = command(&["claude", "--plugin-dir", path]);
        return run
            .map(|command| (CLAUDE, Way { command, note, shell: true }))
            .into_iter()
            .collect();
    }
    let copy = |(client, folder): &(&'static str, &str)| {
        let copy = command(&["cp", "-r", path, folder])?;
        let command = format!("mkdir -p {folder} && {copy}");
        Some((*client, Way { command, note: note.clone(), shell: true }))
    };
    folders(artifact.id.kind).iter().filter_map(copy).collect()
}

/// The public address of a repository, `owner/name` where the clients take that.
fn repository(state: &SourceState) -> Option<String> {
    let Address::Git { .. } = state.source.address else { return None };
    let web = web_link(state.web.as_deref().unwrap_or(&state.address))?;
    let plain = web.trim_end_matches('/').trim_end_matches(".git").to_owned();
    Some(plain.strip_prefix("https://github.com/").map_or(plain.clone(), ToOwned::to_owned))
}

/// Two commands to be given one after the other: only a marketplace can be added, and a plugin is
/// then named by it.
fn plugin(artifact: &Artifact, url: &str) -> Vec<(&'static str, Way)> {
    let name = artifact.id.short_name();
    let Some(url) = artifact.context.and(word(url)) else { return Vec::new() };
    let add = format!("/plugin marketplace add {url}");
    let inside = |command, note: String| (CLAUDE, Way { command, note: Some(note), shell: false });
    // What the marketplace calls itself stands last, after a manifest's own key of that name.
    let market = artifact.fields.iter().rfind(|(key, _)| key == "marketplace");
    let install = market.and_then(|(_, market)| word(&format!("{name}@{market}")));
    let Some(install) = install else {
        let note = format!("then choose {} in /plugin", super::frame::line(name));
        return vec![inside(add, note)];
    };
    let install = format!("/plugin install {install}");
    vec![inside(add, "in a session, once".to_owned()), inside(install, "then".to_owned())]
}

/// A server is named and described in each client's own way.
fn mcp(name: &str, server: &Server) -> Vec<(&'static str, Way)> {
    let own = |word: &str| word.contains("${CLAUDE_PLUGIN_ROOT}");
    // Only as a part of its plugin does it know where it is.
    if server.command.iter().chain(&server.args).any(|word| own(word)) {
        return Vec::new();
    }
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let name: String = name.chars().map(allowed).collect();
    let shell = |client, command: Option<String>| Some((client, Way::shell(command?)));
    let cursor = || {
        let note = Some("in .cursor/mcp.json, below mcpServers".to_owned());
        Some((CURSOR, Way { command: cursor_entry(&name, server)?, note, shell: false }))
    };
    [
        shell(CLAUDE, claude_add(&name, server)),
        shell(CODEX, codex_add(&name, server)),
        shell(GEMINI, gemini_add(&name, server)),
        cursor(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn pairs(names: &[String], sign: &str) -> Vec<String> {
    names.iter().map(|name| format!("{name}{sign}...")).collect()
}

/// The two transports over the web that a client is told of by name.
fn transport(server: &Server) -> Option<&'static str> {
    ["http", "sse"].into_iter().find(|one| *one == server.transport)
}

/// Options stand before the name. Those that take several values stand before one that takes
/// one, else they would take the name too.
fn claude_add(name: &str, server: &Server) -> Option<String> {
    let (env, headers) = (pairs(&server.env, "="), pairs(&server.headers, ": "));
    let mut words = vec!["claude", "mcp", "add"];
    match (&server.command, &server.url) {
        (Some(program), _) => {
            words.extend(env.iter().flat_map(|pair| ["--env", pair]));
            words.extend(["--transport", "stdio", name, "--", program]);
            words.extend(server.args.iter().map(String::as_str));
        }
        (None, Some(url)) => {
            // It knows no other; `ws` has to be written by hand.
            let transport = transport(server)?;
            words.extend(headers.iter().flat_map(|pair| ["--header", pair]));
            words.extend(["--transport", transport, name, url]);
        }
        (None, None) => return None,
    }
    command(&words)
}

/// It takes no headers, and of the transports over the web only `http`.
fn codex_add(name: &str, server: &Server) -> Option<String> {
    let env = pairs(&server.env, "=");
    let mut words = vec!["codex", "mcp", "add", name];
    match (&server.command, &server.url) {
        (Some(program), _) => {
            words.extend(env.iter().flat_map(|pair| ["--env", pair]));
            words.extend(["--", program]);
            words.extend(server.args.iter().map(String::as_str));
        }
        (None, Some(url)) if server.headers.is_empty() && transport(server)? == "http" => {
            words.extend(["--url", url]);
        }
        (None, _) => return None,
    }
    command(&words)
}

fn gemini_add(name: &str, server: &Server) -> Option<String> {
    let (env, headers) = (pairs(&server.env, "="), pairs(&server.headers, ": "));
    let mut words = vec!["gemini", "mcp", "add"];
    match (&server.command, &server.url) {
        (Some(program), _) => {
            words.extend(env.iter().flat_map(|pair| ["--env", pair]));
            words.extend(["--transport", "stdio", name, program]);
            // What looks like an option is the server's own.
            words.extend((!server.args.is_empty()).then_some("--"));
            words.extend(server.args.iter().map(String::as_str));
        }
        (None, Some(url)) => {
            let transport = transport(server)?;
            words.extend(headers.iter().flat_map(|pair| ["--header", pair]));
            words.extend(["--transport", transport, name, url]);
        }
        (None, None) => return None,
    }
    command(&words)
}

/// The entry of its file, in one line.
fn cursor_entry(name: &str, server: &Server) -> Option<String> {
    let blank = |names: &[String]| -> serde_json::Map<String, serde_json::Value> {
        names.iter().map(|name| (name.clone(), "...".into())).collect()
    };
    let mut entry = serde_json::Map::new();
    match (&server.command, &server.url) {
        (Some(program), _) => {
            entry.insert("command".into(), program.as_str().into());
            entry.insert("args".into(), server.args.clone().into());
            if !server.env.is_empty() {
                entry.insert("env".into(), blank(&server.env).into());
            }
        }
        (None, Some(url)) => {
            transport(server)?;
            entry.insert("url".into(), url.as_str().into());
            if !server.headers.is_empty() {
                entry.insert("headers".into(), blank(&server.headers).into());
            }
        }
        (None, None) => return None,
    }
    let text = format!("\"{name}\": {}", redact::urls(&serde_json::to_string(&entry).ok()?));
    (!text.chars().any(|c| c.is_control() || crate::words::is_invisible(c))).then_some(text)
}

/// One file, as its host has it at the pinned commit.
fn download(state: &SourceState, artifact: &Artifact) -> Vec<(&'static str, Way)> {
    let [file] = artifact.files.as_slice() else { return Vec::new() };
    let Some(url) = raw_address(state, artifact) else { return Vec::new() };
    let one = |(client, folder): &(&'static str, &str)| {
        let to = match artifact.id.kind {
            Kind::Skill => format!("{folder}{}/{}", artifact.id.short_name(), file.path),
            _ => format!("{folder}{}", file.path),
        };
        let command = command(&["curl", "-fsSL", "--create-dirs", "-o", &to, &url])?;
        Some((*client, Way::shell(command)))
    };
    folders(artifact.id.kind).iter().filter_map(one).collect()
}

fn raw_address(state: &SourceState, artifact: &Artifact) -> Option<String> {
    let web = web_link(state.web.as_deref()?)?;
    let repository = web.strip_prefix("https://github.com/")?.trim_end_matches('/');
    let repository = repository.trim_end_matches(".git");
    let path = crate::site::files::folder(artifact)?.resolve(&artifact.files[0].path)?;
    let (commit, path) = (facts::percent(state.commit.as_deref()?), facts::percent(path.as_str()));
    Some(format!("https://raw.githubusercontent.com/{repository}/{commit}/{path}"))
}

/// Words for a shell; `None` where one cannot be trusted in a terminal.
fn command(words: &[&str]) -> Option<String> {
    // A name that looks like an option would be read as one.
    let sly = |word: &&str| word.starts_with('-') && word.contains(char::is_whitespace);
    if words.iter().any(sly) {
        return None;
    }
    let words: Vec<String> = words.iter().map(|one| word(one)).collect::<Option<_>>()?;
    Some(redact::urls(&words.join(" ")))
}

fn word(text: &str) -> Option<String> {
    let hidden = |c: char| c.is_control() || crate::words::is_invisible(c);
    if text.is_empty() || text.chars().any(hidden) {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if text.chars().all(plain) {
        return Some(text.to_owned());
    }
    Some(format!("'{}'", text.replace('\'', r"'\''")))
}
