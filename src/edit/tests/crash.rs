//! Processes that are gone in the middle of an edit, and what the journal says after it.

use std::fs;

use jiff::Timestamp;

use super::rig::{World, about, ids, to, world};
use crate::disk;
use crate::edit::change::{Change, Position};
use crate::edit::plan::FileChange;
use crate::edit::recover;
use crate::edit::refusal::Refused;
use crate::state::State;
use crate::state::journal::{File, New, Stage};

/// What the journal calls it.
fn catalog_of(world: &World) -> String {
    world.env.root.display().to_string()
}

fn texts(world: &World) -> Vec<(String, String)> {
    let catalog = world.catalog();
    let read =
        |path: &String| (path.clone(), fs::read_to_string(world.env.root.join(path)).unwrap());
    catalog.files.keys().map(read).collect()
}

fn changes() -> Vec<Change> {
    let collection = || "team".to_owned();
    vec![
        Change::RemoveFromCollection { collection: collection(), ids: ids("docx") },
        Change::DeleteGroup { collection: collection(), group: "other".into() },
        Change::CreateGroup {
            collection: collection(),
            slug: None,
            about: about("New"),
            members: ids("pdf zip"),
        },
    ]
}

#[test]
fn an_edit_that_was_interrupted_anywhere_is_made_whole_or_never_was() {
    let whole = world();
    whole.apply(&changes()).unwrap();
    let after = texts(&whole);
    for n in 0..=4 {
        let world = world();
        let plan = world.editor().plan(&world.catalog(), &changes()).unwrap();
        assert_eq!(plan.files.len(), 4);
        let bytes = |text: &Option<String>| text.clone().map(String::into_bytes);
        let file = |file: &FileChange| File {
            path: file.path.clone(),
            before: bytes(&file.before),
            after: bytes(&file.after),
        };
        let files: Vec<File> = plan.files.iter().map(file).collect();
        let state = State::open(&world.env).unwrap();
        let new = New { message: "m".into(), files: files.clone(), ..New::default() };
        state.begin(&catalog_of(&world), &new).unwrap();
        // The process is gone when this many files are in place.
        for file in &files[..n] {
            disk::exchange(
                &world.env.root.join(&file.path),
                file.before.as_deref(),
                file.after.as_deref(),
            )
            .unwrap();
        }
        drop(state);
        recover(&world.env).unwrap();
        assert_eq!(texts(&world), after, "gone after {n} files");
        assert_eq!(world.editor().log(9).unwrap().len(), 1);
    }
}

/// One change, made by each call in turn.
fn turned(world: &World, first: bool) -> i64 {
    let at = if first { Position::First } else { Position::Last };
    world.apply(&[to("docs", Some("docs"), "pdf", at)]).unwrap().id.unwrap()
}

#[test]
fn an_undo_that_was_cut_short_is_finished_and_what_it_took_back_is_taken_back() {
    let world = world();
    let before = texts(&world);
    let id = world.apply(&changes()).unwrap().id.unwrap();
    let state = State::open(&world.env).unwrap();
    let entry = state.entry(&catalog_of(&world), id).unwrap().unwrap();
    let back = |file: File| File { before: file.after, after: file.before, ..file };
    let files: Vec<File> = entry.files.into_iter().map(back).collect();
    let new = New { message: "m".into(), undoes: Some(id), files, ..New::default() };
    state.begin(&catalog_of(&world), &new).unwrap();
    drop(state);
    recover(&world.env).unwrap();
    assert_eq!(texts(&world), before);
    let log = world.editor().log(9).unwrap();
    let stages: Vec<(Stage, bool)> = log.iter().map(|it| (it.stage, it.undoes.is_some())).collect();
    assert_eq!(stages, [(Stage::Done, true), (Stage::Undone, false)]);
}

#[test]
fn what_an_undone_undo_had_taken_back_stands_again_and_can_be_taken_back_again() {
    let world = world();
    let (editor, now) = (world.editor(), Timestamp::UNIX_EPOCH);
    let before = texts(&world);
    let made = turned(&world, true);
    let after = texts(&world);
    let undone = editor.undo(made, now).unwrap().id.unwrap();
    let redone = editor.undo(undone, now).unwrap().id.unwrap();
    assert_eq!(texts(&world), after);
    let stages = || -> Vec<(i64, Stage)> {
        editor.log(9).unwrap().iter().map(|it| (it.id, it.stage)).collect()
    };
    assert_eq!(stages(), [(redone, Stage::Done), (undone, Stage::Undone), (made, Stage::Done)]);
    let again = editor.undo(redone, now).unwrap().id.unwrap();
    assert_eq!(texts(&world), before);
    let wanted = [
        (again, Stage::Done),
        (redone, Stage::Undone),
        (undone, Stage::Done),
        (made, Stage::Undone),
    ];
    assert_eq!(stages(), wanted);
    assert!(matches!(editor.undo(made, now), Err(Refused::Unknown(_))), "it is taken back");
}

#[test]
fn a_hundred_edits_are_kept_however_often_one_is_taken_back_and_whatever_others_edit() {
    let world = world();
    let editor = world.editor();
    let made: Vec<i64> = (0..100).map(|n| turned(&world, n % 2 == 0)).collect();
    let mut last = made[99];
    for _ in 0..110 {
        last = editor.undo(last, Timestamp::UNIX_EPOCH).unwrap().id.unwrap();
    }
    let other = super::rig::world();
    let state = State::open(&world.env).unwrap();
    (0..110).for_each(|_| _ = state.begin(&catalog_of(&other), &New::default()).unwrap());
    let kept = || -> Vec<i64> {
        let log = editor.log(usize::MAX).unwrap();
        let mut kept: Vec<i64> =
            log.iter().filter(|it| it.undoes.is_none()).map(|it| it.id).collect();
        kept.reverse();
        assert_eq!(log.len() - kept.len(), 100, "undos");
        kept
    };
    assert_eq!(kept(), made);
    turned(&world, true);
    assert_eq!(kept()[..99], made[1..]);
}

#[test]
fn bytes_that_are_no_text_come_back_as_they_were() {
    let world = world();
    let path = world.path("team/groups/docs.yaml");
    let editor = world.editor();
    let (ours, theirs) = (fs::read(&path).unwrap(), b"title: D\xe9j\xe0\n".to_vec());
    let file = File {
        path: "collections/team/groups/docs.yaml".into(),
        before: Some(theirs.clone()),
        after: Some(ours.clone()),
    };
    let new = New { message: "saved".into(), files: vec![file], ..New::default() };
    let kept = State::open(&world.env).unwrap().keep(&catalog_of(&world), &new).unwrap();
    let undone = editor.undo(kept, Timestamp::UNIX_EPOCH).unwrap().id.unwrap();
    assert_eq!(fs::read(&path).unwrap(), theirs);
    // A crash that leaves such bytes behind stops nobody.
    State::open(&world.env).unwrap().begin(&catalog_of(&world), &new).unwrap();
    recover(&world.env).unwrap();
    assert_eq!(fs::read(&path).unwrap(), ours);
    fs::write(&path, &theirs).unwrap();
    editor.undo(undone, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(fs::read(&path).unwrap(), ours);
}

#[test]
fn what_a_version_before_noted_is_read_and_its_undos_are_known() {
    let world = world();
    let made = turned(&world, true);
    let undone = world.editor().undo(made, Timestamp::UNIX_EPOCH).unwrap().id.unwrap();
    let path = world.env.state_dir.join(crate::state::FILE);
    let db = rusqlite::Connection::open(path).unwrap();
    db.execute_batch(
        "ALTER TABLE edit DROP COLUMN undoes; DROP TABLE receipt_file; DROP TABLE receipt;
         DROP TABLE receipt_content; DROP TABLE agreed; PRAGMA user_version = 1",
    )
    .unwrap();
    drop(db);
    let log = world.editor().log(9).unwrap();
    let undoes: Vec<(i64, Option<i64>)> = log.iter().map(|it| (it.id, it.undoes)).collect();
    assert_eq!(undoes, [(undone, Some(made)), (made, None)]);
}
