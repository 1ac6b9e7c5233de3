//! The entries of a lock to what they mean, and a lock in any other layout to its entries.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use super::lines::{Entry, Fields, LIST, LISTED, Raw};
use super::{FILE, Lock, LockedArtifact, LockedSource, Seen, VERSION, structure};
use crate::error::{Place, Problem};
use crate::format::yaml::{self, Data, Key, Limits, Node};
use crate::model::artifact::Pin;
use crate::model::deployment::{Deployment, ProjectState};
use crate::model::history::WAS_MAX;
use crate::model::id::ArtifactId;
use crate::model::source::WebKind;
use crate::words;

type Result<T> = std::result::Result<T, Problem>;

/// `SM501` with its place.
pub(super) fn unreadable(line: usize, message: impl Into<String>) -> Problem {
    Problem::error("SM501", message)
        .at(Place::new(FILE, line, 1))
        .help("take the file from Git again, or delete it, and run `skillmeat sync`")
}

/// The lock that the entries mean.
pub(super) fn build(raw: Raw<'_>) -> Result<Lock> {
    check_version(&raw)?;
    let mut lock = Lock::default();
    for entry in raw.sources {
        let source = source(&Values { fields: &entry.fields, line: entry.line })?;
        lock.sources.insert(entry.name.into_owned(), source);
    }
    let mut artifacts = BTreeMap::new();
    for entry in raw.artifacts {
        let id = entry.name.parse().map_err(|why: String| unreadable(entry.line, why))?;
        let artifact = artifact(&Values { fields: &entry.fields, line: entry.line })?;
        artifacts.insert(id, artifact);
    }
    lock.artifacts = Arc::new(artifacts);
    for entry in raw.structures {
        let values = Values { fields: &entry.fields, line: entry.line };
        structure::take(&mut lock.structures, &entry.name, &values)?;
    }
    structure::drop_strays(&mut lock.structures);
    for entry in raw.projects {
        let name = entry.name.clone().into_owned();
        lock.projects.insert(name, project(entry)?);
    }
    Ok(lock)
}

fn check_version(raw: &Raw<'_>) -> Result<()> {
    let lists = [&raw.sources, &raw.artifacts, &raw.structures, &raw.projects];
    let empty = lists.iter().all(|entries| entries.is_empty());
    match &raw.version {
        Some((version, _)) if version == VERSION => Ok(()),
        Some((version, line)) => {
            let version = words::visible(version);
            let message = format!("the lock has version {version}, this program knows {VERSION}");
            let problem = Problem::error("SM503", message).at(Place::new(FILE, *line, 1));
            Err(problem.help("use the skillmeat that wrote it, or a newer one"))
        }
        None if empty => Ok(()),
        None => Err(unreadable(1, "the lock does not say its `version`")),
    }
}

/// The fields of one entry.
pub(super) struct Values<'a> {
    pub(super) fields: &'a Fields<'a>,
    pub(super) line: usize,
}

impl<'a> Values<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_ref())
    }

    pub(super) fn text(&self, name: &str) -> Result<String> {
        let missing = || unreadable(self.line, format!("the entry has no `{name}`"));
        self.get(name).map(str::to_owned).ok_or_else(missing)
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// A value with a form of its own: a date, a hash, an id.
    pub(super) fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let wrong =
            |_| unreadable(self.line, format!("`{name}` cannot be `{}`", words::visible(text)));
        text.parse().map(Some).map_err(wrong)
    }

    /// The items of a list, each with a form of its own.
    fn listed<T: FromStr>(&self, name: &str) -> Result<Vec<T>> {
        let Some(text) = self.get(name) else { return Ok(Vec::new()) };
        let one = |item: &str| {
            let wrong = |_| {
                let item = words::visible(item);
                unreadable(self.line, format!("`{name}` cannot hold `{item}`"))
            };
            item.parse().map_err(wrong)
        };
        text.split(LIST).filter(|item| !item.is_empty()).map(one).collect()
    }

    pub(super) fn needed<T: FromStr>(&self, name: &str) -> Result<T> {
        let missing = || unreadable(self.line, format!("the entry has no `{name}`"));
        self.parsed(name)?.ok_or_else(missing)
    }
}

fn source(values: &Values<'_>) -> Result<LockedSource> {
    if let Some(url) = values.owned("git") {
        return Ok(LockedSource::Git {
            url,
            reference: values.owned("ref"),
            commit: values.text("commit")?,
            date: values.parsed("date")?,
        });
    }
    for kind in WebKind::ALL {
        if let Some(url) = values.owned(kind.key()) {
            return Ok(LockedSource::Web { kind, url });
        }
    }
    match (values.get("outside"), values.get("store")) {
        (Some("true"), _) => Ok(LockedSource::Outside),
        (_, Some("true")) => Ok(LockedSource::Store),
        _ => values.text("path").map(|path| LockedSource::Inside { path }),
    }
}

fn artifact(values: &Values<'_>) -> Result<LockedArtifact> {
    let path = values.text("path")?;
    let seen = if let Some(date) = values.parsed("removed")? {
        Seen::Removed(date)
    } else if let Some(hash) = values.parsed("hash")? {
        Seen::Pinned {
            pin: Pin { hash, context: values.parsed("context")? },
            version: values.owned("version"),
            added: values.parsed("added")?,
            changed: values.parsed("changed")?,
            was: values.listed("was")?.into_iter().take(WAS_MAX).collect(),
        }
    } else {
        Seen::Inside
    };
    Ok(LockedArtifact { path, seen })
}

fn project(entry: Entry<'_>) -> Result<ProjectState> {
    let values = Values { fields: &entry.fields, line: entry.line };
    // After a merge both sides may have written it: the later line counts.
    let later = values.fields.iter().rev().find(|(key, _)| key == "scanned");
    let wrong = |_| unreadable(entry.line, "`scanned` is no date");
    let scanned = later.map(|(_, date)| date.parse().map_err(wrong)).transpose()?;
    let mut deployments = Vec::with_capacity(entry.items.len());
    for (fields, line) in &entry.items {
        deployments.push(deployment(&Values { fields, line: *line })?);
    }
    Ok(ProjectState { name: entry.name.into_owned(), scanned, deployments })
}

fn deployment(values: &Values<'_>) -> Result<Deployment> {
    Ok(Deployment {
        kind: values.needed("kind")?,
        name: values.text("name")?,
        id: values.parsed::<ArtifactId>("id")?,
        profile: values.text("profile")?,
        state: values.needed("state")?,
        path: values.text("path")?,
        by: values.parsed("by")?,
        links: values.listed("links")?,
        deployed_at: values.parsed("deployed_at")?,
        base: values.owned("base"),
        here: values.owned("here"),
    })
}

/// The entries of a lock that is YAML in whatever layout.
pub(super) fn from_yaml(text: &str) -> Result<Raw<'static>> {
    let root = yaml::parse(text, Limits::LOCK).map_err(|broken| {
        let problem = broken.problem("SM501", FILE);
        problem.help("take the file from Git again, or delete it, and run `skillmeat sync`")
    })?;
    let mut raw = Raw::default();
    for (key, node) in mapping(root)? {
        match key.text.as_str() {
            "version" => raw.version = Some((scalar(node)?.into(), key.line)),
            "sources" => raw.sources = entries(node)?,
            "artifacts" => raw.artifacts = entries(node)?,
            "structures" => raw.structures = entries(node)?,
            "projects" => raw.projects = entries(node)?,
            other => {
                let message = format!("unknown key `{}`", words::visible(other));
                return Err(unreadable(key.line, message));
            }
        }
    }
    Ok(raw)
}

fn entries(node: Node) -> Result<Vec<Entry<'static>>> {
    let mut entries = Vec::new();
    for (key, node) in mapping(node)? {
        let mut entry =
            Entry { name: key.text.into(), line: key.line, fields: Vec::new(), items: Vec::new() };
        for (key, node) in mapping(node)? {
            match node.data {
                Data::List(items) if key.text == "deployments" => {
                    for item in items {
                        let line = item.line;
                        entry.items.push((fields(item)?, line));
                    }
                }
                _ => entry.fields.extend(field(key, node)?),
            }
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn fields(node: Node) -> Result<Fields<'static>> {
    let pairs = mapping(node)?.into_iter().map(|(key, node)| field(key, node));
    Ok(pairs.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Null counts as absent.
fn field(key: Key, node: Node) -> Result<Option<(Cow<'static, str>, Cow<'static, str>)>> {
    if node.is_null() {
        return Ok(None);
    }
    if let (true, Data::List(items)) = (LISTED.contains(&key.text.as_str()), &node.data) {
        let items = items.clone();
        let items = items.into_iter().map(scalar).collect::<Result<Vec<_>>>()?;
        return Ok(Some((key.text.into(), items.join(LIST).into())));
    }
    Ok(Some((key.text.into(), scalar(node)?.into())))
}

fn mapping(node: Node) -> Result<Vec<(Key, Node)>> {
    match node.data {
        Data::Map(entries) => Ok(entries),
        _ if node.is_null() => Ok(Vec::new()),
        _ => Err(unreadable(node.line, "a mapping is expected here")),
    }
}

fn scalar(node: Node) -> Result<String> {
    match node.data {
        Data::Scalar { text, .. } => Ok(text),
        _ => Err(unreadable(node.line, "a single value is expected here")),
    }
}
