//! What a person wants to have changed, in words of the catalog.
//!
//! Which files that takes, and which lines of them, is worked out elsewhere.

use std::collections::BTreeMap;

use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;

/// One wish. Collections and groups are named by their slugs: the names of folder and file.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Without a slug it is made from the title.
    CreateCollection {
        slug: Option<String>,
        about: About,
        members: Vec<ArtifactId>,
    },
    EditCollection {
        collection: String,
        about: About,
    },
    /// Among the others; last without `before`.
    PlaceCollection {
        collection: String,
        before: Option<String>,
    },
    /// Its files go; the artifacts stay where they are.
    DeleteCollection {
        collection: String,
    },
    CreateGroup {
        collection: String,
        slug: Option<String>,
        about: About,
        members: Vec<ArtifactId>,
    },
    EditGroup {
        collection: String,
        group: String,
        about: About,
    },
    /// Among the groups of its collection; last without `before`.
    PlaceGroup {
        collection: String,
        group: String,
        before: Option<String>,
    },
    DeleteGroup {
        collection: String,
        group: String,
    },
    /// They become members of the collection, too, where they are not.
    AddToGroup {
        collection: String,
        group: String,
        ids: Vec<ArtifactId>,
        at: Position,
    },
    /// From one group into another, or to another place of the same; `from` is `None` for what no
    /// group holds.
    MoveToGroup {
        collection: String,
        from: Option<String>,
        group: String,
        ids: Vec<ArtifactId>,
        at: Position,
    },
    /// They stay in the collection.
    RemoveFromGroup {
        collection: String,
        group: String,
        ids: Vec<ArtifactId>,
    },
    AddToCollection {
        collection: String,
        ids: Vec<ArtifactId>,
    },
    /// Out of its groups, too.
    RemoveFromCollection {
        collection: String,
        ids: Vec<ArtifactId>,
    },
}

impl Change {
    /// The collection and the group it is about; none for a collection that is yet to be made.
    pub(super) fn subject(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Change::CreateCollection { .. } => (None, None),
            Change::EditCollection { collection, .. }
            | Change::PlaceCollection { collection, .. }
            | Change::DeleteCollection { collection }
            | Change::CreateGroup { collection, .. }
            | Change::AddToCollection { collection, .. }
            | Change::RemoveFromCollection { collection, .. } => (Some(collection), None),
            Change::EditGroup { collection, group, .. }
            | Change::PlaceGroup { collection, group, .. }
            | Change::DeleteGroup { collection, group }
            | Change::AddToGroup { collection, group, .. }
            | Change::MoveToGroup { collection, group, .. }
            | Change::RemoveFromGroup { collection, group, .. } => (Some(collection), Some(group)),
        }
    }
}

/// What a collection or group says of itself. Each text: `None` stays as it is, `Some(None)` is taken
/// away, `Some(Some(text))` is set. A group has no owner, a collection neither icon nor colour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub title: Option<Option<String>>,
    pub description: Option<Option<String>>,
    pub owner: Option<Option<String>>,
    pub icon: Option<Option<String>>,
    pub color: Option<Option<String>>,
}

/// Where in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Position {
    First,
    Before(ArtifactId),
    After(ArtifactId),
    /// Where a member without a rank stands: after those with one, by id.
    #[default]
    Unranked,
    /// After all that are there now.
    Last,
}

/// What somebody saw who asks for a change: each file by its path below the catalog, with the hash of
/// its bytes, or `None` where there was none.
pub type Seen = BTreeMap<String, Option<ContentHash>>;
