//! The requests that a SkillMeat 0.9 server is asked, as its own web pages ask them.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::answers::{Artifact, Collection, Content, Files, Group, Groups, Held, Page};
use crate::error::{Error, Problem, Result};
use crate::model::path::RelPath;
use crate::source::FILES_MAX;
use crate::source::http::Client;
use crate::words;

/// More pages than a list can have.
const PAGES_MAX: usize = 1_000;

pub(super) struct Api<'a> {
    client: &'a Client,
    /// Up to and with `/api/v1`.
    base: String,
}

impl<'a> Api<'a> {
    /// `url` as it is configured, with or without the `/api/v1`.
    pub(super) fn new(client: &'a Client, url: &str) -> Self {
        let url = url.trim_end_matches('/');
        let url = url.strip_suffix("/api/v1").unwrap_or(url);
        Self { client, base: format!("{url}/api/v1") }
    }

    pub(super) fn artifacts(&self) -> Result<Vec<Artifact>> {
        self.pages("artifacts?limit=100")
    }

    pub(super) fn files(&self, id: &str) -> Result<Files> {
        self.one(&format!("artifacts/{}/files", encoded(id)))
    }

    pub(super) fn content(&self, id: &str, file: &RelPath) -> Result<Content> {
        let names: Vec<String> = file.names().map(encoded).collect();
        self.one(&format!("artifacts/{}/files/{}", encoded(id), names.join("/")))
    }

    pub(super) fn collections(&self) -> Result<Vec<Collection>> {
        self.pages("user-collections")
    }

    pub(super) fn held(&self, collection: &str) -> Result<Vec<Held>> {
        self.pages(&format!("user-collections/{}/artifacts?limit=100", encoded(collection)))
    }

    /// By their position, without members.
    pub(super) fn groups(&self, collection: &str) -> Result<Vec<Group>> {
        let answer: Groups = self.one(&format!("groups?collection_id={}", encoded(collection)))?;
        let mut groups = answer.groups;
        groups.sort_by_key(|group| group.position);
        Ok(groups)
    }

    /// With its members by their position.
    pub(super) fn group(&self, id: &str) -> Result<Group> {
        let mut group: Group = self.one(&format!("groups/{}", encoded(id)))?;
        group.artifacts.sort_by_key(|artifact| artifact.position);
        Ok(group)
    }

    /// A list to its end. One that has none, or leads in a circle, is refused whole: half of a list
    /// must not stand for all of it.
    fn pages<T: DeserializeOwned>(&self, what: &str) -> Result<Vec<T>> {
        let mut items = Vec::new();
        let mut seen = BTreeSet::new();
        let mut url = what.to_owned();
        loop {
            let page: Page<T> = self.one(&url)?;
            items.extend(page.items);
            if !page.page_info.has_next_page {
                return Ok(items);
            }
            let Some(cursor) = page.page_info.end_cursor else {
                return Err(self.strange(&url, "says that it goes on and not where"));
            };
            if !seen.insert(cursor.clone()) || seen.len() > PAGES_MAX || items.len() > FILES_MAX {
                return Err(self.strange(&url, "is one page of a list that never ends"));
            }
            let sign = if what.contains('?') { '&' } else { '?' };
            url = format!("{what}{sign}after={}", encoded(&cursor));
        }
    }

    fn one<T: DeserializeOwned>(&self, what: &str) -> Result<T> {
        let fetched = self.client.get(&format!("{}/{what}", self.base))?;
        serde_json::from_slice(&fetched.body).map_err(|cause| {
            // Its own words may repeat any part of the answer.
            let why = match cause.classify() {
                serde_json::error::Category::Data => "lacks what a SkillMeat server gives",
                serde_json::error::Category::Eof => "ends before it is whole",
                _ => "is no JSON",
            };
            self.strange(what, why)
        })
    }

    fn strange(&self, what: &str, why: &str) -> Error {
        let url = words::visible(&format!("{}/{what}", self.base));
        Problem::error("SM468", format!("the answer of `{url}` {why}"))
            .help("give the address of a SkillMeat 0.9 server, such as `http://127.0.0.1:8080`")
            .into()
    }
}

/// A part of a path or a value of a query. What the server's own pages leave as it is stays so: the
/// `:` of ids, the `=` that ends a cursor.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:=".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_is_one_part_of_an_address() {
        assert_eq!(encoded("skill:brainstorming"), "skill:brainstorming");
        assert_eq!(encoded("a/b c?&#%é"), "a%2Fb%20c%3F%26%23%25%C3%A9");
        assert_eq!(encoded("YWdlbnQ+/=="), "YWdlbnQ%2B%2F==");
    }
}
