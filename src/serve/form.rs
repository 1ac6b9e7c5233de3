//! Plain forms: pages to edit with, and what they send, to answers.

use super::Server;
use super::answer::{Answer, TEXT};
use super::care;
use super::http::Asked;
use crate::site::page::edit;

const HTML: &str = "text/html; charset=utf-8";

/// A page to edit with; `None` for what is a file of the site.
pub fn read(server: &Server, asked: &Asked) -> Option<Answer> {
    let name = asked.path().strip_prefix("/edit/")?.strip_suffix('/')?;
    let pages = server.board.view().pages.clone()?;
    let query = asked.query().unwrap_or_default();
    let fields: Vec<(String, String)> =
        form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    match pages.form(name, &edit::Asked { fields: &fields }) {
        Ok(html) => Some(Answer::whole(200, HTML, &String::from_utf8_lossy(&html?))),
        Err(error) => Some(asked.wrong(500, "This page could not be made", &error.problems)),
    }
}

/// Changes something; who asks was judged already.
pub fn write(server: &Server, asked: &Asked) -> Answer {
    let fields: Vec<_> = form_urlencoded::parse(asked.body).collect();
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, text)| &**text);
    match field("action").and_then(|action| care::act(server, action)) {
        Some(Ok(_)) => back_to(field("next").unwrap_or_default()),
        Some(Err(problem)) => asked.wrong(409, "That cannot be done now", &[problem]),
        None => asked.wrong(404, "Not found", &[]),
    }
}

/// To a page of this site, by its address below it.
fn back_to(next: &str) -> Answer {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | ':');
    let is_ours = next.chars().all(plain) && !next.starts_with('/');
    let page = if is_ours { next } else { "" };
    Answer::whole(303, TEXT, "").with("Location", format!("/{page}"))
}
