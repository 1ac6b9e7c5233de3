//! Selectors: which artifacts an `include` or `exclude` means.

use std::collections::{HashMap, HashSet};

use super::Index;
use crate::model::artifact::Artifact;
use crate::model::collection::{Rule, Selector};
use crate::model::glob::{NameGlobs, PathGlobs};
use crate::model::id::{ArtifactId, Kind};
use crate::model::shared::Shared;

/// The artifacts of a catalog, made ready to be selected from.
pub struct Selection<'a> {
    artifacts: &'a [Shared<Artifact>],
    /// The category of each plugin, by source and plugin name: its members share it.
    categories: HashMap<(&'a str, &'a str), &'a str>,
}

impl<'a> Selection<'a> {
    pub fn new(artifacts: &'a [Shared<Artifact>]) -> Self {
        let categories = artifacts
            .iter()
            .filter(|artifact| artifact.id.kind == Kind::Plugin)
            .filter_map(|plugin| {
                let key = (plugin.id.source.as_str(), plugin.id.name.as_str());
                Some((key, plugin.category.as_deref()?))
            })
            .collect();
        Self { artifacts, categories }
    }

    /// What any of the selectors takes, of the whole catalog.
    pub fn included(&self, include: &[Selector]) -> HashSet<Index> {
        self.matching(&matchers(include), 0..self.artifacts.len())
    }

    /// What any of the selectors takes of these.
    pub fn included_among(&self, include: &[Selector], held: &HashSet<Index>) -> HashSet<Index> {
        self.matching(&matchers(include), held.iter().copied())
    }

    /// What any of the rules names of these.
    pub fn excluded_among(&self, rules: &[Rule], held: &HashSet<Index>) -> HashSet<Index> {
        let mut ids: HashSet<&ArtifactId> = HashSet::new();
        let mut matchers = Vec::new();
        for rule in rules {
            match rule {
                Rule::Id(id, _) => drop(ids.insert(id)),
                Rule::Matching(selector) => matchers.push(Matcher::new(selector)),
            }
        }
        let mut found = self.matching(&matchers, held.iter().copied());
        if !ids.is_empty() {
            found.extend(held.iter().filter(|&&index| ids.contains(&self.artifacts[index].id)));
        }
        found
    }

    fn matching(&self, matchers: &[Matcher], among: impl Iterator<Item = Index>) -> HashSet<Index> {
        if matchers.is_empty() {
            return HashSet::new();
        }
        let takes = |artifact: &Artifact| {
            matchers.iter().any(|matcher| matcher.takes(artifact, self.category(artifact)))
        };
        among.filter(|&index| takes(&self.artifacts[index])).collect()
    }

    /// An artifact's own category, or that of its plugin.
    pub fn category(&self, artifact: &'a Artifact) -> Option<&'a str> {
        artifact.category.as_deref().or_else(|| {
            let key = (artifact.id.source.as_str(), artifact.plugin.as_deref()?);
            self.categories.get(&key).copied()
        })
    }
}

fn matchers(selectors: &[Selector]) -> Vec<Matcher<'_>> {
    selectors.iter().map(Matcher::new).collect()
}

/// A selector with its globs compiled; `None` for one that the format let through by mistake, which
/// takes nothing.
struct Matcher<'a> {
    selector: &'a Selector,
    path: Option<PathGlobs>,
    name: Option<NameGlobs>,
}

impl<'a> Matcher<'a> {
    fn new(selector: &'a Selector) -> Self {
        let path = PathGlobs::new(&selector.path).ok();
        Self { selector, path, name: NameGlobs::new(&selector.name).ok() }
    }

    fn takes(&self, artifact: &Artifact, category: Option<&str>) -> bool {
        let Selector { source, kind, tag, path, name, plugin, category: shelf, place: _ } =
            self.selector;
        let has_path = |path: &str| self.path.as_ref().is_some_and(|globs| globs.take(path));
        let is_called = |name: &str| self.name.as_ref().is_some_and(|globs| globs.take(name));
        let is_plugin = artifact.id.kind == Kind::Plugin;
        let own_plugin = if is_plugin { Some(&artifact.id.name) } else { artifact.plugin.as_ref() };
        (source.is_empty() || source.contains(&artifact.id.source))
            && (kind.is_empty() || kind.contains(&artifact.id.kind))
            && (tag.is_empty() || artifact.tags.iter().any(|own| tag.contains(own)))
            && (path.is_empty() || has_path(artifact.file_path()))
            && (name.is_empty()
                || is_called(&artifact.id.name)
                || is_called(artifact.id.short_name()))
            && (plugin.is_empty() || own_plugin.is_some_and(|own| plugin.contains(own)))
            && (shelf.is_empty()
                || category.is_some_and(|own| shelf.iter().any(|word| word == own)))
    }
}
