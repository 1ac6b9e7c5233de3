//! Collections and groups of sources that have such: how they come in, and how they and people's
//! changes live together.

use serde_json::{Value, json};

use crate::case::{Case, times};
use crate::replay::{Replay, fixture};

const PRACTICE: &str = "collections/engineering-practice/collection.yaml";
const PLANNING: &str = "collections/engineering-practice/groups/planning.yaml";
const PLANNING_KEY: &str = "550ffef9163c4234bef457befc7e20a0";
const TESTING_KEY: &str = "9f0715ceb5664e45a0412dd39e95f743";
const PRACTICE_KEY: &str = "89f15e5c216b41569c25a709c36864be";

/// A catalog whose only source is the recorded server.
macro_rules! with_server {
    ($case:ident, $server:ident) => {
        let Some(fixture) = fixture() else { return };
        let $server = Replay::start(&fixture);
        let $case = Case::empty();
        $case.config(&format!("sources:\n  team: {{skillmeat: \"{}\"}}\n", $server.url()));
    };
}

fn collections(case: &Case) -> Vec<String> {
    case.files("collections").into_keys().collect()
}

/// What each collection holds, by `collections.json` of the built site: the collection's title, its
/// groups' titles, how many each has.
fn shown(case: &Case) -> Vec<(String, Vec<(String, usize)>)> {
    case.built();
    let read = |path: &str| serde_json::from_str::<Value>(&case.read(path)).expect("JSON");
    let text = |one: &Value, key: &str| one[key].as_str().expect(key).to_owned();
    let list = read("public/api/v1/collections.json");
    let list = list["collections"].as_array().expect("a list").iter().map(|one| {
        let one = read(&format!("public/api/v1/collections/{}.json", text(one, "slug")));
        let groups = one["groups"].as_array().expect("groups").iter();
        let n = |group: &Value| group["members"].as_array().expect("members").len();
        (text(&one, "title"), groups.map(|group| (text(group, "title"), n(group))).collect())
    });
    list.collect()
}

/// Changes what the server says of a group.
fn change(server: &Replay, key: &str, with: impl Fn(&mut Value)) {
    let mut state = server.state();
    let list = format!("groups?collection_id={PRACTICE_KEY}");
    let (_, groups) = state.answers.get_mut(&list).expect("recorded");
    let groups = groups["groups"].as_array_mut().expect("groups");
    with(groups.iter_mut().find(|group| group["id"] == key).expect("a group"));
    let (_, group) = state.answers.get_mut(&format!("groups/{key}")).expect("recorded");
    with(group);
}

fn member(name: &str, position: usize) -> Value {
    json!({"artifact_uuid": "0", "artifact_id": format!("skill:{name}"), "position": position})
}

#[test]
fn a_servers_collections_and_groups_come_in_with_their_order() {
    with_server!(case, server);
    let ran = case.run("sync").ends(0).told();
    assert_eq!(ran, []);
    assert_eq!(
        collections(&case),
        [
            "default-collection/collection.yaml",
            "donnees-ml/collection.yaml",
            "engineering-practice/collection.yaml",
            "engineering-practice/groups/empty-group.yaml",
            "engineering-practice/groups/planning.yaml",
            "engineering-practice/groups/testing.yaml",
        ]
    );
    assert_eq!(
        case.read(PLANNING),
        "title: Planning
description: before code
icon: layers
color: slate
order: 10
members:
  team/skill/brainstorming: {rank: 10}
  team/skill/dispatching-parallel-agents: {rank: 20}
  team/skill/executing-plans: {rank: 30}
"
    );
    let group = |title: &str, n| (title.to_owned(), n);
    assert_eq!(
        shown(&case),
        [
            (
                "Engineering Practice".to_owned(),
                vec![group("Planning", 3), group("Testing", 5), group("Empty group", 0)]
            ),
            ("Données & ML".to_owned(), vec![]),
            ("Default Collection".to_owned(), vec![]),
        ]
    );
    let (files, stamps) = (case.tracked(), times(&case.path("collections")));
    case.synced();
    assert_eq!(case.tracked(), files);
    assert_eq!(times(&case.path("collections")), stamps, "a file was written again");
    drop(server);
}

#[test]
fn changes_of_the_server_and_of_people_come_together() {
    with_server!(case, server);
    case.synced();
    let ours = case
        .read(PLANNING)
        .replace("title: Planning", "# ours\ntitle: 'Before code'   # said so")
        .replace("  team/skill/dispatching-parallel-agents: {rank: 20}\n", "");
    case.write(PLANNING, &ours).remove("collections/engineering-practice/groups/testing.yaml");
    change(&server, PLANNING_KEY, |group| {
        group["name"] = "Plans".into();
        group["description"] = "first".into();
        if let Some(artifacts) = group.get_mut("artifacts").and_then(Value::as_array_mut) {
            *artifacts = vec![
                member("writing-plans", 0),
                member("brainstorming", 1),
                member("dispatching-parallel-agents", 2),
            ];
        }
    });
    change(&server, TESTING_KEY, |group| group["name"] = "Tests".into());
    let expected = ours.replace("description: before code", "description: first")
        + "  team/skill/writing-plans: {rank: 5}\n";

    // A dry run names the files and changes none.
    let before = case.tracked();
    let dry = case.run("sync --dry-run");
    assert!(format!("{}{}", dry.out, dry.err).contains(PLANNING), "{}{}", dry.out, dry.err);
    assert_eq!(case.tracked(), before);

    let ran = case.run("sync");
    let told = ran.ends(0).tells("warning[SM487]", &format!("{PLANNING}:9:3"));
    assert!(told.message.contains("`team/skill/executing-plans` of `Before code`"), "{told:?}");
    assert_eq!(case.read(PLANNING), expected);
    assert!(!case.exists("collections/engineering-practice/groups/testing.yaml"));
    let files = case.tracked();
    assert_eq!(case.run("sync").ends(0).told(), []);
    assert_eq!(case.tracked(), files);
}

#[test]
fn a_file_that_cannot_be_edited_stays_and_the_rest_goes_on() {
    with_server!(case, server);
    case.synced();
    let odd = case.read(PLANNING).replace("members:\n", "members: &all\n");
    case.write(PLANNING, &odd);
    for key in [PLANNING_KEY, TESTING_KEY] {
        change(&server, key, |group| {
            group["artifacts"] = vec![member("writing-skills", 0)].into();
        });
    }
    case.run("sync").ends(0).tells("warning[SM241]", &format!("{PLANNING}:6:1"));
    assert_eq!(case.read(PLANNING), odd);
    let testing = "collections/engineering-practice/groups/testing.yaml";
    assert!(case.read(testing).contains("  team/skill/writing-skills: {rank: "));
    case.write(PLANNING, &odd.replace("members: &all\n", "members:\n"));
    case.run("sync").ends(0);
    assert!(case.read(PLANNING).contains("  team/skill/writing-skills: {rank: "));
}

#[test]
fn what_people_have_is_not_taken_and_locked_writes_nothing() {
    with_server!(case, server);
    case.write(PRACTICE, "title: Ours\ninclude: [{source: team}]\n");
    case.synced();
    assert_eq!(case.read(PRACTICE), "title: Ours\ninclude: [{source: team}]\n");
    let made = collections(&case);
    let suffixed: Vec<&String> =
        made.iter().filter(|file| file.starts_with("engineering-practice-")).collect();
    assert_eq!(suffixed.len(), 4, "{made:?}");
    // A whole collection that a person removed stays away, whatever becomes of it.
    case.remove("collections/donnees-ml");
    let before = case.tracked();
    change(&server, PLANNING_KEY, |group| group["name"] = "Plans".into());
    case.run("sync --locked").ends(0);
    assert_eq!(case.tracked(), before);
    case.synced();
    assert!(!case.exists("collections/donnees-ml"));
    // So does what a person made of it when the lock is lost.
    case.remove("skillmeat.lock").synced();
    assert_eq!(
        collections(&case).iter().filter(|file| file.ends_with("groups/plans.yaml")).count(),
        0
    );
    drop(server);
}

#[test]
fn a_server_and_a_store_with_the_same_names_stand_side_by_side() {
    let Some(fixture) = fixture() else { return };
    let server = Replay::start(&fixture);
    let case = Case::empty();
    let store = fixture.join("collections");
    case.config(&format!(
        "sources:\n  team: {{skillmeat: \"{0}\"}}\n  again: {{skillmeat: \"{0}\"}}\n  \
         store: {{skillmeat: \"{1}\"}}\n",
        server.url(),
        store.display(),
    ));
    case.synced();
    let made = collections(&case);
    let of = |start: &str| made.iter().filter(|file| file.starts_with(start)).count();
    assert_eq!(of("engineering-practice/"), 4);
    assert_eq!(of("engineering-practice-"), 4);
    assert_eq!((of("default/"), of("work/")), (1, 1), "{made:?}");
    let lines = case.read("collections/work/collection.yaml");
    assert!(lines.contains("pin:\n  store/command/"), "{lines}");
    let files = case.tracked();
    case.synced();
    assert_eq!(case.tracked(), files);
}

#[test]
fn a_later_source_with_the_name_of_such_a_collection_gets_one_of_its_own() {
    with_server!(case, server);
    case.synced();
    case.skill("own/skills/report", "Writes a report");
    let sources =
        format!("  team: {{skillmeat: \"{}\"}}\n  donnees-ml: {{path: own}}\n", server.url());
    case.config(&format!("sources:\n{sources}")).synced();
    let made = collections(&case);
    let own: Vec<&String> = made.iter().filter(|file| file.starts_with("donnees-ml-")).collect();
    assert_eq!(own.len(), 1, "{made:?}");
    assert!(case.read(&format!("collections/{}", own[0])).contains("{source: donnees-ml}"));
}
