//! Outlines: of every artifact of a source as much as a list shows, kept as one text.
//!
//! A list of 10,000 artifacts needs a line of each, not its files and front matter. An outline holds
//! for exactly what the lock said when it was made; for any other lock there is none, and the
//! artifacts are read one by one. What the lock says itself (id, path, hash, version) is not in it.

use std::borrow::Cow;
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::env::Env;
use crate::error::Problem;
use crate::format::lock::{LockedArtifact, Seen};
use crate::model::artifact::{Artifact, READER_VERSION};
use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;
use crate::model::source::Source;

/// What is shown of one artifact.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "about", default, skip_serializing_if = "str::is_empty")]
    description: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    tags: Cow<'a, [String]>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    category: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    plugin: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "<[Problem]>::is_empty")]
    problems: Cow<'a, [Problem]>,
}

/// Lines of the lock, sorted by id, tombstones left out.
pub type Locked<'a> = Vec<(&'a ArtifactId, &'a LockedArtifact)>;

/// Under which name the cache keeps it: two catalogs may call the same artifacts differently.
pub fn fact(env: &Env, source: &Source) -> String {
    let reader = format!("{}\n{}", env.root.display(), source.name);
    format!("outline {}", ContentHash::of(reader.as_bytes()).short(16))
}

/// The outline of what the lock will say; `artifacts` are those of the lines, each once.
pub fn write(locked: &Locked<'_>, mut artifacts: Vec<&Artifact>) -> Option<String> {
    artifacts.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let is_of = |((id, _), artifact): (&(&ArtifactId, _), &&Artifact)| **id == artifact.id;
    if artifacts.len() != locked.len() || !locked.iter().zip(&artifacts).all(is_of) {
        return None;
    }
    let lines: Vec<Line> = artifacts.into_iter().map(line).collect();
    let json = serde_json::to_string(&lines).ok()?;
    Some(format!("{}\n{json}", key(locked)))
}

fn line(artifact: &Artifact) -> Line<'_> {
    Line {
        title: artifact.title.as_deref().map(Cow::Borrowed),
        description: Cow::Borrowed(&artifact.description),
        tags: Cow::Borrowed(&artifact.tags),
        category: artifact.category.as_deref().map(Cow::Borrowed),
        plugin: artifact.plugin.as_deref().map(Cow::Borrowed),
        problems: Cow::Borrowed(&artifact.problems),
    }
}

/// The artifacts without files, fields and abilities; none when it is the outline of another lock.
pub fn read(kept: &str, locked: &Locked<'_>) -> Option<Vec<Artifact>> {
    let (of, json) = kept.split_once('\n')?;
    if of != key(locked) {
        return None;
    }
    let lines: Vec<Line> = serde_json::from_str(json).ok()?;
    if lines.len() != locked.len() {
        return None;
    }
    let mut artifacts = Vec::with_capacity(lines.len());
    for ((id, locked), line) in locked.iter().zip(lines) {
        let Seen::Pinned { pin, version, added, changed, .. } = &locked.seen else { return None };
        let mut artifact = Artifact::empty((*id).clone(), locked.path.clone());
        (artifact.hash, artifact.context) = (pin.hash, pin.context);
        (artifact.added, artifact.changed) = (*added, *changed);
        artifact.version.clone_from(version);
        artifact.title = line.title.map(Cow::into_owned);
        artifact.description = line.description.into_owned();
        artifact.tags = line.tags.into_owned();
        artifact.category = line.category.map(Cow::into_owned);
        artifact.plugin = line.plugin.map(Cow::into_owned);
        artifact.problems = line.problems.into_owned();
        artifacts.push(artifact);
    }
    Some(artifacts)
}

/// Tells one lock from another, and one reader.
fn key(locked: &Locked<'_>) -> String {
    let mut text = format!("{READER_VERSION}\n");
    for (id, LockedArtifact { path, seen }) in locked {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}/{}\n{path}\n", id.kind.word(), id.name);
        if let Seen::Pinned { pin, version, .. } = seen {
            text.push_str(&pin.hash.hex());
            text.extend(pin.context.map(|context| context.hex()));
            text.push('\n');
            text.push_str(version.as_deref().unwrap_or_default());
        }
        text.push('\n');
    }
    ContentHash::of(text.as_bytes()).hex()
}
