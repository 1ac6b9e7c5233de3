//! A server that answers from its recording, changes, and fails.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{count, facts, report, server};
use crate::replay::{Mood, Replay, fixture};

fn is_content(asked: &str) -> bool {
    asked.contains("/files/")
}

#[test]
fn the_recorded_server_gives_its_artifacts() {
    let Some(fixture) = fixture() else { return };
    let replay = Replay::start(&fixture);
    let case = server(&replay);
    let first = report(&case, 0);
    assert_eq!((&first["found"], &first["outcome"]), (&32.into(), &"updated".into()), "{first}");
    let asked = replay.asked();
    let distinct: BTreeSet<&String> = asked.iter().collect();
    assert_eq!(asked.len(), distinct.len(), "nothing is asked for twice");
    // Each of them is a request that was recorded.
    for path in &asked {
        assert!(replay.state().answers.contains_key(path), "{path}");
    }
    assert_eq!(asked.iter().filter(|path| is_content(path)).count(), 56, "{asked:?}");
    let facts = facts(&case);
    assert_eq!(["skill", "agent", "command"].map(|kind| count(&facts, kind)), [14, 10, 8]);
    case.built();
    assert!(case.exists("public/a/team/skill/brainstorming/index.html"));
}

#[test]
fn a_second_sync_of_a_server_asks_for_lists_and_reads_only_what_changed() {
    let Some(fixture) = fixture() else { return };
    let replay = Replay::start(&fixture);
    let case = server(&replay);
    case.synced();
    let (lock, n_first) = (case.read("skillmeat.lock"), replay.asked().len());
    let second = report(&case, 0);
    let counts = ["found", "parsed", "written"].map(|key| second[key].as_u64());
    assert_eq!(counts, [Some(32), Some(0), Some(0)], "{second}");
    assert_eq!(second["outcome"], "unchanged");
    let asked = replay.asked();
    assert!(asked.len() < n_first && !asked.iter().any(|path| is_content(path)), "{asked:?}");
    assert_eq!(case.read("skillmeat.lock"), lock);

    // An edit in its own pages moves no date: the size tells it.
    let file = "artifacts/skill:brainstorming/files/SKILL.md";
    replay.edit("skill:brainstorming", "SKILL.md", "---\nname: brainstorming\n---\nNew.\n");
    let third = report(&case, 0);
    assert_eq!(["parsed", "written"].map(|key| third[key].as_u64()), [Some(1), Some(1)], "{third}");
    let contents: Vec<String> = replay.asked().into_iter().filter(|one| is_content(one)).collect();
    assert_eq!(contents, [file]);
    // A date that moves is worth reading the files again, and nothing else.
    replay.touch("skill:brainstorming");
    let fourth = report(&case, 0);
    assert_eq!(fourth["written"], 0, "{fourth}");
    let contents: Vec<String> = replay.asked().into_iter().filter(|one| is_content(one)).collect();
    assert_eq!(contents.len(), 3, "{contents:?}");
    // By force all of it.
    case.run("sync --force").ends(0);
    assert_eq!(replay.asked().iter().filter(|one| is_content(one)).count(), 56);
    // What is gone is a tombstone.
    replay.state().items.retain(|item| item["id"] != "skill:brainstorming");
    let last = report(&case, 0);
    assert_eq!((&last["found"], &last["removed"]), (&31.into(), &1.into()), "{last}");
}

#[test]
fn a_server_that_fails_in_any_way_leaves_all_as_it_was_and_says_how() {
    let Some(fixture) = fixture() else { return };
    let replay = Replay::start(&fixture);
    let case = server(&replay);
    case.synced().built();
    let (tracked, listed) = (case.tracked(), case.artifacts());
    for (mood, code, words) in [
        (Mood::Failing, "SM445", "failed on the server (500)"),
        (Mood::Truncating, "SM441", "the connection broke off"),
        (Mood::Login, "SM449", "is a page, not JSON: perhaps a login page"),
        (Mood::Empty, "SM442", "is not there (404)"),
    ] {
        replay.is(mood);
        let ran = case.run("sync");
        let told = ran.ends(3).tells("error", "skillmeat.yaml:3:3");
        assert_eq!(told.head, format!("error[{code}]"), "{told:?}");
        assert!(told.message.starts_with("source `team`: "), "{told:?}");
        assert!(told.message.ends_with(words), "{told:?}");
        assert_eq!(case.tracked(), tracked, "{mood:?}");
        assert_eq!(case.artifacts(), listed, "{mood:?}");
        case.run("build").ends(0);
    }
    // Another source beside it goes on.
    case.skill("content/artifacts/skills/report", "Writes a report");
    let config = case.read("skillmeat.yaml") + "  local: {path: content/artifacts}\n";
    case.write("skillmeat.yaml", &config).run("sync").ends(3);
    assert_eq!(case.ids().len(), 33);
    replay.is(Mood::Well);
    case.run("sync").ends(0);
    assert_eq!(case.ids().len(), 33);
}

#[test]
fn what_one_artifact_of_a_server_lacks_is_not_missed_by_the_others() {
    let Some(fixture) = fixture() else { return };
    let replay = Replay::start(&fixture);
    let case = server(&replay);
    {
        let mut state = replay.state();
        let refused = serde_json::json!({ "detail": "Cannot display binary file" });
        let file = "artifacts/skill:writing-skills/files/examples/CLAUDE_MD_TESTING.md".to_owned();
        state.answers.insert(file, (400, refused));
        let mut flow = state.items[0].clone();
        flow["id"] = "workflow:ship".into();
        flow["type"] = "workflow".into();
        let mut twice = state.items[1].clone();
        twice["uuid"] = "f".repeat(32).into();
        let mut up = state.items[2].clone();
        up["id"] = "agent:../up".into();
        up["name"] = "../up".into();
        state.items.extend([flow, twice, up]);
        let tagged = &mut state.items[0];
        tagged["tags"] = serde_json::json!(["Données", "ml"]);
        tagged["metadata"]["version"] = "1.2.0".into();
    }
    case.synced();
    let facts = facts(&case);
    assert_eq!(facts.len(), 32);
    let check = case.run("check --json").ends(0).json();
    let problems = check["problems"].as_array().expect("a list").iter();
    let codes: BTreeMap<&str, usize> = problems.fold(BTreeMap::new(), |mut codes, one| {
        *codes.entry(one["code"].as_str().expect("a code")).or_default() += 1;
        codes
    });
    let of_source: Vec<(&str, usize)> =
        codes.into_iter().filter(|(code, _)| code.starts_with("SM46")).collect();
    assert_eq!(of_source, [("SM463", 2), ("SM464", 1), ("SM467", 1)], "{check}");
    let listed = case.listed("tags");
    assert_eq!(listed["team/agent/backend-architect"], serde_json::json!(["données", "ml"]));
    assert_eq!(case.listed("version")["team/agent/backend-architect"], "1.2.0");
    // A file whose listing breaks keeps what it had.
    let broken = serde_json::json!({ "detail": "Artifact path does not exist" });
    let files = "artifacts/skill:brainstorming/files".to_owned();
    replay.state().answers.insert(files, (404, broken));
    case.synced();
    assert_eq!(self::facts(&case), facts);
}

#[test]
fn collections_and_groups_of_a_server_become_yaml_in_its_order() {
    let Some(fixture) = fixture() else { return };
    let replay = Replay::start(&fixture);
    let case = server(&replay);
    case.synced();
    let files: Vec<String> = case.files("collections").into_keys().collect();
    assert_eq!(
        files,
        [
            "default-collection/collection.yaml",
            "donnees-ml/collection.yaml",
            "engineering-practice/collection.yaml",
            "engineering-practice/groups/empty-group.yaml",
            "engineering-practice/groups/planning.yaml",
            "engineering-practice/groups/testing.yaml",
        ]
    );
    let group = |name: &str| case.read(&format!("collections/engineering-practice/groups/{name}"));
    assert_eq!(
        group("planning.yaml"),
        "title: Planning\ndescription: before code\nicon: layers\ncolor: slate\norder: 10\nmembers:\n  team/skill/brainstorming: {rank: 10}\n  \
         team/skill/dispatching-parallel-agents: {rank: 20}\n  \
         team/skill/executing-plans: {rank: 30}\n"
    );
    let testing = group("testing.yaml");
    assert!(testing.contains("\norder: 20\n") && testing.contains("executing-plans: {rank: 10}\n"));
    assert_eq!(
        group("empty-group.yaml"),
        "title: Empty group\nicon: layers\ncolor: slate\norder: 30\n"
    );
    let held = case.listed("collections");
    let of = |slug: &str| held.values().filter(|held| held.to_string().contains(slug)).count();
    assert_eq!(["engineering-practice", "donnees-ml", "default-collection"].map(of), [14, 6, 0]);
    case.run("build --strict").ends(0);

    // Its order changes; what a person wrote stays.
    let planning = group("planning.yaml") + "# ours\n";
    case.write("collections/engineering-practice/groups/planning.yaml", &planning);
    {
        let mut state = replay.state();
        let groups = "groups?collection_id=89f15e5c216b41569c25a709c36864be";
        let (_, groups) = state.answers.get_mut(groups).expect("recorded");
        for (group, position) in
            groups["groups"].as_array_mut().expect("a list").iter_mut().zip([2, 0, 1])
        {
            group["position"] = position.into();
        }
    }
    let second = report(&case, 0);
    assert_eq!(["parsed", "written"].map(|key| second[key].as_u64()), [Some(0), Some(0)]);
    // It is the last now, by one line.
    assert_eq!(group("planning.yaml"), planning.replace("order: 10", "order: 40"));
    assert_eq!(group("testing.yaml"), testing);
    let tracked = case.tracked();
    case.synced();
    assert_eq!(case.tracked(), tracked);
}

#[test]
fn a_server_that_says_nothing_can_be_given_up_and_all_is_as_it_was() {
    let Some(fixture) = fixture() else { return };
    let replay = Replay::start(&fixture);
    let case = server(&replay);
    case.synced();
    let (tracked, listed) = (case.tracked(), case.artifacts());
    replay.asked();
    replay.is(Mood::Silent);
    let mut sync = case.command();
    let sync = sync.arg("sync").stderr(Stdio::piped()).spawn().expect("it starts");
    while replay.asked().is_empty() {
        thread::sleep(Duration::from_millis(10));
    }
    let stopped = Command::new("kill").args(["-INT", &sync.id().to_string()]).status();
    assert!(stopped.expect("kill runs").success());
    let output = sync.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(case.tracked(), tracked);
    assert_eq!(case.artifacts(), listed);
    replay.is(Mood::Well);
    assert_eq!(report(&case, 0)["outcome"], "unchanged");
}

#[test]
fn only_what_the_filter_takes_is_asked_for() {
    let Some(fixture) = fixture() else { return };
    let replay = Replay::start(&fixture);
    let case = server(&replay);
    let source = format!("{{skillmeat: \"{}/api/v1/\", include: [\"agents/**\"]}}", replay.url());
    case.config(&format!("sources:\n  team: {source}\n")).synced();
    assert_eq!(count(&facts(&case), "agent"), 10);
    let contents = replay.asked().into_iter().filter(|one| is_content(one));
    assert_eq!(contents.count(), 10);
    assert_eq!(case.ids().len(), 10);
    let check = case.run("check --strict --json").ends(0).json();
    assert_eq!(check["problems"], serde_json::json!([]));
}

/// A part of a JSON value, chosen by a number, replaced by something that nobody expects.
fn spoil(value: &mut Value, seed: &mut u64) {
    let mut next = |n: usize| {
        *seed =
            seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as usize % n.max(1)
    };
    match value {
        Value::Array(items) if !items.is_empty() && next(8) > 0 => {
            let at = next(items.len());
            spoil(&mut items[at], seed);
        }
        Value::Object(fields) if !fields.is_empty() && next(8) > 0 => {
            let at = next(fields.len());
            spoil(fields.values_mut().nth(at).expect("there"), seed);
        }
        value => {
            let strange = [
                Value::Null,
                true.into(),
                (-1).into(),
                u64::MAX.into(),
                "".into(),
                "../../../up".into(),
                "/etc/passwd".into(),
                "\u{202e}\u{0}\n\u{1b}[2J".into(),
                "x".repeat(100_000).into(),
                serde_json::json!([]),
                serde_json::json!({ "path": ".." }),
                "skill:brainstorming".into(),
            ];
            *value = strange[next(strange.len())].clone();
        }
    }
}

#[test]
fn whatever_a_server_answers_is_taken_whole_or_not_at_all() {
    let Some(fixture) = fixture() else { return };
    let replay = Replay::start(&fixture);
    let case = server(&replay);
    case.synced();
    let (mut n_taken, mut n_refused) = (0, 0);
    for round in 0..16 {
        let kept = {
            let mut state = replay.state();
            let kept = (state.items.clone(), state.answers.clone());
            let mut seed = round;
            for _ in 0..3 {
                if round % 2 == 0 {
                    let at = round as usize * 7 % state.items.len();
                    spoil(&mut state.items[at], &mut seed);
                } else {
                    let n = state.answers.len();
                    let (_, answer) =
                        state.answers.values_mut().nth(round as usize * 13 % n).expect("there");
                    spoil(answer, &mut seed);
                }
            }
            kept
        };
        let before = case.tracked();
        let ran = case.run("sync --accept-removals");
        match ran.code {
            0 => n_taken += 1,
            3 => {
                n_refused += 1;
                assert_eq!(case.tracked(), before, "{round}: {}", ran.err);
            }
            _ => panic!("{round}: {}: {}", ran.code, ran.err),
        }
        assert!(!ran.err.contains('\u{1b}') && !ran.err.contains("panicked"), "{}", ran.err);
        let mut state = replay.state();
        (state.items, state.answers) = kept;
    }
    assert!(n_taken > 2 && n_refused > 2, "{n_taken} taken, {n_refused} refused");
    // All of it comes back.
    case.built().synced().built();
    assert_eq!(facts(&case).len(), 32);
}
