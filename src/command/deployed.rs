//! Words of a person to what a project has: its artifacts, its folder.

use super::show;
use crate::catalog::Catalog;
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::model::deployment::{Deployment, Project};
use crate::model::id::ArtifactId;
use crate::words;

/// What the last look found in a project.
pub(super) fn of<'a>(catalog: &'a Catalog, project: &str) -> &'a [Deployment] {
    let found = catalog.projects.iter().find(|state| state.name == project);
    found.map_or(&[], |state| &state.deployments)
}

/// The artifacts that are meant: of those in the project by whatever form fits only one, else of all.
pub(super) fn ids(catalog: &Catalog, project: &str, written: &[String]) -> Result<Vec<ArtifactId>> {
    written.iter().map(|word| id(catalog, project, word)).collect()
}

fn id(catalog: &Catalog, project: &str, word: &str) -> Result<ArtifactId> {
    let mut fitting: Vec<&ArtifactId> =
        of(catalog, project).iter().filter_map(|one| one.id.as_ref()).collect();
    fitting.retain(|id| is_meant(id, word));
    fitting.dedup();
    fitting.sort();
    fitting.dedup();
    match fitting.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Ok(catalog.artifacts[show::find(catalog, word)?].id.clone()),
        several => {
            let text = format!("`{word}` fits {} artifacts in `{project}`", several.len());
            let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
            let help = format!("name one: {}", words::list_or(&ids));
            Err(Problem::error("SM234", text).help(help).into())
        }
    }
}

/// Whether a word means the artifact: its id, `kind:name` or `name`.
pub(super) fn is_meant(id: &ArtifactId, word: &str) -> bool {
    let named = |name: &str| name == word || format!("{}:{name}", id.kind) == word;
    id.to_string() == word || named(&id.name) || named(id.short_name())
}

/// Whether the project's folder is on this machine.
pub(super) fn is_here(env: &Env, project: &Project) -> bool {
    project.path.as_ref().is_some_and(|path| env.path(path).is_dir())
}
