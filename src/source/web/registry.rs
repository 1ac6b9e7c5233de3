//! An MCP registry to a tree of `servers/<name>/server.json`, one for the latest version of each.
//!
//! A registry that lists more than a page is asked only for what was updated since the newest time
//! it named; the rest is remembered. Deletions are among those updates where the registry tells them,
//! but none must: so all is listed again once a day, and whenever memory has a gap.
//!
//! The shapes are those of modelcontextprotocol/registry, from the first (May 2025, flat entries) to
//! `ServerResponse` (`{server, _meta}`); its changelog is `docs/reference/api/CHANGELOG.md`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::contents::{Contents, check_name, left_out, revision};
use super::{Gathered, Request};
use crate::error::{Place, Problem, Result};
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::source::http::{Pages, unusable, with_query};
use crate::source::listing::Listing;
use crate::source::memory::Answer;
use crate::source::tree::Tree;
use crate::source::{FILES_MAX, too_many};
use crate::words;

/// The versions of the API: the stable one first.
const VERSIONS: [&str; 2] = ["v0.1", "v0"];

/// The most that a registry gives at once.
const PAGE: &str = "100";

/// What the registry itself says of an entry, and how it was called before.
const OFFICIAL: &str = "io.modelcontextprotocol.registry/official";
const OFFICIAL_BEFORE: &str = "x-io.modelcontextprotocol.registry";

/// All is listed again after so long.
const FULL_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Updates are asked for from a little before the newest that was seen: what was written at the same
/// time may have shown later.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// Of entries that name none of the registry's own.
const SCHEMA: &str = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json";

const DIR: &str = "servers";
const FILE: &str = "server.json";

/// What an earlier sync ended with.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    version: String,
    /// The newest time an entry named.
    newest: Timestamp,
    /// When all was listed last.
    listed: Timestamp,
    /// Of all files then.
    files: ContentHash,
    /// What was left out.
    problems: Vec<Problem>,
}

/// The latest version of one server.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    name: String,
    version: String,
    /// None where the registry does not say.
    is_latest: Option<bool>,
    published: Option<Timestamp>,
    /// Of its last change, or its publication.
    updated: Option<Timestamp>,
    status: Status,
    /// What becomes `server.json`.
    server: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Active,
    Deprecated,
    Deleted,
}

/// What one way through the list gave.
#[derive(Default)]
struct Listed {
    entries: BTreeMap<String, Entry>,
    n_pages: usize,
    newest: Option<Timestamp>,
    problems: Vec<Problem>,
}

pub(super) fn open(request: &Request<'_>) -> Result<Gathered> {
    let base = base(&request.web.url);
    let key = format!("{base}#registry");
    let now = request.client.start();
    let mut contents = Contents::new(request.memory);
    let state = request.memory.answer(&key).and_then(|answer| read_state(&answer.body));
    let is_recent = |state: &State| {
        let age = now.duration_since(state.listed);
        !age.is_negative() && age < FULL_AFTER
    };
    let state = state.filter(is_recent);
    let known = state.and_then(|state| recall(request, &state, &mut contents).then_some(state));
    let (listed, version, full_at) = match &known {
        Some(state) => {
            let since = state.newest.checked_sub(OVERLAP).unwrap_or(state.newest).to_string();
            (
                list(request, base, &state.version, Some(&since))?,
                state.version.clone(),
                state.listed,
            )
        }
        None => {
            contents = Contents::new(request.memory);
            let (listed, version) = list_all(request, base)?;
            (listed, version, now)
        }
    };
    let Listed { entries, n_pages, newest, problems: news } = listed;
    for entry in entries.into_values() {
        let path = path(&entry.name);
        match entry.status {
            Status::Deleted => contents.remove(&path),
            _ => contents.add(path, bytes(&entry), false),
        }
    }
    let (tree, files) = contents.into_tree(request.filter)?;
    // A list of one page is as quick as its updates, and knows what is gone.
    let is_long = known.is_some() || n_pages > 1;
    // A time to come, which somebody wrote there, would hide all updates until then.
    let newest = newest.max(known.as_ref().map(|state| state.newest)).map(|newest| newest.min(now));
    let mut problems = known.map(|state| state.problems).unwrap_or_default();
    problems.extend(news);
    problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    problems.dedup();
    if let Some(newest) = newest.filter(|_| is_long) {
        let problems = problems.clone();
        let state = State { version, newest, listed: full_at, files, problems };
        let body = serde_json::to_vec(&state).unwrap_or_default();
        request.memory.keep_answer(&key, Answer { etag: None, modified: None, body });
    }
    problems.extend(deprecated(&tree));
    let revision = revision(files, &problems);
    Ok(Gathered { tree, revision, structure: None, listing: Listing::default(), problems })
}

/// The address without what names the list itself.
fn base(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix("/servers").unwrap_or(url);
    let version = VERSIONS.iter().find_map(|version| url.strip_suffix(version)?.strip_suffix('/'));
    version.unwrap_or(url)
}

fn read_state(body: &[u8]) -> Option<State> {
    serde_json::from_slice(body).ok()
}

/// Takes from memory all that was listed, if it is all there.
fn recall(request: &Request<'_>, state: &State, contents: &mut Contents) -> bool {
    let dir = RelPath::root().join(DIR);
    let files = request.memory.below(&dir);
    let lines = files.iter().map(|(path, file)| (path.as_str(), file.hash));
    ContentHash::of_files(lines) == state.files
        && files.iter().all(|(path, file)| contents.recall(path, file.hash))
}

/// The whole list, in the newest version of the API that the registry has.
fn list_all(request: &Request<'_>, base: &str) -> Result<(Listed, String)> {
    let [first, second] = VERSIONS;
    let url = page_url(request, base, first, None, "");
    match request.client.find_json(&url)? {
        Some(page) => Ok((go_on(request, base, first, None, page.value)?, first.to_owned())),
        None => Ok((list(request, base, second, None)?, second.to_owned())),
    }
}

fn list(request: &Request<'_>, base: &str, version: &str, since: Option<&str>) -> Result<Listed> {
    let url = page_url(request, base, version, since, "");
    let page = match since {
        Some(_) => request.client.get_json_anew(&url)?,
        None => request.client.get_json(&url)?,
    };
    go_on(request, base, version, since, page.value)
}

/// The entries of a first page and of all after it.
fn go_on(
    request: &Request<'_>,
    base: &str,
    version: &str,
    since: Option<&str>,
    first: Value,
) -> Result<Listed> {
    let url = format!("{base}/{version}/servers");
    let mut pages = Pages::new(&url);
    let mut listed = Listed::default();
    let mut page = first;
    pages.enter("")?;
    loop {
        listed.n_pages += 1;
        take(&url, &page, since.is_some(), &mut listed)?;
        (request.on_progress)(listed.entries.len(), 0);
        let cursor = ["nextCursor", "next_cursor"]
            .iter()
            .find_map(|key| page.get("metadata")?.get(key)?.as_str())
            .unwrap_or_default();
        if cursor.is_empty() {
            return Ok(listed);
        }
        pages.enter(cursor)?;
        let next = page_url(request, base, version, since, cursor);
        page = request.client.get_json_anew(&next)?.value;
    }
}

fn page_url(
    request: &Request<'_>,
    base: &str,
    version: &str,
    since: Option<&str>,
    cursor: &str,
) -> String {
    let mut query = vec![("limit", PAGE), ("version", "latest")];
    query.extend(request.web.search.as_deref().map(|search| ("search", search)));
    query.extend(since.map(|since| ("updated_since", since)));
    if !cursor.is_empty() {
        query.push(("cursor", cursor));
    }
    with_query(&format!("{base}/{version}/servers"), &query)
}

/// Adds the entries of a page; the same version of a server in two shapes refuses the list.
fn take(url: &str, page: &Value, is_update: bool, listed: &mut Listed) -> Result<()> {
    let none = Vec::new();
    let servers = match page.get("servers") {
        Some(Value::Array(servers)) => servers,
        // What Go makes of an empty list.
        Some(Value::Null) => &none,
        _ => return Err(unusable(url, "has no list `servers`")),
    };
    for server in servers {
        let entry = match entry(server) {
            Ok(entry) => entry,
            Err(why) => {
                listed.problems.push(left_out(why));
                continue;
            }
        };
        listed.newest = listed.newest.max(entry.updated);
        if is_update && entry.is_latest == Some(false) {
            continue; // an old version changed; the latest is not listed beside it
        }
        match listed.entries.get(&entry.name) {
            Some(old) if old.version == entry.version && *old != entry => {
                let name = &entry.name;
                return Err(unusable(url, &format!("names `{name}` twice, and not alike")));
            }
            Some(old) if rank(old) >= rank(&entry) => {}
            _ => {
                listed.entries.insert(entry.name.clone(), entry);
            }
        }
        if listed.entries.len() > FILES_MAX {
            return Err(too_many().into());
        }
    }
    Ok(())
}

/// Which of two versions is the one to take, where a registry lists all of them.
fn rank(entry: &Entry) -> (bool, Option<Timestamp>) {
    (entry.is_latest == Some(true), entry.published)
}

fn entry(value: &Value) -> std::result::Result<Entry, String> {
    let server = value.get("server").filter(|server| server.is_object()).unwrap_or(value);
    let mut server = server.as_object().cloned().ok_or("an entry is no object")?;
    let name = server.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    check_path(&name)?;
    let own = |holder: &Value| {
        let official = holder.get("_meta").and_then(|meta| meta.get(OFFICIAL));
        official.or_else(|| holder.get(OFFICIAL_BEFORE)).cloned()
    };
    let official = own(value).or_else(|| own(&Value::Object(server.clone())));
    let official = official.unwrap_or(Value::Null);
    let detail = server.get("version_detail").cloned().unwrap_or(Value::Null);
    let holders = [&official, &detail, value];
    let find = |keys: &[&str]| {
        keys.iter().find_map(|key| holders.iter().find_map(|holder| holder.get(*key))).cloned()
    };
    let time = |keys: &[&str]| find(keys)?.as_str()?.parse::<Timestamp>().ok();
    let published = time(&["publishedAt", "published_at", "release_date", "created_at"]);
    let updated = time(&["statusChangedAt", "status_changed_at"])
        .max(time(&["updatedAt", "updated_at"]))
        .max(published);
    let is_latest = find(&["isLatest", "is_latest"]).and_then(|value| value.as_bool());
    let word = find(&["status"]);
    let status = match word.as_ref().and_then(Value::as_str) {
        Some("deleted") => Status::Deleted,
        Some("deprecated") => Status::Deprecated,
        _ => Status::Active,
    };
    let version = server.get("version").or_else(|| detail.get("version"));
    let version = version.and_then(Value::as_str).unwrap_or_default().to_owned();
    let message = find(&["statusMessage", "status_message"]);
    published_form(&mut server, &version, status, message);
    Ok(Entry { name, version, is_latest, published, updated, status, server })
}

/// The server as its publisher wrote it: what the registry adds changes without it. A status that
/// people should know of stays.
fn published_form(
    server: &mut Map<String, Value>,
    version: &str,
    status: Status,
    message: Option<Value>,
) {
    if let Some(Value::Object(meta)) = server.get_mut("_meta") {
        meta.retain(|key, _| key != OFFICIAL);
    }
    // Kept in their order, which `remove` would not.
    server.retain(|key, value| match key.as_str() {
        "id" | "created_at" | "updated_at" | "status" | OFFICIAL_BEFORE => false,
        "_meta" => *value != Value::Object(Map::new()),
        "version_detail" => version.is_empty(),
        _ => true,
    });
    if !version.is_empty() {
        server.insert("version".to_owned(), version.into());
    }
    if status == Status::Deprecated {
        server.insert("status".to_owned(), "deprecated".into());
        let message = message.filter(|message| message.as_str().is_some_and(|m| !m.is_empty()));
        server.extend(message.map(|message| ("statusMessage".to_owned(), message)));
    }
}

/// `io.github.ada/weather`, and what else is a path that any system can have.
fn check_path(name: &str) -> std::result::Result<(), String> {
    let wrong = |why: &str| {
        let name: String = name.chars().take(100).collect();
        format!("the name `{}` of a server {why}", words::visible(&name))
    };
    if name.len() > 200 {
        return Err(wrong("is too long"));
    }
    for part in name.split('/') {
        check_name(part).map_err(wrong)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-@+~".contains(c);
        // A folder that package managers fill is part of no source.
        if part.starts_with('.') || part == "node_modules" || !part.chars().all(is_plain) {
            return Err(wrong("holds what no name of a server does"));
        }
    }
    Ok(())
}

/// `servers/<name>/server.json`.
fn path(name: &str) -> RelPath {
    let dir = name.split('/').fold(RelPath::root().join(DIR), |dir, part| dir.join(part));
    dir.join(FILE)
}

/// The file: with the `$schema` by which it is known for what it is.
fn bytes(entry: &Entry) -> Vec<u8> {
    let schema = entry.server.get("$schema").and_then(Value::as_str).unwrap_or_default();
    let schema = if schema.contains("modelcontextprotocol") { schema } else { SCHEMA };
    let mut server = Map::from_iter([("$schema".to_owned(), schema.into())]);
    server.extend(
        entry
            .server
            .iter()
            .filter(|(key, _)| *key != "$schema")
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    let mut bytes = serde_json::to_vec_pretty(&server).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Says of each server that is deprecated that it is; in the file, so that it is known next time.
fn deprecated(tree: &Tree) -> Vec<Problem> {
    let told = |path: &RelPath| {
        let value: Value = serde_json::from_slice(&tree.read(path).ok()?).ok()?;
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        text("status").filter(|status| *status == "deprecated")?;
        let name = text("name").unwrap_or_default();
        let why = text("statusMessage").map(|why| format!(": {}", words::visible(why)));
        let why: String = why.unwrap_or_default().chars().take(300).collect();
        let message = format!("the registry calls `{name}` deprecated{why}");
        Some(Problem::note("SM454", message).at(Place::file(path.as_str())))
    };
    tree.files.keys().filter_map(told).collect()
}
