//! Hostile clients, one table each; after each, a person gets an answer.

use super::*;
use crate::serve::gate::CONNECTIONS_MAX;
use crate::site::data::live::ROUTES;

/// A person's request, which has to be answered soon whatever went on before.
fn assert_well(live: &Live) {
    let begun = Instant::now();
    let got = live.get("/healthz");
    assert_eq!((got.status, got.text().as_str()), (200, "ok\n"));
    assert!(begun.elapsed() < Duration::from_secs(2), "took {:?}", begun.elapsed());
}

/// As [`assert_well`], with the time that it takes to notice who takes nothing.
pub fn assert_recovers(live: &Live) {
    let host = live.address();
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let begun = Instant::now();
    eventually("somebody else is answered", || {
        live.raw(request.as_bytes()).starts_with(b"HTTP/1.1 200")
    });
    println!("answered after {} ms", begun.elapsed().as_millis());
}

fn foreign_hosts(port: u16) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for name in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "::1",
        "0.0.0.0",
        "[::]",
        "0",
        "127.1",
        "127.0.0.2",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127.0.0.1.",
        "localhost.",
        "LOCALHOST",
        "Localhost",
        "localhost.evil.test",
        "evil.test",
        "evil.localhost",
        "127.0.0.1.nip.io",
        "user@localhost",
        "localhost@evil.test",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:0:0:1]",
        "localhost,evil.test",
        "evil.test,localhost",
    ] {
        hosts.push(name.to_owned());
        hosts.push(format!("{name}:{}", port ^ 1));
        if !["127.0.0.1", "localhost", "[::1]"].contains(&name) {
            hosts.push(format!("{name}:{port}"));
        }
    }
    for form in
        ["localhost:{}x", "localhost:0{}", "localhost:+{}", "localhost:{}:{}", "localhost: {}"]
    {
        hosts.push(form.replace("{}", &port.to_string()));
    }
    hosts.extend(["".into(), ":".into(), format!(":{port}"), format!("http://localhost:{port}")]);
    hosts
}

#[test]
fn a_foreign_host_gets_an_empty_403_on_every_route_by_every_method() {
    let live = live("Team");
    let hosts = foreign_hosts(live.address().port());
    assert!(hosts.len() >= 60, "{}", hosts.len());
    let targets = [
        "/",
        "/docs/guide/",
        "/nothing",
        "/edit",
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/v1/status",
        "/api/v1/events",
        "/api/v1/collections",
    ];
    for host in &hosts {
        for target in targets {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
                let got = live.ask(method, target, host, "");
                assert_eq!((got.status, got.body.len()), (403, 0), "{method} {target} {host:?}");
            }
        }
    }
    for host in head::own_hosts(live.address().port()) {
        assert_eq!(live.ask("GET", "/healthz", &host, "").status, 200, "{host}");
    }
}

#[test]
fn no_route_at_all_is_there_for_a_foreign_host() {
    let live = live("Team");
    let port = live.address().port();
    let mut targets: Vec<String> = ROUTES
        .iter()
        .map(|route| format!("/api/v1/{}", route.path.replace(['{', '}'], "")))
        .collect();
    let others =
        ["/settings/", "/edit/", "/edit/collection/", "/sync/", "/status.js", "/assets/x.js"];
    targets.extend(others.map(str::to_owned));
    targets.push("/a/local/skill/pdf/raw/SKILL.md".to_owned());
    for target in targets {
        for host in ["evil.test".to_owned(), "localhost".to_owned(), format!("evil.test:{port}")] {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                let got = live.ask(method, &target, &host, "");
                assert_eq!((got.status, got.body.len()), (403, 0), "{method} {target} {host}");
            }
        }
    }
}

#[test]
fn every_request_of_a_connection_is_judged_in_its_turn() {
    let live = live("Team");
    let host = live.address();
    let good = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let bad = "GET /healthz HTTP/1.1\r\nHost: evil.test\r\n\r\n";
    let answers = live.raw(format!("{good}{good}{bad}{good}").as_bytes());
    let answers = String::from_utf8(answers).unwrap();
    let statuses: Vec<&str> = answers
        .lines()
        .filter_map(|line| line.split_once("HTTP/1.1 "))
        .map(|line| line.1)
        .collect();
    assert_eq!(statuses, ["200 OK", "200 OK", "403 Forbidden"], "{answers}");
}

#[test]
fn what_is_no_plain_request_is_refused() {
    let live = live("Team");
    let host = live.address();
    let table = [
        ("GET /healthz HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n"), 400),
        (format!("GET / HTTP/1.1\r\nHost: {host}\r\nhost: evil.test\r\n\r\n"), 400),
        (format!("GET http://{host}/healthz HTTP/1.1\r\nHost: {host}\r\n\r\n"), 400),
        (format!("GET / HTTP/1.1\r\nHost: {host}\r\nContent-Length: abc\r\n\r\n"), 400),
        (
            format!("GET / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9000000000000000\r\n\r\n"),
            413,
        ),
        (format!("OPTIONS / HTTP/1.1\r\nHost: {host}\r\n\r\n"), 405),
        (format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n"), 400),
        (format!("GET / HTTP/2.0\r\nHost: {host}\r\n\r\n"), 505),
        (format!("GET / HTTP/1.1\nHost: {host}\n\n"), 400),
        (format!("GET / HTTP/1.1\r\nHost: {host}\r\nX: {}\r\n\r\n", "y".repeat(17_000)), 431),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}".to_owned(), 400),
    ];
    for (bytes, status) in table {
        let got = got(&live.raw(bytes.as_bytes()));
        assert_eq!((got.status, got.body.len()), (status, 0), "{bytes:.90}");
    }
    let got = live.ask("DELETE", "/", &host.to_string(), "");
    assert_eq!(got.header("Allow"), Some("GET, HEAD"));
    assert_well(&live);
}

#[test]
fn connections_that_never_ask_give_way_to_those_that_do() {
    let live = live("Team");
    let mut open = Vec::new();
    for n in 0..CONNECTIONS_MAX * 4 {
        let mut stream = live.connect();
        if n % 2 == 0 {
            stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
        }
        open.push(stream);
    }
    assert_well(&live);
    assert_well(&live);
    drop(open);
    assert_well(&live);
}

#[test]
fn pages_that_listen_never_lock_out_one_that_asks() {
    let live = live("Team");
    let mut open = Vec::new();
    for _ in 0..1_000 {
        // Those that find no place are closed at once.
        let Ok(mut stream) = TcpStream::connect(live.address()) else { continue };
        let host = live.address();
        let _ = write!(stream, "GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\n\r\n");
        open.push(stream);
    }
    assert_recovers(&live);
    assert_eq!(live.running.board.hub.n_streams().min(33), 32);
    drop(open);
    assert_recovers(&live);
}

#[test]
fn clients_that_never_read_give_way_to_those_that_do() {
    let live = live("Team");
    let host = live.address();
    let target = "/a/local/skill/pdf/raw/large.txt";
    assert_eq!(live.get(target).body.len(), LARGE_BYTES);
    let open: Vec<TcpStream> = (0..CONNECTIONS_MAX)
        .map(|_| {
            let mut stream = live.connect();
            write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
            stream
        })
        .collect();
    assert_recovers(&live);
    drop(open);
}

#[test]
fn an_endless_header_is_cut_off_and_not_kept() {
    let live = live("Team");
    let mut stream = live.connect();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nX: ").unwrap();
    let megabyte = vec![b'y'; 1 << 20];
    for _ in 0..200 {
        if stream.write_all(&megabyte).is_err() {
            break;
        }
    }
    let mut answer = [0; 12];
    if stream.read_exact(&mut answer).is_ok() {
        assert_eq!(&answer, b"HTTP/1.1 431");
    }
    assert_well(&live);
}

#[test]
fn the_server_behind_the_gate_is_started_anew_when_it_went_deaf() {
    let answer: inner::Answer = Arc::new(|request| {
        let _ = request.respond(tiny_http::Response::from_string("here"));
    });
    let inner = inner::Inner::start(answer).unwrap();
    let ask =
        || inner.ask(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", false, &|| {}, &|| false);
    assert!(ask().is_ok());
    inner.go_deaf();
    let mut exchange = ask().unwrap();
    let mut rest = String::new();
    exchange.rest.read_to_string(&mut rest).unwrap();
    assert!((String::from_utf8(exchange.first).unwrap() + &rest).ends_with("here"));
    inner.close();
    assert!(ask().is_err());
}
