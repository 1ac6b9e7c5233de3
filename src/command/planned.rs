//! A plan to what a person reads of it before they agree, and to JSON.

use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use super::report;
use crate::deploy::order::Choice;
use crate::deploy::plan::{Action, FileChange, Plan, Run, Step};
use crate::disk::beneath::Held;
use crate::format::unified::{Side, Unified, unified};
use crate::model::deployment::State;
use crate::model::hash::ContentHash;
use crate::words;

/// All of it: every line that would be written, then what that comes to.
pub(super) fn print(plan: &Plan, root: &Path) {
    for file in &plan.files {
        patch(&lines(file));
    }
    let (bold, project) = (Style::new().bold(), words::visible(&plan.order.project));
    let gap = if plan.files.is_empty() { "" } else { "\n" };
    report::out_styled(&format!("{gap}{bold}{project}{bold:#}"));
    steps(plan);
    let folders = new_folders(plan, root);
    if !folders.is_empty() {
        report::out(&format!("  new folders: {}", words::visible(&folders.join(", "))));
    }
    if !plan.runs.is_empty() {
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        report::out_styled(&format!("\n{red}An agent would run because of it{red:#}"));
        plan.runs.iter().for_each(run);
    }
    if !plan.hidden.is_empty() {
        report::out("\nText that a reader cannot see:");
        plan.hidden.iter().for_each(|text| report::out(&format!("  {}", words::visible(text))));
        if !plan.order.allow_hidden {
            report::out("It is written only with `--allow-hidden`.");
        }
    }
    if !plan.files.is_empty() {
        report::out(&format!("\ndigest {}", plan.digest()));
    }
}

/// What happens to each artifact, and to how many files and lines.
pub(super) fn steps(plan: &Plan) {
    let row = |step: &&Step| {
        let action = format!("  {}", step.action.word());
        if is_file(step) {
            return vec![action, step.label.clone()];
        }
        let what = step.id.as_ref().map_or_else(|| step.label.clone(), ToString::to_string);
        vec![action, what, step.profile.clone(), step.path.clone(), why(step)]
    };
    // Of a step back; those of artifacts have more columns.
    let (of_files, of_artifacts): (Vec<&Step>, Vec<&Step>) =
        plan.steps.iter().filter(|step| !is_settled(step)).partition(|step| is_file(step));
    for steps in [of_artifacts, of_files] {
        let rows: Vec<Vec<String>> = steps.iter().map(row).collect();
        for (line, below) in report::fitted(&rows, 2) {
            report::out(&line);
            below.iter().for_each(|line| report::out(line));
        }
    }
    let settled = plan.steps.iter().filter(|step| is_settled(step)).count();
    if settled > 0 {
        report::out(&format!("  {} in sync already", words::count(settled, "artifact")));
    }
    let (added, removed) = plan
        .files
        .iter()
        .map(lines)
        .fold((0, 0), |(added, removed), file| (added + file.added, removed + file.removed));
    let files = words::count(plan.files.len(), "file");
    if !plan.files.is_empty() {
        report::out(&format!("  {files}, +{added} -{removed}"));
    }
}

/// A step back tells of files alone.
fn is_file(step: &Step) -> bool {
    step.id.is_none() && step.profile.is_empty()
}

/// Nothing is done, and nothing needs to be.
fn is_settled(step: &Step) -> bool {
    step.action == Action::Skip && step.state == Some(State::InSync)
}

/// What a person can choose of a copy that they changed: entries of files are not merged.
pub(super) fn choices(step: &Step) -> Vec<Choice> {
    let is_waiting = match step.action {
        Action::Undecided => true,
        Action::Skip => step.state == Some(State::Diverged),
        _ => false,
    };
    let is_entry = step.path.contains('#');
    let all = Choice::ALL.into_iter();
    all.filter(|choice| is_waiting && (*choice != Choice::Merge || !is_entry)).collect()
}

fn why(step: &Step) -> String {
    let state = step.state.filter(|_| step.action != Action::Add).map(|state| state.label().into());
    let parts: Vec<String> = state.into_iter().chain(step.note.clone()).collect();
    words::visible(&parts.join(": "))
}

fn run(run: &Run) {
    report::out(&format!("  {}, {}", run.id, words::visible(&run.when)));
    report::out(&format!("    {}", words::visible(&run.what)));
    if !run.env.is_empty() {
        report::out(&format!("    with {}", words::visible(&run.env.join(", "))));
    }
}

/// A file's change, coloured as Git does.
pub(super) fn patch(file: &Unified) {
    let of = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    let bold = Style::new().bold();
    for line in &file.head {
        report::out_styled(&format!("{bold}{line}{bold:#}"));
    }
    for line in &file.lines {
        let style = match line.as_bytes().first() {
            Some(b'+') => of(AnsiColor::Green),
            Some(b'-') => of(AnsiColor::Red),
            Some(b'@') => of(AnsiColor::Cyan),
            _ => Style::new(),
        };
        report::out_styled(&format!("{style}{line}{style:#}"));
    }
}

pub(super) fn lines(file: &FileChange) -> Unified {
    fn side(held: &Held) -> Side<'_> {
        Side { bytes: &held.bytes, executable: held.executable }
    }
    unified(&file.path, file.before.as_ref().map(side), file.after.as_ref().map(side))
}

/// The folders that are not there and would be, from the outside in.
pub(super) fn new_folders(plan: &Plan, root: &Path) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for file in plan.files.iter().filter(|file| file.before.is_none()) {
        for (at, _) in file.path.match_indices('/') {
            let folder = file.path[..at].to_owned();
            if !found.contains(&folder) && !root.join(&folder).exists() {
                found.push(folder);
            }
        }
    }
    found
}

/// The plan as JSON; its lines only where nothing is written.
pub(super) fn to_json(plan: &Plan, root: &Path, is_dry: bool) -> Value {
    let step = |step: &Step| {
        let choices: Vec<&str> = choices(step).into_iter().map(Choice::word).collect();
        json!({
            "id": step.id, "label": step.label, "profile": step.profile, "path": step.path,
            "action": step.action.word(), "state": step.state.map(|state| state.word()),
            "note": step.note, "conflicts": step.conflicts, "choices": choices,
        })
    };
    let hash = |held: &Option<Held>| held.as_ref().map(|held| ContentHash::of(&held.bytes));
    let is_executable = |held: &Held| held.executable;
    let file = |file: &FileChange| {
        let lines = lines(file);
        let mut one = json!({
            "path": file.path, "before": hash(&file.before), "after": hash(&file.after),
            "executable": file.after.as_ref().is_some_and(is_executable),
            "added": lines.added, "removed": lines.removed,
        });
        if is_dry {
            one["diff"] = json!(lines.text());
        }
        one
    };
    let run = |run: &Run| json!({"id": run.id, "when": run.when, "what": run.what, "env": run.env});
    let mut json = json!({
        "project": plan.order.project,
        "message": plan.message,
        "digest": plan.digest(),
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "files": plan.files.iter().map(file).collect::<Vec<_>>(),
        "runs": plan.runs.iter().map(run).collect::<Vec<_>>(),
        "hidden": plan.hidden,
    });
    if is_dry {
        json["folders"] = json!(new_folders(plan, root));
    }
    json
}
