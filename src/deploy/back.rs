//! Receipts taken back: the bytes of before, where the files are as the receipts left them.

use std::collections::BTreeMap;

use super::plan::{Action, FileChange, Plan, Step};
use super::refusal::Refused;
use crate::disk::beneath::{Beneath, Found, Held};
use crate::error::{Problem, Result};
use crate::state::State;
use crate::state::receipts::{Kept, Receipt, ReceiptId};
use crate::words;

/// To how the project was right after a receipt; 0 is before the first that is kept.
pub(super) fn to(
    plan: Plan,
    state: &State,
    project: &Beneath,
    log: &[Receipt],
    to: ReceiptId,
) -> Result<Plan, Refused> {
    if to != 0 && !log.iter().any(|receipt| receipt.id == to) {
        return Err(unknown(to, &plan.order.project));
    }
    let later: Vec<&Receipt> = log.iter().filter(|receipt| receipt.id > to).collect();
    let message = match to {
        0 => format!("Rolled {} back to before the first receipt", plan.order.project),
        to => format!("Rolled {} back to receipt {to}", plan.order.project),
    };
    take(plan, state, project, &later, message)
}

/// One receipt alone.
pub(super) fn one(
    plan: Plan,
    state: &State,
    project: &Beneath,
    log: &[Receipt],
    id: ReceiptId,
) -> Result<Plan, Refused> {
    let found = log.iter().find(|receipt| receipt.id == id && receipt.undone_by.is_none());
    let receipt = found.ok_or_else(|| unknown(id, &plan.order.project))?;
    let message = format!("Undone: {}", receipt.message);
    take(plan, state, project, &[receipt], message)
}

/// Takes back receipts, the newest of which comes first.
fn take(
    mut plan: Plan,
    state: &State,
    project: &Beneath,
    receipts: &[&Receipt],
    message: String,
) -> Result<Plan, Refused> {
    // What the newest left of each file, and what the oldest found.
    let mut files: BTreeMap<&str, (Option<Kept>, Option<Kept>)> = BTreeMap::new();
    for receipt in receipts {
        for file in &receipt.files {
            let entry = files.entry(&file.path).or_insert((file.after, file.before));
            entry.1 = file.before;
        }
    }
    let mut changed = Vec::new();
    for (path, (left, found)) in files {
        let before = match project.look(path)? {
            None => None,
            Some(Found::File(held)) => Some(held),
            Some(_) => {
                changed.push(path.to_owned());
                continue;
            }
        };
        let is_as_left = before.as_ref().map(Kept::of) == left;
        let is_as_found = before.as_ref().map(Kept::of) == found;
        if is_as_found {
            continue;
        }
        if !is_as_left {
            changed.push(path.to_owned());
            continue;
        }
        let after = match found {
            None => None,
            Some(kept) => Some(bytes(state, kept)?),
        };
        plan.steps.push(step(path, &before, &after));
        plan.files.push(FileChange { path: path.to_owned(), before, after });
    }
    if !changed.is_empty() {
        return Err(Refused::Changed(changed));
    }
    plan.message = message;
    Ok(plan)
}

fn bytes(state: &State, kept: Kept) -> Result<Held> {
    let Some(bytes) = state.receipt_bytes(&kept.hash)? else {
        let text = "the bytes of a receipt are no longer there";
        return Err(Problem::error("SM641", text).help("take them from the project's Git").into());
    };
    Ok(Held { bytes, executable: kept.executable })
}

fn step(path: &str, before: &Option<Held>, after: &Option<Held>) -> Step {
    let action = match (before, after) {
        (None, _) => Action::Add,
        (_, None) => Action::Remove,
        _ => Action::Replace,
    };
    Step {
        id: None,
        label: words::visible(path),
        profile: String::new(),
        path: path.to_owned(),
        action,
        state: None,
        note: None,
        conflicts: 0,
    }
}

fn unknown(id: ReceiptId, project: &str) -> Refused {
    let text = format!("there is no receipt {id} of {project} that could be gone back to");
    let help = format!("see those there are: `skillmeat deployments log --project {project}`");
    Refused::Unknown(Problem::error("SM642", text).help(help))
}
