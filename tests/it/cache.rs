//! The cache as a person meets it: questions, age, commands, damage, a full disk, several processes
//! at once.

mod rig;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::Value;
use skillmeat::cache::{Cache, Cached};
use skillmeat::disk::Presence;
use skillmeat::error::Problem;
use skillmeat::model::id::Kind;

use crate::case::Case;

/// 2026-01-01, as `Case` fixes it.
fn now() -> Timestamp {
    Timestamp::from_second(1_767_225_600).expect("a time")
}

/// A catalog with two sources outside, synced: `side` with two skills and a command, `vendor` in Git.
fn synced() -> Case {
    let case = Case::empty();
    case.skill("../side/skills/one", "The first").skill("../side/skills/two", "The second");
    case.write("../side/commands/go.md", "---\ndescription: Goes\n---\nGo\n");
    case.repository("vendor").skill("skills/theirs", "Of others").commit();
    let url = case.repository("vendor").url();
    case.config(&format!("sources:\n  side: {{path: ../side}}\n  vendor: {{git: \"{url}\"}}\n"));
    case.write(
        "collections/team/collection.yaml",
        "title: Team\ninclude: [{source: side, kind: skill}]\n",
    );
    case.write("collections/team/groups/first.yaml", "title: First\ninclude: [{name: one}]\n");
    case.synced();
    case
}

fn dir(case: &Case) -> PathBuf {
    case.path("../cache")
}

fn open(case: &Case) -> Cache {
    Cache::open(&dir(case), now()).expect("opened")
}

/// Straight to the tables, as damage does.
fn tables(case: &Case) -> Connection {
    Connection::open(dir(case).join("artifacts.db")).expect("opened")
}

/// The sources of `cache info --json`, by their names.
fn info(case: &Case) -> Value {
    case.run("cache info --json").ends(0).json()
}

fn source<'a>(info: &'a Value, name: &str) -> &'a Value {
    let sources = info["sources"].as_array().expect("a list");
    sources.iter().find(|source| source["name"] == name).expect("it is there")
}

fn key(case: &Case, name: &str) -> String {
    source(&info(case), name)["key"].as_str().expect("a key").to_owned()
}

fn ids(found: Vec<Cached>) -> Vec<String> {
    found.into_iter().map(|one| one.artifact.id.to_string()).collect()
}

#[test]
fn artifacts_are_found_by_id_kind_collection_and_group() {
    let case = synced();
    let (cache, side) = (open(&case), key(&case, "side"));
    let catalog = case.path(".").canonicalize().expect("there").display().to_string();
    let one = cache.get(&side, Kind::Skill, "one").expect("read").expect("there");
    assert_eq!(one.artifact.description, "The first");
    assert_eq!((one.synced_at, one.is_stale), (Some(now()), false));
    assert_eq!(cache.get(&side, Kind::Agent, "one").expect("read"), None);
    let all = ["side/command/go", "side/skill/one", "side/skill/two"];
    assert_eq!(ids(cache.all_of(&side).expect("read")), all);
    assert_eq!(ids(cache.of_kind(&side, Kind::Skill).expect("read")), all[1..]);
    assert_eq!(ids(cache.in_collection(&catalog, "team").expect("read")), all[1..]);
    assert_eq!(ids(cache.in_group(&catalog, "team", "first").expect("read")), all[1..2]);
    assert_eq!(ids(cache.in_group(&catalog, "team", "none").expect("read")), all[..0]);

    let mut found = Vec::new();
    let mut last: Option<Cached> = None;
    loop {
        let page = cache.page(last.as_ref(), 3).expect("read");
        let Some(end) = page.last().cloned() else { break };
        last = Some(end);
        found.extend(ids(page));
    }
    found.sort();
    assert_eq!(found, [all[0], all[1], all[2], "vendor/skill/theirs"]);
    // A group that is gone, and a collection, are gone here too.
    case.remove("collections/team").synced();
    assert_eq!(ids(cache.in_collection(&catalog, "team").expect("read")), all[..0]);
    assert_eq!(ids(cache.in_group(&catalog, "team", "first").expect("read")), all[..0]);
}

#[test]
fn of_the_states_of_an_artifact_the_one_its_source_has_now_is_found() {
    let case = synced();
    let side = key(&case, "side");
    let now_is = |text: &str| {
        case.skill("../side/skills/one", text).synced();
        let one = open(&case).get(&side, Kind::Skill, "one").expect("read").expect("there");
        assert_eq!(one.artifact.description, text);
    };
    now_is("Changed");
    now_is("The first");
    now_is("Changed");
    let states: i64 = tables(&case)
        .query_row(
            "SELECT count(*) FROM artifact_cache WHERE artifact_id = 'skill/one'",
            [],
            |row| row.get(0),
        )
        .expect("counted");
    assert_eq!(states, 2);
}

#[test]
fn what_was_invalidated_is_served_until_the_next_sync_reads_it_again() {
    let case = synced();
    for (name, artifact) in [("side", "one"), ("vendor", "theirs")] {
        let (cache, key) = (open(&case), key(&case, name));
        assert!(cache.invalidate(&key, Kind::Skill, artifact).expect("marked"));
        assert!(!cache.invalidate(&key, Kind::Skill, "nobody").expect("marked"));
        assert!(cache.get(&key, Kind::Skill, artifact).expect("read").expect("there").is_stale);
        assert_eq!(case.ids().len(), 4);
        let sync = case.run(&format!("sync {name} --json")).ends(0).json();
        assert_eq!(sync["sources"][0]["written"], 1, "{sync}");
        assert!(!cache.get(&key, Kind::Skill, artifact).expect("read").expect("there").is_stale);
        let sync = case.run(&format!("sync {name} --json")).ends(0).json();
        assert_eq!(sync["sources"][0]["written"], 0, "{sync}");
    }
}

#[test]
fn each_source_says_when_it_was_read_how_often_and_how_often_the_cache_was_asked_instead() {
    let mut case = synced();
    let before = info(&case);
    case.ids();
    case.ids();
    fs::rename(case.path("../vendor"), case.path("../away")).expect("moved");
    case.set("SOURCE_DATE_EPOCH", "1767229200");
    case.run("sync").ends(3);
    let after = info(&case);
    let number = |info: &Value, name: &str, what: &str| source(info, name)[what].as_u64();
    assert_eq!(number(&after, "side", "refreshes"), Some(2));
    assert_eq!(number(&after, "vendor", "refreshes"), Some(1));
    let hits = |info: &Value| number(info, "side", "hits").expect("a number");
    // Two lists of three artifacts each, and what the sync itself looked at.
    assert!(hits(&after) >= hits(&before) + 6, "{before} {after}");
    let vendor = source(&after, "vendor");
    assert_eq!(vendor["last_sync"], "2026-01-01T00:00:00Z");
    assert_eq!(vendor["last_attempt"], "2026-01-01T01:00:00Z");
    assert!(vendor["outcome"].as_str().expect("words").starts_with("failed: "), "{vendor}");
    assert_eq!(source(&after, "side")["outcome"], "unchanged");
    assert_eq!(source(&after, "side")["last_sync"], "2026-01-01T01:00:00Z");
}

#[test]
fn a_command_that_only_reads_changes_no_byte_of_the_database() {
    let case = synced();
    let db = || fs::read(dir(&case).join("artifacts.db")).expect("read");
    let before = db();
    for command in ["list", "build", "status", "check", "cache info", "cache check"] {
        case.run(command).ends(0);
        assert!(db() == before, "`{command}` wrote");
    }
}

#[test]
fn a_reader_waits_for_no_writer() {
    let case = synced();
    let writer = tables(&case);
    writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM file_cache;").expect("begun");
    // Would wait for half a minute, and then speak of a lock.
    for command in ["list", "status", "cache info", "cache check"] {
        assert_eq!(case.run(command).ends(0).told(), []);
    }
    assert_eq!(case.ids().len(), 4);
}

#[test]
fn damage_is_told_and_repaired_and_the_next_sync_fetches_what_is_lost() {
    let case = synced();
    assert!(case.run("cache check").ends(0).out.starts_with("the cache is whole: "));
    assert_eq!(
        case.run("cache repair").ends(0).out,
        "the cache is whole: there was nothing to repair\n"
    );
    tables(&case)
        .execute_batch(
            "UPDATE artifact_cache SET data_json = replace(data_json, 'first', 'worst');
             UPDATE blob SET bytes = x'00' WHERE id = (SELECT min(id) FROM blob);
             UPDATE cache_metadata SET value = '7' WHERE name = 'refreshes';
             UPDATE collection_cache SET data_json = '{}' WHERE collection = 'team';",
        )
        .expect("damaged");
    let told = case.run("cache check").ends(1).tells("error[SM533]", "");
    let lost = "1 artifact, 1 content, 2 notes on a source, 2 members of a collection";
    assert_eq!(told.message, format!("the cache is damaged: {lost} not as written"));
    assert!(told.help.contains("`skillmeat cache repair`"), "{told:?}");
    let json = case.run("cache check --json").ends(1).json();
    assert_eq!((&json["damage"]["artifacts"], &json["damage"]["facts"]), (&1.into(), &2.into()));
    let out = case.run("cache repair").ends(0).out.clone();
    assert_eq!(out, format!("removed {lost}: `skillmeat sync` fetches what is still needed\n"));
    case.run("cache check").ends(0);
    case.synced();
    assert_eq!(case.run("list").ends(0).told(), []);
    assert_eq!(case.run("build").ends(0).told(), []);
}

#[test]
fn a_file_that_cannot_be_read_is_set_aside_by_repair() {
    let case = synced();
    let db = dir(&case).join("artifacts.db");
    let mut bytes = fs::read(&db).expect("read");
    bytes[4096..8192].fill(7);
    fs::write(&db, &bytes).expect("written");
    case.run("cache check").ends(1).tells("error[SM532]", "");
    let out = case.run("cache repair --json").ends(0).json();
    let aside = out["set_aside"].as_str().expect("a path").replace("[ROOT]", "..");
    assert!(aside.ends_with("artifacts.db.corrupt-20260101T000000"), "{aside}");
    case.run("cache check").ends(0);
    case.run("build").ends(0);
    assert_eq!(case.ids().len(), 4);
}

#[test]
fn only_a_cache_that_was_not_closed_is_checked_when_it_is_opened() {
    let case = synced();
    let (db, log) = (dir(&case).join("artifacts.db"), dir(&case).join("artifacts.db-wal"));
    // A page that is needed when the cache is cleaned, not when it is opened.
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'artifact_cache_by_age'";
    let root: usize =
        tables(&case).query_row(root, [], |row| row.get::<_, u32>(0)).expect("there") as usize;
    let mut bytes = fs::read(&db).expect("read");
    bytes[(root - 1) * 4096..root * 4096].fill(7);
    fs::write(&db, bytes).expect("written");
    case.run("cache check").ends(1).tells("error[SM532]", "");
    // Closed as it should be: what is never asked for does not cost a check at each start.
    assert_eq!(open(&case).warning, None);
    // Killed, with somebody else there: that one's log.
    let other = open(&case);
    other.set_fact("x", "y", "z").expect("kept");
    let (killed, left) = (fs::read(&db).expect("read"), fs::read(&log).expect("read"));
    assert!(!left.is_empty());
    assert_eq!(open(&case).warning, None);
    drop(other);
    // A child that another test is starting may hold what was open for a moment.
    let sign = dir(&case).join("artifacts.db.open");
    while Presence::alone(&sign).is_none() {
        thread::yield_now();
    }
    // Killed, and nobody there.
    fs::write(&db, killed).expect("written");
    fs::write(&log, left).expect("written");
    assert_eq!(code(open(&case).warning.as_ref()), Some("SM522"));
}

fn code(problem: Option<&Problem>) -> Option<&str> {
    problem.map(|problem| problem.code.as_str())
}

#[test]
fn what_nothing_needs_is_forgotten_after_a_season_and_what_a_lock_names_is_not() {
    let mut case = synced();
    // Another catalog, which does not move on.
    let vendor = case.repository("vendor");
    let config = format!("version: 1\nsources:\n  theirs: {{git: \"{}\"}}\n", vendor.url());
    case.write("../second/skillmeat.yaml", &config);
    case.run("-C ../second sync").ends(0);
    vendor.skill("skills/theirs", "Changed").commit();
    case.skill("../side/skills/one", "Changed").synced();
    let contents = |case: &Case| info(case)["contents"].as_u64().expect("a number");
    // Six of files, and the history of `vendor/skill/theirs` at either commit.
    assert_eq!(contents(&case), 8);
    let days = |n: u64| (1_767_225_600 + n * 86_400).to_string();
    case.set("SOURCE_DATE_EPOCH", &days(78));
    case.run("-C ../second sync --locked").ends(0);
    case.run("sync").ends(0);
    assert_eq!(contents(&case), 8);
    case.set("SOURCE_DATE_EPOCH", &days(101));
    case.run("sync").ends(0);
    assert_eq!(contents(&case), 8, "the lock names what `side/skill/one` was before");
    for n in 0..5 {
        case.skill("../side/skills/one", &format!("Changed {n}")).synced();
    }
    assert_eq!(contents(&case), 13);
    case.set("SOURCE_DATE_EPOCH", &days(202));
    case.run("-C ../second sync --locked").ends(0);
    case.run("sync").ends(0);
    assert_eq!(contents(&case), 12, "the lock names five states before the one of now");
    assert_eq!(case.run("-C ../second list").ends(0).told(), []);
    assert_eq!(case.run("list").ends(0).told(), []);
    assert_eq!(info(&case)["orphans"], 0);
    case.run("cache check").ends(0);
}

#[test]
fn vacuum_says_what_it_gave_back() {
    let case = synced();
    tables(&case)
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
             INSERT INTO blob (hash, bytes) SELECT randomblob(32), randomblob(10000) FROM n;",
        )
        .expect("filled");
    assert_eq!(info(&case)["orphans"], 200);
    let out = case.run("cache vacuum --json").ends(0).json();
    assert_eq!((&out["contents"], &out["content_bytes"]), (&200.into(), &2_000_000.into()));
    let size = |name: &str| out[name].as_u64().expect("a number");
    assert!(size("bytes_before") > 2_000_000 && size("bytes_after") < 300_000, "{out}");
    let again = case.run("cache vacuum").ends(0).out.clone();
    assert!(again.starts_with("removed 0 old states and 0 unused contents; "), "{again}");
    case.run("cache check").ends(0);
}

#[test]
fn a_backup_is_whole_and_replaces_nothing_unasked() {
    let case = synced();
    case.run("cache backup ../kept/copy.db").ends(0);
    case.run("cache backup ../kept/copy.db").ends(2).tells("error[SM535]", "");
    case.run("cache backup -f ../kept/copy.db").ends(0);
    assert_eq!(case.files("../kept").into_keys().collect::<Vec<_>>(), ["copy.db"]);
    case.run("cache clear -y").ends(0);
    assert_eq!(info(&case)["contents"], 0);
    fs::copy(case.path("../kept/copy.db"), dir(&case).join("artifacts.db")).expect("copied");
    case.run("cache check").ends(0);
    assert_eq!(case.ids().len(), 4);
    let case = Case::empty();
    case.run("cache backup copy.db").ends(2).tells("error[SM534]", "");
    assert!(case.run("cache info").ends(0).err.contains("`skillmeat sync` makes one"));
    assert!(!case.exists("../cache"), "looking makes no cache");
}

#[test]
fn clear_asks_first_and_the_next_build_fetches_again() {
    let case = synced();
    let mut command = case.command();
    let done = command.args(["cache", "clear"]).stdin(Stdio::null()).output().expect("runs");
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("error[SM536]"));
    case.run("cache clear nobody -y").ends(2).tells("error[SM431]", "");
    assert_eq!(info(&case)["contents"], 5);
    case.run("cache clear side -y").ends(0);
    let left = info(&case);
    assert_eq!((&left["contents"], left["sources"].as_array().map(Vec::len)), (&2.into(), Some(1)));
    let out = case.run("cache clear -y").ends(0).out.clone();
    assert!(
        out.starts_with("cleared all 1 artifact of all catalogs, with 2 contents of "),
        "{out}"
    );
    assert!(!case.exists("../cache/git"));
    case.run("build").ends(0);
    assert_eq!(case.ids().len(), 4);
}

#[test]
fn a_cache_of_an_earlier_version_is_brought_forward() {
    let case = synced();
    let before = case.artifacts();
    tables(&case)
        .execute_batch(
            "DROP INDEX artifact_cache_by_id; DROP INDEX artifact_cache_by_age;
             ALTER TABLE artifact_cache DROP COLUMN turn;
             ALTER TABLE artifact_cache DROP COLUMN seen_at;
             ALTER TABLE collection_cache DROP COLUMN source;
             ALTER TABLE collection_cache DROP COLUMN name;
             ALTER TABLE collection_cache DROP COLUMN row_hash;
             DROP TABLE group_cache; PRAGMA user_version = 3;",
        )
        .expect("taken back");
    case.run("cache check").ends(0);
    assert_eq!(info(&case)["cache_version"], 4);
    assert_eq!(case.artifacts(), before);
    let sync = case.run("sync --json").ends(0).json();
    assert!(sync["sources"].as_array().expect("a list").iter().all(|one| one["written"] == 0));
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    let mut case = synced();
    let small = case.path("../small");
    fs::create_dir(&small).expect("made");
    let mount = |options: &str| {
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", options, "none"]).arg(&small);
        mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    if !mount("size=900k") {
        println!("skipped: only root may mount a small disk");
        return;
    }
    case.set("SKILLMEAT_CACHE_DIR", &small.to_string_lossy());
    case.synced();
    let (before, lock) = (case.artifacts(), case.read("skillmeat.lock"));
    for n in 0..40 {
        let long = "x".repeat(50_000);
        case.write(&format!("../side/skills/b{n}/SKILL.md"), &format!("# {n}\n{long}"));
    }
    let told = case.run("sync side").ends(3).told();
    let full = told.iter().find(|one| one.head == "error[SM525]");
    assert!(full.is_some_and(|one| one.help.contains("free some space")), "{told:?}");
    assert_eq!((case.artifacts(), case.read("skillmeat.lock")), (before, lock));
    case.run("cache check").ends(0);
    assert!(mount("remount,size=64m"));
    case.run("sync side").ends(0);
    assert_eq!(case.ids().len(), 44);
    let done = Command::new("umount").arg(&small).status().expect("runs");
    assert!(done.success());
}

#[test]
fn several_at_once_in_one_process_never_meet_a_lock() {
    let case = synced();
    let side = key(&case, "side");
    let kept = open(&case).all_of(&side).expect("read");
    let work = |me: usize| {
        for round in 0..25 {
            let cache = open(&case);
            match (me + round) % 4 {
                0 => drop(cache.clear(std::slice::from_ref(&side)).expect("cleared")),
                1 => {
                    cache.set_fact(&format!("source {me}"), "n", &round.to_string()).expect("kept")
                }
                2 => drop(cache.clean(now()).expect("cleaned")),
                _ => {
                    let one = &kept[me % kept.len()].artifact;
                    let bytes = |file: usize| {
                        fs::read(case.path(&match one.id.kind {
                            Kind::Command => "../side/commands/go.md".to_owned(),
                            _ => format!("../side/skills/{}/{}", one.id.name, one.files[file].path),
                        }))
                    };
                    let read = |file| Ok(bytes(file).expect("read"));
                    cache.update(&side, one, now(), read).expect("kept");
                }
            }
            for found in cache.all_of(&side).expect("read") {
                assert!(kept.iter().any(|kept| kept.artifact == found.artifact));
            }
            assert!(cache.warning.is_none() && cache.damage().is_none());
        }
    };
    thread::scope(|scope| (0..4).for_each(|me| drop(scope.spawn(move || work(me)))));
    case.run("cache check").ends(0);
}

#[test]
fn four_processes_write_read_and_clear_at_once() {
    let case = synced();
    let words = ["sync", "list", "cache vacuum", "build", "cache clear -y", "cache info", "sync"];
    let work = |me: usize| {
        for round in 0..7 {
            let words = words[(me * 2 + round) % words.len()];
            let done = case.command().args(words.split(' ')).output().expect("runs");
            let said = String::from_utf8_lossy(&done.stderr).to_lowercase();
            assert!(done.status.success(), "{words}: {said}");
            for word in ["error[", "busy", "is locked", "set aside", "panicked"] {
                assert!(!said.contains(word), "{words}: {said}");
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|me| scope.spawn(move || work(me))).collect();
        workers.into_iter().for_each(|worker| worker.join().expect("no error is shown"));
    });
    case.synced();
    case.run("cache check").ends(0);
    assert_eq!(case.ids().len(), 4);
}
