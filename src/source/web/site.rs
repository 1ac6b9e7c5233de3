//! Another site that skillmeat built to a tree: lists of artifacts, files and collections, then the
//! contents that are not remembered, each checked by its hash.
//!
//! `list` reads what the site says, `place` gives every file a path in the tree. Everything is
//! another's word: links stay on the site, names and paths are judged as those of any source.

mod list;
mod place;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::{Gathered, Request};
use crate::error::{Problem, Result};
use crate::model::base64;
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::source::listing::Listing;
use crate::source::memory::Memory;
use crate::source::tree::{Blobs, Entry, Note, Tree};
use crate::words;
use place::{Open, Placed};

/// All contents that one sync fetches.
const NEWS_BYTES_MAX: u64 = 512 << 20;

pub(super) fn open(request: &Request<'_>) -> Result<Gathered> {
    let root = root(&request.web.url);
    let lists = list::read(request.client, &root)?;
    let Placed { files, mut listing, open, mut problems } =
        place::place(&lists.artifacts, request.filter)?;
    let fresh = fetch(request, &root, &files)?;
    let contents = Contents {
        hashes: files.iter().map(|(path, file)| (path.clone(), file.hash)).collect(),
        fresh,
        memory: Arc::clone(request.memory),
    };
    name_servers(&contents, open, &mut listing);
    problems.extend(unpublished(&lists.artifacts));

    let (mut entries, mut notes) = (BTreeMap::new(), BTreeMap::new());
    for (path, file) in &files {
        let size = contents.size(path, file.hash, file.size);
        entries.insert(path.clone(), Entry::File { size, executable: file.executable });
        let note = Note { stamp: file.hash.hex(), hash: Some(file.hash) };
        notes.insert(path.clone(), note);
    }
    let structure = list::structure(request.client, &root, &lists)?;
    let said = format!("{entries:?} {:?} {listing:?} {structure:?} {problems:?}", contents.hashes);
    Ok(Gathered {
        tree: Tree::new(entries, Vec::new(), Box::new(contents)).noted(notes),
        revision: ContentHash::of(said.as_bytes()),
        structure: Some(structure),
        listing,
        problems,
    })
}

/// The address of the site's home page, with a final `/`, whichever of its addresses is given.
fn root(url: &str) -> String {
    let ends = ["/api/v1/index.json", "/api/v1", "/index.html"];
    let url = url.trim_end_matches('/');
    let bare = ends.iter().find_map(|end| url.strip_suffix(end)).unwrap_or(url);
    format!("{}/", bare.trim_end_matches('/'))
}

/// The bytes of what is not remembered, each once.
fn fetch(
    request: &Request<'_>,
    root: &str,
    files: &BTreeMap<RelPath, place::File>,
) -> Result<HashMap<ContentHash, Vec<u8>>> {
    let mut wanted: BTreeMap<ContentHash, &place::File> = BTreeMap::new();
    for file in files.values() {
        wanted.entry(file.hash).or_insert(file);
    }
    wanted.retain(|hash, _| !request.memory.has(hash));
    let n_bytes = wanted.values().fold(0_u64, |sum, file| sum.saturating_add(file.size));
    if n_bytes > NEWS_BYTES_MAX {
        let text = format!("its new files have {} together", words::bytes(n_bytes));
        let help = "name what to take with `include:` of the source";
        return Err(Problem::error("SM475", text).help(help).into());
    }
    let urls: Vec<String> = wanted.values().map(|file| format!("{root}{}", file.link)).collect();
    let answers = request.client.get_all(&urls, request.on_progress)?;
    let mut fresh = HashMap::new();
    for ((hash, file), answer) in wanted.into_iter().zip(answers) {
        fresh.insert(hash, checked(answer.body, hash, &file.link)?);
    }
    Ok(fresh)
}

/// The bytes with this hash: as they were sent, or what the text that was sent says.
fn checked(body: Vec<u8>, hash: ContentHash, link: &str) -> Result<Vec<u8>> {
    if ContentHash::of(&body) == hash {
        return Ok(body);
    }
    let said = base64::decode(&body).filter(|bytes| ContentHash::of(bytes) == hash);
    said.ok_or_else(|| {
        let text = format!("`{link}` of the site is not what its list says");
        let help = "it may just have been published: run `skillmeat sync` again in a minute";
        Problem::error("SM473", text).help(help).into()
    })
}

/// Where a file with one server was placed, its path as an artifact is known by what it holds.
fn name_servers(contents: &Contents, open: Vec<Open>, listing: &mut Listing) {
    for Open { kind, file, entry } in open {
        let bytes = contents.read(&file).unwrap_or_default();
        let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let servers = value.get("mcpServers").and_then(Value::as_object);
        let name = servers.and_then(|servers| servers.keys().next()).map_or("", String::as_str);
        listing.entries.insert((kind, format!("{file}#{}", words::visible(name))), entry);
    }
}

/// What is larger than a site publishes is not to be had from it.
fn unpublished(artifacts: &[list::Artifact]) -> Option<Problem> {
    let files = artifacts.iter().flat_map(|artifact| &artifact.files);
    let n = files.filter(|file| file.link.is_none()).count();
    let text = format!("{} are too large for the site to publish", words::count(n, "file"));
    let help = "take the artifact from the source that the site has it from";
    (n > 0).then(|| Problem::warning("SM477", text).help(help))
}

/// The bytes of the tree.
struct Contents {
    hashes: BTreeMap<RelPath, ContentHash>,
    fresh: HashMap<ContentHash, Vec<u8>>,
    memory: Arc<dyn Memory>,
}

impl Contents {
    /// What the site says of a size is believed only where the bytes were seen.
    fn size(&self, path: &RelPath, hash: ContentHash, said: u64) -> u64 {
        if let Some(bytes) = self.fresh.get(&hash) {
            return bytes.len() as u64;
        }
        match self.memory.file(path) {
            Some(old) if old.hash == hash => old.size,
            _ => self.memory.content(&hash).map_or(said, |bytes| bytes.len() as u64),
        }
    }
}

impl Blobs for Contents {
    fn read(&self, path: &RelPath) -> Result<Vec<u8>> {
        let missing = || Problem::error("SM403", format!("`{path}` is not at hand")).into();
        let bytes = self
            .hashes
            .get(path)
            .and_then(|hash| self.fresh.get(hash).cloned().or_else(|| self.memory.content(hash)));
        bytes.ok_or_else(missing)
    }
}
