//! What an edit leaves, and what it refuses.

mod crash;
mod random;
mod rig;

use std::sync::Arc;

use jiff::Timestamp;

use super::change::{About, Change, Position, Seen};
use super::refusal::Refused;
use super::*;
use crate::cache::Cache;
use crate::catalog::{Catalog, load};
use crate::model::id::ArtifactId;

#[test]
fn a_file_that_somebody_saved_meanwhile_is_left_as_they_saved_it() {
    let dir = tempfile::tempdir().unwrap();
    let env = Env::at(dir.path());
    let path = dir.path().join("collections/a/collection.yaml");
    let replace = |before, after| replace(&env, "collections/a/collection.yaml", before, after);
    let text = || std::fs::read_to_string(&path).unwrap();
    assert!(replace(None, "title: A\n").unwrap());
    assert!(replace(Some("title: A\n"), "title: B\n").unwrap());
    assert!(!replace(Some("title: A\n"), "title: C\n").unwrap(), "it is not A any more");
    assert!(!replace(None, "title: C\n").unwrap(), "it is there");
    assert_eq!(text(), "title: B\n");
    std::fs::remove_file(&path).unwrap();
    assert!(!replace(Some("title: B\n"), "title: C\n").unwrap(), "it was removed");
    assert!(!path.exists());
    let other = dir.path().join("other.yaml");
    std::fs::write(&other, "title: B\n").unwrap();
    std::os::unix::fs::symlink(&other, &path).unwrap();
    assert!(!replace(Some("title: B\n"), "title: C\n").unwrap(), "it is a link");
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "title: B\n");
    let names: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing is left behind");
}

/// A catalog on disk with three skills of its own.
struct House {
    dir: tempfile::TempDir,
}

impl House {
    fn new(files: &[(&str, &str)]) -> Self {
        let house = Self { dir: tempfile::tempdir().unwrap() };
        house.put("skillmeat.yaml", "version: 1\nsources:\n  local: {path: content/artifacts}\n");
        for name in ["docx", "pdf", "report"] {
            let text = format!("---\nname: {name}\ndescription: Does {name}.\n---\n# {name}\n");
            house.put(&format!("content/artifacts/skills/{name}/SKILL.md"), &text);
        }
        files.iter().for_each(|(file, text)| house.put(file, text));
        house
    }

    fn env(&self) -> Env {
        Env { state_dir: self.dir.path().join("state"), ..Env::at(self.dir.path()) }
    }

    fn put(&self, file: &str, text: &str) {
        disk::write(&self.dir.path().join(file), text.as_bytes()).unwrap();
    }

    fn read(&self, file: &str) -> Option<String> {
        disk::read_text(&self.dir.path().join(file)).unwrap()
    }

    fn load(&self) -> Catalog {
        let cache = Arc::new(Cache::open(&self.env().cache_dir, Timestamp::UNIX_EPOCH).unwrap());
        load::load(&self.env(), &cache).unwrap().catalog
    }

    /// Makes a change as somebody does who has seen everything.
    fn apply(&self, changes: &[Change]) -> Result<Done, Refused> {
        let catalog = self.load();
        let mut seen: Seen = catalog.files.iter().map(|(f, h)| (f.clone(), Some(*h))).collect();
        let editor = Editor::new(&self.env()).unwrap();
        for file in editor.plan(&catalog, changes)?.files {
            seen.entry(file.path).or_insert(None);
        }
        editor.apply(&catalog, changes, &seen, Timestamp::UNIX_EPOCH)
    }

    fn members(&self, collection: &str, group: &str) -> Vec<String> {
        let catalog = self.load();
        let found = catalog.collections.iter().find(|c| c.definition.slug == collection).unwrap();
        let group = found.groups.iter().find(|g| g.definition.slug == group).unwrap();
        group.members.iter().map(|at| catalog.artifacts[*at].id.name.clone()).collect()
    }
}

fn id(name: &str) -> ArtifactId {
    format!("local/skill/{name}").parse().unwrap()
}

fn to(group: &str, from: Option<&str>, name: &str, at: Position) -> Change {
    Change::MoveToGroup {
        collection: "team".into(),
        from: from.map(str::to_owned),
        group: group.into(),
        ids: vec![id(name)],
        at,
    }
}

const TEAM: (&str, &str) =
    ("collections/team/collection.yaml", "# ours\ntitle: Team\ninclude:\n  - {source: local}\n");
const DOCS: (&str, &str) = (
    "collections/team/groups/docs.yaml",
    "title: Docs # for all\nmembers:\n  local/skill/docx: {rank: 10}\n  local/skill/pdf: {rank: 20}\n",
);

#[test]
fn a_place_between_two_others_is_one_line_and_undone_byte_for_byte() {
    let house = House::new(&[TEAM, DOCS]);
    let done = house.apply(&[to("docs", None, "report", Position::Before(id("pdf")))]).unwrap();
    assert_eq!(house.members("team", "docs"), ["docx", "report", "pdf"]);
    assert_eq!(done.plan.message, "Moved report to Docs");
    let [file] = &done.plan.files[..] else { panic!("{:?}", done.plan.files) };
    assert_eq!((file.path.as_str(), file.added, file.removed), (DOCS.0, 1, 0));
    let text = "  local/skill/pdf: {rank: 20}\n  local/skill/report: {rank: 15}\n";
    assert!(house.read(DOCS.0).unwrap().ends_with(text), "{:?}", house.read(DOCS.0));
    let editor = Editor::new(&house.env()).unwrap();
    editor.undo(done.id.unwrap(), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(house.read(DOCS.0).unwrap(), DOCS.1);
    let words: Vec<String> = editor.log(9).unwrap().into_iter().map(|one| one.message).collect();
    assert_eq!(words, ["Undone: Moved report to Docs", "Moved report to Docs"]);
}

#[test]
fn what_a_selector_brings_in_is_kept_out_by_a_line_and_comes_back_without_it() {
    let house = House::new(&[TEAM]);
    let remove = Change::RemoveFromCollection { collection: "team".into(), ids: vec![id("pdf")] };
    house.apply(&[remove]).unwrap();
    let text = format!("{}exclude:\n  - local/skill/pdf\n", TEAM.1);
    assert_eq!(house.read(TEAM.0).unwrap(), text);
    let add = Change::AddToCollection { collection: "team".into(), ids: vec![id("pdf")] };
    house.apply(&[add]).unwrap();
    assert_eq!(house.load().collections[0].members.len(), 3);
    assert!(!house.read(TEAM.0).unwrap().contains("pdf"));
}

#[test]
fn collections_and_groups_are_made_filled_and_deleted() {
    let house = House::new(&[]);
    let called = |title: &str| About { title: Some(Some(title.into())), ..About::default() };
    let make = Change::CreateCollection { slug: None, about: called("My team"), members: vec![] };
    let done = house.apply(std::slice::from_ref(&make)).unwrap();
    assert_eq!(done.plan.subject.collection.as_deref(), Some("my-team"));
    let group = Change::CreateGroup {
        collection: "my-team".into(),
        slug: None,
        about: called("Docs"),
        members: vec![id("pdf")],
    };
    house.apply(&[group]).unwrap();
    assert_eq!(house.members("my-team", "docs"), ["pdf"]);
    let again = house.apply(&[make]);
    let Err(Refused::Invalid(problems)) = again else { panic!("{again:?}") };
    assert_eq!(problems[0].field, "title");
    let gone = Change::DeleteGroup { collection: "my-team".into(), group: "docs".into() };
    house.apply(&[gone]).unwrap();
    assert_eq!(house.load().collections[0].members.len(), 1, "it stays in the collection");
    house.apply(&[Change::DeleteCollection { collection: "my-team".into() }]).unwrap();
    assert!(!house.dir.path().join("collections/my-team").exists());
}

#[test]
fn a_file_that_is_not_as_it_was_seen_is_not_written_and_both_versions_are_told() {
    let house = House::new(&[TEAM, DOCS]);
    let catalog = house.load();
    let seen: Seen = catalog.files.iter().map(|(file, hash)| (file.clone(), Some(*hash))).collect();
    let theirs = DOCS.1.replace("Docs", "Documents");
    house.put(DOCS.0, &theirs);
    let editor = Editor::new(&house.env()).unwrap();
    let changes = [to("docs", None, "report", Position::First)];
    let refused = editor.apply(&catalog, &changes, &seen, Timestamp::UNIX_EPOCH);
    let Err(Refused::Changed(conflicts)) = refused else { panic!("{refused:?}") };
    assert_eq!(conflicts[0].now.as_deref(), Some(theirs.as_str()));
    assert!(conflicts[0].yours.as_ref().unwrap().contains("local/skill/report"));
    assert_eq!(house.read(DOCS.0).unwrap(), theirs);
    let unseen = editor.apply(&house.load(), &changes, &Seen::new(), Timestamp::UNIX_EPOCH);
    assert!(matches!(unseen, Err(Refused::Unseen(files)) if files == [DOCS.0]));
}
