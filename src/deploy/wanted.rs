//! An artifact to what would stand in a project for it: files, or entries of a file of others.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::plan::Run;
use super::target::Target;
use crate::catalog::Catalog;
use crate::catalog::contents::Contents;
use crate::catalog::states::source;
use crate::disk::beneath::Held;
use crate::error::{Problem, Result};
use crate::format::part::{self, hooks, servers};
use crate::model::artifact::{Artifact, File};
use crate::model::hash::{ContentHash, OriginalHasher};
use crate::model::path::RelPath;
use crate::model::profile::{ServerFile, Where};
use crate::words;

pub(super) struct Wanted {
    /// Below the project.
    pub files: BTreeMap<String, Held>,
    pub part: Part,
    /// As records have it, hex.
    pub hash: String,
    /// The artifact's own hash: what a person agrees to have run.
    pub own: ContentHash,
    pub runs: Vec<Run>,
}

pub(super) enum Part {
    None,
    Server(Value),
    Hooks(Vec<hooks::Handler>),
}

/// The bytes of an artifact's files, wherever they come from.
pub(super) type Read<'a> = dyn Fn(&Artifact, &File) -> Result<Vec<u8>> + 'a;

pub(super) fn wanted(
    catalog: &Catalog,
    artifact: &Artifact,
    read: &Read<'_>,
    target: &Target,
) -> Result<Wanted> {
    if artifact.files.is_empty() {
        let text = format!("`{}` has no files to deploy", artifact.id);
        return Err(Problem::error("SM636", text).help("it lives elsewhere: see its page").into());
    }
    let mut files = BTreeMap::new();
    let mut part = Part::None;
    let mut runs = runs(artifact);
    let held = |file: &File| -> Result<Held> {
        Ok(Held { bytes: read(artifact, file)?, executable: file.executable })
    };
    let hash = match &target.place {
        Where::Dir(dir) => {
            for file in &artifact.files {
                files.insert(below(dir, &file.path)?, held(file)?);
            }
            original(dir, &files)
        }
        Where::File(path) => {
            let one = document(artifact)?;
            let held = held(one)?;
            let hash = ContentHash::of(&held.bytes).hex();
            files.insert(path.clone(), held);
            hash
        }
        Where::Server { .. } => {
            let entry = server(artifact, &held(document(artifact)?)?.bytes)?;
            let hash = part::digest(&entry).hex();
            part = Part::Server(entry);
            hash
        }
        Where::Hooks { dir, .. } => {
            let main = source::main_hooks(artifact).ok_or_else(|| unreadable(artifact))?;
            let beside: Vec<&File> = artifact.files.iter().filter(|one| *one != main).collect();
            let handlers = settled(catalog, artifact, &held(main)?.bytes, &beside, dir)?;
            // A person agrees to what runs here, not to what would run in the plugin.
            for run in &mut runs {
                let body = json!({"command": run.what});
                let one = hooks::Handler { event: "Stop".to_owned(), matcher: None, body };
                let one = settle(catalog, artifact, vec![one], &beside, dir).ok();
                let text = one.as_ref().and_then(|all| all.first()?.body["command"].as_str());
                run.what = text.unwrap_or(&run.what).to_owned();
            }
            for file in beside {
                files.insert(below(dir, &file.path)?, held(file)?);
            }
            let hash = hooks_hash(&handlers, dir, &files);
            part = Part::Hooks(handlers);
            hash
        }
    };
    Ok(Wanted { files, part, hash, own: artifact.hash, runs })
}

/// The hash of hooks with the scripts below their folder, hex.
pub(super) fn hooks_hash(
    handlers: &[hooks::Handler],
    dir: &str,
    files: &BTreeMap<String, Held>,
) -> String {
    let prefix = format!("{dir}/");
    let script = |(path, held): (&'_ String, &Held)| {
        Some((path.strip_prefix(&prefix)?.to_owned(), ContentHash::of(&held.bytes)))
    };
    let scripts: Vec<(String, ContentHash)> = files.iter().filter_map(script).collect();
    let scripts: Vec<_> = scripts.iter().map(|(path, hash)| (path.as_str(), *hash)).collect();
    hooks::digest_with(handlers, &scripts).hex()
}

/// SkillMeat's hash of the files below a folder.
pub(super) fn original(dir: &str, files: &BTreeMap<String, Held>) -> String {
    let prefix = format!("{dir}/");
    let mut sorted: Vec<(&str, &Held)> =
        files.iter().filter_map(|(path, held)| Some((path.strip_prefix(&prefix)?, held))).collect();
    sorted.sort_by(|a, b| a.0.split('/').cmp(b.0.split('/')));
    let mut hasher = OriginalHasher::default();
    sorted.into_iter().for_each(|(path, held)| hasher.add(path, &held.bytes));
    hasher.hex()
}

/// A path of an artifact below a folder of the project; a source may say what it likes.
fn below(dir: &str, path: &str) -> Result<String> {
    match RelPath::parse(path).filter(|parsed| parsed.as_str() == path && !path.is_empty()) {
        Some(path) => Ok(format!("{dir}/{path}")),
        None => {
            let text = format!("`{}` is no path of a file", words::visible(path));
            Err(Problem::error("SM633", text).help("rename it in the source").into())
        }
    }
}

fn document(artifact: &Artifact) -> Result<&File> {
    let named = artifact.document.as_deref().and_then(|path| artifact.file(path));
    named.or_else(|| artifact.files.first()).ok_or_else(|| unreadable(artifact))
}

fn server(artifact: &Artifact, bytes: &[u8]) -> Result<Value> {
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable(artifact))?;
    let found = servers::servers(artifact.file_path(), ServerFile::Json("mcpServers"), text)?;
    match found.into_iter().next() {
        Some((_, entry)) => Ok(entry),
        None => {
            let text = format!("`{}` says not how its server is started", artifact.id);
            let help = "a registry describes packages: set the server up by hand";
            Err(Problem::error("SM636", text).help(help).into())
        }
    }
}

fn settled(
    catalog: &Catalog,
    artifact: &Artifact,
    bytes: &[u8],
    beside: &[&File],
    dir: &str,
) -> Result<Vec<hooks::Handler>> {
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable(artifact))?;
    let value = part::value(artifact.file_path(), text)?;
    let handlers = hooks::handlers(&value);
    if handlers.is_empty() {
        return Err(unreadable(artifact));
    }
    settle(catalog, artifact, handlers, beside, dir).map_err(|why| {
        let text = format!("`{}` cannot be deployed without its plugin: {why}", artifact.id);
        let help = "install the plugin in the agent";
        Problem::error("SM636", text).help(help).into()
    })
}

fn settle(
    catalog: &Catalog,
    artifact: &Artifact,
    handlers: Vec<hooks::Handler>,
    beside: &[&File],
    dir: &str,
) -> std::result::Result<Vec<hooks::Handler>, String> {
    let names: Vec<&str> = beside.iter().map(|file| file.path.as_str()).collect();
    let file = source::below_plugin(&catalog.artifacts, artifact);
    hooks::settled(handlers, &file, &names, dir)
}

fn unreadable(artifact: &Artifact) -> crate::error::Error {
    let text = format!("`{}` cannot be read, so it cannot be deployed", artifact.id);
    Problem::error("SM636", text).help("see the problems on its page").into()
}

/// What an agent would do by itself.
fn runs(artifact: &Artifact) -> Vec<Run> {
    let hooks = artifact.can.hooks.iter().map(|hook| {
        let on = hook.matcher.as_deref().filter(|matcher| !matcher.is_empty());
        Run {
            id: artifact.id.clone(),
            when: words::visible(&on.map_or_else(
                || hook.event.clone(),
                |matcher| format!("{} on {matcher}", hook.event),
            )),
            what: words::visible(&hook.action),
            env: Vec::new(),
        }
    });
    let server = artifact.can.server.iter().map(|server| {
        let command = server.command.iter().chain(&server.args).map(String::as_str);
        let line = command.collect::<Vec<_>>().join(" ");
        let what = server.url.clone().unwrap_or(line);
        Run {
            id: artifact.id.clone(),
            when: "MCP server".to_owned(),
            what: words::visible(&what),
            env: server
                .env
                .iter()
                .chain(&server.headers)
                .map(|name| words::visible(name))
                .collect(),
        }
    });
    hooks.chain(server).collect()
}

/// Reads by the catalog.
pub(super) fn of_catalog(contents: &dyn Contents) -> impl Fn(&Artifact, &File) -> Result<Vec<u8>> {
    move |artifact, file| contents.read(artifact, file)
}
