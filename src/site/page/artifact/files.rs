//! The files of an artifact as a tree: folder by folder, each file with where it can be read.

use std::collections::BTreeMap;

use serde::Serialize;

use super::document::raw_url;
use crate::catalog::Index;
use crate::model::artifact::File;
use crate::site::Site;
use crate::site::files::Shown;
use crate::site::page::frame::line;

#[derive(Serialize)]
pub(super) struct Files {
    pub n: usize,
    size: u64,
    folders: Vec<Folder>,
    /// All of them in one.
    zip: Option<String>,
    /// Folders stand open where that is no long list.
    open: bool,
}

/// A folder with the files right in it; the artifact's own has no path.
#[derive(Serialize)]
struct Folder {
    path: String,
    size: u64,
    files: Vec<FileView>,
}

#[derive(Serialize)]
struct FileView {
    name: String,
    size: u64,
    /// The page to read it on, if it is not this one.
    url: Option<String>,
    raw_url: Option<String>,
    executable: bool,
    is_document: bool,
}

const OPEN_MAX: usize = 60;

pub(super) fn files(site: &Site<'_>, at: Index) -> Files {
    let artifact = &site.catalog.artifacts[at];
    let mut folders: BTreeMap<&str, Folder> = BTreeMap::new();
    for (place, file) in artifact.files.iter().enumerate() {
        let (path, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        let folder = folders.entry(path).or_insert_with(|| Folder {
            path: if path.is_empty() { String::new() } else { line(&format!("{path}/")) },
            size: 0,
            files: Vec::new(),
        });
        folder.size += file.size;
        folder.files.push(one(site, at, place, name, file));
    }
    Files {
        n: artifact.files.len(),
        size: artifact.size(),
        folders: folders.into_values().collect(),
        zip: site.routes.zip_url(site.catalog, at),
        open: artifact.files.len() <= OPEN_MAX,
    }
}

fn one(site: &Site<'_>, at: Index, place: usize, name: &str, file: &File) -> FileView {
    let is_document = site.routes.links[at].shown[place] == Shown::Document(at);
    FileView {
        name: line(name),
        size: file.size,
        url: if is_document { None } else { site.routes.file_url(site.catalog, at, place) },
        raw_url: raw_url(site, at, place),
        executable: file.executable,
        is_document,
    }
}
