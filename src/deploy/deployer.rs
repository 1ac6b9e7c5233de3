//! The way from an order to files on disk, and back.
//!
//! What is about to be written is noted first, with the bytes before and after, in `state.db`. So an
//! order that a crash cut short is finished by whoever comes next, and every one can be taken back
//! byte for byte. No commit is ever made, and nothing that is written is run.

use std::sync::Arc;

use jiff::Timestamp;

use super::back;
use super::draft::Draft;
use super::hidden;
use super::order::{Consent, Order, What};
use super::plan::{FileChange, Plan};
use super::planner::Work;
use super::refusal::Refused;
use crate::catalog::Catalog;
use crate::catalog::contents::Contents;
use crate::disk::beneath::{Beneath, Found, Held};
use crate::disk::{self, FileLock};
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::format::config::Config;
use crate::model::hash::ContentHash;
use crate::state::State;
use crate::state::receipts::{Kept, New, NewFile, Receipt, ReceiptId};
use crate::words;

/// What an order is worked out from.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub env: &'a Env,
    pub config: &'a Config,
    pub catalog: &'a Catalog,
    pub contents: &'a dyn Contents,
}

/// Deploys to the projects of one catalog. A clone does the same.
#[derive(Clone)]
pub struct Deployer {
    state: Arc<State>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// To take it back by; `None` where everything was so already.
    pub receipt: Option<ReceiptId>,
    pub plan: Plan,
}

impl Deployer {
    pub fn new(env: &Env) -> Result<Self> {
        Ok(Self { state: Arc::new(State::open(env)?) })
    }

    /// What the order would come to; nothing is written.
    pub fn plan(&self, given: &Given<'_>, order: &Order) -> Result<Plan, Refused> {
        let project = Project::open(given, &order.project)?;
        self.work_out(given, order, &project, given.env.now)
    }

    /// Carries the order out, if it still comes to what was agreed to. Without consent only where
    /// nothing would run that this project did not run before.
    pub fn apply(
        &self,
        given: &Given<'_>,
        order: &Order,
        consent: Consent,
        now: Timestamp,
    ) -> Result<Done, Refused> {
        let project = Project::open(given, &order.project)?;
        let _turn = project.turn(given.env)?;
        let plan = self.work_out(given, order, &project, now)?;
        if plan.undecided().next().is_some() {
            return Err(Refused::Undecided(Box::new(plan)));
        }
        if !order.allow_hidden && !plan.hidden.is_empty() {
            return Err(hidden::refused(&plan.hidden));
        }
        let is_agreed = match consent {
            Some(consent) => consent == plan.digest(),
            None => plan.runs.is_empty(),
        };
        if !is_agreed {
            return Err(Refused::NotAgreed(Box::new(plan)));
        }
        if plan.files.is_empty() {
            return Ok(Done { receipt: None, plan });
        }
        let receipt = self.write(&project, &plan, now)?;
        Ok(Done { receipt: Some(receipt), plan })
    }

    /// The last receipts of a project, the newest first.
    pub fn log(&self, given: &Given<'_>, project: &str, n: usize) -> Result<Vec<Receipt>> {
        let path = given.config.project(project)?.path.as_deref();
        let folder = path.and_then(|path| disk::real_path(&given.env.path(path)));
        match folder {
            Some(folder) => self.state.receipts(&folder.display().to_string(), n),
            None => Ok(Vec::new()),
        }
    }

    fn work_out(
        &self,
        given: &Given<'_>,
        order: &Order,
        project: &Project,
        now: Timestamp,
    ) -> Result<Plan, Refused> {
        let plan = Plan::empty(order.clone());
        let log = || self.state.receipts(&project.name, usize::MAX);
        let mut plan = match &order.what {
            What::Rollback { to } => back::to(plan, &self.state, &project.files, &log()?, *to)?,
            What::Undo { receipt } => {
                back::one(plan, &self.state, &project.files, &log()?, *receipt)?
            }
            _ => Work {
                given: *given,
                order,
                draft: Draft::new(&project.files),
                receipts: &self.state,
                project: &project.name,
                now,
                plan,
            }
            .run()?,
        };
        plan.hidden = hidden::found(&plan.files);
        // What they agreed to once may come again; what changed by a byte is another.
        for (id, own) in &plan.agreed {
            if self.state.is_agreed(&project.name, own)? {
                plan.runs.retain(|run| run.id != *id);
            }
        }
        Ok(plan)
    }

    /// Notes the plan, writes its files, and notes that they are written.
    fn write(&self, project: &Project, plan: &Plan, now: Timestamp) -> Result<ReceiptId, Refused> {
        let undoes = match plan.order.what {
            What::Undo { receipt } => Some(receipt),
            _ => None,
        };
        let files = plan.files.iter().map(|file| NewFile {
            path: &file.path,
            before: side(&file.before),
            after: side(&file.after),
        });
        let (at, message) = (now.to_string(), plan.message.clone());
        let new = New { at, message, undoes, files: files.collect() };
        let id = self.state.begin_receipt(&project.name, &new)?;
        for (n, file) in plan.files.iter().enumerate() {
            let done =
                project.files.exchange(&file.path, file.before.as_ref(), file.after.as_ref());
            if let Ok(true) = done {
                continue;
            }
            take_back(&project.files, &plan.files[..n])?;
            self.state.forget_receipt(id)?;
            done?;
            return Err(Refused::Changed(vec![file.path.clone()]));
        }
        let agreed: Vec<ContentHash> = plan.agreed.iter().map(|(_, own)| *own).collect();
        self.state.finish_receipt(&project.name, id, &agreed)?;
        Ok(id)
    }
}

/// A project's folder, open.
struct Project {
    /// As receipts name it.
    name: String,
    files: Beneath,
}

impl Project {
    fn open(given: &Given<'_>, name: &str) -> Result<Self, Refused> {
        let project = given.config.project(name).map_err(|error| {
            let first = error.problems.first().cloned();
            first.map_or(Refused::Failed(error), Refused::Unknown)
        })?;
        let folder = project.path.as_deref().map(|path| given.env.path(path));
        let real = folder.as_deref().and_then(disk::real_path);
        let Some(real) = real.filter(|real| real.is_dir()) else {
            let text = format!("there is no working copy of `{name}` on this machine");
            let help =
                format!("clone it, and give its folder as `path` of `{name}` in skillmeat.yaml");
            let problem = Problem::error("SM630", text).at(project.place.clone());
            return Err(Refused::Unknown(problem.help(help)));
        };
        Ok(Self { name: real.display().to_string(), files: Beneath::open(&real)? })
    }

    /// Waits until nobody else writes to it.
    fn turn(&self, env: &Env) -> Result<FileLock> {
        let stop = &env.stop;
        FileLock::acquire_while(&lock_file(env, &self.name), |_| {}, || stop.check())
    }
}

fn lock_file(env: &Env, project: &str) -> std::path::PathBuf {
    let name = ContentHash::of(project.as_bytes()).short(16);
    env.state_dir.join(format!("deploy-{name}.lock"))
}

fn side(held: &Option<Held>) -> Option<(&[u8], bool)> {
    held.as_ref().map(|held| (held.bytes.as_slice(), held.executable))
}

/// Puts back what was written of a plan, as far as nobody wrote it since.
fn take_back(project: &Beneath, files: &[FileChange]) -> Result<()> {
    for file in files.iter().rev() {
        project.exchange(&file.path, file.after.as_ref(), file.before.as_ref())?;
    }
    Ok(())
}

/// Finishes what a crash cut short, in any project, and tells of it.
pub fn recover(env: &Env) -> Result<Vec<Problem>> {
    let Some(state) = State::open_existing(env)? else { return Ok(Vec::new()) };
    let mut problems = Vec::new();
    for (project, _) in state.unfinished_receipts()? {
        let lock = lock_file(env, &project);
        // Whoever works there now finishes it.
        if FileLock::is_held(&lock) {
            continue;
        }
        let _turn = FileLock::acquire_while(&lock, |_| {}, || env.stop.check())?;
        let unfinished = state.unfinished_receipts()?;
        for (_, receipt) in unfinished.iter().filter(|(one, _)| *one == project) {
            problems.push(finish(&state, &project, receipt)?);
        }
    }
    Ok(problems)
}

/// To the end where every file is as before or as after; else it is taken back where nobody has been
/// since, and what somebody did stays.
fn finish(state: &State, project: &str, receipt: &Receipt) -> Result<Problem> {
    let said = format!("an order was cut short (“{}”)", words::visible(&receipt.message));
    let folder = std::path::Path::new(project);
    if !folder.is_dir() {
        state.forget_receipt(receipt.id)?;
        return Ok(Problem::warning("SM658", format!("{said}, and its project is gone")));
    }
    let files = Beneath::open(folder)?;
    let mut foreign = Vec::new();
    let mut todo = Vec::new();
    for file in &receipt.files {
        let now = match files.look(&file.path)? {
            None => None,
            Some(Found::File(held)) => Some(Kept::of(&held)),
            Some(_) => {
                foreign.push(file.path.as_str());
                continue;
            }
        };
        if now != file.before && now != file.after {
            foreign.push(file.path.as_str());
        }
        let held = |kept: Option<Kept>| -> Result<Option<Held>> {
            let Some(kept) = kept else { return Ok(None) };
            let bytes = state.receipt_bytes(&kept.hash)?;
            Ok(bytes.map(|bytes| Held { bytes, executable: kept.executable }))
        };
        todo.push((&file.path, held(file.before)?, held(file.after)?));
    }
    for (path, before, after) in &todo {
        let (from, to) = if foreign.is_empty() { (before, after) } else { (after, before) };
        // What is so already is told to differ, and stays.
        files.exchange(path, from.as_ref(), to.as_ref())?;
    }
    if foreign.is_empty() {
        state.finish_receipt(project, receipt.id, &[])?;
        let help = "see what it changed with `git diff` there; `skillmeat deployments log` has it";
        return Ok(Problem::warning("SM658", format!("{said}, and was finished now")).help(help));
    }
    state.forget_receipt(receipt.id)?;
    let text = format!("{said}, and was taken back: {} changed since", words::list_and(&foreign));
    Ok(Problem::warning("SM658", text).help("see how the files are: `git diff` in the project"))
}
