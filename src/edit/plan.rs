//! Changes to the files they take: what would be written, and what that is in words.
//!
//! Nothing is written here. After each change the collection is worked out anew by the code that
//! loads catalogs, so that an edit can be judged by what it brings about.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::about;
use super::change::Change;
use super::draft::Draft;
use super::members;
use super::places;
use super::refusal::Refused;
use crate::catalog::Catalog;
use crate::env::Env;
use crate::words;

/// What a change comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What was done, for whoever asked: `Moved pdf to Documents`.
    pub message: String,
    /// Sorted by path; none when everything is so already.
    pub files: Vec<FileChange>,
    /// What was made or changed last, to show next.
    pub subject: Subject,
}

/// Where to look at what was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// `None` when it is gone.
    pub collection: Option<String>,
    pub group: Option<String>,
}

/// One file that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Below the catalog.
    pub path: String,
    /// `None`: it is not there.
    pub before: Option<String>,
    /// `None`: it goes.
    pub after: Option<String>,
    /// Lines.
    pub added: usize,
    pub removed: usize,
}

/// Works out what the changes, made one after the other, come to.
pub(super) fn plan(env: &Env, catalog: &Catalog, changes: &[Change]) -> Result<Plan, Refused> {
    let mut draft = Draft::new(env, catalog);
    let mut said: Vec<String> = Vec::new();
    let mut subject = Subject::default();
    for change in changes {
        let message = make(&mut draft, change, &mut subject)?;
        if said.last() != Some(&message) {
            said.push(message);
        }
    }
    let files = draft.into_files().into_iter().map(|(path, before, after)| {
        let (added, removed) = lines(before.as_deref(), after.as_deref());
        FileChange { path, before, after, added, removed }
    });
    let message = match said.split_first() {
        None => String::new(),
        Some((first, [])) => first.clone(),
        Some((first, rest)) => format!("{first}, and {}", words::count(rest.len(), "more change")),
    };
    Ok(Plan { message, files: files.collect(), subject })
}

fn make(draft: &mut Draft<'_>, change: &Change, subject: &mut Subject) -> Result<String, Refused> {
    let (collection, group) = change.subject();
    *subject =
        Subject { collection: collection.map(str::to_owned), group: group.map(str::to_owned) };
    match change {
        Change::CreateCollection { slug, about, members } => {
            let slug = about::create_collection(draft, slug.as_deref(), about)?;
            if !members.is_empty() {
                members::add_to_collection(draft, &slug, members)?;
            }
            let message = format!("Created collection {}", places::title(draft, &slug, None)?);
            subject.collection = Some(slug);
            Ok(message)
        }
        Change::EditCollection { collection, about } => {
            about::edit_collection(draft, collection, about)?;
            Ok(format!("Changed collection {}", places::title(draft, collection, None)?))
        }
        Change::PlaceCollection { collection, before } => {
            places::place_collection(draft, collection, before.as_deref())?;
            Ok(format!("Moved collection {}", places::title(draft, collection, None)?))
        }
        Change::DeleteCollection { collection } => {
            let title = places::title(draft, collection, None)?;
            about::delete_collection(draft, collection)?;
            *subject = Subject::default();
            Ok(format!("Deleted collection {title}"))
        }
        Change::CreateGroup { collection, slug, about, members } => {
            let slug = about::create_group(draft, collection, slug.as_deref(), about)?;
            if !members.is_empty() {
                members::add_to_group(draft, collection, &slug, members, &Default::default())?;
            }
            let title = places::title(draft, collection, Some(&slug))?;
            subject.group = Some(slug);
            Ok(format!("Created group {title}"))
        }
        Change::EditGroup { collection, group, about } => {
            about::edit_group(draft, collection, group, about)?;
            Ok(format!("Changed group {}", places::title(draft, collection, Some(group))?))
        }
        Change::PlaceGroup { collection, group, before } => {
            places::place_group(draft, collection, group, before.as_deref())?;
            Ok(format!("Moved group {}", places::title(draft, collection, Some(group))?))
        }
        Change::DeleteGroup { collection, group } => {
            let title = places::title(draft, collection, Some(group))?;
            about::delete_group(draft, collection, group)?;
            subject.group = None;
            Ok(format!("Deleted group {title}"))
        }
        _ => members::make(draft, change),
    }
}

/// How many lines come and how many go.
pub(super) fn lines(before: Option<&str>, after: Option<&str>) -> (usize, usize) {
    let split = |text: Option<&str>| -> Vec<String> {
        text.unwrap_or_default().split_inclusive('\n').map(str::to_owned).collect()
    };
    let steps = capture_diff_slices(Algorithm::Myers, &split(before), &split(after));
    let each =
        steps.iter().map(|step| (step.new_range().len(), step.old_range().len(), step.tag()));
    each.filter(|(.., tag)| *tag != DiffTag::Equal)
        .fold((0, 0), |(added, removed), (new, old, _)| (added + new, removed + old))
}
