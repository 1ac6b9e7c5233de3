//! A source's files at one moment, alike for a folder and for a Git commit.
//!
//! Symbolic links are resolved as text inside the tree, so nothing outside it can be reached: a
//! link to a file is that file's content, a link to a directory is an alias of that directory, a
//! link that leaves the tree or leads nowhere is a problem. No entry lies below a link.
//! Knows nothing of artifacts.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::ops::Bound;

use crate::error::{Place, Problem, Result};
use crate::model::hash::{ContentHash, PartsHasher};
use crate::model::path::RelPath;

use super::filter::Filter;
use super::memory::Memory;

/// Links followed on one way before it counts as a circle; Linux has the same limit.
const HOPS_MAX: usize = 40;

/// Where the bytes of a tree's files come from. Shared between threads.
pub trait Blobs: Send + Sync {
    /// The bytes of one regular file of the tree.
    fn read(&self, path: &RelPath) -> Result<Vec<u8>>;
}

/// Sorted by path.
pub struct Tree {
    pub files: BTreeMap<RelPath, TreeFile>,
    /// Links to directories of the tree: link, then the directory it stands for.
    pub aliases: BTreeMap<RelPath, RelPath>,
    /// What could not be taken: links that lead nowhere, names that are no text.
    pub problems: Vec<Problem>,
    /// What is known of regular files without reading them, by their own path.
    notes: BTreeMap<RelPath, Note>,
    blobs: Box<dyn Blobs>,
}

/// What is known of a file without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Differs when the bytes do: size and times of a file, the object's id of a commit, what a
    /// server says of its version. Empty where nothing tells.
    pub stamp: String,
    /// The hash of its bytes, where the source says it or an earlier sync read it.
    pub hash: Option<ContentHash>,
}

/// One file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// In bytes.
    pub size: u64,
    pub executable: bool,
    /// The regular file whose bytes these are, where the path is a link.
    pub link: Option<RelPath>,
}

/// One entry as a folder or a commit lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    File { size: u64, executable: bool },
    Link { target: String },
}

impl Tree {
    /// Resolves the links among `entries`; `problems` are what listing already found.
    pub fn new(
        entries: BTreeMap<RelPath, Entry>,
        mut problems: Vec<Problem>,
        blobs: Box<dyn Blobs>,
    ) -> Self {
        let (mut linked, mut aliases) = (Vec::new(), BTreeMap::new());
        let links = Links::new(&entries);
        for (path, entry) in &entries {
            let Entry::Link { target } = entry else { continue };
            match links.end(path, target) {
                Ok(End::File { path: real, size, executable }) => {
                    linked.push((path.clone(), TreeFile { size, executable, link: Some(real) }));
                }
                Ok(End::Dir(dir)) => {
                    aliases.insert(path.clone(), dir);
                }
                Err(why) => problems.push(why.problem(path, target)),
            }
        }
        let own = entries.into_iter().filter_map(|(path, entry)| match entry {
            Entry::File { size, executable } => {
                Some((path, TreeFile { size, executable, link: None }))
            }
            Entry::Link { .. } => None,
        });
        // Sorted already but for the links: made in one go, without a search for each.
        let files = own.chain(linked).collect();
        Self { files, aliases, problems, notes: BTreeMap::new(), blobs }
    }

    /// Adds what is known of its files.
    #[must_use]
    pub fn noted(mut self, notes: BTreeMap<RelPath, Note>) -> Self {
        self.notes = notes;
        self
    }

    /// Adds the hashes of those files that are still as they were when they were last read.
    #[must_use]
    pub fn recalled(mut self, memory: &dyn Memory) -> Self {
        for (path, note) in &mut self.notes {
            if note.hash.is_none() && !note.stamp.is_empty() {
                let known = memory.file(path).filter(|known| known.stamp == note.stamp);
                note.hash = known.map(|known| known.hash);
            }
        }
        self
    }

    /// What is known of regular files without reading them, by their own path.
    pub fn notes(&self) -> &BTreeMap<RelPath, Note> {
        &self.notes
    }

    /// What changes when any file of the tree does, its name, mode or bytes, or where a link leads,
    /// or what could not be taken; none where a file has no stamp.
    pub fn revision(&self) -> Option<ContentHash> {
        let mut hasher = PartsHasher::default();
        for (path, TreeFile { size, executable, link }) in &self.files {
            let stamp = &self.note(path).filter(|note| !note.stamp.is_empty())?.stamp;
            for part in [path.as_str(), link.as_ref().map_or("", RelPath::as_str), stamp] {
                hasher.add(part.as_bytes());
            }
            hasher.add(&size.to_le_bytes());
            hasher.add(&[u8::from(*executable)]);
        }
        hasher.add(format!("{:?}\n{:?}", self.aliases, self.problems).as_bytes());
        Some(hasher.end())
    }

    /// What is known of a file, or of the one that a link leads to.
    pub fn note(&self, path: &RelPath) -> Option<&Note> {
        let real = self.files.get(path)?.link.as_ref().unwrap_or(path);
        self.notes.get(real)
    }

    /// A tree in memory, without links.
    pub fn of_files(files: Vec<(RelPath, Vec<u8>)>) -> Self {
        let entries = files.iter().map(|(path, bytes)| {
            let entry = Entry::File { size: bytes.len() as u64, executable: false };
            (path.clone(), entry)
        });
        let entries = entries.collect();
        Self::new(entries, Vec::new(), Box::new(InMemory(files.into_iter().collect())))
    }

    /// Keeps what the filter takes. A link that is taken keeps the bytes of a file that is not.
    #[must_use]
    pub fn only(mut self, filter: &Filter) -> Self {
        self.files.retain(|path, _| filter.takes(path));
        self.aliases.retain(|path, _| filter.takes(path));
        self.problems.retain(|problem| match &problem.place {
            Some(place) => RelPath::parse(&place.file).is_none_or(|path| filter.takes(&path)),
            None => true,
        });
        let (kept, empty): (BTreeMap<_, _>, BTreeMap<_, _>) = mem::take(&mut self.aliases)
            .into_iter()
            .partition(|(_, dir)| self.below(dir).next().is_some());
        self.aliases = kept;
        self.problems.extend(empty.into_iter().map(|(link, dir)| {
            let message = format!("the link leads to `{dir}`, of which nothing is taken");
            Problem::note("SM405", message)
                .at(Place::file(link.as_str()))
                .help("name that directory in `include:` of the source too")
        }));
        self
    }

    /// The bytes of a file of the tree.
    pub fn read(&self, path: &RelPath) -> Result<Vec<u8>> {
        let link = self.files.get(path).and_then(|file| file.link.as_ref());
        self.blobs.read(link.unwrap_or(path))
    }

    /// The files at or below a directory, in order.
    pub fn below<'a>(
        &'a self,
        dir: &'a RelPath,
    ) -> impl Iterator<Item = (&'a RelPath, &'a TreeFile)> {
        // `a-b` stands between `a` and `a/b`, so what is below begins at `a/`, not at `a`.
        let start = if dir.is_root() { String::new() } else { format!("{dir}/") };
        let below = self.files.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        let below = below.take_while(move |(path, _)| path.below(dir).is_some());
        self.files.get_key_value(dir).into_iter().chain(below)
    }
}

struct InMemory(BTreeMap<RelPath, Vec<u8>>);

impl Blobs for InMemory {
    fn read(&self, path: &RelPath) -> Result<Vec<u8>> {
        let missing = || Problem::error("SM403", format!("`{path}` is not in the tree")).into();
        self.0.get(path).cloned().ok_or_else(missing)
    }
}

/// What a link comes to.
#[derive(Debug, PartialEq)]
enum End {
    File { path: RelPath, size: u64, executable: bool },
    Dir(RelPath),
}

/// Why a link comes to nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lost {
    Outside,
    Nowhere,
    Circle,
}

impl Lost {
    fn problem(self, link: &RelPath, target: &str) -> Problem {
        let (code, why) = match self {
            Lost::Outside => ("SM404", "leaves the source"),
            Lost::Nowhere => ("SM405", "leads nowhere"),
            Lost::Circle => ("SM405", "leads round in a circle"),
        };
        Problem::warning(code, format!("the link to `{target}` {why}"))
            .at(Place::file(link.as_str()))
            .help("mend or remove the link in the source; it is left out")
    }
}

struct Links<'a> {
    entries: &'a BTreeMap<RelPath, Entry>,
    /// Looked for when the first link asks: most sources have none.
    dirs: OnceCell<BTreeSet<RelPath>>,
}

impl<'a> Links<'a> {
    fn new(entries: &'a BTreeMap<RelPath, Entry>) -> Self {
        Self { entries, dirs: OnceCell::new() }
    }

    fn dirs(&self) -> &BTreeSet<RelPath> {
        self.dirs.get_or_init(|| {
            let mut dirs = BTreeSet::new();
            for path in self.entries.keys() {
                let mut dir = path.parent();
                while dirs.insert(dir.clone()) {
                    dir = dir.parent();
                }
            }
            dirs
        })
    }

    /// Follows a link name by name, as the system would, but never out of the tree.
    fn end(&self, link: &RelPath, target: &str) -> std::result::Result<End, Lost> {
        let mut at = link.parent();
        let mut ahead = Vec::new();
        push_names(&mut ahead, target)?;
        let mut hops = 1;
        let mut file = None;
        while let Some(name) = ahead.pop() {
            if file.is_some() {
                return Err(Lost::Nowhere);
            }
            if name == ".." {
                if at.is_root() {
                    return Err(Lost::Outside);
                }
                at = at.parent();
                continue;
            }
            let next = at.join(name);
            match self.entries.get(&next) {
                Some(Entry::Link { .. }) if hops == HOPS_MAX => return Err(Lost::Circle),
                Some(Entry::Link { target }) => {
                    hops += 1;
                    push_names(&mut ahead, target)?;
                }
                Some(Entry::File { size, executable }) => {
                    file = Some(End::File { path: next, size: *size, executable: *executable });
                }
                None if self.dirs().contains(&next) => at = next,
                None => return Err(Lost::Nowhere),
            }
        }
        match file {
            Some(file) => Ok(file),
            // An alias of a directory around it would hold itself for ever.
            None if link.below(&at).is_some() => Err(Lost::Circle),
            None => Ok(End::Dir(at)),
        }
    }
}

/// Puts the names of a link's target on the stack, the first on top.
fn push_names<'a>(ahead: &mut Vec<&'a str>, target: &'a str) -> std::result::Result<(), Lost> {
    if target.starts_with('/') || target.contains('\0') {
        return Err(Lost::Outside);
    }
    ahead.extend(target.split('/').rev().filter(|name| !matches!(*name, "" | ".")));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelPath {
        RelPath::parse(text).unwrap()
    }

    /// A tree of `path` (its own bytes) and `link -> target` lines.
    fn tree(lines: &[&str]) -> Tree {
        let (mut entries, mut bytes) = (BTreeMap::new(), BTreeMap::new());
        for line in lines {
            let (at, entry) = match line.split_once(" -> ") {
                Some((at, target)) => (at, Entry::Link { target: target.into() }),
                None => (*line, Entry::File { size: line.len() as u64, executable: false }),
            };
            entries.insert(path(at), entry);
            bytes.insert(path(at), at.as_bytes().to_vec());
        }
        Tree::new(entries, Vec::new(), Box::new(InMemory(bytes)))
    }

    /// What the one link `at` of a small tree comes to, in words.
    fn end(at: &str, target: &str) -> String {
        let link = format!("{at} -> {target}");
        let tree = tree(&[
            "AGENTS.md",
            "skills/a/SKILL.md",
            "skills/a/x/y.md",
            "skills/second -> a",
            "skills/third -> second/",
            "skills/ping -> pong",
            "skills/pong -> ping",
            &link,
        ]);
        let link = path(at);
        if let Some(file) = tree.files.get(&link) {
            return format!("file {}", file.link.as_ref().unwrap());
        }
        if let Some(dir) = tree.aliases.get(&link) {
            return format!("dir {dir}");
        }
        let place = Some(Place::file(at));
        let problem = tree.problems.iter().find(|problem| problem.place == place).unwrap();
        problem.message.split("` ").last().unwrap().to_owned()
    }

    #[test]
    fn a_link_comes_to_a_file_an_alias_or_a_problem() {
        for (at, target, what) in [
            ("CLAUDE.md", "AGENTS.md", "file AGENTS.md"),
            ("CLAUDE.md", "./skills//a/../a/SKILL.md", "file skills/a/SKILL.md"),
            ("x/link", "../AGENTS.md", "file AGENTS.md"),
            ("link", "skills/third/x/y.md", "file skills/a/x/y.md"),
            ("link", "skills/second/../a/SKILL.md", "file skills/a/SKILL.md"),
            ("skills/fourth", "third", "dir skills/a"),
            ("skills/fourth", "second/x", "dir skills/a/x"),
            ("link", "AGENTS.md/x", "leads nowhere"),
            ("link", "nothing", "leads nowhere"),
            ("link", "../AGENTS.md", "leaves the source"),
            ("link", "skills/../../tree/AGENTS.md", "leaves the source"),
            ("link", "/etc/passwd", "leaves the source"),
            ("link", "link", "leads round in a circle"),
            ("link", "skills/ping", "leads round in a circle"),
            ("skills/a/up", "..", "leads round in a circle"),
            ("skills/a/up", ".", "leads round in a circle"),
            ("link", "", "leads round in a circle"),
        ] {
            assert_eq!(end(at, target), what, "{at} -> {target}");
        }
    }

    #[test]
    fn a_broken_link_is_a_problem_and_the_rest_stays() {
        let tree = tree(&["a.md", "b.md -> a.md", "c.md -> gone.md"]);
        assert_eq!(tree.read(&path("b.md")).unwrap(), b"a.md");
        assert_eq!(tree.files.len(), 2);
        assert_eq!(
            tree.problems,
            [Problem::warning("SM405", "the link to `gone.md` leads nowhere")
                .at(Place::file("c.md"))
                .help("mend or remove the link in the source; it is left out")]
        );
    }

    #[test]
    fn below_a_directory_is_what_it_holds_and_no_neighbour() {
        let tree = tree(&["a-b/x", "a/x", "a/y/z", "a.md", "a0"]);
        let below = |dir: &str| -> Vec<String> {
            tree.below(&path(dir)).map(|(path, _)| path.to_string()).collect()
        };
        assert_eq!(below("a"), ["a/x", "a/y/z"]);
        assert_eq!(below("a.md"), ["a.md"]);
        assert_eq!(below("").len(), 5);
    }

    #[test]
    fn a_taken_link_keeps_the_bytes_of_a_file_that_is_not_taken() {
        let filter = Filter::new(&["skills/**".into()], &[]).unwrap();
        let links = ["skills/AGENTS.md -> ../AGENTS.md", "skills/x -> ../x", "broken -> y"];
        let tree = tree(&[&["AGENTS.md", "x/y"][..], &links].concat()).only(&filter);
        assert_eq!(
            tree.files.keys().map(RelPath::as_str).collect::<Vec<_>>(),
            ["skills/AGENTS.md"]
        );
        assert_eq!(tree.read(&path("skills/AGENTS.md")).unwrap(), b"AGENTS.md");
        let told: Vec<_> = tree.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(told, ["the link leads to `x`, of which nothing is taken"]);
    }
}
