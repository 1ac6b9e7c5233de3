//! The store of SkillMeat 0.9 on disk (`~/.skillmeat/collections`) to a tree and its structure.
//!
//! Each collection is a folder with its `collection.toml`; what that lists is taken, and nothing
//! else. Reads only.

mod manifest;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rayon::prelude::*;

use super::filter::Filter;
use super::listing::{About, Entry, Listing};
use super::local;
use super::tree::Tree;
use crate::disk;
use crate::error::{Place, Problem, Result};
use crate::model::hash::{ContentHash, OriginalHasher};
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::model::structure::{Member, Section, Shelf, Structure};
use crate::words;

use manifest::{Item, Manifest};
pub(super) use manifest::{homepage, kind, version};

const MANIFEST: &str = "collection.toml";
const LOCK: &str = "collection.lock";

/// A larger `collection.toml` is not read: one of ten thousand artifacts has half of it.
const MANIFEST_BYTES_MAX: u64 = 8 << 20;

/// A store at one moment.
pub struct Opened {
    /// Paths start with the collection's folder, unless only that was asked for.
    pub tree: Tree,
    /// A shelf for each collection; its key is the folder's name.
    pub structure: Structure,
    pub listing: Listing,
    pub problems: Vec<Problem>,
}

/// The collections below `root` that the filter takes: `~/.skillmeat`, its `collections`, or the
/// folder of one collection. Files that changed shortly before `now`, or since, have no stamp.
pub fn open(root: &Path, filter: &Filter, now: Timestamp) -> Result<Opened> {
    let (base, dirs) = collections(root)?;
    let tree = local::open_at(&base, filter, now)?;
    let (structure, listing) = (Structure::default(), Listing::default());
    let opened = Opened { tree, structure, listing, problems: Vec::new() };
    let mut store = Store { base, opened, taken: BTreeSet::new() };
    dirs.iter().for_each(|dir| store.add(dir));
    Ok(store.finish(&dirs))
}

/// The folders of the collections that [`open`] reads together; each is a store of its own.
pub fn folders(root: &Path) -> Result<Vec<PathBuf>> {
    let (base, dirs) = collections(root)?;
    Ok(dirs.iter().map(|dir| base.join(dir.as_str())).collect())
}

/// The folder that paths start from, and the folders of collections in it.
fn collections(root: &Path) -> Result<(PathBuf, Vec<RelPath>)> {
    let none = || {
        let help = "name `~/.skillmeat/collections`, or one of the folders in it that has a \
                    `collection.toml`";
        Problem::error("SM461", "the folder holds no collection of SkillMeat").help(help)
    };
    let root = disk::real_path(root).filter(|path| path.is_dir()).ok_or_else(none)?;
    let is_one = |dir: &Path| dir.join(MANIFEST).is_file() || dir.join(LOCK).is_file();
    if is_one(&root) {
        return Ok((root, vec![RelPath::root()]));
    }
    let below = root.join("collections");
    let base = if below.is_dir() && !is_one(&below) { below } else { root };
    let mut names = disk::list_dirs(&base)?;
    names.retain(|name| is_one(&base.join(name)));
    let dirs: Vec<RelPath> = names.iter().map(|name| RelPath::root().join(name)).collect();
    if dirs.is_empty() { Err(none().into()) } else { Ok((base, dirs)) }
}

struct Store {
    /// Without links.
    base: PathBuf,
    opened: Opened,
    /// The directories and files of what is listed.
    taken: BTreeSet<RelPath>,
}

impl Store {
    /// Adds one collection.
    fn add(&mut self, dir: &RelPath) {
        let manifest = self.manifest(dir);
        let folder = self.base.file_name().map(|name| name.to_string_lossy().into_owned());
        let key = if dir.is_root() { folder.unwrap_or_default() } else { dir.to_string() };
        let Manifest { title, items, groups, .. } = manifest;
        let full_name = |item: &Item| format!("{}:{}", item.word, item.name);
        let all: BTreeSet<String> = items.iter().map(full_name).collect();
        let items = self.items(dir, items);
        if items.is_empty() && !all.is_empty() && self.opened.tree.below(dir).next().is_none() {
            // The filter leaves the whole collection out.
            return;
        }
        self.compare(dir, &items);
        let member = |item: &Item| Member { kind: item.kind, name: path_of(dir, item).to_string() };
        let taken: BTreeMap<String, Member> =
            items.iter().map(|item| (full_name(item), member(item))).collect();
        let mut sections: Vec<Section> = Vec::new();
        for group in groups {
            let n_before = sections.iter().filter(|other| other.title == group.name).count();
            let own = if n_before == 0 { String::new() } else { format!("/{n_before}") };
            let mut members = Vec::new();
            for name in &group.members {
                match taken.get(name) {
                    Some(member) => members.push(member.clone()),
                    // The filter of the source leaves it out.
                    None if all.contains(name) => {}
                    None => self.unknown(dir, &group.name, name),
                }
            }
            sections.push(Section {
                key: format!("{key}/{}{own}", group.name),
                title: group.name,
                description: group.description,
                icon: group.icon,
                color: group.color,
                members,
            });
        }
        let shelf = Shelf {
            title: title.unwrap_or_else(|| key.clone()),
            key,
            description: String::new(),
            members: items.iter().map(member).collect(),
            groups: sections,
        };
        self.opened.structure.collections.push(shelf);
        for item in items {
            let at = (item.kind, path_of(dir, &item).to_string());
            let entry = Entry { about: item.about, ..Entry::default() };
            self.opened.listing.entries.insert(at, entry);
        }
    }

    /// What the collection lists; what its folder seems to hold, where that cannot be read.
    fn manifest(&mut self, dir: &RelPath) -> Manifest {
        let file = dir.join(MANIFEST);
        let read = self.text(&file).and_then(|text| manifest::read(&text));
        let manifest = match read {
            Ok(manifest) => manifest,
            Err(why) => {
                let text = format!("the list of a collection cannot be read: {why}");
                let help = "mend it, or take it from a snapshot of SkillMeat; until then its \
                            folder is read as it is, without tags, versions and groups";
                self.tell(Problem::warning("SM462", text).help(help), &file);
                Manifest { items: self.guess(dir), ..Manifest::default() }
            }
        };
        for (name, why) in &manifest.unusable {
            let text = format!("`{}` cannot be taken: {why}", words::visible(name));
            let help = "add it again with SkillMeat; the others are taken";
            self.tell(Problem::warning("SM463", text).help(help), &file);
        }
        for (name, what) in &manifest.strange {
            let (name, what) = (words::visible(name), words::visible(what));
            let text = format!("`{name}` is no artifact here: {what}");
            let help = "it stays in the store; skills, commands, agents, hooks, MCP servers and \
                        plugins are taken";
            self.tell(Problem::note("SM464", text).help(help), &file);
        }
        manifest
    }

    fn unknown(&mut self, dir: &RelPath, group: &str, member: &str) {
        let (group, member) = (words::visible(group), words::visible(member));
        let text = format!("the group `{group}` names `{member}`, which is not there");
        let help = "the others are in it; add that one again with SkillMeat, or take it out there";
        self.tell(Problem::warning("SM463", text).help(help), &dir.join(MANIFEST));
    }

    fn text(&self, file: &RelPath) -> Result<String, String> {
        let bytes = disk::read_below(&self.base, file.as_str(), MANIFEST_BYTES_MAX);
        let bytes = bytes.map_err(|error| {
            error.problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join(", ")
        })?;
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
    }

    /// The artifacts that a folder holds by its names alone, as SkillMeat lays them out.
    fn guess(&self, dir: &RelPath) -> Vec<Item> {
        let mut items = Vec::new();
        for (path, _) in self.opened.tree.below(dir) {
            let names: Vec<&str> = path.below(dir).unwrap_or_default().split('/').collect();
            let (kind, below) = match names.as_slice() {
                ["skills", name, "SKILL.md"] => (Kind::Skill, format!("skills/{name}")),
                ["agents", file] if file.ends_with(".md") => {
                    (Kind::Agent, format!("agents/{file}"))
                }
                ["commands", file] if file.ends_with(".md") => {
                    (Kind::Command, format!("commands/{file}"))
                }
                _ => continue,
            };
            let name = below.rsplit('/').next().unwrap_or_default().trim_end_matches(".md");
            items.push(Item {
                kind,
                name: name.to_owned(),
                word: kind.word().to_owned(),
                path: RelPath::parse(&below).unwrap_or_default(),
                about: About::default(),
            });
        }
        items
    }

    /// The items whose files are there, each once.
    fn items(&mut self, dir: &RelPath, items: Vec<Item>) -> Vec<Item> {
        let mut taken = Vec::new();
        for item in items {
            let path = path_of(dir, &item);
            let is_there = self.opened.tree.below(&path).next().is_some();
            let why = if !self.taken.insert(path.clone()) {
                format!("its path `{}` is listed twice", item.path)
            } else if self.opened.tree.aliases.contains_key(&path) {
                format!("`{}` is a link to another folder", item.path)
            } else if !is_there && self.is_on_disk(&path) {
                // The filter of the source leaves it out: nothing is wrong.
                continue;
            } else if !is_there {
                format!("there is nothing at `{}`", item.path)
            } else {
                taken.push(item);
                continue;
            };
            let text = format!("`{}` cannot be taken: {why}", words::visible(&item.name));
            let help = "add it again with SkillMeat, or remove it there; the others are taken";
            self.tell(
                Problem::warning("SM463", words::visible(&text)).help(help),
                &dir.join(MANIFEST),
            );
        }
        taken
    }

    fn is_on_disk(&self, path: &RelPath) -> bool {
        let path = self.base.join(path.as_str());
        match disk::kind(&path) {
            Ok(Some(disk::Kind::File)) => true,
            Ok(Some(disk::Kind::Dir)) => {
                disk::list_names(&path).is_ok_and(|names| !names.is_empty())
            }
            _ => false,
        }
    }

    /// Says which copies are not what the lock of the collection says.
    fn compare(&mut self, dir: &RelPath, items: &[Item]) {
        let file = dir.join(LOCK);
        if !self.base.join(file.as_str()).exists() {
            return;
        }
        let locked = match self.text(&file).and_then(|text| manifest::read_lock(&text)) {
            Ok(locked) => locked,
            Err(why) => {
                let text = format!("the hashes of a collection cannot be read: {why}");
                let help = "nothing is lost: they only tell what was changed by hand";
                return self.tell(Problem::note("SM462", text).help(help), &file);
            }
        };
        let wanted = |item: &Item| locked.get(&format!("{}::{}", item.name, item.word));
        let changed: Vec<&Item> = items
            .par_iter()
            .filter(|item| {
                let here = || original_hash(&self.opened.tree, &path_of(dir, item));
                wanted(item).is_some_and(|wanted| here().is_some_and(|here| here != *wanted))
            })
            .collect();
        for item in changed {
            let text = format!("{} was changed since `{LOCK}` was written", member_text(item));
            let help = "it is taken as it is now";
            let path = path_of(dir, item);
            self.tell(Problem::note("SM466", text).help(help), &path);
        }
    }

    fn tell(&mut self, problem: Problem, file: &RelPath) {
        self.opened.problems.push(problem.at(Place::file(words::visible(file.as_str()))));
    }

    /// Drops what nobody lists; says so once for each collection.
    fn finish(mut self, dirs: &[RelPath]) -> Opened {
        for dir in dirs {
            let is_unlisted = |path: &&RelPath| {
                let below = path.below(dir).unwrap_or_default();
                !self.is_taken(path)
                    && ![MANIFEST, LOCK].contains(&below)
                    && !below.starts_with('.')
            };
            let files = self.opened.tree.below(dir).map(|(path, _)| path);
            let unlisted: Vec<&RelPath> = files.filter(is_unlisted).collect();
            let Some(first) = unlisted.first().map(|path| (*path).clone()) else { continue };
            let verb = if unlisted.len() == 1 { "is" } else { "are" };
            let n = words::count(unlisted.len(), "file");
            let text = format!("{n} {verb} listed by no `{MANIFEST}`");
            let help = "add it with SkillMeat if it should be in the catalog; this is the first";
            self.tell(Problem::note("SM469", text).help(help), &first);
        }
        let mut tree = std::mem::replace(&mut self.opened.tree, Tree::of_files(Vec::new()));
        tree.files.retain(|path, _| self.is_taken(path));
        tree.aliases.retain(|path, _| self.is_taken(path));
        Opened { tree, ..self.opened }
    }

    /// Whether a path is, or lies in, what is listed.
    fn is_taken(&self, path: &RelPath) -> bool {
        std::iter::successors(Some(path.clone()), |at| (!at.is_root()).then(|| at.parent()))
            .any(|at| self.taken.contains(&at))
    }
}

fn path_of(dir: &RelPath, item: &Item) -> RelPath {
    dir.resolve(item.path.as_str()).unwrap_or_default()
}

fn member_text(item: &Item) -> String {
    format!("{} `{}`", item.kind.label().to_lowercase(), words::visible(&item.name))
}

/// SkillMeat's content hash of what stands at a path of the tree; `None` when it cannot be read.
fn original_hash(tree: &Tree, path: &RelPath) -> Option<String> {
    if tree.files.contains_key(path) {
        return tree.read(path).ok().map(|bytes| ContentHash::of(&bytes).hex());
    }
    let mut files: Vec<&RelPath> = tree.below(path).map(|(file, _)| file).collect();
    files.sort_by(|a, b| a.names().cmp(b.names()));
    let mut hasher = OriginalHasher::default();
    for file in files {
        hasher.add(file.below(path)?, &tree.read(file).ok()?);
    }
    Some(hasher.hex())
}
