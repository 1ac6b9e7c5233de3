//! What a source says of its artifacts besides their bytes: which there are, what they are called,
//! and metadata that stands in none of their files.
//!
//! Only sources that were catalogs before say so. What the files say themselves counts more, and
//! what an artifact can do is read from them alone.

use std::collections::BTreeMap;

use serde::Serialize;

use super::detect::{Detection, Found, Sticky};
use crate::error::Problem;
use crate::model::artifact::{Artifact, Capabilities, External};
use crate::model::hash::ContentHash;
use crate::model::id::{ArtifactId, Kind};
use crate::words;

/// Artifacts by kind and path in the tree; there are no others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(pub BTreeMap<(Kind, String), Claim>);

/// What is said of one artifact.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Claim {
    /// In its id here.
    pub name: String,
    /// The plugin it is a member of, by that plugin's name in its id here.
    pub plugin: Option<String>,
    pub title: Option<String>,
    pub description: String,
    pub version: Option<String>,
    pub license: Option<String>,
    pub author: Option<String>,
    pub category: Option<String>,
    pub tags: Vec<String>,
    pub external: Option<External>,
    /// Whether the tree has something of it.
    #[serde(skip)]
    pub has_files: bool,
}

/// So many names are listed where some are missing.
const NAMED_MAX: usize = 5;

impl Claims {
    /// The names that are given, unless `sticky` has others.
    pub fn names(&self, sticky: Sticky) -> Sticky {
        let mut names: Sticky =
            self.0.iter().map(|(key, claim)| (key.clone(), claim.name.clone())).collect();
        names.extend(sticky);
        names
    }

    /// Leaves of what was found what is claimed, adds what has no files, and fills in what no file
    /// says. What is claimed and was not found is a problem.
    pub fn apply(&self, source: &str, names: &Sticky, detection: &mut Detection) {
        let key = |artifact: &Artifact| (artifact.id.kind, artifact.path.clone());
        detection.artifacts.retain(|found| self.0.contains_key(&key(&found.artifact)));
        let mut missing: BTreeMap<_, _> = self.0.iter().collect();
        for Found { artifact, .. } in &mut detection.artifacts {
            if let Some(claim) = missing.remove(&key(artifact)) {
                claim.fill(artifact);
            }
        }
        let mut lost = Vec::new();
        for (key, claim) in missing {
            if claim.has_files {
                lost.push(claim.name.as_str());
                continue;
            }
            let name = names.get(key).unwrap_or(&claim.name);
            let id = ArtifactId::new(source, key.0, name);
            if !detection.artifacts.iter().any(|found| found.artifact.id == id) {
                let artifact = claim.without_files(id, &key.1);
                detection.artifacts.push(Found { artifact, contents: Vec::new() });
            }
        }
        detection.artifacts.sort_by(|a, b| a.artifact.id.cmp(&b.artifact.id));
        detection.problems.extend(not_found(&lost));
    }
}

fn not_found(names: &[&str]) -> Option<Problem> {
    let shown: Vec<String> =
        names.iter().take(NAMED_MAX).map(|name| words::visible(name)).collect();
    if shown.is_empty() {
        return None;
    }
    let n = words::count(names.len(), "artifact");
    let more = if names.len() > NAMED_MAX { " among them" } else { "" };
    let text =
        format!("{n} cannot be made out of the files given: {}{more}", words::list_and(&shown));
    let help = "take them from the source that the site has them from";
    Some(Problem::warning("SM476", text).help(help))
}

impl Claim {
    fn fill(&self, artifact: &mut Artifact) {
        let before = artifact.clone();
        let fill = |own: &mut Option<String>, said: &Option<String>| {
            if own.is_none() {
                own.clone_from(said);
            }
        };
        fill(&mut artifact.title, &self.title);
        fill(&mut artifact.version, &self.version);
        fill(&mut artifact.license, &self.license);
        fill(&mut artifact.author, &self.author);
        fill(&mut artifact.category, &self.category);
        fill(&mut artifact.plugin, &self.plugin);
        if artifact.description.is_empty() {
            artifact.description.clone_from(&self.description);
        }
        artifact.tags.extend(self.tags.iter().cloned());
        artifact.tags.sort_unstable();
        artifact.tags.dedup();
        if artifact.can.external.is_none() {
            artifact.can.external.clone_from(&self.external);
        }
        if *artifact != before {
            // The lock must tell one state of it from another although no file differs.
            let own = before.context.map(|hash| hash.hex()).unwrap_or_default();
            let said = serde_json::to_string(self).unwrap_or_default();
            artifact.context = Some(ContentHash::of(format!("{own}{said}").as_bytes()));
        }
    }

    fn without_files(&self, id: ArtifactId, path: &str) -> Artifact {
        let mut artifact = Artifact {
            id,
            path: path.to_owned(),
            hash: ContentHash::of_files([]),
            context: None,
            title: None,
            description: String::new(),
            version: None,
            license: None,
            author: None,
            homepage: None,
            tags: Vec::new(),
            category: None,
            plugin: None,
            can: Capabilities::default(),
            fields: Vec::new(),
            document: None,
            files: Vec::new(),
            aliases: Vec::new(),
            problems: Vec::new(),
            added: None,
            changed: None,
        };
        self.fill(&mut artifact);
        artifact
    }
}
