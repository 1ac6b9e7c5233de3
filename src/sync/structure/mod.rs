//! Collections from what sources say of themselves: their own collections and groups where they
//! have such, merged again and again; else one first collection, which people then own.

mod files;
mod first;
mod fresh;
mod merge;
mod place;
mod seen;

use std::collections::BTreeSet;

use super::Report;
use super::pull::Pulled;
use crate::edit;
use crate::env::Env;
use crate::error::{Place, Problem, Result};
use crate::format::lock::{Lock, Seen};
use crate::model::artifact::Artifact;
use crate::model::collection::Collection;
use crate::model::id::ArtifactId;
use crate::model::source::Source;
use crate::model::structure::{Member, Structure};
use crate::words;
use files::Files;
use merge::{Known, Merge, Merged};

/// How often a merge is made again because somebody saves the files meanwhile.
const TRIES_MAX: usize = 5;

/// What a source arranges itself; one that never had a collection does not.
pub(super) fn arranged<'p>(
    source: &Source,
    pulled: &'p Pulled,
    lock: &Lock,
) -> Option<&'p Structure> {
    let had_some = lock.structures.contains_key(&source.name);
    pulled.structure.as_ref().filter(|theirs| had_some || !theirs.collections.is_empty())
}

/// The first collection of a source that does not arrange its artifacts itself.
pub(super) fn collection(
    source: &Source,
    all: &[Source],
    artifacts: &[Artifact],
    lock: &Lock,
) -> Collection {
    let claimed = lock.structures.values().flat_map(|shelves| shelves.values());
    first::collection(source, all, artifacts, &claimed.map(|shelf| shelf.at.as_str()).collect())
}

/// Brings what a source arranged into the files of its collections, and the lock up to what was
/// seen of it. The lock is not written here: when a sync ends before it is, all of this is done
/// again, and finds its own work.
pub(super) fn bring(
    env: &Env,
    source: &Source,
    theirs: &Structure,
    lock: &mut Lock,
    report: &mut Report,
    dry: bool,
) -> Result<()> {
    let empty = Default::default();
    let taken = taken(lock, &source.name, report);
    let mut written = BTreeSet::new();
    for _ in 0..TRIES_MAX {
        let files = Files::read(env)?;
        let known = |id: &ArtifactId| match lock.artifacts.get(id).map(|locked| &locked.seen) {
            Some(Seen::Removed(_)) => Known::Gone,
            Some(_) => Known::Here,
            None => Known::Never,
        };
        let merged = merge::merge(&Merge {
            source: &source.name,
            theirs,
            base: lock.structures.get(&source.name).unwrap_or(&empty),
            files: &files,
            taken: &taken,
            known: &known,
            today: env.today(),
        });
        if write(env, &merged, &mut written, dry)? {
            report.files.extend(written);
            report.problems.extend(merged.problems);
            report.problems.extend(left_out(source, &merged.left_out));
            lock.structures.insert(source.name.clone(), merged.base);
            return Ok(());
        }
    }
    report.files.extend(written);
    let text = format!("the collections of source `{}` change all the time", source.name);
    let help = "run `skillmeat sync` again once nothing else writes them";
    report.problems.push(Problem::warning("SM489", text).at(Place::file("collections")).help(help));
    Ok(())
}

/// Folders that belong to other sources' collections, or are about to be made.
fn taken(lock: &Lock, source: &str, report: &Report) -> BTreeSet<String> {
    let others = lock.structures.iter().filter(|(name, _)| *name != source);
    let claimed = others.flat_map(|(_, shelves)| shelves.values().map(|shelf| shelf.at.clone()));
    let made = report.files.iter().filter_map(|file| file.strip_prefix("collections/"));
    let made = made.filter_map(|file| Some(file.split_once('/')?.0.to_owned()));
    claimed.chain(made).collect()
}

/// Makes new collections and changes files; with `dry` only says which. `false` when one of them
/// is not as it was read any more: then the merge is made again.
fn write(env: &Env, merged: &Merged, files: &mut BTreeSet<String>, dry: bool) -> Result<bool> {
    for collection in &merged.new {
        let made = edit::create_collection(env, collection, dry)?;
        if made.is_empty() {
            return Ok(false);
        }
        files.extend(made);
    }
    for change in &merged.changes {
        let before = change.before.as_deref();
        if !dry && !edit::replace(env, &change.file, before, &change.after)? {
            return Ok(false);
        }
        files.insert(change.file.clone());
    }
    Ok(true)
}

/// One note on all members that cannot be named.
fn left_out(source: &Source, members: &BTreeSet<Member>) -> Option<Problem> {
    /// Enough to know what it is about.
    const NAMED_MAX: usize = 3;
    let first = members.first()?;
    let names: Vec<String> = members.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let more = match members.len() - names.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let text = format!(
        "collections of source `{}` name what is not among its artifacts: {}{more}",
        source.name,
        if more.is_empty() { words::list_and(&names) } else { format!("`{}`", names.join("`, `")) },
    );
    let help = format!("if `{first}` is left out by `include` or `exclude`, that is all right");
    Some(Problem::note("SM488", text).at(source.place.clone()).help(help))
}
