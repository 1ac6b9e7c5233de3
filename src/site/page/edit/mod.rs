//! The forms that change the catalog: pages of a server that may be edited, each made from the
//! catalog and from what its address, or a form that was sent and refused, says.

mod about;
pub mod compare;
pub mod conflict;
mod copies;
pub mod deploy;
pub mod log;
mod members;
mod moving;
mod order;
pub mod receipts;

use std::collections::BTreeSet;

use serde::Serialize;

use super::List;
use super::frame::{self, Head, Link, line};
use super::listing::collection_link;
use crate::catalog::{Catalog, Index, ResolvedCollection, ResolvedGroup};
use crate::error::Result;
use crate::model::id::ArtifactId;
use crate::site::Site;

/// What the address of a form says after its question mark, or what was sent of it; decoded.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub fields: &'a [(String, String)],
    /// What is wrong with which field, where it was sent and refused.
    pub wrong: &'a [(String, String)],
}

impl<'a> Asked<'a> {
    pub fn one(&self, name: &str) -> Option<&'a str> {
        self.all(name).next()
    }

    pub fn all<'b>(&self, name: &'b str) -> impl Iterator<Item = &'a str> + use<'a, 'b> {
        let fields = self.fields.iter().filter(move |(key, _)| key == name);
        fields.map(|(_, value)| value.as_str())
    }

    /// Whether it was sent, so that what it lacks was left out by a person.
    fn is_sent(&self) -> bool {
        self.one("action").is_some()
    }

    fn wrong(&self, name: &str) -> Option<String> {
        let found = self.wrong.iter().find(|(field, _)| field == name);
        found.map(|(_, message)| message.clone())
    }

    /// The collection that it names, and its place.
    fn collection<'s>(&self, site: &Site<'s>) -> Option<(usize, &'s ResolvedCollection)> {
        let slug = self.one("collection")?;
        let mut all = site.catalog.collections.iter().enumerate();
        all.find(|(_, one)| one.definition.slug == slug)
    }

    /// The group of it that it names, and its place there.
    fn group<'s>(&self, of: &'s ResolvedCollection) -> Option<(usize, &'s ResolvedGroup)> {
        let slug = self.one("group")?;
        of.groups.iter().enumerate().find(|(_, one)| one.definition.slug == slug)
    }

    /// The artifacts that it names, each once; `None` where one of them is not in the catalog.
    fn artifacts(&self, catalog: &Catalog) -> Option<Vec<Index>> {
        let mut seen = BTreeSet::new();
        let found: Option<Vec<Index>> =
            self.all("id").map(|id| catalog.find(&id.parse::<ArtifactId>().ok()?)).collect();
        Some(found?.into_iter().filter(|at| seen.insert(*at)).collect())
    }
}

/// What every form brings with it, unseen, and what was wrong with it.
#[derive(Serialize)]
struct Hidden {
    action: &'static str,
    /// `path=hash` of each file that it may change.
    seen: Vec<String>,
    /// Where to go on, below the site.
    next: String,
    /// What is wrong, first things first, each with the field it stands beside where that is shown.
    wrong: Vec<Wrong>,
}

#[derive(Serialize)]
struct Wrong {
    field: String,
    message: String,
    /// Whether there is such a field to go to.
    is_shown: bool,
}

impl Hidden {
    fn new(site: &Site<'_>, asked: &Asked<'_>, action: &'static str, of: &[usize]) -> Self {
        let was = asked.is_sent() && asked.one("seen").is_some();
        let seen = if was {
            asked.all("seen").map(str::to_owned).collect()
        } else {
            of.iter().flat_map(|at| seen(site.catalog, *at)).collect()
        };
        let next = asked.one("next").map(str::to_owned);
        Self { action, seen, next: next.unwrap_or_default(), wrong: Vec::new() }
    }

    /// Where to go on unless something else was asked for.
    fn next(mut self, url: String) -> Self {
        if self.next.is_empty() {
            self.next = url;
        }
        self
    }

    fn with_wrong(mut self, asked: &Asked<'_>, shown: &[&str]) -> Self {
        let wrong = asked.wrong.iter().map(|(field, message)| Wrong {
            is_shown: shown.contains(&field.as_str()),
            field: field.clone(),
            message: message.clone(),
        });
        self.wrong = wrong.collect();
        self
    }
}

/// The files of a collection and its groups as a form says that it saw them.
fn seen(catalog: &Catalog, at: usize) -> impl Iterator<Item = String> + '_ {
    let definition = &catalog.collections[at].definition;
    let files = std::iter::once(&definition.file).chain(definition.groups.iter().map(|g| &g.file));
    files.filter_map(|file| Some(format!("{file}={}", catalog.files.get(file)?)))
}

/// One of several to choose.
#[derive(Serialize)]
struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

/// An artifact that a form is about.
#[derive(Serialize)]
struct Item {
    id: String,
    label: String,
}

fn items(site: &Site<'_>, artifacts: &[Index]) -> Vec<Item> {
    let item = |at: &Index| {
        let artifact = &site.catalog.artifacts[*at];
        Item { id: artifact.id.to_string(), label: line(artifact.label()) }
    };
    artifacts.iter().map(item).collect()
}

/// `pdf`, or `3 artifacts`.
fn what(items: &[Item]) -> String {
    match items {
        [one] => one.label.clone(),
        many => crate::words::count(many.len(), "artifact"),
    }
}

/// The form of that name; `None` where there is none, or nothing that it asks for.
pub fn render(site: &Site<'_>, name: &str, asked: &Asked<'_>) -> Result<Option<Vec<u8>>> {
    match name {
        "collection" => about::collection(site, asked),
        "group" => about::group(site, asked),
        "delete-collection" => about::delete_collection(site, asked),
        "delete-group" => about::delete_group(site, asked),
        "order" => order::collections(site, asked),
        "order-groups" => order::groups(site, asked),
        "groups" => members::groups(site, asked),
        "collections" => members::collections(site, asked),
        "remove" => members::remove(site, asked),
        "move" => moving::artifacts(site, asked),
        "move-group" => moving::group(site, asked),
        "select" => members::select(site, asked),
        "copies" => copies::render(site, asked),
        _ => Ok(None),
    }
}

/// Lays out the form `name`; `at` is the collection it belongs to.
fn page(
    site: &Site<'_>,
    name: &str,
    template: &str,
    at: Option<usize>,
    title: &str,
    view: impl Serialize,
) -> Result<Option<Vec<u8>>> {
    let mut crumbs = vec![Link::new("Collections", "collections/")];
    crumbs.extend(at.map(|at| collection_link(site, at)));
    let head = Head { title: title.to_owned(), section: "collections/", crumbs, ..Head::default() };
    let path = format!("edit/{name}/index.html");
    frame::render(site, &path, template, &head, view).map(Some)
}

fn collection_url(site: &Site<'_>, at: usize) -> String {
    site.list_url(List::Collection(at))
}
