//! `serve` keeps itself fresh: real repositories as sources, asked by the clock and by a person.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::case::{Case, Repository};
use crate::serve::{Answer, Server};

const PAGE: &str = "/a/vendor/skill/pdf/";

/// A catalog with a Git repository as its source, synced.
macro_rules! with_vendor {
    ($case:ident, $vendor:ident) => {
        let $case = Case::empty();
        let $vendor = $case.repository("vendor");
        $vendor.skill("skills/pdf", "Reads PDF").commit();
        set_up(&$case, &$vendor);
    };
}

fn set_up(case: &Case, vendor: &Repository) {
    case.config(&format!("sources:\n  vendor: {{git: \"{}\"}}\n", vendor.url())).synced();
}

fn refresh(server: &Server) -> Value {
    serde_json::from_str(&server.get("/api/v1/refresh").body).expect("JSON")
}

/// Has it asked by `method`, as a page's script does.
fn ask(server: &Server, method: &str, path: &str) -> Answer {
    ask_for(server, method, path, if method == "DELETE" { "" } else { "{}" })
}

fn ask_for(server: &Server, method: &str, path: &str, body: &str) -> Answer {
    let token = server.token();
    server.send_with(
        &format!(
            "{method} {path} HTTP/1.1\nHost: 127.0.0.1:PORT\nX-Skillmeat-Token: {token}\n\
             Content-Type: application/json\nContent-Length: {}",
            body.len()
        ),
        body,
    )
}

#[track_caller]
fn ends(server: &Server, outcome: &str) -> Value {
    let wanted = format!("\"outcome\":\"{outcome}\",\"message\"");
    let is_so = |answer: &Answer| answer.body.contains(&wanted);
    server.wait_for("/api/v1/refresh", is_so);
    refresh(server)
}

#[test]
fn what_is_new_in_a_repository_is_shown_within_the_interval() {
    with_vendor!(case, vendor);
    let server = Server::start(&case, &["--interval", "1s"]);
    assert!(server.get(PAGE).body.contains("Reads PDF"));
    vendor.skill("skills/pdf", "Reads and writes PDF").skill("skills/docx", "Reads DOCX").commit();
    server.wait_for(PAGE, |answer| answer.body.contains("Reads and writes PDF"));
    assert_eq!(server.get("/a/vendor/skill/docx/").status, 200);
    // What a `sync` writes is written.
    assert!(case.read("skillmeat.lock").contains("vendor/skill/docx"));
    // And what is gone, is gone.
    vendor.remove("skills/docx").commit();
    server.wait_for("/a/vendor/skill/docx/", |answer| answer.body.contains("removed"));
    let status = serde_json::from_str::<Value>(&server.get("/api/v1/status").body).expect("JSON");
    assert_eq!((&status["interval"], &status["offline"]), (&1.into(), &false.into()));
}

#[test]
fn a_person_has_the_sources_asked_and_is_told_what_came_of_it() {
    with_vendor!(case, vendor);
    let server = Server::start(&case, &["--interval", "off"]);
    assert_eq!(refresh(&server)["next"], Value::Null);
    vendor.skill("skills/pdf", "Reads and writes PDF").skill("skills/docx", "Reads DOCX").commit();
    let answer = ask(&server, "POST", "/api/v1/refresh");
    assert_eq!(answer.status, 202, "{}", answer.body);
    let state = ends(&server, "updated");
    assert_eq!((&state["message"], &state["id"]), (&"1 new, 1 updated".into(), &1.into()));
    assert!(server.get(PAGE).body.contains("Reads and writes PDF"));
    ask(&server, "POST", "/api/v1/refresh");
    assert_eq!(ends(&server, "unchanged")["message"], "nothing new");
    // Nobody else is heard.
    let foreign = server.send_with(
        "POST /api/v1/refresh HTTP/1.1\nHost: 127.0.0.1:PORT\nContent-Type: application/json\n\
         Content-Length: 2",
        "{}",
    );
    assert!((400..500).contains(&foreign.status), "{}", foreign.status);
    assert_eq!(refresh(&server)["id"], 2);
}

#[test]
fn a_source_that_fails_keeps_what_it_has_and_is_asked_again_later() {
    with_vendor!(case, vendor);
    let server = Server::start(&case, &["--interval", "1s"]);
    std::fs::rename(case.path("../vendor"), case.path("../away")).expect("renamed");
    let state = ends(&server, "failed");
    assert!(
        state["message"].as_str().is_some_and(|text| text.starts_with("1 source failed: vendor: "))
    );
    assert!(server.get(PAGE).body.contains("Reads PDF"));
    assert!(server.get("/api/v1/status").body.contains("source `vendor`: "));
    std::fs::rename(case.path("../away"), case.path("../vendor")).expect("renamed");
    vendor.skill("skills/pdf", "Reads and writes PDF").commit();
    server.wait_for(PAGE, |answer| answer.body.contains("Reads and writes PDF"));
    server.wait_for("/api/v1/status", |answer| !answer.body.contains("source `vendor`: "));
}

#[test]
fn a_source_that_is_added_while_it_runs_is_asked_at_once() {
    with_vendor!(case, vendor);
    let other = case.repository("other");
    other.skill("skills/mail", "Writes mail").commit();
    let server = Server::start(&case, &["--watch"]);
    let (first, second) = (vendor.url(), other.url());
    case.config(&format!(
        "sources:\n  vendor: {{git: \"{first}\"}}\n  other: {{git: \"{second}\"}}\n"
    ));
    server.wait_for("/a/other/skill/mail/", |answer| answer.status == 200);
    // And another interval is kept to.
    let file = case.read("skillmeat.yaml");
    case.write("skillmeat.yaml", &format!("{file}sync: {{interval: 30m}}\n"));
    server.wait_for("/settings/", |answer| answer.body.contains("every 30 minutes"));
}

#[test]
fn offline_the_pages_come_from_the_cache_and_nothing_is_asked() {
    with_vendor!(case, vendor);
    vendor.skill("skills/pdf", "Reads and writes PDF").commit();
    std::fs::rename(case.path("../vendor"), case.path("../away")).expect("renamed");
    let server = Server::start(&case, &["--offline", "--interval", "1s"]);
    assert!(server.get(PAGE).body.contains("Reads PDF"));
    let refused = ask(&server, "POST", "/api/v1/refresh");
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("SM740"), "{}", refused.body);
    let status = server.get("/api/v1/status").body;
    assert!(status.contains("\"offline\":true") && status.contains("\"next_refresh\":null"));
}

#[test]
fn pages_stay_whatever_is_done_with_the_cache() {
    with_vendor!(case, vendor);
    case.skill("../vendor/skills/pdf", "Reads PDF");
    let server = Server::start(&case, &["--interval", "off"]);
    let before = server.get(PAGE).body;
    let raw = format!("{PAGE}raw/SKILL.md");
    assert_eq!(server.get(&raw).status, 200);
    for care in ["vacuum", "repair", "clear"] {
        let answer = ask(&server, "POST", &format!("/api/v1/cache/{care}"));
        assert_eq!(answer.status, 200, "{care}: {}", answer.body);
        assert_eq!(server.get(PAGE).body, before, "{care}");
        assert_eq!(server.get("/a/vendor/skill/pdf/history/").status, 404);
        server.wait_for("/api/v1/refresh", |answer| answer.body.contains("\"state\":\"idle\""));
        assert_eq!(server.get(&raw).status, 200, "{care}");
    }
    drop(server);
    // What was cleared was read again: a build needs nothing more.
    case.run("build --offline").ends(0);
    // Where the source is gone, its pages are made from what the cache kept for them.
    std::fs::rename(case.path("../vendor"), case.path("../away")).expect("renamed");
    let server = Server::start(&case, &["--interval", "off"]);
    assert_eq!(ask(&server, "POST", "/api/v1/cache/clear").status, 200);
    ends(&server, "failed");
    assert_eq!((server.get(PAGE).status, server.get(&raw).status), (200, 200));
    drop(server);
    case.run("build --offline").ends(0);
}

#[test]
fn a_server_that_is_started_again_answers_from_its_cache() {
    with_vendor!(case, vendor);
    drop(Server::start(&case, &["--interval", "1s"]));
    std::fs::remove_dir_all(case.path("../vendor")).expect("removed");
    let server = Server::start(&case, &["--interval", "1h"]);
    assert!(server.get(PAGE).body.contains("Reads PDF"));
    assert_eq!(refresh(&server)["id"], 0);
    drop(vendor);
}

/// A `git` that hangs as soon as it is to fetch.
pub fn hanging_git(case: &mut Case) {
    let real = case.shell("command -v git").out.trim().to_owned();
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *' fetch '*|*' ls-remote '*|*' clone '*) sleep 60;; esac\n\
         exec {real} \"$@\"\n"
    );
    case.write("../bin/git", &script).shell("chmod +x ../bin/git").ends(0);
    let path = std::env::var("PATH").expect("a PATH");
    let bin = case.path("../bin").display().to_string();
    case.set("PATH", &format!("{bin}:{path}"));
}

#[test]
fn a_refresh_that_hangs_is_cancelled_or_replaced_and_ends_with_the_server() {
    let mut case = Case::empty();
    let url = {
        let vendor = case.repository("vendor");
        vendor.skill("skills/pdf", "Reads PDF").commit();
        vendor.url()
    };
    case.config(&format!("sources:\n  vendor: {{git: \"{url}\"}}\n")).synced();
    hanging_git(&mut case);
    let mut server = Server::start(&case, &["--interval", "1s"]);
    let running = |answer: &Answer| answer.body.contains("\"outcome\":\"running\"");
    server.wait_for("/api/v1/refresh", |answer| {
        running(answer) && answer.body.contains("\"trigger\":\"background\"")
    });
    // A person's takes its place; pressed twice it is one.
    let id =
        |answer: Answer| serde_json::from_str::<Value>(&answer.body).expect("JSON")["id"].clone();
    let first = id(ask(&server, "POST", "/api/v1/refresh"));
    assert_eq!(id(ask(&server, "POST", "/api/v1/refresh")), first);
    server.wait_for("/api/v1/refresh", |answer| {
        running(answer) && answer.body.contains("\"trigger\":\"manual\"")
    });
    assert!(server.get(PAGE).body.contains("Reads PDF"), "pages are served meanwhile");
    assert_eq!(ask(&server, "DELETE", "/api/v1/refresh").status, 200);
    ends(&server, "cancelled");
    server.wait_for("/api/v1/refresh", running);
    let begun = Instant::now();
    let pid = server.child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &pid]).stdout(Stdio::null()).status();
    assert!(killed.is_ok_and(|status| status.success()));
    let status = server.child.wait().expect("it ended");
    assert_eq!(status.code(), Some(130));
    println!("ended after {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(5), "it hangs");
}

#[test]
fn pressing_refresh_shows_files_of_the_catalog_that_nobody_watches() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &["--interval", "off"]);
    let page = "/a/local/skill/report/";
    assert!(server.get(page).body.contains("Writes a report"));
    case.skill("content/artifacts/skills/report", "Writes reports");
    case.skill("content/artifacts/skills/second", "Another one");
    case.write("content/guide.md", "# Guide\n");
    // Without being asked it shows what it read when it started.
    assert_eq!(server.get("/a/local/skill/second/").status, 404);
    assert_eq!(ask(&server, "POST", "/api/v1/refresh").status, 202);
    ends(&server, "unchanged");
    assert!(server.get(page).body.contains("Writes reports"));
    assert_eq!(server.get("/a/local/skill/second/").status, 200);
    assert_eq!(server.get("/guide/").status, 200);
}

#[test]
fn sources_are_out_of_reach_only_when_each_failed_when_it_was_last_asked() {
    with_vendor!(case, vendor);
    let other = case.repository("other");
    other.skill("skills/mail", "Writes mail").commit();
    let (first, second) = (vendor.url(), other.url());
    case.config(&format!(
        "sources:\n  vendor: {{git: \"{first}\"}}\n  other: {{git: \"{second}\"}}\n"
    ));
    case.synced();
    let server = Server::start(&case, &["--interval", "off"]);
    let moved = |from: &str, to: &str| {
        std::fs::rename(case.path(from), case.path(to)).expect("renamed");
    };
    let asked = |source: &str, outcome: &str| {
        let body = format!("{{\"sources\": [\"{source}\"]}}");
        let id = refresh(&server)["id"].as_u64().expect("a number") + 1;
        ask_for(&server, "POST", "/api/v1/refresh", &body);
        let is_over = format!("\"id\":{id},\"state\":\"idle\"");
        server.wait_for("/api/v1/refresh", |answer| answer.body.contains(&is_over));
        let state = refresh(&server);
        assert_eq!(state["outcome"], outcome, "{state}");
        state["unreachable"].clone()
    };
    assert_eq!(refresh(&server)["unreachable"], false);
    moved("../vendor", "../away");
    // Nothing is known of the other one.
    assert_eq!(asked("vendor", "failed"), false);
    moved("../other", "../gone");
    assert_eq!(asked("other", "failed"), true);
    moved("../away", "../vendor");
    assert_eq!(asked("vendor", "unchanged"), false);
    // The other one still fails.
    assert_eq!(asked("other", "failed"), false);
}
