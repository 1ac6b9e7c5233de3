//! The page of an artifact: its document, its files, where it is, what it can do, what stands near
//! it. Each part is a section of one page; scripts make tabs of them.

mod can;
mod document;
pub(super) mod file;
mod files;
mod places;
mod related;
mod scan;
pub(super) mod zip;

use serde::Serialize;

use self::can::Can;
use self::document::Document;
use self::files::Files;
use self::places::{DeploymentView, InCollection};
use self::related::{Members, Part};
use super::card::{Card, Within, card};
use super::frame::{self, Head, Link, ProblemView, line, list_link, web_link, words_of};
use super::install::{self, Client};
use super::listing::edit_url;
use super::{List, facts, history};
use crate::catalog::{Index, SourceState};
use crate::error::Result;
use crate::format::redact;
use crate::model::artifact::Artifact;
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::model::source::Address;
use crate::site::Site;
use crate::site::data::Api;
use crate::site::machine::{self, Machine};
use crate::site::routes::plugin_of;

pub(super) use related::{Row, row};

#[derive(Serialize)]
struct View {
    card: Card,
    id: String,
    description: String,
    document: Option<Document>,
    fields: Vec<(String, String)>,
    can: Can,
    files: Files,
    collections: Vec<InCollection>,
    deployments: Vec<DeploymentView>,
    n_projects: usize,
    history: history::View,
    is_plugin: bool,
    members: Vec<Members>,
    n_members: usize,
    related: Vec<Part>,
    n_related: usize,
    problems: Vec<ProblemView>,
    install: Vec<Client>,
    about: About,
}

/// What stands beside the sections.
#[derive(Serialize)]
struct About {
    plugin: Option<Link>,
    path: String,
    source_url: Option<String>,
    edit_url: Option<String>,
    aliases: Vec<String>,
    short_commit: Option<String>,
    commit_date: Option<String>,
    license: Option<String>,
    author: Option<String>,
    homepage: Option<String>,
    category: Option<String>,
    tags: Vec<Link>,
    added: Option<String>,
    hash: String,
    short_hash: String,
    json_url: String,
    markdown_url: String,
}

/// Of a description at the head of the page; its front matter has the rest.
const LEAD_MAX: usize = 700;
const FIELD_MAX: usize = 6_000;

pub(super) fn render(site: &Site<'_>, path: &str, at: Index) -> Result<Vec<u8>> {
    let artifact = &site.catalog.artifacts[at];
    let view = view(site, path, at, artifact)?;
    let head = Head {
        title: format!("{} ({})", view.card.label, artifact.id.kind.label()),
        description: view.card.description.clone(),
        section: "collections/all/",
        crumbs: vec![
            view.card.source.clone(),
            list_link(
                site,
                &crate::words::plural(artifact.id.kind.label()),
                List::Kind(artifact.id.kind),
            ),
        ],
    };
    frame::render(site, path, "artifact.html", &head, view)
}

fn view(site: &Site<'_>, path: &str, at: Index, artifact: &Artifact) -> Result<View> {
    let state = site.catalog.source(&artifact.id.source);
    let root = "../".repeat(path.matches('/').count());
    let place = document::place(artifact);
    let mut document = place.map(|place| document::document(site, at, place, &root)).transpose()?;
    let mut problems: Vec<ProblemView> = artifact.problems.iter().map(ProblemView::from).collect();
    if let Some(prose) = document.as_mut().and_then(|document| document.prose.as_mut()) {
        problems.append(&mut prose.problems);
    }
    let related = related::parts(site, at);
    Ok(View {
        card: card(site, at, Within::Anything),
        id: line(&artifact.id.to_string()),
        description: words_of(&artifact.description, LEAD_MAX),
        document,
        fields: fields(artifact),
        can: can::can(site, at)?,
        files: files::files(site, at),
        collections: places::collections(site, at),
        deployments: places::deployments(site, at),
        n_projects: site.catalog.projects.len(),
        history: history::view(site, at)?,
        is_plugin: artifact.id.kind == Kind::Plugin,
        members: related::members(site, at),
        n_members: site.routes.links[at].members.len(),
        n_related: related.iter().map(Part::n).sum(),
        related,
        problems,
        install: install::clients(state, artifact),
        about: about(site, at, artifact, state),
    })
}

fn about(site: &Site<'_>, at: Index, artifact: &Artifact, state: Option<&SourceState>) -> About {
    About {
        plugin: plugin_of(site.catalog, artifact)
            .map(|at| Link::new(line(site.catalog.artifacts[at].label()), site.artifact_url(at))),
        path: line(&artifact.path),
        source_url: state.and_then(|state| facts::tree_url(state, artifact.file_path())),
        edit_url: state.and_then(|state| edit(site, state, artifact)),
        aliases: artifact.aliases.iter().map(|alias| line(alias)).collect(),
        short_commit: state.and_then(|state| state.commit.as_deref()).map(facts::short),
        commit_date: state.and_then(|state| state.commit_date).map(|date| date.to_string()),
        license: artifact.license.as_deref().map(line),
        author: artifact.author.as_deref().map(line),
        homepage: artifact.homepage.as_deref().and_then(web_link),
        category: artifact.category.as_deref().map(line),
        tags: tags(site, artifact),
        added: artifact.added.map(|date| date.to_string()),
        hash: artifact.hash.to_string(),
        short_hash: artifact.hash.short(10),
        json_url: site.routes.api_path(site.catalog, Api::Artifact(at)),
        markdown_url: machine::path(site.catalog, site.routes, Machine::Artifact(at)),
    }
}

fn fields(artifact: &Artifact) -> Vec<(String, String)> {
    let one = |(key, value): &(String, String)| {
        (line(key), words_of(&redact::field(key, value), FIELD_MAX))
    };
    artifact.fields.iter().map(one).collect()
}

fn tags(site: &Site<'_>, artifact: &Artifact) -> Vec<Link> {
    let find = |tag: &String| site.routes.tags.binary_search_by(|one| one.name.cmp(tag)).ok();
    let link = |tag: &String| find(tag).map(|at| list_link(site, tag, List::Tag(at)));
    artifact.tags.iter().filter_map(link).collect()
}

/// Where an artifact of the catalog's own can be edited.
fn edit(site: &Site<'_>, state: &SourceState, artifact: &Artifact) -> Option<String> {
    let Address::Path(root) = &state.source.address else { return None };
    let document = artifact.document.as_deref()?;
    let path = artifact.file_path();
    let file =
        if path.ends_with(document) { path.to_owned() } else { format!("{path}/{document}") };
    state.inside.then(|| edit_url(site, RelPath::parse(root)?.resolve(&file)?.as_str()))?
}
