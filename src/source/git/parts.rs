//! A remote that itself lacks contents, as a clone in parts does: what it lacks is found out by
//! asking, written down beside the clone, and left out of the tree.

use std::collections::BTreeSet;
use std::path::Path;

use crate::disk;
use crate::error::Result;

use super::address::{Address, is_commit_id};
use super::failure::Failure;

/// A repository that lacks more than this is of no use as a source. Each costs one more call.
pub(super) const ABSENT_MAX: usize = 200;

/// Beside a clone: the ids that its remote lacks. Git itself knows no file of this name.
const FILE: &str = "skillmeat-absent";

/// Fetches the objects whose ids come as input.
pub(super) const FETCH: [&str; 10] = [
    // Nothing that is here helps the remote to send less.
    "-c",
    "fetch.negotiationAlgorithm=noop",
    "fetch",
    "--progress",
    "--no-tags",
    "--no-write-fetch-head",
    "--filter=blob:none",
    "--stdin",
    "--",
    "origin",
];

/// Whether a clone was fetched in parts although its remote is on this machine.
pub(super) fn is_marked(dir: &Path) -> bool {
    dir.join(FILE).is_file()
}

/// The ids that the clone's remote lacks.
pub(super) fn absent(dir: &Path) -> Result<BTreeSet<String>> {
    let text = disk::read_text(&dir.join(FILE))?.unwrap_or_default();
    Ok(text.lines().filter(|line| is_commit_id(line)).map(str::to_owned).collect())
}

pub(super) fn mark(dir: &Path, address: &Address, absent: &BTreeSet<String>) -> Result<()> {
    let has_mark = is_marked(dir);
    if address.is_local || !has_mark && absent.is_empty() && !address.is_file() {
        return Ok(());
    }
    let text: String = absent.iter().flat_map(|id| [id.as_str(), "\n"]).collect();
    disk::write_changed(&dir.join(FILE), text.as_bytes()).map(drop)
}

/// The id that a remote says it does not have.
pub(super) fn lacking(failure: &Failure) -> Option<String> {
    let Failure::Said(words) = failure else { return None };
    let (_, rest) = words.split_once("not our ref ")?;
    let id: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    is_commit_id(&id).then_some(id)
}
