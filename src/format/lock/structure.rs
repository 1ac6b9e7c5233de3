//! What sync last saw of how a source arranges its artifacts: the base of three-way merges, one
//! line of the lock for each collection, group and member.
//!
//! A line's name is all it takes to find its place, so that lines merge one by one:
//! `source/collection`, `source/collection/group`, and either with a space and `kind:name` behind
//! it for a member. The names of collections and groups are those of the source, not of the files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::civil::Date;

use super::entry::{Values, unreadable};
use super::text::Shown;
use crate::error::Problem;
use crate::format::scalar;
use crate::model::structure::Member;

/// By source.
pub type Structures = BTreeMap<String, LockedStructure>;

/// Collections by what the source calls them, whatever their titles.
pub type LockedStructure = BTreeMap<String, LockedShelf>;

/// A collection of a source's, as it was last seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LockedShelf {
    /// The folder below `collections/` that was made for it.
    pub at: String,
    /// What it said, as the file has it unless a person changed that.
    pub said: Said,
    pub members: BTreeMap<Member, LockedMember>,
    pub groups: BTreeMap<String, LockedSection>,
}

/// A group of a source's, as it was last seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LockedSection {
    /// The file below the collection's `groups/` that was made for it, without its ending.
    pub at: String,
    pub said: Said,
    pub members: BTreeMap<Member, LockedMember>,
}

/// What a collection or group says of itself; a collection has neither icon nor colour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    pub title: String,
    pub description: String,
    pub order: i64,
    pub icon: Option<String>,
    pub color: Option<String>,
    /// When the source no longer had it.
    pub removed: Option<Date>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LockedMember {
    /// In a group.
    pub rank: Option<i64>,
    /// When the source no longer had it there.
    pub removed: Option<Date>,
}

/// The lines, each with its name, in the order in which they are written.
pub(super) fn shown(structures: &Structures) -> Vec<(String, Shown<'_>)> {
    let mut out = Vec::new();
    for (source, shelves) in structures {
        for (key, shelf) in shelves {
            let name = format!("{}/{}", escape(source), escape(key));
            out.push((name.clone(), said(&shelf.at, &shelf.said)));
            members(&mut out, &name, &shelf.members);
            for (key, section) in &shelf.groups {
                let name = format!("{name}/{}", escape(key));
                out.push((name.clone(), said(&section.at, &section.said)));
                members(&mut out, &name, &section.members);
            }
        }
    }
    out
}

fn members<'a>(
    out: &mut Vec<(String, Shown<'a>)>,
    of: &str,
    members: &'a BTreeMap<Member, LockedMember>,
) {
    for (member, LockedMember { rank, removed }) in members {
        let mut fields: Shown<'a> = Vec::new();
        fields.extend(rank.map(|rank| ("rank", number(rank))));
        fields.extend(removed.map(|date| ("removed", date.to_string().into())));
        out.push((format!("{of} {member}"), fields));
    }
}

fn said<'a>(at: &'a str, said: &'a Said) -> Shown<'a> {
    let mut fields: Shown<'a> = vec![("at", scalar::value(at)), ("title", text(&said.title))];
    if !said.description.is_empty() {
        fields.push(("description", text(&said.description)));
    }
    fields.push(("order", number(said.order)));
    fields.extend(said.icon.as_deref().map(|icon| ("icon", text(icon))));
    fields.extend(said.color.as_deref().map(|color| ("color", text(color))));
    fields.extend(said.removed.map(|date| ("removed", date.to_string().into())));
    fields
}

/// In quotes where a sign begins it, which no other plain value of the lock has.
fn number(number: i64) -> Cow<'static, str> {
    if number < 0 { scalar::quoted(&number.to_string()).into() } else { number.to_string().into() }
}

fn text(text: &str) -> Cow<'_, str> {
    scalar::value(text)
}

/// Takes up one line; one of two that name the same thing is enough, and the first counts.
pub(super) fn take(
    structures: &mut Structures,
    name: &str,
    values: &Values<'_>,
) -> Result<(), Problem> {
    let wrong = || unreadable(values.line, "the line does not name a part of a source");
    let (path, member) = match name.split_once(' ') {
        Some((path, member)) => (path, Some(member.parse::<Member>().map_err(|_| wrong())?)),
        None => (name, None),
    };
    let parts: Vec<String> = path.split('/').map(unescape).collect();
    let (source, key, group) = match parts.as_slice() {
        [source, key] => (source, key, None),
        [source, key, group] => (source, key, Some(group)),
        _ => return Err(wrong()),
    };
    let shelf = structures.entry(source.clone()).or_default().entry(key.clone()).or_default();
    let (at, of, members) = match group {
        None => (&mut shelf.at, &mut shelf.said, &mut shelf.members),
        Some(group) => {
            let section = shelf.groups.entry(group.clone()).or_default();
            (&mut section.at, &mut section.said, &mut section.members)
        }
    };
    let removed = values.parsed("removed")?;
    if let Some(member) = member {
        members.insert(member, LockedMember { rank: values.parsed("rank")?, removed });
        return Ok(());
    }
    *at = values.text("at")?;
    *of = Said {
        title: values.text("title")?,
        description: values.owned("description").unwrap_or_default(),
        order: values.needed("order")?,
        icon: values.owned("icon"),
        color: values.owned("color"),
        removed,
    };
    Ok(())
}

/// What a merge of two locks may leave: groups and members whose own collection or group is not
/// there. They mean nothing.
pub(super) fn drop_strays(structures: &mut Structures) {
    for shelves in structures.values_mut() {
        shelves.retain(|_, shelf| !shelf.at.is_empty());
        for shelf in shelves.values_mut() {
            shelf.groups.retain(|_, section| !section.at.is_empty());
        }
    }
    structures.retain(|_, shelves| !shelves.is_empty());
}

/// A part of a line's name: without the signs that divide it.
fn escape(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for c in part.chars() {
        match c {
            '%' | '/' | ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{:02X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

fn unescape(part: &str) -> String {
    part.replace("%2F", "/").replace("%20", " ").replace("%25", "%")
}
