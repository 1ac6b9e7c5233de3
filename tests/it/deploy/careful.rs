//! What is asked before it is done: copies that somebody changed, and what would run.

use super::{catalog, deployed, files, told};
use crate::case::Case;

const COPY: &str = "../shop/.claude/skills/report/SKILL.md";
const SOURCE: &str = "content/artifacts/skills/report/SKILL.md";

/// The commands that the help of a problem says to paste.
fn pasted(err: &str) -> Vec<Vec<String>> {
    let lines = err.lines().filter_map(|line| line.trim().strip_prefix("skillmeat "));
    let words = lines.map(|line| line.split('#').next().unwrap_or(line).split_whitespace());
    words.map(|words| words.map(str::to_owned).collect()).collect()
}

fn with(line: &str, old: &str, new: &str) -> String {
    assert!(line.contains(old));
    line.replace(old, new)
}

#[test]
fn a_copy_that_somebody_changed_becomes_what_they_choose_by_pasting() {
    for (moves, choice, at_end) in [
        (false, "source", "source"),
        (true, "keep", "here"),
        (true, "source", "source"),
        (true, "merge", "both"),
    ] {
        let case = catalog();
        let long: String = ('a'..='p').map(|c| format!("{c}\n")).collect();
        case.write(SOURCE, &format!("---\nname: report\n---\n{long}")).run("sync").ends(0);
        deployed(&case, "deploy report ship", "shop");
        let here = with(&with(&case.read(COPY), "b\n", "B here\n"), "o\n", "O\n");
        case.write(COPY, &here);
        if moves {
            let text = with(&with(&case.read(SOURCE), "b\n", "B source\n"), "j\n", "J\n");
            case.write(SOURCE, &text);
        }
        case.run("sync").ends(0);
        let before = files(&case, "shop");
        let verb = if moves { "update" } else { "deploy" };
        let refused = case.run(&format!("{verb} report --project shop -y"));
        refused.ends(1).tells("error[SM661]", ".claude/skills/report");
        assert_eq!(files(&case, "shop"), before);
        let commands = pasted(&refused.err);
        let words: Vec<&str> = commands.iter().map(|it| it.last().map_or("", |it| it)).collect();
        assert_eq!(words, ["keep", "source", "merge", "shop"]);
        let chosen = commands.iter().find(|it| it.last().is_some_and(|it| it == choice));
        let mut chosen: Vec<&str> = chosen.expect("offered").iter().map(String::as_str).collect();
        chosen.push("-y");
        let ran = case.run_args(&chosen);
        ran.ends(0);
        let source = case.read(SOURCE);
        let merged = with(
            &with(&here, "j\n", "J\n"),
            "B here\n",
            "<<<<<<< here\nB here\n=======\nB source\n>>>>>>> source\n",
        );
        let wanted = match at_end {
            "here" => &here,
            "source" => &source,
            _ => &merged,
        };
        assert_eq!(case.read(COPY), *wanted, "{choice}");
        assert_eq!(ran.err.contains("warning[SM664]: 1 place"), at_end == "both", "{}", ran.err);
        // The copy of before is in the receipt.
        case.run("rollback --project shop -y").ends(0);
        assert_eq!(files(&case, "shop"), before);
    }
}

#[test]
fn what_would_run_is_agreed_to_by_the_digest_of_that_very_plan() {
    let mut case = catalog();
    let order = "deploy report guard files --project shop";
    let nothing = files(&case, "shop");
    case.run("deploy report --project shop").ends(1).tells("error[SM660]", "");
    let refused = case.run(&format!("{order} -y"));
    refused.ends(1).tells("error[SM662]", "");
    let plan = case.run(&format!("{order} -n"));
    let told_apart = "An agent would run because of it\n  \
                      local/hook/guard, PreToolUse on Edit\n    ";
    assert!(plan.ends(0).out.contains(told_apart), "{}", plan.out);
    assert!(plan.out.contains("    npx files .\n    with TOKEN\n"), "{}", plan.out);
    // A byte of what would run is another plan.
    let pasted = pasted(&refused.err).pop().expect("a command");
    let words: Vec<&str> = pasted.iter().map(String::as_str).collect();
    let script = "content/artifacts/hooks/guard/guard.sh";
    case.write(script, "#!/bin/sh\nexit 1\n");
    case.run_args(&words).ends(1).tells("error[SM662]", "");
    assert_eq!(files(&case, "shop"), nothing);
    // The same one stands, also later.
    case.write(script, "#!/bin/sh\nexit 0\n");
    case.set("SOURCE_DATE_EPOCH", "1767229200");
    case.run_args(&words).ends(0);
    // What was agreed to once may come again; plain files need no digest.
    case.run("undeploy guard --project shop -y").ends(0);
    case.run("deploy guard ship --project shop -y").ends(0);
    assert!(case.exists("../shop/.claude/hooks/guard/guard.sh"));
}

#[test]
fn text_that_hides_is_shown_and_written_only_when_that_is_said() {
    let case = catalog();
    case.write(SOURCE, "---\nname: report\n---\nnow \u{202e}reversed\n").run("sync").ends(0);
    let plan = case.run("deploy report --project shop -n");
    assert!(plan.ends(1).out.contains("+now \\u{202e}reversed"), "{}", plan.out);
    assert!(plan.out.contains("\n  .claude/skills/report/SKILL.md:4:5 \\u{202e}\n"));
    case.run("deploy report --project shop -y").ends(2).tells("error[SM643]", "");
    assert!(!case.exists(COPY));
    case.run("deploy report --project shop -y --allow-hidden").ends(0);
    assert!(case.read(COPY).contains("now \u{202e}reversed"));
}

#[test]
fn undeploying_leaves_what_a_person_made() {
    let case = catalog();
    deployed(&case, "deploy report ship files", "shop");
    let servers = case.read("../shop/.mcp.json").replacen("{\n", "{\n  \"own\": 1,\n", 1);
    case.write("../shop/.mcp.json", &servers);
    case.write("../shop/.claude/skills/report/notes.md", "mine\n");
    case.write("../shop/.claude/skills/report/no-end.txt", "edited\n");
    let undeployed = told(case.run("undeploy report files --project shop -y --json").ends(0));
    let note = undeployed["steps"][0]["note"].as_str();
    assert_eq!(note, Some("2 files were changed here, and stay"));
    let left: Vec<String> = files(&case, "shop").into_keys().collect();
    let wanted = [
        ".claude/.skillmeat-deployed.toml",
        ".claude/commands/ship.md",
        ".claude/skills/report/no-end.txt",
        ".claude/skills/report/notes.md",
        ".mcp.json",
    ];
    assert_eq!(left, wanted);
    assert_eq!(
        case.read("../shop/.mcp.json").trim_end(),
        "{\n  \"own\": 1,\n  \"mcpServers\": {}\n}"
    );
    let record = case.read("../shop/.claude/.skillmeat-deployed.toml");
    assert_eq!(record.matches("[[deployed]]").count(), 1, "{record}");
}

#[test]
fn a_name_that_nobody_knows_is_asked_back() {
    let case: Case = catalog();
    for (words, code, help) in [
        ("deploy report --project shp -n", "SM431", "did you mean `shop`?"),
        ("deploy reprt --project shop -n", "SM203", "`skillmeat list` prints the ids there are"),
        (
            "undeploy report --project shop",
            "SM631",
            "nothing to undeploy: `skillmeat status --project shop`",
        ),
        ("diff report --project shop", "SM631", "`skillmeat status --project shop` lists what is"),
        (
            "rollback --project shop",
            "SM669",
            "`skillmeat deployments log --project shop` lists what this machine deployed",
        ),
        (
            "rollback --project shop --to 7 -n",
            "SM642",
            "see those there are: `skillmeat deployments log --project shop`",
        ),
    ] {
        let told = case.run(words).ends(2).tells(&format!("error[{code}]"), "");
        assert_eq!(told.help, help, "{words}");
    }
}

#[test]
fn a_project_is_named_and_forgotten_by_its_own_line_alone() {
    let case = Case::empty();
    let text = "# ours\nversion: 1\nsources:\n  local: {path: a}\nprojects:\n  # the first\n  shop: {path: ../shop}\n\n";
    case.write("skillmeat.yaml", text).write("../api/x", "");
    let add = "project add api ../api --git https://x.example/api";
    let line = "  api: {path: ../api, git: \"https://x.example/api\"}";
    let shown = case.run(&format!("{add} -n"));
    assert!(shown.ends(0).out.contains(&format!("\n+{line}\n")), "{}", shown.out);
    assert_eq!(case.read("skillmeat.yaml"), text);
    case.run(add).ends(0);
    assert_eq!(case.read("skillmeat.yaml"), text.replace("shop}\n", &format!("shop}}\n{line}\n")));
    case.run(add).ends(2).tells("error[SM671]", "");
    let list = case.run("project list --json").ends(0).json();
    let here = ["shop", "api"].map(|name| {
        let all = list["projects"].as_array().expect("projects");
        all.iter().find(|it| it["name"] == name).map(|it| it["here"] == true)
    });
    assert_eq!(here, [Some(false), Some(true)]);
    case.run("project remove api").ends(0);
    assert_eq!(case.read("skillmeat.yaml"), text);
}

/// By the first digits of a commit in its history, or by the whole id of any.
#[test]
fn an_artifact_is_deployed_as_it_was_at_a_commit_and_then_brought_up_to_date() {
    let case = Case::empty();
    let vendor = case.repository("vendor");
    let first = vendor.skill("skills/pdf", "Reads PDF").commit();
    let second = vendor.skill("skills/pdf", "Reads and writes PDF").commit();
    let vendor = vendor.url();
    std::fs::create_dir_all(case.path("../shop")).expect("made");
    let sources = format!("sources:\n  vendor: {{git: \"{vendor}\"}}\n");
    case.config(&format!("{sources}projects:\n  shop: {{path: ../shop}}\n")).synced();
    let copy = "../shop/.claude/skills/pdf/SKILL.md";
    for commit in [&first[..7], &first, &second] {
        case.run(&format!("deploy pdf --project shop --at {commit} -y")).ends(0);
        let wanted = if commit == second { "Reads and writes PDF" } else { "Reads PDF" };
        assert!(case.read(copy).contains(wanted), "{commit}");
        let status = case.run("status --project shop --json").json();
        let wanted = if commit == second { "in-sync" } else { "outdated" };
        assert_eq!(status["deployments"][0]["state"], wanted, "{commit}");
    }
    case.run("deploy pdf --project shop --at abcdef1 -y").ends(2).tells("error[SM640]", "");
}
