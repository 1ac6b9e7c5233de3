//! The API that only a running server has: requests of programs and scripts to answers.
//!
//! Which routes there are is said by the one table from which the description is made, too; here
//! each gets the function that answers it.

pub(super) mod answer;
mod body;
mod cache;
mod collections;
pub(super) mod deployments;
mod groups;
mod members;
mod refresh;
#[cfg(test)]
mod tests;
mod undo;

use body::Wrong;

use super::Server;
use super::answer::Answer;
use super::care::Care;
use super::head::Method;
use super::http::Asked;
use crate::error::Problem;
use crate::site::data::live::{Operation, ROUTES, Route};

const BASE: &str = "/api/v1/";

/// What is read only from a running server; `None` for what is a file of the site.
pub fn read(server: &Server, asked: &Asked) -> Option<Answer> {
    match found(server, asked) {
        Found::Route(route, names) => match route.operation {
            Operation::RefreshState => Some(refresh::read(server)),
            Operation::Edits => Some(undo::edits(server, asked)),
            Operation::Receipts => {
                Some(deployments::receipts(server, asked, names.first().copied()?))
            }
            // Those that answer more than once, or to everybody, are answered before.
            _ => None,
        },
        Found::Others(methods) => Some(not_so(asked, &methods)),
        Found::Nothing => None,
    }
}

/// What is asked of a path that is there for other methods alone: so it is, whoever asks.
pub fn misdirected(server: &Server, asked: &Asked) -> Option<Answer> {
    match found(server, asked) {
        Found::Others(methods) => Some(not_so(asked, &methods)),
        Found::Nothing if is_file(server, asked) => Some(not_so(asked, &["GET"])),
        _ => None,
    }
}

/// Changes something; who asks was judged already.
pub fn write(server: &Server, asked: &Asked) -> Answer {
    let (route, names) = match found(server, asked) {
        Found::Route(route, names) => (route, names),
        Found::Others(_) | Found::Nothing => return no_route(asked),
    };
    let of = |at: usize| names.get(at).copied().unwrap_or_default();
    let answered = match route.operation {
        Operation::Refresh => refresh::begin(server, route, asked),
        Operation::CancelRefresh => nothing(asked).map(|()| refresh::cancel(server)),
        Operation::VacuumCache => care(server, asked, Care::Vacuum),
        Operation::RepairCache => care(server, asked, Care::Repair),
        Operation::ClearCache => care(server, asked, Care::Clear),
        Operation::CreateCollection => collections::create(server, route, asked),
        Operation::ReplaceCollection => collections::replace(server, route, asked, of(0)),
        Operation::EditCollection => collections::edit(server, route, asked, of(0)),
        Operation::DeleteCollection => collections::delete(server, route, asked, of(0)),
        Operation::CreateGroup => groups::create(server, route, asked, of(0)),
        Operation::ReplaceGroup => groups::replace(server, route, asked, [of(0), of(1)]),
        Operation::EditGroup => groups::edit(server, route, asked, [of(0), of(1)]),
        Operation::DeleteGroup => groups::delete(server, route, asked, [of(0), of(1)]),
        Operation::Members => members::change(server, route, asked, of(0)),
        Operation::Undo => undo::undo(server, route, asked),
        Operation::Deploy | Operation::Redeploy | Operation::Undeploy | Operation::Rollback => {
            deployments::order(server, route, asked)
        }
        Operation::Status
        | Operation::Events
        | Operation::RefreshState
        | Operation::Edits
        | Operation::Receipts => return no_route(asked),
    };
    answered.unwrap_or_else(|wrong| wrong.answer())
}

fn care(server: &Server, asked: &Asked, what: Care) -> Result<Answer, Wrong> {
    nothing(asked).map(|()| cache::write(server, asked, what))
}

/// No body, or one that says nothing.
fn nothing(asked: &Asked) -> Result<(), Wrong> {
    match asked.body.trim_ascii() {
        [] => Ok(()),
        body => body::read(body, "Nothing").map(drop),
    }
}

enum Found<'a> {
    /// With what stands for the names of its path.
    Route(&'static Route, Vec<&'a str>),
    /// There is such a path, for these methods.
    Others(Vec<&'static str>),
    Nothing,
}

fn found<'a>(server: &Server, asked: &'a Asked) -> Found<'a> {
    let Some(path) = asked.path().strip_prefix(BASE) else { return Found::Nothing };
    let method = match asked.method {
        Method::Head => Method::Get,
        method => method,
    };
    let here = ROUTES.iter().filter(|route| !server.read_only || !route.writes());
    let fitting: Vec<_> =
        here.filter_map(|route| Some((route, matched(route.path, path)?))).collect();
    let methods: Vec<&str> = fitting.iter().map(|(route, _)| route.method).collect();
    match fitting.into_iter().find(|(route, _)| route.method == method.word()) {
        Some((route, names)) => Found::Route(route, names),
        None if methods.is_empty() => Found::Nothing,
        None => Found::Others(methods),
    }
}

/// The parts of a path that stand for the names of a pattern.
fn matched<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    if pattern.split('/').count() != path.split('/').count() {
        return None;
    }
    let mut names = Vec::new();
    for (wanted, part) in pattern.split('/').zip(path.split('/')) {
        if wanted.starts_with('{') && !part.is_empty() {
            names.push(part);
        } else if wanted != part {
            return None;
        }
    }
    // A file of the site of this name is read, not written.
    let is_file = names.last().is_some_and(|name| name.ends_with(".json"));
    (!is_file).then_some(names)
}

fn not_so(asked: &Asked, methods: &[&str]) -> Answer {
    let mut allowed = methods.join(", ");
    if methods.contains(&"GET") {
        allowed += ", HEAD";
    }
    let problem =
        Problem::error("SM735", format!("`{}` is not for this path", asked.method.word()))
            .help(format!("use one of {allowed}"));
    asked.wrong(405, "Not for this path", &[problem]).with("Allow", allowed)
}

fn is_file(server: &Server, asked: &Asked) -> bool {
    let view = server.board.view();
    let path = asked.path().trim_start_matches('/');
    view.pages.as_ref().is_some_and(|pages| pages.find(path).is_some())
}

fn no_route(asked: &Asked) -> Answer {
    let problem = Problem::error("SM736", "there is nothing of that name to write to")
        .help("see `/api/v1/openapi.json` for what there is");
    asked.wrong(404, "Not found", &[problem])
}
