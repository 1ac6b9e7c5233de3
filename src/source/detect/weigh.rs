//! Drafts to artifacts: the size and hash of each file, the hash of the whole. Each file of the
//! tree is read once, however many artifacts hold it, and only if its hash is not known; its bytes
//! are dropped at once.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::desk::Desk;
use super::draft::{Draft, Piece};
use super::{Content, Found};
use crate::error::{Place, Problem};
use crate::model::artifact::File;
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::source::FILE_BYTES_MAX;
use crate::words;

/// Size and hash of a file of the tree, or why it is left out.
pub(super) type Weight = Result<(u64, ContentHash), Problem>;

/// Sorted by id.
pub(super) fn weigh(desk: &Desk<'_>, drafts: Vec<Draft>) -> Vec<Found> {
    let paths: BTreeSet<&RelPath> = drafts
        .iter()
        .flat_map(|draft| &draft.pieces)
        .filter_map(|piece| match &piece.content {
            Content::Tree(path) => Some(path),
            Content::Bytes(_) => None,
        })
        .collect();
    let weights: BTreeMap<RelPath, Weight> =
        paths.into_par_iter().map(|path| (path.clone(), read(desk, path))).collect();
    let mut found: Vec<Found> =
        drafts.into_par_iter().map(|draft| finish(draft, &weights)).collect();
    found.sort_by(|a, b| a.artifact.id.cmp(&b.artifact.id));
    found
}

fn read(desk: &Desk<'_>, path: &RelPath) -> Weight {
    let at = || Place::file(path.as_str());
    let size = desk.tree.files.get(path).map_or(0, |file| file.size);
    if size > FILE_BYTES_MAX {
        let words = format!("`{path}` is larger than 32 MiB and is left out");
        return Err(Problem::warning("SM347", words).at(at()));
    }
    match desk.weight(path) {
        Ok(weight) => Ok(weight),
        Err(error) => {
            let why = error.problems.first().map_or("", |problem| problem.message.as_str());
            let words = format!("`{path}` cannot be read and is left out: {why}");
            Err(Problem::error("SM330", words).at(at()))
        }
    }
}

/// The artifact of a draft, of whose files the weights are known.
pub(super) fn finish(draft: Draft, weights: &BTreeMap<RelPath, Weight>) -> Found {
    let Draft { mut artifact, mut pieces, .. } = draft;
    pieces.sort_by(|a, b| a.path.cmp(&b.path));
    pieces.dedup_by(|a, b| a.path == b.path);
    let mut contents = Vec::with_capacity(pieces.len());
    for Piece { path, content, executable } in pieces {
        let weight = match &content {
            Content::Bytes(bytes) => Ok((bytes.len() as u64, ContentHash::of(bytes))),
            Content::Tree(path) => match weights.get(path) {
                Some(weight) => weight.clone(),
                None => continue,
            },
        };
        match weight {
            Ok((size, hash)) => {
                artifact.files.push(File { path, size, hash, executable });
                contents.push(content);
            }
            // A document that cannot be read has said so when its text was read.
            Err(problem) if artifact.problems.iter().any(|said| same(said, &problem)) => {}
            Err(problem) => artifact.problems.push(problem),
        }
    }
    let hashes = artifact.files.iter().map(|file| (file.path.as_str(), file.hash));
    artifact.hash = ContentHash::of_files(hashes);
    if artifact.document.as_deref().is_some_and(|path| artifact.file(path).is_none()) {
        artifact.document = None;
    }
    for problem in &mut artifact.problems {
        // Names in it are other people's text.
        problem.message = words::visible(&problem.message);
    }
    artifact.problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    artifact.problems.dedup();
    Found { artifact, contents }
}

/// Whether two problems say the same of the same file.
fn same(a: &Problem, b: &Problem) -> bool {
    a.code == b.code && a.place == b.place
}
