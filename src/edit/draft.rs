//! The files as they would be after the changes so far, and what they would mean.
//!
//! Every change sees what those before it did: what is read here is the text as it is by then. On
//! disk nothing changes.

use std::collections::{BTreeMap, HashSet};

use super::refusal::Refused;
use crate::catalog::files::{self, COLLECTIONS};
use crate::catalog::resolve::Resolver;
use crate::catalog::{Catalog, Index, ResolvedCollection, ResolvedGroup};
use crate::disk;
use crate::env::Env;
use crate::error::Result;
use crate::format::collection;
use crate::format::edit::{self, Edit, Form};
use crate::model::collection::{Collection, Group};
use crate::model::id::ArtifactId;

pub(super) struct Draft<'a> {
    pub env: &'a Env,
    pub catalog: &'a Catalog,
    /// What was read so far: on disk, and by now; `None` where there is no file.
    texts: BTreeMap<String, Text>,
    /// Collections by slug that differ from the catalog's; `None`: deleted.
    changed: BTreeMap<String, Option<ResolvedCollection>>,
}

struct Text {
    before: Option<String>,
    now: Option<String>,
}

impl<'a> Draft<'a> {
    pub fn new(env: &'a Env, catalog: &'a Catalog) -> Self {
        Self { env, catalog, texts: BTreeMap::new(), changed: BTreeMap::new() }
    }

    /// Files that would differ, with their texts before and after.
    pub fn into_files(self) -> Vec<(String, Option<String>, Option<String>)> {
        let differing = self.texts.into_iter().filter(|(_, text)| text.before != text.now);
        differing.map(|(path, text)| (path, text.before, text.now)).collect()
    }

    /// All collections as they would be, in their order.
    pub fn collections(&self) -> Vec<&ResolvedCollection> {
        let old = self.catalog.collections.iter();
        let mut all: Vec<&ResolvedCollection> =
            old.filter(|one| !self.changed.contains_key(&one.definition.slug)).collect();
        all.extend(self.changed.values().flatten());
        all.sort_by_key(|one| (one.definition.order, &one.definition.slug));
        all
    }

    pub fn collection(&self, slug: &str) -> Result<&ResolvedCollection, Refused> {
        self.collections().into_iter().find(|one| one.definition.slug == slug).ok_or_else(|| {
            let help = "look again: it may have been renamed or deleted";
            Refused::unknown("SM250", format!("there is no collection `{slug}`"), help)
        })
    }

    pub fn group(&self, collection: &str, slug: &str) -> Result<&ResolvedGroup, Refused> {
        let found = self.collection(collection)?.groups.iter();
        found.into_iter().find(|one| one.definition.slug == slug).ok_or_else(|| {
            let help = "look again: it may have been renamed or deleted";
            let message = format!("there is no group `{slug}` in collection `{collection}`");
            Refused::unknown("SM250", message, help)
        })
    }

    pub fn index(&self, id: &ArtifactId) -> Result<Index, Refused> {
        self.catalog.find(id).ok_or_else(|| {
            let help = "run `skillmeat list` for the ids there are";
            Refused::unknown("SM250", format!("there is no artifact `{id}`"), help)
        })
    }

    pub fn id(&self, index: Index) -> &'a ArtifactId {
        &self.catalog.artifacts[index].id
    }

    /// Makes edits on the file of a collection.
    pub fn edit_collection(&mut self, slug: &str, edits: &[Edit]) -> Result<(), Refused> {
        let file = self.collection(slug)?.definition.file.clone();
        match self.edit(Form::Collection, &file, edits)? {
            true => self.work_out(slug),
            false => Ok(()),
        }
    }

    /// Makes edits on the file of a group.
    pub fn edit_group(
        &mut self,
        collection: &str,
        group: &str,
        edits: &[Edit],
    ) -> Result<(), Refused> {
        let file = self.group(collection, group)?.definition.file.clone();
        match self.edit(Form::Group, &file, edits)? {
            true => self.work_out(collection),
            false => Ok(()),
        }
    }

    /// Whether the text is another for it.
    fn edit(&mut self, form: Form, file: &str, edits: &[Edit]) -> Result<bool, Refused> {
        if edits.is_empty() {
            return Ok(false);
        }
        let text = self.text(file)?;
        let old = text.now.clone().unwrap_or_default();
        let new = edit::apply(form, file, &old, edits)?;
        let is_other = new != old;
        if is_other {
            text.now = Some(new);
        }
        Ok(is_other)
    }

    /// The text of a file from now on; `None`: it goes.
    pub fn put(&mut self, file: &str, now: Option<String>) -> Result<(), Refused> {
        self.text(file)?.now = now;
        Ok(())
    }

    fn text(&mut self, file: &str) -> Result<&mut Text, Refused> {
        if !self.texts.contains_key(file) {
            let before = disk::read_text(&self.env.root.join(file))?;
            self.texts.insert(file.to_owned(), Text { now: before.clone(), before });
        }
        self.texts.get_mut(file).ok_or_else(|| Refused::unknown("SM250", file.to_owned(), ""))
    }

    /// From now on there is no such collection.
    pub fn forget(&mut self, slug: &str) {
        self.changed.insert(slug.to_owned(), None);
    }

    /// Works out anew what a collection holds, from the texts as they would be.
    pub fn work_out(&mut self, slug: &str) -> Result<(), Refused> {
        let definition = self.read(slug)?;
        // What ids mean was judged when the catalog was loaded; here only who is a member counts.
        let nothing = BTreeMap::new();
        let artifacts = &self.catalog.artifacts;
        let removed = &self.catalog.removed;
        let mut resolver = Resolver::new(artifacts, removed, HashSet::new(), &nothing);
        let resolved = resolver.resolve(definition);
        self.changed.insert(slug.to_owned(), Some(resolved));
        Ok(())
    }

    /// A collection with its groups: files that were touched as they would be, others as on disk.
    fn read(&mut self, slug: &str) -> Result<Collection, Refused> {
        let file = format!("{COLLECTIONS}/{slug}/collection.yaml");
        let text = self.text(&file)?.now.clone().unwrap_or_default();
        let mut definition = collection::parse_collection(slug, &file, &text)?;
        let mut groups: Vec<Group> = Vec::new();
        for (name, file) in self.group_files(slug)? {
            if let Some(text) = self.text(&file)?.now.clone() {
                groups.push(collection::parse_group(&name, &file, &text)?);
            }
        }
        groups.sort_by(|a, b| (a.order, &a.slug).cmp(&(b.order, &b.slug)));
        definition.groups = groups;
        Ok(definition)
    }

    /// The slugs of groups and their files, on disk or to be made.
    fn group_files(&self, slug: &str) -> Result<BTreeMap<String, String>, Refused> {
        let folder = format!("{COLLECTIONS}/{slug}/groups");
        let mut files: Vec<String> = disk::list_files(&self.env.root.join(&folder))?
            .into_iter()
            .map(|name| format!("{folder}/{name}"))
            .collect();
        files.extend(self.texts.keys().filter(|file| file.starts_with(&folder)).cloned());
        let named = files.into_iter().filter_map(|file| {
            let name = files::group_slug(file.rsplit('/').next()?)?.to_owned();
            Some((name, file))
        });
        Ok(named.collect())
    }
}
