//! What a client does when a server does what it should not; on loopback, with limits made small.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::client::{Client, Setting};
use super::limits::Limits;
use super::retry::Clock;
use super::token::Token;
use crate::env::{Env, Stop};
use crate::error::{Error, Exit};
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::source::memory::{Answer, Memory, Remembered};
use fault::{Act, Server, endless, raw, reply, tagged, then_nothing};

#[path = "../../../tests/it/fault.rs"]
mod fault;

/// Time that passes when somebody sleeps, and so at once.
#[derive(Clone, Default)]
struct Quick(Arc<Mutex<Duration>>);

impl Clock for Quick {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

/// What is remembered from one client to the next.
#[derive(Default)]
struct Notes {
    answers: Mutex<BTreeMap<String, Answer>>,
    wait: Mutex<Option<Timestamp>>,
}

impl Memory for Notes {
    fn file(&self, _: &RelPath) -> Option<Remembered> {
        None
    }

    fn below(&self, _: &RelPath) -> Vec<(RelPath, Remembered)> {
        Vec::new()
    }

    fn has(&self, _: &ContentHash) -> bool {
        false
    }

    fn content(&self, _: &ContentHash) -> Option<Vec<u8>> {
        None
    }

    fn answer(&self, url: &str) -> Option<Answer> {
        self.answers.lock().unwrap().get(url).cloned()
    }

    fn keep_answer(&self, url: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(url.to_owned(), answer);
    }

    fn wait_until(&self) -> Option<Timestamp> {
        *self.wait.lock().unwrap()
    }

    fn set_wait(&self, until: Timestamp) {
        *self.wait.lock().unwrap() = Some(until);
    }
}

/// A server and what asks it.
struct Bench {
    server: Server,
    notes: Arc<Notes>,
    clock: Quick,
    token: Option<Token>,
    tries: u32,
    env: Env,
}

impl Bench {
    fn new() -> Self {
        let env = Env {
            root: "/".into(),
            home: None,
            cache_dir: "/".into(),
            now: "2026-01-01T00:00:00Z".parse().unwrap(),
            offline: false,
            stop: Stop::default(),
        };
        let (notes, clock) = (Arc::default(), Quick::default());
        Self { server: Server::start(), notes, clock, token: None, tries: 4, env }
    }

    /// A client of a new sync.
    fn client(&self) -> Result<Client, Error> {
        let limits = Limits {
            body_bytes: 1 << 20,
            total_bytes: 3 << 20,
            request_time: Duration::from_millis(600),
            idle_time: Duration::from_millis(250),
            tries: self.tries,
            ..Limits::default()
        };
        let clock = Box::new(self.clock.clone());
        let setting = Setting { token: self.token.clone(), proxy: None, limits, clock };
        let notes: Arc<dyn Memory> = Arc::<Notes>::clone(&self.notes);
        Client::with("team", &self.server.url, notes, &self.env, setting)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    /// What `/x` gives as JSON, or the code and the words, with the server's address as `H`.
    fn told(&self, acts: impl IntoIterator<Item = Act>) -> String {
        self.server.on("/x", acts);
        self.told_of("/x")
    }

    fn told_of(&self, path: &str) -> String {
        let found = self.client().and_then(|client| client.get_json(&self.url(path)));
        self.words(found.map(|json| json.value.to_string()))
    }

    fn words(&self, found: Result<String, Error>) -> String {
        match found {
            Ok(text) => text,
            Err(error) => {
                let problem = &error.problems[0];
                assert!(problem.help.is_some(), "{problem} helps nobody");
                let text = format!("{} {}", problem.code, problem.message);
                text.replace(&self.server.url, "H")
            }
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn a_server_that_misbehaves_ends_in_words_and_never_hangs() {
    let mut bench = Bench::new();
    bench.tries = 1;
    let bomb = gzip(&vec![b' '; 8 << 20]);
    let head = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes();
    let with = |lines: &str, body: &[u8]| raw([&head(lines), body].concat());
    let drip: Act = Arc::new(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let slow_head: Act = Arc::new(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let large = "SM448 `H/x` is too large: more than 1 MiB";
    let broken = "SM441 cannot read `H/x`: the connection broke off";
    let silent = "SM441 cannot read `H/x`: nothing came for 0 seconds";
    let late = "SM441 cannot read `H/x`: its answer was not whole after 0 seconds";
    let start = Instant::now();
    for (what, act, words) in [
        ("a gzip bomb", with("Content-Encoding: gzip\r\n", &bomb), large),
        ("an endless body", endless(b"HTTP/1.1 200 OK\r\n\r\n", vec![b' '; 1 << 16]), large),
        (
            "endless chunks",
            endless(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                [b"10000\r\n".to_vec(), vec![b' '; 1 << 16], b"\r\n".to_vec()].concat(),
            ),
            large,
        ),
        (
            "a head without end",
            endless(b"HTTP/1.1 200 OK\r\n", format!("X: {}\r\n", "x".repeat(999)).into_bytes()),
            "SM448 `H/x` is too large: a head of more than 64 KiB",
        ),
        ("a body shorter than promised", with("Content-Length: 9\r\n", b"{}"), broken),
        ("a body longer than promised", with("Content-Length: 2\r\n", b"{}junk"), "{}"),
        (
            "a body cut off where JSON needs more",
            with("Content-Length: 3\r\n", b"[1,2]"),
            "SM449 what `H/x` answered ends in the middle",
        ),
        ("a chunk that is missing", with("Transfer-Encoding: chunked\r\n", b"2\r\n{}\r\n"), broken),
        ("gzip cut off", with("Content-Encoding: gzip\r\n", &gzip(b"[1, 2, 3]")[..20]), broken),
        ("nothing at all", raw(""), broken),
        ("half a head", raw("HTTP/1.1 200 OK\r\nContent-"), broken),
        ("silence before the head", then_nothing(b""), silent),
        ("silence in the head", then_nothing(b"HTTP/1.1 200 OK\r\nX"), silent),
        (
            "silence after the head",
            then_nothing(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
            silent,
        ),
        ("a byte now and then", drip, late),
        ("a byte of a head now and then", slow_head, late),
    ] {
        assert_eq!(bench.told([act]), words, "{what}");
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert!(bench.notes.answers.lock().unwrap().is_empty());
    assert_eq!(bench.told([reply(200, &[], "{\"whole\": true}")]), "{\"whole\":true}");
}

#[test]
fn what_is_no_answer_is_told_by_its_status() {
    let bench = Bench::new();
    for (status, words) in [
        (204, "SM442 `H/x` answered 204, which is no answer"),
        (206, "SM442 `H/x` answered 206, which is no answer"),
        (304, "SM442 `H/x` answered 304, which is no answer"),
        (400, "SM442 `H/x` answered 400, which is no answer"),
        (401, "SM443 `H/x` may not be read (401)"),
        (403, "SM443 `H/x` may not be read (403)"),
        (404, "SM442 `H/x` is not there (404)"),
        (410, "SM442 `H/x` is not there (410)"),
        (429, "SM444 `H/x` takes no more requests for now (429)"),
        (501, "SM445 `H/x` failed on the server (501)"),
        (503, "SM445 `H/x` failed on the server (503)"),
    ] {
        assert_eq!(bench.told([reply(status, &[], "x")]), words);
        let n_tries = match status {
            429 | 503 => 4,
            304 => 2,
            _ => 1,
        };
        assert_eq!(bench.server.asked().len(), n_tries, "{status}");
    }
    let garbage = bench.told([raw("SSH-2.0-x\r\n\r\n")]);
    assert!(garbage.starts_with("SM449 what `H/x` answered is no HTTP: "), "{garbage}");
    let page = reply(200, &[("Content-Type", "text/html; charset=utf-8")], "{}");
    let words = "SM449 what `H/x` answered is a page, not JSON: perhaps a login page";
    assert_eq!(bench.told([page]), words);
    let evil = reply(302, &[("Location", "http://x/\x1b]52;c;x\x07")], "");
    let words = bench.told([evil]);
    assert!(!words.contains('\x1b'), "{words:?}");
}

#[test]
fn what_may_pass_is_tried_again_and_the_waits_grow() {
    let bench = Bench::new();
    let down = || reply(503, &[], "");
    assert_eq!(bench.told([down(), raw(""), reply(429, &[], ""), reply(200, &[], "1")]), "1");
    assert_eq!(bench.server.asked().len(), 4);
    // Full jitter below 0.5 + 1 + 2 seconds.
    assert!(bench.clock.now() <= Duration::from_millis(3_500 + 3 * 50), "{:?}", bench.clock.now());
}

#[test]
fn a_server_is_waited_for_as_long_as_it_asks_within_a_budget() {
    let bench = Bench::new();
    let down = |wait: &str| reply(503, &[("Retry-After", wait)], "");
    let date = "Thu, 01 Jan 2026 00:00:12 GMT";
    assert_eq!(bench.told([down("7"), down(date), reply(200, &[], "1")]), "1");
    let waited = bench.clock.now();
    assert!(waited >= Duration::from_secs(12) && waited < Duration::from_secs(13), "{waited:?}");

    // Ten years are an hour: the sync ends at once, and the next one within that hour asks nothing.
    for far in ["315360000", "Thu, 01 Jan 2036 00:00:00 GMT", "3600"] {
        let mut bench = Bench::new();
        let asks = "SM444 `H/x` asks to wait 60 minutes; the next sync after that tries again";
        assert_eq!(bench.told([down(far)]), asks, "{far}");
        assert_eq!(bench.server.asked().len(), 1);
        bench.env.now = "2026-01-01T00:59:00Z".parse().unwrap();
        let still = "SM444 `H` asks to wait 60 seconds; the next sync after that tries again";
        assert_eq!(bench.told_of("/x"), still);
        assert_eq!(bench.server.asked().len(), 0);
        bench.env.now = "2026-01-01T01:00:00Z".parse().unwrap();
        assert_eq!(bench.told([reply(200, &[], "1")]), "1");
    }
    // A clock that went back by years does not lock the source out.
    let mut bench = Bench::new();
    bench.told([down("900")]);
    bench.env.now = "2016-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(bench.told([reply(200, &[], "1")]), "1");
    // What cannot be meant is no wait.
    for odd in ["-7", "soon", "", "1e3"] {
        assert_eq!(Bench::new().told([down(odd), reply(200, &[], "1")]), "1", "{odd}");
    }
}

#[test]
fn a_stop_ends_a_wait_and_a_silent_request() {
    let bench = Bench::new();
    bench.server.on("/x", [then_nothing(b"")]);
    let client = bench.client().unwrap();
    let stop = bench.env.stop.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        stop.ask(2);
    });
    let error = client.get(&bench.url("/x")).unwrap_err();
    assert_eq!((error.exit, error.problems[0].code.as_str()), (Exit::Interrupted, "SM491"));
    assert_eq!(client.get(&bench.url("/x")).unwrap_err().exit, Exit::Interrupted);
}

#[test]
fn a_redirect_never_leads_to_this_machine_nor_to_another_scheme() {
    let bench = Bench::new();
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let port = canary.local_addr().unwrap().port();
    let own = bench.server.url.rsplit(':').next().unwrap().to_owned();
    let spellings = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0x7F.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "0177.1",
        "127.000.000.001",
        "0",
        "0.0.0.0",
        "0x0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::1]",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "172.16.0.1",
        "100.64.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "[fec0::1]",
        "[ff02::1]",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "[2001:db8::1]",
        "198.18.0.1",
        "240.0.0.1",
    ];
    let mut targets: Vec<String> = Vec::new();
    for host in spellings {
        targets.push(format!("http://{host}:{port}/"));
        targets.push(format!("//{host}:{port}/"));
        targets.push(format!("hTTp://{host}:{port}/?x#y"));
        if !host.starts_with("127.0.0.1") {
            targets.push(format!("http://{host}:{own}/"));
        }
    }
    for odd in [
        "http://h.example@127.0.0.1:P/",
        "http://127.0.0.1:P\\@h.example/",
        "http:\\\\127.0.0.1:P",
        "/\\127.0.0.1:P/",
        "\\\\127.0.0.1:P/",
        "http:/127.0.0.1:P/",
        "http:127.0.0.1:P/",
        "http:///127.0.0.1:P/",
        "http://127.0.0.1%2f@x:P/",
        "http://127.0.0.1 :P/",
        "http://①②⑦.0.0.1:P/",
        "http://127。0。0。1:P/",
        "http://[::1%25lo]:P/",
        "http://\t127.0.0.1:P",
        "ftp://127.0.0.1:P/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:P/_x",
        "data:text/plain,x",
        "javascript:alert(1)",
        "unix:/run/x.sock",
        "jar:http://127.0.0.1:P!/",
        "https://127.0.0.1:P/",
    ] {
        targets.push(odd.replace('P', &port.to_string()));
    }
    for target in &targets {
        bench.server.on("/x", [reply(302, &[("Location", target)], "")]);
        let words = bench.told_of("/x");
        let is_refused = words.starts_with("SM446 ")
            // What is no whole address names a file of the server itself, which has none.
            || words.starts_with("SM442 ") && !target.contains("://") && !target.starts_with("//")
            // A spelling that this system's resolver does not take for an address.
            || words.ends_with("its host is not known");
        assert!(is_refused, "{target}: {words}");
        assert!(canary.accept().is_err(), "{target} reached this machine");
    }
    assert!(targets.len() > 150, "{}", targets.len());
}

#[test]
fn redirects_are_few_and_lead_somewhere() {
    let bench = Bench::new();
    let to = |path: &str| reply(307, &[("Location", path)], "");
    bench.server.on("/x", [to("x")]);
    assert_eq!(bench.told_of("/x"), "SM446 `H/x` is not followed: it redirects more than 5 times");
    assert_eq!(bench.server.asked().len(), 6);
    let nowhere = "SM446 `H/x` is not followed: it redirects without saying where to";
    assert_eq!(bench.told([reply(301, &[], "")]), nowhere);
    bench.server.on("/a/b", [to("../c?d=1")]).gives("/c", "application/json", "1");
    assert_eq!(bench.told_of("/a/b"), "1");
}

#[test]
fn a_token_goes_to_the_written_origin_alone_and_is_never_shown() {
    let mut bench = Bench::new();
    bench.token = Token::new("s3cret");
    bench.server.gives("/x", "application/json", "1");
    assert_eq!(bench.told_of("/x"), "1");
    assert_eq!(bench.server.asked()[0].header("authorization"), Some("Bearer s3cret"));

    let own_port = bench.server.url.rsplit(':').next().unwrap();
    let client = bench.client().unwrap();
    let other = client.get(&format!("http://localhost:{own_port}/x")).unwrap_err();
    assert_eq!(other.problems[0].code, "SM446");
    assert_eq!(bench.server.asked(), []);

    bench.server.on("/x", [reply(401, &[], "")]);
    let denied = bench.client().unwrap().get(&bench.url("/x?key=s3cret")).unwrap_err();
    assert_eq!(denied.exit, Exit::Denied);
    let help = "give a token that may read it in `SKILLMEAT_TOKEN_TEAM`";
    assert_eq!(denied.problems[0].help.as_deref(), Some(help));
    assert!(!format!("{denied} {denied:?}").contains("s3cret"));

    // Over `http` a token stays in private networks.
    let limits = Limits::default();
    let setting = Setting {
        token: bench.token.clone(),
        proxy: None,
        limits,
        clock: Box::new(Quick::default()),
    };
    let notes: Arc<dyn Memory> = Arc::new(Notes::default());
    let url = "http://1.1.1.1:9";
    let client = Client::with("team", url, notes, &bench.env, setting).unwrap();
    let words = bench.words(client.get(url).map(|_| String::new()));
    let wanted =
        "SM450 the token in `SKILLMEAT_TOKEN_TEAM` is not sent over `http` to `http://1.1.1.1:9/`";
    assert_eq!(words, wanted);
}

#[test]
fn behind_a_proxy_only_the_written_host_is_asked() {
    let bench = Bench::new();
    let proxy = ureq::Proxy::new("http://127.0.0.1:9").unwrap();
    let setting = Setting {
        token: None,
        proxy: Some(proxy),
        limits: Limits { tries: 1, ..Limits::default() },
        clock: Box::new(Quick::default()),
    };
    let notes: Arc<dyn Memory> = Arc::new(Notes::default());
    let client = Client::with("team", "https://h.example", notes, &bench.env, setting).unwrap();
    let words = |url: &str| bench.words(client.get(url).map(|_| String::new()));
    let why = "the proxy looks its address up, so it cannot be told whether that is public";
    for other in ["https://127.0.0.1/", "https://other.example/", "https://127.0.0.1:9/"] {
        assert_eq!(words(other), format!("SM446 `{other}` is not followed: {why}"));
    }
    assert!(words("http://h.example/").ends_with("its source is written with `https`"));
    assert!(words("https://h.example/").starts_with("SM441 "), "{}", words("https://h.example/"));
}

#[test]
fn what_is_confirmed_is_not_sent_again() {
    let bench = Bench::new();
    for etag in ["\"a\"", "W/\"a\"", "W/\"1-é\""] {
        bench.server.on("/x", [tagged(etag, "application/json", "[1]")]);
        let news = |client: Client| client.get_json(&bench.url("/x")).unwrap().is_news;
        let is_ascii = etag.is_ascii();
        assert!(news(bench.client().unwrap()), "{etag}");
        assert_eq!(news(bench.client().unwrap()), !is_ascii, "{etag}");
    }
    // An `ETag` that changes each time costs a transfer, and no more.
    let bench = Bench::new();
    let acts =
        [tagged("\"1\"", "x/y", "1"), tagged("\"2\"", "x/y", "1"), tagged("\"3\"", "x/y", "2")];
    bench.server.on("/x", acts);
    assert_eq!([bench.told_of("/x"), bench.told_of("/x"), bench.told_of("/x")], ["1", "1", "2"]);
    // `Last-Modified` alone does too.
    let modified = "Thu, 01 Jan 2026 00:00:00 GMT";
    bench.server.on("/y", [reply(200, &[("Last-Modified", modified)], "7"), reply(304, &[], "")]);
    assert_eq!([bench.told_of("/y"), bench.told_of("/y")], ["7", "7"]);
    let asked = bench.server.asked();
    assert_eq!(asked.last().unwrap().header("if-modified-since"), Some(modified));
    // What was no JSON is not remembered.
    let page = || tagged("\"p\"", "text/html", "<html>");
    bench.server.on("/z", [page(), page(), reply(200, &[], "1")]);
    assert!(bench.told_of("/z").starts_with("SM449 "));
    assert!(bench.told_of("/z").starts_with("SM449 "));
    assert_eq!(bench.told_of("/z"), "1");
    // 304 for what nobody remembers is asked for again.
    assert_eq!(Bench::new().told([reply(304, &[], ""), reply(200, &[], "1")]), "1");
    // What stands behind a redirect is confirmed there.
    bench.server.on("/from", [reply(302, &[("Location", "/to")], "")]);
    bench.server.on("/to", [tagged("\"t\"", "x/y", "5")]);
    bench.told_of("/from");
    bench.server.asked();
    assert_eq!(bench.told_of("/from"), "5");
    let [from, to] = bench.server.asked().try_into().unwrap();
    assert_eq!((from.header("if-none-match"), to.header("if-none-match")), (None, Some("\"t\"")));
}

#[test]
fn many_addresses_come_in_their_order_or_none_does() {
    let bench = Bench::new();
    let paths: Vec<String> = (0..40).map(|at| bench.url(&format!("/{at}"))).collect();
    for at in 0..40 {
        bench.server.gives(&format!("/{at}"), "text/plain", format!("{at}"));
    }
    let seen = Mutex::new(Vec::new());
    let progress = |done, total| seen.lock().unwrap().push((done, total));
    let found = bench.client().unwrap().get_all(&paths, &progress).unwrap();
    let texts: Vec<String> = (0..40).map(|at| at.to_string()).collect();
    assert_eq!(
        found.into_iter().map(|one| one.body).collect::<Vec<_>>(),
        texts.iter().map(|t| t.as_bytes().to_vec()).collect::<Vec<_>>()
    );
    let mut seen = seen.into_inner().unwrap();
    seen.sort_unstable();
    assert_eq!(seen, (1..=40).map(|done| (done, 40)).collect::<Vec<_>>());

    bench.server.on("/17", [reply(404, &[], "")]);
    let found = bench.client().unwrap().get_all(&paths, &|_, _| {});
    assert_eq!(bench.words(found.map(|_| String::new())), "SM442 `H/17` is not there (404)");

    for at in 0..40 {
        bench.server.gives(&format!("/{at}"), "text/plain", vec![b'x'; 100 << 10]);
    }
    let found = bench.client().unwrap().get_all(&paths, &|_, _| {});
    let words = bench.words(found.map(|_| String::new()));
    assert!(words.ends_with("is too large: with it the source gives more than 3 MiB"), "{words}");
}
