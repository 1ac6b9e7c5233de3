//! Sources that answer over HTTP, each to a tree as a folder or a commit is one, so that everything
//! after it is the same for all.
//!
//! All contents are at hand when a tree is given: what cannot be fetched fails the source, and is
//! no problem of an artifact.

mod archive;
mod contents;
mod index;
mod registry;
mod server;
mod site;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::filter::Filter;
use super::http::Client;
use super::listing::Listing;
use super::memory::Memory;
use super::tree::Tree;
use crate::error::{Problem, Result};
use crate::model::hash::ContentHash;
use crate::model::source::{Source, Web, WebKind};
use crate::model::structure::Structure;

/// What is asked of a source.
pub struct Request<'a> {
    pub source: &'a Source,
    pub web: &'a Web,
    pub filter: &'a Filter,
    pub client: &'a Client,
    pub memory: &'a Arc<dyn Memory>,
    /// Told how many of how many contents are there.
    pub on_progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// A source at one moment.
pub struct Gathered {
    /// Every file has a note.
    pub tree: Tree,
    /// Differs when anything of it does.
    pub revision: ContentHash,
    pub structure: Option<Structure>,
    /// What it says of its artifacts beside their files; empty where it says nothing.
    pub listing: Listing,
    pub problems: Vec<Problem>,
}

/// Asks the server what there is, and for the contents that are not remembered.
pub fn open(request: &Request<'_>) -> Result<Gathered> {
    match request.web.kind {
        WebKind::Server => server::open(request),
        WebKind::Site => site::open(request),
        WebKind::Registry => registry::open(request),
        WebKind::Index => index::open(request),
    }
}
