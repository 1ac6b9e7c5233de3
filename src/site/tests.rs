//! What must hold for every page of any site, on a small catalog made by hand.

mod artifact;
mod deployed;
mod find;
pub(super) mod fixture;
mod history;
mod lists;
mod machine;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::Value;

use super::*;
use crate::model::deployment::{Deployment, ProjectState, State};
use crate::model::hash::ContentHash;
use fixture::{Fixture, empty, fixture};

fn rendered(fixture: &Fixture) -> BTreeMap<String, Vec<u8>> {
    fixture.site(|site| {
        let bytes = |output: &Output| (output.path.clone(), site.render(output).unwrap());
        site.outputs().iter().map(bytes).collect()
    })
}

fn pages(files: &BTreeMap<String, Vec<u8>>) -> impl Iterator<Item = (&str, &str)> {
    files
        .iter()
        .filter(|(path, _)| path.ends_with(".html"))
        .map(|(path, bytes)| (path.as_str(), std::str::from_utf8(bytes).unwrap()))
}

/// The tags of a page: name, then attributes with their unescaped values.
fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut tags = Vec::new();
    for part in html.split('<').skip(1) {
        if !part.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let mut rest = part;
        let end = rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches('/').to_owned();
        rest = &rest[end..];
        let mut attributes = Vec::new();
        while let Some(equals) = rest.find("=\"").filter(|at| !rest[..*at].contains('>')) {
            let key = rest[..equals].split_whitespace().last().unwrap_or_default().to_owned();
            let value = rest[equals + 2..].split('"').next().unwrap();
            rest = &rest[equals + 3 + value.len()..];
            attributes.push((key, value.replace("&#x2f;", "/").replace("&amp;", "&")));
        }
        tags.push((name, attributes));
    }
    tags
}

/// Where a relative link of the page `path` leads, without its anchor.
fn target(path: &str, link: &str) -> String {
    let link = link.split(['#', '?']).next().unwrap();
    if link.is_empty() {
        return path.to_owned();
    }
    let mut names: Vec<&str> = path.split('/').collect();
    names.pop();
    for name in link.split('/') {
        match name {
            "." | "" => {}
            ".." => assert!(names.pop().is_some(), "{path} links above the root: {link}"),
            name => names.push(name),
        }
    }
    let joined = names.join("/");
    match link.ends_with('/') {
        true if joined.is_empty() => "index.html".to_owned(),
        true => format!("{joined}/index.html"),
        false => joined,
    }
}

#[test]
fn every_output_has_its_own_address_whatever_the_case() {
    fixture().site(|site| {
        let paths: Vec<&String> = site.outputs().iter().map(|output| &output.path).collect();
        assert!(paths.is_sorted());
        let lower: BTreeSet<String> = paths.iter().map(|path| path.to_lowercase()).collect();
        assert_eq!(lower.len(), paths.len());
        assert_eq!(site.find("").unwrap().path, "index.html");
        assert_eq!(site.find("a/vendor/skill/s1/").unwrap().path, "a/vendor/skill/s1/index.html");
        assert_eq!(site.find("collections/platform/page/2/").map(|_| ()), Some(()));
        assert_eq!(site.find("a/vendor/skill/s1"), None);
        assert_eq!(site.find("pages/collections/").map(|_| ()), Some(()));
    });
}

#[test]
fn every_link_of_every_page_leads_to_an_output() {
    for fixture in [fixture(), empty()] {
        let files = rendered(&fixture);
        for (path, html) in pages(&files) {
            let ids: BTreeSet<String> = tags(html)
                .into_iter()
                .flat_map(|(_, attributes)| attributes)
                .filter(|(key, _)| key == "id")
                .map(|(_, value)| value)
                .collect();
            for (name, attributes) in tags(html) {
                for (key, link) in attributes {
                    let is_link = key == "src" || key == "href" && name != "base";
                    if !is_link || link.contains("://") || link.starts_with("mailto:") {
                        continue;
                    }
                    if let Some(anchor) = link.strip_prefix('#') {
                        assert!(ids.contains(anchor), "{path} has no #{anchor}");
                        continue;
                    }
                    // The page for lost addresses answers at any depth, so it counts from the root.
                    let link =
                        if path == "404.html" { link.trim_start_matches('/') } else { &link };
                    let link = if link.is_empty() { "./" } else { link };
                    let found = target(path, link);
                    assert!(files.contains_key(&found), "{path} links to {link}: no {found}");
                }
            }
        }
    }
}

#[test]
fn pages_have_no_inline_script_or_style_and_one_first_heading() {
    for (path, html) in pages(&rendered(&fixture())) {
        assert!(html.contains("default-src 'none'; script-src 'self'"), "{path}");
        let tags = tags(html);
        for (name, attributes) in &tags {
            let has = |key: &str| attributes.iter().any(|(other, _)| other == key);
            assert!(name != "style" && !has("style"), "{path}: <{name}>");
            assert!(name != "script" || has("src"), "{path}: inline script");
            let handler = attributes.iter().find(|(key, _)| key.starts_with("on"));
            assert_eq!(handler, None, "{path}: <{name}>");
        }
        assert!(!html.contains("<script>"), "{path}");
        let body = html.split("<main").nth(1).unwrap();
        assert_eq!(body.matches("<h1").count(), 1, "{path}");
        let landmarks = ["header", "main", "footer"];
        for landmark in landmarks {
            assert_eq!(tags.iter().filter(|(name, _)| name == landmark).count(), 1, "{path}");
        }
    }
}

#[test]
fn hostile_words_are_words_on_every_page() {
    let files = rendered(&fixture());
    let mut seen = 0;
    for (path, html) in pages(&files) {
        assert!(!html.contains("<script>alert"), "{path}");
        assert!(!html.contains("<img src=x"), "{path}");
        for (key, value) in tags(html).into_iter().flat_map(|(_, attributes)| attributes) {
            let leads_away = value.starts_with("javascript:") || value.starts_with("//");
            assert!(!(key == "href" || key == "src") || !leads_away, "{path}: {value}");
        }
        assert!(!html.contains("&gt;49"), "{path} took words for a template");
        seen += usize::from(html.contains("{{7*7}}"));
    }
    assert!(seen > 8, "{seen}");
    assert!(files.contains_key("a/local/skill/hostile/raw/x.html.txt"));
    assert!(files.contains_key("a/local/skill/hostile/raw/y.svg.txt"));
}

#[test]
fn no_secret_is_published() {
    for (path, bytes) in rendered(&fixture()) {
        assert!(!String::from_utf8_lossy(&bytes).contains("s3cret"), "{path}");
    }
}

#[test]
fn the_bytes_are_the_same_on_one_thread_and_on_many() {
    let fixture = fixture();
    let one = rendered(&fixture);
    let many: BTreeMap<String, Vec<u8>> = fixture.site(|site| {
        let bytes = |output: &Output| (output.path.clone(), site.render(output).unwrap());
        site.outputs().par_iter().map(bytes).collect()
    });
    assert_eq!(one, many);
}

/// The files that two sites have alike by name and not by content.
fn changed<'a>(
    before: &'a BTreeMap<String, Vec<u8>>,
    after: &BTreeMap<String, Vec<u8>>,
) -> Vec<&'a String> {
    let differs = |(path, bytes): &(&String, &Vec<u8>)| after[*path] != **bytes;
    before.iter().filter(differs).map(|(path, _)| path).collect()
}

#[test]
fn no_page_tells_when_it_was_synced() {
    let mut fixture = fixture();
    let before = rendered(&fixture);
    fixture.catalog.sources[1].synced_at = Some("2026-11-23T00:00:00Z".parse().unwrap());
    let after = rendered(&fixture);
    assert_eq!(changed(&before, &after), ["status.js"]);
}

#[test]
fn the_json_has_its_documented_shape() {
    let files = rendered(&fixture());
    data::tests::check(&files);
    data::tests::check(&rendered(&empty()));
    let json = |path: &str| -> Value { serde_json::from_slice(&files[path]).unwrap() };
    let index = json("api/v1/index.json");
    assert_eq!(index["schema"], 1);
    assert_eq!(index["counts"]["kinds"]["skill"], 71);
    for link in index["links"]["artifacts"].as_array().unwrap() {
        assert_eq!(json(link.as_str().unwrap())["artifacts"].as_array().unwrap().len(), 75);
    }
    let one = json("api/v1/a/vendor/skill/s1.json");
    assert_eq!(one["id"], "vendor/skill/s1");
    assert_eq!(one["files"][0]["raw"], "a/vendor/skill/s1/raw/SKILL.md");
    assert!(files.contains_key("a/vendor/skill/s1/raw/SKILL.md"));
    let server = json("api/v1/a/local/mcp/files.json");
    assert_eq!(server["files"][0]["redacted"], true);
    let raw = server["files"][0]["raw"].as_str().unwrap();
    let published = ContentHash::of(&files[raw]).to_string();
    assert_eq!(server["files"][0]["published_hash"], published);
    let platform = json("api/v1/collections/platform.json");
    assert_eq!(platform["groups"][0]["slug"], "documents");
    assert_eq!(platform["members"].as_array().unwrap().len(), 75);
    assert_eq!(
        json("api/v1/deployments.json")["projects"][0]["deployments"][1]["state"],
        "outdated"
    );
    assert_eq!(json("api/v1/sources.json")["sources"][0]["name"], "local");
}

/// The text between two marks of a page.
fn between<'a>(html: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    let part = |part: &'a str| part.split(end).next().unwrap_or_default().trim();
    html.split(start).skip(1).map(part).collect()
}

#[test]
fn what_has_no_description_says_what_it_does() {
    let files = rendered(&fixture());
    let lead = |path: &str| {
        let html = std::str::from_utf8(&files[path]).unwrap();
        between(html, "<p class=\"lead\">", "</p>").join("")
    };
    assert_eq!(lead("a/local/mcp/files/index.html"), "Runs <code>npx -y files server</code>");
    assert_eq!(lead("a/local/hook/guard/index.html"), "Runs on <code>PreToolUse</code>");
    let elsewhere = lead("a/vendor/plugin/kit/index.html");
    assert_eq!(elsewhere, "Lives at <code>example.com/kit</code>");
    let cards = std::str::from_utf8(&files["kinds/mcp/index.html"]).unwrap();
    assert!(cards.contains("Runs <code>npx -y files server</code>"), "{cards}");
}

#[test]
fn one_is_not_many_on_the_home_page() {
    let mut fixture = fixture();
    fixture.catalog.projects.truncate(1);
    let files = rendered(&fixture);
    let home = std::str::from_utf8(&files["index.html"]).unwrap();
    let sum = between(home, "<p class=\"sum\">", "</p>").join("");
    let text: String = sum.split('<').filter_map(|part| part.split('>').nth(1)).collect();
    assert_eq!(text, "75 artifacts from 2 sources, deployed in 1 project");
    assert!(home.contains("<b>1</b><span>Hook</span>"), "{home}");
}

#[test]
fn the_deployments_of_many_projects_stay_one_page() {
    let mut fixture = fixture();
    let one = fixture.catalog.projects[0].deployments[0].clone();
    for project in 0..20 {
        let named = |n: usize| {
            let state = if n == 99 { State::Diverged } else { State::InSync };
            Deployment { name: format!("d{project}-{n}"), id: None, state, ..one.clone() }
        };
        fixture.catalog.projects.push(ProjectState {
            name: format!("p{project}"),
            scanned: None,
            deployments: (0..100).map(named).collect(),
        });
    }
    let files = rendered(&fixture);
    let html = std::str::from_utf8(&files["deployments/index.html"]).unwrap();
    let table = between(html, "<table class=\"matrix dense\">", "</table>").join("");
    assert_eq!(table.matches("<tr>").count(), 1 + 90);
    assert_eq!(table.matches("s-diverged").count(), 20, "those that want attention come first");
    assert!(html.contains("90 of 2004 artifacts"), "{html}");
    assert!(html.contains("and 1881 more"), "{html}");
}

#[test]
fn an_image_beside_a_page_is_published_and_shown() {
    let files = rendered(&fixture());
    let guide = String::from_utf8_lossy(&files["guide/index.html"]);
    assert!(guide.contains("<img src=\"../assets/pages/content/images/a-b.png\" alt=\"wide\""));
    assert!(!guide.contains("no.png"));
    assert_eq!(files["assets/pages/content/images/a-b.png"], b"\x89PNG");
}

#[test]
fn bytes_that_cannot_be_read_are_an_error() {
    let mut fixture = fixture();
    fixture.texts.0.clear();
    fixture.site(|site| {
        let output = site.find("a/vendor/skill/s1/").unwrap();
        assert_eq!(site.render(output).unwrap_err().problems[0].code, "SM501");
    });
}

#[test]
fn only_a_served_page_listens_for_changes() {
    let mut fixture = fixture();
    let listens = |fixture: &Fixture| {
        let files = rendered(fixture);
        let script = files.keys().any(|path| path.starts_with("assets/live."));
        let page = String::from_utf8_lossy(&files["index.html"]).contains("/live.");
        (script, page)
    };
    assert_eq!(listens(&fixture), (false, false));
    fixture.options.live = Some(Live { token: "t".to_owned(), edits: true, ..Live::default() });
    assert_eq!(listens(&fixture), (true, true));
}

#[test]
fn a_path_of_a_source_leads_to_the_first_artifact_that_stands_there() {
    let mut fixture = fixture();
    // Two artifacts of one file, and one whose folder holds the document of another.
    let vendor: Vec<usize> = (0..fixture.catalog.artifacts.len())
        .filter(|at| fixture.catalog.artifacts[*at].id.source == "vendor")
        .collect();
    for (at, path) in vendor.iter().zip(["x/.mcp.json#b", "x/.mcp.json#a", "x", "x/y"]) {
        fixture.catalog.artifacts[*at].path = path.to_owned();
        fixture.catalog.artifacts[*at].document = Some("y/SKILL.md".to_owned());
    }
    fixture.site(|site| {
        let source = site.catalog.sources.iter().position(|one| one.source.name == "vendor");
        let source = source.unwrap();
        let artifacts = &site.catalog.artifacts;
        let mut paths =
            vec!["x/.mcp.json".into(), "x/y/SKILL.md".into(), "none".into(), ".".into()];
        for artifact in artifacts.iter() {
            paths.push(artifact.file_path().to_owned());
            let document = artifact.document.as_deref().unwrap_or_default();
            paths.push(format!("{}/{document}", artifact.file_path()));
        }
        for path in &paths {
            let stands_there = |at: &&usize| {
                let one = &artifacts[**at];
                let document = one.document.as_deref().unwrap_or_default();
                one.file_path() == path || *path == format!("{}/{document}", one.file_path())
            };
            let first = site.routes.source_members[source].iter().find(stands_there);
            assert_eq!(site.routes.at_path(site.catalog, source, path), first.copied(), "{path}");
        }
    });
}

/// Writes the site of the fixture to the folder that `SKILLMEAT_LOOK` names, to be looked at.
#[test]
fn the_site_can_be_looked_at() {
    let Ok(folder) = std::env::var("SKILLMEAT_LOOK") else { return };
    for (path, bytes) in rendered(&fixture()) {
        crate::disk::write(&std::path::Path::new(&folder).join(path), &bytes).unwrap();
    }
}

/// What a page says of itself in its navigation: the entries marked, and the trail to it.
fn way(html: &str) -> (Vec<(String, String)>, Vec<String>) {
    let links = |part: &str| -> Vec<(String, String)> {
        let words = |attributes: &str| between(attributes, "aria-current=\"", "\"").join("");
        let link = |(open, label): (&str, &str)| (label.to_owned(), words(open));
        between(part, "<a ", "</a>").iter().filter_map(|a| a.split_once('>')).map(link).collect()
    };
    let nav = between(html, "aria-label=\"Main\">", "</nav>").join("");
    let marked = links(&nav).into_iter().filter(|(_, current)| !current.is_empty()).collect();
    let trail = between(html, "aria-label=\"Breadcrumb\">", "</nav>").join("");
    (marked, links(&trail).into_iter().map(|(label, _)| label).collect())
}

#[test]
fn every_page_tells_where_it_stands() {
    let files = rendered(&fixture());
    let stands = |path: &str| {
        let (marked, trail) = way(std::str::from_utf8(&files[path]).unwrap());
        let marked: Vec<String> =
            marked.iter().map(|(label, how)| format!("{label} {how}")).collect();
        (marked.join(", "), trail.join(" / "))
    };
    for (path, marked, trail) in [
        ("index.html", "", ""),
        ("collections/index.html", "Collections page", ""),
        ("collections/all/index.html", "Artifacts page", ""),
        ("collections/all/page/2/index.html", "Artifacts true", "All artifacts"),
        ("collections/platform/index.html", "Collections true", "Collections"),
        ("collections/platform/page/2/index.html", "Collections true", "Collections / Platform"),
        ("deployments/index.html", "Deployments page", ""),
        ("projects/index.html", "Projects page", ""),
        ("projects/web-shop/index.html", "Projects true", "Projects"),
        ("sources/vendor/index.html", "Sources true", "Sources"),
        ("sync/index.html", "Sources true", "Sources"),
        ("kinds/mcp/index.html", "MCP servers page", "Artifacts"),
        ("kinds/skill/index.html", "Artifacts true", "Artifacts"),
        ("tags/index.html", "Artifacts true", "Artifacts"),
        ("guide/index.html", "Docs page", ""),
        ("pages/collections/index.html", "Docs true", "Docs"),
    ] {
        assert_eq!(stands(path), (marked.to_owned(), trail.to_owned()), "{path}");
    }
}
