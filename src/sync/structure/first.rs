//! The first collection of a source: groups from the source's own structure. Pure.
//!
//! Categories of its marketplace where it has several, else its plugins, else the folders its
//! artifacts stand in. After this people own the files.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::files::{COLLECTIONS, RESERVED_SLUGS};
use crate::format::collection::ORDER;
use crate::model::artifact::Artifact;
use crate::model::collection::{Collection, Group, Selector};
use crate::model::id::Kind;
use crate::model::slug;
use crate::model::source::Source;

/// Orders have gaps, so that a person can put something between.
const ORDER_STEP: i64 = 10;

/// Folders that hold one kind and say nothing about their content.
const CONTAINERS: [&str; 10] = [
    "skills", "commands", "agents", "hooks", "plugins", "prompts", ".claude", ".github", ".agents",
    "src",
];

/// The first collection of a source among `all`; the folders in `claimed` came with other sources.
pub(super) fn collection(
    source: &Source,
    all: &[Source],
    artifacts: &[Artifact],
    claimed: &BTreeSet<&str>,
) -> Collection {
    let slug = folder(source, all, claimed);
    let from_source = Selector { source: vec![source.name.clone()], ..Selector::default() };
    let mut groups = Vec::new();
    for (title, selector) in sections(artifacts) {
        let name = unique(&slug::slug(&title), &title, &groups);
        groups.push(Group {
            file: format!("{COLLECTIONS}/{slug}/groups/{name}.yaml"),
            slug: name,
            title: capital(&title),
            description: String::new(),
            icon: None,
            color: None,
            order: ORDER_STEP * (groups.len() as i64 + 1),
            include: vec![selector],
            members: Vec::new(),
            exclude: Vec::new(),
        });
    }
    Collection {
        file: format!("{COLLECTIONS}/{slug}/collection.yaml"),
        slug,
        title: source.name.clone(),
        description: String::new(),
        owner: None,
        order: ORDER,
        include: vec![from_source],
        exclude: Vec::new(),
        pins: Vec::new(),
        views: Vec::new(),
        groups,
    }
}

/// The collection's folder: the source's name, unless that is another's, or no collection's.
fn folder(source: &Source, all: &[Source], claimed: &BTreeSet<&str>) -> String {
    let slug = slug::slug(&source.name);
    let first = all.iter().find(|other| slug::slug(&other.name) == slug);
    let is_first = first.is_none_or(|other| other.name == source.name);
    let is_taken = RESERVED_SLUGS.contains(&slug.as_str()) || claimed.contains(slug.as_str());
    if is_first && !is_taken { slug } else { slug::with_suffix(&slug, &source.name) }
}

/// Titles with what each takes, sorted by title; none when they would not divide anything.
fn sections(artifacts: &[Artifact]) -> Vec<(String, Selector)> {
    let plugins = || artifacts.iter().filter(|artifact| artifact.id.kind == Kind::Plugin);
    let categories: BTreeSet<&str> = plugins().filter_map(|p| p.category.as_deref()).collect();
    if categories.len() > 1 {
        let select =
            |word: &str| Selector { category: vec![word.to_owned()], ..Default::default() };
        return categories.into_iter().map(|word| (word.to_owned(), select(word))).collect();
    }
    let names: BTreeSet<&str> = plugins().map(|plugin| plugin.id.name.as_str()).collect();
    if names.len() > 1 {
        let select = |name: &str| Selector { plugin: vec![name.to_owned()], ..Default::default() };
        return names.into_iter().map(|name| (name.to_owned(), select(name))).collect();
    }
    folders(artifacts)
}

/// The folders between a container such as `skills/` and the artifacts themselves.
fn folders(artifacts: &[Artifact]) -> Vec<(String, Selector)> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for artifact in artifacts {
        // Each server of a registry has a folder of its own, which divides nothing.
        if artifact.file_path().ends_with("/server.json") {
            continue;
        }
        if let Some((folder, _)) = artifact.file_path().rsplit_once('/') {
            *found.entry(folder).or_default() += 1;
        }
    }
    let title = |folder: &str| folder.rsplit('/').next().unwrap_or_default().to_owned();
    let telling: Vec<(String, Selector)> = found
        .into_keys()
        .filter(|folder| !CONTAINERS.contains(&title(folder).as_str()))
        .map(|folder| {
            let path = format!("{}/*", escape(folder));
            (title(folder), Selector { path: vec![path], ..Default::default() })
        })
        .collect();
    if telling.len() > 1 { telling } else { Vec::new() }
}

/// A folder's name as a glob that means only itself.
fn escape(folder: &str) -> String {
    folder.chars().fold(String::new(), |mut out, c| {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '!' | '\\') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

fn unique(slug: &str, title: &str, groups: &[Group]) -> String {
    if groups.iter().any(|group| group.slug == slug) {
        slug::with_suffix(slug, &format!("{title} {}", groups.len()))
    } else {
        slug.to_owned()
    }
}

/// `code-review` is titled `Code review`.
fn capital(title: &str) -> String {
    let words = title.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
