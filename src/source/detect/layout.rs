//! Paths to guesses: what a file is by where it stands and how it is called. Never opens one.

use crate::model::id::Kind;
use crate::model::path::RelPath;

/// What a Markdown or TOML file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    Is(Kind),
    /// Only if its front matter describes it: READMEs in a folder of agents, prompts of a skill.
    IfDescribed(Kind),
    /// It stands nowhere in particular; its front matter has to tell.
    Unknown,
}

const COMMAND_FOLDERS: [&str; 3] = ["commands", "command", "claude-commands"];
const AGENT_FOLDERS: [&str; 5] = ["agents", "agent", "subagents", "subagent", "claude-agents"];

/// Files that explain their folder rather than being a part of it, without their `.md`.
const ABOUT: [&str; 6] =
    ["readme", "license", "contributing", "code_of_conduct", "notice", "index"];

/// The same, only when written so: `todo.md` in a folder of commands is the command `/todo`.
const ABOUT_UPPER: [&str; 6] = ["AGENTS", "CHANGELOG", "CLAUDE", "GEMINI", "SECURITY", "TODO"];

/// Endings of file names that are not part of the name, longest first.
const STEM_ENDS: [&str; 7] = [".agent.md", ".prompt.md", ".md", ".toml", ".json", ".mcpb", ".dxt"];

/// What is neither an artifact nor a part of one: neither hashed nor copied.
pub(super) fn is_junk(path: &RelPath) -> bool {
    path.names().any(|name| {
        matches!(
            name,
            ".git" | ".DS_Store" | "Thumbs.db" | "__pycache__" | ".venv" | "venv" | "node_modules"
        ) || name.ends_with(".pyc")
            || name.ends_with(".egg-info")
    })
}

/// `SKILL.md`, and `skill.md` or `SKILL.MD` for those who write it so.
pub(super) fn is_skill_file(path: &RelPath) -> bool {
    path.file_name().eq_ignore_ascii_case("SKILL.md")
}

/// The file's name without the ending that says what it is.
pub(super) fn stem(file_name: &str) -> &str {
    STEM_ENDS
        .iter()
        .find_map(|end| file_name.strip_suffix(end))
        .filter(|stem| !stem.is_empty())
        .unwrap_or(file_name)
}

/// Guesses from the path below the nearest skill or plugin (or below the root of the source).
pub(super) fn guess(below: &RelPath, in_skill: bool) -> Option<Guess> {
    let file_name = below.file_name();
    if file_name.ends_with(".toml") {
        return toml(below).filter(|_| !in_skill).map(Guess::Is);
    }
    if !file_name.ends_with(".md") || is_skill_file(below) {
        return None;
    }
    let Some(kind) = markdown(below) else {
        return (!in_skill).then_some(Guess::Unknown);
    };
    let stem = stem(file_name);
    let about = ABOUT.contains(&stem.to_lowercase().as_str()) || ABOUT_UPPER.contains(&stem);
    Some(if in_skill || about { Guess::IfDescribed(kind) } else { Guess::Is(kind) })
}

fn markdown(path: &RelPath) -> Option<Kind> {
    let parent = path.parent();
    if path.file_name().ends_with(".agent.md") {
        return Some(Kind::Agent);
    }
    // Gemini CLI takes only TOML for commands; the Markdown beside it is what they refer to.
    if is_gemini(path) {
        return None;
    }
    let in_prompts = parent.file_name() == "prompts";
    if in_prompts && path.file_name().ends_with(".prompt.md")
        || parent.as_str().ends_with(".codex/prompts")
    {
        return Some(Kind::Command);
    }
    folder(&parent)
}

fn toml(path: &RelPath) -> Option<Kind> {
    let parent = path.parent();
    match folder(&parent)? {
        Kind::Command => Some(Kind::Command),
        kind => parent.as_str().ends_with(".codex/agents").then_some(kind),
    }
}

/// Whether Gemini CLI takes the file for a command, whatever it holds.
pub(super) fn is_gemini(path: &RelPath) -> bool {
    format!("/{path}").contains("/.gemini/commands/")
}

/// The kind that the nearest folder above is for.
fn folder(dir: &RelPath) -> Option<Kind> {
    let names: Vec<String> = dir.names().map(str::to_lowercase).collect();
    names.iter().rev().find_map(|name| match name.as_str() {
        name if COMMAND_FOLDERS.contains(&name) => Some(Kind::Command),
        name if AGENT_FOLDERS.contains(&name) => Some(Kind::Agent),
        _ => None,
    })
}

/// Whether a JSON file is where hooks are kept.
pub(super) fn is_hooks_file(path: &RelPath) -> bool {
    let name = path.file_name();
    let parent = path.parent();
    let json = name.ends_with(".json");
    match parent.file_name() {
        ".claude" => matches!(name, "settings.json" | "settings.local.json"),
        ".cursor" | ".codex" => name == "hooks.json",
        _ if parent.as_str().ends_with(".github/hooks") => json,
        _ => json && name.starts_with("hooks") && hooks_dir(path).is_some(),
    }
}

/// Whether a JSON file stands where collections keep hooks, each under a name of its own.
pub(super) fn may_hold_hooks(path: &RelPath) -> bool {
    path.file_name().ends_with(".json") && hooks_dir(path).is_some() && !is_hooks_file(path)
}

/// Whether hooks are one part of a larger file.
pub(super) fn is_settings(path: &RelPath) -> bool {
    path.file_name().starts_with("settings")
}

/// The directory that a hooks file shares with its scripts, when it has one: `hooks/`, or the
/// hook's own directory in there.
pub(super) fn hooks_dir(path: &RelPath) -> Option<RelPath> {
    let parent = path.parent();
    let is_hooks = |dir: &RelPath| {
        matches!(dir.file_name().to_lowercase().as_str(), "hooks" | "hook" | "claude-hooks")
    };
    (is_hooks(&parent) || is_hooks(&parent.parent())).then_some(parent)
}

/// Whether a file is an MCP server packed with all it needs.
pub(super) fn is_bundle(path: &RelPath) -> bool {
    path.file_name().ends_with(".mcpb") || path.file_name().ends_with(".dxt")
}

/// Whether a JSON or TOML file is where MCP servers are kept.
pub(super) fn is_servers_file(path: &RelPath) -> bool {
    let parent = path.parent();
    match path.file_name() {
        ".mcp.json" | "mcp.json" | "server.json" | "gemini-extension.json" => true,
        "config.toml" => parent.file_name() == ".codex",
        "settings.json" => parent.file_name() == ".gemini",
        _ => false,
    }
}

/// Directories in which collections keep one file for each server.
const SERVER_FOLDERS: [&str; 6] =
    ["mcp", "mcps", "mcp-config", "mcp-configs", "mcp-servers", "mcp_servers"];

/// Whether a JSON file may hold MCP servers; what is in it has to tell.
pub(super) fn may_hold_servers(path: &RelPath) -> bool {
    let name = path.file_name().to_lowercase();
    let in_folder = || path.parent().names().any(|dir| SERVER_FOLDERS.contains(&dir));
    name.ends_with(".json")
        && !is_servers_file(path)
        && (name.contains("mcp") || name == "claude_desktop_config.json" || in_folder())
}

/// Whether what a file says may be about others, or makes it artifacts or none: manifests, hooks,
/// servers. A document is about itself.
pub(super) fn is_about_others(path: &RelPath) -> bool {
    manifest(path).is_some()
        || marketplace(path).is_some()
        || is_hooks_file(path)
        || may_hold_hooks(path)
        || is_servers_file(path)
        || may_hold_servers(path)
        || is_bundle(path)
}

/// A plugin's manifest: the root of the plugin and the manifest's rank among those beside it.
pub(super) fn manifest(path: &RelPath) -> Option<(RelPath, u8)> {
    if path.file_name() != "plugin.json" {
        return None;
    }
    let dir = path.parent();
    let rank = match dir.file_name() {
        ".claude-plugin" => 0,
        ".codex-plugin" => 3,
        ".cursor-plugin" => 4,
        name if name.starts_with('.') && name.ends_with("-plugin") => 5,
        "plugin" if dir.parent().file_name() == ".github" => return Some((up(&dir, 2), 2)),
        _ => return Some((dir, 1)),
    };
    Some((up(&dir, 1), rank))
}

/// A marketplace: the directory its paths start from and its rank.
pub(super) fn marketplace(path: &RelPath) -> Option<(RelPath, u8)> {
    if path.file_name() != "marketplace.json" {
        return None;
    }
    let dir = path.parent();
    match (dir.parent().file_name(), dir.file_name()) {
        (_, ".claude-plugin") => Some((up(&dir, 1), 0)),
        (".github", "plugin") => Some((up(&dir, 2), 1)),
        (".agents", "plugins") => Some((up(&dir, 2), 2)),
        (_, name) if name.starts_with('.') && name.ends_with("-plugin") => Some((up(&dir, 1), 3)),
        _ => None,
    }
}

fn up(dir: &RelPath, levels: usize) -> RelPath {
    (0..levels).fold(dir.clone(), |dir, _| dir.parent())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelPath {
        RelPath::parse(text).unwrap()
    }

    #[test]
    fn a_path_tells_the_kind() {
        let guess = |text: &str| guess(&path(text), false);
        let (command, agent) = (Some(Guess::Is(Kind::Command)), Some(Guess::Is(Kind::Agent)));
        for text in [
            "commands/a/b.md",
            ".claude/Commands/x.md",
            ".github/prompts/x.prompt.md",
            ".codex/prompts/x.md",
            ".gemini/commands/git/commit.toml",
        ] {
            assert_eq!(guess(text), command, "{text}");
        }
        for text in
            ["agents/x.md", "subagents/a/x.md", "x.agent.md", ".codex/agents/x.toml", "agent/y.md"]
        {
            assert_eq!(guess(text), agent, "{text}");
        }
        assert_eq!(guess("agents/README.md"), Some(Guess::IfDescribed(Kind::Agent)));
        assert_eq!(guess("commands/CLAUDE.md"), Some(Guess::IfDescribed(Kind::Command)));
        assert_eq!(guess("commands/todo.md"), command);
        assert_eq!(guess("docs/guide.md"), Some(Guess::Unknown));
        assert_eq!(guess(".gemini/commands/rules.md"), Some(Guess::Unknown));
        for text in ["src/x.rs", "agents/x.toml", "a/SKILL.md"] {
            assert_eq!(guess(text), None, "{text}");
        }
        assert_eq!(super::guess(&path("references/x.md"), true), None);
    }

    #[test]
    fn manifests_and_marketplaces_name_their_root() {
        assert_eq!(manifest(&path("a/.claude-plugin/plugin.json")), Some((path("a"), 0)));
        assert_eq!(manifest(&path(".github/plugin/plugin.json")), Some((path(""), 2)));
        assert_eq!(manifest(&path(".cursor-plugin/plugins/x.json")), None);
        assert_eq!(marketplace(&path(".agents/plugins/marketplace.json")), Some((path(""), 2)));
        assert_eq!(marketplace(&path("m/.claude-plugin/marketplace.json")), Some((path("m"), 0)));
    }

    #[test]
    fn endings_are_no_part_of_a_name() {
        assert_eq!(stem("api.agent.md"), "api");
        assert_eq!(stem("settings.local.json"), "settings.local");
        assert_eq!(stem(".md"), ".md");
    }
}
