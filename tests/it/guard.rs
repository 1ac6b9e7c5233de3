//! `serve` against those who may not write, and what it says of itself.

mod flood;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::case::Case;
use crate::serve::Server;

/// Nobody's number on every system here.
const NOBODY: &str = "65534";
const WRITES: [(&str, &str); 5] = [
    ("POST", "/api/v1/collections"),
    ("PUT", "/api/v1/collections/team"),
    ("PATCH", "/api/v1/collections/team"),
    ("DELETE", "/api/v1/collections/team"),
    ("POST", "/edit"),
];

fn token(server: &Server) -> String {
    let page = server.get("/").body;
    let (_, rest) = page.split_once("data-token=\"").expect("a live page has it");
    rest.split_once('"').expect("quoted").0.to_owned()
}

/// A request with all that a page of ours brings.
fn request(server: &Server, method: &str, target: &str, token: &str) -> String {
    let port = server.port;
    let (kind, body) = match target {
        "/edit" => ("application/x-www-form-urlencoded", format!("action=nothing&token={token}")),
        _ => ("application/json", "{\"nothing\":true}".to_owned()),
    };
    format!(
        "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n\
         Content-Type: {kind}\r\nX-Skillmeat-Token: {token}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

/// As another user of this machine; `None` where we may not become one.
fn as_nobody(server: &Server, request: &str, then: &str) -> Option<String> {
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{}; cat >&3; {then}", server.port);
    let mut command = Command::new("setpriv");
    command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "bash", "-c", &script]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    // Where it may not become another user it has ended already.
    let _ = child.stdin.take().expect("piped").write_all(request.as_bytes());
    let output = child.wait_with_output().expect("it ran");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn ask(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

#[test]
fn another_user_of_this_machine_writes_nothing() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &["--metrics"]);
    let token = token(&server);
    let file = "collections/team/collection.yaml";
    let before = case.read(file);
    for (method, target) in WRITES {
        let request = request(&server, method, target, &token);
        let ours = ask(&server, &request);
        assert!(!ours.starts_with("HTTP/1.1 401"), "{method} {target}: {ours}");
        let Some(answer) = as_nobody(&server, &request, "cat <&3") else {
            println!("not tried: this user may not become another");
            return;
        };
        assert!(answer.starts_with("HTTP/1.1 401"), "{method} {target}: {answer}");
        assert!(target == "/edit" || answer.contains("SM726"), "{answer}");
    }
    // Who leaves at once has no user any more, and is not taken for the administrator.
    let request = request(&server, "DELETE", "/api/v1/collections/team", &token);
    as_nobody(&server, &request, "exec 3>&-").expect("as before");
    let refused = "skillmeat_http_rejected_total{reason=\"peer\"} 6";
    server.wait_for("/metrics", |answer| answer.body.contains(refused));
    assert_eq!(case.read(file), before);
}

#[test]
fn a_log_for_programs_has_one_event_a_line_and_no_secret() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &["--log-format", "json", "-v", "--metrics"]);
    let token = token(&server);
    server.get("/a/local/skill/report/?secret=hunter2");
    server.get("/no/such/hunter2");
    for (method, target) in WRITES {
        ask(&server, &request(&server, method, target, &token));
        ask(&server, &request(&server, method, target, "wrong"));
    }
    let metrics = server.get("/metrics").body;
    for name in ["skillmeat_artifacts 1\n", "skillmeat_cache_bytes ", "skillmeat_cache_hits_total "]
    {
        assert!(metrics.contains(name), "no {name} in {metrics}");
    }
    let said = server.ended();
    let mut events = Vec::new();
    for line in said.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|why| {
            panic!("{why}: {line}");
        });
        for field in ["time", "level", "event"] {
            assert!(event[field].is_string(), "{line}");
        }
        events.push(event);
    }
    let has = |wanted: serde_json::Value| {
        let fields = wanted.as_object().expect("an object").clone();
        let fits =
            |event: &&serde_json::Value| fields.iter().all(|(key, value)| event[key] == *value);
        assert!(events.iter().any(|event| fits(&event)), "no {wanted} in {said}");
    };
    has(serde_json::json!({"level": "info", "event": "serving"}));
    has(serde_json::json!({"level": "info", "event": "loaded", "revision": 1}));
    let loaded = events.iter().find(|event| event["event"] == "loaded").expect("it was");
    for phase in ["theme", "load", "routes"] {
        assert!(loaded["phases"][phase].is_u64(), "{phase} of {loaded}");
    }
    has(serde_json::json!({"level": "debug", "event": "answered", "route": "page", "status": 200}));
    has(serde_json::json!({"event": "answered", "route": "unknown", "status": 404}));
    has(serde_json::json!({"level": "info", "event": "answered", "method": "POST"}));
    has(
        serde_json::json!({"event": "refused", "outcome": "token", "status": 401, "code": "SM728"}),
    );
    for secret in [token.as_str(), "hunter2", "secret", "/a/local"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[test]
fn a_server_that_only_reads_has_no_way_to_write() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &["--read-only"]);
    let page = server.get("/collections/team/");
    assert!(page.status == 200 && !page.body.contains("data-token"), "{}", page.body);
    for (method, target) in WRITES {
        let answer = ask(&server, &request(&server, method, target, ""));
        assert!(answer.starts_with("HTTP/1.1 405 "), "{method} {target}: {answer}");
        assert!(answer.contains("\r\nAllow: GET, HEAD\r\n"), "{answer}");
    }
}

#[test]
fn asking_to_read_changes_nothing_whatever_the_address_says() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &[]);
    let token = token(&server);
    let files = case.tracked();
    let wishes = [
        "action=collection-delete&collection=team",
        "action=refresh",
        "action=cache-clear",
        "action=collection-new&title=Mine",
        "action=undo&id=1",
        "confirm=clear",
    ];
    let targets = [
        "/edit",
        "/edit/",
        "/edit/collection-delete/",
        "/settings/",
        "/collections/team/",
        "/api/v1/refresh",
        "/api/v1/collections",
        "/api/v1/collections/team",
        "/api/v1/undo",
        "/api/v1/cache/clear",
    ];
    for (target, wish) in targets.iter().flat_map(|target| wishes.map(|wish| (target, wish))) {
        for method in ["GET", "HEAD"] {
            let head = format!(
                "{method} {target}?{wish}&token={token} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
                 X-Skillmeat-Token: {token}\r\nConnection: close\r\n\r\n",
                server.port
            );
            let answer = ask(&server, &head);
            assert!(!answer.starts_with("HTTP/1.1 5"), "{method} {target}?{wish}: {answer}");
        }
    }
    assert_eq!(case.tracked(), files);
    let state = server.get("/api/v1/refresh").body;
    assert!(state.contains("\"id\":0,\"state\":\"idle\""), "{state}");
    assert!(server.get("/api/v1/edits").body.contains("\"edits\":[]"));
}
