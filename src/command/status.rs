//! `skillmeat status`

use anstyle::{AnsiColor, Style};
use serde_json::json;

use super::{Context, deployed, report};
use crate::catalog::Index;
use crate::catalog::load::Loaded;
use crate::error::{Exit, Result};
use crate::model::age::{self, Age};
use crate::model::deployment::{By, Deployment, State};
use crate::words;

/// From what a person should look at first to what is well.
const BY_URGENCY: [State; 8] = [
    State::Diverged,
    State::Missing,
    State::Orphaned,
    State::Modified,
    State::Outdated,
    State::Untracked,
    State::Unknown,
    State::InSync,
];

/// Show how old the data is and what is deployed where
///
/// As the last sync found it; what wants attention most comes first.
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
    let mut deployments: Vec<(&str, &Deployment)> = projects
        .flat_map(|project| project.deployments.iter().map(|d| (project.name.as_str(), d)))
        .collect();
    if ctx.json {
        report::json(&to_json(ctx, &loaded, &deployments));
    } else {
        // In the order of the configuration where they are as urgent.
        deployments.sort_by_key(|(_, one)| BY_URGENCY.iter().position(|it| *it == one.state));
        print_sources(ctx, &loaded);
        print(&loaded, &deployments);
        count(ctx, &deployments);
    }
    elsewhere(ctx, &loaded, is_wanted);
    let limits = loaded.config.sync.limits();
    super::age::say(ctx, &super::age::synced(&loaded.catalog), &limits);
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
            let candidate = |index: Index| loaded.catalog.artifacts[index].id.clone();
            let candidates = loaded.catalog.candidates(deployment).into_iter().map(candidate);
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
                "path": deployment.path,
                "by": deployment.by.map(By::word),
                "reason": loaded.catalog.reason(deployment),
                "candidates": candidates.collect::<Vec<_>>(),
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

fn print_sources(ctx: &Context, loaded: &Loaded) {
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
}

/// A line each, or two where the terminal is too narrow.
fn print(loaded: &Loaded, deployments: &[(&str, &Deployment)]) {
    let reason = |one: &Deployment| match one.state {
        State::InSync => String::new(),
        _ => loaded.catalog.reason(one),
    };
    let row = |(project, one): &(&str, &Deployment)| {
        let id = one.id.as_ref();
        let what = id.map_or_else(|| format!("{}:{}", one.kind, one.name), ToString::to_string);
        let (project, state) = ((*project).to_owned(), one.state.label().to_owned());
        vec![project, state, what, one.profile.clone(), one.path.clone(), reason(one)]
    };
    let rows: Vec<Vec<String>> = deployments.iter().map(row).collect();
    let length = |row: &Vec<String>| words::visible(&row[0]).chars().count();
    let Some(longest) = rows.iter().map(length).max() else { return };
    report::out("");
    for ((line, below), (_, one)) in report::fitted(&rows, 3).into_iter().zip(deployments) {
        report::out_styled(&coloured(&line, longest + 2, one.state));
        below.iter().for_each(|line| report::out(line));
    }
}

/// A line of the table with its state, which begins at a column, in a colour.
fn coloured(line: &str, column: usize, state: State) -> String {
    let at = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let (before, rest) = line.split_at(at);
    let label = state.label();
    let Some(rest) = rest.strip_prefix(label) else { return line.to_owned() };
    let color = match state {
        State::InSync => AnsiColor::Green,
        State::Diverged | State::Missing | State::Orphaned => AnsiColor::Red,
        State::Modified | State::Outdated => AnsiColor::Yellow,
        State::Untracked | State::Unknown => AnsiColor::Cyan,
    };
    let style = Style::new().fg_color(Some(color.into()));
    format!("{before}{style}{label}{style:#}{rest}")
}

/// How many there are in each state.
fn count(ctx: &Context, deployments: &[(&str, &Deployment)]) {
    let of = |state: &State| {
        let n = deployments.iter().filter(|(_, one)| one.state == *state).count();
        (n > 0).then(|| format!("{n} {}", state.label().to_lowercase()))
    };
    let states: Vec<String> = BY_URGENCY.iter().filter_map(of).collect();
    if !states.is_empty() {
        let all = words::count(deployments.len(), "deployment");
        ctx.say(&format!("{all}: {}", states.join(", ")));
    }
}

/// Says of which projects the facts are of a sync elsewhere, or of none at all.
fn elsewhere(ctx: &Context, loaded: &Loaded, is_wanted: impl Fn(&str) -> bool) {
    let projects = || loaded.config.projects.iter().filter(|project| is_wanted(&project.name));
    let away: Vec<&str> = projects()
        .filter(|project| project.git.is_none() && !deployed::is_here(&ctx.env, project))
        .map(|project| project.name.as_str())
        .collect();
    if !away.is_empty() {
        let names = words::list_and(&away);
        let all = words::count(projects().count(), "project");
        let n = away.len();
        ctx.say(&format!("{n} of {all} cannot be looked at from here: {names}"));
    }
}
