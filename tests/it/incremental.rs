//! How much of a source a sync touches. Times are for the benchmark; counts are promised.

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::case::Case;

const N: usize = 60;

/// A catalog whose only source, of one kind, holds `N` artifacts; and the folder of its files.
fn filled(kind: &str) -> (Case, &'static str) {
    let mut case = Case::empty();
    // Long after the files were written: what has just changed is read again, to be sure.
    case.set("SOURCE_DATE_EPOCH", "4102444800");
    let (dir, source) = match kind {
        "inside" => ("content/artifacts", "{path: content/artifacts}".to_owned()),
        "outside" => ("../artifacts", "{path: ../artifacts}".to_owned()),
        _ => ("../artifacts", format!("{{git: \"{}\"}}", case.repository("artifacts").url())),
    };
    case.config(&format!("sources:\n  all: {source}\n"));
    for n in 0..N {
        one(&case, dir, n, "first");
    }
    (case, dir)
}

fn one(case: &Case, dir: &str, n: usize, edition: &str) {
    let about =
        format!("---\nname: a{n}\ndescription: The {edition} edition of {n}\n---\n\nDo it.\n");
    match n % 3 {
        0 => case.write(&format!("{dir}/skills/a{n}/SKILL.md"), &about),
        1 => case.write(&format!("{dir}/agents/a{n}.md"), &about),
        _ => case.write(&format!("{dir}/commands/a{n}.md"), &about),
    };
}

/// What a sync says of the source: found, parsed, written, removed.
fn sync(case: &Case, kind: &str) -> [u64; 4] {
    if kind == "git" {
        case.repository("artifacts").git(&["add", "-A"]);
        case.repository("artifacts").git(&["commit", "-q", "--allow-empty", "-m", "change"]);
    }
    let json = case.run("sync --json").ends(0).json();
    let source: &Value = &json["sources"][0];
    ["found", "parsed", "written", "removed"].map(|key| source[key].as_u64().expect("a number"))
}

#[test]
fn a_sync_parses_and_writes_only_what_changed() {
    for kind in ["outside", "inside", "git"] {
        let (case, dir) = filled(kind);
        let n = N as u64;
        assert_eq!(sync(&case, kind), [n, n, n, 0], "{kind}: first");
        assert_eq!(sync(&case, kind), [n, 0, 0, 0], "{kind}: nothing changed");
        for at in (0..N).step_by(N / 10) {
            one(&case, dir, at, "second");
        }
        assert_eq!(sync(&case, kind), [n, 10, 10, 0], "{kind}: ten changed");
        assert_eq!(sync(&case, kind), [n, 0, 0, 0], "{kind}: nothing changed since");
        case.remove(&format!("{dir}/skills/a3"));
        one(&case, dir, N, "first");
        assert_eq!(sync(&case, kind), [n, 1, 1, 1], "{kind}: one gone, one new");
        case.remove("../cache");
        assert_eq!(sync(&case, kind), [n, n, n, 0], "{kind}: a new cache");
    }
}

#[test]
fn a_file_that_was_only_touched_is_not_parsed_again() {
    let (case, dir) = filled("outside");
    sync(&case, "outside");
    let file = fs::File::options().write(true).open(case.path(&format!("{dir}/agents/a1.md")));
    let earlier = SystemTime::now() - Duration::from_secs(3_600);
    file.expect("there").set_modified(earlier).expect("set");
    assert_eq!(sync(&case, "outside"), [N as u64, 0, 0, 0]);
}

#[test]
fn a_change_behind_the_same_size_and_time_is_noticed() {
    for kind in ["outside", "inside"] {
        let (case, dir) = filled(kind);
        sync(&case, kind);
        let file = format!("{dir}/agents/a1.md");
        let before = fs::metadata(case.path(&file)).expect("there").modified().expect("known");
        case.write(&file, &case.read(&file).replace("first", "third"));
        let open = fs::File::options().write(true).open(case.path(&file)).expect("there");
        open.set_modified(before).expect("set");
        assert_eq!(
            case.listed("description")["all/agent/a1"] == "The third edition of 1",
            kind == "inside"
        );
        assert_eq!(sync(&case, kind), [N as u64, 1, 1, 0], "{kind}");
        assert_eq!(case.listed("description")["all/agent/a1"], "The third edition of 1");
    }
}

#[test]
fn by_force_everything_is_read_and_written_again() {
    let (case, _) = filled("outside");
    sync(&case, "outside");
    let json = case.run("sync --force --json").ends(0).json();
    let counts = ["parsed", "written"].map(|key| json["sources"][0][key].as_u64());
    assert_eq!(counts, [Some(N as u64), Some(N as u64)]);
    assert_eq!(sync(&case, "outside"), [N as u64, 0, 0, 0]);
}
