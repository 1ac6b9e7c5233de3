//! `skillmeat status`

use serde_json::json;

use super::{Context, report};
use crate::catalog::load::Loaded;
use crate::error::{Exit, Result};
use crate::model::age::{self, Age};
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
    let loaded = ctx.outline()?;
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
    super::age::say(ctx, &loaded);
    let is_settled = deployments.iter().all(|(_, deployment)| deployment.state == State::InSync);
    Ok((args.exit_code && !is_settled).then_some(Exit::No))
}

fn to_json(
    ctx: &Context,
    loaded: &Loaded,
    deployments: &[(&str, &Deployment)],
) -> serde_json::Value {
    let limits = loaded.config.sync.limits();
    let sources: Vec<_> = loaded
        .catalog
        .sources
        .iter()
        .map(|state| {
            let age = state.age(ctx.env.now, &limits);
            json!({
                "name": state.source.name,
                "address": state.address,
                "commit": state.commit,
                "synced_at": state.synced_at,
                "stale": age.is_some_and(Age::is_stale),
                "age": age.map(Age::word),
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
                "deployed_version": loaded.catalog.deployed_version(deployment),
                "latest_version": loaded.catalog.latest_version(deployment),
                "deployed_at": deployment.deployed_at,
            })
        })
        .collect();
    let age = loaded.catalog.age(ctx.env.now, &limits);
    json!({
        "schema": 1,
        "last_sync": loaded.catalog.last_sync(),
        "stale": age.is_stale(),
        "age": age.word(),
        "sources": sources,
        "deployments": deployments,
    })
}

fn print(ctx: &Context, loaded: &Loaded, deployments: &[(&str, &Deployment)]) {
    let limits = loaded.config.sync.limits();
    let mut rows = Vec::new();
    for state in &loaded.catalog.sources {
        let own = loaded.catalog.artifacts.iter().filter(|a| a.id.source == state.source.name);
        let age = match (state.age(ctx.env.now, &limits), state.synced_at) {
            (None, _) => "part of this repository".to_owned(),
            (Some(_), None) => "never synced here".to_owned(),
            (Some(age), Some(at)) => {
                let stale = if age.is_stale() { ", stale" } else { "" };
                format!("synced {}{stale}", age::ago(at, ctx.env.now))
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
