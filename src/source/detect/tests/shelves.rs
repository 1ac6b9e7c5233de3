//! What large public collections do that small ones do not: translations and backups beside the
//! originals, shelves of hooks and servers, marketplaces with thousands of entries.

use super::*;

#[test]
fn the_original_keeps_the_plain_name() {
    let skill = "---\nname: tdd\ndescription: d\n---\n";
    let found = found(&[
        (".agents/skills/tdd/SKILL.md", skill),
        ("backups/2025/skills/tdd/SKILL.md", skill),
        ("docs/ja-JP/skills/tdd/SKILL.md", skill),
        ("skills/tdd/SKILL.md", skill),
        ("docs/commands/only.md", "Only here"),
    ]);
    let plain = |id: &str| artifact(&found, id).path.clone();
    assert_eq!(plain("s/skill/tdd"), "skills/tdd");
    assert_eq!(plain("s/command/only"), "docs/commands/only.md");
    let suffixed = listing(&found).iter().filter(|line| line.contains("tdd~")).count();
    assert_eq!(suffixed, 3);
}

#[test]
fn a_shelf_holds_one_server_or_hook_in_each_file() {
    let hook = r#"{"description": "Guards", "hooks": {"Stop": [{"hooks": [
        {"type": "command", "command": "python3 guard.py"}]}]}}"#;
    let server = r#"{"mcpServers": {"web": {"command": "npx", "description": "Browses"}}}"#;
    let found = found(&[
        ("components/hooks/security/guard.json", hook),
        ("components/hooks/security/guard.py", "x"),
        ("components/hooks/security/guardian.py", "x"),
        ("components/hooks/settings.json", r#"{"theme": "dark"}"#),
        ("components/mcps/browser/web.json", server),
        ("components/mcps/package.json", r#"{"name": "x"}"#),
        ("configs/mcp-servers.json", r#"{"mcpServers": {"jira": {"url": "https://j.example/"}}}"#),
        ("src/mcp-schema.json", r#"{"mcpServers": {"type": "object"}}"#),
        ("s/SKILL.md", "---\nname: s\ndescription: d\n---\n"),
        ("s/mcp-example.json", server),
    ]);
    assert_eq!(
        listing(&found),
        [
            "skill/s s: SKILL.md mcp-example.json",
            "hook/guard components/hooks/security/guard.json: guard.json guard.py",
            "mcp/jira configs/mcp-servers.json#jira: .mcp.json",
            "mcp/web components/mcps/browser/web.json#web: .mcp.json",
        ]
    );
    assert_eq!(artifact(&found, "s/hook/guard").description, "Guards");
    assert_eq!(problems(&found), Vec::<String>::new());
}

#[test]
fn the_readme_beside_a_hook_describes_it() {
    let hook = r#"{"version": 1, "hooks": {"sessionEnd": [{"bash": "scan.sh"}]}}"#;
    let readme = "---\nname: Secrets Scanner\ndescription: Finds secrets\ntags: [Git]\n---\n";
    let found = found(&[("hooks/scan/hooks.json", hook), ("hooks/scan/README.md", readme)]);
    let scan = artifact(&found, "s/hook/scan");
    assert_eq!(
        (scan.title.as_deref(), scan.description.as_str(), scan.tags.join(" ")),
        (Some("Secrets Scanner"), "Finds secrets", "git".to_owned())
    );
}

#[test]
fn what_only_lies_in_a_folder_called_commands_is_left() {
    let found = found(&[
        ("src/commands/policies/policies.toml", "[[rule]]\nargsPattern = \"\\s\"\n"),
        ("x/commands/broken.toml", "prompt = \"\"\"Go"),
        (".gemini/commands/rules.md", "# Rules"),
        ("evals/01/prompt.md", "---\nallowed_tools: [Read]\nruns: 3\n---\nugh, it broke"),
        ("skills/upper/SKILL.MD", "---\nname: upper\ndescription: d\n---\n"),
    ]);
    assert_eq!(
        listing(&found),
        [
            "skill/upper skills/upper: SKILL.MD",
            "command/broken x/commands/broken.toml: broken.toml"
        ]
    );
}

#[test]
fn names_with_controls_are_shown_as_escapes() {
    let file = "{\"mcpServers\": {\"a\\u001b[2J\": {}}}";
    let found = found(&[(".mcp.json", file)]);
    assert_eq!(
        (listing(&found), problems(&found)),
        (
            vec!["mcp/a-[2J .mcp.json#a\\u{1b}[2J: .mcp.json".to_owned()],
            vec![
                "SM345 .mcp.json the server `a\\u{1b}[2J` has neither `command` nor `url`"
                    .to_owned()
            ],
        )
    );
}

#[test]
fn a_plugin_knows_the_marketplace_that_lists_it() {
    let market = r#"{"name": "team", "plugins": [{"name": "p", "source": "./p"}]}"#;
    let found = found(&[(".claude-plugin/marketplace.json", market), ("p/README.md", "# P")]);
    let fields = &artifact(&found, "s/plugin/p").fields;
    assert!(fields.contains(&("marketplace".to_owned(), "team".to_owned())), "{fields:?}");
}

#[test]
fn ten_thousand_entries_that_share_a_large_directory_are_cheap() {
    let entry = |i: usize| format!(r#"{{"name": "p{i}", "source": "./", "skills": ["./d{i}"]}}"#);
    let entries: Vec<String> = (0..10_000).map(entry).collect();
    let bare: Vec<String> =
        (0..10_000).map(|i| format!(r#"{{"name": "b{i}", "source": "./"}}"#)).collect();
    let market = |entries: &[String]| format!(r#"{{"plugins": [{}]}}"#, entries.join(","));
    let mut files = vec![
        (path("a/.claude-plugin/marketplace.json"), market(&bare).into_bytes()),
        (path("b/.claude-plugin/marketplace.json"), market(&entries).into_bytes()),
    ];
    for i in 0..20_000 {
        files.push((path(&format!("a/d{i}/x.txt")), Vec::new()));
        files.push((path(&format!("b/d{i}/x.txt")), Vec::new()));
    }
    let found = detect(&source(), &Tree::of_files(files), &Sticky::new(), &Nothing);
    let n_files: usize = found.artifacts.iter().map(|found| found.artifact.files.len()).sum();
    // The manifest of each, and the one file of those that list one.
    assert_eq!((found.artifacts.len(), n_files), (20_000, 30_000));
}
