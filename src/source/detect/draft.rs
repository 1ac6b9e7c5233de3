//! An artifact on its way: known by kind and path, its name not yet unique, its files not yet
//! hashed; and the ground it is found on.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use super::desk::Desk;
use super::plugin::Plugin;
use super::{Content, layout};
use crate::model::artifact::Artifact;
use crate::model::id::{ArtifactId, Kind};
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::source::tree::Tree;

/// An artifact without `files` and `hash`; the name in its id has no plugin yet.
pub(super) struct Draft {
    pub artifact: Artifact,
    /// Whether it stands inside the plugin it is a member of, whose name then leads its own. What a
    /// marketplace entry merely lists keeps its plain name: several entries may list it, and its id
    /// must not depend on which.
    pub is_inside: bool,
    pub pieces: Vec<Piece>,
}

/// A file of an artifact to be.
pub(super) struct Piece {
    /// Relative to the artifact's directory.
    pub path: String,
    pub content: Content,
    pub executable: bool,
}

impl Draft {
    pub(super) fn new(ground: &Ground<'_>, kind: Kind, path: String, name: &str) -> Self {
        let id = ArtifactId::new(&ground.source.name, kind, &plain_name(kind, name));
        Self { artifact: Artifact::empty(id, path), is_inside: true, pieces: Vec::new() }
    }

    /// Makes it a member of the plugin that its place in the source belongs to.
    pub(super) fn at(mut self, ground: &Ground<'_>, place: &RelPath) -> Self {
        let plugin = ground.plugin_of(place);
        self.artifact.plugin = plugin.map(|plugin| plugin.name.clone());
        self.is_inside = plugin.is_none_or(|plugin| plugin.owns_root);
        self
    }

    pub(super) fn add_file(&mut self, path: &str, from: &RelPath, tree: &Tree) {
        let executable = tree.files.get(from).is_some_and(|file| file.executable);
        let content = Content::Tree(from.clone());
        self.pieces.push(Piece { path: path.to_owned(), content, executable });
    }

    pub(super) fn add_bytes(&mut self, path: &str, bytes: Vec<u8>) {
        let content = Content::Bytes(bytes);
        self.pieces.push(Piece { path: path.to_owned(), content, executable: false });
    }

    /// Adds every file below a directory that `wanted` takes.
    pub(super) fn add_below(
        &mut self,
        tree: &Tree,
        dir: &RelPath,
        wanted: impl Fn(&RelPath) -> bool,
    ) {
        for (path, _) in tree.below(dir) {
            if let (false, true, Some(name)) =
                (layout::is_junk(path), wanted(path), path.below(dir))
            {
                self.add_file(name, path, tree);
            }
        }
    }
}

/// Longer names are cut; two that become the same are told apart like any two.
const NAME_CHARS_MAX: usize = 200;

/// A name that can stand in an id: no controls, no `:` (it divides plugin and name); `/` only in
/// the names that an MCP registry gives.
fn plain_name(kind: Kind, name: &str) -> String {
    let is_kept = |c: char| match c {
        ':' => false,
        '/' => kind == Kind::Mcp,
        c => !c.is_control() && !crate::words::is_invisible(c),
    };
    let chars = name.trim().chars().take(NAME_CHARS_MAX);
    let name: String = chars.map(|c| if is_kept(c) { c } else { '-' }).collect();
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

/// Where a path leads, through the tree's links to directories: itself, when something is there.
pub(super) fn follow(tree: &Tree, path: &RelPath) -> Option<RelPath> {
    let mut path = path.clone();
    // A link cannot lead to a link more often than this without being a loop or a trick.
    for _ in 0..8 {
        if tree.below(&path).next().is_some() {
            return Some(path);
        }
        let (link, dir) = ancestors(&path).find_map(|dir| tree.aliases.get_key_value(&dir))?;
        path = dir.resolve(path.below(link)?)?;
    }
    None
}

/// The path itself, the directory that holds it, and so on up to the root.
pub(super) fn ancestors(path: &RelPath) -> impl Iterator<Item = RelPath> + use<> {
    let first = Some(path.clone());
    std::iter::successors(first, |dir| (!dir.is_root()).then(|| dir.parent()))
}

/// What the names of its files and its manifests make of a source.
pub struct Structure {
    pub(super) plugins: Vec<Plugin>,
    /// Directories with a `SKILL.md`, and that file.
    pub(super) skills: BTreeMap<RelPath, RelPath>,
    /// Directories that are one plugin's own, and the paths that plugins list: places in `plugins`.
    roots: BTreeMap<RelPath, usize>,
    pub(super) listed: BTreeMap<RelPath, usize>,
}

impl Structure {
    pub(super) fn new(tree: &Tree, plugins: Vec<Plugin>) -> Self {
        let mut roots = BTreeMap::new();
        let mut listed = BTreeMap::new();
        for (at, plugin) in plugins.iter().enumerate() {
            if let Some(root) = plugin.root.as_ref().filter(|_| plugin.owns_root) {
                roots.insert(root.clone(), at);
            }
            for part in &plugin.listed {
                listed.entry(part.path.clone()).or_insert(at);
            }
        }
        Self { plugins, skills: skills(tree), roots, listed }
    }
}

/// What is known of a source before its artifacts are read.
pub(super) struct Ground<'a> {
    pub source: &'a Source,
    pub tree: &'a Tree,
    pub desk: &'a Desk<'a>,
    pub structure: &'a Structure,
}

impl Deref for Ground<'_> {
    type Target = Structure;

    fn deref(&self) -> &Structure {
        self.structure
    }
}

impl<'a> Ground<'a> {
    pub(super) fn new(source: &'a Source, desk: &'a Desk<'a>, structure: &'a Structure) -> Self {
        Self { source, tree: desk.tree, desk, structure }
    }

    /// The plugin with the nearest root above, or one that lists the path or a directory above it.
    pub(super) fn plugin_of(&self, path: &RelPath) -> Option<&Plugin> {
        ancestors(path)
            .find_map(|dir| self.roots.get(&dir).or_else(|| self.listed.get(&dir)))
            .and_then(|at| self.plugins.get(*at))
    }

    /// The nearest directory above that is a skill's.
    pub(super) fn skill_of(&self, path: &RelPath) -> Option<RelPath> {
        ancestors(path).skip(1).find(|dir| self.skills.contains_key(dir))
    }

    /// The nearest directory above that is a skill's or a plugin's own, and whether it is only a
    /// skill's: what a plugin's root holds is the plugin's, even beside a `SKILL.md`.
    pub(super) fn home_of(&self, path: &RelPath) -> (RelPath, bool) {
        ancestors(path)
            .skip(1)
            .find_map(|dir| {
                let is_plugin = self.roots.contains_key(&dir);
                (is_plugin || self.skills.contains_key(&dir)).then_some((dir, !is_plugin))
            })
            .unwrap_or_default()
    }

    /// The kinds that plugins' lists give to single files.
    pub(super) fn listed_files(&self) -> BTreeMap<RelPath, Kind> {
        let mut files = BTreeMap::new();
        let parts = self.plugins.iter().flat_map(|plugin| &plugin.listed);
        let parts: BTreeSet<(&RelPath, Kind)> = parts.map(|part| (&part.path, part.kind)).collect();
        for (listed, kind) in parts {
            if self.tree.files.contains_key(listed) {
                files.insert(listed.clone(), kind);
            } else if matches!(kind, Kind::Agent | Kind::Command) {
                let inside = self.tree.below(listed).map(|(path, _)| path);
                let markdown = inside.filter(|path| {
                    path.file_name().ends_with(".md")
                        && !layout::is_junk(path)
                        && self.skill_of(path).is_none()
                });
                // READMEs in such a folder stay what the folder's name makes of them.
                for path in markdown {
                    if layout::guess(path, false) == Some(layout::Guess::Unknown) {
                        files.entry(path.clone()).or_insert(kind);
                    }
                }
            }
        }
        files
    }
}

/// `SKILL.md` wins over other spellings beside it.
fn skills(tree: &Tree) -> BTreeMap<RelPath, RelPath> {
    let files =
        tree.files.keys().filter(|path| layout::is_skill_file(path) && !layout::is_junk(path));
    let mut skills: BTreeMap<RelPath, RelPath> = BTreeMap::new();
    for path in files {
        if path.file_name() == "SKILL.md" || !skills.contains_key(&path.parent()) {
            skills.insert(path.parent(), path.clone());
        }
    }
    skills
}
