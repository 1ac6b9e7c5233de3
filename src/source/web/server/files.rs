//! The files of what a server lists: where each stands in the tree, its bytes fetched, or taken from
//! the memory where nothing says that they changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answers::{Artifact, Content, Files, Node};
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
    request: &'a Request<'a>,
    entries: BTreeMap<RelPath, Entry>,
    notes: BTreeMap<RelPath, Note>,
    fresh: BTreeMap<RelPath, Vec<u8>>,
    problems: Vec<Problem>,
    wanted: Vec<Wanted<'a>>,
}

/// A file that is listed.
struct Listed {
    /// Below the artifact.
    path: RelPath,
    size: u64,
}

/// A file whose bytes are not known.
struct Wanted<'a> {
    id: &'a str,
    /// Below the artifact.
    file: RelPath,
    path: RelPath,
    stamp: String,
}

impl<'a> Shelf<'a> {
    pub(super) fn new(request: &'a Request<'a>) -> Self {
        Self {
            request,
            entries: BTreeMap::new(),
            notes: BTreeMap::new(),
            fresh: BTreeMap::new(),
            problems: Vec::new(),
            wanted: Vec::new(),
        }
    }

    /// Takes the files of artifacts; says where each stands: at its folder or its one file. `None`
    /// where the filter takes nothing, or the server has nothing to give.
    pub(super) fn take(
        &mut self,
        api: &Api<'_>,
        items: &[(&'a Artifact, Kind)],
    ) -> Result<Vec<Option<RelPath>>> {
        let ids: Vec<&str> = items.iter().map(|(item, _)| item.id.as_str()).collect();
        let answers = api.files(&ids)?;
        let all_failed = answers.iter().all(Result::is_err);
        let mut places = Vec::with_capacity(items.len());
        for ((item, kind), answer) in items.iter().zip(answers) {
            places.push(match answer {
                Ok(files) => self.place(item, *kind, &files),
                Err(error) if all_failed => return Err(error),
                Err(error) => self.remembered(item, *kind, &error),
            });
        }
        if self.entries.len() + self.wanted.len() > FILES_MAX {
            return Err(too_many().into());
        }
        self.fetch(api)?;
        Ok(places)
    }

    /// Finds out which files of an artifact have to be asked for.
    fn place(&mut self, item: &'a Artifact, kind: Kind, answer: &Files) -> Option<RelPath> {
        let mut listed = Vec::new();
        self.flatten(&answer.files, 1, &mut listed);
        let home = RelPath::root().join(folder(kind));
        let at = match single(kind, &item.name, &listed) {
            Some(file) => home.join(&file),
            None => home.join(&item.name),
        };
        let is_single = listed.len() == 1 && at != home.join(&item.name);
        let version = version(item, answer);
        let mut is_taken = listed.is_empty();
        for Listed { path: file, size } in listed {
            let path = if is_single { at.clone() } else { at.resolve(file.as_str())? };
            if !self.request.filter.takes(&path) || self.entries.contains_key(&path) {
                continue;
            }
            is_taken = true;
            // An edit in SkillMeat's own pages changes the size, and nothing else that is listed.
            let stamp = format!("{version} {size}");
            let known = self.request.memory.file(&path);
            match known.filter(|known| known.stamp == stamp) {
                Some(known) if self.request.memory.has(&known.hash) => {
                    self.keep(path, Note { stamp, hash: Some(known.hash) }, known.size, None);
                }
                _ => self.wanted.push(Wanted { id: &item.id, file, path, stamp }),
            }
        }
        is_taken.then_some(at)
    }

    /// An artifact that is listed and whose files the server cannot list stays as it was.
    fn remembered(&mut self, item: &Artifact, kind: Kind, error: &Error) -> Option<RelPath> {
        let home = RelPath::root().join(folder(kind));
        let dir = home.join(&item.name);
        let memory = self.request.memory;
        let one = || {
            let path = home.join(&format!("{}.md", item.name));
            memory.file(&path).map(|file| vec![(path, file)])
        };
        let below = Some(memory.below(&dir)).filter(|files| !files.is_empty()).or_else(one);
        let files = below.unwrap_or_default();
        let why = error.problems.first().map_or("", |problem| problem.message.as_str());
        let id = words::visible(&item.id);
        let (text, help) = match files.first() {
            Some(_) => (format!("`{id}` is kept as it was: {why}"), "mend it on the server"),
            None => (format!("`{id}` cannot be taken: {why}"), "mend or remove it on the server"),
        };
        self.problems.push(Problem::warning("SM463", text).help(help));
        let at = files
            .first()
            .map(|(path, _)| if path.below(&dir).is_some() { dir } else { path.clone() });
        for (path, known) in files {
            if memory.has(&known.hash) {
                let note = Note { stamp: known.stamp, hash: Some(known.hash) };
                self.keep(path, note, known.size, None);
            }
        }
        at
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

    /// Asks for all bytes that are not known.
    fn fetch(&mut self, api: &Api<'_>) -> Result<()> {
        let wanted = std::mem::take(&mut self.wanted);
        let files: Vec<(&str, RelPath)> =
            wanted.iter().map(|wanted| (wanted.id, wanted.file.clone())).collect();
        for (Wanted { path, stamp, .. }, answer) in wanted.into_iter().zip(api.contents(&files)?) {
            let Ok(Content { content, size }) = answer else {
                let text =
                    "the server does not give this file, and it is left out: it gives text only";
                let help =
                    "where the artifact needs it, read the store on the server's disk instead";
                self.tell(&path, Problem::warning("SM467", text).help(help));
                continue;
            };
            let bytes = restored(content, size);
            if bytes.len() as u64 != size {
                let text = format!(
                    "the file has {} on the server and came as {}: a SkillMeat server makes every \
                     line end a single line feed",
                    words::count(usize::try_from(size).unwrap_or(usize::MAX), "byte"),
                    bytes.len(),
                );
                let help = "it is taken as it came; read the store on the server's disk to have it \
                            byte for byte";
                self.tell(&path, Problem::warning("SM467", text).help(help));
            }
            let note = Note { stamp, hash: Some(ContentHash::of(&bytes)) };
            self.keep(path, note, bytes.len() as u64, Some(bytes));
        }
        Ok(())
    }

    fn keep(&mut self, path: RelPath, note: Note, size: u64, bytes: Option<Vec<u8>>) {
        self.entries.insert(path.clone(), Entry::File { size, executable: false });
        self.notes.insert(path.clone(), note);
        self.fresh.extend(bytes.map(|bytes| (path, bytes)));
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

/// Differs when what the server says of an artifact does.
fn version(item: &Artifact, files: &Files) -> String {
    let said = serde_json::json!([
        item.updated,
        item.version,
        item.metadata.as_ref().map(|metadata| &metadata.version),
        item.upstream.as_ref().map(|upstream| &upstream.current_sha),
        files.collection_name,
    ]);
    ContentHash::of(said.to_string().as_bytes()).short(16)
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
