//! Routes: a judged request and the view of now to an answer.
//!
//! One table. A path is one of the few routes that only a running server has, or a file of the
//! site. It never opens a file, and never knows which socket the answer goes to.

use std::net::SocketAddr;

use jiff::Timestamp;

use super::answer::Answer;
use super::events::Stream;
use super::head::{EVENTS, Method, is_api};
use super::{Report, Server, api, files, form, guard, probes, settings, status};
use crate::error::Problem;

/// How soon a page that says why there is no catalog looks again, in seconds.
const RETRY_SECONDS: &str = "2";
const READS: &str = "GET, HEAD";

/// What the API of a running server is about; all else of it is data of the site.
const LIVE_API: [&str; 8] =
    ["cache", "collections", "deployments", "edits", "events", "refresh", "status", "undo"];

pub enum Reply {
    Whole(Answer),
    Events(Stream),
}

/// What a route sees of a request.
pub struct Asked<'a> {
    pub method: Method,
    pub target: &'a str,
    /// One of our own names, with the port.
    pub host: &'a str,
    /// Whole; empty where none came.
    pub body: &'a [u8],
    pub accept: Option<&'a str>,
    pub content_type: Option<&'a str>,
    pub origin: Option<&'a str>,
    pub fetch_site: Option<&'a str>,
    /// As the header has it; a form has it in its body.
    pub token: Option<&'a str>,
    /// The address of the other end.
    pub peer: Option<SocketAddr>,
    pub if_none_match: Option<&'a str>,
    pub last_event_id: Option<&'a str>,
}

/// The route's answer, before it is written anywhere.
pub fn reply(server: &Server, asked: &Asked) -> Reply {
    Reply::Whole(match asked.path() {
        _ if asked.method.writes() => write(server, asked),
        "/healthz" => probes::health(server),
        "/readyz" => probes::readiness(server),
        "/metrics" if server.metrics.is_some() => probes::metrics(server),
        "/api/v1/status" => Answer::json(200, &status::status(server, Timestamp::now())),
        EVENTS => match server.board.hub.subscribe(since(asked)) {
            Some(stream) => return Reply::Events(stream),
            None => too_many_streams(asked),
        },
        _ => read(server, asked),
    })
}

/// The word under which a request is counted and logged; it tells nothing of what was asked for.
pub fn route(asked: &Asked, status: u16) -> &'static str {
    let path = asked.path();
    let first = path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default();
    match path {
        "/healthz" => "healthz",
        "/readyz" => "readyz",
        "/metrics" => "metrics",
        "/edit" => "edit",
        _ if status == 404 => "unknown",
        _ if asked.is_api() => LIVE_API.into_iter().find(|name| *name == first).unwrap_or("data"),
        _ if path.starts_with("/edit/") => "edit",
        _ => "page",
    }
}

/// What only reads: the routes of a live server first, then the files of the site.
fn read(server: &Server, asked: &Asked) -> Answer {
    let live = match asked.path() {
        _ if asked.is_api() => api::read(server, asked),
        settings::ADDRESS => settings::read(server, asked),
        _ => form::read(server, asked),
    };
    live.unwrap_or_else(|| {
        let view = server.board.view();
        match &view.pages {
            None => no_catalog(asked, &view.failure),
            Some(pages) => files::answer(server, &view, pages, asked),
        }
    })
}

/// What may change something: judged first, whatever it asks for.
fn write(server: &Server, asked: &Asked) -> Answer {
    let Some(door) = guard::Door::of(asked.path()) else {
        return asked.wrong(405, "This page only reads", &[]).with("Allow", READS);
    };
    if !door.takes(asked.method) {
        return asked.wrong(405, "A form is sent by POST", &[]).with("Allow", "GET, HEAD, POST");
    }
    if let Some(answer) =
        (door == guard::Door::Api).then(|| api::misdirected(server, asked)).flatten()
    {
        return answer;
    }
    if let Err(refused) = guard::judge(asked, door, &server.token, || server.peers.who(asked.peer))
    {
        (server.sink)(Report::Refused {
            reason: refused.word,
            status: refused.status,
            code: Some(refused.problem.code.clone()),
        });
        return asked.wrong(refused.status, refused.title(), &[*refused.problem]);
    }
    match door {
        guard::Door::Api => api::write(server, asked),
        guard::Door::Form => form::write(server, asked),
    }
}

impl Asked<'_> {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn is_api(&self) -> bool {
        is_api(self.target)
    }

    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// Whether whoever asks reads JSON: a program, or a page's own script.
    pub fn wants_json(&self) -> bool {
        let names = |accept: &str| accept.contains("application/json");
        self.is_api() || self.accept.is_some_and(names)
    }

    /// What went wrong, for a program or for a person.
    pub fn wrong(&self, status: u16, title: &str, problems: &[Problem]) -> Answer {
        if self.wants_json() {
            Answer::problem(status, title, problems)
        } else {
            Answer::page(status, title, problems)
        }
    }
}

/// The revision a client has seen: what it says on reconnecting, else what its page asked for.
fn since(asked: &Asked) -> Option<u64> {
    let by_page =
        || asked.query()?.split('&').find_map(|pair| pair.strip_prefix("since="))?.parse().ok();
    asked.last_event_id.and_then(|id| id.parse().ok()).or_else(by_page)
}

fn too_many_streams(asked: &Asked) -> Answer {
    let answer = asked.wrong(503, "Too many open pages listen for changes", &[]);
    answer.with("Retry-After", "30")
}

/// While no catalog could be loaded: every page says why, and looks again by itself.
fn no_catalog(asked: &Asked, failure: &[Problem]) -> Answer {
    asked.wrong(503, "The catalog cannot be read", failure).with("Refresh", RETRY_SECONDS)
}
