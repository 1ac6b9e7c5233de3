//! Pages of the catalog's own, and the page for addresses that lead nowhere.

use serde::Serialize;

use super::frame::{self, Head, Link, line};
use super::prose::{self, Prose};
use super::{List, listing};
use crate::error::Result;
use crate::format::markdown::{Options, Role, Target, percent_decoded};
use crate::model::path::RelPath;
use crate::site::{Site, guides};

#[derive(Serialize)]
struct View {
    title: String,
    description: Option<String>,
    prose: Prose,
    file: String,
    edit_url: Option<String>,
    /// All pages in the order of reading.
    guides: Vec<Guide>,
    previous: Option<Link>,
    next: Option<Link>,
}

/// A line of the navigation; a folder without a page leads nowhere.
#[derive(Serialize)]
struct Guide {
    label: String,
    url: Option<String>,
    current: bool,
    depth: usize,
}

/// Deeper ones stand below each other.
const DEPTH_MAX: usize = 2;

pub(super) fn render(site: &Site<'_>, path: &str, at: usize) -> Result<Vec<u8>> {
    let page = &site.catalog.pages[at];
    let title = line(&page.title);
    let read: Vec<usize> = site.routes.guides.iter().filter_map(|guide| guide.page).collect();
    let here = read.iter().position(|one| *one == at);
    let link = |place: Option<usize>| {
        let page = &site.catalog.pages[*read.get(place?)?];
        Some(Link::new(line(&page.title), page.url.clone()))
    };
    let view = View {
        title: title.clone(),
        description: page.description.as_deref().map(line),
        guides: guides(site, at),
        previous: link(here.and_then(|here| here.checked_sub(1))),
        next: link(here.map(|here| here + 1)),
        prose: prose(site, at, path),
        file: line(&page.file),
        edit_url: listing::edit_url(site, &page.file),
    };
    let description = page.description.as_ref().unwrap_or(&page.body).clone();
    let head = Head { title, description, section: "guides", crumbs: Vec::new() };
    frame::render(site, path, "content.html", &head, view)
}

fn guides(site: &Site<'_>, here: usize) -> Vec<Guide> {
    let guide = |one: &guides::Guide| Guide {
        label: line(&one.label),
        url: one.page.map(|at| site.catalog.pages[at].url.clone()),
        current: one.page == Some(here),
        depth: one.depth.min(DEPTH_MAX),
    };
    site.routes.guides.iter().map(guide).collect()
}

/// The Markdown of a page, as it stands on the file `path` of the site.
pub(super) fn prose(site: &Site<'_>, at: usize, path: &str) -> Prose {
    let page = &site.catalog.pages[at];
    let root = match path.matches('/').count() {
        0 => "./".to_owned(),
        depth => "../".repeat(depth),
    };
    let dir = RelPath::parse(&page.file).map(|file| file.parent()).unwrap_or_default();
    let resolve = |target: &str, role| {
        let (target, anchor) = target.split_at(target.find('#').unwrap_or(target.len()));
        let found = dir
            .resolve(&percent_decoded(target))
            .and_then(|file| url_of(site, file.as_str(), role));
        match (found, role) {
            (Some(url), _) => Target::To(format!("{root}{url}{}", prose::anchor(anchor))),
            (None, Role::Link) => Target::Broken("no such page in the catalog".to_owned()),
            (None, Role::Image) => Target::Broken("no such image beside the pages".to_owned()),
        }
    };
    prose::render(without_title(&page.body, &page.title), &Options::new(&page.file, &resolve))
}

/// The page or image that a file of the catalog became; an image can be linked to as well.
fn url_of(site: &Site<'_>, file: &str, role: Role) -> Option<String> {
    // Pages are sorted by file.
    let page = site.catalog.pages.binary_search_by(|page| page.file.as_str().cmp(file)).ok();
    let image = site.catalog.images.iter().position(|image| image.file == file);
    match role {
        Role::Image => image.map(|at| site.routes.images[at].clone()),
        Role::Link => page
            .map(|at| site.catalog.pages[at].url.clone())
            .or_else(|| image.map(|at| site.routes.images[at].clone())),
    }
}

/// The title is the page's own heading; a text that starts with it does not say it twice.
fn without_title<'a>(body: &'a str, title: &str) -> &'a str {
    let text = body.trim_start();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.strip_prefix("# ") {
        Some(heading) if heading.trim() == title.trim() => rest,
        _ => body,
    }
}

#[derive(Serialize)]
struct NotFound {
    places: Vec<Link>,
}

pub(super) fn not_found(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let head = Head { title: "Not in this build".to_owned(), ..Head::default() };
    // It answers at any depth, so it can only link where the root of the site is known.
    let options = site.options;
    let rooted = options.live.is_some() || options.offline_copy || options.base_url.is_some();
    let places = [
        Link::new("All artifacts", site.list_url(List::All)),
        Link::new("Collections", "collections/"),
        Link::new("Search", "search/"),
        Link::new("Tags", "tags/"),
        Link::new("Sources", "sources/"),
    ];
    let places = if rooted { places.to_vec() } else { Vec::new() };
    frame::render(site, path, "404.html", &head, NotFound { places })
}
