//! New catalogs, and what is taken over from a store.

use super::{recorded_states, states, store, store_with_groups};
use crate::case::Case;
use crate::replay::{Replay, fixture};

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
