//! Records of a project and the artifacts of a catalog to deployment states.

use super::contents::Contents;
use super::{Catalog, Index, Removed};

use crate::error::Result;
use crate::model::artifact::Artifact;
use crate::model::deployment::{By, Deployment, State};
use crate::model::hash::OriginalHasher;
use crate::model::id::Kind;
use crate::model::shared::Shared;
use crate::project::Record;

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

/// Finds what each record means among `artifacts` and says its state.
pub fn deployments(
    records: &[Record],
    artifacts: &[Shared<Artifact>],
    removed: &[Removed],
    contents: &dyn Contents,
) -> Result<Vec<Deployment>> {
    records.iter().map(|record| deployment(record, artifacts, removed, contents)).collect()
}

fn deployment(
    record: &Record,
    artifacts: &[Shared<Artifact>],
    removed: &[Removed],
    contents: &dyn Contents,
) -> Result<Deployment> {
    let is_meant = |kind: Kind, name: &str, full: &str| {
        kind == record.kind && [name, full].contains(&record.name.as_str())
    };
    let candidates: Vec<Index> = (0..artifacts.len())
        .filter(|&i| {
            let id = &artifacts[i].id;
            is_meant(id.kind, id.short_name(), &id.name)
        })
        .collect();
    let mut hashes = Vec::with_capacity(candidates.len());
    for &index in &candidates {
        hashes.push(original_hash(&artifacts[index], contents)?);
    }
    let known = [record.here.as_ref(), record.base.as_ref()];
    let fits: Vec<usize> =
        (0..hashes.len()).filter(|&i| known.contains(&Some(&hashes[i]))).collect();
    let chosen = match (candidates.len(), fits.as_slice()) {
        (1, _) => Some(0),
        (_, [only]) => Some(*only),
        _ => None,
    };
    let (base, here) = (record.base.as_deref(), record.here.as_deref());
    let gone =
        || removed.iter().find(|gone| is_meant(gone.id.kind, gone.id.short_name(), &gone.id.name));
    let (id, state) = match chosen {
        Some(i) => (Some(artifacts[candidates[i]].id.clone()), state(base, here, Some(&hashes[i]))),
        None if here.is_none() => (None, State::Missing),
        None if !candidates.is_empty() => (None, State::Unknown),
        None => match gone() {
            Some(gone) => (Some(gone.id.clone()), State::Orphaned),
            None => (None, State::Unknown),
        },
    };
    let original = |hex: &String| format!("original:{hex}");
    Ok(Deployment {
        kind: record.kind,
        name: record.name.clone(),
        id,
        profile: record.profile.clone(),
        state,
        path: record.path.to_string(),
        by: Some(By::SkillMeat),
        links: Vec::new(),
        deployed_at: record.deployed_at,
        base: record.base.as_ref().map(original),
        here: record.here.as_ref().map(original),
    })
}

impl Catalog {
    /// Why it is in its state, as a sentence without its full stop: `The copy was edited; its source
    /// is as it was deployed`.
    pub fn reason(&self, deployment: &Deployment) -> String {
        deployment.state.label().to_owned()
    }

    /// The artifacts that a deployment may mean, where it cannot be told which.
    pub fn candidates(&self, deployment: &Deployment) -> Vec<Index> {
        let _ = deployment;
        Vec::new()
    }

    /// The version of the artifact that a deployment means, as its source has it now.
    pub fn latest_version(&self, deployment: &Deployment) -> Option<&str> {
        let index = self.find(deployment.id.as_ref()?)?;
        self.artifacts[index].version.as_deref()
    }

    /// The version that is deployed. Records name none: only a copy that equals its source tells.
    pub fn deployed_version(&self, deployment: &Deployment) -> Option<&str> {
        let is_current = deployment.state == State::InSync;
        is_current.then(|| self.latest_version(deployment)).flatten()
    }
}

/// SkillMeat's content hash of an artifact as its source has it now.
fn original_hash(artifact: &Artifact, contents: &dyn Contents) -> Result<String> {
    let is_one_file = matches!(artifact.id.kind, Kind::Command | Kind::Agent);
    if let (true, [file]) = (is_one_file, artifact.files.as_slice()) {
        return Ok(file.hash.hex());
    }
    let mut files: Vec<_> = artifact.files.iter().collect();
    files.sort_by(|a, b| a.path.split('/').cmp(b.path.split('/')));
    let mut hasher = OriginalHasher::default();
    for file in files {
        hasher.add(&file.path, &contents.read(artifact, file)?);
    }
    Ok(hasher.hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_hashes_tell_the_state() {
        let (a, b, c) = (Some("a"), Some("b"), Some("c"));
        for (base, here, source, wanted) in [
            (a, a, a, State::InSync),
            (a, b, b, State::InSync),
            (None, a, a, State::InSync),
            (a, a, b, State::Outdated),
            (a, b, a, State::Modified),
            (a, b, c, State::Diverged),
            (a, None, a, State::Missing),
            (a, None, None, State::Missing),
            (a, a, None, State::Orphaned),
            (None, a, b, State::Untracked),
        ] {
            assert_eq!(state(base, here, source), wanted, "{base:?} {here:?} {source:?}");
        }
    }
}
