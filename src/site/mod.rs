//! The site: a catalog to files, each a pure function of (catalog, theme, options).
//!
//! `build` renders all of them in parallel, `serve` the one that is asked for; one code path.

pub mod page;
pub mod theme;
pub mod write;

use crate::catalog::Catalog;
use crate::catalog::contents::Contents;
use crate::error::Result;
use theme::Theme;

/// What a site is made from.
pub struct Site<'a> {
    pub catalog: &'a Catalog,
    pub contents: &'a dyn Contents,
    pub theme: &'a Theme,
    pub options: &'a Options,
}

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Absolute address of the site with a final `/`, where it is known.
    pub base_url: Option<String>,
    /// Rendered by `serve`: pages listen for changes.
    pub live: bool,
}

/// One file of the site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Output {
    /// Below the output directory: `collections/x/index.html`.
    pub path: String,
    pub page: page::Page,
}

impl Site<'_> {
    /// Every file of the site, sorted by path, each path once, also without regard to case.
    pub fn outputs(&self) -> Vec<Output> {
        Vec::new()
    }

    /// The bytes of one file.
    pub fn render(&self, _output: &Output) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }
}
