//! `skillmeat.yaml` to [`Config`]. Paths stay as written; what they lead to is not known here.

pub mod put;
mod source;
pub mod written;

use jiff::SignedDuration;

use super::fields::{Codes, Fields, Reader, Text};
use super::yaml::{Key, Node};
use crate::error::{Error, Problem, Result};
use crate::model::age::Limits;
use crate::model::deployment::{Project, Repository};
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::words;

/// The file at the root of a catalog.
pub const FILE: &str = "skillmeat.yaml";

/// The only version of the file there is so far.
pub const VERSION: i64 = 1;

#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub site: SiteSettings,
    pub sync: SyncSettings,
    /// In the order of the file.
    pub sources: Vec<Source>,
    /// In the order of the file.
    pub projects: Vec<Project>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SiteSettings {
    /// `Agent catalog` when the file names none.
    pub title: String,
    pub description: String,
    /// With a final `/`.
    pub base_url: Option<String>,
    /// An address with `{path}` in it, where a file of the catalog can be edited.
    pub edit_url: Option<String>,
    /// Folders whose Markdown files become pages, relative to the catalog; `[content]`.
    pub pages: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SyncSettings {
    /// How long `serve` waits between refreshes; 10 minutes.
    pub interval: SignedDuration,
    /// Data older than this is called stale; 1 hour.
    pub stale_after: SignedDuration,
    /// `serve` refreshes at start what is older than this; 24 hours.
    pub force_after: SignedDuration,
}

impl SyncSettings {
    /// What is refreshed for its age is stale too.
    pub fn limits(&self) -> Limits {
        let stale_after = self.stale_after.min(self.force_after);
        Limits { stale_after, force_after: self.force_after }
    }
}

impl Config {
    /// The source of a name that somebody typed.
    pub fn source(&self, name: &str) -> Result<&Source> {
        let found = self.sources.iter().find(|source| source.name == name);
        let names = self.sources.iter().map(|source| source.name.as_str());
        found.ok_or_else(|| unknown_name("source", name, names.collect()))
    }

    /// The project of a name that somebody typed.
    pub fn project(&self, name: &str) -> Result<&Project> {
        let found = self.projects.iter().find(|project| project.name == name);
        let names = self.projects.iter().map(|project| project.name.as_str());
        found.ok_or_else(|| unknown_name("project", name, names.collect()))
    }
}

fn unknown_name(what: &str, name: &str, known: Vec<&str>) -> Error {
    let otherwise = match known.as_slice() {
        [] => format!("`{FILE}` names none"),
        known => format!("`{FILE}` names {}", words::list_and(known)),
    };
    let text = format!("there is no {what} `{}`", words::visible(name));
    Problem::error("SM431", text).help(words::did_you_mean(name, known, otherwise)).into()
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            title: "Agent catalog".to_owned(),
            description: String::new(),
            base_url: None,
            edit_url: None,
            pages: vec!["content".to_owned()],
        }
    }
}

impl Default for SyncSettings {
    fn default() -> Self {
        Self {
            interval: SignedDuration::from_mins(10),
            stale_after: SignedDuration::from_hours(1),
            force_after: SignedDuration::from_hours(24),
        }
    }
}

const CODES: Codes = Codes { syntax: "SM101", key: "SM102", value: "SM103", glob: "SM108" };

const DURATION: &str = "a duration such as `30s`, `10m`, `24h` or `7d`";

/// Longer durations are taken for a slip.
const DAYS_MAX: i64 = 3650;

/// Reads the file; the error holds everything that is wrong with it.
pub fn parse(text: &str) -> Result<Config> {
    let mut reader = Reader::new(FILE, CODES);
    let config = reader.tree(text).map(|root| read(&mut reader, &root));
    reader.problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    Error::check(reader.problems)?;
    // Without a tree there is a problem, so that this is never the default.
    config.ok_or_else(|| Problem::error(CODES.syntax, "the file cannot be read").into())
}

fn read(reader: &mut Reader<'_>, root: &Node) -> Config {
    let file = reader.fields(root, "", &["version", "site", "sync", "sources", "projects"]);
    check_version(reader, root, &file);
    Config {
        site: site(reader, &file),
        sync: sync(reader, &file),
        sources: source::all(reader, &file),
        projects: projects(reader, &file),
    }
}

fn check_version(reader: &mut Reader<'_>, root: &Node, file: &Fields<'_>) {
    let (problem, place) = match file.get("version") {
        None => {
            let problem = Problem::error("SM104", "the file does not say its `version`");
            (problem.help("add the line `version: 1` at its top"), reader.place(root))
        }
        Some(node) => match reader.whole(file, "version") {
            None | Some(VERSION) => return,
            Some(other) => {
                let message = format!("version {other} of the file is not known, only {VERSION}");
                let problem = Problem::error("SM104", message);
                (problem.help("use a newer skillmeat, or write `version: 1`"), reader.place(node))
            }
        },
    };
    reader.problems.push(problem.at(place));
}

fn site(reader: &mut Reader<'_>, file: &Fields<'_>) -> SiteSettings {
    let mut settings = SiteSettings::default();
    let Some(node) = file.get("site") else { return settings };
    let known = ["title", "description", "base_url", "edit_url", "pages"];
    let fields = reader.fields(node, "site", &known);
    if let Some(title) = reader.text(&fields, "title") {
        settings.title = title.text;
    }
    if let Some(description) = reader.text(&fields, "description") {
        settings.description = description.text;
    }
    settings.base_url = web_address(reader, &fields, "base_url").map(with_slash);
    settings.edit_url = web_address(reader, &fields, "edit_url");
    if fields.get("pages").is_some() {
        settings.pages = page_folders(reader, &fields);
    }
    settings
}

fn web_address(reader: &mut Reader<'_>, fields: &Fields<'_>, name: &str) -> Option<String> {
    let Text { text, node } = reader.text(fields, name)?;
    match must_be(name, &text) {
        None => Some(text),
        Some(must) => {
            reader.wrong(node, &fields.path(name), must);
            None
        }
    }
}

/// What an address is not and must be.
fn must_be(name: &str, text: &str) -> Option<&'static str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let clean = !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c));
    if host.is_empty() || !clean {
        Some("an address that starts with `https://` or `http://`")
    } else if host.contains('@') {
        Some("an address without a user name or password")
    } else if name == "base_url" && text.contains(['?', '#']) {
        Some("an address without `?` and `#`")
    } else if name == "edit_url" && !text.contains("{path}") {
        Some("an address with `{path}` where the file's path goes")
    } else {
        None
    }
}

/// A base address given outside the file, with a final `/`.
pub fn base_url(text: &str) -> Result<String, Problem> {
    match must_be("base_url", text) {
        None => Ok(with_slash(text.to_owned())),
        Some(must) => Err(Problem::error("SM103", format!("the base address must be {must}"))
            .help("as in `--base-url https://org.example/catalog/`")),
    }
}

fn with_slash(mut url: String) -> String {
    if !url.ends_with('/') {
        url.push('/');
    }
    url
}

fn page_folders(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<String> {
    let mut folders = Vec::new();
    for Text { text, node } in reader.texts(fields, "pages") {
        match RelPath::parse(&text) {
            Some(path) if !path.is_root() => folders.push(path.as_str().to_owned()),
            _ => reader.wrong(node, &fields.path("pages"), "folders inside the catalog"),
        }
    }
    folders
}

fn sync(reader: &mut Reader<'_>, file: &Fields<'_>) -> SyncSettings {
    let mut settings = SyncSettings::default();
    let Some(node) = file.get("sync") else { return settings };
    let fields = reader.fields(node, "sync", &["interval", "stale_after", "force_after"]);
    for (name, setting) in [
        ("interval", &mut settings.interval),
        ("stale_after", &mut settings.stale_after),
        ("force_after", &mut settings.force_after),
    ] {
        let Some(Text { text, node }) = reader.text(&fields, name) else { continue };
        match duration(&text) {
            Some(duration) => *setting = duration,
            None => reader.wrong(node, &fields.path(name), DURATION),
        }
    }
    settings
}

/// `30s`, `10m`, `1h`, `7d`: one whole number above zero and one unit.
pub fn duration(text: &str) -> Option<SignedDuration> {
    let (number, seconds) = match text.split_at_checked(text.len().checked_sub(1)?)? {
        (number, "s") => (number, 1),
        (number, "m") => (number, 60),
        (number, "h") => (number, 3600),
        (number, "d") => (number, 86_400),
        _ => return None,
    };
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = number.parse::<i64>().ok()?.checked_mul(seconds)?;
    (1..=DAYS_MAX * 86_400).contains(&seconds).then(|| SignedDuration::from_secs(seconds))
}

/// The path of a folder, as written.
fn folder(reader: &mut Reader<'_>, fields: &Fields<'_>, name: &str) -> Option<String> {
    let Text { text, node } = reader.text(fields, name)?;
    if text.trim().is_empty() || text.contains(char::is_control) {
        reader.wrong(node, &fields.path(name), "the path of a folder");
        return None;
    }
    Some(text)
}

fn later(path: &str) -> Problem {
    Problem::error("SM106", format!("this version cannot read `{path}` yet"))
}

fn projects(reader: &mut Reader<'_>, file: &Fields<'_>) -> Vec<Project> {
    let entries = reader.named(file, "projects");
    check_names(reader, "project", entries.iter().map(|(key, _)| key));
    let mut projects = Vec::new();
    for (key, node) in entries {
        let name = words::visible(&key.text);
        let fields = reader.fields(node, &format!("projects.{name}"), PROJECT);
        let place = reader.key_place(key);
        if !fields.is_mapping() {
            continue;
        }
        if fields.get("path").is_none() && fields.get("git").is_none() {
            let problem = Problem::error("SM105", format!("project `{name}` has no address"));
            let help = "give it `path: FOLDER`, `git: URL`, or both";
            reader.problems.push(problem.at(place).help(help));
            continue;
        }
        let path = fields.get("path").and_then(|_| folder(reader, &fields, "path"));
        let git = fields.get("git").and_then(|_| source::git_address(reader, &fields));
        let git = git.map(|(url, reference)| Repository { url, reference });
        let description = reader.text(&fields, "description").map(|text| text.text);
        if path.is_some() || git.is_some() {
            projects.push(Project { name: key.text.clone(), description, path, git, place });
        }
    }
    projects
}

/// What is said of a project.
const PROJECT: &[&str] = &["description", "path", "git", "ref"];

/// Names become parts of ids and URLs: plain signs, and no two that differ in case alone.
fn check_names<'n>(reader: &mut Reader<'_>, what: &str, keys: impl Iterator<Item = &'n Key>) {
    let mut seen: Vec<&str> = Vec::new();
    for key in keys {
        let name = words::visible(&key.text);
        let place = reader.key_place(key);
        let problem = if !is_name(&key.text) {
            Problem::error("SM109", format!("`{name}` cannot be the name of a {what}"))
                .help("use letters, digits, `.`, `_` and `-`, and start with a letter or digit")
        } else if let Some(other) = seen.iter().find(|other| other.eq_ignore_ascii_case(&key.text))
        {
            Problem::error("SM109", format!("`{name}` and `{other}` differ in case alone"))
                .help("rename one of them: their pages would have one address")
        } else {
            seen.push(&key.text);
            continue;
        };
        reader.problems.push(problem.at(place));
    }
}

/// `[A-Za-z0-9][A-Za-z0-9._-]*`
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests;
