//! The kinds of files a site has, and what each shows.
//!
//! Each page kind is one file here: it turns its part of the catalog into a view of plain words
//! and addresses, which its template lays out. Model types are never handed to templates.

mod artifact;
mod card;
mod changes;
mod collections;
mod content;
mod deployed;
mod deployments;
pub mod edit;
mod facets;
mod facts;
mod frame;
mod groups;
mod history;
mod home;
mod install;
mod listing;
mod projects;
mod prose;
mod raw;
mod reference;
mod removed;
mod results;
mod search;
pub mod settings;
mod sources;
mod tags;

use rayon::prelude::*;

use super::data::find::{self, Find};
use super::data::{self, Api};
use super::machine::{self, Machine};
pub(super) use card::{color, worst};
pub(super) use facts::{icon, instead};
pub(super) use frame::{line, words_of};
pub(super) use raw::bytes as published;
pub(super) use results::Listed;

use super::files::Shown;
use super::routes::{OfArtifacts, Routes};
use super::theme::Theme;
use super::{Options, Output, Site};
use crate::catalog::{Catalog, Index};
use crate::error::Result;
use crate::model::id::Kind;

/// Which file it is; small, the data stays in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    Home,
    NotFound,
    Collections,
    /// Cards, a page of them, counted from 1.
    Listing(List, usize),
    /// A collection by its groups, a page of them, counted from 1.
    Groups(usize, usize),
    Artifact(Index),
    /// A file of an artifact, by its place in `files`: its bytes.
    Raw(Index, usize),
    /// The same to be read, with its lines.
    File(Index, usize),
    /// All files of an artifact in one.
    Zip(Index),
    /// The tombstone of what a source no longer has.
    Removed(usize),
    Tags,
    Sources,
    Sync,
    Search,
    Deployments,
    /// All of them, for the script of that page.
    DeploymentData,
    Projects,
    Project(usize),
    /// A page of the catalog's own.
    Content(usize),
    /// What programs can ask for.
    Reference,
    /// An image beside such a page.
    Image(usize),
    /// A static file of the theme.
    Asset(usize),
    /// When the sources were last read, for the browser; the only file that tells.
    Status,
    Api(Api),
    /// What the browser searches.
    Find(Find),
    /// What programs read besides.
    Machine(Machine),
}

impl Page {
    /// The artifact that the file tells of and belongs to, where it is of one alone.
    pub(super) fn artifact(self) -> Option<Index> {
        match self {
            Self::Artifact(at)
            | Self::Raw(at, _)
            | Self::File(at, _)
            | Self::Zip(at)
            | Self::Machine(Machine::Artifact(at))
            | Self::Api(Api::Artifact(at)) => Some(at),
            _ => None,
        }
    }
}

/// What a page of cards lists; numbers are places in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    All,
    Collection(usize),
    Group(usize, usize),
    View(usize, usize),
    Kind(Kind),
    /// A place in [`Routes::tags`].
    Tag(usize),
    Source(usize),
}

/// Static files that only pages of a server load.
pub(super) const ONLY_LIVE: [&str; 5] = ["drag.js", "edit.css", "edit.js", "live.css", "live.js"];

/// The pages that every site has.
const FIXED: [(&str, Page); 9] = [
    ("", Page::Home),
    ("collections/", Page::Collections),
    ("tags/", Page::Tags),
    ("sources/", Page::Sources),
    ("sync/", Page::Sync),
    ("search/", Page::Search),
    ("deployments/", Page::Deployments),
    ("projects/", Page::Projects),
    ("api/", Page::Reference),
];

/// Every file of the site but those of artifacts, in no order.
pub(super) fn outputs(
    catalog: &Catalog,
    routes: &Routes,
    theme: &Theme,
    options: &Options,
) -> Vec<Output> {
    let mut out = Vec::new();
    let mut add = |path: String, page: Page| out.push(Output { path, page });
    let folder = |url: &str| format!("{url}index.html");
    add("404.html".to_owned(), Page::NotFound);
    add("status.js".to_owned(), Page::Status);
    add("deployments/data.js".to_owned(), Page::DeploymentData);
    for (url, page) in FIXED {
        add(folder(url), page);
    }
    for (list, len) in lists(catalog, routes) {
        for page in 1..=len.div_ceil(results::CARDS_MAX).max(1) {
            add(folder(&frame::paged(&routes.list_url(list), page)), Page::Listing(list, page));
        }
    }
    for (at, collection) in catalog.collections.iter().enumerate() {
        for page in 1..=groups::n_pages(collection) {
            add(folder(&frame::paged(&routes.groups_url(at), page)), Page::Groups(at, page));
        }
    }
    for (at, url) in routes.removed.iter().enumerate() {
        if let Some(url) = url {
            add(folder(url), Page::Removed(at));
        }
    }
    for at in 0..catalog.projects.len() {
        add(folder(&routes.project_url(at)), Page::Project(at));
    }
    for (at, page) in catalog.pages.iter().enumerate() {
        // The welcome text is a part of the home page.
        if !page.url.is_empty() {
            add(folder(&page.url), Page::Content(at));
        }
    }
    for (at, url) in routes.images.iter().enumerate() {
        add(url.clone(), Page::Image(at));
    }
    for (at, asset) in theme.assets().iter().enumerate() {
        let is_for_serve = ONLY_LIVE.contains(&asset.name.as_str());
        if options.live.is_some() || !is_for_serve {
            add(asset.path.clone(), Page::Asset(at));
        }
    }
    for api in data::all(catalog) {
        add(routes.api_path(catalog, api), Page::Api(api));
    }
    out.extend(searched(catalog, routes));
    out.extend(machine::outputs(catalog, routes, options));
    let artifacts = routes.artifact_outputs();
    out.extend(machine::sitemap(out.iter().chain(artifacts), options));
    out
}

/// The pages of all artifacts and what belongs to them, in no order.
pub(super) fn of_artifacts(catalog: &Catalog, routes: &OfArtifacts) -> Vec<Output> {
    let all = (0..catalog.artifacts.len()).into_par_iter();
    all.flat_map_iter(|at| of_artifact(catalog, routes, at)).collect()
}

fn of_artifact(catalog: &Catalog, routes: &OfArtifacts, at: Index) -> Vec<Output> {
    let mut out = Vec::new();
    let mut add = |path: String, page: Page| out.push(Output { path, page });
    let (url, links) = (routes.artifact_url(catalog, at), &routes.links[at]);
    for (file, name) in links.raw.iter().enumerate() {
        let Some(name) = name else { continue };
        add(format!("{url}raw/{name}"), Page::Raw(at, file));
        if links.shown[file] == Shown::Page {
            add(format!("{url}files/{name}/index.html"), Page::File(at, file));
        }
    }
    if let Some(zip) = routes.zip_url(catalog, at) {
        add(zip, Page::Zip(at));
    }
    add(format!("{url}index.html"), Page::Artifact(at));
    add(format!("{url}index.md"), Page::Machine(Machine::Artifact(at)));
    add(routes.api_path(catalog, at), Page::Api(Api::Artifact(at)));
    out
}

/// What the browser searches, beside the lists it belongs to.
fn searched<'a>(catalog: &'a Catalog, routes: &'a Routes) -> impl Iterator<Item = Output> + 'a {
    find::all(catalog).into_iter().map(|one| {
        let folder = routes.list_url(find::folder(one));
        Output { path: format!("{folder}data/{}.js", find::name(one)), page: Page::Find(one) }
    })
}

/// Every list with its length.
fn lists(catalog: &Catalog, routes: &Routes) -> Vec<(List, usize)> {
    let mut lists = vec![(List::All, catalog.artifacts.len())];
    for (at, collection) in catalog.collections.iter().enumerate() {
        lists.push((List::Collection(at), collection.members.len()));
        let groups = collection.groups.iter().enumerate();
        lists.extend(groups.map(|(group, one)| (List::Group(at, group), one.members.len())));
        let views = collection.views.iter().enumerate();
        lists.extend(views.map(|(view, one)| (List::View(at, view), one.members.len())));
    }
    let of_kind = |kind| routes.kinds.get(&kind).map_or(0, Vec::len);
    lists.extend(Kind::ALL.map(|kind| (List::Kind(kind), of_kind(kind))));
    let tags = routes.tags.iter().enumerate();
    lists.extend(tags.map(|(at, tag)| (List::Tag(at), tag.members.len())));
    let sources = routes.source_members.iter().enumerate();
    lists.extend(sources.map(|(at, members)| (List::Source(at), members.len())));
    lists
}

/// The lists that fill more than a page.
pub(super) fn long_lists(catalog: &Catalog, routes: &Routes) -> impl Iterator<Item = List> {
    let long = |(list, len): (List, usize)| (len > results::CARDS_MAX).then_some(list);
    lists(catalog, routes).into_iter().filter_map(long)
}

/// The bytes of one file.
pub(super) fn render(site: &Site<'_>, output: &Output) -> Result<Vec<u8>> {
    let path = output.path.as_str();
    match output.page {
        Page::Home => home::render(site, path),
        Page::NotFound => content::not_found(site, path),
        Page::Collections => collections::render(site, path),
        Page::Listing(List::Source(at), page) => sources::one(site, path, at, page),
        Page::Listing(list, page) => listing::render(site, path, list, page),
        Page::Groups(at, page) => groups::render(site, path, at, page),
        Page::Artifact(at) => artifact::render(site, path, at),
        Page::Raw(at, file) => raw::bytes(site, at, file).map(|raw| raw.bytes),
        Page::File(at, file) => artifact::file::render(site, path, at, file),
        Page::Zip(at) => artifact::zip::bytes(site, at),
        Page::Removed(at) => removed::render(site, path, at),
        Page::Tags => tags::render(site, path),
        Page::Sources => sources::all(site, path),
        Page::Sync => sources::sync(site, path),
        Page::Search => search::render(site, path),
        Page::Deployments => deployments::render(site, path),
        Page::DeploymentData => Ok(deployments::script(site)),
        Page::Projects => projects::all(site, path),
        Page::Project(at) => projects::one(site, path, at),
        Page::Content(at) => content::render(site, path, at),
        Page::Reference => reference::render(site, path),
        Page::Image(at) => Ok(site.catalog.images[at].bytes.clone()),
        Page::Asset(at) => Ok(site.theme.assets()[at].bytes.clone()),
        Page::Status => Ok(data::status_js(site)),
        Page::Api(api) => data::render(site, api),
        Page::Find(find) => Ok(find::render(site, find)),
        Page::Machine(machine) => machine::render(site, path, machine),
    }
}
