//! Groups, as [`super`] does it: what they say, and their members with the ranks between them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Merge, Merged, excludes, texts, warnings};
use crate::format::collection::{parse_group, write_group};
use crate::format::edit::{Edit, Form};
use crate::format::lock::{LockedMember, LockedSection, LockedShelf, Said};
use crate::model::collection::Group;
use crate::model::id::ArtifactId;
use crate::model::structure::{Member, Section};
use crate::sync::structure::files::{free_name, group_file};
use crate::sync::structure::{fresh, place, seen};

impl Merge<'_> {
    /// A group that was there before.
    pub(super) fn section(
        &self,
        folder: &str,
        section: &Section,
        base: &LockedSection,
        order: i64,
        merged: &mut Merged,
    ) -> LockedSection {
        let said = seen::of_section(section, order);
        let members = self.members(&section.members, merged);
        let Some((file, text)) = self.files.group(folder, &base.at) else {
            // It was taken away by a person.
            return LockedSection { said, ..base.clone() };
        };
        let ours = match parse_group(&base.at, &file, text) {
            Ok(ours) => ours,
            Err(error) => {
                merged.problems.extend(warnings(error.problems));
                return base.clone();
            }
        };
        let mut edits = texts(&base.said, &said, &said_by_group(&ours));
        let mut seen_members = base.members.clone();
        edits.extend(self.ranked(&members, &ours, &mut seen_members));
        let here: BTreeSet<&ArtifactId> = ours.members.iter().map(|it| &it.id).collect();
        let gone = self.gone(&section.members, &mut seen_members);
        let gone: Vec<ArtifactId> = gone.into_iter().filter(|id| here.contains(id)).collect();
        let Some(after) = self.change(Form::Group, file, text, &edits, merged) else {
            return base.clone();
        };
        let places = || {
            let now = parse_group(&base.at, &after.0, &after.1).ok()?;
            Some(now.members.into_iter().map(|member| (member.id, member.place)).collect())
        };
        self.flag(&gone, &ours.title, &after.0, places, merged);
        LockedSection { at: base.at.clone(), said, members: seen_members }
    }

    /// New members with their ranks, and new ranks of those that the source moved.
    fn ranked(
        &self,
        members: &[&Member],
        ours: &Group,
        seen: &mut BTreeMap<Member, LockedMember>,
    ) -> Vec<Edit> {
        let here: BTreeMap<ArtifactId, Option<i64>> =
            ours.members.iter().map(|member| (member.id.clone(), member.rank)).collect();
        let known =
            seen.iter().filter_map(|(member, it)| Some((self.id(member), it.rank?))).collect();
        let ranks_here =
            here.iter().filter_map(|(id, rank)| Some((id.clone(), (*rank)?))).collect();
        let ids: Vec<ArtifactId> = members.iter().map(|member| self.id(member)).collect();
        let ranks = place::numbers(&ids, &known, &ranks_here);
        let mut edits = Vec::new();
        for ((member, id), rank) in members.iter().zip(ids).zip(ranks) {
            let old =
                seen.insert((*member).clone(), LockedMember { rank: Some(rank), removed: None });
            match (old, here.get(&id)) {
                (None, None) if !excludes(&ours.exclude, &id) => {
                    edits.push(Edit::Member(id, Some(rank)));
                }
                (Some(old), Some(now)) if *now == old.rank && old.rank != Some(rank) => {
                    edits.push(Edit::Member(id, Some(rank)));
                }
                _ => {}
            }
        }
        edits
    }

    /// A group that the source did not have before, in a collection that it had.
    pub(super) fn new_section(
        &self,
        folder: &str,
        section: &Section,
        order: i64,
        shelf: &LockedShelf,
        merged: &mut Merged,
    ) -> Option<LockedSection> {
        let members = self.members(&section.members, merged);
        let new = |at: &str| fresh::group(self.source, folder, at, section, order, &members);
        let key = format!("{}/{}", self.source, section.key);
        let is_free = |at: &str| {
            let is_claimed = shelf.groups.values().any(|group| group.at == at);
            let own = self.files.group(folder, at);
            !is_claimed && own.is_none_or(|(_, text)| fresh::is_group_written(text, &new(at).0))
        };
        let at = free_name(&seen::slug_of(&seen::of_section(section, order).title), &key, is_free);
        let (group, base) = new(&at);
        let after = write_group(&group);
        if let Err(problem) = fresh::check_group(&group) {
            merged.problems.push(problem);
            return None;
        }
        if self.files.group(folder, &at).is_none() {
            merged.changes.push(Change { file: group_file(folder, &at), before: None, after });
        }
        Some(base)
    }
}

fn said_by_group(ours: &Group) -> Said {
    Said {
        title: ours.title.clone(),
        description: ours.description.clone(),
        order: ours.order,
        icon: ours.icon.clone(),
        color: ours.color.clone(),
        removed: None,
    }
}
