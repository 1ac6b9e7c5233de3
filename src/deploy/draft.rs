//! The files of a project as an order would leave them, worked out before any is written.

use std::collections::BTreeMap;

use super::plan::FileChange;
use crate::disk::beneath::{Beneath, Found, Held};
use crate::error::{Problem, Result};
use crate::words;

pub(super) struct Draft<'a> {
    project: &'a Beneath,
    /// What was read, and what it is to be.
    files: BTreeMap<String, (Option<Held>, Option<Held>)>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(project: &'a Beneath) -> Self {
        Self { project, files: BTreeMap::new() }
    }

    /// A file as it would be by now.
    pub(super) fn read(&mut self, path: &str) -> Result<Option<Held>> {
        if let Some((_, now)) = self.files.get(path) {
            return Ok(now.clone());
        }
        let held = match self.project.look(path)? {
            None => None,
            Some(Found::File(held)) => Some(held),
            Some(Found::Dir | Found::Other) => return Err(in_the_way(path).into()),
        };
        self.files.insert(path.to_owned(), (held.clone(), held.clone()));
        Ok(held)
    }

    /// A file that is text.
    pub(super) fn read_text(&mut self, path: &str) -> Result<Option<String>> {
        let Some(held) = self.read(path)? else { return Ok(None) };
        let text = String::from_utf8(held.bytes).map_err(|_| {
            let text = format!("`{}` is not UTF-8", words::visible(path));
            Problem::error("SM634", text).help("save it as UTF-8, and try again")
        })?;
        Ok(Some(text))
    }

    /// All files below a folder, as they would be by now.
    pub(super) fn below(&mut self, dir: &str) -> Result<BTreeMap<String, Held>> {
        for (path, found) in self.project.below(dir)? {
            match found {
                Found::File(held) => {
                    self.files.entry(path).or_insert_with(|| (Some(held.clone()), Some(held)));
                }
                Found::Dir => {}
                Found::Other => return Err(in_the_way(&path).into()),
            }
        }
        let prefix = format!("{dir}/");
        let is_below = |path: &String| path == dir || path.starts_with(&prefix);
        let now = self.files.iter().filter(|(path, _)| is_below(path));
        Ok(now.filter_map(|(path, (_, now))| Some((path.clone(), now.clone()?))).collect())
    }

    pub(super) fn write(&mut self, path: &str, after: Option<Held>) -> Result<()> {
        self.read(path)?;
        if let Some((_, now)) = self.files.get_mut(path) {
            *now = after;
        }
        Ok(())
    }

    /// The same for text; the mode stays.
    pub(super) fn write_text(&mut self, path: &str, text: Option<String>) -> Result<()> {
        let executable = self.read(path)?.is_some_and(|held| held.executable);
        self.write(path, text.map(|text| Held { bytes: text.into_bytes(), executable }))
    }

    /// What changes, sorted by path.
    pub(super) fn into_changes(self) -> Vec<FileChange> {
        let changed = self.files.into_iter().filter(|(_, (before, after))| before != after);
        changed.map(|(path, (before, after))| FileChange { path, before, after }).collect()
    }
}

fn in_the_way(path: &str) -> Problem {
    let text = format!("`{}` is in the way: it is no file", words::visible(path));
    Problem::error("SM635", text).help("look at what it is, and move it away")
}
