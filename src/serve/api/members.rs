//! Members of a collection and its groups: added, moved, copied, removed, placed, many at once.

use serde_json::{Map, Value};

use super::answer;
use super::body::{self, Wrong};
use crate::edit::change::{Change, Position};
use crate::serve::Server;
use crate::serve::answer::Answer;
use crate::serve::edits;
use crate::serve::http::Asked;
use crate::site::data::live::Route;

pub fn change(server: &Server, route: &Route, asked: &Asked, of: &str) -> Result<Answer, Wrong> {
    let body = body::read(asked.body, route.body_shape())?;
    let mut changes = Vec::new();
    for (at, wish) in body.list("changes").into_iter().enumerate() {
        changes.extend(wished(wish, of, &format!("changes[{at}]"))?);
    }
    if changes.is_empty() {
        return Err(Wrong::field("changes", "Must hold at least one change"));
    }
    Ok(answer::done(200, &edits::apply(server, &changes, &body.seen())?))
}

/// What one entry of the list comes to; `of` is the collection it is about.
fn wished(wish: &Map<String, Value>, of: &str, at: &str) -> Result<Vec<Change>, Wrong> {
    let text = |name: &str| body::text(wish, name);
    let ids = body::ids(wish, "ids");
    if ids.is_empty() {
        return Err(Wrong::field(format!("{at}.ids"), "Must name at least one artifact"));
    }
    let (position, from, group) = (position(wish, at)?, text("from"), text("group"));
    if position.is_some() && group.is_none() {
        return Err(Wrong::field(format!("{at}.group"), "Is missing: a place is one in a group"));
    }
    let collection = of.to_owned();
    let elsewhere = text("to").filter(|to| to != of);
    let target = elsewhere.clone().unwrap_or_else(|| collection.clone());
    let into = |ids, group: Option<String>| match group {
        Some(group) => {
            let at = position.clone().unwrap_or_default();
            Change::AddToGroup { collection: target.clone(), group, ids, at }
        }
        None => Change::AddToCollection { collection: target.clone(), ids },
    };
    Ok(match (text("do").as_deref(), group) {
        (Some("remove"), _) => vec![match from {
            Some(group) => Change::RemoveFromGroup { collection, group, ids },
            None => Change::RemoveFromCollection { collection, ids },
        }],
        (Some("place"), Some(group)) => {
            let at = position.unwrap_or(Position::Last);
            vec![Change::MoveToGroup { collection, from: Some(group.clone()), group, ids, at }]
        }
        (Some("move"), Some(group)) if elsewhere.is_none() => {
            let at = position.unwrap_or_default();
            vec![Change::MoveToGroup { collection, from, group, ids, at }]
        }
        (Some("move"), group) if elsewhere.is_some() => {
            vec![into(ids.clone(), group), Change::RemoveFromCollection { collection, ids }]
        }
        (Some("move"), _) => {
            let message = "Is missing: say into which group, or with `to` into which collection";
            return Err(Wrong::field(format!("{at}.group"), message));
        }
        (_, group) => vec![into(ids, group)],
    })
}

/// Where in the group, where that is said, and said once.
fn position(wish: &Map<String, Value>, at: &str) -> Result<Option<Position>, Wrong> {
    let id = |name| wish.get(name).and_then(Value::as_str).and_then(|id| id.parse().ok());
    let is = |name| wish.get(name).and_then(Value::as_bool).unwrap_or_default();
    let mut said = [
        id("before").map(Position::Before),
        id("after").map(Position::After),
        is("first").then_some(Position::First),
        is("last").then_some(Position::Last),
    ]
    .into_iter()
    .flatten();
    match (said.next(), said.next()) {
        (one, None) => Ok(one),
        _ => Err(Wrong::field(at, "Only one of `before`, `after`, `first` and `last` can be")),
    }
}
