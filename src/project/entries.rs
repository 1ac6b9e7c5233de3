//! Entries of files that hold those of others, too: MCP servers, hooks and enabled plugins.

use std::collections::BTreeSet;

use serde_json::Value;

use super::digest::{self, PART, Piece, named};
use super::reach::{Copy, copy, reach};
use super::roots::profile;
use super::{Files, Record, text, unread};
use crate::error::{Problem, Result};
use crate::format::deployed::Entry;
use crate::format::part::hooks::{self, Handler};
use crate::format::part::{self, servers};
use crate::model::deployment::By;
use crate::model::hash::ContentHash;
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::model::profile::{Profile, ServerFile, Where};

/// The files with MCP servers.
const SERVERS: [(&str, ServerFile); 5] = [
    (".mcp.json", ServerFile::Json("mcpServers")),
    (".cursor/mcp.json", ServerFile::Json("mcpServers")),
    (".vscode/mcp.json", ServerFile::Json("servers")),
    (".gemini/settings.json", ServerFile::Json("mcpServers")),
    (".codex/config.toml", ServerFile::Toml),
];

/// The files with hooks and plugins.
const SETTINGS: [&str; 2] = [".claude/settings.json", ".claude/settings.local.json"];

/// What records account for.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Files and the names of servers in them.
    servers: BTreeSet<(String, String)>,
    /// Files and the digests of handlers in them.
    handlers: BTreeSet<(String, String)>,
}

/// What a record means that no file of its own stands for.
pub(super) fn take(
    files: &dyn Files,
    entry: &Entry,
    record: &mut Record,
    known: &mut Known,
    problems: &mut Vec<Problem>,
) {
    let agent = record.profile.parse::<Profile>().unwrap_or(Profile::ClaudeCode);
    match agent.place(record.kind, &record.name) {
        Ok(Where::Server { file, format }) => {
            let all = servers_of(files, &file, format, &mut Vec::new());
            let found = all.into_iter().find(|(name, _)| *name == record.name);
            record.here = found.map(|(_, entry)| named(PART, &part::digest(&entry).hex()));
            record.path = format!("{file}#{}", record.name);
            known.servers.insert((file, record.name.clone()));
        }
        Ok(Where::Hooks { file, dir }) => {
            let all = handlers_of(settings(files, &file, problems).as_ref());
            record.here = here(&all, entry, &scripts(files, &dir));
            record.path = format!("{file}#hooks");
            let digests = entry.handlers.iter().cloned();
            known.handlers.extend(digests.map(|digest| (file.clone(), digest)));
        }
        _ => {}
    }
}

/// The files that come with hooks, by their paths in their folder.
fn scripts(files: &dyn Files, dir: &str) -> Vec<Piece> {
    let reached = RelPath::parse(dir).and_then(|dir| reach(files, &dir).ok());
    match reached.map(|reached| copy(files, &reached)) {
        Some(Copy::Dir(pieces)) => pieces,
        _ => Vec::new(),
    }
}

/// Of the handlers that were written those that are there, with their scripts.
fn here(all: &[Handler], entry: &Entry, scripts: &[Piece]) -> Option<String> {
    let mut there: Vec<Handler> = Vec::new();
    for handler in all {
        if entry.handlers.contains(&handler.digest().hex()) && !there.contains(handler) {
            there.push(handler.clone());
        }
    }
    let hash = |one: &Piece| ContentHash::of(&one.bytes);
    let scripts: Vec<(&str, ContentHash)> =
        scripts.iter().map(|one| (one.path.as_str(), hash(one))).collect();
    let digest = || named(PART, &hooks::digest_with(&there, &scripts).hex());
    (!there.is_empty()).then(digest)
}

/// What nobody recorded, and the plugins that settings enable.
pub(super) fn unrecorded(
    files: &dyn Files,
    known: &Known,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for (file, format) in SERVERS {
        let agent = profile(file.split('/').next().unwrap_or_default());
        for (name, entry) in servers_of(files, file, format, problems) {
            if known.servers.contains(&(file.to_owned(), name.clone())) {
                continue;
            }
            let mut record = Record::unrecorded(Kind::Mcp, &name, &agent, format!("{file}#{name}"));
            record.here = Some(named(PART, &part::digest(&entry).hex()));
            records.push(record);
        }
    }
    for file in SETTINGS {
        let Some(settings) = settings(files, file, problems) else { continue };
        records.extend(plugins(file, &settings));
        records.extend(strangers(file, &settings, known));
    }
    Ok(records)
}

fn servers_of(
    files: &dyn Files,
    file: &str,
    format: ServerFile,
    problems: &mut Vec<Problem>,
) -> Vec<(String, Value)> {
    let Some(text) = text(files, file, problems) else { return Vec::new() };
    let mut all = servers::servers(file, format, &text).unwrap_or_else(|error| {
        problems.extend(error.problems.into_iter().map(|one| unread(file, &one.message)));
        Vec::new()
    });
    // Settings have keys of their own beside the servers.
    all.retain(|(_, entry)| entry.is_object());
    all
}

fn settings(files: &dyn Files, file: &str, problems: &mut Vec<Problem>) -> Option<Value> {
    let text = text(files, file, problems)?;
    match part::value(file, &text) {
        Ok(value) => Some(value),
        Err(error) => {
            for problem in error.problems.iter().map(|one| unread(file, &one.message)) {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
            None
        }
    }
}

fn handlers_of(settings: Option<&Value>) -> Vec<Handler> {
    // Settings hold much else that is no hook.
    settings.filter(|all| all.get("hooks").is_some()).map(hooks::handlers).unwrap_or_default()
}

/// Whether a file is one of hooks.
pub(super) fn has_hooks(bytes: &[u8]) -> bool {
    serde_json::from_slice(bytes).is_ok_and(|value: Value| value.get("hooks").is_some())
}

/// The plugins that settings enable: `{"name@marketplace": true}`.
fn plugins(file: &str, settings: &Value) -> Vec<Record> {
    let enabled = settings.get("enabledPlugins").and_then(Value::as_object);
    let is_on = |value: &Value| !matches!(value, Value::Bool(false) | Value::Null);
    let all = enabled.into_iter().flatten().filter(|(_, value)| is_on(value));
    let record = |(name, _): (&String, &Value)| {
        let plain = name.split('@').next().unwrap_or_default();
        let mut record =
            Record::unrecorded(Kind::Plugin, plain, "claude_code", format!("{file}#{name}"));
        record.by = Some(By::Settings);
        record
    };
    all.map(record).collect()
}

/// The handlers that no record accounts for, as one hook that is called like the file.
fn strangers(file: &str, settings: &Value, known: &Known) -> Option<Record> {
    let mut digests: Vec<String> = Vec::new();
    for handler in handlers_of(Some(settings)) {
        let digest = handler.digest().hex();
        let key = (file.to_owned(), digest);
        if !known.handlers.contains(&key) && !digests.contains(&key.1) {
            digests.push(key.1);
        }
    }
    if digests.is_empty() {
        return None;
    }
    let name = file.rsplit('/').next()?.trim_end_matches(".json");
    let mut record = Record::unrecorded(Kind::Hook, name, "claude_code", format!("{file}#hooks"));
    record.here = Some(digest::handlers(&digests));
    record.handlers = digests;
    Some(record)
}
