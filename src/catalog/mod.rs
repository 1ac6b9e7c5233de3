//! The catalog: lock, cache, collection files and pages joined into one immutable value.
//!
//! It is never changed in place; an edit changes a file and a new catalog is loaded. It knows
//! nothing of HTML, URLs' file names or the network.

pub mod age;
pub mod contents;
pub mod files;
pub mod folder;
pub mod inputs;
pub mod kept;
pub mod load;
pub mod outline;
mod parts;
pub mod past;
pub mod recall;
pub mod resolve;
pub mod select;
pub mod states;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::Problem;
use crate::format::config::SiteSettings;
use crate::model::artifact::Artifact;
use crate::model::collection::{Collection, Group, View};
use crate::model::deployment::ProjectState;
use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;
use crate::model::shared::Shared;
use crate::model::source::Source;

/// An artifact of the catalog, by its place in [`Catalog::artifacts`].
pub type Index = usize;

pub struct Catalog {
    pub site: SiteSettings,
    /// In the order of the configuration.
    pub sources: Vec<SourceState>,
    /// Sorted by id.
    pub artifacts: Shared<Vec<Shared<Artifact>>>,
    /// Beside `artifacts`: the last part of each one's URL, unique within its source and kind.
    pub slugs: Shared<Vec<String>>,
    /// What sources once had and no longer have, sorted by id.
    pub removed: Vec<Removed>,
    /// Sorted by order, then slug.
    pub collections: Vec<ResolvedCollection>,
    /// Beside `artifacts`: the collections (places in `collections`) that hold each.
    pub memberships: Vec<Vec<usize>>,
    /// In the order of the configuration.
    pub projects: Vec<ProjectState>,
    /// Beside `projects`: what the configuration says of each.
    pub abouts: Vec<About>,
    /// Sorted by path.
    pub pages: Vec<ContentPage>,
    /// Sorted by path.
    pub images: Vec<ContentImage>,
    /// What is wrong and does not stop a build, sorted.
    pub problems: Vec<Problem>,
    pub stamps: Stamps,
    /// The files of collections and groups, by their paths, with the hashes of their bytes.
    pub files: BTreeMap<String, ContentHash>,
}

/// The first digits of the hashes of the files that decide what a catalog holds, where they are
/// there: two sites that show the same were made from the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamps {
    pub config: Option<String>,
    pub lock: Option<String>,
}

/// A source with what the lock and the cache know of it.
#[derive(Debug)]
pub struct SourceState {
    pub source: Source,
    /// The address as it may be published: no user info, no path of this machine.
    pub address: String,
    /// Where people can look at it, when the address is such a URL.
    pub web: Option<String>,
    pub commit: Option<String>,
    pub commit_date: Option<Date>,
    /// Inside the catalog's own repository: always current.
    pub inside: bool,
    /// For `status.js` and `/api/v1/status` alone: no page may depend on it.
    pub synced_at: Option<Timestamp>,
    /// What came of the last try, where that was in vain; for `status.js` alone, too.
    pub failed: Option<Failure>,
    /// Whether the lock has it: what was never synced has no artifacts.
    pub is_locked: bool,
    /// What its files made worth saying, besides the problems of its artifacts.
    pub problems: Vec<Problem>,
}

/// Why and when a source could not be read, since it was read last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub at: Timestamp,
    /// As the source's error says it: it may name folders of this machine.
    pub why: String,
}

/// What the configuration says of a project, as it may be published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub description: Option<String>,
    /// Its repository: no user info, no path of this machine.
    pub repository: Option<String>,
    /// Where people can look at that.
    pub web: Option<String>,
    /// There is a working copy on this machine.
    pub is_here: bool,
}

#[derive(Debug)]
pub struct Removed {
    pub id: ArtifactId,
    pub path: String,
    pub date: Date,
}

/// A collection with the artifacts its file means.
#[derive(Debug)]
pub struct ResolvedCollection {
    pub definition: Collection,
    /// In the order of ids.
    pub members: Vec<Index>,
    pub groups: Vec<ResolvedGroup>,
    /// Members that no group holds, in the order of ids.
    pub ungrouped: Vec<Index>,
    pub views: Vec<ResolvedView>,
    /// Ids it pins that their source no longer has.
    pub gone: Vec<ArtifactId>,
}

#[derive(Debug)]
pub struct ResolvedGroup {
    pub definition: Group,
    /// By rank where a person gave one, the others after them by id.
    pub members: Vec<Index>,
    /// Ids it names that their source no longer has.
    pub gone: Vec<ArtifactId>,
}

#[derive(Debug)]
pub struct ResolvedView {
    pub definition: View,
    pub members: Vec<Index>,
}

/// A Markdown file of the catalog's own that becomes a page.
#[derive(Debug)]
pub struct ContentPage {
    /// Relative to the catalog: `docs/guide.md`.
    pub file: String,
    /// Below the site: `docs/guide/`; empty for the welcome text of the home page, which is
    /// `content/index.md`.
    pub url: String,
    pub title: String,
    /// What it is about, in a sentence.
    pub description: Option<String>,
    /// Its place in the navigation, where it wants one.
    pub order: Option<i64>,
    /// The Markdown below the front matter.
    pub body: String,
}

/// An image beside the pages of the catalog's own.
pub struct ContentImage {
    /// Relative to the catalog: `docs/images/wide.png`.
    pub file: String,
    pub bytes: Vec<u8>,
}

impl Catalog {
    pub fn find(&self, id: &ArtifactId) -> Option<Index> {
        self.artifacts.binary_search_by(|artifact| artifact.id.cmp(id)).ok()
    }

    /// Beside `artifacts`: the groups that hold each, as the place of a collection and that of a
    /// group in it.
    pub fn groups(&self) -> Vec<Vec<(usize, usize)>> {
        let mut holding = vec![Vec::new(); self.artifacts.len()];
        for (at, collection) in self.collections.iter().enumerate() {
            for (group, resolved) in collection.groups.iter().enumerate() {
                for member in &resolved.members {
                    holding[*member].push((at, group));
                }
            }
        }
        holding
    }

    pub fn source(&self, name: &str) -> Option<&SourceState> {
        self.sources.iter().find(|state| state.source.name == name)
    }
}
