//! A source's tree of files to artifacts and problems: what each file is, which plugin it belongs
//! to, what it is called, and the hashes of its bytes.
//!
//! Reading is lenient: an artifact that can be named is there, with its problems. Knows nothing of
//! the cache or the lock, except the names that the lock already gave and what the caller lends of
//! what was read before.

mod again;
mod component;
mod desk;
mod draft;
mod fields;
mod hook;
mod layout;
mod markdown;
mod marketplace;
mod mcp;
mod name;
mod plugin;
mod reading;
mod rules;
mod secret;
mod text;
mod weigh;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::error::Problem;
use crate::format::frontmatter;
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::source::memory::Memory;
use crate::source::tree::Tree;
use crate::words;

pub use again::{Before, again};
use desk::Desk;
pub use draft::Structure;
use draft::{Draft, Ground};
use layout::Guess;
pub use name::Sticky;

/// More links to one artifact than this are not listed.
const ALIASES_MAX: usize = 16;

/// What a source holds.
pub struct Detection {
    /// Sorted by id; no id and no (kind, path) twice.
    pub artifacts: Vec<Found>,
    /// What is wrong with the source and belongs to no artifact, sorted.
    pub problems: Vec<Problem>,
    /// For [`again`].
    pub structure: Structure,
}

/// What was learned of files on the way, worth remembering.
pub struct Learned {
    /// What is known now of regular files.
    pub files: BTreeMap<RelPath, Known>,
    /// Files whose text was taken apart.
    pub parsed: usize,
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// In bytes.
    pub size: u64,
    pub hash: ContentHash,
    /// What its text says, in a form of its own, where it may be a document.
    pub reading: Option<String>,
}

/// An artifact and where its bytes are.
pub struct Found {
    /// Its dates are left for the caller to fill in.
    pub artifact: Artifact,
    /// Beside `artifact.files`.
    pub contents: Vec<Content>,
}

/// Where the bytes of an artifact's file come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// To be read from the tree.
    Tree(RelPath),
    /// Made here from a part of a larger file.
    Bytes(Vec<u8>),
}

/// Finds the artifacts of a source. `sticky` holds the names that the lock gave; those stay with
/// their paths. Files are read in parallel and not kept; what the tree and the memory know of a
/// file is not read again.
pub fn detect(source: &Source, tree: &Tree, sticky: &Sticky, memory: &dyn Memory) -> Detection {
    find(source, &Desk::new(tree, memory), sticky)
}

/// As [`detect`], with what the next time need not be read again.
pub fn detect_and_learn(
    source: &Source,
    tree: &Tree,
    sticky: &Sticky,
    memory: &dyn Memory,
) -> (Detection, Learned) {
    let desk = Desk::new(tree, memory);
    let detection = find(source, &desk, sticky);
    (detection, desk.close())
}

/// The version that a document or a manifest of this name gives its artifact.
pub fn version(path: &str, bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let fields = match path.ends_with(".json") {
        true => fields::from_map(serde_json::from_str(text).ok()?),
        false => frontmatter::read(path, text),
    };
    fields::version(&fields)
}

fn find(source: &Source, desk: &Desk<'_>, sticky: &Sticky) -> Detection {
    let tree = desk.tree;
    let mut markets = marketplace::read(desk);
    let mut problems = std::mem::take(&mut markets.problems);
    let mut structure = Structure::new(tree, plugin::find(desk, markets, &source.name));

    let mut plugins = plugin::drafts(&Ground::new(source, desk, &structure));
    name::assign(&mut plugins, sticky);
    // Members carry their plugin's name as its id has it.
    let names: BTreeMap<&str, &str> = plugins
        .iter()
        .map(|draft| (draft.artifact.path.as_str(), draft.artifact.id.name.as_str()))
        .collect();
    for plugin in &mut structure.plugins {
        if let Some(name) = names.get(plugin.path.as_str()) {
            plugin.name = (*name).to_owned();
        }
    }

    let ground = Ground::new(source, desk, &structure);
    let mut drafts = documents(&ground);
    problems.extend(settings(&ground, &mut drafts));
    drafts.extend(inline_parts(&ground));
    join_links(tree, &mut drafts);
    name::assign(&mut drafts, sticky);
    drafts.append(&mut plugins);
    add_aliases(tree, &mut drafts);
    problems.extend(hand_out(&tree.problems, &mut drafts));
    for problem in &mut problems {
        problem.message = words::visible(&problem.message);
    }
    problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    Detection { artifacts: weigh::weigh(desk, drafts), problems, structure }
}

/// Skills, commands and agents.
fn documents(ground: &Ground<'_>) -> Vec<Draft> {
    let listed = ground.listed_files();
    let files: Vec<(&RelPath, Guess)> = ground
        .tree
        .files
        .keys()
        .filter_map(|path| Some((path, guess_at(ground, &listed, path)?)))
        .filter(|(path, _)| !layout::is_junk(path))
        .collect();
    let skills = ground.skills.par_iter().map(|(dir, file)| markdown::skill(ground, dir, file));
    let mut drafts: Vec<Draft> = skills.collect();
    let singles =
        files.into_par_iter().filter_map(|(path, guess)| markdown::single(ground, path, guess));
    drafts.extend(singles.collect::<Vec<_>>());
    drafts
}

/// What the file at a path may be; `listed` are the kinds that plugins give.
fn guess_at(
    ground: &Ground<'_>,
    listed: &BTreeMap<RelPath, Kind>,
    path: &RelPath,
) -> Option<Guess> {
    if let Some(kind @ (Kind::Agent | Kind::Command)) = listed.get(path) {
        return Some(Guess::Is(*kind));
    }
    let is_text = path.file_name().ends_with(".md") || path.file_name().ends_with(".toml");
    if !is_text {
        return None;
    }
    let (home, in_skill) = ground.home_of(path);
    let below = RelPath::parse(path.below(&home)?)?;
    layout::guess(&below, in_skill)
}

/// Hooks and MCP servers of files. Returns the problems of files that are more than these.
fn settings(ground: &Ground<'_>, drafts: &mut Vec<Draft>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut hooks: BTreeMap<&RelPath, bool> = BTreeMap::new();
    let mut servers: BTreeSet<&RelPath> = BTreeSet::new();
    let is_data =
        |path: &&RelPath| [".json", ".toml"].iter().any(|end| path.as_str().ends_with(end));
    let data = ground.tree.files.keys().filter(is_data);
    for path in data.filter(|path| !layout::is_junk(path)) {
        if layout::is_hooks_file(path) {
            hooks.insert(path, false);
        }
        if layout::is_servers_file(path) {
            servers.insert(path);
        }
        // What a skill holds are its own examples.
        if layout::may_hold_hooks(path) && ground.skill_of(path).is_none() {
            drafts.extend(hook::guessed(ground, path));
        }
        if layout::may_hold_servers(path) && ground.skill_of(path).is_none() {
            drafts.extend(mcp::guessed(ground, path));
        }
    }
    for part in ground.plugins.iter().flat_map(|plugin| &plugin.listed) {
        let Some((path, _)) = ground.tree.files.get_key_value(&part.path) else { continue };
        match part.kind {
            Kind::Hook => {
                hooks.insert(path, true);
            }
            Kind::Mcp if layout::is_bundle(path) => drafts.push(mcp::bundle(ground, path)),
            Kind::Mcp => {
                servers.insert(path);
            }
            _ => {}
        }
    }
    for (path, listed) in hooks {
        match hook::draft(ground, path, listed) {
            Ok(draft) => drafts.extend(draft),
            Err(problem) => problems.push(problem),
        }
    }
    for path in servers {
        match mcp::drafts(ground, path) {
            Ok(found) => drafts.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    // A settings file may be read for both.
    problems.dedup();
    problems
}

/// Parts that stand in manifests and entries themselves.
fn inline_parts(ground: &Ground<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for plugin in &ground.plugins {
        for part in &plugin.inline {
            let file = part.path.split('#').next().and_then(RelPath::parse).unwrap_or_default();
            let mut draft = match part.kind {
                Kind::Hook => hook::part(ground, &file, &part.path, &part.name, &part.value),
                Kind::Mcp => mcp::server(ground, &file, &part.path, &part.name, &part.value),
                _ => markdown::inline_command(ground, &part.path, &part.name, &part.value),
            };
            draft.artifact.plugin = Some(plugin.name.clone());
            drafts.push(draft);
        }
    }
    drafts
}

/// A file that is a link to another artifact's file is another path to that artifact. Drops what
/// is there twice.
fn join_links(tree: &Tree, drafts: &mut Vec<Draft>) {
    let key = |draft: &Draft| (draft.artifact.id.kind, draft.artifact.path.clone());
    let same = |a: &Draft, b: &Draft| {
        (a.artifact.id.kind, &a.artifact.path).cmp(&(b.artifact.id.kind, &b.artifact.path))
    };
    drafts.sort_by(same);
    drafts.dedup_by(|a, b| same(a, b).is_eq());
    // Most sources have none.
    if tree.files.values().all(|file| file.link.is_none()) {
        return;
    }
    let paths: BTreeSet<(Kind, String)> = drafts.iter().map(key).collect();
    let mut aliases: BTreeMap<(Kind, String), Vec<String>> = BTreeMap::new();
    drafts.retain(|draft| {
        let (kind, path) = key(draft);
        let target = link_target(tree, draft).map(|target| (kind, target));
        match target.filter(|target| target.1 != path && paths.contains(target)) {
            Some(target) => {
                aliases.entry(target).or_default().push(path);
                false
            }
            None => true,
        }
    });
    for draft in drafts {
        draft.artifact.aliases = aliases.remove(&key(draft)).unwrap_or_default();
    }
}

/// The path that a draft would have where the link that it is leads to.
fn link_target(tree: &Tree, draft: &Draft) -> Option<String> {
    let artifact = &draft.artifact;
    match artifact.id.kind {
        // A directory whose only file is a link to another skill's `SKILL.md`.
        Kind::Skill => match draft.pieces.as_slice() {
            [piece] => match &piece.content {
                Content::Tree(path) => {
                    let target = tree.files.get(path)?.link.as_ref()?;
                    layout::is_skill_file(target).then(|| target.parent().to_string())
                }
                Content::Bytes(_) => None,
            },
            _ => None,
        },
        Kind::Plugin => None,
        _ => {
            let target = tree.files.get(artifact.file_path())?.link.as_ref()?;
            Some(format!("{target}{}", &artifact.path[artifact.file_path().len()..]))
        }
    }
}

/// The links that lead to each artifact, or to a directory above it.
fn add_aliases(tree: &Tree, drafts: &mut [Draft]) {
    let mut links: BTreeMap<&RelPath, Vec<&RelPath>> = BTreeMap::new();
    for (link, dir) in tree.aliases.iter().filter(|(_, dir)| !dir.is_root()) {
        links.entry(dir).or_default().push(link);
    }
    for Draft { artifact, .. } in drafts {
        // Most sources have none.
        let path = RelPath::parse(artifact.file_path()).filter(|_| !links.is_empty());
        let part = artifact.path[artifact.file_path().len()..].to_owned();
        for dir in path.iter().flat_map(draft::ancestors) {
            let rest = path.as_ref().and_then(|path| path.below(&dir));
            let (Some(links), Some(rest)) = (links.get(&dir), rest) else { continue };
            let links = links.iter().filter(|link| !layout::is_junk(link));
            for link in links.take(ALIASES_MAX) {
                if let Some(alias) = link.resolve(rest) {
                    artifact.aliases.push(format!("{alias}{part}"));
                }
            }
        }
        artifact.aliases.sort_unstable();
        artifact.aliases.dedup();
        artifact.aliases.truncate(ALIASES_MAX);
    }
}

/// Gives the tree's problems to the artifact in whose directory they lie, the nearest; returns the
/// others.
fn hand_out(problems: &[Problem], drafts: &mut [Draft]) -> Vec<Problem> {
    if problems.is_empty() {
        return Vec::new();
    }
    let mut dirs: BTreeMap<String, usize> = BTreeMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        if matches!(draft.artifact.id.kind, Kind::Skill | Kind::Plugin) {
            dirs.entry(draft.artifact.path.clone()).or_insert(at);
        }
    }
    let owner = |problem: &Problem| {
        let path = RelPath::parse(&problem.place.as_ref()?.file)?;
        draft::ancestors(&path).find_map(|dir| dirs.get(&dir.to_string()).copied())
    };
    let mut others = Vec::new();
    for problem in problems {
        match owner(problem).and_then(|at| drafts.get_mut(at)) {
            Some(draft) => draft.artifact.problems.push(problem.clone()),
            None => others.push(problem.clone()),
        }
    }
    others
}
