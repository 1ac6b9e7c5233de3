//! Plain forms: pages to edit with, and what they send, to answers.

use super::Server;
use super::answer::Answer;
use super::http::Asked;

/// A page to edit with; `None` for what is a file of the site.
pub fn read(_: &Server, _: &Asked) -> Option<Answer> {
    None
}

/// Changes something; who asks was judged already.
pub fn write(_: &Server, asked: &Asked) -> Answer {
    asked.wrong(404, "Not found", &[])
}
