//! The addresses of a site: which files it has, and how its parts find each other.
//!
//! Worked out once for a catalog and owned, so that a server can keep it beside the catalog and
//! render one page at a time. Holds no bytes of any page.

mod of_artifacts;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use of_artifacts::component;
pub use of_artifacts::{OfArtifacts, RAW_BYTES_MAX, Tag, ZIP_BYTES_MAX, is_binary, plugin_of};

use super::data::Api;
use super::guides::{self, Guide};
use super::kin::Kin;
use super::page::{self, List, Listed};
use super::theme::Theme;
use super::{Options, Output};
use crate::catalog::kept::Artifacts;
use crate::catalog::{Catalog, Index};
use crate::format::markdown;
use crate::model::id::ArtifactId;
use crate::model::shared::Shared;
use crate::model::slug::{slug, with_suffix};

/// What leads from an address to a page and from one thing to its neighbours.
pub struct Routes {
    /// All but those of artifacts, sorted by path.
    own: Vec<Output>,
    /// The artifacts that these lead to.
    of: Artifacts,
    /// Their addresses, which stay as they are while what the artifacts say changes.
    artifacts: Shared<OfArtifacts>,
    /// Who has the same bytes or the same name.
    pub kin: Kin,
    /// What the cards of each artifact say of it: a dozen lists show it, one reads it, the first that
    /// needs it.
    summaries: Vec<Shared<OnceLock<String>>>,
    /// All of them, put together when somebody asks.
    all: OnceLock<Vec<Output>>,
    /// Beside `catalog.projects`, `collections` and each collection's groups and views.
    pub projects: Vec<String>,
    pub collections: Vec<String>,
    pub groups: Vec<Vec<String>>,
    pub views: Vec<Vec<String>>,
    /// Beside `catalog.removed`, `None` where the id lives again.
    pub removed: Vec<Option<String>>,
    /// Beside `catalog.images`: address below the site.
    pub images: Vec<String>,
    /// Beside `catalog.artifacts`: the groups that hold each, as collection and group, and where it
    /// is deployed, as project and deployment in it.
    pub held: Vec<Vec<(usize, usize)>>,
    pub deployed: Vec<Vec<(usize, usize)>>,
    /// What the pages of each list that has several share.
    listed: BTreeMap<List, OnceLock<Arc<Listed>>>,
    /// The pages of the catalog's own, as they are read.
    pub guides: Vec<Guide>,
}

/// Of earlier routes, where it still is so.
type Kept = (Shared<OfArtifacts>, Kin, Vec<Shared<OnceLock<String>>>);

/// Characters of a description on a card.
const SUMMARY_MAX: usize = 220;

impl Routes {
    pub fn new(catalog: &Catalog, theme: &Theme, options: &Options) -> Self {
        Self::again(catalog, theme, options, None)
    }

    /// As [`Routes::new`]; what is the same as in those of an earlier catalog is taken from there.
    pub fn again(
        catalog: &Catalog,
        theme: &Theme,
        options: &Options,
        before: Option<&Self>,
    ) -> Self {
        let before = before.filter(|before| before.artifacts.are_of(catalog, &before.of));
        let artifacts = before
            .map_or_else(|| OfArtifacts::new(catalog).into(), |before| before.artifacts.clone());
        let kin = before.map_or_else(|| Kin::new(catalog), |before| before.kin.again(catalog));
        let summaries = catalog.artifacts.iter().enumerate().map(|(at, artifact)| {
            let before = before.filter(|before| before.of[at].is(artifact));
            before.map(|before| before.summaries[at].clone()).unwrap_or_default()
        });
        let mut routes = Self::named(catalog, (artifacts, kin, summaries.collect()));
        routes.own = sorted(page::outputs(catalog, &routes, theme, options));
        routes.listed =
            page::long_lists(catalog, &routes).map(|list| (list, OnceLock::new())).collect();
        routes
    }

    /// Every file of the site, sorted by path.
    pub fn outputs(&self) -> &[Output] {
        self.all.get_or_init(|| {
            let mut all = [&self.own[..], self.artifacts.artifact_outputs()].concat();
            all.sort();
            all
        })
    }

    /// Other files in their place.
    #[cfg(test)]
    pub fn set_outputs(&mut self, outputs: Vec<Output>) {
        self.all = OnceLock::from(outputs);
    }

    /// The output behind the path of a URL, without its leading `/`: a folder is its page.
    pub fn find(&self, path: &str) -> Option<&Output> {
        let folder = (path.is_empty() || path.ends_with('/')).then(|| format!("{path}index.html"));
        let path = folder.as_deref().unwrap_or(path);
        at_path(&self.own, path).or_else(|| at_path(self.artifacts.artifact_outputs(), path))
    }

    fn named(catalog: &Catalog, (artifacts, kin, summaries): Kept) -> Self {
        let unique = |names: &mut dyn Iterator<Item = &String>| slugs(names);
        let collections = || catalog.collections.iter();
        Self {
            own: Vec::new(),
            of: catalog.artifacts.clone(),
            artifacts,
            kin,
            summaries,
            all: OnceLock::new(),
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
            held: catalog.groups(),
            deployed: deployed(catalog),
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

    /// An artifact's description in the few words that its cards have room for.
    pub fn summary(&self, catalog: &Catalog, index: Index) -> &str {
        let read = || markdown::summary(&catalog.artifacts[index].description, SUMMARY_MAX);
        self.summaries[index].get_or_init(read)
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

    pub fn api_path(&self, catalog: &Catalog, api: Api) -> String {
        match api {
            Api::Index => "api/v1/index.json".to_owned(),
            Api::Artifacts(0) => "api/v1/artifacts.json".to_owned(),
            Api::Artifacts(part) => format!("api/v1/artifacts/{part}.json"),
            Api::Files(0) => "api/v1/files.json".to_owned(),
            Api::Files(part) => format!("api/v1/files/{part}.json"),
            Api::Artifact(at) => self.artifacts.api_path(catalog, at),
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

    /// The tombstone of an id that its source no longer has.
    pub fn removed_url(&self, catalog: &Catalog, id: &ArtifactId) -> Option<String> {
        let at = catalog.removed.iter().position(|removed| removed.id == *id)?;
        self.removed[at].clone()
    }
}

/// Where each artifact is deployed, as project and deployment in it.
fn deployed(catalog: &Catalog) -> Vec<Vec<(usize, usize)>> {
    let mut deployed = vec![Vec::new(); catalog.artifacts.len()];
    for (project, state) in catalog.projects.iter().enumerate() {
        for (at, deployment) in state.deployments.iter().enumerate() {
            if let Some(found) = deployment.id.as_ref().and_then(|id| catalog.find(id)) {
                deployed[found].push((project, at));
            }
        }
    }
    deployed
}

/// Sorted by path, each path once. Case-insensitive file systems would let the later of two
/// overwrite the earlier.
fn sorted(mut outputs: Vec<Output>) -> Vec<Output> {
    outputs.par_sort_unstable();
    let mut taken: HashSet<Cow<'_, str>> = HashSet::with_capacity(outputs.len());
    let is_small = |path: &str| path.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    let is_first: Vec<bool> = outputs
        .iter()
        .map(|Output { path, .. }| {
            let small = is_small(path).then_some(Cow::Borrowed(path.as_str()));
            taken.insert(small.unwrap_or_else(|| path.to_lowercase().into()))
        })
        .collect();
    drop(taken);
    let mut is_first = is_first.into_iter();
    outputs.retain(|_| is_first.next().unwrap_or_default());
    outputs
}

/// Of outputs that are sorted by path, the one at a path.
fn at_path<'a>(outputs: &'a [Output], path: &str) -> Option<&'a Output> {
    let at = outputs.binary_search_by(|output| output.path.as_str().cmp(path)).ok()?;
    outputs.get(at)
}

/// What of the addresses depends on the artifacts alone is used as if it stood here.
impl Deref for Routes {
    type Target = OfArtifacts;

    fn deref(&self) -> &OfArtifacts {
        &self.artifacts
    }
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
