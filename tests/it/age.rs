//! How old the data is, who says so, and what is done where the cache lacks what the lock names.

use std::process::Command;

use crate::case::{Case, Repository};
use crate::serve::{Answer, Server};

/// 2026-01-01, and so many hours and minutes later.
fn at(case: &mut Case, hours: i64, minutes: i64) {
    let now = 1_767_225_600 + hours * 3600 + minutes * 60;
    case.set("SOURCE_DATE_EPOCH", &now.to_string());
}

/// A catalog with a folder of its own, one beside it, and a Git source, all synced.
macro_rules! with_sources {
    ($case:ident, $vendor:ident) => {
        #[allow(unused_mut, reason = "not every test moves the clock")]
        let mut $case = Case::new();
        {
            let vendor = $case.repository("vendor");
            vendor.skill("skills/pdf", "Reads PDF").commit();
            $case.skill("../side/skills/t", "Beside");
            let url = vendor.url();
            $case.config(&format!(
                "sources:\n  local: {{path: content/artifacts}}\n  vendor: {{git: \"{url}\"}}\n  \
                 side: {{path: ../side}}\n"
            ));
        }
        $case.synced();
    };
}

#[test]
fn data_is_stale_after_an_hour_and_everybody_says_so() {
    with_sources!(case, vendor);
    for (hours, minutes, wanted) in [
        (0, 59, None),
        (1, 0, None),
        (1, 1, Some("1 hour ago")),
        (24, 0, Some("1 day ago")),
        (61, 0, Some("2 days ago")),
        // The clock was set back: nobody knows.
        (-3, 0, Some("at a time that is still to come: the clock was set back")),
    ] {
        at(&mut case, hours, minutes);
        let note = wanted.map(|ago| {
            format!(
                "stale: `vendor` and `side`, synced, the oldest of them {ago}; run `skillmeat sync`"
            )
        });
        for command in ["status", "list", "build", "list --json", "status --json"] {
            let ran = case.run(command);
            let said = ran.ends(0).err.lines().find(|line| line.starts_with("stale: "));
            assert_eq!(said, note.as_deref(), "{command} after {hours} h {minutes} min");
            assert_eq!(ran.told(), [], "{command}");
        }
        let status = case.run("status --json").ends(0).json();
        assert_eq!(status["stale"], wanted.is_some());
        let age = |at: usize| &status["sources"][at]["stale"];
        assert_eq!((age(0), age(1)), (&false.into(), &wanted.is_some().into()), "inside, outside");
        // Whether a build passes does not depend on the hour.
        case.run("build --strict").ends(0);
    }
}

#[test]
fn the_limits_are_settings_and_a_source_alone_is_named_alone() {
    with_sources!(case, vendor);
    let config = case.read("skillmeat.yaml");
    case.write("skillmeat.yaml", &format!("{config}sync: {{stale_after: 3h, force_after: 2d}}\n"));
    let ages = |case: &Case| {
        let status = case.run("status --json").ends(0).json();
        let word = |one: &serde_json::Value| one["age"].as_str().unwrap_or("-").to_owned();
        let each: Vec<String> =
            status["sources"].as_array().expect("sources").iter().map(word).collect();
        (word(&status), each.join(" "))
    };
    let words = |whole: &str, each: &str| (whole.to_owned(), each.to_owned());
    at(&mut case, 2, 0);
    assert_eq!(ages(&case), words("current", "- current current"));
    case.run("sync side").ends(0);
    at(&mut case, 4, 0);
    assert_eq!(ages(&case), words("stale", "- stale current"));
    let said = case.run("build").ends(0).err.clone();
    assert!(said.contains("stale: `vendor`, synced 4 hours ago; run `skillmeat sync`\n"), "{said}");
    assert!(case.read("public/status.js").contains("\"stale_after\":10800"));
    at(&mut case, 49, 0);
    assert_eq!(ages(&case), words("old", "- old stale"));
}

#[test]
fn what_was_only_taken_from_the_lock_has_no_age() {
    with_sources!(case, vendor);
    case.remove("../cache");
    at(&mut case, 1000, 0);
    let ran = case.run("build --strict");
    assert_eq!((ran.ends(0).told().len(), ran.err.contains("stale: ")), (0, false), "{}", ran.err);
    let status = case.run("status --json").ends(0).json();
    assert_eq!(status["sources"][1]["synced_at"], serde_json::Value::Null);
    assert!(case.read("public/status.js").contains("\"vendor\":null"));
    assert!(case.run("status").ends(0).out.contains("never synced here"));
    // Nor does a sync without the network make anything newer.
    case.run("sync vendor --offline").ends(0);
    assert_eq!(case.run("status --json").json()["last_sync"], serde_json::Value::Null);
    case.synced();
    assert_eq!(case.run("status --json").json()["last_sync"], "2026-02-11T16:00:00Z");
}

/// How much of the lock's state the cache has.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kept {
    Whole,
    Older,
    Nothing,
}

/// A catalog whose lock names the second state of `vendor`, with a cache that has so much of it.
fn with_lock_at_second(kept: Kept, is_there: bool) -> Case {
    let mut case = Case::new();
    let url = {
        let vendor = case.repository("vendor");
        vendor.skill("skills/pdf", "Reads PDF").commit();
        vendor.url()
    };
    let local = "local: {path: content/artifacts}";
    case.config(&format!("sources:\n  vendor: {{git: \"{url}\"}}\n  {local}\n")).synced();
    // The first state, as an earlier day left it.
    copy(&case, "cache", "first");
    at(&mut case, 48, 0);
    again(&case).skill("skills/pdf", "Reads and writes PDF").commit();
    case.synced();
    match kept {
        Kept::Whole => {}
        Kept::Older => {
            case.remove("../cache");
            copy(&case, "first", "cache");
        }
        Kept::Nothing => drop(case.remove("../cache")),
    }
    if !is_there {
        case.remove("../vendor");
    }
    case
}

fn again(case: &Case) -> Repository<'_> {
    case.repository("vendor")
}

fn copy(case: &Case, from: &str, to: &str) {
    let path = |name: &str| case.path(&format!("../{name}"));
    let done = Command::new("cp").arg("-r").args([path(from), path(to)]).status();
    assert!(done.expect("cp runs").success());
}

#[test]
fn what_the_cache_lacks_is_fetched_else_what_it_has_is_shown_with_the_reason() {
    const NEW: Option<&str> = Some("Reads and writes PDF");
    const OLD: Option<&str> = Some("Reads PDF");
    let shown = "warning[SM528] 1 artifact of `vendor` are shown in a state synced 2 days ago, not \
                 as the lock names them: ";
    let lost = "error[SM527] 1 artifact of `vendor` cannot be had as the lock names them: ";
    let (gone, offline) = ("the repository `", "it is not in the cache, and this run is offline");
    for (kept, is_there, flags, code, told, page) in [
        (Kept::Whole, true, "", 0, vec![], NEW),
        (Kept::Whole, false, "", 0, vec![], NEW),
        (Kept::Whole, false, "--offline --locked --strict", 0, vec![], NEW),
        (Kept::Older, true, "", 0, vec![], NEW),
        (Kept::Older, true, "--locked", 0, vec![], NEW),
        (Kept::Older, true, "--offline", 0, vec![shown, offline], OLD),
        (Kept::Older, true, "--offline --locked", 2, vec![lost, offline], None),
        (Kept::Older, false, "", 0, vec![shown, gone], OLD),
        (Kept::Older, false, "--strict", 1, vec![shown, gone], OLD),
        (Kept::Older, false, "--locked", 2, vec![lost, gone], None),
        (Kept::Nothing, true, "", 0, vec![], NEW),
        (Kept::Nothing, true, "--offline", 2, vec![lost, offline], None),
        (Kept::Nothing, false, "", 2, vec![lost, gone], None),
        (Kept::Nothing, false, "--locked", 2, vec![lost, gone], None),
    ] {
        let case = with_lock_at_second(kept, is_there);
        let what = format!("{kept:?}, source there: {is_there}, build {flags}");
        let ran = case.run(&format!("build {flags}"));
        assert_eq!(ran.code, code, "{what}: {}", ran.err);
        let said: Vec<String> =
            ran.told().iter().map(|told| format!("{} {}", told.head, told.message)).collect();
        match told.as_slice() {
            [] => assert_eq!(said, Vec::<String>::new(), "{what}"),
            [words, why] => {
                assert_eq!(said.len(), 1, "{what}: {}", ran.err);
                assert!(said[0].starts_with(&format!("{words}{why}")), "{what}: {}", said[0]);
                assert!(!ran.told()[0].help.is_empty(), "{what}: {}", ran.err);
            }
            _ => unreachable!("a row tells nothing, or what and why"),
        }
        let file = "public/a/vendor/skill/pdf/index.html";
        assert_eq!(case.exists(file), page.is_some(), "{what}");
        if let Some(words) = page {
            assert!(case.read(file).contains(words), "{what}");
        }
        assert!(!case.tracked().keys().any(|path| path.contains(".skillmeat-new")), "{what}");
    }
}

#[test]
fn commands_that_only_look_fetch_too_and_show_what_there_is() {
    let case = with_lock_at_second(Kept::Nothing, true);
    let ran = case.run("show pdf");
    assert!(ran.ends(0).out.contains("Reads and writes PDF"), "{}", ran.err);
    assert_eq!(ran.told(), []);
    let case = with_lock_at_second(Kept::Older, false);
    let ran = case.run("list");
    assert!(ran.ends(0).out.contains("Reads PDF"), "{}", ran.out);
    let told = ran.tells("warning[SM530]", "skillmeat.yaml:3");
    assert!(told.message.contains("of `vendor`, or parts of them: the repository `"), "{told:?}");
    // What is checked is the catalog; nothing is fetched for it.
    let case = with_lock_at_second(Kept::Nothing, true);
    assert!(case.run("check").ends(0).out.contains("warning[SM530]"));
    assert!(!case.exists("../cache/git"));
}

#[test]
fn serve_refreshes_what_is_old_and_what_cannot_be_stays_and_is_told() {
    with_sources!(case, vendor);
    again(&case).skill("skills/pdf", "Reads and writes PDF").commit();
    let page = "/a/vendor/skill/pdf/";
    let due = |server: &Server| server.heard.contains("the data is old: ");
    for (hours, args) in [(23, &[][..]), (25, &["--offline"][..])] {
        at(&mut case, hours, 0);
        let server = Server::start(&case, args);
        assert!(!due(&server), "after {hours} h with {args:?}: {}", server.heard);
        assert!(server.get(page).body.contains("Reads PDF"));
    }
    at(&mut case, 25, 0);
    let server = Server::start(&case, &[]);
    assert!(due(&server), "{}", server.heard);
    // Pages are there at once, and follow when the sources were read.
    assert_eq!(server.get(page).status, 200);
    server.wait_for(page, |answer| answer.body.contains("Reads and writes PDF"));
    server.wait_for("/status.js", |answer| answer.body.contains("1767315600"));
    drop(server);

    case.remove("../vendor").skill("../side/skills/t", "Beside, and more");
    at(&mut case, 75, 0);
    let server = Server::start(&case, &[]);
    let is_told = |answer: &Answer| answer.body.contains("source `vendor`: ");
    server.wait_for("/api/v1/status", is_told);
    assert!(server.get(page).body.contains("Reads and writes PDF"), "the old data stays");
    server.wait_for("/a/side/skill/t/", |answer| answer.body.contains("Beside, and more"));
    assert!(case.read("skillmeat.lock").contains("vendor/skill/pdf: {path: skills/pdf, hash:"));
}
