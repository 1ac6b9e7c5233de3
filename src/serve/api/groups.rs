//! Groups of a collection: made, renamed, described, coloured, placed, deleted.

use super::answer;
use super::body::{self, Wrong};
use crate::edit::change::Change;
use crate::serve::Server;
use crate::serve::answer::Answer;
use crate::serve::edits;
use crate::serve::http::Asked;
use crate::site::data::live::Route;

/// A collection and a group of it.
type Of<'a> = [&'a str; 2];

pub fn create(server: &Server, route: &Route, asked: &Asked, of: &str) -> Result<Answer, Wrong> {
    let body = body::read(asked.body, route.body_shape())?;
    let change = Change::CreateGroup {
        collection: of.to_owned(),
        slug: body.text("slug"),
        about: body.texts(),
        members: body.ids(),
    };
    Ok(answer::done(201, &edits::apply(server, &[change], &body.seen())?))
}

pub fn replace(server: &Server, route: &Route, asked: &Asked, of: Of) -> Result<Answer, Wrong> {
    let body = body::read(asked.body, route.body_shape())?;
    let [collection, group] = of.map(str::to_owned);
    let change = Change::EditGroup { collection, group, about: body.all_texts() };
    Ok(answer::done(200, &edits::apply(server, &[change], &body.seen())?))
}

pub fn edit(server: &Server, route: &Route, asked: &Asked, of: Of) -> Result<Answer, Wrong> {
    let body = body::read(asked.body, route.body_shape())?;
    let [collection, group] = of.map(str::to_owned);
    let mut changes = vec![Change::EditGroup {
        collection: collection.clone(),
        group: group.clone(),
        about: body.texts(),
    }];
    if body.has("before") {
        changes.push(Change::PlaceGroup { collection, group, before: body.text("before") });
    }
    Ok(answer::done(200, &edits::apply(server, &changes, &body.seen())?))
}

pub fn delete(server: &Server, route: &Route, asked: &Asked, of: Of) -> Result<Answer, Wrong> {
    let body = body::read(asked.body, route.body_shape())?;
    let [collection, group] = of.map(str::to_owned);
    let change = Change::DeleteGroup { collection, group };
    Ok(answer::done(200, &edits::delete(server, change, &body.seen())?))
}
