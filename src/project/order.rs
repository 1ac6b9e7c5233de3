//! Paths to the order in which `npx skills` hashes them: that of `localeCompare` in JavaScript, which
//! is the root order of Unicode's collation.
//!
//! Written out for ASCII. A character beyond it stands after all of ASCII, by its code point: where
//! the order of two files hangs on one, the hash may be another than that of the tool.

use std::cmp::Ordering;

/// What counts first, from the first to the last; letters without their case. Control characters
/// count as nothing.
const PRIMARY: &str = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz";

/// How `localeCompare` orders two paths.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let counting = |text: &'_ str| text.chars().filter(|c| !c.is_control()).collect::<Vec<_>>();
    let (a, b) = (counting(a), counting(b));
    let primary = |c: &char| {
        let small = c.to_ascii_lowercase();
        PRIMARY.chars().position(|one| one == small).unwrap_or(PRIMARY.len() + small as usize)
    };
    // Only where all else is equal does the case count: small letters come first.
    let case = |c: &char| c.is_ascii_uppercase();
    let by_primary = a.iter().map(primary).cmp(b.iter().map(primary));
    by_primary.then_with(|| a.iter().map(case).cmp(b.iter().map(case)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order that Node.js 20 gave for the same paths.
    #[test]
    fn paths_stand_as_locale_compare_has_them() {
        let sorted = [
            "_x",
            "a b",
            "a-b/x",
            "a.md",
            "A.md",
            "a/x",
            "a10",
            "a9",
            "aB",
            "Ab",
            "ab/c",
            "LICENSE.txt",
            "README.md",
            "scripts/run.sh",
            "scripts/Run.sh",
            "SKILL.md",
        ];
        let mut paths = sorted.to_vec();
        paths.sort_unstable();
        paths.sort_by(|a, b| compare(a, b));
        assert_eq!(paths, sorted);
    }
}
