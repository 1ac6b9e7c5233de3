//! SkillMeat 0.9: its server, its store on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::case::{Case, sha256, times};
use crate::replay::{Mood, Replay, fixture};

/// Copies recorded data beside the catalog, so that it can be changed.
fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("made");
        for entry in fs::read_dir(from).expect("listed") {
            let entry = entry.expect("listed");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::write(to, fs::read(from).expect("read")).expect("written");
    }
}

fn server(replay: &Replay) -> Case {
    let case = Case::empty();
    case.config(&format!("sources:\n  team: {{skillmeat: \"{}\"}}\n", replay.url()));
    case
}

/// A catalog with the recorded store as `../store` and the two projects.
fn store(fixture: &Path) -> Case {
    let case = Case::empty();
    copy(&fixture.join("collections"), &case.path("../store/collections"));
    copy(&fixture.join("projects"), &case.path("../projects"));
    case.config(
        "sources:\n  store: {skillmeat: ../store/collections}\n\
         projects:\n  web-shop: {path: ../projects/web-shop}\n  \
         data-pipeline: {path: ../projects/data-pipeline}\n",
    );
    case
}

/// Kind and name to what is known of each, whatever its source.
fn facts(case: &Case) -> BTreeMap<(String, String), Value> {
    let text = |one: &Value, key: &str| one[key].as_str().expect(key).to_owned();
    let facts = case.artifacts().into_iter().map(|one| {
        let key = (text(&one, "kind"), text(&one, "name"));
        let known = ["hash", "title", "description", "version", "tags"].map(|key| one[key].clone());
        (key, known.into())
    });
    facts.collect()
}

fn count(facts: &BTreeMap<(String, String), Value>, kind: &str) -> usize {
    facts.keys().filter(|(of, _)| of == kind).count()
}

fn is_content(asked: &str) -> bool {
    asked.contains("/files/")
}

/// The report of one source, of a sync that ends so.
fn report(case: &Case, code: i32) -> Value {
    case.run("sync --json").ends(code).json()["sources"][0].clone()
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

/// Project and artifact to the state, as `status --json` says.
fn states(case: &Case) -> BTreeMap<String, String> {
    let status = case.run("status --json").ends(0).json();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let lines = status["deployments"].as_array().expect("a list").iter().map(|one| {
        let what = ["project", "kind", "name"].map(|key| text(one, key)).join(" ");
        (what, text(one, "state"))
    });
    lines.collect()
}

/// What became of the deployments that were recorded: its own check sees only some of them.
const STATES: [(&str, &str); 9] = [
    ("data-pipeline agent backend-architect", "in-sync"),
    ("data-pipeline skill brainstorming", "in-sync"),
    ("data-pipeline skill systematic-debugging", "diverged"),
    ("data-pipeline skill writing-skills", "missing"),
    ("web-shop agent django-pro", "in-sync"),
    ("web-shop agent team-lead", "in-sync"),
    ("web-shop skill brainstorming", "modified"),
    ("web-shop skill test-driven-development", "in-sync"),
    ("web-shop skill writing-plans", "outdated"),
];

fn recorded_states() -> BTreeMap<String, String> {
    STATES.map(|(what, state)| (what.to_owned(), state.to_owned())).into()
}

#[test]
fn the_recorded_store_gives_the_same_artifacts_as_the_server() {
    let Some(fixture) = fixture() else { return };
    let replay = Replay::start(&fixture);
    let (by_server, by_store) = (server(&replay), store(&fixture));
    by_server.synced();
    let before = by_store.files("../store");
    by_store.synced().built();
    assert_eq!(facts(&by_server), facts(&by_store));
    assert_eq!(facts(&by_store).len(), 32);
    assert_eq!(by_store.listed("path")["store/command/team-debug"], "work/commands/team-debug.md");
    assert_eq!(states(&by_store), recorded_states());
    // The two copies that were changed since, and nothing else.
    let told = by_store.run("check --json").ends(0).json();
    let changed: Vec<&str> = told["problems"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| one["code"] == "SM466")
        .map(|one| one["file"].as_str().expect("a file"))
        .collect();
    let wanted = ["systematic-debugging", "writing-plans"]
        .map(|name| format!("store:default/skills/{name}"));
    assert_eq!(changed, wanted, "{told}");
    // The store itself, or one collection of it, may be named as well.
    by_store.run("sync").ends(0);
    assert_eq!(by_store.files("../store"), before, "the store was written to");
    for (root, n) in [("../store", 32), ("../store/collections/work", 8)] {
        let case = store(&fixture);
        case.config(&format!("sources:\n  store: {{skillmeat: {root}}}\n")).synced();
        assert_eq!(facts(&case).len(), n, "{root}");
    }
}

#[test]
fn a_new_catalog_builds_at_once() {
    let case = Case::empty();
    let ran = case.run("init").ends(0).err.clone();
    eprintln!("{ran}");
    case.built();
    assert!(case.exists("public/a/local/command/greet/index.html"));
    let tracked = case.tracked();
    case.run("init").ends(0);
    case.synced().built();
    assert_eq!(case.ids(), ["local/command/greet"]);
    // What a person changed stays, unless they say otherwise.
    case.config("site: {title: Mine}\n");
    let told = case.run("init").ends(2).tells("error[SM011]", "");
    assert_eq!(told.message, "`skillmeat.yaml` is there already; nothing was written");
    assert_eq!(case.read("skillmeat.yaml"), "version: 1\nsite: {title: Mine}\n");
    case.run("init --force --name Ours").ends(0);
    assert!(case.read("skillmeat.yaml").contains("\nsite: {title: Ours}\n"));
    // A folder that is not there is made.
    case.run("init ../other").ends(0);
    let mut made = case.files("../other");
    made.remove("skillmeat.yaml");
    assert!(made.iter().all(|(path, hash)| tracked.get(path) == Some(hash)), "{made:?}");
    case.run("-C ../other build").ends(0);
}

/// The recorded store with groups, a tag and an upstream.
fn store_with_groups(fixture: &Path) -> Case {
    let case = store(fixture);
    let manifest = "../store/collections/default/collection.toml";
    let first = "type = \"skill\"\npath = \"skills/brainstorming\"\norigin = \"local\"";
    let richer = "type = \"skill\"\npath = \"skills/brainstorming\"\norigin = \"github\"\n\
                  upstream = \"obra/superpowers/skills/brainstorming\"\ntags = [\"Planning\"]";
    let groups = r#"
[[groups]]
name = "Second & last"
position = 1
members = ["skill:writing-plans"]

[[groups]]
name = "First"
description = "Before code"
position = 0
color = "blue"
icon = "layers"
members = ["skill:executing-plans", "skill:gone", "agent:team-lead"]

[[groups]]
name = "Empty"
position = 2
"#;
    let text = case.read(manifest);
    assert!(text.contains(first));
    case.write(manifest, &(text.replacen(first, richer, 1) + groups));
    case
}

#[test]
fn a_store_is_taken_over_and_its_deployments_keep_their_states() {
    let Some(fixture) = fixture() else { return };
    let case = store_with_groups(&fixture);
    case.remove("skillmeat.yaml");
    let (before, kept) = (case.files("../store"), case.files("../store/collections"));
    let ran = case.run("init --from-skillmeat ../store");
    ran.ends(0).tells("warning[SM463]", "default/collection.toml");
    for line in ["default: 14 skills, 10 agents, in 3 groups", "work: 8 commands"] {
        assert!(ran.err.lines().any(|told| told == line), "{line}: {}", ran.err);
    }
    assert_eq!(case.files("../store"), before, "the store was written to");
    let files = case.files("content/artifacts");
    assert!(files.len() > 32 && files.iter().all(|(path, hash)| kept.get(path) == Some(hash)));
    let collections: Vec<String> = case.files("collections").into_keys().collect();
    let groups = ["empty", "first", "second-last"].map(|at| format!("default/groups/{at}.yaml"));
    let [empty, first, second] = &groups;
    assert_eq!(
        collections,
        ["default/collection.yaml", empty, first, second, "work/collection.yaml"]
    );
    assert_eq!(
        case.read("collections/default/collection.yaml"),
        "title: default\ninclude:\n  - {source: default}\npin:\n  default/skill/brainstorming: \
         {note: \"tags: planning; from: https://github.com/obra/superpowers\"}\n"
    );
    assert_eq!(
        case.read(&format!("collections/{first}")),
        "title: First\ndescription: Before code\nicon: layers\ncolor: blue\norder: 10\nmembers:\n  \
         default/agent/team-lead: {rank: 20}\n  default/skill/executing-plans: {rank: 10}\n"
    );
    assert_eq!(case.read(&format!("collections/{empty}")), "title: Empty\norder: 30\n");
    case.run("build --strict").ends(0);

    // SkillMeat can go now.
    case.remove("../store");
    let projects = "projects:\n  web-shop: {path: ../projects/web-shop}\n  \
                    data-pipeline: {path: ../projects/data-pipeline}\n";
    let config = case.read("skillmeat.yaml") + projects;
    case.write("skillmeat.yaml", &config).synced().built();
    assert_eq!(states(&case), recorded_states());
    assert_eq!(case.ids().len(), 32);
    assert_eq!(case.files("collections").into_keys().collect::<Vec<_>>(), collections);
}

#[test]
fn a_store_can_be_named_as_a_source_instead() {
    let Some(fixture) = fixture() else { return };
    let case = store(&fixture);
    case.run_args(&["init", "new", "--from-skillmeat", "../store", "--no-copy"]).ends(0);
    let config = case.read("new/skillmeat.yaml");
    let line = format!("\n  store: {{skillmeat: \"{}\"}}\n", case.path("../store").display());
    assert!(config.contains(&line), "{config}");
    assert_eq!(case.files("new").into_keys().collect::<Vec<_>>(), [".gitignore", "skillmeat.yaml"]);
    case.run("-C new build").ends(0);
    case.run("-C new sync").ends(0);
    let list = case.run("-C new list --json").ends(0).json();
    assert_eq!(list["artifacts"].as_array().map(Vec::len), Some(32));
}

#[test]
fn nothing_is_taken_over_halfway_or_into_the_store() {
    let Some(fixture) = fixture() else { return };
    let case = store(&fixture);
    let before = case.files("../");
    let refused = |args: &str, code: &str| {
        let told = case.run(args).ends(2).tells(&format!("error[{code}]"), "");
        assert_eq!(case.files("../"), before, "{told:?}");
        told.message
    };
    let text = refused("init --from-skillmeat ../store", "SM011");
    assert_eq!(text, "`skillmeat.yaml` is there already; nothing was written");
    refused("init ../store/new --from-skillmeat ../store", "SM012");
    refused("init ../store/collections --from-skillmeat ../store", "SM012");
    let text = refused("init new --from-skillmeat ../projects", "SM461");
    assert_eq!(text, "`[ROOT]/catalog/../projects`: the folder holds no collection of SkillMeat");
    refused("init new --from-skillmeat ../nowhere", "SM461");
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
fn collections_and_groups_of_a_store_become_yaml_in_its_order() {
    let Some(fixture) = fixture() else { return };
    let mut case = store_with_groups(&fixture);
    // Long after the files were written, so that their times tell.
    case.set("SOURCE_DATE_EPOCH", "4102444800"); // 2100-01-01
    case.synced();
    case.run("check").ends(0).tells("warning[SM463]", "store:default/collection.toml");
    let orders = ["default/groups/first", "default/groups/second-last", "default/groups/empty"]
        .map(|file| case.read(&format!("collections/{file}.yaml")))
        .map(|text| text.lines().find(|line| line.starts_with("order: ")).map(str::to_owned));
    assert_eq!(orders, [10, 20, 30].map(|order| Some(format!("order: {order}"))));
    assert_eq!(case.listed("tags")["store/skill/brainstorming"], serde_json::json!(["planning"]));
    let (tracked, times) = (case.tracked(), times(&case.path(".")));
    let second = report(&case, 0);
    assert_eq!(["parsed", "written"].map(|key| second[key].as_u64()), [Some(0), Some(0)]);
    assert_eq!(case.tracked(), tracked);
    assert_eq!(self::times(&case.path(".")), times, "a file was written again");

    // A tag that the list alone knows, and a file that a person changed.
    let manifest = "../store/collections/default/collection.toml";
    let text = case.read(manifest).replace("\"Planning\"", "\"Design\"");
    case.write(manifest, &text);
    let third = report(&case, 0);
    assert_eq!(["parsed", "written"].map(|key| third[key].as_u64()), [Some(0), Some(1)], "{third}");
    assert_eq!(case.listed("tags")["store/skill/brainstorming"], serde_json::json!(["design"]));
    let file = "../store/collections/default/skills/brainstorming/SKILL.md";
    let text = case.read(file) + "More.\n";
    case.write(file, &text);
    let fourth = report(&case, 0);
    assert_eq!(
        ["parsed", "written"].map(|key| fourth[key].as_u64()),
        [Some(1), Some(1)],
        "{fourth}"
    );
}

/// A small store: one collection of this list, and a second one that is well.
fn small_store(list: &str) -> Case {
    let case = Case::empty();
    case.config("sources:\n  store: {skillmeat: ../store}\n");
    case.write("../store/bad/collection.toml", list);
    case.skill("../store/bad/skills/cut", "Cuts");
    let good = "[collection]\nname = \"good\"\n[[artifacts]]\nname = \"paste\"\ntype = \"skill\"\n\
                path = \"skills/paste\"\n";
    case.write("../store/good/collection.toml", good).skill("../store/good/skills/paste", "Pastes");
    case
}

/// The codes of what `check` finds in the source.
fn codes(case: &Case) -> Vec<String> {
    let check = case.run("check --json").json();
    let problems = check["problems"].as_array().expect("a list").iter();
    let mut codes: Vec<String> =
        problems.map(|one| one["code"].as_str().expect("a code").to_owned()).collect();
    codes.retain(|code| code.starts_with("SM4"));
    codes
}

#[test]
fn a_collection_that_cannot_be_read_is_taken_as_its_folder_is_and_the_others_as_they_are() {
    let broken = "[collection\nname = \"x\"".to_owned();
    let large = format!("[collection]\nname = \"x\"\nx = \"{}\"\n", "x".repeat(10 << 20));
    let deep = format!("x = {}", "[".repeat(100_000));
    let no_text = "name = \"x\"\n\0\u{1}".to_owned();
    for list in [broken, large, deep, no_text] {
        let case = small_store(&list);
        case.write("../store/bad/agents/team-lead.md", "---\ndescription: Leads\n---\nLead.\n");
        case.synced();
        let ids = ["store/agent/team-lead", "store/skill/cut", "store/skill/paste"];
        assert_eq!(case.ids(), ids, "{list:.20}");
        assert_eq!(codes(&case), ["SM462"], "{list:.20}");
        case.built();
    }
}

#[cfg(unix)]
#[test]
fn nothing_outside_a_collection_is_taken_whatever_its_list_says() {
    let entry = |name: &str, path: &str| {
        format!("[[artifacts]]\nname = \"{name}\"\ntype = \"skill\"\npath = \"{path}\"\n")
    };
    let list = [
        entry("cut", "skills/cut"),
        entry("again", "skills/cut"),
        entry("paste", "../good/skills/paste"),
        entry("secret", "skills/secret"),
        entry("root", "."),
        entry("absolute", "/etc"),
        entry("gone", "skills/gone"),
        entry("..", "skills/../../../secret"),
    ];
    let case = small_store(&list.concat());
    case.skill("../secret", "Outside").skill("../store/bad/skills/unlisted", "Not listed");
    let link = |target: &str, at: &str| {
        std::os::unix::fs::symlink(target, case.path(at)).expect("linked");
    };
    link("../../../secret", "../store/bad/skills/secret");
    link("../../../../secret/SKILL.md", "../store/bad/skills/cut/secret.md");
    link("../secret", "../store/outside");
    case.synced().built();
    assert_eq!(case.ids(), ["store/skill/cut", "store/skill/paste"]);
    let told = codes(&case);
    let count = |code: &str| told.iter().filter(|told| *told == code).count();
    assert_eq!([count("SM463"), count("SM469")], [7, 1], "{told:?}");
    assert!(count("SM404") >= 2, "{told:?}");
    let public = case.files("public").into_keys().filter(|path| path.ends_with(".html"));
    assert!(
        public.into_iter().all(|path| !case.read(&format!("public/{path}")).contains("Outside"))
    );
    // Nor is it taken over.
    case.run_args(&["init", "new", "--from-skillmeat", "../store"]).ends(0);
    let files: Vec<String> = case.files("new/content").into_keys().collect();
    assert_eq!(
        files,
        ["artifacts/bad/skills/cut/SKILL.md", "artifacts/good/skills/paste/SKILL.md"]
    );
    case.run("-C new build").ends(0);
}

#[test]
fn the_same_name_in_two_collections_is_two_artifacts() {
    let list = "[[artifacts]]\nname = \"paste\"\ntype = \"skill\"\npath = \"skills/paste\"\n\
                [[groups]]\nname = \"One\"\nmembers = [\"skill:paste\"]\n";
    let case = small_store(list);
    case.skill("../store/bad/skills/paste", "Pastes otherwise");
    case.synced();
    let second = format!("store/skill/paste~{}", &sha256(b"good/skills/paste")[..6]);
    assert_eq!(case.ids(), ["store/skill/paste".to_owned(), second.clone()]);
    let held = case.listed("collections");
    assert_eq!(held["store/skill/paste"], serde_json::json!(["bad"]));
    assert_eq!(held[&second], serde_json::json!(["good"]));
    assert!(case.read("collections/bad/groups/one.yaml").contains("store/skill/paste:"));
    // Taken over, each is a source's own.
    case.run_args(&["init", "new", "--from-skillmeat", "../store"]).ends(0);
    case.run("-C new sync").ends(0);
    let list = case.run("-C new list --json").ends(0).json();
    let ids: Vec<&str> = list["artifacts"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    assert_eq!(ids, ["bad/skill/paste", "good/skill/paste"]);
}

#[test]
fn what_the_web_pages_hold_is_taken_over_as_the_guide_says() {
    let Some(fixture) = fixture() else { return };
    let replay = Replay::start(&fixture);
    let case = store(&fixture);
    case.remove("skillmeat.yaml").run("init --from-skillmeat ../store").ends(0);
    let config = case.read("skillmeat.yaml");
    let team = format!("  team: {{skillmeat: \"{}\"}}\n", replay.url());
    case.write("skillmeat.yaml", &(config.clone() + &team)).synced();
    // Everything that the recorded groups name is from the first collection.
    let files = case.files("collections").into_keys().map(|file| format!("collections/{file}"));
    for file in files.collect::<Vec<_>>() {
        let text = case.read(&file);
        case.write(&file, &text.replace("\n  team/", "\n  default/"));
    }
    case.write("skillmeat.yaml", &config).synced();
    case.run("check --strict").ends(0);
    case.run("build --strict").ends(0);
    let held = case.listed("groups");
    let planned = held.iter().filter(|(_, held)| held.to_string().contains("planning"));
    let ids: Vec<&String> = planned.map(|(id, _)| id).collect();
    let wanted = ["brainstorming", "dispatching-parallel-agents", "executing-plans"]
        .map(|name| format!("default/skill/{name}"));
    assert_eq!(ids, wanted.iter().collect::<Vec<_>>());
    let tracked = case.tracked();
    case.synced();
    assert_eq!(case.tracked(), tracked);
}
