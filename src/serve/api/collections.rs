//! Collections: made, renamed, described, placed, deleted.

use super::answer;
use super::body::{self, Wrong};
use crate::edit::change::Change;
use crate::serve::Server;
use crate::serve::answer::Answer;
use crate::serve::edits;
use crate::serve::http::Asked;
use crate::site::data::live::Route;

pub fn create(server: &Server, route: &Route, asked: &Asked) -> Result<Answer, Wrong> {
    let body = body::read(asked.body, route.body_shape())?;
    let change = Change::CreateCollection {
        slug: body.text("slug"),
        about: body.texts(),
        members: body.ids(),
    };
    let edited = edits::apply(server, &[change], &body.seen())?;
    Ok(answer::done(201, &edited))
}

pub fn replace(server: &Server, route: &Route, asked: &Asked, of: &str) -> Result<Answer, Wrong> {
    let body = body::read(asked.body, route.body_shape())?;
    let about = body.all_texts();
    let change = Change::EditCollection { collection: of.to_owned(), about };
    Ok(answer::done(200, &edits::apply(server, &[change], &body.seen())?))
}

pub fn edit(server: &Server, route: &Route, asked: &Asked, of: &str) -> Result<Answer, Wrong> {
    let body = body::read(asked.body, route.body_shape())?;
    let mut changes =
        vec![Change::EditCollection { collection: of.to_owned(), about: body.texts() }];
    if body.has("before") {
        let (collection, before) = (of.to_owned(), body.text("before"));
        changes.push(Change::PlaceCollection { collection, before });
    }
    Ok(answer::done(200, &edits::apply(server, &changes, &body.seen())?))
}

pub fn delete(server: &Server, route: &Route, asked: &Asked, of: &str) -> Result<Answer, Wrong> {
    let body = body::read(asked.body, route.body_shape())?;
    let change = Change::DeleteCollection { collection: of.to_owned() };
    Ok(answer::done(200, &edits::delete(server, change, &body.seen())?))
}
