//! Files that were replaced, or taken out of the way, while somebody may have had them open.
//!
//! What is written into one after that is in no file that has a name. So each is looked at a moment
//! later, until nobody writes to it any more, and its bytes are given to whoever can keep them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::disk::Old;
use crate::error::Result;

/// An editor that had a file open when it was replaced has begun to save by then.
const LOOK: Duration = Duration::from_millis(300);
/// Who does not write for so long has ended.
const STILL: Duration = Duration::from_millis(100);
/// Whoever writes on and on is not waited for.
const LOOKS_MAX: usize = 20;

/// One such file.
pub(super) struct Leftover {
    pub path: String,
    /// When the edit was made, as RFC 3339 has it.
    pub at: String,
    /// What is in it while nobody has written to it; `None`: it is somebody's already.
    expected: Option<Vec<u8>>,
    old: Old,
    due: Instant,
    looks: usize,
    /// What the last look saw.
    seen: Option<Vec<u8>>,
}

impl Leftover {
    pub fn new(path: &str, at: &str, expected: Option<&[u8]>, old: Old) -> Self {
        let (path, at) = (path.to_owned(), at.to_owned());
        let expected = expected.map(<[u8]>::to_vec);
        Self { path, at, expected, old, due: Instant::now() + LOOK, looks: 0, seen: None }
    }

    /// Whether it is done with: nobody wrote to it, or what they wrote is kept.
    fn look(&mut self, keep: impl Fn(&Self, Vec<u8>) -> Result<()>) -> bool {
        self.looks += 1;
        let is_last = self.looks >= LOOKS_MAX;
        let Ok(bytes) = self.old.bytes() else { return is_last };
        if self.expected.as_ref() == Some(&bytes) {
            return true;
        }
        if self.seen.as_ref() == Some(&bytes) || is_last {
            // Emptied, and nothing written: there is nothing to keep.
            if bytes.is_empty() || keep(self, bytes.clone()).is_ok() {
                return true;
            }
        }
        self.seen = Some(bytes);
        self.due = Instant::now() + STILL;
        is_last
    }
}

/// All of them.
#[derive(Default)]
pub(super) struct Leftovers {
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    files: Vec<Leftover>,
    /// Somebody waits for them already.
    is_watched: bool,
}

impl Leftovers {
    /// Whether somebody has to wait for it from now on, by [`Leftovers::next`].
    pub fn add(&self, one: Leftover) -> bool {
        let mut list = self.list();
        list.files.push(one);
        !std::mem::replace(&mut list.is_watched, true)
    }

    /// When to look; `None`: nothing is left, and nobody waits any more.
    pub fn next(&self) -> Option<Instant> {
        let mut list = self.list();
        let next = list.files.iter().map(|one| one.due).min();
        list.is_watched = next.is_some();
        next
    }

    /// Looks at those whose time has come.
    pub fn look(&self, keep: impl Fn(&Leftover, Vec<u8>) -> Result<()>) {
        let now = Instant::now();
        self.list().files.retain_mut(|one| one.due > now || !one.look(&keep));
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
