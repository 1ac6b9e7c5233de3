//! SIGKILL just before each call that changes a file: whatever a sync was doing, the cache, the
//! lock and the YAML are readable and whole, and the next sync ends where an undisturbed one does.
//!
//! Calls are counted by a small library that is loaded before the system's. Every CI run tries some
//! of the points, `SKILLMEAT_DEEP=1` 500 of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::case::{Case, Files};

const POINTS: usize = 40;
const POINTS_DEEP: usize = 500;

/// A catalog, synced; and then `n` skills of its Git source and of a folder outside changed, some
/// new, one gone, and a new source.
fn changed(n: usize) -> Case {
    let case = Case::new();
    let vendor = case.repository("vendor");
    let write = |what: &str| {
        for n in 0..n {
            vendor.skill(&format!("skills/s{n}"), &format!("{what} number {n}"));
            case.skill(&format!("../side/skills/t{n}"), &format!("{what} number {n}"));
        }
    };
    write("Skill");
    vendor.skill("skills/old", "Soon gone").commit();
    case.skill("../side/skills/old", "Soon gone");
    let sources = format!(
        "sources:\n  local: {{path: content/artifacts}}\n  vendor: {{git: \"{}\"}}\n  \
         side: {{path: ../side}}\n",
        vendor.url()
    );
    case.config(&sources).synced();
    write("Changed skill");
    vendor.skill("skills/new", "New").remove("skills/old").commit();
    case.skill("../side/skills/new", "New").remove("../side/skills/old");
    case.skill("../more/skills/m/deep", "In a new source").skill("../more/skills/n/deep", "Too");
    case.config(&format!("{sources}  more: {{path: ../more}}\n"));
    case
}

/// A folder's copy, put back as often as needed.
pub struct Snapshot {
    dir: TempDir,
}

const KEPT: [&str; 3] = ["catalog", "cache", "home"];

impl Snapshot {
    pub fn of(case: &Case) -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        for name in KEPT {
            copy(case.path(&format!("../{name}")), dir.path().join(name));
        }
        Self { dir }
    }

    pub fn put_back(&self, case: &Case) {
        for name in KEPT {
            let there = case.path(&format!("../{name}"));
            fs::remove_dir_all(&there).expect("removed");
            copy(self.dir.path().join(name), there);
        }
    }
}

fn copy(from: PathBuf, to: PathBuf) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs");
    assert!(done.success());
}

/// The library that counts and kills, made by the C compiler.
pub fn library(dir: &TempDir) -> PathBuf {
    let made = dir.path().join("points.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/kill/points.c");
    let mut cc = Command::new("cc");
    let cc = cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&made).arg(source).arg("-ldl");
    assert!(cc.status().expect("a C compiler runs").success());
    made
}

/// Runs a command under the library; the number of calls, when it came to its end.
pub fn run(case: &Case, words: &str, library: &PathBuf, at: usize) -> Option<usize> {
    let count = case.path("../count");
    let _ = fs::remove_file(&count);
    let mut run = case.command();
    run.args(words.split(' ')).env("LD_PRELOAD", library).env("KILL_AT", at.to_string());
    run.env("KILL_COUNT", &count).stdout(Stdio::null()).stderr(Stdio::null());
    run.status().expect("it starts");
    fs::read_to_string(count).ok()?.parse().ok()
}

/// Each file has its bytes of before or of after the sync, or is no file of the catalog's; a new
/// collection is there whole or not at all.
fn assert_whole(now: &Files, before: &Files, after: &Files, at: usize) {
    let is_own = |path: &&String| !path.contains(".skillmeat-");
    for path in now.keys().filter(is_own) {
        let is_known = now.get(path) == before.get(path) || now.get(path) == after.get(path);
        assert!(is_known, "point {at}: `{path}` is neither old nor new");
    }
    for path in before.keys() {
        assert!(now.contains_key(path), "point {at}: `{path}` is lost");
    }
    let mut folders: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (files, side) in [(now, 0), (after, 1)] {
        for path in files.keys().filter(is_own).filter(|path| path.starts_with("collections/")) {
            let folder = path.split('/').nth(1).expect("a folder");
            folders.entry(folder).or_default()[side] += 1;
        }
    }
    for (folder, [n_now, n_after]) in folders {
        assert!(n_now == 0 || n_now == n_after, "point {at}: `{folder}` is half there");
    }
}

#[test]
fn a_sync_killed_before_any_change_of_a_file_leaves_all_whole_and_the_next_one_ends_the_same() {
    let deep = std::env::var_os("SKILLMEAT_DEEP").is_some();
    let (points, n) = if deep { (POINTS_DEEP, 120) } else { (POINTS, 12) };
    let case = changed(n);
    let snapshot = Snapshot::of(&case);
    let dir = TempDir::new().expect("a temporary folder");
    let library = library(&dir);
    let before = case.tracked();
    let total = run(&case, "sync", &library, 0).expect("an undisturbed sync ends");
    assert!(total > 60, "the library does not see the calls: {total}");
    let (after, artifacts) = (case.tracked(), case.artifacts());
    assert!(after.contains_key("collections/more/collection.yaml"));

    let (mut n_killed, mut n_new) = (0, 0);
    for round in 0..points {
        // Spread over all, and every one where there are fewer than rounds.
        let at = 1 + round * total / points.min(total) % total;
        snapshot.put_back(&case);
        n_killed += usize::from(run(&case, "sync", &library, at).is_none());
        assert_whole(&case.tracked(), &before, &after, at);
        n_new += usize::from(case.tracked() == after);
        case.run("list --json").ends(0).json();
        assert_eq!(case.run("sync").ends(0).told(), [], "point {at}");
        let mut end = case.tracked();
        // What is young may be another process's; an hour later it is swept.
        end.retain(|path, _| !path.contains(".skillmeat-"));
        assert_eq!(end, after, "point {at}");
        assert_eq!(case.artifacts(), artifacts, "point {at}");
    }
    println!("{points} points of {total}: killed {n_killed}, after which {n_new} had all new");
    assert!(n_killed * 10 > points * 9, "only {n_killed} of {points} were killed");
}
