//! The way from a change to files on disk, and back.
//!
//! What is about to be written is noted first, with the bytes before and after, in `state.db`. So an
//! edit of several files that a crash cut short is finished by whoever comes next, and every edit
//! can be undone byte for byte. No commit is ever made.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use jiff::Timestamp;

use super::change::{Change, Seen};
use super::leftover::{Leftover, Leftovers};
use super::plan::{self, FileChange, Plan};
use super::refusal::{Conflict, Refused};
use crate::catalog::Catalog;
use crate::disk::{self, FileLock, Replaced};
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::model::hash::ContentHash;
use crate::state::State;
use crate::state::journal::{EditId, Entry, File, New, Stage};
use crate::words;

/// Held by whoever writes files of the catalog; the name is followed by a hash of its folder.
const LOCK: &str = "edit";

/// What stands before the words of an edit that was taken back.
const UNDONE: &str = "Undone: ";

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
    left: Leftovers,
}

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
            left: Leftovers::default(),
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
        let bytes = |text: &Option<String>| text.as_ref().map(|text| text.clone().into_bytes());
        let file = |file: &FileChange| File {
            path: file.path.clone(),
            before: bytes(&file.before),
            after: bytes(&file.after),
        };
        let files = plan.files.iter().map(file).collect();
        self.write(plan, files, None, now)
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
        let mut plan = Plan { message: format!("{UNDONE}{}", entry.message), ..Plan::default() };
        for file in &entry.files {
            let on_disk = disk::read_if_there(&self.inner.env.root.join(&file.path))?;
            let text = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(lossy);
            let (path, yours) = (file.path.clone(), text(&file.before));
            if on_disk != file.after {
                let seen = file.after.as_deref().map(ContentHash::of);
                changed.push(Conflict { path, seen, now: text(&on_disk), yours });
                continue;
            }
            let before = text(&file.after);
            let (added, removed) = plan::lines(before.as_deref(), yours.as_deref());
            plan.files.push(FileChange { path, before, after: yours, added, removed });
        }
        if !changed.is_empty() {
            return Err(Refused::Changed(changed));
        }
        // The bytes themselves: not all that can be taken back need be text.
        let back = |file: File| File { before: file.after, after: file.before, ..file };
        let files = entry.files.into_iter().map(back).collect();
        self.write(plan, files, Some(id), now)
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
    fn write(
        &self,
        plan: Plan,
        files: Vec<File>,
        undoes: Option<EditId>,
        now: Timestamp,
    ) -> Result<Done, Refused> {
        if files.is_empty() {
            return Ok(Done { id: None, plan });
        }
        let new = New { at: now.to_string(), message: plan.message.clone(), undoes, files };
        let state = &self.inner.state;
        let id = state.begin(&self.inner.catalog, &new)?;
        for (n, file) in new.files.iter().enumerate() {
            let (before, after) = (file.before.as_deref(), file.after.as_deref());
            let done = self.put(&file.path, before, after, &new.at);
            if let Ok(true) = done {
                continue;
            }
            self.take_back(id, &new.files[..n], &new.at)?;
            done?;
            return Err(self.saved_meanwhile(&plan, file));
        }
        state.finish(id)?;
        Ok(Done { id: Some(id), plan })
    }

    /// Waits until nobody can have a replaced file open any more, and keeps what was saved in one.
    /// For the end of a process; else a thread does it.
    pub fn settle(&self) {
        while let Some(due) = self.inner.left.next() {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            self.inner.left.look(|one, bytes| self.rescue(one, bytes));
        }
    }

    /// What an editor wrote into a file that was replaced is kept, to be undone to.
    fn rescue(&self, one: &Leftover, bytes: Vec<u8>) -> Result<()> {
        let now = disk::read_if_there(&self.inner.env.root.join(&one.path))?;
        // They saved it once more, where it belongs.
        if now.as_ref() == Some(&bytes) {
            return Ok(());
        }
        let message =
            format!("An editor saved {} at the same moment; undo gives its text", one.path);
        let file = File { path: one.path.clone(), before: Some(bytes), after: now };
        let new = New { at: one.at.clone(), message, undoes: None, files: vec![file] };
        self.inner.state.keep(&self.inner.catalog, &new).map(drop)
    }

    /// Makes a file hold `after` if it holds `before`; whether it did.
    fn put(
        &self,
        path: &str,
        before: Option<&[u8]>,
        after: Option<&[u8]>,
        at: &str,
    ) -> Result<bool> {
        let full = self.inner.env.root.join(path);
        let (is_done, out, expected) = match disk::exchange(&full, before, after)? {
            Replaced::Done(out) => (true, out, before),
            Replaced::Differs(out) => (false, out, after),
        };
        let waits = out.map(|old| self.inner.left.add(Leftover::new(path, at, expected, old)));
        if waits == Some(true) {
            let editor = self.clone();
            // Where there is no thread to be had, the end of the process waits.
            let _ = thread::Builder::new().name("edit".into()).spawn(move || editor.settle());
        }
        // Folders that were made for a file go with it.
        if is_done && after.is_none() {
            let folders =
                full.ancestors().skip(1).take(path.matches('/').count().saturating_sub(1));
            let _ = folders.take_while(|dir| disk::remove_empty_dir(dir)).count();
        }
        Ok(is_done)
    }

    /// Puts back what was written of an edit, as far as nobody wrote it since. Where that fails the
    /// edit stays noted as begun, and is finished or taken back by whoever comes next.
    fn take_back(&self, id: EditId, files: &[File], at: &str) -> Result<()> {
        for file in files {
            self.put(&file.path, file.after.as_deref(), file.before.as_deref(), at)?;
        }
        self.inner.state.forget(id)
    }

    fn saved_meanwhile(&self, plan: &Plan, file: &File) -> Refused {
        let planned = plan.files.iter().find(|one| one.path == file.path);
        let now = disk::read_if_there(&self.inner.env.root.join(&file.path)).ok().flatten();
        Refused::Changed(vec![Conflict {
            path: file.path.clone(),
            seen: file.before.as_deref().map(ContentHash::of),
            now: now.as_deref().map(lossy),
            yours: planned.and_then(|one| one.after.clone()),
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
                let now = disk::read_if_there(&self.inner.env.root.join(&file.path))?;
                if now != file.before && now != file.after {
                    foreign.push(file.path.as_str());
                }
            }
            // What is so already is told to differ, and stays.
            for file in &entry.files {
                let (before, after) = (file.before.as_deref(), file.after.as_deref());
                let (from, to) = if foreign.is_empty() { (before, after) } else { (after, before) };
                self.put(&file.path, from, to, &entry.at)?;
            }
            let said = format!("an edit was cut short (“{}”)", entry.message);
            let problem = if foreign.is_empty() {
                state.finish(entry.id)?;
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
