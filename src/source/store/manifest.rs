//! `collection.toml` and `collection.lock` of SkillMeat 0.9 (`storage/manifest.py`,
//! `storage/lockfile.py`) to what they say of artifacts and groups.
//!
//! Reading is lenient: an entry that makes no sense is left out with its reason, and the others
//! stay. Knows nothing of the files beside them.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::model::source::check_web_url;
use crate::source::listing::About;
use crate::words;

/// What one `collection.toml` says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Manifest {
    pub(super) title: Option<String>,
    /// In the file's order.
    pub(super) items: Vec<Item>,
    /// By their position.
    pub(super) groups: Vec<Group>,
    /// Names of what is listed and is no artifact here, with what it is.
    pub(super) strange: Vec<(String, String)>,
    /// Entries that make no sense: which, and why.
    pub(super) unusable: Vec<(String, String)>,
}

/// One of `[[artifacts]]`.
#[derive(Debug, PartialEq)]
pub(super) struct Item {
    pub(super) kind: Kind,
    /// As it stands there; with the kind the key of the lock.
    pub(super) name: String,
    /// The type's own word.
    pub(super) word: String,
    /// Below the collection's folder.
    pub(super) path: RelPath,
    pub(super) about: About,
}

/// One of `[[groups]]`.
#[derive(Debug, PartialEq)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) color: Option<String>,
    pub(super) icon: Option<String>,
    /// `type:name`, in order.
    pub(super) members: Vec<String>,
}

/// Says in one line why the text cannot be read.
pub(super) fn read(text: &str) -> Result<Manifest, String> {
    let file = table(text)?;
    let mut manifest = Manifest {
        title: file.get("collection").and_then(|head| field(head, "name")),
        ..Manifest::default()
    };
    for entry in list(&file, "artifacts") {
        match item(entry) {
            Ok(Ok(item)) => manifest.items.push(item),
            Ok(Err(strange)) => manifest.strange.push(strange),
            Err(why) => {
                let name = field(entry, "name").unwrap_or_else(|| "?".to_owned());
                manifest.unusable.push((name, why));
            }
        }
    }
    for entry in list(&file, "mcp_servers") {
        let name = field(entry, "name").unwrap_or_else(|| "?".to_owned());
        manifest.strange.push((name, "MCP server without files".to_owned()));
    }
    let mut groups: Vec<(i64, Group)> = list(&file, "groups").filter_map(group).collect();
    groups.sort_by_key(|(position, _)| *position);
    manifest.groups = groups.into_iter().map(|(_, group)| group).collect();
    Ok(manifest)
}

/// The content hashes that a `collection.lock` names, by `name::type`.
pub(super) fn read_lock(text: &str) -> Result<BTreeMap<String, String>, String> {
    let file = table(text)?;
    let entries = file.get("lock").and_then(|lock| lock.get("entries")).and_then(Value::as_table);
    let hash = |entry: &Value| field(entry, "content_hash");
    Ok(entries
        .into_iter()
        .flatten()
        .filter_map(|(key, entry)| Some((key.clone(), hash(entry)?)))
        .collect())
}

/// The kind that SkillMeat's word for a type means here.
pub(in crate::source) fn kind(word: &str) -> Option<Kind> {
    match word {
        "composite" => Some(Kind::Plugin),
        word => word.parse().ok(),
    }
}

/// A version that says something: not the words of SkillMeat's for "whatever is there".
pub(in crate::source) fn version(text: Option<String>) -> Option<String> {
    text.filter(|text| !matches!(text.as_str(), "latest" | "unknown"))
}

/// Where an upstream such as `user/repo/path` of GitHub, or an address, can be looked at.
pub(in crate::source) fn homepage(upstream: Option<&str>, origin: Option<&str>) -> Option<String> {
    let upstream = upstream?;
    if upstream.contains("://") {
        return check_web_url(upstream).is_ok().then(|| upstream.to_owned());
    }
    let is_plain = |part: &&str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && !part.starts_with('.')
    };
    let mut parts = upstream.split(['/', '@']);
    let (user, repo) = (parts.next().filter(is_plain)?, parts.next().filter(is_plain)?);
    (origin == Some("github")).then(|| format!("https://github.com/{user}/{repo}"))
}

fn table(text: &str) -> Result<Table, String> {
    toml::from_str(text).map_err(|cause| {
        let line = cause.span().map(|span| text[..span.start.min(text.len())].lines().count());
        let why = words::visible(cause.message().lines().next().unwrap_or_default());
        line.map_or(why.clone(), |line| format!("line {}: {why}", line.max(1)))
    })
}

/// An artifact, or what else the entry is; or why it is nothing.
fn item(entry: &Value) -> Result<Result<Item, (String, String)>, String> {
    let need = |key: &str| field(entry, key).ok_or_else(|| format!("it has no `{key}`"));
    let (name, word) = (need("name")?, need("type")?);
    let Some(kind) = kind(&word) else { return Ok(Err((name, word))) };
    let written = need("path")?;
    let path = RelPath::parse(&written.replace('\\', "/"))
        .filter(|path| !path.is_root())
        .ok_or_else(|| format!("its path `{}` leaves the collection", words::visible(&written)))?;
    let metadata = entry.get("metadata");
    let meta = |key: &str| metadata.and_then(|metadata| field(metadata, key));
    let tags = entry.get("tags").and_then(Value::as_array).into_iter().flatten();
    let about = About {
        title: meta("title"),
        description: meta("description"),
        version: meta("version").or_else(|| field(entry, "resolved_version")),
        license: meta("license"),
        author: meta("author"),
        homepage: homepage(field(entry, "upstream").as_deref(), field(entry, "origin").as_deref()),
        tags: tags.filter_map(Value::as_str).map(str::to_owned).collect(),
        ..About::default()
    };
    let about = About { version: version(about.version), ..about };
    Ok(Ok(Item { kind, name, word, path, about }))
}

/// A group with its position.
fn group(entry: &Value) -> Option<(i64, Group)> {
    let members = entry.get("members").and_then(Value::as_array).into_iter().flatten();
    let group = Group {
        name: field(entry, "name")?,
        description: field(entry, "description").unwrap_or_default(),
        color: field(entry, "color"),
        icon: field(entry, "icon"),
        members: members.filter_map(Value::as_str).map(str::to_owned).collect(),
    };
    let position = entry.get("position").and_then(Value::as_integer).unwrap_or_default();
    Some((position, group))
}

fn list<'a>(file: &'a Table, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    file.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A text that is not empty.
fn field(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"
[collection]
name = "Team"
[[artifacts]]
name = "pdf"
type = "skill"
path = 'skills\pdf'
origin = "github"
upstream = "anthropics/skills/pdf@v1"
version_spec = "latest"
resolved_version = "v1.2"
tags = ["a", 3]
[artifacts.metadata]
description = "Reads PDF"
author = ""
[[artifacts]]
name = "flow"
type = "workflow"
path = "workflows/flow.yaml"
[[artifacts]]
name = "kit"
type = "composite"
path = "composites/kit"
[[artifacts]]
name = "up"
type = "skill"
path = "../../up"
[[artifacts]]
type = "skill"
[[mcp_servers]]
name = "files"
repo = "x/y"
[[groups]]
name = "Second"
position = 2
[[groups]]
name = "First"
position = 1
color = "blue"
icon = ""
members = ["skill:pdf", "skill:gone"]
"#;

    #[test]
    fn entries_are_read_and_what_makes_no_sense_is_told() {
        let manifest = read(LIST).unwrap();
        assert_eq!(manifest.title.as_deref(), Some("Team"));
        let about = About {
            description: Some("Reads PDF".into()),
            version: Some("v1.2".into()),
            homepage: Some("https://github.com/anthropics/skills".into()),
            tags: vec!["a".into()],
            ..About::default()
        };
        let path = |text: &str| RelPath::parse(text).unwrap();
        let item = |kind, name: &str, word: &str, at: &str, about| Item {
            kind,
            name: name.into(),
            word: word.into(),
            path: path(at),
            about,
        };
        assert_eq!(
            manifest.items,
            [
                item(Kind::Skill, "pdf", "skill", "skills/pdf", about),
                item(Kind::Plugin, "kit", "composite", "composites/kit", About::default()),
            ]
        );
        let names: Vec<&str> = manifest.groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["First", "Second"]);
        assert_eq!(manifest.groups[0].members, ["skill:pdf", "skill:gone"]);
        assert_eq!(
            (manifest.groups[0].color.as_deref(), &manifest.groups[0].icon),
            (Some("blue"), &None)
        );
        let strange = [("flow", "workflow"), ("files", "MCP server without files")];
        assert_eq!(manifest.strange, strange.map(|(a, b)| (a.to_owned(), b.to_owned())));
        let unusable =
            [("up", "its path `../../up` leaves the collection"), ("?", "it has no `name`")];
        assert_eq!(manifest.unusable, unusable.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn any_text_is_read_or_says_where_it_is_broken() {
        assert_eq!(read(""), Ok(Manifest::default()));
        assert_eq!(read("artifacts = 3\ngroups = [1]"), Ok(Manifest::default()));
        let why = read("[collection]\nname = \"x\"\nname = ").unwrap_err();
        assert!(why.starts_with("line 3: "), "{why}");
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&format!("a = {}", "[".repeat(100_000))).is_err());
    }

    #[test]
    fn only_what_is_an_address_becomes_one() {
        for (upstream, origin, page) in [
            ("https://h.example/x", "local", Some("https://h.example/x")),
            ("javascript://x", "github", None),
            ("https://u:p@h.example/x", "github", None),
            ("o/r", "github", Some("https://github.com/o/r")),
            ("o/r", "local", None),
            ("../r", "github", None),
            ("o", "github", None),
        ] {
            assert_eq!(homepage(Some(upstream), Some(origin)).as_deref(), page, "{upstream}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_list_panics_and_no_path_leaves_the_collection(
            at in 0..LIST.len(), n in 0..40_usize, put in ".{0,12}",
        ) {
            let is_edge = |at: &usize| LIST.is_char_boundary(*at);
            let start = (0..=at).rev().find(is_edge).unwrap_or_default();
            let end = (at + n..=LIST.len()).find(is_edge).unwrap_or(LIST.len());
            let text = format!("{}{put}{}", &LIST[..start], &LIST[end.max(start)..]);
            if let Ok(manifest) = read(&text) {
                for item in manifest.items {
                    assert!(!item.path.is_root());
                    assert!(item.path.names().all(|name| name != ".." && name != "."));
                }
            }
            let _ = read_lock(&text);
        }
    }
}
