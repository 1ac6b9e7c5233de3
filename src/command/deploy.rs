//! `skillmeat deploy`

use std::collections::HashSet;

use super::orders::{self, Care, How};
use super::{Context, edits, lack};
use crate::catalog::load::Loaded;
use crate::catalog::{Catalog, Index};
use crate::deploy::order::What;
use crate::error::{Exit, Problem, Result};
use crate::model::id::{ArtifactId, Kind};
use crate::model::profile::Profile;
use crate::words;

/// Put artifacts into a project, for the agents that work there
///
/// Writes their files below the project and notes them in its record, all or nothing. It asks first;
/// what somebody changed in the project is never written over without a `--choice`. Nothing that is
/// written is run.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
pub(super) struct Args {
    /// Artifacts: ids as `list` prints them; `kind:name` or `name` where only one fits
    #[arg(value_name = "ID", group = "what")]
    ids: Vec<String>,
    /// The project, by its name in skillmeat.yaml
    #[arg(long, value_name = "NAME")]
    project: String,
    /// The agent: claude_code, codex, gemini, cursor, copilot
    #[arg(long, value_name = "AGENT", default_value = "claude_code")]
    profile: Profile,
    /// As they were at this commit of their source
    #[arg(long, value_name = "COMMIT")]
    at: Option<String>,
    /// All that a collection holds
    #[arg(long, value_name = "COLLECTION", group = "what")]
    collection: Vec<String>,
    /// All that a group holds: COLLECTION/GROUP
    #[arg(long, value_name = "GROUP", group = "what")]
    group: Vec<String>,
    #[command(flatten)]
    care: Care,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let loaded = lack::as_far_as_can_be(ctx)?;
    loaded.config.project(&args.project)?;
    let ids = chosen(ctx, &loaded, args)?;
    let what = What::Deploy { ids, profile: args.profile, at: args.at.clone() };
    orders::run(ctx, &loaded, &args.how, &[args.care.order(&args.project, what)])
}

/// Each once: what is named, then what sets hold for this agent.
fn chosen(ctx: &Context, loaded: &Loaded, args: &Args) -> Result<Vec<ArtifactId>> {
    let catalog = &loaded.catalog;
    let mut ids = edits::ids(catalog, &args.ids)?;
    let mut members: Vec<Index> = Vec::new();
    for slug in &args.collection {
        members.extend(&edits::collection(catalog, slug)?.members);
    }
    for written in &args.group {
        members.extend(group(catalog, written)?);
    }
    for index in members {
        let id = &catalog.artifacts[index].id;
        match args.profile.place(id.kind, id.short_name()) {
            Err(why) if id.kind != Kind::Plugin => {
                let text = format!("`{id}` is left out: {} {why}", args.profile.label());
                ctx.problem(&Problem::note("SM665", text));
            }
            _ => ids.push(id.clone()),
        }
    }
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    if ids.is_empty() {
        let text = format!("nothing of that can be deployed for {}", args.profile.label());
        return Err(Problem::error("SM666", text)
            .help("name an artifact, or another agent")
            .into());
    }
    Ok(ids)
}

/// The members of `COLLECTION/GROUP`.
fn group<'a>(catalog: &'a Catalog, written: &str) -> Result<&'a [Index]> {
    let (slug, name) = written.split_once('/').ok_or_else(|| {
        let text = format!("`{}` is not COLLECTION/GROUP", words::visible(written));
        Problem::error("SM667", text).help("`skillmeat group list COLLECTION` has the names")
    })?;
    let collection = edits::collection(catalog, slug)?;
    let found = collection.groups.iter().find(|group| group.definition.slug == name);
    let found = found.ok_or_else(|| {
        let known = collection.groups.iter().map(|group| group.definition.slug.as_str());
        let help = words::did_you_mean(name, known, format!("see `skillmeat group list {slug}`"));
        let text = format!("`{slug}` has no group `{}`", words::visible(name));
        Problem::error("SM667", text).help(help)
    })?;
    Ok(&found.members)
}
