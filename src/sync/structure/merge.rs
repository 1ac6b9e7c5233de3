//! What a source arranged anew into collection files that people have changed meanwhile: three-way,
//! by what the lock says the source had when it was last seen. Pure.
//!
//! What only the source changed comes in; what a person changed stays; what the source no longer
//! has is said once and stays. Nothing that a person took away comes back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::files::{Files, collection_file, free_name};
use super::{fresh, place, seen};
use crate::disk;
use crate::error::{Place, Problem, Severity};
use crate::format::collection::{parse_collection, parse_group};
use crate::format::edit::{self, Edit, Form, TextKey};
use crate::format::lock::{LockedMember, LockedShelf, LockedStructure, Said};
use crate::model::collection::{Collection, Rule};
use crate::model::id::ArtifactId;
use crate::model::structure::{Member, Shelf, Structure};

mod group;

/// Whether an artifact is in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Here,
    /// Its source had it once.
    Gone,
    Never,
}

pub(super) struct Merge<'a> {
    pub(super) source: &'a str,
    pub(super) theirs: &'a Structure,
    pub(super) base: &'a LockedStructure,
    pub(super) files: &'a Files,
    /// Folders that are spoken for: by other sources, or by collections about to be made.
    pub(super) taken: &'a BTreeSet<String>,
    pub(super) known: &'a dyn Fn(&ArtifactId) -> Known,
    pub(super) today: Date,
}

/// A file to be changed; nothing before is a new one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) file: String,
    pub(super) before: Option<String>,
    pub(super) after: String,
}

#[derive(Debug, Default)]
pub(super) struct Merged {
    /// What the lock is to say once all is written.
    pub(super) base: LockedStructure,
    pub(super) new: Vec<Collection>,
    pub(super) changes: Vec<Change>,
    pub(super) problems: Vec<Problem>,
    /// Members that are no artifacts of the source.
    pub(super) left_out: BTreeSet<Member>,
}

pub(super) fn merge(merge: &Merge<'_>) -> Merged {
    let mut merged = Merged { base: merge.base.clone(), ..Merged::default() };
    let shelves = unique(&merge.theirs.collections, |shelf| &shelf.key);
    let known = merge.base.iter().map(|(key, shelf)| (key.clone(), shelf.said.order)).collect();
    let here = merge.base.iter().filter_map(|(key, shelf)| {
        let file = collection_file(&shelf.at);
        let text = merge.files.texts.get(&file)?;
        Some((key.clone(), parse_collection(&shelf.at, &file, text).ok()?.order))
    });
    let keys: Vec<String> = shelves.iter().map(|shelf| shelf.key.clone()).collect();
    let orders = place::numbers(&keys, &known, &here.collect());
    for (shelf, order) in shelves.into_iter().zip(orders) {
        match merge.base.get(&shelf.key) {
            Some(base) => {
                let base = merge.shelf(shelf, base, order, &mut merged);
                merged.base.insert(shelf.key.clone(), base);
            }
            None => merge.new_shelf(shelf, order, &mut merged),
        }
    }
    for (key, shelf) in merged.base.iter_mut().filter(|(key, _)| !keys.contains(key)) {
        if shelf.said.removed.is_none() {
            shelf.said.removed = Some(merge.today);
            if merge.files.folders.contains(&shelf.at) {
                let place = Place::file(collection_file(&shelf.at));
                let folder = format!("collections/{}/", merge.base[key].at);
                let what = format!("collection `{}`", shelf.said.title);
                merged.problems.push(removed(merge.source, &what, place, &folder));
            }
        }
    }
    merged
}

/// Each key once; of several the first counts.
fn unique<T>(all: &[T], key: impl Fn(&T) -> &String) -> Vec<&T> {
    let mut seen = BTreeSet::new();
    all.iter().filter(|one| seen.insert(key(one).clone())).collect()
}

fn removed(source: &str, what: &str, place: Place, line: &str) -> Problem {
    let text = format!("source `{source}` no longer has the {what}");
    let help = format!("delete `{line}`, or keep it as your own: this is said once");
    Problem::warning("SM487", text).at(place).help(help)
}

impl Merge<'_> {
    pub(super) fn id(&self, member: &Member) -> ArtifactId {
        ArtifactId::new(self.source, member.kind, &member.name)
    }

    /// The members that can be named, each once, in the source's order.
    pub(super) fn members<'m>(
        &self,
        members: &'m [Member],
        merged: &mut Merged,
    ) -> Vec<&'m Member> {
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for member in members.iter().filter(|member| seen.insert((*member).clone())) {
            if (self.known)(&self.id(member)) == Known::Here {
                out.push(member);
            } else {
                merged.left_out.insert(member.clone());
            }
        }
        out
    }

    /// A collection that the source did not have before.
    fn new_shelf(&self, shelf: &Shelf, order: i64, merged: &mut Merged) {
        let members = self.members(&shelf.members, merged);
        let sections = unique(&shelf.groups, |section| &section.key);
        let sections: Vec<fresh::NewGroup<'_>> = sections
            .into_iter()
            .map(|section| (section, self.members(&section.members, merged)))
            .collect();
        let new = |at: &str| fresh::collection(self.source, at, shelf, order, &members, &sections);
        // The lock may be lost, or a sync may have ended before it wrote it.
        let is_own = |at: &str| {
            self.files.folders.contains(at)
                && (fresh::is_written(self.files, &new(at).0)
                    || self.base.is_empty() && fresh::names(self.files, at, self.source))
        };
        let is_claimed = |at: &str| {
            self.taken.contains(at)
                || self.base.values().chain(merged.base.values()).any(|shelf| shelf.at == at)
        };
        let key = format!("{}/{}", self.source, shelf.key);
        let at = free_name(&seen::slug_of(&seen::of_shelf(shelf, order).title), &key, |at| {
            !is_claimed(at) && (!self.files.names.contains(at) || is_own(at))
        });
        let (collection, base) = new(&at);
        if let Err(problem) = fresh::check(&collection) {
            merged.problems.push(problem);
            return;
        }
        if !self.files.names.contains(&at) {
            merged.new.push(collection);
        }
        merged.base.insert(shelf.key.clone(), base);
    }

    /// A collection that was there before: its file, then its groups.
    fn shelf(
        &self,
        shelf: &Shelf,
        base: &LockedShelf,
        order: i64,
        merged: &mut Merged,
    ) -> LockedShelf {
        let mut out = base.clone();
        // A person who took the folder away took all that comes into it.
        if !self.files.folders.contains(&base.at) {
            out.said.order = order;
            return out;
        }
        self.own(shelf, base, order, &mut out, merged);
        let sections = unique(&shelf.groups, |section| &section.key);
        let keys: Vec<String> = sections.iter().map(|section| section.key.clone()).collect();
        let known =
            base.groups.iter().map(|(key, group)| (key.clone(), group.said.order)).collect();
        let here = base.groups.iter().filter_map(|(key, group)| {
            let (file, text) = self.files.group(&base.at, &group.at)?;
            Some((key.clone(), parse_group(&group.at, &file, text).ok()?.order))
        });
        let orders = place::numbers(&keys, &known, &here.collect());
        for (section, order) in sections.into_iter().zip(orders) {
            let group = match base.groups.get(&section.key) {
                Some(group) => Some(self.section(&base.at, section, group, order, merged)),
                None => self.new_section(&base.at, section, order, &out, merged),
            };
            out.groups.extend(group.map(|group| (section.key.clone(), group)));
        }
        for (_, group) in out.groups.iter_mut().filter(|(key, _)| !keys.contains(key)) {
            if group.said.removed.is_none() {
                group.said.removed = Some(self.today);
                if let Some((file, _)) = self.files.group(&base.at, &group.at) {
                    let what = format!("group `{}`", group.said.title);
                    let problem = removed(self.source, &what, Place::file(file.clone()), &file);
                    merged.problems.push(problem);
                }
            }
        }
        out
    }

    /// What a collection's own file says.
    fn own(
        &self,
        shelf: &Shelf,
        base: &LockedShelf,
        order: i64,
        out: &mut LockedShelf,
        merged: &mut Merged,
    ) {
        let file = collection_file(&base.at);
        let said = seen::of_shelf(shelf, order);
        let members = self.members(&shelf.members, merged);
        let Some(text) = self.files.texts.get(&file) else {
            // It was taken away by a person.
            out.said = said;
            return;
        };
        let ours = match parse_collection(&base.at, &file, text) {
            Ok(ours) => ours,
            Err(error) => return merged.problems.extend(warnings(error.problems)),
        };
        let mut edits = texts(&base.said, &said, &said_by_collection(&ours));
        let pins: BTreeSet<&ArtifactId> = ours.pins.iter().map(|pin| &pin.id).collect();
        let mut seen_members = base.members.clone();
        for member in &members {
            let id = self.id(member);
            let is_new = !base.members.contains_key(*member);
            if is_new && !pins.contains(&id) && !excludes(&ours.exclude, &id) {
                edits.push(Edit::Pin(id));
            }
            seen_members.insert((*member).clone(), LockedMember::default());
        }
        let gone = self.gone(&shelf.members, &mut seen_members);
        let gone: Vec<ArtifactId> = gone.into_iter().filter(|id| pins.contains(id)).collect();
        if let Some(after) = self.change(Form::Collection, file, text, &edits, merged) {
            let places = || {
                let now = parse_collection(&base.at, &after.0, &after.1).ok()?;
                Some(now.pins.into_iter().map(|pin| (pin.id, pin.place)).collect())
            };
            self.flag(&gone, &ours.title, &after.0, places, merged);
            out.said = said;
            out.members = seen_members;
        }
    }

    /// Marks what the source no longer has, and says which of it nobody else tells of: an artifact
    /// that is gone altogether is a warning of its own wherever it is named.
    pub(super) fn gone(
        &self,
        theirs: &[Member],
        seen: &mut BTreeMap<Member, LockedMember>,
    ) -> Vec<ArtifactId> {
        let theirs: BTreeSet<&Member> = theirs.iter().collect();
        let mut gone = Vec::new();
        for (member, it) in seen.iter_mut() {
            if !theirs.contains(member) && it.removed.is_none() {
                it.removed = Some(self.today);
                let id = self.id(member);
                gone.extend(Some(id).filter(|id| (self.known)(id) == Known::Here));
            }
        }
        gone
    }

    /// Says of each that the source no longer has it; `places` reads where they stand in the file.
    pub(super) fn flag(
        &self,
        gone: &[ArtifactId],
        title: &str,
        file: &str,
        places: impl FnOnce() -> Option<BTreeMap<ArtifactId, Place>>,
        merged: &mut Merged,
    ) {
        if gone.is_empty() {
            return;
        }
        let mut places = places().unwrap_or_default();
        for id in gone {
            let what = format!("member `{id}` of `{title}`");
            let place = places.remove(id).unwrap_or_else(|| Place::file(file));
            merged.problems.push(removed(self.source, &what, place, &id.to_string()));
        }
    }

    /// The file and its text after the edits; `None`, and a problem, where they cannot be made.
    pub(super) fn change(
        &self,
        form: Form,
        file: String,
        text: &str,
        edits: &[Edit],
        merged: &mut Merged,
    ) -> Option<(String, String)> {
        if edits.is_empty() {
            return Some((file, text.to_owned()));
        }
        let after = match edit::apply(form, &file, text, edits) {
            Ok(after) if after.len() as u64 <= disk::TEXT_BYTES_MAX => after,
            Ok(_) => {
                merged.problems.push(fresh::too_large(&file));
                return None;
            }
            Err(error) => {
                merged.problems.extend(warnings(error.problems));
                return None;
            }
        };
        if after != text {
            let before = Some(text.to_owned());
            merged.changes.push(Change { file: file.clone(), before, after: after.clone() });
        }
        Some((file, after))
    }
}

/// The rest goes on, and the next sync tries again.
pub(super) fn warnings(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.iter_mut().for_each(|problem| problem.severity = Severity::Warning);
    problems
}

pub(super) fn excludes(rules: &[Rule], id: &ArtifactId) -> bool {
    rules.iter().any(|rule| matches!(rule, Rule::Id(it, _) if it == id))
}

/// The texts that only the source changed.
pub(super) fn texts(base: &Said, theirs: &Said, ours: &Said) -> Vec<Edit> {
    let mut edits = Vec::new();
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let rows = [
        (TextKey::Title, some(&base.title), some(&theirs.title), some(&ours.title)),
        (
            TextKey::Description,
            some(&base.description),
            some(&theirs.description),
            some(&ours.description),
        ),
        (TextKey::Icon, base.icon.clone(), theirs.icon.clone(), ours.icon.clone()),
        (TextKey::Color, base.color.clone(), theirs.color.clone(), ours.color.clone()),
    ];
    for (key, base, theirs, ours) in rows {
        if theirs != base && ours == base {
            edits.push(Edit::Text(key, theirs));
        }
    }
    if theirs.order != base.order && ours.order == base.order {
        edits.push(Edit::Order(Some(theirs.order)));
    }
    edits
}

fn said_by_collection(ours: &Collection) -> Said {
    let (title, description) = (ours.title.clone(), ours.description.clone());
    Said { title, description, order: ours.order, ..Said::default() }
}

#[cfg(test)]
mod tests;
