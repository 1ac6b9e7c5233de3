//! All tags with their counts.

use serde::Serialize;

use super::List;
use super::frame::{self, Head, line, list_link};
use crate::error::Result;
use crate::site::Site;

#[derive(Serialize)]
struct View {
    tags: Vec<TagView>,
}

#[derive(Serialize)]
struct TagView {
    label: String,
    url: String,
    n: usize,
}

pub(super) fn render(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let tags = site.routes.tags.iter().enumerate();
    let view = View {
        tags: tags
            .map(|(at, tag)| TagView {
                label: line(&tag.name),
                url: site.list_url(List::Tag(at)),
                n: tag.members.len(),
            })
            .collect(),
    };
    let head = Head {
        title: "Tags".to_owned(),
        description: "The tags that artifacts of this catalog bear.".to_owned(),
        section: "collections/all/",
        crumbs: vec![list_link(site, "Artifacts", List::All)],
    };
    frame::render(site, path, "tags.html", &head, view)
}
