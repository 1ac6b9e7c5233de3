//! Where each file of an artifact can be read: on a page of its own, on that of an artifact, or not
//! as text. What a plugin's members show is not shown again for the plugin.

use std::collections::HashMap;

use super::routes::is_binary;
use crate::catalog::{Catalog, Index};
use crate::model::artifact::{Artifact, File};
use crate::model::id::Kind;
use crate::model::path::RelPath;

/// Where one file is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// On its own page.
    Page,
    /// It is the document on the page of an artifact.
    Document(Index),
    /// On the page that a member's file has.
    Member(Index, usize),
    /// It is no text, or too much of it.
    Nowhere,
}

/// Larger text is offered as it is.
pub const PAGE_BYTES_MAX: u64 = 256 << 10;

/// Of all the files of an artifact, where each is shown; `members` are those of the plugin.
pub fn shown(catalog: &Catalog, at: Index, members: &[Index]) -> Vec<Shown> {
    let artifact = &catalog.artifacts[at];
    let of_members = of_members(catalog, members);
    let folder = if of_members.is_empty() { None } else { folder(artifact) };
    let one = |file: &File| {
        if is_document(artifact, file) {
            return Shown::Document(at);
        }
        let path = folder.as_ref().and_then(|folder| folder.resolve(&file.path));
        if let Some((member, place)) = path.and_then(|path| of_members.get(path.as_str())) {
            let other = &catalog.artifacts[*member];
            if other.files[*place].hash == file.hash {
                return match alone(other, *member, *place) {
                    Shown::Page => Shown::Member(*member, *place),
                    shown => shown,
                };
            }
        }
        readable(file)
    };
    artifact.files.iter().map(one).collect()
}

fn alone(artifact: &Artifact, at: Index, place: usize) -> Shown {
    let file = &artifact.files[place];
    if is_document(artifact, file) { Shown::Document(at) } else { readable(file) }
}

fn readable(file: &File) -> Shown {
    let text = !is_binary(&file.path) && file.size <= PAGE_BYTES_MAX;
    if text { Shown::Page } else { Shown::Nowhere }
}

/// Whether the page of an artifact is this file.
pub fn is_document(artifact: &Artifact, file: &File) -> bool {
    match &artifact.document {
        Some(document) => file.path == *document,
        // A hooks file or a server is what its one file says.
        None => artifact.files.len() == 1 && file.path.ends_with(".json"),
    }
}

/// The files of a plugin's members by their paths in the source.
fn of_members(catalog: &Catalog, members: &[Index]) -> HashMap<String, (Index, usize)> {
    let mut all = HashMap::new();
    for at in members {
        let member = &catalog.artifacts[*at];
        // A part of a file is not that file; a plugin in a plugin may have members of its own.
        if member.path.contains('#') || member.id.kind == Kind::Plugin {
            continue;
        }
        let Some(folder) = folder(member) else { continue };
        for (place, file) in member.files.iter().enumerate() {
            if let Some(path) = folder.resolve(&file.path) {
                all.entry(path.as_str().to_owned()).or_insert((*at, place));
            }
        }
    }
    all
}

/// The folder of a source from which the paths of an artifact's files count.
pub fn folder(artifact: &Artifact) -> Option<RelPath> {
    let path = RelPath::parse(artifact.file_path())?;
    let is_file = artifact.files.len() == 1 && path.file_name() == artifact.files[0].path;
    Some(if is_file { path.parent() } else { path })
}
