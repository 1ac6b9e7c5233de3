//! Servers put into files of others and taken out again.

use serde_json::json;

use crate::format::part::servers::{put, servers};
use crate::format::part::{digest, value};
use crate::model::profile::ServerFile::{self, Json, Toml};

const MCP: ServerFile = Json("mcpServers");

fn with(text: Option<&str>, name: &str) -> String {
    let entry = json!({"command": "npx", "args": ["-y", "x"]});
    put(".mcp.json", MCP, text, name, Some(&entry)).unwrap().unwrap()
}

fn without(format: ServerFile, text: &str, name: &str) -> Option<String> {
    put("file", format, Some(text), name, None).unwrap()
}

fn refused(format: ServerFile, text: &str) -> String {
    let entry = json!({"command": "x"});
    let error = put("file", format, Some(text), "x", Some(&entry)).unwrap_err();
    assert_eq!(error.problems[0].code, "SM649");
    let place = error.problems[0].place.as_ref().unwrap();
    format!("{}:{} {}", place.line, place.column, error.problems[0].message)
}

#[test]
fn the_order_of_keys_is_not_part_of_what_a_value_is() {
    assert_eq!(
        digest(&json!({"a": [{"c": 1, "b": 2}]})),
        digest(&json!({"a": [{"b": 2, "c": 1}]}))
    );
    assert_ne!(digest(&json!([1, 2])), digest(&json!([2, 1])));
    let hash = crate::model::hash::ContentHash::of(br#"{"a":1,"b":{"c":2,"d":3}}"#);
    assert_eq!(digest(&json!({"b": {"d": 3, "c": 2}, "a": 1})), hash);
}

#[test]
fn a_file_that_is_not_there_is_made_and_goes_with_its_last_server() {
    let text = with(None, "x");
    let want = r#"{
  "mcpServers": {
    "x": {
      "command": "npx",
      "args": [
        "-y",
        "x"
      ]
    }
  }
}
"#;
    assert_eq!(text, want);
    assert_eq!(with(Some(" \n"), "x"), want, "nor one with nothing in it");
    assert_eq!(without(MCP, &text, "x"), None);
    assert_eq!(put("file", MCP, None, "x", None).unwrap(), None);
    let other = "{\"a\": 1, \"mcpServers\": {\"x\": {\"command\": \"a\"}}}";
    assert_eq!(without(MCP, other, "x").unwrap(), "{\"a\": 1, \"mcpServers\": {}}");
    let told = "{\"mcpServers\": {\"x\": {}}} // ours\n";
    assert_eq!(without(MCP, told, "x").unwrap(), "{\"mcpServers\": {}} // ours\n");
}

#[test]
fn comments_and_commas_at_the_end_stay_as_an_editor_wrote_them() {
    let text = "// servers\r\n{\r\n\t\"mcpServers\": {\r\n\t\t/* one */ \"a\": {\"url\": \"u\",}, // a\r\n\t},\r\n\t\"z\": 1,\r\n}";
    let got = with(Some(text), "b");
    let new = "// a\r\n\t\t\"b\": {\r\n\t\t\t\"command\": \"npx\",\r\n\t\t\t\"args\": [\r\n\t\t\t\t\"-y\",\r\n\t\t\t\t\"x\"\r\n\t\t\t]\r\n\t\t},\r\n";
    assert_eq!(got, text.replace("// a\r\n", new));
    assert_eq!(without(MCP, &got, "b").unwrap(), text);
    let names: Vec<_> =
        servers("file", MCP, &got).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(with(Some(&got), "b"), got, "what is there already is not written again");
}

#[test]
fn what_stands_on_one_line_stays_on_it() {
    let tight = "{\"mcpServers\":{\"a\":{\"url\":\"u\"}}}";
    let got = with(Some(tight), "b");
    let want = "{\"mcpServers\":{\"a\":{\"url\":\"u\"},\"b\":{\"command\":\"npx\",\"args\":[\"-y\",\"x\"]}}}";
    assert_eq!(got, want);
    let wide = "{ \"mcpServers\": { \"a\": { \"url\": \"u\" } } }\n";
    let want = "{ \"mcpServers\": { \"a\": { \"url\": \"u\" }, \"b\": {\"command\": \"npx\", \"args\": [\"-y\", \"x\"]} } }\n";
    assert_eq!(with(Some(wide), "b"), want);
    assert_eq!(without(MCP, want, "b").unwrap(), wide);
    let want = "{ \"mcpServers\": { \"a\": {\"command\": \"npx\", \"args\": [\"-y\", \"x\"]} } }\n";
    assert_eq!(with(Some(wide), "a"), want, "another in its place");
    assert_eq!(
        without(MCP, "{\"mcpServers\": {\"a\": {}, \"b\": {}}}", "a").unwrap(),
        "{\"mcpServers\": { \"b\": {}}}"
    );
}

#[test]
fn a_comment_never_swallows_what_followed_a_server() {
    let text = "{\"mcpServers\": {\"a\": {}, // one\n\"b\": {}}}";
    let got = without(MCP, text, "b").unwrap();
    assert_eq!(got, "{\"mcpServers\": {\"a\": {} // one\n}}");
    assert_eq!(servers("file", MCP, &got).unwrap(), [("a".to_owned(), json!({}))]);
}

#[test]
fn servers_are_found_below_the_key_of_another_agent_or_below_none() {
    let all = |text: &str| servers("file", MCP, text).unwrap();
    let want = [("a".to_owned(), json!({"command": "x"}))];
    assert_eq!(all("{\"servers\": {\"a\": {\"command\": \"x\"}}}"), want);
    assert_eq!(all("{\"a\": {\"command\": \"x\"}}"), want);
    assert_eq!(all("{\"theme\": \"dark\", \"servers\": {\"a\": 1}}"), []);
    assert_eq!(all(""), []);
    assert_eq!(all("{\"mcpServers\": {\"a\": 1, \"a\": 2}}"), [("a".to_owned(), json!(2))]);
}

#[test]
fn a_file_that_cannot_be_understood_is_refused_at_its_place() {
    let told = |why: &str| format!("`file` holds entries of others and cannot be read: {why}");
    let json = |text: &str| refused(MCP, text);
    assert_eq!(
        json("{\n  \"é\": 1 2}"),
        format!("2:10 {}", told("a `,` or the end of a list or map is missing"))
    );
    assert_eq!(json("{'a': 1}"), format!("1:2 {}", told("a name in quotes is missing")));
    assert_eq!(json("{} x"), format!("1:4 {}", told("there is more behind the end")));
    assert_eq!(json("{/* }"), format!("1:2 {}", told("a comment has no end")));
    assert_eq!(json("[]"), format!("1:1 {}", told("it is no map")));
    assert_eq!(
        json("{\"mcpServers\": []}"),
        format!("1:16 {}", told("the servers are no map of names"))
    );
    let twice = json("{\"mcpServers\": {}, \"mcpServers\": {}}");
    assert_eq!(twice, format!("1:20 {}", told("a name stands there for the second time")));
    assert_eq!(json(&"[".repeat(100_000)), format!("1:121 {}", told("it is nested too deep")));
    assert!(refused(Toml, "a = 1\nb = = 2\n").starts_with("2:5 "));
    let inline = "mcp_servers = { y = { command = \"z\" }, x = { command = \"y\" } }\n";
    let error = put("f", Toml, Some(inline), "y", None).unwrap_err();
    assert_eq!(error.problems[0].code, "SM650");
    assert_eq!(value("file", "{\"a\": [1,],} // x").unwrap(), json!({"a": [1]}));
}

const CODEX: &str = "# mine\nmodel = \"o\" # best\n\n[mcp_servers.a]\ncommand = \"a\"\n\n# for a\n[mcp_servers.a.env]\nK = \"v\"\n\n[tools]\nweb = true\n";

fn toml(text: Option<&str>, name: &str) -> String {
    let entry = json!({"command": "npx", "args": ["-y"], "env": {"A B": "c"}, "cwd": null});
    put("config.toml", Toml, text, name, Some(&entry)).unwrap().unwrap()
}

#[test]
fn a_table_of_codex_is_put_behind_all_others() {
    let block =
        "[mcp_servers.\"io.x/y\"]\ncommand = \"npx\"\nargs = [\"-y\"]\nenv = { \"A B\" = \"c\" }\n";
    assert_eq!(toml(None, "io.x/y"), block);
    assert_eq!(without(Toml, block, "io.x/y"), None);
    let got = toml(Some(CODEX), "io.x/y");
    assert_eq!(got, format!("{CODEX}\n{block}"));
    assert_eq!(toml(Some(&got), "io.x/y"), got, "what is there already is not written again");
    assert_eq!(without(Toml, &got, "io.x/y").unwrap(), CODEX);
    let entry = json!({"command": "npx", "args": ["-y"], "env": {"A B": "c"}});
    assert_eq!(servers("file", Toml, &got).unwrap()[1], ("io.x/y".to_owned(), entry));
    let bare = "a = 1\r\nb = 2";
    let got = toml(Some(bare), "x");
    assert!(got.starts_with("a = 1\r\nb = 2\r\n\r\n[mcp_servers.x]\r\ncommand"), "{got:?}");
    assert_eq!(without(Toml, &got, "x").unwrap(), bare);
}

#[test]
fn a_table_of_codex_goes_with_its_tables_below_and_leaves_comments() {
    let got = without(Toml, CODEX, "a").unwrap();
    assert_eq!(got, "# mine\nmodel = \"o\" # best\n\n# for a\n\n[tools]\nweb = true\n");
    let got = toml(Some(CODEX), "a");
    let want = "# mine\nmodel = \"o\" # best\n\n[mcp_servers.a]\ncommand = \"npx\"\nargs = [\"-y\"]\nenv = { \"A B\" = \"c\" }\n\n# for a\n\n[tools]\nweb = true\n";
    assert_eq!(got, want);
    let dotted =
        "[mcp_servers]\na.command = \"x\"\nb = { command = \"y\" }\na.args = [\n  \"1\",\n]\n";
    assert_eq!(without(Toml, dotted, "a").unwrap(), "[mcp_servers]\nb = { command = \"y\" }\n");
    assert_eq!(without(Toml, "[mcp_servers]\nb = { command = \"y\" }\n", "b"), None);
    assert_eq!(without(Toml, CODEX, "none").unwrap(), CODEX);
}
