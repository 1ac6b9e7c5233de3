//! Keeps secrets out of what is published: one place that says which values those are.
//!
//! A literal value below `env` or `headers` is masked; `${VARIABLE}` names a secret without
//! telling it and stays. Addresses lose the user and password in them.

use serde_json::Value;

/// Stands where a secret stood.
pub const MASK: &str = "<redacted>";

/// Keys whose values are secrets.
const SECRET: [&str; 2] = ["env", "headers"];
/// Keys of a front matter or manifest that may hold such keys inside.
const HOLDERS: [&str; 6] =
    ["env", "headers", "mcpServers", "mcp_servers", "mcp-servers", "servers"];

/// The text of an artifact's file without secrets; `None` where there are none to mask.
pub fn file(path: &str, text: &str) -> Option<String> {
    if !applies(path) {
        return None;
    }
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        // What cannot be read cannot be masked either.
        let suspect = ["\"env\"", "\"headers\"", "://"].iter().any(|word| text.contains(word));
        return suspect.then(|| {
            "Not published: this is no valid JSON, so secrets in it could not be masked.\n"
                .to_owned()
        });
    };
    if !mask(&mut value) {
        return None;
    }
    serde_json::to_string_pretty(&value).ok().map(|text| text + "\n")
}

/// Whether a file of this name may have values to mask.
pub fn applies(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [".json", ".jsonc", ".json5"].iter().any(|ending| path.ends_with(ending))
}

/// The one-line text of a field of a front matter or manifest, without secrets.
pub fn field(key: &str, value: &str) -> String {
    if !HOLDERS.contains(&key) {
        return urls(value);
    }
    let Ok(parsed) = serde_json::from_str::<Value>(value) else { return MASK.to_owned() };
    let mut whole = Value::Object([(key.to_owned(), parsed)].into_iter().collect());
    mask(&mut whole);
    whole[key].to_string()
}

/// Masks in place; says whether there was something.
fn mask(value: &mut Value) -> bool {
    let mut any = false;
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                any |= if SECRET.contains(&key.as_str()) { mask_all(value) } else { mask(value) };
            }
        }
        Value::Array(items) => {
            for item in items {
                any |= mask(item);
            }
        }
        Value::String(text) => {
            let clean = urls(text);
            any = clean != *text;
            *text = clean;
        }
        _ => {}
    }
    any
}

/// Everything below is secret but names of variables, truth values and nothing.
fn mask_all(value: &mut Value) -> bool {
    match value {
        // All of them, not up to the first that has something to mask.
        Value::Object(fields) => fields.values_mut().map(mask_all).filter(|any| *any).count() > 0,
        Value::Array(items) => items.iter_mut().map(mask_all).filter(|any| *any).count() > 0,
        Value::String(text) if is_reference(text) => false,
        Value::String(_) | Value::Number(_) => {
            *value = Value::from(MASK);
            true
        }
        Value::Bool(_) | Value::Null => false,
    }
}

/// `${TOKEN}`, `Bearer ${TOKEN}`, or nothing.
fn is_reference(text: &str) -> bool {
    let mut rest = String::new();
    let mut left = text;
    while let Some(start) = left.find("${") {
        let Some(length) = left[start..].find('}') else { return false };
        // `${NAME:-value}` has a value in it.
        if left[start..start + length].contains(":-") {
            return false;
        }
        rest.push_str(&left[..start]);
        left = &left[start + length + 1..];
    }
    rest.push_str(left);
    matches!(rest.trim().to_ascii_lowercase().as_str(), "" | "bearer" | "basic" | "token")
}

/// The words of an error without secrets, and of paths of a machine only their last names.
pub fn message(text: &str) -> String {
    let marked = |(at, part): (usize, &str)| {
        // In backticks a path may have spaces.
        if at % 2 == 1 { path(part) } else { part.split_inclusive(is_between).map(path).collect() }
    };
    let parts: Vec<String> = text.split('`').enumerate().map(marked).collect();
    urls(&parts.join("`"))
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\'' | '"' | '(' | ')' | ',' | ';' | '=')
}

/// A word that is a path of a machine as `…/name`.
fn path(word: &str) -> String {
    let scheme = word.find("file://").map_or(0, |at| at + "file://".len());
    let (head, path) = word.split_at(scheme);
    let is_drive = path.get(1..3).is_some_and(|colon| matches!(colon, ":\\" | ":/"));
    let end = path.trim_end_matches(is_between).trim_end_matches(['/', '\\']).len();
    if !(path.starts_with(['/', '~', '\\']) || is_drive) || end == 0 {
        return word.to_owned();
    }
    let name = path[..end].rsplit(['/', '\\']).next().unwrap_or_default();
    let rest = path[end..].trim_start_matches(['/', '\\']);
    format!("{head}…/{name}{rest}")
}

/// An address without the user and password in it.
pub fn url(url: &str) -> String {
    urls(url)
}

/// Text whose addresses have no user and password in them.
pub fn urls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end =
            tail.find(|c: char| c.is_whitespace() || "/?#\"'<>`".contains(c)).unwrap_or(tail.len());
        let host = match tail[..end].rsplit_once('@') {
            // The whole of it is a variable's name: it tells nothing.
            Some((user, _)) if user.starts_with("${") && user.ends_with('}') => &tail[..end],
            Some((_, host)) => host,
            None => &tail[..end],
        };
        out.push_str(host);
        rest = &tail[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_no_path_of_a_machine_and_no_secret() {
        for (text, wanted) in [
            (
                "the repository `/srv/joe smith/x` is no repository",
                "the repository `…/x` is no repository",
            ),
            ("'/tmp/a/b' does not exist, nor '~/c'", "'…/b' does not exist, nor '…/c'"),
            ("`file:///srv/x.git` is gone", "`file://…/x.git` is gone"),
            ("in C:\\me\\x: denied", "in …/x: denied"),
            ("`https://h.example/a/b` answers 403", "`https://h.example/a/b` answers 403"),
            ("`https://u:s3cret@h.example/` answers 403", "`https://h.example/` answers 403"),
            ("either/or, and / alone", "either/or, and / alone"),
        ] {
            assert_eq!(message(text), wanted);
        }
    }

    #[test]
    fn literal_secrets_are_masked_and_names_of_variables_stay() {
        let text = r#"{"a":{"env":{"K":"s3cret","V":"${V}","N":7},"headers":{"Authorization":
            "Bearer ${T}","X":"Bearer s3cret"},"url":"https://u:s3cret@h.example/x","args":["ok"]}}"#;
        let masked = file(".mcp.json", text).unwrap();
        assert!(!masked.contains("s3cret"), "{masked}");
        let value: Value = serde_json::from_str(&masked).unwrap();
        let server = &value["a"];
        assert_eq!(server["env"]["K"], MASK);
        assert_eq!(server["env"]["V"], "${V}");
        assert_eq!(server["headers"]["Authorization"], "Bearer ${T}");
        assert_eq!(server["url"], "https://h.example/x");
        assert_eq!(server["args"][0], "ok");
    }

    #[test]
    fn what_has_no_secret_stays_as_it_is_and_what_cannot_be_read_is_not_shown() {
        assert_eq!(file("a.json", r#"{"x": "https://h.example/a@b"}"#), None);
        assert_eq!(file("a.md", "https://u:p@h"), None);
        assert!(!file("a.json", r#"{"env": {"K": "s3cret"}"#).unwrap().contains("s3cret"));
        assert_eq!(field("env", r#"{"K":"s3cret"}"#), r#"{"K":"<redacted>"}"#);
        assert_eq!(field("env", "{K: s3cret}"), MASK);
        assert_eq!(
            field("mcpServers", r#"{"a":{"env":{"K":"x"}}}"#),
            r#"{"a":{"env":{"K":"<redacted>"}}}"#
        );
    }
}
