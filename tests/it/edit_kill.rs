//! SIGKILL in the middle of an edit of several files: whoever comes next finds all of them as
//! before or all as after, and an undo is exact.
//!
//! On the command line just before each call that changes a file (see `kill`), in a running server
//! when the first file has changed. Every CI run tries some, `SKILLMEAT_DEEP=1` some hundreds.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::api::Client;
use crate::case::{Case, Files, sha256};
use crate::kill::{Snapshot, library, run};

const GROUPS: usize = 6;

/// Edits of several files, and whether one was made before, to be taken back.
const EDITS: [(&str, bool); 3] = [
    ("collection remove papers --yes", false),
    ("group move papers g5 --before g1", false),
    ("undo", true),
];

fn case() -> Case {
    let mut case = Case::new();
    let state = case.path("../home/state").to_string_lossy().into_owned();
    case.set("SKILLMEAT_STATE_DIR", &state);
    case.write("collections/papers/collection.yaml", "# Kept by hand.\ntitle: Papers # ours\n");
    for n in 0..GROUPS {
        let member = "members:\n  local/skill/report: {rank: 10} # here";
        let text = format!("# Group {n}\r\ntitle: G{n}\r\norder: {n}\r\n{member}");
        case.write(&format!("collections/papers/groups/g{n}.yaml"), &text);
    }
    case.synced();
    case
}

/// The files of the collections; what is unfinished is nobody's.
fn files(case: &Case) -> Files {
    let mut files = case.files("collections");
    files.retain(|path, _| !path.contains(".skillmeat-"));
    files
}

/// How far each edit has come, the oldest first.
fn stages(case: &Case) -> Vec<String> {
    let db = rusqlite::Connection::open(case.path("../home/state/state.db")).expect("it opens");
    let Ok(mut all) = db.prepare("SELECT state FROM edit ORDER BY id") else { return Vec::new() };
    let rows = all.query_map([], |row| row.get(0)).expect("read");
    rows.map(|row| row.expect("read")).collect()
}

/// What the kills came to.
#[derive(Debug, Default)]
struct Tally {
    kills: usize,
    /// Some files were as before, and some as after.
    mixed: usize,
    /// Ended as before, as after.
    ends: [usize; 2],
}

/// After a kill: made whole by the next command, and undone exactly.
fn judge(case: &Case, before: &Files, after: &Files, old: &[String], tally: &mut Tally, at: &str) {
    let now = files(case);
    for path in now.keys().chain(before.keys()) {
        let is_known = now.get(path) == before.get(path) || now.get(path) == after.get(path);
        assert!(is_known, "{at}: `{path}` is neither old nor new");
    }
    tally.kills += 1;
    tally.mixed += usize::from(now != *before && now != *after);
    let ran = case.run("list --json");
    ran.ends(0).json();
    let now = files(case);
    let is_after = now == *after;
    assert!(is_after || now == *before, "{at}: mixed");
    tally.ends[usize::from(is_after)] += 1;
    let stages = stages(case);
    assert!(!stages.iter().any(|stage| stage == "begun"), "{at}: {stages:?}");
    if !is_after {
        assert_eq!(stages, old, "{at}");
        return;
    }
    let id = case.run("undo --list --json").json()["edits"][0]["id"].to_string();
    case.run(&format!("undo {id}")).ends(0);
    assert_eq!(files(case), *before, "{at}: undone");
    assert_eq!(self::stages(case)[..old.len()], *old, "{at}: as if it had never been");
}

fn is_deep() -> bool {
    std::env::var_os("SKILLMEAT_DEEP").is_some()
}

#[test]
fn an_edit_of_several_files_that_is_killed_anywhere_is_whole_or_never_was() {
    let points = if is_deep() { 300 } else { 36 } / EDITS.len();
    let case = case();
    let dir = TempDir::new().expect("a temporary folder");
    let library = library(&dir);
    let (mut tried, mut tally) = (0, Tally::default());
    for (words, is_second) in EDITS {
        // The state is there before: how many calls its making takes depends on more than us.
        case.run("undo --list").ends(0);
        let plain = Snapshot::of(&case);
        if is_second {
            case.run("collection remove papers --yes").ends(0);
        }
        let (before, old) = (files(&case), stages(&case));
        let snapshot = Snapshot::of(&case);
        let total = run(&case, words, &library, 0).expect("an undisturbed edit ends");
        let after = files(&case);
        let n_differing = before.iter().filter(|(path, hash)| after.get(*path) != Some(*hash));
        let n_differing = n_differing.count().max(after.len().saturating_sub(before.len()));
        assert!(n_differing > 1 && total > 20, "`{words}`: {n_differing} files, {total} calls");
        // Where there are few, none of them before anything is noted.
        let first = if is_deep() { 0 } else { total / 3 };
        for n in 0..points.min(total) {
            let at = 1 + first + n * (total - first) / points.min(total);
            snapshot.put_back(&case);
            tried += 1;
            if run(&case, words, &library, at).is_none() {
                judge(&case, &before, &after, &old, &mut tally, &format!("`{words}`, call {at}"));
            }
        }
        plain.put_back(&case);
    }
    let Tally { kills, mixed, ends: [n_before, n_after] } = tally;
    println!("{kills} kills, {mixed} between two files; {n_before} as before, {n_after} as after");
    assert!(kills * 10 > tried * 9, "only {kills} of {tried} were killed");
    assert!(mixed * 4 > kills && n_before > 0 && n_after > 0, "{mixed} in the middle");
}

#[test]
fn an_edit_of_a_server_that_is_killed_is_made_whole_by_whoever_comes_next() {
    let rounds = if is_deep() { 60 } else { 5 };
    let case = case();
    let snapshot = Snapshot::of(&case);
    let before = files(&case);
    let mut after = before.clone();
    after.retain(|path, _| !path.starts_with("papers/"));
    let mut tally = Tally::default();
    for round in 0..rounds {
        snapshot.put_back(&case);
        let mut client = Client::start(&case, &["--offline"]);
        let seen = before.keys().map(|path| format!("collections/{path}"));
        let seen = seen.map(|path| {
            let hash = sha256(&fs::read(case.path(&path)).expect("there"));
            (path, json!(format!("sha256:{hash}")))
        });
        let body = json!({"seen": seen.collect::<serde_json::Map<_, _>>()});
        let head = format!(
            "DELETE /api/v1/collections/papers HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
             Content-Type: application/json\r\nX-Skillmeat-Token: {}\r\nContent-Length: {}\r\n\r\n",
            client.server.port,
            client.token,
            body.to_string().len()
        );
        let address = ("127.0.0.1", client.server.port);
        let mut stream = std::net::TcpStream::connect(address).expect("it listens");
        std::io::Write::write_all(&mut stream, format!("{head}{body}").as_bytes()).expect("sent");
        // At another of the files each time.
        let path = before.keys().filter(|path| path.starts_with("papers/")).nth(round % GROUPS);
        let path = case.path(&format!("collections/{}", path.expect("a file")));
        let start = Instant::now();
        while path.exists() {
            assert!(start.elapsed() < Duration::from_secs(20), "it is not deleted");
        }
        client.server.child.kill().expect("killed");
        client.server.child.wait().expect("gone");
        judge(&case, &before, &after, &[], &mut tally, &format!("round {round}"));
    }
    let Tally { kills, mixed, ends: [n_before, n_after] } = tally;
    println!(
        "{kills} servers killed, {mixed} between two files; {n_before} as before, {n_after} as after"
    );
    assert_eq!(n_after, kills, "what was begun is finished");
}
