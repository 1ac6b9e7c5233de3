//! Where artifacts come from, as the configuration says it.

use super::hash::ContentHash;
use crate::error::Place;

/// One entry of `sources` in `skillmeat.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The key: the first part of every id from here. `[A-Za-z0-9._-]`.
    pub name: String,
    pub address: Address,
    /// Globs over paths in the source; an empty list takes everything.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// Given to every artifact of the source.
    pub tags: Vec<String>,
    /// Where the entry stands.
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// As written: absolute, `~/…`, or relative to the catalog.
    Path(String),
    Git {
        url: String,
        /// Branch or tag; the remote's default branch when absent.
        reference: Option<String>,
    },
}

impl Source {
    /// What the cache keys this source's rows by: the same folder or repository, read through the
    /// same filters, is the same source in every catalog of a user. `root` is the absolute path of
    /// a path source, which the caller resolves.
    pub fn identity(&self, root: Option<&str>) -> String {
        let mut text = match &self.address {
            Address::Path(path) => format!("path\n{}", root.unwrap_or(path)),
            Address::Git { url, reference } => {
                format!("git\n{url}\n{}", reference.as_deref().unwrap_or("HEAD"))
            }
        };
        for (sign, globs) in [('+', &self.include), ('-', &self.exclude)] {
            for glob in globs {
                text.push('\n');
                text.push(sign);
                text.push_str(glob);
            }
        }
        ContentHash::of(text.as_bytes()).short(32)
    }
}
