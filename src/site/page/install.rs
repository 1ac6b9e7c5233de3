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
        Kind::Plugin => ways.extend(public.as_deref().and_then(|url| plugin(artifact, url))),
        Kind::Skill => {
            let name = artifact.title.as_deref().unwrap_or_else(|| artifact.id.short_name());
            ways.extend(public.as_deref().and_then(|url| {
                let command = command(&["npx", "skills", "add", url, "--skill", name])?;
                Some(Install { label: "skills CLI", command, note: None })
            }));
        }
        Kind::Agent | Kind::Command | Kind::Hook => {}
    }
    ways.extend(state.and_then(|state| copy(state, artifact)));
    ways
}

/// The public address of a repository, `owner/name` where the clients take that.
fn repository(state: &SourceState) -> Option<String> {
    let Address::Git { .. } = state.source.address else { return None };
    let web = web_link(state.web.as_deref().unwrap_or(&state.address))?;
    let plain = web.trim_end_matches('/').trim_end_matches(".git").to_owned();
    Some(plain.strip_prefix("https://github.com/").map_or(plain.clone(), ToOwned::to_owned))
}

fn plugin(artifact: &Artifact, url: &str) -> Option<Install> {
    // Only a marketplace can be added; what it calls itself is not known here.
    artifact.context?;
    let name = super::frame::line(artifact.id.short_name());
    Some(Install {
        label: "Claude Code",
        command: format!("/plugin marketplace add {}", word(url)?),
        note: Some(format!("then choose {name} in /plugin")),
    })
}

fn mcp_add(name: &str, server: &Server) -> Option<String> {
    let mut words = vec!["claude", "mcp", "add"];
    let own = |word: &str| word.contains("${CLAUDE_PLUGIN_ROOT}");
    let env: Vec<String> = server.env.iter().map(|name| format!("{name}=...")).collect();
    let headers: Vec<String> = server.headers.iter().map(|name| format!("{name}: ...")).collect();
    match (&server.command, &server.url) {
        (Some(program), _) => {
            if own(program) || server.args.iter().any(|arg| own(arg)) {
                return None;
            }
            words.push(name);
            words.extend(env.iter().flat_map(|pair| ["--env", pair]));
            words.extend(["--", program]);
            words.extend(server.args.iter().map(String::as_str));
        }
        (None, Some(url)) => {
            words.extend(["--transport", &server.transport, name, url]);
            words.extend(headers.iter().flat_map(|pair| ["--header", pair]));
        }
        (None, None) => return None,
    }
    command(&words)
}

/// Copies it out of the catalog's own folder, or out of a checkout.
fn copy(state: &SourceState, artifact: &Artifact) -> Option<Install> {
    let folder = match artifact.id.kind {
        Kind::Skill => ".claude/skills/",
        Kind::Agent => ".claude/agents/",
        Kind::Command => ".claude/commands/",
        Kind::Hook | Kind::Mcp | Kind::Plugin => return None,
    };
    if let (Address::Path(root), true) = (&state.source.address, state.inside) {
        let from = format!("{}/{}", root.trim_end_matches('/'), artifact.file_path());
        let command = command(&["cp", "-r", from.trim_end_matches("/."), folder])?;
        return Some(Install { label: "Copy", command, note: None });
    }
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
