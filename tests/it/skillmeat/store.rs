//! A store on disk: the recorded one, and hostile ones.

use super::{
    facts, recorded_states, report, server, small_store, states, store, store_with_groups,
};
use crate::case::{Case, sha256, times};
use crate::replay::{Replay, fixture};

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
fn what_a_filter_leaves_out_of_a_store_is_not_missed() {
    let Some(fixture) = fixture() else { return };
    let case = store_with_groups(&fixture);
    let config = "sources:\n  store: {skillmeat: ../store, include: [\"work/**\"]}\n";
    case.config(config).synced();
    assert_eq!((facts(&case).len(), codes(&case)), (8, Vec::new()));
    assert_eq!(case.files("collections").into_keys().collect::<Vec<_>>(), ["work/collection.yaml"]);
    // Half of a collection is one, and says nothing of its other members either.
    let config = "sources:\n  store: {skillmeat: ../store, include: [\"default/agents/**\"]}\n";
    case.config(config).remove("collections").remove("skillmeat.lock").synced();
    assert_eq!((facts(&case).len(), codes(&case)), (10, vec!["SM463".to_owned()]));
    case.built();
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

/// The codes of what `check` finds in the source.
fn codes(case: &Case) -> Vec<String> {
    let check = case.run("check --json").json();
    let problems = check["problems"].as_array().expect("a list").iter();
    let mut codes: Vec<String> =
        problems.map(|one| one["code"].as_str().expect("a code").to_owned()).collect();
    codes.retain(|code| code.starts_with("SM4"));
    codes
}
