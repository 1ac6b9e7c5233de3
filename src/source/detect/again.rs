//! What was found in a source, and files of it that have other bytes since, to the artifacts that
//! differ: what finding all of it anew would give, without listing the source or reading the rest.
//!
//! Only where that is certain. A file that may be about others (a manifest, hooks, servers), or a
//! document that is another kind of artifact than before, or one at last, or no longer, asks for
//! all to be found anew. Paths, links and modes are as they were: the caller has looked.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::Desk;
use super::draft::{Draft, Ground, Structure};
use super::text::TEXT_BYTES_MAX;
use super::weigh::{self, Weight};
use super::{Content, Found, layout, markdown};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::id::Kind;
use crate::model::path::RelPath;
use crate::model::shared::Shared;
use crate::model::source::Source;
use crate::source::memory::Nothing;
use crate::source::tree::Tree;
use crate::words;

/// What was found before.
pub struct Before<'a> {
    pub source: &'a Source,
    /// As it was listed then; bytes are read as they are now.
    pub tree: &'a Tree,
    pub structure: &'a Structure,
    /// Sorted by id, as they are now known to be.
    pub artifacts: &'a [Shared<Artifact>],
    /// Beside `artifacts` and the files of each.
    pub contents: &'a [Vec<Content>],
}

/// The artifacts that hold these files, by their places, as they are now; `None` where all has to
/// be found anew. `touched` are regular files of the tree to which no link leads.
pub fn again(
    before: &Before<'_>,
    touched: &BTreeSet<RelPath>,
) -> Option<BTreeMap<usize, Artifact>> {
    let desk = Desk::new(before.tree, &Nothing);
    let ground = Ground::new(before.source, &desk, before.structure);
    let is_plain = |path: &RelPath| before.is_about_itself(path) && before.is_small(path);
    if !touched.iter().all(is_plain) {
        return None;
    }
    let mut drafts = Vec::new();
    for path in touched.iter().filter(|path| !layout::is_junk(path)) {
        drafts.extend(before.document(&ground, path)?);
    }
    let mut weights = BTreeMap::new();
    for path in touched {
        let weight = desk.weight_read(path).ok().filter(|(size, _)| *size <= TEXT_BYTES_MAX)?;
        weights.insert(path.clone(), weight);
    }
    let mut changed = BTreeMap::new();
    for (at, draft) in drafts {
        changed.insert(at, before.finish(at, draft, &weights)?);
    }
    for (at, held) in before.contents.iter().enumerate() {
        if !changed.contains_key(&at) && holds(held, touched) {
            changed.insert(at, before.weighed(at, &weights)?);
        }
    }
    Some(changed)
}

fn holds(contents: &[Content], touched: &BTreeSet<RelPath>) -> bool {
    contents.iter().any(|content| matches!(content, Content::Tree(path) if touched.contains(path)))
}

impl Before<'_> {
    fn is_about_itself(&self, path: &RelPath) -> bool {
        let is_listed = self.structure.listed.contains_key(path);
        let is_part_of_a_list = is_listed && !path.file_name().ends_with(".md");
        !layout::is_about_others(path) && !is_part_of_a_list
    }

    /// What was too large to be read, or could not be, has a problem that may go.
    fn is_small(&self, path: &RelPath) -> bool {
        let was_small = self.tree.files.get(path).is_some_and(|file| file.size <= TEXT_BYTES_MAX);
        let is_unread = |artifact: &Shared<Artifact>| {
            artifact.problems.iter().any(|problem| {
                let is_of = problem.place.as_ref().is_some_and(|p| p.file == path.as_str());
                is_of && matches!(problem.code.as_str(), "SM330" | "SM347")
            })
        };
        was_small && !self.artifacts.iter().any(is_unread)
    }

    /// The draft of the artifact that the document at a path is, with its place; nothing where it
    /// neither is nor was one. `None` where it is not what it was.
    fn document(&self, ground: &Ground<'_>, path: &RelPath) -> Option<Option<(usize, Draft)>> {
        let draft = if ground.skills.get(&path.parent()) == Some(path) {
            // At the root it may name itself.
            let dir = Some(path.parent()).filter(|dir| !dir.is_root())?;
            Some(markdown::skill(ground, &dir, path))
        } else {
            let guess = super::guess_at(ground, &ground.listed_files(), path);
            guess.and_then(|guess| markdown::single(ground, path, guess))
        };
        let kinds = [Kind::Skill, Kind::Command, Kind::Agent];
        let standing = |path: &str| {
            let is_there = |a: &Shared<Artifact>| a.path == path && kinds.contains(&a.id.kind);
            self.artifacts.iter().position(is_there)
        };
        match draft {
            None => standing(path.as_str()).is_none().then_some(None),
            Some(draft) => {
                let at = standing(&draft.artifact.path)?;
                let old = &self.artifacts[at];
                let is_same =
                    old.id.kind == draft.artifact.id.kind && old.plugin == draft.artifact.plugin;
                is_same.then_some(Some((at, draft)))
            }
        }
    }

    /// A document's artifact. Its name and its other paths are what its path makes of it.
    fn finish(
        &self,
        at: usize,
        mut draft: Draft,
        weights: &BTreeMap<RelPath, (u64, ContentHash)>,
    ) -> Option<Artifact> {
        let (old, contents) = (&self.artifacts[at], &self.contents[at]);
        draft.artifact.id = old.id.clone();
        draft.artifact.aliases.clone_from(&old.aliases);
        // What listing found wrong below it is still so.
        let listed = self.tree.problems.iter().cloned().map(|mut problem| {
            problem.message = words::visible(&problem.message);
            problem
        });
        draft.artifact.problems.extend(listed.filter(|problem| old.problems.contains(problem)));
        let mut all: BTreeMap<RelPath, Weight> = BTreeMap::new();
        for (file, content) in old.files.iter().zip(contents) {
            if let Content::Tree(path) = content {
                let weight = weights.get(path).copied().unwrap_or((file.size, file.hash));
                all.insert(path.clone(), Ok(weight));
            }
        }
        let Found { artifact, contents: now } = weigh::finish(draft, &all);
        (now == *contents).then_some(artifact)
    }

    /// An artifact that holds files of which it says nothing.
    fn weighed(
        &self,
        at: usize,
        weights: &BTreeMap<RelPath, (u64, ContentHash)>,
    ) -> Option<Artifact> {
        let mut artifact = Artifact::clone(&self.artifacts[at]);
        for (file, content) in artifact.files.iter_mut().zip(&self.contents[at]) {
            let Content::Tree(path) = content else { continue };
            let Some((size, hash)) = weights.get(path) else { continue };
            // A hook may say what the README beside it says.
            let is_said = artifact.document.as_ref() == Some(&file.path);
            if artifact.id.kind == Kind::Hook && is_said {
                return None;
            }
            (file.size, file.hash) = (*size, *hash);
        }
        let hashes = artifact.files.iter().map(|file| (file.path.as_str(), file.hash));
        artifact.hash = ContentHash::of_files(hashes);
        Some(artifact)
    }
}
