//! Bad input: each is told with place, reason and help, and nothing that was good is lost.

use crate::case::{Case, Files};
use serde_json::Value;

/// What must survive: the site, the lock, and what the catalog answers.
fn kept(case: &Case) -> (Files, String, Vec<Value>) {
    (case.files("public"), case.read("skillmeat.lock"), case.artifacts())
}

/// Breaks one file of a good catalog; every command given must end with 2, tell one problem at the
/// place, with these words in its help, and change nothing. Mended, all is as before.
#[track_caller]
fn breaks(file: &str, text: &str, commands: &[&str], head: &str, place: &str, help: &str) {
    let case = Case::new();
    case.synced().built();
    let before = kept(&case);
    let good = case.read(file);
    case.write(file, text);
    let files = case.files(".");
    for command in commands {
        let ran = case.run(command);
        let told = ran.ends(2).tells(head, place);
        assert!(told.help.contains(help), "{told:?} does not help with `{help}`");
        assert_eq!(case.files("."), files, "`{command}` changed a file");
    }
    case.write(file, &good);
    assert_eq!(kept(&case), before);
    case.synced().built();
    assert_eq!(kept(&case), before);
}

#[test]
fn a_folder_without_a_configuration_is_no_catalog() {
    let case = Case::empty();
    for command in ["sync", "build", "list", "check", "status"] {
        let ran = case.run(command);
        let told = ran.ends(2).tells("error[SM", "");
        assert!(told.message.contains("skillmeat.yaml"), "{command}: {told:?}");
    }
    assert_eq!(case.files(".").len(), 0);
}

#[test]
fn an_unknown_key_of_the_configuration_is_told_with_the_nearest_one() {
    let text = "version: 1\nsources:\n  local: {path: content/artifacts, includes: [x]}\n";
    breaks("skillmeat.yaml", text, &["sync", "build"], "error[SM1", "skillmeat.yaml:3:", "include");
}

#[test]
fn a_configuration_that_is_no_yaml_is_told_with_its_line() {
    let text = "version: 1\nsources:\n  local: {path: [\n";
    breaks("skillmeat.yaml", text, &["sync", "build", "list"], "error[SM1", "skillmeat.yaml:", "");
}

#[test]
fn a_collection_that_is_no_yaml_is_told_with_its_line() {
    let file = "collections/team/collection.yaml";
    let place = &format!("{file}:");
    breaks(file, "title: Team\ninclude: [\n", &["build", "sync"], "error[SM2", place, "");
}

#[test]
fn an_unknown_key_of_a_collection_is_told_with_the_nearest_one() {
    let file = "collections/team/collection.yaml";
    let text = "title: Team\ndescripton: Ours\n";
    breaks(file, text, &["build"], "error[SM2", &format!("{file}:2"), "description");
}

#[test]
fn an_id_that_never_was_is_told_with_the_nearest_one() {
    let file = "collections/team/collection.yaml";
    let text = "title: Team\npin:\n  local/skill/reprot: {note: ours}\n";
    breaks(file, text, &["build"], "error[SM203]", &format!("{file}:3"), "local/skill/report");
}

#[test]
fn a_member_that_never_was_is_told_with_the_nearest_one() {
    let case = Case::new();
    let file = "collections/team/groups/documents.yaml";
    case.write(file, "title: Documents\nmembers:\n  local/skill/report:\n");
    case.synced().built();
    let before = kept(&case);
    case.write(file, "title: Documents\nmembers:\n  local/skill/reprot:\n");
    let ran = case.run("build");
    let told = ran.ends(2).tells("error[SM203]", &format!("{file}:3:3"));
    assert_eq!(told.message, "unknown artifact `local/skill/reprot`");
    assert_eq!(told.help, "did you mean `local/skill/report`?");
    case.run("check").ends(1).tells("error[SM203]", &format!("{file}:3:3"));
    case.write(file, "title: Documents\nmembers:\n  local/skill/report:\n");
    assert_eq!(kept(&case), before);
}

#[test]
fn a_path_that_does_not_exist_fails_its_source_alone() {
    let case = Case::new();
    case.synced().built();
    let before = kept(&case);
    case.config("sources:\n  local: {path: content/artifacts}\n  gone: {path: ../nowhere}\n");
    let ran = case.run("sync");
    ran.ends(3).tells("error[SM4", "skillmeat.yaml:4");
    assert_eq!(case.artifacts(), before.2);
    assert_eq!(case.read("skillmeat.lock"), before.1);
    assert_eq!(case.files("public"), before.0);
}

#[test]
fn a_repository_that_cannot_be_fetched_fails_its_source_alone() {
    let case = Case::new();
    case.synced().built();
    let before = kept(&case);
    let nowhere = case.path("../nowhere").to_string_lossy().into_owned();
    case.config(&format!(
        "sources:\n  gone: {{git: \"file://{nowhere}\"}}\n  local: {{path: content/artifacts}}\n"
    ));
    let ran = case.run("sync");
    let told = ran.ends(3).tells("error[SM4", "skillmeat.yaml:3");
    assert!(told.message.contains("gone"), "{told:?}");
    let json = case.run("sync --json").ends(3).json();
    let gone = json["sources"].as_array().expect("sources").iter().find(|s| s["name"] == "gone");
    assert_eq!(gone.map(|one| &one["outcome"]), Some(&"failed".into()), "{json}");
    assert_eq!(case.artifacts(), before.2);
    assert_eq!(case.read("skillmeat.lock"), before.1);
    assert_eq!(case.files("public"), before.0);
}

#[test]
fn a_ref_that_does_not_exist_is_told() {
    let case = Case::new();
    let vendor = case.repository("vendor");
    vendor.skill("skills/pdf", "Reads PDF").commit();
    case.config(&format!(
        "sources:\n  local: {{path: content/artifacts}}\n  vendor: {{git: \"{}\", ref: nope}}\n",
        vendor.url()
    ));
    let ran = case.run("sync");
    let told = ran.ends(3).tells("error[SM4", "skillmeat.yaml:4");
    assert!(format!("{} {}", told.message, told.help).contains("nope"), "{told:?}");
}

#[test]
fn several_problems_are_told_at_once() {
    let case = Case::new();
    case.synced();
    case.write("collections/a/collection.yaml", "title: A\nfoo: 1\nbar: 2\n");
    case.write("collections/b/collection.yaml", "titel: B\n");
    let places: Vec<_> = case.run("build").ends(2).told().into_iter().map(|t| t.place).collect();
    let wanted = ["collections/a/collection.yaml:2", "collections/a/collection.yaml:3"];
    assert!(wanted.iter().all(|place| places.iter().any(|p| p.starts_with(place))), "{places:?}");
    assert!(places.iter().any(|p| p.starts_with("collections/b/")), "{places:?}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let case = Case::new();
    for n in 0..200 {
        case.skill(&format!("content/artifacts/skills/s{n}"), &"many words ".repeat(50));
    }
    case.synced();
    let ran = case.shell("\"$0\" list --json | head -c 1");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "{", ""));
}
