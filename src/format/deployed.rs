//! SkillMeat's record of what is deployed in a project (`.skillmeat-deployed.toml`): text to entries,
//! and entries put into a text or taken out of it, so that all others stay byte for byte.
//!
//! The format is that of `storage/deployment.py` and `core/deployment.py` of SkillMeat 0.9.

use crate::error::{Problem, Result};
use crate::model::id::Kind;

/// The name of the file, in the folder of a profile.
pub const FILE: &str = ".skillmeat-deployed.toml";

/// One `[[deployed]]`. Fields that we neither read nor write stay in the text as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// `skill`, `composite` for a plugin.
    pub kind: String,
    pub from_collection: String,
    /// As written: a local time without a zone.
    pub deployed_at: Option<String>,
    /// Below the folder of the profile.
    pub path: String,
    /// Hex; `collection_sha` of older files.
    pub hash: Option<String>,
    /// Newest first.
    pub lineage: Vec<String>,
    pub profile: Option<String>,
    pub platform: Option<String>,
    pub root: Option<String>,
    pub uuid: Option<String>,
    /// Of hooks: the digests of the handlers that were put into the settings. Ours.
    pub handlers: Vec<String>,
}

/// The entries of a record, and what cannot be read of it.
pub fn read(file: &str, text: &str) -> (Vec<Entry>, Vec<Problem>) {
    let _ = (file, text);
    (Vec::new(), Vec::new())
}

/// The kind that SkillMeat calls so.
pub fn kind(word: &str) -> std::result::Result<Kind, String> {
    if word == "composite" { Ok(Kind::Plugin) } else { word.parse() }
}

/// The text with these entries in place of those of the same name, kind and profile, or after all
/// others, and without `gone` (name, kind, profile). `None` where nothing is left: the file goes.
pub fn put(
    file: &str,
    text: Option<&str>,
    entries: &[Entry],
    gone: &[(String, Kind, String)],
) -> Result<Option<String>> {
    let _ = (file, text, entries, gone);
    Err(Problem::error("SM600", "not yet").into())
}
