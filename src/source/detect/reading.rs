//! The text of a document and its path, to all that follows from these two alone: what the file
//! says of itself, before the source around it (plugins, other names, links) has its word.
//!
//! It is the part of reading that takes time, so it is what the cache remembers, by the hash of the
//! text. Pure: the same path and text give the same reading.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{fields, layout, rules, text};
use crate::error::Problem;
use crate::format::frontmatter::{self, FrontMatter};
use crate::model::artifact::{Artifact, Capabilities, READER_VERSION};
use crate::model::id::{ArtifactId, Kind};
use crate::model::path::RelPath;

/// Keys that only agents have.
const AGENT_KEYS: [&str; 11] = [
    "tools",
    "disallowed-tools",
    "model",
    "color",
    "permission-mode",
    "max-turns",
    "skills",
    "mcp-servers",
    "memory",
    "isolation",
    "initial-prompt",
];

/// What a Markdown or TOML file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Reading {
    /// Its `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name to show, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "Capabilities::is_empty")]
    pub can: Capabilities,
    /// As [`Artifact::fields`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
    /// What is wrong with the text, whatever it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// What is wrong with it as a skill; only of files that are called so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skill_problems: Vec<Problem>,
    /// What it is by what it says, wherever it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Whether it has a field `prompt`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_prompt: bool,
    /// Whether a line begins so, as of a command whose TOML is broken.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub names_prompt: bool,
}

impl Reading {
    /// `problem` is what was wrong with getting at the text.
    pub(super) fn of(path: &RelPath, text: &str, problem: Option<Problem>) -> Self {
        let mut page = if path.file_name().ends_with(".toml") {
            toml(path, text)
        } else {
            frontmatter::read(path.as_str(), text)
        };
        page.problems.extend(problem);
        let mut artifact = Artifact::empty(ArtifactId::new("", Kind::Skill, ""), String::new());
        fields::apply(&mut artifact, &page);
        fields::capabilities(&mut artifact, &page);
        let Artifact { version, license, author, homepage, category, tags, can, .. } = artifact;
        // What TOML holds besides metadata is the prompt itself: the document shows it.
        let is_prompt = |key: &str| matches!(key, "prompt" | "developer_instructions");
        let dir = path.parent();
        let dir_name = (!dir.is_root()).then(|| dir.file_name());
        let skill_problems = match layout::is_skill_file(path) {
            true => rules::skill(path, text, &page, dir_name),
            false => Vec::new(),
        };
        Self {
            name: page.get_text(&["name"]),
            label: fields::label(&page),
            description: page.get_text(&["description"]),
            version,
            license,
            author,
            homepage,
            category,
            tags,
            can,
            fields: fields::one_lines(&page, is_prompt),
            skill_problems,
            kind: kind(&page, text),
            has_prompt: page.get(&["prompt"]).is_some(),
            names_prompt: text.lines().any(|line| line.starts_with("prompt")),
            problems: page.problems,
        }
    }

    /// Whether the metadata could not be read at all.
    pub(super) fn is_broken(&self) -> bool {
        self.problems.iter().any(|problem| problem.code == "SM331")
    }

    /// The form it is kept in: the version of the reader, and JSON.
    pub(super) fn kept(&self) -> String {
        // Strings, numbers and lists always are JSON; what is empty is never taken for a reading.
        let json = serde_json::to_string(self).unwrap_or_default();
        format!("{READER_VERSION} {json}")
    }

    /// What [`Reading::kept`] wrote, if this version of the reader did.
    pub(super) fn parse(kept: &str) -> Option<Self> {
        let (version, json) = kept.split_once(' ')?;
        (version.parse() == Ok(READER_VERSION)).then(|| serde_json::from_str(json).ok())?
    }
}

/// A table stands for front matter without a body.
fn toml(file: &RelPath, text: &str) -> FrontMatter {
    let mut fields = match text::toml(file.as_str(), text) {
        Ok(Value::Object(map)) => fields::from_map(map),
        Ok(_) => FrontMatter::default(),
        Err(problem) => FrontMatter { problems: vec![problem], ..FrontMatter::default() },
    };
    fields.body = text.len();
    fields
}

/// What a file that stands nowhere in particular says of itself.
fn kind(page: &FrontMatter, text: &str) -> Option<Kind> {
    let has = |keys: &[&str]| page.get(keys).is_some();
    let described = page.get_text(&["description"]).is_some();
    // A workflow of GitHub's looks like an agent, but says when it runs.
    if has(&["on"]) {
        return None;
    }
    if described && has(&["name"]) && has(&AGENT_KEYS) {
        return Some(Kind::Agent);
    }
    let body = text.get(page.body..).unwrap_or_default();
    // Prompts of evaluations have `allowed_tools`, too, but nothing that introduces them.
    let is_command = has(&["argument-hint"])
        || described && (has(&["allowed-tools"]) || body.contains("$ARGUMENTS"));
    is_command.then_some(Kind::Command)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_reading_is_kept_as_it_is(
            path in "(a/)?(SKILL\\.md|x\\.md|y\\.toml)",
            text in "(---\n)?((name|description|prompt|tools|tags|metadata|on|version): ?[a-zé\"'\\[{,: ]{0,9}\n){0,5}(---\n)?.{0,20}",
        ) {
            let reading = Reading::of(&RelPath::parse(&path).unwrap(), &text, None);
            proptest::prop_assert_eq!(Reading::parse(&reading.kept()), Some(reading));
        }
    }

    #[test]
    fn what_another_reader_wrote_is_read_anew() {
        let kept = Reading::default().kept();
        let other = kept.replacen(&READER_VERSION.to_string(), "1", 1);
        for text in [other.as_str(), "", "2", "2 ", "{}", "2 {\"name\": 1}"] {
            assert_eq!(Reading::parse(text), None, "{text}");
        }
    }
}
