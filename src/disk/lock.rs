//! A lock between processes, on a file that says who holds it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::error::{Error, Result};

/// How often a lock that another process holds is tried. A wait inside the system would not end
/// when a person asks for it.
const LOOK_EVERY: Duration = Duration::from_millis(20);

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
        Self::acquire_while(path, on_wait, || Ok(()))
    }

    /// As [`FileLock::acquire`], and gives up waiting as soon as `go_on` fails.
    pub fn acquire_while(
        path: &Path,
        on_wait: impl FnOnce(&str),
        go_on: impl Fn() -> Result<()>,
    ) -> Result<Self> {
        let fail = |cause: std::io::Error| Error::io("lock", path, &cause);
        if let Some(dir) = path.parent() {
            super::make_private_dir(dir)?;
        }
        let mut options = fs::File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(fail)?;
        let mut on_wait = Some(on_wait);
        while let Err(cause) = file.try_lock() {
            if let fs::TryLockError::Error(cause) = cause {
                return Err(fail(cause));
            }
            if let Some(on_wait) = on_wait.take() {
                on_wait(fs::read_to_string(path).unwrap_or_default().trim());
            }
            go_on()?;
            thread::sleep(LOOK_EVERY);
        }
        file.set_len(0).map_err(fail)?;
        write!(file, "process {}", std::process::id()).map_err(fail)?;
        Ok(Self(file))
    }
}
