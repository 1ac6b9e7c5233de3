//! Who is in a collection or group: wishes to lines of their files.
//!
//! What a selector brings in is named only when it must be: to give it a place, or to keep it out.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::change::{Change, Position};
use super::draft::Draft;
use super::places;
use super::ranks::{Slot, ranks};
use super::refusal::Refused;
use crate::format::edit::Edit;
use crate::model::collection::Rule;
use crate::model::id::ArtifactId;
use crate::words;

pub(super) fn make(draft: &mut Draft<'_>, change: &Change) -> Result<String, Refused> {
    match change {
        Change::AddToGroup { collection, group, ids, at } => {
            add_to_group(draft, collection, group, ids, at)?;
            said(draft, "Added", ids, "to", collection, Some(group))
        }
        Change::MoveToGroup { collection, from, group, ids, at } => {
            add_to_group(draft, collection, group, ids, at)?;
            if let Some(from) = from.as_ref().filter(|from| *from != group) {
                remove_from_group(draft, collection, from, ids)?;
            }
            let word = if from.as_ref() == Some(group) { "within" } else { "to" };
            said(draft, "Moved", ids, word, collection, Some(group))
        }
        Change::RemoveFromGroup { collection, group, ids } => {
            remove_from_group(draft, collection, group, ids)?;
            said(draft, "Removed", ids, "from", collection, Some(group))
        }
        Change::AddToCollection { collection, ids } => {
            add_to_collection(draft, collection, ids)?;
            said(draft, "Added", ids, "to", collection, None)
        }
        Change::RemoveFromCollection { collection, ids } => {
            remove_from_collection(draft, collection, ids)?;
            said(draft, "Removed", ids, "from", collection, None)
        }
        _ => Ok(String::new()),
    }
}

fn said(
    draft: &Draft<'_>,
    verb: &str,
    ids: &[ArtifactId],
    word: &str,
    collection: &str,
    group: Option<&str>,
) -> Result<String, Refused> {
    let what = match ids {
        [one] => words::visible(one.short_name()),
        many => words::count(many.len(), "artifact"),
    };
    Ok(format!("{verb} {what} {word} {}", places::title(draft, collection, group)?))
}

/// Makes them members of the group, and puts them where they are wanted, in the order given.
pub(super) fn add_to_group(
    draft: &mut Draft<'_>,
    collection: &str,
    group: &str,
    ids: &[ArtifactId],
    at: &Position,
) -> Result<(), Refused> {
    let ids = once(draft, ids)?;
    let held = draft.group(collection, group)?;
    let mut edits: Vec<Edit> = Vec::new();
    for id in &ids {
        if names(&held.definition.exclude, id) {
            edits.push(Edit::NoExclude(id.clone()));
        }
    }
    edits.extend(placing(draft, collection, group, &ids, at)?);
    let excluded = &draft.collection(collection)?.definition.exclude;
    let back: Vec<Edit> =
        ids.iter().filter(|id| names(excluded, id)).cloned().map(Edit::NoExclude).collect();
    draft.edit_collection(collection, &back)?;
    draft.edit_group(collection, group, &edits)?;
    let now = &draft.group(collection, group)?.members;
    match ids.iter().find(|id| draft.catalog.find(id).is_none_or(|at| !now.contains(&at))) {
        Some(out) => Err(kept_out(draft, out, collection, Some(group))),
        None => Ok(()),
    }
}

/// The lines that put artifacts in their place in a group, and name those that are no members yet.
fn placing(
    draft: &Draft<'_>,
    collection: &str,
    group: &str,
    ids: &[ArtifactId],
    at: &Position,
) -> Result<Vec<Edit>, Refused> {
    let held = draft.group(collection, group)?;
    let named: HashMap<&ArtifactId, Option<i64>> =
        held.definition.members.iter().map(|member| (&member.id, member.rank)).collect();
    let rank_of = |id: &ArtifactId| named.get(id).copied().flatten();
    let is_named = |id: &ArtifactId| named.contains_key(id);
    if *at == Position::Unranked {
        let held: BTreeSet<usize> = held.members.iter().copied().collect();
        let is_held = |id: &ArtifactId| draft.catalog.find(id).is_some_and(|at| held.contains(&at));
        let new = ids.iter().filter(|id| !is_named(id) && !is_held(id));
        return Ok(new.map(|id| Edit::Member(id.clone(), None)).collect());
    }
    let mut wanted: Vec<Slot<ArtifactId>> = held
        .members
        .iter()
        .map(|index| draft.id(*index).clone())
        .filter(|id| !ids.contains(id))
        .map(|id| Slot { rank: rank_of(&id), key: id, is_free: false })
        .collect();
    // So many of the others stand before it; it may itself be one of those that move.
    let others_before = |id: &ArtifactId| {
        let at = held.members.iter().position(|index| draft.id(*index) == id).ok_or_else(|| {
            let message = format!("`{id}` is not in the group `{group}`, to be placed beside");
            Refused::unknown("SM250", message, "look again, and place it beside another")
        })?;
        let before = held.members[..at].iter();
        Ok::<usize, Refused>(before.filter(|index| !ids.contains(draft.id(**index))).count())
    };
    let place = match at {
        Position::First => 0,
        Position::Before(id) => others_before(id)?,
        Position::After(id) => others_before(id)? + usize::from(!ids.contains(id)),
        Position::Last | Position::Unranked => wanted.len(),
    };
    let new = ids.iter().map(|id| Slot { key: id.clone(), rank: rank_of(id), is_free: true });
    wanted.splice(place..place, new);
    // One that keeps its place keeps its number, too.
    if wanted.iter().map(|slot| &slot.key).eq(held.members.iter().map(|index| draft.id(*index))) {
        return Ok(Vec::new());
    }
    let members: HashSet<&ArtifactId> = held.members.iter().map(|index| draft.id(*index)).collect();
    let mut edits = Vec::new();
    for (slot, rank) in wanted.iter().zip(ranks(&wanted, false)) {
        let is_new = slot.is_free && !is_named(&slot.key);
        let selected = members.contains(&slot.key);
        if slot.rank != rank || (is_new && !selected) {
            edits.push(Edit::Member(slot.key.clone(), rank));
        }
    }
    Ok(edits)
}

/// Takes them out of the group; they stay in the collection.
pub(super) fn remove_from_group(
    draft: &mut Draft<'_>,
    collection: &str,
    group: &str,
    ids: &[ArtifactId],
) -> Result<(), Refused> {
    let was_held = draft.collection(collection)?.members.clone();
    let named = &draft.group(collection, group)?.definition.members;
    let out: Vec<Edit> = ids
        .iter()
        .filter(|id| named.iter().any(|member| member.id == **id))
        .cloned()
        .map(Edit::NoMember)
        .collect();
    draft.edit_group(collection, group, &out)?;
    let held = &draft.collection(collection)?.members;
    let lost = ids.iter().filter(|id| {
        let index = draft.catalog.find(id);
        index.is_some_and(|index| was_held.contains(&index) && !held.contains(&index))
    });
    let pins: Vec<Edit> = lost.cloned().map(Edit::Pin).collect();
    draft.edit_collection(collection, &pins)?;
    // Last: what the collection holds by itself again, a selector of the group may choose again.
    let still = &draft.group(collection, group)?.members;
    let chosen = ids.iter().filter(|id| draft.catalog.find(id).is_some_and(|i| still.contains(&i)));
    let out: Vec<Edit> = chosen.cloned().map(Edit::Exclude).collect();
    draft.edit_group(collection, group, &out)
}

pub(super) fn add_to_collection(
    draft: &mut Draft<'_>,
    collection: &str,
    ids: &[ArtifactId],
) -> Result<(), Refused> {
    let ids = once(draft, ids)?;
    let excluded = &draft.collection(collection)?.definition.exclude;
    let back: Vec<Edit> =
        ids.iter().filter(|id| names(excluded, id)).cloned().map(Edit::NoExclude).collect();
    draft.edit_collection(collection, &back)?;
    let pins: Vec<Edit> = missing(draft, collection, &ids)?.into_iter().map(Edit::Pin).collect();
    draft.edit_collection(collection, &pins)?;
    match missing(draft, collection, &ids)?.first() {
        Some(out) => Err(kept_out(draft, out, collection, None)),
        None => Ok(()),
    }
}

/// Takes them out of the collection and its groups.
fn remove_from_collection(
    draft: &mut Draft<'_>,
    collection: &str,
    ids: &[ArtifactId],
) -> Result<(), Refused> {
    let definition = draft.collection(collection)?.definition.clone();
    for group in &definition.groups {
        let is_named = |id: &&ArtifactId| group.members.iter().any(|member| member.id == **id);
        let out: Vec<Edit> = ids.iter().filter(is_named).cloned().map(Edit::NoMember).collect();
        if !out.is_empty() {
            draft.edit_group(collection, &group.slug, &out)?;
        }
    }
    let is_pinned = |id: &&ArtifactId| definition.pins.iter().any(|pin| pin.id == **id);
    let pins: Vec<Edit> = ids.iter().filter(is_pinned).cloned().map(Edit::NoPin).collect();
    draft.edit_collection(collection, &pins)?;
    let still = missing(draft, collection, ids)?;
    let chosen = ids.iter().filter(|id| !still.contains(id) && draft.catalog.find(id).is_some());
    let out: Vec<Edit> = chosen.cloned().map(Edit::Exclude).collect();
    draft.edit_collection(collection, &out)
}

/// Those that the collection does not hold.
fn missing(
    draft: &Draft<'_>,
    collection: &str,
    ids: &[ArtifactId],
) -> Result<Vec<ArtifactId>, Refused> {
    let held = &draft.collection(collection)?.members;
    let is_out = |id: &&ArtifactId| draft.catalog.find(id).is_none_or(|at| !held.contains(&at));
    Ok(ids.iter().filter(is_out).cloned().collect())
}

/// Each once; an error when one is not in the catalog.
fn once(draft: &Draft<'_>, ids: &[ArtifactId]) -> Result<Vec<ArtifactId>, Refused> {
    let mut seen = BTreeSet::new();
    for id in ids {
        draft.index(id)?;
    }
    Ok(ids.iter().filter(|id| seen.insert(*id)).cloned().collect())
}

/// Whether a list of rules names this very artifact.
fn names(rules: &[Rule], id: &ArtifactId) -> bool {
    rules.iter().any(|rule| matches!(rule, Rule::Id(named, _) if named == id))
}

fn kept_out(draft: &Draft<'_>, id: &ArtifactId, collection: &str, group: Option<&str>) -> Refused {
    let rules = |of: &[Rule]| {
        of.iter().find_map(|rule| match rule {
            Rule::Matching(selector) => selector.place.clone(),
            Rule::Id(..) => None,
        })
    };
    let of_group = group.and_then(|group| draft.group(collection, group).ok());
    let of_collection = draft.collection(collection).ok();
    let place = of_collection
        .and_then(|one| rules(&one.definition.exclude))
        .or_else(|| of_group.and_then(|one| rules(&one.definition.exclude)));
    let at = place.map(|place| format!(" at {place}")).unwrap_or_default();
    Refused::field("ids", format!("`{id}` is kept out by a rule of `exclude`{at}: change it first"))
}
