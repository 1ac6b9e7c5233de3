//! Routes: a judged request and the view of now to an answer.
//!
//! A path is looked up among the site's outputs or among the few routes that only a running
//! server has. It never opens a file, and never knows which socket the answer goes to.

use std::io::{self, Cursor, Write};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use tiny_http::{HTTPVersion, Header, Method, Request, Response};

use super::board::{Board, View, problem_list};
use super::events::Stream;
use super::pages::{Pages, Rendered, Use, use_of};
use super::{Report, Sink};
use crate::error::Problem;
use crate::model::age::Age;
use crate::site::Output;

/// Of the pages: nothing but our own files, and never in a frame.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
/// Of what people wrote elsewhere, shown as it is.
const RAW_POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";
const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The shape of [`status`]; only ever added to.
const STATUS_SCHEMA: u32 = 1;
/// How soon a page that says why there is no catalog looks again, in seconds.
const RETRY_SECONDS: &str = "2";

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Arc<[u8]>,
}

pub enum Reply {
    Whole(Answer),
    Events(Stream),
}

/// What a route sees of a request.
pub struct Asked<'a> {
    pub target: &'a str,
    pub if_none_match: Option<&'a str>,
    pub last_event_id: Option<&'a str>,
}

/// Answers one request of `tiny_http`.
pub fn answer(board: &Board, sink: &Sink, request: Request) {
    let target = request.url().to_owned();
    let asked = Asked {
        target: &target,
        if_none_match: header(&request, "If-None-Match"),
        last_event_id: header(&request, "Last-Event-ID"),
    };
    // Who has left by now needs no answer, so what writing says is not looked at.
    let _ = match reply(board, sink, &asked) {
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

/// On every answer.
const COMMON: [(&str, &str); 4] = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "same-origin"),
    ("Server", "skillmeat"),
];

/// Written by hand: `tiny_http` would hold events back until its buffers are full.
fn stream_events(request: Request, stream: Stream) -> io::Result<()> {
    let chunked = *request.http_version() == HTTPVersion(1, 1);
    let head_only = *request.method() == Method::Head;
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

/// The route's answer, before it is written anywhere.
pub fn reply(board: &Board, sink: &Sink, asked: &Asked) -> Reply {
    let view = board.view();
    Reply::Whole(match asked.path() {
        "/healthz" => whole(200, TEXT, "ok\n"),
        "/api/v1/status" => whole(200, JSON, &format!("{}\n", status(&view, Timestamp::now()))),
        "/api/v1/events" => match board.hub.subscribe(since(asked)) {
            Some(stream) => return Reply::Events(stream),
            None => too_many_streams(asked),
        },
        _ => match &view.pages {
            None => no_catalog(asked, &view.failure),
            Some(pages) => page(&view, pages, asked, sink),
        },
    })
}

impl Asked<'_> {
    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    fn is_api(&self) -> bool {
        self.path().starts_with("/api/")
    }

    fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }
}

/// The revision a client has seen: what it says on reconnecting, else what its page asked for.
fn since(asked: &Asked) -> Option<u64> {
    let by_page =
        || asked.query()?.split('&').find_map(|pair| pair.strip_prefix("since="))?.parse().ok();
    asked.last_event_id.and_then(|id| id.parse().ok()).or_else(by_page)
}

fn status(view: &View, now: Timestamp) -> Value {
    let pages = view.pages.as_ref();
    let mut problems = view.failure.clone();
    problems.extend(pages.map(|pages| pages.problems().to_vec()).unwrap_or_default());
    problems.extend(view.refresh.problems.iter().cloned());
    let age = pages.map_or(Age::Current, |pages| pages.age(now));
    json!({
        "schema": STATUS_SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "revision": view.revision,
        "failed": !view.failure.is_empty(),
        "last_sync": pages.and_then(|pages| pages.last_sync()).map(|at| at.to_string()),
        "stale": age.is_stale(),
        "age": age.word(),
        "refreshing": view.refresh.is_running,
        "problems": problem_list(&problems),
    })
}

fn page(view: &View, pages: &Pages, asked: &Asked, sink: &Sink) -> Answer {
    let (status, output) = match decoded(asked.path()).map(|path| found(pages, &path)) {
        Some(Found::File(output)) => (200, Some(output)),
        Some(Found::Folder(folder)) => return moved(&folder, asked.query()),
        _ if asked.is_api() => (404, None),
        _ => (404, pages.find("404.html")),
    };
    let Some(output) = output else { return wrong(asked, 404, "Not found", &[]) };
    let rendered = match pages.render(output) {
        Ok(rendered) => rendered,
        Err(error) => {
            sink(Report::Trouble(error.problems.clone()));
            return wrong(asked, 500, "This page could not be made", &error.problems);
        }
    };
    let mut answer = file_answer(status, output, &rendered);
    // The page's own script reads it and so can ask for what came after this very page.
    let made_from = format!("revision;desc=\"{}\"", view.revision);
    answer.headers.push(("Server-Timing", made_from));
    if status == 200 && asked.if_none_match.is_some_and(|tags| names(tags, &rendered.etag)) {
        answer.status = 304;
        answer.headers.retain(|(name, _)| *name != "Content-Type");
    }
    answer
}

fn file_answer(status: u16, output: &Output, rendered: &Rendered) -> Answer {
    let (kind, policy, cache) = match use_of(output) {
        Use::Page => (content_type(&output.path), PAGE_POLICY, "no-cache"),
        Use::Hashed => (content_type(&output.path), PAGE_POLICY, FOR_EVER),
        Use::Raw => (TEXT, RAW_POLICY, "no-cache"),
    };
    let headers = vec![
        ("Content-Type", kind.to_owned()),
        ("Content-Security-Policy", policy.to_owned()),
        ("Cache-Control", cache.to_owned()),
        ("ETag", rendered.etag.clone()),
    ];
    Answer { status, headers, body: Arc::clone(&rendered.bytes) }
}

/// Whether a list of entity tags names this one.
fn names(tags: &str, etag: &str) -> bool {
    tags.split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

enum Found<'a> {
    File(&'a Output),
    /// A folder named without its final `/`.
    Folder(String),
    Nothing,
}

/// What a decoded path means.
fn found<'a>(pages: &'a Pages, path: &str) -> Found<'a> {
    let name = path.strip_prefix('/').unwrap_or(path);
    match pages.find(name) {
        Some(output) => Found::File(output),
        None if pages.find(&format!("{name}/")).is_some() => Found::Folder(name.to_owned()),
        None => Found::Nothing,
    }
}

/// Percent-decodes once, strictly; `None` for what no output could be called: broken escapes,
/// control characters, backslashes, empty names, `.` and `..`.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        if byte == b'/' {
            return None;
        }
        bytes.push(byte);
        rest = after;
    }
    let text = String::from_utf8(bytes).ok()?;
    let inner = text.strip_prefix('/')?;
    let odd = inner.chars().any(|c| c.is_control() || c == '\\');
    let folder = inner.strip_suffix('/').unwrap_or(inner);
    let bad = |name: &str| matches!(name, "" | "." | "..");
    let bad = !inner.is_empty() && folder.split('/').any(bad);
    (!odd && !bad).then_some(text)
}

fn moved(folder: &str, query: Option<&str>) -> Answer {
    let mut location = String::new();
    for name in folder.split('/') {
        location.push('/');
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                location.push(char::from(byte));
            } else {
                location.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    location.push('/');
    if let Some(query) = query {
        location.push('?');
        location.push_str(query);
    }
    let mut answer = whole(308, TEXT, "");
    answer.headers.push(("Location", location));
    answer
}

fn too_many_streams(asked: &Asked) -> Answer {
    let mut answer = wrong(asked, 503, "Too many open pages listen for changes", &[]);
    answer.headers.push(("Retry-After", "30".to_owned()));
    answer
}

fn whole(status: u16, kind: &str, text: &str) -> Answer {
    Answer {
        status,
        headers: vec![
            ("Content-Type", kind.to_owned()),
            ("Content-Security-Policy", PAGE_POLICY.to_owned()),
            ("Cache-Control", "no-store".to_owned()),
        ],
        body: text.as_bytes().into(),
    }
}

/// While no catalog could be loaded: every page says why, and looks again by itself.
fn no_catalog(asked: &Asked, failure: &[Problem]) -> Answer {
    let mut answer = wrong(asked, 503, "The catalog cannot be read", failure);
    answer.headers.push(("Refresh", RETRY_SECONDS.to_owned()));
    answer
}

/// What went wrong, for a program or for a person.
fn wrong(asked: &Asked, status: u16, title: &str, problems: &[Problem]) -> Answer {
    if asked.is_api() {
        let list = problem_list(problems);
        let problem = json!({"title": title, "status": status, "problems": list});
        return whole(status, "application/problem+json", &format!("{problem}\n"));
    }
    // Without the theme, since the theme may be what is broken.
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<h1>{title}</h1>\n"
    );
    for problem in problems {
        html.push_str(&format!("<pre>{}</pre>\n", escaped(&problem.to_string())));
    }
    html.push_str("<p><a href=\"/\">Home</a></p>\n</html>\n");
    whole(status, "text/html; charset=utf-8", &html)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json" | "map") => JSON,
        Some("webmanifest") => "application/manifest+json",
        Some("xml") => "application/xml; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("md") => "text/markdown; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("zip") => "application/zip",
        // Also what tells hosts about the site, `_headers` and `.nojekyll`.
        Some("txt" | "nojekyll") | None => TEXT,
        _ => "application/octet-stream",
    }
}
