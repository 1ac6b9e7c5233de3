//! What programs read besides pages and JSON: feeds, badges, Markdown, and what hosts, robots and
//! agents are told of the site.
//!
//! Which of these files a site has, where they are, and which pages point to them. Each kind is
//! one file here; like pages they depend on the catalog alone, never on the time of a build.

mod badge;
mod feed;
mod hosting;
mod link;
mod llms;
mod sitemap;
mod twin;

use serde::Serialize;

use super::page::{List, Page};
use super::routes::Routes;
use super::{Options, Output, Site};
use crate::catalog::{Catalog, Index};
use crate::error::Result;
use crate::model::id::Kind;

/// Which file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Machine {
    Feed(Scope, Format),
    /// A picture of how many artifacts a collection has.
    CollectionBadge(usize),
    /// A picture of the state of a project.
    ProjectBadge(usize),
    /// The document of an artifact, with what is known of it.
    Artifact(Index),
    /// The artifacts of a list as Markdown; a part of them, counted from 1.
    List(List, usize),
    /// What agents read first.
    Llms,
    /// Every page; part 0 is all of them, or where they are too many the list of the parts.
    Sitemap(usize),
    Robots,
    /// Says nothing: its name keeps GitHub from running the site through Jekyll.
    NoJekyll,
    /// Headers for the hosts that read such a file.
    Headers,
}

/// Whose changes a feed tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    All,
    Collection(usize),
    Source(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    Atom,
    Json,
}

impl Format {
    const ALL: [Self; 2] = [Self::Atom, Self::Json];

    fn media_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml",
            Self::Json => "application/feed+json",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Atom => "feed.xml",
            Self::Json => "feed.json",
        }
    }
}

/// Another form of a page, as its head links to it.
#[derive(Serialize)]
pub(super) struct Alternate {
    media_type: &'static str,
    title: String,
    url: String,
}

/// Every such file of a site but those of artifacts and the sitemap, which counts the others.
pub(super) fn outputs(catalog: &Catalog, routes: &Routes, options: &Options) -> Vec<Output> {
    let mut all = vec![Machine::Llms];
    let collections = 0..catalog.collections.len();
    // Who has a copy on disk subscribes to nothing, and no host or robot reads it.
    if !options.offline_copy {
        all.extend([Machine::Robots, Machine::NoJekyll, Machine::Headers]);
        let scopes = std::iter::once(Scope::All)
            .chain(collections.clone().map(Scope::Collection))
            .chain((0..catalog.sources.len()).map(Scope::Source));
        let feeds = scopes.flat_map(|scope| Format::ALL.map(|format| Machine::Feed(scope, format)));
        all.extend(feeds);
    }
    all.extend(collections.clone().map(Machine::CollectionBadge));
    all.extend((0..catalog.projects.len()).map(Machine::ProjectBadge));
    for at in collections {
        let rows = twin::collection_rows(&catalog.collections[at]);
        let parts = 1..=twin::n_parts(rows.len());
        all.extend(parts.map(|part| Machine::List(List::Collection(at), part)));
    }
    for kind in Kind::ALL {
        let parts = 1..=twin::n_parts(routes.kinds.get(&kind).map_or(0, Vec::len));
        all.extend(parts.map(|part| Machine::List(List::Kind(kind), part)));
    }
    let output =
        |machine| Output { path: path(catalog, routes, machine), page: Page::Machine(machine) };
    all.into_iter().map(output).collect()
}

/// The files of the sitemap of a site with these others, where its address is known.
pub(super) fn sitemap<'a>(
    outputs: impl Iterator<Item = &'a Output>,
    options: &Options,
) -> Vec<Output> {
    if options.base_url.is_none() || options.offline_copy {
        return Vec::new();
    }
    let parts = sitemap::parts(outputs);
    let output =
        |part| Output { path: sitemap_path(part), page: Page::Machine(Machine::Sitemap(part)) };
    parts.map(output).collect()
}

/// Where a file is, below the site.
pub(super) fn path(catalog: &Catalog, routes: &Routes, machine: Machine) -> String {
    match machine {
        Machine::Feed(scope, format) => format!("{}{}", folder(routes, scope), format.file()),
        Machine::CollectionBadge(at) => {
            format!("{}badge.svg", routes.list_url(List::Collection(at)))
        }
        Machine::ProjectBadge(at) => format!("{}badge.svg", routes.project_url(at)),
        Machine::Artifact(at) => format!("{}index.md", routes.artifact_url(catalog, at)),
        Machine::List(list, 1) => format!("{}index.md", routes.list_url(list)),
        Machine::List(list, part) => format!("{}{part}.md", routes.list_url(list)),
        Machine::Llms => "llms.txt".to_owned(),
        Machine::Sitemap(part) => sitemap_path(part),
        Machine::Robots => "robots.txt".to_owned(),
        Machine::NoJekyll => ".nojekyll".to_owned(),
        Machine::Headers => "_headers".to_owned(),
    }
}

fn sitemap_path(part: usize) -> String {
    match part {
        0 => "sitemap.xml".to_owned(),
        part => format!("sitemap-{part}.xml"),
    }
}

/// The folder of the page whose changes a feed tells.
fn folder(routes: &Routes, scope: Scope) -> String {
    match scope {
        Scope::All => String::new(),
        Scope::Collection(at) => routes.list_url(List::Collection(at)),
        Scope::Source(at) => routes.list_url(List::Source(at)),
    }
}

/// The bytes of one file.
pub(super) fn render(site: &Site<'_>, path: &str, machine: Machine) -> Result<Vec<u8>> {
    let text = match machine {
        Machine::Feed(scope, Format::Atom) => feed::atom(site, path, scope),
        Machine::Feed(scope, Format::Json) => feed::json(site, path, scope),
        Machine::CollectionBadge(at) => badge::collection(site, at),
        Machine::ProjectBadge(at) => badge::project(site, at),
        Machine::Artifact(at) => twin::artifact(site, path, at)?,
        Machine::List(list, part) => twin::list(site, path, list, part),
        Machine::Llms => llms::text(site, path),
        Machine::Sitemap(part) => sitemap::file(site, part),
        Machine::Robots => hosting::robots(site),
        Machine::NoJekyll => String::new(),
        Machine::Headers => hosting::headers(site),
    };
    Ok(text.into_bytes())
}

/// The other forms of a page: feeds of what it shows, and its Markdown.
pub(super) fn alternates(site: &Site<'_>, page: Page) -> Vec<Alternate> {
    let mut all = Vec::new();
    let scope = match page {
        Page::Home
        | Page::Collections
        | Page::Sources
        | Page::Sync
        | Page::Listing(List::All, _) => Some(Scope::All),
        Page::Groups(at, _)
        | Page::Listing(List::Collection(at) | List::Group(at, _) | List::View(at, _), _) => {
            Some(Scope::Collection(at))
        }
        Page::Listing(List::Source(at), _) => Some(Scope::Source(at)),
        _ => None,
    };
    if let Some(scope) = scope.filter(|_| !site.options.offline_copy) {
        all.extend(Format::ALL.map(|format| Alternate {
            media_type: format.media_type(),
            title: feed::title(site, scope),
            url: format!("{}{}", folder(site.routes, scope), format.file()),
        }));
    }
    let twin = match page {
        Page::Artifact(at) => Some(Machine::Artifact(at)),
        Page::Listing(list @ (List::Collection(_) | List::Kind(_)), _) => {
            Some(Machine::List(list, 1))
        }
        _ => None,
    };
    all.extend(twin.map(|twin| Alternate {
        media_type: "text/markdown",
        title: "Markdown".to_owned(),
        url: path(site.catalog, site.routes, twin),
    }));
    all
}
