//! What is decided to the files of a draft: put in place, taken away, recorded.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::planner::Work;
use super::standing::{Standing, record_file};
use super::target::Target;
use super::wanted::{Part, Wanted};
use crate::disk::beneath::Held;
use crate::error::Result;
use crate::format::deployed::{self, Entry};
use crate::format::part::{hooks, servers};
use crate::model::id::Kind;
use crate::model::profile::Where;
use crate::state::receipts::Kept;
use crate::words;

/// What the source has, in place of what is there; what it has no more goes.
pub(super) fn replace(
    work: &mut Work<'_>,
    target: &Target,
    standing: &Standing,
    wanted: &Wanted,
) -> Result<()> {
    for path in standing.files.keys().filter(|path| !wanted.files.contains_key(*path)) {
        work.draft.write(path, None)?;
    }
    for (path, held) in &wanted.files {
        work.draft.write(path, Some(held.clone()))?;
    }
    part(work, target, standing, &wanted.part)?;
    record(work, target, standing, wanted)
}

/// The entries of a file of others: those that are wanted in place of those that are there.
pub(super) fn part(
    work: &mut Work<'_>,
    target: &Target,
    standing: &Standing,
    wanted: &Part,
) -> Result<()> {
    match (&target.place, wanted) {
        (Where::Server { file, format }, Part::Server(entry)) => {
            let text = work.draft.read_text(file)?;
            let text = servers::put(file, *format, text.as_deref(), &target.name, Some(entry))?;
            work.draft.write_text(file, text)
        }
        (Where::Hooks { file, .. }, Part::Hooks(handlers)) => {
            let text = work.draft.read_text(file)?;
            let text = hooks::put(file, text.as_deref(), &standing.handlers, handlers)?;
            work.draft.write_text(file, text)
        }
        _ => Ok(()),
    }
}

/// Notes what the source has as that on which the copy stands.
pub(super) fn record(
    work: &mut Work<'_>,
    target: &Target,
    standing: &Standing,
    wanted: &Wanted,
) -> Result<()> {
    let old = standing.record.as_ref();
    let mut lineage = vec![wanted.hash.clone()];
    let before = old.map_or(&[][..], |old| &old.lineage);
    lineage.extend(before.iter().filter(|hash| **hash != wanted.hash).cloned());
    let source = target.id.as_ref().map(|id| id.source.clone());
    let handlers = match &wanted.part {
        Part::Hooks(handlers) => handlers.iter().map(|one| one.digest().hex()).collect(),
        _ => Vec::new(),
    };
    // A local time without a zone; that of everywhere, so that a record tells no place.
    let now = work.now.to_zoned(TimeZone::UTC).datetime();
    let entry = Entry {
        name: target.name.clone(),
        kind: if target.kind == Kind::Plugin {
            "composite".into()
        } else {
            target.kind.word().into()
        },
        from_collection: source.unwrap_or_default(),
        deployed_at: Some(now.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()),
        path: target.recorded_path(),
        hash: Some(wanted.hash.clone()),
        lineage,
        profile: Some(target.profile.clone()),
        platform: Some(target.platform.clone()),
        root: Some(target.root.clone()),
        uuid: old.and_then(|old| old.uuid.clone()),
        handlers,
    };
    let file = record_file(target);
    let text = work.draft.read_text(&file)?;
    let text = deployed::put(&file, text.as_deref(), &[entry], &[])?;
    work.draft.write_text(&file, text)
}

/// Takes away what is unchanged, and the record; says what stays behind.
pub(super) fn remove(
    work: &mut Work<'_>,
    target: &Target,
    standing: &Standing,
    wanted: Option<&Wanted>,
) -> Result<Option<String>> {
    let is_whole = standing.here.is_some()
        && (standing.here.as_deref() == standing.base()
            || standing.here == wanted.map(|wanted| wanted.hash.clone()))
        && matches!(target.place, Where::Dir(_) | Where::File(_));
    let mut kept = BTreeSet::new();
    for (path, held) in &standing.files {
        if is_whole || is_ours(work, path, held, wanted)? {
            work.draft.write(path, None)?;
        } else {
            kept.insert(path.as_str());
        }
    }
    match &target.place {
        Where::Server { file, format } if standing.server.is_some() => {
            let is_ours = standing.here.as_deref() == standing.base()
                || standing.here == wanted.map(|wanted| wanted.hash.clone());
            if is_ours {
                let text = work.draft.read_text(file)?;
                let text = servers::put(file, *format, text.as_deref(), &target.name, None)?;
                work.draft.write_text(file, text)?;
            } else {
                kept.insert(file);
            }
        }
        Where::Hooks { file, .. } => {
            let text = work.draft.read_text(file)?;
            let text = hooks::put(file, text.as_deref(), &standing.handlers, &[])?;
            work.draft.write_text(file, text)?;
        }
        _ => {}
    }
    if standing.record.is_some() {
        let file = record_file(target);
        let text = work.draft.read_text(&file)?;
        let gone = (target.name.clone(), target.kind, target.profile.clone());
        let text = deployed::put(&file, text.as_deref(), &[], &[gone])?;
        work.draft.write_text(&file, text)?;
    }
    let kept: Vec<&str> = kept.into_iter().collect();
    Ok((!kept.is_empty()).then(|| match kept.as_slice() {
        [one] => format!("`{one}` was changed here, and stays"),
        several => format!("{} were changed here, and stay", words::count(several.len(), "file")),
    }))
}

/// Whether nobody changed a file since it was written, or it is what the source has.
fn is_ours(work: &Work<'_>, path: &str, held: &Held, wanted: Option<&Wanted>) -> Result<bool> {
    if wanted.is_some_and(|wanted| wanted.files.get(path) == Some(held)) {
        return Ok(true);
    }
    let written = work.receipts.last_written(work.project, path)?;
    Ok(written == Some(Kept::of(held)))
}
