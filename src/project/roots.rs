//! The folders of a project in which agents look, to the copies that stand in them, each once.
//!
//! The folders are those of the vendors' documentation; skills are looked for in every hidden folder,
//! since each of some thirty agents has its own.

use std::collections::BTreeMap;

use super::reach::{Reached, step};
use super::{Files, Stands, lost, unread};
use crate::error::{Problem, Result};
use crate::model::id::Kind;
use crate::model::path::RelPath;

/// Hidden folders of other tools, which may be large.
const NOT_LOOKED_INTO: [&str; 6] = [".git", ".hg", ".svn", ".venv", ".cache", ".tox"];

/// Folders below that of an agent, besides `skills`: the agent's, the folder, what is in it, the end
/// of its files' names, and whether folders below it count.
const FILES: [(&str, &str, Kind, &str, bool); 10] = [
    (".claude", "commands", Kind::Command, ".md", true),
    (".claude", "agents", Kind::Agent, ".md", true),
    (".claude", "hooks", Kind::Hook, ".json", false),
    (".github", "prompts", Kind::Command, ".prompt.md", false),
    (".github", "agents", Kind::Agent, ".md", false),
    (".cursor", "commands", Kind::Command, ".md", true),
    (".cursor", "agents", Kind::Agent, ".md", false),
    (".gemini", "commands", Kind::Command, ".toml", true),
    (".codex", "agents", Kind::Agent, ".toml", false),
    (".opencode", "commands", Kind::Command, ".md", false),
];

/// So deep are names of commands nested.
const DEPTH_MAX: usize = 4;

/// A hidden folder of the project.
pub(super) struct Dir {
    pub name: String,
    /// Without links.
    pub real: RelPath,
}

/// Something that stands where an agent looks.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub kind: Kind,
    pub name: String,
    pub profile: String,
    pub path: RelPath,
    /// Without links.
    pub real: RelPath,
    pub links: Vec<String>,
}

/// The hidden folders of a project.
pub(super) fn dirs(files: &dyn Files) -> Result<Vec<Dir>> {
    let mut dirs = Vec::new();
    for name in files.names(&RelPath::root())? {
        if !name.starts_with('.') || NOT_LOOKED_INTO.contains(&name.as_str()) {
            continue;
        }
        if let Reached::Dir(real) = step(files, &RelPath::root().join(&name))? {
            dirs.push(Dir { name, real });
        }
    }
    Ok(dirs)
}

/// The agent whose folder it is, in the word of records.
pub(super) fn profile(dir: &str) -> String {
    let known = match dir {
        ".claude" | ".mcp.json" => "claude_code",
        ".github" | ".vscode" => "copilot",
        other => other.trim_start_matches('.'),
    };
    known.to_owned()
}

/// What stands in all of them, sorted. What is reached in several ways is there once.
pub(super) fn copies(
    files: &dyn Files,
    dirs: &[Dir],
    problems: &mut Vec<Problem>,
) -> Result<Vec<Found>> {
    let mut all = Looked { files, found: Vec::new(), problems };
    for dir in dirs {
        all.skills(dir)?;
        for (_, below, kind, end, is_nested) in FILES.iter().filter(|one| one.0 == dir.name) {
            let depth = if *is_nested { DEPTH_MAX } else { 0 };
            all.files(dir, below, (*kind, end), depth)?;
        }
    }
    Ok(once(all.found))
}

/// One path of each, the one without links where an agent looks there; the others are links to it.
fn once(found: Vec<Found>) -> Vec<Found> {
    let mut by_real: BTreeMap<(Kind, RelPath), Vec<Found>> = BTreeMap::new();
    for one in found {
        by_real.entry((one.kind, one.real.clone())).or_default().push(one);
    }
    let first = |mut all: Vec<Found>| {
        all.sort_by(|a, b| (a.path != a.real, &a.path).cmp(&(b.path != b.real, &b.path)));
        let links = all.iter().skip(1).map(|one| one.path.to_string()).collect();
        all.into_iter().next().map(|one| Found { links, ..one })
    };
    by_real.into_values().filter_map(first).collect()
}

struct Looked<'a> {
    files: &'a dyn Files,
    found: Vec<Found>,
    problems: &'a mut Vec<Problem>,
}

impl Looked<'_> {
    /// Folders with a `SKILL.md`, also in a folder between.
    fn skills(&mut self, dir: &Dir) -> Result<()> {
        let shown = RelPath::root().join(&dir.name).join("skills");
        let Reached::Dir(real) = self.reach(&dir.real.join("skills"), &shown)? else {
            return Ok(());
        };
        for name in self.names(&real, &shown) {
            let path = shown.join(&name);
            let Reached::Dir(at) = self.reach(&real.join(&name), &path)? else { continue };
            if self.is_skill(&at)? {
                self.add(Kind::Skill, &name, &dir.name, path, at);
                continue;
            }
            if !is_plain(&name) {
                continue;
            }
            for below in self.names(&at, &path) {
                let path = path.join(&below);
                let Reached::Dir(at) = self.reach(&at.join(&below), &path)? else { continue };
                if self.is_skill(&at)? {
                    self.add(Kind::Skill, &below, &dir.name, path, at);
                }
            }
        }
        Ok(())
    }

    /// One folder that cannot be read keeps nothing else from being found.
    fn names(&mut self, dir: &RelPath, shown: &RelPath) -> Vec<String> {
        self.files.names(dir).unwrap_or_else(|error| {
            let told = error.problems.into_iter();
            self.problems.extend(told.map(|one| unread(shown.as_str(), &one.message)));
            Vec::new()
        })
    }

    fn is_skill(&self, dir: &RelPath) -> Result<bool> {
        let stands = self.files.look(&dir.join("SKILL.md"))?;
        Ok(matches!(stands, Stands::File | Stands::Link(_)))
    }

    fn files(&mut self, dir: &Dir, below: &str, what: (Kind, &str), depth: usize) -> Result<()> {
        let shown = RelPath::root().join(&dir.name).join(below);
        let Reached::Dir(real) = self.reach(&dir.real.join(below), &shown)? else {
            return Ok(());
        };
        let mut open = vec![(real, shown, depth)];
        while let Some((real, shown, depth)) = open.pop() {
            for name in self.names(&real, &shown) {
                let path = shown.join(&name);
                match self.reach(&real.join(&name), &path)? {
                    Reached::Dir(at) if depth > 0 && is_plain(&name) => {
                        open.push((at, path, depth - 1));
                    }
                    Reached::File(at) => self.file(&dir.name, &name, what, (path, at)),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, dir: &str, name: &str, what: (Kind, &str), at: (RelPath, RelPath)) {
        let (kind, end) = what;
        let Some(stem) = name.strip_suffix(end) else { return };
        let stem = stem.strip_suffix(".agent").unwrap_or(stem);
        if !stem.is_empty() && is_plain(stem) && !stem.eq_ignore_ascii_case("readme") {
            self.add(kind, stem, dir, at.0, at.1);
        }
    }

    fn add(&mut self, kind: Kind, name: &str, dir: &str, path: RelPath, real: RelPath) {
        let (name, profile) = (name.to_owned(), profile(dir));
        self.found.push(Found { kind, name, profile, path, real, links: Vec::new() });
    }

    /// A link that leads nowhere that is read is a problem here.
    fn reach(&mut self, real: &RelPath, shown: &RelPath) -> Result<Reached> {
        let reached = step(self.files, real)?;
        if let Reached::Lost(to) = reached {
            self.problems.push(lost(shown.as_str(), to));
        }
        Ok(reached)
    }
}

fn is_plain(name: &str) -> bool {
    !name.starts_with('.') && name != "node_modules"
}
