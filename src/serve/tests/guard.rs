//! Who may write: every way to ask, against rules that are written down a second time.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// One way to ask.
struct Way {
    method: &'static str,
    target: &'static str,
    host: String,
    content_type: Option<&'static str>,
    origin: Option<String>,
    site: Option<&'static str>,
    token: Option<String>,
}

const METHODS: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];
const TARGETS: [&str; 3] = ["/api/v1/nothing-here", "/edit", "/docs/guide/"];
/// Those that meet all others.
const TYPES: [Option<&str>; 4] =
    [None, Some("application/json"), Some("text/plain"), Some("application/x-www-form-urlencoded")];
const SITES: [Option<&str>; 4] = [None, Some("same-origin"), Some("same-site"), Some("cross-site")];

impl Way {
    /// As a page of ours asks.
    fn right(port: u16, token: &str, target: &'static str) -> Way {
        let is_form = target == "/edit";
        Way {
            method: "POST",
            target,
            host: format!("127.0.0.1:{port}"),
            content_type: Some(if is_form { TYPES[3] } else { TYPES[1] }.unwrap()),
            origin: Some(format!("http://127.0.0.1:{port}")),
            site: Some("same-origin"),
            token: Some(token.to_owned()),
        }
    }

    /// Every combination, and what is odd in one thing.
    fn all(port: u16, token: &str) -> Vec<Way> {
        let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        let mut ways = Vec::new();
        for (method, target) in METHODS.into_iter().flat_map(|method| {
            let targets = if method == "POST" { &TARGETS[..] } else { &TARGETS[..1] };
            targets.iter().map(move |target| (method, *target))
        }) {
            let hosts = if method == "POST" { &own[..] } else { &own[..1] };
            for host in hosts {
                for content_type in TYPES {
                    for origin in &origins(port)[..5] {
                        for site in SITES {
                            for token in &tokens(token)[..4] {
                                let (host, origin) = (host.clone(), origin.clone());
                                let token = token.clone();
                                ways.push(Way {
                                    method,
                                    target,
                                    host,
                                    content_type,
                                    origin,
                                    site,
                                    token,
                                });
                            }
                        }
                    }
                }
            }
        }
        for target in TARGETS {
            let right = || Way::right(port, token, target);
            for method in METHODS {
                ways.push(Way { method, ..right() });
            }
            for host in ["evil.test", "localhost", "127.0.0.1:1", "LOCALHOST"] {
                ways.push(Way { host: host.to_owned(), ..right() });
            }
            for content_type in [
                "Application/JSON ; charset=utf-8",
                "application/jsonp",
                "application/json, text/plain",
                "multipart/form-data",
                "",
            ] {
                ways.push(Way { content_type: Some(content_type), ..right() });
            }
            ways.extend(origins(port).into_iter().map(|origin| Way { origin, ..right() }));
            for site in ["none", "SAME-ORIGIN", "", "same-origin, cross-site"] {
                ways.push(Way { site: Some(site), ..right() });
            }
            ways.extend(tokens(token).into_iter().map(|token| Way { token, ..right() }));
        }
        ways
    }

    /// The statuses that may refuse it; none when it has to be let through.
    fn refusals(&self, port: u16, token: &str) -> Vec<u16> {
        let mut statuses = Vec::new();
        let own = ["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}"));
        if !own.contains(&self.host) {
            return vec![403];
        }
        let is_form = self.target == "/edit";
        if !(self.target.starts_with("/api/") || is_form && self.method == "POST") {
            return vec![405];
        }
        if !(self.origin.is_none() || self.origin == Some("http://".to_owned() + &self.host)) {
            statuses.push(403);
        }
        if !matches!(self.site, None | Some("same-origin")) {
            statuses.push(403);
        }
        let kind = self.content_type.map(str::to_lowercase).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let wanted = if is_form { "application/x-www-form-urlencoded" } else { "application/json" };
        if kind != wanted {
            statuses.push(415);
        }
        if self.token.as_deref() != Some(token) {
            statuses.push(401);
        }
        statuses
    }

    fn request(&self) -> String {
        let mut head =
            format!("{} {} HTTP/1.1\r\nHost: {}\r\n", self.method, self.target, self.host);
        let mut body = "{}".to_owned();
        for (name, value) in [
            ("Content-Type", self.content_type),
            ("Origin", self.origin.as_deref()),
            ("Sec-Fetch-Site", self.site),
        ] {
            head += &value.map(|value| format!("{name}: {value}\r\n")).unwrap_or_default();
        }
        match (&self.token, self.target) {
            (Some(token), "/edit") => body = format!("action=nothing&token={token}"),
            (Some(token), _) => head += &format!("X-Skillmeat-Token: {token}\r\n"),
            (None, _) => {}
        }
        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
    }
}

/// A connection that is kept for as long as the server keeps it.
struct Line<'a> {
    live: &'a Live,
    stream: TcpStream,
}

impl Line<'_> {
    /// The status of the answer, which is read to its end.
    fn ask(&mut self, request: &str) -> u16 {
        self.stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let mut byte = [0];
        while !answer.ends_with(b"\r\n\r\n") {
            assert_eq!(self.stream.read(&mut byte).unwrap(), 1, "{request}");
            answer.push(byte[0]);
        }
        let got = got(&answer);
        let length = got.header("Content-Length").unwrap().parse().unwrap();
        self.stream.read_exact(&mut vec![0; length]).unwrap();
        if got.header("Connection") == Some("close") {
            self.stream = self.live.connect();
        }
        got.status
    }
}

fn origins(port: u16) -> Vec<Option<String>> {
    vec![
        None,
        Some(format!("http://127.0.0.1:{port}")),
        Some(format!("http://localhost:{port}")),
        Some(format!("http://127.0.0.1:{}", port ^ 1)),
        Some("null".to_owned()),
        Some(format!("https://127.0.0.1:{port}")),
        Some("http://127.0.0.1".to_owned()),
        Some("http://evil.test".to_owned()),
        Some(String::new()),
    ]
}

fn tokens(token: &str) -> Vec<Option<String>> {
    let mut wrong = token.to_owned();
    let last = if wrong.pop() == Some('0') { '1' } else { '0' };
    wrong.push(last);
    vec![
        None,
        Some(token.to_owned()),
        Some(wrong),
        Some(format!("{token}0")),
        Some(String::new()),
        Some(token[..token.len() - 1].to_owned()),
        Some(token.to_uppercase() + "x"),
    ]
}

/// What a live page tells its script.
pub fn token_of(live: &Live) -> String {
    live.running.board.view().pages.as_ref().unwrap().token()
}

#[test]
fn nothing_is_let_write_wrongly_and_nothing_right_is_refused() {
    let live = live("Team");
    let (port, token) = (live.address().port(), token_of(&live));
    let ways = Way::all(port, &token);
    let (next, let_in) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let try_all = || {
        let mut line = Line { live: &live, stream: live.connect() };
        while let Some(way) = ways.get(next.fetch_add(1, Ordering::Relaxed)) {
            let refusals = way.refusals(port, &token);
            let status = line.ask(&way.request());
            let asked = format!(
                "{} {} of {}, {:?}, {:?}, {:?}, {:?}",
                way.method, way.target, way.host, way.content_type, way.origin, way.site, way.token
            );
            if refusals.is_empty() {
                let refused = [401, 403, 405, 411, 413, 415].contains(&status);
                assert!(!refused && status < 500, "{asked}: {status}");
                let_in.fetch_add(1, Ordering::Relaxed);
            } else {
                assert!(refusals.contains(&status), "{asked}: {status}, not {refusals:?}");
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(try_all);
        }
    });
    let (n, let_in) = (ways.len(), let_in.into_inner());
    println!("{n} ways to ask, {let_in} of them let in");
    assert!(n >= 2_000 && let_in >= 20, "{n}, {let_in}");
}

#[test]
fn a_refusal_says_in_words_what_to_do() {
    let live = live("Team");
    let host = live.address().to_string();
    let token = token_of(&live);
    let json = "Content-Type: application/json\r\n";
    let known = format!("X-Skillmeat-Token: {token}\r\n");
    let table = [
        (403, "SM725", format!("{json}{known}Origin: null\r\n")),
        (403, "SM725", format!("{json}{known}Sec-Fetch-Site: same-site\r\n")),
        (415, "SM727", known.clone()),
        (401, "SM728", json.to_owned()),
    ];
    for (status, code, headers) in table {
        let got = live.ask("POST", "/api/v1/collections", &host, &headers);
        assert_eq!(got.header("Content-Type"), Some("application/problem+json"));
        let problem: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
        assert_eq!((got.status, &problem["problems"][0]["code"]), (status, &code.into()));
        assert!(problem["problems"][0]["help"].is_string(), "{problem}");
        assert!(!got.text().contains(&token), "{}", got.text());
    }
    // A header by which is judged stands there once, and in plain text.
    for twice in ["Origin: http://a\r\n", "X-Skillmeat-Token: x\r\n", "Content-Type: a/b\r\n"] {
        let got = live.ask("POST", "/api/v1/collections", &host, &twice.repeat(2));
        assert_eq!(got.status, 400, "{twice}");
    }
    let odd = format!("{json}{known}Origin: http://evil\u{e9}\r\n");
    assert_eq!(live.ask("POST", "/api/v1/collections", &host, &odd).status, 400);
    // Who says themselves who they are is not heard.
    let claims = format!("{json}X-Skillmeat-Peer: own\r\n");
    assert_eq!(live.ask("POST", "/api/v1/collections", &host, &claims).status, 401);
}

#[test]
fn two_runs_have_two_tokens_and_pages_that_only_read_have_none() {
    let (one, other) = (live("Team"), live("Team"));
    let tokens = [&one, &other].map(token_of);
    assert_ne!(tokens[0], tokens[1]);
    assert!(tokens.iter().all(|token| token.len() == 32), "{tokens:?}");
    let reads = Options { port: Some(0), read_only: true, ..Options::default() };
    let reads = live_with("Team", reads);
    assert_eq!(token_of(&reads), "");
    let host = reads.address().to_string();
    for method in METHODS {
        for target in TARGETS {
            let got = reads.ask(method, target, &host, "X-Skillmeat-Token: \r\n");
            assert_eq!((got.status, got.header("Allow")), (405, Some("GET, HEAD")), "{method}");
        }
    }
    assert_eq!(reads.get("/docs/guide/").status, 200);
}
