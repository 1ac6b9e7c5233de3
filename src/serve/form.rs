//! Plain forms: pages to edit with, and what they send, to answers. What a form says becomes the
//! changes that the API makes, too; a form that is refused comes back with all that was typed.

mod deploying;
mod wish;

use super::Server;
use super::answer::{Answer, TEXT};
use super::api;
use super::care;
use super::edits::{self, Edited, NotDone};
use super::http::Asked;
use super::pages::Pages;
use crate::edit::refusal::{Conflict, Refused};
use crate::error::Result;
use crate::model::hash::ContentHash;
use crate::site::page::edit;
use wish::{Sent, Wish};

const HTML: &str = "text/html; charset=utf-8";
const BASE: &str = "/edit/";

/// A page to edit with; `None` for what is a file of the site, or nothing.
pub fn read(server: &Server, asked: &Asked) -> Option<Answer> {
    let name = asked.path().strip_prefix(BASE)?;
    let pages = server.board.view().pages.clone().filter(|_| !server.read_only)?;
    if name.is_empty() {
        return Some(log(server, asked, &pages, 200, &[]));
    }
    let fields = Sent::read(asked.query().unwrap_or_default().as_bytes());
    // What an address says was never sent by a person.
    let fields = fields.without(&["action", "seen", "token"]);
    let name = name.strip_suffix('/')?;
    if let Some(answer) = deploying::read(server, asked, &pages, name, &fields) {
        return Some(answer);
    }
    let wanted = edit::Asked { fields: &fields.0, wrong: &[] };
    made(asked, 200, pages.form(name, &wanted))
}

/// Changes something; who asks was judged already.
pub fn write(server: &Server, asked: &Asked) -> Answer {
    let sent = Sent::read(asked.body);
    let action = sent.one("action").unwrap_or_default();
    if let Some(done) = care::act(server, action) {
        return match done {
            Ok(_) => back_to(sent.one("next").unwrap_or_default()),
            Err(problem) => asked.wrong(409, "That cannot be done now", &[problem]),
        };
    }
    let Some(pages) = server.board.view().pages.clone() else {
        return asked.wrong(503, "The catalog cannot be read", &[]);
    };
    if let Some(answer) = deploying::write(server, asked, &pages, &sent) {
        return answer;
    }
    match wish::wish(pages.catalog(), action, &sent) {
        None => asked.wrong(404, "Not found", &[]),
        Some(Wish::Show(name)) => shown(asked, &pages, name, &sent),
        Some(Wish::Undo(id)) => match edits::undo(server, id) {
            Ok(edited) => done(asked, &sent, "", &edited),
            Err(why) => refused(server, asked, &pages, &sent, "", why),
        },
        Some(Wish::Wrong { form, fields }) => wrong(asked, &pages, form, &sent, &fields),
        Some(Wish::Change { form, changes }) => {
            let made = edits::apply_new(server, &changes, sent.seen());
            match made {
                Ok(edited) => done(asked, &sent, action, &edited),
                Err(why) => refused(server, asked, &pages, &sent, form, why),
            }
        }
    }
}

/// Another form for what was chosen in this one.
fn shown(asked: &Asked, pages: &Pages, name: &str, sent: &Sent) -> Answer {
    let fields = sent.without(&["action", "seen", "token", "form"]);
    if fields.one("id").is_none() {
        let wrong = [("id".to_owned(), "Choose at least one artifact.".to_owned())];
        return self::wrong(asked, pages, "select", sent, &wrong);
    }
    let wanted = edit::Asked { fields: &fields.0, wrong: &[] };
    found(asked, made(asked, 200, pages.form(name, &wanted)))
}

fn done(asked: &Asked, sent: &Sent, action: &str, edited: &Edited) -> Answer {
    if asked.wants_json() {
        return api::answer::done(200, edited);
    }
    // What is new is looked at next.
    match edited.url.as_deref().filter(|_| action.starts_with("create-")) {
        Some(url) => back_to(url),
        None => back_to(sent.one("next").unwrap_or_default()),
    }
}

/// The form again, or both versions, or why it cannot be.
fn refused(
    server: &Server,
    asked: &Asked,
    pages: &Pages,
    sent: &Sent,
    form: &str,
    why: NotDone,
) -> Answer {
    match why {
        NotDone::Refused(Refused::Invalid(fields)) => {
            let named = |one: crate::edit::refusal::FieldProblem| {
                let name = if one.field == "title" && sent.one("new_title").is_some() {
                    "new_title"
                } else {
                    one.field
                };
                (name.to_owned(), sentence(&one.message))
            };
            let fields: Vec<_> = fields.into_iter().map(named).collect();
            wrong(asked, pages, form, sent, &fields)
        }
        why if asked.wants_json() => api::answer::not_done(&why),
        NotDone::Refused(Refused::Changed(conflicts)) if form.is_empty() => {
            let problem = |one: &Conflict| {
                let text = format!("{} was changed since, so it is not taken back.", one.path);
                (String::new(), text)
            };
            let problems: Vec<_> = conflicts.iter().map(problem).collect();
            log(server, asked, pages, 412, &problems)
        }
        NotDone::Refused(Refused::Changed(conflicts)) => {
            let versions: Vec<_> = conflicts.into_iter().map(version).collect();
            let wanted = edit::Asked { fields: &sent.0, wrong: &[] };
            found(asked, made(asked, 412, pages.conflict(&wanted, &versions)))
        }
        NotDone::Refused(Refused::Unknown(problem)) => asked.wrong(404, "Not found", &[problem]),
        NotDone::Refused(Refused::Unseen(_)) => {
            let wrong =
                [(String::new(), "The files changed: look again and repeat it.".to_owned())];
            self::wrong(asked, pages, form, &sent.without(&["seen"]), &wrong)
        }
        NotDone::Refused(Refused::Failed(error)) => {
            asked.wrong(500, "It failed, and nothing was changed", &error.problems)
        }
        NotDone::Unreadable(problems) => {
            asked.wrong(503, "The catalog cannot be read as it is", &problems)
        }
    }
}

fn version(conflict: Conflict) -> edit::conflict::Version {
    let hash = conflict.now.as_ref().map(|text| ContentHash::of(text.as_bytes()).to_string());
    edit::conflict::Version { path: conflict.path, hash, now: conflict.now, yours: conflict.yours }
}

/// The form with its messages beside its fields, or those alone for a script.
fn wrong(
    asked: &Asked,
    pages: &Pages,
    form: &str,
    sent: &Sent,
    wrong: &[(String, String)],
) -> Answer {
    if asked.wants_json() {
        return api::answer::invalid(wrong);
    }
    let wanted = edit::Asked { fields: &sent.0, wrong };
    found(asked, made(asked, 422, pages.form(form, &wanted)))
}

fn log(
    server: &Server,
    asked: &Asked,
    pages: &Pages,
    status: u16,
    wrong: &[(String, String)],
) -> Answer {
    let page = edits::log(server).and_then(|entries| pages.edits(&entries, wrong)).map(Some);
    found(asked, made(asked, status, page))
}

fn made(asked: &Asked, status: u16, page: Result<Option<Vec<u8>>>) -> Option<Answer> {
    match page {
        Ok(html) => Some(Answer::whole(status, HTML, &String::from_utf8_lossy(&html?))),
        Err(error) => Some(asked.wrong(500, "This page could not be made", &error.problems)),
    }
}

fn found(asked: &Asked, answer: Option<Answer>) -> Answer {
    answer.unwrap_or_else(|| asked.wrong(404, "Not found", &[]))
}

/// `say what it is called` as it stands beside a field.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if message.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// To a page of this site, by its address below it.
fn back_to(next: &str) -> Answer {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | ':');
    let is_ours = next.chars().all(plain) && !next.starts_with('/');
    let page = if is_ours { next } else { "" };
    Answer::whole(303, TEXT, "").with("Location", format!("/{page}"))
}
