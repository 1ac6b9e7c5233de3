//! The published copy of an artifact's file: its bytes, less what must stay secret.

use crate::catalog::Index;
use crate::error::Result;
use crate::model::base64;
use crate::site::Site;
use crate::site::data::redact;

/// What is published of a file.
pub(in crate::site) struct Raw {
    pub bytes: Vec<u8>,
    /// Secret values were masked.
    pub redacted: bool,
}

/// Bytes that are no text are published as text that says them: a host might serve them as
/// something active.
pub(in crate::site) fn bytes(site: &Site<'_>, at: Index, file: usize) -> Result<Raw> {
    let artifact = &site.catalog.artifacts[at];
    let file = &artifact.files[file];
    let bytes = site.contents.read(artifact, file)?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let text = base64::encode(error.as_bytes());
            return Ok(Raw { bytes: text.into_bytes(), redacted: false });
        }
    };
    let masked = redact::file(&file.path, &text);
    let redacted = masked.is_some();
    Ok(Raw { bytes: masked.unwrap_or(text).into_bytes(), redacted })
}
