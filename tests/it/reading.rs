//! Commands that only read: what they say of names nobody knows and of a cache that is behind.

use crate::case::Case;

#[test]
fn a_source_or_project_that_is_not_there_is_no_empty_answer() {
    let case = Case::new();
    let ran = case.run("list --source lokal");
    ran.ends(2);
    assert_eq!(
        ran.err,
        "error[SM431]: there is no source `lokal`\n  help: did you mean `local`?\n"
    );
    let ran = case.run("status --project shop --exit-code");
    ran.ends(2);
    assert_eq!(
        ran.err,
        "error[SM431]: there is no project `shop`\n  help: `skillmeat.yaml` names none\n"
    );
    let ran = case.run("sync shop");
    ran.ends(2);
    assert_eq!(
        ran.err,
        "error[SM431]: there is no source `shop`\n  help: `skillmeat.yaml` names `local`\n"
    );
}

#[test]
fn a_fresh_clone_is_told_what_its_cache_lacks() {
    let case = Case::empty();
    let upstream = case.repository("upstream");
    case.skill("../upstream/skills/pdf", "Reads PDF files");
    upstream.commit();
    case.config(&format!("sources:\n  vendor: {{git: \"{}\"}}\n", upstream.url())).synced();
    let lacks = "warning[SM530]: the cache lacks 1 artifact of `vendor`, or parts of them\n  \
                 help: run `skillmeat sync --locked vendor`\n";
    for (command, code, rest) in [
        ("status", 0, ""),
        ("check", 0, "0 errors, 1 warning\n"),
        ("check --strict", 1, "0 errors, 1 warning\n"),
    ] {
        case.remove_if_there("../cache");
        let ran = case.run(command);
        ran.ends(code);
        let said = if command.starts_with("check") { &ran.out } else { &ran.err };
        assert!(said.contains(lacks), "{command}: {said}");
        assert_eq!(ran.err.replace(lacks, ""), rest, "{command}");
    }
    // A list is worth fetching it.
    case.remove("../cache");
    let said = case.run("list").ends(0).err.clone();
    assert!(said.starts_with("fetching 1 source that the cache lacks\nvendor: "), "{said}");
    assert!(said.ends_with("\n1 artifact\n"), "{said}");
    assert_eq!(case.run("check --strict").ends(0).err, "0 errors, 0 warnings\n");
}

#[test]
fn show_names_the_files() {
    let case = Case::new();
    case.write("content/artifacts/skills/report/references/x.md", "A table.\n");
    let out = case.run("show report").ends(0).out.clone();
    let (_, files) = out.split_once("Writes a report\n\n").expect("files follow the description");
    assert_eq!(files, "2 files, 69 B\n  SKILL.md         60 B\n  references/x.md  9 B\n");
}

#[test]
fn a_schema_is_printed_without_a_catalog() {
    for file in ["config", "collection", "group"] {
        let ran = Case::empty().run(&format!("schema {file}"));
        ran.ends(0);
        let schema: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    }
}
