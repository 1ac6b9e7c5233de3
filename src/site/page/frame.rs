//! What every page has around it: title, navigation, breadcrumb, the way back to the root.

use serde::Serialize;

use super::List;
use crate::error::{Problem, Result};
use crate::site::Site;
use crate::site::machine::{self, Alternate};
use crate::site::page::Page;
use crate::words;

/// A word that leads somewhere. `url` is below the site's root unless it has a scheme.
#[derive(Clone, Debug, Serialize)]
pub(in crate::site) struct Link {
    pub label: String,
    pub url: String,
}

impl Link {
    pub(super) fn new(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self { label: label.into(), url: url.into() }
    }
}

/// What a page says of itself.
#[derive(Default)]
pub(super) struct Head {
    pub title: String,
    pub description: String,
    /// The address of the entry of the main navigation it belongs to.
    pub section: &'static str,
    /// From the root down, without the page itself.
    pub crumbs: Vec<Link>,
}

#[derive(Serialize)]
struct Frame<'a> {
    /// From this page to the root of the site: `./`, `../../`; 404 has an absolute one.
    root: String,
    title: &'a str,
    description: String,
    /// The address of this page below the site.
    url: &'a str,
    /// The address of the site, where it is known, and of this page.
    base: Option<&'a str>,
    canonical: Option<String>,
    /// What it is to others: `article` or `website`.
    og_type: &'static str,
    /// Its other forms.
    alternates: Vec<Alternate>,
    has_feeds: bool,
    crumbs: Vec<Link>,
    nav: Vec<Entry>,
    /// Under `serve`.
    live: bool,
    /// Where the catalog may be edited: what a writing request has to bring.
    token: Option<&'a str>,
    edits: bool,
    /// Its server asks no source for what is new.
    offline: bool,
    site_title: &'a str,
    version: &'static str,
}

#[derive(Serialize)]
struct Entry {
    label: String,
    url: String,
    /// As `aria-current` says it: `page`, or `true` on what belongs to it.
    current: Option<&'static str>,
}

#[derive(Serialize)]
struct Context<'a, V> {
    page: Frame<'a>,
    view: V,
}

/// Lays out `view` by a template that extends `base.html`; `path` is the file it becomes.
pub(super) fn render<V: Serialize>(
    site: &Site<'_>,
    path: &str,
    template: &str,
    head: &Head,
    view: V,
) -> Result<Vec<u8>> {
    let url = path.strip_suffix("index.html").unwrap_or(path);
    let settings = &site.catalog.site;
    let docs = docs(site);
    let live = site.options.live.as_ref();
    let kind = site.routes.find(path).map(|output| output.page);
    let page = Frame {
        root: root(site, path),
        title: &head.title,
        description: words_of(&head.description, 200),
        url,
        base: site.options.base_url.as_deref(),
        og_type: match kind {
            Some(Page::Artifact(_) | Page::Content(_)) => "article",
            _ => "website",
        },
        alternates: kind.map(|page| machine::alternates(site, page)).unwrap_or_default(),
        has_feeds: !site.options.offline_copy,
        canonical: site.options.base_url.as_ref().map(|base| format!("{base}{url}")),
        crumbs: crumbs(site, head, url, docs),
        nav: nav(head.section, url, docs),
        live: live.is_some(),
        token: live.filter(|live| live.edits).map(|live| live.token.as_str()),
        edits: live.is_some_and(|live| live.edits),
        offline: live.is_some_and(|live| live.offline),
        site_title: &settings.title,
        version: env!("CARGO_PKG_VERSION"),
    };
    site.theme.render(template, Context { page, view })
}

/// The way from a file to the root. The error page answers at any depth, so it needs a fixed one.
fn root(site: &Site<'_>, path: &str) -> String {
    // On a disk nothing answers for it: it is opened where it lies.
    if path == "404.html" && !site.options.offline_copy {
        return site.options.base_url.clone().unwrap_or_else(|| "/".to_owned());
    }
    match path.matches('/').count() {
        0 => "./".to_owned(),
        depth => "../".repeat(depth),
    }
}

/// The section of the pages of the catalog's own.
const GUIDES: &str = "guides";

fn nav(section: &str, here: &str, docs: Option<&str>) -> Vec<Entry> {
    // A kind belongs to the artifacts; this one has an entry of its own.
    const SERVERS: &str = "kinds/mcp/";
    let section = if here.starts_with(SERVERS) { SERVERS } else { section };
    let entry = |label: &str, url: &str, is_section: bool| Entry {
        label: label.to_owned(),
        url: url.to_owned(),
        current: if url == here { Some("page") } else { is_section.then_some("true") },
    };
    let mut nav: Vec<Entry> = [
        ("Collections", "collections/"),
        ("Artifacts", "collections/all/"),
        ("Deployments", "deployments/"),
        ("Projects", "projects/"),
        ("Sources", "sources/"),
        ("MCP servers", SERVERS),
    ]
    .into_iter()
    .map(|(label, url)| entry(label, url, url == section))
    .collect();
    nav.extend(docs.map(|first| entry("Docs", first, section == GUIDES)));
    nav
}

/// The way from the root to a page; the first level needs none.
fn crumbs(site: &Site<'_>, head: &Head, here: &str, docs: Option<&str>) -> Vec<Link> {
    let mut crumbs = head.crumbs.clone();
    if let Some(first) = docs.filter(|first| head.section == GUIDES && *first != here) {
        crumbs.push(Link::new("Docs", first));
    }
    // The next pages of a list are below its first.
    let parent = here.trim_end_matches('/').rsplit_once("page/");
    if let Some((list, number)) = parent
        && number.parse::<usize>().is_ok()
        && !list.is_empty()
        && site.find(list).is_some()
    {
        crumbs.push(Link::new(line(&head.title), list));
    }
    crumbs
}

/// Where the pages of the catalog's own begin.
fn docs<'s>(site: &Site<'s>) -> Option<&'s str> {
    let first = site.routes.guides.iter().find_map(|guide| guide.page);
    first.map(|at| site.catalog.pages[at].url.as_str())
}

/// `x/` and `x/page/2/`.
pub(super) fn paged(url: &str, page: usize) -> String {
    if page == 1 { url.to_owned() } else { format!("{url}page/{page}/") }
}

/// The pages of a list, for the links below it.
#[derive(Serialize)]
pub(super) struct Pager {
    pub page: usize,
    pub n_pages: usize,
    pub previous: Option<String>,
    pub next: Option<String>,
    /// First, last and what is near; `None` where some are left out.
    pub near: Vec<Option<PageLink>>,
}

#[derive(Serialize)]
pub(super) struct PageLink {
    number: usize,
    url: String,
}

impl Pager {
    pub(super) fn new(url: &str, page: usize, n_pages: usize) -> Self {
        let shown = |n: &usize| *n == 1 || *n == n_pages || n.abs_diff(page) <= 2;
        let mut near = Vec::new();
        let mut last = 0;
        for number in (1..=n_pages).filter(shown) {
            if number > last + 1 {
                near.push(None);
            }
            near.push(Some(PageLink { number, url: paged(url, number) }));
            last = number;
        }
        Self {
            page,
            n_pages,
            previous: (page > 1).then(|| paged(url, page - 1)),
            next: (page < n_pages).then(|| paged(url, page + 1)),
            near,
        }
    }
}

/// A problem as pages show it.
#[derive(Serialize)]
pub(super) struct ProblemView {
    code: String,
    severity: String,
    place: Option<String>,
    message: String,
    help: Option<String>,
}

impl From<&Problem> for ProblemView {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.clone(),
            severity: problem.severity.to_string(),
            place: problem.place.as_ref().map(|place| words::visible(&place.to_string())),
            message: words::visible(&problem.message),
            help: problem.help.as_deref().map(words::visible),
        }
    }
}

/// Text of unknown origin as one line of at most `max` characters.
pub(in crate::site) fn words_of(text: &str, max: usize) -> String {
    super::prose::summary(text, max)
}

/// One line of text of unknown origin, whole, with what hides in it made visible.
pub(in crate::site) fn line(text: &str) -> String {
    words::visible(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A URL of unknown origin, if it is one that a page may link to.
pub(super) fn web_link(url: &str) -> Option<String> {
    let lower = url.to_ascii_lowercase();
    let known = lower.starts_with("https://") || lower.starts_with("http://");
    let plain = !url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '"');
    (known && plain).then(|| crate::format::redact::url(url))
}

/// A link to a page of cards.
pub(super) fn list_link(site: &Site<'_>, label: &str, list: List) -> Link {
    Link::new(line(label), site.list_url(list))
}
