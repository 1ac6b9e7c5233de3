//! Files that a server gave or that are remembered, to a tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Place, Problem, Result};
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::source::filter::Filter;
use crate::source::http::too_large;
use crate::source::memory::Memory;
use crate::source::tree::{Blobs, Entry, Note, Tree};
use crate::source::{FILES_MAX, too_many};
use crate::words;

/// A longer name is none that every file system takes.
const NAME_BYTES_MAX: usize = 255;

/// All bytes of a source that are held at once; fewer where a test would take long to fill them.
const BYTES_MAX: u64 = if cfg!(test) { 4 << 20 } else { 256 << 20 };

/// Files of a source while they are gathered.
pub(super) struct Contents {
    files: BTreeMap<RelPath, File>,
    /// Held in memory.
    n_bytes: u64,
    memory: Arc<dyn Memory>,
}

struct File {
    hash: ContentHash,
    size: u64,
    executable: bool,
    /// None where the memory has them.
    bytes: Option<Vec<u8>>,
}

impl Contents {
    pub(super) fn new(memory: &Arc<dyn Memory>) -> Self {
        Self { files: BTreeMap::new(), n_bytes: 0, memory: Arc::clone(memory) }
    }

    pub(super) fn add(&mut self, path: RelPath, bytes: Vec<u8>, executable: bool) {
        let (hash, size) = (ContentHash::of(&bytes), bytes.len() as u64);
        self.n_bytes += size;
        self.files.insert(path, File { hash, size, executable, bytes: Some(bytes) });
    }

    /// `SM448` when the source holds more than is held at once, as unpacked archives may.
    pub(super) fn check_size(&self, url: &str) -> Result<()> {
        if self.n_bytes <= BYTES_MAX {
            return Ok(());
        }
        Err(too_large(url, &format!("the source holds more than {} MiB", BYTES_MAX >> 20)))
    }

    pub(super) fn remove(&mut self, path: &RelPath) {
        self.files.remove(path);
    }

    /// Takes the bytes with this hash from memory, if it has them.
    pub(super) fn recall(&mut self, path: &RelPath, hash: ContentHash) -> bool {
        let Some(bytes) = self.memory.content(&hash) else { return false };
        let file = File { hash, size: bytes.len() as u64, executable: false, bytes: None };
        self.files.insert(path.clone(), file);
        true
    }

    /// The own hash of what lies below a directory; none when nothing does.
    pub(super) fn sum_below(&self, dir: &RelPath) -> Option<ContentHash> {
        let below = self.files.iter().filter_map(|(path, file)| {
            path.below(dir).filter(|rest| !rest.is_empty()).map(|rest| (rest, file.hash))
        });
        let files: Vec<_> = below.collect();
        (!files.is_empty()).then(|| ContentHash::of_files(files))
    }

    /// The tree of what the filter takes, and the hash of its files. A file where another
    /// needs a directory is left out.
    pub(super) fn into_tree(mut self, filter: &Filter) -> Result<(Tree, ContentHash)> {
        self.files.retain(|path, _| filter.takes(path));
        if self.files.len() > FILES_MAX {
            return Err(too_many().into());
        }
        let mut problems = Vec::new();
        let blocking: Vec<RelPath> = {
            let dirs = self.files.keys().flat_map(|path| {
                std::iter::successors(Some(path.parent()), |dir| Some(dir.parent()))
                    .take_while(|dir| !dir.is_root())
            });
            let dirs: std::collections::BTreeSet<RelPath> = dirs.collect();
            self.files.keys().filter(|path| dirs.contains(*path)).cloned().collect()
        };
        for path in blocking {
            self.files.remove(&path);
            let message = format!("`{path}` is both a file and a folder; the file is left out");
            problems.push(left_out(message).at(Place::file(path.as_str())));
        }
        let revision =
            ContentHash::of_files(self.files.iter().map(|(path, file)| (path.as_str(), file.hash)));
        let (mut entries, mut notes) = (BTreeMap::new(), BTreeMap::new());
        for (path, File { hash, size, executable, .. }) in &self.files {
            let entry = Entry::File { size: *size, executable: *executable };
            entries.insert(path.clone(), entry);
            let note = Note { stamp: hash.to_string(), hash: Some(*hash) };
            notes.insert(path.clone(), note);
        }
        Ok((Tree::new(entries, problems, Box::new(self)).noted(notes), revision))
    }
}

impl Blobs for Contents {
    fn read(&self, path: &RelPath) -> Result<Vec<u8>> {
        let file = self.files.get(path);
        let bytes = file.and_then(|file| match &file.bytes {
            Some(bytes) => Some(bytes.clone()),
            None => self.memory.content(&file.hash),
        });
        let missing = || {
            let help = "run `skillmeat sync --force` to fetch it again";
            Problem::error("SM403", format!("`{path}` is no longer at hand")).help(help).into()
        };
        bytes.ok_or_else(missing)
    }
}

/// What differs when any file does, or what is told of those that were left out.
pub(super) fn revision(files: ContentHash, problems: &[Problem]) -> ContentHash {
    let told = problems.iter().map(|problem| format!("\n{problem}"));
    ContentHash::of(std::iter::once(files.hex()).chain(told).collect::<String>().as_bytes())
}

/// Something of a source that cannot be taken while the rest goes on: `SM453`.
pub(super) fn left_out(message: String) -> Problem {
    Problem::warning("SM453", message).help("tell whoever publishes it; it is left out")
}

/// A path as a server names it, relative to `dir`. Says what is wrong with one that could not be
/// laid down everywhere just so, or would lead elsewhere.
pub(super) fn path_below(dir: &RelPath, text: &str) -> std::result::Result<RelPath, &'static str> {
    if text.starts_with('/') {
        return Err("is absolute");
    }
    let mut path = dir.clone();
    for name in text.split('/') {
        if name == "." && path == *dir {
            continue; // `./a`
        }
        check_name(name)?;
        path = path.join(name);
    }
    if path == *dir { Err("names no file") } else { Ok(path) }
}

/// Whether a name can be one of a file on every system.
pub(super) fn check_name(name: &str) -> std::result::Result<(), &'static str> {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = |word: &str| {
        let rest = stem.strip_prefix(word);
        rest.is_some_and(|rest| matches!(rest.as_bytes(), [b'1'..=b'9']))
    };
    if name.is_empty() {
        Err("has an empty name")
    } else if name == "." || name == ".." {
        Err("leads out of its folder")
    } else if name.contains('\\') {
        Err("holds a backslash")
    } else if name.chars().any(|c| c.is_control() || words::is_invisible(c)) {
        Err("holds hidden characters")
    } else if name.contains([':', '*', '?', '"', '<', '>', '|']) {
        Err("holds signs that no Windows path may have")
    } else if name.len() > NAME_BYTES_MAX {
        Err("is too long")
    } else if name.ends_with(['.', ' ']) {
        Err("ends with a dot or a space")
    } else if name.eq_ignore_ascii_case(".git") {
        Err("is what Git keeps its own in")
    } else if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || numbered("com")
        || numbered("lpt")
    {
        Err("is the name of a device on Windows")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::memory::Nothing;

    #[test]
    fn a_path_from_elsewhere_stays_below_its_folder() {
        let dir = RelPath::parse("skills/pdf").unwrap();
        for (text, found) in [
            ("SKILL.md", "skills/pdf/SKILL.md"),
            ("./a/b.md", "skills/pdf/a/b.md"),
            ("a/ü.md", "skills/pdf/a/ü.md"),
            ("com10.md", "skills/pdf/com10.md"),
            ("", "has an empty name"),
            (".", "names no file"),
            ("a//b", "has an empty name"),
            ("a/", "has an empty name"),
            ("a/./b", "leads out of its folder"),
            ("../x", "leads out of its folder"),
            ("a/../../x", "leads out of its folder"),
            ("/etc/passwd", "is absolute"),
            ("a\\..\\b", "holds a backslash"),
            ("C:x", "holds signs that no Windows path may have"),
            ("x\u{202e}y", "holds hidden characters"),
            ("x\ny", "holds hidden characters"),
            ("a.", "ends with a dot or a space"),
            (".GIT/config", "is what Git keeps its own in"),
            ("NUL.txt", "is the name of a device on Windows"),
            ("a/com1", "is the name of a device on Windows"),
        ] {
            let path = path_below(&dir, text).map(|path| path.to_string());
            assert_eq!(path.as_deref().unwrap_or_else(|why| why), found, "{text:?}");
        }
    }

    #[test]
    fn a_file_in_the_way_of_a_folder_is_left_out_and_told() {
        let memory: Arc<dyn Memory> = Arc::new(Nothing);
        let mut contents = Contents::new(&memory);
        for path in ["a", "a/b", "c"] {
            contents.add(RelPath::parse(path).unwrap(), path.into(), false);
        }
        let (tree, _) = contents.into_tree(&Filter::new(&[], &[]).unwrap()).unwrap();
        let paths: Vec<&str> = tree.files.keys().map(RelPath::as_str).collect();
        assert_eq!(paths, ["a/b", "c"]);
        assert_eq!(tree.problems.len(), 1);
        assert_eq!(tree.read(&RelPath::parse("c").unwrap()).unwrap(), b"c");
    }
}
