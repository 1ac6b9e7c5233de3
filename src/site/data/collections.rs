//! Collections as JSON: the list, and each one with its groups and members in order.

use serde_json::{Value, json};

use super::artifacts::ids;
use super::{Api, SCHEMA};
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
    value
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
