//! The agents that artifacts are deployed for, and where each looks for what.
//!
//! Paths are those of the vendors' documentation; the words and the record's folder are SkillMeat's
//! (`core/path_resolver.py`), so that its command line reads our records as its own.

use std::fmt;

use super::id::Kind;
use crate::words;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    ClaudeCode,
    Codex,
    Gemini,
    Cursor,
    Copilot,
}

/// Where an artifact stands in a project; every path is relative to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    /// A folder with all its files.
    Dir(String),
    /// One file.
    File(String),
    /// One entry of a file that holds those of others, too: an MCP server.
    Server { file: String, format: ServerFile },
    /// Entries of the settings; `dir` is for the scripts that they run.
    Hooks { file: String, dir: String },
}

/// How a file holds MCP servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerFile {
    /// JSON, by name below this key.
    Json(&'static str),
    /// TOML, by name below `mcp_servers`.
    Toml,
}

impl Profile {
    pub const ALL: [Profile; 5] =
        [Profile::ClaudeCode, Profile::Codex, Profile::Gemini, Profile::Cursor, Profile::Copilot];

    /// The word in records, files and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Profile::ClaudeCode => "claude_code",
            Profile::Codex => "codex",
            Profile::Gemini => "gemini",
            Profile::Cursor => "cursor",
            Profile::Copilot => "copilot",
        }
    }

    /// The words for people.
    pub fn label(self) -> &'static str {
        match self {
            Profile::ClaudeCode => "Claude Code",
            Profile::Codex => "Codex",
            Profile::Gemini => "Gemini CLI",
            Profile::Cursor => "Cursor",
            Profile::Copilot => "GitHub Copilot",
        }
    }

    /// What SkillMeat calls the platform; it knows no Copilot.
    pub fn platform(self) -> &'static str {
        match self {
            Profile::Copilot => "other",
            profile => profile.word(),
        }
    }

    /// Where an artifact of this kind and name goes; else why it cannot, as the end of a sentence
    /// that begins with the name of the agent. The name must be safe as that of a file.
    pub fn place(self, kind: Kind, name: &str) -> Result<Where, &'static str> {
        let dir = |dir: &str| Ok(Where::Dir(format!("{dir}/{name}")));
        let file = |dir: &str, end: &str| Ok(Where::File(format!("{dir}/{name}{end}")));
        let server = |file: &str, key| {
            Ok(Where::Server { file: file.to_owned(), format: ServerFile::Json(key) })
        };
        match (self, kind) {
            (_, Kind::Plugin) => Err("takes the members of a plugin, not the plugin itself"),
            (Profile::ClaudeCode, Kind::Skill) => dir(".claude/skills"),
            (Profile::ClaudeCode, Kind::Command) => file(".claude/commands", ".md"),
            (Profile::ClaudeCode, Kind::Agent) => file(".claude/agents", ".md"),
            (Profile::ClaudeCode, Kind::Mcp) => server(".mcp.json", "mcpServers"),
            (Profile::ClaudeCode, Kind::Hook) => Ok(Where::Hooks {
                file: ".claude/settings.json".to_owned(),
                dir: format!(".claude/hooks/{name}"),
            }),
            (Profile::Codex, Kind::Skill) => dir(".agents/skills"),
            (Profile::Codex, Kind::Mcp) => Ok(Where::Server {
                file: ".codex/config.toml".to_owned(),
                format: ServerFile::Toml,
            }),
            (Profile::Gemini, Kind::Skill) => dir(".gemini/skills"),
            (Profile::Gemini, Kind::Mcp) => server(".gemini/settings.json", "mcpServers"),
            (Profile::Cursor, Kind::Skill) => dir(".cursor/skills"),
            (Profile::Cursor, Kind::Command) => file(".cursor/commands", ".md"),
            (Profile::Cursor, Kind::Agent) => file(".cursor/agents", ".md"),
            (Profile::Cursor, Kind::Mcp) => server(".cursor/mcp.json", "mcpServers"),
            (Profile::Copilot, Kind::Skill) => dir(".github/skills"),
            (Profile::Copilot, Kind::Command) => file(".github/prompts", ".prompt.md"),
            (Profile::Copilot, Kind::Agent) => file(".github/agents", ".agent.md"),
            (Profile::Copilot, Kind::Mcp) => server(".vscode/mcp.json", "servers"),
            (Profile::Codex, Kind::Command) => Err("has no commands in a project"),
            (Profile::Codex, Kind::Agent) => Err("reads agents in a format of its own"),
            (Profile::Gemini, Kind::Command) => Err("reads commands in a format of its own"),
            (Profile::Gemini, Kind::Agent) => Err("reads agents in a format of its own"),
            (_, Kind::Hook) => Err("has hooks of its own"),
        }
    }

    /// The folder with the record of what is deployed for this agent: that in which it stands, but
    /// for files that no profile of SkillMeat would look into.
    pub fn record_root(self, place: &Where) -> &'static str {
        match (self, place) {
            (Profile::ClaudeCode, _) => ".claude",
            (Profile::Codex, Where::Dir(_)) => ".agents",
            (Profile::Codex, _) => ".codex",
            (Profile::Gemini, _) => ".gemini",
            (Profile::Cursor, _) => ".cursor",
            (Profile::Copilot, _) => ".github",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl std::str::FromStr for Profile {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Profile::ALL.into_iter().find(|profile| profile.word() == word).ok_or_else(|| {
            let words: Vec<&str> = Profile::ALL.iter().map(|profile| profile.word()).collect();
            format!("`{word}` is not a profile: {}", words::list_or(&words))
        })
    }
}
