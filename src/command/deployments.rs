//! `skillmeat deployments`

use serde_json::{Value, json};

use super::{Context, orders, report};
use crate::deploy::Deployer;
use crate::error::{Exit, Result};
use crate::state::receipts::{Kept, Receipt, ReceiptFile};
use crate::words;

/// Look at what was deployed from this machine
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List the last receipts, the newest first
    Log(Log),
}

#[derive(clap::Args)]
struct Log {
    /// Only of this project
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value = "20")]
    limit: usize,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let Action::Log(args) = &args.action;
    let loaded = ctx.outline()?;
    if let Some(name) = &args.project {
        loaded.config.project(name)?;
    }
    let (deployer, given) = (Deployer::new(&ctx.env)?, orders::given(ctx, &loaded));
    let mut found: Vec<(&str, Receipt)> = Vec::new();
    for project in loaded.config.projects.iter().map(|project| project.name.as_str()) {
        if args.project.as_deref().is_none_or(|wanted| wanted == project) {
            let receipts = deployer.log(&given, project, args.limit)?;
            found.extend(receipts.into_iter().map(|receipt| (project, receipt)));
        }
    }
    found.sort_by_key(|(_, receipt)| std::cmp::Reverse(receipt.id));
    found.truncate(args.limit);
    if ctx.json {
        let receipts: Vec<Value> = found.iter().map(to_json).collect();
        report::json(&json!({"schema": 1, "receipts": receipts}));
    } else if found.is_empty() {
        ctx.say("nothing was deployed from this machine");
    } else {
        report::out(&report::table(&found.iter().map(row).collect::<Vec<_>>()));
    }
    Ok(None)
}

fn row((project, it): &(&str, Receipt)) -> Vec<String> {
    let back = match (it.undone_by, it.undoes) {
        (Some(by), _) => format!("taken back by {by}"),
        (None, Some(of)) => format!("takes back {of}"),
        (None, None) => String::new(),
    };
    // To the minute; `--json` has it whole.
    let at = it.at.get(..16).unwrap_or(&it.at).replace('T', " ");
    let files = words::count(it.files.len(), "file");
    vec![it.id.to_string(), at, (*project).to_owned(), it.message.clone(), files, back]
}

fn to_json((project, it): &(&str, Receipt)) -> Value {
    let hash = |kept: Option<Kept>| kept.map(|kept| kept.hash);
    let file = |file: &ReceiptFile| {
        json!({
            "path": file.path, "before": hash(file.before), "after": hash(file.after),
            "executable": file.after.is_some_and(|kept| kept.executable),
        })
    };
    json!({
        "project": project, "id": it.id, "at": it.at, "message": it.message,
        "undone_by": it.undone_by, "undoes": it.undoes,
        "files": it.files.iter().map(file).collect::<Vec<_>>(),
    })
}
