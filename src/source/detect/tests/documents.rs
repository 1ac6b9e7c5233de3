//! Skills, commands and agents.

use super::*;
use crate::model::hash::ContentHash;

#[test]
fn a_skill_is_its_directory_without_junk_and_without_nested_skills() {
    let found = found(&[
        ("skills/pdf/SKILL.md", SKILL),
        ("skills/pdf/scripts/run.py", "x"),
        ("skills/pdf/scripts/__pycache__/run.pyc", "x"),
        ("skills/pdf/agents/notes.md", "just notes"),
        ("skills/pdf/forms/SKILL.md", "---\nname: forms\ndescription: Fills\n---\n"),
        ("skills/pdf-old/skill.md", "---\nname: pdf-old\ndescription: Old\n---\n"),
        ("node_modules/x/SKILL.md", SKILL),
    ]);
    assert_eq!(
        listing(&found),
        [
            "skill/forms skills/pdf/forms: SKILL.md",
            "skill/pdf skills/pdf: SKILL.md agents/notes.md scripts/run.py",
            "skill/pdf-old skills/pdf-old: skill.md",
        ]
    );
    assert_eq!(problems(&found), Vec::<String>::new());
    let pdf = artifact(&found, "s/skill/pdf");
    assert_eq!(
        (pdf.description.as_str(), pdf.document.as_deref()),
        ("Reads PDFs", Some("SKILL.md"))
    );
    let lines = [
        ("SKILL.md", ContentHash::of(SKILL.as_bytes())),
        ("agents/notes.md", ContentHash::of(b"just notes")),
        ("scripts/run.py", ContentHash::of(b"x")),
    ];
    assert_eq!(pdf.hash, ContentHash::of_files(lines));
}

#[test]
fn a_skill_at_the_root_is_called_by_its_front_matter() {
    let found = found(&[("SKILL.md", SKILL), ("run.sh", ""), (".git/HEAD", "")]);
    assert_eq!(listing(&found), ["skill/pdf .: SKILL.md run.sh"]);
}

#[test]
fn commands_and_agents_are_found_in_their_folders_or_by_what_they_say() {
    let agent = "---\nname: a\ndescription: d\ntools: Read, Bash(git add:*)\nmodel: opus\n---\n";
    let found = found(&[
        (".claude/commands/git/commit.md", "Commit $ARGUMENTS"),
        (".github/prompts/plan.prompt.md", "---\ndescription: d\n---\n"),
        ("commands/README.md", "# About"),
        ("commands/fix.toml", "prompt = 'x'\ndescription = 'Fixes'\n"),
        ("commands/other.toml", "[package]\n"),
        ("categories/one.md", agent),
        ("categories/readme.md", "# About"),
        ("tools/find.md", "---\nname: find\ndescription: d\n---\n$ARGUMENTS\n"),
        ("tools/text.md", "---\ntitle: x\n---\n$ARGUMENTS\n"),
        (".github/agents/api.agent.md", "---\nname: API Architect\ndescription: d\n---\n"),
    ]);
    assert_eq!(
        listing(&found),
        [
            "command/commit .claude/commands/git/commit.md: commit.md",
            "command/find tools/find.md: find.md",
            "command/fix commands/fix.toml: fix.toml",
            "command/plan .github/prompts/plan.prompt.md: plan.prompt.md",
            "agent/api .github/agents/api.agent.md: api.agent.md",
            "agent/one categories/one.md: one.md",
        ]
    );
    assert_eq!(artifact(&found, "s/agent/api").label(), "API Architect");
    let one = artifact(&found, "s/agent/one");
    assert_eq!(one.can.tools, ["Read", "Bash(git add:*)"]);
    assert_eq!(one.can.model.as_deref(), Some("opus"));
    assert_eq!(artifact(&found, "s/command/fix").description, "Fixes");
}
