//! Collections as JSON: the list, and each one with its groups and members in order.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::artifacts::ids;
use super::{Api, SCHEMA};
use crate::catalog::Catalog;
use crate::site::Site;
use crate::site::page::List;

pub(super) fn list(site: &Site<'_>) -> Value {
    let all: Vec<Value> = (0..site.catalog.collections.len()).map(|at| summary(site, at)).collect();
    json!({"schema": SCHEMA, "collections": all})
}

pub(super) fn one(site: &Site<'_>, at: usize) -> Value {
    let resolved = &site.catalog.collections[at];
    let groups = resolved.groups.iter().enumerate().map(|(group, resolved)| {
        let definition = &resolved.definition;
        json!({
            "slug": site.routes.groups[at][group],
            "title": definition.title,
            "description": definition.description,
            "icon": definition.icon,
            "color": definition.color,
            "order": definition.order,
            "file": definition.file,
            "url": site.list_url(List::Group(at, group)),
            "members": ids(site, List::Group(at, group)),
            "gone": resolved.gone.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    });
    let views = resolved.views.iter().enumerate().map(|(view, resolved)| {
        json!({
            "slug": site.routes.views[at][view],
            "title": resolved.definition.title,
            "url": site.list_url(List::View(at, view)),
            "members": ids(site, List::View(at, view)),
        })
    });
    let more = json!({
        "schema": SCHEMA,
        "members": ids(site, List::Collection(at)),
        "groups": groups.collect::<Vec<_>>(),
        "views": views.collect::<Vec<_>>(),
        "gone": resolved.gone.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    let mut value = summary(site, at);
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.remove("groups");
        value.extend(more);
    }
    if site.options.live.as_ref().is_some_and(|live| live.edits) {
        value["files"] = json!(files(site.catalog, at));
    }
    value
}

/// The files of a collection and its groups with their hashes: what an edit says to have seen.
pub(in crate::site) fn files(catalog: &Catalog, at: usize) -> BTreeMap<&str, String> {
    let collection = &catalog.collections[at];
    let groups = collection.groups.iter().map(|group| &group.definition.file);
    let all = groups.chain([&collection.definition.file]);
    all.filter_map(|file| Some((file.as_str(), catalog.files.get(file)?.to_string()))).collect()
}

fn summary(site: &Site<'_>, at: usize) -> Value {
    let resolved = &site.catalog.collections[at];
    let definition = &resolved.definition;
    json!({
        "slug": site.routes.collections[at],
        "title": definition.title,
        "description": definition.description,
        "owner": definition.owner,
        "order": definition.order,
        "file": definition.file,
        "url": site.list_url(List::Collection(at)),
        "json": site.routes.api_path(site.catalog, Api::Collection(at)),
        "artifacts": resolved.members.len(),
        "groups": resolved.groups.len(),
    })
}
