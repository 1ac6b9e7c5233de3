//! Contents of earlier commits, by the ids of their objects: what the clone lacks of them comes in
//! one go. A remote that cannot be asked leaves them absent; only the difference is lost with them.

use std::collections::{BTreeMap, BTreeSet};

use super::address::check;
use super::blobs::Objects;
use super::command::Git;
use super::listing::sizes;
use super::{Clone, Request, parts};
use crate::error::Result;

/// Some contents of a clone.
pub struct Past {
    objects: Objects,
    sizes: BTreeMap<String, u64>,
    /// Nothing is missing but what the remote itself does not have.
    pub is_whole: bool,
}

/// The contents with these ids; with `may_ask` those that are not here are fetched.
pub fn past(git: &Git, request: &Request, ids: &BTreeSet<&str>, may_ask: bool) -> Result<Past> {
    let mut past = Past {
        objects: Objects::new(git, request.dir, BTreeMap::new()),
        sizes: sizes(git, request.dir, ids)?,
        is_whole: true,
    };
    let lacking = |past: &Past| -> BTreeSet<String> {
        let lacking = ids.iter().filter(|id| !past.sizes.contains_key(**id));
        lacking.map(|id| (*id).to_owned()).collect()
    };
    let missing = lacking(&past);
    if missing.is_empty() {
        return Ok(past);
    }
    past.is_whole = false;
    let address = check(request.url)?;
    let is_in_parts = address.is_local && parts::is_marked(request.dir);
    let address = if is_in_parts { address.in_parts() } else { address };
    if may_ask && !address.is_local {
        let clone = Clone { git, address: &address, dir: request.dir, is_new: false };
        let mut absent = BTreeSet::new();
        match clone.fetch_blobs(missing, &mut absent) {
            Ok(_) => {
                past.sizes = sizes(git, request.dir, ids)?;
                past.is_whole = lacking(&past).is_subset(&absent);
            }
            Err(error) if error.is_stop() => return Err(error),
            Err(_) => {}
        }
    }
    Ok(past)
}

/// What there is of one content.
pub enum Content {
    Bytes(Vec<u8>),
    TooLarge,
    Absent,
}

impl Past {
    /// The bytes, up to `max` of them.
    pub fn read(&self, id: &str, max: usize) -> Result<Content> {
        match self.sizes.get(id) {
            None => Ok(Content::Absent),
            Some(size) if *size > max as u64 => Ok(Content::TooLarge),
            Some(_) => self.objects.bytes(id).map(Content::Bytes),
        }
    }
}
