//! Sources that answer over HTTP, well and badly: what a sync moves, and that one which fails leaves
//! everything as it was.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::case::{Case, sha256};
use crate::fault::{Act, Server, endless, raw, reply, then_nothing};

const INDEX: &str = "/.well-known/agent-skills/index.json";

fn skill(name: &str, text: &str) -> String {
    format!("---\nname: {name}\ndescription: Does {name}\n---\n\n{text}\n")
}

/// Serves these skills and their index.
fn publish(server: &Server, skills: &[(&str, &str)]) {
    let entry = |(name, text): &(&str, &str)| {
        let (url, body) = (format!("/skills/{name}.md"), skill(name, text));
        server.gives(&url, "text/markdown", &body);
        let digest = format!("sha256:{}", sha256(body.as_bytes()));
        json!({"name": name, "type": "skill-md", "description": "d", "url": url, "digest": digest})
    };
    let skills: Vec<Value> = skills.iter().map(entry).collect();
    let schema = "https://schemas.agentskills.io/discovery/0.2.0/schema.json";
    let index = json!({"$schema": schema, "skills": skills});
    server.gives(INDEX, "application/json", index.to_string());
}

/// A catalog with its own skill and a source `team` of this kind.
fn catalog(kind: &str, server: &Server) -> Case {
    let case = Case::new();
    let lines = format!(
        "sources:\n  local: {{path: content/artifacts}}\n  team: {{{kind}: \"{}\"}}\n",
        server.url
    );
    case.config(&lines);
    case
}

/// Of the source `team`: outcome, found, parsed, written, removed.
fn team(case: &Case, words: &str) -> (String, [u64; 4]) {
    let json = case.run(words).ends(0).json();
    let one = json["sources"].as_array().expect("sources").iter().find(|one| one["name"] == "team");
    let one = one.expect("the source was synced");
    let number = |key: &str| one[key].as_u64().expect("a number");
    let word = one["outcome"].as_str().expect("a word").to_owned();
    (word, ["found", "parsed", "written", "removed"].map(number))
}

#[test]
fn an_index_is_fetched_once_and_then_only_what_changed() {
    let server = Server::start();
    publish(&server, &[("cut", "one"), ("glue", "one"), ("fold", "one")]);
    let case = catalog("index", &server);
    assert_eq!(team(&case, "sync --json"), ("updated".into(), [3, 3, 3, 0]));
    assert_eq!(server.targets().len(), 4);
    let ids = ["local/skill/report", "team/skill/cut", "team/skill/fold", "team/skill/glue"];
    assert_eq!(case.ids(), ids);

    let tracked = case.tracked();
    assert_eq!(team(&case, "sync --json"), ("unchanged".into(), [3, 0, 0, 0]));
    assert_eq!(server.targets(), [INDEX]);
    assert_eq!(case.tracked(), tracked);

    publish(&server, &[("cut", "two"), ("glue", "one")]);
    assert_eq!(team(&case, "sync --json"), ("updated".into(), [2, 1, 1, 1]));
    assert_eq!(server.targets(), [INDEX, "/skills/cut.md"]);
    assert_eq!(case.ids(), ["local/skill/report", "team/skill/cut", "team/skill/glue"]);

    // By force everything is asked for, whatever is remembered.
    assert_eq!(team(&case, "sync --force --json").1[0], 2);
    assert_eq!(server.targets().len(), 3);
    case.remove("../cache").run("build").ends(0);
    assert!(case.read("public/a/team/skill/cut/index.html").contains("two"));
}

fn entry(name: &str, version: &str, updated: &str, status: &str) -> Value {
    json!({
        "server": {"name": name, "description": "Serves", "version": version, "packages": [
            {"registryType": "npm", "identifier": name, "version": version,
             "transport": {"type": "stdio"}}]},
        "_meta": {"io.modelcontextprotocol.registry/official": {
            "status": status, "publishedAt": updated, "updatedAt": updated, "isLatest": true}}
    })
}

fn page(servers: &[Value], next: &str) -> Act {
    let list = json!({"servers": servers, "metadata": {"count": 1, "nextCursor": next}});
    reply(200, &[("Content-Type", "application/json")], list.to_string())
}

#[test]
fn a_registry_is_listed_once_and_then_asked_for_its_updates() {
    let server = Server::start();
    let old = "2025-10-01T10:00:00Z";
    let list = "/v0.1/servers?limit=100&version=latest";
    let first = [entry("com.example/a", "1.0.0", old, "active")];
    let second = [
        entry("com.example/b", "1.0.0", old, "active"),
        entry("com.example/c", "1", old, "active"),
    ];
    server.on(list, [page(&first, "next")]);
    server.on(&format!("{list}&cursor=next"), [page(&second, "")]);
    let case = catalog("mcp", &server);
    assert_eq!(team(&case, "sync --json"), ("updated".into(), [3, 3, 3, 0]));
    let ids = ["team/mcp/com.example/a", "team/mcp/com.example/b", "team/mcp/com.example/c"];
    assert_eq!(case.ids()[1..], ids);
    assert_eq!(case.files("collections/team").len(), 1, "no group for each server");
    server.asked();

    let since = format!("{list}&updated_since=2025-10-01T09%3A50%3A00Z");
    server.on(&since, [page(&[], "")]);
    let tracked = case.tracked();
    assert_eq!(team(&case, "sync --json"), ("unchanged".into(), [3, 0, 0, 0]));
    assert_eq!(server.targets(), [since.as_str()]);
    assert_eq!(case.tracked(), tracked);

    let new = "2025-10-02T10:00:00Z";
    let updates = [
        entry("com.example/a", "1.0.0", new, "deleted"),
        entry("com.example/b", "1.1.0", new, "active"),
        entry("com.example/d", "1.0.0", new, "active"),
    ];
    server.on(&since, [page(&updates, "")]);
    let (outcome, [found, _, written, removed]) = team(&case, "sync --json");
    assert_eq!((outcome.as_str(), found, written, removed), ("updated", 3, 2, 1));
    assert_eq!(server.targets(), [since.as_str()]);
    let ids = ["team/mcp/com.example/b", "team/mcp/com.example/c", "team/mcp/com.example/d"];
    assert_eq!(case.ids()[1..], ids);
    assert_eq!(case.listed("version")["team/mcp/com.example/b"], "1.1.0");
}

#[test]
fn a_sync_that_fails_leaves_lock_and_cache_as_they_were() {
    let server = Server::start();
    publish(&server, &[("cut", "one"), ("glue", "one")]);
    let case = catalog("index", &server);
    case.synced();
    let (tracked, listed) = (case.tracked(), case.listed("hash"));
    let now = [("Retry-After", "0")];
    let json = [("Content-Type", "application/json")];
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"skills\": []}";
    let head = b"HTTP/1.1 200 OK\r\nX: y\r\n";
    let faults: [(Act, i32, &str); 9] = [
        (reply(500, &now, ""), 3, "failed on the server (500)"),
        (reply(429, &now, ""), 3, "takes no more requests for now (429)"),
        (reply(401, &[], ""), 3, "may not be read (401)"),
        (reply(404, &[], ""), 3, "has no index of skills"),
        (raw(cut), 3, "the connection broke off"),
        (
            endless(head, b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".to_vec()),
            3,
            "a head of too many lines",
        ),
        (reply(200, &json, "{\"skills\": [{\"name\""), 3, "ends in the middle"),
        (reply(200, &[("Content-Type", "text/html")], "<form>"), 3, "perhaps a login page"),
        (reply(302, &[("Location", "http://127.0.0.1:1/")], ""), 3, "is not followed"),
    ];
    for (fault, exit, words) in faults {
        server.on(INDEX, [fault]);
        let ran = case.run("sync");
        ran.ends(exit);
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
        assert!(ran.err.contains("help: "), "{}", ran.err);
        assert_eq!(case.tracked(), tracked, "{words}");
        assert_eq!(case.listed("hash"), listed, "{words}");
    }
    publish(&server, &[("cut", "one"), ("glue", "one")]);
    assert_eq!(team(&case, "sync --json"), ("unchanged".into(), [2, 0, 0, 0]));
    server.gives("/skills/cut.md", "text/markdown", "something else");
    assert_eq!(team(&case, "sync --json"), ("unchanged".into(), [2, 0, 0, 0]));
    case.run("sync --force").ends(3);
    assert_eq!((case.tracked(), case.listed("hash")), (tracked, listed));
}

#[test]
fn ctrl_c_does_not_wait_for_a_server_that_is_silent() {
    let server = Server::start();
    publish(&server, &[("cut", "one")]);
    let case = catalog("index", &server);
    case.synced();
    let tracked = case.tracked();
    server.on(INDEX, [then_nothing(b"")]);
    server.asked();
    let mut child = case.command().arg("sync").stderr(Stdio::piped()).spawn().expect("it starts");
    while server.asked().is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    // Without that, its time would be over in ten seconds, three more tries would follow, and the
    // source would have failed.
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_eq!(case.tracked(), tracked);
    assert_eq!(case.ids(), ["local/skill/report", "team/skill/cut"]);
}

#[test]
fn a_server_that_asks_to_wait_is_not_asked_again_until_then() {
    let server = Server::start();
    publish(&server, &[("cut", "one")]);
    let mut case = catalog("index", &server);
    case.synced();
    let index = reply(503, &[("Retry-After", "600")], "");
    server.on(INDEX, [index]);
    server.asked();
    let ran = case.run("sync team");
    assert!(ran.ends(4).err.contains("asks to wait 10 minutes"), "{}", ran.err);
    assert_eq!(server.targets(), [INDEX]);
    publish(&server, &[("cut", "two")]);
    case.set("SOURCE_DATE_EPOCH", "1767225900");
    let ran = case.run("sync team");
    assert!(ran.ends(4).err.contains("asks to wait 5 minutes"), "{}", ran.err);
    assert_eq!(server.asked(), []);
    case.run("sync team --force").ends(0);
    case.set("SOURCE_DATE_EPOCH", "1767226201");
    case.run("sync team").ends(0);
}

#[test]
fn a_token_stands_in_the_environment_and_nowhere_else() {
    let server = Server::start();
    publish(&server, &[("cut", "one")]);
    let mut case = catalog("index", &server);
    case.set("SKILLMEAT_TOKEN_TEAM", "s3cret-t0ken");
    let ran = case.run("sync");
    ran.ends(0);
    case.built();
    let asked = server.asked();
    assert!(asked.iter().all(|one| one.header("authorization") == Some("Bearer s3cret-t0ken")));
    server.on(INDEX, [reply(403, &[], "s3cret-t0ken")]);
    let denied = case.run("sync team");
    let told = denied.ends(4).tells("error[SM443]", "skillmeat.yaml:4");
    assert_eq!(told.help, "give a token that may read it in `SKILLMEAT_TOKEN_TEAM`");
    assert!(!format!("{}{}{}{}", ran.out, ran.err, denied.out, denied.err).contains("s3cret"));
    for dir in ["../cache", ".", "../home"] {
        for file in case.files(dir).keys() {
            let bytes = std::fs::read(case.path(dir).join(file)).unwrap_or_default();
            let holds = bytes.windows(12).any(|part| part == b"s3cret-t0ken");
            assert!(!holds, "{file} holds the token");
        }
    }
}
