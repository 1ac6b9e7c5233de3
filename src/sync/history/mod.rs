//! The histories of a Git source's artifacts: the commits that touched each, and what the last of
//! them changed. Worked out when a commit is first read, and kept in the cache, so that a build
//! never opens the repository.
//!
//! Which contents are compared depends on the commits alone, never on what is here: the same commit
//! gives the same histories on any machine.

mod follow;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use self::follow::{Move, Owned, Step, Steps, follow};
use super::Run;
use super::remote::Remote;
use crate::catalog::past::Index;
use crate::error::{Problem, Result};
use crate::format::{diff, redact};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::history::{Difference, FILES_COMPARED_MAX, History, KeptBy, Touched, Version};
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::source::detect::{self, Content, Found};
use crate::source::git::{self, Commit, Log, Past};
use crate::source::tree::Tree;

/// Of the last so many versions it is told what they changed.
const COMPARED_MAX: usize = 5;

/// Contents of earlier commits that are asked for, of a source in all: those of the newest commits
/// come first.
const PAST_MAX: usize = 1_000;

/// Characters of a subject; Git's own advice is 50.
const SUBJECT_MAX: usize = 200;

/// What there is to keep of a source's histories.
pub(super) struct Histories {
    /// Each as it is kept.
    pub(super) texts: Vec<Vec<u8>>,
    pub(super) index: Index,
    pub(super) problem: Option<Problem>,
}

/// The histories of these artifacts, which were found in the tree of the log's first commit.
pub(super) fn of(
    run: &Run,
    remote: &Remote,
    log: Option<&Log>,
    tree: &Tree,
    found: &[Found],
) -> Result<Histories> {
    let Some(log) = log else { return Ok(unknown()) };
    let owned: Vec<Owned> = found.iter().map(owned).collect();
    let steps = follow(log.commits(), &owned);
    let heads = heads(log, &steps);
    let ids = wanted(&steps, tree);
    let past = remote.past(&ids)?;
    let histories: Vec<Option<History>> = found
        .par_iter()
        .zip(&steps)
        .map(|(found, steps)| history(&heads, steps, &ids, &past, &found.artifact))
        .collect::<Result<_>>()?;
    run.env.stop.check()?;
    let mut texts = Vec::new();
    let mut of = Vec::new();
    for (found, history) in found.iter().zip(histories) {
        let Some(text) = history.and_then(|history| serde_json::to_vec(&history).ok()) else {
            continue;
        };
        let artifact = &found.artifact;
        of.push((artifact.id.kind, artifact.path.clone(), ContentHash::of(&text)));
        texts.push(text);
    }
    let index = Index { is_whole: past.is_whole, of };
    Ok(Histories { texts, index, problem: (!past.is_whole).then(incomplete) })
}

/// The next sync tries again.
fn unknown() -> Histories {
    let index = Index { is_whole: false, of: Vec::new() };
    Histories { texts: Vec::new(), index, problem: None }
}

fn incomplete() -> Problem {
    let text = "older contents could not be fetched, so histories do not say what changed";
    Problem::warning("SM429", text).help("run `skillmeat sync` again")
}

/// What of the tree is an artifact's. One without files is only an entry somewhere: it has no
/// history of its own.
fn owned(found: &Found) -> Owned {
    let Found { artifact, contents } = found;
    let entry = || RelPath::parse(artifact.file_path());
    let paths = contents.iter().filter_map(|content| match content {
        Content::Tree(path) => Some(path.clone()),
        Content::Bytes(_) => entry(),
    });
    let files: BTreeSet<RelPath> = paths.collect();
    let mut document = None;
    for (file, content) in artifact.files.iter().zip(contents) {
        if let (true, Content::Tree(path)) =
            (artifact.document.as_ref() == Some(&file.path), content)
        {
            document = Some(path.clone());
        }
    }
    let folder = entry().filter(|dir| {
        let is_inside = |file: &RelPath| file != dir && file.below(dir).is_some();
        artifact.id.kind == Kind::Skill && files.iter().any(is_inside)
    });
    if document.is_none() && files.len() == 1 {
        document = files.first().cloned();
    }
    Owned { files: files.into_iter().collect(), folder, document }
}

/// What is told of a commit.
struct Head {
    id: String,
    date: jiff::civil::Date,
    subject: String,
}

/// The commits that are in the steps, by their place in the log.
fn heads(log: &Log, steps: &[Steps<'_>]) -> BTreeMap<usize, Head> {
    let named: BTreeSet<usize> =
        steps.iter().flat_map(|steps| &steps.steps).map(|step| step.commit).collect();
    let last = named.last().copied();
    let head = |Commit { id, date, subject, .. }: Commit| Head {
        id: id.to_owned(),
        date,
        subject: redact::urls(&subject.chars().take(SUBJECT_MAX).collect::<String>()),
    };
    let commits = log.commits().take(last.map_or(0, |last| last + 1)).enumerate();
    commits.filter(|(at, _)| named.contains(at)).map(|(at, one)| (at, head(one))).collect()
}

/// The files of a step whose two sides are compared.
fn compared<'s, 'a>(step: &'s Step<'a>) -> impl Iterator<Item = (&'s Move<'a>, &'a str, &'a str)> {
    let both = |one: &'s Move<'a>| Some((one, one.old?, one.new?));
    let differ = step.files.iter().filter_map(both).filter(|(_, old, new)| old != new);
    differ.take(FILES_COMPARED_MAX)
}

/// The ids of contents that are to be compared. What the newest commit has is here in any case; of
/// the others so many as are allowed.
fn wanted<'a>(steps: &[Steps<'a>], tree: &Tree) -> BTreeSet<&'a str> {
    let here: BTreeSet<&str> = tree.notes().values().map(|note| note.stamp.as_str()).collect();
    let all = steps.iter().flat_map(|steps| steps.steps.iter().take(COMPARED_MAX));
    let mut pairs: Vec<_> = all
        .flat_map(|step| compared(step).map(|(one, old, new)| (step.commit, &one.path, old, new)))
        .collect();
    pairs.sort_unstable();
    let mut ids = BTreeSet::new();
    let mut n_past = 0;
    for (_, _, old, new) in pairs {
        let fresh: BTreeSet<&str> =
            [old, new].into_iter().filter(|id| !here.contains(id) && !ids.contains(id)).collect();
        if n_past + fresh.len() <= PAST_MAX {
            n_past += fresh.len();
            ids.extend([old, new]);
        }
    }
    ids
}

/// One artifact's history; none when no commit touched it.
fn history(
    heads: &BTreeMap<usize, Head>,
    steps: &Steps<'_>,
    ids: &BTreeSet<&str>,
    past: &Past,
    artifact: &Artifact,
) -> Result<Option<History>> {
    let mut versions = Vec::with_capacity(steps.steps.len());
    let mut left = diff::ARTIFACT_LINES_MAX;
    for (at, step) in steps.steps.iter().enumerate() {
        let Some(head) = heads.get(&step.commit) else { continue };
        let mut version = Version {
            commit: Some(head.id.clone()),
            date: Some(head.date),
            subject: head.subject.clone(),
            n_more: step.n_more,
            ..Version::default()
        };
        let is_compared = |one: &Move<'_>| {
            at < COMPARED_MAX && compared(step).any(|(other, ..)| other.path == one.path)
        };
        for one in &step.files {
            let sides = match (one.old, one.new) {
                (Some(old), Some(new)) if is_compared(one) => {
                    (ids.contains(old) && ids.contains(new)).then_some((old, new))
                }
                _ => None,
            };
            let difference = match sides {
                Some(sides) => compare(one, sides, past, &mut version)?,
                None => Difference::None,
            };
            let difference = diff::shortened(difference, &mut left);
            let from = one.from.as_ref().map(ToString::to_string);
            version.files.push(Touched {
                path: one.path.to_string(),
                from,
                how: one.how,
                difference,
            });
        }
        versions.push(version);
    }
    if let Some(newest) = versions.first_mut().filter(|newest| newest.version.is_none()) {
        newest.version.clone_from(&artifact.version);
    }
    let history = History { kept_by: KeptBy::Commits, versions, has_more: steps.has_more };
    Ok((!history.versions.is_empty()).then_some(history))
}

/// What differs between the two sides of a file; the document's tell the versions, too.
fn compare(
    one: &Move<'_>,
    (old, new): (&str, &str),
    past: &Past,
    version: &mut Version,
) -> Result<Difference> {
    let (old, new) = (past.read(old, diff::BYTES_MAX)?, past.read(new, diff::BYTES_MAX)?);
    let (old, new) = match (old, new) {
        (git::Content::Bytes(old), git::Content::Bytes(new)) => (old, new),
        (git::Content::Absent, _) | (_, git::Content::Absent) => return Ok(Difference::Absent),
        _ => return Ok(Difference::TooLarge),
    };
    let path = one.path.as_str();
    if one.is_document || path.ends_with("plugin.json") {
        version.before = version.before.take().or_else(|| detect::version(path, &old));
        version.version = version.version.take().or_else(|| detect::version(path, &new));
    }
    Ok(diff::between(path, &old, &new))
}
