//! A wanted order to the fewest numbers that say it.
//!
//! Things with a number come first, by it; those without follow by name. Pure: it knows neither
//! files nor what is ordered.

/// Between two numbers that are given out, so that one more fits without touching its neighbours.
pub(super) const GAP: i64 = 10;

/// One thing in the order that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot<K> {
    pub key: K,
    /// The number it has now.
    pub rank: Option<i64>,
    /// It is being placed: its number may be any.
    pub is_free: bool,
}

/// The numbers that make the order as it is wanted, in that order. With `all` everything gets one,
/// else what stands at the end in the order of its names may go without.
pub(super) fn ranks<K: Ord>(wanted: &[Slot<K>], all: bool) -> Vec<Option<i64>> {
    let n_ranked = if all { wanted.len() } else { wanted.len() - unranked_end(wanted) };
    let mut ranks: Vec<Option<i64>> =
        wanted.iter().take(n_ranked).map(|slot| slot.rank.filter(|_| !slot.is_free)).collect();
    while let Some((start, end)) = crowded(wanted, &ranks) {
        // The nearer neighbour that has a number gives it up; the later one first.
        if end < ranks.len() {
            ranks[end] = None;
        } else if start > 0 {
            ranks[start - 1] = None;
        }
    }
    let mut at = 0;
    while at < ranks.len() {
        if ranks[at].is_some() {
            at += 1;
            continue;
        }
        let end = (at..ranks.len()).find(|i| ranks[*i].is_some()).unwrap_or(ranks.len());
        let before = at.checked_sub(1).and_then(|i| ranks[i]);
        let after = ranks.get(end).copied().flatten();
        for (i, rank) in spread(before, after, end - at).into_iter().enumerate() {
            ranks[at + i] = Some(rank);
        }
        at = end;
    }
    ranks.resize(wanted.len(), None);
    ranks
}

/// How many at the end have no number, or need none, and stand in the order of their names.
fn unranked_end<K: Ord>(wanted: &[Slot<K>]) -> usize {
    let mut n = 0;
    let mut later: Option<&K> = None;
    for slot in wanted.iter().rev() {
        let may = slot.is_free || slot.rank.is_none();
        if !may || later.is_some_and(|later| slot.key >= *later) {
            break;
        }
        n += 1;
        later = Some(&slot.key);
    }
    n
}

/// The first run of things without a number that has too little room between its neighbours, or
/// two neighbours that stand the wrong way round.
fn crowded<K: Ord>(wanted: &[Slot<K>], ranks: &[Option<i64>]) -> Option<(usize, usize)> {
    let mut before: Option<(usize, i64)> = None;
    for (at, rank) in ranks.iter().enumerate() {
        let Some(rank) = rank else { continue };
        if let Some((from, low)) = before {
            let n_between = at - from - 1;
            let equal_fits = n_between == 0 && low == *rank && wanted[from].key < wanted[at].key;
            let fits = rank.checked_sub(low).is_some_and(|room| room > n_between as i64);
            if !fits && !equal_fits {
                return Some((from + 1, at));
            }
        } else if at > 0 && *rank < i64::MIN + at as i64 {
            return Some((0, at));
        }
        before = Some((at, *rank));
    }
    let (last, low) = before?;
    let n_after = ranks.len() - last - 1;
    (low > i64::MAX - n_after as i64 && n_after > 0).then_some((last + 1, ranks.len()))
}

/// `n` numbers between two others.
fn spread(before: Option<i64>, after: Option<i64>, n: usize) -> Vec<i64> {
    let n = n as i64;
    let step = |from: i64, by: i64| (1..=n).map(move |i| from.saturating_add(i.saturating_mul(by)));
    match (before, after) {
        (None, None) => step(0, GAP).collect(),
        (Some(low), None) if low <= i64::MAX - GAP * (n + 1) => {
            step(low.div_euclid(GAP) * GAP, GAP).collect()
        }
        (Some(low), None) => step(low, 1).collect(),
        (None, Some(high)) if high >= i64::MIN + GAP * (n + 1) => {
            step(high - GAP * (n + 1), GAP).collect()
        }
        (None, Some(high)) => step(high - n - 1, 1).collect(),
        (Some(low), Some(high)) => {
            let room = i128::from(high) - i128::from(low);
            let at = |i: i64| i128::from(low) + room * i128::from(i) / i128::from(n + 1);
            (1..=n).map(|i| at(i) as i64).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slot(key: u8, rank: Option<i64>, is_free: bool) -> Slot<u8> {
        Slot { key, rank, is_free }
    }

    /// The order that numbers and names say.
    fn said(slots: &[Slot<u8>], ranks: &[Option<i64>]) -> Vec<u8> {
        let mut all: Vec<(bool, Option<i64>, u8)> =
            slots.iter().zip(ranks).map(|(slot, rank)| (rank.is_none(), *rank, slot.key)).collect();
        all.sort_unstable();
        all.into_iter().map(|(.., key)| key).collect()
    }

    #[test]
    fn between_two_numbers_one_is_given_and_nothing_else_changes() {
        let wanted = [slot(1, Some(10), false), slot(9, None, true), slot(2, Some(20), false)];
        assert_eq!(ranks(&wanted, false), [Some(10), Some(15), Some(20)]);
        let wanted = [slot(1, Some(10), false), slot(9, None, true), slot(2, Some(11), false)];
        assert_eq!(ranks(&wanted, false), [Some(10), Some(20), Some(30)]);
    }

    #[test]
    fn what_stands_in_the_order_of_names_needs_no_number() {
        let wanted = [slot(1, None, false), slot(2, None, true), slot(3, None, false)];
        assert_eq!(ranks(&wanted, false), [None, None, None]);
        let wanted = [slot(3, None, true), slot(1, None, false), slot(2, None, false)];
        assert_eq!(ranks(&wanted, false), [Some(10), None, None]);
    }

    proptest! {
        #[test]
        fn the_numbers_say_the_order_that_is_wanted(
            slots in prop::collection::vec((prop::option::of(-3i64..40), any::<bool>()), 0..12),
            order in Just(()).prop_perturb(|(), mut rng| rng.next_u64()),
            all in any::<bool>(),
        ) {
            let mut slots: Vec<Slot<u8>> = slots
                .into_iter()
                .zip(0..)
                .map(|((rank, is_free), key)| slot(key, rank, is_free))
                .collect();
            let mut seed = order;
            for at in (1..slots.len()).rev() {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                slots.swap(at, (seed >> 33) as usize % (at + 1));
            }
            let given = ranks(&slots, all);
            let wanted: Vec<u8> = slots.iter().map(|slot| slot.key).collect();
            prop_assert_eq!(said(&slots, &given), wanted);
        }
    }
}
