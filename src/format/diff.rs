//! Two states of a file to the lines that differ, with a few around them; secrets are masked.
//!
//! All limits are counts, so that the same two texts give the same lines on any machine.

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::redact;
use crate::model::history::{Difference, Hunk, Patch};

/// Larger files are not compared.
pub const BYTES_MAX: usize = 128 << 10;
/// Nor are longer ones: hostile texts could make many short lines costly.
const FILE_LINES_MAX: usize = 4_000;
/// Lines of one file that are kept, and characters of each.
const LINES_MAX: usize = 80;
const CHARS_MAX: usize = 400;
/// Lines of all differences of one artifact that are shown.
pub const ARTIFACT_LINES_MAX: usize = 240;
/// Lines around each change.
const CONTEXT: usize = 3;

/// What a person would read as the difference; `path` says what kind of file it is.
pub fn between(path: &str, old: &[u8], new: &[u8]) -> Difference {
    if old.len().max(new.len()) > BYTES_MAX {
        return Difference::TooLarge;
    }
    let (Some(old), Some(new)) = (text(old), text(new)) else { return Difference::NotText };
    let masked = |text: &str| redact::file(path, text).unwrap_or_else(|| text.to_owned());
    let (old, new) = (masked(old), masked(new));
    let (old, new) = (lines(&old), lines(&new));
    if old.len().max(new.len()) > FILE_LINES_MAX {
        return Difference::TooLarge;
    }
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let mut patch = Patch::default();
    for op in &ops {
        patch.minus += if is_equal(op) { 0 } else { op.old_range().len() };
        patch.plus += if is_equal(op) { 0 } else { op.new_range().len() };
    }
    let mut left = LINES_MAX;
    for group in group_diff_ops(ops, CONTEXT) {
        let hunk = hunk(&group, &old, &new, left);
        let n_lines: usize = group.iter().map(n_shown).sum();
        patch.is_cut |= hunk.lines.len() < n_lines;
        left -= hunk.lines.len();
        if !hunk.lines.is_empty() {
            patch.hunks.push(hunk);
        }
    }
    Difference::Lines(patch)
}

/// As many of the lines as are left of what is allowed.
pub fn shortened(difference: Difference, left: &mut usize) -> Difference {
    let Difference::Lines(mut patch) = difference else { return difference };
    let Patch { hunks, is_cut, .. } = &mut patch;
    for hunk in hunks.iter_mut() {
        *is_cut |= hunk.lines.len() > *left;
        hunk.lines.truncate(*left);
        *left -= hunk.lines.len();
    }
    hunks.retain(|hunk| !hunk.lines.is_empty());
    Difference::Lines(patch)
}

/// UTF-8 without what only stands in binary files.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// Without the end of each; a `\r` before it stays, so that it can be shown.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    lines
}

fn is_equal(op: &DiffOp) -> bool {
    matches!(op, DiffOp::Equal { .. })
}

fn n_shown(op: &DiffOp) -> usize {
    let new = if is_equal(op) { 0 } else { op.new_range().len() };
    op.old_range().len() + new
}

/// At most the first `max` lines of a hunk.
fn hunk(group: &[DiffOp], old: &[&str], new: &[&str], max: usize) -> Hunk {
    let mut lines = Vec::new();
    for op in group {
        let sign = if is_equal(op) { ' ' } else { '-' };
        lines.extend(old[op.old_range()].iter().map(|line| shown(sign, line)));
        if !is_equal(op) {
            lines.extend(new[op.new_range()].iter().map(|line| shown('+', line)));
        }
    }
    lines.truncate(max);
    let first = group.first();
    Hunk {
        old: first.map_or(0, |op| op.old_range().start) + 1,
        new: first.map_or(0, |op| op.new_range().start) + 1,
        lines,
    }
}

fn shown(sign: char, line: &str) -> String {
    let mut chars = line.chars();
    let mut out = String::from(sign);
    out.extend(chars.by_ref().take(CHARS_MAX));
    if chars.next().is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(path: &str, old: &str, new: &str) -> Patch {
        match between(path, old.as_bytes(), new.as_bytes()) {
            Difference::Lines(patch) => patch,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_changed_line_stands_between_three_others() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let got = patch("a.md", old, &old.replace("5\n", "five\nand\n"));
        let lines = [" 2", " 3", " 4", "-5", "+five", "+and", " 6", " 7", " 8"];
        let hunk = Hunk { old: 2, new: 2, lines: lines.map(str::to_owned).to_vec() };
        assert_eq!(got, Patch { plus: 2, minus: 1, hunks: vec![hunk], is_cut: false });
    }

    #[test]
    fn much_is_cut_and_what_is_no_text_or_too_large_says_so() {
        let old: String = (0..900).map(|n| format!("{n}\n")).collect();
        let new: String = (0..900).map(|n| format!("{n}!\n")).collect();
        let got = patch("a.md", &old, &new);
        let n_lines: usize = got.hunks.iter().map(|hunk| hunk.lines.len()).sum();
        assert_eq!((got.plus, got.minus, n_lines, got.is_cut), (900, 900, LINES_MAX, true));
        let long = patch("a.md", "x", &"y".repeat(5_000));
        assert_eq!(long.hunks[0].lines[1].chars().count(), CHARS_MAX + 2);
        assert_eq!(between("a", b"\0", b"x"), Difference::NotText);
        assert_eq!(between("a", b"\xff", b"x"), Difference::NotText);
        assert_eq!(between("a", &vec![b'x'; BYTES_MAX + 1], b"x"), Difference::TooLarge);
        assert_eq!(between("a", "x\n".repeat(9_999).as_bytes(), b""), Difference::TooLarge);
        assert_eq!(patch("a", "x\n", "x"), Patch::default(), "only its end differs");
    }

    #[test]
    fn secrets_are_masked_on_both_sides() {
        let old = r#"{"env": {"TOKEN": "s3cret"}, "args": ["a"]}"#;
        let new = r#"{"env": {"TOKEN": "0ther"}, "args": ["b"]}"#;
        let text = format!("{:?}", patch(".mcp.json", old, new));
        assert!(!text.contains("s3cret") && !text.contains("0ther"), "{text}");
        assert!(text.contains("<redacted>"), "{text}");
    }
}
