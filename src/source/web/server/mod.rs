//! A SkillMeat 0.9 server to a tree: its artifacts under their names, their files, and the
//! collections and groups that people made in its pages.
//!
//! It sends no ETag and has no `updated_since`. What it lists is asked for each time; the contents
//! are not, where neither what it says of an artifact nor the size of the file has changed. What it
//! deployed where is not asked: the projects are paths of its machine, and their own records tell.

mod answers;
mod api;
mod files;

use std::collections::{BTreeMap, BTreeSet};

use super::{Gathered, Request};
use crate::error::{Problem, Result};
use crate::model::hash::ContentHash;
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::model::structure::{Member, Section, Shelf as Collection, Structure};
use crate::source::listing::{About, Entry, Listing};
use crate::source::store::{homepage, kind, version};
use crate::words;

use answers::{Artifact, Grouped};
use api::Api;
use files::Shelf;

pub(super) fn open(request: &Request<'_>) -> Result<Gathered> {
    let api = Api::new(request);
    let items = api.artifacts()?;
    let mut problems = Vec::new();
    let chosen = choose(&items, &mut problems);
    let mut shelf = Shelf::new(request);
    let mut known = Known::default();
    let places = shelf.take(&api, &chosen)?;
    for ((item, kind), path) in chosen.iter().zip(places) {
        let Some(path) = path.map(|path| path.to_string()) else { continue };
        let member = Member { kind: *kind, name: path.clone() };
        known.by_id.insert(&item.id, member.clone());
        known.by_uuid.extend(item.uuid.as_deref().map(|uuid| (uuid, member)));
        known.listing.entries.insert((*kind, path), entry(item));
    }
    let is_filtered = !request.source.include.is_empty() || !request.source.exclude.is_empty();
    let mut structure = structure(&api, &known)?;
    if is_filtered {
        structure.collections.retain(|collection| !collection.members.is_empty());
    }
    let (tree, files, told) = shelf.finish();
    problems.extend(told);
    let listing = known.listing;
    let revision = ContentHash::of(format!("{files}{listing:?}{structure:?}").as_bytes());
    Ok(Gathered { tree, revision, structure: Some(structure), listing, problems })
}

/// What is listed, by the names that collections and groups have for it.
#[derive(Default)]
struct Known<'a> {
    by_id: BTreeMap<&'a str, Member>,
    by_uuid: BTreeMap<&'a str, Member>,
    listing: Listing,
}

impl Known<'_> {
    fn grouped(&self, grouped: &Grouped) -> Option<Member> {
        let by_id = grouped.artifact_id.as_deref().and_then(|id| self.by_id.get(id));
        let by_uuid = || self.by_uuid.get(grouped.artifact_uuid.as_deref()?);
        by_id.or_else(by_uuid).cloned()
    }
}

/// The artifacts that can be taken, each once, with their kinds.
fn choose<'a>(items: &'a [Artifact], problems: &mut Vec<Problem>) -> Vec<(&'a Artifact, Kind)> {
    let mut chosen: Vec<(&Artifact, Kind)> = Vec::new();
    let mut seen: BTreeSet<(Kind, &str)> = BTreeSet::new();
    for item in items {
        let (id, word) = (words::visible(&item.id), words::visible(&item.word));
        let Some(kind) = kind(&item.word) else {
            let text = format!("`{id}` is no artifact here: {word}");
            let help = "it stays on the server; skills, commands, agents, hooks, MCP servers and \
                        plugins are taken";
            problems.push(Problem::note("SM464", text).help(help));
            continue;
        };
        let why = if !is_file_name(&item.name) {
            "its name cannot be that of a file"
        } else if !seen.insert((kind, &item.name)) {
            "the server lists another of that name, and gives the files of one of them"
        } else {
            chosen.push((item, kind));
            continue;
        };
        let text = format!("`{id}` cannot be taken: {why}");
        problems.push(Problem::warning("SM463", text).help("rename it on the server"));
    }
    chosen
}

fn is_file_name(name: &str) -> bool {
    let is_one = RelPath::parse(name).is_some_and(|path| path.as_str() == name);
    is_one && !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.')
}

fn entry(item: &Artifact) -> Entry {
    let empty = answers::Metadata::default();
    let metadata = item.metadata.as_ref().unwrap_or(&empty);
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let about = About {
        title: said(&metadata.title),
        description: said(&metadata.description),
        version: version(said(&metadata.version)).or_else(|| version(said(&item.version))),
        license: said(&metadata.license),
        author: said(&metadata.author),
        homepage: homepage(item.source.as_deref(), item.origin.as_deref()),
        tags: item.tags.clone().unwrap_or_default(),
        ..About::default()
    };
    Entry { about, ..Entry::default() }
}

/// The collections in the server's order, their groups by position. An empty one is one, too.
fn structure(api: &Api<'_>, known: &Known<'_>) -> Result<Structure> {
    let mut structure = Structure::default();
    for collection in api.collections()? {
        let held = api.held(&collection.id)?;
        let members = held.iter().filter_map(|held| known.by_id.get(held.id.as_str()).cloned());
        let mut groups = Vec::new();
        for group in api.groups(&collection.id)? {
            let whole = api.group(&group.id)?;
            groups.push(Section {
                key: group.id,
                title: group.name,
                description: group.description.unwrap_or_default(),
                icon: group.icon,
                color: group.color,
                members: whole.artifacts.iter().filter_map(|one| known.grouped(one)).collect(),
            });
        }
        structure.collections.push(Collection {
            key: collection.id,
            title: collection.name,
            description: collection.description.unwrap_or_default(),
            members: members.collect(),
            groups,
        });
    }
    Ok(structure)
}
