//! The files of a project, in a folder or in a commit, to what is deployed in it: by the records that
//! tools leave, and by what stands where agents look.
//!
//! Reads only, and only where agents and tools keep things, never a project as a whole. Knows nothing
//! of the catalog: which artifact a record means and what state it is in is worked out by
//! `catalog::states`.

pub mod digest;
mod entries;
mod folder;
mod order;
mod reach;
mod records;
mod roots;
mod stamp;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

pub use self::folder::Folder;
pub use self::records::sanitised;
use crate::error::{Place, Problem, Result};
use crate::model::deployment::{By, Deployment};
use crate::model::id::{ArtifactId, Kind};
use crate::model::path::RelPath;

/// Larger files that hold records or settings are not read.
const TEXT_BYTES_MAX: u64 = 2 << 20;

/// The files of a project, wherever they are.
pub trait Files: Sync {
    /// The names in a folder that is no link, sorted.
    fn names(&self, dir: &RelPath) -> Result<Vec<String>>;
    /// What stands at a path; no part of it but the last is a link.
    fn look(&self, path: &RelPath) -> Result<Stands>;
    /// The bytes of a file that is no link; more than `max` are an error.
    fn read(&self, path: &RelPath, max: u64) -> Result<Vec<u8>>;
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stands {
    Nothing,
    File,
    Dir,
    Link(Leads),
    Other,
}

/// Where a link leads in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    To(RelPath),
    Outside,
    Nowhere,
}

/// What one project holds.
#[derive(Debug, Default)]
pub struct Scan {
    /// Sorted by kind, name, profile and path.
    pub records: Vec<Record>,
    pub problems: Vec<Problem>,
}

/// One thing that is deployed, or recorded to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub kind: Kind,
    pub name: String,
    pub profile: String,
    /// Relative to the project; of an entry in a file `file#name`.
    pub path: String,
    /// Who recorded it.
    pub by: Option<By>,
    /// Other paths that are links to it.
    pub links: Vec<String>,
    pub deployed_at: Option<Date>,
    /// The hash as deployed, as the record has it.
    pub base: Option<String>,
    /// The hash of what is there now; `None` when nothing is.
    pub here: Option<String>,
    /// Where the record says that it is from.
    pub from: Option<Origin>,
    /// Of hooks that nobody recorded: the digests of their handlers.
    pub handlers: Vec<String>,
    /// What it was taken for when the project was looked at last.
    pub id: Option<ArtifactId>,
}

/// Where a record says that a copy is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// A repository as the tool writes it: a URL, or `owner/name`.
    pub repository: String,
    /// Below it: the folder of the artifact, or its document.
    pub path: Option<String>,
}

impl Record {
    /// Something that nobody recorded.
    fn unrecorded(kind: Kind, name: &str, profile: &str, path: String) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            profile: profile.to_owned(),
            path,
            by: None,
            links: Vec::new(),
            deployed_at: None,
            base: None,
            here: None,
            from: None,
            handlers: Vec::new(),
            id: None,
        }
    }

    /// What was known of it when the project was looked at last.
    pub fn kept(deployment: &Deployment) -> Self {
        let Deployment {
            kind, name, id, profile, path, by, links, deployed_at, base, here, ..
        } = deployment.clone();
        Self {
            kind,
            name,
            profile,
            path,
            by,
            links,
            deployed_at,
            base,
            here,
            from: None,
            handlers: Vec::new(),
            id,
        }
    }
}

/// What is deployed in a project.
pub fn scan(files: &dyn Files) -> Result<Scan> {
    let mut problems = Vec::new();
    let dirs = roots::dirs(files)?;
    let mut copies = roots::copies(files, &dirs, &mut problems)?;
    let recorded = records::skillmeat(files, &dirs, &mut copies, &mut problems)?;
    let mut found = recorded.records;
    found.extend(records::skills(files, &mut copies, &mut problems)?);
    for copy in copies {
        found.extend(records::unrecorded(files, copy, &mut problems));
    }
    found.extend(entries::unrecorded(files, &recorded.entries, &mut problems)?);
    found.sort_by(|a, b| {
        (a.kind, &a.name, &a.profile, &a.path).cmp(&(b.kind, &b.name, &b.profile, &b.path))
    });
    Ok(Scan { records: found, problems })
}

/// The text of a file of a project; none where there is none, or where it cannot be read, which is a
/// problem.
fn text(files: &dyn Files, path: &str, problems: &mut Vec<Problem>) -> Option<String> {
    let parsed = RelPath::parse(path)?;
    let real = match reach::reach(files, &parsed) {
        Ok(reach::Reached::File(real)) => real,
        Ok(reach::Reached::Lost(to)) => {
            problems.push(lost(path, to));
            return None;
        }
        Ok(_) => return None,
        Err(error) => {
            problems
                .extend(error.problems.into_iter().map(|problem| unread(path, &problem.message)));
            return None;
        }
    };
    let read = files.read(&real, TEXT_BYTES_MAX);
    match read.map(String::from_utf8) {
        Ok(Ok(text)) => Some(text),
        Ok(Err(_)) => {
            problems.push(unread(path, "it is not UTF-8 text"));
            None
        }
        Err(error) => {
            problems
                .extend(error.problems.into_iter().map(|problem| unread(path, &problem.message)));
            None
        }
    }
}

/// A record that cannot be used.
fn unusable(file: &str, reason: &str) -> Problem {
    let reason = reason.lines().next().unwrap_or_default();
    Problem::warning("SM435", format!("a deployment record cannot be read: {reason}"))
        .at(Place::file(file))
        .help("deploy the artifact again with the tool that wrote the record")
}

/// Something that stands there and cannot be looked at.
fn unread(path: &str, reason: &str) -> Problem {
    let reason = reason.lines().next().unwrap_or_default();
    Problem::warning("SM615", format!("`{path}` of the project cannot be read: {reason}"))
        .at(Place::file(path))
        .help("what is deployed there is not known; mend it and run `skillmeat sync`")
}

/// A link of which nothing is read.
fn lost(path: &str, to: &str) -> Problem {
    Problem::warning("SM616", format!("the link `{path}` of the project leads {to}"))
        .at(Place::file(path))
        .help("mend or remove the link; what it leads to is not looked at")
}
