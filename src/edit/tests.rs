//! Edits as people make them: each against the files it leaves and what these mean.

mod crash;
mod random;

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::path::PathBuf;

use super::change::{About, Change, Position, Seen};
use super::refusal::Refused;
use super::*;
use crate::catalog::resolve::Resolver;
use crate::format::config::SiteSettings;
use crate::model::artifact::Artifact;
use crate::model::id::ArtifactId;

/// A catalog in a folder of its own.
pub(super) struct World {
    _dir: tempfile::TempDir,
    pub(super) env: Env,
    artifacts: Vec<Artifact>,
}

impl World {
    /// Artifacts with their tags, and files below `collections/`.
    pub(super) fn new(artifacts: &[(&str, &[&str])], files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let env = Env::at(dir.path());
        let mut artifacts: Vec<Artifact> =
            artifacts.iter().map(|(id, tags)| one(id, tags)).collect();
        artifacts.sort_by(|a, b| a.id.cmp(&b.id));
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
        let shelves = catalog_files::collections(&self.env).unwrap();
        let locked = BTreeMap::new();
        let mut resolver = Resolver::new(&self.artifacts, &[], HashSet::new(), &locked);
        let collections = shelves.collections.into_iter().map(|one| resolver.resolve(one));
        Catalog {
            collections: collections.collect(),
            artifacts: self.artifacts.clone(),
            files: shelves.files,
            site: SiteSettings {
                title: String::new(),
                description: String::new(),
                base_url: None,
                edit_url: None,
                pages: Vec::new(),
            },
            sources: Vec::new(),
            slugs: Vec::new(),
            removed: Vec::new(),
            memberships: Vec::new(),
            projects: Vec::new(),
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
        let catalog = self.catalog();
        self.editor().apply(&catalog, changes, &seen(&catalog))
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

pub(super) fn seen(catalog: &Catalog) -> Seen {
    catalog.files.iter().map(|(path, hash)| (path.clone(), Some(*hash))).collect()
}

pub(super) fn id(name: &str) -> ArtifactId {
    format!("s/skill/{name}").parse().unwrap()
}

pub(super) fn ids(names: &str) -> Vec<ArtifactId> {
    names.split_whitespace().map(id).collect()
}

fn about(title: &str) -> About {
    About { title: Some(Some(title.to_owned())), ..About::default() }
}

const DOCS: &str = "# ours
title: Documents   # as on the wall
order: 20
include: [{tag: doc}]
members:
  # the one
  s/skill/docx: {rank: 10}
  s/skill/pdf: {rank: 20}   # Ann's
  s/skill/report:
";

fn world() -> World {
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

fn to(group: &str, from: Option<&str>, names: &str, at: Position) -> Change {
    Change::MoveToGroup {
        collection: "team".into(),
        from: from.map(str::to_owned),
        group: group.into(),
        ids: ids(names),
        at,
    }
}

#[test]
fn a_drag_between_two_ranks_changes_one_line() {
    let world = world();
    assert_eq!(world.shown("docs"), ["docx", "pdf", "report", "sheet"]);
    let done = world.apply(&[to("docs", Some("docs"), "pdf", Position::First)]).unwrap();
    assert_eq!(done.plan.message, "Moved pdf in Documents");
    assert_eq!(done.plan.files.len(), 1);
    assert_eq!(world.read("team/groups/docs.yaml"), DOCS.replace("rank: 20", "rank: 5"));
    // What the selector brought in becomes a member when it is placed.
    world.write("team/groups/docs.yaml", DOCS);
    world.apply(&[to("docs", Some("docs"), "sheet", Position::Before(id("pdf")))]).unwrap();
    let expected = format!("{DOCS}  s/skill/sheet: {{rank: 15}}\n");
    assert_eq!(world.read("team/groups/docs.yaml"), expected);
    assert_eq!(world.shown("docs"), ["docx", "sheet", "pdf", "report"]);
    // It is there already.
    let done = world.apply(&[to("docs", Some("docs"), "sheet", Position::After(id("docx")))]);
    let done = done.unwrap();
    assert_eq!((done.plan.files.len(), done.id), (0, None));
}

#[test]
fn what_a_selector_brings_in_is_dragged_out_and_back_by_one_line() {
    let world = world();
    let done = world.apply(&[to("other", Some("docs"), "sheet", Position::Unranked)]).unwrap();
    assert_eq!(done.plan.message, "Moved sheet to Other");
    let excluded = format!("{DOCS}exclude:\n  - s/skill/sheet\n");
    assert_eq!(world.read("team/groups/docs.yaml"), excluded);
    assert_eq!(
        world.read("team/groups/other.yaml"),
        "title: Other\norder: 30\nmembers:\n  s/skill/sheet:\n"
    );
    world.apply(&[to("docs", Some("other"), "sheet", Position::Unranked)]).unwrap();
    assert_eq!(world.shown("docs"), ["docx", "pdf", "report", "sheet"]);
    assert!(!world.read("team/groups/docs.yaml").contains("s/skill/sheet"));
    assert_eq!(world.shown("other"), Vec::<String>::new());
}

#[test]
fn what_leaves_a_group_stays_in_the_collection() {
    let world = world();
    let remove = |names: &str| Change::RemoveFromGroup {
        collection: "team".into(),
        group: "docs".into(),
        ids: ids(names),
    };
    world.apply(&[remove("report sheet")]).unwrap();
    assert_eq!(world.shown("docs"), ["docx", "pdf"]);
    assert_eq!(world.shown(""), ["docx", "pdf", "report", "sheet"]);
    assert_eq!(
        world.read("team/collection.yaml"),
        "title: Team\ninclude:\n  - {tag: doc}\npin:\n  s/skill/report:\n"
    );
    let leave =
        |names: &str| Change::RemoveFromCollection { collection: "team".into(), ids: ids(names) };
    let done = world.apply(&[leave("report docx")]).unwrap();
    assert_eq!(done.plan.message, "Removed 2 artifacts from Team");
    assert_eq!(world.shown(""), ["pdf", "sheet"]);
    let join = Change::AddToCollection { collection: "team".into(), ids: ids("docx zip") };
    world.apply(&[join]).unwrap();
    assert_eq!(world.shown(""), ["docx", "pdf", "sheet", "zip"]);
    assert!(!world.read("team/collection.yaml").contains("docx"), "its exclude is gone");
}

#[test]
fn collections_and_groups_are_made_named_and_taken_away() {
    let world = world();
    let create = Change::CreateCollection {
        slug: None,
        about: About { description: Some(Some("One\r\ntwo ".into())), ..about("Tools & tips") },
        members: ids("zip"),
    };
    let done = world.apply(std::slice::from_ref(&create)).unwrap();
    assert_eq!(done.plan.message, "Created collection Tools & tips with zip");
    assert_eq!(
        world.read("tools-tips/collection.yaml"),
        "title: \"Tools & tips\"\ndescription: \"One\\ntwo\"\norder: 1010\npin:\n  s/skill/zip:\n"
    );
    let Err(Refused::Invalid(wrong)) = world.apply(&[create]) else { panic!("it is taken") };
    assert_eq!(
        (wrong[0].field, wrong[0].message.as_str()),
        ("title", "There is a collection of this name already.")
    );
    let group = |title: &str| Change::CreateGroup {
        collection: "team".into(),
        slug: None,
        about: About { color: Some(Some("teal".into())), ..about(title) },
        members: ids("zip pdf"),
    };
    world.apply(&[group("Archives")]).unwrap();
    assert_eq!(
        world.read("team/groups/archives.yaml"),
        "title: Archives\ncolor: teal\norder: 40\nmembers:\n  s/skill/pdf:\n  s/skill/zip:\n"
    );
    let delete = Change::DeleteGroup { collection: "team".into(), group: "archives".into() };
    world.apply(&[delete]).unwrap();
    assert_eq!(world.shown(""), ["docx", "pdf", "report", "sheet", "zip"]);
    assert!(!world.path("team/groups/archives.yaml").exists());
    let delete = Change::DeleteCollection { collection: "tools-tips".into() };
    world.apply(&[delete]).unwrap();
    assert!(!world.path("tools-tips").exists());
}

#[test]
fn what_changed_meanwhile_is_told_with_both_versions() {
    let world = world();
    let catalog = world.catalog();
    let change = [to("docs", Some("docs"), "pdf", Position::First)];
    let Err(Refused::Unseen(files)) = world.editor().apply(&catalog, &change, &Seen::new()) else {
        panic!("nothing was seen")
    };
    assert_eq!(files, ["collections/team/groups/docs.yaml"]);
    let theirs = DOCS.replace("# ours", "# theirs");
    world.write("team/groups/docs.yaml", &theirs);
    for change_seen in [seen(&catalog), seen(&world.catalog())] {
        let refused = world.editor().apply(&catalog, &change, &change_seen);
        let Err(Refused::Changed(conflicts)) = refused else { panic!("it was changed") };
        assert_eq!(conflicts[0].now.as_deref(), Some(theirs.as_str()));
        let yours = theirs.replace("rank: 20", "rank: 5");
        assert_eq!(conflicts[0].yours.as_deref(), Some(yours.as_str()));
    }
    assert_eq!(world.read("team/groups/docs.yaml"), theirs);
}

#[test]
fn names_are_checked_each_beside_its_field() {
    let world = world();
    let edit = |about: About| {
        let change = Change::EditGroup { collection: "team".into(), group: "docs".into(), about };
        match world.editor().plan(&world.catalog(), &[change]) {
            Err(Refused::Invalid(wrong)) => {
                wrong.into_iter().map(|it| format!("{}: {}", it.field, it.message)).collect()
            }
            other => vec![format!("{:?}", other.map(|plan| plan.message))],
        }
    };
    let set = |text: &str| Some(Some(text.to_owned()));
    assert_eq!(edit(about(" ")), ["title: Give it a name."]);
    assert_eq!(edit(about("OTHER")), ["title: There is a group of this name already."]);
    assert_eq!(edit(about("DOCUMENTS")), ["Ok(\"Renamed group Documents to DOCUMENTS\")"]);
    assert_eq!(edit(about(&"x".repeat(256))), ["title: This has 256 characters; at most 255 fit."]);
    assert_eq!(edit(about(&"é".repeat(255))).len(), 1);
    let about = About {
        color: set("crimson"),
        description: set("a\u{7}"),
        owner: set("me"),
        ..about("a\nb")
    };
    assert_eq!(
        edit(about),
        [
            "title: This holds a control character.",
            "description: This holds a control character.",
            "color: This is no colour of the palette: `slate`, `gray`, `red`, `orange`, `amber`, \
             `green`, `teal`, `blue`, `indigo`, `purple`, `pink` or `rose`.",
            "owner: A group has no owner.",
        ]
    );
}
