//! What the source of an artifact has now, in the hash of each tool. Worked out when the first copy
//! asks, and never twice.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Value;

use crate::catalog::Index;
use crate::catalog::contents::Contents;
use crate::error::Result;
use crate::format::part::hooks::{self, Handler};
use crate::format::part::{self, servers};
use crate::model::artifact::{Artifact, File};
use crate::model::id::Kind;
use crate::model::profile::{Profile, ServerFile, Where};
use crate::model::shared::Shared;
use crate::project::digest::{self, Drops, GH, GIT_TREE, ORIGINAL, OWN, PART, Piece, named};

pub(super) struct Hashes<'a> {
    artifacts: &'a [Shared<Artifact>],
    contents: &'a dyn Contents,
    known: Vec<Known>,
    /// The hooks of the catalog with the digests of their handlers, those with most first.
    hooks: OnceLock<Vec<(Index, Vec<String>)>>,
    /// Artifacts of a kind by the digest of their entry.
    servers: OnceLock<HashMap<String, Vec<Index>>>,
}

/// `None` inside: it has no such hash.
#[derive(Default)]
struct Known {
    own: OnceLock<Option<String>>,
    original: OnceLock<Option<String>>,
    gh: OnceLock<Option<String>>,
    tree: OnceLock<Option<String>>,
    part: OnceLock<Option<String>>,
    skills: OnceLock<[String; 3]>,
}

impl<'a> Hashes<'a> {
    pub(super) fn new(artifacts: &'a [Shared<Artifact>], contents: &'a dyn Contents) -> Self {
        let known = artifacts.iter().map(|_| Known::default()).collect();
        Self { artifacts, contents, known, hooks: OnceLock::new(), servers: OnceLock::new() }
    }

    /// Its hash in an algorithm; none where it has none, or where nobody knows the algorithm.
    pub(super) fn of(&self, index: Index, algorithm: &str) -> Result<Option<&str>> {
        let artifact = &self.artifacts[index];
        let known = &self.known[index];
        let hash = match algorithm {
            OWN => once(&known.own, || Ok(Some(artifact.hash.to_string())))?,
            ORIGINAL => once(&known.original, || self.original(artifact).map(Some))?,
            GH => once(&known.gh, || Ok(Some(digest::gh(&self.pieces(artifact)?))))?,
            GIT_TREE => once(&known.tree, || Ok(Some(digest::git_tree(&self.pieces(artifact)?))))?,
            PART => once(&known.part, || self.part(artifact))?,
            _ => return Ok(None),
        };
        Ok(hash.as_deref())
    }

    /// That of `npx skills`, by what its releases leave out.
    pub(super) fn skills(&self, index: Index) -> Result<&[String; 3]> {
        once(&self.known[index].skills, || {
            let pieces = self.pieces(&self.artifacts[index])?;
            Ok(Drops::ALL.map(|drops| digest::skills(&pieces, drops)))
        })
    }

    /// The hooks of the catalog with the digests of their handlers, those with most first.
    pub(super) fn hooks(&self) -> Result<&Vec<(Index, Vec<String>)>> {
        once(&self.hooks, || {
            let mut all = Vec::new();
            for (index, artifact) in self.artifacts.iter().enumerate() {
                if artifact.id.kind == Kind::Hook {
                    let handlers = self.handlers(artifact)?.unwrap_or_default();
                    all.push((index, handlers.iter().map(|one| one.digest().hex()).collect()));
                }
            }
            all.sort_by_key(|(_, digests): &(_, Vec<String>)| std::cmp::Reverse(digests.len()));
            Ok(all)
        })
    }

    /// MCP servers with such an entry.
    pub(super) fn servers(&self, hash: &str) -> Result<&[Index]> {
        let all = once(&self.servers, || {
            let mut all: HashMap<String, Vec<Index>> = HashMap::new();
            for (index, artifact) in self.artifacts.iter().enumerate() {
                if artifact.id.kind == Kind::Mcp
                    && let Some(hash) = self.of(index, PART)?
                {
                    all.entry(hash.to_owned()).or_default().push(index);
                }
            }
            Ok(all)
        })?;
        Ok(all.get(hash).map_or(&[], Vec::as_slice))
    }

    fn original(&self, artifact: &Artifact) -> Result<String> {
        match single(artifact) {
            Some(file) => Ok(named(ORIGINAL, &file.hash.hex())),
            None => Ok(digest::original(&self.pieces(artifact)?)),
        }
    }

    fn pieces(&self, artifact: &Artifact) -> Result<Vec<Piece>> {
        let piece = |file: &File| {
            let bytes = self.contents.read(artifact, file)?;
            Ok(Piece { path: file.path.clone(), bytes, executable: file.executable })
        };
        artifact.files.iter().map(piece).collect()
    }

    /// The digest of its entry in a file of others.
    fn part(&self, artifact: &Artifact) -> Result<Option<String>> {
        let hash = match artifact.id.kind {
            Kind::Mcp => self.server(artifact)?.map(|entry| part::digest(&entry)),
            Kind::Hook => self.handlers(artifact)?.map(|handlers| {
                let main = main_hooks(artifact);
                let scripts = artifact.files.iter().filter(|file| Some(*file) != main);
                let scripts: Vec<_> = scripts.map(|file| (file.path.as_str(), file.hash)).collect();
                hooks::digest_with(&handlers, &scripts)
            }),
            _ => None,
        };
        Ok(hash.map(|hash| named(PART, &hash.hex())))
    }

    fn server(&self, artifact: &Artifact) -> Result<Option<Value>> {
        let named = artifact.document.as_deref().and_then(|path| artifact.file(path));
        let Some(file) = named.or_else(|| artifact.files.first()) else { return Ok(None) };
        let bytes = self.contents.read(artifact, file)?;
        let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(None) };
        let key = ServerFile::Json("mcpServers");
        let found = servers::servers(artifact.file_path(), key, text).unwrap_or_default();
        Ok(found.into_iter().next().map(|(_, entry)| entry))
    }

    /// As they run in a project; none where it has none that can run there.
    fn handlers(&self, artifact: &Artifact) -> Result<Option<Vec<Handler>>> {
        let Some(main) = main_hooks(artifact) else { return Ok(None) };
        let place = Profile::ClaudeCode.place(Kind::Hook, artifact.id.short_name());
        let Ok(Where::Hooks { dir, .. }) = place else { return Ok(None) };
        let bytes = self.contents.read(artifact, main)?;
        let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(None) };
        let Ok(value) = part::value(artifact.file_path(), text) else { return Ok(None) };
        let beside = artifact.files.iter().filter(|file| *file != main);
        let names: Vec<&str> = beside.map(|file| file.path.as_str()).collect();
        let handlers = hooks::handlers(&value);
        let settled =
            hooks::settled(handlers, &below_plugin(self.artifacts, artifact), &names, &dir);
        Ok(settled.ok().filter(|handlers| !handlers.is_empty()))
    }
}

/// The path of a hooks file below the plugin it is of. Artifacts are sorted by id.
pub fn below_plugin(artifacts: &[Shared<Artifact>], artifact: &Artifact) -> String {
    let path = artifact.file_path();
    let plugin = artifact.plugin.as_deref().and_then(|name| {
        let id = &artifact.id;
        let wanted = (id.source.as_str(), Kind::Plugin, name);
        let found = artifacts.binary_search_by(|one| {
            (one.id.source.as_str(), one.id.kind, one.id.name.as_str()).cmp(&wanted)
        });
        found.ok().map(|at| &artifacts[at])
    });
    let root = plugin.map(|plugin| plugin.file_path()).unwrap_or_default();
    path.strip_prefix(root).unwrap_or(path).trim_start_matches('/').to_owned()
}

/// The file with the hooks among those of a hook.
pub fn main_hooks(artifact: &Artifact) -> Option<&File> {
    let name = artifact.file_path().rsplit('/').next().unwrap_or_default();
    [name, "hooks.json"].iter().find_map(|name| artifact.file(name))
}

/// The file that stands for an artifact which is one file in a project.
pub fn single(artifact: &Artifact) -> Option<&File> {
    if !matches!(artifact.id.kind, Kind::Command | Kind::Agent) {
        return None;
    }
    let named = artifact.document.as_deref().and_then(|path| artifact.file(path));
    named.or_else(|| artifact.files.first())
}

/// The value of a cell; where two threads work it out at once, both have the same.
fn once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> Result<T>) -> Result<&T> {
    match cell.get() {
        Some(value) => Ok(value),
        None => {
            let value = make()?;
            Ok(cell.get_or_init(|| value))
        }
    }
}
