//! Marketplaces (`marketplace.json` of Claude Code, Copilot, Codex and Cursor) to entries: which
//! plugins they list and where each of those lives.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::desk::Desk;
use super::draft::follow;
use super::{layout, secret, text};
use crate::error::{Place, Problem};
use crate::model::artifact::External;
use crate::model::path::RelPath;
use crate::source::tree::Tree;

/// One plugin as a marketplace lists it.
pub(super) struct Entry {
    /// The marketplace's file.
    pub file: RelPath,
    /// The marketplace's own name, as `/plugin install name@market` has it.
    pub market: Option<String>,
    pub name: String,
    pub value: Map<String, Value>,
    pub target: Target,
}

/// Where a listed plugin lives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// A directory of this source, or one Markdown file.
    Here(RelPath),
    /// A path that this source does not have, as written.
    Missing(String),
    Elsewhere(External),
}

/// All entries of a source; of those with the same name and target, the first marketplace's.
#[derive(Default)]
pub(super) struct Markets {
    pub entries: Vec<Entry>,
    /// The directories that are a marketplace.
    pub bases: BTreeSet<RelPath>,
    pub problems: Vec<Problem>,
    /// Names with the directories they have here.
    seen: BTreeSet<(String, Option<RelPath>)>,
}

pub(super) fn read(desk: &Desk<'_>) -> Markets {
    let tree = desk.tree;
    let mut files: Vec<(u8, RelPath, &RelPath)> = tree
        .files
        .keys()
        .filter_map(|path| layout::marketplace(path).map(|(base, rank)| (rank, base, path)))
        .filter(|(.., path)| !layout::is_junk(path))
        .collect();
    files.sort();
    let mut markets = Markets::default();
    for (_, base, file) in files {
        match text::value(desk, file) {
            Ok(value) => add(&mut markets, tree, &base, file, &value),
            Err(problem) => markets.problems.push(problem),
        }
        markets.bases.insert(base);
    }
    markets
}

fn add(markets: &mut Markets, tree: &Tree, base: &RelPath, file: &RelPath, market: &Value) {
    let wrong = |words: String| Problem::warning("SM340", words).at(Place::file(file.as_str()));
    let Some(plugins) = market.get("plugins").and_then(Value::as_array) else {
        markets.problems.push(wrong("the marketplace has no list of `plugins`".to_owned()));
        return;
    };
    let prefix = ["/pluginRoot", "/metadata/pluginRoot"]
        .iter()
        .find_map(|at| market.pointer(at).and_then(Value::as_str))
        .unwrap_or_default();
    let market_name = market.get("name").and_then(Value::as_str).map(str::to_owned);
    for (i, entry) in plugins.iter().enumerate() {
        let name = entry.get("name").and_then(Value::as_str).map(str::trim).unwrap_or_default();
        let (Some(map), false) = (entry.as_object(), name.is_empty()) else {
            markets.problems.push(wrong(format!("entry {} of the marketplace has no name", i + 1)));
            continue;
        };
        let Some(target) = map.get("source").and_then(|to| target(tree, base, prefix, to)) else {
            let words = format!("entry `{name}` of the marketplace has no `source` that is known");
            markets.problems.push(wrong(words).help("give it a path, or an object with `source`"));
            continue;
        };
        // The same plugin, listed for another host, or elsewhere for both.
        let here = match &target {
            Target::Here(root) => Some(root.clone()),
            Target::Missing(_) | Target::Elsewhere(_) => None,
        };
        if markets.seen.insert((name.to_owned(), here)) {
            let (file, name, value) = (file.clone(), name.to_owned(), map.clone());
            let market = market_name.clone();
            markets.entries.push(Entry { file, market, name, value, target });
        }
    }
}

/// Reads the `source` of an entry.
fn target(tree: &Tree, base: &RelPath, prefix: &str, source: &Value) -> Option<Target> {
    if let Value::String(path) = source {
        return Some(here(tree, base, prefix, path));
    }
    let text = |key: &str| source.get(key).and_then(Value::as_str).map(str::to_owned);
    let is_local = |path: &str| path.starts_with('.') && !path.contains("://");
    let place = text("url").or_else(|| text("path"));
    let elsewhere = |url: String| {
        let at = text("sha").or_else(|| text("ref"));
        let url = secret::mask_url(&url);
        Target::Elsewhere(External { url, path: text("path"), at })
    };
    match text("source")?.as_str() {
        "local" | "url" | "directory" | "file" if place.as_deref().is_some_and(is_local) => {
            Some(here(tree, base, prefix, &place?))
        }
        "local" | "directory" => Some(here(tree, base, prefix, &text("path")?)),
        "github" => {
            let repo = text("repo").or_else(|| text("repository"))?;
            let is_url = repo.contains("://");
            Some(elsewhere(if is_url { repo } else { format!("https://github.com/{repo}") }))
        }
        "npm" => {
            let package = text("package")?;
            // Which registry has it, the person's own settings say.
            let url = format!("npm:{package}");
            Some(Target::Elsewhere(External { url, path: None, at: text("version") }))
        }
        // `url`, `git-subdir` and whatever else has an address.
        _ => {
            let url = text("url")?;
            // `owner/name` is short for an address on GitHub.
            let short = !url.contains(':') && url.split('/').count() == 2;
            Some(elsewhere(if short { format!("https://github.com/{url}") } else { url }))
        }
    }
}

/// A path from the marketplace's directory as written first; a bare name also below the
/// marketplace's `pluginRoot`; at last from the root of the repository.
fn here(tree: &Tree, base: &RelPath, prefix: &str, path: &str) -> Target {
    let is_bare = !path.starts_with('.') && !path.contains('/');
    let below_prefix = || base.resolve(prefix).and_then(|dir| dir.resolve(path));
    let with_prefix = (is_bare && !prefix.is_empty()).then(below_prefix).flatten();
    [base.resolve(path), with_prefix, RelPath::parse(path)]
        .into_iter()
        .flatten()
        .find_map(|path| follow(tree, &path))
        .map_or_else(|| Target::Missing(path.to_owned()), Target::Here)
}

/// The JSON of an entry with sorted keys and no spaces: the same for whatever only looks new.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(&String, &Value)> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| *key);
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| {
                    format!("{}:{}", Value::String((*key).clone()), canonical(value))
                })
                .collect();
            format!("{{{}}}", pairs.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}
