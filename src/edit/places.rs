//! The order of collections and of the groups in one: as few numbers changed as can be.

use super::draft::Draft;
use super::ranks::{GAP, Slot, ranks};
use super::refusal::Refused;
use crate::format::edit::Edit;
use crate::words;

/// What a collection or group is called.
pub(super) fn title(
    draft: &Draft<'_>,
    collection: &str,
    group: Option<&str>,
) -> Result<String, Refused> {
    let title = match group {
        Some(group) => &draft.group(collection, group)?.definition.title,
        None => &draft.collection(collection)?.definition.title,
    };
    Ok(words::visible(title))
}

/// The next number after one, a multiple of [`GAP`].
pub(super) fn after(order: i64) -> i64 {
    order.div_euclid(GAP).saturating_add(1).saturating_mul(GAP)
}

pub(super) fn place_collection(
    draft: &mut Draft<'_>,
    slug: &str,
    before: Option<&str>,
) -> Result<(), Refused> {
    draft.collection(slug)?;
    if let Some(before) = before {
        draft.collection(before)?;
    }
    let all = draft.collections();
    let now: Vec<(String, i64)> =
        all.iter().map(|one| (one.definition.slug.clone(), one.definition.order)).collect();
    for (slug, order) in moved(now, slug, before) {
        draft.edit_collection(&slug, &[Edit::Order(Some(order))])?;
    }
    Ok(())
}

pub(super) fn place_group(
    draft: &mut Draft<'_>,
    collection: &str,
    slug: &str,
    before: Option<&str>,
) -> Result<(), Refused> {
    draft.group(collection, slug)?;
    if let Some(before) = before {
        draft.group(collection, before)?;
    }
    let all = draft.collection(collection)?.groups.iter();
    let now: Vec<(String, i64)> =
        all.map(|one| (one.definition.slug.clone(), one.definition.order)).collect();
    for (slug, order) in moved(now, slug, before) {
        draft.edit_group(collection, &slug, &[Edit::Order(Some(order))])?;
    }
    Ok(())
}

/// The orders that change when one goes before another, or to the end.
fn moved(now: Vec<(String, i64)>, which: &str, before: Option<&str>) -> Vec<(String, i64)> {
    if before == Some(which) {
        return Vec::new();
    }
    let slot = |(key, order): &(String, i64)| {
        let is_free = key == which;
        Slot { key: key.clone(), rank: Some(*order), is_free }
    };
    let mut wanted: Vec<Slot<String>> =
        now.iter().filter(|(key, _)| key != which).map(slot).collect();
    let at = before.and_then(|before| wanted.iter().position(|slot| slot.key == before));
    let own = now.iter().find(|(key, _)| key == which).map(slot);
    let at = at.unwrap_or(wanted.len());
    wanted.splice(at..at, own);
    if wanted.iter().map(|slot| &slot.key).eq(now.iter().map(|(key, _)| key)) {
        return Vec::new();
    }
    let orders = ranks(&wanted, true);
    let changed = wanted.into_iter().zip(orders).filter(|(slot, order)| slot.rank != *order);
    changed.filter_map(|(slot, order)| Some((slot.key, order?))).collect()
}
