//! Addresses and small facts about sources: what a commit's files are called on the web.

use serde::Serialize;

use super::frame::line;
use crate::catalog::SourceState;
use crate::format::redact;
use crate::model::artifact::{Artifact, Server};
use crate::model::source::{Address, WebKind};

/// What an artifact says of itself by what it does: `Runs npx -y server`.
#[derive(Serialize)]
pub(in crate::site) struct Instead {
    pub words: &'static str,
    pub code: String,
}

/// A card has room for about this much.
const INSTEAD_MAX: usize = 200;

/// For an artifact whose source has no description.
pub(in crate::site) fn instead(artifact: &Artifact) -> Option<Instead> {
    if !artifact.description.trim().is_empty() {
        return None;
    }
    let can = &artifact.can;
    let (words, code) = if let Some(server) = &can.server {
        match (command_line(server), address(server)) {
            (Some(command), _) => ("Runs", command),
            (None, Some(url)) => ("Talks to", url),
            (None, None) => return None,
        }
    } else if let Some(external) = &can.external {
        let url = redact::url(&external.url);
        let place = url.split_once("://").map_or(url.as_str(), |(_, place)| place);
        ("Lives at", line(place.trim_end_matches(".git")))
    } else if !can.hooks.is_empty() {
        let mut events: Vec<String> = Vec::new();
        for hook in &can.hooks {
            let event = line(&hook.event);
            if !events.contains(&event) {
                events.push(event);
            }
        }
        ("Runs on", events.join(", "))
    } else {
        return None;
    };
    let shown: String = code.chars().take(INSTEAD_MAX).collect();
    let code = if shown.len() < code.len() { format!("{shown}…") } else { shown };
    Some(Instead { words, code })
}

/// What an MCP server is started with, in one line.
pub(super) fn command_line(server: &Server) -> Option<String> {
    let program = server.command.as_ref()?;
    let words: Vec<&str> =
        std::iter::once(program).chain(&server.args).map(String::as_str).collect();
    Some(line(&redact::urls(&words.join(" "))))
}

/// Where an MCP server is reached.
pub(super) fn address(server: &Server) -> Option<String> {
    server.url.as_deref().map(|url| line(&redact::url(url)))
}

/// What a source is read from.
pub(super) fn via(state: &SourceState) -> &'static str {
    match &state.source.address {
        Address::Git { .. } => "Git repository",
        Address::Path(_) => "Folder",
        Address::Store(_) => "SkillMeat store",
        Address::Web(web) => match web.kind {
            WebKind::Server => "SkillMeat server",
            WebKind::Site => "Another site",
            WebKind::Registry => "MCP registry",
            WebKind::Index => "Skills index",
        },
    }
}

/// The picture for that.
pub(in crate::site) fn icon(state: &SourceState) -> &'static str {
    match &state.source.address {
        Address::Git { .. } => "git",
        Address::Path(_) | Address::Store(_) => "folder",
        Address::Web(_) => "out",
    }
}

pub(super) fn reference(state: &SourceState) -> Option<&str> {
    match &state.source.address {
        Address::Git { reference, .. } => reference.as_deref(),
        Address::Path(_) | Address::Store(_) | Address::Web(_) => None,
    }
}

/// The first digits of a commit, as people compare them.
pub(super) fn short(commit: &str) -> String {
    line(&commit.chars().take(7).collect::<String>())
}

/// A folder or file of a source at its pinned commit, on a host whose addresses are known.
pub(super) fn tree_url(state: &SourceState, path: &str) -> Option<String> {
    let commit = state.commit.as_deref()?;
    let (web, [middle, _]) = forge(state)?;
    let path = path.trim_matches('/');
    let tail =
        if path.is_empty() || path == "." { String::new() } else { format!("/{}", percent(path)) };
    Some(format!("{web}/{middle}/{}{tail}", percent(commit)))
}

/// A commit of a source, on a host whose addresses are known.
pub(super) fn commit_url(state: &SourceState, commit: &str) -> Option<String> {
    let (web, [_, middle]) = forge(state)?;
    Some(format!("{web}/{middle}/{}", percent(commit)))
}

/// The commits that touched a path up to the pinned one, also where nothing is there any more.
pub(super) fn history_url(state: &SourceState, path: &str) -> Option<String> {
    let (web, [middle, _]) = forge(state)?;
    let middle = match middle {
        "tree" => "commits",
        "-/tree" => "-/commits",
        _ => return None,
    };
    let path = path.split('#').next().unwrap_or_default();
    Some(format!("{web}/{middle}/{}/{}", percent(state.commit.as_deref()?), percent(path)))
}

/// The address of a repository on such a host, and what its addresses of folders and of commits
/// have in the middle.
fn forge(state: &SourceState) -> Option<(String, [&'static str; 2])> {
    let web = super::frame::web_link(state.web.as_deref()?)?;
    let web = web.trim_end_matches('/').trim_end_matches(".git");
    let host = web.split("://").nth(1)?.split('/').next()?;
    let middles = match host {
        "github.com" => ["tree", "commit"],
        "bitbucket.org" => ["src", "commits"],
        "codeberg.org" => ["src/commit", "commit"],
        host if host.starts_with("gitlab.") => ["-/tree", "-/commit"],
        _ => return None,
    };
    Some((web.to_owned(), middles))
}

/// A path as a part of a URL.
pub(super) fn percent(path: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
