//! What people do to sources, collections and the lock between two syncs.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use crate::case::{Case, Repository};

/// A catalog with the Git source `vendor`, which holds the skills `pdf` and `docx`.
fn vendor(case: &Case) -> Repository<'_> {
    let vendor = case.repository("vendor");
    vendor.skill("skills/pdf", "Reads PDF").skill("skills/docx", "Reads DOCX").commit();
    sources(case, &format!("vendor: {{git: \"{}\"}}", vendor.url()));
    vendor
}

/// `local` and these.
fn sources(case: &Case, lines: &str) {
    case.config(&format!("sources:\n  local: {{path: content/artifacts}}\n  {lines}\n"));
}

#[test]
fn a_collection_that_a_person_deleted_is_never_made_again() {
    let case = Case::new();
    let vendor = vendor(&case);
    case.synced();
    assert!(case.exists("collections/vendor/collection.yaml"));
    case.remove("collections/vendor");
    vendor.skill("skills/xlsx", "New").commit();
    case.synced();
    assert!(!case.exists("collections/vendor"));
    // Neither when the source was away for a while.
    let config = case.read("skillmeat.yaml");
    sources(&case, "");
    case.synced();
    case.write("skillmeat.yaml", &config).synced();
    assert!(!case.exists("collections/vendor"));
    assert!(case.ids().contains(&"vendor/skill/pdf".to_owned()));
}

#[test]
fn odd_names_of_sources_get_folders_of_their_own() {
    let case = Case::new();
    case.skill("../side/skills/t", "Beside");
    let long = "n".repeat(200);
    let names = ["All", "con", "a.b", "a", "a-", &long];
    let lines: Vec<String> = names.map(|name| format!("{name}: {{path: ../side}}")).into();
    sources(&case, &lines.join("\n  "));
    case.synced();
    let folders: Vec<String> = std::fs::read_dir(case.path("collections"))
        .expect("listed")
        .map(|entry| entry.expect("one").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(folders.len(), names.len() + 2, "one for each, `local` and `team`: {folders:?}");
    assert!(!folders.iter().any(|name| name == "all" || name == "con" || name.len() > 100));
    case.built();
    case.write("collections/all/collection.yaml", "title: Mine\n");
    case.run("build").ends(2).tells("error[SM232]", "collections/all");
}

#[test]
fn a_source_that_is_suddenly_empty_keeps_what_it_had_until_a_person_accepts_it() {
    let case = Case::new();
    let vendor = vendor(&case);
    case.synced().built();
    let (tracked, site) = (case.tracked(), case.site());
    vendor.remove("skills").write("README.md", "moved\n").commit();
    for _ in 0..2 {
        let told = case.run("sync").ends(3).tells("error[SM440]", "skillmeat.yaml:4");
        assert_eq!(told.message, "source `vendor`: it had 2 artifacts and has none now");
        assert_eq!(case.tracked(), tracked);
    }
    case.built();
    assert_eq!(case.site(), site);

    assert_eq!(case.run("sync vendor --accept-removals").ends(0).told(), []);
    assert_eq!(case.read("skillmeat.lock").matches("removed: 2026-01-01").count(), 2);
    assert_eq!(case.run("sync").ends(0).told(), [], "what is gone is not missed twice");
}

#[test]
fn what_left_its_source_or_the_configuration_is_a_warning_before_the_next_sync_too() {
    let case = Case::new();
    let _vendor = vendor(&case);
    let group = "collections/team/groups/g.yaml";
    case.write(group, "members:\n  local/skill/report:\n  vendor/skill/pdf:\n");
    case.synced().built();
    sources(&case, "");
    case.remove("content/artifacts/skills/report");
    case.skill("content/artifacts/skills/other", "Another");
    for _ in 0..2 {
        let told = case.run("build").ends(0).told();
        let places: Vec<&str> = told
            .iter()
            .filter(|told| told.head == "warning[SM204]")
            .map(|told| told.place.as_str())
            .collect();
        assert_eq!(places, [format!("{group}:2:3"), format!("{group}:3:3")], "{told:?}");
        case.synced();
    }
    // What never was stays an error, and sync says so as well, having done its work.
    case.write(group, "members:\n  local/skill/never:\n");
    case.run("sync").ends(2).tells("error[SM203]", &format!("{group}:2:3"));
}

#[test]
fn a_folder_that_becomes_a_repository_keeps_its_ids() {
    let case = Case::new();
    let vendor = case.repository("vendor");
    vendor.skill("skills/pdf", "Reads PDF").commit();
    sources(&case, "vendor: {path: ../vendor}");
    case.write("collections/team/groups/g.yaml", "members:\n  vendor/skill/pdf:\n");
    case.synced().built();
    let hash = case.listed("hash");
    sources(&case, &format!("vendor: {{git: \"{}\"}}", vendor.url()));
    case.run("list").ends(0).tells("warning[SM530]", "");
    let told = case.run("build").ends(2).tells("error[SM527]", "skillmeat.yaml:4");
    assert_eq!(told.help, "run `skillmeat sync vendor`");
    assert!(told.message.ends_with("or knows another address of it"), "{}", told.message);
    case.run("sync vendor").ends(0);
    case.built();
    assert_eq!(case.listed("hash"), hash);
}

#[test]
fn a_line_taken_out_of_the_lock_by_hand_comes_back() {
    let case = Case::new();
    let _vendor = vendor(&case);
    case.synced();
    let lock = case.read("skillmeat.lock");
    let lines = lock.lines().filter(|line| !line.contains("vendor/skill/pdf"));
    case.write("skillmeat.lock", &lines.map(|line| format!("{line}\n")).collect::<String>());
    case.synced();
    assert_eq!(case.read("skillmeat.lock"), lock);
}

#[test]
fn two_branches_that_each_added_things_merge_and_sync_to_the_sum_of_both() {
    let case = Case::new();
    let (base, one, two) = ("../base", "../one", "../two");
    for (name, dir) in [("base", base), ("one", one), ("two", two)] {
        case.skill(&format!("{dir}/skills/{name}"), "Beside");
    }
    let root = case.repository("catalog");
    root.write(".gitignore", "public/\n");
    sources(&case, "base: {path: ../base}");
    let group = "collections/team/groups/g.yaml";
    case.write(group, "title: G\nmembers:\n  local/skill/report:\n").synced();
    root.commit();
    for name in ["one", "two"] {
        root.git(&["checkout", "-q", "-b", name, "main"]);
        sources(&case, &format!("base: {{path: ../base}}\n  {name}: {{path: ../{name}}}"));
        case.write(
            group,
            &format!("title: G\nmembers:\n  {name}/skill/{name}:\n  local/skill/report:\n"),
        );
        case.write(&format!("collections/team/groups/{name}.yaml"), &format!("title: {name}\n"));
        case.synced();
        root.commit();
    }
    let merge = Command::new("git")
        .args(["-c", "user.name=T", "-c", "user.email=t@e.org", "merge", "-q", "one"])
        .current_dir(case.path("."))
        .output()
        .expect("git runs");
    assert!(!merge.status.success(), "the branches should conflict");
    assert!(case.read("skillmeat.lock").contains("<<<<<<<"));
    case.run("list").ends(2).told();
    sources(&case, "base: {path: ../base}\n  one: {path: ../one}\n  two: {path: ../two}");
    case.write(
        group,
        "title: G\nmembers:\n  local/skill/report:\n  one/skill/one:\n  two/skill/two:\n",
    );
    case.run("list").ends(2).tells("error[SM502]", "skillmeat.lock:");
    case.synced().built();
    let ids = ["base/skill/base", "local/skill/report", "one/skill/one", "two/skill/two"];
    assert_eq!(case.ids(), ids);
    for group in ["one", "two", "g"] {
        assert!(case.exists(&format!("public/collections/team/groups/{group}/index.html")));
    }
    let lock = case.read("skillmeat.lock");
    case.remove("skillmeat.lock").synced();
    assert_eq!(case.read("skillmeat.lock"), lock, "the healed lock is as one written afresh");
}

#[test]
fn a_dry_run_writes_neither_here_nor_in_the_cache() {
    let case = Case::new();
    let vendor = vendor(&case);
    for round in 0..2 {
        let before = case.files("../");
        let ran = case.run("sync --dry-run --json");
        let json = ran.ends(0).json();
        assert_eq!(json["sources"][1]["found"], 2, "{json}");
        assert_eq!(case.files("../"), before);
        case.synced();
        vendor.skill("skills/pdf", &format!("Reads PDF anew, {round}")).commit();
    }
}

#[test]
fn with_json_each_command_prints_one_document_and_nothing_a_terminal_would_obey() {
    let case = Case::new();
    let text = "---\nname: evil\ndescription: \"a\\u001b[31mb\\u009b2Jc\\u202ed\"\n---\n";
    case.write("content/artifacts/skills/evil/SKILL.md", text);
    case.synced().built();
    let raw = |text: &str| text.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}');
    for command in ["sync", "build", "check", "status", "list", "show evil", "sync -n", "show nope"]
    {
        let ran = case.run(&format!("{command} --json"));
        assert!(ran.json().is_object(), "{command}");
        let plain = case.run(command);
        let quiet = case.run(&format!("{command} -q"));
        for (stream, text) in [("json", &ran.out), ("out", &plain.out), ("err", &plain.err)] {
            assert!(!raw(text), "{command}, {stream}: {text:?}");
        }
        assert!(quiet.code != 0 || quiet.err.is_empty(), "{command} -q says {}", quiet.err);
    }
    case.write("skillmeat.yaml", "version: 1\nsits: {}\n");
    for command in ["sync", "build", "check", "status", "list", "show evil"] {
        let json = case.run(&format!("{command} --json")).ends(2).json();
        assert_eq!(json["problems"][0]["code"], "SM102", "{command}: {json}");
    }
}

#[test]
fn ctrl_c_ends_a_sync_within_a_moment_and_what_was_done_is_kept() {
    let mut case = Case::new();
    // Git is given something that never answers in place of ssh.
    case.set("GIT_SSH_COMMAND", "sleep 60 #");
    case.skill("../side/skills/pdf", "Reads PDFs");
    sources(&case, "side: {path: ../side}\n  slow: {git: \"ssh://git@host.example/x\"}\n");
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut run = case.command();
        let run = run.args(["sync", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = run.spawn().expect("it starts");
        let mut said = BufReader::new(child.stderr.take().expect("piped"));
        // Which of the two comes first is not said.
        let mut done = 0;
        while done < 2 {
            let mut line = String::new();
            assert!(said.read_line(&mut line).expect("readable") > 0, "one is never done");
            done += usize::from(line.starts_with("side: ") || line.starts_with("local: "));
        }
        let pid = child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().expect("kill runs");
        assert!(sent.success());
        let done = child.wait_with_output().expect("ended");
        assert_eq!(done.status.code(), Some(code));
        let mut rest = String::new();
        said.read_to_string(&mut rest).expect("readable");
        let told: Vec<String> =
            rest.lines().map(|line| line.split(" (").next().unwrap_or_default().into()).collect();
        let end = "stopped: 2 of 3 sources done and kept; `skillmeat sync` goes on";
        let slow = "slow: stopped; what it had is kept".to_owned();
        assert!(told.contains(&slow), "{rest}");
        assert_eq!(told.last().map(String::as_str), Some(end), "{rest}");
        let json: serde_json::Value = serde_json::from_slice(&done.stdout).expect("one document");
        assert_eq!(json["sources"][2]["error"][0]["code"], "SM491");
        assert_eq!(case.ids(), ["local/skill/report", "side/skill/pdf"]);
    }
}
