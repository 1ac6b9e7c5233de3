//! The kinds of files a site has, and what each shows.

/// Which page a file is; small, the data stays in the catalog.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    Home,
}
