//! Manifests and marketplace entries, joined, to plugins; a plugin to its draft.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::component::{self, Inline, Listed, Origin};
use super::desk::Desk;
use super::draft::{Draft, Ground, ancestors};
use super::marketplace::{self, Entry, Markets, Target};
use super::{fields, hook, layout, secret, text};
use crate::error::{Place, Problem};
use crate::format::frontmatter;
use crate::model::artifact::External;
use crate::model::hash::ContentHash;
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::source::tree::Tree;

/// Keys of an entry that are the marketplace's, not the plugin's.
const ENTRY_KEYS: [&str; 4] = ["source", "strict", "category", "tags"];

/// Where a manifest made from an entry goes.
const MANIFEST: &str = ".claude-plugin/plugin.json";

/// Files that plugins may hold together: directories inside each other, and entries that share
/// one, would else multiply the files of a source.
const FILES_MAX: usize = 500_000;

pub(super) struct Plugin {
    /// As its members' ids have it.
    pub name: String,
    /// Its place in the source, as an artifact's path.
    pub path: String,
    /// Its directory, or its one Markdown file, when it is in this source.
    pub root: Option<RelPath>,
    /// Whether what lies below `root` is its own; entries that share a directory own what they
    /// list.
    pub owns_root: bool,
    pub external: Option<External>,
    pub manifests: Vec<Manifest>,
    pub entry: Option<Entry>,
    pub listed: Vec<Listed>,
    pub inline: Vec<Inline>,
    pub problems: Vec<Problem>,
}

pub(super) struct Manifest {
    pub file: RelPath,
    rank: u8,
    pub value: Map<String, Value>,
    problem: Option<Problem>,
}

/// All plugins of a source. `source_name` names one at the root that has no name.
pub(super) fn find(desk: &Desk<'_>, markets: Markets, source_name: &str) -> Vec<Plugin> {
    let tree = desk.tree;
    let mut manifests = manifests(desk);
    let mut by_root: BTreeMap<RelPath, Vec<Entry>> = BTreeMap::new();
    let mut plugins = Vec::new();
    for entry in markets.entries {
        match entry.target.clone() {
            Target::Here(root) => by_root.entry(root).or_default().push(entry),
            Target::Missing(_) | Target::Elsewhere(_) => plugins.push(away(entry)),
        }
    }
    // A `plugin.json` that does not say it is an agent plugin's is one only where an entry says so.
    manifests.retain(|root, beside| {
        beside.retain(|manifest| manifest.is_agent_plugin() || by_root.contains_key(root));
        !beside.is_empty()
    });
    for (root, beside) in manifests {
        let entries = by_root.remove(&root).unwrap_or_default();
        let is_card =
            markets.bases.contains(&root) && entries.is_empty() && !has_parts(tree, &root, &beside);
        if !is_card {
            plugins.extend(with_manifest(source_name, root, beside, entries));
        }
    }
    for (root, entries) in by_root {
        plugins.extend(without_manifest(root, entries));
    }
    for plugin in &mut plugins {
        read_components(plugin, tree);
    }
    plugins.sort_by(|a, b| a.path.cmp(&b.path));
    plugins.dedup_by(|a, b| a.path == b.path);
    plugins
}

impl Manifest {
    fn is_agent_plugin(&self) -> bool {
        let schema = self.value.get("$schema").and_then(Value::as_str).unwrap_or_default();
        self.rank != 1 || schema.contains("agent-plugin") && self.value.contains_key("name")
    }
}

fn manifests(desk: &Desk<'_>) -> BTreeMap<RelPath, Vec<Manifest>> {
    let files: Vec<(RelPath, u8, &RelPath)> = desk
        .tree
        .files
        .keys()
        .filter_map(|path| layout::manifest(path).map(|(root, rank)| (root, rank, path)))
        .filter(|(.., path)| !layout::is_junk(path))
        .collect();
    let read: Vec<(RelPath, Manifest)> = files
        .into_par_iter()
        .map(|(root, rank, file)| {
            let (value, problem) = match text::value(desk, file) {
                Ok(Value::Object(map)) => (map, None),
                Ok(_) => (Map::new(), Some(not_an_object(file))),
                Err(problem) => (Map::new(), Some(problem)),
            };
            (root, Manifest { file: file.clone(), rank, value, problem })
        })
        .collect();
    let mut by_root: BTreeMap<RelPath, Vec<Manifest>> = BTreeMap::new();
    for (root, manifest) in read {
        by_root.entry(root).or_default().push(manifest);
    }
    for beside in by_root.values_mut() {
        beside.sort_by(|a, b| (a.rank, &a.file).cmp(&(b.rank, &b.file)));
    }
    by_root
}

fn not_an_object(file: &RelPath) -> Problem {
    Problem::error("SM331", format!("`{file}` is not a JSON object")).at(Place::new(
        file.as_str(),
        1,
        1,
    ))
}

/// Whether there is a part of a plugin at a root, listed or in a default place.
fn has_parts(tree: &Tree, root: &RelPath, manifests: &[Manifest]) -> bool {
    let has_dir = |name: &str| tree.below(&root.join(name)).next().is_some();
    manifests.iter().any(|manifest| component::has_any(&manifest.value))
        || ["commands", "agents", "skills", "hooks"].into_iter().any(has_dir)
        || [".mcp.json", "SKILL.md"].iter().any(|name| tree.files.contains_key(&root.join(name)))
}

fn away(entry: Entry) -> Plugin {
    let mut plugin = Plugin::new(entry.name.clone(), listed_path(&entry));
    match &entry.target {
        Target::Elsewhere(external) => plugin.external = Some(external.clone()),
        Target::Missing(path) => plugin.problems.push(
            Problem::warning("SM342", format!("the plugin's `{path}` does not exist"))
                .at(Place::file(entry.file.as_str())),
        ),
        Target::Here(_) => {}
    }
    plugin.entry = Some(entry);
    plugin
}

fn listed_path(entry: &Entry) -> String {
    format!("{}#{}", entry.file, entry.name)
}

fn with_manifest(
    source_name: &str,
    root: RelPath,
    manifests: Vec<Manifest>,
    mut entries: Vec<Entry>,
) -> Vec<Plugin> {
    let (name, problem) = name_of(source_name, &root, &manifests);
    let same = entries.iter().position(|entry| entry.name == name);
    let first = if entries.is_empty() { None } else { Some(0) };
    let entry = same.or(first).map(|at| entries.remove(at));
    let mut plugin = Plugin::new(name, root.to_string());
    plugin.root = Some(root.clone());
    plugin.owns_root = true;
    plugin.entry = entry;
    plugin.problems.extend(manifests.iter().filter_map(|manifest| manifest.problem.clone()));
    plugin.problems.extend(problem);
    plugin.manifests = manifests;
    let mut plugins = vec![plugin];
    // Further entries for the same directory are plugins if they choose parts of it.
    let others = entries.into_iter().filter(|entry| component::has_any(&entry.value));
    plugins.extend(others.map(|entry| sharing(&root, entry)));
    plugins
}

fn without_manifest(root: RelPath, mut entries: Vec<Entry>) -> Vec<Plugin> {
    if entries.len() > 1 {
        return entries.into_iter().map(|entry| sharing(&root, entry)).collect();
    }
    let Some(entry) = entries.pop() else { return Vec::new() };
    let mut plugin = Plugin::new(entry.name.clone(), root.to_string());
    plugin.root = Some(root);
    plugin.owns_root = true;
    plugin.entry = Some(entry);
    vec![plugin]
}

fn sharing(root: &RelPath, entry: Entry) -> Plugin {
    let mut plugin = Plugin::new(entry.name.clone(), listed_path(&entry));
    plugin.root = Some(root.clone());
    plugin.entry = Some(entry);
    plugin
}

/// The first manifest's name if it can stand in an id, else the directory's.
fn name_of(source_name: &str, root: &RelPath, manifests: &[Manifest]) -> (String, Option<Problem>) {
    let usable = |name: &str| {
        !name.is_empty() && !name.contains(['/', ':']) && !name.chars().any(char::is_control)
    };
    let names = || {
        manifests.iter().filter_map(|manifest| manifest.value.get("name")).filter_map(Value::as_str)
    };
    if let Some(name) = names().map(str::trim).find(|name| usable(name)) {
        return (name.to_owned(), None);
    }
    let dir = if root.is_root() { source_name } else { root.file_name() };
    let readable = manifests.iter().find(|manifest| manifest.problem.is_none());
    let problem = readable.map(|manifest| {
        let words = match names().next() {
            Some(name) => format!("the plugin's name `{}` cannot be used", name.escape_debug()),
            None => "the plugin's manifest has no `name`".to_owned(),
        };
        Problem::warning("SM343", words)
            .at(Place::file(manifest.file.as_str()))
            .help(format!("write `\"name\": \"{dir}\"`"))
    });
    (dir.to_owned(), problem)
}

fn read_components(plugin: &mut Plugin, tree: &Tree) {
    let Some(root) = &plugin.root else { return };
    let part = format!("{}/", plugin.name);
    let mut found = Vec::new();
    for manifest in &plugin.manifests {
        let origin = Origin { tree, root, file: &manifest.file, part: "" };
        found.push(component::read(&origin, &manifest.value));
    }
    if let Some(entry) = &plugin.entry {
        let origin = Origin { tree, root, file: &entry.file, part: &part };
        found.push(component::read(&origin, &entry.value));
    }
    for components in found {
        plugin.listed.extend(components.listed);
        plugin.inline.extend(components.inline);
        plugin.problems.extend(components.problems);
    }
}

impl Plugin {
    fn new(name: String, path: String) -> Self {
        Self {
            name,
            path,
            root: None,
            owns_root: false,
            external: None,
            manifests: Vec::new(),
            entry: None,
            listed: Vec::new(),
            inline: Vec::new(),
            problems: Vec::new(),
        }
    }
}

/// One draft for each plugin, in the order of `ground.plugins`.
pub(super) fn drafts(ground: &Ground<'_>) -> Vec<Draft> {
    let mut n_files = 0;
    let plugins = ground.plugins.iter().map(|plugin| {
        let mut draft = draft(ground, plugin);
        // Once they are too many, no more are gathered: gathering is what takes the time.
        if n_files <= FILES_MAX {
            add_files(&mut draft, ground, plugin);
            n_files += draft.pieces.len();
        }
        if n_files > FILES_MAX && plugin.root.is_some() {
            draft.pieces.clear();
            let words = format!("the source's plugins hold more than {FILES_MAX} files together");
            draft.artifact.problems.push(
                Problem::warning("SM348", words).help("`exclude` what is not needed from it"),
            );
        }
        let readme = |path: &str| path.eq_ignore_ascii_case("readme.md");
        let document = draft.pieces.iter().find(|piece| readme(&piece.path));
        draft.artifact.document = document.map(|piece| piece.path.clone());
        draft
    });
    plugins.collect()
}

fn draft(ground: &Ground<'_>, plugin: &Plugin) -> Draft {
    let mut draft = Draft::new(ground, Kind::Plugin, plugin.path.clone(), &plugin.name);
    let artifact = &mut draft.artifact;
    let manifest = plugin.manifests.first().map(|manifest| &manifest.value);
    let entry = plugin.entry.as_ref().map(|entry| &entry.value);
    for map in [manifest, entry].into_iter().flatten() {
        let all = fields::from_map(map.clone());
        fields::apply(artifact, &all);
        if artifact.title.is_none() {
            artifact.title = fields::title(&all, &plugin.name);
        }
        for (key, value) in map {
            let known = artifact.fields.iter().any(|(known, _)| known == key);
            if !known {
                artifact.fields.push((key.clone(), shown(key, value)));
            }
        }
    }
    let market = plugin.entry.as_ref().and_then(|entry| entry.market.clone());
    if let Some(market) = market {
        artifact.fields.push(("marketplace".to_owned(), frontmatter::shown(&market.into())));
    }
    artifact.context =
        entry.map(|map| ContentHash::of(marketplace::canonical(&map.clone().into()).as_bytes()));
    artifact.can.external = plugin.external.clone();
    artifact.problems = plugin.problems.clone();
    draft
}

/// A value of a manifest in one line: of servers and hooks only what they are called.
fn shown(key: &str, value: &Value) -> String {
    match (key, value) {
        ("mcpServers" | "lspServers", Value::Object(map)) => {
            map.keys().cloned().collect::<Vec<_>>().join(", ")
        }
        ("hooks", Value::Object(_)) => hook::events(value).join(", "),
        _ => frontmatter::shown(&secret::mask_value(key, value)),
    }
}

fn add_files(draft: &mut Draft, ground: &Ground<'_>, plugin: &Plugin) {
    let Some(root) = &plugin.root else { return };
    let tree = ground.tree;
    if tree.files.contains_key(root) {
        draft.add_file(root.file_name(), root, tree);
    } else if !plugin.owns_root {
        // Entries that share a directory have of it what they list. What is listed is looked up
        // and not looked for: thousands of entries may share a directory of thousands of files.
        let listed: BTreeSet<&RelPath> = plugin.listed.iter().map(|part| &part.path).collect();
        let tops =
            listed.iter().filter(|path| !ancestors(path).skip(1).any(|dir| listed.contains(&dir)));
        for top in tops {
            let inside = tree.below(top).map(|(path, _)| path).filter(|p| !layout::is_junk(p));
            for path in inside {
                if let Some(name) = path.below(root) {
                    draft.add_file(name, path, tree);
                }
            }
        }
    } else {
        draft.add_below(tree, root, |_| true);
    }
    let has_manifest = draft.pieces.iter().any(|piece| piece.path == MANIFEST);
    if let (true, false, Some(entry)) = (plugin.manifests.is_empty(), has_manifest, &plugin.entry) {
        let kept: Map<String, Value> = entry
            .value
            .iter()
            .filter(|(key, _)| !ENTRY_KEYS.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        draft.add_bytes(MANIFEST, pretty(&kept.into()));
    }
}

/// JSON as people write it, with a final newline.
pub(super) fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}
