//! Lists that come in pages: whether there is another page, and that the list has an end.

use std::collections::BTreeSet;

use crate::error::{Problem, Result};
use crate::words;

use super::url::shown;

/// More pages than any list of artifacts has.
const PAGES_MAX: usize = 1_000;

/// The way through one list.
pub struct Pages {
    /// The list's address, for messages.
    url: String,
    seen: BTreeSet<String>,
    n_pages: usize,
}

impl Pages {
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), seen: BTreeSet::new(), n_pages: 0 }
    }

    /// Goes on to the page with this cursor, or number. One seen before, and a list without end, are
    /// `SM451`: half of a list must not stand for all of it.
    pub fn enter(&mut self, cursor: &str) -> Result<()> {
        self.n_pages += 1;
        if self.n_pages > PAGES_MAX {
            return Err(self.endless(&format!("has more than {PAGES_MAX} pages")));
        }
        if !self.seen.insert(cursor.to_owned()) {
            let cursor = words::visible(&cursor.chars().take(60).collect::<String>());
            return Err(self.endless(&format!("leads in a circle: the page `{cursor}` came twice")));
        }
        Ok(())
    }

    fn endless(&self, why: &str) -> crate::error::Error {
        Problem::error("SM451", format!("the list at `{}` {why}", shown(&self.url)))
            .help("nothing of it is taken; tell whoever runs the server")
            .into()
    }
}
