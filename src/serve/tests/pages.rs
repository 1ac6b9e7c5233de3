//! Routes: which bytes a path means, and what is said with them.

use super::*;

const RAW: &str = "/a/local/skill/pdf/raw/SKILL.md";

#[test]
fn a_page_comes_with_all_that_keeps_it_harmless() {
    let live = live("Team");
    let got = live.get("/docs/guide/");
    assert_eq!((got.status, got.text().trim()), (200, "<h1>Guide</h1>"));
    let mut lines: Vec<&str> = got.head.lines().skip(1).collect();
    lines.retain(|line| !line.starts_with("Date: ") && !line.starts_with("ETag: "));
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "Cache-Control: no-cache",
            "Content-Length: 14",
            "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; \
             img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'",
            "Content-Type: text/html; charset=utf-8",
            "Cross-Origin-Resource-Policy: same-origin",
            "Referrer-Policy: same-origin",
            "Server-Timing: revision;desc=\"1\"",
            "Server: skillmeat",
            "X-Content-Type-Options: nosniff",
        ]
    );
}

#[test]
fn what_others_wrote_is_text_in_a_sandbox() {
    let live = live("Team");
    let got = live.get(RAW);
    assert_eq!((got.status, got.text().as_str()), (200, "<script>"));
    assert_eq!(got.header("Content-Type"), Some("text/plain; charset=utf-8"));
    assert!(got.header("Content-Security-Policy").unwrap().starts_with("sandbox; default-src"));
}

#[test]
fn a_page_that_fails_or_panics_takes_nothing_else_down() {
    let live = live("Team");
    let panicked = live.get(&RAW.replace("SKILL.md", "panic.html.txt"));
    assert_eq!(panicked.status, 500);
    assert!(panicked.text().contains("error[SM706]"), "{}", panicked.text());
    let failed = live.get("/tags/");
    assert_eq!(failed.status, 500);
    assert!(failed.text().contains("error[SM603]"), "{}", failed.text());
    assert_eq!(failed.header("Cache-Control"), Some("no-store"));
    assert_eq!(live.get("/").status, 200);
    let reports = lock(&live.reports);
    let troubles = reports.iter().filter(|report| matches!(report, Report::Trouble(_))).count();
    assert_eq!(troubles, 2);
}

#[test]
fn known_bytes_are_not_sent_again() {
    let live = live("Team");
    let first = live.get("/");
    let etag = first.header("ETag").unwrap();
    for tags in [etag.to_owned(), format!("\"x\", W/{etag}"), "*".to_owned()] {
        let again = live.get_with("/", &format!("If-None-Match: {tags}\r\n"));
        assert_eq!((again.status, again.body.len()), (304, 0), "{tags}");
        assert_eq!(again.header("ETag"), Some(etag));
        assert_eq!(again.header("Content-Length"), first.header("Content-Length"));
    }
    assert_eq!(live.get_with("/", "If-None-Match: \"x\"\r\n").status, 200);
    live.write("Other");
    eventually("the other title is shown", || {
        live.get_with("/", &format!("If-None-Match: {etag}\r\n")).text().contains("Other")
    });
}

#[test]
fn head_says_what_get_says_without_the_body() {
    let live = live("Team");
    let host = live.address().to_string();
    for target in ["/", "/docs/guide/", "/nothing", "/docs/guide", RAW, "/api/v1/status"] {
        let said = |got: &Got| -> Vec<String> {
            got.head.lines().filter(|line| !line.starts_with("Date: ")).map(str::to_owned).collect()
        };
        let (get, head) = (live.get(target), live.ask("HEAD", target, &host, ""));
        assert_eq!((said(&get), 0), (said(&head), head.body.len()), "{target}");
    }
    assert_eq!(live.ask("HEAD", "/api/v1/events", &host, "").status, 200);
}

#[test]
fn a_folder_without_its_slash_moves_and_other_names_are_unknown() {
    let live = live("Team");
    for (target, location) in [
        ("/docs/guide", "/docs/guide/"),
        ("/docs/guide?view=list", "/docs/guide/?view=list"),
        ("/%64ocs/guide", "/docs/guide/"),
        ("/a/local/skill/pdf", "/a/local/skill/pdf/"),
    ] {
        let got = live.get(target);
        assert_eq!((got.status, got.header("Location")), (308, Some(location)), "{target}");
    }
    let got = live.get("/nothing");
    assert_eq!((got.status, got.text().trim()), (404, "<h1>Nothing here</h1>"));
    let got = live.get("/api/v1/status/");
    assert_eq!(
        (got.status, got.text().trim()),
        (404, "{\"title\":\"Not found\",\"status\":404,\"problems\":[]}")
    );
    let page = live.get("/status.js");
    assert_eq!(page.header("Content-Type"), Some("text/javascript; charset=utf-8"));
    let site = live.get("/api/v1/index.json");
    assert_eq!(site.header("Content-Type"), Some("application/json"));
}

#[test]
fn what_programs_read_says_what_it_is() {
    let live = live("Team");
    for (path, kind) in [
        ("/feed.xml", "application/xml; charset=utf-8"),
        ("/feed.json", "application/json"),
        ("/llms.txt", "text/plain; charset=utf-8"),
        ("/a/local/skill/pdf/index.md", "text/markdown; charset=utf-8"),
        ("/_headers", "text/plain; charset=utf-8"),
    ] {
        let got = live.get(path);
        assert_eq!((got.status, got.header("Content-Type")), (200, Some(kind)), "{path}");
    }
}

#[test]
fn static_files_are_kept_by_the_browser_for_ever() {
    let live = live("Team");
    let css = theme().assets().iter().find(|asset| asset.name == "site.css").unwrap().path.clone();
    let got = live.get(&format!("/{css}"));
    assert_eq!(got.text(), "h1 {}");
    assert_eq!(got.header("Cache-Control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(got.header("Content-Type"), Some("text/css; charset=utf-8"));
}

/// Names that lead elsewhere where somebody takes them for a path.
const STEPS: [&str; 25] = [
    "..",
    ".",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "%252e%252e",
    "..%2f..",
    "..%5c..",
    "..\\..",
    "%5c",
    "%00",
    "%0a",
    "%c0%ae%c0%ae",
    "%uff0e",
    "%",
    "%2",
    "%zz",
    "....",
    "...",
    "..;",
    ".git",
    ".env",
    "C:",
    "con",
    "~",
];

const PLACES: [&str; 19] = [
    "/{}/{}/etc/passwd",
    "/{}",
    "/{}/skillmeat.yaml",
    "/{}/.git/config",
    "/{}/docs/guide/",
    "/{}docs/guide/",
    "/docs/{}/guide/",
    "/docs/guide/{}",
    "/docs/guide/{}/",
    "/docs/guide{}/",
    "/docs/guide/index.html{}",
    "/docs/guide/index.html/{}",
    "/assets/{}/catalog.txt",
    "/a/{}/local/skill/pdf/",
    "/a/local/skill/{}/pdf/",
    "/a/local/skill/pdf/raw/{}",
    "/a/local/skill/pdf/raw/{}/SKILL.md",
    "/a/local/skill/pdf/raw/SKILL.md/{}",
    "/tags/{}/tags/",
];

#[test]
fn nothing_but_the_sites_own_files_is_ever_reached() {
    let live = live("Team");
    let file = live.dir.path().join("catalog.txt");
    let mut targets: Vec<String> = Vec::new();
    for step in STEPS {
        for place in PLACES {
            targets.push(place.replace("{}", step));
        }
        targets.push(format!("/{step}{}", file.display()));
    }
    targets.extend(
        [
            "//etc/passwd",
            "/docs//guide/",
            "//docs/guide/",
            "/docs/guide//",
            "/docs/guide/.",
            "/docs/guide/index.html/",
            "/skillmeat.yaml",
            "/catalog.txt",
            "/docs%2fguide/",
            "/DOCS/guide/",
            "/healthz/",
            "/index.html%20",
        ]
        .map(str::to_owned),
    );
    assert!(targets.len() >= 500, "{}", targets.len());
    for target in targets {
        let got = live.get(&target);
        assert_eq!((got.status, got.text().trim()), (404, "<h1>Nothing here</h1>"), "{target}");
    }
    // What stands behind a question mark is never a way in.
    let page = live.get("/docs/guide/").body;
    for query in ["raw", "raw??", "inline&import", "../../catalog.txt", "/.", "%00", "url=/etc"] {
        let got = live.get(&format!("/docs/guide/?{query}"));
        assert_eq!((got.status, &got.body), (200, &page), "{query}");
    }
}

#[test]
fn status_says_what_runs_and_how_old_its_data_is() {
    let live = live("Team");
    eventually("watching begins", || live.status()["watching"] != "off");
    let expected = serde_json::json!({
        "schema": 1,
        "version": env!("CARGO_PKG_VERSION"),
        "revision": 1,
        "failed": false,
        "last_sync": null,
        "stale": false,
        "age": "current",
        "refreshing": false,
        "offline": false,
        "read_only": false,
        "watching": "notices",
        "interval": null,
        "next_refresh": null,
        "refresh": {
            "schema": 1,
            "id": 0,
            "state": "idle",
            "trigger": null,
            "done": 0,
            "total": 0,
            "sources": [],
            "started": null,
            "ended": null,
            "outcome": null,
            "message": "",
            "next": null,
            "unreachable": false,
        },
        "problems": [],
    });
    let mut status = live.status();
    assert!(status["last_sync"].take().is_string());
    assert_eq!(status, expected);
}
