//! Commits to the last steps of each artifact: which of them touched it, also under another path
//! that it had before. Pure, and told nothing of contents: by the ids of objects alone.
//!
//! A file was moved when the commit that added it removed another with the same bytes, or the only
//! one of the same folder and name. What an artifact has in its folder is its own, less
//! what stands in the folder of another one inside.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::history::{FILES_MAX, How, VERSIONS_MAX};
use crate::model::path::RelPath;
use crate::source::git::{Change, Commit};

/// What of a source's tree is one artifact's.
pub(super) struct Owned {
    pub(super) files: Vec<RelPath>,
    /// All below it, where it is a folder.
    pub(super) folder: Option<RelPath>,
    /// The file that describes it: where that goes, the folder goes.
    pub(super) document: Option<RelPath>,
}

/// A commit that touched an artifact.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step<'a> {
    /// Its place in the log.
    pub(super) commit: usize,
    /// Sorted by path.
    pub(super) files: Vec<Move<'a>>,
    pub(super) n_more: usize,
}

/// What a commit did to a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Move<'a> {
    pub(super) path: RelPath,
    pub(super) from: Option<RelPath>,
    pub(super) how: How,
    /// The ids of the bytes on both sides; none where that is no file.
    pub(super) old: Option<&'a str>,
    pub(super) new: Option<&'a str>,
    pub(super) is_document: bool,
}

/// The last steps of one artifact, the newest first.
#[derive(Default)]
pub(super) struct Steps<'a> {
    pub(super) steps: Vec<Step<'a>>,
    /// There are older ones.
    pub(super) has_more: bool,
}

/// Goes back through the commits, the newest first; beside `owned`.
pub(super) fn follow<'a>(
    commits: impl Iterator<Item = Commit<'a>>,
    owned: &[Owned],
) -> Vec<Steps<'a>> {
    let mut ground = Ground::new(owned);
    let mut all: Vec<Steps<'a>> = owned.iter().map(|_| Steps::default()).collect();
    let mut n_open = owned.len();
    for (at, commit) in commits.enumerate() {
        for (owner, step) in ground.step(at, &commit.changes) {
            let steps = &mut all[owner];
            if steps.steps.len() < VERSIONS_MAX {
                steps.steps.push(step);
            } else if !steps.has_more {
                steps.has_more = true;
                n_open -= 1;
            }
        }
        if n_open == 0 {
            break;
        }
    }
    all
}

/// Whose each path is, as the tree was before the commits that were gone back through.
struct Ground {
    files: HashMap<RelPath, Vec<usize>>,
    documents: HashMap<RelPath, Vec<usize>>,
    folders: HashMap<RelPath, usize>,
}

impl Ground {
    fn new(owned: &[Owned]) -> Self {
        let mut ground =
            Self { files: HashMap::new(), documents: HashMap::new(), folders: HashMap::new() };
        for (at, owned) in owned.iter().enumerate() {
            for file in &owned.files {
                ground.files.entry(file.clone()).or_default().push(at);
            }
            if let Some(document) = &owned.document {
                ground.documents.entry(document.clone()).or_default().push(at);
            }
            if let Some(folder) = &owned.folder {
                ground.folders.entry(folder.clone()).or_insert(at);
            }
        }
        ground
    }

    /// Whose a path is, each once.
    fn owners(&self, path: &RelPath) -> BTreeSet<usize> {
        let mut owners: BTreeSet<usize> =
            self.files.get(path).into_iter().flatten().copied().collect();
        let dirs = std::iter::successors(Some(path.parent()), |dir| {
            (!dir.is_root()).then(|| dir.parent())
        });
        owners.extend(dirs.into_iter().find_map(|dir| self.folders.get(&dir)));
        owners
    }

    /// What one commit did to whom; from then on paths are those from before it.
    fn step<'a>(&mut self, at: usize, changes: &[Change<'a>]) -> Vec<(usize, Step<'a>)> {
        let moves = self.moves(changes);
        let left: BTreeSet<&RelPath> = moves.values().map(|from| &from.path).collect();
        let mut steps: BTreeMap<usize, Step<'a>> = BTreeMap::new();
        for change in changes {
            // Its other half tells of it.
            if change.new.is_none() && left.contains(&change.path) {
                continue;
            }
            let from = moves.get(&change.path).copied();
            for owner in self.owners(&change.path) {
                let step = Step { commit: at, files: Vec::new(), n_more: 0 };
                let step = steps.entry(owner).or_insert(step);
                if step.files.len() < FILES_MAX {
                    step.files.push(self.one(owner, change, from));
                } else {
                    step.n_more += 1;
                }
            }
        }
        for (path, from) in moves {
            self.go_back(path, &from.path);
        }
        steps.values_mut().for_each(|step| step.files.sort_by(|a, b| a.path.cmp(&b.path)));
        steps.into_iter().collect()
    }

    /// Where files that a commit added were before. A file beside the document came with it or from
    /// the same folder, else it only looks like another: licences and empty files do.
    fn moves<'c, 'a>(&self, changes: &'c [Change<'a>]) -> BTreeMap<&'c RelPath, &'c Change<'a>> {
        let gone = Gone::new(changes);
        let added = changes.iter().filter(|change| change.old.is_none());
        let (mut moves, mut others, mut dirs) = (BTreeMap::new(), Vec::new(), Vec::new());
        for change in added {
            let owners = self.owners(&change.path);
            let Some(from) = gone.origin(change).filter(|_| !owners.is_empty()) else { continue };
            let is_document = self.documents.contains_key(&change.path);
            if is_document {
                dirs.push((change.path.parent(), from.path.parent()));
            }
            if is_document || !owners.is_disjoint(&self.owners(&from.path)) {
                moves.insert(&change.path, from);
            } else {
                others.push((change, from));
            }
        }
        for (change, from) in others {
            let came_along = dirs.iter().any(|(here, before)| {
                change.path.below(here).is_some() && from.path.below(before).is_some()
            });
            if came_along {
                moves.insert(&change.path, from);
            }
        }
        moves
    }

    fn one<'a>(&self, owner: usize, change: &Change<'a>, from: Option<&Change<'a>>) -> Move<'a> {
        let how = match (from, change.old, change.new) {
            (Some(_), ..) => How::Moved,
            (None, None, _) => How::Added,
            (None, Some(_), None) => How::Removed,
            (None, Some(_), Some(_)) => How::Changed,
        };
        let is_odd = change.is_odd || from.is_some_and(|from| from.is_odd);
        let plain = |id: Option<&'a str>| id.filter(|_| !is_odd);
        Move {
            path: change.path.clone(),
            from: from.map(|from| from.path.clone()),
            how,
            old: plain(change.old.or_else(|| from.and_then(|from| from.old))),
            new: plain(change.new),
            is_document: self.documents.get(&change.path).is_some_and(|all| all.contains(&owner)),
        }
    }

    /// Whoever has a path had it under another name before.
    fn go_back(&mut self, path: &RelPath, from: &RelPath) {
        let owners: Vec<usize> = self.owners(path).into_iter().collect();
        self.files.remove(path);
        for owner in owners {
            let files = self.files.entry(from.clone()).or_default();
            if !files.contains(&owner) {
                files.push(owner);
            }
        }
        if let Some(owners) = self.documents.remove(path) {
            let (here, before) = (path.parent(), from.parent());
            if here != before
                && let Some(owner) = self.folders.remove(&here)
            {
                self.folders.entry(before).or_insert(owner);
            }
            self.documents.entry(from.clone()).or_default().extend(owners);
        }
    }
}

/// The files that a commit removed.
struct Gone<'c, 'a> {
    by_bytes: HashMap<&'a str, Vec<&'c Change<'a>>>,
    /// By the last two names of their paths.
    by_place: HashMap<(String, String), Vec<&'c Change<'a>>>,
}

impl<'c, 'a> Gone<'c, 'a> {
    fn new(changes: &'c [Change<'a>]) -> Self {
        let mut gone = Self { by_bytes: HashMap::new(), by_place: HashMap::new() };
        for change in changes.iter().filter(|change| change.new.is_none()) {
            if let Some(old) = change.old {
                gone.by_bytes.entry(old).or_default().push(change);
                gone.by_place.entry(place(&change.path)).or_default().push(change);
            }
        }
        gone
    }

    /// Which of them a file that was added may have been.
    fn origin(&self, added: &Change<'a>) -> Option<&'c Change<'a>> {
        let name = added.path.file_name();
        let same = self.by_bytes.get(added.new?).map(Vec::as_slice).unwrap_or_default();
        if let [only] = same {
            return Some(only);
        }
        let by_name = same.iter().filter(|change| change.path.file_name() == name);
        let nearest = by_name.max_by_key(|change| {
            let common = change.path.names().collect::<Vec<_>>().into_iter().rev();
            let here = added.path.names().collect::<Vec<_>>().into_iter().rev();
            common.zip(here).take_while(|(a, b)| a == b).count()
        });
        match (nearest, self.by_place.get(&place(&added.path)).map(Vec::as_slice)) {
            (Some(nearest), _) => Some(nearest),
            (None, Some([only])) => Some(only),
            _ => None,
        }
    }
}

fn place(path: &RelPath) -> (String, String) {
    (path.parent().file_name().to_owned(), path.file_name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelPath {
        RelPath::parse(text).unwrap()
    }

    /// `M path old new`, `A path new`, `D path old`.
    fn commit(text: &'static str) -> Commit<'static> {
        let change = |line: &'static str| {
            let words: Vec<&'static str> = line.split(' ').collect();
            let (old, new) = match words[0] {
                "A" => (None, Some(words[2])),
                "D" => (Some(words[2]), None),
                _ => (Some(words[2]), Some(words[3])),
            };
            Change { path: path(words[1]), old, new, is_odd: false }
        };
        let changes = text.lines().map(change).collect();
        Commit { id: "", date: jiff::civil::date(2026, 1, 1), subject: "".into(), changes }
    }

    fn skill(dir: &str, files: &[&str]) -> Owned {
        let document = path(&format!("{dir}/SKILL.md"));
        let mut all: Vec<RelPath> = files.iter().map(|f| path(&format!("{dir}/{f}"))).collect();
        all.push(document.clone());
        Owned { files: all, folder: Some(path(dir)), document: Some(document) }
    }

    fn told(owned: &[Owned], commits: Vec<Commit<'static>>) -> Vec<String> {
        let all = follow(commits.into_iter(), owned);
        let file = |f: &Move| {
            let from = f.from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
            let ids = [f.old, f.new].map(Option::unwrap_or_default).join("..");
            let sign = if f.is_document { "*" } else { "" };
            format!("{} {}{sign}{from} {ids}", f.how.word(), f.path)
        };
        let step = |(at, step): (usize, &Step)| {
            let files: Vec<String> = step.files.iter().map(file).collect();
            format!("{at}@{}: {}", step.commit, files.join(", "))
        };
        let one = |(at, steps): (usize, &Steps)| {
            steps.steps.iter().map(|one| step((at, one))).collect::<Vec<_>>()
        };
        all.iter().enumerate().flat_map(one).collect()
    }

    #[test]
    fn a_folder_is_followed_through_moves_and_has_all_that_was_ever_in_it() {
        let owned = [skill("skills/pdf", &["a.py"]), skill("skills/pdf/sub", &[])];
        let commits = vec![
            commit("M skills/pdf/SKILL.md 3 4\nA skills/pdf/sub/SKILL.md s"),
            commit("D skills/pdf/old.txt o\nM README r1 r2"),
            // Moved, the document with a change; another file of the same name went, too.
            commit(
                "D old/pdf/SKILL.md 2\nA skills/pdf/SKILL.md 3\nD old/pdf/a.py x\n\
                 A skills/pdf/a.py x\nD old/doc/SKILL.md q",
            ),
            commit("M old/pdf/SKILL.md 1 2\nM old/pdf/gone.md g h"),
            commit("A old/pdf/SKILL.md 1\nA old/pdf/a.py x\nA old/doc/SKILL.md q"),
        ];
        assert_eq!(
            told(&owned, commits),
            [
                "0@0: changed skills/pdf/SKILL.md* 3..4",
                "0@1: removed skills/pdf/old.txt o..",
                "0@2: moved skills/pdf/SKILL.md* from old/pdf/SKILL.md 2..3, \
                 moved skills/pdf/a.py from old/pdf/a.py x..x",
                "0@3: changed old/pdf/SKILL.md* 1..2, changed old/pdf/gone.md g..h",
                "0@4: added old/pdf/SKILL.md* ..1, added old/pdf/a.py ..x",
                "1@0: added skills/pdf/sub/SKILL.md* ..s",
            ]
        );
    }

    #[test]
    fn a_file_is_followed_under_another_name_and_steps_are_bounded() {
        let b = path("agents/b.md");
        let owned = [Owned { files: vec![b.clone()], folder: None, document: Some(b) }];
        let mut commits = vec![commit("D agents/a.md 9\nA agents/b.md 9")];
        commits.extend((0..11).map(|_| commit("M agents/a.md 8 9\nM agents/c.md 1 2")));
        let all = follow(commits.into_iter(), &owned);
        assert_eq!((all[0].steps.len(), all[0].has_more), (VERSIONS_MAX, true));
        assert!(all[0].steps[1..].iter().all(|step| step.files[0].path == path("agents/a.md")));
    }
}
