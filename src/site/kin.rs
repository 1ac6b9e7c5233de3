//! Which artifacts have the same bytes or the same name, worked out once for a catalog.

use std::collections::HashMap;

use crate::catalog::{Catalog, Index};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::id::Kind;

/// Artifacts by what they share, each list in the order of ids.
pub struct Kin {
    bytes: HashMap<ContentHash, Vec<Index>>,
    names: HashMap<(Kind, String), Vec<Index>>,
}

impl Kin {
    pub fn new(catalog: &Catalog) -> Self {
        let mut kin = Self { bytes: HashMap::new(), names: HashMap::new() };
        for (at, artifact) in catalog.artifacts.iter().enumerate() {
            // All that have no files have the same hash.
            if !artifact.files.is_empty() {
                kin.bytes.entry(artifact.hash).or_default().push(at);
            }
            let name = artifact.id.short_name().to_lowercase();
            kin.names.entry((artifact.id.kind, name)).or_default().push(at);
        }
        kin
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
