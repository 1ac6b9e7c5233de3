//! Plans written to the files, all or nothing, whatever happens: the intent is on the disk before
//! the first file changes, and what a crash left half done is finished or taken back.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::files::Files;
use super::plan::{FileChange, Plan};
use super::refusal::{Conflict, Refused};
use super::{EditId, Entry};
use crate::catalog::files::COLLECTIONS;
use crate::disk::{self, Left};
use crate::env::Env;
use crate::error::{Place, Problem, Result};
use crate::model::hash::ContentHash;
use crate::state::State;
use crate::state::edits::{Edit, File, New, Stage};

/// An editor that had a file open when it was taken out of its place has saved by then.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

pub(super) struct Journal {
    dir: PathBuf,
    /// The catalog's folder, as the key of its edits.
    catalog: String,
    files: Files,
    state: Mutex<Option<State>>,
    /// One edit at a time.
    turn: Mutex<()>,
    left: Mutex<Vec<Watched>>,
    told: Mutex<Vec<Problem>>,
    /// After how many files the process is gone.
    #[cfg(test)]
    pub(super) dies_after: Mutex<Option<usize>>,
}

/// A file that an edit took out of its place, and what to keep if somebody saves into it.
struct Watched {
    left: Left,
    path: String,
    message: String,
    at: String,
    after: Option<Vec<u8>>,
}

/// Held while an edit is made: other threads wait, and other processes.
pub(super) struct Turn<'a> {
    _thread: MutexGuard<'a, ()>,
    _process: disk::FileLock,
}

/// Finishes or takes back what a crash left half done in a catalog, and says what a person should
/// know of it. Where nothing was ever edited, nothing is done.
pub fn recover(env: &Env) -> Result<Vec<Problem>> {
    let journal = Journal::new(env);
    journal.recover()?;
    Ok(journal.told())
}

impl Journal {
    pub(super) fn new(env: &Env) -> Self {
        Self {
            dir: env.state_dir.clone(),
            catalog: env.root.display().to_string(),
            files: Files { root: env.root.clone() },
            state: Mutex::default(),
            turn: Mutex::default(),
            left: Mutex::default(),
            told: Mutex::default(),
            #[cfg(test)]
            dies_after: Mutex::default(),
        }
    }

    /// Waits until nobody else edits this catalog.
    pub(super) fn turn(&self) -> Result<Turn<'_>> {
        let thread = lock(&self.turn);
        let key = ContentHash::of(self.catalog.as_bytes()).short(16);
        let file = self.dir.join("locks").join(key);
        let process = disk::FileLock::acquire(&file, |_| {})?;
        self.look();
        Ok(Turn { _thread: thread, _process: process })
    }

    /// Runs with the database, opened when it is first needed.
    fn with<T>(&self, run: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = lock(&self.state);
        match &mut *state {
            Some(state) => run(state),
            none => run(none.insert(State::open(&self.dir)?)),
        }
    }

    /// Makes a plan true; `None` where nothing is to be done. Whoever calls has the turn.
    pub(super) fn make(
        self: &Arc<Self>,
        at: &str,
        plan: &Plan,
        undoes: Option<EditId>,
    ) -> Result<Option<EditId>, Refused> {
        if plan.files.is_empty() {
            return Ok(None);
        }
        let bytes = |text: &Option<String>| text.as_ref().map(|text| text.clone().into_bytes());
        let file = |file: &FileChange| File {
            path: file.path.clone(),
            before: bytes(&file.before),
            after: bytes(&file.after),
        };
        let files: Vec<File> = plan.files.iter().map(file).collect();
        let (catalog, message) = (self.catalog.as_str(), plan.message.as_str());
        let undoes = undoes.map(|id| id.0);
        let new = New { catalog, at, message, undoes, files: &files };
        let id = self.with(|state| state.begin(&new))?;
        for (n, file) in files.iter().enumerate() {
            #[cfg(test)]
            if *lock(&self.dies_after) == Some(n) {
                panic!("the process is gone");
            }
            let problem = match self.swap(file, &new) {
                Ok(true) => continue,
                Ok(false) => None,
                Err(error) => Some(error),
            };
            // Those before it go back; what somebody saved into one of them meanwhile stays.
            for done in &files[..n] {
                let back =
                    File { before: done.after.clone(), after: done.before.clone(), ..done.clone() };
                if !self.swap(&back, &new).unwrap_or(false) {
                    self.tell(&saved_meanwhile(&done.path));
                }
            }
            self.with(|state| state.forget(id))?;
            self.watch();
            return Err(match problem {
                Some(error) => Refused::Failed(error),
                None => Refused::Changed(vec![self.conflict(file)?]),
            });
        }
        self.with(|state| state.finish(id))?;
        self.watch();
        Ok(Some(EditId(id)))
    }

    fn conflict(&self, file: &File) -> Result<Conflict> {
        Ok(Conflict {
            path: file.path.clone(),
            seen: file.before.as_deref().map(ContentHash::of),
            now: self.files.read(&file.path)?,
            yours: text(file.after.as_deref()),
        })
    }

    /// Puts one file in place; whether it was as before.
    fn swap(&self, file: &File, new: &New) -> Result<bool> {
        let path = self.files.path(&file.path);
        let swapped = disk::swap(&path, file.before.as_deref(), file.after.as_deref())?;
        let watched = swapped.left.into_iter().map(|left| Watched {
            left,
            path: file.path.clone(),
            message: new.message.to_owned(),
            at: new.at.to_owned(),
            after: file.after.clone(),
        });
        lock(&self.left).extend(watched);
        if swapped.is_done && file.after.is_none() {
            self.remove_empty(&file.path);
        }
        Ok(swapped.is_done)
    }

    /// Folders of a collection that hold nothing any more.
    fn remove_empty(&self, file: &str) {
        let path = self.files.path(file);
        let root = self.files.path(COLLECTIONS);
        let folders = path.ancestors().skip(1).take_while(|folder| **folder != *root);
        let _ = folders.take_while(|folder| disk::remove_empty_dir(folder)).count();
    }

    /// What takes an edit back, and the files that are not as it left them.
    pub(super) fn plan_of_undo(&self, id: EditId) -> Result<(Plan, Vec<Conflict>), Refused> {
        let found = self.with(|state| state.edit(&self.catalog, id.0))?;
        let edit = match found {
            Some(edit) if edit.stage == Stage::Done => edit,
            found => return Err(gone(found.as_ref())),
        };
        let mut conflicts = Vec::new();
        let mut files = Vec::new();
        for file in edit.files {
            let now = self.files.read(&file.path)?;
            let (before, after) = (text(file.after.as_deref()), text(file.before.as_deref()));
            if now != before {
                let seen = file.after.as_deref().map(ContentHash::of);
                conflicts.push(Conflict { path: file.path, seen, now, yours: after });
            } else {
                files.push(FileChange::new(file.path, before, after));
            }
        }
        let message = match (edit.undoes, edit.message.strip_prefix("Undid: ")) {
            (Some(_), Some(first)) => format!("Redid: {first}"),
            _ => format!("Undid: {}", edit.message.trim_start_matches("Redid: ")),
        };
        Ok((Plan { message, files }, conflicts))
    }

    pub(super) fn log(&self, n: usize) -> Result<Vec<Entry>> {
        let Some(state) = State::open_existing(&self.dir)? else { return Ok(Vec::new()) };
        let edits = state.last_edits(&self.catalog, n)?;
        let entry = |edit: Edit| Entry {
            id: EditId(edit.id),
            at: edit.at.parse().unwrap_or_default(),
            message: edit.message,
            files: edit.files.into_iter().map(|file| file.path).collect(),
            is_undone: edit.stage == Stage::Undone,
            is_undo: edit.undoes.is_some(),
        };
        Ok(edits.into_iter().map(entry).collect())
    }

    /// Finishes or takes back what a crash left half done.
    pub(super) fn recover(&self) -> Result<()> {
        let Some(state) = State::open_existing(&self.dir)? else { return Ok(()) };
        if state.begun(&self.catalog)?.is_empty() {
            return Ok(());
        }
        drop(state);
        // Whoever is at it right now has finished when the turn comes.
        let _turn = self.turn()?;
        for edit in self.with(|state| state.begun(&self.catalog))? {
            self.settle_begun(&edit)?;
        }
        Ok(())
    }

    fn settle_begun(&self, edit: &Edit) -> Result<()> {
        let mut stands = Vec::with_capacity(edit.files.len());
        for file in &edit.files {
            let now = match disk::kind(&self.files.path(&file.path))? {
                Some(disk::Kind::File) => Some(disk::read(&self.files.path(&file.path))?),
                _ => None,
            };
            stands.push(if now == file.after {
                Stands::After
            } else if now == file.before {
                Stands::Before
            } else {
                Stands::Else
            });
        }
        let has = |which: Stands| stands.contains(&which);
        let (is_odd, is_mixed) = (has(Stands::Else), has(Stands::Before) && has(Stands::After));
        let forward = has(Stands::After) && !(is_odd && is_mixed);
        let new = New {
            catalog: &self.catalog,
            at: &edit.at,
            message: &edit.message,
            undoes: edit.undoes,
            files: &[],
        };
        for (file, stands) in edit.files.iter().zip(&stands) {
            let back =
                File { before: file.after.clone(), after: file.before.clone(), ..file.clone() };
            let is_well = match (stands, forward) {
                (Stands::Before, true) => self.swap(file, &new)?,
                (Stands::After, false) => self.swap(&back, &new)?,
                (Stands::Else, _) => false,
                _ => true,
            };
            if !is_well {
                let what = if forward { "made" } else { "taken back" };
                let text = format!(
                    "`{}` was changed while an edit was interrupted (\"{}\"); the edit is {what} in \
                     its other files",
                    file.path, edit.message
                );
                let problem = Problem::warning("SM257", text).at(Place::file(&file.path));
                self.tell(&problem.help("look at the file; nothing that was saved in it is lost"));
            }
        }
        self.with(|state| if forward { state.finish(edit.id) } else { state.forget(edit.id) })
    }

    fn tell(&self, problem: &Problem) {
        lock(&self.told).push(problem.clone());
    }

    pub(super) fn told(&self) -> Vec<Problem> {
        std::mem::take(&mut *lock(&self.told))
    }

    /// Looks in a while whether an editor saved into what was taken out.
    fn watch(self: &Arc<Self>) {
        if lock(&self.left).is_empty() {
            return;
        }
        let journal = Arc::clone(self);
        // Without a thread the next edit looks.
        let _ = thread::Builder::new().name("edit".into()).spawn(move || journal.settle());
    }

    pub(super) fn settle(&self) {
        if !lock(&self.left).is_empty() {
            thread::sleep(LOOK_AGAIN);
            self.look();
            lock(&self.left).clear();
        }
    }

    /// Keeps what editors saved into files that are in no place any more.
    pub(super) fn look(&self) {
        lock(&self.left).retain_mut(|watched| match watched.left.saved() {
            Ok(Some(saved)) => {
                self.rescue(watched, saved);
                false
            }
            _ => true,
        });
    }

    fn rescue(&self, watched: &Watched, saved: Vec<u8>) {
        let Watched { path, message, at, after, .. } = watched;
        let files = [File { path: path.clone(), before: Some(saved), after: after.clone() }];
        let message = format!("Saved by an editor: {path}, while: {message}");
        let new =
            New { catalog: &self.catalog, at, message: &message, undoes: None, files: &files };
        let problem = match self.with(|state| state.keep(&new)) {
            Ok(id) => saved_meanwhile(path)
                .help(format!("`skillmeat undo {id}` puts what it saved in place of the edit")),
            Err(error) => {
                error.problems.into_iter().next().unwrap_or_else(|| saved_meanwhile(path))
            }
        };
        self.tell(&problem);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Before,
    After,
    Else,
}

fn saved_meanwhile(path: &str) -> Problem {
    let text = format!("`{path}` was saved by an editor while it was being changed");
    Problem::warning("SM258", text).at(Place::file(path)).help("look at the file")
}

fn gone(edit: Option<&Edit>) -> Refused {
    let text = match edit {
        Some(edit) if edit.stage == Stage::Undone => "this edit is undone already",
        _ => "there is no such edit any more",
    };
    let help = "run `skillmeat undo --list` for those there are";
    Refused::Unknown(Box::new(Problem::error("SM255", text).help(help)))
}

fn text(bytes: Option<&[u8]>) -> Option<String> {
    bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
