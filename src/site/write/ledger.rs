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
const MAGIC: &[u8] = b"skillmeat built 1\n";

/// One file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it was made from.
    pub made: ContentHash,
    pub bytes: ContentHash,
    pub state: FileState,
}

/// By path below the output directory.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ledger(HashMap<String, Entry>);

impl Ledger {
    /// Empty when there is none, or none that can be read whole.
    pub fn read(path: &Path) -> Self {
        let bytes = disk::read_if_there(path).ok().flatten();
        bytes.and_then(|bytes| parse(&bytes)).unwrap_or_default()
    }

    /// The hash of the bytes of a file that is as it would be made from this; `state` is how it
    /// stands now.
    pub fn spared(&self, path: &str, made: ContentHash, state: FileState) -> Option<ContentHash> {
        let entry = self.0.get(path)?;
        (entry.made == made && entry.state == state).then_some(entry.bytes)
    }

    pub fn write<'a>(path: &Path, entries: impl Iterator<Item = (&'a str, Entry)>) -> Result<()> {
        let mut bytes = MAGIC.to_vec();
        for (name, entry) in entries {
            let FileState { size, inode, modified_ns, changed_ns } = entry.state;
            let Ok(len) = u32::try_from(name.len()) else { continue };
            bytes.extend(len.to_le_bytes());
            bytes.extend(name.as_bytes());
            bytes.extend(entry.made.as_bytes());
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

/// Nothing where a byte is not as it was written.
fn parse(bytes: &[u8]) -> Option<Ledger> {
    let (bytes, hash) = bytes.split_last_chunk::<32>()?;
    if ContentHash::of(bytes).as_bytes() != hash {
        return None;
    }
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let mut entries = HashMap::new();
    while !rest.is_empty() {
        let len = usize::try_from(u32::from_le_bytes(take(&mut rest)?)).ok()?;
        let (name, after) = rest.split_at_checked(len)?;
        rest = after;
        let entry = Entry {
            made: ContentHash::from_bytes(take(&mut rest)?),
            bytes: ContentHash::from_bytes(take(&mut rest)?),
            state: FileState {
                size: u64::from_le_bytes(take(&mut rest)?),
                inode: u64::from_le_bytes(take(&mut rest)?),
                modified_ns: i64::from_le_bytes(take(&mut rest)?),
                changed_ns: i64::from_le_bytes(take(&mut rest)?),
            },
        };
        entries.insert(std::str::from_utf8(name).ok()?.to_owned(), entry);
    }
    Some(Ledger(entries))
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
        Entry { made: hash, bytes: ContentHash::of(&[byte]), state }
    }

    #[test]
    fn a_ledger_is_read_as_it_was_written_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger");
        let entries = [("a/index.html", entry(1)), ("é", entry(2))];
        assert_eq!(Ledger::read(&path), Ledger::default());
        Ledger::write(&path, entries.into_iter()).unwrap();
        let read = Ledger(entries.map(|(name, entry)| (name.to_owned(), entry)).into());
        assert_eq!(Ledger::read(&path), read);
        let bytes = disk::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(parse(&other), None, "byte {at}");
            assert_eq!(parse(&bytes[..at]), None, "the first {at}");
        }
    }

    #[test]
    fn a_file_is_spared_while_it_stands_and_would_be_made_from_the_same() {
        let entry = entry(1);
        let ledger = Ledger([("a".to_owned(), entry)].into());
        let other = FileState { changed_ns: 8, ..entry.state };
        assert_eq!(ledger.spared("a", entry.made, entry.state), Some(entry.bytes));
        assert_eq!(ledger.spared("b", entry.made, entry.state), None);
        assert_eq!(ledger.spared("a", entry.bytes, entry.state), None);
        assert_eq!(ledger.spared("a", entry.made, other), None);
    }
}
