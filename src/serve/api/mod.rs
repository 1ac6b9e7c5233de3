//! The API that only a running server has: requests of programs and scripts to answers.

use super::Server;
use super::answer::Answer;
use super::http::Asked;

/// What is read only from a running server; `None` for what is a file of the site.
pub fn read(_: &Server, _: &Asked) -> Option<Answer> {
    None
}

/// Changes something; who asks was judged already.
pub fn write(_: &Server, asked: &Asked) -> Answer {
    asked.wrong(404, "Not found", &[])
}
