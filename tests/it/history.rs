//! What artifacts were before: followed through commits, the same on every machine, fetched when the
//! cache lacks it.

use serde_json::{Value, json};

use crate::case::{Case, Repository};

/// The versions of an artifact as the site's JSON tells them, without ids of commits and dates.
fn versions(case: &Case, name: &str) -> Vec<Value> {
    let text = case.read(&format!("public/api/v1/a/{name}.json"));
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let told = |one: &Value| {
        let files: Vec<String> = one["files"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|file| {
                let from = file["from"].as_str().map(|from| format!(" from {from}"));
                let (how, path) = (file["how"].as_str(), file["path"].as_str());
                format!(
                    "{} {}{}",
                    how.expect("how"),
                    path.expect("a path"),
                    from.unwrap_or_default()
                )
            })
            .collect();
        json!([one["subject"], one["version_before"], one["version"], files])
    };
    value["history"]["versions"].as_array().into_iter().flatten().map(told).collect()
}

fn page(case: &Case, name: &str) -> String {
    case.read(&format!("public/a/{name}/index.html"))
}

fn skill(version: &str, text: &str) -> String {
    format!("---\nname: pdf\ndescription: Reads\nversion: {version}\n---\n{text}\n")
}

/// A repository whose skill was moved, changed on two branches, and merged.
fn vendor(case: &Case) -> Repository<'_> {
    let vendor = case.repository("vendor");
    let commit = |message: &str| {
        vendor.git(&["add", "-A"]);
        vendor.git(&["commit", "-q", "-m", message]);
    };
    vendor.write("old/pdf/SKILL.md", &skill("1.0.0", "One")).write("old/pdf/run.sh", "run\n");
    vendor.write("agents/a.md", "---\nname: a\ndescription: An agent\n---\nHelps\n");
    commit("First");
    vendor.git(&["mv", "old", "skills"]);
    vendor.git(&["mv", "agents/a.md", "agents/b.md"]);
    commit("Move all");
    vendor.git(&["checkout", "-q", "-b", "side"]);
    vendor.write("skills/pdf/run.sh", "run there\n");
    commit("On the side");
    vendor.git(&["checkout", "-q", "main"]);
    vendor.write("skills/pdf/SKILL.md", &skill("1.1.0", "Two <b>"));
    commit("Second\n\nWith much to say.");
    vendor.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
    vendor.write("other.txt", "x");
    commit("Nothing of it");
    case.config(&format!("sources:\n  vendor: {{git: \"{}\"}}\n", vendor.url()));
    vendor
}

#[test]
fn an_artifact_is_followed_through_moves_and_merges() {
    let case = Case::empty();
    vendor(&case);
    case.synced().built();
    assert_eq!(
        versions(&case, "vendor/skill/pdf"),
        [
            json!(["Second", "1.0.0", "1.1.0", ["changed skills/pdf/SKILL.md"]]),
            json!(["On the side", null, null, ["changed skills/pdf/run.sh"]]),
            json!([
                "Move all",
                null,
                null,
                [
                    "moved skills/pdf/SKILL.md from old/pdf/SKILL.md",
                    "moved skills/pdf/run.sh from old/pdf/run.sh",
                ]
            ]),
            json!(["First", null, null, ["added old/pdf/SKILL.md", "added old/pdf/run.sh"]]),
        ]
    );
    assert_eq!(
        versions(&case, "vendor/agent/b"),
        [
            json!(["Move all", null, null, ["moved agents/b.md from agents/a.md"]]),
            json!(["First", null, null, ["added agents/a.md"]]),
        ]
    );
    let page = page(&case, "vendor/skill/pdf");
    for part in [
        "<del>-version: 1.0.0\n</del><ins>+version: 1.1.0\n</ins>",
        "<ins>+Two &lt;b&gt;\n</ins>",
        "v1.0.0 → 1.1.0",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn every_machine_tells_the_same_history() {
    let mut case = Case::empty();
    vendor(&case);
    case.synced().built();
    let here = case.site();
    // Another cache, and one more that comes to the commit by way of an earlier one.
    case.set("SKILLMEAT_CACHE_DIR", "../elsewhere");
    case.run("build --locked").ends(0);
    assert_eq!(case.site(), here);
    let (lock, config) = (case.read("skillmeat.lock"), case.read("skillmeat.yaml"));
    let vendor = case.repository("vendor");
    vendor.write("skills/pdf/SKILL.md", &skill("2.0.0", "Three")).commit();
    case.write("../second/skillmeat.yaml", &config);
    case.run("-C ../second sync").ends(0);
    case.set("SKILLMEAT_CACHE_DIR", "../third");
    case.run("-C ../second sync").ends(0);
    case.run("build --locked").ends(0);
    assert_eq!(case.site(), here);
    assert_eq!(case.read("skillmeat.lock"), lock);
}

#[test]
fn a_history_that_the_cache_lacks_is_worked_out_again_or_its_absence_told() {
    let case = Case::empty();
    vendor(&case);
    case.synced().built();
    let site = case.site();
    let forget = || {
        let db = rusqlite::Connection::open(case.path("../cache/artifacts.db")).expect("opened");
        let gone = db.execute("DELETE FROM cache_metadata WHERE name LIKE 'history %'", []);
        assert_eq!(gone.expect("deleted"), 1);
    };
    forget();
    case.run("build --offline").ends(0);
    assert_eq!(case.site(), site, "the clone has it");
    forget();
    case.remove("../cache/git");
    let gone = case.path("../away");
    std::fs::rename(case.path("../vendor"), &gone).expect("moved");
    let told = case.run("build");
    told.ends(0).tells("warning[SM528]", "");
    case.run("build --locked").ends(2).tells("error[SM527]", "");
    assert!(page(&case, "vendor/skill/pdf").contains("not known here"));
    std::fs::rename(gone, case.path("../vendor")).expect("moved back");
    case.run("build --locked").ends(0);
    assert_eq!(case.site(), site);
}

#[test]
fn a_second_sync_works_nothing_out() {
    let case = Case::empty();
    vendor(&case);
    case.synced();
    let kept = || {
        let db = rusqlite::Connection::open(case.path("../cache/artifacts.db")).expect("opened");
        let sql = "SELECT group_concat(id || ' ' || name || ' ' || value, '\n') FROM (SELECT * \
                   FROM cache_metadata WHERE name LIKE 'history %' OR name LIKE 'used %')";
        db.query_row(sql, [], |row| row.get::<_, String>(0)).expect("there")
    };
    let before = kept();
    let again = case.run("sync --json").ends(0).json();
    assert_eq!(again["sources"][0]["parsed"], 0);
    assert_eq!(again["sources"][0]["written"], 0);
    assert_eq!(kept(), before);
}

#[test]
fn of_a_folder_elsewhere_the_lock_names_what_syncs_saw() {
    let mut case = Case::empty();
    case.config("sources:\n  side: {path: ../side}\n");
    case.write("../side/skills/pdf/SKILL.md", &skill("1.0.0", "One")).synced();
    assert!(!case.read("skillmeat.lock").contains("was:"));
    case.set("SOURCE_DATE_EPOCH", "1769904000");
    case.write("../side/skills/pdf/SKILL.md", &skill("1.1.0", "Two")).synced();
    case.set("SOURCE_DATE_EPOCH", "1772323200");
    case.write("../side/skills/pdf/more.md", "More\n").synced();
    let lock = case.read("skillmeat.lock");
    let line = lock.lines().find(|line| line.contains("side/skill/pdf")).expect("a line");
    let (_, was) = line.split_once("was: ").expect("a list");
    let items: Vec<String> = serde_json::from_str(was.trim_end_matches('}')).expect("a list");
    let words: Vec<&str> =
        items.iter().map(|item| item.split_once(' ').expect("words").1).collect();
    assert_eq!(words, ["2026-02-01 1.1.0", "2026-01-01 1.0.0"], "{line}");
    case.synced().built();
    assert_eq!(case.read("skillmeat.lock"), lock, "nothing is new");
    assert_eq!(
        versions(&case, "side/skill/pdf"),
        [
            json!(["", "1.1.0", "1.1.0", ["added more.md"]]),
            json!(["", "1.0.0", "1.1.0", ["changed SKILL.md"]]),
            json!(["First seen", null, "1.0.0", []]),
        ]
    );
    let shown = "<del>-One\n</del><ins>+Two\n</ins>";
    assert!(page(&case, "side/skill/pdf").contains(shown));
    // A season later the cache still has what the lock names.
    case.set("SOURCE_DATE_EPOCH", "1782000000");
    case.synced();
    case.set("SOURCE_DATE_EPOCH", "1791000000");
    case.synced().built();
    assert!(page(&case, "side/skill/pdf").contains(shown));
    // Another machine has the same list, and what it changed nowhere.
    case.set("SKILLMEAT_CACHE_DIR", "../elsewhere");
    case.run("sync --locked").ends(0);
    case.built();
    let page = page(&case, "side/skill/pdf");
    assert!(page.contains("v1.0.0 → 1.1.0") && page.contains("not in the cache"), "{page}");
}
