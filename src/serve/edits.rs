//! Edits of a running server: changes to files, and the catalog that shows them.
//!
//! One at a time. An edit is worked out on the catalog that is shown; where the files are ahead of
//! it, they are loaded first. The answer comes when a catalog with the edit in it is shown. It
//! knows neither JSON nor forms.

use std::sync::Arc;
use std::sync::mpsc::channel;

use jiff::Timestamp;

use super::board::View;
use super::owner::{Event, Shown};
use super::{Server, lock};
use crate::catalog::Catalog;
use crate::edit::change::{Change, Seen};
use crate::edit::plan::Subject;
use crate::edit::refusal::{Conflict, Refused};
use crate::edit::{Done, Editor};
use crate::error::{Error, Problem, Result};
use crate::model::hash::ContentHash;
use crate::state::journal::{EditId, Entry};

/// So many of the last edits are told.
const LOG_LEN: usize = 50;

/// An edit that was made, and is shown.
pub struct Edited {
    pub done: Done,
    /// Of the catalog that shows it.
    pub revision: u64,
    /// Where to look at it, below the site.
    pub url: Option<String>,
}

/// Why an edit was not made.
pub enum NotDone {
    Refused(Refused),
    /// The files cannot be read as they are.
    Unreadable(Vec<Problem>),
}

/// Makes the changes, all of them or none.
pub fn apply(server: &Server, changes: &[Change], seen: &Seen) -> Result<Edited, NotDone> {
    edit(server, |editor, catalog| editor.apply(catalog, changes, seen, Timestamp::now()))
}

/// The same; that what it makes is not there yet need not be said.
pub fn apply_new(server: &Server, changes: &[Change], seen: Seen) -> Result<Edited, NotDone> {
    edit(server, |editor, catalog| {
        let mut seen = seen.clone();
        if let Ok(plan) = editor.plan(catalog, changes) {
            let new = plan.files.into_iter().filter(|file| file.before.is_none());
            new.for_each(|file| _ = seen.entry(file.path).or_insert(None));
        }
        editor.apply(catalog, changes, &seen, Timestamp::now())
    })
}

/// Takes an edit back, which is an edit, too.
pub fn undo(server: &Server, id: EditId) -> Result<Edited, NotDone> {
    edit(server, |editor, _| editor.undo(id, Timestamp::now()))
}

/// The last edits, newest first.
pub fn log(server: &Server) -> Result<Vec<Entry>> {
    server.editor.as_ref().map_or_else(|| Ok(Vec::new()), |editor| editor.log(LOG_LEN))
}

fn edit(
    server: &Server,
    make: impl Fn(&Editor, &Catalog) -> Result<Done, Refused>,
) -> Result<Edited, NotDone> {
    let Some(editor) = &server.editor else {
        let problem = Problem::error("SM730", "nothing can be edited here");
        let error = Error::from(problem.help("start `skillmeat serve` without `--read-only`"));
        return Err(NotDone::Refused(Refused::Failed(error)));
    };
    let _turn = lock(&server.editing);
    let mut view = readable(server)?;
    let mut made = tried(&view, editor, &make)?;
    if made.as_ref().is_err_and(may_be_behind) {
        show(server);
        view = readable(server)?;
        made = tried(&view, editor, &make)?;
    }
    let done = made.map_err(NotDone::Refused)?;
    let revision = match done.plan.files.is_empty() {
        true => view.revision,
        false => show(server).map_or(view.revision, |shown| shown.revision),
    };
    let url = url(&server.board.view(), &done);
    Ok(Edited { done, revision, url })
}

/// What is shown, once the files can be read as they are.
fn readable(server: &Server) -> Result<Arc<View>, NotDone> {
    let view = server.board.view();
    if view.failure.is_empty() && view.pages.is_some() {
        return Ok(view);
    }
    // They may be mended by now, and nobody watches.
    show(server);
    let view = server.board.view();
    match view.failure.is_empty() {
        true => Ok(view),
        false => Err(NotDone::Unreadable(view.failure.clone())),
    }
}

fn tried(
    view: &View,
    editor: &Editor,
    make: impl Fn(&Editor, &Catalog) -> Result<Done, Refused>,
) -> Result<Result<Done, Refused>, NotDone> {
    let pages = view.pages.as_ref().ok_or_else(|| NotDone::Unreadable(Vec::new()))?;
    Ok(make(editor, pages.catalog()))
}

/// Whether it might go once the files are loaded as they are now.
fn may_be_behind(refused: &Refused) -> bool {
    let is_as_seen = |conflict: &Conflict| {
        let now = conflict.now.as_ref().map(|text| ContentHash::of(text.as_bytes()));
        now == conflict.seen
    };
    match refused {
        Refused::Changed(conflicts) => conflicts.iter().all(is_as_seen),
        Refused::Unknown(_) => true,
        _ => false,
    }
}

/// Has the files loaded and waits until what they hold is shown; `None` when the server ends.
fn show(server: &Server) -> Option<Shown> {
    let (whom, shown) = channel();
    server.events.send(Event::Show(whom)).ok()?;
    shown.recv().ok()
}

/// The page of what was edited, or of what it was part of.
fn url(view: &View, done: &Done) -> Option<String> {
    let pages = view.pages.as_ref()?;
    let Subject { collection, group } = &done.plan.subject;
    let by_path = || {
        let rest = done.plan.files.first()?.path.strip_prefix("collections/")?;
        Some(rest.split('/').next()?.to_owned())
    };
    pages.place_url(&collection.clone().or_else(by_path)?, group.as_deref())
}
