//! The API that only a running server has: requests of programs and scripts to answers.

mod cache;
mod refresh;

use super::Server;
use super::answer::Answer;
use super::care::Care;
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
        path => match path.strip_prefix("/api/v1/cache/").and_then(Care::named) {
            Some(care) => cache::write(server, asked, care),
            None => asked.wrong(404, "Not found", &[]),
        },
    }
}
