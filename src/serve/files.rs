//! Files of the site: a path to one of the catalog's outputs, and that to an answer.
//!
//! What no output is called does not exist. It never opens a file.

use std::sync::Arc;

use super::Report;
use super::Server;
use super::answer::{Answer, FOR_EVER, PAGE_POLICY, RAW_POLICY, TEXT, content_type};
use super::board::View;
use super::http::Asked;
use super::pages::{Pages, Rendered, Use, use_of};
use crate::site::Output;

/// The file that is asked for, or why there is none.
pub fn answer(server: &Server, view: &View, pages: &Pages, asked: &Asked) -> Answer {
    let (status, output) = match decoded(asked.path()).map(|path| found(pages, &path)) {
        Some(Found::File(output)) => (200, Some(output)),
        Some(Found::Folder(folder)) => return moved(&folder, asked.query()),
        _ if asked.is_api() => (404, None),
        _ => (404, pages.find("404.html")),
    };
    let Some(output) = output else { return asked.wrong(404, "Not found", &[]) };
    let rendered = match pages.render(output) {
        Ok(rendered) => rendered,
        Err(error) => {
            (server.sink)(Report::Trouble(error.problems.clone()));
            if pages.note_unmade(&error.problems) {
                server.board.tell();
            }
            // What a person who mends a template needs is the page and what is wrong with it.
            match pages.last_good(output) {
                Some(rendered) => rendered,
                None => return asked.wrong(500, "This page could not be made", &error.problems),
            }
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
    Answer::whole(308, TEXT, "").with("Location", location)
}
