//! What projects hold and the artifacts of a catalog to deployment states.
//!
//! Who is meant is told by `find`, what the source has now by `source`, why by `reason`.

mod find;
mod reason;
pub mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::find::{Chosen, Names};
use self::source::Hashes;
use super::contents::Contents;
use super::{Catalog, Index, Removed};
use crate::error::Result;
use crate::model::artifact::Artifact;
use crate::model::deployment::{By, Deployment, State};
use crate::model::id::{ArtifactId, Kind};
use crate::model::shared::Shared;
use crate::model::source::Source;
use crate::project::Record;
use crate::project::digest::{self, Drops, GH, GIT_TREE, SKILLS, UNREAD};

/// The state that three hashes tell: as deployed, in the project, in the source.
pub fn state(base: Option<&str>, here: Option<&str>, source: Option<&str>) -> State {
    match (base, here, source) {
        (_, None, _) => State::Missing,
        (_, Some(_), None) => State::Orphaned,
        (_, Some(here), Some(source)) if here == source => State::InSync,
        (None, Some(_), Some(_)) => State::Untracked,
        (Some(base), Some(here), Some(_)) if base == here => State::Outdated,
        (Some(base), Some(_), Some(source)) if base == source => State::Modified,
        (Some(_), Some(_), Some(_)) => State::Diverged,
    }
}

/// Tells states for many projects: what is worked out of an artifact is worked out once. Shared
/// between threads.
pub struct States<'a> {
    artifacts: &'a [Shared<Artifact>],
    names: Names<'a>,
    hashes: Hashes<'a>,
}

impl<'a> States<'a> {
    pub fn new(
        artifacts: &'a [Shared<Artifact>],
        removed: &'a [Removed],
        sources: &'a [Source],
        contents: &'a dyn Contents,
    ) -> Self {
        Self {
            artifacts,
            names: Names::new(artifacts, removed, sources),
            hashes: Hashes::new(artifacts, contents),
        }
    }

    /// What each record means and its state.
    pub fn deployments(&self, records: &[Record]) -> Result<Vec<Deployment>> {
        let mut all = Vec::with_capacity(records.len());
        for record in records {
            if record.handlers.is_empty() {
                all.push(self.deployment(record)?);
            } else {
                self.hooks(record, &mut all)?;
            }
        }
        // As the lock has them.
        all.sort_by(|a, b| {
            (a.kind, &a.name, &a.profile, &a.path).cmp(&(b.kind, &b.name, &b.profile, &b.path))
        });
        Ok(all)
    }

    fn deployment(&self, record: &Record) -> Result<Deployment> {
        let chosen = self.choose(record)?;
        let state = match &chosen {
            _ if record.here.as_deref() == Some(UNREAD) => State::Unknown,
            Chosen::One(index) => self.state_against(*index, record)?,
            _ if is_missing(record) => State::Missing,
            Chosen::Gone(_) => State::Orphaned,
            Chosen::Several => State::Unknown,
            Chosen::None if record.by.is_none() => State::Untracked,
            Chosen::None => State::Unknown,
        };
        let id = match chosen {
            Chosen::One(index) => Some(self.artifacts[index].id.clone()),
            Chosen::Gone(id) => Some(id),
            Chosen::Several | Chosen::None => None,
        };
        Ok(deployment(record, id, state))
    }

    /// The state of a copy of an artifact that the catalog has.
    fn state_against(&self, index: Index, record: &Record) -> Result<State> {
        if record.by == Some(By::Settings) {
            return Ok(State::InSync);
        }
        let (base, Some(here)) = (record.base.as_deref(), record.here.as_deref()) else {
            return Ok(State::Missing);
        };
        match digest::parts(here).0 {
            SKILLS => self.skills(index, base, here),
            GH => self.gh(index, base, here),
            algorithm => Ok(match self.hashes.of(index, algorithm)? {
                Some(source) => state(base, Some(here), Some(source)),
                None => State::Unknown,
            }),
        }
    }

    /// `npx skills` records the hash of the source and leaves files out of the copy: where it may
    /// have, a copy that is not the source's does not tell whether it was edited.
    fn skills(&self, index: Index, base: Option<&str>, here: &str) -> Result<State> {
        let source = self.hashes.skills(index)?;
        if source.iter().any(|one| one == here) {
            return Ok(State::InSync);
        }
        let whole = source[Drops::Nothing as usize].as_str();
        let may_have_dropped = source.iter().any(|one| one != whole);
        Ok(match state(base, Some(here), Some(whole)) {
            State::Diverged if may_have_dropped => State::Unknown,
            told => told,
        })
    }

    /// `gh skill` records the id of the source's directory, which no copy has: a copy that is not
    /// the source's was edited where the source is as it was, else that cannot be told.
    fn gh(&self, index: Index, base: Option<&str>, here: &str) -> Result<State> {
        let source = self.hashes.of(index, GH)?;
        if source == Some(here) {
            return Ok(State::InSync);
        }
        let Some(base) = base else { return Ok(State::Untracked) };
        let is_unmoved = self.hashes.of(index, GIT_TREE)? == Some(base);
        Ok(if is_unmoved { State::Modified } else { State::Unknown })
    }

    /// Handlers that nobody recorded: those of hooks of the catalog, and the others as one.
    fn hooks(&self, record: &Record, all: &mut Vec<Deployment>) -> Result<()> {
        let mut left: BTreeSet<&String> = record.handlers.iter().collect();
        for (index, digests) in self.hashes.hooks()? {
            if digests.is_empty() || !digests.iter().all(|digest| left.contains(digest)) {
                continue;
            }
            left.retain(|digest| !digests.contains(digest));
            let id = &self.artifacts[*index].id;
            let here = self.hashes.of(*index, digest::PART)?.map(str::to_owned);
            let found = Record { name: id.short_name().to_owned(), here, ..record.clone() };
            all.push(deployment(&found, Some(id.clone()), State::InSync));
        }
        if !left.is_empty() {
            let left: Vec<String> = left.into_iter().cloned().collect();
            let rest = Record { here: Some(digest::handlers(&left)), ..record.clone() };
            all.push(deployment(&rest, None, State::Untracked));
        }
        Ok(())
    }
}

/// Recorded, and not there. What settings name is never there.
fn is_missing(record: &Record) -> bool {
    record.here.is_none() && record.by != Some(By::Settings)
}

fn deployment(record: &Record, id: Option<ArtifactId>, state: State) -> Deployment {
    let record = record.clone();
    Deployment {
        kind: record.kind,
        name: record.name,
        id,
        profile: record.profile,
        state,
        path: record.path,
        by: record.by,
        links: record.links,
        deployed_at: record.deployed_at,
        base: record.base,
        here: record.here,
    }
}

impl Catalog {
    /// The version of the artifact that a deployment means, as its source has it now.
    pub fn latest_version(&self, deployment: &Deployment) -> Option<&str> {
        let index = self.find(deployment.id.as_ref()?)?;
        self.artifacts[index].version.as_deref()
    }

    /// The version that is deployed. Records name none: only a copy that equals its source tells.
    /// Of a plugin that settings enable there is no copy.
    pub fn deployed_version(&self, deployment: &Deployment) -> Option<&str> {
        let is_copy = deployment.by != Some(By::Settings);
        let is_current = is_copy && deployment.state == State::InSync;
        is_current.then(|| self.latest_version(deployment)).flatten()
    }
}

/// Whether an artifact of this kind and name may be meant by a name in a project.
fn is_called(kind: Kind, id: &ArtifactId, name: &str) -> bool {
    id.kind == kind && [id.short_name(), &id.name].contains(&name)
}

/// Whether a plugin is of the marketplace that settings name, as far as its source says.
fn is_of_market(artifact: &Artifact, path: &str) -> bool {
    let said = path.rsplit_once('@').map(|(_, market)| market);
    let has = artifact.fields.iter().rfind(|(key, _)| key == "marketplace");
    match (said, has) {
        (Some(said), Some((_, has))) => said == has,
        _ => true,
    }
}
