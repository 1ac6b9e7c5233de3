//! The shapes of a registry, from modelcontextprotocol/registry: `docs/api_examples.md` and
//! `docs/server-registry-api/examples.md` (May 2025), `docs/reference/api/generic-registry-api.md`
//! (September 2025), and `docs/reference/api/openapi.yaml` (version 2025-12-01).

use serde_json::{Value, json};

use super::Bench;
use crate::model::source::WebKind;
use crate::source::fault::{Act, reply};

const LIST: &str = "/v0.1/servers";
const OFFICIAL: &str = "io.modelcontextprotocol.registry/official";

/// An entry of today's form.
fn server(name: &str, version: &str, status: &str, updated: &str) -> Value {
    json!({
        "server": {
            "name": name,
            "description": "Node.js server implementing Model Context Protocol (MCP)",
            "repository": {"url": "https://github.com/modelcontextprotocol/servers", "source": "github"},
            "version": version,
            "packages": [{
                "registryType": "npm",
                "identifier": format!("@{name}"),
                "version": version,
                "transport": {"type": "stdio"}
            }]
        },
        "_meta": {OFFICIAL: {
            "status": status,
            "publishedAt": updated,
            "updatedAt": updated,
            "isLatest": true
        }}
    })
}

fn page(servers: Value, next: &str) -> Act {
    let list = json!({"servers": servers, "metadata": {"count": 2, "nextCursor": next}});
    reply(200, &[("Content-Type", "application/json")], list.to_string())
}

/// The whole list in two pages.
fn registry() -> Bench {
    let bench = Bench::new(WebKind::Registry);
    let first = [
        server("io.github.ada/weather", "1.0.0", "active", "2025-10-01T10:00:00Z"),
        server("io.github.ada/files", "1.0.0", "active", "2025-10-02T10:00:00Z"),
    ];
    let last = [server("com.example/search", "2.1.0", "active", "2025-10-03T10:30:00.25Z")];
    let query = "limit=100&version=latest";
    bench.server.on(&format!("{LIST}?{query}"), [page(json!(first), "io.github.ada/files:1.0.0")]);
    let second = format!("{LIST}?{query}&cursor=io.github.ada%2Ffiles%3A1.0.0");
    bench.server.on(&second, [page(json!(last), "")]);
    bench
}

const SINCE: &str =
    "/v0.1/servers?limit=100&version=latest&updated_since=2025-10-03T10%3A20%3A00.25Z";

const ALL: [&str; 3] = [
    "servers/com.example/search/server.json: {",
    "servers/io.github.ada/files/server.json: {",
    "servers/io.github.ada/weather/server.json: {",
];

#[test]
fn a_second_sync_asks_only_for_what_was_updated() {
    let bench = registry();
    let first = bench.open().unwrap();
    assert_eq!(super::shown(&first), ALL);
    assert_eq!(bench.server.targets().len(), 2);
    bench.server.on(SINCE, [page(Value::Null, "")]);
    let second = bench.open().unwrap();
    assert_eq!(super::shown(&second), ALL);
    assert_eq!(second.revision, first.revision);
    assert_eq!(bench.server.targets(), [SINCE]);
}

#[test]
fn updates_change_add_and_delete_and_the_rest_is_remembered() {
    let bench = registry();
    bench.open().unwrap();
    bench.server.asked();
    let mut old = server("com.example/search", "1.0.0", "deleted", "2025-10-05T00:00:00Z");
    old["_meta"][OFFICIAL]["isLatest"] = json!(false);
    let mut tired = server("io.github.ada/files", "1.0.0", "deprecated", "2025-10-05T00:00:00Z");
    tired["_meta"][OFFICIAL]["statusMessage"] = json!("Use `files2`.\u{1b}[2J");
    let updates = json!([
        server("io.github.ada/weather", "1.0.0", "deleted", "2025-10-04T00:00:00Z"),
        server("com.example/new", "0.1.0", "active", "2025-10-06T00:00:00Z"),
        tired,
        old,
    ]);
    bench.server.on(SINCE, [page(updates, "")]);
    let note = "SM454 the registry calls `io.github.ada/files` deprecated: Use `files2`.\\u{1b}[2J";
    let all = [
        "servers/com.example/new/server.json: {",
        "servers/com.example/search/server.json: {",
        "servers/io.github.ada/files/server.json: {",
        note,
    ];
    assert_eq!(bench.shown(), all);
    assert_eq!(bench.server.targets(), [SINCE]);
    // From there on.
    let since = SINCE.replace("2025-10-03T10%3A20%3A00.25Z", "2025-10-05T23%3A50%3A00Z");
    bench.server.on(&since, [page(json!([]), "")]);
    assert_eq!(bench.shown(), all);
    assert_eq!(bench.server.targets(), [since.as_str()]);
}

#[test]
fn all_is_listed_again_once_a_day_and_when_memory_has_a_gap() {
    let mut bench = registry();
    bench.open().unwrap();
    bench.server.asked();
    bench.server.on(SINCE, [page(json!([]), "")]);
    bench.now = "2026-01-01T23:59:59Z".parse().unwrap();
    bench.open().unwrap();
    assert_eq!(bench.server.targets(), [SINCE]);
    bench.now = "2026-01-02T00:00:00Z".parse().unwrap();
    assert_eq!(bench.shown(), ALL);
    assert_eq!(bench.server.targets().len(), 2);
    let lost = *bench.notes.contents.lock().unwrap().keys().next().unwrap();
    bench.notes.contents.lock().unwrap().remove(&lost);
    assert_eq!(bench.shown(), ALL);
    assert_eq!(bench.server.targets().len(), 2);
    // A clock that went back.
    bench.now = "2020-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(bench.shown(), ALL);
    assert_eq!(bench.server.targets().len(), 2);
}

#[test]
fn a_short_list_is_read_whole_each_time() {
    let bench = Bench::new(WebKind::Registry);
    let one = |name: &str| json!([server(name, "1.0.0", "active", "2025-10-01T00:00:00Z")]);
    bench.server.on(LIST, [page(one("a.b/c"), ""), page(one("a.b/d"), "")]);
    assert_eq!(bench.shown(), ["servers/a.b/c/server.json: {"]);
    assert_eq!(bench.shown(), ["servers/a.b/d/server.json: {"]);
    assert_eq!(bench.server.targets().len(), 2);
}

#[test]
fn times_that_cannot_be_do_no_harm() {
    let query = format!("{LIST}?limit=100&version=latest");
    for (odd, since) in [
        ("9999-12-30T22:00:00Z", "2025-12-31T23%3A50%3A00Z"),
        ("-009999-01-02T01:59:59Z", "-009999-01-02T01%3A59%3A59Z"),
        ("soon", ""),
    ] {
        let bench = Bench::new(WebKind::Registry);
        let one = |name: &str| json!([server(name, "1", "active", odd)]);
        bench.server.on(&query, [page(one("a.b/c"), "next")]);
        bench.server.on(&format!("{query}&cursor=next"), [page(one("a.b/d"), "")]);
        let update = format!("{query}&updated_since={since}");
        bench.server.on(&update, [page(json!([]), "")]);
        assert_eq!(bench.shown().len(), 2);
        bench.server.asked();
        assert_eq!(bench.shown().len(), 2, "{odd}");
        let asked = bench.server.targets();
        assert_eq!(asked.contains(&update), !since.is_empty(), "{odd}: {asked:?}");
    }
}

#[test]
fn what_fails_half_way_leaves_everything_as_it_was() {
    let bench = registry();
    let old = bench.open().unwrap().revision;
    let update = json!([server("a.b/c", "1.0.0", "active", "2025-12-01T00:00:00Z")]);
    for next in ["x", "io.github.ada%2Ffiles"] {
        bench.server.on(SINCE, [page(update.clone(), next)]);
        bench.server.asked();
        let failed = bench.failed();
        assert!(failed.starts_with("SM442 ") || failed.starts_with("SM451 "), "{failed}");
    }
    bench.server.on(SINCE, [page(json!([]), "")]);
    assert_eq!(bench.open().unwrap().revision, old);
}

#[test]
fn the_older_version_is_asked_where_the_newer_is_not_there() {
    let bench = Bench::new(WebKind::Registry);
    // docs/reference/api/generic-registry-api.md
    let example = json!({
        "servers": [{
            "server": {
                "name": "io.modelcontextprotocol/filesystem",
                "description": "Filesystem operations server",
                "version": "1.0.2"
            },
            "_meta": {OFFICIAL: {
                "status": "active",
                "publishedAt": "2025-01-01T10:30:00Z",
                "isLatest": true
            }}
        }],
        "metadata": {"count": 10, "next_cursor": ""}
    });
    bench.server.gives("/v0/servers", "application/json", example.to_string());
    let file = bench.open().unwrap();
    let path = file.tree.files.keys().next().unwrap();
    assert_eq!(
        String::from_utf8(file.tree.read(path).unwrap()).unwrap(),
        r#"{
  "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
  "name": "io.modelcontextprotocol/filesystem",
  "description": "Filesystem operations server",
  "version": "1.0.2"
}
"#
    );
    let query = "?limit=100&version=latest";
    assert_eq!(
        bench.server.targets(),
        [format!("/v0.1/servers{query}"), format!("/v0/servers{query}")]
    );
}

#[test]
fn the_first_shape_of_an_entry_is_read_too() {
    let bench = Bench::new(WebKind::Registry);
    // docs/server-registry-api/examples.md, twice: an older version after the latest.
    let entry = |version: &str, date: &str, is_latest: bool| {
        json!({
            "id": "01129bff-3d65-4e3d-8e82-6f2f269f818c",
            "name": "io.github.gongrzhe/redis-mcp-server",
            "description": "A Redis MCP server implementation",
            "status": "active",
            "repository": {
                "url": "https://github.com/GongRzhe/REDIS-MCP-Server",
                "source": "github",
                "id": "907849235"
            },
            "version_detail": {"version": version, "release_date": date, "is_latest": is_latest},
            "created_at": "2025-05-17T17:34:22.912Z",
            "updated_at": "2025-05-17T17:34:22.912Z",
            "packages": [{"registry_name": "docker", "name": "@gongrzhe/server-redis-mcp",
                          "version": "1.0.0"}]
        })
    };
    let both = [
        entry("0.0.2", "2025-06-16T19:13:21Z", true),
        entry("0.0.1", "2025-07-16T19:13:21Z", false),
    ];
    bench.server.on(LIST, [page(json!(both), "")]);
    let gathered = bench.open().unwrap();
    let (path, _) = gathered.tree.files.first_key_value().unwrap();
    let file: Value = serde_json::from_slice(&gathered.tree.read(path).unwrap()).unwrap();
    assert_eq!(file["version"], "0.0.2");
    let keys: Vec<&str> = file.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["$schema", "name", "description", "repository", "packages", "version"]);
}

#[test]
fn hostile_names_are_left_out_and_a_list_that_contradicts_itself_is_refused() {
    let bench = Bench::new(WebKind::Registry);
    let named = |name: &str| server(name, "1", "active", "2025-01-01T00:00:00Z");
    let names =
        ["a/../../x", "/x", "a/b\\c", "a/nul", "a/.git", "a/b c", "", "a//b", "a/b\u{202e}"];
    let mut all: Vec<Value> = names.iter().map(|name| named(name)).collect();
    all.extend([named("ok/ok"), named("ok/ok"), json!(7), json!({"server": {"name": 5}})]);
    bench.server.on(LIST, [page(json!(all), "")]);
    let shown = bench.shown();
    assert_eq!(shown[0], "servers/ok/ok/server.json: {");
    // Two that have no name at all are told as one.
    assert_eq!(shown.len(), 1 + names.len() + 1, "{shown:#?}");
    assert!(shown[1..].iter().all(|line| line.starts_with("SM453 ")), "{shown:#?}");

    let mut other = named("ok/ok");
    other["server"]["description"] = json!("something else");
    bench.server.on(LIST, [page(json!([named("ok/ok"), other]), "")]);
    let words = format!("SM449 what `H{LIST}` answered names `ok/ok` twice, and not alike");
    assert_eq!(bench.failed(), words);
    bench.server.on(LIST, [page(json!([named("ok/ok")]), "again")]);
    let words =
        format!("SM451 the list at `H{LIST}` leads in a circle: the page `again` came twice");
    assert_eq!(bench.failed(), words);
    bench.server.gives(LIST, "application/json", "{\"servers\": 7}");
    assert_eq!(bench.failed(), format!("SM449 what `H{LIST}` answered has no list `servers`"));
}

#[test]
fn the_address_may_name_the_list_and_a_search_is_passed_on() {
    let mut bench = Bench::new(WebKind::Registry);
    bench.server.on("/org/v0.1/servers", [page(json!([]), "")]);
    bench.web.search = Some("file system".into());
    for end in ["", "/", "/v0", "/v0.1/", "/v0/servers"] {
        bench.web.url = format!("{}/org{end}", bench.server.url);
        assert_eq!(bench.shown(), [""; 0]);
        let asked = "/org/v0.1/servers?limit=100&version=latest&search=file%20system";
        assert_eq!(bench.server.targets(), [asked], "{end}");
    }
}
