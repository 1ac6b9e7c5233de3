//! `skillmeat project`

use serde_json::{Value, json};

use super::{Context, deployed, planned, report};
use crate::catalog::files;
use crate::disk;
use crate::error::{Error, Exit, Place, Problem, Result};
use crate::format::config::{self, put};
use crate::format::unified::{Side, unified};
use crate::model::deployment::Project;
use crate::words;

/// List, name and forget the projects of the catalog
///
/// Changes the lines of that project in skillmeat.yaml and no others. The project itself is not
/// touched.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List them, and whether they are on this machine
    List,
    /// Name one
    Add(Add),
    /// Forget one; what is deployed in it stays
    Remove(Remove),
}

#[derive(clap::Args)]
struct Add {
    /// What it is called here: letters, digits, `.`, `_` and `-`
    #[arg(value_name = "NAME")]
    name: String,
    /// Its folder: absolute, `~/…`, or relative to the catalog
    #[arg(value_name = "PATH", required_unless_present = "git")]
    path: Option<String>,
    /// Its repository, which is read where there is no folder
    #[arg(long, value_name = "URL")]
    git: Option<String>,
    /// Show what would change, and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(clap::Args)]
struct Remove {
    /// What it is called here
    #[arg(value_name = "NAME")]
    name: String,
    /// Show what would change, and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    // Its errors say more than those of a text that is not there.
    let config = files::config(&ctx.env)?;
    let file = ctx.env.root.join(config::FILE);
    let before = disk::read_text(&file)?.unwrap_or_default();
    let (after, is_dry, message) = match &args.action {
        Action::List => {
            list(ctx, &config.projects);
            return Ok(None);
        }
        Action::Add(add) => {
            let (path, git) = (add.path.as_deref(), add.git.as_deref());
            let after = put::with_project(&before, &add.name, path, git)?;
            (after, add.dry_run, format!("added the project {}", add.name))
        }
        Action::Remove(remove) => {
            let after = put::without_project(&before, &remove.name)?;
            (after, remove.dry_run, format!("removed the project {}", remove.name))
        }
    };
    let lines = unified(config::FILE, side(&before), side(&after));
    if !is_dry && !disk::replace(&file, Some(before.as_bytes()), after.as_bytes())? {
        return Err(changed());
    }
    if ctx.json {
        let (added, removed) = (lines.added, lines.removed);
        let files = json!([{"path": config::FILE, "added": added, "removed": removed}]);
        report::json(&json!({"schema": 1, "message": message, "files": files}));
    } else if is_dry {
        planned::patch(&lines);
    } else {
        report::out(&words::visible(&message));
        if matches!(args.action, Action::Add(_)) {
            ctx.say("`skillmeat sync` looks at what is deployed in it");
        }
    }
    Ok(None)
}

fn side(text: &str) -> Option<Side<'_>> {
    Some(Side { bytes: text.as_bytes(), executable: false })
}

fn changed() -> Error {
    let problem = Problem::error("SM673", "somebody changed the file meanwhile");
    problem.at(Place::file(config::FILE)).help("look at it, and run the command again").into()
}

fn list(ctx: &Context, projects: &[Project]) {
    let url = |project: &Project| project.git.as_ref().map(|git| git.url.clone());
    if ctx.json {
        let one = |it: &Project| {
            json!({
                "name": it.name, "description": it.description, "path": it.path, "git": url(it),
                "here": deployed::is_here(&ctx.env, it),
            })
        };
        let projects: Vec<Value> = projects.iter().map(one).collect();
        report::json(&json!({"schema": 1, "projects": projects}));
        return;
    }
    let row = |it: &Project| {
        let is_here = deployed::is_here(&ctx.env, it);
        let place = if is_here { "here" } else { "not here" }.to_owned();
        vec![
            it.name.clone(),
            place,
            it.path.clone().unwrap_or_default(),
            url(it).unwrap_or_default(),
        ]
    };
    if projects.is_empty() {
        ctx.say("skillmeat.yaml names no project: `skillmeat project add NAME PATH`");
    } else {
        report::out(&report::table(&projects.iter().map(row).collect::<Vec<_>>()));
    }
}
