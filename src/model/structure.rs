//! How a source itself arranges its artifacts: collections with groups, in its order.
//!
//! Only sources that were catalogs before have one: a SkillMeat server, its store, another site.

use super::id::Kind;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// In the source's order.
    pub collections: Vec<Shelf>,
}

/// A collection of the source's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    /// What the source calls it whatever its title: an id, a folder's name. Unique in the source.
    pub key: String,
    pub title: String,
    pub description: String,
    pub members: Vec<Member>,
    /// In the source's order; an empty one is kept.
    pub groups: Vec<Section>,
}

/// A group of a collection of the source's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// As [`Shelf::key`]; unique in the source.
    pub key: String,
    pub title: String,
    pub description: String,
    pub icon: Option<String>,
    /// As the source names it; colours that the format does not know are dropped by whoever writes.
    pub color: Option<String>,
    /// In the source's order.
    pub members: Vec<Member>,
}

/// An artifact by the name it has in the source, so that `source/kind/name` is its id here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    pub kind: Kind,
    pub name: String,
}

impl std::fmt::Display for Member {
    /// `kind:name`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.kind.word(), self.name)
    }
}

impl std::str::FromStr for Member {
    type Err = String;

    /// As [`Member`] is shown.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((kind, name)) if !name.is_empty() => {
                Ok(Self { kind: kind.parse()?, name: name.to_owned() })
            }
            _ => Err(format!("`{text}` is not `kind:name`")),
        }
    }
}
