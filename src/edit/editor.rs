//! The way from a change to files on disk, and back.
//!
//! What is about to be written is noted first, with the bytes before and after, in `state.db`. So an
//! edit of several files that a crash cut short is finished by whoever comes next, and every edit
//! can be undone byte for byte. No commit is ever made.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::change::{Change, Seen};
use super::plan::{self, FileChange, Plan};
use super::refusal::{Conflict, Refused};
use crate::catalog::Catalog;
use crate::disk::{self, FileLock, Old, Replaced};
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::model::hash::ContentHash;
use crate::state::State;
use crate::state::journal::{EditId, Entry, File, Stage};
use crate::words;

/// Held by whoever writes files of the catalog; the name is followed by a hash of its folder.
const LOCK: &str = "edit";

/// Edits the files of one catalog. A clone edits the same.
#[derive(Clone)]
pub struct Editor {
    inner: Arc<Inner>,
}

struct Inner {
    env: Env,
    state: State,
    /// Names the catalog in the journal: its folder.
    catalog: String,
    /// Within this process; the lock of the file is for others.
    turn: Mutex<()>,
    /// Old files that an editor may still have open, with what replaced them, and when.
    kept: Mutex<Vec<(File, Old, String)>>,
}

/// An editor that had a file open when it was replaced has saved by then.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// To undo it by; `None` where everything was so already.
    pub id: Option<EditId>,
    pub plan: Plan,
}

impl Editor {
    /// Finishes first what a crash cut short.
    pub fn new(env: &Env) -> Result<Self> {
        Self::open(env).map(|(editor, _)| editor)
    }

    /// As [`Editor::new`], with what came of edits that a crash cut short.
    fn open(env: &Env) -> Result<(Self, Vec<Problem>)> {
        let state = State::open(env)?;
        let catalog = env.root.display().to_string();
        let inner = Inner {
            env: env.clone(),
            state,
            catalog,
            turn: Mutex::default(),
            kept: Mutex::default(),
        };
        let editor = Self { inner: Arc::new(inner) };
        let mut problems = Vec::new();
        if editor.inner.state.is_interrupted(&editor.inner.catalog)? {
            let _turn = editor.turn()?;
            problems = editor.recover()?;
        }
        Ok((editor, problems))
    }

    /// What the changes would come to; nothing is written.
    pub fn plan(&self, catalog: &Catalog, changes: &[Change]) -> Result<Plan, Refused> {
        plan::plan(&self.inner.env, catalog, changes)
    }

    /// Makes the changes: all of them or none. The catalog must have been loaded from the files as
    /// they are, and `seen` must name every file that is touched.
    pub fn apply(
        &self,
        catalog: &Catalog,
        changes: &[Change],
        seen: &Seen,
        now: Timestamp,
    ) -> Result<Done, Refused> {
        let _turn = self.turn()?;
        let plan = match self.plan(catalog, changes) {
            Ok(plan) => plan,
            // What was seen may be why: a file that went or broke meanwhile.
            Err(refused) => return Err(self.conflicts(seen).map_or(refused, Refused::Changed)),
        };
        let unseen: Vec<String> = plan
            .files
            .iter()
            .filter(|file| !seen.contains_key(&file.path))
            .map(|file| file.path.clone())
            .collect();
        if !unseen.is_empty() {
            return Err(Refused::Unseen(unseen));
        }
        let hash = |text: &Option<String>| text.as_ref().map(|t| ContentHash::of(t.as_bytes()));
        let is_changed = |file: &&FileChange| {
            let now = hash(&file.before);
            seen.get(&file.path) != Some(&now) || catalog.files.get(&file.path) != now.as_ref()
        };
        let changed = plan.files.iter().filter(is_changed).map(|file| Conflict {
            path: file.path.clone(),
            seen: seen.get(&file.path).copied().flatten(),
            now: file.before.clone(),
            yours: file.after.clone(),
        });
        let changed: Vec<Conflict> = changed.collect();
        if !changed.is_empty() {
            return Err(Refused::Changed(changed));
        }
        self.write(plan, now)
    }

    /// Takes an edit back: the exact bytes of before, where every file is as the edit left it. That
    /// is an edit, too.
    pub fn undo(&self, id: EditId, now: Timestamp) -> Result<Done, Refused> {
        let _turn = self.turn()?;
        let entry = self.inner.state.entry(&self.inner.catalog, id)?;
        let Some(entry) = entry.filter(|entry| entry.stage == Stage::Done) else {
            let help = "see which edits can be undone: `skillmeat undo --list`";
            let message = format!("there is no edit {id} that could be undone");
            return Err(Refused::unknown("SM251", message, help));
        };
        let mut changed = Vec::new();
        let mut files = Vec::new();
        for file in &entry.files {
            let on_disk = disk::read_text(&self.inner.env.root.join(&file.path))?;
            let text = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(lossy);
            let (left, back) = (text(&file.after), text(&file.before));
            if on_disk != left {
                let seen = file.after.as_deref().map(ContentHash::of);
                let path = file.path.clone();
                changed.push(Conflict { path, seen, now: on_disk, yours: back });
                continue;
            }
            let (added, removed) = plan::lines(left.as_deref(), back.as_deref());
            files.push(FileChange {
                path: file.path.clone(),
                before: left,
                after: back,
                added,
                removed,
            });
        }
        if !changed.is_empty() {
            return Err(Refused::Changed(changed));
        }
        let plan = Plan { message: format!("Undone: {}", entry.message), files, ..Plan::default() };
        let done = self.write(plan, now)?;
        self.inner.state.reach(id, Stage::Undone)?;
        Ok(done)
    }

    /// The last edits, the newest first.
    pub fn log(&self, n: usize) -> Result<Vec<Entry>> {
        self.inner.state.last(&self.inner.catalog, n)
    }

    /// Waits until nobody else writes.
    fn turn(&self) -> Result<(MutexGuard<'_, ()>, FileLock)> {
        let guard = self.inner.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let name = ContentHash::of(self.inner.catalog.as_bytes()).short(16);
        let file = self.inner.env.state_dir.join(format!("{LOCK}-{name}.lock"));
        let stop = &self.inner.env.stop;
        let lock = FileLock::acquire_while(&file, |_| {}, || stop.check())?;
        Ok((guard, lock))
    }

    /// Notes the plan, writes its files, and notes that they are written.
    fn write(&self, plan: Plan, now: Timestamp) -> Result<Done, Refused> {
        if plan.files.is_empty() {
            return Ok(Done { id: None, plan });
        }
        let bytes = |text: &Option<String>| text.as_ref().map(|text| text.clone().into_bytes());
        let files: Vec<File> = plan
            .files
            .iter()
            .map(|file| File {
                path: file.path.clone(),
                before: bytes(&file.before),
                after: bytes(&file.after),
            })
            .collect();
        let state = &self.inner.state;
        let at = now.to_string();
        let id = state.begin(&self.inner.catalog, &at, &plan.message, &files)?;
        let mut written: Vec<&File> = Vec::new();
        let mut kept = Vec::new();
        for file in &files {
            match self.put(file.path.as_str(), file.before.as_deref(), file.after.as_deref()) {
                Ok(Replaced::Done(old)) => {
                    written.push(file);
                    kept.extend(old.map(|old| (file, old)));
                }
                Ok(Replaced::Differs) => {
                    self.take_back(id, &written)?;
                    return Err(self.saved_meanwhile(&plan, &file.path));
                }
                Err(error) => {
                    self.take_back(id, &written)?;
                    return Err(error.into());
                }
            }
        }
        state.reach(id, Stage::Done)?;
        if !kept.is_empty() {
            let kept = kept.into_iter().map(|(file, old)| (file.clone(), old, at.clone()));
            self.kept().extend(kept);
            let editor = self.clone();
            // Where there is no thread to be had, the next edit looks.
            let _ = thread::Builder::new().name("edit".into()).spawn(move || editor.settle());
        }
        Ok(Done { id: Some(id), plan })
    }

    /// Waits until no editor can have a replaced file open any more, and keeps what was saved in one.
    /// For the end of a process; else a thread does it.
    pub fn settle(&self) {
        if !self.kept().is_empty() {
            thread::sleep(LOOK_AGAIN);
            self.look();
            self.kept().clear();
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<(File, Old, String)>> {
        self.inner.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was saved by now in files that were replaced.
    pub(super) fn look(&self) {
        self.kept().retain_mut(|(file, old, at)| {
            let Ok(bytes) = old.bytes() else { return true };
            let is_saved = !bytes.is_empty() && file.before.as_ref() != Some(&bytes);
            // What cannot be noted is tried again by the next look.
            !(is_saved && self.rescue(file, bytes, at).is_ok())
        });
    }

    /// What an editor wrote into the old file while it was replaced is kept, to be undone to.
    fn rescue(&self, file: &File, bytes: Vec<u8>, at: &str) -> Result<()> {
        let message =
            format!("An editor saved {} at the same moment; undo gives its text", file.path);
        let kept = File { path: file.path.clone(), before: Some(bytes), after: file.after.clone() };
        let id = self.inner.state.begin(&self.inner.catalog, at, &message, &[kept])?;
        self.inner.state.reach(id, Stage::Done)
    }

    fn put(&self, path: &str, before: Option<&[u8]>, after: Option<&[u8]>) -> Result<Replaced> {
        let full = self.inner.env.root.join(path);
        let done = disk::exchange(&full, before, after)?;
        // Folders that were made for a file go with it.
        if after.is_none() && matches!(done, Replaced::Done(_)) {
            let folders =
                full.ancestors().skip(1).take(path.matches('/').count().saturating_sub(1));
            let _ = folders.take_while(|dir| disk::remove_empty_dir(dir)).count();
        }
        Ok(done)
    }

    /// Puts back what was written of an edit, as far as nobody wrote it since. Where that fails the
    /// edit stays noted as begun, and is finished or taken back by whoever comes next.
    fn take_back(&self, id: EditId, files: &[&File]) -> Result<()> {
        for file in files {
            self.put(&file.path, file.after.as_deref(), file.before.as_deref())?;
        }
        self.inner.state.forget(id)
    }

    fn saved_meanwhile(&self, plan: &Plan, path: &str) -> Refused {
        let file = plan.files.iter().find(|file| file.path == path);
        let now = disk::read_text(&self.inner.env.root.join(path)).ok().flatten();
        let seen = file.and_then(|file| file.before.as_ref());
        Refused::Changed(vec![Conflict {
            path: path.to_owned(),
            seen: seen.map(|text| ContentHash::of(text.as_bytes())),
            now,
            yours: file.and_then(|file| file.after.clone()),
        }])
    }

    /// Files that are not as they were seen.
    fn conflicts(&self, seen: &Seen) -> Option<Vec<Conflict>> {
        let differing = seen.iter().filter_map(|(path, seen)| {
            if !is_below(path) {
                return None;
            }
            let now = disk::read_text(&self.inner.env.root.join(path)).ok()?;
            let hash = now.as_ref().map(|text| ContentHash::of(text.as_bytes()));
            let conflict = Conflict { path: path.clone(), seen: *seen, now, yours: None };
            (hash != *seen).then_some(conflict)
        });
        let all: Vec<Conflict> = differing.collect();
        (!all.is_empty()).then_some(all)
    }

    /// Finishes edits that a crash cut short: to the end where every file is as before or as after,
    /// else it is taken back where nobody has been since, and what somebody did stays.
    fn recover(&self) -> Result<Vec<Problem>> {
        let state = &self.inner.state;
        let mut problems = Vec::new();
        for entry in state.unfinished(&self.inner.catalog)? {
            let mut foreign = Vec::new();
            for file in &entry.files {
                let text = disk::read_text(&self.inner.env.root.join(&file.path))?;
                let now = text.map(String::into_bytes);
                if now != file.before && now != file.after {
                    foreign.push(file.path.as_str());
                }
            }
            // What is so already is told to differ, and stays.
            for file in &entry.files {
                let (before, after) = (file.before.as_deref(), file.after.as_deref());
                let (from, to) = if foreign.is_empty() { (before, after) } else { (after, before) };
                self.put(&file.path, from, to)?;
            }
            let said = format!("an edit was cut short (“{}”)", entry.message);
            let problem = if foreign.is_empty() {
                state.reach(entry.id, Stage::Done)?;
                let help = "see what it changed: `git diff`; take it back: `skillmeat undo`";
                Problem::warning("SM258", format!("{said}, and was finished now")).help(help)
            } else {
                state.forget(entry.id)?;
                let files = words::list_and(&foreign);
                let text = format!("{said}, and was taken back: {files} changed since");
                Problem::warning("SM258", text).help("see how the files are: `git diff`")
            };
            problems.push(problem);
        }
        Ok(problems)
    }
}

/// Finishes what a crash cut short, where a catalog has anything of the kind, and tells of it.
pub fn recover(env: &Env) -> Result<Vec<Problem>> {
    let Some(state) = State::open_existing(env)? else { return Ok(Vec::new()) };
    if !state.is_interrupted(&env.root.display().to_string())? {
        return Ok(Vec::new());
    }
    drop(state);
    Editor::open(env).map(|(_, problems)| problems)
}

/// What an edit may name: nothing outside the catalog.
fn is_below(path: &str) -> bool {
    !path.starts_with('/') && !path.split('/').any(|part| matches!(part, "" | "." | ".."))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
