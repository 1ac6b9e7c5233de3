//! Collection files to the artifacts they mean, with an error for every id that never was.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::select::Selection;
use super::{Index, Removed, ResolvedCollection, ResolvedGroup, ResolvedView};
use crate::error::{Place, Problem};
use crate::format::lock::LockedArtifact;
use crate::model::artifact::Artifact;
use crate::model::collection::{Collection, Group, Rule};
use crate::model::id::ArtifactId;
use crate::model::shared::Shared;
use crate::words;

/// What ids can be looked up in.
pub struct Resolver<'a> {
    artifacts: &'a [Shared<Artifact>],
    removed: HashMap<&'a ArtifactId, &'a Removed>,
    /// In the lock, but not to be had now: named rightly, and said elsewhere.
    absent: HashSet<ArtifactId>,
    /// What the lock names: of this, all else is gone since the last sync.
    locked: &'a BTreeMap<ArtifactId, LockedArtifact>,
    selection: Selection<'a>,
    problems: Vec<Problem>,
}

/// What one id of a file stands for.
enum Named {
    Here(Index),
    Gone,
    Unknown,
}

impl<'a> Resolver<'a> {
    pub fn new(
        artifacts: &'a [Shared<Artifact>],
        removed: &'a [Removed],
        absent: HashSet<ArtifactId>,
        locked: &'a BTreeMap<ArtifactId, LockedArtifact>,
    ) -> Self {
        Self {
            absent,
            locked,
            artifacts,
            removed: removed.iter().map(|gone| (&gone.id, gone)).collect(),
            selection: Selection::new(artifacts),
            problems: Vec::new(),
        }
    }

    /// What was found wrong so far: SM203 is an error, SM204 and SM231 are warnings.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// A collection holds what `include` takes, what `pin` names and what its groups name, less
    /// what `exclude` says. A group's `include` chooses among the collection's artifacts.
    pub fn resolve(&mut self, definition: Collection) -> ResolvedCollection {
        let mut held = self.selection.included(&definition.include);
        self.warn_if_empty(&definition, held.is_empty());
        let mut gone = Vec::new();
        for pin in &definition.pins {
            if pin.at.is_some() {
                let text = format!("`at` of `{}` is not followed yet", pin.id);
                let help = "remove it: this version shows the state that the lock names";
                self.report(Problem::warning("SM235", text).at(pin.place.clone()).help(help));
            }
            match self.named(&pin.id, &pin.place) {
                Named::Here(index) => drop(held.insert(index)),
                Named::Gone => gone.push(pin.id.clone()),
                Named::Unknown => {}
            }
        }
        let named: Vec<(Vec<Index>, Vec<ArtifactId>)> =
            definition.groups.iter().map(|group| self.members(group)).collect();
        held.extend(named.iter().flat_map(|(members, _)| members));
        let excluded = self.excluded(&definition.exclude, &held);
        held.retain(|index| !excluded.contains(index));

        let mut grouped: HashSet<Index> = HashSet::new();
        let mut groups = Vec::with_capacity(named.len());
        for (group, (named, gone)) in definition.groups.iter().zip(named) {
            let members = self.arrange(group, named, &held);
            grouped.extend(&members);
            groups.push(ResolvedGroup { definition: group.clone(), members, gone });
        }
        let views = definition.views.iter().map(|view| {
            let chosen = self.selection.included_among(&view.include, &held);
            let members = sorted(chosen.into_iter());
            ResolvedView { definition: view.clone(), members }
        });
        ResolvedCollection {
            views: views.collect(),
            members: sorted(held.iter().copied()),
            ungrouped: sorted(held.difference(&grouped).copied()),
            groups,
            gone,
            definition,
        }
    }

    /// The artifacts a group names, by rank and then id, and the ids that are gone.
    fn members(&mut self, group: &Group) -> (Vec<Index>, Vec<ArtifactId>) {
        let mut here = Vec::new();
        let mut gone = Vec::new();
        for member in &group.members {
            match self.named(&member.id, &member.place) {
                Named::Here(index) => here.push((member.rank.unwrap_or(i64::MAX), index)),
                Named::Gone => gone.push(member.id.clone()),
                Named::Unknown => {}
            }
        }
        here.sort_unstable();
        (here.into_iter().map(|(_, index)| index).collect(), gone)
    }

    /// Named members first where a person ranked them; the others and what `include` brings in
    /// follow by id.
    fn arrange(&mut self, group: &Group, named: Vec<Index>, held: &HashSet<Index>) -> Vec<Index> {
        let excluded = self.excluded(&group.exclude, held);
        let chosen = self.selection.included_among(&group.include, held);
        let ranked: HashSet<&ArtifactId> = group
            .members
            .iter()
            .filter(|member| member.rank.is_some())
            .map(|member| &member.id)
            .collect();
        let is_ranked = |index: &Index| ranked.contains(&self.artifacts[*index].id);
        let (mut order, rest): (Vec<Index>, Vec<Index>) = named.into_iter().partition(is_ranked);
        let mut rest: BTreeSet<Index> = rest.into_iter().collect();
        rest.extend(chosen.iter().filter(|index| !is_ranked(index)));
        order.extend(rest);
        order.retain(|index| held.contains(index) && !excluded.contains(index));
        order
    }

    fn excluded(&mut self, rules: &[Rule], held: &HashSet<Index>) -> HashSet<Index> {
        for rule in rules {
            if let Rule::Id(id, place) = rule {
                self.named(id, place);
            }
        }
        self.selection.excluded_among(rules, held)
    }

    fn named(&mut self, id: &ArtifactId, place: &Place) -> Named {
        if let Ok(index) = self.artifacts.binary_search_by(|artifact| artifact.id.cmp(id)) {
            return Named::Here(index);
        }
        if let Some(gone) = self.removed.get(id) {
            let text = format!("`{id}` is gone from its source since {}", gone.date);
            let help = "remove the line, or name what took its place";
            self.report(Problem::warning("SM204", text).at(place.clone()).help(help));
            return Named::Gone;
        }
        if self.absent.contains(id) {
            return Named::Gone;
        }
        if self.locked.contains_key(id) {
            let text = format!("`{id}` is gone from its source since the last sync");
            let help = "run `skillmeat sync`; then remove the line, or name what took its place";
            self.report(Problem::warning("SM204", text).at(place.clone()).help(help));
            return Named::Gone;
        }
        let problem = Problem::error("SM203", format!("unknown artifact `{id}`")).at(place.clone());
        let problem = problem.help(self.suggest(id));
        self.report(problem);
        Named::Unknown
    }

    fn suggest(&self, id: &ArtifactId) -> String {
        let same_name = self.artifacts.iter().find(|a| a.id.short_name() == id.short_name());
        let near = same_name.map(|a| a.id.to_string()).or_else(|| {
            let known: Vec<String> = self.artifacts.iter().map(|a| a.id.to_string()).collect();
            let known = known.iter().map(String::as_str);
            words::nearest(&id.to_string(), known).map(str::to_owned)
        });
        match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "run `skillmeat sync`, then `skillmeat list` for the ids there are".to_owned(),
        }
    }

    fn warn_if_empty(&mut self, definition: &Collection, is_empty: bool) {
        // What the cache lacks may be just what it would match.
        if is_empty && !definition.include.is_empty() && self.absent.is_empty() {
            let text = format!("`include` of collection `{}` matches nothing", definition.slug);
            let place = definition.include[0].place.clone();
            let place = place.unwrap_or_else(|| Place::file(definition.file.clone()));
            let help = "run `skillmeat list` for what there is";
            self.report(Problem::warning("SM231", text).at(place).help(help));
        }
    }

    /// A file may name an id in several lists; one report for each place is enough.
    fn report(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

fn sorted(indices: impl Iterator<Item = Index>) -> Vec<Index> {
    let mut indices: Vec<Index> = indices.collect();
    indices.sort_unstable();
    indices
}
