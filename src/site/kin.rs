//! Which artifacts have the same bytes or the same name, worked out once for a catalog.

use std::collections::HashMap;

use crate::catalog::{Catalog, Index};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::id::Kind;
use crate::model::shared::Shared;

/// Artifacts by what they share, each list in the order of ids.
pub struct Kin {
    bytes: HashMap<ContentHash, Vec<Index>>,
    names: Shared<HashMap<(Kind, String), Vec<Index>>>,
}

impl Kin {
    pub fn new(catalog: &Catalog) -> Self {
        let mut names: HashMap<_, Vec<Index>> = HashMap::new();
        for (at, artifact) in catalog.artifacts.iter().enumerate() {
            let name = artifact.id.short_name().to_lowercase();
            names.entry((artifact.id.kind, name)).or_default().push(at);
        }
        Self { bytes: bytes(catalog), names: names.into() }
    }

    /// Of a catalog with the same ids.
    pub fn again(&self, catalog: &Catalog) -> Self {
        Self { bytes: bytes(catalog), names: self.names.clone() }
    }

    /// Those with exactly these files, the artifact itself among them.
    pub fn same_bytes(&self, artifact: &Artifact) -> &[Index] {
        self.bytes.get(&artifact.hash).map_or(&[], Vec::as_slice)
    }

    /// Those of a kind that bear a name, without the plugin's, in whatever case.
    pub fn same_name(&self, kind: Kind, name: &str) -> &[Index] {
        self.names.get(&(kind, name.to_lowercase())).map_or(&[], Vec::as_slice)
    }
}

fn bytes(catalog: &Catalog) -> HashMap<ContentHash, Vec<Index>> {
    let mut bytes: HashMap<ContentHash, Vec<Index>> = HashMap::new();
    for (at, artifact) in catalog.artifacts.iter().enumerate() {
        // All that have no files have the same hash.
        if !artifact.files.is_empty() {
            bytes.entry(artifact.hash).or_default().push(at);
        }
    }
    bytes
}
