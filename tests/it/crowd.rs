//! Several processes at once on one catalog and one cache, for a while: syncs, builds, a server
//! that watches, readers, and a person who writes files. Nothing is lost and nobody sees an error.
//!
//! A few seconds in every run; a minute with `SKILLMEAT_DEEP=1`.

use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::case::{Case, Repository};
use crate::serve::Server;

/// A catalog with a Git source `vendor` and a folder `side` outside.
fn catalog(case: &Case) -> Repository<'_> {
    let vendor = case.repository("vendor");
    vendor.skill("skills/first", "The first").commit();
    case.skill("../side/skills/first", "The first");
    let url = vendor.url();
    case.config(&format!(
        "sources:\n  local: {{path: content/artifacts}}\n  vendor: {{git: \"{url}\"}}\n  \
         side: {{path: ../side}}\n"
    ));
    case.synced().built();
    vendor
}

/// Runs commands until told to stop; none may fail or speak of a database that is busy.
fn run_until(end: &AtomicBool, case: &Case, commands: &[&str], n_done: &AtomicUsize) {
    for words in commands.iter().cycle() {
        if end.load(Ordering::Relaxed) {
            return;
        }
        let mut run = case.command();
        let run = run.args(words.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped());
        let done = run.spawn().expect("it starts").wait_with_output().expect("ended");
        let said = String::from_utf8_lossy(&done.stderr).to_lowercase();
        assert_eq!(done.status.code(), Some(0), "{words}: {said}");
        for word in ["error[", "warning[", "busy", "locked", "panicked"] {
            assert!(!said.contains(word), "{words}: {said}");
        }
        n_done.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a person does meanwhile, as editors and Git do it: each file changes in one step.
fn write(case: &Case, vendor: &Repository<'_>, n: usize) {
    let place = |text: &str, path: &str| {
        case.write("../desk", text);
        let to = case.path(path);
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::rename(case.path("../desk"), to).expect("placed");
    };
    let skill = |n: usize, text: &str| format!("---\nname: t{n}\ndescription: {text}\n---\n# x\n");
    place(&skill(n, "New"), &format!("../side/skills/t{n}/SKILL.md"));
    place(&skill(n / 2, "Changed"), &format!("../side/skills/t{}/SKILL.md", n / 2));
    place(
        &format!("title: Team {n}\ninclude: [{{source: side}}]\n"),
        "collections/team/collection.yaml",
    );
    if n.is_multiple_of(8) {
        vendor.skill(&format!("skills/v{n}"), "New").commit();
    }
}

#[test]
fn processes_that_sync_build_serve_and_read_at_once_lose_nothing_and_see_no_error() {
    let case = Case::new();
    let vendor = catalog(&case);
    let deep = std::env::var_os("SKILLMEAT_DEEP").is_some();
    let time = Duration::from_secs(if deep { 60 } else { 4 });
    let server = Server::start(&case, &["--watch"]);
    let (end, n_done, mut n) = (AtomicBool::new(false), AtomicUsize::new(0), 0);
    thread::scope(|scope| {
        for commands in [
            &["sync --json", "sync side --json", "sync vendor --json"][..],
            &["build --json"],
            &["list --json", "status --json", "check --json", "show side/skill/first"],
        ] {
            let (end, case, n_done) = (&end, &case, &n_done);
            scope.spawn(move || run_until(end, case, commands, n_done));
        }
        let start = Instant::now();
        while start.elapsed() < time {
            n += 1;
            write(&case, &vendor, n);
            let home = server.get("/");
            assert_eq!(home.status, 200, "{}", home.body);
            assert!(home.body.contains("</html>"), "{}", home.body);
            thread::sleep(Duration::from_millis(30));
        }
        end.store(true, Ordering::Relaxed);
    });
    drop(server);

    case.run("sync").ends(0);
    case.built();
    let (ids, site) = (case.ids(), case.site());
    // `report`; `first`, `t0` to `tN`; `first` and every eighth.
    assert_eq!(ids.len(), 1 + (2 + n) + (1 + n / 8), "after {n} rounds");
    assert!(case.read("collections/team/collection.yaml").contains(&format!("Team {n}\n")));
    // The same as from nothing.
    case.built();
    fs::rename(case.path("public"), case.path("../public")).expect("moved");
    case.remove("../cache").synced().built();
    let again = case.site();
    // What a folder elsewhere held before is only in a cache that saw it: its diffs are lost.
    let differs = |path: &&String| !path.contains("a/side/") && site.get(*path) != again.get(*path);
    let others: Vec<_> = site.keys().chain(again.keys()).filter(differs).take(3).collect();
    assert_eq!(others, Vec::<&String>::new());
    println!("{} commands beside a server, {n} rounds of changes", n_done.into_inner());
}
