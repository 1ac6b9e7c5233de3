//! `serve --watch`: however files come to be others, what is shown is what a build would make.

use std::fs;
use std::process::Command;

use crate::case::Case;
use crate::serve::{Answer, Server};

const PAGE: &str = "/a/local/skill/report/";

fn shows(server: &Server, path: &str, text: &str) {
    server.wait_for(path, |answer| answer.body.contains(text));
}

fn revision(server: &Server) -> u64 {
    status(server)["revision"].as_u64().expect("a number")
}

fn status(server: &Server) -> serde_json::Value {
    serde_json::from_str(&server.get("/api/v1/status").body).expect("JSON")
}

/// Every file of the site that is the same for whoever reads it, as a build makes it now; the server
/// is one that only shows.
#[track_caller]
fn is_as_built(case: &Case, server: &Server) {
    case.run("build --force").ends(0);
    // A server's description has the routes that write, too.
    let is_live = |path: &str| {
        path.ends_with(".html") || path.starts_with("assets/") || path == "api/v1/openapi.json"
    };
    for path in case.site().keys().filter(|path| !is_live(path)) {
        let built = fs::read(case.path(&format!("public/{path}"))).expect("read");
        let built = String::from_utf8_lossy(&built).into_owned();
        server.wait_for(&format!("/{path}"), |answer| answer.body == built);
    }
}

#[test]
fn after_edits_of_every_kind_serve_shows_what_a_fresh_build_makes() {
    let case = Case::new();
    case.skill("../vendor/skills/pdf", "Reads PDF");
    let sources = "sources:\n  local: {path: content/artifacts}\n  vendor: {path: ../vendor}\n";
    case.config(sources).synced();
    let server = Server::start(&case, &["--watch", "--read-only"]);
    is_as_built(&case, &server);

    case.skill("content/artifacts/skills/report", "Writes reports");
    case.write("content/artifacts/skills/report/references/guide.md", "# Guide\n");
    case.write("content/guide.md", "# Guide\n\nWords.\n");
    is_as_built(&case, &server);
    // Another name, another kind, another folder.
    let artifacts = |path: &str| case.path(&format!("content/artifacts/{path}"));
    fs::rename(artifacts("skills/report"), artifacts("skills/second")).expect("renamed");
    case.write("content/artifacts/agents/one.md", "---\nname: one\ndescription: Does\n---\n");
    case.write("collections/team/groups/all.yaml", "title: All\ninclude: [{kind: skill}]\n");
    fs::rename(case.path("content/guide.md"), case.path("content/other.md")).expect("renamed");
    is_as_built(&case, &server);
    // What the lock says: a sync by somebody else, of a folder that is followed.
    case.skill("../vendor/skills/docx", "Reads Word files");
    server.wait_for("/a/vendor/skill/docx/", |answer| answer.status == 200);
    case.skill("../vendor/skills/pdf", "Reads and writes PDF").synced();
    is_as_built(&case, &server);
    // The configuration: a title, a source more, a source less.
    case.skill("../more/skills/third", "One more");
    case.config(&format!("site: {{title: Ours}}\n{sources}  more: {{path: ../more}}\n"));
    server.wait_for("/a/more/skill/third/", |answer| answer.status == 200);
    is_as_built(&case, &server);
    case.skill("../more/skills/third", "One more, changed");
    shows(&server, "/a/more/skill/third/", "One more, changed");
    case.config(&format!("site: {{title: Ours}}\n{sources}"));
    server.wait_for("/a/more/skill/third/", |answer| answer.status == 404);
    is_as_built(&case, &server);
    // Gone, and back.
    case.remove("content/artifacts/skills").remove("collections/team/groups");
    is_as_built(&case, &server);
    case.skill("content/artifacts/skills/report", "Writes a report");
    is_as_built(&case, &server);
}

#[test]
fn however_an_editor_saves_the_page_follows() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &["--watch"]);
    let dir = case.path("content/artifacts/skills/report");
    let file = dir.join("SKILL.md");
    let text = |words: &str| format!("---\nname: report\ndescription: {words}\n---\n");
    // In place.
    fs::write(&file, text("Saved in place")).expect("written");
    shows(&server, PAGE, "Saved in place");
    // A new file over the old one.
    fs::write(dir.join(".new.tmp"), text("Saved by a rename")).expect("written");
    fs::rename(dir.join(".new.tmp"), &file).expect("renamed");
    shows(&server, PAGE, "Saved by a rename");
    // The old one set aside first, as vim and Emacs do.
    fs::rename(&file, dir.join("SKILL.md~")).expect("renamed");
    fs::write(&file, text("Saved with a backup")).expect("written");
    fs::remove_file(dir.join("SKILL.md~")).expect("removed");
    shows(&server, PAGE, "Saved with a backup");
    // Gone for a while.
    fs::remove_file(&file).expect("removed");
    server.wait_for(PAGE, |answer| answer.status == 404);
    fs::write(&file, text("Here again")).expect("written");
    shows(&server, PAGE, "Here again");
    // The folder as a whole.
    fs::rename(&dir, dir.with_file_name("aside")).expect("renamed");
    server.wait_for(PAGE, |answer| answer.status == 404);
    fs::rename(dir.with_file_name("aside"), &dir).expect("renamed");
    shows(&server, PAGE, "Here again");
    fs::write(&file, text("After the folder was away")).expect("written");
    shows(&server, PAGE, "After the folder was away");
}

#[test]
fn a_watched_folder_that_is_replaced_or_led_elsewhere_is_followed() {
    let case = Case::new();
    case.skill("../one/skills/x", "Of the first").skill("../two/skills/x", "Of the second");
    case.config("sources:\n  local: {path: content/artifacts}\n  far: {path: ../far}\n");
    let far = case.path("../far");
    std::os::unix::fs::symlink(case.path("../one"), &far).expect("linked");
    case.synced();
    let server = Server::start(&case, &["--watch"]);
    let page = "/a/far/skill/x/";
    shows(&server, page, "Of the first");
    case.skill("../one/skills/x", "Of the first, changed");
    shows(&server, page, "Of the first, changed");
    fs::remove_file(&far).expect("removed");
    std::os::unix::fs::symlink(case.path("../two"), &far).expect("linked");
    shows(&server, page, "Of the second");
    case.skill("../two/skills/x", "Of the second, changed");
    shows(&server, page, "Of the second, changed");
    // The root of a source inside, replaced by another folder.
    let (root, aside) = (case.path("content/artifacts"), case.path("aside"));
    case.skill("next/skills/report", "Of the next");
    fs::rename(&root, &aside).expect("renamed");
    fs::rename(case.path("next"), &root).expect("renamed");
    shows(&server, PAGE, "Of the next");
    case.skill("content/artifacts/skills/report", "Of the next, changed");
    shows(&server, PAGE, "Of the next, changed");
}

#[test]
fn twenty_thousand_changes_while_nobody_looks_end_in_what_is_there() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &["--watch", "--read-only", "--metrics"]);
    let signal = |name: &str| {
        let id = server.id().to_string();
        let done = Command::new("kill").args([name, &id]).status().expect("kill runs");
        assert!(done.success(), "kill {name}");
    };
    // The first page does not wait for the watch, but what changed is shown once it is there.
    case.skill("content/artifacts/skills/report", "Before all of it");
    shows(&server, PAGE, "Before all of it");
    signal("-STOP");
    for n in 0..10_000 {
        // Two notices each at least, more than the system keeps.
        case.write(&format!("content/artifacts/skills/report/{:02}.txt", n % 50), &n.to_string());
    }
    case.skill("content/artifacts/skills/made/meanwhile", "New");
    case.skill("content/artifacts/skills/report", "After all of it");
    signal("-CONT");
    shows(&server, PAGE, "After all of it");
    server.wait_for("/a/local/skill/meanwhile/", |answer| answer.status == 200);
    let kept = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap_or_default();
    if kept.trim().parse().is_ok_and(|kept: usize| kept <= 20_000) {
        let counted = |answer: &Answer| answer.body.contains("skillmeat_watch_overflows_total ");
        server.wait_for("/metrics", counted);
    }
    // New folders are watched, too.
    case.skill("content/artifacts/skills/made/meanwhile", "Seen");
    shows(&server, "/a/local/skill/meanwhile/", "Seen");
    is_as_built(&case, &server);
}

#[test]
fn what_is_written_as_it_was_is_no_news_and_nothing_goes_round_in_circles() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &["--watch"]);
    let before = revision(&server);
    for file in ["content/artifacts/skills/report/SKILL.md", "collections/team/collection.yaml"] {
        case.write(file, &case.read(file));
    }
    case.run("build").ends(0);
    // Told after all of that, so that it was heard.
    case.write("content/guide.md", "# Guide\n");
    server.wait_for("/guide/", |answer| answer.status == 200);
    assert_eq!(revision(&server), before + 1);
    assert_eq!(status(&server)["watching"], "notices");
}

#[test]
fn a_template_that_fails_leaves_the_last_good_page_and_is_told_until_it_is_mended() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &["--watch"]);
    let good = server.get("/tags/");
    assert_eq!(good.status, 200);
    let told = |answer: &Answer| answer.body.contains("templates/tags.html");
    // It cannot be read at all: nothing is loaded.
    case.write("templates/tags.html", "{% if %}");
    server.wait_for("/api/v1/status", told);
    assert_eq!(server.get("/tags/").body, good.body);
    // It can be read and fails on the page.
    case.write("templates/tags.html", "{{ no.such.name }}");
    server.wait_for("/api/v1/status", |answer| answer.body.contains("\"failed\":false"));
    assert_eq!((server.get("/tags/").status, server.get("/tags/").body), (200, good.body.clone()));
    server.wait_for("/api/v1/status", told);
    // A page that was never made has no last good one.
    let before = revision(&server);
    case.write("templates/projects.html", "{{ no.such.name }}");
    let is_next = |answer: &Answer| answer.body.contains(&format!("\"revision\":{}", before + 1));
    server.wait_for("/api/v1/status", is_next);
    assert_eq!(server.get("/projects/").status, 500);
    case.write("templates/tags.html", "mended").remove("templates/projects.html");
    shows(&server, "/tags/", "mended");
    server.wait_for("/projects/", |answer| answer.status == 200);
    server.wait_for("/api/v1/status", |answer| !told(answer));
}

#[test]
fn where_the_system_has_no_watches_left_files_are_looked_at_and_it_is_said() {
    const LIMIT: &str = "echo 3 > /proc/sys/user/max_inotify_watches";
    let unshare = |line: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "sh", "-c", line]);
        command
    };
    if !unshare(LIMIT).status().is_ok_and(|done| done.success()) {
        eprintln!("skipped: no user namespace with a limit of its own can be made here");
        return;
    }
    let case = Case::new();
    case.synced();
    let binary = env!("CARGO_BIN_EXE_skillmeat");
    let mut command = unshare(&format!("{LIMIT} && exec {binary} serve --watch -p 0"));
    command.current_dir(case.path(".")).env_clear().envs(case.variables());
    let server = Server::run(command);
    // The first page does not wait for it.
    let is_polling = |answer: &Answer| answer.body.contains("\"watching\":\"polling\"");
    server.wait_for("/api/v1/status", is_polling);
    case.skill("content/artifacts/skills/report", "Seen all the same");
    shows(&server, PAGE, "Seen all the same");
}
