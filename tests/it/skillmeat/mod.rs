//! SkillMeat 0.9: its server, its store on disk, and what is taken over of it. The recorded data, and
//! questions that are asked of all three.

mod init;
mod server;
mod store;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::case::Case;
use crate::replay::Replay;

/// Copies recorded data beside the catalog, so that it can be changed.
pub fn copy(from: &Path, to: &Path) {
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

/// A catalog with the recorded store as `../store` and the two projects.
pub fn store(fixture: &Path) -> Case {
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
pub fn facts(case: &Case) -> BTreeMap<(String, String), Value> {
    let text = |one: &Value, key: &str| one[key].as_str().expect(key).to_owned();
    let facts = case.artifacts().into_iter().map(|one| {
        let key = (text(&one, "kind"), text(&one, "name"));
        let known = ["hash", "title", "description", "version", "tags"].map(|key| one[key].clone());
        (key, known.into())
    });
    facts.collect()
}

pub fn count(facts: &BTreeMap<(String, String), Value>, kind: &str) -> usize {
    facts.keys().filter(|(of, _)| of == kind).count()
}

/// The report of one source, of a sync that ends so.
pub fn report(case: &Case, code: i32) -> Value {
    case.run("sync --json").ends(code).json()["sources"][0].clone()
}

/// Project and artifact to the state, as `status --json` says.
pub fn states(case: &Case) -> BTreeMap<String, String> {
    let status = case.run("status --json").ends(0).json();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let lines = status["deployments"].as_array().expect("a list").iter().map(|one| {
        let what = ["project", "kind", "name"].map(|key| text(one, key)).join(" ");
        (what, text(one, "state"))
    });
    lines.collect()
}

/// What became of the deployments that were recorded: its own check sees only some of them.
pub const STATES: [(&str, &str); 9] = [
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

pub fn recorded_states() -> BTreeMap<String, String> {
    STATES.map(|(what, state)| (what.to_owned(), state.to_owned())).into()
}

/// The recorded store with groups, a tag and an upstream.
pub fn store_with_groups(fixture: &Path) -> Case {
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

pub fn server(replay: &Replay) -> Case {
    let case = Case::empty();
    case.config(&format!("sources:\n  team: {{skillmeat: \"{}\"}}\n", replay.url()));
    case
}

/// A small store: one collection of this list, and a second one that is well.
pub fn small_store(list: &str) -> Case {
    let case = Case::empty();
    case.config("sources:\n  store: {skillmeat: ../store}\n");
    case.write("../store/bad/collection.toml", list);
    case.skill("../store/bad/skills/cut", "Cuts");
    let good = "[collection]\nname = \"good\"\n[[artifacts]]\nname = \"paste\"\ntype = \"skill\"\n\
                path = \"skills/paste\"\n";
    case.write("../store/good/collection.toml", good).skill("../store/good/skills/paste", "Pastes");
    case
}
