//! The bytes behind a catalog's artifacts, read when a page needs them.

use crate::error::Result;
use crate::model::artifact::{Artifact, File};

/// Reads files of artifacts; shared between the threads that render.
pub trait Contents: Send + Sync {
    /// The bytes whose hash `file` names. What has other bytes by now, or is gone, is an error.
    fn read(&self, artifact: &Artifact, file: &File) -> Result<Vec<u8>>;
}
