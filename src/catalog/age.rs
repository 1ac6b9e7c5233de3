//! How old the data of a catalog's sources is. Folders of its own repository have no age.

use jiff::Timestamp;

use super::{Catalog, SourceState};
use crate::model::age::{Age, Limits};

impl SourceState {
    /// `None` for a folder of the catalog's own repository.
    pub fn age(&self, now: Timestamp, limits: &Limits) -> Option<Age> {
        (!self.inside).then(|| Age::of(self.synced_at, now, limits))
    }
}

impl Catalog {
    /// That of the oldest source.
    pub fn age(&self, now: Timestamp, limits: &Limits) -> Age {
        let ages = self.sources.iter().filter_map(|source| source.age(now, limits));
        ages.max().unwrap_or(Age::Current)
    }

    /// When the source that was synced longest ago was; `None` when one never was, or when all are
    /// folders of the catalog's own.
    pub fn last_sync(&self) -> Option<Timestamp> {
        let elsewhere = self.sources.iter().filter(|source| !source.inside);
        elsewhere.map(|source| source.synced_at).min().flatten()
    }
}
