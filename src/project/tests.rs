//! What is found in small made projects.

use std::path::Path;

use super::digest::UNREAD;
use super::*;
use crate::disk;

/// A project of `(path, text)`; a text `-> target` is a link.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        match text.strip_prefix("-> ") {
            None => disk::write(&dir.path().join(path), text.as_bytes()).unwrap(),
            Some(target) => link(target, &dir.path().join(path)),
        }
    }
    dir
}

fn link(target: &str, at: &Path) {
    disk::make_dir(at.parent().unwrap()).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(target, at).unwrap();
    #[cfg(not(unix))]
    let _ = (target, at);
}

fn scanned(dir: &tempfile::TempDir) -> Scan {
    scan(&Folder::open(dir.path()).unwrap()).unwrap()
}

/// Kind, name, profile, path, who recorded it, and links.
fn lines(scan: &Scan) -> Vec<String> {
    let line = |one: &Record| {
        let by = one.by.map_or("-", By::word);
        let links = one.links.join(" ");
        let line = format!("{} {} {} {} {by} {links}", one.kind, one.name, one.profile, one.path);
        line.trim_end().to_owned()
    };
    scan.records.iter().map(line).collect()
}

fn told(scan: &Scan) -> Vec<&str> {
    scan.problems.iter().map(|problem| problem.message.as_str()).collect()
}

/// The vectors were computed with the original's own code.
#[test]
fn the_original_hash_is_met_bit_for_bit() {
    let record = "[[deployed]]\nartifact_name = \"x\"\nartifact_type = \"skill\"\n\
                  artifact_path = \"skills/x\"\nfrom_collection = \"c\"\n\
                  deployed_at = \"2026-11-01T08:00:00\"\ncontent_hash = \"aa\"\n";
    let mut files = vec![
        (".claude/.skillmeat-deployed.toml", record),
        (".claude/skills/x/.hidden", "h\n"),
        (".claude/skills/x/SKILL.md", "S\n"),
        (".claude/skills/x/a/x", "x1\n"),
        (".claude/skills/x/a-b/x", "x2\n"),
    ];
    let plain = "original:ea5160500440b5898e5c3d9089449108796fac7326b4134700eb3f4d41d32ecf";
    let here = |files: &[(&str, &str)]| scanned(&project(files)).records[0].here.clone();
    assert_eq!(here(&files).as_deref(), Some(plain));
    #[cfg(unix)]
    {
        files.extend([
            (".claude/skills/x/link.md", "-> SKILL.md"),
            (".claude/skills/x/dirlink", "-> a"),
            (".claude/skills/x/broken", "-> nope"),
        ]);
        let linked = "original:155e3b6e9af69e28ec3d8f1e02802d24e7a0e6f82ba577702c5ed51a9e7af42e";
        assert_eq!(here(&files).as_deref(), Some(linked));
    }
}

#[test]
fn records_are_read_and_what_leaves_the_project_is_a_problem() {
    let record = "[[deployed]]\nartifact_name = \"pdf\"\nartifact_type = \"skill\"\n\
                  artifact_path = \"skills/pdf\"\nfrom_collection = \"c\"\n\
                  deployed_at = \"2026-11-01T08:00:00\"\ncontent_hash = \"aa\"\n\n\
                  [[deployed]]\nartifact_name = \"x\"\nartifact_type = \"skill\"\n\
                  artifact_path = \"../../x\"\nfrom_collection = \"c\"\n\
                  deployed_at = \"2026-11-01T08:00:00\"\ncontent_hash = \"aa\"\n";
    let scan = scanned(&project(&[(".claude/.skillmeat-deployed.toml", record)]));
    let wanted = Record {
        by: Some(By::SkillMeat),
        deployed_at: "2026-11-01".parse().ok(),
        base: Some("original:aa".into()),
        ..Record::unrecorded(Kind::Skill, "pdf", "claude_code", ".claude/skills/pdf".into())
    };
    assert_eq!(scan.records, [wanted]);
    let why = "a deployment record cannot be read: `../../x` leaves the project";
    assert_eq!(told(&scan), [why]);
}

#[test]
fn whatever_stands_where_an_agent_looks_is_found_and_nothing_else() {
    let scan = scanned(&project(&[
        (".claude/skills/pdf/SKILL.md", "S"),
        (".claude/skills/scope/docx/SKILL.md", "S"),
        (".claude/skills/empty/README.md", "R"),
        (".claude/commands/git/commit.md", "C"),
        (".claude/commands/README.md", "R"),
        (".claude/agents/reviewer.md", "A"),
        (".claude/hooks/guard.json", "{\"hooks\": {}}"),
        (".claude/hooks/rules.json", "{}"),
        (".agents/skills/pdf/SKILL.md", "S"),
        (".windsurf/skills/pdf/SKILL.md", "S"),
        (".github/skills/pdf/SKILL.md", "S"),
        (".github/prompts/commit.prompt.md", "C"),
        (".github/prompts/notes.md", "N"),
        (".github/agents/reviewer.agent.md", "A"),
        (".cursor/commands/commit.md", "C"),
        (".cursor/agents/reviewer.md", "A"),
        (".gemini/commands/git/commit.toml", "prompt = \"x\""),
        (".codex/agents/reviewer.toml", "name = \"x\""),
        ("skills/own/SKILL.md", "S"),
        ("node_modules/x/.claude/skills/pdf/SKILL.md", "S"),
    ]));
    let wanted = [
        "skill docx claude_code .claude/skills/scope/docx -",
        "skill pdf agents .agents/skills/pdf -",
        "skill pdf claude_code .claude/skills/pdf -",
        "skill pdf copilot .github/skills/pdf -",
        "skill pdf windsurf .windsurf/skills/pdf -",
        "command commit claude_code .claude/commands/git/commit.md -",
        "command commit copilot .github/prompts/commit.prompt.md -",
        "command commit cursor .cursor/commands/commit.md -",
        "command commit gemini .gemini/commands/git/commit.toml -",
        "agent reviewer claude_code .claude/agents/reviewer.md -",
        "agent reviewer codex .codex/agents/reviewer.toml -",
        "agent reviewer copilot .github/agents/reviewer.agent.md -",
        "agent reviewer cursor .cursor/agents/reviewer.md -",
        "hook guard claude_code .claude/hooks/guard.json -",
    ];
    assert_eq!(lines(&scan), wanted);
    assert_eq!(told(&scan), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_copy_with_links_to_it_is_counted_once_and_nothing_outside_is_read() {
    let outside = project(&[("secret/SKILL.md", "S")]);
    let out = format!("-> {}/secret", outside.path().display());
    let scan = scanned(&project(&[
        (".agents/skills/pdf/SKILL.md", "S"),
        (".claude/skills/pdf", "-> ../../.agents/skills/pdf"),
        (".windsurf/skills", "-> ../.agents/skills"),
        (".claude/skills/secret", &out),
        (".claude/skills/gone", "-> nowhere"),
        ("shared/docx/SKILL.md", "S"),
        (".cursor/skills/docx", "-> ../../shared/docx"),
    ]));
    let wanted = [
        "skill docx cursor .cursor/skills/docx -",
        "skill pdf agents .agents/skills/pdf - .claude/skills/pdf .windsurf/skills/pdf",
    ];
    assert_eq!(lines(&scan), wanted);
    let wanted = [
        "the link `.claude/skills/gone` of the project leads nowhere",
        "the link `.claude/skills/secret` of the project leads out of the project",
    ];
    assert_eq!(told(&scan), wanted);
}

#[test]
fn the_record_of_npx_skills_means_the_copies_of_its_folder_name() {
    let lock = r#"{"version": 1, "skills": {
        "My Skill": {"source": "acme/skills", "sourceType": "github", "computedHash": "aa",
            "skillPath": "skills/my/SKILL.md"},
        "gone": {"source": "/home/me/x", "sourceType": "local", "computedHash": "bb"}}}"#;
    let scan = scanned(&project(&[
        ("skills-lock.json", lock),
        (".agents/skills/my-skill/SKILL.md", "S"),
        #[cfg(unix)]
        (".claude/skills/my-skill", "-> ../../.agents/skills/my-skill"),
    ]));
    let mine = &scan.records[0];
    assert_eq!(mine.base.as_deref(), Some("skills:aa"));
    let from = Origin { repository: "acme/skills".into(), path: Some("skills/my/SKILL.md".into()) };
    assert_eq!(mine.from, Some(from));
    #[cfg(unix)]
    assert_eq!(mine.links, [".claude/skills/my-skill"]);
    let gone = Record {
        by: Some(By::Skills),
        base: Some("skills:bb".into()),
        ..Record::unrecorded(Kind::Skill, "gone", "agents", ".agents/skills/gone".into())
    };
    assert_eq!(scan.records[1], gone);
}

#[test]
fn a_record_of_npx_skills_with_a_merge_in_it_is_read_as_the_tool_reads_it() {
    let lock = "{\"version\": 1, \"skills\": {\n<<<<<<< ours\n\"a\": {\"computedHash\": \"1\"}\n\
                =======\n\"b\": {\"computedHash\": \"2\"}\n>>>>>>> theirs\n}}\n";
    let scan = scanned(&project(&[("skills-lock.json", lock)]));
    let wanted =
        ["skill a agents .agents/skills/a skills", "skill b agents .agents/skills/b skills"];
    assert_eq!(lines(&scan), wanted);
}

#[test]
fn a_skill_with_the_stamp_of_gh_says_what_it_was() {
    let text = "---\nmetadata:\n    github-repo: https://github.com/acme/skills\n    \
                github-tree-sha: 5089395d759f3b5cc7710453624857e1131bf65d\nname: pdf\n---\nS\n";
    let scan = scanned(&project(&[(".agents/skills/pdf/SKILL.md", text)]));
    let pdf = &scan.records[0];
    assert_eq!(pdf.by, Some(By::Gh));
    let base = "git-tree:5089395d759f3b5cc7710453624857e1131bf65d";
    assert_eq!(pdf.base.as_deref(), Some(base));
    assert!(pdf.here.as_ref().is_some_and(|here| here.starts_with("gh:")));
}

#[test]
fn plugins_that_settings_enable_are_named_and_disabled_ones_are_not() {
    let settings = r#"{"enabledPlugins": {"tools@acme": true, "old@acme": false}}"#;
    let scan = scanned(&project(&[(".claude/settings.json", settings)]));
    let wanted = ["plugin tools claude_code .claude/settings.json#tools@acme settings"];
    assert_eq!(lines(&scan), wanted);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_found() {
    let scan = scanned(&project(&[
        (".claude/settings.json", "{"),
        ("skills-lock.json", "{\"skills\": 3}"),
        (".claude/skills/pdf/SKILL.md", "S"),
    ]));
    assert_eq!(lines(&scan), ["skill pdf claude_code .claude/skills/pdf -"]);
    assert_eq!(scan.problems.len(), 2);
    assert!(scan.records.iter().all(|record| record.here.as_deref() != Some(UNREAD)));
}
