//! `skillmeat diff`

use serde_json::{Value, json};

use super::{Context, deployed, lack, orders, planned, report};
use crate::deploy::compare::{Compared, compare};
use crate::error::{Exit, Problem, Result};
use crate::format::unified::{Side, Unified, unified};
use crate::model::deployment::Deployment;
use crate::model::hash::ContentHash;
use crate::model::profile::{Profile, Where};

/// Show what a project changed in an artifact
///
/// From what its source has now to what is in the project, as `git diff` shows it.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The artifact: an id, `kind:name` or `name`
    #[arg(value_name = "ID")]
    id: String,
    /// The project, by its name in skillmeat.yaml
    #[arg(long, value_name = "NAME")]
    project: String,
    /// Exit with 1 when they differ
    #[arg(long)]
    exit_code: bool,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let loaded = lack::as_far_as_can_be(ctx)?;
    loaded.config.project(&args.project)?;
    let id = deployed::ids(&loaded.catalog, &args.project, std::slice::from_ref(&args.id))?.pop();
    let there = deployed::of(&loaded.catalog, &args.project);
    let copies: Vec<&Deployment> = there.iter().filter(|one| one.id == id).collect();
    if copies.is_empty() {
        let text = format!("`{}` is not deployed to `{}`", args.id, args.project);
        let help = format!("`skillmeat status --project {}` lists what is", args.project);
        return Err(Problem::error("SM631", text).help(help).into());
    }
    let given = orders::given(ctx, &loaded);
    let (mut told, mut differs) = (Vec::new(), false);
    for copy in copies {
        let files = compare(&given, &args.project, copy)?;
        differs |= !files.is_empty();
        if ctx.json {
            told.push(to_json(copy, &files));
        } else {
            files.iter().for_each(|file| planned::patch(&lines(copy, file)));
        }
    }
    if ctx.json {
        let (project, id) = (&args.project, &id);
        report::json(&json!({"schema": 1, "project": project, "id": id, "copies": told}));
    } else if !differs {
        ctx.say("no difference: the project has what the source has");
    }
    Ok((args.exit_code && differs).then_some(Exit::No))
}

fn lines(copy: &Deployment, file: &Compared) -> Unified {
    fn side(bytes: &[u8]) -> Side<'_> {
        Side { bytes, executable: false }
    }
    let path = path(copy, file);
    unified(&path, file.source.as_deref().map(side), file.here.as_deref().map(side))
}

/// Below the project.
fn path(copy: &Deployment, file: &Compared) -> String {
    if copy.path == file.path || copy.path.ends_with(&format!("/{}", file.path)) {
        return copy.path.clone();
    }
    let place = copy.profile.parse::<Profile>().ok();
    let place = place.and_then(|profile| profile.place(copy.kind, &copy.name).ok());
    let dir = match &place {
        Some(Where::Hooks { dir, .. }) => dir,
        _ => &copy.path,
    };
    format!("{dir}/{}", file.path)
}

fn to_json(copy: &Deployment, files: &[Compared]) -> Value {
    let hash = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(ContentHash::of);
    let file = |file: &Compared| {
        let lines = lines(copy, file);
        json!({
            "path": path(copy, file), "source": hash(&file.source), "here": hash(&file.here),
            "added": lines.added, "removed": lines.removed, "diff": lines.text(),
        })
    };
    json!({
        "profile": copy.profile, "path": copy.path, "state": copy.state.word(),
        "files": files.iter().map(file).collect::<Vec<_>>(),
    })
}
