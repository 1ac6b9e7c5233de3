//! An artifact as it was at a commit of its Git source.

use std::collections::HashMap;

use super::deployer::Given;
use crate::disk::FileLock;
use crate::error::{Error, Problem, Result};
use crate::model::artifact::{Artifact, File};
use crate::model::source::{Address, Source};
use crate::source::detect::{self, Content, Sticky};
use crate::source::filter::Filter;
use crate::source::git::{self, Git, Request, Wanted};
use crate::source::memory::Nothing;
use crate::source::tree::Tree;
use crate::words;

/// The files of one artifact at a commit.
pub(super) struct Past {
    tree: Tree,
    contents: HashMap<String, Content>,
}

impl Past {
    pub(super) fn read(&self, file: &File) -> Result<Vec<u8>> {
        match self.contents.get(&file.path) {
            Some(Content::Tree(path)) => self.tree.read(path),
            Some(Content::Bytes(bytes)) => Ok(bytes.clone()),
            None => Err(Problem::error("SM640", format!("`{}` was not there", file.path)).into()),
        }
    }
}

/// Reads the commit from the clone in the cache; asks the remote where it is not there yet.
pub(super) fn artifact(
    given: &Given<'_>,
    now: &Artifact,
    commit: &str,
) -> Result<(Artifact, Past)> {
    let sources = &given.config.sources;
    let source = sources.iter().find(|source| source.name == now.id.source);
    let Some(Source { address: Address::Git { url, reference }, .. }) = source else {
        return Err(not_git(now));
    };
    let Some(source) = source else { return Err(not_git(now)) };
    let commit = whole(given, now, commit)?;
    let dir = git::clone_dir(&given.env.cache_dir, url);
    let _lock =
        FileLock::acquire_while(&dir.with_extension("lock"), |_| {}, || given.env.stop.check())?;
    let git = Git::find(given.env.stop.clone())?;
    let filter = Filter::new(&source.include, &source.exclude)?;
    let wanted = Wanted::Commit(&commit);
    let request =
        Request { url, reference: reference.as_deref(), dir: &dir, filter: &filter, wanted };
    if !given.env.offline {
        git::fetch(&git, &request)?;
    }
    let tree = git::open(&git, &dir, &commit, &filter)?;
    // What the lock named stays with its path; at that commit it may have stood elsewhere.
    let sticky = Sticky::from([((now.id.kind, now.path.clone()), now.id.name.clone())]);
    let found = detect::detect(source, &tree, &sticky, &Nothing).artifacts;
    let is_it = |one: &&detect::Found| one.artifact.id == now.id;
    let Some(found) = found.iter().find(is_it) else {
        let text = format!("`{}` was not there at {}", now.id, short(&commit));
        let help = "see its history for the commits there are";
        return Err(Problem::error("SM640", text).help(help).into());
    };
    let artifact = found.artifact.clone();
    let names = artifact.files.iter().map(|file| file.path.clone());
    let contents = names.zip(found.contents.iter().cloned()).collect();
    Ok((artifact, Past { tree, contents }))
}

/// A commit by its whole id; the first digits do for one of the artifact's own history.
fn whole(given: &Given<'_>, artifact: &Artifact, written: &str) -> Result<String> {
    let is_hex = written.len() >= 4 && written.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex && written.len() >= 40 {
        return Ok(written.to_lowercase());
    }
    let history = given.contents.history(artifact)?.unwrap_or_default();
    let mut commits = history.versions.iter().filter_map(|version| version.commit.as_deref());
    let wanted = written.to_lowercase();
    let found = commits.find(|commit| is_hex && commit.starts_with(&wanted));
    found.map(str::to_owned).ok_or_else(|| {
        let text = format!("`{}` is no commit of `{}`", words::visible(written), artifact.id);
        let help = "name a whole commit id, or the first digits of one in its history";
        Problem::error("SM640", text).help(help).into()
    })
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

fn not_git(artifact: &Artifact) -> Error {
    let text = format!("`{}` comes from no Git repository, so it has no commits", artifact.id);
    Problem::error("SM640", text).help("deploy it as it is now, without `--at`").into()
}
