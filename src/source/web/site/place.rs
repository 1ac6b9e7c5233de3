//! Listed artifacts to paths in a tree: each source of the site is a folder, in which everything
//! stands where it stands in that source, so that plugins hold their members. What is a part of a
//! file that is not published gets a folder of its own. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::successors;

use super::list::{self, Artifact, name_here};
use crate::error::{Place, Problem, Result};
use crate::model::hash::ContentHash;
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::source::filter::Filter;
use crate::source::listing::{About, Entry, Listing};
use crate::source::{DEPTH_MAX, FILES_MAX, is_skipped, too_many};
use crate::words;

pub(super) struct Placed {
    pub files: BTreeMap<RelPath, File>,
    pub listing: Listing,
    pub open: Vec<Open>,
    pub problems: Vec<Problem>,
}

/// A file of the tree, and where its bytes are.
pub(super) struct File {
    pub size: u64,
    pub hash: ContentHash,
    pub executable: bool,
    /// Below the root of the site.
    pub link: String,
}

/// An artifact whose path is known when its file is read.
pub(super) struct Open {
    pub kind: Kind,
    pub file: RelPath,
    pub entry: Entry,
}

pub(super) fn place(artifacts: &[Artifact], filter: &Filter) -> Result<Placed> {
    let mut placed = Placed {
        files: BTreeMap::new(),
        listing: Listing { entries: BTreeMap::new(), is_all: true },
        open: Vec::new(),
        problems: Vec::new(),
    };
    // Parts come last: whether the file they are parts of is there is known then.
    let (parts, whole): (Vec<_>, Vec<_>) =
        artifacts.iter().partition(|artifact| artifact.path.contains('#'));
    for artifact in whole {
        placed.whole(artifact, filter)?;
    }
    for artifact in parts {
        placed.part(artifact, filter)?;
    }
    placed.drop_files_in_the_way();
    Ok(placed)
}

impl Placed {
    fn whole(&mut self, artifact: &Artifact, filter: &Filter) -> Result<()> {
        let Some(path) = home(artifact, &artifact.path) else {
            self.problems.push(strange(artifact, &artifact.path));
            return Ok(());
        };
        let is_dir = match artifact.id.kind {
            Kind::Skill => true,
            // A plugin may be one file.
            Kind::Plugin => !matches!(artifact.files.as_slice(),
                [one] if one.path == path.file_name()),
            _ => false,
        };
        let dir = if is_dir { path.clone() } else { path.parent() };
        self.list(artifact, &dir, path.to_string(), filter)
    }

    fn part(&mut self, artifact: &Artifact, filter: &Filter) -> Result<()> {
        let (file, part) = artifact.path.split_once('#').unwrap_or_default();
        let Some(file) = home(artifact, file) else {
            self.problems.push(strange(artifact, &artifact.path));
            return Ok(());
        };
        if artifact.id.kind != Kind::Plugin && self.files.contains_key(&file) {
            let at = (artifact.id.kind, format!("{file}#{part}"));
            self.listing.entries.insert(at, entry(artifact, false));
            return Ok(());
        }
        if artifact.files.is_empty() {
            return self.list(artifact, &file, format!("{file}#{part}"), filter);
        }
        let kind = artifact.id.kind;
        let hash = ContentHash::of(artifact.path.as_bytes()).short(8);
        let own = file.names().next().map(|top| RelPath::root().join(top)).unwrap_or_default();
        let own = own.join(&format!("{kind}-{hash}"));
        match (kind, artifact.files.as_slice()) {
            (Kind::Mcp, [one]) => {
                let taken = self.take(&own, one, filter)?;
                let entry = entry(artifact, false);
                self.open.extend(taken.map(|file| Open { kind, file, entry }));
                Ok(())
            }
            (Kind::Plugin | Kind::Skill | Kind::Mcp, _) => {
                self.list(artifact, &own, own.to_string(), filter)
            }
            (_, files) => {
                let folder = if kind == Kind::Hook { "hooks" } else { "commands" };
                let dir = own.join(folder);
                let first = files.first().map_or("", |file| file.path.as_str());
                self.list(artifact, &dir, dir.join(first).to_string(), filter)
            }
        }
    }

    /// A file where another file needs a directory is left out, as no folder can have both.
    fn drop_files_in_the_way(&mut self) {
        let dirs: BTreeSet<RelPath> =
            self.files.keys().flat_map(|path| successors(Some(path.parent()), up)).collect();
        let in_the_way: Vec<RelPath> =
            self.files.keys().filter(|path| dirs.contains(*path)).cloned().collect();
        for path in in_the_way {
            let text = format!("`{path}` is a file and a folder");
            self.problems.push(unfit(text, &path.parent()));
            self.files.remove(&path);
        }
    }

    /// Takes an artifact's files below a directory, and says what it is.
    fn list(
        &mut self,
        artifact: &Artifact,
        dir: &RelPath,
        path: String,
        filter: &Filter,
    ) -> Result<()> {
        let mut n_taken = 0;
        for file in &artifact.files {
            n_taken += usize::from(self.take(dir, file, filter)?.is_some());
        }
        let is_published = artifact.files.iter().any(|file| file.link.is_some());
        // What the filter leaves nothing of is not wanted.
        let at = RelPath::parse(&path).is_some_and(|path| filter.takes(&path));
        if n_taken > 0 || !is_published && at {
            let entry = entry(artifact, n_taken == 0);
            self.listing.entries.insert((artifact.id.kind, path), entry);
        }
        Ok(())
    }

    /// The path of a file in the tree, if it is taken.
    fn take(
        &mut self,
        dir: &RelPath,
        file: &list::File,
        filter: &Filter,
    ) -> Result<Option<RelPath>> {
        let Some(link) = &file.link else { return Ok(None) };
        let path =
            RelPath::parse(&file.path).filter(is_fit).and_then(|at| dir.resolve(at.as_str()));
        let Some(path) = path else {
            let text = format!("a file cannot be called `{}`", words::visible(&file.path));
            self.problems.push(unfit(text, dir));
            return Ok(None);
        };
        if !filter.takes(&path) {
            return Ok(None);
        }
        if self.files.len() >= FILES_MAX {
            return Err(too_many().into());
        }
        let new = File {
            size: file.size,
            hash: file.hash,
            executable: file.executable,
            link: link.clone(),
        };
        let known = self.files.entry(path.clone()).or_insert(new);
        if known.hash != file.hash {
            let text = format!("`{path}` is listed with different contents");
            self.problems.push(unfit(text, dir));
        }
        known.executable |= file.executable;
        Ok(Some(path))
    }
}

/// The path of an artifact in the folder of its source. The sign keeps a source that is called like
/// a folder with a meaning of its own, as `agents`, from being one.
fn home(artifact: &Artifact, path: &str) -> Option<RelPath> {
    let dir = RelPath::root().join(&format!("@{}", artifact.id.source));
    let path = RelPath::parse(path)?;
    if path.is_root() {
        return Some(dir);
    }
    is_fit(&path).then(|| dir.resolve(path.as_str())).flatten()
}

fn up(dir: &RelPath) -> Option<RelPath> {
    (!dir.is_root()).then(|| dir.parent())
}

/// Whether a listing of a folder could have the path.
fn is_fit(path: &RelPath) -> bool {
    let odd = |c: char| c.is_control() || c == '\\' || words::is_invisible(c);
    !path.is_root()
        && path.names().count() < DEPTH_MAX
        && path.names().all(|name| name.len() <= 255 && !is_skipped(name) && !name.contains(odd))
}

fn entry(artifact: &Artifact, is_bare: bool) -> Entry {
    let id = &artifact.id;
    let about = About {
        plugin: artifact.plugin.as_ref().map(|plugin| name_here(id, plugin)),
        title: artifact.title.clone(),
        description: Some(artifact.description.clone()),
        version: artifact.version.clone(),
        license: artifact.license.clone(),
        author: artifact.author.clone(),
        category: artifact.category.clone(),
        tags: artifact.tags.clone(),
        external: artifact.external.clone(),
        homepage: None,
    };
    Entry { name: Some(name_here(id, &id.name)), is_bare, about }
}

fn strange(artifact: &Artifact, path: &str) -> Problem {
    let id = words::visible(&artifact.id.to_string());
    let text = format!("`{id}` cannot stand at `{}`", words::visible(path));
    Problem::warning("SM478", text).help("tell whoever runs the site; it is left out")
}

fn unfit(text: String, dir: &RelPath) -> Problem {
    Problem::warning("SM478", text)
        .at(Place::file(dir.as_str()))
        .help("tell whoever runs the site; it is left out")
}
