//! Edits taken back, and the list of those that can be.

use serde_json::{Value, json};

use super::answer;
use super::body::{self, Wrong};
use crate::edit::refusal::Refused;
use crate::error::Problem;
use crate::serve::Server;
use crate::serve::answer::Answer;
use crate::serve::edits::{self, NotDone};
use crate::serve::http::Asked;
use crate::site::data::live::Route;
use crate::state::journal::{Entry, Stage};
use crate::words;

pub fn undo(server: &Server, route: &Route, asked: &Asked) -> Result<Answer, Wrong> {
    let body = body::read(asked.body, route.body_shape())?;
    let id = body.text("id").unwrap_or_default();
    let Ok(id) = id.parse() else {
        let message = format!("there is no edit `{}`", words::visible(&id));
        let problem =
            Problem::error("SM251", message).help("see `/api/v1/edits` for those there are");
        return Err(NotDone::Refused(Refused::Unknown(problem)).into());
    };
    Ok(answer::done(200, &edits::undo(server, id)?))
}

/// The last edits, newest first.
pub fn edits(server: &Server, asked: &Asked) -> Answer {
    let entry = |entry: &Entry| -> Value {
        json!({
            "id": entry.id.to_string(),
            "at": entry.at,
            "message": entry.message,
            "files": entry.files.iter().map(|file| &file.path).collect::<Vec<_>>(),
            "undone": entry.stage == Stage::Undone,
        })
    };
    match edits::log(server) {
        Ok(all) => {
            let all: Vec<Value> = all.iter().map(entry).collect();
            Answer::json(200, &json!({"schema": answer::SCHEMA, "edits": all}))
        }
        Err(error) => asked.wrong(500, "The edits cannot be read", &error.problems),
    }
}
