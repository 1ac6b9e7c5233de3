//! Artifact ids: `source/kind/name`, split at the first two `/`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an artifact is. The order is the order of listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Skill,
    Command,
    Agent,
    Hook,
    Mcp,
    Plugin,
}

impl Kind {
    pub const ALL: [Kind; 6] =
        [Kind::Skill, Kind::Command, Kind::Agent, Kind::Hook, Kind::Mcp, Kind::Plugin];

    /// The word in ids, files, URLs and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Skill => "skill",
            Kind::Command => "command",
            Kind::Agent => "agent",
            Kind::Hook => "hook",
            Kind::Mcp => "mcp",
            Kind::Plugin => "plugin",
        }
    }

    /// The word for people.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Skill => "Skill",
            Kind::Command => "Command",
            Kind::Agent => "Agent",
            Kind::Hook => "Hook",
            Kind::Mcp => "MCP server",
            Kind::Plugin => "Plugin",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| {
            let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
            format!("`{word}` is not a kind: {}", crate::words::list_or(&words))
        })
    }
}

/// `anthropics/skill/pdf`; inside a plugin the name is `plugin:name`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ArtifactId {
    pub source: String,
    pub kind: Kind,
    /// With its `plugin:` prefix.
    pub name: String,
}

impl ArtifactId {
    pub fn new(source: &str, kind: Kind, name: &str) -> Self {
        Self { source: source.to_owned(), kind, name: name.to_owned() }
    }

    /// The name without its `plugin:` prefix, as JSON and cards show it.
    pub fn short_name(&self) -> &str {
        self.name.split_once(':').map_or(&self.name, |(_, name)| name)
    }
}

impl fmt::Display for ArtifactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.source, self.kind, self.name)
    }
}

impl fmt::Debug for ArtifactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for ArtifactId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(source), Some(kind), Some(name)) if !source.is_empty() && !name.is_empty() => {
                Ok(Self { source: source.to_owned(), kind: kind.parse()?, name: name.to_owned() })
            }
            _ => Err(format!("`{text}` is not `source/kind/name`")),
        }
    }
}

impl From<ArtifactId> for String {
    fn from(id: ArtifactId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for ArtifactId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_splits_at_its_first_two_slashes() {
        let id: ArtifactId = "registry/mcp/io.github.x/files".parse().unwrap();
        assert_eq!((id.source.as_str(), id.kind), ("registry", Kind::Mcp));
        assert_eq!(id.name, "io.github.x/files");
        assert_eq!(id.to_string(), "registry/mcp/io.github.x/files");
        let member: ArtifactId = "w/agent/python-development:fastapi-pro".parse().unwrap();
        assert_eq!(member.short_name(), "fastapi-pro");
        assert!("w/thing/x".parse::<ArtifactId>().is_err());
        assert!("w/skill".parse::<ArtifactId>().is_err());
    }
}
