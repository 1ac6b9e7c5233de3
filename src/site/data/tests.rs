//! The table of shapes against what the files hold and what the documentation says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::live;
use super::shapes::{self, ENDPOINTS, SHAPES};

/// How a value differs from a schema, in the keywords that ours use. What a shape does not name is
/// a difference too: it is not documented.
fn differences(value: &Value, schema: &Value, all: &Value, at: &str, out: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return differences(value, &all[name], all, at, out);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let which = usize::from(value.is_null());
        return differences(value, &any[which], all, at, out);
    }
    let mut expect = |holds: bool| {
        if !holds {
            out.insert(format!("{at}: {value} is not {schema}"));
        }
    };
    if let Some(constant) = schema.get("const") {
        return expect(value == constant);
    }
    if let Some(words) = schema["enum"].as_array() {
        return expect(words.contains(value));
    }
    match schema["type"].as_str().unwrap() {
        "string" => expect(value.as_str().is_some_and(|text| match schema["pattern"].as_str() {
            None => true,
            Some(hash) if hash.contains("sha256") => text.len() == 71,
            Some(_) => text.parse::<jiff::civil::Date>().is_ok(),
        })),
        "integer" => expect(value.is_i64() || value.is_u64()),
        "null" => expect(value.is_null()),
        "boolean" => expect(value.is_boolean()),
        "array" => {
            expect(value.is_array());
            for item in value.as_array().unwrap_or(&Vec::new()) {
                differences(item, &schema["items"], all, &format!("{at}[]"), out);
            }
        }
        _ => {
            expect(value.is_object());
            let Some(fields) = value.as_object() else { return };
            for name in schema["required"].as_array().into_iter().flatten() {
                if !fields.contains_key(name.as_str().unwrap()) {
                    out.insert(format!("{at}: no {name}"));
                }
            }
            for (name, value) in fields {
                let at = format!("{at}.{name}");
                match schema["properties"].get(name).or(schema.get("additionalProperties")) {
                    Some(schema) => differences(value, schema, all, &at, out),
                    None => drop(out.insert(format!("{at} is in no shape"))),
                }
            }
        }
    }
}

/// Whether a path is one of a template: `a/{b}.json`.
fn is_like(path: &str, template: &str) -> bool {
    let parts = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (path, template) = (parts(path), parts(template));
    let fits = |(one, other): (&String, &String)| {
        one == other || other.split_once('}').is_some_and(|(_, ending)| one.ends_with(ending))
    };
    path.len() == template.len() && path.iter().zip(&template).all(fits)
}

pub(in crate::site) fn check(files: &BTreeMap<String, Vec<u8>>) {
    let all: Value =
        SHAPES.iter().map(|shape| (shape.name.to_owned(), shapes::schema(shape))).collect();
    let mut out = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for (path, bytes) in files {
        let Some(path) = path.strip_prefix("api/v1/") else { continue };
        if path == "openapi.json" {
            continue;
        }
        let like: Vec<_> = ENDPOINTS.iter().filter(|one| is_like(path, one.path)).collect();
        assert_eq!(like.len(), 1, "{path}");
        seen.insert(like[0].shape);
        if like[0].shape == shapes::CSV {
            continue;
        }
        let value: Value = serde_json::from_slice(bytes).unwrap();
        differences(&value, &all[like[0].shape], &all, like[0].shape, &mut out);
    }
    assert_eq!(out, BTreeSet::new());
    assert!(seen.len() >= 6, "{seen:?}");
}

#[test]
fn the_documentation_lists_every_file_and_field_and_no_other() {
    let mut expected = String::from("| File | Shape | Holds |\n|---|---|---|\n");
    for endpoint in ENDPOINTS {
        let (path, shape, about) = (endpoint.path, endpoint.shape, endpoint.about);
        let shape = match shape {
            shapes::CSV => shape.to_owned(),
            shape => format!("[{shape}](#{})", shape.to_lowercase()),
        };
        expected += &format!("| `{path}` | {shape} | {about} |\n");
    }
    expected += &tables(SHAPES);
    documented("docs/json.md", "<!-- from src/site/data/shapes.rs -->\n\n", &expected);
}

#[test]
fn the_documentation_lists_every_route_and_no_other() {
    let mut expected = String::from("| Method | Path | Body | Does |\n|---|---|---|---|\n");
    for route in live::ROUTES {
        let (method, path, about) = (route.method, route.path, route.about);
        let body = route.body.map(|(shape, _)| format!("[{shape}](#{})", shape.to_lowercase()));
        expected += &format!("| {method} | `{path}` | {} | {about} |\n", body.unwrap_or_default());
    }
    expected += "\n## Statuses\n\nWhat is wrong comes as `application/problem+json` in the shape ";
    expected += "[Wrong](#wrong).\n\n| Status | Means |\n|---|---|\n";
    let said = live::ROUTES.iter().flat_map(live::Route::said);
    let said: BTreeSet<(u16, &str)> = said.map(|said| (said.status, said.about)).collect();
    for (status, about) in said {
        expected += &format!("| {status} | {about} |\n");
    }
    expected +=
        "\n## Bodies\n\nBesides the types of [JSON](json.md#types): a `title` has 1 to 255 ";
    expected += "characters, a `slug` is made of `a-z`, `0-9`, `.`, `_` and `-`, an `id` is ";
    expected += "`source/kind/name`, a `color` one that groups may have.\n";
    expected += &tables(live::bodies::SHAPES);
    expected += "\n## Answers\n";
    expected += &tables(live::answers::SHAPES);
    documented("docs/editing.md", "<!-- from src/site/data/live -->\n\n", &expected);
}

fn tables(shapes: &[shapes::Shape]) -> String {
    let mut text = String::new();
    for shape in shapes {
        text += &format!("\n### {}\n\n{}\n", shape.name, shape.about);
        if !shape.fields.is_empty() {
            text += "\n| Field | Type | Meaning |\n|---|---|---|\n";
        }
        for (name, word, about) in shape.fields {
            let word = word.replace('|', "\\|");
            text += &format!("| `{name}` | `{word}` | {about} |\n");
        }
    }
    text
}

/// Whether this is what stands in a document below a mark.
#[track_caller]
fn documented(name: &str, mark: &str, expected: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let docs = String::from_utf8(crate::disk::read(&path).unwrap()).unwrap();
    let (text, tables) = docs.split_once(mark).unwrap();
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        let docs = format!("{text}{mark}{expected}");
        crate::disk::write(&path, docs.as_bytes()).unwrap();
        return;
    }
    assert_eq!(tables, expected, "SNAPSHOTS=overwrite writes it");
}
