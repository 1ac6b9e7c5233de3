//! Where artifacts come from, as the configuration says it.

use super::hash::ContentHash;
use crate::error::Place;

/// One entry of `sources` in `skillmeat.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The key: the first part of every id from here. `[A-Za-z0-9._-]`.
    pub name: String,
    pub address: Address,
    /// Globs over paths in the source; an empty list takes everything.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// Given to every artifact of the source.
    pub tags: Vec<String>,
    /// Where the entry stands.
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// As written: absolute, `~/…`, or relative to the catalog.
    Path(String),
    Git {
        url: String,
        /// Branch or tag; the remote's default branch when absent.
        reference: Option<String>,
    },
    /// The store of SkillMeat 0.9 on disk (`~/.skillmeat/collections`), as written.
    Store(String),
    Web(Web),
}

/// A source that answers over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    pub kind: WebKind,
    /// `https://…` or `http://…`, without user name, query and fragment.
    pub url: String,
    /// What an MCP registry is asked for.
    pub search: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WebKind {
    /// A SkillMeat 0.9 server.
    Server,
    /// Another site that skillmeat built, by its `api/v1`.
    Site,
    /// A registry of MCP servers.
    Registry,
    /// An `agent-skills/index.json`.
    Index,
}

/// The version of the shapes below a site's `api/v1`.
pub const SITE_SCHEMA: u32 = 1;

impl WebKind {
    pub const ALL: [Self; 4] = [Self::Server, Self::Site, Self::Registry, Self::Index];

    /// The key in `skillmeat.yaml` and in the lock.
    pub fn key(self) -> &'static str {
        match self {
            WebKind::Server => "skillmeat",
            WebKind::Site => "site",
            WebKind::Registry => "mcp",
            WebKind::Index => "index",
        }
    }
}

impl Source {
    /// What the cache keys this source's rows by: the same folder or repository, read through the
    /// same filters, is the same source in every catalog of a user. `root` is the absolute path of
    /// a source on disk, which the caller resolves.
    pub fn identity(&self, root: Option<&str>) -> String {
        let mut text = match &self.address {
            Address::Path(path) => format!("path\n{}", root.unwrap_or(path)),
            Address::Git { url, reference } => {
                format!("git\n{url}\n{}", reference.as_deref().unwrap_or("HEAD"))
            }
            Address::Store(path) => format!("store\n{}", root.unwrap_or(path)),
            Address::Web(Web { kind, url, search }) => {
                format!("{}\n{url}\n{}", kind.key(), search.as_deref().unwrap_or_default())
            }
        };
        for (sign, globs) in [('+', &self.include), ('-', &self.exclude)] {
            for glob in globs {
                text.push('\n');
                text.push(sign);
                text.push_str(glob);
            }
        }
        ContentHash::of(text.as_bytes()).short(32)
    }
}

impl Address {
    /// The address as it may be shown to anybody: no user info, no query, and of a folder of this
    /// machine only its name.
    pub fn published(&self) -> String {
        match self {
            Address::Git { url, .. } => published_url(url),
            Address::Path(path) | Address::Store(path) => published_path(path),
            Address::Web(web) => published_url(&web.url),
        }
    }

    /// Where people can look at it in a browser, when its address tells.
    pub fn web(&self) -> Option<String> {
        match self {
            Address::Git { .. } => {}
            Address::Web(Web { kind: WebKind::Site, .. }) => return Some(self.published()),
            Address::Web(_) | Address::Path(_) | Address::Store(_) => return None,
        }
        let published = self.published();
        let place = match published.split_once("://") {
            Some(("https" | "ssh", rest)) => rest.to_owned(),
            Some(_) => return None,
            None => published.split_once(':').map(|(host, path)| format!("{host}/{path}"))?,
        };
        let place = place.split_once('@').map_or(place.as_str(), |(_user, place)| place);
        Some(format!("https://{}", place.trim_end_matches('/').trim_end_matches(".git")))
    }
}

/// A Git URL without what may be a secret; the user of `ssh` stays, without a password.
pub fn published_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return if is_scp_like(url) { url.to_owned() } else { published_path(url) };
    };
    if scheme == "file" {
        return format!("file://{}", published_path(rest));
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = match host.rsplit_once('@') {
        Some((user, host)) if scheme == "ssh" => {
            format!("{}@{host}", user.split(':').next().unwrap_or_default())
        }
        Some((_, host)) => host.to_owned(),
        None => host.to_owned(),
    };
    format!("{scheme}://{host}{path}")
}

/// Paths below or beside the catalog stay; of others only the last name does.
fn published_path(path: &str) -> String {
    let of_this_machine = path.starts_with(['/', '~', '\\']) || path.contains(':');
    if !of_this_machine {
        return path.to_owned();
    }
    let name = path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
    format!("…/{name}")
}

/// Whether an address can be asked over HTTP. Says what is wrong.
pub fn check_web_url(url: &str) -> Result<(), &'static str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return Err("it must start with `https://` or `http://`");
    };
    if url.chars().any(|c| c.is_control() || c.is_whitespace() || crate::words::is_invisible(c)) {
        return Err("it holds spaces or control characters");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("a user name or token in it would be published; give it in the environment");
    }
    if url.contains(['?', '#', '\\']) {
        return Err("it holds `?`, `#` or a backslash");
    }
    check_authority(authority)
}

/// Whether `git` may be given this address: `https`, `ssh`, `user@host:path`, `file` or an absolute
/// path, and nothing that `git` could take for an option or a command. Says what is wrong.
pub fn check_git_url(url: &str) -> Result<(), &'static str> {
    if url.is_empty() {
        return Err("it is empty");
    }
    if url.chars().any(|c| c.is_control() || crate::words::is_invisible(c)) {
        return Err("it holds control characters");
    }
    if url.starts_with('-') {
        return Err("it starts with `-`");
    }
    if let Some((scheme, rest)) = url.split_once("://") {
        return match scheme {
            "file" if rest.starts_with('/') => Ok(()),
            "file" => Err("a `file` address needs an absolute path: `file:///path`"),
            "https" | "ssh" => check_authority(rest.split('/').next().unwrap_or_default()),
            _ => Err("only `https`, `ssh` and `file` addresses are read"),
        };
    }
    let first = url.split('/').next().unwrap_or_default();
    match first.contains(':') {
        true if first.contains("::") => Err("remote helpers such as `ext::` are not allowed"),
        true if is_scp_like(url) => Ok(()),
        true => Err("write `user@host:path`"),
        false if url.starts_with('/') => Ok(()),
        false => Err("a local path must be absolute"),
    }
}

/// `user@host:port`: a user that looks like an option, or a password that the host does not end
/// before, would reach `git` or a page.
fn check_authority(authority: &str) -> Result<(), &'static str> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, ""),
    };
    if authority.starts_with('-') || host.starts_with('-') {
        Err("its host starts with `-`")
    } else if authority.contains(' ') {
        Err("its host holds a space")
    } else if name.is_empty() {
        Err("it names no host")
    } else if !port.bytes().all(|b| b.is_ascii_digit()) {
        Err("its port is no number")
    } else {
        Ok(())
    }
}

/// `git@host:path`.
fn is_scp_like(url: &str) -> bool {
    let safe = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    let Some((user, rest)) = url.split_once('@') else { return false };
    let Some((host, path)) = rest.split_once(':') else { return false };
    safe(user) && safe(host) && !path.is_empty() && !path.starts_with(['-', ':'])
}

/// Whether a branch or tag may be given to `git`: the rules of `git check-ref-format`.
pub fn check_reference(name: &str) -> Result<(), &'static str> {
    let bad_component =
        |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    if name.is_empty() {
        Err("it is empty")
    } else if name.starts_with('-') {
        Err("it starts with `-`")
    } else if name.chars().any(|c| c.is_control() || crate::words::is_invisible(c)) {
        Err("it holds control characters")
    } else if name.contains([' ', '~', '^', ':', '?', '*', '[', '\\']) {
        Err("it holds one of ` ~^:?*[\\`")
    } else if name.contains("..") || name.contains("@{") || name == "@" || name.ends_with('.') {
        Err("it holds `..` or `@{`, is `@`, or ends with a dot")
    } else if name.split('/').any(bad_component) {
        Err("a part between slashes is empty, starts with a dot or ends with `.lock`")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_git_addresses_are_taken() {
        for url in [
            "https://github.com/anthropics/skills",
            "https://user:token@host.example/x@-y.git",
            "https://[::1]:8080/x",
            "https://[::1]/x",
            "ssh://git@host.example:22/x.git",
            "git@github.com:org/repo.git",
            "file:///srv/git/repo",
            "/srv/git/repo",
        ] {
            assert_eq!(check_git_url(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn addresses_that_could_run_something_are_refused() {
        for url in [
            "",
            "-u/x",
            "--upload-pack=touch x",
            "ext::sh -c touch% x",
            "file::/x",
            "fd::17",
            "https://-oProxyCommand=x/y",
            "ssh://-oProxyCommand=x/y",
            "ssh://git@-oProxyCommand=x/y",
            "https://",
            "https:///x",
            "http://host/x",
            "git://host/x",
            "host:path",
            "../repo",
            "~/repo",
            "./odd:name",
            "-x@host:path",
            "git@-host:path",
            "git@host:-path",
            "git@host::path",
            "https://user:pa/ss@host/x",
            "https://host/x\ny",
            "file://host/x",
        ] {
            assert!(check_git_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn web_addresses_name_a_host_and_no_secret() {
        for url in ["https://h.example", "http://127.0.0.1:8080/x/", "https://[::1]:80/"] {
            assert_eq!(check_web_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "h.example",
            "ftp://h",
            "file:///x",
            "https://",
            "https://u:p@h/",
            "https://h/?t=1",
            "https://h/#x",
            "https://h x/",
            "https://h\\x",
            "https://-h/",
        ] {
            assert!(check_web_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn references_follow_check_ref_format() {
        for name in ["main", "v1.2.0", "feature/a-b", "9d2f1ae"] {
            assert_eq!(check_reference(name), Ok(()), "{name}");
        }
        for name in [
            "", "-f", "a..b", "a b", "a\n", "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "@",
            "a@{1}", "a.",
        ] {
            assert!(check_reference(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_repository_can_be_looked_at_where_its_address_is_on_the_web() {
        for (url, page) in [
            ("https://u:p@h.example/o/r.git", Some("https://h.example/o/r")),
            ("git@h.example:o/r.git", Some("https://h.example/o/r")),
            ("ssh://git@h.example/o/r", Some("https://h.example/o/r")),
            ("file:///srv/r.git", None),
            ("../r", None),
        ] {
            let address = Address::Git { url: url.to_owned(), reference: None };
            assert_eq!(address.web().as_deref(), page, "{url}");
        }
    }

    #[test]
    fn what_is_published_names_no_user_and_no_folder_of_this_machine() {
        let published = |url: &str| published_url(url);
        assert_eq!(published("https://u:t@h.example/x?token=1"), "https://h.example/x");
        assert_eq!(published("ssh://git:pw@h.example/x"), "ssh://git@h.example/x");
        assert_eq!(published("git@h.example:x"), "git@h.example:x");
        assert_eq!(published("file:///srv/me/repo/"), "file://…/repo");
        assert_eq!(Address::Path("/srv/me/skills".into()).published(), "…/skills");
        assert_eq!(Address::Path("content/artifacts".into()).published(), "content/artifacts");
    }
}
