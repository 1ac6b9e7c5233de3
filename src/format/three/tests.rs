use std::fs;
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;

fn merged(base: &str, here: &str, source: &str) -> (String, usize) {
    let merged = merge(Some(base), ("here", here), ("source", source));
    (merged.text, merged.conflicts)
}

#[test]
fn what_each_side_changed_comes_together() {
    let base = "1\n2\n3\n4\n5\n";
    let both = merged(base, "one\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6\n");
    assert_eq!(both, ("one\n2\n3\n4\n5\n6\n".to_owned(), 0));
    let same = merged(base, "1\n3\n4\n5\nsix\n", "1\n3\nfour\n5\nsix\n");
    assert_eq!(same, ("1\n3\nfour\n5\nsix\n".to_owned(), 0));
}

#[test]
fn the_same_lines_changed_twice_stand_between_markers() {
    let got = merged("1\n2\n3\n", "1\nsame\ntwo\n3\n", "1\nsame\nzwei\n3\n");
    let want = "1\nsame\n<<<<<<< here\ntwo\n=======\nzwei\n>>>>>>> source\n3\n";
    assert_eq!(got, (want.to_owned(), 1));
    let gone = merged("1\n2\n3\n", "1\n3\n", "1\nzwei\n3\n");
    let want = "1\n<<<<<<< here\n=======\nzwei\n>>>>>>> source\n3\n";
    assert_eq!(gone, (want.to_owned(), 1));
}

#[test]
fn ends_of_lines_are_kept() {
    let crlf = merged("1\r\n2\r\n3\r\n", "1\r\n2\r\n3", "one\r\n2\r\n3\r\n");
    assert_eq!(crlf, ("one\r\n2\r\n3".to_owned(), 0));
    let clash = merged("1\r\n2", "1\r\ntwo", "1\r\nzwei");
    let want = "1\r\n<<<<<<< here\r\ntwo\r\n=======\r\nzwei\r\n>>>>>>> source\r\n";
    assert_eq!(clash, (want.to_owned(), 1));
}

#[test]
fn without_a_base_only_lines_in_each_others_place_clash() {
    let got = merge(None, ("here", "1\n2\n3\n"), ("source", "1\n3\n4\n"));
    assert_eq!(got, Merged { text: "1\n2\n3\n4\n".to_owned(), conflicts: 0 });
    let got = merge(None, ("a", "1\n2\n3\n"), ("b", "1\nzwei\n3\n"));
    let want = "1\n<<<<<<< a\n2\n=======\nzwei\n>>>>>>> b\n3\n";
    assert_eq!(got, Merged { text: want.to_owned(), conflicts: 1 });
}

#[test]
fn a_text_of_very_many_lines_is_one_conflict() {
    let long = |word: &str| (0..LINES_MAX).map(|n| format!("{word} {n}\n")).collect::<String>();
    let (here, source) = (long("a") + "end\n", long("b") + "end\n");
    let want = format!("<<<<<<< here\n{}=======\n{}>>>>>>> source\nend\n", long("a"), long("b"));
    assert_eq!(merged("", &here, &source), (want, 1));
}

/// Lines that are mostly their own, and what a side makes of them.
fn triple() -> impl Strategy<Value = [String; 3]> {
    let edit = (0..40_usize, 0..4_usize, 0..3_usize, "[a-c]{1,2}");
    let edits = || prop::collection::vec(edit.clone(), 0..5);
    (1..30_usize, edits(), edits(), prop::bool::ANY, prop::array::uniform3(prop::bool::ANY))
        .prop_map(|(n, mine, others, is_crlf, ends)| {
            let base: Vec<String> = (0..n).map(|n| format!("line {n}")).collect();
            let edited = |edits: &[(usize, usize, usize, String)]| {
                let mut lines = base.clone();
                for (at, gone, come, word) in edits {
                    let at = at % (lines.len() + 1);
                    let end = (at + gone).min(lines.len());
                    lines.splice(at..end, (0..*come).map(|n| format!("{word} {n}")));
                }
                lines
            };
            let end = if is_crlf { "\r\n" } else { "\n" };
            let text = |lines: Vec<String>, has_end: bool| {
                let text = lines.join(end);
                if has_end && !lines.is_empty() { text + end } else { text }
            };
            let (mine, others) = (edited(&mine), edited(&others));
            [text(base, ends[0]), text(mine, ends[1]), text(others, ends[2])]
        })
}

/// `git merge-file` may align lines that stand there more than once in another way, and draws the
/// markers of a conflict closer or joins two of them: only whether there is a conflict, and a merge
/// without one, are compared.
#[test]
fn git_merges_the_same_way() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let dir = tempfile::tempdir().unwrap();
    let (mut clean, mut clashes) = (0, 0);
    for _ in 0..300 {
        let [base, here, source] = triple().new_tree(&mut runner).unwrap().current();
        for (name, text) in [("base", &base), ("here", &here), ("source", &source)] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let out = Command::new("git")
            .args(["merge-file", "-p", "here", "base", "source"])
            .current_dir(dir.path())
            .output()
            .unwrap();
        let theirs = String::from_utf8(out.stdout).unwrap();
        let (ours, conflicts) = merged(&base, &here, &source);
        let told = format!("{base:?}\n{here:?}\n{source:?}\ngit: {theirs:?}\nwe: {ours:?}");
        assert_eq!(out.status.code() == Some(0), conflicts == 0, "{told}");
        if conflicts == 0 {
            assert_eq!(ours, theirs, "{told}");
            clean += 1;
        } else {
            clashes += 1;
        }
    }
    assert!(clean > 80 && clashes > 80, "{clean} clean, {clashes} with conflicts");
}

proptest! {
    #[test]
    fn no_text_is_lost_and_none_is_too_odd(
        base in prop::option::of("[ab\r\n]{0,12}"),
        here in "[abc\r\n]{0,12}",
        source in "[abd\r\n]{0,12}",
    ) {
        let got = merge(base.as_deref(), ("here", &here), ("source", &source));
        let n_marks = got.text.matches("<<<<<<< here").count();
        prop_assert_eq!(n_marks, got.conflicts);
        let same = merge(base.as_deref(), ("here", &here), ("source", &here));
        prop_assert_eq!(same, Merged { text: here, conflicts: 0 });
    }
}
