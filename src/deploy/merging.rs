//! A copy that was edited and a source that moved, into one: each file line by line.

use std::collections::BTreeSet;

use super::planner::Work;
use super::standing::Standing;
use super::target::Target;
use super::wanted::{Part, Wanted};
use super::writing;
use crate::disk::beneath::Held;
use crate::error::{Problem, Result};
use crate::format::three;

/// The sides, as markers name them.
const HERE: &str = "here";
const SOURCE: &str = "source";

/// Merges the files; what was edited of a file that is no text stays. Gives the places with markers.
pub(super) fn merge(
    work: &mut Work<'_>,
    target: &Target,
    standing: &Standing,
    wanted: &Wanted,
) -> Result<usize> {
    if !matches!(wanted.part, Part::None) {
        let text =
            format!("`{}` is an entry of `{}` and is not merged", target.label(), target.path());
        let help = "choose `keep` or `source`, and edit it by hand";
        return Err(Problem::error("SM639", text).help(help).into());
    }
    let paths: BTreeSet<&String> = standing.files.keys().chain(wanted.files.keys()).collect();
    let mut conflicts = 0;
    for path in paths {
        let (here, source) = (standing.files.get(path), wanted.files.get(path));
        if here == source {
            continue;
        }
        let base = base(work, path)?;
        let (merged, n) = one(base.as_ref(), here, source);
        conflicts += n;
        work.draft.write(path, merged)?;
    }
    writing::record(work, target, standing, wanted)?;
    Ok(conflicts)
}

/// What was last written there, on which both sides stand.
fn base(work: &Work<'_>, path: &str) -> Result<Option<Held>> {
    let Some(kept) = work.receipts.last_written(work.project, path)? else { return Ok(None) };
    let bytes = work.receipts.receipt_bytes(&kept.hash)?;
    Ok(bytes.map(|bytes| Held { bytes, executable: kept.executable }))
}

fn one(base: Option<&Held>, here: Option<&Held>, source: Option<&Held>) -> (Option<Held>, usize) {
    let (Some(mine), Some(theirs)) = (here, source) else {
        // Only one side has it. It goes where the other took it away and this one never changed it.
        let only = here.or(source);
        let is_gone = base.is_some() && base == only;
        return (only.filter(|_| !is_gone).cloned(), 0);
    };
    if base == Some(mine) {
        return (source.cloned(), 0);
    }
    if base == Some(theirs) {
        return (here.cloned(), 0);
    }
    let text = |held: &Held| String::from_utf8(held.bytes.clone()).ok();
    let (Some(ours), Some(others)) = (text(mine), text(theirs)) else {
        return (here.cloned(), 1);
    };
    let base = base.and_then(text);
    let merged = three::merge(base.as_deref(), (HERE, &ours), (SOURCE, &others));
    let executable = mine.executable || theirs.executable;
    (Some(Held { bytes: merged.text.into_bytes(), executable }), merged.conflicts)
}
