//! The API that only a running server has: requests of programs and scripts to answers.

mod refresh;

use super::Server;
use super::answer::Answer;
use super::http::Asked;

/// What is read only from a running server; `None` for what is a file of the site.
pub fn read(server: &Server, asked: &Asked) -> Option<Answer> {
    match asked.path() {
        "/api/v1/refresh" => Some(refresh::read(server)),
        _ => None,
    }
}

/// Changes something; who asks was judged already.
pub fn write(server: &Server, asked: &Asked) -> Answer {
    match asked.path() {
        "/api/v1/refresh" => refresh::write(server, asked),
        _ => asked.wrong(404, "Not found", &[]),
    }
}
