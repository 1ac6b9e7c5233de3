//! All tags by their first letter, with their counts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::List;
use super::frame::{self, Head, line, list_link};
use crate::error::Result;
use crate::site::Site;

#[derive(Serialize)]
struct View {
    n: usize,
    letters: Vec<Letter>,
}

/// The tags that begin with it.
#[derive(Serialize)]
struct Letter {
    /// `A`; `#` for what begins with none.
    name: String,
    /// Its name in the page's address.
    anchor: String,
    tags: Vec<TagView>,
}

#[derive(Serialize)]
struct TagView {
    label: String,
    url: String,
    n: usize,
}

pub(super) fn render(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let view = View { n: site.routes.tags.len(), letters: letters(site) };
    let head = Head {
        title: "Tags".to_owned(),
        description: "The tags that artifacts of this catalog bear.".to_owned(),
        section: "collections/all/",
        crumbs: vec![list_link(site, "Artifacts", List::All)],
    };
    frame::render(site, path, "tags.html", &head, view)
}

fn letters(site: &Site<'_>) -> Vec<Letter> {
    let mut letters: BTreeMap<String, Vec<(String, TagView)>> = BTreeMap::new();
    for (at, tag) in site.routes.tags.iter().enumerate() {
        let label = line(&tag.name);
        let sorted_by = label.to_lowercase();
        let first = label.chars().next().filter(|c| c.is_alphabetic());
        let letter = first.map_or_else(|| "#".to_owned(), |c| c.to_uppercase().collect());
        let view = TagView { label, url: site.list_url(List::Tag(at)), n: tag.members.len() };
        letters.entry(letter).or_default().push((sorted_by, view));
    }
    let letter = |(at, (name, mut tags)): (usize, (String, Vec<(String, TagView)>))| {
        tags.sort_by(|a, b| a.0.cmp(&b.0));
        let tags = tags.into_iter().map(|(_, view)| view).collect();
        Letter { name, anchor: format!("l-{at}"), tags }
    };
    letters.into_iter().enumerate().map(letter).collect()
}
