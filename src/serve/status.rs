//! How it stands with the server: the view of now to what `GET /api/v1/status` answers.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Server;
use super::board::problem_list;
use crate::model::age::Age;

/// Only ever added to.
const SCHEMA: u32 = 1;

pub fn status(server: &Server, now: Timestamp) -> Value {
    let (view, refresher) = (server.board.view(), &server.refresher);
    let pages = view.pages.as_ref();
    let mut problems = view.wrong();
    problems.extend(pages.map(|pages| pages.problems().to_vec()).unwrap_or_default());
    problems.extend(refresher.problems());
    let refresh = refresher.to_json();
    let age = pages.map_or(Age::Current, |pages| pages.age(now));
    json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "revision": view.revision,
        "failed": !view.failure.is_empty(),
        "last_sync": pages.and_then(|pages| pages.last_sync()).map(|at| at.to_string()),
        "stale": age.is_stale(),
        "age": age.word(),
        "refreshing": refresh["state"] == "running",
        "offline": refresher.is_offline(),
        "read_only": server.read_only,
        "watching": view.watching.word(),
        // In seconds.
        "interval": refresher.interval().map(|interval| interval.as_secs()),
        "next_refresh": refresh["next"],
        "refresh": refresh,
        "problems": problem_list(&problems),
    })
}
