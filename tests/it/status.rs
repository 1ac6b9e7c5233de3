//! What is deployed where, and what wants attention.

use serde_json::json;

use crate::deploy::{catalog, deployed};

#[test]
fn what_wants_attention_most_comes_first_and_says_why() {
    let case = catalog();
    case.config(
        "sources:\n  local: {path: content/artifacts}\nprojects:\n  shop: {path: ../shop}\n  \
         api: {path: ../api}\n  far: {path: ../far}\n",
    );
    deployed(&case, "deploy report ship", "shop");
    deployed(&case, "deploy report critic", "api");
    case.run("status --exit-code").ends(0);
    case.write("../api/.claude/skills/report/SKILL.md", "mine\n")
        .remove("../shop/.claude/commands/ship.md");
    case.run("sync").ends(0);
    let status = case.run("status --exit-code");
    let table: Vec<Vec<&str>> = status
        .ends(1)
        .out
        .lines()
        .skip(2)
        .map(|line| line.split("  ").filter(|it| !it.is_empty()).collect())
        .collect();
    let (missing, modified) = (&table[0], &table[1]);
    let found = [&missing[..5], &modified[..5], &table[2][..], &table[3][..]];
    let wanted: [&[&str]; 4] = [
        &["shop", "Missing", "local/command/ship", "claude_code", ".claude/commands/ship.md"],
        &["api", "Modified locally", "local/skill/report", "claude_code", ".claude/skills/report"],
        &["shop", "In sync", "local/skill/report", "claude_code", ".claude/skills/report"],
        &["api", "In sync", "local/agent/critic", "claude_code", ".claude/agents/critic.md"],
    ];
    assert_eq!(
        found.map(|row| row.iter().map(|it| it.trim()).collect::<Vec<_>>()),
        wanted.map(<[&str]>::to_vec)
    );
    assert!(missing.len() == 6 && modified.len() == 6, "each has a reason: {table:?}");
    let said = "4 deployments: 1 missing, 1 modified locally, 2 in sync\n\
                1 of 3 projects cannot be looked at from here: `far`\n";
    assert!(status.err.contains(said), "{}", status.err);
    let json = case.run("status --project shop --json").ends(0).json();
    let one = &json["deployments"][0];
    assert_eq!(one["reason"].as_str(), json["deployments"][0]["reason"].as_str());
    let keys = ["project", "id", "state", "path", "by", "candidates"].map(|key| one[key].clone());
    let wanted =
        json!(["shop", "local/skill/report", "in-sync", ".claude/skills/report", "skillmeat", []]);
    assert_eq!(json!(keys), wanted);
}
