//! The files of what a server lists: where each stands in the tree, its bytes fetched, or taken from
//! the memory where nothing says that they changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answers::{Artifact, Node};
use super::api::Api;
use crate::error::{Error, Place, Problem, Result};
use crate::model::hash::ContentHash;
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::source::memory::Memory;
use crate::source::tree::{Blobs, Entry, Note, Tree};
use crate::source::web::Request;
use crate::source::{DEPTH_MAX, FILES_MAX, too_many};
use crate::words;

/// The folder of a kind, as SkillMeat lays them out.
pub(super) fn folder(kind: Kind) -> &'static str {
    match kind {
        Kind::Skill => "skills",
        Kind::Command => "commands",
        Kind::Agent => "agents",
        Kind::Hook => "hooks",
        Kind::Mcp => "mcp",
        Kind::Plugin => "plugins",
    }
}

/// The files of a tree to be.
pub(super) struct Shelf<'a> {
    api: &'a Api<'a>,
    request: &'a Request<'a>,
    entries: BTreeMap<RelPath, Entry>,
    notes: BTreeMap<RelPath, Note>,
    fresh: BTreeMap<RelPath, Vec<u8>>,
    problems: Vec<Problem>,
}

/// A file that is listed.
struct Listed {
    /// Below the artifact.
    path: RelPath,
    size: u64,
}

impl<'a> Shelf<'a> {
    pub(super) fn new(api: &'a Api<'a>, request: &'a Request<'a>) -> Self {
        Self {
            api,
            request,
            entries: BTreeMap::new(),
            notes: BTreeMap::new(),
            fresh: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// Takes the files of one artifact; says the path at which it stands: that of its folder or of
    /// its one file. `None` when the filter takes none of them.
    pub(super) fn take(&mut self, item: &Artifact, kind: Kind) -> Result<Option<RelPath>> {
        let answer = self.api.files(&item.id)?;
        let mut listed = Vec::new();
        self.flatten(&answer.files, 1, &mut listed);
        let home = RelPath::root().join(folder(kind));
        let (home, at): (RelPath, Option<String>) = match single(kind, &item.name, &listed) {
            Some(file) => (home, Some(file)),
            None => (home.join(&item.name), None),
        };
        // An edit in SkillMeat's own pages changes the size and nothing else that is listed.
        let version = ContentHash::of(
            serde_json::json!([
                item.updated,
                item.version,
                item.metadata.as_ref().map(|metadata| &metadata.version),
                item.upstream.as_ref().map(|upstream| &upstream.current_sha),
                answer.collection_name,
            ])
            .to_string()
            .as_bytes(),
        );
        let mut is_taken = listed.is_empty();
        for file in listed {
            let path = match &at {
                Some(name) => home.join(name),
                None => home.resolve(file.path.as_str()).unwrap_or_default(),
            };
            if self.request.filter.takes(&path) && !self.entries.contains_key(&path) {
                is_taken = true;
                let stamp = format!("{} {}", version.short(16), file.size);
                self.fetch(&item.id, &file, path, stamp)?;
            }
        }
        if self.entries.len() > FILES_MAX {
            return Err(too_many().into());
        }
        Ok(is_taken.then(|| at.map_or_else(|| home.clone(), |file| home.join(&file))))
    }

    fn flatten(&mut self, nodes: &[Node], depth: usize, files: &mut Vec<Listed>) {
        for node in nodes {
            if let Some(children) = &node.children {
                self.flatten(children, depth + 1, files);
                continue;
            }
            if node.what != "file" {
                continue;
            }
            let path = RelPath::parse(&node.path).filter(|path| !path.is_root());
            match path.filter(|_| depth <= DEPTH_MAX) {
                Some(path) => files.push(Listed { path, size: node.size.unwrap_or_default() }),
                None => {
                    let shown = words::visible(&node.path);
                    let text = format!("`{shown}` is no path below an artifact, and is left out");
                    let help = "mend it on the server";
                    self.problems.push(Problem::warning("SM467", text).help(help));
                }
            }
        }
    }

    fn fetch(&mut self, id: &str, file: &Listed, path: RelPath, stamp: String) -> Result<()> {
        let known = self.request.memory.file(&path);
        if let Some(known) = known.filter(|known| known.stamp == stamp)
            && self.request.memory.has(&known.hash)
        {
            return self.keep(path, Note { stamp, hash: Some(known.hash) }, known.size, None);
        }
        let content = match self.api.content(id, &file.path) {
            Ok(content) => content,
            Err(error) if is_refused(&error) => {
                let text =
                    "the server does not give this file, and it is left out: it gives text only";
                let help =
                    "where the artifact needs it, read the store on the server's disk instead";
                self.tell(&path, Problem::warning("SM467", text).help(help));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let bytes = restored(content.content, content.size);
        if bytes.len() as u64 != content.size {
            let text = format!(
                "the file has {} on the server and came as {}: a SkillMeat server makes every line \
                 end a single line feed",
                words::count(content.size.try_into().unwrap_or(usize::MAX), "byte"),
                bytes.len(),
            );
            let help = "it is taken as it came; read the store on the server's disk to have it \
                        byte for byte";
            self.tell(&path, Problem::warning("SM467", text).help(help));
        }
        let hash = ContentHash::of(&bytes);
        self.keep(path, Note { stamp, hash: Some(hash) }, bytes.len() as u64, Some(bytes))
    }

    fn keep(&mut self, path: RelPath, note: Note, size: u64, bytes: Option<Vec<u8>>) -> Result<()> {
        self.entries.insert(path.clone(), Entry::File { size, executable: false });
        self.notes.insert(path.clone(), note);
        self.fresh.extend(bytes.map(|bytes| (path, bytes)));
        Ok(())
    }

    fn tell(&mut self, path: &RelPath, problem: Problem) {
        self.problems.push(problem.at(Place::file(words::visible(path.as_str()))));
    }

    /// The tree, what it came to, and what there is to say.
    pub(super) fn finish(self) -> (Tree, String, Vec<Problem>) {
        let hash = |note: &Note| note.hash.map(|hash| hash.hex()).unwrap_or_default();
        let lines: String =
            self.notes.iter().map(|(path, note)| format!("{path}\n{}\n", hash(note))).collect();
        let hashes = self.notes.iter().filter_map(|(path, note)| Some((path.clone(), note.hash?)));
        let held = Held {
            fresh: self.fresh,
            hashes: hashes.collect(),
            memory: Arc::clone(self.request.memory),
        };
        let tree = Tree::new(self.entries, Vec::new(), Box::new(held)).noted(self.notes);
        (tree, lines, self.problems)
    }
}

/// The name that the one file of a command, an agent, or such has in the folder of its kind; `None`
/// for what is a folder of its own.
fn single(kind: Kind, name: &str, listed: &[Listed]) -> Option<String> {
    let [file] = listed else { return None };
    let own = file.path.as_str();
    let (stem, end) = own.rsplit_once('.')?;
    let is_document = matches!(kind, Kind::Command | Kind::Agent);
    match kind {
        Kind::Skill | Kind::Plugin => None,
        _ if own.contains('/') => None,
        _ if is_document || stem == name => Some(format!("{name}.{end}")),
        _ => None,
    }
}

/// Whether the server knows the request and says no.
fn is_refused(error: &Error) -> bool {
    error.problems.iter().all(|problem| problem.code == "SM442")
}

/// The bytes of a text as they are on the server's disk: it sends `\n` for every `\r\n`, which the
/// size tells where all lines end alike.
fn restored(content: String, size: u64) -> Vec<u8> {
    let n_lines = content.bytes().filter(|byte| *byte == b'\n').count();
    let bytes = if (content.len() + n_lines) as u64 == size {
        content.replace('\n', "\r\n")
    } else {
        content
    };
    bytes.into_bytes()
}

struct Held {
    fresh: BTreeMap<RelPath, Vec<u8>>,
    hashes: BTreeMap<RelPath, ContentHash>,
    memory: Arc<dyn Memory>,
}

impl Blobs for Held {
    fn read(&self, path: &RelPath) -> Result<Vec<u8>> {
        let fresh = || self.fresh.get(path).cloned();
        let known = || self.memory.content(self.hashes.get(path)?);
        fresh().or_else(known).ok_or_else(|| {
            let text = format!("the cache has lost the content of `{path}`");
            Problem::error("SM403", text).help("run `skillmeat sync --force`").into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_that_the_server_made_one_are_two_again() {
        for (sent, size, bytes) in [
            ("a\nb\n", 4, "a\nb\n"),
            ("a\nb\n", 6, "a\r\nb\r\n"),
            ("a\nb\n", 5, "a\nb\n"),
            ("", 0, ""),
            ("é\n", 4, "é\r\n"),
        ] {
            assert_eq!(restored(sent.to_owned(), size), bytes.as_bytes(), "{sent:?} {size}");
        }
    }

    #[test]
    fn what_is_one_file_stands_in_the_folder_of_its_kind() {
        let listed = |paths: &[&str]| -> Vec<Listed> {
            let path = |path: &&str| RelPath::parse(path).unwrap();
            paths.iter().map(|text| Listed { path: path(text), size: 0 }).collect()
        };
        for (kind, paths, wanted) in [
            (Kind::Agent, &["x.md"][..], Some("x.md")),
            (Kind::Command, &["other.md"], Some("x.md")),
            (Kind::Command, &["x.md", "y.md"], None),
            (Kind::Skill, &["SKILL.md"], None),
            (Kind::Hook, &["hooks.json"], None),
            (Kind::Hook, &["x.json"], Some("x.json")),
            (Kind::Mcp, &["mcp.json"], None),
            (Kind::Mcp, &["a/x.json"], None),
            (Kind::Mcp, &[], None),
        ] {
            assert_eq!(single(kind, "x", &listed(paths)).as_deref(), wanted, "{kind} {paths:?}");
        }
    }
}
