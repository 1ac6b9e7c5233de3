//! Places in an order of a source's to numbers with gaps, so that as few as possible change. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// Numbers have gaps, so that something can be put between.
pub(super) const STEP: i64 = 10;

/// Numbers beyond this, which nobody means, are no neighbours: sums with them could overflow.
const NUMBER_MAX: u64 = 1 << 40;

/// A number for each key of `wanted`, rising in its order. A key keeps the number in `known` where
/// the order allows; one that is new or has moved gets one between its neighbours, and none that
/// something else has in `here`. What `here` says of the keys themselves does not count: a sync
/// that is made again after it ended halfway must come to the same numbers.
pub(super) fn numbers<K: Ord + Clone>(
    wanted: &[K],
    known: &BTreeMap<K, i64>,
    here: &BTreeMap<K, i64>,
) -> Vec<i64> {
    let others: BTreeSet<&K> = known.keys().chain(here.keys()).collect();
    let wanted_keys: BTreeSet<&K> = wanted.iter().collect();
    let others = others.difference(&wanted_keys);
    let used = others.flat_map(|key| [known.get(*key), here.get(*key)]).flatten().copied();
    let used: BTreeSet<i64> = used.collect();
    let is_usual = |number: &i64| number.unsigned_abs() < NUMBER_MAX;
    let kept = |key: &K| known.get(key).copied().filter(is_usual);
    let stay = longest_rise(&wanted.iter().map(kept).collect::<Vec<_>>());
    let mut numbers = stay.clone();
    let mut at = 0;
    while let Some(start) = (at..wanted.len()).find(|next| stay[*next].is_none()) {
        at = (start..wanted.len()).find(|next| stay[*next].is_some()).unwrap_or(wanted.len());
        let low = start.checked_sub(1).and_then(|before| numbers[before]);
        fill(&mut numbers[start..at], low, stay.get(at).copied().flatten(), &used);
    }
    rising(&numbers)
}

/// Numbers for places without one between two others, evenly where there is room.
fn fill(places: &mut [Option<i64>], low: Option<i64>, high: Option<i64>, used: &BTreeSet<i64>) {
    let n = places.len() as i64;
    let (low, high) = match (low, high) {
        (low, None) => (low.unwrap_or_default(), low.unwrap_or_default() + STEP * (n + 1)),
        (None, Some(high)) => (if high > n { 0 } else { high - STEP * (n + 1) }, high),
        (Some(low), Some(high)) => (low, high),
    };
    let has_room = high - low > n;
    let mut last = low;
    for (at, place) in (1..).zip(places) {
        let even = if has_room { low + (high - low) * at / (n + 1) } else { low + STEP * at };
        let mut number = even.max(last + 1);
        // What a person has put there stays alone on its number.
        while has_room && used.contains(&number) && number + (n - at) + 1 < high {
            number += 1;
        }
        if has_room {
            number = number.min(high - 1 - (n - at));
        }
        last = number;
        *place = Some(number);
    }
}

/// Lifts what does not rise any more, for want of room before it.
fn rising(numbers: &[Option<i64>]) -> Vec<i64> {
    let mut out: Vec<i64> = Vec::with_capacity(numbers.len());
    for number in numbers.iter().map(|number| number.unwrap_or_default()) {
        match out.last() {
            Some(last) if number <= *last => out.push(last + STEP),
            _ => out.push(number),
        }
    }
    out
}

/// The numbers of a longest rising row; the others are none.
fn longest_rise(numbers: &[Option<i64>]) -> Vec<Option<i64>> {
    // For each length the place of the smallest last number of such a row, and who comes before.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; numbers.len()];
    for (at, number) in numbers.iter().enumerate() {
        let Some(number) = number else { continue };
        let length = tails.partition_point(|tail| numbers[*tail] < Some(*number));
        before[at] = length.checked_sub(1).map(|shorter| tails[shorter]);
        if length == tails.len() { tails.push(at) } else { tails[length] = at }
    }
    let mut out = vec![None; numbers.len()];
    let mut next = tails.last().copied();
    while let Some(at) = next {
        out[at] = numbers[at];
        next = before[at];
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn placed(wanted: &str, known: &[(char, i64)], here: &[(char, i64)]) -> Vec<i64> {
        let wanted: Vec<char> = wanted.chars().collect();
        let map = |pairs: &[(char, i64)]| pairs.iter().copied().collect::<BTreeMap<_, _>>();
        numbers(&wanted, &map(known), &map(here))
    }

    #[test]
    fn what_is_new_goes_between_its_neighbours_and_the_others_stay() {
        let known = [('a', 10), ('b', 20), ('c', 30)];
        assert_eq!(placed("abc", &[], &[]), [10, 20, 30]);
        assert_eq!(placed("abcd", &known, &known), [10, 20, 30, 40]);
        assert_eq!(placed("axbc", &known, &known), [10, 15, 20, 30]);
        assert_eq!(placed("axyzbc", &known, &known), [10, 12, 15, 17, 20, 30]);
        assert_eq!(placed("xabc", &known, &known), [5, 10, 20, 30]);
        assert_eq!(placed("cab", &known, &known), [5, 10, 20]);
        assert_eq!(placed("axbc", &known, &[('z', 15)]), [10, 16, 20, 30]);
        assert_eq!(placed("axbc", &[('a', 10), ('b', 11), ('c', 12)], &[]), [10, 20, 30, 40]);
        assert_eq!(placed("xa", &[('a', 1)], &[]), [-9, 1]);
        assert_eq!(placed("axbc", &known, &[('x', 13)]), [10, 15, 20, 30]);
    }

    proptest! {
        #[test]
        fn numbers_rise_and_are_the_same_when_asked_again(
            wanted in Just("abcdefgh".chars().collect::<Vec<_>>()).prop_shuffle(),
            n in 0..8_usize,
            known in prop::collection::btree_map(prop::char::range('a', 'k'), -20..60_i64, 0..8),
            here in prop::collection::btree_map(prop::char::range('a', 'm'), any::<i64>(), 0..8),
        ) {
            let wanted = &wanted[..n];
            let first = numbers(wanted, &known, &here);
            prop_assert!(first.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", first);
            let given: BTreeMap<char, i64> = wanted.iter().copied().zip(first.clone()).collect();
            prop_assert_eq!(&numbers(wanted, &given, &here), &first);
            // A sync that was ended before it wrote the lock.
            let mut written = here;
            written.extend(given);
            prop_assert_eq!(&numbers(wanted, &known, &written), &first);
        }
    }
}
