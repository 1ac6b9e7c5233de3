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
use crate::catalog::contents::Contents;
use crate::deploy::compare::Compared;
use crate::error::{Problem, Result};
use crate::model::age::{Age, Limits};
use crate::model::deployment::Deployment;
use crate::model::hash::ContentHash;
use crate::site::page::edit;
use crate::site::page::settings::{self, Settings};
use crate::site::page::{List, Page};
use crate::site::routes::Routes;
use crate::site::{Live, Options, Output, Site};
use crate::state::journal::Entry;
use crate::state::receipts::Receipt;

/// Rendered files are kept until they are so many bytes together.
const KEPT_BYTES_MAX: usize = 64 << 20;
/// A template that fails does so on every page: the first say it all.
const UNMADE_MAX: usize = 8;

pub struct Pages {
    snapshot: Snapshot,
    options: Options,
    routes: Routes,
    kept: Mutex<Kept>,
    /// Each file as it was made last, by these or by earlier pages.
    good: Arc<Mutex<Kept>>,
    /// Why files of the site could not be made.
    unmade: Mutex<Vec<Problem>>,
}

#[derive(Default)]
struct Kept {
    files: HashMap<String, Rendered>,
    bytes: usize,
}

impl Kept {
    fn add(&mut self, path: &str, rendered: &Rendered) {
        if self.bytes + rendered.bytes.len() > KEPT_BYTES_MAX {
            *self = Self::default();
        }
        self.bytes += rendered.bytes.len();
        if let Some(old) = self.files.insert(path.to_owned(), rendered.clone()) {
            self.bytes -= old.bytes.len();
        }
    }
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
    /// `before` are those that are shown, for what is the same.
    pub fn new(snapshot: Snapshot, live: Live, before: Option<&Self>) -> Self {
        // No base: the same server is `localhost` to one and `127.0.0.1` to another, and a page
        // that named one of them would be foreign to the other.
        let stale_after = snapshot.limits.stale_after;
        let options = Options { live: Some(live), stale_after, ..Options::default() };
        let good = before.map(|before| Arc::clone(&before.good)).unwrap_or_default();
        let before = before.map(|before| &before.routes);
        let routes = Routes::again(&snapshot.catalog, &snapshot.theme, &options, before);
        let (kept, unmade) = (Mutex::default(), Mutex::default());
        Self { snapshot, options, routes, kept, good, unmade }
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
        lock(&self.kept).add(path, &rendered);
        lock(&self.good).add(path, &rendered);
        rendered
    }

    /// A file that cannot be made now as it was when it last could be, if that is known.
    pub fn last_good(&self, output: &Output) -> Option<Rendered> {
        lock(&self.good).files.get(&output.path).cloned()
    }

    /// Takes note of why a file could not be made; whether that is news.
    pub fn note_unmade(&self, problems: &[Problem]) -> bool {
        let mut unmade = lock(&self.unmade);
        let before = unmade.len();
        for problem in problems {
            if unmade.len() < UNMADE_MAX && !unmade.contains(problem) {
                unmade.push(problem.clone());
            }
        }
        unmade.len() > before
    }

    pub fn unmade(&self) -> Vec<Problem> {
        lock(&self.unmade).clone()
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

    pub fn contents(&self) -> &dyn Contents {
        self.snapshot.contents.as_ref()
    }

    /// The name of the project with this address.
    pub fn project_at(&self, slug: &str) -> Option<&str> {
        let at = self.routes.projects.iter().position(|own| own == slug)?;
        Some(&self.snapshot.catalog.projects[at].name)
    }

    /// The page of a project.
    pub fn project_url(&self, name: &str) -> Option<String> {
        let projects = &self.snapshot.catalog.projects;
        let at = projects.iter().position(|one| one.name == name)?;
        Some(self.routes.project_url(at))
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

    /// A form that edits; `None` where there is none of that name, or not what it asks for.
    pub fn form(&self, name: &str, asked: &edit::Asked<'_>) -> Result<Option<Vec<u8>>> {
        self.guarded(|site| edit::render(site, name, asked))
    }

    /// A form that deploys, with what its orders come to.
    pub fn deploy_form(
        &self,
        name: &str,
        asked: &edit::Asked<'_>,
        outcomes: &[edit::deploy::Outcome],
    ) -> Result<Option<Vec<u8>>> {
        self.guarded(|site| edit::deploy::render(site, name, asked, outcomes))
    }

    /// What was deployed to a project; `None` where there is none of that name.
    pub fn receipts(&self, project: &str, receipts: &[Receipt]) -> Result<Option<Vec<u8>>> {
        let projects = &self.snapshot.catalog.projects;
        let Some(at) = projects.iter().position(|one| one.name == project) else {
            return Ok(None);
        };
        self.guarded(|site| edit::receipts::render(site, at, receipts)).map(Some)
    }

    /// What stands at a path of a project.
    pub fn deployment(&self, project: &str, path: &str) -> Option<&Deployment> {
        edit::compare::find(&self.site(), project, path).map(|(_, _, found)| found)
    }

    /// A copy beside what its source has.
    pub fn compare(
        &self,
        project: &str,
        path: &str,
        compared: &std::result::Result<Vec<Compared>, Vec<Problem>>,
    ) -> Result<Option<Vec<u8>>> {
        let Some((at, place, _)) = edit::compare::find(&self.site(), project, path) else {
            return Ok(None);
        };
        self.guarded(|site| edit::compare::render(site, (at, place), compared)).map(Some)
    }

    /// Both versions of files that somebody changed meanwhile.
    pub fn conflict(
        &self,
        asked: &edit::Asked<'_>,
        versions: &[edit::conflict::Version],
    ) -> Result<Option<Vec<u8>>> {
        self.guarded(|site| edit::conflict::render(site, asked, versions))
    }

    /// The last edits.
    pub fn edits(&self, entries: &[Entry], wrong: &[(String, String)]) -> Result<Vec<u8>> {
        self.guarded(|site| edit::log::render(site, entries, wrong))
    }

    /// A page that cannot be made, even one that panics, is an error of that page alone.
    fn guarded<T>(&self, make: impl Fn(&Site<'_>) -> Result<T>) -> Result<T> {
        let site = self.site();
        catch_unwind(AssertUnwindSafe(|| make(&site))).unwrap_or_else(|_| {
            let message = "rendering a form failed inside skillmeat";
            Err(Problem::error("SM706", message).help("report it").into())
        })
    }

    /// The page of the server itself.
    pub fn settings(&self, settings: &Settings) -> Result<Vec<u8>> {
        let site = self.site();
        let made = catch_unwind(AssertUnwindSafe(|| settings::render(&site, settings)));
        made.unwrap_or_else(|_| {
            let message = "rendering the settings failed inside skillmeat";
            Err(Problem::error("SM706", message).help("report it").into())
        })
    }

    pub fn limits(&self) -> &Limits {
        &self.snapshot.limits
    }

    /// What a writing request has to bring.
    #[cfg(test)]
    pub fn token(&self) -> String {
        self.options.live.as_ref().map(|live| live.token.clone()).unwrap_or_default()
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
    pub fn elsewhere(&self) -> Vec<(String, bool)> {
        let Snapshot { catalog, read_at, limits, .. } = &self.snapshot;
        let sources = catalog.sources.iter().filter(|state| !state.inside);
        let is_old = |at| Age::of(at, *read_at, limits) == Age::Old;
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
