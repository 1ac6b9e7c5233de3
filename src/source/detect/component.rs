//! What a plugin's manifest or marketplace entry lists as its parts: paths, and what stands inline.

use serde_json::{Map, Value};

use super::draft::follow;
use crate::error::{Place, Problem};
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::source::tree::Tree;
use crate::words;

/// A file or directory that a plugin lists.
pub(super) struct Listed {
    pub kind: Kind,
    pub path: RelPath,
}

/// A part that stands in the manifest itself.
pub(super) struct Inline {
    pub kind: Kind,
    /// `file#part`.
    pub path: String,
    pub name: String,
    pub value: Value,
}

#[derive(Default)]
pub(super) struct Components {
    pub listed: Vec<Listed>,
    pub inline: Vec<Inline>,
    pub problems: Vec<Problem>,
}

const KEYS: [(&str, Kind); 5] = [
    ("commands", Kind::Command),
    ("agents", Kind::Agent),
    ("skills", Kind::Skill),
    ("hooks", Kind::Hook),
    ("mcpServers", Kind::Mcp),
];

/// Where hosts look for a plugin's parts unasked.
const DEFAULTS: [&str; 6] =
    ["commands", "agents", "skills", "hooks", "hooks/hooks.json", ".mcp.json"];

/// Whether a manifest lists any part.
pub(super) fn has_any(manifest: &Map<String, Value>) -> bool {
    KEYS.iter().any(|(key, _)| manifest.contains_key(*key))
}

/// A manifest, or an entry that serves as one, and where it stands.
pub(super) struct Origin<'a> {
    pub tree: &'a Tree,
    /// The plugin's root, from which its paths start.
    pub root: &'a RelPath,
    pub file: &'a RelPath,
    /// Stands between `#` and the name of an inline part: `plugin/` in a marketplace.
    pub part: &'a str,
}

pub(super) fn read(origin: &Origin<'_>, manifest: &Map<String, Value>) -> Components {
    let mut found = Components::default();
    for (key, kind) in KEYS {
        let values: Vec<&Value> = match manifest.get(key) {
            None => continue,
            Some(Value::Array(items)) => items.iter().collect(),
            Some(value) => vec![value],
        };
        for value in values {
            match value {
                Value::String(path) => found.list(origin, kind, path),
                Value::Object(map) => found.inline(origin, kind, map),
                _ => {}
            }
        }
    }
    found
}

impl Components {
    fn list(&mut self, origin: &Origin<'_>, kind: Kind, written: &str) {
        if written.contains("://") {
            return;
        }
        let path = written.trim().trim_start_matches("${CLAUDE_PLUGIN_ROOT}/");
        let problem = |words: String| {
            Problem::warning("SM341", words)
                .at(Place::file(origin.file.as_str()))
                .help("paths start at the plugin's root: `./skills/x`")
        };
        match origin.root.resolve(path) {
            None => {
                let words = format!("the plugin lists `{written}`, which leaves the source");
                self.problems.push(problem(words));
            }
            Some(path) => match follow(origin.tree, &path) {
                Some(path) => self.listed.push(Listed { kind, path }),
                // Manifests that are made by a program name the default places, used or not.
                None if path.below(origin.root).is_some_and(|path| DEFAULTS.contains(&path)) => {}
                None => {
                    let words = format!("the plugin lists `{written}`, which does not exist");
                    self.problems.push(problem(words));
                }
            },
        }
    }

    fn inline(&mut self, origin: &Origin<'_>, kind: Kind, map: &Map<String, Value>) {
        let path = |name: &str| {
            let part = words::visible(&format!("{}{name}", origin.part));
            format!("{}#{part}", origin.file)
        };
        match kind {
            Kind::Hook if !map.is_empty() => {
                let others = self.inline.iter().filter(|part| part.kind == Kind::Hook).count();
                let part = if others == 0 { "hooks".into() } else { format!("hooks.{others}") };
                let (path, name) = (path(&part), "hooks".to_owned());
                self.inline.push(Inline { kind, path, name, value: map.clone().into() });
            }
            Kind::Mcp => {
                let servers = map.get("mcpServers").and_then(Value::as_object).unwrap_or(map);
                for (name, value) in servers {
                    let (path, name, value) = (path(name), name.clone(), value.clone());
                    self.inline.push(Inline { kind, path, name, value });
                }
            }
            Kind::Command => {
                for (name, value) in map {
                    let source = value.get("source").or(Some(value)).and_then(Value::as_str);
                    if let Some(source) = source {
                        self.list(origin, kind, source);
                    } else if value.get("content").is_some() {
                        let (path, name, value) = (path(name), name.clone(), value.clone());
                        self.inline.push(Inline { kind, path, name, value });
                    }
                }
            }
            _ => {}
        }
    }
}
