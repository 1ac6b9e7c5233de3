//! Bodies, and heads that are cut off: what is whole is heard once, what is not is never heard.

use super::gate::assert_recovers;
use super::guard::token_of;
use super::*;
use crate::serve::gate::CONNECTIONS_MAX;
use crate::serve::head::BODY_BYTES_MAX;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// A form that is let in: its token stands at the end, so all of it has to have come.
fn form(live: &Live, padding: usize) -> (String, String) {
    let body = format!("x={}&token={}", "y".repeat(padding), token_of(live));
    let (host, length) = (live.address(), body.len());
    let head = format!("POST /edit HTTP/1.1\r\nHost: {host}\r\n{FORM}Content-Length: {length}\r\n");
    (head, body)
}

/// The statuses of all answers that came.
fn statuses(bytes: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.split("HTTP/1.1 ").skip(1);
    lines.map(|line| line[..3].parse().unwrap()).collect()
}

fn is_let_in(status: u16) -> bool {
    ![401, 403, 408, 411, 413, 415, 503].contains(&status)
}

#[test]
fn a_body_is_heard_whole_however_it_comes() {
    let live = live("Team");
    for padding in [0, 1, 1_000, 5_000, 70_000] {
        let (head, body) = form(&live, padding);
        let all = format!("{head}Connection: close\r\n\r\n{body}");
        let once = statuses(&live.raw(all.as_bytes()));
        assert!(once.len() == 1 && is_let_in(once[0]), "{padding}: {once:?}");
        let mut stream = live.connect();
        for piece in all.as_bytes().chunks(all.len() / 7 + 1) {
            stream.write_all(piece).unwrap();
            stream.flush().unwrap();
        }
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert_eq!(statuses(&answer), once, "{padding}");
    }
    let (head, body) = form(&live, BODY_BYTES_MAX - token_of(&live).len() - "x=&token=".len());
    assert_eq!(body.len(), BODY_BYTES_MAX);
    let largest = statuses(&live.raw(format!("{head}Connection: close\r\n\r\n{body}").as_bytes()));
    assert!(largest.len() == 1 && is_let_in(largest[0]), "{largest:?}");
}

#[test]
fn a_body_is_never_a_request_and_what_follows_it_is_one() {
    let live = live("Team");
    let host = live.address();
    let next = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let (head, body) = form(&live, 10);
    let let_in =
        statuses(&live.raw(format!("{head}Connection: close\r\n\r\n{body}").as_bytes()))[0];
    // Several on one connection, each judged with its own body.
    let line = format!("{head}\r\n{body}{head}\r\n{body}{next}");
    assert_eq!(statuses(&live.raw(line.as_bytes())), [let_in, let_in, 200]);
    // A request inside of a body stays a body.
    let inside = format!(
        "POST /edit HTTP/1.1\r\nHost: {host}\r\n{FORM}Content-Length: {}\r\n\
         Connection: close\r\n\r\n{next}",
        next.len()
    );
    assert_eq!(statuses(&live.raw(inside.as_bytes())), [401]);
    // What is longer than it said ends the connection.
    let longer = format!("{head}\r\n{body}and so on\r\n\r\n{next}");
    assert_eq!(statuses(&live.raw(longer.as_bytes())), [let_in, 505]);
}

#[test]
fn a_body_that_ends_too_soon_is_not_heard() {
    let live = live("Team");
    let (head, body) = form(&live, 100);
    for missing in [1, 50, body.len()] {
        let mut stream = live.connect();
        let cut = &body[..body.len() - missing];
        write!(stream, "{head}\r\n{cut}").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert_eq!(statuses(&answer), [0; 0]);
    }
    assert_recovers(&live);
    let reports = lock(&live.reports);
    let heard =
        |report: &&Report| matches!(report, Report::Answered { method, .. } if method.writes());
    assert_eq!(reports.iter().filter(heard).count(), 0);
}

#[test]
fn a_body_that_cannot_be_bounded_is_refused_before_it_is_read() {
    let live = live("Team");
    let host = live.address();
    let ask = |headers: &str| {
        got(&live
            .raw(format!("POST /api/v1/x HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n").as_bytes()))
    };
    let length = |n: usize| format!("Content-Length: {n}\r\n");
    let waits = "Expect: 100-continue\r\n";
    let table = [
        (411, "SM721", "Transfer-Encoding: chunked\r\n".to_owned()),
        (413, "SM722", length(BODY_BYTES_MAX + 1)),
        (413, "SM722", length(200 << 20) + waits),
    ];
    for (status, code, headers) in table {
        let got = ask(&headers);
        assert_eq!(got.status, status, "{headers}");
        assert_eq!(got.header("Content-Type"), Some("application/problem+json"));
        assert!(got.text().contains(code) && got.text().contains("\"help\""), "{}", got.text());
    }
    assert_eq!(ask("Expect: miracles\r\n").status, 417);
    assert_eq!(ask(&length(0)).status, 415);
    assert_recovers(&live);
}

#[test]
fn who_asks_before_sending_is_told_to_go_on() {
    let live = live("Team");
    let (head, body) = form(&live, 2_000);
    let mut stream = live.connect();
    write!(stream, "{head}Expect: 100-continue\r\nConnection: close\r\n\r\n").unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answered = statuses(&answer);
    assert!(answered.len() == 1 && is_let_in(answered[0]), "{answered:?}");
}

#[test]
fn bodies_that_never_come_give_way_to_those_that_do() {
    let live = live("Team");
    let (head, body) = form(&live, 1_000);
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS_MAX * 3 {
        let mut stream = live.connect();
        write!(stream, "{head}\r\n{}", &body[..500]).unwrap();
        open.push(stream);
    }
    assert_recovers(&live);
    assert_recovers(&live);
    drop(open);
    assert_recovers(&live);
}

/// What a list of tests for HTTP/1 servers asks for, each in one line: heads cut off anywhere are
/// waited for, whole ones get their status.
#[test]
fn heads_are_understood_as_the_standard_says() {
    let live = live("Team");
    let host = live.address().to_string();
    let whole = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let cuts = [
        "G",
        "GET ",
        "GET /healthz",
        "GET /healthz ",
        "GET /healthz HTTP",
        "GET /healthz HTTP/1.1",
        "GET /healthz HTTP/1.1\r",
        "GET /healthz HTTP/1.1\r\n",
        "GET /healthz HTTP/1.1\r\nHos",
        "GET /healthz HTTP/1.1\r\nHost:",
        "GET /healthz HTTP/1.1\r\nHost: ",
    ];
    let mut cuts: Vec<&str> = cuts.to_vec();
    cuts.extend((1..=4).map(|missing| &whole[..whole.len() - missing]));
    for cut in &cuts {
        let mut stream = live.connect();
        stream.write_all(cut.as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let waits = stream.read(&mut [0]).is_err_and(|cause| inner::is_pause(&cause));
        assert!(waits, "{cut:?}");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // And the rest is understood.
        let rest = whole.strip_prefix(cut).unwrap();
        stream.write_all(rest.as_bytes()).unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200", "{cut:?}");
    }
    let get = |head: &str| format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n{head}\r\n");
    let table: Vec<(&str, String, u16)> = vec![
        ("no version", "GET / \r\n\r\n".into(), 505),
        ("expects", get("Expect: 100-continue\r\n"), 200),
        ("plain", get(""), 200),
        ("odd but right", format!("GET /healthz HTTP/1.1\r\nhoSt:\t{host}\r\nempty:\r\n\r\n"), 200),
        ("brackets in a name", get("X-Invalid[]: test\r\n"), 400),
        ("no host", "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n".into(), 400),
        ("two hosts", get("Host: example.org\r\n"), 400),
        ("below any number", get("Content-Length: -123456789123456789123456789\r\n"), 400),
        ("below zero", get("Content-Length: -1234\r\n"), 400),
        ("no number", get("Content-Length: abc\r\n"), 400),
        ("empty value", get("X-Empty-Header: \r\n"), 200),
        ("control character", get("X-Bad-Control-Char: test\u{7}\r\n"), 400),
        ("version to come", format!("GET / HTTP/9.9\r\nHost: {host}\r\n\r\n"), 505),
        ("words before", format!("Extra line{whole}"), 505),
        ("odd line end", format!("GET / HTTP/1.1\r\nHost: {host}\r\n\rSome: Test\r\n\r\n"), 400),
        ("lengths in two ways", get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400),
        ("in chunks", get("Transfer-Encoding: chunked\r\n"), 411),
        ("with a body", form(&live, 5).0 + "\r\n" + &form(&live, 5).1, 0),
    ];
    assert_eq!(cuts.len() + table.len(), 33);
    for (name, request, status) in table {
        let mut stream = live.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut line = [0; 12];
        stream.read_exact(&mut line).unwrap();
        let got: u16 = std::str::from_utf8(&line[9..]).unwrap().parse().unwrap();
        let right = if status == 0 { is_let_in(got) } else { got == status };
        assert!(right, "{name}: {got}");
    }
}
