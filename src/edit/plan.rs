//! What a person wants to the files that say so: each with its text before and after. Nothing is
//! written here.

mod draft;
mod group;
mod members;
mod message;
mod names;
mod places;
mod rank;
mod shelf;

use super::change::Change;
use super::files::Files;
use super::refusal::Refused;
use crate::catalog::Catalog;
use crate::format::diff;
use crate::model::collection::Collection;
use draft::Draft;

/// What would be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In words: `Moved pdf to Documents`.
    pub message: String,
    /// Sorted by path; none where all is so already.
    pub files: Vec<FileChange>,
}

/// One file of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Below the catalog.
    pub path: String,
    /// `None`: there is no such file yet.
    pub before: Option<String>,
    /// `None`: the file goes.
    pub after: Option<String>,
    /// Lines that come in.
    pub added: usize,
    /// Lines that go.
    pub removed: usize,
}

impl FileChange {
    pub(super) fn new(path: String, before: Option<String>, after: Option<String>) -> Self {
        let (old, new) = (before.as_deref().unwrap_or(""), after.as_deref().unwrap_or(""));
        let (added, removed) = diff::counts(old, new);
        Self { path, before, after, added, removed }
    }
}

/// The changes one after the other, each on what the one before it made. `now` are collections as
/// they are on disk, where they are not as the catalog has them.
pub(super) fn make(
    catalog: &Catalog,
    files: &Files,
    now: Vec<Collection>,
    changes: &[Change],
) -> Result<Plan, Refused> {
    let mut draft = Draft::new(catalog, files, now);
    let mut said = Vec::new();
    for change in changes {
        said.push(step(&mut draft, change)?);
    }
    Ok(Plan { message: message::of_all(said), files: draft.into_files() })
}

/// Makes one change, and says so.
fn step(draft: &mut Draft, change: &Change) -> Result<String, Refused> {
    match change {
        Change::CreateCollection { slug, about, members } => {
            shelf::create(draft, slug.as_deref(), about, members)
        }
        Change::EditCollection { collection, about } => shelf::edit(draft, collection, about),
        Change::PlaceCollection { collection, before } => {
            shelf::place(draft, collection, before.as_deref())
        }
        Change::DeleteCollection { collection } => shelf::delete(draft, collection),
        Change::CreateGroup { collection, slug, about, members } => {
            group::create(draft, collection, slug.as_deref(), about, members)
        }
        Change::EditGroup { collection, group, about } => {
            group::edit(draft, collection, group, about)
        }
        Change::PlaceGroup { collection, group, before } => {
            group::place(draft, collection, group, before.as_deref())
        }
        Change::DeleteGroup { collection, group } => group::delete(draft, collection, group),
        Change::AddToGroup { collection, group, ids, at } => {
            members::add(draft, collection, (None, group), ids, at)
        }
        Change::MoveToGroup { collection, from, group, ids, at } => {
            let from = members::From::Group(from.as_deref());
            members::add(draft, collection, (Some(from), group), ids, at)
        }
        Change::RemoveFromGroup { collection, group, ids } => {
            members::remove(draft, collection, group, ids)
        }
        Change::AddToCollection { collection, ids } => members::join(draft, collection, ids),
        Change::RemoveFromCollection { collection, ids } => members::leave(draft, collection, ids),
    }
}
