//! What the file system says of a file without its bytes being read.

use std::fs::Metadata;
use std::path::Path;

/// What differs once a file's bytes were changed in any way that the file system tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    /// In bytes.
    pub size: u64,
    pub inode: u64,
    /// When its bytes changed, in nanoseconds since 1970; can be set to anything by anybody.
    pub modified_ns: i64,
    /// When its bytes, mode or names changed; set by the system alone.
    pub changed_ns: i64,
}

/// Times beyond what 64 bits hold count as the last or first of these. `None` where the system keeps
/// no time of change that programs cannot set. The device is left out: that of a network or
/// container file system has another number after each start.
#[cfg(unix)]
pub fn state(meta: &Metadata) -> Option<FileState> {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds =
        |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Some(FileState {
        size: meta.size(),
        inode: meta.ino(),
        modified_ns: nanoseconds(meta.mtime(), meta.mtime_nsec()),
        changed_ns: nanoseconds(meta.ctime(), meta.ctime_nsec()),
    })
}

/// Of a plain file; nothing where none is.
pub fn file_state(path: &Path) -> Option<FileState> {
    let meta = std::fs::symlink_metadata(path).ok()?;
    if meta.is_file() { state(&meta) } else { None }
}

#[cfg(not(unix))]
pub fn state(_: &Metadata) -> Option<FileState> {
    None
}
