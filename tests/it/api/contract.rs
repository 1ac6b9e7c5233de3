//! Every answer is one that the description has: its status, its kind, its shape.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::{Client, Dice, catalog, parsed};
use crate::case::Case;
use crate::serve::Answer;

/// The description of a server.
pub struct Contract {
    document: Value,
}

impl Contract {
    pub fn of(client: &Client) -> Self {
        let document = client.json("openapi.json");
        let schemas = document["components"]["schemas"].as_object().expect("schemas");
        schemas.values().for_each(assert_known);
        Self { document }
    }

    /// Method, path and operation of everything that can be asked.
    pub fn operations(&self) -> Vec<(String, String, Value)> {
        let mut all = Vec::new();
        for (path, methods) in self.document["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                all.push((method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
        all
    }

    /// It is described, and nothing failed inside.
    #[track_caller]
    fn holds(&self, method: &str, path: &str, answer: &Answer) {
        self.describes(method, path, answer);
        assert_ne!(answer.status, 500, "{method} {path}: {}", answer.body);
    }

    #[track_caller]
    pub fn describes(&self, method: &str, path: &str, answer: &Answer) {
        let operation = &self.document["paths"][path][method.to_lowercase()];
        assert!(operation.is_object(), "{method} {path} is not described");
        let what = format!("{method} {path} answers {}: {}", answer.status, answer.body);
        let said = &operation["responses"][answer.status.to_string()];
        assert!(said.is_object(), "not described: {what}");
        // Who is not known to be one of ours is told nothing.
        if answer.body.is_empty() {
            assert!([304, 400, 403, 408, 431, 503].contains(&answer.status), "no body: {what}");
            return;
        }
        let kind = answer.header("content-type").split(';').next().unwrap_or_default();
        let schema = &said["content"][kind]["schema"];
        assert!(schema.is_object(), "a body of `{kind}`: {what}");
        if kind.ends_with("json") {
            let mut wrong = Vec::new();
            self.check(&parsed(answer), schema, "", &mut wrong);
            assert!(wrong.is_empty(), "{wrong:?}: {what}");
        }
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self.document.pointer(pointer).expect("it leads somewhere"),
            None => schema,
        }
    }

    /// In the keywords that the description uses.
    fn check(&self, value: &Value, schema: &Value, at: &str, wrong: &mut Vec<String>) {
        let schema = self.resolved(schema);
        for list in ["anyOf", "oneOf"] {
            if let Some(several) = schema[list].as_array() {
                let fits = |one: &&Value| {
                    let mut wrong = Vec::new();
                    self.check(value, one, at, &mut wrong);
                    wrong.is_empty()
                };
                if several.iter().filter(fits).count() == 0 {
                    wrong.push(format!("{at}: {value} is none of several"));
                }
            }
        }
        let known = |list: &Value| list.as_array().is_none_or(|words| words.contains(value));
        let is = match schema["type"].as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("boolean") => value.is_boolean(),
            Some("null") => value.is_null(),
            _ => true,
        };
        let text = value.as_str().filter(|text| !has_form(text, schema));
        wrong.extend(text.map(|text| format!("{at}: {text:?} is not {schema}")));
        let constant = schema.get("const").is_none_or(|constant| constant == value);
        if !is || !constant || !known(&schema["enum"]) {
            wrong.push(format!("{at}: {value} is not {schema}"));
        }
        for item in value.as_array().into_iter().flatten() {
            if schema["items"].is_object() {
                self.check(item, &schema["items"], &format!("{at}[]"), wrong);
            }
        }
        let Some(fields) = value.as_object().filter(|_| schema["type"] == "object") else { return };
        for name in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(name.as_str().expect("a name")) {
                wrong.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, value) in fields {
            let of = schema["properties"].get(name).or(schema.get("additionalProperties"));
            match of.filter(|of| of.is_object()) {
                Some(schema) => self.check(value, schema, &format!("{at}.{name}"), wrong),
                None => wrong.push(format!("{at}.{name} is not described")),
            }
        }
    }

    /// A body that the schema allows.
    fn made(&self, schema: &Value, dice: &mut Dice, name: &str) -> Value {
        let schema = self.resolved(schema);
        for list in ["anyOf", "oneOf"] {
            if let Some(several) = schema[list].as_array() {
                return self.made(dice.one_of(several), dice, name);
            }
        }
        if let Some(words) = schema["enum"].as_array() {
            return dice.one_of(words).clone();
        }
        match schema["type"].as_str() {
            Some("object") if name == "seen" => json!({}),
            Some("object") => {
                let mut fields = Map::new();
                let required = schema["required"].as_array().cloned().unwrap_or_default();
                for (name, of) in schema["properties"].as_object().into_iter().flatten() {
                    if required.contains(&json!(name)) || dice.roll(2) == 0 {
                        fields.insert(name.clone(), self.made(of, dice, name));
                    }
                }
                fields.into()
            }
            Some("array") => {
                (0..=dice.roll(2)).map(|_| self.made(&schema["items"], dice, name)).collect()
            }
            Some("boolean") => json!(dice.roll(2) == 0),
            Some("integer") => json!(dice.roll(9)),
            Some("null") => Value::Null,
            _ => json!(*dice.one_of(match name {
                "ids" | "before" | "after" => IDS,
                "sources" => &["local", "nope"],
                "id" => &["1", "2", "x", ""],
                "title" | "description" | "owner" | "icon" => WORDS,
                _ => SLUGS,
            })),
        }
    }

    /// The same with something wrong, or only odd.
    fn broken(&self, mut body: Value, dice: &mut Dice) -> String {
        let odd = [
            json!(null),
            json!(7),
            json!([[]]),
            json!({"a": 1}),
            json!("\u{202e}\0"),
            json!(-1.5e300),
        ];
        let Some(fields) = body.as_object_mut() else { return "null".to_owned() };
        let names: Vec<String> = fields.keys().cloned().collect();
        match dice.roll(5) {
            0 => drop(fields.insert("surprise\n".to_owned(), dice.one_of(&odd).clone())),
            1 if !names.is_empty() => drop(fields.remove(dice.one_of(&names))),
            2 if !names.is_empty() => {
                fields.insert(dice.one_of(&names).clone(), dice.one_of(&odd).clone());
            }
            3 => {
                let text = body.to_string();
                return text[..text.len() / 2].to_owned();
            }
            _ => return dice.one_of(&["", "[]", "\"a\"", "{}", "NaN", "[[[[[[[["]).to_string(),
        }
        body.to_string()
    }
}

/// The keywords of schemas that [`Contract::check`] knows; `description` says nothing of values.
const KEYWORDS: &[&str] = &[
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "description",
    "enum",
    "items",
    "maxLength",
    "minLength",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "type",
];

/// A form of texts, and whether a text has it.
type Form = (&'static str, fn(&str) -> bool);

/// The patterns that the description has.
const FORMS: [Form; 4] = [
    (r"^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$", |text| {
        let end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        text.starts_with(end)
            && text.ends_with(end)
            && text.chars().all(|c| end(c) || ".-".contains(c))
    }),
    (r"^[^/]+/(skill|command|agent|hook|mcp|plugin)/.+$", |text| {
        let kinds = ["skill", "command", "agent", "hook", "mcp", "plugin"];
        let parts: Vec<&str> = text.splitn(3, '/').collect();
        matches!(parts[..], [source, kind, name] if !source.is_empty() && kinds.contains(&kind) && !name.is_empty())
    }),
    (r"^sha256:[0-9a-f]{64}$", |text| {
        let digits = text.strip_prefix("sha256:").unwrap_or_default();
        digits.len() == 64 && digits.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
    }),
    (r"^\d{4}-\d\d-\d\d$", |text| {
        let numbers =
            text.split('-').map(|part| (part.len(), part.chars().all(|c| c.is_ascii_digit())));
        numbers.eq([(4, true), (2, true), (2, true)])
    }),
];

/// Whether a text is as long and of such a form as a schema wants.
fn has_form(text: &str, schema: &Value) -> bool {
    let length = text.chars().count() as u64;
    let fits = |pattern: &str| {
        let form = FORMS.iter().find(|(known, _)| *known == pattern);
        form.unwrap_or_else(|| panic!("nobody checks {pattern}")).1(text)
    };
    schema["minLength"].as_u64().is_none_or(|least| length >= least)
        && schema["maxLength"].as_u64().is_none_or(|most| length <= most)
        && schema["pattern"].as_str().is_none_or(fits)
}

/// Every keyword of a schema and of those inside is one that is checked.
fn assert_known(schema: &Value) {
    for (keyword, inner) in schema.as_object().into_iter().flatten() {
        assert!(KEYWORDS.contains(&keyword.as_str()), "nobody checks `{keyword}` of {schema}");
        match keyword.as_str() {
            "properties" => inner.as_object().expect("fields").values().for_each(assert_known),
            "anyOf" | "oneOf" => inner.as_array().expect("a list").iter().for_each(assert_known),
            "items" | "additionalProperties" => assert_known(inner),
            _ => {}
        }
    }
}

const IDS: &[&str] = &["local/skill/alpha", "local/skill/report", "local/skill/nope", "x", ""];
const SLUGS: &[&str] = &["team", "papers", "documents", "new", "all", "../x", "A b", ""];
const WORDS: &[&str] = &["Papers", "Ein Titel: #1", "\u{202e}'\"\\", " x ", "- a\n- b\n", "~", ""];

#[test]
fn whatever_is_sent_the_answer_is_one_that_is_described() {
    let case = catalog();
    let client = Client::start(&case, &["--offline"]);
    let contract = Contract::of(&client);
    let mut dice = Dice::new(7);
    let token = format!("X-Skillmeat-Token: {}", client.token);
    let json_type = "Content-Type: application/json";
    for (method, path, operation) in contract.operations() {
        if path == "/events" {
            continue;
        }
        for round in 0..12 {
            let mut target = path.trim_start_matches('/').to_owned();
            for name in ["collection", "group", "source", "kind", "name", "part", "project"] {
                let value = *dice.one_of(&["team", "documents", "papers", "nope", "%00", "a%2fb"]);
                target = target.replace(&format!("{{{name}}}"), value);
            }
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let mut body = contract.made(schema, &mut dice, "");
            if dice.roll(2) == 0 && body["seen"].is_object() {
                body["seen"] = client.seen(&["collections/new/collection.yaml"]);
            }
            let text = match round % 3 {
                _ if method == "GET" => String::new(),
                0 => contract.broken(body, &mut dice),
                _ => body.to_string(),
            };
            let headers: &[&str] = if round == 1 { &[json_type] } else { &[json_type, &token] };
            let answer = client.ask_with(&method, &target, &text, headers);
            contract.holds(&method, &path, &answer);
        }
    }
    // What people own can still be read, all of it.
    case.run("check").ends(0);
    assert_eq!(client.json("status")["failed"], false);
}

#[test]
fn an_edit_has_the_answer_that_is_described_for_what_becomes_of_it() {
    let case = catalog();
    let client = Client::start(&case, &["--offline"]);
    let contract = Contract::of(&client);
    let one = "/collections/{collection}";
    let named = |seen: Value| json!({"seen": seen, "title": "B"});
    let old = named(json!({"collections/team/collection.yaml": null}));
    let (seen, new) = (client.seen(&[]), client.seen(&["collections/c/collection.yaml"]));
    let table = [
        ("PATCH", one, "collections/nope", named(json!({})), 404),
        ("PATCH", one, "collections/team", old, 412),
        ("PATCH", one, "collections/team", named(json!({})), 428),
        ("PUT", one, "collections/team", named(seen), 200),
        ("POST", "/collections", "collections", json!({"seen": new, "title": "C"}), 201),
        ("POST", "/undo", "undo", json!({"id": "9999"}), 404),
        ("POST", "/refresh", "refresh", json!({}), 409),
    ];
    for (method, path, target, body, status) in table {
        let answer = client.ask(method, target, &body);
        contract.holds(method, path, &answer);
        assert_eq!(answer.status, status, "{method} {target} {body}: {}", answer.body);
    }
    let answer =
        client.ask("POST", "refresh", &json!({"force": 1, "sources": ["a", 2], "all": true}));
    contract.holds("POST", "/refresh", &answer);
    let fields = json!({
        "force": "Must be true or false",
        "sources[1]": "Must be a text",
        "all": "Is not known: known here: force, sources",
    });
    assert_eq!((answer.status, &parsed(&answer)["fields"]), (422, &fields));
    // Deleted, it is gone, and so it is for whoever deletes it once more.
    let files = json!({"seen": client.seen(&[])});
    for status in [200, 404] {
        let answer = client.ask("DELETE", "collections/c", &files);
        assert_eq!(answer.status, status, "{}", answer.body);
        contract.holds("DELETE", "/collections/{collection}", &answer);
    }
    assert!(!case.exists("collections/c"));
    // Undone, it is back.
    let edits = client.json("edits");
    let answer = client.ask("POST", "undo", &json!({"id": edits["edits"][0]["id"]}));
    contract.holds("POST", "/undo", &answer);
    assert_eq!((answer.status, case.exists("collections/c/collection.yaml")), (200, true));
}

#[test]
fn a_static_site_describes_files_alone_and_a_server_that_only_reads_no_route_that_writes() {
    let case = catalog();
    case.built();
    let built: Value =
        serde_json::from_str(&case.read("public/api/v1/openapi.json")).expect("JSON");
    let methods = |document: &Value| -> BTreeSet<String> {
        let paths = document["paths"].as_object().expect("paths").values();
        paths.flat_map(|path| path.as_object().expect("methods").keys().cloned()).collect()
    };
    assert_eq!(methods(&built), BTreeSet::from(["get".to_owned()]));
    assert!(
        built["paths"]["/status"].is_null() && built["components"]["securitySchemes"].is_null()
    );
    let client = Client::start(&case, &["--read-only"]);
    let read_only = client.json("openapi.json");
    assert_eq!(methods(&read_only), BTreeSet::from(["get".to_owned()]));
    assert!(read_only["paths"]["/status"].is_object());
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        assert_eq!(client.ask(method, "collections/team", &json!({})).status, 405);
    }
    assert_eq!(client.json("collections/team.json")["files"], Value::Null);
}

#[test]
fn the_lines_that_the_documentation_shows_do_what_they_say() {
    if Command::new("curl").arg("--version").output().is_err() {
        return; // it shows how to ask, and curl is one way of many
    }
    let case = Case::new();
    case.synced();
    let client = Client::start(&case, &[]);
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/editing.md");
    let docs = std::fs::read_to_string(docs).expect("it is there");
    let blocks = docs.split("```bash\n").skip(1).filter_map(|rest| rest.split("```").next());
    let script = format!("set -e\n{}", blocks.collect::<String>());
    let site = format!("http://127.0.0.1:{}", client.server.port);
    let done = Command::new("sh").args(["-c", &script]).env("SITE", site).output().expect("sh");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(
        case.read("collections/team/collection.yaml"),
        "title: Our team\ninclude: [{source: local}]\n"
    );
    assert!(!case.exists("collections/team/groups"), "{said}");
}
