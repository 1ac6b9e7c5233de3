//! A collection of SkillMeat 0.9 to what a catalog keeps: its artifacts as files below
//! `content/artifacts/`, byte for byte, and itself with its groups as YAML.
//!
//! Each collection becomes a source of the catalog's own, so that names which two of them share stay
//! as they are. What its list knows and no file says stands in notes of the collection.

use std::path::Path;

use jiff::Timestamp;

use super::plan::Plan;
use crate::catalog::files::{COLLECTIONS, RESERVED_SLUGS};
use crate::error::{Place, Problem, Result};
use crate::format::collection::{COLORS, ORDER, write_collection, write_group};
use crate::format::{config, scalar};
use crate::model::artifact::Artifact;
use crate::model::collection::{Collection, Group, Member, Pinned, Selector};
use crate::model::id::{ArtifactId, Kind};
use crate::model::path::RelPath;
use crate::model::slug;
use crate::model::source::{Address, Source};
use crate::model::structure::{Section, Shelf};
use crate::source::detect::{self, Sticky};
use crate::source::filter::Filter;
use crate::source::memory::Nothing;
use crate::source::store;
use crate::source::tree::Tree;
use crate::words;

/// Ranks and orders have gaps, so that a person can put something between.
const STEP: i64 = 10;

/// So many first letters tell a description that was taken from the text from one that was not.
const DERIVED_CHARS: usize = 40;

/// One collection.
pub(super) struct Taken {
    /// Of the source that it becomes.
    pub(super) name: String,
    files: Vec<(RelPath, Vec<u8>, bool)>,
    is_empty: bool,
    kinds: Vec<Kind>,
    pub(super) collection: Collection,
    /// What did not come over, and what there is to know.
    pub(super) problems: Vec<Problem>,
}

/// All collections of a store.
pub(super) fn all(store: &Path) -> Result<Vec<Taken>> {
    let mut names: Vec<String> = Vec::new();
    let mut taken = Vec::new();
    for dir in store::folders(store)? {
        let folder = dir.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = source_name(&folder.unwrap_or_default(), &names);
        taken.push(take(&dir, &name)?);
        names.push(name);
    }
    Ok(taken)
}

/// A name that a source and the folder of its collection can have, and none has yet.
fn source_name(folder: &str, taken: &[String]) -> String {
    let is_kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = folder.chars().map(|c| if is_kept(c) { c } else { '-' }).collect();
    let name = name.trim_matches(['-', '.', '_']);
    let name = if config::is_name(name) { name.to_owned() } else { "collection".to_owned() };
    let is_free = |name: &String| {
        let slug = slug::slug(name);
        !RESERVED_SLUGS.contains(&slug.as_str()) && taken.iter().all(|old| slug::slug(old) != slug)
    };
    let numbered = (2_usize..).map(|n| format!("{name}-{n}"));
    std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or_default()
}

fn take(dir: &Path, name: &str) -> Result<Taken> {
    let opened = store::open(dir, &Filter::new(&[], &[])?, Timestamp::MAX)?;
    let mut problems = opened.problems;
    problems.extend(opened.tree.problems.iter().cloned());
    let mut files = Vec::new();
    for (path, file) in &opened.tree.files {
        match opened.tree.read(path) {
            Ok(bytes) => files.push((path.clone(), bytes, file.executable)),
            Err(error) => problems.extend(error.problems.into_iter().map(|problem| {
                let text = format!("a file did not come over: {}", problem.message);
                let help = problem.help.unwrap_or_else(|| "copy it by hand".to_owned());
                Problem::warning("SM013", text).at(Place::file(path.as_str())).help(help)
            })),
        }
    }
    let source = Source {
        name: name.to_owned(),
        address: Address::Path(folder(name)),
        include: Vec::new(),
        exclude: Vec::new(),
        tags: Vec::new(),
        place: Place::file("skillmeat.yaml"),
    };
    // As the first sync will find them.
    let copy = files.iter().map(|(path, bytes, _)| (path.clone(), bytes.clone())).collect();
    let mut detection = detect::detect(&source, &Tree::of_files(copy), &Sticky::new(), &Nothing);
    let before: Vec<Artifact> =
        detection.artifacts.iter().map(|found| found.artifact.clone()).collect();
    let mut structure = opened.structure;
    opened.listing.settle(name, &Sticky::new(), &mut detection, Some(&mut structure));
    problems.extend(detection.problems);
    let after = detection.artifacts.iter().map(|found| &found.artifact);
    let pins = before
        .iter()
        .zip(after)
        .filter_map(|(before, after)| {
            let text = files.iter().find(|(path, ..)| document(before).as_ref() == Some(path));
            note(before, after, text.map_or(&[][..], |(_, bytes, _)| bytes))
        })
        .collect();
    let shelf = structure.collections.into_iter().next().unwrap_or_default();
    for problem in &mut problems {
        // Two collections may have a file of the same path.
        if let Some(place) = &mut problem.place {
            place.file = format!("{}/{}", shelf.key, place.file);
        }
    }
    let kinds = before.iter().map(|artifact| artifact.id.kind).collect();
    let mut collection = collection(name, shelf, pins);
    let is_empty = files.is_empty();
    if is_empty {
        collection.include.clear();
    }
    Ok(Taken { name: name.to_owned(), files, is_empty, kinds, collection, problems })
}

/// Where its artifacts stand in the catalog.
fn folder(name: &str) -> String {
    format!("content/artifacts/{name}")
}

/// The file that an artifact's description may have been taken from.
fn document(artifact: &Artifact) -> Option<RelPath> {
    let path = RelPath::parse(artifact.file_path())?;
    match artifact.id.kind {
        Kind::Skill | Kind::Plugin => path.resolve(artifact.document.as_deref()?),
        _ => Some(path),
    }
}

/// What the list knew and the files do not say, as a note. `text` is of the artifact's document:
/// where it has no description, SkillMeat made one of its first words.
fn note(before: &Artifact, after: &Artifact, text: &[u8]) -> Option<Pinned> {
    let is_of_text = |description: &str| {
        let start: String = description.chars().take(DERIVED_CHARS).collect();
        String::from_utf8_lossy(text).contains(&start)
    };
    let mut said: Vec<String> = Vec::new();
    let tags: Vec<&str> =
        after.tags.iter().filter(|tag| !before.tags.contains(tag)).map(String::as_str).collect();
    if !tags.is_empty() {
        said.push(format!("tags: {}", tags.join(", ")));
    }
    let description = |artifact: &Artifact| {
        let own = Some(&artifact.description).filter(|text| !text.is_empty());
        own.filter(|text| !is_of_text(text)).cloned()
    };
    for (word, old, new) in [
        ("title", before.title.clone(), after.title.clone()),
        ("version", before.version.clone(), after.version.clone()),
        ("license", before.license.clone(), after.license.clone()),
        ("author", before.author.clone(), after.author.clone()),
        ("from", before.homepage.clone(), after.homepage.clone()),
        ("description", description(before), description(after)),
    ] {
        said.extend(
            new.filter(|new| Some(new) != old.as_ref()).map(|new| format!("{word}: {new}")),
        );
    }
    let pin = || Pinned {
        id: after.id.clone(),
        at: None,
        note: Some(said.join("; ").split_whitespace().collect::<Vec<_>>().join(" ")),
        place: Place::file(""),
    };
    (!said.is_empty()).then(pin)
}

fn collection(name: &str, shelf: Shelf, pins: Vec<Pinned>) -> Collection {
    let slug = slug::slug(name);
    let mut groups: Vec<Group> = Vec::new();
    for section in shelf.groups {
        let plain = slug::slug(&section.title);
        let plain = plain.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
        let is_taken = groups.iter().any(|group| group.slug == plain);
        let own = if is_taken { slug::with_suffix(&plain, &section.key) } else { plain };
        let order = STEP * (groups.len() as i64 + 1);
        groups.push(group(
            name,
            format!("{COLLECTIONS}/{slug}/groups/{own}.yaml"),
            own,
            order,
            section,
        ));
    }
    Collection {
        file: format!("{COLLECTIONS}/{slug}/collection.yaml"),
        slug,
        title: shelf.title,
        description: shelf.description,
        owner: None,
        order: ORDER,
        include: vec![Selector { source: vec![name.to_owned()], ..Selector::default() }],
        exclude: Vec::new(),
        pins,
        views: Vec::new(),
        groups,
    }
}

fn group(source: &str, file: String, slug: String, order: i64, section: Section) -> Group {
    let rank = |at: usize| i64::try_from(at).ok().map(|at| STEP * (at + 1));
    let members = section.members.iter().enumerate().map(|(at, member)| Member {
        id: ArtifactId::new(source, member.kind, &member.name),
        rank: rank(at),
        place: Place::file(""),
    });
    Group {
        members: members.collect(),
        file,
        slug,
        order,
        title: section.title,
        description: section.description,
        icon: section.icon,
        color: section.color.filter(|color| COLORS.contains(&color.as_str())),
        include: Vec::new(),
        exclude: Vec::new(),
    }
}

impl Taken {
    /// Hands its files over.
    pub(super) fn move_into(&mut self, plan: &mut Plan) {
        for (path, bytes, executable) in self.files.drain(..) {
            plan.add_file(&format!("{}/{path}", folder(&self.name)), bytes, executable);
        }
        plan.add(&self.collection.file, write_collection(&self.collection).into_bytes());
        for group in &self.collection.groups {
            plan.add(&group.file, write_group(group).into_bytes());
        }
    }

    /// Its line below `sources:`; none when it has no file, for there is no folder then.
    pub(super) fn source_line(&self) -> String {
        if self.is_empty {
            return String::new();
        }
        let path = folder(&self.name);
        format!("  {}: {{path: {}}}\n", scalar::key(&self.name), scalar::value(&path))
    }

    pub(super) fn count(&self, kind: Kind) -> usize {
        self.kinds.iter().filter(|own| **own == kind).count()
    }

    /// What came over, for people.
    pub(super) fn line(&self) -> String {
        let kinds = Kind::ALL.into_iter().filter(|kind| self.count(*kind) > 0);
        let counted = kinds.map(|kind| {
            let label = if kind == Kind::Mcp {
                kind.label().to_owned()
            } else {
                kind.label().to_lowercase()
            };
            words::count(self.count(kind), &label)
        });
        let mut parts: Vec<String> = counted.collect();
        if parts.is_empty() {
            parts.push("no artifact".to_owned());
        }
        let groups = match self.collection.groups.len() {
            0 => String::new(),
            n => format!(", in {}", words::count(n, "group")),
        };
        format!("{}: {}{groups}", words::visible(&self.collection.title), parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_folder_gives_a_source_of_its_own() {
        let mut names = Vec::new();
        for (folder, name) in [
            ("default", "default"),
            ("Default", "Default-2"),
            ("Données & ML", "Donn-es---ML"),
            ("..", "collection"),
            ("日本", "collection-2"),
            ("all", "all-2"),
        ] {
            names.push(source_name(folder, &names));
            assert_eq!(names.last().map(String::as_str), Some(name), "{folder}");
        }
    }
}
