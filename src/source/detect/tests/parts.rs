//! Plugins, marketplaces, hooks and MCP servers.

use super::*;
use crate::model::hash::ContentHash;

#[test]
fn a_plugin_has_its_members_whatever_hosts_it_is_for() {
    let found = found(&[
        ("p/.claude-plugin/plugin.json", r#"{"name": "tools", "agents": ["./x.md", "./no.md"]}"#),
        ("p/.codex-plugin/plugin.json", r#"{"name": "other", "skills": "./skills/"}"#),
        ("p/x.md", "---\nname: x\ndescription: d\n---\n"),
        ("p/commands/go.md", "Go"),
        ("p/README.md", "# Tools"),
        ("elsewhere/commands/go.md", "Go"),
    ]);
    assert_eq!(
        listing(&found),
        [
            "command/go elsewhere/commands/go.md: go.md",
            "command/tools:go p/commands/go.md: go.md",
            "agent/tools:x p/x.md: x.md",
            "plugin/tools p: .claude-plugin/plugin.json .codex-plugin/plugin.json README.md \
             commands/go.md x.md",
        ]
    );
    assert_eq!(artifact(&found, "s/agent/tools:x").plugin.as_deref(), Some("tools"));
    assert_eq!(artifact(&found, "s/plugin/tools").document.as_deref(), Some("README.md"));
    assert_eq!(
        problems(&found),
        ["SM341 p/.claude-plugin/plugin.json the plugin lists `./no.md`, which does not exist"]
    );
}

#[test]
fn a_marketplace_lists_plugins_here_and_elsewhere() {
    let market = r#"{"name": "m", "metadata": {"pluginRoot": "./plugins"}, "plugins": [
        {"name": "a", "source": "./plugins/a", "category": "dev", "tags": ["X"]},
        {"name": "b", "source": "b", "description": "B", "strict": false},
        {"name": "away", "source": {"source": "git-subdir", "url": "https://u:p@h/r", "path": "d",
            "ref": "main", "sha": "0000000000000000000000000000000000000000"}},
        {"name": "hub", "source": {"source": "github", "repo": "o/r"}},
        {"name": "gone", "source": "./gone"},
        {"source": "./x"}]}"#;
    let codex =
        r#"{"plugins": [{"name": "a", "source": {"source": "local", "path": "./plugins/a"}}]}"#;
    let found = found(&[
        (".claude-plugin/marketplace.json", market),
        (".agents/plugins/marketplace.json", codex),
        (".cursor-plugin/plugin.json", r#"{"name": "card"}"#),
        ("plugins/a/.claude-plugin/plugin.json", r#"{"name": "a", "version": "1"}"#),
        ("plugins/b/README.md", "# B"),
    ]);
    assert_eq!(
        listing(&found),
        [
            "plugin/a plugins/a: .claude-plugin/plugin.json",
            "plugin/away .claude-plugin/marketplace.json#away: ",
            "plugin/b plugins/b: .claude-plugin/plugin.json README.md",
            "plugin/gone .claude-plugin/marketplace.json#gone: ",
            "plugin/hub .claude-plugin/marketplace.json#hub: ",
        ]
    );
    let a = artifact(&found, "s/plugin/a");
    assert_eq!((a.category.as_deref(), a.tags.join(" ")), (Some("dev"), "x".to_owned()));
    let entry = r#"{"category":"dev","name":"a","source":"./plugins/a","tags":["X"]}"#;
    assert_eq!(a.context, Some(ContentHash::of(entry.as_bytes())));
    assert_eq!(
        bytes_of(&found, "s/plugin/b"),
        "{\n  \"name\": \"b\",\n  \"description\": \"B\"\n}\n"
    );
    let away = artifact(&found, "s/plugin/away").can.external.clone().unwrap();
    assert_eq!((away.url.as_str(), away.path.as_deref()), ("https://***@h/r", Some("d")));
    assert_eq!(away.at, Some("0".repeat(40)));
    assert_eq!(
        problems(&found),
        [
            "SM342 .claude-plugin/marketplace.json the plugin's `./gone` does not exist",
            "SM340 .claude-plugin/marketplace.json entry 6 of the marketplace has no name",
        ]
    );
}

#[test]
fn entries_that_share_a_directory_hold_what_they_list_and_give_it_no_name() {
    let market = r#"{"plugins": [
        {"name": "docs", "source": "./", "strict": false, "skills": ["./skills/pdf"]},
        {"name": "art", "source": "./", "strict": false, "skills": ["./skills/draw"]}]}"#;
    let found = found(&[
        (".claude-plugin/marketplace.json", market),
        ("skills/pdf/SKILL.md", SKILL),
        ("skills/draw/SKILL.md", "---\nname: draw\ndescription: d\n---\n"),
        ("skills/free/SKILL.md", "---\nname: free\ndescription: d\n---\n"),
    ]);
    assert_eq!(
        listing(&found),
        [
            "skill/draw skills/draw: SKILL.md",
            "skill/free skills/free: SKILL.md",
            "skill/pdf skills/pdf: SKILL.md",
            "plugin/art .claude-plugin/marketplace.json#art: .claude-plugin/plugin.json \
             skills/draw/SKILL.md",
            "plugin/docs .claude-plugin/marketplace.json#docs: .claude-plugin/plugin.json \
             skills/pdf/SKILL.md",
        ]
    );
}

#[test]
fn hooks_are_found_in_files_settings_and_manifests() {
    let hooks = r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x"}]}]}}"#;
    let settings = r#"{"permissions": {}, "hooks": {"Stop": [{"hooks": []}]}}"#;
    let manifest = r#"{"name": "p", "hooks": {"Stop": [{"hooks": [{"command": "y"}]}]}}"#;
    let found = found(&[
        ("hooks/hooks.json", hooks),
        ("hooks/hooks-cursor.json", r#"{"version": 1, "hooks": {"stop": [{"command": "x"}]}}"#),
        ("hooks/run.sh", "x"),
        (".claude/settings.json", settings),
        (".claude/settings.local.json", r#"{"permissions": {}}"#),
        ("p/.claude-plugin/plugin.json", manifest),
    ]);
    assert_eq!(
        listing(&found),
        [
            "hook/hooks hooks/hooks.json: hooks.json run.sh",
            "hook/hooks-cursor hooks/hooks-cursor.json: hooks-cursor.json run.sh",
            "hook/p:hooks p/.claude-plugin/plugin.json#hooks: hooks.json",
            "hook/settings .claude/settings.json#hooks: hooks.json",
            "plugin/p p: .claude-plugin/plugin.json",
        ]
    );
    assert_eq!(
        bytes_of(&found, "s/hook/settings"),
        "{\n  \"hooks\": {\n    \"Stop\": [\n      {\n        \"hooks\": []\n      }\n    ]\n  }\n}\n"
    );
    assert_eq!(artifact(&found, "s/hook/p:hooks").can.hooks[0].action, "y");
    assert_eq!(
        problems(&found),
        ["SM344 .claude/settings.json `.claude/settings.json` has no hook that runs anything"]
    );
}

#[test]
fn servers_are_found_in_all_their_files_and_show_no_secret() {
    let secret = "abc123def";
    let wrapped = format!(
        r#"{{"mcpServers": {{"gh": {{"command": "npx", "args": ["--token", "{secret}"],
            "env": {{"API_KEY": "{secret}", "B": "${{B}}"}}}}}}}}"#
    );
    let registry = r#"{"name": "io.x/files", "description": "d", "version": "1.0.0", "packages":
        [{"registryType": "npm", "identifier": "@x/files", "transport": {"type": "stdio"},
          "environmentVariables": [{"name": "TOKEN"}]}]}"#;
    let found = found(&[
        (".mcp.json", &wrapped),
        ("p/mcp.json", r#"{"web": {"type": "sse", "url": "https://h/?key=abc123"}}"#),
        (".vscode/mcp.json", r#"{"servers": {"code": {"command": "c"}}, /* c */}"#),
        (".codex/config.toml", "[mcp_servers.cx]\nurl = 'https://h/mcp'\n"),
        ("server.json", registry),
        ("app/server.json", r#"{"port": 80}"#),
    ]);
    assert_eq!(
        listing(&found),
        [
            "mcp/code .vscode/mcp.json#code: .mcp.json",
            "mcp/cx .codex/config.toml#cx: .mcp.json",
            "mcp/gh .mcp.json#gh: .mcp.json",
            "mcp/io.x/files server.json: server.json",
            "mcp/web p/mcp.json#web: .mcp.json",
        ]
    );
    let gh = artifact(&found, "s/mcp/gh");
    let server = gh.can.server.clone().unwrap();
    assert_eq!((server.transport.as_str(), server.args.join(" ")), ("stdio", "--token ***".into()));
    assert_eq!(server.env, ["API_KEY", "B"]);
    assert!(!format!("{gh:?}").contains(secret));
    assert!(bytes_of(&found, "s/mcp/gh").contains(secret));
    assert_eq!(
        problems(&found),
        ["SM346 .mcp.json the server `gh` has what looks like a secret in `API_KEY`"]
    );
    let web = artifact(&found, "s/mcp/web").can.server.clone().unwrap();
    assert_eq!((web.transport.as_str(), web.url.unwrap()), ("sse", "https://h/?key=***".into()));
    let files = artifact(&found, "s/mcp/io.x/files").can.server.clone().unwrap();
    assert_eq!(files.command.as_deref(), Some("npx"));
    assert_eq!((files.args, files.env), (vec!["@x/files".to_owned()], vec!["TOKEN".to_owned()]));
}

#[test]
fn a_server_packed_into_one_file_is_that_file() {
    let found = found(&[
        (".claude-plugin/plugin.json", r#"{"name": "p", "mcpServers": "./files.mcpb"}"#),
        ("files.mcpb", "zip"),
    ]);
    assert_eq!(
        listing(&found),
        ["mcp/p:files files.mcpb: files.mcpb", "plugin/p .: .claude-plugin/plugin.json files.mcpb",]
    );
    let server = artifact(&found, "s/mcp/p:files").can.server.clone().unwrap();
    assert_eq!((server.transport.as_str(), server.command), ("stdio", None));
}

#[test]
fn broken_json_is_a_problem_not_a_loss() {
    let found = found(&[
        ("p/.claude-plugin/plugin.json", "{\n  name"),
        ("hooks/hooks.json", "{"),
        ("q/.mcp.json", "["),
        (".claude-plugin/marketplace.json", "nope"),
        (".claude/settings.json", "{,"),
    ]);
    assert_eq!(
        listing(&found),
        [
            "hook/hooks hooks/hooks.json: hooks.json",
            "mcp/q q/.mcp.json: .mcp.json",
            "plugin/p p: .claude-plugin/plugin.json",
        ]
    );
    let codes: Vec<String> =
        problems(&found).iter().map(|line| line.split(" `").next().unwrap().to_owned()).collect();
    assert_eq!(
        codes,
        [
            "SM331 hooks/hooks.json:1:1",
            "SM331 q/.mcp.json:1:1",
            "SM331 p/.claude-plugin/plugin.json:2:3",
            "SM331 .claude-plugin/marketplace.json:1:2",
            "SM331 .claude/settings.json:1:2",
        ]
    );
}
