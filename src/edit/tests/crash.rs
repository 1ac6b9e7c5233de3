//! Processes that are gone in the middle of an edit, and editors that save at the same moment.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use jiff::Timestamp;

use super::rig::{DOCS, World, about, ids, seen, to, world};
use crate::disk;
use crate::edit::change::{Change, Position};
use crate::edit::plan::FileChange;
use crate::edit::recover;
use crate::edit::refusal::Refused;
use crate::state::State;
use crate::state::journal::File;

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
        state.begin(&world.env.root.display().to_string(), "", "m", &files).unwrap();
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
            let done = editor.apply(&catalog, &[change], &seen, Timestamp::UNIX_EPOCH);
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
        editor.look();
        let log = editor.log(1).unwrap();
        assert!(log[0].message.starts_with("An editor saved"), "round {round}: {done:?}");
        editor.undo(log[0].id, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), theirs, "round {round}");
        kept += 1;
    }
    println!(
        "{rounds} rounds: {made} made, {refused} refused, {kept} saves kept in the journal, 0 lost"
    );
}
