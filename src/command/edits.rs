//! What the commands that edit collections share: planned, shown, asked for, made, told.

use std::io::{BufRead, IsTerminal};

use serde_json::{Value, json};

use super::{Context, report, show};
use crate::catalog::load::Loaded;
use crate::catalog::{Catalog, ResolvedCollection};
use crate::edit::change::{About, Change, Seen};
use crate::edit::plan::{FileChange, Plan};
use crate::edit::refusal::Refused;
use crate::edit::{Done, Editor};
use crate::error::{Error, Exit, Place, Problem, Result};
use crate::format::diff;
use crate::model::history::Difference;
use crate::model::id::ArtifactId;
use crate::words;

/// How an edit is made.
#[derive(clap::Args)]
pub(super) struct How {
    /// Show what would change, and write nothing
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
}

/// The catalog, as its collections are on disk now.
pub(super) fn load(ctx: &Context) -> Result<Loaded> {
    ctx.outline()
}

/// The ids that people mean: whole, or short where only one fits.
pub(super) fn ids(catalog: &Catalog, written: &[String]) -> Result<Vec<ArtifactId>> {
    let id = |word: &String| Ok(catalog.artifacts[show::find(catalog, word)?].id.clone());
    written.iter().map(id).collect()
}

/// A collection by its folder's name.
pub(super) fn collection<'a>(catalog: &'a Catalog, slug: &str) -> Result<&'a ResolvedCollection> {
    let all = &catalog.collections;
    all.iter().find(|one| one.definition.slug == slug).ok_or_else(|| {
        let known = all.iter().map(|one| one.definition.slug.as_str());
        let help = words::did_you_mean(slug, known, "see `skillmeat collection list`");
        Problem::error("SM233", format!("there is no collection `{slug}`")).help(help).into()
    })
}

/// A text of the command line: empty takes away what is there.
pub(super) fn text(given: Option<&String>) -> Option<Option<String>> {
    given.map(|text| Some(text.clone()).filter(|text| !text.is_empty()))
}

/// Whether nothing is said of it.
pub(super) fn is_empty(about: &About) -> bool {
    *about == About::default()
}

/// Makes the changes, or shows them.
pub(super) fn make(
    ctx: &Context,
    catalog: &Catalog,
    how: &How,
    changes: &[Change],
) -> Result<Option<Exit>> {
    let editor = Editor::new(&ctx.env)?;
    if how.dry_run {
        let plan = editor.plan(catalog, changes).map_err(error)?;
        tell(ctx, None, &plan, true);
        return Ok(None);
    }
    let mut seen: Seen =
        catalog.files.iter().map(|(path, hash)| (path.clone(), Some(*hash))).collect();
    for file in editor.plan(catalog, changes).map_err(error)?.files {
        seen.entry(file.path).or_insert(None);
    }
    let done = editor.apply(catalog, changes, &seen, ctx.env.now).map_err(error)?;
    finish(ctx, &done);
    editor.settle();
    Ok(None)
}

/// Says what was done.
pub(super) fn finish(ctx: &Context, done: &Done) {
    tell(ctx, Some(done), &done.plan, false);
}

fn tell(ctx: &Context, done: Option<&Done>, plan: &Plan, is_dry: bool) {
    if ctx.json {
        let id = done.and_then(|done| done.id);
        let files: Vec<Value> = plan.files.iter().map(file_json).collect();
        let message = &plan.message;
        report::json(&json!({"schema": 1, "id": id, "message": message, "files": files}));
        return;
    }
    if plan.files.is_empty() {
        report::out("nothing to change: it is so already");
        return;
    }
    if is_dry {
        plan.files.iter().for_each(|file| report::out(&diff_of(file)));
        return;
    }
    report::out(&words::visible(&plan.message));
    let row = |file: &FileChange| {
        vec![format!("  {}", file.path), format!("+{} -{}", file.added, file.removed)]
    };
    report::out(&report::table(&plan.files.iter().map(row).collect::<Vec<_>>()));
    if let Some(id) = done.and_then(|done| done.id) {
        ctx.say(&format!("`skillmeat undo {}` takes it back", id));
    }
}

fn file_json(file: &FileChange) -> Value {
    json!({"path": file.path, "added": file.added, "removed": file.removed})
}

/// The lines that differ, as `git diff` shows them.
fn diff_of(file: &FileChange) -> String {
    let side = |mark: &str, text: &Option<String>| match text {
        Some(_) => format!("{mark}/{}", file.path),
        None => "/dev/null".to_owned(),
    };
    let mut out = format!("--- {}\n+++ {}", side("a", &file.before), side("b", &file.after));
    let bytes = |text: &Option<String>| text.clone().unwrap_or_default().into_bytes();
    match diff::between(&file.path, &bytes(&file.before), &bytes(&file.after)) {
        Difference::Lines(patch) => {
            for hunk in patch.hunks {
                let count =
                    |out: char| hunk.lines.iter().filter(|line| !line.starts_with(out)).count();
                let (old, new) = (count('+'), count('-'));
                out += &format!("\n@@ -{},{old} +{},{new} @@", hunk.old, hunk.new);
                hunk.lines.iter().for_each(|line| out += &format!("\n{}", words::visible(line)));
            }
        }
        _ => out += &format!("\n(too long to show: +{} -{})", file.added, file.removed),
    }
    out
}

/// Asks a person on a terminal whether to go on.
pub(super) fn agrees(question: &str, yes: bool) -> Result<bool> {
    if yes {
        return Ok(true);
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let text = format!("nobody can answer: {question}");
        return Err(Problem::error("SM253", text).help("add `-y`").into());
    }
    report::line(&format!("{question} [y/N]"));
    let mut answer = String::new();
    let _ = stdin.lock().read_line(&mut answer);
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// A refusal as the command line says it.
pub(super) fn error(refused: Refused) -> Error {
    match refused {
        Refused::Failed(error) => error,
        Refused::Unknown(problem) => problem.into(),
        Refused::Invalid(fields) => {
            let problem = |field: crate::edit::refusal::FieldProblem| {
                let message = field.message.trim_end_matches('.').to_owned();
                Problem::error("SM255", format!("`{}`: {message}", field.field))
            };
            Error { exit: Exit::Failed, problems: fields.into_iter().map(problem).collect() }
        }
        Refused::Unseen(files) => changed(files),
        Refused::Changed(conflicts) => changed(conflicts.into_iter().map(|it| it.path).collect()),
    }
}

fn changed(files: Vec<String>) -> Error {
    let problem = |file: String| {
        let text = "somebody changed the file meanwhile";
        Problem::error("SM254", text).at(Place::file(file)).help("look at it, and try again")
    };
    Error { exit: Exit::Failed, problems: files.into_iter().map(problem).collect() }
}
