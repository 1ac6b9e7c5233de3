//! How a person gets an artifact into a project: commands that are true for its kind and source.

use serde::Serialize;

use super::facts;
use super::frame::web_link;
use crate::catalog::SourceState;
use crate::model::artifact::{Artifact, Server};
use crate::model::id::Kind;
use crate::model::source::Address;

/// One way to install, with what to paste.
#[derive(Serialize)]
pub(super) struct Install {
    pub label: &'static str,
    pub command: String,
    pub note: Option<String>,
}

/// None is shown for what no command is known to install, such as a hook.
pub(super) fn ways(state: Option<&SourceState>, artifact: &Artifact) -> Vec<Install> {
    let mut ways = Vec::new();
    let public = state.and_then(repository);
    match artifact.id.kind {
        Kind::Mcp => ways.extend(artifact.can.server.as_ref().and_then(|server| {
            let command = mcp_add(artifact.id.short_name(), server)?;
            Some(Install { label: "Claude Code", command, note: None })
        })),
        Kind::Plugin => {
            ways.extend(public.as_deref().into_iter().flat_map(|url| plugin(artifact, url)))
        }
        Kind::Skill => {
            let name = artifact.title.as_deref().unwrap_or_else(|| artifact.id.short_name());
            ways.extend(public.as_deref().and_then(|url| {
                let command = command(&["npx", "skills", "add", url, "--skill", name])?;
                Some(Install { label: "skills CLI", command, note: None })
            }));
        }
        Kind::Agent | Kind::Command | Kind::Hook => {}
    }
    ways.extend(state.and_then(|state| download(state, artifact)));
    if ways.is_empty() {
        ways.extend(state.and_then(|state| checkout(state, artifact)));
    }
    ways
}

/// The folder below `.claude` that a kind is copied to.
fn folder(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Skill => Some(".claude/skills/"),
        Kind::Agent => Some(".claude/agents/"),
        Kind::Command => Some(".claude/commands/"),
        Kind::Hook | Kind::Mcp | Kind::Plugin => None,
    }
}

/// Out of a folder or repository that has no address on the web: the path is the one in there.
fn checkout(state: &SourceState, artifact: &Artifact) -> Option<Install> {
    if artifact.files.is_empty() {
        return None;
    }
    let own = (state.inside, &state.source.address);
    let (path, note) = match own {
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
    match (artifact.id.kind, folder(artifact.id.kind)) {
        (Kind::Plugin, _) => Some(Install {
            label: "Claude Code, for one session",
            command: command(&["claude", "--plugin-dir", path])?,
            note,
        }),
        (_, Some(folder)) => {
            let copy = command(&["cp", "-r", path, folder])?;
            Some(Install { label: "Copy", command: format!("mkdir -p {folder} && {copy}"), note })
        }
        (_, None) => None,
    }
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
fn plugin(artifact: &Artifact, url: &str) -> Vec<Install> {
    let name = artifact.id.short_name();
    let Some(url) = artifact.context.and(word(url)) else { return Vec::new() };
    let add = format!("/plugin marketplace add {url}");
    // What the marketplace calls itself stands last, after a manifest's own key of that name.
    let market = artifact.fields.iter().rfind(|(key, _)| key == "marketplace");
    let install = market.and_then(|(_, market)| word(&format!("{name}@{market}")));
    let Some(install) = install else {
        let note = Some(format!("then choose {} in /plugin", super::frame::line(name)));
        return vec![Install { label: "Claude Code", command: add, note }];
    };
    let install = format!("/plugin install {install}");
    vec![
        Install { label: "Claude Code", command: add, note: Some("once".to_owned()) },
        Install { label: "Claude Code", command: install, note: Some("then".to_owned()) },
    ]
}

/// Options stand before the name. Those that take several values stand before one that takes
/// one, else they would take the name too.
fn mcp_add(name: &str, server: &Server) -> Option<String> {
    let own = |word: &str| word.contains("${CLAUDE_PLUGIN_ROOT}");
    let env: Vec<String> = server.env.iter().map(|name| format!("{name}=...")).collect();
    let headers: Vec<String> = server.headers.iter().map(|name| format!("{name}: ...")).collect();
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let name: String = name.chars().map(allowed).collect();
    let mut words = vec!["claude", "mcp", "add"];
    match (&server.command, &server.url) {
        (Some(program), _) => {
            if own(program) || server.args.iter().any(|arg| own(arg)) {
                return None;
            }
            words.extend(env.iter().flat_map(|pair| ["--env", pair]));
            words.extend(["--transport", "stdio", &name, "--", program]);
            words.extend(server.args.iter().map(String::as_str));
        }
        (None, Some(url)) => {
            // It knows no other; `ws` has to be written by hand.
            let transport = ["http", "sse"].into_iter().find(|one| *one == server.transport)?;
            words.extend(headers.iter().flat_map(|pair| ["--header", pair]));
            words.extend(["--transport", transport, &name, url]);
        }
        (None, None) => return None,
    }
    command(&words)
}

/// One file, as its host has it at the pinned commit.
fn download(state: &SourceState, artifact: &Artifact) -> Option<Install> {
    let folder = folder(artifact.id.kind)?;
    let [file] = artifact.files.as_slice() else { return None };
    let web = web_link(state.web.as_deref()?)?;
    let repository = web.strip_prefix("https://github.com/")?.trim_end_matches('/');
    let repository = repository.trim_end_matches(".git");
    let path = if artifact.id.kind == Kind::Skill {
        format!("{}/{}", artifact.file_path().trim_start_matches("./"), file.path)
    } else {
        artifact.file_path().to_owned()
    };
    let (commit, path) = (facts::percent(state.commit.as_deref()?), facts::percent(&path));
    let url = format!("https://raw.githubusercontent.com/{repository}/{commit}/{path}");
    let to = match artifact.id.kind {
        Kind::Skill => format!("{folder}{}/{}", artifact.id.short_name(), file.path),
        _ => format!("{folder}{}", file.path),
    };
    let command = command(&["curl", "-fsSL", "--create-dirs", "-o", &to, &url])?;
    Some(Install { label: "Download", command, note: None })
}

/// Words for a shell; `None` where one cannot be trusted in a terminal.
fn command(words: &[&str]) -> Option<String> {
    // A name that looks like an option would be read as one.
    let sly = |word: &&str| word.starts_with('-') && word.contains(char::is_whitespace);
    if words.iter().any(sly) {
        return None;
    }
    words.iter().map(|one| word(one)).collect::<Option<Vec<_>>>().map(|words| words.join(" "))
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
