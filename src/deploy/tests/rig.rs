//! A catalog with a folder of artifacts, and a project beside it, both on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cache::Cache;
use crate::catalog::load::{self, Loaded};
use crate::deploy::order::{Choice, Consent, Order, What};
use crate::deploy::plan::Plan;
use crate::deploy::refusal::Refused;
use crate::deploy::{Deployer, Done, Given};
use crate::env::Env;
use crate::format::deployed;
use crate::model::deployment::{By, Deployment, ProjectState, State};
use crate::model::id::ArtifactId;
use crate::model::profile::Profile;

pub(super) struct World {
    dir: tempfile::TempDir,
    pub(super) env: Env,
}

impl World {
    /// Files below the folder of artifacts.
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("catalog");
        fs::create_dir_all(dir.path().join("shop")).unwrap();
        let env = Env {
            cache_dir: dir.path().join("cache"),
            state_dir: dir.path().join("state"),
            ..Env::at(&root)
        };
        let world = Self { dir, env };
        let config = "version: 1\nsources:\n  local: {path: artifacts}\n\
                      projects:\n  shop: {path: ../shop}\n";
        put(&world.env.root.join("skillmeat.yaml"), config);
        files.iter().for_each(|(path, text)| world.source(path, text));
        world
    }

    /// Writes a file of the source.
    pub(super) fn source(&self, path: &str, text: &str) {
        put(&self.env.root.join("artifacts").join(path), text);
    }

    pub(super) fn project(&self) -> PathBuf {
        self.dir.path().join("shop")
    }

    /// Writes a file of the project.
    pub(super) fn edit(&self, path: &str, text: &str) {
        put(&self.project().join(path), text);
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.project().join(path)).unwrap_or_default()
    }

    /// Every file of the project but records, with its text.
    pub(super) fn files(&self) -> BTreeMap<String, String> {
        let mut all = self.all();
        all.retain(|path, _| !path.ends_with(deployed::FILE));
        all
    }

    pub(super) fn all(&self) -> BTreeMap<String, String> {
        let root = self.project();
        let entries = walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap);
        entries
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = entry.path().strip_prefix(&root).unwrap().to_str().unwrap();
                (path.to_owned(), fs::read_to_string(entry.path()).unwrap())
            })
            .collect()
    }

    /// The catalog, with what the records of the project say.
    pub(super) fn load(&self) -> Loaded {
        let cache = Arc::new(Cache::open(&self.env.cache_dir, self.env.now).unwrap());
        let mut loaded = load::load(&self.env, &cache).unwrap();
        let mut deployments = Vec::new();
        for root in [".claude", ".agents", ".codex", ".gemini", ".cursor", ".github"] {
            let file = format!("{root}/{}", deployed::FILE);
            for entry in deployed::read(&file, &self.read(&file)).0 {
                deployments.push(deployment(root, &entry));
            }
        }
        let state = ProjectState { name: "shop".into(), scanned: None, deployments };
        loaded.catalog.projects = vec![state];
        loaded
    }

    pub(super) fn plan(&self, order: &Order) -> Result<Plan, Refused> {
        let loaded = self.load();
        Deployer::new(&self.env).unwrap().plan(&self.given(&loaded), order)
    }

    pub(super) fn apply(&self, order: &Order, consent: Consent) -> Result<Done, Refused> {
        let loaded = self.load();
        let deployer = Deployer::new(&self.env).unwrap();
        deployer.apply(&self.given(&loaded), order, consent, self.env.now)
    }

    /// Plans, agrees and carries out.
    pub(super) fn carry_out(&self, order: &Order) -> Result<Done, Refused> {
        let plan = self.plan(order)?;
        self.apply(order, Some(plan.digest()))
    }

    pub(super) fn given<'a>(&'a self, loaded: &'a Loaded) -> Given<'a> {
        Given {
            env: &self.env,
            config: &loaded.config,
            catalog: &loaded.catalog,
            contents: &loaded.contents,
        }
    }
}

fn deployment(root: &str, entry: &deployed::Entry) -> Deployment {
    let kind = deployed::kind(&entry.kind).unwrap();
    let profile = entry.profile.clone().unwrap();
    let path = match entry.path.split_once('/') {
        Some(("mcp", name)) => format!(".mcp.json#{name}"),
        Some(("hooks", _)) => ".claude/settings.json#hooks".to_owned(),
        _ => format!("{root}/{}", entry.path),
    };
    Deployment {
        kind,
        name: entry.name.clone(),
        id: Some(ArtifactId::new("local", kind, &entry.name)),
        profile,
        state: State::InSync,
        path,
        by: Some(By::SkillMeat),
        links: Vec::new(),
        deployed_at: None,
        base: None,
        here: None,
    }
}

pub(super) fn order(what: What) -> Order {
    Order { project: "shop".into(), what, choice: None, choices: Vec::new(), allow_hidden: false }
}

pub(super) fn deploy(ids: &[&str]) -> Order {
    order(What::Deploy { ids: parsed(ids), profile: Profile::ClaudeCode, at: None })
}

pub(super) fn update(ids: &[&str], choice: Option<Choice>) -> Order {
    Order { choice, ..order(What::Update { ids: parsed(ids), profile: None }) }
}

pub(super) fn undeploy(ids: &[&str]) -> Order {
    order(What::Undeploy { ids: parsed(ids), profile: None })
}

fn parsed(ids: &[&str]) -> Vec<ArtifactId> {
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
