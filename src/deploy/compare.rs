//! A copy in a project against what its source has now, file by file.

use std::collections::BTreeSet;

use super::deployer::Given;
use super::draft::Draft;
use super::standing::Standing;
use super::target::Target;
use super::wanted::{self, Part};
use crate::disk::beneath::Beneath;
use crate::error::{Problem, Result};
use crate::format::diff;
use crate::model::deployment::Deployment;
use crate::model::history::Difference;
use crate::model::profile::Where;

/// One file that is not the same on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Below the artifact; of a single file its name.
    pub path: String,
    /// The bytes in the project.
    pub here: Option<Vec<u8>>,
    /// The bytes of the source.
    pub source: Option<Vec<u8>>,
    /// From `source` to `here`: what a person changed.
    pub difference: Difference,
}

/// The files that differ, sorted; none where the copy equals its source.
pub fn compare(given: &Given<'_>, project: &str, deployment: &Deployment) -> Result<Vec<Compared>> {
    let target = Target::of(deployment)?;
    let found = deployment.id.as_ref().and_then(|id| given.catalog.find(id));
    let Some(artifact) = found.map(|at| &given.catalog.artifacts[at]) else {
        let text = format!("`{}` in {project} is nothing that this catalog has", deployment.name);
        return Err(Problem::error("SM631", text)
            .help("there is nothing to compare it with")
            .into());
    };
    let path = given.config.project(project)?.path.as_deref();
    let Some(folder) = path.map(|path| given.env.path(path)).filter(|path| path.is_dir()) else {
        let text = format!("there is no working copy of `{project}` on this machine");
        return Err(Problem::error("SM630", text).help("give its `path` in skillmeat.yaml").into());
    };
    let beneath = Beneath::open(&folder)?;
    let read = wanted::of_catalog(given.contents);
    let wanted = wanted::wanted(given.catalog, artifact, &read, &target)?;
    let standing = Standing::read(&mut Draft::new(&beneath), &target, Some(&wanted))?;
    let mut all = Vec::new();
    let paths: BTreeSet<&String> = standing.files.keys().chain(wanted.files.keys()).collect();
    for path in paths {
        let bytes = |held: Option<&crate::disk::beneath::Held>| held.map(|held| held.bytes.clone());
        let (here, source) = (bytes(standing.files.get(path)), bytes(wanted.files.get(path)));
        all.extend(compared(shown(&target, path), here, source));
    }
    all.extend(parts(&target, &standing, &wanted.part));
    Ok(all)
}

fn compared(path: String, here: Option<Vec<u8>>, source: Option<Vec<u8>>) -> Option<Compared> {
    if here == source {
        return None;
    }
    let side = |bytes: &Option<Vec<u8>>| bytes.clone().unwrap_or_default();
    let difference = diff::between(&path, &side(&source), &side(&here));
    Some(Compared { path, here, source, difference })
}

/// Entries of a file of others, as JSON that is easy to read.
fn parts(target: &Target, standing: &Standing, wanted: &Part) -> Option<Compared> {
    let pretty = |value: &serde_json::Value| {
        serde_json::to_string_pretty(value).ok().map(|text| (text + "\n").into_bytes())
    };
    let of_hooks = |all: &[crate::format::part::hooks::Handler]| {
        let each = all.iter().map(|one| {
            serde_json::json!({"event": one.event, "matcher": one.matcher, "handler": one.body})
        });
        pretty(&each.collect::<Vec<_>>().into())
    };
    let (here, source) = match wanted {
        Part::None => return None,
        Part::Server(entry) => (standing.server.as_ref().and_then(pretty), pretty(entry)),
        Part::Hooks(all) if standing.handlers.is_empty() => (None, of_hooks(all)),
        Part::Hooks(all) => (of_hooks(&standing.handlers), of_hooks(all)),
    };
    compared(target.path(), here, source)
}

fn shown(target: &Target, path: &str) -> String {
    let below = match &target.place {
        Where::Dir(dir) | Where::Hooks { dir, .. } => path.strip_prefix(&format!("{dir}/")),
        Where::File(_) => path.rsplit('/').next(),
        Where::Server { .. } => None,
    };
    below.unwrap_or(path).to_owned()
}
