//! The wire: a request of `tiny_http` to an [`Asked`], and its answer back.

use std::io::{self, Cursor, Read, Write};
use std::time::Instant;

use tiny_http::{HTTPVersion, Header, Request, Response};

use super::answer::{Answer, COMMON, RAW_POLICY};
use super::events::Stream;
use super::head::{BODY_BYTES_MAX, Method, PEER_HEADER, TOKEN_HEADER};
use super::http::{self, Asked, Reply};
use super::{Report, Server};

/// Answers one request. It has passed the gate, so what is missing here never came.
pub fn answer(server: &Server, mut request: Request) {
    let mut body = Vec::new();
    let read = request.as_reader().take(BODY_BYTES_MAX as u64).read_to_end(&mut body);
    let (Ok(_), Some(method)) = (read, Method::named(&request.method().to_string())) else {
        return;
    };
    let target = request.url().to_owned();
    let header = |name| header(&request, name);
    let asked = Asked {
        method,
        target: &target,
        host: header("Host").unwrap_or_default(),
        body: &body,
        accept: header("Accept"),
        content_type: header("Content-Type"),
        origin: header("Origin"),
        fetch_site: header("Sec-Fetch-Site"),
        token: header(TOKEN_HEADER),
        peer: header(PEER_HEADER).and_then(|address| address.parse().ok()),
        if_none_match: header("If-None-Match"),
        last_event_id: header("Last-Event-ID"),
    };
    let begun = Instant::now();
    let reply = http::reply(server, &asked);
    let status = match &reply {
        Reply::Whole(answer) => answer.status,
        Reply::Events(_) => 200,
    };
    let route = http::route(&asked, status);
    // A stream of events is answered when it begins.
    (server.sink)(Report::Answered { method, route, status, elapsed: begun.elapsed() });
    // Who has left by now needs no answer, so what writing says is not looked at.
    let _ = match reply {
        Reply::Whole(answer) => respond(request, answer),
        Reply::Events(stream) => stream_events(request, stream),
    };
}

fn header<'a>(request: &'a Request, name: &'static str) -> Option<&'a str> {
    let found = request.headers().iter().find(|header| header.field.equiv(name));
    found.map(|header| header.value.as_str())
}

fn respond(request: Request, answer: Answer) -> io::Result<()> {
    let headers = answer
        .headers
        .iter()
        .chain(&COMMON.map(|(name, value)| (name, value.into())))
        .filter_map(|(name, value)| Header::from_bytes(*name, value.as_str()).ok())
        .collect();
    let length = Some(answer.body.len());
    let body = Cursor::new(answer.body);
    let response = Response::new(answer.status.into(), headers, body, length, None);
    request.respond(response.with_chunked_threshold(usize::MAX))
}

/// Written by hand: `tiny_http` would hold events back until its buffers are full.
fn stream_events(request: Request, stream: Stream) -> io::Result<()> {
    let chunked = *request.http_version() == HTTPVersion(1, 1);
    let head_only = *request.method() == tiny_http::Method::Head;
    let mut writer = request.into_writer();
    let version = if chunked { "1.1" } else { "1.0" };
    write!(writer, "HTTP/{version} 200 OK\r\nContent-Type: text/event-stream\r\n")?;
    write!(writer, "Cache-Control: no-store\r\nContent-Security-Policy: {RAW_POLICY}\r\n")?;
    for (name, value) in COMMON {
        write!(writer, "{name}: {value}\r\n")?;
    }
    writer.write_all(if chunked { b"Transfer-Encoding: chunked\r\n\r\n" } else { b"\r\n" })?;
    if head_only { writer.flush() } else { stream.run(&mut writer, chunked) }
}
