//! Receipts: what was done is listed, and taken back byte for byte.

use serde_json::Value;

use crate::deploy::{catalog, deployed, files};

#[test]
fn a_project_goes_back_to_each_receipt_and_the_log_says_so() {
    let case = catalog();
    let mut states = vec![(0, files(&case, "shop"))];
    let mut note = |words: &str| {
        let receipt = deployed(&case, words, "shop")["receipt"].as_i64().expect("a receipt");
        states.push((receipt, files(&case, "shop")));
    };
    note("deploy report files");
    note("deploy ship guard");
    case.write("content/artifacts/commands/ship.md", "---\ndescription: Ships\n---\nGo\n");
    case.run("sync").ends(0);
    note("update");
    note("undeploy report");
    for (receipt, wanted) in states.iter().rev() {
        deployed(&case, &format!("rollback --to {receipt}"), "shop");
        assert_eq!(files(&case, "shop"), *wanted, "to {receipt}");
    }
    // The last of them, which took all away, is taken back: that is `last` as well.
    case.run("rollback --project shop -y").ends(0);
    let log = case.run("deployments log --project shop --json").ends(0).json();
    let receipts = log["receipts"].as_array().expect("receipts");
    assert_eq!(receipts.len(), 9, "{log}");
    let (newest, before, first) = (&receipts[0], &receipts[1], &receipts[8]);
    assert_eq!(newest["message"], "Undone: Rolled shop back to before the first receipt");
    assert_eq!([&newest["undoes"], &before["undone_by"]], [&before["id"], &newest["id"]]);
    assert_eq!(first["message"], "Deployed local/skill/report and 1 more to shop");
    let paths: Vec<&Value> =
        first["files"].as_array().expect("files").iter().map(|it| &it["path"]).collect();
    assert_eq!(paths[..2], [".claude/.skillmeat-deployed.toml", ".claude/skills/report/SKILL.md"]);
    let lines = case.run("deployments log --limit 2").ends(0).out.clone();
    assert!(lines.contains("2026-01-01 00:00  shop"), "{lines}");
}
