//! What a site says it has: the JSON below `api/v1` to artifacts with their files, and collections.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Problem, Result};
use crate::format::config::is_name;
use crate::model::artifact::External;
use crate::model::hash::ContentHash;
use crate::model::id::{ArtifactId, Kind};
use crate::model::source::SITE_SCHEMA;
use crate::model::structure::{Member, Section, Shelf, Structure};
use crate::source::http::Client;
use crate::words;

/// Lists that one index may name, and collections of a site.
const LISTS_MAX: usize = 1_000;
/// A longer name or word is no name.
const CHARS_MAX: usize = 400;
/// Words on one artifact.
const TAGS_MAX: usize = 100;

/// All that a site lists.
pub(super) struct Lists {
    pub artifacts: Vec<Artifact>,
    /// The list of collections, a link.
    collections: String,
}

#[derive(Deserialize)]
struct Index {
    links: Links,
}

#[derive(Deserialize)]
struct Links {
    artifacts: Vec<String>,
    files: Option<Vec<String>>,
    collections: String,
}

#[derive(Deserialize)]
struct Many<T> {
    artifacts: Vec<T>,
}

/// An artifact as it is listed, with its files.
#[derive(Deserialize)]
pub(super) struct Artifact {
    pub id: ArtifactId,
    pub path: String,
    pub plugin: Option<String>,
    pub title: Option<String>,
    pub description: String,
    pub version: Option<String>,
    pub license: Option<String>,
    pub author: Option<String>,
    pub category: Option<String>,
    pub tags: Vec<String>,
    pub external: Option<External>,
    #[serde(skip)]
    pub files: Vec<File>,
    /// Whether its files are listed, if only that there are none.
    #[serde(skip)]
    is_listed: bool,
}

#[derive(Deserialize)]
struct Files {
    id: ArtifactId,
    files: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    path: String,
    size: u64,
    hash: ContentHash,
    executable: bool,
    raw: Option<String>,
    published_hash: Option<ContentHash>,
    published_size: Option<u64>,
}

/// A file as it is published: less its secrets.
pub(super) struct File {
    /// Relative to the artifact's directory.
    pub path: String,
    pub size: u64,
    pub hash: ContentHash,
    pub executable: bool,
    /// Below the root of the site; none where it is not published.
    pub link: Option<String>,
}

#[derive(Deserialize)]
struct Shelves {
    collections: Vec<ShelfLink>,
}

#[derive(Deserialize)]
struct ShelfLink {
    json: String,
}

#[derive(Deserialize)]
struct Collection {
    slug: String,
    title: String,
    #[serde(default)]
    description: String,
    members: Vec<String>,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    slug: String,
    title: String,
    #[serde(default)]
    description: String,
    icon: Option<String>,
    color: Option<String>,
    members: Vec<String>,
}

/// Asks for the index and the lists that it names.
pub(super) fn read(client: &Client, root: &str) -> Result<Lists> {
    let Index { links } = get(client, root, "api/v1/index.json")?;
    let Some(files) = links.files else {
        let text = "the site does not list its files: an older skillmeat built it";
        return Err(Problem::error("SM472", text).help("build that site anew").into());
    };
    if links.artifacts.len() > LISTS_MAX || files.len() > LISTS_MAX {
        return Err(strange("api/v1/index.json", "it names too many lists"));
    }
    let mut artifacts: BTreeMap<ArtifactId, Artifact> = BTreeMap::new();
    for link in &links.artifacts {
        let Many { artifacts: listed } = get::<Many<Artifact>>(client, root, link)?;
        for mut artifact in listed {
            artifact.check(link)?;
            if let Some(twice) = artifacts.insert(artifact.id.clone(), artifact) {
                return Err(strange(link, &format!("`{}` is in it twice", twice.id)));
            }
        }
    }
    for link in &files {
        let Many { artifacts: listed } = get::<Many<Files>>(client, root, link)?;
        for Files { id, files } in listed {
            // Of one that the other list does not have: it was published in between.
            let artifact = artifacts.get_mut(&id).ok_or_else(|| torn(&id))?;
            artifact.is_listed = true;
            artifact.files = files.into_iter().map(File::from).collect();
            artifact.files.iter().try_for_each(|file| match &file.link {
                Some(link) => check_link(link),
                None => Ok(()),
            })?;
        }
    }
    if let Some(artifact) = artifacts.values().find(|artifact| !artifact.is_listed) {
        return Err(torn(&artifact.id));
    }
    Ok(Lists { artifacts: artifacts.into_values().collect(), collections: links.collections })
}

/// Collections with their groups, in the site's order.
pub(super) fn structure(client: &Client, root: &str, lists: &Lists) -> Result<Structure> {
    let ids: BTreeMap<String, &ArtifactId> =
        lists.artifacts.iter().map(|one| (one.id.to_string(), &one.id)).collect();
    let members = |listed: &[String]| -> Vec<Member> {
        let known = listed.iter().filter_map(|id| ids.get(id.as_str()));
        known.map(|id| Member { kind: id.kind, name: name_here(id, &id.name) }).collect()
    };
    let Shelves { collections } = get(client, root, &lists.collections)?;
    if collections.len() > LISTS_MAX {
        return Err(strange(&lists.collections, "it names too many collections"));
    }
    let mut structure = Structure::default();
    for ShelfLink { json } in collections {
        let one: Collection = get(client, root, &json)?;
        let groups = one.groups.into_iter().map(|group| Section {
            key: format!("{}/{}", one.slug, group.slug),
            title: group.title,
            description: group.description,
            icon: group.icon,
            color: group.color,
            members: members(&group.members),
        });
        structure.collections.push(Shelf {
            groups: groups.collect(),
            members: members(&one.members),
            key: one.slug,
            title: one.title,
            description: one.description,
        });
    }
    Ok(structure)
}

/// What an artifact of the site, or a plugin beside it, is called here.
pub(super) fn name_here(id: &ArtifactId, name: &str) -> String {
    format!("{}:{name}", id.source)
}

impl Artifact {
    /// Refuses names that no site has, and puts words in order.
    fn check(&mut self, link: &str) -> Result<()> {
        let is_plain = |text: &str| {
            text.chars().count() <= CHARS_MAX
                && !text.chars().any(|c| c.is_control() || words::is_invisible(c))
        };
        let ArtifactId { source, kind, name } = &self.id;
        let may_divide = *kind == Kind::Mcp || !name.contains('/');
        if !is_name(source) || !is_plain(name) || !may_divide {
            let id = words::visible(&self.id.to_string());
            return Err(strange(link, &format!("`{id}` cannot be the id of an artifact")));
        }
        self.tags.retain(|tag| is_plain(tag) && !tag.is_empty());
        self.tags.truncate(TAGS_MAX);
        self.tags.iter_mut().for_each(|tag| *tag = tag.to_lowercase());
        self.plugin.take_if(|plugin| !is_plain(plugin) || plugin.contains('/'));
        Ok(())
    }
}

impl From<Listed> for File {
    fn from(listed: Listed) -> Self {
        Self {
            path: listed.path,
            size: listed.published_size.unwrap_or(listed.size),
            hash: listed.published_hash.unwrap_or(listed.hash),
            executable: listed.executable,
            link: listed.raw,
        }
    }
}

fn get<T: DeserializeOwned>(client: &Client, root: &str, link: &str) -> Result<T> {
    check_link(link)?;
    let value = client.get_json(&format!("{root}{link}"))?.value;
    match value.get("schema").and_then(Value::as_u64) {
        Some(schema) if schema <= u64::from(SITE_SCHEMA) => {}
        Some(schema) => {
            let text = format!("the site has schema {schema}, this program knows {SITE_SCHEMA}");
            return Err(Problem::error("SM471", text).help("use a newer skillmeat").into());
        }
        None => return Err(strange(link, "it names no `schema`")),
    }
    serde_json::from_value(value)
        .map_err(|cause| strange(link, &words::visible(&cause.to_string())))
}

/// A link of a site leads below its root, by plain names.
fn check_link(link: &str) -> Result<()> {
    let is_plain = |name: &str| {
        !matches!(name, "" | "." | "..")
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-~".contains(&b))
    };
    if link.split('/').all(is_plain) {
        return Ok(());
    }
    let text = format!("the link `{}` leads off the site", words::visible(link));
    let help = "see whether the address is that of a site that skillmeat built";
    Err(Problem::error("SM474", text).help(help).into())
}

fn strange(link: &str, why: &str) -> Error {
    let text = format!("`{link}` is not what a site that skillmeat built has: {why}");
    Problem::error("SM472", text).help("see whether the address is that of such a site").into()
}

fn torn(id: &ArtifactId) -> Error {
    let id = words::visible(&id.to_string());
    let text = format!("the lists of the site differ: one has `{id}`, the other has not");
    let help = "it may just have been published: run `skillmeat sync` again in a minute";
    Problem::error("SM473", text).help(help).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_on_the_site() {
        for link in ["api/v1/artifacts.json", "a/x/skill/y--z/raw/_mcp.json", "a~b.txt"] {
            assert!(check_link(link).is_ok(), "{link}");
        }
        for link in [
            "",
            "/etc/passwd",
            "//other.example/x",
            "https://other.example/x",
            "../x",
            "a/../../x",
            "a/%2e%2e/x",
            "a\\b",
            "a//b",
            "a?b",
            "a#b",
            "a b",
            "file:x",
        ] {
            assert_eq!(check_link(link).unwrap_err().problems[0].code, "SM474", "{link}");
        }
    }
}
