//! The artifact: what sync learns from one skill, command, agent, hooks file, MCP server or plugin.
//!
//! These types derive serde because the cache stores exactly this value (`data_json`); the JSON of
//! the site has shapes of its own.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::hash::ContentHash;
use super::history::Was;
use super::id::ArtifactId;
use crate::error::Problem;

/// Raise it when a change to detection or reading makes cached artifacts out of date.
pub const READER_VERSION: u32 = 2;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    pub id: ArtifactId,
    /// Where it stands in its source: a directory or a file, `.` for the root; a part of a JSON
    /// file is `file#part`. One source never has the same kind and path twice.
    pub path: String,
    pub hash: ContentHash,
    /// The hash of what lies outside its files and still shapes its metadata: the entry of a
    /// marketplace that lists a plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<ContentHash>,
    /// The name it gives itself, where that differs from the name in its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// As written; empty when there is none.
    #[serde(default)]
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// Lower case, sorted, without repeats: `tags`, `keywords`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The shelf a marketplace puts a plugin on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The plugin it is a member of, by the plugin's name in its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    #[serde(default, skip_serializing_if = "Capabilities::is_empty")]
    pub can: Capabilities,
    /// The front matter or manifest as written, in order, values as one-line text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
    /// The file that is rendered as the artifact's page, by its path in `files`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Sorted by path. A plugin that lives elsewhere has none.
    pub files: Vec<File>,
    /// Other paths in the source that are links to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// The date it was first seen or committed, from the lock.
    #[serde(skip)]
    pub added: Option<Date>,
    /// The date of its last change, from the lock.
    #[serde(skip)]
    pub changed: Option<Date>,
    /// What it was before, the newest first, where its source has no history of its own; from the
    /// lock.
    #[serde(skip)]
    pub was: Vec<Was>,
}

impl Artifact {
    /// An artifact of which nothing is known yet.
    pub fn empty(id: ArtifactId, path: String) -> Self {
        Self {
            id,
            path,
            hash: ContentHash::of_files([]),
            context: None,
            title: None,
            description: String::new(),
            version: None,
            license: None,
            author: None,
            homepage: None,
            tags: Vec::new(),
            category: None,
            plugin: None,
            can: Capabilities::default(),
            fields: Vec::new(),
            document: None,
            files: Vec::new(),
            aliases: Vec::new(),
            problems: Vec::new(),
            added: None,
            changed: None,
            was: Vec::new(),
        }
    }

    /// Title, or the name in the id without its plugin.
    pub fn label(&self) -> &str {
        self.title.as_deref().unwrap_or_else(|| self.id.short_name())
    }

    /// What the lock pins and the cache is asked for.
    pub fn pin(&self) -> Pin {
        Pin { hash: self.hash, context: self.context }
    }

    /// The file path the artifact stands at, without the part inside it.
    pub fn file_path(&self) -> &str {
        self.path.split('#').next().unwrap_or_default()
    }

    pub fn file(&self, path: &str) -> Option<&File> {
        let at = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files.get(at)
    }

    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

/// The exact state of an artifact: its own hash and that of its context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pin {
    pub hash: ContentHash,
    pub context: Option<ContentHash>,
}

impl std::fmt::Display for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.context {
            None => self.hash.fmt(f),
            Some(context) => write!(f, "{}+{}", self.hash, context.hex()),
        }
    }
}

impl FromStr for Pin {
    type Err = String;

    /// `sha256:…`, with `+` and the hash of the context.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('+') {
            None => Ok(Self { hash: text.parse()?, context: None }),
            Some((hash, context)) => Ok(Self {
                hash: hash.parse()?,
                context: Some(format!("sha256:{context}").parse()?),
            }),
        }
    }
}

/// One file of an artifact. A part of a JSON file is a file of its own here: what would be copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Relative to the artifact's directory; for a single file, its name.
    pub path: String,
    pub size: u64,
    pub hash: ContentHash,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

/// What an artifact can do once an agent has it: facts read from its files, no judgement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Tools it may use without asking, as written: `Bash(git:*)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argument_hint: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<HookAction>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Server>,
    /// Where a plugin without files lives: a URL, with path and ref as the marketplace writes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<External>,
}

impl Capabilities {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One thing that a hooks file runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookAction {
    pub event: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matcher: Option<String>,
    /// `command`, `prompt`, `agent`, `http` or `mcp_tool`.
    pub kind: String,
    /// The command line, prompt or URL.
    pub action: String,
}

/// How an MCP server is reached. Values that may be secret are never here, only their names; a
/// `${VARIABLE}` in a command, argument or URL stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// `stdio`, `http`, `sse`, `ws`.
    pub transport: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct External {
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Branch, tag or commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}
