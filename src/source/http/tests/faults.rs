//! Servers that break every rule, one after the other.

use std::io::Write;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Bench;
use crate::source::fault::{Act, endless, raw, reply, then_nothing};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// These bytes, and then one now and then.
fn drips(head: &'static [u8]) -> Act {
    Arc::new(|stream, _| {
        let mut is_heard = stream.write_all(head).is_ok();
        while is_heard {
            thread::sleep(Duration::from_millis(100));
            is_heard = stream.write_all(b"x").is_ok();
        }
    })
}

#[test]
fn a_server_that_misbehaves_ends_in_words_and_never_hangs() {
    let mut bench = Bench::new();
    bench.tries = 1;
    let bomb = gzip(&vec![b' '; 8 << 20]);
    let head = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes();
    let with = |lines: &str, body: &[u8]| raw([&head(lines), body].concat());
    let (drip, slow_head) = (
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        drips(b"HTTP/1.1 200 OK\r\nX: "),
    );
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
            endless(b"HTTP/1.1 200 OK\r\n", format!("X: {}\r\n", "x".repeat(9_999)).into_bytes()),
            "SM448 `H/x` is too large: a head of more than 64 KiB",
        ),
        (
            "more headers than anybody sends",
            endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n".to_vec()),
            "SM448 `H/x` is too large: a head of too many lines",
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
        (204, "SM447 `H/x` answered 204, which is no answer"),
        (206, "SM447 `H/x` answered 206, which is no answer"),
        (304, "SM447 `H/x` answered 304, which is no answer"),
        (400, "SM447 `H/x` answered 400, which is no answer"),
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
