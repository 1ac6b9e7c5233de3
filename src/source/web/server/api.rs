//! The requests that a SkillMeat 0.9 server is asked, as its own web pages ask them.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answers::{Artifact, Collection, Content, Files, Group, Groups, Held, Page};
use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::source::http::{Client, Pages, read_json, unusable};
use crate::source::web::Request;

/// What a server says of one address, and no other need be like it: it is not there, or not for
/// this request; and it failed on the server.
const MISSING: &str = "SM442";
const REFUSED: &str = "SM447";
const BROKEN: &str = "SM445";

pub(super) struct Api<'a> {
    client: &'a Client,
    on_progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Up to and with `/api/v1`.
    base: String,
}

impl<'a> Api<'a> {
    /// The address may be configured with or without the `/api/v1`.
    pub(super) fn new(request: &Request<'a>) -> Self {
        let url = request.web.url.trim_end_matches('/');
        let url = url.strip_suffix("/api/v1").unwrap_or(url);
        let base = format!("{url}/api/v1");
        Self { client: request.client, on_progress: request.on_progress, base }
    }

    pub(super) fn artifacts(&self) -> Result<Vec<Artifact>> {
        self.pages("artifacts?limit=100")
    }

    /// The files of each artifact; an inner error is that of one artifact alone.
    pub(super) fn files(&self, ids: &[&str]) -> Result<Vec<Result<Files>>> {
        let url = |id: &&str| format!("{}/artifacts/{}/files", self.base, encoded(id));
        self.each(&ids.iter().map(url).collect::<Vec<_>>(), &[MISSING, REFUSED, BROKEN], &|_, _| ())
    }

    /// The contents of files, each by its artifact and its path; an inner error is that the server
    /// does not give this one.
    pub(super) fn contents(&self, files: &[(&str, RelPath)]) -> Result<Vec<Result<Content>>> {
        let url = |(id, file): &(&str, RelPath)| {
            let names: Vec<String> = file.names().map(encoded).collect();
            format!("{}/artifacts/{}/files/{}", self.base, encoded(id), names.join("/"))
        };
        self.each(&files.iter().map(url).collect::<Vec<_>>(), &[MISSING, REFUSED], self.on_progress)
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

    /// A list to its end.
    fn pages<T: DeserializeOwned>(&self, what: &str) -> Result<Vec<T>> {
        let mut items = Vec::new();
        let mut pages = Pages::new(&format!("{}/{what}", self.base));
        let mut url = what.to_owned();
        loop {
            let page: Page<T> = self.one(&url)?;
            items.extend(page.items);
            if !page.page_info.has_next_page {
                return Ok(items);
            }
            let cursor = page.page_info.end_cursor.unwrap_or_default();
            pages.enter(&cursor)?;
            let sign = if what.contains('?') { '&' } else { '?' };
            url = format!("{what}{sign}after={}", encoded(&cursor));
        }
    }

    fn one<T: DeserializeOwned>(&self, what: &str) -> Result<T> {
        let url = format!("{}/{what}", self.base);
        typed(&url, self.client.get_json(&url)?.value)
    }

    /// Many addresses at a time. Where one of them fails with a code that is its own, each is asked
    /// alone, so that the others can be had.
    fn each<T: DeserializeOwned>(
        &self,
        urls: &[String],
        own: &[&str],
        on_progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Vec<Result<T>>> {
        let is_own =
            |error: &Error| error.problems.iter().all(|one| own.contains(&one.code.as_str()));
        let read = |(url, body): (&String, Vec<u8>)| typed(url, read_json(url, &body)?);
        match self.client.get_all(urls, on_progress) {
            Ok(all) => {
                let bodies = all.into_iter().map(|fetched| fetched.body);
                urls.iter().zip(bodies).map(|one| read(one).map(Ok)).collect()
            }
            Err(error) if is_own(&error) => urls
                .iter()
                .map(|url| match self.client.get_anew(url) {
                    Ok(fetched) => read((url, fetched.body)).map(Ok),
                    Err(error) if is_own(&error) => Ok(Err(error)),
                    Err(error) => Err(error),
                })
                .collect(),
            Err(error) => Err(error),
        }
    }
}

fn typed<T: DeserializeOwned>(url: &str, value: Value) -> Result<T> {
    // Its own words may repeat any part of the answer.
    serde_json::from_value(value)
        .map_err(|_| unusable(url, "lacks what a SkillMeat 0.9 server gives"))
}

/// A part of a path or a value of a query. What the server's own pages leave as it is stays so: the
/// `:` of ids, the `=` that ends a cursor.
fn encoded(text: &str) -> String {
    crate::source::http::encoded(text).replace("%3A", ":").replace("%3D", "=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_is_one_part_of_an_address() {
        assert_eq!(encoded("skill:brainstorming"), "skill:brainstorming");
        assert_eq!(encoded("a/b c?&#%é"), "a%2Fb%20c%3F%26%23%25%C3%A9");
        assert_eq!(encoded("%3A"), "%253A");
        assert_eq!(encoded("YWdlbnQ+/=="), "YWdlbnQ%2B%2F==");
    }
}
