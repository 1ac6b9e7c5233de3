//! Processes that are gone in the middle of an edit, and editors that save at the same moment.

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::*;

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
    let before = texts(&whole);
    let n_files = whole.apply(&changes()).unwrap().plan.files.len();
    let after = texts(&whole);
    assert_eq!(n_files, 4);
    for n in 0..n_files {
        let world = world();
        let editor = world.editor();
        *editor.journal.dies_after.lock().unwrap() = Some(n);
        let catalog = world.catalog();
        let run = || editor.apply(&catalog, &changes(), &seen(&catalog)).map(drop);
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        drop(editor);
        assert_eq!(recover(&world.env).unwrap(), []);
        let expected = if n == 0 { &before } else { &after };
        assert_eq!(&texts(&world), expected, "gone before file {n}");
        assert_eq!(world.editor().log(9).unwrap().len(), usize::from(n > 0));
    }
}

#[test]
fn what_somebody_saved_after_a_crash_stays() {
    let world = world();
    let editor = world.editor();
    *editor.journal.dies_after.lock().unwrap() = Some(1);
    let catalog = world.catalog();
    let before = texts(&world);
    let run = || editor.apply(&catalog, &changes(), &seen(&catalog)).map(drop);
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    drop(editor);
    let theirs = format!("{DOCS}# theirs\n");
    world.write("team/groups/docs.yaml", &theirs);
    let told = recover(&world.env).unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].message,
        "`collections/team/groups/docs.yaml` was changed while an edit was interrupted (\"Removed \
         docx from Team, deleted group Other, created group New with 2 artifacts\"); the edit is \
         taken back in its other files"
    );
    let expected = before.into_iter().map(|(path, text)| match path.ends_with("docs.yaml") {
        true => (path, theirs.clone()),
        false => (path, text),
    });
    assert_eq!(texts(&world), expected.collect::<Vec<_>>());
    assert_eq!(recover(&world.env).unwrap(), []);
}

#[test]
fn an_undo_needs_the_files_as_the_edit_left_them() {
    let world = world();
    let before = texts(&world);
    let done = world.apply(&changes()).unwrap();
    let (id, after) = (done.id.unwrap(), texts(&world));
    let editor = world.editor();
    let undone = editor.undo(id).unwrap();
    assert_eq!(texts(&world), before);
    assert!(matches!(editor.undo(id), Err(Refused::Unknown(_))), "it is undone already");
    let redone = editor.undo(undone.id.unwrap()).unwrap();
    assert_eq!(texts(&world), after);
    assert!(redone.plan.message.starts_with("Redid: Removed docx"));
    world.write("team/groups/new.yaml", "title: Theirs\n");
    let Err(Refused::Changed(conflicts)) = editor.undo(id) else { panic!("it was saved since") };
    assert_eq!(conflicts[0].now.as_deref(), Some("title: Theirs\n"));
    assert_eq!(conflicts[0].yours, None);
    let log: Vec<(String, bool)> =
        editor.log(2).unwrap().into_iter().map(|it| (it.message, it.is_undone)).collect();
    assert_eq!(log[1].0.split(':').next(), Some("Undid"));
    assert_eq!((log[0].1, log[1].1), (false, true));
}

/// How an editor saves.
fn save(path: &Path, round: usize, text: &str) {
    match round % 3 {
        // A new file in place of the old, as Vim and Git do.
        0 => {
            let temp = path.with_extension("swp");
            fs::write(&temp, text).unwrap();
            fs::rename(&temp, path).unwrap();
        }
        // Emptied and written anew, as VS Code and nano do.
        1 => fs::write(path, text).unwrap(),
        // Opened, and written a moment later.
        _ => {
            let mut file = fs::File::options().write(true).open(path).unwrap();
            thread::yield_now();
            file.set_len(0).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }
    }
}

/// Every text that an editor saved last is in the file, or in the journal.
#[test]
fn no_save_of_an_editor_is_lost_to_an_edit() {
    let rounds = std::env::var("SKILLMEAT_TEST_RACES").ok().and_then(|n| n.parse().ok());
    let rounds: usize = rounds.unwrap_or(250);
    let (mut kept, mut refused, mut made) = (0, 0, 0);
    let world = world();
    let path = world.path("team/groups/docs.yaml");
    for round in 0..rounds {
        world.write("team/groups/docs.yaml", DOCS);
        let theirs = format!("{DOCS}# round {round}\n");
        let editor = world.editor();
        let catalog = world.catalog();
        let seen = seen(&catalog);
        let go = AtomicBool::new(false);
        let done = thread::scope(|scope| {
            let saving = scope.spawn(|| {
                while !go.load(Ordering::Acquire) {
                    std::hint::spin_loop();
                }
                // At another moment of the edit each time.
                thread::sleep(std::time::Duration::from_micros((round as u64 * 137) % 30_000));
                save(&path, round, &theirs);
            });
            go.store(true, Ordering::Release);
            let change = to("docs", Some("docs"), "pdf", Position::First);
            let done = editor.apply(&catalog, &[change], &seen);
            saving.join().unwrap();
            done
        });
        match &done {
            Ok(_) => made += 1,
            Err(Refused::Changed(_) | Refused::Failed(_)) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
        if fs::read_to_string(&path).unwrap() == theirs {
            continue;
        }
        // All writers are done: what was saved can be looked at without waiting.
        editor.journal.look();
        let log = editor.log(1).unwrap();
        let is_told = editor.told().iter().any(|problem| problem.code == "SM258");
        assert!(is_told && log[0].message.starts_with("Saved by"), "round {round}: {done:?}");
        editor.undo(log[0].id).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), theirs, "round {round}");
        kept += 1;
    }
    println!(
        "{rounds} rounds: {made} made, {refused} refused, {kept} saves kept in the journal, 0 lost"
    );
}
