//! What a SkillMeat 0.9 server answers (`api/schemas`), as far as a catalog needs it. What is not
//! named here is passed over; what is missing and needed makes the answer unusable.

use serde::Deserialize;

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) page_info: PageInfo,
}

#[derive(Deserialize)]
pub(super) struct PageInfo {
    pub(super) has_next_page: bool,
    pub(super) end_cursor: Option<String>,
}

/// One of `/artifacts`.
#[derive(Deserialize)]
pub(super) struct Artifact {
    /// `type:name`.
    pub(super) id: String,
    pub(super) uuid: Option<String>,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) word: String,
    /// Where it came from: `local`, an address, `user/repo/path`.
    pub(super) source: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) version: Option<String>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) metadata: Option<Metadata>,
    pub(super) upstream: Option<Upstream>,
    pub(super) updated: Option<String>,
}

#[derive(Deserialize, Default)]
pub(super) struct Metadata {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) author: Option<String>,
    pub(super) license: Option<String>,
    pub(super) version: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Upstream {
    pub(super) current_sha: Option<String>,
}

/// `/artifacts/{id}/files`.
#[derive(Deserialize)]
pub(super) struct Files {
    pub(super) collection_name: Option<String>,
    pub(super) files: Vec<Node>,
}

/// A file, or a folder with what is in it.
#[derive(Deserialize)]
pub(super) struct Node {
    /// Below the artifact.
    pub(super) path: String,
    #[serde(rename = "type")]
    pub(super) what: String,
    /// In bytes, of a file.
    pub(super) size: Option<u64>,
    pub(super) children: Option<Vec<Node>>,
}

/// `/artifacts/{id}/files/{path}`.
#[derive(Deserialize)]
pub(super) struct Content {
    pub(super) content: String,
    /// Of the file on the server, in bytes.
    pub(super) size: u64,
}

/// One of `/user-collections`.
#[derive(Deserialize)]
pub(super) struct Collection {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
}

/// One of `/user-collections/{id}/artifacts`.
#[derive(Deserialize)]
pub(super) struct Held {
    /// `type:name`.
    pub(super) id: String,
}

/// `/groups?collection_id=`.
#[derive(Deserialize)]
pub(super) struct Groups {
    pub(super) groups: Vec<Group>,
}

/// One of them, or `/groups/{id}` with its members.
#[derive(Deserialize)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) color: Option<String>,
    pub(super) icon: Option<String>,
    #[serde(default)]
    pub(super) position: i64,
    #[serde(default)]
    pub(super) artifacts: Vec<Grouped>,
}

#[derive(Deserialize)]
pub(super) struct Grouped {
    pub(super) artifact_uuid: Option<String>,
    /// `type:name`; absent in some answers.
    pub(super) artifact_id: Option<String>,
    #[serde(default)]
    pub(super) position: i64,
}
