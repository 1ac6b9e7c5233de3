//! Every status that the description has of an operation is one that a server answers, or stands in
//! a list with the reason why it is not tried here.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::contract::Contract;
use super::{Client, catalog, deploys, parsed};
use crate::case::Case;
use crate::refresh::hanging_git;
use crate::serve::{Answer, Server};

const PATIENCE: Duration = Duration::from_secs(20);
const JSON: &str = "Content-Type: application/json";
/// The hash of nothing that is there.
pub(super) const OTHER: &str =
    "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Method and path as the description has them.
pub(super) type Operation = (String, String);

/// What was answered so far, each answer held against the description.
pub(super) struct Tried {
    contract: Contract,
    got: BTreeMap<Operation, BTreeSet<u16>>,
}

impl Tried {
    #[track_caller]
    fn note(&mut self, operation: &Operation, answer: &Answer) -> u16 {
        let (method, path) = operation;
        self.contract.describes(method, path, answer);
        self.got.entry(operation.clone()).or_default().insert(answer.status);
        answer.status
    }

    /// Asks, and wants this status.
    #[track_caller]
    pub(super) fn wants(&mut self, status: u16, operation: &Operation, answer: &Answer) {
        let got = self.note(operation, answer);
        let (method, path) = operation;
        assert_eq!(got, status, "{method} {path}: {}", answer.body);
    }

    fn operations(&self) -> Vec<Operation> {
        let all = self.contract.operations().into_iter();
        all.map(|(method, path, _)| (method, path)).collect()
    }

    fn has(&self, operation: &Operation, status: u16) -> bool {
        self.got.get(operation).is_some_and(|got| got.contains(&status))
    }

    /// Whether the description has this status of it.
    fn says(&self, operation: &Operation, status: u16) -> bool {
        let all = self.contract.operations();
        let of =
            all.iter().find(|(method, path, _)| (method, path) == (&operation.0, &operation.1));
        of.is_some_and(|(.., said)| said["responses"][status.to_string()].is_object())
    }
}

/// A path with names of what is there, below the API.
fn there(path: &str) -> String {
    let names = [
        ("collection", "team"),
        ("group", "documents"),
        ("source", "local"),
        ("kind", "skill"),
        ("name", "alpha"),
        ("part", "1"),
        ("project", "web-shop"),
    ];
    let path = path.trim_start_matches('/').to_owned();
    names.iter().fold(path, |path, (name, value)| path.replace(&format!("{{{name}}}"), value))
}

/// The same with a name that nothing has.
fn nowhere(path: &str) -> String {
    let at = path.rfind('{').expect("a name");
    let rest = path[at..].split_once('}').expect("closed").1;
    there(&format!("{}nope{rest}", &path[..at]))
}

fn is_file(path: &str) -> bool {
    path.ends_with(".json") || path.ends_with(".csv")
}

fn is_of_seen(tried: &Tried, operation: &Operation) -> bool {
    tried.says(operation, 428)
}

/// What an operation wants besides `seen`.
fn wish(method: &str, path: &str) -> Value {
    match (method, path) {
        ("DELETE", _) => json!({}),
        ("POST", path) if path.ends_with("members") => {
            let id = "local/skill/beta";
            json!({"changes": [{"do": "add", "ids": [id], "group": "documents"}]})
        }
        _ => json!({"title": format!("Fresh {}", method.to_lowercase())}),
    }
}

fn with_seen(mut wish: Value, seen: &Value) -> Value {
    wish["seen"] = seen.clone();
    wish
}

/// What is wrong with the request itself, and with who sends it.
fn refusals(client: &Client, tried: &mut Tried, operation: &Operation) {
    let (method, path) = operation;
    let target = there(path);
    let token = format!("X-Skillmeat-Token: {}", client.token);
    let mut ask = |status: u16, body: &str, headers: &[&str]| {
        let answer = client.ask_with(method, &target, body, headers);
        tried.wants(status, operation, &answer);
    };
    let long = format!("X-Long: {}", "y".repeat(17_000));
    ask(400, "", &["Content-Length: x"]);
    ask(431, "", &[&long]);
    if method == "GET" {
        ask(413, "{}", &["Content-Length: 2"]);
    } else {
        ask(400, "{", &[JSON, &token]);
        ask(401, "{}", &[JSON]);
        ask(403, "{}", &[JSON, &token, "Origin: http://evil.example"]);
        ask(413, "", &[JSON, &token, "Content-Length: 2000000"]);
        ask(415, "{}", &[&token]);
        ask(422, "{\"surprise\": 1}", &[JSON, &token]);
    }
    let head = format!("{method} /api/v1/{target} HTTP/1.1\nHost: ");
    let foreign = client.server.send_with(&format!("{head}evil.example"), "");
    tried.wants(403, operation, &foreign);
    if method != "GET" {
        let chunked = format!("{head}127.0.0.1:PORT\n{JSON}\n{token}\nTransfer-Encoding: chunked");
        tried.wants(411, operation, &client.server.send_with(&chunked, "0\r\n\r\n"));
    }
}

/// What only reads, and is well.
fn reads(client: &Client, tried: &mut Tried, operation: &Operation) {
    let path = &operation.1;
    if path == "/events" {
        tried.wants(200, operation, &first_event(&client.server));
        return;
    }
    if path.contains("{part}") {
        let answer = client.server.get(&format!("/api/v1/{}", there(path)));
        tried.wants(404, operation, &answer);
        return;
    }
    let answer = client.server.get(&format!("/api/v1/{}", there(path)));
    tried.wants(200, operation, &answer);
    if is_file(path) {
        let known = client.ask_with("GET", &there(path), "", &["If-None-Match: *"]);
        tried.wants(304, operation, &known);
    }
    if path.contains('{') {
        tried.wants(404, operation, &client.server.get(&format!("/api/v1/{}", nowhere(path))));
    }
}

/// The head of what goes on for ever, and its first line.
fn first_event(server: &Server) -> Answer {
    let mut stream = listening(server).expect("it listens");
    let mut bytes = [0; 4096];
    let n = stream.read(&mut bytes).expect("an answer");
    let text = String::from_utf8_lossy(&bytes[..n]).into_owned();
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    Answer::read(head, "retry: 1000\n\n".as_bytes().to_vec())
}

fn listening(server: &Server) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let host = format!("127.0.0.1:{}", server.port);
    write!(stream, "GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\n\r\n").ok()?;
    Some(stream)
}

/// What edits: files that were not seen, that changed, that are not there; then it is done.
fn edits(client: &Client, tried: &mut Tried, operation: &Operation) {
    let (method, path) = operation;
    let target = match (method.as_str(), path.as_str()) {
        // What is made or not needed otherwise.
        ("DELETE", "/collections/{collection}") => "collections/papers".to_owned(),
        ("DELETE", _) => "collections/team/groups/fresh-post".to_owned(),
        _ => there(path),
    };
    let absent =
        ["collections/fresh-post/collection.yaml", "collections/team/groups/fresh-post.yaml"];
    let seen = client.seen(&absent);
    let mut other = seen.clone();
    other.as_object_mut().expect("files").values_mut().for_each(|hash| *hash = json!(OTHER));
    let wish = wish(method, path);
    let mut ask = |status: u16, target: &str, wish: &Value, seen: &Value| {
        let answer = client.ask(method, target, &with_seen(wish.clone(), seen));
        tried.wants(status, operation, &answer);
    };
    ask(428, &target, &wish, &json!({}));
    ask(412, &target, &wish, &other);
    match path.contains('{') {
        true => ask(404, &nowhere(path), &wish, &seen),
        false => {
            let unknown = json!({"title": "Fresh post", "ids": ["local/skill/nope"]});
            ask(404, &target, &unknown, &seen);
        }
    }
    let done = if path.ends_with("collections") || path.ends_with("groups") { 201 } else { 200 };
    ask(done, &target, &wish, &seen);
}

fn undoes(case: &Case, client: &Client, tried: &mut Tried) {
    let undo = ("POST".to_owned(), "/undo".to_owned());
    let mut ask = |status: u16, id: &Value| {
        tried.wants(status, &undo, &client.ask("POST", "undo", &json!({"id": id})));
    };
    ask(404, &json!("9999"));
    let named = || {
        let body = with_seen(json!({"owner": "Somebody"}), &client.seen(&[]));
        parsed(&client.ask("PATCH", "collections/team", &body))["undo"].clone()
    };
    ask(200, &named());
    let id = named();
    let file = "collections/team/collection.yaml";
    let text = case.read(file);
    case.write(file, &format!("{text}# by hand\n"));
    ask(412, &id);
    case.write(file, &text);
}

/// Those that ask the sources or look after the cache.
fn asks(tried: &mut Tried) {
    let operation = |method: &str, path: &str| (method.to_owned(), path.to_owned());
    let cares =
        ["/cache/vacuum", "/cache/repair", "/cache/clear"].map(|path| operation("POST", path));
    let (post, delete) = (operation("POST", "/refresh"), operation("DELETE", "/refresh"));
    let mut case = Case::empty();
    let url = {
        let vendor = case.repository("vendor");
        vendor.skill("skills/pdf", "Reads PDF").commit();
        vendor.url()
    };
    case.config(&format!("sources:\n  vendor: {{git: \"{url}\"}}\n")).synced();
    hanging_git(&mut case);
    let client = Client::start(&case, &["--interval", "off"]);
    let ask = |(method, path): &Operation, body: &Value| client.ask(method, &there(path), body);
    tried.wants(409, &post, &ask(&post, &json!({"sources": ["nope"]})));
    tried.wants(202, &post, &ask(&post, &json!({"force": true, "sources": ["vendor"]})));
    for care in &cares {
        tried.wants(409, care, &ask(care, &json!({})));
    }
    tried.wants(200, &delete, &ask(&delete, &json!({})));
    client.server.wait_for("/api/v1/refresh", |answer| answer.body.contains("\"state\":\"idle\""));
    for care in &cares[..2] {
        tried.wants(200, care, &ask(care, &json!({})));
    }
    // This one has all sources read again.
    tried.wants(200, &cares[2], &ask(&cares[2], &json!({})));
}

/// Every place is taken by pages that listen, or wait to: 32 of them for ever, the others a second
/// each and then again.
fn while_busy(server: &Server, work: impl FnOnce()) {
    let listening_for_ever: Vec<_> = (0..32).map(|_| placed(server)).collect();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        // Also when the work fails, or nobody would hear of it.
        let _over = Over(&over);
        for _ in 0..48 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let answered = listening(server).map(|mut stream| stream.read(&mut [0; 64]));
                    drop(answered);
                }
            });
        }
        work();
    });
    drop(listening_for_ever);
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One that listens and has a place: those who have left keep theirs until that is noticed.
fn placed(server: &Server) -> TcpStream {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < PATIENCE * 2, "no place to listen becomes free");
        let Some(mut stream) = listening(server) else { continue };
        let mut head = [0; 12];
        if stream.read_exact(&mut head).is_ok() && head == *b"HTTP/1.1 200" {
            return stream;
        }
    }
}

fn is_busy(client: &Client, tried: &mut Tried, operation: &Operation) {
    let (method, path) = operation;
    let head = format!("{method} /api/v1/{} HTTP/1.1\nHost: 127.0.0.1:PORT", there(path));
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < PATIENCE, "{method} {path} is never told to come back");
        match client.server.try_send(&head, "") {
            Some(answer) if answer.status == 503 => return tried.wants(503, operation, &answer),
            _ => {}
        }
    }
}

/// The journal of edits is destroyed, and files change behind the server's back.
fn fails(case: &Case, client: &Client, tried: &mut Tried) {
    let journal = case.path("../state/state.db");
    let journal = rusqlite::Connection::open(journal).expect("it is there");
    let gone = "DROP TABLE edit_file; DROP TABLE edit; DROP TABLE receipt_file; DROP TABLE receipt";
    journal.execute_batch(gone).expect("gone");
    let seen =
        client.seen(&["collections/again/collection.yaml", "collections/team/groups/again.yaml"]);
    for operation in tried.operations() {
        let (method, path) = &operation;
        let target = there(path);
        let answer = match method.as_str() {
            "GET" if path == "/edits" => client.server.get("/api/v1/edits"),
            "POST" if path == "/undo" => client.ask(method, &target, &json!({"id": "1"})),
            "GET" if path.ends_with("/receipts") => client.server.get(&format!("/api/v1/{target}")),
            _ if deploys::is_one(&operation) => {
                client.ask(method, &target, &deploys::fresh(method, path))
            }
            _ if is_of_seen(tried, &operation) => {
                // Something else than was done before.
                let wish = wish(method, path).to_string();
                let wish = wish.replace("Fresh post", "Again").replace("Fresh", "Stale");
                let wish = serde_json::from_str(&wish.replace("beta", "gamma")).expect("JSON");
                client.ask(method, &target, &with_seen(wish, &seen))
            }
            _ => continue,
        };
        tried.wants(500, &operation, &answer);
    }
}

/// A catalog that cannot be loaded has nothing to edit, and after a start no file of the site.
fn cannot_be_read(tried: &mut Tried) {
    let case = catalog();
    let client = Client::start(&case, &["--offline", "--watch"]);
    case.write("skillmeat.yaml", "version: [\n");
    client.server.wait_for("/api/v1/status", |answer| answer.body.contains("\"failed\":true"));
    for operation in tried.operations() {
        let (method, path) = &operation;
        let body = match path.as_str() {
            "/undo" => json!({"id": "1"}),
            _ if deploys::is_one(&operation) => deploys::fresh(method, path),
            _ if is_of_seen(tried, &operation) => with_seen(wish(method, path), &json!({})),
            _ => continue,
        };
        tried.wants(503, &operation, &client.ask(method, &there(path), &body));
    }
    drop(client);
    let server = Server::start(&case, &["--offline"]);
    for operation in tried.operations().iter().filter(|(_, path)| is_file(path)) {
        let answer = server.get(&format!("/api/v1/{}", there(&operation.1)));
        tried.wants(503, operation, &answer);
    }
}

/// Where the reason is not that of all operations, whose it is.
fn excuse(operation: &Operation, status: u16) -> Option<&'static str> {
    let (method, path) = operation;
    Some(match status {
        408 => "it takes ten seconds; a test of those that are too slow has it",
        404 if method == "GET" && !path.contains('{') => "it is there as long as the site is",
        200 | 304 if path.contains("{part}") => "a catalog of thousands has parts",
        500 if method == "GET" && path != "/edits" && !path.ends_with("/receipts") => {
            "it is made of what is in memory: only a fault of ours can end so"
        }
        500 if path.starts_with("/refresh") => "only a fault of ours can end so",
        500 if path.starts_with("/cache") => "a damaged cache is made anew, not complained about",
        _ => return None,
    })
}

#[test]
fn every_status_that_is_described_is_answered_or_has_a_reason_not_to_be_tried() {
    let mut case = catalog();
    let state = case.path("../state").display().to_string();
    case.set("SKILLMEAT_STATE_DIR", &state);
    deploys::project(&case);
    let config = case.read("skillmeat.yaml");
    case.write(
        "skillmeat.yaml",
        &format!("{config}projects:\n  web-shop: {{path: ../web-shop}}\n"),
    );
    case.synced();
    let client = Client::start(&case, &["--offline"]);
    let mut tried = Tried { contract: Contract::of(&client), got: BTreeMap::new() };
    let operations = tried.operations();
    let read_only = Client::start(&case, &["--read-only"]);
    for operation in &operations {
        refusals(&client, &mut tried, operation);
        match operation.0.as_str() {
            "GET" => reads(&client, &mut tried, operation),
            method => {
                let answer = read_only.ask(method, &there(&operation.1), &json!({}));
                tried.wants(405, operation, &answer);
            }
        }
    }
    drop(read_only);
    // What deletes comes last.
    let (deletes, others): (Vec<_>, Vec<_>) = operations
        .iter()
        .filter(|of| is_of_seen(&tried, of))
        .cloned()
        .partition(|of| of.0 == "DELETE");
    others.iter().chain(&deletes).for_each(|operation| edits(&client, &mut tried, operation));
    undoes(&case, &client, &mut tried);
    deploys::deploys(&case, &client, &mut tried);
    asks(&mut tried);
    fails(&case, &client, &mut tried);
    cannot_be_read(&mut tried);
    while_busy(&client.server, || {
        for operation in &operations {
            if !tried.has(operation, 503) {
                is_busy(&client, &mut tried, operation);
            }
        }
    });
    let mut wrong = Vec::new();
    for (method, path, said) in tried.contract.operations() {
        let operation = (method, path);
        for status in said["responses"].as_object().expect("answers").keys() {
            let status: u16 = status.parse().expect("a number");
            match (tried.has(&operation, status), excuse(&operation, status)) {
                (false, None) => wrong.push(format!("{operation:?} never answers {status}")),
                (true, Some(reason)) => {
                    wrong.push(format!("{operation:?} answers {status}: {reason}"))
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let n: usize = tried.got.values().map(BTreeSet::len).sum();
    println!("{n} statuses of {} operations", tried.got.len());
}
