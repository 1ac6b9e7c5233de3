//! The page of one file of an artifact, to be read and linked to, line by line.

use serde::Serialize;

use super::super::facts;
use super::super::frame::{self, Head, Link, line};
use super::document::{self, Document};
use crate::catalog::Index;
use crate::error::Result;
use crate::model::artifact::Artifact;
use crate::site::Site;
use crate::site::files::{Shown, folder};
use crate::site::page::card::source_link;

#[derive(Serialize)]
struct View {
    artifact: Link,
    document: Document,
    size: u64,
    executable: bool,
    /// The same in its source, at the pinned commit.
    source_url: Option<String>,
    previous: Option<Link>,
    next: Option<Link>,
}

pub(in crate::site::page) fn render(
    site: &Site<'_>,
    path: &str,
    at: Index,
    place: usize,
) -> Result<Vec<u8>> {
    let artifact = &site.catalog.artifacts[at];
    let file = &artifact.files[place];
    let root = "../".repeat(path.matches('/').count());
    let own = Link::new(line(artifact.label()), site.artifact_url(at));
    let shown = &site.routes.links[at].shown;
    let near = |place: usize| {
        let url = site.routes.file_url(site.catalog, at, place)?;
        Some(Link::new(line(&artifact.files[place].path), url))
    };
    let is_page = |place: &usize| shown[*place] == Shown::Page;
    let view = View {
        artifact: own.clone(),
        document: document::document(site, at, place, &root)?,
        size: file.size,
        executable: file.executable,
        source_url: source_url(site, artifact, &file.path),
        previous: (0..place).rev().find(is_page).and_then(near),
        next: (place + 1..shown.len()).find(is_page).and_then(near),
    };
    let head = Head {
        title: format!("{} of {}", line(&file.path), own.label),
        description: String::new(),
        section: "collections/all/",
        crumbs: vec![
            source_link(site, &artifact.id.source),
            Link::new(own.label.clone(), own.url.clone()),
            Link::new("Files", format!("{}#files", own.url)),
        ],
    };
    frame::render(site, path, "file.html", &head, view)
}

fn source_url(site: &Site<'_>, artifact: &Artifact, file: &str) -> Option<String> {
    let state = site.catalog.source(&artifact.id.source)?;
    // A part of a file is no file there.
    let whole = !artifact.path.contains('#');
    let path = folder(artifact).filter(|_| whole)?.resolve(file)?;
    facts::tree_url(state, path.as_str())
}
