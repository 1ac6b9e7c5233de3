//! Addresses and small facts about sources: what a commit's files are called on the web.

use crate::catalog::SourceState;
use crate::model::source::Address;

pub(super) fn via(state: &SourceState) -> &'static str {
    match state.source.address {
        Address::Git { .. } => "git",
        Address::Path(_) => "folder",
    }
}

pub(super) fn reference(state: &SourceState) -> Option<&str> {
    match &state.source.address {
        Address::Git { reference, .. } => reference.as_deref(),
        Address::Path(_) => None,
    }
}

/// The first digits of a commit, as people compare them.
pub(super) fn short(commit: &str) -> String {
    super::frame::line(&commit.chars().take(7).collect::<String>())
}

/// A folder or file of a source at its pinned commit, on a host whose addresses are known.
pub(super) fn tree_url(state: &SourceState, path: &str) -> Option<String> {
    let web = super::frame::web_link(state.web.as_deref()?)?;
    let commit = state.commit.as_deref()?;
    let web = web.trim_end_matches('/').trim_end_matches(".git");
    let host = web.split("://").nth(1)?.split('/').next()?;
    let middle = match host {
        "github.com" => "tree",
        "bitbucket.org" => "src",
        "codeberg.org" => "src/commit",
        host if host.starts_with("gitlab.") => "-/tree",
        _ => return None,
    };
    let path = path.trim_matches('/');
    let tail =
        if path.is_empty() || path == "." { String::new() } else { format!("/{}", percent(path)) };
    Some(format!("{web}/{middle}/{}{tail}", percent(commit)))
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
