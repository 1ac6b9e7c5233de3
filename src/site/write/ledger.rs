//! What the last build of this machine made in a directory, from what, and how each file stood when
//! it was done: a file that still stands so, and would be made from the same, need not be made again.
//!
//! It lies outside the directory, since it tells of this machine. Whatever is wrong with it, nothing
//! is spared.

use std::collections::HashMap;
use std::path::Path;

use crate::disk::{self, FileState};
use crate::error::Result;
use crate::model::hash::ContentHash;

/// Stands at the beginning; another layout has another number.
const MAGIC: &[u8] = b"skillmeat built 2\n";

/// One file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it was made from, where that is known.
    pub made: Option<ContentHash>,
    pub bytes: ContentHash,
    pub state: FileState,
}

/// What was made, as it was read from a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Ledger {
    text: Vec<u8>,
    /// Where in the text the entries begin, behind the note, and where they end.
    entries: std::ops::Range<usize>,
}

/// The files of a ledger, by path below the output directory.
pub type Index<'a> = HashMap<&'a str, Entry>;

impl Ledger {
    /// Nothing when there is none, or none that can be read whole.
    pub fn read(path: &Path) -> Option<Self> {
        parse(disk::read_if_there(path).ok().flatten()?)
    }

    /// What the builder wanted to know again; empty where the build left something to do.
    pub fn note(&self) -> &str {
        let note = self.text.get(MAGIC.len() + 4..self.entries.start);
        note.and_then(|note| std::str::from_utf8(note).ok()).unwrap_or_default()
    }

    pub fn index(&self) -> Index<'_> {
        self.iter().collect()
    }

    fn iter(&self) -> impl Iterator<Item = (&str, Entry)> {
        let mut rest = self.text.get(self.entries.clone()).unwrap_or_default();
        // The text was written whole: what is not an entry is its end.
        std::iter::from_fn(move || entry(&mut rest))
    }

    /// Whether every file stands in its folder as it did, so that there is nothing to do.
    pub fn stands(&self, out: &Path) -> bool {
        let mut files: Vec<(&str, FileState)> =
            self.iter().map(|(path, entry)| (path, entry.state)).collect();
        files.sort_unstable_by_key(|(path, _)| *path);
        disk::still(out, &files).into_iter().all(|still| still)
    }

    /// How many files it lists.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    pub fn write<'a>(
        path: &Path,
        note: &str,
        entries: impl Iterator<Item = (&'a str, Entry)>,
    ) -> Result<()> {
        let mut bytes = MAGIC.to_vec();
        // One that is longer than 4 GiB is none.
        let note = if u32::try_from(note.len()).is_ok() { note } else { "" };
        bytes.extend((note.len() as u32).to_le_bytes());
        bytes.extend(note.as_bytes());
        for (name, entry) in entries {
            let FileState { size, inode, modified_ns, changed_ns } = entry.state;
            let Ok(len) = u32::try_from(name.len()) else { continue };
            bytes.extend(len.to_le_bytes());
            bytes.extend(name.as_bytes());
            bytes.push(u8::from(entry.made.is_some()));
            bytes.extend(entry.made.unwrap_or(ContentHash::from_bytes([0; 32])).as_bytes());
            bytes.extend(entry.bytes.as_bytes());
            bytes.extend(size.to_le_bytes());
            bytes.extend(inode.to_le_bytes());
            bytes.extend(modified_ns.to_le_bytes());
            bytes.extend(changed_ns.to_le_bytes());
        }
        let hash = ContentHash::of(&bytes);
        bytes.extend(hash.as_bytes());
        disk::write_changed(path, &bytes).map(drop)
    }
}

/// Beside these files of `out`: the entry of each that stands as it did.
pub fn still<'a>(index: &Index<'a>, outputs: &[&'a str], out: &Path) -> Vec<Option<Entry>> {
    let mut listed: Vec<(&str, usize, Entry)> = Vec::with_capacity(index.len());
    let entries = outputs.iter().enumerate();
    listed.extend(entries.filter_map(|(at, path)| Some((*path, at, *index.get(path)?))));
    listed.sort_unstable_by_key(|(path, ..)| *path);
    let states: Vec<_> = listed.iter().map(|(path, _, entry)| (*path, entry.state)).collect();
    let mut still = vec![None; outputs.len()];
    for ((_, at, entry), is_still) in listed.into_iter().zip(disk::still(out, &states)) {
        still[at] = is_still.then_some(entry);
    }
    still
}

impl Entry {
    /// Whether the file would be made from the same again.
    pub fn is_made_from(&self, made: ContentHash) -> bool {
        self.made == Some(made)
    }
}

/// Nothing where a byte is not as it was written.
fn parse(text: Vec<u8>) -> Option<Ledger> {
    let (bytes, hash) = text.split_last_chunk::<32>()?;
    if ContentHash::of(bytes).as_bytes() != hash {
        return None;
    }
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let note = usize::try_from(u32::from_le_bytes(take(&mut rest)?)).ok()?;
    let entries = MAGIC.len() + 4 + note..bytes.len();
    Some(Ledger { text, entries })
}

fn entry<'a>(rest: &mut &'a [u8]) -> Option<(&'a str, Entry)> {
    let len = usize::try_from(u32::from_le_bytes(take(rest)?)).ok()?;
    let (name, after) = rest.split_at_checked(len)?;
    *rest = after;
    let [is_known] = take(rest)?;
    let made = ContentHash::from_bytes(take(rest)?);
    let entry = Entry {
        made: (is_known != 0).then_some(made),
        bytes: ContentHash::from_bytes(take(rest)?),
        state: FileState {
            size: u64::from_le_bytes(take(rest)?),
            inode: u64::from_le_bytes(take(rest)?),
            modified_ns: i64::from_le_bytes(take(rest)?),
            changed_ns: i64::from_le_bytes(take(rest)?),
        },
    };
    Some((std::str::from_utf8(name).ok()?, entry))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(byte: u8) -> Entry {
        let hash = ContentHash::from_bytes([byte; 32]);
        let state = FileState { size: 1, inode: u64::MAX, modified_ns: -1, changed_ns: 7 };
        Entry { made: (byte > 1).then_some(hash), bytes: ContentHash::of(&[byte]), state }
    }

    #[test]
    fn a_ledger_is_read_as_it_was_written_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger");
        let entries = [("a/index.html", entry(1)), ("é", entry(2))];
        assert_eq!(Ledger::read(&path), None);
        Ledger::write(&path, "a note", entries.into_iter()).unwrap();
        let read = Ledger::read(&path).unwrap();
        assert_eq!((read.note(), read.len()), ("a note", 2));
        assert_eq!(read.index(), entries.into());
        let bytes = disk::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(parse(other), None, "byte {at}");
            assert_eq!(parse(bytes[..at].to_vec()), None, "the first {at}");
        }
    }

    #[test]
    fn files_that_stand_are_found_among_others() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path();
        let names = ["b/file", "a/file", "new", "other", "gone"];
        names[..4].iter().for_each(|name| disk::write(&out.join(name), b"bytes").unwrap());
        let entry = |name: &str, made| Entry {
            made,
            bytes: ContentHash::of(b"bytes"),
            state: disk::file_state(&out.join(name)).unwrap(),
        };
        let (made, other) = (ContentHash::of(b"made"), ContentHash::of(b"other"));
        let (b, a) = (entry("b/file", Some(made)), entry("a/file", None));
        let was = Entry { state: FileState { changed_ns: 8, ..a.state }, ..a };
        let index = [("b/file", b), ("a/file", a), ("other", was), ("gone", a)].into();
        assert_eq!(still(&index, &names, out), [Some(b), Some(a), None, None, None]);
        assert_eq!([made, other].map(|made| b.is_made_from(made)), [true, false]);
        assert!(!a.is_made_from(made), "nobody knows what from");
    }

    #[test]
    fn files_stand_until_one_of_them_or_a_folder_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let (out, path) = (dir.path().join("out"), dir.path().join("ledger"));
        let names = ["a/b/file", "other"];
        names.iter().for_each(|name| disk::write(&out.join(name), b"bytes").unwrap());
        let entry = |name: &&'static str| {
            let state = disk::file_state(&out.join(name)).unwrap();
            (*name, Entry { made: None, bytes: ContentHash::of(b"bytes"), state })
        };
        Ledger::write(&path, "", names.iter().map(entry)).unwrap();
        let ledger = Ledger::read(&path).unwrap();
        assert!(ledger.stands(&out));
        disk::rename(&out.join("a"), &dir.path().join("away")).unwrap();
        assert!(!ledger.stands(&out), "a folder is gone");
        std::os::unix::fs::symlink(dir.path().join("away"), out.join("a")).unwrap();
        assert!(!ledger.stands(&out), "a folder is a link to where it is now");
        disk::remove_file(&out.join("a")).unwrap();
        disk::rename(&dir.path().join("away"), &out.join("a")).unwrap();
        assert!(ledger.stands(&out));
        disk::remove_file(&out.join("other")).unwrap();
        assert!(!ledger.stands(&out), "a file is gone");
        disk::write(&out.join("other"), b"bytes").unwrap();
        assert!(!ledger.stands(&out), "it is another file, if of the same bytes");
    }
}
