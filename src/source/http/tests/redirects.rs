//! Where a server may lead, and what goes along.

use std::net::TcpListener;
use std::sync::Arc;

use super::super::client::{Client, Setting};
use super::super::limits::Limits;
use super::super::token::Token;
use super::{Bench, Notes, Quick};
use crate::error::Exit;
use crate::source::fault::reply;
use crate::source::memory::Memory;

/// Addresses of this machine, of private networks and of nobody, as they may be written.
const CLOSED: &[&str] = &[
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

/// Addresses that readers disagree about, or that are none, with `P` for a port of this machine.
const ODD: &[&str] = &[
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
];

#[test]
fn a_redirect_never_leads_to_this_machine_nor_to_another_scheme() {
    let bench = Bench::new();
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let port = canary.local_addr().unwrap().port();
    let own = bench.server.url.rsplit(':').next().unwrap().to_owned();
    let mut targets: Vec<String> = Vec::new();
    for host in CLOSED {
        targets.push(format!("http://{host}:{port}/"));
        targets.push(format!("//{host}:{port}/"));
        targets.push(format!("hTTp://{host}:{port}/?x#y"));
        if !host.starts_with("127.0.0.1") {
            targets.push(format!("http://{host}:{own}/"));
        }
    }
    for odd in ODD {
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
fn https_is_never_given_up_for_a_server_that_has_none() {
    let bench = Bench::new();
    bench.server.gives("/x", "application/json", "1");
    let url = bench.server.url.replace("http:", "https:");
    let setting = Setting {
        token: Token::new("s3cret"),
        proxy: None,
        limits: Limits::default(),
        clock: Box::new(Quick::default()),
    };
    let notes: Arc<dyn Memory> = Arc::new(Notes::default());
    let client = Client::with("team", &url, notes, &bench.env, setting).unwrap();
    let words = |url: &str| bench.words(client.get(url).map(|_| String::new()));
    let plain = words(&bench.url("/x"));
    assert!(plain.ends_with("it is `http`, while its source is written with `https`"), "{plain}");
    let safe = words(&format!("{url}/x"));
    assert!(safe.starts_with("SM441 ") && safe.contains("no safe connection"), "{safe}");
    assert_eq!(bench.server.asked(), []);
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
