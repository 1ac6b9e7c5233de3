//! Where things stand among others, as numbers in their files.

use std::collections::{HashMap, HashSet};

use super::super::change::Position;
use super::rank::{self, Placed};
use crate::catalog::{Catalog, Index, ResolvedGroup};
use crate::format::edit::Edit;
use crate::model::id::ArtifactId;

/// The number of what comes after all others.
pub(super) fn last(orders: impl Iterator<Item = i64>) -> i64 {
    orders.max().map_or(10, |last| last.saturating_add(10))
}

/// The numbers that change when one of these, sorted by number and name, goes before another, or to
/// the end.
pub(super) fn orders<'a>(
    all: Vec<(&'a str, i64)>,
    moved: &str,
    before: Option<&str>,
) -> Vec<(&'a str, i64)> {
    if before == Some(moved) {
        return Vec::new();
    }
    let (mut one, mut others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(slug, _)| *slug == moved);
    let at = before.and_then(|before| others.iter().position(|(slug, _)| *slug == before));
    let at = at.unwrap_or(others.len());
    others.splice(at..at, one.drain(..));
    let placed = |(at, (slug, order)): (usize, &(&str, i64))| Placed {
        number: Some(*order),
        follows: at > 0 && others[at - 1].0 < *slug,
        is_moved: *slug == moved,
    };
    let placed: Vec<Placed> = others.iter().enumerate().map(placed).collect();
    let numbers = rank::numbers(&placed);
    let changed = others.iter().zip(numbers).filter(|((_, old), new)| old != new);
    changed.map(|((slug, _), new)| (*slug, new)).collect()
}

/// The members of a group in a wanted order.
pub(super) struct Wanted<'a> {
    catalog: &'a Catalog,
    order: Vec<Index>,
    moved: HashSet<Index>,
    /// The members that the file names, and their ranks.
    named: HashMap<&'a ArtifactId, Option<i64>>,
}

impl<'a> Wanted<'a> {
    /// What is moved, in its order, put at a place among the others; `None` when all stand so
    /// already, or when the place is one beside something that is not there.
    pub(super) fn new(
        catalog: &'a Catalog,
        group: &'a ResolvedGroup,
        moved: &[Index],
        at: &Position,
    ) -> Result<Option<Self>, ArtifactId> {
        let set: HashSet<Index> = moved.iter().copied().collect();
        let others: Vec<Index> =
            group.members.iter().copied().filter(|index| !set.contains(index)).collect();
        let before = |id: &ArtifactId| {
            let index = catalog.find(id).ok_or_else(|| id.clone())?;
            let place = group.members.iter().position(|member| *member == index);
            let place = place.ok_or_else(|| id.clone())?;
            let n = group.members[..place].iter().filter(|member| !set.contains(member)).count();
            Ok((n, set.contains(&index)))
        };
        let at = match at {
            Position::First => 0,
            Position::Before(id) => before(id)?.0,
            Position::After(id) => {
                let (n, is_moved) = before(id)?;
                n + usize::from(!is_moved)
            }
            Position::Unranked | Position::Last => others.len(),
        };
        let mut order = others;
        order.splice(at..at, moved.iter().copied());
        if order == group.members {
            return Ok(None);
        }
        let named = group.definition.members.iter().map(|it| (&it.id, it.rank)).collect();
        Ok(Some(Self { catalog, order, moved: set, named }))
    }

    /// The ranks that change. Members without one follow by id, so that the end of the order may
    /// need none.
    pub(super) fn edits(&self) -> (Vec<Edit>, Vec<Index>) {
        let rank =
            |index: Index| self.named.get(&self.catalog.artifacts[index].id).copied().flatten();
        let needs_none = |at: usize| {
            let index = self.order[at];
            let is_free = self.moved.contains(&index) || rank(index).is_none();
            is_free && self.order.get(at + 1).is_none_or(|next| index < *next)
        };
        let mut end = self.order.len();
        while end > 0 && needs_none(end - 1) {
            end -= 1;
        }
        // What was put right behind the ranked ones is meant to stay there.
        while end < self.order.len() && self.moved.contains(&self.order[end]) {
            end += 1;
        }
        let placed = |at: usize| Placed {
            number: rank(self.order[at]),
            follows: at > 0 && self.order[at - 1] < self.order[at],
            is_moved: self.moved.contains(&self.order[at]),
        };
        let placed: Vec<Placed> = (0..end).map(placed).collect();
        let mut edits = Vec::new();
        for (at, number) in rank::numbers(&placed).into_iter().enumerate() {
            if placed[at].number != Some(number) {
                let id = self.catalog.artifacts[self.order[at]].id.clone();
                edits.push(Edit::Member(id, Some(number)));
            }
        }
        let rest = &self.order[end..];
        let rest = rest.iter().copied().filter(|index| self.moved.contains(index));
        (edits, rest.collect())
    }
}
