use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Fields as JSON, the body, and the problems as `code line:column message`.
fn check(text: &str) -> (Value, &str, Vec<String>) {
    let found = read("SKILL.md", text);
    let body = &text[found.body..];
    if !body.is_empty() {
        assert_eq!(text[..found.body].matches('\n').count() + 1, found.body_line, "{text:?}");
    }
    let problems = found.problems.iter().map(|problem| {
        let place = problem.place.as_ref().expect("has a place");
        format!("{} {}:{} {}", problem.code, place.line, place.column, problem.message)
    });
    let fields: Map<String, Value> = found.fields.iter().cloned().collect();
    (Value::Object(fields), body, problems.collect())
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn strict_yaml_keeps_text_as_written() {
    let text = "---
name: pdf
version: 1.10
user-invocable: yes
fork: true
empty:
tags: [a, 014]
metadata: {on: 2026-01-02}
description: >-
  two
  lines
---
# Body
";
    let fields = json!({
        "name": "pdf", "version": "1.10", "user-invocable": "yes", "fork": true, "empty": null,
        "tags": ["a", "014"], "metadata": {"on": "2026-01-02"}, "description": "two lines",
    });
    assert_eq!(check(text), (fields, "# Body\n", none()));
}

#[test]
fn every_way_to_start_and_end_is_understood() {
    let name = || json!({"name": "x"});
    assert_eq!(check("---\nname: x\n---\nB"), (name(), "B", none()));
    assert_eq!(check("\u{feff}---\r\nname: x\r\n---\r\nB\r\n"), (name(), "B\r\n", none()));
    assert_eq!(check("---  \nname: x\n...\nB"), (name(), "B", none()));
    assert_eq!(check("---\nname: x\n---"), (name(), "", none()));
    assert_eq!(check("---\n---\nB"), (json!({}), "B", none()));
    assert_eq!(check("---\n# soon\n\n---\nB"), (json!({}), "B", none()));
    assert_eq!(check("# Body\n"), (json!({}), "# Body\n", none()));
    assert_eq!(check("\u{feff}# Body\n"), (json!({}), "# Body\n", none()));
    assert_eq!(check(""), (json!({}), "", none()));
    assert_eq!(check("---"), (json!({}), "---", none()));
}

#[test]
fn a_block_that_starts_late_or_never_ends_is_read_and_named() {
    let late = vec!["SM311 3:1 the front matter does not start on the first line".to_owned()];
    assert_eq!(check("<!-- c -->\n\n---\nname: x\n---\nB"), (json!({"name": "x"}), "B", late));
    let late = vec!["SM311 2:1 the front matter does not start on the first line".to_owned()];
    assert_eq!(check("\n---\nmodel: x\n---\nB"), (json!({"model": "x"}), "B", late.clone()));
    assert_eq!(check("T\n---\nname: x\n---\nB"), (json!({"name": "x"}), "B", late));
    let unclosed = vec!["SM312 1:1 the front matter is not closed".to_owned()];
    assert_eq!(
        check("---\nname: x\ntags:\n  - a\n\n# Body"),
        (json!({"name": "x", "tags": ["a"]}), "\n# Body", unclosed)
    );
    // Rules between paragraphs and examples in fences are no front matter.
    for text in [
        "a\n\n---\n\nb: c\n\n---\n",
        "T\n---\nb: c\n---\n",
        "---\n\nText\n",
        "```\n---\nname: x\n---\n```\n",
    ] {
        assert_eq!(check(text), (json!({}), text, none()));
    }
    let prose = "---\nonly prose\n---\nB";
    let problem = "SM315 2:1 the block between `---` lines holds no `key: value` lines".to_owned();
    assert_eq!(check(prose), (json!({}), prose, vec![problem]));
}

#[test]
fn values_that_are_no_yaml_are_read_as_text() {
    let text = "---
name: x
description: Use when: the user asks
  for it. Triggers on: a, b
argument-hint: [a] | --b
hint: [a] [b]
tools: *
owner: @me
list: - Read
- Write
quoted: \"say \"hi\" now\"
metadata:
  version: 1.10
  note: a: b
free: one
unindented continuation
version: 1.10
---
B";
    let fields = json!({
        "name": "x",
        "description": "Use when: the user asks for it. Triggers on: a, b",
        "argument-hint": "[a] | --b",
        "hint": "[a] [b]",
        "tools": "*",
        "owner": "@me",
        "list": ["Read", "Write"],
        "quoted": "say \"hi\" now",
        "metadata": {"version": "1.10", "note": "a: b"},
        "free": "one unindented continuation",
        "version": "1.10",
    });
    let (found, body, problems) = check(text);
    assert_eq!((found, body), (fields, "B"));
    let places: Vec<String> = problems
        .iter()
        .map(|text| text.split(" is not").next().unwrap_or_default().into())
        .collect();
    assert_eq!(
        places,
        [
            "SM313 3:22 `description`",
            "SM313 5:20 `argument-hint`",
            "SM313 6:11 `hint`",
            "SM313 7:8 `tools`",
            "SM313 8:8 `owner`",
            "SM313 9:7 `list`",
            "SM313 11:15 `quoted`",
            "SM313 14:10 `note`",
            "SM313 16:1 `free`",
        ]
    );
}

#[test]
fn many_faults_are_counted() {
    let keys: String = (0..100).map(|i| format!("k{i}: a: b\n")).collect();
    let (fields, _, problems) = check(&format!("---\n{keys}---\n"));
    assert_eq!(fields.as_object().map(Map::len), Some(100));
    assert_eq!(problems.len(), 21);
    assert_eq!(problems[20], "SM314 0:0 80 problems more like these");
}

#[test]
fn a_key_that_stands_there_twice_counts_once() {
    let problem =
        "SM314 3:1 the front matter is not valid YAML: the key `name` is already on line 1";
    assert_eq!(
        check("---\nname: x\nname: y\n---\n"),
        (json!({"name": "x"}), "", vec![problem.to_owned()])
    );
}

#[test]
fn readers_get_text_and_lists_in_every_spelling() {
    let found = read(
        "x.md",
        "---\nallowedTools: Bash(git:*, npm:*) Read\ntools: Read, Bash(a b), Edit\n\
         argument-hint: [csv]\nname: true\ntags:\n  - a b\n  - 1\n\
         description: '  x '\n---\n",
    );
    assert_eq!(found.get_list(&["allowed-tools"]), ["Bash(git:*, npm:*)", "Read"]);
    assert_eq!(found.get_list(&["tools"]), ["Read", "Bash(a b)", "Edit"]);
    assert_eq!(found.get_list(&["tags"]), ["a b", "1"]);
    assert_eq!(found.get_text(&["argument-hint"]).as_deref(), Some("[csv]"));
    assert_eq!(found.get_text(&["name"]).as_deref(), Some("true"));
    assert_eq!(found.get_text(&["title", "description"]).as_deref(), Some("x"));
    assert_eq!(found.get_text(&["title"]), None);
}

/// What front matter is made of, in any order.
const PIECES: &str =
    "(---|name:|a: b|  - é|\\.\\.\\.|[&*@!|>\"'\\[{:#\u{a0}\u{3000} -]|\r?\n|\t){0,40}";

proptest! {
    #[test]
    fn no_text_panics_and_the_body_is_a_part_of_it(
        text in prop_oneof![any::<String>(), PIECES],
        head in prop::sample::select(vec!["", "---\n", "\u{feff}---\n", "---\na:\n"]),
        tail in prop::sample::select(vec!["", "\n---", "\n---\n", "\r\n...\r\n"]),
    ) {
        let text = format!("{head}{text}{tail}");
        let found = read("x.md", &text);
        prop_assert!(text.is_char_boundary(found.body) && found.body <= text.len());
        let lines = text[..found.body].matches('\n').count() + 1;
        prop_assert!(found.body_line == lines || found.body_line == lines + 1);
    }
}
