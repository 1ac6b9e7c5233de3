//! A snapshot of the catalog as files of its site, each rendered when it is first asked for.
//!
//! The one place of this room that knows how `site` is used. The paths that exist are the site's
//! outputs and nothing else: no request ever reaches the file system.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::{Snapshot, lock};
use crate::catalog::Catalog;
use crate::error::{Problem, Result};
use crate::model::age::{Age, Limits};
use crate::model::hash::ContentHash;
use crate::site::page::edit;
use crate::site::page::settings::{self, Settings};
use crate::site::page::{List, Page};
use crate::site::routes::Routes;
use crate::site::{Live, Options, Output, Site};
use crate::state::journal::Entry;

/// Rendered files are kept until they are so many bytes together.
const KEPT_BYTES_MAX: usize = 64 << 20;

pub struct Pages {
    snapshot: Snapshot,
    options: Options,
    routes: Routes,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    files: HashMap<String, Rendered>,
    bytes: usize,
}

/// One file of the site.
#[derive(Clone)]
pub struct Rendered {
    pub bytes: Arc<[u8]>,
    /// Quoted, as the header has it.
    pub etag: String,
}

/// How a file may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Of the site, under its own name.
    Page,
    /// Its name changes with its bytes.
    Hashed,
    /// Of an artifact, as it is: a browser must never run it.
    Raw,
}

impl Pages {
    pub fn new(snapshot: Snapshot, live: Live) -> Self {
        // No base: the same server is `localhost` to one and `127.0.0.1` to another, and a page
        // that named one of them would be foreign to the other.
        let stale_after = snapshot.limits.stale_after;
        let options = Options { live: Some(live), stale_after, ..Options::default() };
        let routes = Routes::new(&snapshot.catalog, &snapshot.theme, &options);
        Self { snapshot, options, routes, kept: Mutex::default() }
    }

    /// The file behind the path of a URL, without its leading `/`.
    pub fn find(&self, path: &str) -> Option<&Output> {
        self.routes.find(path)
    }

    /// A page that cannot be made, even one that panics, is an error of that page alone.
    pub fn render(&self, output: &Output) -> Result<Rendered> {
        let path = output.path.as_str();
        if let Some(rendered) = lock(&self.kept).files.get(path) {
            return Ok(rendered.clone());
        }
        let made = catch_unwind(AssertUnwindSafe(|| self.site().render(output)));
        let made = made.unwrap_or_else(|_| {
            let message = format!("rendering `{path}` failed inside skillmeat");
            let help = "report it with the artifact or page that it happens on";
            Err(Problem::error("SM706", message).help(help).into())
        });
        made.map(|bytes| self.keep(path, bytes))
    }

    fn keep(&self, path: &str, bytes: Vec<u8>) -> Rendered {
        let etag = format!("\"{}\"", ContentHash::of(&bytes).short(32));
        let rendered = Rendered { bytes: bytes.into(), etag };
        let mut kept = lock(&self.kept);
        if kept.bytes + rendered.bytes.len() > KEPT_BYTES_MAX {
            *kept = Kept::default();
        }
        kept.bytes += rendered.bytes.len();
        kept.files.insert(path.to_owned(), rendered.clone());
        rendered
    }

    fn site(&self) -> Site<'_> {
        Site {
            catalog: &self.snapshot.catalog,
            contents: self.snapshot.contents.as_ref(),
            theme: &self.snapshot.theme,
            options: &self.options,
            routes: &self.routes,
        }
    }

    /// Whether these are made from the very same files; not knowing means no.
    pub fn equals(&self, other: &Pages) -> bool {
        let fingerprint = self.snapshot.fingerprint;
        fingerprint.is_some() && fingerprint == other.snapshot.fingerprint
    }

    pub fn catalog(&self) -> &Catalog {
        &self.snapshot.catalog
    }

    /// The page of a collection, or of a group of it that is there.
    pub fn place_url(&self, collection: &str, group: Option<&str>) -> Option<String> {
        let collections = &self.snapshot.catalog.collections;
        let at = collections.iter().position(|one| one.definition.slug == collection)?;
        let groups = &collections[at].groups;
        let group = group.and_then(|slug| groups.iter().position(|g| g.definition.slug == slug));
        let list = group.map_or(List::Collection(at), |group| List::Group(at, group));
        Some(self.routes.list_url(list))
    }

    pub fn watched(&self) -> &[PathBuf] {
        &self.snapshot.watched
    }

    /// What is wrong with the catalog and does not stop it from being shown.
    pub fn problems(&self) -> &[Problem] {
        &self.snapshot.problems
    }

    pub fn last_sync(&self) -> Option<Timestamp> {
        self.snapshot.catalog.last_sync()
    }

    pub fn limits(&self) -> &Limits {
        &self.snapshot.limits
    }

    pub fn n_artifacts(&self) -> usize {
        self.snapshot.catalog.artifacts.len()
    }

    /// When each source was last read without failing.
    pub fn sources_synced(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        let sources = self.snapshot.catalog.sources.iter();
        sources.filter_map(|one| Some((one.source.name.as_str(), one.synced_at?)))
    }

    /// How often the sources are asked for what is new.
    pub fn interval(&self) -> Option<Duration> {
        self.snapshot.interval
    }

    /// The sources that live elsewhere, each with whether its data is so old that it is not waited
    /// for.
    pub fn elsewhere(&self, now: Timestamp) -> Vec<(String, bool)> {
        let sources = self.snapshot.catalog.sources.iter().filter(|state| !state.inside);
        let is_old = |at| Age::of(at, now, &self.snapshot.limits) == Age::Old;
        sources.map(|state| (state.source.name.clone(), is_old(state.synced_at))).collect()
    }

    pub fn age(&self, now: Timestamp) -> Age {
        self.snapshot.catalog.age(now, &self.snapshot.limits)
    }
}

pub fn use_of(output: &Output) -> Use {
    match output.page {
        Page::Asset(_) => Use::Hashed,
        Page::Raw(..) => Use::Raw,
        _ => Use::Page,
    }
}
