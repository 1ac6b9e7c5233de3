//! How it stands with the server: the view of now to what `GET /api/v1/status` answers.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::board::{View, problem_list};
use crate::model::age::Age;

/// Only ever added to.
const SCHEMA: u32 = 1;

pub fn status(view: &View, now: Timestamp) -> Value {
    let pages = view.pages.as_ref();
    let mut problems = view.failure.clone();
    problems.extend(pages.map(|pages| pages.problems().to_vec()).unwrap_or_default());
    problems.extend(view.refresh.problems.iter().cloned());
    let age = pages.map_or(Age::Current, |pages| pages.age(now));
    json!({
        "schema": SCHEMA,
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
