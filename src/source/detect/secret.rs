//! Which texts look like secrets, and how they are hidden. Used for what is shown of servers, hooks
//! and manifests; the files themselves keep their bytes.

use serde_json::Value;

/// What stands in the place of a secret.
pub(super) const MASK: &str = "***";

/// How tokens of well-known services start.
const TOKEN_STARTS: [&str; 17] = [
    "sk-",
    "sk_",
    "pk_live",
    "rk_live",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "xox",
    "AKIA",
    "AIza",
    "hf_",
    "npm_",
    "pypi-",
    "eyJ",
];

/// Words in the name of a variable, header or option whose value is a secret.
const SECRET_WORDS: [&str; 14] = [
    "key",
    "apikey",
    "token",
    "secret",
    "password",
    "passwd",
    "pwd",
    "credential",
    "credentials",
    "auth",
    "authorization",
    "cookie",
    "bearer",
    "pat",
];

/// A random run of letters and digits is taken for a token from this length on.
const TOKEN_CHARS_MIN: usize = 32;

/// `API_KEY`, `x-auth-token`, `githubToken`.
pub(super) fn is_secret_name(name: &str) -> bool {
    let mut words = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        if (c.is_uppercase() && lower_before) || !c.is_alphanumeric() {
            words.push(' ');
        }
        lower_before = c.is_lowercase();
        words.extend(c.to_lowercase().filter(|c| c.is_alphanumeric()));
    }
    words.split(' ').any(|word| SECRET_WORDS.contains(&word))
}

/// Whether the value is looked up where it is used, or left for people to fill in.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_lowercase();
    value.contains("${")
        || value.contains("{{")
        || value.contains("{env:")
        || value.contains('<')
        || value.starts_with('$')
        || value.starts_with('%') && value.ends_with('%')
        || ["your", "xxx", "...", "changeme", "placeholder", "example", "***", "todo"]
            .iter()
            .any(|word| lower.contains(word))
}

/// Whether `value`, given to something called `name`, is a literal secret.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    let value = value.trim();
    if is_placeholder(value) {
        return false;
    }
    if mask_text(value) != value {
        return true;
    }
    let plain = value.is_empty()
        || value.contains("://")
        || value.contains(['/', '\\', ' ']) && !value.starts_with("Basic ")
        || value.parse::<f64>().is_ok()
        || ["true", "false", "yes", "no", "none", "null", "on", "off"]
            .contains(&value.to_lowercase().as_str());
    is_secret_name(name) && !plain
}

fn is_token(word: &str) -> bool {
    let known = TOKEN_STARTS.iter().any(|start| {
        word.strip_prefix(start).is_some_and(|rest| {
            rest.len() >= 16 && rest.chars().any(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
        })
    });
    let has = |test: fn(&char) -> bool| word.chars().any(|c| test(&c));
    let random = word.len() >= TOKEN_CHARS_MIN
        && has(char::is_ascii_digit)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && !word.contains(['.', '-']);
    known || random
}

/// The text with what looks like a token, or stands behind `key=`, hidden.
pub(super) fn mask_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '~') {
            word.push(c);
            continue;
        }
        out.push_str(if is_token(&word) { MASK } else { &word });
        word.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// A URL without user info and without secrets in its query; `${VARIABLE}` stays.
pub(super) fn mask_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return mask_text(url) };
    let (rest, fragment) = match rest.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (rest, None),
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut out = format!("{scheme}://");
    match host.rsplit_once('@') {
        Some((user, host)) if is_placeholder(user) => out += &format!("{user}@{host}"),
        Some(("git", host)) => out += &format!("git@{host}"),
        Some((_, host)) => out += &format!("{MASK}@{host}"),
        None => out += host,
    }
    out += &mask_text(path);
    if let Some(query) = query {
        out.push('?');
        let parts: Vec<String> = query.split('&').map(mask_pair).collect();
        out += &parts.join("&");
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out += &mask_text(fragment);
    }
    out
}

/// `key=value` with the value hidden where the key asks for it.
fn mask_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((key, value)) if is_secret(key, value) => format!("{key}={MASK}"),
        _ => mask_text(pair),
    }
}

/// A command line, argument by argument: `--token x`, `API_KEY=x`, `Authorization: Bearer x`.
pub(super) fn mask_args(args: &[String]) -> Vec<String> {
    let mut out = Vec::with_capacity(args.len());
    let mut asked = None;
    for arg in args {
        let masked = match asked.take() {
            Some(name) if !arg.starts_with('-') && is_secret(name, arg) => MASK.to_owned(),
            _ => mask_arg(arg),
        };
        out.push(masked);
        asked = (arg.starts_with('-') && !arg.contains('=')).then_some(arg.as_str());
    }
    out
}

fn mask_arg(arg: &str) -> String {
    if arg.contains("://") {
        return mask_url(arg);
    }
    match arg.split_once([':', '=']) {
        Some((name, value)) if !is_placeholder(value) && is_secret_name(name) => {
            let value = value.trim();
            let bare = value.strip_prefix("Bearer ").unwrap_or(value);
            match is_secret(name, bare) {
                true => format!("{}{MASK}", &arg[..arg.len() - arg[name.len() + 1..].len()]),
                false => mask_text(arg),
            }
        }
        _ => mask_text(arg),
    }
}

/// A value of a manifest as it may be shown: values below `env` and `headers`, those of secret
/// names and what looks like a token are hidden.
pub(super) fn mask_value(name: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if is_secret(name, text) => Value::String(MASK.to_owned()),
        Value::String(text) if text.contains("://") => Value::String(mask_url(text)),
        Value::String(text) => Value::String(mask_text(text)),
        Value::Array(items) => {
            let texts: Option<Vec<String>> =
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            match texts {
                Some(texts) => mask_args(&texts).into_iter().map(Value::String).collect(),
                None => items.iter().map(|item| mask_value(name, item)).collect(),
            }
        }
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| {
                let hidden = matches!(name, "env" | "headers")
                    && value.as_str().is_some_and(|text| !is_placeholder(text));
                let shown = if hidden { MASK.into() } else { mask_value(key, value) };
                (key.clone(), shown)
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Put together here, so that no scanner takes them for real ones.
    fn token() -> String {
        ["ghp", "_0123456789abcdefABCDEF0123456789abcd"].concat()
    }

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        assert_eq!(mask_url("https://u:p@h/x?api_key=abc&q=1"), "https://***@h/x?api_key=***&q=1");
        assert_eq!(mask_url("https://h/?key=${KEY}"), "https://h/?key=${KEY}");
        let args: Vec<String> =
            ["--token", "abc", "-y", "API_KEY=abc", "x@1.2", &token()].map(str::to_owned).into();
        assert_eq!(mask_args(&args), ["--token", "***", "-y", "API_KEY=***", "x@1.2", "***"]);
        let header = vec!["Authorization: Bearer abc".to_owned()];
        assert_eq!(mask_args(&header), ["Authorization:***"]);
        let value = serde_json::json!({"env": {"A": "b", "C": "${C}"}, "n": 1});
        let shown = serde_json::json!({"env": {"A": "***", "C": "${C}"}, "n": 1});
        assert_eq!(mask_value("", &value), shown);
    }

    #[test]
    fn usual_values_are_no_secrets() {
        for (name, value) in [
            ("API_KEY", "${API_KEY}"),
            ("AUTH_URL", "https://login.example"),
            ("TOKEN", "<your token>"),
            ("KEY_FILE", "./key.pem"),
            ("HOST", "localhost"),
            ("MAX_TOKEN", "4096"),
        ] {
            assert!(!is_secret(name, value), "{name}");
        }
        assert!(is_secret("API_KEY", "abc123"));
        assert!(is_secret("X", &token()));
        assert!(!is_secret_name("KEYBOARD") && !is_secret_name("AUTHOR"));
        let sha = "docker run img@sha256:0123456789abcdef0123456789abcdef0123456789abcdef";
        assert_eq!(mask_text(sha), sha);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(name in ".{0,12}", text in ".{0,60}") {
            let _ = (mask_url(&text), mask_args(&[name.clone(), text.clone()]));
            let _ = mask_value(&name, &Value::String(text));
        }
    }
}
