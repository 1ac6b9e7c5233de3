//! `skillmeat list`

use serde_json::{Value, json};

use super::{Context, age, lack, report};
use crate::catalog::{Catalog, Index};
use crate::error::{Exit, Problem, Result};
use crate::model::id::Kind;
use crate::words;

/// List the artifacts of the catalog
#[derive(clap::Args)]
pub(super) struct Args {
    /// Only of this kind: skill, command, agent, hook, mcp, plugin
    #[arg(long)]
    kind: Option<Kind>,
    /// Only from this source
    #[arg(long)]
    source: Option<String>,
    /// Only with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only in this collection
    #[arg(long)]
    collection: Option<String>,
    /// Only with problems
    #[arg(long)]
    problems: bool,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let loaded = lack::outlined(ctx)?;
    let catalog = &loaded.catalog;
    if let Some(name) = &args.source {
        loaded.config.source(name)?;
    }
    age::say(ctx, &age::synced(&loaded.catalog), &loaded.config.sync.limits());
    let chosen = choose(catalog, args)?;
    if ctx.json {
        let groups = catalog.groups();
        let one = |&index: &Index| to_json(catalog, index, &groups[index]);
        let artifacts: Vec<Value> = chosen.iter().map(one).collect();
        report::json(&json!({ "schema": 1, "artifacts": artifacts }));
        return Ok(None);
    }
    let rows: Vec<Vec<String>> = chosen.iter().map(|&index| row(catalog, index)).collect();
    if !rows.is_empty() {
        report::out(&report::table(&rows));
    }
    ctx.say(&words::count(rows.len(), "artifact"));
    catalog.problems.iter().for_each(|problem| ctx.problem(problem));
    // The process ends here: to give back each of its texts would take longer than to read them.
    std::mem::forget((loaded, rows));
    Ok(None)
}

fn choose(catalog: &Catalog, args: &Args) -> Result<Vec<Index>> {
    let slugs = || catalog.collections.iter().map(|c| c.definition.slug.as_str());
    let collection = match &args.collection {
        None => None,
        Some(wanted) => Some(slugs().position(|slug| slug == wanted).ok_or_else(|| {
            let otherwise = "collections are the folders below `collections/`";
            Problem::error("SM233", format!("there is no collection `{wanted}`"))
                .help(words::did_you_mean(wanted, slugs(), otherwise))
        })?),
    };
    let is_wanted = |index: &Index| {
        let artifact = &catalog.artifacts[*index];
        args.kind.is_none_or(|kind| artifact.id.kind == kind)
            && args.source.as_ref().is_none_or(|source| artifact.id.source == *source)
            && args.tag.as_ref().is_none_or(|tag| artifact.tags.contains(tag))
            && collection.is_none_or(|at| catalog.memberships[*index].contains(&at))
            && (!args.problems || !artifact.problems.is_empty())
    };
    Ok((0..catalog.artifacts.len()).filter(is_wanted).collect())
}

/// Id, version, and as much of the description as a line holds.
fn row(catalog: &Catalog, index: Index) -> Vec<String> {
    let artifact = &catalog.artifacts[index];
    let first_line = artifact.description.lines().next().unwrap_or_default();
    let mut description: String = first_line.chars().take(60).collect();
    if first_line.chars().count() > 60 {
        description.push('…');
    }
    let flag = if artifact.problems.is_empty() { "" } else { "!" };
    vec![
        flag.to_owned(),
        artifact.id.to_string(),
        artifact.version.clone().unwrap_or_default(),
        description,
    ]
}

/// One artifact as `list` and `show` print it; `groups` are those of [`Catalog::groups`].
pub(super) fn to_json(catalog: &Catalog, index: Index, groups: &[(usize, usize)]) -> Value {
    let artifact = &catalog.artifacts[index];
    let slug = |at: usize| &catalog.collections[at].definition.slug;
    let collections: Vec<&String> = catalog.memberships[index].iter().map(|&at| slug(at)).collect();
    let groups: Vec<String> = groups
        .iter()
        .map(|&(at, group)| {
            let group = &catalog.collections[at].groups[group].definition.slug;
            format!("{}/{group}", slug(at))
        })
        .collect();
    json!({
        "id": artifact.id,
        "kind": artifact.id.kind,
        "source": artifact.id.source,
        "name": artifact.id.short_name(),
        "plugin": artifact.plugin,
        "title": artifact.title,
        "description": artifact.description,
        "version": artifact.version,
        "tags": artifact.tags,
        "path": artifact.path,
        "hash": artifact.hash,
        "collections": collections,
        "groups": groups,
        "problems": artifact.problems,
    })
}
