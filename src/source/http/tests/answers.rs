//! What is remembered of answers, and many of them at once.

use std::sync::Mutex;

use super::super::client::Client;
use super::Bench;
use crate::source::fault::{reply, tagged};

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
