//! All files of an artifact in one: unpacked beside others of its kind, it is in place.
//!
//! The same files give the same bytes: sorted, with one fixed time, modes by the executable bit.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::super::raw;
use crate::catalog::Index;
use crate::error::{Problem, Result};
use crate::model::path::RelPath;
use crate::model::slug::slug;
use crate::site::Site;

pub(in crate::site::page) fn bytes(site: &Site<'_>, at: Index) -> Result<Vec<u8>> {
    let artifact = &site.catalog.artifacts[at];
    let folder = folder(artifact.id.short_name());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (place, file) in artifact.files.iter().enumerate() {
        // Nothing that is unpacked may lead out of its folder.
        let Some(path) = RelPath::parse(&file.path).filter(|path| !path.as_str().contains('\\'))
        else {
            continue;
        };
        let bytes = raw::whole(site, at, place)?.bytes;
        let written = writer
            .start_file(format!("{folder}/{path}"), options(file.executable))
            .and_then(|()| Ok(writer.write_all(&bytes)?));
        written.map_err(|error| failed(&artifact.id.to_string(), &error))?;
    }
    let done = writer.finish().map_err(|error| failed(&artifact.id.to_string(), &error))?;
    Ok(done.into_inner())
}

fn options(executable: bool) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(if executable { 0o755 } else { 0o644 })
}

/// The artifact's name where a folder can have it.
fn folder(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let usable = name.bytes().all(plain) && !name.starts_with('.') && !name.ends_with('.');
    if usable && !name.is_empty() { name.to_owned() } else { slug(name) }
}

/// Writing to memory fails only beyond the limits of the format.
fn failed(id: &str, error: &zip::result::ZipError) -> crate::error::Error {
    Problem::error("SM604", format!("the files of `{id}` cannot be packed: {error}")).into()
}
