//! Which remote addresses and references are let through to Git, and how they are shown.
//!
//! Git reads some addresses as commands (`ext::sh -c …`) and some words as options; what is not
//! known to be harmless is refused here. Knows nothing of what the remote holds.

use crate::error::{Problem, Result};
use crate::model::source;

/// An address that was let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub url: String,
    /// On this machine: no network, and nothing gained by fetching in parts.
    pub is_local: bool,
    /// The transports Git may use for it, as `GIT_ALLOW_PROTOCOL` lists them.
    pub protocols: &'static str,
}

impl Address {
    /// The same repository, asked for parts as one far away is.
    pub(super) fn in_parts(&self) -> Self {
        Self { is_local: false, ..self.clone() }
    }

    /// Whether Git reads it from this machine's files.
    pub(super) fn is_file(&self) -> bool {
        self.protocols == "file"
    }
}

/// `https://`, `ssh://`, `user@host:path`, `file://`, an absolute path; `http://` to this machine.
pub(super) fn check(url: &str) -> Result<Address> {
    let refuse = |why: &str| {
        let message = format!("the address `{}` is not allowed: {why}", scrub(url));
        Problem::error("SM412", message).help(
            "write `https://host/path`, `ssh://host/path`, `user@host:path` or an absolute path",
        )
    };
    if url.is_empty() || url.chars().any(|c| c.is_control() || c == ' ') {
        return Err(refuse("it is empty or has a space or control character").into());
    }
    if url.starts_with('-') {
        return Err(refuse("it begins with `-`").into());
    }
    let network = |protocols| Address { url: url.to_owned(), is_local: false, protocols };
    match url.split_once("://") {
        Some(("file", path)) if path.starts_with('/') => Ok(local(url)),
        Some((scheme @ ("https" | "ssh" | "http"), rest)) => {
            let host = host(rest).ok_or_else(|| refuse("its host cannot be read"))?;
            match scheme {
                "http" if !is_loopback(host) => Err(refuse("`http` is not encrypted").into()),
                "http" => Ok(network("http")),
                _ => Ok(network("https:ssh")),
            }
        }
        Some(_) => Err(refuse("its scheme is not `https`, `ssh` or `file`").into()),
        None if url.starts_with('/') => Ok(local(url)),
        None if is_scp(url) => Ok(network("https:ssh")),
        None => Err(refuse("it is no URL and no absolute path").into()),
    }
}

fn local(url: &str) -> Address {
    // Git takes a bundle (a repository in one file) by its path only, and decodes `%` in a URL.
    let path = url.strip_prefix("file://").filter(|path| !path.contains('%'));
    Address { url: path.unwrap_or(url).to_owned(), is_local: true, protocols: "file" }
}

/// The host of `[user[:password]@]host[:port]/path`.
fn host(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let (host, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => host.split_once(':').unwrap_or((host, "")),
    };
    let is_port = port.trim_start_matches(':').bytes().all(|b| b.is_ascii_digit());
    // A user of `-oProxyCommand=…` would become an option of ssh.
    let is_safe = is_port && is_host(host) && !authority.starts_with('-');
    is_safe.then_some(host)
}

fn is_host(host: &str) -> bool {
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
    !host.is_empty() && !host.starts_with('-') && host.bytes().all(known)
}

fn is_loopback(host: &str) -> bool {
    let ip = host.parse::<std::net::IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

/// `[user@]host:path`, which is ssh; `host::…` would name a remote helper to run.
fn is_scp(url: &str) -> bool {
    let Some((login, path)) = url.split_once(':') else { return false };
    let (user, host) = login.split_once('@').unwrap_or(("git", login));
    is_host(host) && is_host(user) && !path.is_empty() && !path.starts_with([':', '-'])
}

/// A branch, a tag or a whole commit id.
pub(super) fn check_reference(name: &str) -> Result<()> {
    source::check_reference(name).map_err(|why| {
        let message = format!("`{name}` is not the name of a branch or a tag: {why}");
        Problem::error("SM413", message).help("correct `ref:` of the source").into()
    })
}

/// 40 or 64 hex digits, lower case: nothing shorter is fetched or pinned.
pub(super) fn is_commit_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Text without what stands between `://` and `@`: passwords and tokens in addresses.
pub(super) fn scrub(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end = tail.find(['/', ' ', '\'', '"', '\n', '`']).unwrap_or(tail.len());
        rest = match tail[..end].rfind('@') {
            Some(sign) => {
                out.push_str("***");
                &tail[sign..]
            }
            None => tail,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_kinds_of_address_pass() {
        for (url, protocols) in [
            ("https://github.com/anthropics/skills", "https:ssh"),
            ("https://user:secret@git.example:8443/x.git", "https:ssh"),
            ("ssh://git@host.example:22/x", "https:ssh"),
            ("git@github.com:org/repo.git", "https:ssh"),
            ("host.example:repo", "https:ssh"),
            ("http://127.0.0.1:8080/x", "http"),
            ("http://[::1]:8080/x", "http"),
            ("http://localhost/x", "http"),
            ("file:///srv/git/x", "file"),
            ("/srv/git/x", "file"),
        ] {
            assert_eq!(check(url).unwrap().protocols, protocols, "{url}");
        }
    }

    #[test]
    fn hostile_addresses_are_refused() {
        for url in [
            "",
            "-upload-pack=touch CANARY",
            "--upload-pack=touch",
            "ext::sh -c touch% CANARY",
            "ext::sh%20-c%20touch",
            "file::/etc",
            "fd::17",
            "http://example.org/x",
            "http://127.0.0.1.example.org/x",
            "http://127.0.0.1@example.org/x",
            "git://host/x",
            "ftp://host/x",
            "ssh://-oProxyCommand=touch/x",
            "ssh://-oProxyCommand=touch@host/x",
            "ssh://%2doProxyCommand=x/y",
            "ssh://host:-p/x",
            "-oProxyCommand=touch:x",
            "git@-oProxyCommand=touch:x",
            "git@host:-x",
            "git@host::x",
            "https:///x",
            "https://ho\nst/x",
            "https://host/x\r\nHost: y",
            "../relative",
            "relative",
            "~/x",
            "file://host/x",
        ] {
            let error = check(url).unwrap_err();
            assert_eq!(error.problems[0].code, "SM412", "{url}");
        }
    }

    #[test]
    fn references_are_names_and_nothing_else() {
        for name in ["main", "v1.2", "feature/x-y", "release@1", "日本"] {
            assert!(check_reference(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "-x",
            "--upload-pack=touch",
            "a..b",
            "a b",
            "a:b",
            "a~1",
            "a^",
            "@",
            "a@{1}",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a*",
            "a\nb",
            "a\\b",
        ] {
            assert_eq!(check_reference(name).unwrap_err().problems[0].code, "SM413", "{name}");
        }
    }

    #[test]
    fn passwords_and_tokens_are_not_shown() {
        let text =
            "fatal: unable to access 'https://me:p@ss@host/x': see http://tok@h and http://h/@";
        let clean = "fatal: unable to access 'https://***@host/x': see http://***@h and http://h/@";
        assert_eq!(scrub(text), clean);
    }
}
