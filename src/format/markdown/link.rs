//! Addresses as written in a text to what may be done with them; also finds bare addresses.
//!
//! An address is judged as a browser would read it: control characters inside a scheme do not
//! hide it. What is not known to be harmless is refused.

use crate::words::is_invisible;

/// Longer addresses lead nowhere.
const BYTES_MAX: usize = 2048;

/// What an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `#name`, without the `#`, percent-decoded.
    Fragment(String),
    /// `http` or `https`, with a host.
    Web {
        href: String,
        host: String,
    },
    Mail(String),
    /// Relative to the file, or to the root of its tree.
    Relative(String),
    /// Why it leads nowhere: "`javascript:` is not allowed".
    Refused(String),
}

pub fn classify(written: &str) -> Address {
    let refused = |why: &str| Address::Refused(why.to_owned());
    // What a browser does before it looks for a scheme.
    let address: String = written
        .trim_matches(|c: char| c <= ' ')
        .chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .collect();
    if address.chars().any(|c| c.is_control() || is_invisible(c)) {
        return refused("it holds hidden characters");
    }
    if address.is_empty() {
        return refused("it is empty");
    }
    if address.len() > BYTES_MAX {
        return refused("it is longer than 2048 bytes");
    }
    if let Some(fragment) = address.strip_prefix('#') {
        return Address::Fragment(percent_decoded(fragment));
    }
    if address.starts_with(['/', '\\']) && address[1..].starts_with(['/', '\\']) {
        return refused("it names a host without a scheme");
    }
    match scheme(&address) {
        None => Address::Relative(encoded(&address)),
        Some(scheme) if matches!(scheme.as_str(), "http" | "https") => match host(&address) {
            Some(host) => Address::Web { href: encoded(&address), host },
            None => refused("it has no host"),
        },
        Some(scheme) if scheme == "mailto" => Address::Mail(encoded(&address)),
        Some(scheme) => Address::Refused(format!("`{scheme}:` is not allowed")),
    }
}

/// The scheme in lower case, when there is one.
fn scheme(address: &str) -> Option<String> {
    let (head, _) = address.split_once(':')?;
    let mut letters = head.chars();
    let named = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    named.then(|| head.to_ascii_lowercase())
}

fn host(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let known = host.starts_with('[') || host.chars().next()?.is_alphanumeric();
    (known && !host.contains(|c: char| c.is_whitespace() || c == '%')).then(|| host.to_lowercase())
}

/// Percent-encodes what may not stand in a URL; what is encoded already stays.
pub fn encoded(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            ' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => {
                out.push_str(&format!("%{:02X}", c as u32));
            }
            c => out.push(c),
        }
    }
    out
}

pub fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// The next bare `http(s)` address in a text, as start and end.
pub fn find_bare(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(colon) = text[from..].find("://").map(|at| from + at) {
        from = colon + 3;
        let before = &text[..colon];
        let Some(length) = [5, 4].into_iter().find(|n| {
            let scheme = before.len().checked_sub(*n).and_then(|start| before.get(start..));
            scheme.is_some_and(|s| s.eq_ignore_ascii_case(["http", "https"][n - 4]))
        }) else {
            continue;
        };
        let start = colon - length;
        let joined = text[..start].chars().next_back().is_some_and(char::is_alphanumeric);
        // Judged before its end is looked for, so that a long line is read once.
        if !joined && text[from..].starts_with(|c: char| c.is_alphanumeric() || c == '[') {
            return Some((start, from + bare_length(&text[from..])));
        }
    }
    None
}

/// How far an address goes: to the next space, less the punctuation of the sentence around it.
fn bare_length(rest: &str) -> usize {
    let stop = |c: char| {
        c.is_whitespace() || c.is_control() || is_invisible(c) || matches!(c, '<' | '>' | '"' | '`')
    };
    let mut end = rest.find(stop).unwrap_or(rest.len());
    let count = |c: u8| rest.as_bytes()[..end].iter().filter(|b| **b == c).count();
    let (open, mut close) = (count(b'('), count(b')'));
    while let Some(last) = rest[..end].chars().next_back() {
        match last {
            ')' if close > open => close -= 1,
            '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '~' | '\'' | ']' | '}' | '|' | '’' => {
            }
            _ => break,
        }
        end -= last.len_utf8();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_foreign_scheme_is_refused() {
        let spellings = [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "java\tscript:alert(1)",
            "java\nscript:alert(1)",
            "java\r\nscript:alert(1)",
            "javascript\t:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "file:///etc/passwd",
            "//host/x",
            "/\\host/x",
            "\\\\host\\x",
            "\\/host",
            "blob:x",
            "ftp://x",
            "view-source:http://x",
            "c:\\x",
            "http:x",
            "https:/x",
            "http:///x",
            "http://\\x",
            "https:",
            "",
            "  ",
            "jav\u{200b}ascript:x",
            "\u{feff}javascript:x",
            "tel:1",
        ];
        for spelling in spellings {
            assert!(matches!(classify(spelling), Address::Refused(_)), "{spelling:?}");
        }
    }

    #[test]
    fn what_is_harmless_is_told_apart() {
        let web = |href: &str, host: &str| Address::Web { href: href.into(), host: host.into() };
        assert_eq!(classify("HTTPS://Ex.org/a b"), web("HTTPS://Ex.org/a%20b", "ex.org"));
        assert_eq!(
            classify("http://u@ex.org:8080?x"),
            web("http://u@ex.org:8080?x", "ex.org:8080")
        );
        assert_eq!(classify("mailto:a@b"), Address::Mail("mailto:a@b".into()));
        assert_eq!(classify("#A%20b"), Address::Fragment("A b".into()));
        assert_eq!(classify("../a.md#x"), Address::Relative("../a.md#x".into()));
        assert_eq!(classify("/a:b"), Address::Relative("/a:b".into()));
        assert_eq!(classify("%6aavascript:x"), Address::Relative("%6aavascript:x".into()));
    }

    #[test]
    fn bare_addresses_end_before_the_punctuation_around_them() {
        let found = |text: &str| find_bare(text).map(|(start, end)| text[start..end].to_owned());
        assert_eq!(found("see https://a.b/c_d."), Some("https://a.b/c_d".into()));
        assert_eq!(found("(http://a.b/c_(d))"), Some("http://a.b/c_(d)".into()));
        assert_eq!(found("xhttp://a.b HTTP://c"), Some("HTTP://c".into()));
        assert_eq!(found("https://... ftp://x é://"), None);
    }
}
