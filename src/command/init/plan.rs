//! The files of a new catalog: all of them or, where something is in the way, none.

use std::collections::BTreeMap;
use std::path::Path;

use crate::disk;
use crate::error::{Error, Problem, Result};
use crate::words;

/// More names than this are counted instead.
const NAMES_MAX: usize = 10;

/// What is to be written, by path in the catalog.
#[derive(Default)]
pub(super) struct Plan {
    files: BTreeMap<String, File>,
}

struct File {
    bytes: Vec<u8>,
    executable: bool,
    /// Whether it keeps what stands there, and adds to it.
    adds: bool,
}

impl Plan {
    pub(super) fn add(&mut self, path: &str, bytes: Vec<u8>) {
        self.add_file(path, bytes, false);
    }

    pub(super) fn add_file(&mut self, path: &str, bytes: Vec<u8>, executable: bool) {
        self.files.insert(path.to_owned(), File { bytes, executable, adds: false });
    }

    /// Adds a line to the `.gitignore` below `root`, if it is not there.
    pub(super) fn ignore(&mut self, root: &Path, line: &str) -> Result<()> {
        let mut text = disk::read_text(&root.join(".gitignore"))?.unwrap_or_default();
        let is_there =
            text.lines().any(|old| old.trim().trim_matches('/') == line.trim_matches('/'));
        if !is_there {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(line);
            text.push('\n');
            let file = File { bytes: text.into_bytes(), executable: false, adds: true };
            self.files.insert(".gitignore".to_owned(), file);
        }
        Ok(())
    }

    /// Writes everything below `root`; says what, sorted. A folder that is not there appears whole.
    /// In one that is, the configuration comes last: without it there is no catalog.
    pub(super) fn write(self, root: &Path, force: bool) -> Result<Vec<String>> {
        self.check(root, force)?;
        if disk::kind(root)?.is_none() {
            let scratch = disk::scratch_beside(root)?;
            self.fill(scratch.path())?;
            disk::place_new_dir(scratch, root)?;
        } else {
            self.fill(root)?;
        }
        Ok(self.files.into_keys().collect())
    }

    fn fill(&self, root: &Path) -> Result<()> {
        let is_last = |path: &&String| path.as_str() == "skillmeat.yaml";
        let first = self.files.iter().filter(|(path, _)| !is_last(path));
        let last = self.files.iter().filter(|(path, _)| is_last(path));
        for (path, file) in first.chain(last) {
            let target = root.join(path);
            if !disk::same_bytes(&target, &file.bytes) {
                if disk::kind(&target)? == Some(disk::Kind::Link) {
                    disk::remove_file(&target)?;
                }
                disk::write(&target, &file.bytes)?;
            }
            if file.executable {
                disk::make_executable(&target)?;
            }
        }
        Ok(())
    }

    /// What is in the way: other bytes, without `force`; with it, only what cannot be a file.
    fn check(&self, root: &Path, force: bool) -> Result<()> {
        let mut in_the_way = Vec::new();
        for (path, file) in &self.files {
            let target = root.join(path);
            let blocked = blocked(root, path)?;
            let kind = disk::kind(&target)?;
            let is_dir = matches!(kind, Some(disk::Kind::Dir | disk::Kind::Other));
            let differs = || !file.adds && !disk::same_bytes(&target, &file.bytes);
            if let Some(dir) = blocked {
                in_the_way.push(dir);
            } else if is_dir || kind.is_some() && !force && differs() {
                in_the_way.push(path.clone());
            }
        }
        in_the_way.dedup();
        if in_the_way.is_empty() { Ok(()) } else { Err(refusal(&in_the_way)) }
    }
}

/// The part of the way to a file that is no folder. Nothing is written through a link.
fn blocked(root: &Path, path: &str) -> Result<Option<String>> {
    for (end, _) in path.match_indices('/') {
        match disk::kind(&root.join(&path[..end]))? {
            None => return Ok(None),
            Some(disk::Kind::Dir) => {}
            Some(_) => return Ok(Some(path[..end].to_owned())),
        }
    }
    Ok(None)
}

fn refusal(in_the_way: &[String]) -> Error {
    let names: Vec<String> =
        in_the_way.iter().take(NAMES_MAX).map(|path| words::visible(path)).collect();
    let more = match in_the_way.len().saturating_sub(NAMES_MAX) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let verb = if in_the_way.len() == 1 { "is" } else { "are" };
    let text =
        format!("{}{more} {verb} there already; nothing was written", words::list_and(&names));
    let help = "name another folder, or write over files with `--force`";
    Problem::error("SM011", text).help(help).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let mut plan = Plan::default();
        plan.add("skillmeat.yaml", b"version: 1\n".to_vec());
        plan.add_file("content/run.sh", b"#!/bin/sh\n".to_vec(), true);
        plan
    }

    #[test]
    fn nothing_is_written_over_and_nothing_is_written_by_halves() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("catalog");
        assert_eq!(plan().write(&root, false).unwrap(), ["content/run.sh", "skillmeat.yaml"]);
        // The same again is nothing to refuse.
        plan().write(&root, false).unwrap();
        disk::write(&root.join("skillmeat.yaml"), b"mine").unwrap();
        disk::remove_file(&root.join("content/run.sh")).unwrap();
        let error = plan().write(&root, false).unwrap_err();
        assert_eq!(error.problems[0].code, "SM011");
        assert!(error.problems[0].message.starts_with("`skillmeat.yaml` is there"), "{error}");
        assert_eq!(disk::kind(&root.join("content/run.sh")).unwrap(), None);
        plan().write(&root, true).unwrap();
        assert_eq!(disk::read(&root.join("skillmeat.yaml")).unwrap(), b"version: 1\n");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (root, away) = (dir.path().join("catalog"), dir.path().join("away"));
        disk::make_dir(&root).unwrap();
        disk::make_dir(&away).unwrap();
        std::os::unix::fs::symlink(&away, root.join("content")).unwrap();
        let error = plan().write(&root, true).unwrap_err();
        assert!(error.problems[0].message.starts_with("`content` is there"), "{error}");
        assert!(disk::list_files(&away).unwrap().is_empty());
    }

    #[test]
    fn a_line_is_added_to_what_git_ignores_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(".gitignore");
        for (before, after) in
            [("", "/public/\n"), ("x", "x\n/public/\n"), ("public\n", "public\n")]
        {
            disk::write(&file, before.as_bytes()).unwrap();
            let mut plan = Plan::default();
            plan.ignore(dir.path(), "/public/").unwrap();
            plan.write(dir.path(), false).unwrap();
            assert_eq!(disk::read(&file).unwrap(), after.as_bytes());
        }
    }
}
