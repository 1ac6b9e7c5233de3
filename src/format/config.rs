//! `skillmeat.yaml` to [`Config`].

use jiff::SignedDuration;

use crate::model::deployment::Project;
use crate::model::source::Source;

/// The file at the root of a catalog.
pub const FILE: &str = "skillmeat.yaml";

#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub site: SiteSettings,
    pub sync: SyncSettings,
    /// In the order of the file.
    pub sources: Vec<Source>,
    pub projects: Vec<Project>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SiteSettings {
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
