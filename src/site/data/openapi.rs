//! `openapi.json`: the table of shapes as OpenAPI 3.1, for programs that read such.

use serde_json::{Map, Value, json};

use super::SCHEMA;
use super::shapes::{self, CSV, ENDPOINTS, Endpoint, SHAPES};
use crate::site::Site;

pub(super) fn document(site: &Site<'_>) -> Value {
    // Relative to where this file is, so that it holds wherever the site is put.
    let server = match &site.options.base_url {
        Some(base) => format!("{base}api/v1"),
        None => ".".to_owned(),
    };
    let paths: Map<String, Value> = ENDPOINTS
        .iter()
        .map(|endpoint| (format!("/{}", endpoint.path), json!({"get": operation(endpoint)})))
        .collect();
    let schemas: Map<String, Value> =
        SHAPES.iter().map(|shape| (shape.name.to_owned(), shapes::schema(shape))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": site.catalog.site.title,
            "version": SCHEMA.to_string(),
            "description": "Static files. Within a version, shapes only grow: ignore what you do \
                not know. Links are relative to the root of the site.",
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let names = endpoint.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let parameter = |name: &str| {
        let kind = if name == "part" { "integer" } else { "string" };
        json!({"name": name, "in": "path", "required": true, "schema": {"type": kind}})
    };
    let reference = format!("#/components/schemas/{}", endpoint.shape);
    let content = match endpoint.shape {
        CSV => json!({"text/csv": {"schema": {"type": "string"}}}),
        _ => json!({"application/json": {"schema": {"$ref": reference}}}),
    };
    json!({
        "operationId": id(endpoint.path),
        "summary": endpoint.about,
        "parameters": names.map(parameter).collect::<Vec<_>>(),
        "responses": {
            "200": {
                "description": endpoint.about,
                "content": content,
            },
            "404": {"description": "The site has no such file"},
        },
    })
}

/// `collections/{collection}.json` is `getCollectionsByCollection`, a CSV has that in its name.
fn id(path: &str) -> String {
    let mut id = "get".to_owned();
    for part in path.trim_end_matches(".json").split(['/', '.']) {
        let (by, word) = match part.strip_prefix('{') {
            Some(name) => ("By", name.trim_end_matches('}')),
            None => ("", part),
        };
        let (first, rest) = word.split_at(1.min(word.len()));
        id.push_str(by);
        id.push_str(&first.to_uppercase());
        id.push_str(rest);
    }
    id
}
