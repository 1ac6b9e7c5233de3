//! What an earlier sync of the same source remembered, so that this one moves only what changed.
//!
//! Where it is kept is not known here: the caller lends it. Nothing in it is trusted further than
//! it saves work; what is served is checked by its hash.

use jiff::Timestamp;

use crate::model::hash::ContentHash;
use crate::model::path::RelPath;

/// A file as it was when it was last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// As [`super::tree::Note::stamp`].
    pub stamp: String,
    pub hash: ContentHash,
    /// In bytes.
    pub size: u64,
}

/// An answer that its server may confirm instead of sending it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub etag: Option<String>,
    /// `Last-Modified`, as sent.
    pub modified: Option<String>,
    pub body: Vec<u8>,
}

/// Shared between threads.
pub trait Memory: Send + Sync {
    /// A file by its path.
    fn file(&self, path: &RelPath) -> Option<Remembered>;

    /// What the reader made of a document with these bytes at this path, in its own form.
    fn reading(&self, _path: &RelPath, _hash: &ContentHash) -> Option<String> {
        None
    }

    /// The files below a directory, sorted: of what a source lists as one thing.
    fn below(&self, dir: &RelPath) -> Vec<(RelPath, Remembered)>;

    /// Whether the bytes with this hash are at hand.
    fn has(&self, hash: &ContentHash) -> bool;

    /// The bytes with this hash; no other bytes ever.
    fn content(&self, hash: &ContentHash) -> Option<Vec<u8>>;

    /// What an address answered last.
    fn answer(&self, url: &str) -> Option<Answer>;

    /// Remembers an answer, if this sync of the source succeeds.
    fn keep_answer(&self, url: &str, answer: Answer);

    /// Until when the server asked not to be asked again, when a sync failed because of that.
    fn wait_until(&self) -> Option<Timestamp> {
        None
    }

    /// Remembers that at once, for the sync that is told so fails.
    fn set_wait(&self, _until: Timestamp) {}
}

/// Remembers nothing: a first sync, and one that reads all again.
pub struct Nothing;

impl Memory for Nothing {
    fn file(&self, _: &RelPath) -> Option<Remembered> {
        None
    }

    fn below(&self, _: &RelPath) -> Vec<(RelPath, Remembered)> {
        Vec::new()
    }

    fn has(&self, _: &ContentHash) -> bool {
        false
    }

    fn content(&self, _: &ContentHash) -> Option<Vec<u8>> {
        None
    }

    fn answer(&self, _: &str) -> Option<Answer> {
        None
    }

    fn keep_answer(&self, _: &str, _: Answer) {}
}
