//! The addresses of a site: which files it has, and how its parts find each other.
//!
//! Worked out once for a catalog and owned, so that a server can keep it beside the catalog and
//! render one page at a time. Holds no bytes of any page.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use super::data::Api;
use super::files::{self, Shown};
use super::guides::{self, Guide};
use super::kin::Kin;
use super::page::{self, List, Listed};
use super::theme::Theme;
use super::{Options, Output};
use crate::catalog::{Catalog, Index};
use crate::format::markdown;
use crate::model::artifact::Artifact;
use crate::model::id::{ArtifactId, Kind};
use crate::model::slug::{slug, with_suffix};

/// What leads from an address to a page and from one thing to its neighbours.
pub struct Routes {
    /// Sorted by path.
    pub outputs: Vec<Output>,
    by_path: HashMap<String, usize>,
    /// Beside `catalog.sources`, `projects`, `collections` and each collection's groups and views.
    pub sources: Vec<String>,
    pub projects: Vec<String>,
    pub collections: Vec<String>,
    pub groups: Vec<Vec<String>>,
    pub views: Vec<Vec<String>>,
    /// Beside `catalog.removed`, `None` where the id lives again.
    pub removed: Vec<Option<String>>,
    /// Beside `catalog.images`: address below the site.
    pub images: Vec<String>,
    pub tags: Vec<Tag>,
    /// Artifacts by kind and by source.
    pub kinds: BTreeMap<Kind, Vec<Index>>,
    pub source_members: Vec<Vec<Index>>,
    /// The same, by where their files stand in the source, then by id.
    by_file: Vec<Vec<Index>>,
    /// Beside `catalog.artifacts`.
    pub links: Vec<Links>,
    /// Who has the same bytes or the same name.
    pub kin: Kin,
    /// What the pages of each list that has several share.
    listed: BTreeMap<List, OnceLock<Arc<Listed>>>,
    /// The pages of the catalog's own, as they are read.
    pub guides: Vec<Guide>,
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
    /// Collection, group.
    pub groups: Vec<(usize, usize)>,
    /// Project, deployment in it.
    pub deployed: Vec<(usize, usize)>,
    /// The artifacts of this plugin.
    pub members: Vec<Index>,
    /// Beside its files: the name each is published under, where it is.
    pub raw: Vec<Option<String>>,
    /// Beside its files: where each can be read.
    pub shown: Vec<Shown>,
    /// What its cards say of it: a dozen lists show it, one reads it, the first that needs it.
    summary: OnceLock<String>,
}

/// Larger files are listed, not published.
pub const RAW_BYTES_MAX: u64 = 2 << 20;
/// Artifacts with more bytes are not offered as one file.
pub const ZIP_BYTES_MAX: u64 = 16 << 20;
/// Characters of a description on a card.
const SUMMARY_MAX: usize = 220;

impl Routes {
    pub fn new(catalog: &Catalog, theme: &Theme, options: &Options) -> Self {
        let mut routes = Self::named(catalog);
        let mut outputs = page::outputs(catalog, &routes, theme, options);
        outputs.sort();
        // Case-insensitive file systems would let the later of two overwrite the earlier.
        let mut taken = BTreeSet::new();
        outputs.retain(|output| taken.insert(output.path.to_lowercase()));
        routes.by_path =
            outputs.iter().enumerate().map(|(at, output)| (output.path.clone(), at)).collect();
        routes.outputs = outputs;
        routes.listed =
            page::long_lists(catalog, &routes).map(|list| (list, OnceLock::new())).collect();
        routes
    }

    /// The output behind the path of a URL, without its leading `/`: a folder is its page.
    pub fn find(&self, path: &str) -> Option<&Output> {
        let at = if path.is_empty() || path.ends_with('/') {
            self.by_path.get(&format!("{path}index.html"))
        } else {
            self.by_path.get(path)
        };
        at.and_then(|at| self.outputs.get(*at))
    }

    fn named(catalog: &Catalog) -> Self {
        let unique = |names: &mut dyn Iterator<Item = &String>| slugs(names);
        let collections = || catalog.collections.iter();
        let source_members = members_of_sources(catalog);
        Self {
            outputs: Vec::new(),
            by_path: HashMap::new(),
            sources: unique(&mut catalog.sources.iter().map(|state| &state.source.name)),
            projects: unique(&mut catalog.projects.iter().map(|project| &project.name)),
            collections: unique(&mut collections().map(|one| &one.definition.slug)),
            groups: collections()
                .map(|one| slugs(&mut one.groups.iter().map(|group| &group.definition.slug)))
                .collect(),
            views: collections()
                .map(|one| slugs(&mut one.views.iter().map(|view| &view.definition.slug)))
                .collect(),
            removed: removed(catalog),
            images: catalog.images.iter().map(|image| image_url(&image.file)).collect(),
            tags: tags(catalog),
            kinds: kinds(catalog),
            by_file: source_members.iter().map(|members| by_file(catalog, members)).collect(),
            source_members,
            links: links(catalog),
            kin: Kin::new(catalog),
            listed: BTreeMap::new(),
            guides: guides::of(catalog),
        }
    }

    /// What the pages of a list share, made by the first of them; a list of one page keeps none.
    pub(super) fn listed(&self, list: List, make: impl FnOnce() -> Listed) -> Arc<Listed> {
        match self.listed.get(&list) {
            Some(kept) => Arc::clone(kept.get_or_init(|| Arc::new(make()))),
            None => Arc::new(make()),
        }
    }

    pub fn list_url(&self, list: List) -> String {
        match list {
            List::All => "collections/all/".to_owned(),
            List::Collection(at) => format!("collections/{}/", self.collections[at]),
            List::Group(at, group) => {
                format!("collections/{}/groups/{}/", self.collections[at], self.groups[at][group])
            }
            List::View(at, view) => {
                format!("collections/{}/views/{}/", self.collections[at], self.views[at][view])
            }
            List::Kind(kind) => format!("kinds/{kind}/"),
            List::Tag(at) => format!("tags/{}/", self.tags[at].slug),
            List::Source(at) => format!("sources/{}/", self.sources[at]),
        }
    }

    pub fn groups_url(&self, collection: usize) -> String {
        format!("collections/{}/groups/", self.collections[collection])
    }

    pub fn project_url(&self, project: usize) -> String {
        format!("projects/{}/", self.projects[project])
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

    pub fn api_path(&self, catalog: &Catalog, api: Api) -> String {
        match api {
            Api::Index => "api/v1/index.json".to_owned(),
            Api::Artifacts(0) => "api/v1/artifacts.json".to_owned(),
            Api::Artifacts(part) => format!("api/v1/artifacts/{part}.json"),
            Api::Files(0) => "api/v1/files.json".to_owned(),
            Api::Files(part) => format!("api/v1/files/{part}.json"),
            Api::Artifact(at) => format!("api/v1/a/{}.json", self.artifact_path(catalog, at)),
            Api::Collections => "api/v1/collections.json".to_owned(),
            Api::Collection(at) => format!("api/v1/collections/{}.json", self.collections[at]),
            Api::Deployments => "api/v1/deployments.json".to_owned(),
            Api::DeploymentsCsv => "api/v1/deployments.csv".to_owned(),
            Api::Project(at) => format!("api/v1/projects/{}.json", self.projects[at]),
            Api::ProjectCsv(at) => format!("api/v1/projects/{}.csv", self.projects[at]),
            Api::Sources => "api/v1/sources.json".to_owned(),
            Api::Description => "api/v1/openapi.json".to_owned(),
        }
    }

    /// An artifact's description in the few words that its cards have room for.
    pub fn summary(&self, catalog: &Catalog, index: Index) -> &str {
        let read = || markdown::summary(&catalog.artifacts[index].description, SUMMARY_MAX);
        self.links[index].summary.get_or_init(read)
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

    /// The tombstone of an id that its source no longer has.
    pub fn removed_url(&self, catalog: &Catalog, id: &ArtifactId) -> Option<String> {
        let at = catalog.removed.iter().position(|removed| removed.id == *id)?;
        self.removed[at].clone()
    }
}

/// The folders that a path lies in, from the outermost, each with the rest of the path.
fn folders(path: &str) -> impl Iterator<Item = (&str, &str)> {
    path.match_indices('/').map(|(end, _)| (&path[..end], &path[end + 1..]))
}

/// Slugs of names, in their order, each once.
fn slugs(names: &mut dyn Iterator<Item = &String>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    names
        .map(|name| {
            let plain = slug(name);
            if taken.insert(plain.clone()) {
                return plain;
            }
            let other = with_suffix(&plain, name);
            taken.insert(other.clone());
            other
        })
        .collect()
}

/// Among the static files, whose address no page may take.
fn image_url(file: &str) -> String {
    let names: Vec<String> = file.split('/').map(component).collect();
    format!("assets/pages/{}", names.join("/"))
}

fn removed(catalog: &Catalog) -> Vec<Option<String>> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for (artifact, slug) in catalog.artifacts.iter().zip(catalog.slugs.iter()) {
        taken.insert(format!("{}/{}/{slug}", slug_of(&artifact.id.source), artifact.id.kind));
    }
    let mut address = |id: &ArtifactId| {
        let dir = format!("{}/{}", slug_of(&id.source), id.kind);
        let mut name = slug(&id.name);
        if taken.contains(&format!("{dir}/{name}")) {
            name = with_suffix(&name, &id.to_string());
        }
        taken.insert(format!("{dir}/{name}"));
        format!("a/{dir}/{name}/")
    };
    catalog
        .removed
        .iter()
        .map(|removed| catalog.find(&removed.id).is_none().then(|| address(&removed.id)))
        .collect()
}

fn slug_of(source: &str) -> String {
    slug(source)
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
    let mut links: Vec<Links> = catalog
        .artifacts
        .iter()
        .zip(catalog.groups())
        .map(|(artifact, groups)| Links { raw: raw_names(artifact), groups, ..Links::default() })
        .collect();
    for (project, state) in catalog.projects.iter().enumerate() {
        for (at, deployment) in state.deployments.iter().enumerate() {
            if let Some(found) = deployment.id.as_ref().and_then(|id| catalog.find(id)) {
                links[found].deployed.push((project, at));
            }
        }
    }
    for (at, artifact) in catalog.artifacts.iter().enumerate() {
        if let Some(plugin) = plugin_of(catalog, artifact)
            && plugin != at
        {
            links[plugin].members.push(at);
        }
    }
    for (at, links) in links.iter_mut().enumerate() {
        links.shown = files::shown(catalog, at, &links.members);
    }
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
fn component(name: &str) -> String {
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
