//! The published copy of an artifact's file: its bytes, less what must stay secret.

use crate::catalog::Index;
use crate::error::Result;
use crate::format::redact;
use crate::model::base64;
use crate::site::Site;

/// What is published of a file.
pub(in crate::site) struct Raw {
    pub bytes: Vec<u8>,
    /// Secret values were masked.
    pub redacted: bool,
}

/// Bytes that are no text are published as text that says them: a host might serve them as
/// something active.
pub(in crate::site) fn bytes(site: &Site<'_>, at: Index, file: usize) -> Result<Raw> {
    let mut raw = whole(site, at, file)?;
    if std::str::from_utf8(&raw.bytes).is_err() {
        raw.bytes = base64::encode(&raw.bytes).into_bytes();
    }
    Ok(raw)
}

/// The same, but bytes that are no text stay as they are.
pub(super) fn whole(site: &Site<'_>, at: Index, file: usize) -> Result<Raw> {
    let artifact = &site.catalog.artifacts[at];
    let file = &artifact.files[file];
    let bytes = site.contents.read(artifact, file)?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Ok(Raw { bytes: error.into_bytes(), redacted: false }),
    };
    let masked = redact::file(&file.path, &text);
    let redacted = masked.is_some();
    Ok(Raw { bytes: masked.unwrap_or(text).into_bytes(), redacted })
}
