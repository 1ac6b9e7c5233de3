//! Merges as they follow each other, with people who edit between them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;

use super::*;
use crate::format::collection::{write_collection, write_group};
use crate::format::lock::LockedSection;
use crate::model::collection::Group;
use crate::model::id::Kind;
use crate::model::structure::Section;
use crate::sync::structure::files::group_file;

mod random;

/// A catalog's collection files and what its lock remembers of one source.
#[derive(Clone, Default)]
struct World {
    files: Files,
    base: LockedStructure,
}

fn member(name: &str) -> Member {
    Member { kind: Kind::Skill, name: name.to_owned() }
}

fn section(key: &str, title: &str, members: &[&str]) -> Section {
    Section {
        key: key.into(),
        title: title.into(),
        members: members.iter().map(|name| member(name)).collect(),
        ..Section::default()
    }
}

fn shelf(key: &str, title: &str, members: &[&str], groups: &[Section]) -> Shelf {
    Shelf {
        key: key.into(),
        title: title.into(),
        description: String::new(),
        members: members.iter().map(|name| member(name)).collect(),
        groups: groups.to_vec(),
    }
}

/// All artifacts there are, but `lost`, which was there once, and `strange`, which never was.
fn known(id: &ArtifactId) -> Known {
    match id.name.as_str() {
        "lost" => Known::Gone,
        "strange" => Known::Never,
        _ => Known::Here,
    }
}

fn merged_from(source: &str, world: &World, theirs: &[Shelf], taken: &[&str]) -> Merged {
    merge(&Merge {
        source,
        theirs: &Structure { collections: theirs.to_vec() },
        base: &world.base,
        files: &world.files,
        taken: &taken.iter().map(|name| (*name).to_owned()).collect(),
        known: &known,
        today: date(2026, 1, 2),
    })
}

impl World {
    fn sync(&mut self, theirs: &[Shelf]) -> Merged {
        let merged = merged_from("team", self, theirs, &[]);
        self.write(&merged);
        self.base = merged.base.clone();
        merged
    }

    fn write(&mut self, merged: &Merged) {
        for collection in &merged.new {
            assert!(self.files.names.insert(collection.slug.clone()), "{}", collection.slug);
            self.files.folders.insert(collection.slug.clone());
            self.files.texts.insert(collection.file.clone(), write_collection(collection));
            for group in &collection.groups {
                self.files.texts.insert(group.file.clone(), write_group(group));
            }
        }
        for Change { file, before, after } in &merged.changes {
            let old = self.files.texts.insert(file.clone(), after.clone());
            assert_eq!(&old, before, "{file} is not as it was read");
        }
    }

    fn edit(&mut self, file: &str, old: &str, new: &str) {
        let text = self.files.texts.get_mut(file).unwrap_or_else(|| panic!("no {file}"));
        assert!(text.contains(old), "{text}");
        *text = text.replace(old, new);
    }

    #[track_caller]
    fn has(&self, file: &str, text: &str) {
        assert_eq!(self.files.texts.get(file).map(String::as_str), Some(text), "{file}");
    }

    fn names(&self) -> Vec<&str> {
        self.files.texts.keys().map(|file| file.strip_prefix("collections/").unwrap()).collect()
    }
}

fn told(merged: &Merged) -> Vec<String> {
    merged.problems.iter().map(ToString::to_string).collect()
}

const PRACTICE: &str = "collections/practice/collection.yaml";
const PLANNING: &str = "collections/practice/groups/planning.yaml";

fn practice() -> Shelf {
    let groups = [
        section("g1", "Planning", &["pdf", "docx"]),
        section("g2", "Testing", &["tdd"]),
        section("g3", "Empty group", &[]),
    ];
    shelf("c1", "Practice", &["docx", "pdf", "tdd"], &groups)
}

#[test]
fn what_a_source_has_becomes_collections_and_groups_in_its_order() {
    let mut world = World::default();
    let mut theirs = practice();
    theirs.description = "How: we build".into();
    theirs.groups[0].color = Some("slate".into());
    theirs.groups[0].icon = Some("layers".into());
    theirs.groups[1].color = Some("#123456".into());
    theirs.members.push(member("strange"));
    let merged = world.sync(&[theirs, shelf("c2", "Données & ML", &[], &[])]);
    assert_eq!(merged.left_out, [member("strange")].into());
    assert_eq!(
        world.names(),
        [
            "donnees-ml/collection.yaml",
            "practice/collection.yaml",
            "practice/groups/empty-group.yaml",
            "practice/groups/planning.yaml",
            "practice/groups/testing.yaml",
        ]
    );
    world.has(
        PRACTICE,
        "title: Practice\ndescription: \"How: we build\"\norder: 10\npin:\n  team/skill/docx:\n  \
         team/skill/pdf:\n  team/skill/tdd:\n",
    );
    world.has(
        PLANNING,
        "title: Planning\nicon: layers\ncolor: slate\norder: 10\nmembers:\n  \
         team/skill/docx: {rank: 20}\n  team/skill/pdf: {rank: 10}\n",
    );
    world.has("collections/practice/groups/empty-group.yaml", "title: Empty group\norder: 30\n");
    world.has("collections/donnees-ml/collection.yaml", "title: \"Données & ML\"\norder: 20\n");
}

#[test]
fn what_the_source_changes_comes_in_and_what_a_person_changed_stays() {
    let mut world = World::default();
    world.sync(&[practice()]);
    world.edit(PRACTICE, "title: Practice\n", "# our word for it\ntitle: 'Craft'  # so\n");
    world.edit(PLANNING, "  team/skill/docx: {rank: 20}\n", "  team/skill/own:  # ours\n");
    world.files.texts.remove("collections/practice/groups/testing.yaml");
    let mut theirs = practice();
    theirs.title = "Engineering".into();
    theirs.description = "How we build".into();
    theirs.groups[0] = section("g1", "Plan", &["new", "pdf", "docx", "strange"]);
    theirs.groups[1] = section("g2", "Tests", &["tdd", "new"]);
    theirs.groups.push(section("g4", "Reviews", &["review"]));
    theirs.members.push(member("review"));
    let merged = world.sync(&[theirs.clone()]);
    assert_eq!(told(&merged), [""; 0]);
    world.has(
        PRACTICE,
        "# our word for it\ntitle: 'Craft'  # so\ndescription: How we build\norder: 10\npin:\n  \
         team/skill/docx:\n  team/skill/pdf:\n  team/skill/review:\n  team/skill/tdd:\n",
    );
    world.has(
        PLANNING,
        "title: Plan\norder: 10\nmembers:\n  team/skill/new: {rank: 5}\n  team/skill/own:  # ours\n  \
         team/skill/pdf: {rank: 10}\n",
    );
    assert!(!world.files.texts.contains_key("collections/practice/groups/testing.yaml"));
    world.has(
        "collections/practice/groups/reviews.yaml",
        "title: Reviews\norder: 40\nmembers:\n  team/skill/review: {rank: 10}\n",
    );
    let again = world.sync(&[theirs]);
    assert_eq!((again.changes, again.new, again.problems), (vec![], vec![], vec![]));
}

#[test]
fn what_the_source_no_longer_has_is_said_once_and_stays() {
    let mut world = World::default();
    world.sync(&[practice(), shelf("c2", "Other", &["pdf"], &[])]);
    let before = world.files.texts.clone();
    let mut theirs = practice();
    theirs.groups.remove(1);
    theirs.groups[0].members.remove(0);
    theirs.members.remove(0);
    let merged = world.sync(&[theirs.clone()]);
    assert_eq!(
        told(&merged),
        [
            "warning[SM487]: source `team` no longer has the member `team/skill/docx` of `Practice`
  --> collections/practice/collection.yaml:4:3
  help: delete `team/skill/docx`, or keep it as your own: this is said once",
            "warning[SM487]: source `team` no longer has the member `team/skill/pdf` of `Planning`
  --> collections/practice/groups/planning.yaml:5:3
  help: delete `team/skill/pdf`, or keep it as your own: this is said once",
            "warning[SM487]: source `team` no longer has the group `Testing`
  --> collections/practice/groups/testing.yaml
  help: delete `collections/practice/groups/testing.yaml`, or keep it as your own: this is said once",
            "warning[SM487]: source `team` no longer has the collection `Other`
  --> collections/other/collection.yaml
  help: delete `collections/other/`, or keep it as your own: this is said once",
        ]
    );
    assert_eq!(world.sync(&[theirs]).problems, []);
    assert_eq!(world.files.texts, before);
    // A person takes the line away; the source has it again: it was removed here.
    world.edit(PLANNING, "  team/skill/pdf: {rank: 10}\n", "");
    let text = world.files.texts[PLANNING].clone();
    world.sync(&[practice()]);
    world.has(PLANNING, &text);
}

#[test]
fn a_persons_own_line_that_is_gone_before_the_source_has_it_is_no_line_taken_from_the_source() {
    let mut world = World::default();
    let plan = "collections/plan/collection.yaml";
    world.sync(&[shelf("c1", "Plan", &[], &[])]);
    world.edit(plan, "order: 10\n", "order: 10\npin:\n  team/skill/x:y:\n");
    world.edit(plan, "  team/skill/x:y:\n", "");
    world.sync(&[shelf("c1", "Plan", &["x:y"], &[])]);
    world.has(plan, "title: Plan\norder: 10\npin:\n  team/skill/x:y:\n");
    // This one came from the source.
    world.edit(plan, "  team/skill/x:y:\n", "");
    world.sync(&[shelf("c1", "Plan", &[], &[])]);
    world.sync(&[shelf("c1", "Plan", &["x:y"], &[])]);
    world.has(plan, "title: Plan\norder: 10\npin:\n");
}

#[test]
fn nothing_comes_into_a_group_or_collection_that_a_person_took_away() {
    let mut world = World::default();
    world.sync(&[practice(), shelf("c2", "Other", &["pdf"], &[section("o1", "One", &[])])]);
    world.files.texts.remove(PLANNING);
    world.files.texts.retain(|file, _| !file.starts_with("collections/other/"));
    world.files.folders.remove("other");
    let before = world.files.texts.clone();
    let mut practice_without = practice();
    practice_without.groups[0].members.push(member("new"));
    let groups = [section("o1", "One", &["new"]), section("o2", "Two", &["new"])];
    let other = shelf("c2", "Another", &["pdf", "new"], &groups);
    world.sync(&[practice_without.clone(), other.clone()]);
    assert_eq!(world.files.texts, before);
    // Not even when the source takes them away as well, and has them again later.
    let mut theirs = practice_without.clone();
    theirs.groups.remove(0);
    assert_eq!(told(&world.sync(&[theirs])), [""; 0]);
    world.sync(&[practice_without, other]);
    assert_eq!(world.files.texts, before);
}

#[test]
fn a_folder_of_a_person_is_never_written() {
    let mut world = World::default();
    let own = "title: Practice\ninclude: [{tag: x}]\n";
    world.files.names.insert("practice".into());
    world.files.folders.insert("practice".into());
    world.files.texts.insert(PRACTICE.into(), own.into());
    let merged = world.sync(&[practice()]);
    world.has(PRACTICE, own);
    let at = &merged.base["c1"].at;
    assert!(at.starts_with("practice-") && world.files.folders.contains(at), "{at}");
    // Nor that of another source.
    let other = merged_from("store", &World::default(), &[practice()], &["practice"]);
    assert!(other.base["c1"].at.starts_with("practice-"));
    assert_ne!(&other.base["c1"].at, at);
    // Nor one that the site itself needs.
    let all = merged_from("team", &World::default(), &[shelf("k", "All", &[], &[])], &[]);
    assert_ne!(all.base["k"].at, "all");
}

#[test]
fn a_sync_that_ended_before_its_lock_finds_its_own_work() {
    let mut world = World::default();
    let first = world.sync(&[practice()]);
    let lost = World { files: world.files.clone(), base: LockedStructure::new() };
    let again = merged_from("team", &lost, &[practice()], &[]);
    assert_eq!((&again.base, again.new, again.changes), (&first.base, vec![], vec![]));
    // The same when the lock was deleted later, and a person has been here.
    let mut lost = lost;
    lost.edit(PRACTICE, "  team/skill/tdd:\n", "");
    lost.edit(PLANNING, "title: Planning", "title: Plans");
    let again = merged_from("team", &lost, &[practice()], &[]);
    assert_eq!((again.new, again.changes), (vec![], vec![]));
    assert_eq!(again.base, first.base);
}

#[test]
fn a_file_that_cannot_be_edited_is_told_and_tried_again() {
    let mut world = World::default();
    world.sync(&[practice()]);
    world.edit(PLANNING, "members:\n", "members: &all\n");
    let mut theirs = practice();
    theirs.groups[0].members.push(member("new"));
    theirs.groups[1].title = "Tests".into();
    let merged = world.sync(&[theirs.clone()]);
    assert_eq!(merged.problems.len(), 1);
    assert!(told(&merged)[0].starts_with("warning[SM241]"), "{:?}", told(&merged));
    assert!(world.files.texts["collections/practice/groups/testing.yaml"].contains("title: Tests"));
    world.edit(PLANNING, "members: &all\n", "members:\n");
    let merged = world.sync(&[theirs]);
    assert_eq!(merged.problems, []);
    assert!(world.files.texts[PLANNING].contains("  team/skill/new: {rank: 30}\n"));
}

#[test]
fn an_artifact_that_comes_later_comes_into_its_collections_then() {
    let mut world = World::default();
    let mut theirs = practice();
    theirs.groups[2].members = vec![member("lost"), member("pdf")];
    world.sync(&[theirs.clone()]);
    let merged = merge(&Merge {
        source: "team",
        theirs: &Structure { collections: vec![theirs] },
        base: &world.base,
        files: &world.files,
        taken: &BTreeSet::new(),
        known: &|_| Known::Here,
        today: date(2026, 1, 2),
    });
    let file = "collections/practice/groups/empty-group.yaml";
    world.write(&merged);
    world.has(
        file,
        "title: Empty group\norder: 30\nmembers:\n  team/skill/lost: {rank: 5}\n  \
         team/skill/pdf: {rank: 10}\n",
    );
}

#[test]
fn a_place_that_a_person_chose_stays_whatever_the_source_moves() {
    let mut world = World::default();
    let mut theirs = practice();
    theirs.groups[0] = section("g1", "Planning", &["a", "b", "c", "d"]);
    world.sync(&[theirs.clone()]);
    world.edit(PLANNING, "b: {rank: 20}", "b: {rank: 5}");
    world.edit(PLANNING, "d: {rank: 40}", "d:");
    theirs.groups[0] = section("g1", "Planning", &["d", "c", "a", "b"]);
    world.sync(&[theirs]);
    world.has(
        PLANNING,
        "title: Planning\norder: 10\nmembers:\n  team/skill/a: {rank: 10}\n  \
         team/skill/b: {rank: 5}\n  team/skill/c: {rank: 6}\n  team/skill/d:\n",
    );
}

#[test]
fn what_a_person_excludes_does_not_come_in() {
    let mut world = World::default();
    world.sync(&[practice()]);
    world.files.texts.get_mut(PLANNING).unwrap().push_str("exclude: [team/skill/new]\n");
    let before = world.files.texts[PLANNING].clone();
    let mut theirs = practice();
    theirs.groups[0].members.push(member("new"));
    world.sync(&[theirs]);
    world.has(PLANNING, &before);
}

/// The members of a group in the order in which they are shown.
fn order_of(group: &Group) -> Vec<ArtifactId> {
    let mut members: Vec<_> =
        group.members.iter().map(|it| (it.rank.unwrap_or(i64::MAX), it.id.clone())).collect();
    members.sort();
    members.into_iter().map(|(_, id)| id).collect()
}

/// All collections and groups, read from their files.
fn read(files: &Files) -> BTreeMap<String, (Option<Collection>, Option<Group>)> {
    let texts = files.texts.iter().map(|(file, text)| {
        let read = match file.contains("/groups/") {
            true => (None, Some(parse_group("s", file, text).expect("it can be read"))),
            false => (Some(parse_collection("s", file, text).expect("it can be read")), None),
        };
        (file.clone(), read)
    });
    texts.collect()
}
