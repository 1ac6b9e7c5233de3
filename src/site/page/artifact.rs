//! The page of an artifact: its document, what it can do, its files, and where it is.

use minijinja::Value;
use serde::Serialize;

use super::card::{Badge, Card, StateView, Within, badge, card, cards};
use super::frame::{self, Head, Link, ProblemView, line, list_link, web_link, words_of};
use super::install::{self, Install};
use super::listing::{collection_link, edit_url};
use super::prose::{self, Prose};
use super::{List, facts, history, raw};
use crate::catalog::{Index, SourceState};
use crate::error::Result;
use crate::format::frontmatter;
use crate::format::markdown::{Options, Role, Target, percent_decoded};
use crate::model::artifact::{Artifact, Capabilities, External, File, HookAction, Server};
use crate::model::path::RelPath;
use crate::model::source::Address;
use crate::site::Site;
use crate::site::data::{Api, redact};
use crate::site::routes::{is_binary, plugin_of};

#[derive(Serialize)]
struct View {
    card: Card,
    id: String,
    description: String,
    document: Option<Document>,
    can: Can,
    fields: Vec<(String, String)>,
    files: Vec<FileView>,
    size: u64,
    hash: String,
    short_hash: String,
    license: Option<String>,
    author: Option<String>,
    homepage: Option<String>,
    category: Option<String>,
    tags: Vec<Link>,
    added: Option<String>,
    path: String,
    path_url: Option<String>,
    short_commit: Option<String>,
    commit_date: Option<String>,
    edit_url: Option<String>,
    aliases: Vec<String>,
    problems: Vec<ProblemView>,
    plugin: Option<Link>,
    members: Vec<Card>,
    install: Vec<Install>,
    collections: Vec<InCollection>,
    deployments: Vec<DeploymentView>,
    history: history::View,
    n_projects: usize,
    json_url: String,
}

/// The file that is the page, as far as it can be shown.
#[derive(Serialize, Default)]
struct Document {
    path: String,
    raw_url: Option<String>,
    prose: Option<Prose>,
    /// JSON, as text.
    code: Option<Value>,
    redacted: bool,
    /// Why it is not shown.
    trouble: Option<String>,
}

/// What it can do once an agent has it.
#[derive(Serialize)]
struct Can {
    any: bool,
    /// There is more than hooks and an address elsewhere.
    plain: bool,
    tools: Vec<String>,
    model: Option<String>,
    argument_hint: Option<String>,
    hooks: Vec<HookView>,
    server: Option<ServerView>,
    external: Option<ExternalView>,
    scripts: Vec<String>,
}

#[derive(Serialize)]
struct HookView {
    event: String,
    matcher: Option<String>,
    kind: String,
    action: String,
}

#[derive(Serialize)]
struct ServerView {
    transport: String,
    command: Option<String>,
    url: Option<String>,
    env: Vec<String>,
    headers: Vec<String>,
}

#[derive(Serialize)]
struct ExternalView {
    url: String,
    link: Option<String>,
    path: Option<String>,
    at: Option<String>,
}

#[derive(Serialize)]
struct FileView {
    path: String,
    /// How many folders it lies in.
    depth: usize,
    name: String,
    folder: String,
    size: u64,
    raw_url: Option<String>,
    executable: bool,
    is_document: bool,
}

#[derive(Serialize)]
struct InCollection {
    collection: Link,
    groups: Vec<Badge>,
}

#[derive(Serialize)]
struct DeploymentView {
    project: Link,
    state: StateView,
    profile: String,
    path: String,
    since: Option<String>,
}

/// Larger documents are offered raw.
const DOCUMENT_BYTES_MAX: u64 = 2 << 20;
/// Of a description at the head of the page; its front matter has the rest.
const LEAD_MAX: usize = 700;
const FIELD_MAX: usize = 6_000;
const MEMBERS_MAX: usize = 60;

pub(super) fn render(site: &Site<'_>, path: &str, at: Index) -> Result<Vec<u8>> {
    let artifact = &site.catalog.artifacts[at];
    let state = site.catalog.source(&artifact.id.source);
    let view = view(site, at, artifact, state)?;
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

fn view(
    site: &Site<'_>,
    at: Index,
    artifact: &Artifact,
    state: Option<&SourceState>,
) -> Result<View> {
    let links = &site.routes.links[at];
    let members = &links.members[..links.members.len().min(MEMBERS_MAX)];
    let mut document = document(site, at, artifact)?;
    let mut problems: Vec<ProblemView> = artifact.problems.iter().map(ProblemView::from).collect();
    if let Some(prose) = document.as_mut().and_then(|document| document.prose.as_mut()) {
        problems.append(&mut prose.problems);
    }
    Ok(View {
        card: card(site, at, Within::Anything),
        id: line(&artifact.id.to_string()),
        description: words_of(&artifact.description, LEAD_MAX),
        document,
        can: can(artifact),
        fields: fields(artifact),
        files: files(site, at, artifact),
        size: artifact.size(),
        hash: artifact.hash.to_string(),
        short_hash: artifact.hash.short(10),
        license: artifact.license.as_deref().map(line),
        author: artifact.author.as_deref().map(line),
        homepage: artifact.homepage.as_deref().and_then(web_link),
        category: artifact.category.as_deref().map(line),
        tags: tags(site, artifact),
        added: artifact.added.map(|date| date.to_string()),
        path: line(&artifact.path),
        path_url: state.and_then(|state| facts::tree_url(state, artifact.file_path())),
        short_commit: state.and_then(|state| state.commit.as_deref()).map(facts::short),
        commit_date: state.and_then(|state| state.commit_date).map(|date| date.to_string()),
        edit_url: state.and_then(|state| edit(site, state, artifact)),
        aliases: artifact.aliases.iter().map(|alias| line(alias)).collect(),
        problems,
        plugin: plugin_of(site.catalog, artifact)
            .map(|at| Link::new(line(site.catalog.artifacts[at].label()), site.artifact_url(at))),
        members: cards(site, members, Within::Anything),
        install: install::ways(state, artifact),
        collections: collections(site, at),
        deployments: deployments(site, at),
        history: history::view(site, at)?,
        n_projects: site.catalog.projects.len(),
        json_url: site.routes.api_path(site.catalog, Api::Artifact(at)),
    })
}

/// The document as HTML or text. What cannot be shown says why; bytes that cannot be read at all
/// are an error of the build.
fn document(site: &Site<'_>, at: Index, artifact: &Artifact) -> Result<Option<Document>> {
    let is_it = |file: &File| match &artifact.document {
        Some(document) => file.path == *document,
        // A hooks file or a server is what its one file says.
        None => artifact.files.len() == 1 && file.path.ends_with(".json"),
    };
    let Some(place) = artifact.files.iter().position(is_it) else { return Ok(None) };
    let path = &artifact.files[place].path;
    let raw_url = raw_url(site, at, place);
    let shown = Document { path: line(path), raw_url, ..Document::default() };
    if artifact.files[place].size > DOCUMENT_BYTES_MAX {
        let trouble = Some("It is larger than 2 MiB and is not shown here.".to_owned());
        return Ok(Some(Document { trouble, ..shown }));
    }
    let published = raw::bytes(site, at, place)?;
    let Ok(text) = String::from_utf8(published.bytes) else {
        return Ok(Some(Document { trouble: Some("It is not UTF-8 text.".to_owned()), ..shown }));
    };
    if !is_markdown(path) {
        let code = Some(prose::code(path, &text));
        return Ok(Some(Document { code, redacted: published.redacted, ..shown }));
    }
    let front = frontmatter::read(path, &text);
    let body = text.get(front.body..).unwrap_or_default();
    let resolve = |target: &str, role| match resolve(site, at, artifact, path, target, role) {
        Some(url) => Target::To(url),
        None => Target::Broken("there is nothing to show in this catalog".to_owned()),
    };
    let prose = prose::render(
        body,
        &Options {
            first_line: front.body_line.max(1),
            // Below the heading that names the file.
            heading_top: 3,
            ..Options::new(path, &resolve)
        },
    );
    Ok(Some(Document { prose: Some(prose), ..shown }))
}

fn is_markdown(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["md", "mdx", "mdc", "markdown"].contains(&ending.to_ascii_lowercase().as_str())
}

/// Where a relative link of a document leads: to a page when it names another artifact, to the
/// raw copy of a file beside it, else to the source's own copy on the web.
fn resolve(
    site: &Site<'_>,
    at: Index,
    artifact: &Artifact,
    document: &str,
    target: &str,
    role: Role,
) -> Option<String> {
    const ROOT: &str = "../../../../";
    let (target, anchor) = target.split_at(target.find(['#', '?']).unwrap_or(target.len()));
    let target = percent_decoded(target);
    let target = target.as_str();
    let inner = RelPath::parse(document)?.parent();
    if let Some(file) = inner.resolve(target) {
        let place = artifact.files.iter().position(|one| one.path == file.as_str());
        let url = place.and_then(|place| raw_url(site, at, place));
        // No raw copy is an image: what is not text is not published.
        if let Some(url) = url.filter(|_| role == Role::Link) {
            return Some(format!("{ROOT}{url}"));
        }
    }
    // Beyond the artifact, paths count from the root of its source.
    let stands_in_folder = artifact.files.len() != 1
        || RelPath::parse(artifact.file_path())?.file_name() != artifact.files[0].path;
    let mut folder = RelPath::parse(artifact.file_path())?;
    if !stands_in_folder {
        folder = folder.parent();
    }
    let path = folder.resolve(inner.as_str())?.resolve(target)?;
    let state =
        site.catalog.sources.iter().position(|one| one.source.name == artifact.id.source)?;
    match site.routes.at_path(site.catalog, state, path.as_str()) {
        Some(other) => Some(format!("{ROOT}{}{}", site.artifact_url(other), prose::anchor(anchor))),
        None => facts::tree_url(&site.catalog.sources[state], path.as_str())
            .map(|url| format!("{url}{anchor}")),
    }
}

fn raw_url(site: &Site<'_>, at: Index, file: usize) -> Option<String> {
    let name = site.routes.links[at].raw[file].as_ref()?;
    if is_binary(&site.catalog.artifacts[at].files[file].path) {
        return None;
    }
    Some(format!("{}raw/{name}", site.artifact_url(at)))
}

fn fields(artifact: &Artifact) -> Vec<(String, String)> {
    let one = |(key, value): &(String, String)| {
        (line(key), words_of(&redact::field(key, value), FIELD_MAX))
    };
    artifact.fields.iter().map(one).collect()
}

fn files(site: &Site<'_>, at: Index, artifact: &Artifact) -> Vec<FileView> {
    let one = |(place, file): (usize, &File)| {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        FileView {
            path: line(&file.path),
            depth: file.path.matches('/').count().min(6),
            name: line(name),
            folder: if folder.is_empty() { String::new() } else { line(&format!("{folder}/")) },
            size: file.size,
            raw_url: raw_url(site, at, place),
            executable: file.executable,
            is_document: artifact.document.as_ref() == Some(&file.path),
        }
    };
    artifact.files.iter().enumerate().map(one).collect()
}

fn can(artifact: &Artifact) -> Can {
    let can: &Capabilities = &artifact.can;
    let scripts: Vec<String> = artifact
        .files
        .iter()
        .filter(|file| file.executable || is_script(&file.path))
        .map(|file| line(&file.path))
        .collect();
    let plain = !can.tools.is_empty()
        || can.model.is_some()
        || can.argument_hint.is_some()
        || can.server.is_some()
        || !scripts.is_empty();
    Can {
        any: plain || !can.hooks.is_empty(),
        plain,
        tools: can.tools.iter().map(|tool| line(tool)).collect(),
        model: can.model.as_deref().map(line),
        argument_hint: can.argument_hint.as_deref().map(line),
        hooks: can.hooks.iter().map(hook).collect(),
        server: can.server.as_ref().map(server),
        external: can.external.as_ref().map(external),
        scripts,
    }
}

fn is_script(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["sh", "bash", "py", "js", "ts", "rb", "pl", "ps1", "mjs"].contains(&ending)
}

fn hook(hook: &HookAction) -> HookView {
    HookView {
        event: line(&hook.event),
        matcher: hook.matcher.as_deref().map(line),
        kind: line(&hook.kind),
        action: line(&redact::urls(&hook.action)),
    }
}

fn server(server: &Server) -> ServerView {
    ServerView {
        transport: line(&server.transport),
        command: facts::command_line(server),
        url: facts::address(server),
        env: server.env.iter().map(|name| line(name)).collect(),
        headers: server.headers.iter().map(|name| line(name)).collect(),
    }
}

fn external(external: &External) -> ExternalView {
    ExternalView {
        url: line(&redact::url(&external.url)),
        link: web_link(&external.url),
        path: external.path.as_deref().map(line),
        at: external.at.as_deref().map(|at| {
            let is_commit = at.len() == 40 && at.bytes().all(|b| b.is_ascii_hexdigit());
            if is_commit { facts::short(at) } else { line(at) }
        }),
    }
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

fn collections(site: &Site<'_>, at: Index) -> Vec<InCollection> {
    let groups = &site.routes.links[at].groups;
    let of = |collection: usize| InCollection {
        collection: collection_link(site, collection),
        groups: groups
            .iter()
            .filter(|(own, _)| *own == collection)
            .map(|(own, group)| badge(site, *own, *group))
            .collect(),
    };
    site.catalog.memberships[at].iter().map(|collection| of(*collection)).collect()
}

fn deployments(site: &Site<'_>, at: Index) -> Vec<DeploymentView> {
    let one = |(project, deployment): &(usize, usize)| {
        let state = &site.catalog.projects[*project];
        let deployment = &state.deployments[*deployment];
        DeploymentView {
            project: Link::new(line(&state.name), site.routes.project_url(*project)),
            state: deployment.state.into(),
            profile: line(&deployment.profile),
            path: line(&deployment.path),
            since: deployment.deployed_at.map(|date| date.to_string()),
        }
    };
    site.routes.links[at].deployed.iter().map(one).collect()
}
