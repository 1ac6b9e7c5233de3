//! Deploying to projects: what is planned is what is done, and nothing that a person changed is lost.

mod careful;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use crate::case::{Case, Files, Ran, sha256};
use crate::replay::fixture;

/// A catalog with an artifact of each kind, and two empty projects beside it.
pub fn catalog() -> Case {
    let case = Case::empty();
    case.config(
        "sources:\n  local: {path: content/artifacts}\n\
         projects:\n  shop: {path: ../shop}\n  api: {path: ../api}\n",
    );
    let top = "content/artifacts";
    case.skill(&format!("{top}/skills/report"), "Writes a report");
    case.write(&format!("{top}/skills/report/bin/make.sh"), "#!/bin/sh\necho made\n");
    run_bit(&case, &format!("{top}/skills/report/bin/make.sh"), true);
    case.write(&format!("{top}/skills/report/no-end.txt"), "one\ntwo\nthree");
    case.write(&format!("{top}/skills/report/empty.txt"), "");
    let about = |name: &str| format!("---\nname: {name}\ndescription: Helps\n---\n\nHelp.\n");
    case.write(&format!("{top}/commands/ship.md"), &about("ship"));
    case.write(&format!("{top}/agents/critic.md"), &about("critic"));
    let hooks = r#"{"hooks": {"PreToolUse": [{"matcher": "Edit", "hooks": [
        {"type": "command", "command": "\"${CLAUDE_PLUGIN_ROOT}\"/guard.sh"}]}]}}"#;
    case.write(&format!("{top}/hooks/guard/hooks.json"), hooks);
    case.write(&format!("{top}/hooks/guard/guard.sh"), "#!/bin/sh\nexit 0\n");
    let servers = r#"{"mcpServers": {"files": {"command": "npx", "args": ["files", "."],
        "env": {"TOKEN": "${FILES_TOKEN}"}}}}"#;
    case.write(&format!("{top}/.mcp.json"), servers);
    let plugin = format!("{top}/plugins/care");
    case.write(&format!("{plugin}/.claude-plugin/plugin.json"), r#"{"name": "care"}"#);
    case.skill(&format!("{plugin}/skills/tidy"), "Tidies up");
    case.write(&format!("{plugin}/commands/sweep.md"), &about("sweep"));
    for project in ["shop", "api"] {
        fs::create_dir_all(case.path(&format!("../{project}"))).expect("a project");
    }
    case.run("sync").ends(0);
    case
}

pub fn run_bit(case: &Case, path: &str, is_set: bool) {
    let mode = fs::Permissions::from_mode(if is_set { 0o755 } else { 0o644 });
    fs::set_permissions(case.path(path), mode).expect("changed");
}

/// The files of a project, with `x` before the hash of those that can be run.
pub fn files(case: &Case, project: &str) -> Files {
    let dir = format!("../{project}");
    let mut files = case.files(&dir);
    for (path, hash) in &mut files {
        let meta = fs::metadata(case.path(&format!("{dir}/{path}"))).expect("there");
        if meta.permissions().mode() & 0o111 != 0 {
            hash.insert(0, 'x');
        }
    }
    files.retain(|path, _| !path.starts_with(".git/"));
    files
}

/// The only project that a command told of as JSON.
pub fn told(ran: &Ran) -> Value {
    let json = ran.json();
    let projects = json["projects"].as_array().expect("a list");
    assert_eq!(projects.len(), 1, "{json}");
    projects[0].clone()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Looks at an order, agrees to exactly that, and checks that just that was done.
pub fn deployed(case: &Case, words: &str, project: &str) -> Value {
    let mut wanted = files(case, project);
    let plan = told(case.run(&format!("{words} --project {project} -n --json")).ends(0));
    assert_eq!(files(case, project), wanted, "`-n` writes nothing");
    for file in plan["files"].as_array().expect("files") {
        let path = text(file, "path");
        let is_executable = file["executable"] == true;
        match file["after"].as_str() {
            Some(hash) => {
                let hash = hash.trim_start_matches("sha256:");
                let hash = format!("{}{hash}", if is_executable { "x" } else { "" });
                wanted.insert(path.to_owned(), hash);
            }
            None => {
                wanted.remove(path);
            }
        }
    }
    let consent = text(&plan, "digest");
    let done =
        told(case.run(&format!("{words} --project {project} --consent {consent} --json")).ends(0));
    assert_eq!(files(case, project), wanted, "{words}");
    done
}

#[test]
fn for_each_agent_what_is_planned_is_what_is_then_on_disk() {
    let case = catalog();
    let all = ["skill:report", "command:ship", "agent:critic", "hook:guard", "mcp:files"];
    let plugin = ["tidy", "sweep"];
    for (agent, places) in [
        (
            "claude_code",
            ".claude/skills/report/SKILL.md .claude/commands/ship.md .claude/agents/critic.md \
             .claude/hooks/guard/guard.sh .claude/settings.json .mcp.json \
             .claude/.skillmeat-deployed.toml .claude/skills/tidy/SKILL.md \
             .claude/commands/sweep.md",
        ),
        (
            "codex",
            ".agents/skills/report/SKILL.md .codex/config.toml .agents/.skillmeat-deployed.toml \
             .codex/.skillmeat-deployed.toml",
        ),
        (
            "gemini",
            ".gemini/skills/report/SKILL.md .gemini/settings.json .gemini/.skillmeat-deployed.toml",
        ),
        (
            "cursor",
            ".cursor/skills/report/SKILL.md .cursor/commands/ship.md .cursor/agents/critic.md \
             .cursor/mcp.json .cursor/.skillmeat-deployed.toml .cursor/skills/tidy/SKILL.md \
             .cursor/commands/sweep.md",
        ),
        (
            "copilot",
            ".github/skills/report/SKILL.md .github/prompts/ship.prompt.md \
             .github/agents/critic.agent.md .vscode/mcp.json .github/.skillmeat-deployed.toml \
             .github/skills/tidy/SKILL.md .github/prompts/sweep.prompt.md",
        ),
    ] {
        let has_commands = !["codex", "gemini"].contains(&agent);
        let (fitting, others): (Vec<&str>, Vec<&str>) =
            all.into_iter().partition(|id| match id.split_once(':').expect("a kind").0 {
                "hook" => agent == "claude_code",
                "command" | "agent" => has_commands,
                _ => true,
            });
        let mut ids = fitting.join(" ");
        if has_commands {
            ids += " plugin:care";
        }
        let done = deployed(&case, &format!("deploy {ids} --profile {agent}"), "shop");
        let found: BTreeSet<String> = files(&case, "shop").into_keys().collect();
        let report = ["bin/make.sh", "no-end.txt", "empty.txt"];
        let (dir, _) = places.split_once("/SKILL.md").expect("a skill");
        let mut wanted: BTreeSet<String> = places.split_whitespace().map(str::to_owned).collect();
        wanted.extend(report.map(|file| format!("{dir}/{file}")));
        assert_eq!(found, wanted, "{agent}");
        let n_steps = fitting.len() + if has_commands { plugin.len() } else { 0 };
        assert_eq!(done["steps"].as_array().map(Vec::len), Some(n_steps));
        for id in others {
            let words = format!("deploy {id} --project shop --profile {agent} -y");
            case.run(&words).ends(2).tells("error[SM632]", "");
        }
        // Each agent begins with nothing; what was there goes back to nothing.
        case.run("rollback --project shop --to 0 -y").ends(0);
        assert_eq!(files(&case, "shop"), Files::new(), "{agent}");
    }
}

#[test]
fn a_printed_plan_is_a_patch_that_git_applies() {
    let case = catalog();
    let ids = "report ship guard files";
    let apply = |patch: &str| {
        case.write("../patch", patch);
        let mut git = Command::new("git");
        let git = git.args(["apply", "../patch"]).current_dir(case.path("../api"));
        let done = git.env("GIT_CEILING_DIRECTORIES", case.path("../")).output().expect("git runs");
        assert!(done.status.success(), "{}\n{patch}", String::from_utf8_lossy(&done.stderr));
    };
    apply(&case.run(&format!("deploy {ids} --project shop -n")).ends(0).out);
    deployed(&case, &format!("deploy {ids}"), "shop");
    assert_eq!(files(&case, "api"), files(&case, "shop"));
    let top = "content/artifacts/skills/report";
    case.write(&format!("{top}/no-end.txt"), "one\n2\nthree\nfour")
        .remove(&format!("{top}/empty.txt"));
    case.write(&format!("{top}/new.md"), "new\n");
    run_bit(&case, &format!("{top}/bin/make.sh"), false);
    case.run("sync").ends(0);
    apply(&case.run("update report --project shop -n").ends(0).out);
    deployed(&case, "update", "shop");
    assert_eq!(files(&case, "api"), files(&case, "shop"));
}

#[test]
fn a_record_has_what_skillmeat_writes() {
    let Some(fixture) = fixture() else { return };
    let case = Case::empty();
    crate::skillmeat::copy(&fixture.join("collections/default"), &case.path("../default"));
    case.config("sources:\n  default: {path: ../default}\nprojects:\n  shop: {path: ../shop}\n");
    fs::create_dir_all(case.path("../shop")).expect("a project");
    case.run("sync").ends(0);
    let ids = "brainstorming test-driven-development django-pro team-lead";
    case.run(&format!("deploy {ids} --project shop -y")).ends(0);
    let theirs = fixture.join("projects/web-shop/.claude/.skillmeat-deployed.toml");
    let theirs = blocks(&fs::read_to_string(theirs).expect("read"));
    let ours = blocks(&case.read("../shop/.claude/.skillmeat-deployed.toml"));
    assert_eq!(ours.len(), 4);
    for (name, block) in ours {
        assert_eq!(block, theirs[&name], "{name}");
    }
}

#[test]
fn what_skillmeat_deployed_is_brought_up_to_date_as_our_own() {
    let Some(fixture) = fixture() else { return };
    let case = crate::skillmeat::store(&fixture);
    case.run("sync").ends(0);
    let recorded = crate::skillmeat::recorded_states();
    assert_eq!(crate::skillmeat::states(&case), recorded);
    case.run("update --all-projects -y").ends(0);
    let mut wanted = recorded;
    wanted.insert("web-shop skill writing-plans".into(), "in-sync".into());
    assert_eq!(crate::skillmeat::states(&case), wanted);
    let order = "systematic-debugging --project data-pipeline -y";
    case.run(&format!("update {order}")).ends(1);
    case.run(&format!("update {order} --choice source")).ends(0);
    case.run("deploy writing-skills --project data-pipeline -y").ends(0);
    for name in ["systematic-debugging", "writing-skills"] {
        wanted.insert(format!("data-pipeline skill {name}"), "in-sync".into());
    }
    assert_eq!(crate::skillmeat::states(&case), wanted);
    case.run("sync").ends(0);
    assert_eq!(crate::skillmeat::states(&case), wanted, "a sync finds the same");
}

/// The entries of a record by name, without times and what says that somebody edited.
fn blocks(record: &str) -> BTreeMap<String, String> {
    let is_kept = |line: &&str| !line.contains("_at = ") && !line.is_empty();
    let block = |text: &str| {
        let lines: Vec<&str> = text.lines().filter(is_kept).collect();
        let name = lines[0].split('"').nth(1).expect("a name").to_owned();
        (name, lines.join("\n"))
    };
    record.split("[[deployed]]\n").skip(1).map(block).collect()
}

#[test]
fn collections_and_groups_are_deployed_as_sets() {
    let case = catalog();
    case.write(
        "collections/team/collection.yaml",
        "title: Team\npin:\n  local/skill/report:\n  local/command/ship:\n  local/plugin/care:\n",
    );
    case.write(
        "collections/team/groups/daily.yaml",
        "title: Daily\nmembers:\n  local/command/ship:\n",
    );
    for (words, wanted, left) in [
        ("--group team/daily", "local/command/ship", ""),
        (
            "--collection team report",
            "local/skill/report local/command/ship local/skill/care:tidy local/command/care:sweep",
            "",
        ),
        ("--collection team --profile codex tidy", "", "local/command/care:sweep"),
        ("report --collection team --group team/daily --profile gemini", "", "local/command"),
    ] {
        let ran = case.run(&format!("deploy {words} --project shop -n --json"));
        let of = |step: &Value| step["id"].as_str().expect("an id").to_owned();
        if left.is_empty() {
            let plan = told(ran.ends(0));
            let ids: BTreeSet<String> =
                plan["steps"].as_array().expect("steps").iter().map(of).collect();
            let wanted: BTreeSet<String> = wanted.split(' ').map(str::to_owned).collect();
            assert_eq!(ids, wanted, "{words}");
        } else {
            assert!(ran.err.contains("note[SM665]") && ran.err.contains("local/command/ship"));
            assert!(ran.out.contains(left) || ran.err.contains(left), "{words}: {}", ran.out);
        }
    }
    for (words, code) in [("team/dayly", "SM667"), ("team", "SM667"), ("other/daily", "SM233")] {
        let ran = case.run(&format!("deploy --group {words} --project shop -n"));
        ran.ends(2).tells(&format!("error[{code}]"), "");
    }
}

#[test]
fn every_project_here_is_updated_and_one_that_waits_keeps_no_other_from_it() {
    let case = catalog();
    case.config(
        "sources:\n  local: {path: content/artifacts}\nprojects:\n  shop: {path: ../shop}\n  \
         api: {path: ../api}\n  far: {path: ../far}\n",
    );
    for project in ["shop", "api"] {
        case.run(&format!("deploy report ship --project {project} -y")).ends(0);
    }
    let edited = "../api/.claude/skills/report/SKILL.md";
    case.write(edited, "mine\n");
    case.skill("content/artifacts/skills/report", "Writes a better report");
    case.run("sync").ends(0);
    let ran = case.run("update --all-projects -y --json");
    let json = ran.ends(0).json();
    let of = |at: usize| {
        (text(&json["projects"][at], "project"), json["projects"][at]["receipt"].is_null())
    };
    assert_eq!([of(0), of(1)], [("shop", false), ("api", true)]);
    let codes: Vec<&str> =
        json["problems"].as_array().expect("a list").iter().map(|it| text(it, "code")).collect();
    assert_eq!(codes, ["SM661"]);
    assert!(ran.err.contains("note[SM668]: `far`"), "{}", ran.err);
    let now = case.read("content/artifacts/skills/report/SKILL.md");
    assert_eq!(
        (case.read("../shop/.claude/skills/report/SKILL.md"), case.read(edited)),
        (now, "mine\n".into())
    );
    assert_eq!(sha256(b"mine\n"), files(&case, "api")[".claude/skills/report/SKILL.md"]);
}
