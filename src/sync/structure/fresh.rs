//! Collections and groups of a source that the catalog does not have yet, and how to tell that it
//! has them already. Pure.

use super::files::{Files, collection_file, group_file};
use super::place::STEP;
use super::{files, seen};
use crate::disk;
use crate::error::{Place, Problem};
use crate::format::collection::{parse_collection, parse_group, write_collection, write_group};
use crate::format::lock::{LockedMember, LockedSection, LockedShelf};
use crate::model::collection::{Collection, Group, Member as GroupMember, Pinned};
use crate::model::id::ArtifactId;
use crate::model::structure::{Member, Section, Shelf};

/// A group with those of its members that can be named.
pub(super) type NewGroup<'a> = (&'a Section, Vec<&'a Member>);

/// The collection as its files will say it, and as the lock remembers it.
pub(super) fn collection(
    source: &str,
    at: &str,
    shelf: &Shelf,
    order: i64,
    members: &[&Member],
    sections: &[NewGroup<'_>],
) -> (Collection, LockedShelf) {
    let said = seen::of_shelf(shelf, order);
    let mut base = LockedShelf { at: at.to_owned(), said: said.clone(), ..LockedShelf::default() };
    let mut groups = Vec::new();
    for (order, (section, members)) in (1..).map(|n| n * STEP).zip(sections) {
        let name = seen::slug_of(&seen::of_section(section, order).title);
        let key = format!("{source}/{}", section.key);
        let name = files::free_name(&name, &key, |name| {
            !groups.iter().any(|group: &Group| group.slug == name)
        });
        let (new, locked) = group(source, at, &name, section, order, members);
        groups.push(new);
        base.groups.insert(section.key.clone(), locked);
    }
    let pin = |member: &&Member| Pinned {
        id: ArtifactId::new(source, member.kind, &member.name),
        at: None,
        note: None,
        place: Place::file(""),
    };
    let seen = |member: &&Member| ((*member).clone(), LockedMember::default());
    base.members = members.iter().map(seen).collect();
    let collection = Collection {
        slug: at.to_owned(),
        file: collection_file(at),
        title: said.title,
        description: said.description,
        owner: None,
        order,
        include: Vec::new(),
        exclude: Vec::new(),
        pins: members.iter().map(pin).collect(),
        views: Vec::new(),
        groups,
    };
    (collection, base)
}

/// The group as its file will say it, its members in the source's order, and as the lock remembers
/// it.
pub(super) fn group(
    source: &str,
    folder: &str,
    at: &str,
    section: &Section,
    order: i64,
    members: &[&Member],
) -> (Group, LockedSection) {
    let said = seen::of_section(section, order);
    let ranked = || (1..).map(|n| n * STEP).zip(members);
    let named = ranked().map(|(rank, member)| GroupMember {
        id: ArtifactId::new(source, member.kind, &member.name),
        rank: Some(rank),
        place: Place::file(""),
    });
    let seen = ranked().map(|(rank, member)| {
        ((*member).clone(), LockedMember { rank: Some(rank), removed: None })
    });
    let base = LockedSection { at: at.to_owned(), said: said.clone(), members: seen.collect() };
    let group = Group {
        slug: at.to_owned(),
        file: group_file(folder, at),
        title: said.title,
        description: said.description,
        icon: said.icon,
        color: said.color,
        order,
        include: Vec::new(),
        members: named.collect(),
        exclude: Vec::new(),
    };
    (group, base)
}

/// Whether the collection's file is there as it would be written; its order may have been another
/// when it was.
pub(super) fn is_written(files: &Files, collection: &Collection) -> bool {
    let Collection { slug, file, order, .. } = collection;
    let here = files.texts.get(file).and_then(|text| parse_collection(slug, file, text).ok());
    here.is_some_and(|here| {
        write_collection(&Collection { order: *order, ..here }) == write_collection(collection)
    })
}

/// As [`is_written`], of a group and the text of its file.
pub(super) fn is_group_written(text: &str, group: &Group) -> bool {
    let here = parse_group(&group.slug, &group.file, text);
    here.is_ok_and(|here| write_group(&Group { order: group.order, ..here }) == write_group(group))
}

/// Whether the files of a folder name an artifact of the source.
pub(super) fn names(files: &Files, folder: &str, source: &str) -> bool {
    let file = collection_file(folder);
    let pins = files.texts.get(&file).and_then(|text| parse_collection(folder, &file, text).ok());
    let groups = files.texts.range(group_file(folder, "")..).filter_map(|(file, text)| {
        file.starts_with(file_start(folder).as_str()).then(|| parse_group("g", file, text).ok())?
    });
    let of_source = |id: &ArtifactId| id.source == source;
    pins.is_some_and(|it| it.pins.iter().any(|pin| of_source(&pin.id)))
        || groups.into_iter().any(|it| it.members.iter().any(|member| of_source(&member.id)))
}

fn file_start(folder: &str) -> String {
    group_file(folder, "").trim_end_matches(".yaml").to_owned()
}

/// A file that could not be read again would stop every sync: it is not written.
pub(super) fn check(collection: &Collection) -> Result<(), Problem> {
    let text = write_collection(collection);
    if text.len() as u64 > disk::TEXT_BYTES_MAX {
        return Err(too_large(&collection.file));
    }
    first(parse_collection(&collection.slug, &collection.file, &text))?;
    collection.groups.iter().try_for_each(check_group)
}

pub(super) fn check_group(group: &Group) -> Result<(), Problem> {
    let text = write_group(group);
    if text.len() as u64 > disk::TEXT_BYTES_MAX {
        return Err(too_large(&group.file));
    }
    first(parse_group(&group.slug, &group.file, &text))
}

fn first<T>(read: crate::error::Result<T>) -> Result<(), Problem> {
    match read {
        Ok(_) => Ok(()),
        Err(error) => error.problems.into_iter().next().map_or(Ok(()), Err),
    }
}

pub(super) fn too_large(file: &str) -> Problem {
    let text = format!("`{file}` would be larger than {} MiB", disk::TEXT_BYTES_MAX >> 20);
    let help = "leave out a part of the source with `include` or `exclude`";
    Problem::warning("SM242", text).at(Place::file(file)).help(help)
}
