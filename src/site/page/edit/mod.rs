//! The forms that change the catalog: pages of a server that may be edited, each made from the
//! catalog and from what its address asks for.

mod moving;

use serde::Serialize;

use super::groups;
use crate::catalog::ResolvedCollection;
use crate::error::Result;
use crate::site::Site;

/// What the address of a form says after its question mark, decoded.
pub struct Asked<'a> {
    pub fields: &'a [(String, String)],
}

impl<'a> Asked<'a> {
    fn one(&self, name: &str) -> Option<&'a str> {
        self.all(name).next()
    }

    fn all<'b>(&self, name: &'b str) -> impl Iterator<Item = &'a str> + use<'a, 'b> {
        let fields = self.fields.iter().filter(move |(key, _)| key == name);
        fields.map(|(_, value)| value.as_str())
    }

    /// The collection that it names, and its place.
    fn collection<'s>(&self, site: &Site<'s>) -> Option<(usize, &'s ResolvedCollection)> {
        let slug = self.one("collection")?;
        let mut all = site.catalog.collections.iter().enumerate();
        all.find(|(_, one)| one.definition.slug == slug)
    }
}

/// What every form brings with it, unseen.
#[derive(Serialize)]
struct Hidden {
    action: &'static str,
    /// `path=hash` of each file that it may change.
    seen: Vec<String>,
    /// Where to go on, below the site.
    next: String,
}

impl Hidden {
    fn new(site: &Site<'_>, at: usize, action: &'static str) -> Self {
        let seen = groups::seen(site, at).into_iter();
        let seen = seen.map(|(path, hash)| format!("{path}={}", hash.unwrap_or_default()));
        Self { action, seen: seen.collect(), next: site.routes.groups_url(at) }
    }
}

/// The form of that name; `None` where there is none, or nothing that it asks for.
pub fn render(site: &Site<'_>, name: &str, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    match name {
        "move" => moving::artifacts(site, asked),
        "move-group" => moving::group(site, asked),
        _ => Ok(None),
    }
}
