//! Deploy, update and undeploy to a plan: artifact by artifact, each judged as it stands now.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::at;
use super::decide::{Stand, Verb, decide};
use super::deployer::Given;
use super::draft::Draft;
use super::merging;
use super::order::{Choice, Order, What};
use super::plan::{Action, Plan, Step};
use super::refusal::Refused;
use super::standing::Standing;
use super::target::Target;
use super::wanted::{self, Wanted};
use super::writing;
use crate::error::{Problem, Result};
use crate::model::artifact::Artifact;
use crate::model::deployment::{By, Deployment, State};
use crate::model::id::{ArtifactId, Kind};
use crate::model::profile::Profile;
use crate::state;
use crate::words;

/// What is worked on: one project, its receipts, the moment.
pub(super) struct Work<'a> {
    pub given: Given<'a>,
    pub order: &'a Order,
    pub draft: Draft<'a>,
    pub receipts: &'a state::State,
    /// The folder, as receipts name it.
    pub project: &'a str,
    pub now: Timestamp,
    pub plan: Plan,
}

impl<'a> Work<'a> {
    pub(super) fn run(mut self) -> Result<Plan, Refused> {
        let order = self.order;
        let done = match &order.what {
            What::Deploy { ids, profile, at } => {
                self.deploy(ids, *profile, at.as_deref())?;
                "Deployed"
            }
            What::Update { ids, profile } => {
                self.update(ids, *profile)?;
                "Updated"
            }
            What::Undeploy { ids, profile } => {
                self.undeploy(ids, *profile)?;
                "Removed"
            }
            What::Rollback { .. } | What::Undo { .. } => "",
        };
        let Work { draft, mut plan, .. } = self;
        plan.files = draft.into_changes();
        plan.message = message(done, &plan.steps, &order.project);
        Ok(plan)
    }

    fn deploy(
        &mut self,
        ids: &[ArtifactId],
        profile: Profile,
        at: Option<&str>,
    ) -> Result<(), Refused> {
        let mut problems = Vec::new();
        let mut places: BTreeMap<String, ArtifactId> = BTreeMap::new();
        for id in self.members(ids)? {
            let target = match Target::new(&id, profile) {
                Ok(target) => target,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            if let Some(other) = places.insert(target.path().to_lowercase(), id.clone()) {
                let is_shared = matches!(target.kind, Kind::Hook);
                if !is_shared || other.short_name() == id.short_name() {
                    let text = format!("`{other}` and `{id}` have one place in a project");
                    let help = "deploy one of them";
                    problems.push(Problem::error("SM638", text).help(help));
                    continue;
                }
            }
            let is_another = self.is_another(&target, &id);
            match self.wanted(&id, &target, at) {
                Ok(wanted) => self.put(target, wanted, Verb::Deploy, is_another)?,
                Err(error) => problems.extend(error.problems),
            }
        }
        // All that is wrong at once; nothing of a set is deployed when a part of it cannot be.
        if problems.is_empty() { Ok(()) } else { Err(Refused::Impossible(problems)) }
    }

    fn update(&mut self, ids: &[ArtifactId], profile: Option<Profile>) -> Result<(), Refused> {
        let verb = if ids.is_empty() { Verb::UpdateAll } else { Verb::Update };
        for deployment in self.deployments(ids, profile, "update")? {
            if let Some(note) = elsewhere(deployment, "update") {
                self.skip(deployment, note);
                continue;
            }
            let Some(id) = &deployment.id else {
                self.skip(deployment, "it cannot be told which artifact it is".to_owned());
                continue;
            };
            if self.given.catalog.find(id).is_none() {
                self.skip(deployment, "its source no longer has it".to_owned());
                continue;
            }
            // What nobody deployed is nobody's to update unless it is named.
            if verb == Verb::UpdateAll && deployment.by.is_none() {
                continue;
            }
            let target = match Target::of(deployment) {
                Ok(target) => target,
                Err(_) if verb == Verb::UpdateAll => continue,
                Err(problem) => return Err(problem.into()),
            };
            let wanted = self.wanted(id, &target, None)?;
            self.put(target, wanted, verb, false)?;
        }
        Ok(())
    }

    fn undeploy(&mut self, ids: &[ArtifactId], profile: Option<Profile>) -> Result<(), Refused> {
        for deployment in self.deployments(ids, profile, "undeploy")? {
            if let Some(note) = elsewhere(deployment, "remove") {
                self.skip(deployment, note);
                continue;
            }
            let target = Target::of(deployment)?;
            let found = deployment.id.as_ref().filter(|id| self.given.catalog.find(id).is_some());
            // One that cannot be read any more is removed by what was written of it.
            let wanted = found.and_then(|id| self.wanted(id, &target, None).ok());
            let standing = Standing::read(&mut self.draft, &target, wanted.as_ref())?;
            let state = standing.state(wanted.as_ref());
            let note = writing::remove(self, &target, &standing, wanted.as_ref())?;
            self.step(&target, Action::Remove, state, note);
        }
        Ok(())
    }

    /// Brings one artifact to where it is wanted, as far as that loses nothing.
    fn put(
        &mut self,
        target: Target,
        wanted: Wanted,
        verb: Verb,
        is_another: bool,
    ) -> Result<(), Refused> {
        let standing = Standing::read(&mut self.draft, &target, Some(&wanted))?;
        let state = standing.state(Some(&wanted));
        let stand = Stand { state, has_record: standing.record.is_some(), is_another };
        let choice = self.choice(&target);
        let (action, note) = decide(verb, stand, choice);
        let mut conflicts = 0;
        match action {
            Action::Add | Action::Replace => {
                writing::replace(self, &target, &standing, &wanted)?;
            }
            Action::Merge => {
                conflicts = merging::merge(self, &target, &standing, &wanted)?;
            }
            Action::Record => writing::record(self, &target, &standing, &wanted)?,
            Action::Remove | Action::Skip | Action::Undecided => {}
        }
        if matches!(action, Action::Add | Action::Replace | Action::Merge) {
            if !wanted.runs.is_empty() {
                self.plan.agreed.extend(target.id.clone().map(|id| (id, wanted.own)));
            }
            self.plan.runs.extend(wanted.runs);
        }
        let is_plain =
            matches!(action, Action::Add | Action::Replace) && state != Some(State::Missing);
        let note = note.filter(|_| !is_plain || choice.is_some()).map(str::to_owned);
        self.step(&target, action, state, note);
        if let Some(step) = self.plan.steps.last_mut() {
            step.conflicts = conflicts;
        }
        Ok(())
    }

    /// The ids, members in place of their plugins, each once.
    fn members(&self, ids: &[ArtifactId]) -> Result<Vec<ArtifactId>, Refused> {
        let mut all: Vec<ArtifactId> = Vec::new();
        for id in ids {
            self.artifact(id)?;
            let found: Vec<ArtifactId> = match id.kind {
                Kind::Plugin => self.members_of(id),
                _ => vec![id.clone()],
            };
            if found.is_empty() {
                let text = format!("`{id}` has no members that could be deployed");
                let help = "install the plugin in the agent";
                return Err(Problem::error("SM636", text).help(help).into());
            }
            let new = found.into_iter().filter(|id| !all.contains(id)).collect::<Vec<_>>();
            all.extend(new);
        }
        Ok(all)
    }

    fn members_of(&self, plugin: &ArtifactId) -> Vec<ArtifactId> {
        let artifacts = self.given.catalog.artifacts.iter();
        let is_member = |one: &&crate::model::shared::Shared<Artifact>| {
            one.id.source == plugin.source && one.plugin.as_deref() == Some(plugin.name.as_str())
        };
        artifacts.filter(is_member).map(|one| one.id.clone()).collect()
    }

    fn artifact(&self, id: &ArtifactId) -> Result<&'a Artifact, Refused> {
        let catalog = self.given.catalog;
        let found = catalog.find(id).map(|at| &*catalog.artifacts[at]);
        found.ok_or_else(|| {
            let problem = Problem::error("SM203", format!("unknown artifact `{id}`"));
            Refused::Unknown(problem.help("`skillmeat list` prints the ids there are"))
        })
    }

    fn wanted(&self, id: &ArtifactId, target: &Target, at: Option<&str>) -> Result<Wanted> {
        let catalog = self.given.catalog;
        let Some(artifact) = catalog.find(id).map(|at| &*catalog.artifacts[at]) else {
            return Err(Problem::error("SM203", format!("unknown artifact `{id}`")).into());
        };
        match at {
            None => {
                let read = wanted::of_catalog(self.given.contents);
                wanted::wanted(catalog, artifact, &read, target)
            }
            Some(commit) => {
                let (artifact, tree) = at::artifact(&self.given, artifact, commit)?;
                let read = |_: &Artifact, file: &_| tree.read(file);
                wanted::wanted(catalog, &artifact, &read, target)
            }
        }
    }

    /// What the project has of these artifacts; without any, all it has.
    fn deployments(
        &self,
        ids: &[ArtifactId],
        profile: Option<Profile>,
        verb: &str,
    ) -> Result<Vec<&'a Deployment>, Refused> {
        let mut wanted: Vec<ArtifactId> = Vec::new();
        for id in ids {
            let members = if id.kind == Kind::Plugin { self.members_of(id) } else { Vec::new() };
            wanted.push(id.clone());
            wanted.extend(members);
        }
        let projects = &self.given.catalog.projects;
        let state = projects.iter().find(|one| one.name == self.order.project);
        let all = state.map_or(&[][..], |state| &state.deployments);
        let is_wanted = |one: &&Deployment| {
            let is_named = one.id.as_ref().is_some_and(|id| wanted.contains(id));
            let fits = profile.is_none_or(|profile| profile.word() == one.profile);
            (ids.is_empty() || is_named) && fits
        };
        let found: Vec<&Deployment> = all.iter().filter(is_wanted).collect();
        for id in ids {
            let members = if id.kind == Kind::Plugin { self.members_of(id) } else { Vec::new() };
            let is_it = |one: &&&Deployment| {
                one.id.as_ref().is_some_and(|it| it == id || members.contains(it))
            };
            if found.iter().find(is_it).is_none() {
                let text = format!("`{id}` is not deployed to {}", self.order.project);
                let help = format!(
                    "nothing to {verb}: `skillmeat status --project {}`",
                    self.order.project
                );
                return Err(Refused::Unknown(Problem::error("SM631", text).help(help)));
            }
        }
        Ok(found)
    }

    /// Whether the lock knows that something else stands there.
    fn is_another(&self, target: &Target, id: &ArtifactId) -> bool {
        let projects = &self.given.catalog.projects;
        let state = projects.iter().find(|one| one.name == self.order.project);
        let path = target.path();
        let there = state.and_then(|state| {
            state
                .deployments
                .iter()
                .find(|one| one.path == path && one.kind == target.kind && one.name == target.name)
        });
        there.and_then(|one| one.id.as_ref()).is_some_and(|there| there != id)
    }

    pub(super) fn choice(&self, target: &Target) -> Option<Choice> {
        let of = |id: &ArtifactId| {
            let single = self.order.choices.iter().find(|(one, _)| one == id);
            single.map(|(_, choice)| *choice)
        };
        target.id.as_ref().and_then(of).or(self.order.choice)
    }

    fn skip(&mut self, deployment: &Deployment, note: String) {
        self.plan.steps.push(Step {
            id: deployment.id.clone(),
            label: deployment
                .id
                .as_ref()
                .map_or_else(|| deployment.name.clone(), ToString::to_string),
            profile: deployment.profile.clone(),
            path: deployment.path.clone(),
            action: Action::Skip,
            state: Some(deployment.state),
            note: Some(note),
            conflicts: 0,
        });
    }

    fn step(
        &mut self,
        target: &Target,
        action: Action,
        state: Option<State>,
        note: Option<String>,
    ) {
        self.plan.steps.push(Step {
            id: target.id.clone(),
            label: target.label(),
            profile: target.profile.clone(),
            path: target.path(),
            action,
            state,
            note,
            conflicts: 0,
        });
    }
}

/// Whose record another tool keeps, which would be wrong after we wrote.
fn elsewhere(deployment: &Deployment, verb: &str) -> Option<String> {
    let name = words::visible(&deployment.name);
    match deployment.by? {
        By::SkillMeat => None,
        By::Skills => Some(format!("`npx skills` keeps it: `npx skills {verb} {name}`")),
        By::Gh => Some(format!("`gh skill` keeps it: `gh skill {verb} {name}`")),
        By::Settings => Some("the agent installs it by its settings".to_owned()),
    }
}

/// `Deployed pdf and 2 more to web-shop`.
fn message(done: &str, steps: &[Step], project: &str) -> String {
    let is_done = |step: &&Step| !matches!(step.action, Action::Skip | Action::Undecided);
    let names: Vec<&str> = steps.iter().filter(is_done).map(|step| step.label.as_str()).collect();
    let preposition = match done {
        "Deployed" => "to",
        "Removed" => "from",
        _ => "in",
    };
    match names.as_slice() {
        [] => format!("Nothing to do in {project}"),
        [one] => format!("{done} {one} {preposition} {project}"),
        [first, rest @ ..] => {
            format!("{done} {first} and {} more {preposition} {project}", rest.len())
        }
    }
}
