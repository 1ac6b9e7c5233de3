//! `sync`: what it writes, what it leaves alone, and what it keeps when a source is gone.

use crate::case::{Case, times};

/// A catalog with one Git source `vendor` that holds the skills `pdf` and `docx`.
macro_rules! with_vendor {
    ($case:ident, $vendor:ident) => {
        let $case = Case::new();
        let $vendor = $case.repository("vendor");
        $vendor.skill("skills/pdf", "Reads PDF").skill("skills/docx", "Reads DOCX").commit();
        $case.config(&format!(
            "sources:\n  local: {{path: content/artifacts}}\n  vendor: {{git: \"{}\"}}\n",
            $vendor.url()
        ));
    };
}

#[test]
fn a_second_sync_with_nothing_new_changes_no_byte() {
    with_vendor!(case, _vendor);
    let first = case.run("sync --json").ends(0).json();
    assert_eq!(outcomes(&first), [("local", "updated", 1), ("vendor", "updated", 2)]);
    case.built();
    let (files, stamps) = (case.files("."), times(&case.path(".")));
    let second = case.run("sync --json").ends(0).json();
    assert_eq!(outcomes(&second), [("local", "unchanged", 1), ("vendor", "unchanged", 2)]);
    assert_eq!(case.files("."), files);
    assert_eq!(times(&case.path(".")), stamps, "a file was written again");
}

/// Of `sync --json`: (source, outcome, found), sorted.
fn outcomes(json: &serde_json::Value) -> Vec<(&str, &str, u64)> {
    let mut rows: Vec<_> = json["sources"]
        .as_array()
        .expect("sources")
        .iter()
        .map(|one| {
            let word = |key: &str| one[key].as_str().unwrap_or("?");
            (word("name"), word("outcome"), one["found"].as_u64().unwrap_or(u64::MAX))
        })
        .collect();
    rows.sort_unstable();
    rows
}

#[test]
fn the_artifacts_of_a_path_and_of_a_git_source_are_the_same() {
    let case = Case::new();
    let vendor = case.repository("vendor");
    vendor.skill("skills/pdf", "Reads PDF").write("skills/pdf/scripts/run.sh", "echo\n");
    vendor.write("commands/tidy.md", "---\ndescription: Tidy\n---\n\nTidy.\n");
    vendor.write("agents/a.md", "---\nname: a\ndescription: An agent\n---\n\nYou.\n");
    std::os::unix::fs::symlink("pdf", case.path("../vendor/skills/alias")).expect("a link");
    vendor.commit();
    case.config(&format!(
        "sources:\n  far: {{git: \"{}\"}}\n  near: {{path: ../vendor}}\n",
        vendor.url()
    ));
    case.remove("collections");
    case.synced();
    let of = |source: &str| -> Vec<_> {
        let mut all = case.artifacts();
        all.retain(|one| one["source"] == source);
        let keys = ["kind", "name", "path", "hash", "description"];
        all.iter().map(|one| keys.map(|key| one[key].clone())).collect()
    };
    assert_eq!(of("far").len(), 3, "{:?}", case.ids());
    assert_eq!(of("far"), of("near"));
}

#[test]
fn include_exclude_and_ref_choose_what_is_taken() {
    with_vendor!(case, vendor);
    vendor.git(&["tag", "v1"]);
    vendor.skill("skills/xlsx", "Reads XLSX").skill("drafts/later", "Not yet").commit();
    let source = |rest: &str| {
        case.config(&format!("sources:\n  vendor: {{git: \"{}\", {rest}}}\n", vendor.url()));
        case.remove_if_there("collections");
        case.remove_if_there("skillmeat.lock");
        case.synced().ids()
    };
    assert_eq!(source("ref: v1"), ["vendor/skill/docx", "vendor/skill/pdf"]);
    assert_eq!(
        source("include: [\"skills/**\"], exclude: [\"skills/d*/**\"]"),
        ["vendor/skill/pdf", "vendor/skill/xlsx"]
    );
}

#[test]
fn what_a_source_no_longer_has_stays_as_a_tombstone() {
    with_vendor!(case, vendor);
    case.write(
        "collections/team/groups/documents.yaml",
        "title: Documents\nmembers:\n  vendor/skill/pdf: {rank: 10}\n",
    );
    case.synced().built();
    vendor.remove("skills/pdf").commit();
    case.synced();
    assert!(case.read("skillmeat.lock").contains("removed: 2026-01-01"), "the lock says when");
    let ran = case.run("build");
    ran.ends(0).tells("warning[SM204]", "collections/team/groups/documents.yaml:3");
    let page = case.read("public/a/vendor/skill/pdf/index.html");
    assert!(page.to_lowercase().contains("removed"), "{page}");
    case.run("check").ends(0);
    case.run("check --strict").ends(1);
    case.run("build --strict").ends(1);

    // It is not new, nor warned of, once it is back.
    vendor.skill("skills/pdf", "Reads PDF").commit();
    case.synced();
    assert_eq!(case.run("build").ends(0).told(), []);
}

#[test]
fn after_a_sync_a_build_needs_no_remote() {
    with_vendor!(case, vendor);
    case.synced().built();
    let site = case.site();
    case.remove("../vendor").remove("public");
    let mut case = case;
    case.set("SKILLMEAT_OFFLINE", "1");
    case.built();
    assert_eq!(case.site(), site);
    let tracked = case.tracked();
    case.run("sync").ends(0);
    assert_eq!(case.tracked(), tracked);
}

#[test]
fn locked_takes_what_the_lock_names_and_writes_no_tracked_file() {
    with_vendor!(case, vendor);
    case.synced().built();
    let (tracked, site) = (case.tracked(), case.site());
    vendor.skill("skills/pdf", "Reads PDF anew").skill("skills/xlsx", "New").commit();

    // A machine that has only the repository.
    case.remove("../cache").remove("public");
    case.run("sync --locked").ends(0);
    case.built();
    assert_eq!((case.tracked(), case.site()), (tracked.clone(), site.clone()));

    // Build alone fetches what the lock names, too.
    case.remove("../cache").remove("public");
    case.built();
    assert_eq!((case.tracked(), case.site()), (tracked, site));

    case.run("sync").ends(0);
    assert!(case.ids().contains(&"vendor/skill/xlsx".to_owned()));
}

#[test]
fn locked_says_no_when_the_lock_cannot_be_met() {
    with_vendor!(case, _vendor);
    case.synced();
    let tracked = case.tracked();
    case.remove("../vendor").remove("../cache");
    case.run("sync --locked").ends(1);
    assert_eq!(case.tracked(), tracked);
}

#[test]
fn a_source_that_fails_keeps_its_old_data_and_the_others_go_on() {
    with_vendor!(case, _vendor);
    case.synced().built();
    let old = case.listed("hash");
    case.remove("../vendor");
    case.skill("content/artifacts/skills/second", "Another one");
    let ran = case.run("sync");
    ran.ends(3).tells("error[SM4", "skillmeat.yaml:4");
    let mut new = case.listed("hash");
    assert!(new.remove("local/skill/second").is_some());
    assert_eq!(new, old);
    case.built();
    assert!(case.exists("public/a/local/skill/second/index.html"));
    assert!(case.exists("public/a/vendor/skill/pdf/index.html"));
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    with_vendor!(case, _vendor);
    let before = case.files(".");
    let ran = case.run("sync --dry-run");
    ran.ends(0);
    assert!(format!("{}{}", ran.out, ran.err).contains("vendor"), "{}{}", ran.out, ran.err);
    assert_eq!(case.files("."), before);
}

#[test]
fn sync_keeps_what_people_wrote_in_collections() {
    with_vendor!(case, vendor);
    let text = "# ours\ntitle:   'Team'   # kept\n\ninclude:\n- {source: vendor}\n";
    case.write("collections/team/collection.yaml", text);
    case.synced();
    vendor.skill("skills/xlsx", "New").commit();
    case.synced();
    assert_eq!(case.read("collections/team/collection.yaml"), text);
}
