//! The forms that put collections, or the groups of one, into another order, a step at a time.

use serde::Serialize;

use super::{Asked, Hidden, page};
use crate::error::Result;
use crate::site::Site;
use crate::site::page::card::color;
use crate::site::page::frame::line;

#[derive(Serialize)]
struct View {
    hidden: Hidden,
    heading: String,
    lead: &'static str,
    /// The collection whose groups they are.
    collection: Option<String>,
    rows: Vec<Row>,
    /// How to make the first of them.
    new_url: String,
    new_label: &'static str,
}

#[derive(Serialize)]
struct Row {
    title: String,
    color: Option<&'static str>,
    /// What each step says when it is sent: `slug/before`; none at the ends.
    up: Option<String>,
    down: Option<String>,
}

/// `edit/order/`
pub(super) fn collections(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let all = &site.catalog.collections;
    let every: Vec<usize> = (0..all.len()).collect();
    let hidden = Hidden::new(site, asked, "place-collection", &every);
    let named = all.iter().map(|one| (one.definition.slug.as_str(), line(&one.definition.title)));
    let view = View {
        hidden: hidden.next("edit/order/".to_owned()).with_wrong(asked, &[]),
        heading: "Order of collections".to_owned(),
        lead: "Each step changes a line of the collection's file.",
        collection: None,
        rows: rows(named.map(|(slug, title)| (slug, title, None)).collect()),
        new_url: "edit/collection/".to_owned(),
        new_label: "New collection…",
    };
    page(site, "order", "edit-order.html", None, "Order of collections", view)
}

/// `edit/order-groups/?collection=…`
pub(super) fn groups(site: &Site<'_>, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    let Some((at, of)) = asked.collection(site) else { return Ok(None) };
    let slug = &of.definition.slug;
    let hidden = Hidden::new(site, asked, "place-group", &[at]);
    let own = format!("edit/order-groups/?collection={slug}");
    let named = of.groups.iter().map(|one| &one.definition);
    let named =
        named.map(|one| (one.slug.as_str(), line(&one.title), Some(color(one.color.as_deref()))));
    let heading = format!("Order of the groups of {}", line(&of.definition.title));
    let view = View {
        hidden: hidden.next(own).with_wrong(asked, &[]),
        heading: heading.clone(),
        lead: "Each step changes a line of the group's file.",
        collection: Some(slug.clone()),
        rows: rows(named.collect()),
        new_url: format!("edit/group/?collection={slug}"),
        new_label: "New group…",
    };
    page(site, "order-groups", "edit-order.html", Some(at), &heading, view)
}

fn rows(all: Vec<(&str, String, Option<&'static str>)>) -> Vec<Row> {
    let before = |at: usize| all.get(at).map_or("", |(slug, ..)| *slug);
    let row = |(at, (slug, title, color)): (usize, &(&str, String, Option<&'static str>))| Row {
        title: title.clone(),
        color: *color,
        up: (at > 0).then(|| format!("{slug}/{}", before(at - 1))),
        down: (at + 1 < all.len()).then(|| format!("{slug}/{}", before(at + 2))),
    };
    all.iter().enumerate().map(row).collect()
}
