//! Relative paths inside a source's tree, as text: `/` between names, no `.`, no `..`, never
//! absolute. They are not paths of this machine; `disk` turns them into such.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A path below the root of a tree; the empty path is the root.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RelPath(String);

impl RelPath {
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads a path as it stands in a manifest or a listing: `./a//b/` is `a/b`.
    /// `None` when it is absolute or leaves the root.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |name: &str| !matches!(name, "" | "." | "..") && !name.contains('\0');
        // Nearly all are: what a listing gives need not be put together again.
        if text.split('/').all(is_plain) {
            Some(Self(text.to_owned()))
        } else {
            Self::root().resolve(text)
        }
    }

    /// The path that `text`, taken relative to this directory, names; resolved as text alone.
    pub fn resolve(&self, text: &str) -> Option<Self> {
        if text.starts_with('/') || text.contains('\0') {
            return None;
        }
        let mut names: Vec<&str> = self.names().collect();
        for name in text.split('/') {
            match name {
                "" | "." => {}
                ".." => {
                    names.pop()?;
                }
                name => names.push(name),
            }
        }
        Some(Self(names.join("/")))
    }

    pub fn join(&self, name: &str) -> Self {
        if self.0.is_empty() { Self(name.to_owned()) } else { Self(format!("{}/{name}", self.0)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|name| !name.is_empty())
    }

    /// The last name; empty for the root.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The directory that holds it; the root for the root.
    pub fn parent(&self) -> Self {
        Self(self.0.rsplit_once('/').map_or_else(String::new, |(dir, _)| dir.to_owned()))
    }

    /// The part below `dir`, when it is `dir` itself or lies under it.
    pub fn below(&self, dir: &RelPath) -> Option<&str> {
        if dir.is_root() {
            return Some(&self.0);
        }
        let rest = self.0.strip_prefix(dir.as_str())?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Borrow<str> for RelPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_normalised_and_cannot_leave_the_root() {
        assert_eq!(RelPath::parse("./a//b/").map(|p| p.to_string()), Some("a/b".into()));
        assert_eq!(RelPath::parse("a/../../b"), None);
        assert_eq!(RelPath::parse("/etc"), None);
        let dir = RelPath::parse("a/b").unwrap();
        assert_eq!(dir.resolve("../c"), RelPath::parse("a/c"));
        assert_eq!(dir.join("x").below(&dir), Some("x"));
        assert_eq!(RelPath::parse("a/bc").unwrap().below(&dir), None);
    }
}
