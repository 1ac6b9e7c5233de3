//! Collections and groups as their YAML files say them; which artifacts they hold is worked out by
//! `catalog`.

use super::id::{ArtifactId, Kind};
use crate::error::Place;

/// `collections/<slug>/collection.yaml` with the files of its groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// The folder's name.
    pub slug: String,
    /// The file, relative to the catalog.
    pub file: String,
    pub title: String,
    pub description: String,
    pub owner: Option<String>,
    /// Lower comes first; equal orders are sorted by slug.
    pub order: i64,
    pub include: Vec<Selector>,
    pub exclude: Vec<Rule>,
    pub pins: Vec<Pinned>,
    pub views: Vec<View>,
    /// Sorted by order, then slug.
    pub groups: Vec<Group>,
}

/// `collections/<collection>/groups/<slug>.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub slug: String,
    pub file: String,
    pub title: String,
    pub description: String,
    pub icon: Option<String>,
    /// A name of the palette, a class on the page.
    pub color: Option<String>,
    pub order: i64,
    pub include: Vec<Selector>,
    pub members: Vec<Member>,
    pub exclude: Vec<Rule>,
}

/// An artifact named in a group; members without a rank follow those with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub id: ArtifactId,
    pub rank: Option<i64>,
    pub place: Place,
}

/// An artifact that a collection names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    pub id: ArtifactId,
    /// A commit to hold it at.
    pub at: Option<String>,
    pub note: Option<String>,
    pub place: Place,
}

/// One item of `include`: all that is named must hold, one of the values of each is enough.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    pub source: Vec<String>,
    pub kind: Vec<Kind>,
    pub tag: Vec<String>,
    /// Globs over the artifact's path.
    pub path: Vec<String>,
    /// Globs over the name, with and without its plugin.
    pub name: Vec<String>,
    pub plugin: Vec<String>,
    pub category: Vec<String>,
    pub place: Option<Place>,
}

impl Selector {
    /// What it names, as its YAML does: each key with its values, in the order they are written in.
    pub fn named(&self) -> Vec<(&'static str, Vec<String>)> {
        let kinds = self.kind.iter().map(ToString::to_string).collect();
        let all = [
            ("source", self.source.clone()),
            ("kind", kinds),
            ("tag", self.tag.clone()),
            ("path", self.path.clone()),
            ("name", self.name.clone()),
            ("plugin", self.plugin.clone()),
            ("category", self.category.clone()),
        ];
        all.into_iter().filter(|(_, values)| !values.is_empty()).collect()
    }
}

/// One item of `exclude`: an id or a selector.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    Id(ArtifactId, Place),
    Matching(Selector),
}

/// A saved filter that becomes a page.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub slug: String,
    pub title: String,
    pub include: Vec<Selector>,
}
