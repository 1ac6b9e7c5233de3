//! Artifacts put into groups and collections, and taken out. What `include` brings in is taken out
//! by an `exclude`, and comes back when that goes.

use std::collections::{HashMap, HashSet};

use super::super::change::Position;
use super::super::refusal::Refused;
use super::draft::{Draft, Edits};
use super::message;
use super::places::Wanted;
use crate::catalog::{Catalog, Index, ResolvedCollection};
use crate::error::Problem;
use crate::format::edit::{Edit, Form};
use crate::model::collection::{Group, Rule};
use crate::model::id::ArtifactId;

/// Where something comes from that is moved.
#[derive(Clone, Copy)]
pub(super) enum From<'a> {
    /// A group, or what no group holds.
    Group(Option<&'a str>),
}

/// What a file says of single artifacts, made ready to be asked for many.
struct Sayings<'a> {
    catalog: &'a Catalog,
    /// Those the collection holds whatever its groups name.
    own: HashSet<Index>,
    /// How many groups name each.
    named: HashMap<&'a ArtifactId, usize>,
}

impl<'a> Sayings<'a> {
    fn new(draft: &'a Draft, shelf: &'a ResolvedCollection, ids: &HashSet<Index>) -> Self {
        let catalog = draft.catalog;
        let definition = &shelf.definition;
        let mut own = draft.selection().included_among(&definition.include, ids);
        own.extend(definition.pins.iter().filter_map(|pin| catalog.find(&pin.id)));
        let mut named: HashMap<&ArtifactId, usize> = HashMap::new();
        for member in definition.groups.iter().flat_map(|group| &group.members) {
            *named.entry(&member.id).or_default() += 1;
        }
        Self { catalog, own, named }
    }

    fn id(&self, index: Index) -> &'a ArtifactId {
        &self.catalog.artifacts[index].id
    }

    /// Whether the collection would hold it if this group did not name it.
    fn stays_without(&self, index: Index, group: Option<&Group>) -> bool {
        let id = self.id(index);
        let here = group.is_some_and(|group| names(group, id));
        self.own.contains(&index) || self.named.get(id).copied().unwrap_or(0) > usize::from(here)
    }
}

fn names(group: &Group, id: &ArtifactId) -> bool {
    group.members.iter().any(|member| member.id == *id)
}

fn excludes(rules: &[Rule], id: &ArtifactId) -> bool {
    rules.iter().any(|rule| matches!(rule, Rule::Id(excluded, _) if excluded == id))
}

/// Each once, in the order they are given.
fn once(ids: &[ArtifactId]) -> Vec<ArtifactId> {
    let mut seen = HashSet::new();
    ids.iter().filter(|id| seen.insert(*id)).cloned().collect()
}

/// Those of the ids that there are.
fn here(catalog: &Catalog, ids: &[ArtifactId]) -> HashSet<Index> {
    ids.iter().filter_map(|id| catalog.find(id)).collect()
}

/// Takes out of the way what keeps an artifact out: an `exclude` of its id. One that a selector of
/// `exclude` takes cannot be let in by a line.
fn let_in(
    draft: &Draft,
    (file, form): (&str, Form),
    rules: &[Rule],
    ids: &[ArtifactId],
    edits: &mut Edits,
) -> Result<(), Refused> {
    for id in ids.iter().filter(|id| excludes(rules, id)) {
        edits.add(file, form, Edit::NoExclude(id.clone()));
    }
    let matching: Vec<Rule> =
        rules.iter().filter(|rule| matches!(rule, Rule::Matching(_))).cloned().collect();
    if matching.is_empty() {
        return Ok(());
    }
    let kept_out = draft.selection().excluded_among(&matching, &here(draft.catalog, ids));
    match kept_out.iter().min() {
        None => Ok(()),
        Some(index) => {
            let id = &draft.catalog.artifacts[*index].id;
            let message = format!("{file} keeps out {id} by a selector of `exclude`: change that.");
            Err(Refused::field("ids", message))
        }
    }
}

/// Adds to a group; with `from` takes out of where it was.
pub(super) fn add(
    draft: &mut Draft,
    collection: &str,
    (from, to): (Option<From>, &str),
    ids: &[ArtifactId],
    position: &Position,
) -> Result<String, Refused> {
    let ids = once(ids);
    let moved: Vec<Index> = ids.iter().map(|id| draft.artifact(id)).collect::<Result<_, _>>()?;
    let from = from.map(|From::Group(slug)| slug);
    let source = match from.flatten().filter(|from| *from != to) {
        Some(from) => Some(draft.group(collection, from)?.1),
        None => None,
    };
    let at = draft.group(collection, to)?.1;
    let shelf = draft.collection(collection)?;
    let group = &shelf.definition.groups[at];
    let mut edits = Edits::default();
    let definition = &shelf.definition;
    let file = (definition.file.as_str(), Form::Collection);
    let_in(draft, file, &definition.exclude, &ids, &mut edits)?;
    let_in(draft, (&group.file, Form::Group), &group.exclude, &ids, &mut edits)?;

    let set: HashSet<Index> = moved.iter().copied().collect();
    let sayings = Sayings::new(draft, &shelf, &set);
    let leaves = source.map(|at| &definition.groups[at]);
    let chosen = draft.selection().included_among(&group.include, &set);
    let is_same_group = from == Some(Some(to));
    let wanted = match position {
        Position::Unranked => None,
        at_place => {
            let resolved = &shelf.groups[at];
            Wanted::new(draft.catalog, resolved, &moved, at_place).map_err(|id| no_member(&id))?
        }
    };
    let (ranked, rest) = match (&wanted, position) {
        (Some(wanted), _) => wanted.edits(),
        (None, _) => (Vec::new(), moved.clone()),
    };
    let loses_rank = wanted.is_some() || is_same_group && *position == Position::Unranked;
    for index in rest {
        let id = sayings.id(index);
        let named = group.members.iter().find(|member| member.id == *id);
        let comes_by_itself = chosen.contains(&index) && sayings.stays_without(index, leaves);
        let is_to_change = match named {
            Some(member) => loses_rank && member.rank.is_some(),
            None => !comes_by_itself,
        };
        if is_to_change {
            edits.add(&group.file, Form::Group, Edit::Member(id.clone(), None));
        }
    }
    for edit in ranked {
        edits.add(&group.file, Form::Group, edit);
    }
    if let Some(source) = source {
        take_out(draft, (&shelf, source), &ids, true, &mut edits);
    }
    let said = said(&shelf, (from, at), &ids);
    draft.commit(edits)?;
    Ok(said)
}

fn said(
    shelf: &ResolvedCollection,
    (from, to): (Option<Option<&str>>, usize),
    ids: &[ArtifactId],
) -> String {
    let group = &shelf.definition.groups[to];
    let what = message::of_ids(ids);
    match from {
        None => format!("Added {what} to {}", group.title),
        Some(Some(from)) if from == group.slug => format!("Moved {what} in {}", group.title),
        Some(_) => format!("Moved {what} to {}", group.title),
    }
}

fn no_member(id: &ArtifactId) -> Refused {
    let text = format!("the group does not hold `{id}`");
    let help = "reload the page, and name a member that is there";
    Refused::Unknown(Box::new(Problem::error("SM254", text).help(help)))
}

/// Takes artifacts out of a group, whether it names them or its `include` brings them in, or would as
/// soon as the collection holds them: `will_be_held`.
fn take_out(
    draft: &Draft,
    (shelf, at): (&ResolvedCollection, usize),
    ids: &[ArtifactId],
    will_be_held: bool,
    edits: &mut Edits,
) {
    let group = &shelf.definition.groups[at];
    let set = here(draft.catalog, ids);
    let mut shown: HashSet<Index> = shelf.groups[at].members.iter().copied().collect();
    if will_be_held {
        let kept_out = draft.selection().excluded_among(&group.exclude, &set);
        shown.extend(set.difference(&kept_out));
    }
    let chosen = draft.selection().included_among(&group.include, &set);
    for id in ids {
        let index = draft.catalog.find(id);
        let is_shown = index.is_some_and(|index| shown.contains(&index));
        if (is_shown || index.is_none()) && names(group, id) {
            edits.add(&group.file, Form::Group, Edit::NoMember(id.clone()));
        }
        if is_shown && index.is_some_and(|index| chosen.contains(&index)) {
            edits.add(&group.file, Form::Group, Edit::Exclude(id.clone()));
        }
    }
}

/// Lets the collection name what it holds only because this group does.
pub(super) fn keep(
    draft: &mut Draft,
    (collection, at): (&str, usize),
    ids: &[ArtifactId],
    edits: &mut Edits,
) -> Result<(), Refused> {
    let shelf = draft.collection(collection)?;
    let group = &shelf.definition.groups[at];
    let shown: HashSet<Index> = shelf.groups[at].members.iter().copied().collect();
    let sayings = Sayings::new(draft, &shelf, &here(draft.catalog, ids));
    for index in ids.iter().filter_map(|id| draft.catalog.find(id)) {
        if shown.contains(&index) && !sayings.stays_without(index, Some(group)) {
            edits.collection(&shelf.definition, Edit::Pin(sayings.id(index).clone()));
        }
    }
    Ok(())
}

/// Takes out of a group, and keeps in the collection.
pub(super) fn remove(
    draft: &mut Draft,
    collection: &str,
    group: &str,
    ids: &[ArtifactId],
) -> Result<String, Refused> {
    let ids = once(ids);
    let at = draft.group(collection, group)?.1;
    let shelf = draft.collection(collection)?;
    let mut edits = Edits::default();
    keep(draft, (collection, at), &ids, &mut edits)?;
    take_out(draft, (&shelf, at), &ids, false, &mut edits);
    draft.commit(edits)?;
    let title = &shelf.definition.groups[at].title;
    Ok(format!("Removed {} from {title}", message::of_ids(&ids)))
}

/// Adds to a collection.
pub(super) fn join(
    draft: &mut Draft,
    collection: &str,
    ids: &[ArtifactId],
) -> Result<String, Refused> {
    let ids = once(ids);
    let shelf = draft.collection(collection)?;
    let definition = &shelf.definition;
    let mut new = Vec::new();
    for id in &ids {
        if shelf.members.binary_search(&draft.artifact(id)?).is_err() {
            new.push(id.clone());
        }
    }
    let mut edits = Edits::default();
    let file = (definition.file.as_str(), Form::Collection);
    let_in(draft, file, &definition.exclude, &new, &mut edits)?;
    let set = here(draft.catalog, &new);
    let sayings = Sayings::new(draft, &shelf, &set);
    for id in &new {
        let comes_by_itself =
            draft.catalog.find(id).is_some_and(|index| sayings.stays_without(index, None));
        if !comes_by_itself {
            edits.collection(definition, Edit::Pin(id.clone()));
        }
    }
    let said = format!("Added {} to {}", message::of_ids(&ids), definition.title);
    draft.commit(edits)?;
    Ok(said)
}

/// Takes out of a collection and its groups.
pub(super) fn leave(
    draft: &mut Draft,
    collection: &str,
    ids: &[ArtifactId],
) -> Result<String, Refused> {
    let ids = once(ids);
    let shelf = draft.collection(collection)?;
    let definition = &shelf.definition;
    let chosen = draft.selection().included_among(&definition.include, &here(draft.catalog, &ids));
    let mut edits = Edits::default();
    for id in &ids {
        let index = draft.catalog.find(id);
        if index.is_some_and(|index| shelf.members.binary_search(&index).is_err()) {
            continue;
        }
        for group in definition.groups.iter().filter(|group| names(group, id)) {
            edits.add(&group.file, Form::Group, Edit::NoMember(id.clone()));
        }
        if definition.pins.iter().any(|pin| pin.id == *id) {
            edits.collection(definition, Edit::NoPin(id.clone()));
        }
        if index.is_some_and(|index| chosen.contains(&index)) {
            edits.collection(definition, Edit::Exclude(id.clone()));
        }
    }
    let said = format!("Removed {} from {}", message::of_ids(&ids), definition.title);
    draft.commit(edits)?;
    Ok(said)
}
