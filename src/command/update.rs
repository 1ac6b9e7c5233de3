//! `skillmeat update`

use super::orders::{self, Care, How};
use super::{Context, deployed, edits, lack};
use crate::catalog::load::Loaded;
use crate::deploy::order::{Order, What};
use crate::error::{Exit, Problem, Result};
use crate::model::profile::Profile;

/// Bring what is deployed up to what its sources have now
///
/// All of a project, or what is named. Copies that nobody changed are replaced; of one that somebody
/// changed `--choice` says what becomes of it. It asks first.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Artifacts; all that the project has by default
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// The project, by its name in skillmeat.yaml
    #[arg(long, value_name = "NAME", required_unless_present = "all_projects")]
    project: Option<String>,
    /// All projects that are on this machine
    #[arg(long, conflicts_with = "project")]
    all_projects: bool,
    /// Only for this agent: claude_code, codex, gemini, cursor, copilot
    #[arg(long, value_name = "AGENT")]
    profile: Option<Profile>,
    #[command(flatten)]
    care: Care,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let loaded = lack::as_far_as_can_be(ctx)?;
    let orders = match &args.project {
        Some(project) => {
            loaded.config.project(project)?;
            let ids = deployed::ids(&loaded.catalog, project, &args.ids)?;
            vec![args.care.order(project, What::Update { ids, profile: args.profile })]
        }
        None => everywhere(ctx, &loaded, args)?,
    };
    orders::run(ctx, &loaded, &args.how, &orders)
}

/// One order a project that is here and has any of it.
fn everywhere(ctx: &Context, loaded: &Loaded, args: &Args) -> Result<Vec<Order>> {
    let catalog = &loaded.catalog;
    let wanted = edits::ids(catalog, &args.ids)?;
    let mut orders = Vec::new();
    for project in &loaded.config.projects {
        if !deployed::is_here(&ctx.env, project) {
            let text = format!("`{}` is left out: its folder is not on this machine", project.name);
            ctx.problem(&Problem::note("SM668", text).at(project.place.clone()));
            continue;
        }
        let there = deployed::of(catalog, &project.name);
        let mut ids = wanted.clone();
        ids.retain(|id| there.iter().any(|one| one.id.as_ref() == Some(id)));
        if there.is_empty() || ids.is_empty() && !wanted.is_empty() {
            continue;
        }
        orders.push(args.care.order(&project.name, What::Update { ids, profile: args.profile }));
    }
    if orders.is_empty() {
        ctx.say(&format!(
            "no project has {}",
            if wanted.is_empty() { "anything" } else { "any of it" }
        ));
    }
    Ok(orders)
}
