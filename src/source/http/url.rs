//! The text of an address to its parts, and what a server writes (`Location`, links of an index)
//! to a whole address, by RFC 3986.
//!
//! Stricter than browsers: user names, backslashes, spaces and control characters are refused, for
//! two readers of such a text find two hosts in it. Knows nothing of what may be connected to.

use std::fmt;

use crate::model::source::published_url;
use crate::words;

/// A longer address is refused.
const URL_BYTES_MAX: usize = 8 << 10;

/// Where a connection leads: scheme, host in lower case, port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    pub is_https: bool,
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    pub port: u16,
}

/// A whole address, without fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    pub origin: Origin,
    /// Starts with `/`, without dot segments.
    path: String,
    /// Without its `?`.
    query: Option<String>,
}

impl Url {
    /// Reads `http://…` or `https://…`. Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        check(text)?;
        let (scheme, rest) = text.split_once("://").ok_or("it has no `://`")?;
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err("only `https` and `http` are read"),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (rest, None),
        };
        Ok(Self { origin: origin(is_https, authority)?, path: without_dots(path), query })
    }

    /// What `text`, written by whoever answers at this address, means. Says what is wrong.
    pub fn join(&self, text: &str) -> Result<Self, &'static str> {
        check(text)?;
        let scheme = if self.origin.is_https { "https" } else { "http" };
        if let Some(rest) = text.strip_prefix("//") {
            return Self::parse(&format!("{scheme}://{rest}"));
        }
        let first = text.split(['/', '?', '#']).next().unwrap_or_default();
        if first.contains(':') {
            return Self::parse(text);
        }
        let text = text.split('#').next().unwrap_or_default();
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (text, None),
        };
        let dir = &self.path[..=self.path.rfind('/').unwrap_or_default()];
        let (path, query) = match path {
            "" => (self.path.clone(), query.or_else(|| self.query.clone())),
            path if path.starts_with('/') => (path.to_owned(), query),
            path => (format!("{dir}{path}"), query),
        };
        Ok(Self { origin: self.origin.clone(), path: without_dots(&path), query })
    }

    pub fn has_query(&self) -> bool {
        self.query.is_some()
    }

    /// For people: no query, which may hold a secret, and nothing that a terminal would obey.
    pub fn shown(&self) -> String {
        shown(&self.to_string())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)?;
        self.query.as_ref().map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        let usual = if self.is_https { 443 } else { 80 };
        if self.port == usual { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// An address as it may be shown to anybody, also one that is none.
pub fn shown(url: &str) -> String {
    let without = url.split(['?', '#']).next().unwrap_or_default();
    let is_whole = without.contains("://") && !without.starts_with("file:");
    let shown = if is_whole { published_url(without) } else { without.to_owned() };
    words::visible(&shown.chars().take(300).collect::<String>())
}

/// A value of a query: everything but letters, digits and `-._~` as `%` and two hex digits.
pub fn encoded(text: &str) -> String {
    use fmt::Write;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// An address below a source's own, with a query: `base/path?key=value&…`.
pub fn with_query(url: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = url.to_owned();
    for (at, (key, value)) in pairs.iter().enumerate() {
        let sign = if at == 0 { '?' } else { '&' };
        out.push_str(&format!("{sign}{}={}", encoded(key), encoded(value)));
    }
    out
}

fn check(text: &str) -> Result<(), &'static str> {
    if text.len() > URL_BYTES_MAX {
        Err("it is too long")
    } else if text.contains('\\') {
        Err("it holds a backslash")
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err("it holds spaces, control characters or letters that are not ASCII")
    } else {
        Ok(())
    }
}

fn origin(is_https: bool, authority: &str) -> Result<Origin, &'static str> {
    if authority.contains('@') {
        return Err("it holds a user name");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_v6 = host.starts_with('[') && host.ends_with(']');
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let inside = host.trim_start_matches('[').trim_end_matches(']');
    let is_host = if is_v6 {
        inside.parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        !host.is_empty() && host.len() <= 253 && host.chars().all(is_name)
    };
    if !is_host {
        return Err("its host is no name and no address");
    }
    let port = match port {
        None | Some("") => Ok(if is_https { 443 } else { 80 }),
        // `+80` is a number for Rust and none for anybody else.
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => port.parse(),
        Some(_) => return Err("its port is no number"),
    };
    let port = port.map_err(|_| "its port is no number")?;
    Ok(Origin { is_https, host: host.to_ascii_lowercase(), port })
}

/// The path without `.` and `..`, which never lead above the root.
fn without_dots(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut is_dir = true;
    for name in path.trim_start_matches('/').split('/') {
        is_dir = matches!(name, "" | "." | "..");
        match name {
            "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    let mut out = format!("/{}", names.join("/"));
    if is_dir && !out.ends_with('/') {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_writes_is_resolved_by_rfc_3986() {
        let base = Url::parse("http://h.example/b/c/d?q").unwrap();
        for (text, whole) in [
            ("g", "http://h.example/b/c/g"),
            ("./g/", "http://h.example/b/c/g/"),
            ("/g", "http://h.example/g"),
            ("//g", "http://g/"),
            ("?y", "http://h.example/b/c/d?y"),
            ("g?y=1#s", "http://h.example/b/c/g?y=1"),
            ("", "http://h.example/b/c/d?q"),
            ("..", "http://h.example/b/"),
            ("../../../g", "http://h.example/g"),
            ("HTTPS://G.Example:443/x", "https://g.example/x"),
            ("http://[::1]:8080", "http://[::1]:8080/"),
            ("g;x:y/z", "no"),
            ("javascript:alert(1)", "no"),
            ("file:///etc/passwd", "no"),
            ("http:/h", "no"),
            ("http://u@h/", "no"),
            ("http://h.example@127.0.0.1/", "no"),
            ("http://127.0.0.1\\@h.example/", "no"),
            ("http://h:99999/", "no"),
            ("http://h:+80/", "no"),
            ("http://[::1/", "no"),
            ("http://[fe80::1%25eth0]/", "no"),
            ("http://h%2e/", "no"),
            ("http:///x", "no"),
            ("http://h /", "no"),
            ("http://ⓛocalhost/", "no"),
            ("x\r\nHost: y", "no"),
        ] {
            let found = base.join(text).map(|url| url.to_string());
            assert_eq!(found.as_deref().unwrap_or("no"), whole, "{text}");
        }
    }

    #[test]
    fn a_shown_address_has_no_query_and_a_value_of_one_is_encoded() {
        let url =
            with_query("https://h.example/v0/servers", &[("search", "a b&c"), ("limit", "1")]);
        assert_eq!(url, "https://h.example/v0/servers?search=a%20b%26c&limit=1");
        assert_eq!(Url::parse(&url).unwrap().shown(), "https://h.example/v0/servers");
        assert_eq!(format!("{:?}", Url::parse(&url)), "Ok(https://h.example/v0/servers)");
    }
}
