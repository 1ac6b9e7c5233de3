//! A project's repository, at its newest commit, as the files of a project. Only what agents and tools
//! keep in one is fetched, never the project as a whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::disk::{self, FileLock};
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::model::deployment::Repository;
use crate::model::path::RelPath;
use crate::project::{Files, Leads, Stands};
use crate::source::filter::Filter;
use crate::source::git::{self, Git, Request, Wanted};
use crate::source::tree::Tree;

/// What is fetched: all that `project` looks at.
const KNOWN: [&str; 13] = [
    ".*/skills",
    ".*/.skillmeat-deployed.toml",
    ".claude/{commands,agents,hooks}",
    ".claude/settings*.json",
    ".github/{prompts,agents}",
    ".cursor/{commands,agents}",
    ".gemini/commands",
    ".codex/agents",
    ".opencode/commands",
    ".{cursor,vscode}/mcp.json",
    ".gemini/settings.json",
    ".codex/config.toml",
    "{.mcp,skills-lock}.json",
];

pub(super) struct Tracked {
    tree: Tree,
    /// What stands under each name of each folder.
    dirs: BTreeMap<RelPath, BTreeMap<String, Stands>>,
    /// Nobody else fetches into the clone while it is read.
    _hold: Option<FileLock>,
}

impl Tracked {
    /// Brings the newest commit into the clone in the cache, and lists it.
    pub(super) fn fetch(env: &Env, repository: &Repository) -> Result<Self> {
        let Repository { url, reference } = repository;
        let dir = git::clone_dir(&env.cache_dir, url);
        let hold = dir.with_extension("lock");
        let hold = FileLock::acquire_while(&hold, |_| (), || env.stop.check())?;
        disk::sweep_now(&dir.join("objects/pack"), "tmp_")?;
        let filter = Filter::new(&KNOWN.map(str::to_owned), &[])?;
        let git = Git::find(env.stop.clone())?;
        let request = Request {
            url,
            reference: reference.as_deref(),
            dir: &dir,
            filter: &filter,
            wanted: Wanted::Newest,
        };
        let fetched = git::fetch(&git, &request)?;
        let tree = git::open(&git, &dir, &fetched.commit, &filter)?;
        Ok(Self { _hold: Some(hold), ..Self::of(tree) })
    }

    fn of(tree: Tree) -> Self {
        let mut dirs = Dirs(BTreeMap::from([(RelPath::root(), BTreeMap::new())]));
        for (path, file) in &tree.files {
            match &file.link {
                None => dirs.put(path, Stands::File),
                Some(real) => {
                    // It may stand where nothing else is taken.
                    dirs.put(real, Stands::File);
                    dirs.put(path, Stands::Link(Leads::To(real.clone())));
                }
            }
        }
        for (path, dir) in &tree.aliases {
            dirs.put(path, Stands::Link(Leads::To(dir.clone())));
        }
        let lost: BTreeSet<(&str, bool)> = tree
            .problems
            .iter()
            .filter(|problem| matches!(&*problem.code, "SM404" | "SM405"))
            .filter_map(|problem| {
                Some((problem.place.as_ref()?.file.as_str(), problem.code == "SM404"))
            })
            .collect();
        for (path, is_outside) in lost {
            let leads = if is_outside { Leads::Outside } else { Leads::Nowhere };
            if let Some(path) = RelPath::parse(path) {
                dirs.put(&path, Stands::Link(leads));
            }
        }
        Self { dirs: dirs.0, tree, _hold: None }
    }
}

struct Dirs(BTreeMap<RelPath, BTreeMap<String, Stands>>);

impl Dirs {
    fn put(&mut self, path: &RelPath, stands: Stands) {
        let (mut path, mut stands) = (path.clone(), stands);
        while !path.is_root() {
            let dir = path.parent();
            let names = self.0.entry(dir.clone()).or_default();
            names.entry(path.file_name().to_owned()).or_insert(stands);
            (path, stands) = (dir, Stands::Dir);
        }
    }
}

impl Files for Tracked {
    fn names(&self, dir: &RelPath) -> Result<Vec<String>> {
        Ok(self.dirs.get(dir).map(|names| names.keys().cloned().collect()).unwrap_or_default())
    }

    fn look(&self, path: &RelPath) -> Result<Stands> {
        if path.is_root() {
            return Ok(Stands::Dir);
        }
        let names = self.dirs.get(&path.parent());
        let found = names.and_then(|names| names.get(path.file_name()));
        Ok(found.cloned().unwrap_or(Stands::Nothing))
    }

    fn read(&self, path: &RelPath, max: u64) -> Result<Vec<u8>> {
        let bytes = self.tree.read(path)?;
        if bytes.len() as u64 > max {
            let message = format!("`{path}` is larger than {} MiB", max >> 20);
            return Err(Problem::error("SM002", message).into());
        }
        Ok(bytes)
    }
}
