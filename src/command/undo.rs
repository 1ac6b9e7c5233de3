//! `skillmeat undo`

use serde_json::{Value, json};

use super::{Context, edits, report};
use crate::edit::Editor;
use crate::error::{Exit, Problem, Result};
use crate::state::journal::{EditId, Entry, Stage};
use crate::words;

/// How many edits are listed.
const LISTED: usize = 20;

/// Take back an edit of collections or groups
///
/// Puts back exactly the bytes of before, if nobody changed the files since. What is taken back can
/// be taken back, too. The last 100 edits of a catalog are kept, and as many undos, on this machine.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Number of the edit; the last one that is not taken back by default
    #[arg(value_name = "ID")]
    id: Option<EditId>,
    /// List the last edits instead
    #[arg(short, long)]
    list: bool,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let editor = Editor::new(&ctx.env)?;
    if args.list {
        list(ctx, &editor.log(LISTED)?);
        return Ok(None);
    }
    let id = match args.id {
        Some(id) => id,
        None => last(&editor)?,
    };
    let done = editor.undo(id, ctx.env.now).map_err(edits::error)?;
    edits::finish(ctx, &done);
    editor.settle();
    Ok(None)
}

/// The last edit that stands and is no undo.
fn last(editor: &Editor) -> Result<EditId> {
    let log = editor.log(usize::MAX)?;
    let found = log.iter().find(|it| it.stage == Stage::Done && it.undoes.is_none());
    found.map(|entry| entry.id).ok_or_else(|| {
        let problem = Problem::error("SM251", "there is no edit to take back");
        problem.help("only edits made on this machine are known").into()
    })
}

fn list(ctx: &Context, log: &[Entry]) {
    if ctx.json {
        let one = |it: &Entry| {
            json!({
                "id": it.id, "at": it.at, "message": it.message,
                "files": it.files.iter().map(|file| &file.path).collect::<Vec<_>>(),
                "undone": it.stage == Stage::Undone,
            })
        };
        let edits: Vec<Value> = log.iter().map(one).collect();
        report::json(&json!({"schema": 1, "edits": edits}));
        return;
    }
    if log.is_empty() {
        ctx.say("nothing was edited on this machine");
        return;
    }
    let row = |it: &Entry| {
        let undone = if it.stage == Stage::Undone { "undone" } else { "" };
        // To the minute; `--json` has it whole.
        let at = it.at.get(..16).unwrap_or(&it.at).replace('T', " ");
        vec![it.id.to_string(), at, undone.to_owned(), words::visible(&it.message)]
    };
    report::out(&report::table(&log.iter().map(row).collect::<Vec<_>>()));
}
