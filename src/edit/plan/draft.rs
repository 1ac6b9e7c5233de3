//! The collections as they become: texts are the truth, and what they mean is worked out of them
//! again after each change.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};
use std::ops::Deref;
use std::rc::Rc;

use super::super::files::Files;
use super::super::refusal::Refused;
use super::FileChange;
use crate::catalog::files::COLLECTIONS;
use crate::catalog::resolve::Resolver;
use crate::catalog::select::Selection;
use crate::catalog::{Catalog, Index, ResolvedCollection};
use crate::error::{Problem, Result};
use crate::format::collection::{parse_collection, parse_group};
use crate::format::edit::{self, Edit, Form};
use crate::model::collection::Collection;
use crate::model::id::ArtifactId;
use crate::words;

pub(super) struct Draft<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) files: &'a Files,
    selection: OnceCell<Selection<'a>>,
    texts: BTreeMap<String, Text>,
    /// Collections that are not as the catalog has them; `None` are gone.
    shelves: BTreeMap<String, Option<Shelf<'a>>>,
}

struct Text {
    before: Option<String>,
    now: Option<String>,
}

/// A collection as it is at one moment; clones are the same one.
#[derive(Clone)]
pub(super) enum Resolved<'a> {
    Loaded(&'a ResolvedCollection),
    Changed(Rc<ResolvedCollection>),
}

impl Deref for Resolved<'_> {
    type Target = ResolvedCollection;

    fn deref(&self) -> &ResolvedCollection {
        match self {
            Resolved::Loaded(resolved) => resolved,
            Resolved::Changed(resolved) => resolved,
        }
    }
}

struct Shelf<'a> {
    resolved: Resolved<'a>,
    /// Texts changed since.
    is_stale: bool,
}

/// Where a collection stands among the others.
pub(super) struct Head {
    pub(super) slug: String,
    pub(super) file: String,
    pub(super) title: String,
    pub(super) order: i64,
}

/// Edits to several files.
#[derive(Default)]
pub(super) struct Edits(BTreeMap<String, (Option<Form>, Vec<Edit>)>);

impl Edits {
    pub(super) fn collection(&mut self, collection: &Collection, edit: Edit) {
        self.add(&collection.file, Form::Collection, edit);
    }

    pub(super) fn add(&mut self, file: &str, form: Form, edit: Edit) {
        let (of, edits) = self.0.entry(file.to_owned()).or_default();
        *of = Some(form);
        // Two lists of one id may both want it.
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }
}

impl<'a> Draft<'a> {
    pub(super) fn new(catalog: &'a Catalog, files: &'a Files, now: Vec<Collection>) -> Self {
        let shelf = |collection: Collection| {
            (
                collection.slug.clone(),
                Some(Shelf {
                    resolved: Resolved::Changed(Rc::new(bare(collection))),
                    is_stale: true,
                }),
            )
        };
        Self {
            catalog,
            files,
            selection: OnceCell::new(),
            texts: BTreeMap::new(),
            shelves: now.into_iter().map(shelf).collect(),
        }
    }

    /// What selectors are asked of.
    pub(super) fn selection(&self) -> &Selection<'a> {
        self.selection.get_or_init(|| Selection::new(&self.catalog.artifacts))
    }

    /// A collection as it is now.
    pub(super) fn collection(&mut self, slug: &str) -> Result<Resolved<'a>, Refused> {
        if !self.shelves.contains_key(slug)
            && let Some(resolved) =
                self.catalog.collections.iter().find(|one| one.definition.slug == slug)
        {
            let shelf = Shelf { resolved: Resolved::Loaded(resolved), is_stale: false };
            self.shelves.insert(slug.to_owned(), Some(shelf));
        }
        let catalog = self.catalog;
        let texts = &self.texts;
        match self.shelves.get_mut(slug) {
            Some(Some(shelf)) => {
                if shelf.is_stale {
                    let definition = reread(&shelf.resolved.definition, texts)?;
                    shelf.resolved = Resolved::Changed(Rc::new(resolve(catalog, definition)));
                    shelf.is_stale = false;
                }
                Ok(shelf.resolved.clone())
            }
            _ => Err(self.unknown_collection(slug)),
        }
    }

    fn unknown_collection(&self, slug: &str) -> Refused {
        let text = format!("there is no collection `{}`", words::visible(slug));
        let known = self.catalog.collections.iter().map(|one| one.definition.slug.as_str());
        let help =
            words::did_you_mean(slug, known, "reload the page, or run `skillmeat collection list`");
        Refused::Unknown(Box::new(Problem::error("SM233", text).help(help)))
    }

    /// A collection, and which of its groups is meant.
    pub(super) fn group(
        &mut self,
        collection: &str,
        group: &str,
    ) -> Result<(Resolved<'a>, usize), Refused> {
        let shelf = self.collection(collection)?;
        if let Some(at) = shelf.groups.iter().position(|one| one.definition.slug == group) {
            return Ok((shelf, at));
        }
        let text = format!("there is no group `{}` in `{collection}`", words::visible(group));
        let known = shelf.groups.iter().map(|one| one.definition.slug.as_str());
        let help =
            words::did_you_mean(group, known, "reload the page, or run `skillmeat group list`");
        Err(Refused::Unknown(Box::new(Problem::error("SM252", text).help(help))))
    }

    /// All collections, in their order.
    pub(super) fn heads(&mut self) -> Result<Vec<Head>, Refused> {
        let catalog = self.catalog.collections.iter().map(|one| one.definition.slug.clone());
        let mut slugs: Vec<String> = catalog.collect();
        slugs.extend(self.shelves.keys().cloned());
        slugs.sort_unstable();
        slugs.dedup();
        let mut heads = Vec::with_capacity(slugs.len());
        for slug in slugs {
            if matches!(self.shelves.get(&slug), Some(None)) {
                continue;
            }
            let one = self.collection(&slug)?;
            let Collection { file, title, order, .. } = &one.definition;
            let (file, title, order) = (file.clone(), title.clone(), *order);
            heads.push(Head { slug, file, title, order });
        }
        heads.sort_by(|a, b| (a.order, &a.slug).cmp(&(b.order, &b.slug)));
        Ok(heads)
    }

    /// The artifact of an id that somebody wants to add.
    pub(super) fn artifact(&self, id: &ArtifactId) -> Result<Index, Refused> {
        self.catalog.find(id).ok_or_else(|| {
            let text = format!("there is no artifact `{}`", words::visible(&id.to_string()));
            let same_name = |other: &ArtifactId| other.short_name() == id.short_name();
            let near = self.catalog.artifacts.iter().find(|artifact| same_name(&artifact.id));
            let help = match near {
                Some(near) => format!("did you mean `{}`?", near.id),
                None => "run `skillmeat list` for the ids there are".to_owned(),
            };
            Refused::Unknown(Box::new(Problem::error("SM203", text).help(help)))
        })
    }

    /// Makes edits, each file's in one go.
    pub(super) fn commit(&mut self, edits: Edits) -> Result<(), Refused> {
        for (file, (form, edits)) in edits.0 {
            let Some(form) = form else { continue };
            let before = self.text(&file)?.now.clone().unwrap_or_default();
            let after = edit::apply(form, &file, &before, &edits)?;
            // What is so already makes no file.
            if after != before {
                self.put(&file, Some(after))?;
            }
        }
        Ok(())
    }

    /// What a file holds from now on.
    pub(super) fn put(&mut self, file: &str, now: Option<String>) -> Result<(), Refused> {
        self.text(file)?.now = now;
        let below = file.strip_prefix(COLLECTIONS).and_then(|rest| rest.strip_prefix('/'));
        let slug = below.and_then(|below| below.split('/').next()).unwrap_or_default();
        if !self.shelves.contains_key(slug) {
            // Its definition is the one of the catalog, or it is new.
            let known = self.catalog.collections.iter().find(|one| one.definition.slug == slug);
            if let Some(resolved) = known {
                let shelf = Shelf { resolved: Resolved::Loaded(resolved), is_stale: true };
                self.shelves.insert(slug.to_owned(), Some(shelf));
            }
        }
        if let Some(Some(shelf)) = self.shelves.get_mut(slug) {
            shelf.is_stale = true;
        }
        Ok(())
    }

    /// A collection that was not there.
    pub(super) fn add_collection(&mut self, collection: Collection) {
        let slug = collection.slug.clone();
        let shelf =
            Shelf { resolved: Resolved::Changed(Rc::new(bare(collection))), is_stale: true };
        self.shelves.insert(slug, Some(shelf));
    }

    pub(super) fn remove_collection(&mut self, slug: &str) {
        self.shelves.insert(slug.to_owned(), None);
    }

    fn text(&mut self, file: &str) -> Result<&mut Text, Refused> {
        if !self.texts.contains_key(file) {
            let before = self.files.read(file)?;
            self.texts.insert(file.to_owned(), Text { now: before.clone(), before });
        }
        match self.texts.get_mut(file) {
            Some(text) => Ok(text),
            None => unreachable!("it was put there just now"),
        }
    }

    /// The files that are not as they were.
    pub(super) fn into_files(self) -> Vec<FileChange> {
        let changed = self.texts.into_iter().filter(|(_, text)| text.before != text.now);
        changed.map(|(path, text)| FileChange::new(path, text.before, text.now)).collect()
    }
}

/// The definition with what the texts say by now.
fn reread(old: &Collection, texts: &BTreeMap<String, Text>) -> Result<Collection> {
    let text = |file: &str| texts.get(file).map(|text| text.now.as_deref());
    let mut groups = Vec::with_capacity(old.groups.len());
    for group in &old.groups {
        match text(&group.file) {
            None => groups.push(group.clone()),
            Some(None) => {}
            Some(Some(text)) => groups.push(parse_group(&group.slug, &group.file, text)?),
        }
    }
    let folder = format!("{COLLECTIONS}/{}/groups/", old.slug);
    for (file, text) in texts.range(folder.clone()..) {
        let Some(name) = file.strip_prefix(&folder) else { break };
        if let (Some(text), false) = (&text.now, old.groups.iter().any(|one| one.file == *file)) {
            groups.push(parse_group(name.trim_end_matches(".yaml"), file, text)?);
        }
    }
    groups.sort_by(|a, b| (a.order, &a.slug).cmp(&(b.order, &b.slug)));
    let mut collection = match text(&old.file) {
        Some(text) => parse_collection(&old.slug, &old.file, text.unwrap_or_default())?,
        None => old.clone(),
    };
    collection.groups = groups;
    Ok(collection)
}

/// What is wrong with its ids was told when the catalog was loaded.
fn resolve(catalog: &Catalog, definition: Collection) -> ResolvedCollection {
    let named = definition.groups.iter().flat_map(|group| group.members.iter().map(|it| &it.id));
    let named = named.chain(definition.pins.iter().map(|pin| &pin.id));
    let absent: HashSet<ArtifactId> =
        named.filter(|id| catalog.find(id).is_none()).cloned().collect();
    let locked = BTreeMap::new();
    Resolver::new(&catalog.artifacts, &catalog.removed, absent, &locked).resolve(definition)
}

/// A collection of which nothing is worked out yet.
fn bare(definition: Collection) -> ResolvedCollection {
    ResolvedCollection {
        definition,
        members: Vec::new(),
        groups: Vec::new(),
        ungrouped: Vec::new(),
        views: Vec::new(),
        gone: Vec::new(),
    }
}
