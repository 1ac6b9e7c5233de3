//! Catalogs of a few artifacts that are nothing but a name and tags, with collections on disk.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::path::PathBuf;

use crate::edit::change::{About, Change, Position, Seen};
use crate::edit::refusal::Refused;
use jiff::Timestamp;

use crate::catalog::Catalog;
use crate::catalog::files as catalog_files;
use crate::catalog::resolve::Resolver;
use crate::edit::{Done, Editor};
use crate::env::Env;
use crate::format::config::SiteSettings;
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;
use crate::model::shared::Shared;

/// A catalog in a folder of its own.
pub(super) struct World {
    _dir: tempfile::TempDir,
    pub(super) env: Env,
    artifacts: Vec<Shared<Artifact>>,
}

impl World {
    /// Artifacts with their tags, and files below `collections/`.
    pub(super) fn new(artifacts: &[(&str, &[&str])], files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let env = Env::at(dir.path());
        let mut artifacts: Vec<Artifact> =
            artifacts.iter().map(|(id, tags)| one(id, tags)).collect();
        artifacts.sort_by(|a, b| a.id.cmp(&b.id));
        let artifacts = artifacts.into_iter().map(Shared::from).collect();
        let world = Self { _dir: dir, env, artifacts };
        for (file, text) in files {
            world.write(file, text);
        }
        world
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.env.root.join("collections").join(file)
    }

    pub(super) fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(super) fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap()
    }

    /// As `serve` has it.
    pub(super) fn catalog(&self) -> Catalog {
        let mut files = catalog_files::Hashes::new();
        let read = catalog_files::collections(&self.env, &mut files).unwrap();
        let locked = BTreeMap::new();
        let mut resolver = Resolver::new(&self.artifacts, &[], HashSet::new(), &locked);
        let collections = read.into_iter().map(|one| resolver.resolve(one));
        Catalog {
            collections: collections.collect(),
            artifacts: self.artifacts.clone().into(),
            files,
            site: SiteSettings {
                title: String::new(),
                description: String::new(),
                base_url: None,
                edit_url: None,
                pages: Vec::new(),
            },
            sources: Vec::new(),
            slugs: Vec::new().into(),
            removed: Vec::new(),
            memberships: Vec::new(),
            projects: Vec::new(),
            abouts: Vec::new(),
            pages: Vec::new(),
            images: Vec::new(),
            problems: Vec::new(),
            stamps: crate::catalog::Stamps::default(),
        }
    }

    pub(super) fn editor(&self) -> Editor {
        Editor::new(&self.env).unwrap()
    }

    /// Everything seen as it is.
    pub(super) fn apply(&self, changes: &[Change]) -> Result<Done, Refused> {
        apply(&self.editor(), &self.catalog(), changes)
    }

    /// What a group shows, in its order.
    pub(super) fn shown(&self, group: &str) -> Vec<String> {
        let catalog = self.catalog();
        let collection = &catalog.collections[0];
        let names = |members: &[usize]| {
            let name = |index: &usize| catalog.artifacts[*index].id.name.clone();
            members.iter().map(name).collect()
        };
        match group {
            "" => names(&collection.members),
            group => {
                let found = collection.groups.iter().find(|one| one.definition.slug == group);
                names(&found.unwrap().members)
            }
        }
    }
}

fn one(id: &str, tags: &[&str]) -> Artifact {
    let value = serde_json::json!({
        "id": id, "path": id, "hash": ContentHash::of(id.as_bytes()), "files": [], "tags": tags,
    });
    serde_json::from_value(value).unwrap()
}

/// As somebody does who has seen everything.
pub(super) fn apply(
    editor: &Editor,
    catalog: &Catalog,
    changes: &[Change],
) -> Result<Done, Refused> {
    let mut seen = seen(catalog);
    for file in editor.plan(catalog, changes)?.files {
        seen.entry(file.path).or_insert(None);
    }
    editor.apply(catalog, changes, &seen, Timestamp::UNIX_EPOCH)
}

pub(super) fn seen(catalog: &Catalog) -> Seen {
    catalog.files.iter().map(|(path, hash)| (path.clone(), Some(*hash))).collect()
}

pub(super) fn id(name: &str) -> ArtifactId {
    format!("s/skill/{name}").parse().unwrap()
}

pub(super) fn ids(names: &str) -> Vec<ArtifactId> {
    names.split_whitespace().map(id).collect()
}

pub(super) fn about(title: &str) -> About {
    About { title: Some(Some(title.to_owned())), ..About::default() }
}

pub(super) const DOCS: &str = "# ours
title: Documents   # as on the wall
order: 20
include: [{tag: doc}]
members:
  # the one
  s/skill/docx: {rank: 10}
  s/skill/pdf: {rank: 20}   # Ann's
  s/skill/report:
";

pub(super) fn world() -> World {
    World::new(
        &[
            ("s/skill/docx", &["doc"]),
            ("s/skill/pdf", &["doc"]),
            ("s/skill/report", &[]),
            ("s/skill/sheet", &["doc"]),
            ("s/skill/zip", &[]),
        ],
        &[
            ("team/collection.yaml", "title: Team\ninclude:\n  - {tag: doc}\n"),
            ("team/groups/docs.yaml", DOCS),
            ("team/groups/other.yaml", "title: Other\norder: 30\n"),
        ],
    )
}

pub(super) fn to(group: &str, from: Option<&str>, names: &str, at: Position) -> Change {
    Change::MoveToGroup {
        collection: "team".into(),
        from: from.map(str::to_owned),
        group: group.into(),
        ids: ids(names),
        at,
    }
}
