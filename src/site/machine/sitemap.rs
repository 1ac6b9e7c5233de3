//! The sitemap: every page with the date of what it shows, in parts where they are many.

use std::ops::RangeInclusive;

use jiff::civil::Date;

use super::link::xml;
use super::sitemap_path;
use crate::catalog::Index;
use crate::site::page::{List, Page};
use crate::site::{Output, Site};

/// What one file may list, by the protocol.
const URLS_MAX: usize = 50_000;

/// The files that these pages take: 0 alone, or 0 for the list of the parts, and these.
pub(super) fn parts<'a>(outputs: impl Iterator<Item = &'a Output>) -> RangeInclusive<usize> {
    match outputs.filter(|output| is_listed(output)).count() {
        n if n <= URLS_MAX => 0..=0,
        n => 0..=n.div_ceil(URLS_MAX),
    }
}

/// Pages that are there to be found.
fn is_listed(output: &Output) -> bool {
    output.path.ends_with(".html") && !matches!(output.page, Page::NotFound | Page::Removed(_))
}

pub(super) fn file(site: &Site<'_>, part: usize) -> String {
    let base = site.options.base_url.as_deref().unwrap_or_default();
    let last = *parts(site.outputs().iter()).end();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let space = "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"";
    if part == 0 && last > 0 {
        out.push_str(&format!("<sitemapindex {space}>\n"));
        for part in 1..=last {
            let url = xml(&format!("{base}{}", sitemap_path(part)));
            out.push_str(&format!("<sitemap><loc>{url}</loc></sitemap>\n"));
        }
        return out + "</sitemapindex>\n";
    }
    out.push_str(&format!("<urlset {space}>\n"));
    let listed = site.outputs().iter().filter(|output| is_listed(output));
    for output in listed.skip(part.saturating_sub(1) * URLS_MAX).take(URLS_MAX) {
        let url = output.path.strip_suffix("index.html").unwrap_or(&output.path);
        out.push_str(&format!("<url><loc>{}</loc>", xml(&format!("{base}{url}"))));
        if let Some(date) = changed(site, output.page) {
            out.push_str(&format!("<lastmod>{date}</lastmod>"));
        }
        out.push_str("</url>\n");
    }
    out + "</urlset>\n"
}

/// When what a page shows last changed, where the lock tells.
fn changed(site: &Site<'_>, page: Page) -> Option<Date> {
    let of = |at: Index| {
        let artifact = &site.catalog.artifacts[at];
        artifact.changed.or(artifact.added)
    };
    match page {
        Page::Artifact(at) => of(at),
        Page::Listing(list, _) => site.members(list).into_iter().filter_map(of).max(),
        Page::Groups(at, _) => site.members(List::Collection(at)).into_iter().filter_map(of).max(),
        Page::Home | Page::Collections => site.members(List::All).into_iter().filter_map(of).max(),
        _ => None,
    }
}
