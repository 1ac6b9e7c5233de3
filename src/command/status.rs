//! `skillmeat status`

use jiff::Timestamp;
use serde_json::json;

use super::{Context, report};
use crate::catalog::load::Loaded;
use crate::error::{Exit, Result};
use crate::model::deployment::{Deployment, State};
use crate::words;

/// Show how old the data is and what is deployed where
#[derive(clap::Args)]
pub(super) struct Args {
    /// Only this project
    #[arg(long)]
    project: Option<String>,
    /// Exit with 1 when a deployment is not in sync
    #[arg(long)]
    exit_code: bool,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let loaded = ctx.load()?;
    if let Some(name) = &args.project {
        loaded.config.project(name)?;
    }
    let is_wanted = |name: &str| args.project.as_deref().is_none_or(|wanted| wanted == name);
    let projects = loaded.catalog.projects.iter().filter(|project| is_wanted(&project.name));
    let deployments: Vec<(&str, &Deployment)> = projects
        .flat_map(|project| project.deployments.iter().map(|d| (project.name.as_str(), d)))
        .collect();
    if ctx.json {
        report::json(&to_json(ctx, &loaded, &deployments));
    } else {
        print(ctx, &loaded, &deployments);
    }
    let is_settled = deployments.iter().all(|(_, deployment)| deployment.state == State::InSync);
    Ok((args.exit_code && !is_settled).then_some(Exit::No))
}

/// The oldest sync among the sources that need one; `None` when one was never synced.
fn last_sync(loaded: &Loaded) -> Option<Timestamp> {
    let outside = loaded.catalog.sources.iter().filter(|state| !state.inside);
    outside.map(|state| state.synced_at).min().flatten()
}

fn is_stale(ctx: &Context, loaded: &Loaded, synced_at: Option<Timestamp>) -> bool {
    synced_at.is_none_or(|at| ctx.env.now.duration_since(at) > loaded.config.sync.stale_after)
}

/// Records name no version: only a copy that equals its source tells which one it is.
fn deployed_version(loaded: &Loaded, deployment: &Deployment) -> Option<String> {
    let is_current = deployment.state == State::InSync;
    is_current.then(|| latest_version(loaded, deployment)).flatten()
}

fn latest_version(loaded: &Loaded, deployment: &Deployment) -> Option<String> {
    let index = loaded.catalog.find(deployment.id.as_ref()?)?;
    loaded.catalog.artifacts[index].version.clone()
}

fn to_json(
    ctx: &Context,
    loaded: &Loaded,
    deployments: &[(&str, &Deployment)],
) -> serde_json::Value {
    let sources: Vec<_> = loaded
        .catalog
        .sources
        .iter()
        .map(|state| {
            json!({
                "name": state.source.name,
                "address": state.address,
                "commit": state.commit,
                "synced_at": state.synced_at,
                "stale": !state.inside && is_stale(ctx, loaded, state.synced_at),
            })
        })
        .collect();
    let deployments: Vec<_> = deployments
        .iter()
        .map(|(project, deployment)| {
            json!({
                "project": project,
                "id": deployment.id,
                "kind": deployment.kind,
                "name": deployment.name,
                "profile": deployment.profile,
                "state": deployment.state.word(),
                "deployed_version": deployed_version(loaded, deployment),
                "latest_version": latest_version(loaded, deployment),
                "deployed_at": deployment.deployed_at,
            })
        })
        .collect();
    let stale = sources.iter().any(|source| source["stale"] == true);
    json!({
        "schema": 1,
        "last_sync": last_sync(loaded),
        "stale": stale,
        "sources": sources,
        "deployments": deployments,
    })
}

fn print(ctx: &Context, loaded: &Loaded, deployments: &[(&str, &Deployment)]) {
    let mut rows = Vec::new();
    for state in &loaded.catalog.sources {
        let own = loaded.catalog.artifacts.iter().filter(|a| a.id.source == state.source.name);
        let age = match state.synced_at {
            _ if state.inside => "part of this repository".to_owned(),
            None => "never synced: run `skillmeat sync`".to_owned(),
            Some(at) => {
                let stale = if is_stale(ctx, loaded, Some(at)) { ", stale" } else { "" };
                format!("synced {}{stale}", ago(ctx.env.now, at))
            }
        };
        let count = words::count(own.count(), "artifact");
        rows.push(vec![state.source.name.clone(), count, age]);
    }
    if !rows.is_empty() {
        report::out(&report::table(&rows));
    }
    let rows: Vec<Vec<String>> = deployments
        .iter()
        .map(|(project, deployment)| {
            let id = deployment.id.as_ref().map_or_else(
                || format!("{}:{}", deployment.kind, deployment.name),
                ToString::to_string,
            );
            vec![
                (*project).to_owned(),
                deployment.state.label().to_owned(),
                id,
                deployment.path.clone(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        report::out(&format!("\n{}", report::table(&rows)));
    }
}

/// `3 minutes ago`; a time ahead of now is `just now`.
pub(super) fn ago(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs().max(0);
    let (n, word) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{} ago", words::count(usize::try_from(n).unwrap_or_default(), word))
}
