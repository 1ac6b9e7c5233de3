//! The files of a tree as they are asked for while artifacts are looked for: what is known of a
//! file is not read, what is read is remembered, and each text that is taken apart is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Result;
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::source::memory::Memory;
use crate::source::tree::Tree;

use super::reading::Reading;
use super::text;
use super::{Known, Learned};

pub(super) struct Desk<'a> {
    pub tree: &'a Tree,
    memory: &'a dyn Memory,
    learned: Mutex<OnDesk>,
}

/// What was learned on the way, by the path of the regular file.
#[derive(Default)]
struct OnDesk {
    /// Size and hash of what was read.
    read: BTreeMap<RelPath, (u64, ContentHash)>,
    /// Readings, of before and new, in the form they are kept in.
    readings: BTreeMap<RelPath, String>,
    /// The paths whose text was taken apart.
    parsed: BTreeSet<RelPath>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(tree: &'a Tree, memory: &'a dyn Memory) -> Self {
        Self { tree, memory, learned: Mutex::default() }
    }

    /// The bytes of a file.
    pub(super) fn bytes(&self, path: &RelPath) -> Result<Vec<u8>> {
        let bytes = self.tree.read(path)?;
        let weight = (bytes.len() as u64, ContentHash::of(&bytes));
        self.learned().read.insert(self.real(path).clone(), weight);
        Ok(bytes)
    }

    /// Size and hash of a file; it is read only if nobody knows them.
    pub(super) fn weight(&self, path: &RelPath) -> Result<(u64, ContentHash)> {
        if let Some(weight) = self.known_weight(path) {
            return Ok(weight);
        }
        let bytes = self.bytes(path)?;
        Ok((bytes.len() as u64, ContentHash::of(&bytes)))
    }

    /// Size and hash of what was read of a file here, whatever was known of it before.
    pub(super) fn weight_read(&self, path: &RelPath) -> Result<(u64, ContentHash)> {
        let read = self.learned().read.get(path).copied();
        read.map_or_else(|| self.bytes(path).and_then(|_| self.weight(path)), Ok)
    }

    /// What the text of a document says; it is taken apart only if it was not before.
    pub(super) fn reading(&self, path: &RelPath) -> Reading {
        let remembered = || {
            let (_, hash) = self.known_weight(path).filter(|_| self.is_regular(path))?;
            let kept = self.memory.reading(path, &hash)?;
            Some((Reading::parse(&kept)?, kept))
        };
        if let Some((reading, kept)) = remembered() {
            self.learned().readings.insert(path.clone(), kept);
            return reading;
        }
        let (text, problem) = text::read(self, path);
        // Its stamp is another, its bytes may be the same.
        if let Some((reading, kept)) = remembered() {
            self.learned().readings.insert(path.clone(), kept);
            return reading;
        }
        self.count(path);
        let reading = Reading::of(path, &text, problem);
        let mut learned = self.learned();
        // Of what could not be read nothing is remembered, whatever its hash is known to be.
        if self.is_regular(path) && learned.read.contains_key(path) {
            learned.readings.insert(path.clone(), reading.kept());
        }
        drop(learned);
        reading
    }

    /// Counts a file whose text is taken apart.
    pub(super) fn count(&self, path: &RelPath) {
        self.learned().parsed.insert(path.clone());
    }

    /// All regular files whose hash is known by now, and how many texts were taken apart.
    pub(super) fn close(self) -> Learned {
        let OnDesk { read, mut readings, parsed } =
            self.learned.into_inner().unwrap_or_else(PoisonError::into_inner);
        let noted = self.tree.notes().iter().filter_map(|(path, note)| {
            let size = self.tree.files.get(path)?.size;
            Some((path.clone(), (size, note.hash?)))
        });
        let mut hashes: BTreeMap<RelPath, (u64, ContentHash)> = noted.collect();
        hashes.extend(read);
        let files = hashes.into_iter().map(|(path, (size, hash))| {
            let reading = readings.remove(&path).or_else(|| self.memory.reading(&path, &hash));
            (path, Known { size, hash, reading })
        });
        Learned { files: files.collect(), parsed: parsed.len() }
    }

    fn known_weight(&self, path: &RelPath) -> Option<(u64, ContentHash)> {
        if let Some(weight) = self.learned().read.get(self.real(path)) {
            return Some(*weight);
        }
        let hash = self.tree.note(path)?.hash?;
        Some((self.tree.files.get(path)?.size, hash))
    }

    /// The regular file that a path leads to.
    fn real<'p>(&'p self, path: &'p RelPath) -> &'p RelPath {
        self.tree.files.get(path).and_then(|file| file.link.as_ref()).unwrap_or(path)
    }

    /// A reading has the path in it, so what is read through a link is nobody else's.
    fn is_regular(&self, path: &RelPath) -> bool {
        self.real(path) == path
    }

    fn learned(&self) -> MutexGuard<'_, OnDesk> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
