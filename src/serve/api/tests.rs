//! What is wrong with a body, by its fields.

use std::collections::BTreeSet;

use serde_json::Value;

use super::body::{self, Wrong};
use crate::site::data::live::{Operation, ROUTES};

fn wrong(shape: &str, text: &str) -> Vec<String> {
    match body::read(text.as_bytes(), shape) {
        Ok(_) => Vec::new(),
        Err(Wrong::Fields(fields)) => {
            fields.into_iter().map(|(name, message)| format!("{name}: {message}")).collect()
        }
        Err(Wrong::NotJson(problem)) => vec![problem.message],
        Err(Wrong::NotDone(_) | Wrong::Answered(_)) => unreachable!(),
    }
}

#[test]
fn each_field_that_does_not_fit_says_what_it_must_be() {
    let long = "x".repeat(256);
    let table = [
        (r#"{"seen": {}, "title": "Ä"}"#, vec![]),
        (r#"{"seen": {}, "title": "A", "owner": null}"#, vec![]),
        (r#"{"title": "A"}"#, vec!["seen: Is missing"]),
        (
            r#"{"seen": {}, "titel": "A"}"#,
            vec!["title: Is missing", "titel: Is not known: did you mean `title`?"],
        ),
        (r#"{"seen": [], "title": 1}"#, vec!["seen: Must be an object", "title: Must be a text"]),
        (
            r#"{"seen": {"a": "9f"}, "title": " "}"#,
            vec!["seen[a]: Must be `sha256:` and 64 hex digits", "title: Must not be empty"],
        ),
        (
            r#"{"seen": {}, "title": null, "slug": "A b"}"#,
            vec![
                "title: Must be a text",
                "slug: Must be made of a-z, 0-9, `.`, `_` and `-`: `a-b`",
            ],
        ),
        (
            r#"{"seen": {}, "title": "A", "ids": ["a/skill/b", "pdf"]}"#,
            vec!["ids[1]: Must be the id of an artifact: `source/kind/name`"],
        ),
        ("[]", vec!["the body is no JSON object"]),
    ];
    for (text, expected) in table {
        assert_eq!(wrong("NewCollection", text), expected, "{text}");
    }
    let text = format!(r#"{{"seen": {{}}, "title": "{long}"}}"#);
    assert_eq!(wrong("NewGroup", &text), ["title: Must have at most 255 characters, and has 256"]);
    assert!(wrong("Undo", "{")[0].starts_with("the body is no JSON: "));
    assert_eq!(wrong("Nothing", r#"{"a": 1}"#), ["a: Is not known: nothing is read here"]);
}

#[test]
fn a_list_of_changes_is_read_by_what_each_does() {
    let one =
        |change: &str| wrong("Members", &format!(r#"{{"seen": {{}}, "changes": [{change}]}}"#));
    assert_eq!(one(r#"{"do": "add", "ids": ["a/skill/b"]}"#), [""; 0]);
    assert_eq!(
        one(r#"{"do": "mvoe", "ids": []}"#),
        ["changes[0].do: Must be one of the things to do: did you mean `move`?"]
    );
    assert_eq!(
        one(r#"{"do": "remove", "ids": ["a/skill/b"], "group": "x"}"#),
        ["changes[0].group: Is not known: known here: do, ids, from"]
    );
    assert_eq!(
        one(r#"{"do": "place", "ids": "b", "first": 1}"#),
        [
            "changes[0].ids: Must be a list",
            "changes[0].group: Is missing",
            "changes[0].first: Must be true or false",
        ]
    );
    assert_eq!(one("7"), ["changes[0]: Must be an object"]);
}

#[test]
fn every_example_is_a_body_that_is_read_and_every_route_is_there_once() {
    let mut asked = BTreeSet::new();
    let mut operations: BTreeSet<Operation> = BTreeSet::new();
    for route in ROUTES {
        assert!(asked.insert((route.method, route.path)), "{} {}", route.method, route.path);
        assert!(operations.insert(route.operation), "{:?}", route.operation);
        assert_eq!(route.body.is_some(), route.writes(), "{:?}", route.operation);
        let Some((shape, example)) = route.body else { continue };
        assert!(serde_json::from_str::<Value>(example).is_ok(), "{example}");
        assert_eq!(wrong(shape, example), [""; 0], "{example}");
    }
}
