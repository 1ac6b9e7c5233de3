//! `/api/v1/refresh`: has the sources asked, tells how that goes, and ends it.

use super::body::{self, Wrong};
use crate::serve::Server;
use crate::serve::answer::Answer;
use crate::serve::http::Asked;
use crate::serve::refresh::Wanted;
use crate::site::data::live::Route;

/// How it goes, or went.
pub fn read(server: &Server) -> Answer {
    Answer::json(200, &server.refresher.to_json())
}

/// Begins one, or answers how the one goes that a person began before.
pub fn begin(server: &Server, route: &Route, asked: &Asked) -> Result<Answer, Wrong> {
    let wanted = wanted(asked.body, route.body_shape())?;
    Ok(match server.refresher.press(wanted) {
        Ok(state) => Answer::json(202, &state).with("Location", "/api/v1/refresh"),
        Err(problem) => asked.wrong(409, "The sources cannot be asked", &[problem]),
    })
}

/// Ends the one that runs.
pub fn cancel(server: &Server) -> Answer {
    Answer::json(200, &server.refresher.cancel())
}

/// What the body says; nothing asks all sources.
fn wanted(body: &[u8], shape: &str) -> Result<Wanted, Wrong> {
    if body.trim_ascii().is_empty() {
        return Ok(Wanted::default());
    }
    let body = body::read(body, shape)?;
    Ok(Wanted { force: body.is_true("force"), sources: body.texts_of("sources") })
}
