//! What builds call their own things in the output directory, of a whole site and of each part.
//!
//! A directory holds a whole site, or parts of one division of it: these may be built into one
//! directory, or each into its own and be copied together. So that none is lost then, each part has
//! a list of its own.

use std::collections::BTreeSet;
use std::path::Path;

use super::manifest::STAGED;
use crate::disk::{self, Kind};
use crate::error::Result;
use crate::site::shard::Shard;

/// A site as a whole, or one part of it.
pub type Extent = Option<Shard>;

const MANIFEST: &str = ".skillmeat-manifest";
const JSON: &str = ".json";
const STAGING: &str = ".skillmeat-new";
/// With what all of them begin, and no file of a site does.
const OURS: &str = ".skillmeat-";

/// The list of what was written.
pub fn manifest(extent: Extent) -> String {
    format!("{MANIFEST}{}{JSON}", suffix(extent))
}

/// The folder of what is written before it is all there.
pub fn staging(extent: Extent) -> String {
    format!("{STAGING}{}", suffix(extent))
}

fn suffix(extent: Extent) -> String {
    extent.map_or_else(String::new, |shard| format!("-{}", shard.label()))
}

/// Whether a path below the directory is one that only builds have.
pub fn is_taken(path: &str) -> bool {
    path.to_lowercase().starts_with(OURS)
}

/// Of which a list, or what a crash left of one, may be there.
pub fn found(out: &Path) -> Result<BTreeSet<Extent>> {
    if disk::kind(out)?.is_none() {
        return Ok(BTreeSet::new());
    }
    let names = disk::list_names(out)?;
    Ok(names.iter().filter_map(|name| extent(name.to_str()?)).collect())
}

fn extent(name: &str) -> Option<Extent> {
    let manifest = name.strip_prefix(MANIFEST).and_then(|rest| rest.strip_suffix(JSON));
    match manifest.or_else(|| name.strip_prefix(STAGING))? {
        "" => Some(None),
        label => Shard::from_label(label.strip_prefix('-')?).map(Some),
    }
}

/// Whether a directory is empty, or has a list of ours, also one that a crash left behind.
pub fn is_ours(out: &Path) -> Result<bool> {
    let mut is_listed = false;
    let found = found(out)?;
    for extent in &found {
        let staging = out.join(staging(*extent));
        if !matches!(disk::kind(&staging)?, None | Some(Kind::Dir)) {
            return Ok(false);
        }
        is_listed |= disk::kind(&out.join(manifest(*extent)))? == Some(Kind::File)
            || disk::kind(&staging.join(STAGED))? == Some(Kind::File);
    }
    let stagings: BTreeSet<String> = found.into_iter().map(staging).collect();
    let is_staging =
        |name: &std::ffi::OsString| name.to_str().is_some_and(|n| stagings.contains(n));
    Ok(is_listed || disk::list_names(out)?.iter().all(is_staging))
}
