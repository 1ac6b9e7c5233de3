//! Three texts to one: what two sides made of a base, with markers where both changed the same lines.

use diffy::{ConflictStyle, IncompleteHunkStyle, MergeOptions};
use similar::{Algorithm, DiffTag, capture_diff_slices};

/// Signs of a marker, as Git has them.
const MARKER: usize = 7;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    pub text: String,
    /// Places with markers.
    pub conflicts: usize,
}

/// Merges line by line; the markers name the two sides. Without a base, what both have counts as it,
/// so that nothing goes that one of them has.
pub fn merge(base: Option<&str>, here: (&str, &str), source: (&str, &str)) -> Merged {
    let base = base.map_or_else(|| common(here.1, source.1), str::to_owned);
    // A text may have such lines itself: those of ours are longer then.
    let longest = [here.1, source.1].into_iter().flat_map(str::lines).map(signs).max();
    let length = longest.filter(|longest| *longest >= MARKER).map_or(MARKER, |longest| longest + 1);
    let mut options = MergeOptions::new();
    options.set_conflict_style(ConflictStyle::Merge);
    options.set_incomplete_hunk_style(IncompleteHunkStyle::Git);
    options.set_conflict_marker_length(length);
    match options.merge(&base, here.1, source.1) {
        Ok(text) => Merged { text, conflicts: 0 },
        Err(text) => named(&text, length, here.0, source.0),
    }
}

/// The same sign at the start of a line, if it is one of markers.
fn signs(line: &str) -> usize {
    let of = |sign: char| line.chars().take_while(|c| *c == sign).count();
    ['<', '=', '>'].into_iter().map(of).max().unwrap_or_default()
}

/// The names of the sides in place of the library's.
fn named(text: &str, length: usize, here: &str, source: &str) -> Merged {
    let (open, close) = ("<".repeat(length), ">".repeat(length));
    let (mut out, mut conflicts) = (String::with_capacity(text.len()), 0);
    for line in text.split_inclusive('\n') {
        let end = &line[line.trim_end_matches(['\r', '\n']).len()..];
        if line.starts_with(&open) {
            conflicts += 1;
            out += &format!("{open} {here}{end}");
        } else if line.starts_with(&close) {
            out += &format!("{close} {source}{end}");
        } else {
            out += line;
        }
    }
    Merged { text: out, conflicts }
}

/// The lines that both have, in order.
fn common(one: &str, other: &str) -> String {
    let one: Vec<&str> = one.split_inclusive('\n').collect();
    let other: Vec<&str> = other.split_inclusive('\n').collect();
    let steps = capture_diff_slices(Algorithm::Myers, &one, &other);
    let equal = steps.iter().filter(|step| step.tag() == DiffTag::Equal);
    equal.flat_map(|step| one[step.old_range()].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn merged(base: Option<&str>, here: &str, source: &str) -> (String, usize) {
        let done = merge(base, ("here", here), ("source", source));
        (done.text, done.conflicts)
    }

    #[test]
    fn what_one_side_changed_is_taken_and_where_both_did_both_are_shown() {
        let base = Some("a\nb\nc\nd\ne\n");
        let done = merged(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n");
        assert_eq!(done, ("A\nb\nc\nd\nE\n".into(), 0));
        let done = merged(base, "a\nB\nc\nd\ne\n", "a\nX\nc\nd\ne\n");
        let wanted = "a\n<<<<<<< here\nB\n=======\nX\n>>>>>>> source\nc\nd\ne\n";
        assert_eq!(done, (wanted.into(), 1));
        let done = merged(None, "a\nmine\nc\n", "a\nc\ntheirs\n");
        assert_eq!(done, ("a\nmine\nc\ntheirs\n".into(), 0));
    }

    #[test]
    fn lines_that_look_like_markers_are_told_from_those_of_the_merge() {
        let (text, conflicts) = merged(Some("x\n"), "<<<<<<< here\n", "y\n");
        assert_eq!(conflicts, 1);
        assert_eq!(text, "<<<<<<<< here\n<<<<<<< here\n========\ny\n>>>>>>>> source\n");
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        assert_eq!(merged(Some("a\r\nb\r\n"), "a\r\nB\r\n", "a\r\nb\r\n").0, "a\r\nB\r\n");
        assert_eq!(merged(Some("a\nb"), "a\nb", "A\nb").0, "A\nb");
    }

    /// `git merge-file`, with the same files.
    fn git(base: &str, here: &str, source: &str) -> (String, i32) {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let files = [path("here", here), path("base", base), path("source", source)];
        let mut command = std::process::Command::new("git");
        command.args(["merge-file", "-p", "-L", "here", "-L", "base", "-L", "source"]);
        let output = command.args(files).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
    }

    /// Lines that are each there once, so that there is one way to lay the sides beside the base:
    /// each kept, changed, taken away, or with a new one after it.
    fn side(name: &'static str) -> impl Strategy<Value = String> {
        prop::collection::vec(0..8_usize, 6).prop_map(move |all| {
            let line = |(n, what): (usize, usize)| match what {
                0 => format!("{n} {name}\n"),
                1 => String::new(),
                2 => format!("{n}\n{n} new {name}\n"),
                _ => format!("{n}\n"),
            };
            all.into_iter().enumerate().map(line).collect()
        })
    }

    fn lines() -> impl Strategy<Value = String> {
        prop::collection::vec("[ab]", 0..7).prop_map(|all| all.join("\n") + "\n")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn what_is_merged_without_conflicts_is_what_git_makes(
            here in side("x"), source in prop_oneof![side("x"), side("y")],
        ) {
            let base = "0\n1\n2\n3\n4\n5\n";
            let (ours, conflicts) = merged(Some(base), &here, &source);
            let (theirs, code) = git(base, &here, &source);
            prop_assert_eq!(conflicts == 0, code == 0, "{} and {}", ours, theirs);
            if code == 0 {
                prop_assert_eq!(ours, theirs);
            }
        }

        #[test]
        fn without_a_base_no_line_of_either_side_is_lost(here in lines(), source in lines()) {
            let (text, _) = merged(None, &here, &source);
            for side in [&here, &source] {
                let mut all = text.lines();
                prop_assert!(side.lines().all(|line| all.any(|other| other == line)), "{}", text);
            }
        }
    }
}
