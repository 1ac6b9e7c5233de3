//! What the configuration comes to, value by value, for people to read: each with the line it
//! stands on, and with the defaults of what was not written. Secrets in addresses are masked.

use crate::format::redact;
use crate::format::yaml::{self, Data, Limits, Node};
use crate::model::source::published_url;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// `sync.interval`, `sources.team.git`.
    pub key: String,
    pub value: String,
    /// Of the file; `None` for a default.
    pub line: Option<usize>,
}

/// Of the settings that hold where nothing is written.
const DEFAULTS: [(&str, &str); 5] = [
    ("site.title", "Agent catalog"),
    ("site.pages", "content"),
    ("sync.interval", "10m"),
    ("sync.stale_after", "1h"),
    ("sync.force_after", "24h"),
];

/// In the order of the file, then the defaults; what is no YAML has none.
pub fn written(text: &str) -> Vec<Written> {
    let mut all = Vec::new();
    if let Ok(root) = yaml::parse(text, Limits::FILE) {
        collect(&root, String::new(), &mut all);
    }
    for (key, value) in DEFAULTS {
        if !all.iter().any(|one| one.key == key) {
            all.push(Written { key: key.to_owned(), value: value.to_owned(), line: None });
        }
    }
    all
}

fn collect(node: &Node, key: String, all: &mut Vec<Written>) {
    match &node.data {
        Data::Map(entries) => {
            for (name, node) in entries {
                let dot = if key.is_empty() { "" } else { "." };
                collect(node, format!("{key}{dot}{}", name.text), all);
            }
        }
        // Left empty is as if it was not written.
        _ if node.is_null() => {}
        _ => {
            let name = key.rsplit('.').next().unwrap_or_default();
            let value = match text(node) {
                url if url.contains("://") => published_url(&url),
                text => redact::field(name, &text),
            };
            all.push(Written { key, value, line: Some(node.line) });
        }
    }
}

fn text(node: &Node) -> String {
    match &node.data {
        Data::Scalar { text, .. } => text.clone(),
        Data::List(nodes) => nodes.iter().map(text).collect::<Vec<_>>().join(", "),
        Data::Map(entries) => {
            let pair = |(key, node): &(yaml::Key, Node)| format!("{}: {}", key.text, text(node));
            entries.iter().map(pair).collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_its_line_and_what_is_not_written_its_default() {
        let text = "version: 1\nsite: {title: Team, pages: [content, docs]}\nsync:\n  interval: 5m\n\
                    sources:\n  team:\n    git: https://ada:secret@example.org/x.git?key=1\n    tags:\n";
        let all: Vec<String> = written(text)
            .into_iter()
            .map(|one| {
                let line = one.line.map_or("default".to_owned(), |line| line.to_string());
                format!("{} {line} {}", one.key, one.value)
            })
            .collect();
        assert_eq!(
            all,
            [
                "version 1 1",
                "site.title 2 Team",
                "site.pages 2 content, docs",
                "sync.interval 4 5m",
                "sources.team.git 7 https://example.org/x.git",
                "sync.stale_after default 1h",
                "sync.force_after default 24h",
            ]
        );
        assert_eq!(written("a: [").len(), DEFAULTS.len());
    }
}
