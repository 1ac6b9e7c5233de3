//! `skillmeat undeploy`

use super::orders::{self, How};
use super::{Context, deployed, lack};
use crate::deploy::order::What;
use crate::error::{Exit, Result};
use crate::model::profile::Profile;

/// Take artifacts out of a project
///
/// Removes the files that nobody changed since they were deployed, and the note in the record. What
/// somebody changed or added stays, and is named. It asks first.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Artifacts: ids, `kind:name` or `name`
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// The project, by its name in skillmeat.yaml
    #[arg(long, value_name = "NAME")]
    project: String,
    /// Only for this agent: claude_code, codex, gemini, cursor, copilot
    #[arg(long, value_name = "AGENT")]
    profile: Option<Profile>,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let loaded = lack::as_far_as_can_be(ctx)?;
    loaded.config.project(&args.project)?;
    let ids = deployed::ids(&loaded.catalog, &args.project, &args.ids)?;
    let order = orders::plain(&args.project, What::Undeploy { ids, profile: args.profile });
    orders::run(ctx, &loaded, &args.how, &[order])
}
