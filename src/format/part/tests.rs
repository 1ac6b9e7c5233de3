//! Entries put into texts of others and taken out again.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::hooks::{self, Handler};
use super::{digest, json, servers};
use crate::model::profile::ServerFile;

const KEY: ServerFile = ServerFile::Json("mcpServers");

const WRITTEN: &str = r#"{
    // Kept by hand.
    "mcpServers": {
        "files": {"command": "npx", "args": ["files"]}, /* local */
    },
    "other": [1, 2,],
}
"#;

fn put(text: Option<&str>, name: &str, entry: Option<&Value>) -> Option<String> {
    servers::put(".mcp.json", KEY, text, name, entry).unwrap()
}

#[test]
fn a_server_comes_changes_and_goes_and_all_else_stays() {
    let entry = json!({"type": "http", "url": "https://x.example/", "headers": {"A": "${B}"}});
    let with = put(Some(WRITTEN), "web", Some(&entry)).unwrap();
    let wanted = WRITTEN.replace(
        "[\"files\"]}, /* local */",
        "[\"files\"]},\n        \"web\": {\n            \"type\": \"http\",\n            \
         \"url\": \"https://x.example/\",\n            \"headers\": {\n                \
         \"A\": \"${B}\"\n            }\n        }, /* local */",
    );
    assert_eq!(with, wanted);
    let all = servers::servers(".mcp.json", KEY, &with).unwrap();
    assert_eq!(all[1], ("web".to_owned(), entry.clone()));
    assert_eq!(put(Some(&with), "web", None).unwrap(), WRITTEN);
    let changed = put(Some(WRITTEN), "files", Some(&json!({"command": "x"}))).unwrap();
    assert_eq!(servers::servers("f", KEY, &changed).unwrap()[0].1, json!({"command": "x"}));
    assert!(changed.contains("// Kept by hand.") && changed.contains("/* local */"));
    let none = put(Some(WRITTEN), "files", None).unwrap();
    assert_eq!(servers::servers("f", KEY, &none).unwrap(), []);
    let new = put(None, "web", Some(&entry)).unwrap();
    assert_eq!(put(Some(&new), "web", None), None);
}

#[test]
fn a_file_that_is_not_understood_is_left_alone() {
    for (text, wanted) in [
        ("{\"a\": 1", "the file is no JSON: `,` or the end is expected"),
        ("{\"mcpServers\": []}", "servers stand in an object by their names, and here is none"),
        ("[]", "servers stand in an object by their names, and here is none"),
    ] {
        let done = servers::put("f", KEY, Some(text), "x", Some(&json!({})));
        assert_eq!(done.unwrap_err().problems[0].message, wanted, "{text}");
    }
}

#[test]
fn a_server_of_codex_is_a_table_and_the_rest_of_the_file_stays() {
    let text = "model = \"o\" # mine\n\n[mcp_servers.a]\ncommand = \"a\"\n\n\
                [mcp_servers.a.env]\nK = \"v\"\n\n[tui]\nx = 1\n";
    let put = |text: Option<&str>, name: &str, entry: Option<&Value>| {
        servers::put("config.toml", ServerFile::Toml, text, name, entry).unwrap()
    };
    let entry = json!({"command": "npx", "args": ["b"], "env": {"X": "y"}});
    let with = put(Some(text), "b c", Some(&entry)).unwrap();
    assert!(with.starts_with(text));
    let read = servers::servers("config.toml", ServerFile::Toml, &with).unwrap();
    let found = read.iter().find(|(name, _)| name == "b c").unwrap();
    assert_eq!(digest(&found.1), digest(&entry));
    assert_eq!(put(Some(&with), "b c", None).unwrap(), text);
    assert_eq!(put(Some(text), "a", None).unwrap(), "model = \"o\" # mine\n\n[tui]\nx = 1\n");
    let new = put(None, "b", Some(&entry)).unwrap();
    assert_eq!(put(Some(&new), "b", None), None);
    let inline = "mcp_servers = {a = {command = \"x\"}}\n";
    assert!(servers::put("f", ServerFile::Toml, Some(inline), "a", None).is_err());
}

fn handler(event: &str, matcher: Option<&str>, command: &str) -> Handler {
    Handler {
        event: event.into(),
        matcher: matcher.map(Into::into),
        body: json!({"type": "command", "command": command}),
    }
}

#[test]
fn hooks_join_those_that_are_there_and_leave_them_as_they_were() {
    let text = r#"{
  "permissions": {"allow": ["Bash"]},
  "hooks": {
    "PreToolUse": [
      {"matcher": "Bash", "hooks": [{"type": "command", "command": "mine"}]}
    ]
  }
}
"#;
    let new = [
        handler("PreToolUse", Some("Bash"), "a"),
        handler("PreToolUse", None, "b"),
        handler("Stop", None, "c"),
    ];
    let with = hooks::put("s", Some(text), &[], &new).unwrap().unwrap();
    let all = hooks::handlers(&serde_json::from_str(&with).unwrap());
    assert_eq!(all[0], handler("PreToolUse", Some("Bash"), "mine"));
    assert_eq!(all[1..], new);
    assert_eq!(hooks::put("s", Some(&with), &[], &new).unwrap().unwrap(), with, "each once");
    assert_eq!(hooks::put("s", Some(&with), &new, &[]).unwrap().unwrap(), text);
    let alone = hooks::put("s", None, &[], &new).unwrap().unwrap();
    assert_eq!(hooks::put("s", Some(&alone), &new, &[]).unwrap(), None);
    let changed = [handler("Stop", None, "d")];
    let moved = hooks::put("s", Some(&with), &new, &changed).unwrap().unwrap();
    let left = hooks::handlers(&serde_json::from_str(&moved).unwrap());
    assert_eq!(left, [all[0].clone(), changed[0].clone()]);
}

#[test]
fn every_shape_of_hooks_is_read() {
    let of = |value: Value| hooks::handlers(&value);
    let a = handler("Stop", Some("x"), "a");
    let group = json!({"matcher": "x", "hooks": [{"type": "command", "command": "a"}]});
    assert_eq!(of(json!({"hooks": {"Stop": [group]}})), std::slice::from_ref(&a));
    assert_eq!(of(json!({"Stop": group, "note": "x"})), std::slice::from_ref(&a));
    let own = json!({"matcher": "x", "type": "command", "command": "a"});
    assert_eq!(of(json!({"events": {"Stop": [own]}})), std::slice::from_ref(&a));
    let listed = json!({"event": "Stop", "matcher": "x", "type": "command", "command": "a"});
    assert_eq!(of(json!({"hooks": [listed]})), [a]);
    assert_eq!(of(json!({"hooks": 1})), []);
}

#[test]
fn a_command_of_a_plugin_runs_in_a_project_when_its_file_comes_with_it() {
    for (command, wanted) in [
        ("${CLAUDE_PLUGIN_ROOT}/guard.sh", Ok("\"$CLAUDE_PROJECT_DIR\"/H/guard.sh")),
        ("\"${CLAUDE_PLUGIN_ROOT}/guard.sh\" -x", Ok("\"$CLAUDE_PROJECT_DIR\"/H/guard.sh -x")),
        ("\"${CLAUDE_PLUGIN_ROOT}\"/hooks/guard.sh", Ok("\"$CLAUDE_PROJECT_DIR\"/H/guard.sh")),
        ("sh $CLAUDE_PLUGIN_ROOT/hooks/a/b.py; ls", Ok("sh \"$CLAUDE_PROJECT_DIR\"/H/a/b.py; ls")),
        ("echo plain", Ok("echo plain")),
        (
            "${CLAUDE_PLUGIN_ROOT}/scripts/x.sh",
            Err("it runs `scripts/x.sh`, which is not among its own files"),
        ),
        ("ls ${CLAUDE_PLUGIN_ROOT}", Err("it names the folder of its plugin")),
    ] {
        let files = ["guard.sh", "a/b.py"];
        let done =
            hooks::settled(vec![handler("Stop", None, command)], "hooks/hooks.json", &files, "H");
        let done = done.map(|all| all[0].body["command"].as_str().unwrap().to_owned());
        assert_eq!(done, wanted.map(str::to_owned).map_err(str::to_owned), "{command}");
    }
}

#[test]
fn a_hash_tells_values_apart_and_not_their_order() {
    assert_eq!(
        digest(&json!({"a": 1, "b": {"c": 2, "d": 3}})),
        digest(&json!({"b": {"d": 3, "c": 2}, "a": 1}))
    );
    assert_ne!(digest(&json!([1, 2])), digest(&json!([2, 1])));
    let (a, b) = (handler("Stop", None, "a"), handler("Stop", None, "b"));
    assert_eq!(hooks::digest(&[a.clone(), b.clone()]), hooks::digest(&[b.clone(), a.clone()]));
    assert_ne!(hooks::digest(&[a]), hooks::digest(&[b]));
}

/// JSON as somebody may have written it: spaces and comments wherever they may stand.
fn odd(value: &Value, signs: &mut dyn Iterator<Item = usize>) -> String {
    let mut space = || ["", " ", "\n  ", " // c\n", " /* , } */ "][signs.next().unwrap_or(0) % 5];
    match value {
        Value::Array(items) => {
            let mut out = format!("[{}", space());
            for (n, item) in items.iter().enumerate() {
                out += if n > 0 { "," } else { "" };
                let before = ["", " ", "\n  "][n % 3];
                out += &format!("{before}{}", odd(item, signs));
            }
            out + "]"
        }
        Value::Object(map) => {
            let mut out = format!("{{{}", space());
            for (n, (key, item)) in map.iter().enumerate() {
                out += if n > 0 { "," } else { "" };
                let before = ["\n\t", "", " // , \"x\": {\n"][n % 3];
                out += &format!("{before}{}: {}", json!(key), odd(item, signs));
            }
            out + "}"
        }
        plain => plain.to_string(),
    }
}

fn a_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z\"\\\\{}/, \u{e9}]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z \"]{1,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_put_in_is_read_and_taken_out_again(
        others in prop::collection::btree_map("[a-z]{1,4}", a_value(), 1..4),
        rest in a_value(),
        entry in a_value(),
        signs in prop::collection::vec(0..5_usize, 0..40),
    ) {
        let others: serde_json::Map<String, Value> = others.into_iter().collect();
        let whole = json!({"rest": rest, "mcpServers": others, "more": 1});
        let text = odd(&whole, &mut signs.into_iter());
        prop_assert_eq!(json::parse("f", &text).unwrap().value(), whole);
        let with = put(Some(&text), "NEW", Some(&entry)).unwrap();
        let all = servers::servers("f", KEY, &with).unwrap();
        prop_assert_eq!(all.last(), Some(&("NEW".to_owned(), entry)));
        prop_assert_eq!(put(Some(&with), "NEW", None).unwrap(), text);
    }

    #[test]
    fn no_text_panics(text in "[\\[\\]{}\":,/* \\\\a1\n\u{e9}]{0,40}") {
        let _ = servers::put("f", KEY, Some(&text), "x", Some(&json!({"a": 1})));
        let _ = servers::put("f", KEY, Some(&text), "a", None);
        let _ = servers::put("f", ServerFile::Toml, Some(&text), "a", Some(&json!({"a": 1})));
        let _ = hooks::put("f", Some(&text), &[handler("a", None, "a")], &[handler("b", None, "b")]);
    }
}
