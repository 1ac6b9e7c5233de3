//! The store of SkillMeat 0.9 on disk (`~/.skillmeat/collections`) to a tree and its structure.

use std::path::Path;

use super::filter::Filter;
use super::listing::Listing;
use super::tree::Tree;
use crate::error::{Problem, Result};
use crate::model::structure::Structure;

/// A store at one moment.
pub struct Opened {
    pub tree: Tree,
    pub structure: Structure,
    pub listing: Listing,
    pub problems: Vec<Problem>,
}

/// The collections below `root` that the filter takes.
pub fn open(_root: &Path, _filter: &Filter) -> Result<Opened> {
    Err(Problem::error("SM106", "this version cannot read a SkillMeat store yet").into())
}
