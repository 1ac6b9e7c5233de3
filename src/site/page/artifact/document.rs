//! A text file of an artifact as a page shows it: Markdown rendered, anything else as it is, with
//! links to sibling files and other artifacts turned into those of the site.

use minijinja::Value;
use serde::Serialize;

use super::super::prose::{self, Prose};
use super::super::{facts, raw};
use crate::catalog::Index;
use crate::error::Result;
use crate::format::frontmatter;
use crate::format::markdown::{Options, Role, Target, percent_decoded};
use crate::model::artifact::Artifact;
use crate::model::path::RelPath;
use crate::site::Site;
use crate::site::files::folder;
use crate::site::page::frame::line;
use crate::site::routes::{is_binary, plugin_of};
use crate::site::theme::markup;

/// A file as far as it can be shown.
#[derive(Serialize, Default)]
pub(super) struct Document {
    pub path: String,
    pub raw_url: Option<String>,
    pub prose: Option<Prose>,
    /// Other text, as it is.
    pub code: Option<Value>,
    /// `1` to the last line, one a line.
    pub numbers: Value,
    pub n_lines: usize,
    pub redacted: bool,
    /// Why it is not shown.
    pub trouble: Option<String>,
}

/// Larger documents are offered raw.
const DOCUMENT_BYTES_MAX: u64 = 2 << 20;

/// A file for a page from which `root` leads to the root of the site. What cannot be shown says
/// why; bytes that cannot be read at all are an error of the build.
pub(super) fn document(site: &Site<'_>, at: Index, place: usize, root: &str) -> Result<Document> {
    let artifact = &site.catalog.artifacts[at];
    let file = &artifact.files[place];
    let path = &file.path;
    let raw_url = raw_url(site, at, place);
    let shown = Document { path: line(path), raw_url, ..Document::default() };
    if file.size > DOCUMENT_BYTES_MAX {
        let trouble = Some("It is larger than 2 MiB and is not shown here.".to_owned());
        return Ok(Document { trouble, ..shown });
    }
    let published = raw::whole(site, at, place)?;
    let Ok(text) = String::from_utf8(published.bytes) else {
        return Ok(Document { trouble: Some("It is not UTF-8 text.".to_owned()), ..shown });
    };
    if !is_markdown(path) {
        let n_lines = text.lines().count();
        return Ok(Document {
            n_lines,
            numbers: numbers(n_lines),
            code: (n_lines > 0).then(|| prose::code(path, &text)),
            redacted: published.redacted,
            ..shown
        });
    }
    let front = frontmatter::read(path, &text);
    let body = text.get(front.body..).unwrap_or_default();
    let resolve = |target: &str, role| match resolve(site, at, path, target, role, root) {
        Some(url) => Target::To(url),
        None => Target::Broken("there is nothing to show in this catalog".to_owned()),
    };
    let options = Options {
        first_line: front.body_line.max(1),
        // Below the heading that names the file.
        heading_top: 3,
        ..Options::new(path, &resolve)
    };
    let prose = Some(prose::render(body, &options));
    Ok(Document { n_lines: text.lines().count(), prose, ..shown })
}

fn numbers(n: usize) -> Value {
    let numbers: Vec<String> = (1..=n).map(|n| n.to_string()).collect();
    markup(numbers.join("\n"))
}

fn is_markdown(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["md", "mdx", "mdc", "markdown"].contains(&ending.to_ascii_lowercase().as_str())
}

/// Where a relative link of a document leads: to a page when it names another file or artifact,
/// else to the raw copy, else to the source's own copy on the web.
fn resolve(
    site: &Site<'_>,
    at: Index,
    document: &str,
    target: &str,
    role: Role,
    root: &str,
) -> Option<String> {
    let artifact = &site.catalog.artifacts[at];
    let (target, anchor) = target.split_at(target.find(['#', '?']).unwrap_or(target.len()));
    let target = percent_decoded(target);
    let target = target.as_str();
    let state =
        site.catalog.sources.iter().position(|one| one.source.name == artifact.id.source)?;
    // Paths count from the root of the source; two words name folders for agents.
    let own = folder(artifact)?;
    let path = if let Some(rest) = target.strip_prefix("${CLAUDE_SKILL_DIR}/") {
        own.resolve(rest)?
    } else if let Some(rest) = target.strip_prefix("${CLAUDE_PLUGIN_ROOT}/") {
        let plugin = plugin_of(site.catalog, artifact)?;
        folder(&site.catalog.artifacts[plugin])?.resolve(rest)?
    } else {
        own.resolve(RelPath::parse(document)?.parent().as_str())?.resolve(target)?
    };
    let place = artifact
        .files
        .iter()
        .position(|one| own.resolve(&one.path).is_some_and(|file| file.as_str() == path.as_str()));
    let to_file = |at: Index, place: usize| {
        // No raw copy is an image: what is not text is not published.
        let url = (role == Role::Link).then(|| file_url(site, at, place, anchor)).flatten();
        url.map(|url| format!("{root}{url}"))
    };
    let to_artifact = || {
        let other = site.routes.at_path(site.catalog, state, path.as_str())?;
        Some(format!("{root}{}{}", site.artifact_url(other), prose::anchor(anchor)))
    };
    let to_other_file = || {
        let (other, place) = site.routes.file_at_path(site.catalog, state, path.as_str())?;
        to_file(other, place)
    };
    place.and_then(|place| to_file(at, place)).or_else(to_artifact).or_else(to_other_file).or_else(
        || {
            let url = facts::tree_url(&site.catalog.sources[state], path.as_str())?;
            Some(format!("{url}{anchor}"))
        },
    )
}

/// The page of a file with the anchor in it, else its raw copy.
fn file_url(site: &Site<'_>, at: Index, place: usize, anchor: &str) -> Option<String> {
    match site.routes.file_url(site.catalog, at, place) {
        Some(url) if is_markdown(&site.catalog.artifacts[at].files[place].path) => {
            Some(format!("{url}{}", prose::anchor(anchor)))
        }
        Some(url) => Some(format!("{url}{anchor}")),
        None => raw_url(site, at, place),
    }
}

/// The published copy of a text.
pub(super) fn raw_url(site: &Site<'_>, at: Index, file: usize) -> Option<String> {
    let name = site.routes.links[at].raw[file].as_ref()?;
    if is_binary(&site.catalog.artifacts[at].files[file].path) {
        return None;
    }
    Some(format!("{}raw/{name}", site.artifact_url(at)))
}

/// The place of the file that is the page.
pub(super) fn place(artifact: &Artifact) -> Option<usize> {
    artifact.files.iter().position(|file| crate::site::files::is_document(artifact, file))
}
