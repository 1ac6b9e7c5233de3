//! The published copy of an artifact's file: its bytes, less what must stay secret.

use crate::catalog::Index;
use crate::error::Result;
use crate::site::Site;
use crate::site::data::redact;
use crate::words;

/// What is published of a file.
pub(in crate::site) struct Raw {
    pub bytes: Vec<u8>,
    /// Secret values were masked.
    pub redacted: bool,
}

/// Bytes that are no text are only described: a host might serve them as something active.
pub(in crate::site) fn bytes(site: &Site<'_>, at: Index, file: usize) -> Result<Raw> {
    let artifact = &site.catalog.artifacts[at];
    let file = &artifact.files[file];
    let bytes = site.contents.read(artifact, file)?;
    let Ok(text) = String::from_utf8(bytes) else {
        let note = format!("Not text: {}, {}\n", words::bytes(file.size), file.hash);
        return Ok(Raw { bytes: note.into_bytes(), redacted: false });
    };
    let masked = redact::file(&file.path, &text);
    let redacted = masked.is_some();
    Ok(Raw { bytes: masked.unwrap_or(text).into_bytes(), redacted })
}
