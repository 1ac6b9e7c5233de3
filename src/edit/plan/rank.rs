//! Numbers that say an order, so that as few of them as possible change. Pure.

/// Numbers have gaps, so that something can be put between.
const STEP: i64 = 10;

/// Numbers beyond this, which nobody means, are written anew: sums with them could overflow.
const NUMBER_MAX: u64 = 1 << 40;

/// One thing in its wanted place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// The number it has.
    pub(super) number: Option<i64>,
    /// Its number may be that of the thing before it: their names are in order then.
    pub(super) follows: bool,
    /// It is what is being moved: of two that could change, this one does.
    pub(super) is_moved: bool,
}

/// A number for each, so that sorted by number, and then by name, they stand as they are given. As
/// many as possible keep theirs.
pub(super) fn numbers(placed: &[Placed]) -> Vec<i64> {
    let known: Vec<Option<i64>> = placed
        .iter()
        .map(|one| one.number.filter(|number| number.unsigned_abs() < NUMBER_MAX))
        .collect();
    // Things of one number that stand side by side in the order of their names share a step.
    let mut step = 0;
    let mut steps = Vec::with_capacity(placed.len());
    for (at, one) in placed.iter().enumerate() {
        let is_tied = at > 0 && one.follows && known[at].is_some() && known[at] == known[at - 1];
        step += i64::from(at > 0 && !is_tied);
        steps.push(step);
    }
    let kept = keepers(placed, &known, &steps);
    let mut out: Vec<i64> = Vec::with_capacity(placed.len());
    let mut last: Option<(i64, i64)> = None;
    for at in 0..placed.len() {
        if let (true, Some(number)) = (kept[at], known[at]) {
            last = Some((number, steps[at]));
            out.push(number);
            continue;
        }
        let next = (at..placed.len()).find(|next| kept[*next]);
        let next = next.and_then(|next| Some((known[next]?, steps[next])));
        out.push(between(last, next, steps[at]));
    }
    out
}

/// The number at a step between two that stand, each with its step.
fn between(low: Option<(i64, i64)>, high: Option<(i64, i64)>, step: i64) -> i64 {
    match (low, high) {
        (Some((low, from)), Some((high, to))) => low + (high - low) * (step - from) / (to - from),
        (Some((low, from)), None) => low + STEP * (step - from),
        (None, Some((high, to))) if high > STEP * to => high - STEP * (to - step),
        (None, Some((high, to))) if high > to => high * (step + 1) / (to + 1),
        (None, Some((high, to))) => high - STEP * (to - step),
        (None, None) => STEP * (step + 1),
    }
}

/// Which keep their numbers: the most that leave room for all between them, and of as many, those
/// with the fewest that are moved. Between two that stay, the numbers must rise by a step at least
/// for each step, so that number less step must not fall.
fn keepers(placed: &[Placed], known: &[Option<i64>], steps: &[i64]) -> Vec<bool> {
    let free = |at: usize| known[at].map(|number| number - steps[at]);
    let mut values: Vec<i64> = (0..placed.len()).filter_map(free).collect();
    values.sort_unstable();
    values.dedup();
    // For each value, by the least significant bit of its place (a Fenwick tree), the best row that
    // ends there: its worth and its last.
    let mut best: Vec<(u64, Option<usize>)> = vec![(0, None); values.len() + 1];
    let mut before: Vec<Option<usize>> = vec![None; placed.len()];
    let whole = placed.len() as u64 + 1;
    for at in 0..placed.len() {
        let Some(value) = free(at) else { continue };
        let place = values.partition_point(|other| *other < value) + 1;
        let mut found = (0, None);
        let mut down = place;
        while down > 0 {
            if best[down].0 > found.0 {
                found = best[down];
            }
            down &= down - 1;
        }
        before[at] = found.1;
        let worth = found.0 + whole + u64::from(!placed[at].is_moved);
        let mut up = place;
        while up < best.len() {
            if worth > best[up].0 {
                best[up] = (worth, Some(at));
            }
            up += up & up.wrapping_neg();
        }
    }
    let mut kept = vec![false; placed.len()];
    let mut next = best.iter().max_by_key(|(worth, _)| *worth).and_then(|(_, last)| *last);
    while let Some(at) = next {
        kept[at] = true;
        next = before[at];
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Letters as they should stand, capitals are moved; each with its number, if it has one.
    fn placed(wanted: &[(char, Option<i64>)]) -> Vec<i64> {
        let names: Vec<char> = wanted.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let one = |(at, (name, number)): (usize, &(char, Option<i64>))| Placed {
            number: *number,
            follows: at > 0 && names[at - 1] < names[at],
            is_moved: name.is_uppercase(),
        };
        numbers(&wanted.iter().enumerate().map(one).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_moved_goes_between_its_neighbours_and_the_others_stay() {
        let n = Some;
        assert_eq!(placed(&[('a', None), ('b', None)]), [10, 20]);
        assert_eq!(placed(&[('a', n(10)), ('C', n(30)), ('b', n(20))]), [10, 15, 20]);
        assert_eq!(placed(&[('B', n(20)), ('a', n(10))]), [5, 10]);
        assert_eq!(placed(&[('a', n(10)), ('b', n(20)), ('X', None)]), [10, 20, 30]);
        assert_eq!(placed(&[('a', n(10)), ('X', None), ('b', n(11))]), [10, 20, 30]);
        assert_eq!(placed(&[('X', n(1000)), ('a', n(1000)), ('b', n(1000))]), [990, 1000, 1000]);
        assert_eq!(placed(&[('b', n(1000)), ('A', n(1000)), ('c', n(1000))]), [990, 1000, 1000]);
        assert_eq!(placed(&[('X', None), ('a', n(1))]), [-9, 1]);
    }

    proptest! {
        #[test]
        fn the_numbers_say_the_order_and_no_fewer_could_change(
            wanted in prop::collection::vec(
                (prop::char::range('a', 'e'), prop::option::of(-2..8_i64), any::<bool>()), 0..6)
        ) {
            let one = |at: usize| Placed {
                number: wanted[at].1,
                follows: at > 0 && wanted[at - 1].0 < wanted[at].0,
                is_moved: wanted[at].2,
            };
            let all: Vec<Placed> = (0..wanted.len()).map(one).collect();
            let rises = |numbers: &[i64]| (1..all.len()).all(|at| {
                numbers[at - 1] < numbers[at] || numbers[at - 1] == numbers[at] && all[at].follows
            });
            let given = numbers(&all);
            prop_assert!(rises(&given), "{:?}", given);
            let changed = (0..all.len()).filter(|at| all[*at].number != Some(given[*at])).count();
            // Every choice of what stays, tried: is there room for the others?
            let fewest = (0..1_u32 << all.len()).filter_map(|stay| {
                let mut last = i64::MIN / 2;
                for (at, one) in all.iter().enumerate() {
                    let least = if one.follows { last } else { last + 1 };
                    last = match (stay >> at & 1 == 1, one.number) {
                        (true, Some(number)) if number >= least => number,
                        (true, _) => return None,
                        (false, _) => least,
                    };
                }
                Some(all.len() - stay.count_ones() as usize)
            }).min().unwrap_or_default();
            prop_assert!(changed <= fewest + ties(&all), "{:?}: {} for {}", given, changed, fewest);
        }
    }

    /// Whoever shares a number by name could stand closer than the steps say.
    fn ties(all: &[Placed]) -> usize {
        all.iter().filter(|one| one.follows).count()
    }
}
