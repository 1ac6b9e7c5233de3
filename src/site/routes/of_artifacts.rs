//! What of the addresses of a site depends on its artifacts alone, which are many and change less
//! often than what people say of them: a server keeps it from catalog to catalog.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{slugs, sorted};
use crate::catalog::kept::Artifacts;
use crate::catalog::{Catalog, Index};
use crate::model::artifact::{Artifact, File};
use crate::model::id::{ArtifactId, Kind};
use crate::model::shared::Shared;
use crate::model::slug::{slug, with_suffix};
use crate::site::Output;
use crate::site::files::{self, Shown};
use crate::site::page;

/// Addresses and neighbours of artifacts.
pub struct OfArtifacts {
    /// The names of the sources.
    names: Vec<String>,
    /// Sorted by path.
    outputs: Vec<Output>,
    /// Beside `catalog.sources`.
    pub sources: Vec<String>,
    pub tags: Vec<Tag>,
    /// Artifacts by kind and by source.
    pub kinds: BTreeMap<Kind, Vec<Index>>,
    pub source_members: Vec<Vec<Index>>,
    /// The same, by where their files stand in the source, then by id.
    by_file: Vec<Vec<Index>>,
    /// Beside `catalog.artifacts`.
    pub links: Vec<Links>,
}

/// A tag and what bears it.
pub struct Tag {
    pub name: String,
    pub slug: String,
    pub members: Vec<Index>,
}

/// What one artifact is connected with.
#[derive(Default)]
pub struct Links {
    /// The artifacts of this plugin.
    pub members: Vec<Index>,
    /// Beside its files: the name each is published under, where it is.
    pub raw: Vec<Option<String>>,
    /// Beside its files: where each can be read.
    pub shown: Vec<Shown>,
}

/// Larger files are listed, not published.
pub const RAW_BYTES_MAX: u64 = 2 << 20;
/// Artifacts with more bytes are not offered as one file.
pub const ZIP_BYTES_MAX: u64 = 16 << 20;

impl OfArtifacts {
    pub(super) fn new(catalog: &Catalog) -> Self {
        let names = names(catalog);
        let source_members = members_of_sources(catalog);
        let mut all = Self {
            outputs: Vec::new(),
            sources: slugs(&mut names.iter()),
            names,
            tags: tags(catalog),
            kinds: kinds(catalog),
            by_file: source_members.iter().map(|members| by_file(catalog, members)).collect(),
            source_members,
            links: links(catalog),
        };
        all.outputs = sorted(page::of_artifacts(catalog, &all));
        all
    }

    /// Whether these are what the artifacts of a catalog would give, too: they are those from which
    /// these were made, or others in what has no address and no neighbours.
    pub(super) fn are_of(&self, catalog: &Catalog, made_from: &Artifacts) -> bool {
        if self.names != names(catalog) || made_from.len() != catalog.artifacts.len() {
            return false;
        }
        let both = made_from.iter().zip(catalog.artifacts.iter()).enumerate();
        both.filter(|(_, (old, new))| !old.is(new)).all(|(at, (old, new))| {
            stands_alike(old, new)
                && self.is_shown_alike(catalog, at)
                && plugin_of(catalog, new).is_none_or(|at| self.is_shown_alike(catalog, at))
        })
    }

    fn is_shown_alike(&self, catalog: &Catalog, at: Index) -> bool {
        let Links { members, shown, .. } = &self.links[at];
        files::shown(catalog, at, members) == *shown
    }

    /// Sorted by path.
    pub fn artifact_outputs(&self) -> &[Output] {
        &self.outputs
    }

    pub fn artifact_url(&self, catalog: &Catalog, index: Index) -> String {
        format!("a/{}/", self.artifact_path(catalog, index))
    }

    /// `source/kind/name`, as pages and JSON files are named.
    pub fn artifact_path(&self, catalog: &Catalog, index: Index) -> String {
        let id = &catalog.artifacts[index].id;
        let source = catalog
            .sources
            .iter()
            .position(|state| state.source.name == id.source)
            .map_or_else(|| slug(&id.source), |at| self.sources[at].clone());
        format!("{source}/{}/{}", id.kind, catalog.slugs[index])
    }

    pub fn api_path(&self, catalog: &Catalog, index: Index) -> String {
        format!("api/v1/a/{}.json", self.artifact_path(catalog, index))
    }

    /// The page on which a file of an artifact can be read.
    pub fn file_url(&self, catalog: &Catalog, at: Index, place: usize) -> Option<String> {
        match self.links[at].shown[place] {
            Shown::Page => {
                let name = self.links[at].raw[place].as_ref()?;
                Some(format!("{}files/{name}/", self.artifact_url(catalog, at)))
            }
            Shown::Document(at) => Some(self.artifact_url(catalog, at)),
            Shown::Member(at, place) => self.file_url(catalog, at, place),
            Shown::Nowhere => None,
        }
    }

    /// All files of an artifact in one, where there are several and they are not too much.
    pub fn zip_url(&self, catalog: &Catalog, at: Index) -> Option<String> {
        let artifact = &catalog.artifacts[at];
        let several = artifact.files.len() > 1 && artifact.size() <= ZIP_BYTES_MAX;
        let url = || format!("{}{}.zip", self.artifact_url(catalog, at), catalog.slugs[at]);
        several.then(url)
    }

    /// The artifact of a source whose file or folder is at this path, or whose document is; the
    /// first by id where there are several.
    pub fn at_path(&self, catalog: &Catalog, source: usize, path: &str) -> Option<Index> {
        let own = |at: &Index| catalog.artifacts[*at].document.as_deref().unwrap_or_default();
        let documents = folders(path).filter_map(|(folder, document)| {
            self.standing(catalog, source, folder).find(|at| own(at) == document)
        });
        self.standing(catalog, source, path).next().into_iter().chain(documents).min()
    }

    /// The artifact that has the file at this path of a source, and its place in `files`; of
    /// several the one in the innermost folder, then the first by id.
    pub fn file_at_path(
        &self,
        catalog: &Catalog,
        source: usize,
        path: &str,
    ) -> Option<(Index, usize)> {
        let has = |(folder, file): (&str, &str)| {
            self.standing(catalog, source, folder).find_map(|at| {
                let files = &catalog.artifacts[at].files;
                files.iter().position(|one| one.path == file).map(|place| (at, place))
            })
        };
        folders(path).filter_map(has).last()
    }

    /// The artifacts of a source whose file or folder is at this path.
    fn standing(
        &self,
        catalog: &Catalog,
        source: usize,
        path: &str,
    ) -> impl Iterator<Item = Index> {
        let members = &self.by_file[source];
        let of = |at: &Index| catalog.artifacts[*at].file_path();
        let start = members.partition_point(|at| of(at) < path);
        members[start..].iter().take_while(move |at| of(at) == path).copied()
    }
}

/// Whether two artifacts have the same addresses, and the same neighbours but for where files show.
fn stands_alike(old: &Artifact, new: &Artifact) -> bool {
    let place = |a: &Artifact| (a.id.clone(), a.path.clone(), a.plugin.clone(), a.document.clone());
    let is_alike = |(old, new): (&File, &File)| {
        old.path == new.path && (old.size > RAW_BYTES_MAX) == (new.size > RAW_BYTES_MAX)
    };
    place(old) == place(new)
        && old.tags == new.tags
        && old.files.len() == new.files.len()
        && old.files.iter().zip(&new.files).all(is_alike)
        && (old.size() > ZIP_BYTES_MAX) == (new.size() > ZIP_BYTES_MAX)
}

fn names(catalog: &Catalog) -> Vec<String> {
    catalog.sources.iter().map(|state| state.source.name.clone()).collect()
}

/// The folders that a path lies in, from the outermost, each with the rest of the path.
fn folders(path: &str) -> impl Iterator<Item = (&str, &str)> {
    path.match_indices('/').map(|(end, _)| (&path[..end], &path[end + 1..]))
}

fn tags(catalog: &Catalog) -> Vec<Tag> {
    let mut by_name: BTreeMap<&String, Vec<Index>> = BTreeMap::new();
    for (at, artifact) in catalog.artifacts.iter().enumerate() {
        for tag in &artifact.tags {
            by_name.entry(tag).or_default().push(at);
        }
    }
    let slugs = slugs(&mut by_name.keys().copied());
    let named = by_name.into_iter().zip(slugs);
    named.map(|((name, members), slug)| Tag { name: name.clone(), slug, members }).collect()
}

fn kinds(catalog: &Catalog) -> BTreeMap<Kind, Vec<Index>> {
    let mut kinds: BTreeMap<Kind, Vec<Index>> = BTreeMap::new();
    for (at, artifact) in catalog.artifacts.iter().enumerate() {
        kinds.entry(artifact.id.kind).or_default().push(at);
    }
    kinds
}

/// Artifacts are sorted by id, so those of a source stand together.
fn members_of_sources(catalog: &Catalog) -> Vec<Vec<Index>> {
    let source_of = |at: usize| catalog.artifacts[at].id.source.as_str();
    let members = |name: &str| {
        let start =
            catalog.artifacts.partition_point(|artifact| artifact.id.source.as_str() < name);
        (start..catalog.artifacts.len()).take_while(|at| source_of(*at) == name).collect()
    };
    catalog.sources.iter().map(|state| members(&state.source.name)).collect()
}

fn by_file(catalog: &Catalog, members: &[Index]) -> Vec<Index> {
    let mut sorted = members.to_vec();
    sorted.sort_by_key(|at| (catalog.artifacts[*at].file_path(), *at));
    sorted
}

fn links(catalog: &Catalog) -> Vec<Links> {
    let of = |artifact: &Shared<Artifact>| Links { raw: raw_names(artifact), ..Links::default() };
    let mut links: Vec<Links> = catalog.artifacts.par_iter().map(of).collect();
    for (at, artifact) in catalog.artifacts.iter().enumerate() {
        if let Some(plugin) = plugin_of(catalog, artifact)
            && plugin != at
        {
            links[plugin].members.push(at);
        }
    }
    links.par_iter_mut().enumerate().for_each(|(at, links)| {
        links.shown = files::shown(catalog, at, &links.members);
    });
    links
}

/// The plugin an artifact is a member of.
pub fn plugin_of(catalog: &Catalog, artifact: &Artifact) -> Option<Index> {
    let plugin = artifact.plugin.as_ref()?;
    catalog.find(&ArtifactId::new(&artifact.id.source, Kind::Plugin, plugin))
}

/// Names under which an artifact's files are published: Markdown, text and JSON as they are, all
/// else with `.txt` added, so that no host serves an artifact's file as active content. What is
/// large is not published.
fn raw_names(artifact: &Artifact) -> Vec<Option<String>> {
    let address = |path: &str| path.split('/').map(component).collect::<Vec<_>>().join("/");
    // A file may not take the address of a folder either.
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for file in &artifact.files {
        let path = address(&file.path).to_lowercase();
        taken.extend(path.match_indices('/').map(|(end, _)| path[..end].to_owned()));
    }
    let mut name = |path: &str, size: u64| {
        if size > RAW_BYTES_MAX {
            return None;
        }
        let mut name = address(path);
        if !["md", "txt", "json"].contains(&ending(&name).as_str()) {
            name.push_str(".txt");
        }
        while !taken.insert(name.to_lowercase()) {
            name = format!("{}.txt", with_suffix(&name, path));
        }
        Some(name)
    };
    artifact.files.iter().map(|file| name(&file.path, file.size)).collect()
}

/// One component of a raw file's address: readable where that is safe on every host.
pub(super) fn component(name: &str) -> String {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    let dotted = name.starts_with('.');
    let safe = slug(name);
    if plain && !name.ends_with('.') && name.len() <= 100 && (dotted || safe.len() == name.len()) {
        // Hosts refuse or leave out names with a leading dot.
        return if dotted { format!("_{}", name.trim_start_matches('.')) } else { name.to_owned() };
    }
    safe
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default()
}

/// Whether a file is no text, by the ending of its name.
pub fn is_binary(path: &str) -> bool {
    const BINARY: [&str; 44] = [
        "7z", "avif", "bin", "bmp", "bz2", "class", "db", "dll", "docx", "dylib", "eot", "exe",
        "gif", "gz", "icns", "ico", "jar", "jpeg", "jpg", "mov", "mp3", "mp4", "o", "odt", "otf",
        "pdf", "png", "potx", "pptx", "pyc", "so", "sqlite", "sqlite3", "tar", "tgz", "ttf",
        "wasm", "wav", "webm", "webp", "woff", "woff2", "xlsx", "zip",
    ];
    BINARY.contains(&ending(path).as_str())
}
