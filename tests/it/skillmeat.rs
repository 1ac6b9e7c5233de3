//! SkillMeat 0.9: its server, its store on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::case::Case;
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
    let groups = ["empty", "first", "second---last"].map(|at| format!("default/groups/{at}.yaml"));
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
