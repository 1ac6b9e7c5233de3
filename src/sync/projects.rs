//! Projects, in folders and repositories, to the deployment states that the lock keeps.

use std::sync::Arc;
use std::thread;

use rayon::prelude::*;

use super::tracked::Tracked;
use super::{LOCK, write_lock};
use crate::cache::Cache;
use crate::catalog::states::States;
use crate::catalog::{files, load};
use crate::disk::FileLock;
use crate::env::Env;
use crate::error::{Error, Problem, Result, Severity};
use crate::format::config::Config;
use crate::format::lock::Lock;
use crate::model::deployment::{Deployment, Project, ProjectState};
use crate::project::{self, Folder, Record, Scan};

/// Repositories that are read at the same time: they wait for the network more than they compute.
const REPOSITORIES_MAX: usize = 8;

/// Says that a sync runs; nobody is shown it.
const BUSY: &str = "busy";

/// Scans every project that can be reached from here. The others keep what the last scan found; what
/// that means against what the sources have now is told of them, too.
pub(super) fn scan(
    env: &Env,
    cache: &Arc<Cache>,
    config: &Config,
    lock: &mut Lock,
    problems: &mut Vec<Problem>,
) -> Result<()> {
    lock.projects.retain(|name, _| config.projects.iter().any(|project| project.name == *name));
    if config.projects.is_empty() {
        return Ok(());
    }
    let all: Vec<&Project> = config.projects.iter().collect();
    judge(env, cache, (config, &all), lock, problems)
}

/// Scans one project again and writes what was found into the lock, right after something was
/// deployed to it. Waits for no sync that runs: that one scans the projects at its end.
pub fn rescan(env: &Env, cache: &Arc<Cache>, project: &str) -> Result<Vec<Problem>> {
    let busy = || Err(Problem::note(BUSY, "a sync runs").into());
    let held = FileLock::acquire_while(&env.cache_dir.join(LOCK), |_| (), busy);
    let _writer = match held {
        Ok(lock) => lock,
        Err(error) if error.problems.iter().any(|problem| problem.code == BUSY) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let config = files::config(env)?;
    let mut lock = files::lock(env)?;
    let (mut problems, wanted) = (Vec::new(), config.project(project)?);
    judge(env, cache, (&config, &[wanted]), &mut lock, &mut problems)?;
    write_lock(env, &lock, false)?;
    Ok(problems)
}

/// Looks at projects and puts into the lock what came of it.
fn judge(
    env: &Env,
    cache: &Arc<Cache>,
    (config, projects): (&Config, &[&Project]),
    lock: &mut Lock,
    problems: &mut Vec<Problem>,
) -> Result<()> {
    let read = load::artifacts(env, cache, config, lock)?;
    let removed = load::removed(lock);
    let states = States::new(&read.artifacts, &removed, &config.sources, &read.contents);
    let told = |(&project, looked): (&&Project, Looked)| {
        let Looked { scan, problems } = looked;
        let (records, found) = match scan {
            Some(scan) => (Some(scan.records), scan.problems),
            None => (kept(lock, project), Vec::new()),
        };
        let deployments = records.map(|records| states.deployments(&records));
        (deployments, [problems, found].concat())
    };
    let looked = look_at(env, projects);
    let all: Vec<_> = projects.par_iter().zip(looked).map(told).collect();
    for (project, (deployments, found)) in projects.iter().zip(all) {
        problems.extend(found);
        match deployments {
            Some(Ok(deployments)) => put(env, lock, project, deployments),
            Some(Err(error)) => problems.extend(warnings(project, error)),
            None => {}
        }
    }
    Ok(())
}

/// What the last scan found.
fn kept(lock: &Lock, project: &Project) -> Option<Vec<Record>> {
    let last = lock.projects.get(&project.name)?;
    Some(last.deployments.iter().map(Record::kept).collect())
}

/// The day is that of the last change.
fn put(env: &Env, lock: &mut Lock, project: &Project, deployments: Vec<Deployment>) {
    let scanned = match lock.projects.get(&project.name) {
        Some(old) if old.deployments == deployments => old.scanned,
        _ => Some(env.today()),
    };
    let state = ProjectState { name: project.name.clone(), scanned, deployments };
    lock.projects.insert(project.name.clone(), state);
}

/// What came of looking at a project: none where it could not be.
#[derive(Default)]
struct Looked {
    scan: Option<Scan>,
    problems: Vec<Problem>,
}

/// Beside `projects`: what is in each.
fn look_at(env: &Env, projects: &[&Project]) -> Vec<Looked> {
    let folder = |project: &&Project| folder(env, project);
    let mut all: Vec<(usize, Option<Looked>)> =
        projects.par_iter().map(folder).enumerate().collect();
    let mut missing: Vec<&mut (usize, Option<Looked>)> =
        all.iter_mut().filter(|(_, looked)| looked.is_none()).collect();
    for some in missing.chunks_mut(REPOSITORIES_MAX) {
        thread::scope(|scope| {
            for (place, looked) in some.iter_mut().map(|one| (one.0, &mut one.1)) {
                scope.spawn(move || *looked = Some(repository(env, projects[place])));
            }
        });
    }
    all.into_iter().map(|(_, looked)| looked.unwrap_or_default()).collect()
}

/// A working copy goes first: what is not committed yet is deployed, too.
fn folder(env: &Env, project: &Project) -> Option<Looked> {
    let path = project.path.as_ref().map(|path| env.path(path))?;
    match (Folder::open(&path), &project.git) {
        (Some(folder), _) => Some(of(project, project::scan(&folder))),
        (None, Some(_)) => None,
        (None, None) => {
            let text = format!("project folder `{}` does not exist", path.display());
            let problem = Problem::warning("SM434", text).at(project.place.clone());
            let help = "correct `projects` in skillmeat.yaml; its last facts are kept";
            Some(Looked { scan: None, problems: vec![problem.help(help)] })
        }
    }
}

fn repository(env: &Env, project: &Project) -> Looked {
    let Some(repository) = &project.git else { return Looked::default() };
    if env.offline {
        let text = format!("the project `{}` was not looked at: this run is offline", project.name);
        let problem = Problem::note("SM617", text).at(project.place.clone());
        let help = "its last facts are kept; run `skillmeat sync` with the network";
        return Looked { scan: None, problems: vec![problem.help(help)] };
    }
    of(project, Tracked::fetch(env, repository).and_then(|tracked| project::scan(&tracked)))
}

fn of(project: &Project, scan: Result<Scan>) -> Looked {
    match scan {
        Ok(scan) => Looked { scan: Some(scan), problems: Vec::new() },
        Err(error) => Looked { scan: None, problems: warnings(project, error) },
    }
}

/// What keeps one project from being scanned does not end a sync.
fn warnings(project: &Project, error: Error) -> Vec<Problem> {
    let as_warning = |problem: Problem| Problem {
        severity: Severity::Warning,
        message: format!("project `{}`: {}", project.name, problem.message),
        ..problem
    };
    error.at(&project.place).problems.into_iter().map(as_warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_that_runs_is_not_waited_for_and_none_is_not_taken_for_one() {
        let dir = tempfile::tempdir().unwrap();
        let env = Env::at(dir.path());
        let cache = Arc::new(Cache::open(&env.cache_dir, env.now).unwrap());
        let running = FileLock::acquire(&env.cache_dir.join(LOCK), |_| ()).unwrap();
        assert_eq!(rescan(&env, &cache, "shop").unwrap(), []);
        drop(running);
        let without_config = rescan(&env, &cache, "shop").unwrap_err();
        assert_eq!(without_config.problems[0].code, "SM100");
    }
}
