//! The site: a catalog to files, each a pure function of (catalog, theme, options).
//!
//! `build` renders all of them in parallel, `serve` the one that is asked for; one code path.

pub mod data;
mod files;
pub mod guides;
mod kin;
mod machine;
pub mod made;
mod offline;
pub mod page;
pub mod routes;
pub mod shard;
#[cfg(test)]
mod tests;
pub mod theme;
pub mod write;

use jiff::SignedDuration;

use crate::catalog::contents::Contents;
use crate::catalog::{Catalog, Index};
use crate::error::Result;
use page::List;
use routes::Routes;
use theme::Theme;

/// The outputs that depend on when the sources were synced.
pub const VOLATILE: [&str; 1] = ["status.js"];

/// What a site is made from.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    pub catalog: &'a Catalog,
    pub contents: &'a dyn Contents,
    pub theme: &'a Theme,
    pub options: &'a Options,
    /// Made from the three beside it; a server keeps it for as long as the catalog.
    pub routes: &'a Routes,
}

#[derive(Clone, Debug)]
pub struct Options {
    /// Absolute address of the site with a final `/`, where it is known.
    pub base_url: Option<String>,
    /// Rendered by `serve`: pages listen for changes.
    pub live: Option<Live>,
    /// Data older than this is called stale by the browser.
    pub stale_after: SignedDuration,
    /// To be opened from a disk: links to folders name the page in them.
    pub offline_copy: bool,
}

/// What a page needs that talks to the server it comes from.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// What a writing request has to bring.
    pub token: String,
    /// Whether the catalog may be edited there.
    pub edits: bool,
    /// Whether it asks no source for what is new.
    pub offline: bool,
}

impl Default for Options {
    fn default() -> Self {
        let stale_after = SignedDuration::from_hours(1);
        Self { base_url: None, live: None, stale_after, offline_copy: false }
    }
}

/// One file of the site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Output {
    /// Below the output directory: `collections/x/index.html`.
    pub path: String,
    pub page: page::Page,
}

impl<'a> Site<'a> {
    /// Every file of the site, sorted by path, each path once, also without regard to case.
    pub fn outputs(&self) -> &'a [Output] {
        self.routes.outputs()
    }

    /// The file behind the path of a URL: `collections/x/` is `collections/x/index.html`.
    pub fn find(&self, path: &str) -> Option<&'a Output> {
        self.routes.find(path)
    }

    /// The bytes of one file.
    pub fn render(&self, output: &Output) -> Result<Vec<u8>> {
        let bytes = page::render(self, output)?;
        let is_linked = self.options.offline_copy && output.path.ends_with(".html");
        Ok(if is_linked { offline::with_files_named(&bytes) } else { bytes })
    }

    fn artifact_url(&self, index: Index) -> String {
        self.routes.artifact_url(self.catalog, index)
    }

    fn list_url(&self, list: List) -> String {
        self.routes.list_url(list)
    }

    /// The artifacts of a list, in the order in which it shows them.
    fn members(&self, list: List) -> Vec<Index> {
        let collection = |at: usize| &self.catalog.collections[at];
        match list {
            List::All => (0..self.catalog.artifacts.len()).collect(),
            List::Collection(at) => collection(at).members.clone(),
            List::Group(at, group) => collection(at).groups[group].members.clone(),
            List::View(at, view) => collection(at).views[view].members.clone(),
            List::Kind(kind) => self.routes.kinds.get(&kind).cloned().unwrap_or_default(),
            List::Tag(at) => self.routes.tags[at].members.clone(),
            List::Source(at) => self.routes.source_members[at].clone(),
        }
    }
}
