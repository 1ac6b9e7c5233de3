//! What is deployed in projects of every layout, and in which state, through the program.

use crate::case::{Case, Repository};

/// The part of the lock about projects, without the day.
fn projects(case: &Case) -> String {
    let lock = case.read("skillmeat.lock");
    let (_, projects) = lock.split_once("projects:\n").expect("the lock has projects");
    let lines = projects.lines().filter(|line| !line.contains("scanned:"));
    lines.map(|line| format!("{}\n", hashes_cut(line))).collect()
}

/// Six digits tell enough.
fn hashes_cut(line: &str) -> String {
    let mut out = String::new();
    let mut digits = 0;
    for c in line.chars() {
        digits = if c.is_ascii_hexdigit() { digits + 1 } else { 0 };
        if digits <= 6 || digits > 64 {
            out.push(c);
        }
    }
    out
}

/// `kind name id state path` of each deployment.
fn states(case: &Case) -> Vec<String> {
    let lock = case.read("skillmeat.lock");
    let value = |line: &str, key: &str| {
        let rest = line.split_once(&format!("{key}: "))?.1;
        let end = rest.find([',', '}']).unwrap_or(rest.len());
        Some(rest[..end].trim_matches('"').to_owned())
    };
    let lines = lock.lines().filter(|line| line.trim_start().starts_with("- {kind:"));
    let line = |line: &str| {
        let get = |key| value(line, key).unwrap_or_else(|| "-".to_owned());
        format!("{} {} {} {} {}", get("kind"), get("name"), get(" id"), get("state"), get("path"))
    };
    lines.map(line).collect()
}

fn with_project(config: &str) -> Case {
    let case = Case::new();
    case.skill("content/artifacts/skills/pdf", "Reads PDF");
    case.write("content/artifacts/commands/commit.md", "Commit.\n");
    case.write("content/artifacts/agents/reviewer.md", "---\nname: reviewer\n---\nReview.\n");
    case.config(&format!(
        "sources:\n  local: {{path: content/artifacts}}\nprojects:\n  shop: {config}\n"
    ));
    case
}

fn skill(name: &str, description: &str) -> String {
    format!("---\nname: {name}\ndescription: {description}\n---\n\n# {name}\n")
}

#[test]
fn a_project_of_every_layout_is_in_the_lock_with_its_states() {
    let case = with_project("{path: ../shop}");
    let pdf = skill("pdf", "Reads PDF");
    case.write("../shop/.claude/skills/pdf/SKILL.md", &pdf);
    case.write("../shop/.windsurf/skills/pdf/SKILL.md", &skill("pdf", "Edited"));
    case.write("../shop/.claude/commands/git/commit.md", "Commit.\n");
    case.write("../shop/.github/prompts/commit.prompt.md", "Commit.\n");
    case.write("../shop/.github/agents/reviewer.agent.md", "Mine.\n");
    case.write("../shop/.cursor/skills/own/SKILL.md", &skill("own", "Mine"));
    let lock = "{\"version\": 1, \"skills\": {\"gone\": {\"source\": \"acme/skills\", \
                \"sourceType\": \"github\", \"computedHash\": \"aa\"}}}";
    case.write("../shop/skills-lock.json", lock);
    let settings = "{\"enabledPlugins\": {\"tools@acme\": true}}";
    case.write("../shop/.claude/settings.json", settings);
    #[cfg(unix)]
    {
        std::fs::create_dir_all(case.path("../shop/.agents/skills")).expect("made");
        let link = case.path("../shop/.agents/skills/pdf");
        std::os::unix::fs::symlink("../../.claude/skills/pdf", link).expect("linked");
    }
    case.synced();
    let wanted = [
        "skill gone - missing .agents/skills/gone",
        "skill own - untracked .cursor/skills/own",
        "skill pdf local/skill/pdf in-sync .claude/skills/pdf",
        "skill pdf local/skill/pdf untracked .windsurf/skills/pdf",
        "command commit local/command/commit in-sync .claude/commands/git/commit.md",
        "command commit local/command/commit in-sync .github/prompts/commit.prompt.md",
        "agent reviewer local/agent/reviewer untracked .github/agents/reviewer.agent.md",
        "plugin tools - unknown .claude/settings.json#tools@acme",
    ];
    assert_eq!(states(&case), wanted);
    #[cfg(unix)]
    assert!(projects(&case).contains("links: [\".agents/skills/pdf\"]"), "{}", projects(&case));
    let before = case.read("skillmeat.lock");
    case.synced();
    assert_eq!(case.read("skillmeat.lock"), before);
}

#[test]
fn a_skill_that_npx_skills_or_gh_skill_installed_is_compared_as_the_tool_would() {
    let case = with_project("{path: ../shop}");
    let source = |text: &str| {
        case.write("content/artifacts/skills/pdf/SKILL.md", &skill("pdf", text));
        case.write("content/artifacts/skills/pdf/README.md", text);
    };
    source("Reads PDF");
    case.write("../shop/.agents/skills/pdf/SKILL.md", &skill("pdf", "Reads PDF"));
    let stamped = "---\ndescription: Reads PDF\nmetadata:\n    github-path: skills/pdf\n    \
                   github-repo: https://github.com/acme/skills\n    github-tree-sha: \
                   5089395d759f3b5cc7710453624857e1131bf65d\nname: pdf\n---\n# pdf\n";
    case.write("../shop/.claude/skills/pdf/SKILL.md", stamped);
    case.write("../shop/.claude/skills/pdf/README.md", "Reads PDF");
    case.write(
        "../other/skills-lock.json",
        "{\"version\": 1, \"skills\": {\"pdf\": {\"source\": \"acme/skills\", \"sourceType\": \
         \"github\", \"computedHash\": \"aa\"}}}",
    );
    case.write("../other/.agents/skills/pdf/SKILL.md", &skill("pdf", "Reads PDF"));
    case.config(
        "sources:\n  local: {path: content/artifacts}\nprojects:\n  shop: {path: ../shop}\n  \
         other: {path: ../other}\n",
    );
    case.synced();
    let wanted = [
        "skill pdf local/skill/pdf in-sync .agents/skills/pdf",
        "skill pdf local/skill/pdf untracked .agents/skills/pdf",
        "skill pdf local/skill/pdf in-sync .claude/skills/pdf",
    ];
    assert_eq!(states(&case), wanted);
    source("Reads and writes PDF");
    case.synced();
    let wanted = [
        "skill pdf local/skill/pdf unknown .agents/skills/pdf",
        "skill pdf local/skill/pdf untracked .agents/skills/pdf",
        "skill pdf local/skill/pdf unknown .claude/skills/pdf",
    ];
    assert_eq!(states(&case), wanted);
}

fn recorded(repository: &Repository<'_>) {
    let text = "[[deployed]]\nartifact_name = \"pdf\"\nartifact_type = \"skill\"\n\
                from_collection = \"default\"\ndeployed_at = \"2026-11-01T08:00:00\"\n\
                artifact_path = \"skills/pdf\"\ncontent_hash = \
                \"5a4f0c0e2b9a7a1f0c63a0dbcb2e5c9ee0b4a7cf7a2d4f8f5b6f7f3b5a1e2d3c\"\n";
    repository.write(".claude/.skillmeat-deployed.toml", text);
}

#[test]
fn a_project_in_a_repository_is_read_at_its_tip_and_a_working_copy_goes_first() {
    let case = with_project("{}");
    let shop = case.repository("shop");
    shop.write(".claude/skills/pdf/SKILL.md", &skill("pdf", "Reads PDF"));
    shop.write("node_modules/x/.claude/skills/x/SKILL.md", "S");
    shop.write("src/main.rs", "fn main() {}\n");
    #[cfg(unix)]
    {
        std::fs::create_dir_all(case.path("../shop/.agents")).expect("made");
        let link = case.path("../shop/.agents/skills");
        std::os::unix::fs::symlink("../.claude/skills", link).expect("linked");
    }
    recorded(&shop);
    shop.commit();
    let config = |project: &str| {
        case.config(&format!(
            "sources:\n  local: {{path: content/artifacts}}\nprojects:\n  shop: {project}\n"
        ));
    };
    config(&format!("{{git: \"{}\", ref: main}}", shop.url()));
    case.synced();
    let at_tip = projects(&case);
    assert_eq!(states(&case), ["skill pdf local/skill/pdf in-sync .claude/skills/pdf"]);

    config("{path: ../shop}");
    case.remove("skillmeat.lock").synced();
    assert_eq!(projects(&case), at_tip, "a folder and a commit are read alike");

    shop.remove(".claude/skills/pdf").remove(".agents/skills");
    config(&format!("{{path: ../shop, git: \"{}\"}}", shop.url()));
    case.synced();
    assert_eq!(states(&case), ["skill pdf local/skill/pdf missing .claude/skills/pdf"]);
    config(&format!("{{path: ../elsewhere, git: \"{}\"}}", shop.url()));
    case.synced();
    assert_eq!(states(&case), ["skill pdf local/skill/pdf in-sync .claude/skills/pdf"]);
}

#[test]
fn what_was_found_stays_where_a_project_cannot_be_reached_and_its_states_follow_the_sources() {
    let case = with_project("{path: ../shop}");
    case.write("../shop/.claude/skills/pdf/SKILL.md", &skill("pdf", "Reads PDF"));
    case.synced();
    case.remove("../shop");
    case.write("content/artifacts/skills/pdf/SKILL.md", &skill("pdf", "Reads more"));
    let ran = case.run("sync");
    ran.ends(0).tells("warning[SM434]", "skillmeat.yaml:");
    assert_eq!(states(&case), ["skill pdf local/skill/pdf untracked .claude/skills/pdf"]);

    let gone = case.path("../nowhere").display().to_string();
    case.config(&format!(
        "sources:\n  local: {{path: content/artifacts}}\nprojects:\n  shop: {{git: \"file://{gone}\"}}\n"
    ));
    case.write("content/artifacts/skills/pdf/SKILL.md", &skill("pdf", "Reads PDF"));
    let told = case.run("sync").ends(0).told();
    assert!(told.iter().any(|one| one.message.starts_with("project `shop`: ")), "{told:?}");
    assert_eq!(states(&case), ["skill pdf local/skill/pdf in-sync .claude/skills/pdf"]);
    case.run("sync --offline").ends(0).tells("note[SM617]", "skillmeat.yaml:");
    assert_eq!(states(&case), ["skill pdf local/skill/pdf in-sync .claude/skills/pdf"]);
    assert!(!case.read("skillmeat.lock").contains(&gone));
}

#[test]
fn servers_and_hooks_are_found_in_the_files_that_they_share_with_others() {
    let case = with_project("{path: ../shop}");
    let servers = "{\"mcpServers\": {\"files\": {\"command\": \"files\"}, \"web\": {\"command\": \
                   \"web\"}}}";
    case.write("content/artifacts/.mcp.json", servers);
    let hook = |event: &str, command: &str| {
        format!(
            "\"{event}\": [{{\"hooks\": [{{\"type\": \"command\", \"command\": \"{command}\"}}]}}]"
        )
    };
    let guard = format!("{{\"hooks\": {{{}}}}}", hook("Stop", "guard"));
    case.write("content/artifacts/hooks/guard/hooks.json", &guard);
    let sound = format!("{{\"hooks\": {{{}}}}}", hook("Notification", "sound"));
    case.write("content/artifacts/hooks/sound/hooks.json", &sound);

    case.write("../shop/.mcp.json", servers);
    let edited = "{\"servers\": {\"files\": {\"command\": \"other\"}}}";
    case.write("../shop/.vscode/mcp.json", edited);
    case.write("../shop/.codex/config.toml", "[mcp_servers.mine]\ncommand = \"files\"\n");
    case.write("../shop/.gemini/settings.json", "{\"mcp\": {\"allowed\": [\"files\"]}}");
    let settings = format!("{{\"hooks\": {{{}, {}}}}}", hook("Stop", "guard"), hook("Start", "x"));
    case.write("../shop/.claude/settings.json", &settings);
    case.write("../shop/.claude/settings.local.json", &sound);
    case.synced();
    let wanted = [
        "hook guard local/hook/guard in-sync .claude/settings.json#hooks",
        "hook settings - untracked .claude/settings.json#hooks",
        "hook sound local/hook/sound in-sync .claude/settings.local.json#hooks",
        "mcp files local/mcp/files in-sync .mcp.json#files",
        "mcp files local/mcp/files untracked .vscode/mcp.json#files",
        "mcp mine local/mcp/files in-sync .codex/config.toml#mine",
        "mcp web local/mcp/web in-sync .mcp.json#web",
    ];
    assert_eq!(states(&case), wanted);
}

#[test]
fn what_was_deployed_by_us_is_in_sync_until_either_side_changes() {
    let case = with_project("{path: ../shop}");
    let servers = "{\"mcpServers\": {\"files\": {\"command\": \"files\"}}}";
    case.write("content/artifacts/.mcp.json", servers);
    let hooks = |command: &str| {
        let handler = format!("{{\"type\": \"command\", \"command\": \"{command}\"}}");
        let hooks = format!("{{\"hooks\": {{\"Stop\": [{{\"hooks\": [{handler}]}}]}}}}");
        case.write("content/artifacts/hooks/guard/hooks.json", &hooks);
    };
    hooks("guard");
    std::fs::create_dir_all(case.path("../shop")).expect("made");
    case.synced();
    let ids = "local/skill/pdf local/command/commit local/mcp/files local/hook/guard";
    let refused = case.run(&format!("deploy {ids} --project shop -y")).err;
    let (_, consent) = refused.split_once("--consent ").expect("what would run is asked for");
    let consent = consent.split_whitespace().next().expect("a hash");
    case.run(&format!("deploy {ids} --project shop --consent {consent}")).ends(0);
    let told = |state: &str| {
        [
            format!("skill pdf local/skill/pdf {state} .claude/skills/pdf"),
            format!("command commit local/command/commit {state} .claude/commands/commit.md"),
            format!("hook guard local/hook/guard {state} .claude/settings.json#hooks"),
            format!("mcp files local/mcp/files {state} .mcp.json#files"),
        ]
    };
    assert_eq!(states(&case), told("in-sync"), "the lock knows it at once");
    let lock = case.read("skillmeat.lock");
    case.synced();
    assert_eq!(case.read("skillmeat.lock"), lock);

    case.skill("content/artifacts/skills/pdf", "Reads more");
    case.write("content/artifacts/commands/commit.md", "Commit it.\n");
    case.write("content/artifacts/.mcp.json", &servers.replace("\"files\"}", "\"more\"}"));
    hooks("guard --more");
    case.synced();
    assert_eq!(states(&case), told("outdated"));

    case.remove("../shop/.claude/skills").remove("../shop/.claude/commands");
    case.remove("../shop/.mcp.json").remove("../shop/.claude/settings.json");
    case.synced();
    assert_eq!(states(&case), told("missing"));
}
