//! A sign that a file is open, which goes when its process does: who comes can tell whether it is
//! the first.

use std::fs;
use std::path::Path;

/// One of those who have a file open; held until dropped.
pub struct Presence(fs::File);

impl Presence {
    /// Takes part while nobody else does; whoever comes waits until [`Presence::with_others`].
    /// `None` when somebody is there already, or where that cannot be told.
    pub fn alone(sign: &Path) -> Option<Self> {
        let file = open(sign)?;
        file.try_lock().ok()?;
        Some(Self(file))
    }

    /// Lets others in.
    pub fn with_others(self) -> Option<Self> {
        // Not every system turns one lock into the other.
        self.0.unlock().ok()?;
        self.0.lock_shared().ok()?;
        Some(self)
    }

    /// Takes part, once whoever is alone lets others in. `None` where that cannot be.
    pub fn among_others(sign: &Path) -> Option<Self> {
        let file = open(sign)?;
        file.lock_shared().ok()?;
        Some(Self(file))
    }
}

fn open(sign: &Path) -> Option<fs::File> {
    let mut options = fs::File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(sign).ok()
}
