//! What befalls a machine: processes killed at any moment, several at once, a cache that is lost,
//! damaged or cannot be written. Nothing of a person's may be lost, and the next run is good.

use std::process::Stdio;
use std::time::Duration;

use crate::case::Case;

/// A catalog with a Git source `vendor` of a few skills, and a folder `side` outside.
fn busy() -> Case {
    let case = Case::new();
    let vendor = case.repository("vendor");
    for n in 0..8 {
        vendor.skill(&format!("skills/s{n}"), &format!("Skill number {n}"));
    }
    vendor.commit();
    case.skill("../side/skills/t", "Beside");
    let url = vendor.url();
    case.config(&format!(
        "sources:\n  local: {{path: content/artifacts}}\n  vendor: {{git: \"{url}\"}}\n  \
         side: {{path: ../side}}\n"
    ));
    case
}

/// Numbers that look random and are the same in every run.
fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    }
}

/// Files that a killed run may have left, as long as nobody sweeps them.
fn leftovers(case: &Case) -> Vec<String> {
    let is_left = |name: &String| {
        name.contains(".skillmeat-new") || name.contains("/tmp_") || name.contains(".corrupt-")
    };
    case.files("../").into_keys().filter(is_left).collect()
}

#[test]
fn a_run_killed_at_any_moment_leaves_all_readable_and_the_next_one_good() {
    let case = busy();
    case.synced().built();
    let mut number = numbers(1);
    for round in 0..30 {
        case.skill(&format!("../side/skills/u{}", round % 5), &format!("Round {round}"));
        if round % 6 == 0 {
            let config = case.read("skillmeat.yaml");
            case.write("skillmeat.yaml", &format!("{config}  more{round}: {{path: ../side}}\n"));
        }
        let command = ["sync", "build"][round % 2];
        let mut run = case.command();
        let run = run.arg(command).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = run.spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(number(150) as u64));
        child.kill().expect("killed");
        child.wait().expect("ended");
        case.run("list --json").ends(0).json();
        assert_eq!(case.run("sync").ends(0).told(), []);
        assert_eq!(case.run("build").ends(0).told(), []);
        let collection = format!("collections/more{}/collection.yaml", round / 6 * 6);
        assert!(case.read(&collection).contains("include"), "{collection} is half there");
    }
    // What is young may be another process's; an hour later it is nobody's.
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
    for path in leftovers(&case) {
        let path = case.path(&format!("../{path}"));
        for path in [path.as_path(), path.parent().expect("a folder")] {
            std::fs::File::open(path).expect("there").set_modified(long_ago).expect("set");
        }
    }
    case.synced().built();
    assert_eq!(leftovers(&case), Vec::<String>::new());
}

#[test]
fn what_killed_writers_left_in_the_catalog_is_swept() {
    let case = busy();
    case.synced();
    let left =
        [".skillmeat-a1", "collections/team/.skillmeat-b2", "collections/.skillmeat-new-x-1/y"];
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
    for path in left {
        case.write(path, "half");
        let open = |path| std::fs::File::open(path).expect("there");
        open(case.path(path)).set_modified(long_ago).expect("set");
        open(case.path(path).parent().expect("a folder").to_owned())
            .set_modified(long_ago)
            .expect("set");
    }
    case.write("collections/team/.skillmeat-c3", "somebody is writing this now");
    case.synced();
    let mut hidden: Vec<String> = case.tracked().into_keys().collect();
    hidden.retain(|path| path.contains(".skillmeat-"));
    assert_eq!(hidden, ["collections/team/.skillmeat-c3"]);
}

#[test]
fn syncs_of_different_sources_at_once_lose_nothing_and_readers_go_on() {
    let case = busy();
    for round in 0..4 {
        case.remove_if_there("skillmeat.lock").remove_if_there("../cache");
        let start = |words: &str| {
            let mut run = case.command();
            let run = run.args(words.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped());
            (words.to_owned(), run.spawn().expect("it starts"))
        };
        let all = ["sync local", "sync vendor", "sync side", "list", "list", "check", "status"];
        for (words, child) in all.map(start) {
            let done = child.wait_with_output().expect("ended");
            let err = String::from_utf8_lossy(&done.stderr);
            assert_eq!(done.status.code(), Some(0), "{words}: {err}");
            assert!(!err.contains("error["), "{words}: {err}");
        }
        assert_eq!(case.ids().len(), 10, "round {round}: {}", case.read("skillmeat.lock"));
    }
}

#[test]
fn builds_at_once_wait_for_each_other() {
    let case = busy();
    case.synced();
    let start = |_| case.command().arg("build").stderr(Stdio::piped()).spawn().expect("it starts");
    for child in [0; 3].map(start) {
        let done = child.wait_with_output().expect("ended");
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    }
    assert_eq!(case.run("build --json").ends(0).json()["written"], 0);
}

#[test]
fn a_cache_damaged_anywhere_shows_no_wrong_byte_and_is_repaired_by_a_sync() {
    let case = busy();
    case.synced().built();
    let (tracked, site, good) = (case.tracked(), case.site(), case.artifacts());
    let database = case.path("../cache/artifacts.db");
    let bytes = std::fs::read(&database).expect("read");
    let mut number = numbers(2);
    for round in 0..30 {
        let (mut bytes, length) = (bytes.clone(), bytes.len());
        match round % 3 {
            // The header is left alone: what it says of version and owner is not guessed at.
            0 => (0..40).for_each(|_| bytes[100 + number(length - 100)] ^= 1 << number(8)),
            1 => bytes.truncate(number(length)),
            _ => {
                let page = number(length / 4096).max(1) * 4096;
                bytes[page..page + 4096].iter_mut().for_each(|byte| *byte = number(256) as u8);
            }
        }
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", database.display()));
        }
        std::fs::write(&database, &bytes).expect("written");
        let first = ["list --json", "build", "sync"][number(3)];
        let ran = case.run(first);
        ran.ends(0);
        assert!(ran.told().iter().filter(|told| told.head == "warning[SM522]").count() < 2);
        if first == "list --json" {
            let list = ran.json()["artifacts"].clone();
            let list = list.as_array().expect("a list");
            assert!(list.iter().all(|one| good.contains(one)), "round {round}: {list:?}");
        }
        case.run("sync").ends(0);
        // Damage inside a file's content shows when it is read: then it is mended on the way.
        case.run("build").ends(0);
        assert_eq!(case.run("build").ends(0).told(), [], "round {round}");
        assert_eq!(case.artifacts(), good, "round {round}");
        assert_eq!((case.tracked(), case.site()), (tracked.clone(), site.clone()));
    }
    let aside = case.files("../cache").into_keys().filter(|name| name.contains(".corrupt-"));
    assert!(aside.count() <= 1, "set-aside databases pile up");
}

#[test]
fn without_its_cache_a_catalog_says_what_is_lacking() {
    let case = busy();
    case.synced();
    case.remove("../cache");
    for command in ["status", "check"] {
        let told = case.run(command).ends(0).told();
        let lacking = told.iter().filter(|told| told.head == "warning[SM530]");
        assert_eq!(lacking.count(), 2, "{command}: {told:?}");
    }
    // What is listed is fetched.
    assert_eq!(case.run("list").ends(0).told(), []);
}

#[test]
fn where_a_cache_cannot_be_the_catalogs_own_artifacts_are_still_read_and_built() {
    let mut case = Case::new();
    case.write("../cache", "a file, not a folder");
    let told = case.run("list").ends(0).tells("warning[SM529]", "");
    assert!(told.help.contains("SKILLMEAT_CACHE_DIR"), "{told:?}");
    assert_eq!(case.ids(), ["local/skill/report"]);
    case.run("build").ends(0);
    case.run("sync").ends(2).tells("error[SM525]", "");
    assert!(!case.exists("skillmeat.lock"));
    case.set("HOME", "").set("SKILLMEAT_CACHE_DIR", "");
    case.run("list").ends(2).tells("error[SM004]", "");
}
