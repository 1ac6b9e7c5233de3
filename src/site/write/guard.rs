//! Which directories a site may be written to.

use std::path::{Component, Path, PathBuf};

use super::names::{self, Extent};
use super::{Memory, REFUSED};
use crate::disk::{self, Kind};
use crate::error::{Problem, Result};
use crate::timings::Timings;

/// What must not be written over.
#[derive(Default)]
pub struct Guard<'a> {
    /// The user's home, where it is known.
    pub home: Option<&'a Path>,
    /// The root of the catalog and everything a build reads: none of these, nor a directory
    /// above, is an output directory.
    pub inputs: &'a [PathBuf],
    /// What of the site the outputs are.
    pub extent: Extent,
    /// Overwrite files in the way, and files changed since they were written. It opens no
    /// directory that is refused.
    pub force: bool,
    /// Outputs whose bytes depend on more than the catalog; they are always ours to overwrite.
    pub volatile: &'a [&'a str],
    /// Called once for each file that is done.
    pub progress: Option<&'a (dyn Fn() + Sync)>,
    /// Without it, everything is made.
    pub memory: Option<Memory<'a>>,
    pub timings: Timings,
}

/// Whether the directory exists; an error when it must not be written to.
pub fn check(out: &Path, guard: &Guard) -> Result<bool> {
    let refused = |why: &str| {
        let message = format!("refusing to write the site to `{}`: {why}", out.display());
        Problem::error(REFUSED, message)
            .help("choose an empty directory, or one that `skillmeat build` made")
    };
    let kind = disk::kind(out)?;
    match kind {
        None | Some(Kind::Dir) => {}
        Some(Kind::Link) => return Err(refused("it is a link").into()),
        Some(_) => return Err(refused("it is no directory").into()),
    }
    let Some(real) = real(out) else {
        return Err(refused("it is no plain path").into());
    };
    if real.parent().is_none() {
        return Err(refused("it is the root of the file system").into());
    }
    let holds = |path: &Path| self::real(path).unwrap_or_else(|| path.into()).starts_with(&real);
    if guard.home.is_some_and(holds) {
        return Err(refused("it is, or holds, the home directory").into());
    }
    if let Some(input) = guard.inputs.iter().find(|input| holds(input)) {
        return Err(refused(&format!("it is, or holds, `{}`", input.display())).into());
    }
    if kind.is_none() {
        return Ok(false);
    }
    if disk::kind(&real.join(".git"))?.is_some() {
        return Err(refused("it is the root of a Git repository").into());
    }
    if !names::is_ours(out)? {
        return Err(refused("it holds files and was not made by `skillmeat build`").into());
    }
    Ok(true)
}

/// The absolute path without links, of what exists and of what will.
fn real(path: &Path) -> Option<PathBuf> {
    let mut missing = Vec::new();
    let mut at = path;
    loop {
        let here = if at.as_os_str().is_empty() { Path::new(".") } else { at };
        if let Some(mut real) = disk::real_path(here) {
            real.extend(missing.iter().rev());
            return Some(real);
        }
        match at.components().next_back()? {
            Component::Normal(name) => missing.push(name),
            _ => return None,
        }
        at = at.parent()?;
    }
}
