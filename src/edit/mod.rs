//! Changes to the files that people own: collections and groups. The only writer of them.
//!
//! What a person wants ([`change`]) becomes texts ([`plan`]), and these are put in place of exactly
//! what was read. It knows nothing of requests or pages.

pub mod change;
mod files;
mod journal;
pub mod plan;
pub mod refusal;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::catalog::Catalog;
use crate::catalog::files as catalog_files;
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::model::collection::Collection;
use crate::model::hash::ContentHash;
use change::{Change, Seen};
use files::Files;
use journal::Journal;
use plan::{FileChange, Plan};
use refusal::{Conflict, Refused};

pub use journal::recover;
pub use write::{create_collection, replace};

/// The number of an edit in the journal, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EditId(pub i64);

/// An edit that was made.
#[derive(Clone, Debug)]
pub struct Done {
    /// What [`Editor::undo`] takes it back by; `None` when all was so already.
    pub id: Option<EditId>,
    pub plan: Plan,
}

/// One edit of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: EditId,
    pub at: Timestamp,
    pub message: String,
    /// Below the catalog, sorted.
    pub files: Vec<String>,
    pub is_undone: bool,
    /// It took another one back.
    pub is_undo: bool,
}

/// Makes changes to one catalog's files. One for each catalog and process; clones are the same one.
#[derive(Clone)]
pub struct Editor {
    env: Env,
    files: Files,
    journal: Arc<Journal>,
}

impl Editor {
    /// Finishes or takes back what a crash left half done.
    pub fn new(env: &Env) -> Result<Self> {
        let files = Files { root: env.root.clone() };
        let journal = Arc::new(Journal::new(env));
        journal.recover()?;
        Ok(Self { env: env.clone(), files, journal })
    }

    /// The same one, at a later time.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        Self { env: Env { now, ..self.env.clone() }, ..self.clone() }
    }

    /// What would be done; nothing is written. Files that are not as the catalog was loaded from
    /// them are refused as changed.
    pub fn plan(&self, catalog: &Catalog, changes: &[Change]) -> Result<Plan, Refused> {
        let plan = plan::make(catalog, &self.files, Vec::new(), changes);
        match self.conflicts(catalog, &plan, changes, None)? {
            conflicts if conflicts.is_empty() => plan,
            conflicts => Err(Refused::Changed(conflicts)),
        }
    }

    /// Makes the changes, all or none. `seen` must name every file they touch, but those they make.
    pub fn apply(
        &self,
        catalog: &Catalog,
        changes: &[Change],
        seen: &Seen,
    ) -> Result<Done, Refused> {
        let _turn = self.journal.turn()?;
        let plan = plan::make(catalog, &self.files, Vec::new(), changes);
        let conflicts = self.conflicts(catalog, &plan, changes, Some(seen))?;
        let plan = plan?;
        let is_unseen =
            |file: &&FileChange| file.before.is_some() && !seen.contains_key(&file.path);
        let unseen: Vec<&FileChange> = plan.files.iter().filter(is_unseen).collect();
        if !unseen.is_empty() {
            return Err(Refused::Unseen(unseen.iter().map(|file| file.path.clone()).collect()));
        }
        if !conflicts.is_empty() {
            return Err(Refused::Changed(conflicts));
        }
        let id = self.journal.make(&self.now(), &plan, None)?;
        Ok(Done { id, plan })
    }

    fn now(&self) -> String {
        self.env.now.to_string()
    }

    /// The files of a plan that are not as they were seen, or not as the catalog was loaded from
    /// them, each with the changes made on what it holds now.
    fn conflicts(
        &self,
        catalog: &Catalog,
        plan: &Result<Plan, Refused>,
        changes: &[Change],
        seen: Option<&Seen>,
    ) -> Result<Vec<Conflict>, Refused> {
        let hash = |text: &Option<String>| text.as_ref().map(|it| ContentHash::of(it.as_bytes()));
        let loaded = |path: &str| catalog.files.get(path).copied();
        let seen_as = |path: &str| match seen.and_then(|seen| seen.get(path)) {
            Some(seen) => *seen,
            None => loaded(path),
        };
        let mut odd: BTreeMap<String, Option<String>> = BTreeMap::new();
        if let Ok(plan) = plan {
            for file in &plan.files {
                let now = hash(&file.before);
                if now != loaded(&file.path) || now != seen_as(&file.path) {
                    odd.insert(file.path.clone(), file.before.clone());
                }
            }
        }
        if odd.is_empty() {
            return Ok(Vec::new());
        }
        let now = plan::make(catalog, &self.files, self.shelves(odd.keys()), changes);
        let yours = |path: &str| {
            let files = &now.as_ref().ok()?.files;
            files.iter().find(|file| file.path == path)?.after.clone()
        };
        let conflict = |(path, now): (String, Option<String>)| Conflict {
            seen: seen_as(&path),
            yours: yours(&path),
            path,
            now,
        };
        Ok(odd.into_iter().map(conflict).collect())
    }

    /// The collections of these files as they are on disk; what cannot be read is left out.
    fn shelves<'a>(&self, files: impl Iterator<Item = &'a String>) -> Vec<Collection> {
        let mut slugs: Vec<&str> = files.filter_map(|file| file.split('/').nth(1)).collect();
        slugs.dedup();
        let read = |slug| catalog_files::collection(&self.env, slug, &mut BTreeMap::new()).ok();
        slugs.into_iter().filter_map(read).collect()
    }

    /// Takes an edit back: exactly the bytes of before, if all its files are as it left them. It is
    /// an edit itself.
    pub fn undo(&self, id: EditId) -> Result<Done, Refused> {
        let _turn = self.journal.turn()?;
        let (plan, conflicts) = self.journal.plan_of_undo(id)?;
        if !conflicts.is_empty() {
            return Err(Refused::Changed(conflicts));
        }
        let made = self.journal.make(&self.now(), &plan, Some(id))?;
        Ok(Done { id: made, plan })
    }

    /// The last edits, newest first.
    pub fn log(&self, n: usize) -> Result<Vec<Entry>> {
        self.journal.log(n)
    }

    /// What was noticed since it was asked last: saves of editors that went into a file which an edit
    /// took out of its place. They are kept in the journal.
    pub fn told(&self) -> Vec<Problem> {
        self.journal.told()
    }

    /// Looks once more for such saves: before the process ends.
    pub fn settle(&self) {
        self.journal.settle();
    }
}

#[cfg(test)]
mod tests;
