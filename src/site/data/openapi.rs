//! `openapi.json`: the tables of shapes and routes as OpenAPI 3.1, for programs that read such.
//!
//! What a site says of itself is what it has: files alone, or under `serve` the routes of a running
//! server as well, and those that write only where it can be edited.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::SCHEMA;
use super::live::{self, Route, answers};
use super::shapes::{self, CSV, ENDPOINTS, Endpoint, SHAPES, Shape};
use crate::site::{Options, Site};

/// Under this name the token stands in the description.
const TOKEN: &str = "token";
const TOKEN_HEADER: &str = "X-Skillmeat-Token";

/// The routes that a site with these options has besides its files.
pub(in crate::site) fn routes(options: &Options) -> Vec<&'static Route> {
    let Some(live) = &options.live else { return Vec::new() };
    live::ROUTES.iter().filter(|route| live.edits || !route.writes()).collect()
}

/// The shapes of their bodies and answers that files do not have.
pub(in crate::site) fn live_shapes(options: &Options) -> Vec<&'static Shape> {
    let routes = routes(options);
    let said = routes.iter().flat_map(|route| route.said()).map(|said| said.shape);
    let read = routes.iter().filter_map(|route| Some(route.body?.0));
    let mut open: Vec<&str> = said.chain(read).collect();
    let mut used = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(shape) = shapes::named(name).filter(|shape| used.insert(shape.name)) else {
            continue;
        };
        for (_, word, _) in shape.fields {
            open.extend(word.split(|c: char| !c.is_ascii_alphanumeric()));
        }
    }
    let all = live::bodies::SHAPES.iter().chain(answers::SHAPES);
    all.filter(|shape| used.contains(shape.name)).collect()
}

pub(super) fn document(site: &Site<'_>) -> Value {
    let options = site.options;
    // Relative to where this file is, so that it holds wherever the site is put.
    let server = match &options.base_url {
        Some(base) => format!("{base}api/v1"),
        None => ".".to_owned(),
    };
    let mut paths: Map<String, Value> = ENDPOINTS
        .iter()
        .map(|endpoint| (format!("/{}", endpoint.path), json!({"get": file(endpoint, options)})))
        .collect();
    for route in routes(options) {
        let path = paths.entry(format!("/{}", route.path)).or_insert_with(|| json!({}));
        path[route.method.to_lowercase()] = operation(route);
    }
    let all = SHAPES.iter().chain(live_shapes(options));
    let schemas: Map<String, Value> =
        all.map(|shape| (shape.name.to_owned(), shapes::schema(shape))).collect();
    let about = match &options.live {
        None => "Static files. ",
        Some(_) => "Files of the site, and what its running server answers besides. ",
    };
    let rest = "Within a version, shapes only grow: ignore what you do not know. Links are relative \
        to the root of the site.";
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": site.catalog.site.title,
            "version": SCHEMA.to_string(),
            "description": format!("{about}{rest}"),
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": schemas},
    });
    if options.live.as_ref().is_some_and(|live| live.edits) {
        let about = "The `data-token` of any page; another one each time the server starts.";
        document["components"]["securitySchemes"] = json!({
            TOKEN: {"type": "apiKey", "in": "header", "name": TOKEN_HEADER, "description": about},
        });
    }
    document
}

fn file(endpoint: &Endpoint, options: &Options) -> Value {
    let content = match endpoint.shape {
        CSV => json!({"text/csv": {"schema": {"type": "string"}}}),
        shape => json!({"application/json": {"schema": reference(shape)}}),
    };
    let mut responses = Map::new();
    let mut add = |status: u16, value| drop(responses.insert(status.to_string(), value));
    add(200, json!({"description": endpoint.about, "content": content}));
    match &options.live {
        None => add(404, json!({"description": "The site has no such file"})),
        Some(_) => {
            let unchanged = "It has the `ETag` that `If-None-Match` names";
            add(304, json!({"description": unchanged}));
            add(404, wrong("The site has no such file"));
            for said in answers::READING {
                add(said.status, response(said));
            }
        }
    }
    json!({
        "operationId": id("get", endpoint.path),
        "summary": endpoint.about,
        "parameters": parameters(endpoint.path),
        "responses": responses,
    })
}

fn operation(route: &Route) -> Value {
    let said = route.said();
    let responses: Map<String, Value> =
        said.iter().map(|said| (said.status.to_string(), response(said))).collect();
    let mut operation = json!({
        "operationId": id(&route.method.to_lowercase(), route.path),
        "summary": route.about,
        "parameters": parameters(route.path),
    });
    if let Some((shape, example)) = route.body {
        let example: Value = serde_json::from_str(example).unwrap_or_default();
        let content = json!({"schema": reference(shape), "example": example});
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": content}});
    }
    if route.writes() {
        operation["security"] = json!([{TOKEN: []}]);
    }
    operation["responses"] = responses.into();
    operation
}

fn response(said: &answers::Said) -> Value {
    match said.shape {
        answers::WRONG => wrong(said.about),
        answers::EVENT_STREAM => {
            let content = json!({"text/event-stream": {"schema": {"type": "string"}}});
            json!({"description": said.about, "content": content})
        }
        shape => {
            let content = json!({"application/json": {"schema": reference(shape)}});
            json!({"description": said.about, "content": content})
        }
    }
}

fn wrong(about: &str) -> Value {
    let content = json!({"application/problem+json": {"schema": reference(answers::WRONG)}});
    json!({"description": about, "content": content})
}

fn reference(shape: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{shape}")})
}

fn parameters(path: &'static str) -> Vec<Value> {
    let parameter = |name: &str| {
        let kind = if name == "part" { "integer" } else { "string" };
        json!({"name": name, "in": "path", "required": true, "schema": {"type": kind}})
    };
    live::parameters(path).map(parameter).collect()
}

/// `GET collections/{collection}.json` is `getCollectionsByCollection`, a CSV has that in its name.
fn id(method: &str, path: &str) -> String {
    let mut id = method.to_owned();
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
