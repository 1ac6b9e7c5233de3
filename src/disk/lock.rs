//! A lock between processes, on a file that says who holds it.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// A lock between processes: held until dropped, freed by the system when its holder dies.
pub struct FileLock(#[expect(dead_code, reason = "held, not read")] fs::File);

impl FileLock {
    /// Whether somebody has it now; who cannot tell says no.
    pub fn is_held(path: &Path) -> bool {
        let file = fs::File::open(path);
        file.is_ok_and(|file| matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)))
    }

    /// Takes the lock; when another process has it, says who and waits.
    pub fn acquire(path: &Path, on_wait: impl FnOnce(&str)) -> Result<Self> {
        let fail = |cause: std::io::Error| Error::io("lock", path, &cause);
        if let Some(dir) = path.parent() {
            super::make_private_dir(dir)?;
        }
        let mut options = fs::File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(fail)?;
        if let Err(cause) = file.try_lock() {
            if let fs::TryLockError::Error(cause) = cause {
                return Err(fail(cause));
            }
            on_wait(fs::read_to_string(path).unwrap_or_default().trim());
            file.lock().map_err(fail)?;
        }
        file.set_len(0).map_err(fail)?;
        write!(file, "process {}", std::process::id()).map_err(fail)?;
        Ok(Self(file))
    }
}
