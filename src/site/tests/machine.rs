//! What programs read besides pages and JSON, whole, on a site of a few artifacts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fixture::{Fixture, fixture};
use super::{Output, Routes, Site, rendered};
use crate::site::page::Page;

const BASE: &str = "https://example.org/catalog/";

/// The fixture with these artifacts only.
fn small(ids: &[&str]) -> Fixture {
    let mut fixture = fixture();
    let catalog = &mut fixture.catalog;
    catalog.artifacts.retain(|one| ids.contains(&one.id.to_string().as_str()));
    catalog.slugs = catalog.artifacts.iter().map(|one| one.id.name.clone()).collect();
    catalog.memberships = vec![vec![0]; catalog.artifacts.len()];
    catalog.collections.truncate(1);
    catalog.projects.truncate(1);
    let collection = &mut catalog.collections[0];
    collection.members = (0..catalog.artifacts.len()).collect();
    collection.groups[0].members = vec![0];
    collection.ungrouped = (1..catalog.artifacts.len()).collect();
    for (at, artifact) in catalog.artifacts.iter_mut().enumerate() {
        artifact.added = Some("2026-06-30".parse().unwrap());
        artifact.changed = Some(format!("2026-0{}-02", 7 + at).parse().unwrap());
    }
    fixture
}

fn two() -> Fixture {
    small(&["vendor/skill/s0", "vendor/skill/s1"])
}

fn text(files: &BTreeMap<String, Vec<u8>>, path: &str) -> String {
    String::from_utf8(files[path].clone()).unwrap()
}

/// The bodies of all elements of a name, in a text without nesting of it.
fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    super::between(xml, &format!("<{name}>"), &format!("</{name}>"))
}

#[test]
fn an_atom_feed_is_whole() {
    let mut fixture = small(&["vendor/skill/s0"]);
    fixture.catalog.artifacts[0].changed = fixture.catalog.artifacts[0].added;
    fixture.options.base_url = Some(BASE.into());
    let expected = format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>urn:uuid:9d2a53de-4cc1-8403-b6c2-1a780e52af32</id>
<title>Platform in Team catalog</title>
<subtitle>What the platform team uses every day, kept current.</subtitle>
<updated>2026-08-01T00:00:00Z</updated>
<author><name>Team catalog</name></author>
<generator version="{}">skillmeat</generator>
<link rel="alternate" type="text/html" href="https://example.org/catalog/collections/platform/"/>
<link rel="self" type="application/atom+xml" href="https://example.org/catalog/collections/platform/feed.xml"/>
<entry>
<id>urn:uuid:1c8c78a3-4bed-8b26-bfdf-103b6beab8c8</id>
<title>old removed</title>
<updated>2026-08-01T00:00:00Z</updated>
<link rel="alternate" type="text/html" href="https://example.org/catalog/a/vendor/skill/old/"/>
<category term="skill" label="Skill"/>
<summary>Skill from vendor: its source no longer has it</summary>
</entry>
<entry>
<id>urn:uuid:bce76de0-25ad-80dd-9e03-5a674422a124</id>
<title>s0 added</title>
<updated>2026-06-30T00:00:00Z</updated>
<link rel="alternate" type="text/html" href="https://example.org/catalog/a/vendor/skill/s0/"/>
<category term="skill" label="Skill"/>
<summary>Skill from vendor: Reads and writes the documents of step 0, with forms. (version 1.0.0)</summary>
</entry>
</feed>
"#,
        env!("CARGO_PKG_VERSION")
    );
    let files = rendered(&fixture);
    assert_eq!(text(&files, "collections/platform/feed.xml"), expected);
}

#[test]
fn both_feeds_tell_the_same_newest_first() {
    let files = rendered(&two());
    let atom = text(&files, "sources/vendor/feed.xml");
    let json: Value = serde_json::from_slice(&files["sources/vendor/feed.json"]).unwrap();
    let items = json["items"].as_array().unwrap();
    let of =
        |key: &str| -> Vec<&str> { items.iter().map(|item| item[key].as_str().unwrap()).collect() };
    assert_eq!(of("title"), ["s1 changed", "old removed", "s0 changed", "s0 added", "s1 added"]);
    assert_eq!(of("title"), elements(&atom, "title")[1..]);
    assert_eq!(of("id"), elements(&atom, "id")[1..]);
    assert_eq!(of("date_published"), elements(&atom, "updated")[1..]);
    assert_eq!(elements(&atom, "updated")[0], "2026-08-02T00:00:00Z");
    assert_eq!(of("content_text"), elements(&atom, "summary"));
    assert_eq!(items[0]["url"], "../../a/vendor/skill/s1/");
    assert_eq!(json["feed_url"], Value::Null, "it would have to be absolute");
}

#[test]
fn a_feed_is_bounded_and_its_ids_are_those_of_every_other() {
    let files = rendered(&fixture());
    let all = text(&files, "feed.xml");
    let ids = elements(&all, "id");
    assert_eq!(ids.len(), 1 + 50);
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
    let source = text(&files, "sources/vendor/feed.xml");
    assert_eq!(elements(&source, "id")[1..], ids[1..]);
    assert_ne!(elements(&source, "id")[0], ids[0]);
    let mut elsewhere = fixture();
    elsewhere.options.base_url = Some(BASE.into());
    assert_eq!(elements(&text(&rendered(&elsewhere), "feed.xml"), "id"), ids);
    assert!(elements(&text(&files, "sources/local/feed.xml"), "id").len() == 1, "no dates");
}

#[test]
fn pages_name_their_feeds_and_their_markdown() {
    let files = rendered(&fixture());
    let named = |path: &str| -> Vec<String> {
        let html = text(&files, path);
        let tags = super::tags(&html).into_iter().filter(|(name, _)| name == "link");
        let value = |attributes: &[(String, String)], key: &str| {
            attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
        };
        tags.filter(|(_, attributes)| value(attributes, "rel").as_deref() == Some("alternate"))
            .filter_map(|(_, attributes)| value(&attributes, "href"))
            .collect()
    };
    assert_eq!(named("index.html"), ["./feed.xml", "./feed.json"]);
    let platform = ["feed.xml", "feed.json", "index.md"];
    let platform = platform.map(|file| format!("../../collections/platform/{file}"));
    assert_eq!(named("collections/platform/index.html"), platform);
    assert_eq!(named("sources/vendor/index.html").len(), 2);
    let own = "../../../../a/vendor/skill/s1/index.md";
    assert_eq!(named("a/vendor/skill/s1/index.html"), [own]);
    assert_eq!(named("404.html"), Vec::<String>::new());
}

#[test]
fn the_markdown_of_an_artifact_is_whole() {
    let fixture = two();
    let hash = fixture.catalog.artifacts[1].hash;
    let expected = format!(
        r#"---
id: vendor/skill/s1
kind: skill
name: s1
source: vendor
description: "Reads and writes the documents of step 1, with forms."
hash: "{hash}"
commit: 9d2f1ae6c0ffee0123456789abcdef0123456789
added: "2026-06-30"
changed: "2026-08-02"
url: ./
json: ../../../../api/v1/a/vendor/skill/s1.json
tags: [documents, tag 1]
files:
  - {{path: SKILL.md, size: 56, raw: raw/SKILL.md}}
  - {{path: notes.md, size: 8, raw: raw/notes.md}}
---

# Skill 1

Read [the notes](notes.md).
"#
    );
    assert_eq!(text(&rendered(&fixture), "a/vendor/skill/s1/index.md"), expected);
}

#[test]
fn the_front_matter_of_every_artifact_reads_back() {
    let fixture = fixture();
    let files = rendered(&fixture);
    for artifact in fixture.catalog.artifacts.iter() {
        let name = crate::model::slug::slug(&artifact.id.name);
        let path = format!("a/{}/{}/{name}/index.md", artifact.id.source, artifact.id.kind);
        let front = crate::format::frontmatter::read(&path, &text(&files, &path));
        assert_eq!(front.problems, [], "{path}");
        assert_eq!(front.get_text(&["id"]).unwrap(), artifact.id.to_string());
        let title = front.get_text(&["title"]);
        assert_eq!(title, artifact.title, "{path}");
    }
}

#[test]
fn llms_txt_lists_few_artifacts_and_the_parts_of_many() {
    let few = text(&rendered(&two()), "llms.txt");
    let expected = "\
# Team catalog

> Skills, agents and commands that our teams share.

A catalog of agent artifacts: 2 artifacts. Each has a Markdown page: its document below a front \
matter with its id, version and files, each file with a link to its text.

## Collections

- [Platform](collections/platform/index.md): 2 artifacts. What the platform team uses every day, \
kept current.

## Skills

- [vendor/skill/s0](a/vendor/skill/s0/index.md): Reads and writes the documents of step 0, with \
forms.
- [vendor/skill/s1](a/vendor/skill/s1/index.md): Reads and writes the documents of step 1, with \
forms.

## Optional

- [JSON](api/v1/index.json): all of it for programs, with links to each part
- [Changes](feed.xml): what was added, changed and removed
";
    assert_eq!(few, expected);
    let mut many = two();
    let one = many.catalog.artifacts[0].clone();
    many.catalog.artifacts = (0..1001)
        .map(|n| {
            let mut one = one.clone();
            one.id.name = format!("n{n:04}");
            one
        })
        .collect();
    many.catalog.slugs = many.catalog.artifacts.iter().map(|one| one.id.name.clone()).collect();
    many.catalog.memberships = vec![Vec::new(); 1001];
    many.site(|site: Site<'_>| {
        let read = |path: &str| {
            let output = site.outputs().iter().find(|output| output.path == path).unwrap();
            String::from_utf8(site.render(output).unwrap()).unwrap()
        };
        let llms = read("llms.txt");
        let skills = super::between(&llms, "## Skills\n\n", "\n\n").join("");
        assert_eq!(skills.lines().count(), 3);
        assert!(skills.ends_with(
            "- [Skills, part 3](kinds/skill/3.md): 1 artifact, from vendor/skill/n1000 to vendor/skill/n1000"
        ));
        let second = read("kinds/skill/2.md");
        assert_eq!(second.matches("\n- [").count(), 500);
        assert!(second.starts_with("# Skills\n\nPart 2 of 3. [Next part](3.md)\n"), "{second}");
        assert!(!read("kinds/skill/3.md").contains("Next part"));
    });
}

#[test]
fn a_collection_is_listed_by_its_groups() {
    let expected = "\
# Platform

What the platform team uses every day, kept current.

## Documents

- [vendor/skill/s0](../../a/vendor/skill/s0/index.md): Reads and writes the documents of step 0, \
with forms.

## Ungrouped

- [vendor/skill/s1](../../a/vendor/skill/s1/index.md): Reads and writes the documents of step 1, \
with forms.
";
    assert_eq!(text(&rendered(&two()), "collections/platform/index.md"), expected);
}

#[test]
fn a_badge_is_whole() {
    let expected = r##"<svg xmlns="http://www.w3.org/2000/svg" width="59" height="20" role="img" aria-label="Platform: 2 skills">
<title>Platform: 2 skills</title>
<clipPath id="round"><rect width="59" height="20" rx="3"/></clipPath>
<g clip-path="url(#round)"><rect width="40" height="20" fill="#3d4552"/><rect x="40" width="19" height="20" fill="#3a46bf"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">
<text x="6" y="14" textLength="28">skills</text>
<text x="46" y="14" textLength="7">2</text>
</g>
</svg>
"##;
    let files = rendered(&two());
    assert_eq!(text(&files, "collections/platform/badge.svg"), expected);
    assert!(text(&files, "projects/web-shop/badge.svg").contains(">web-shop: 1 orphaned<"));
}

#[test]
fn hosts_and_robots_are_told_what_pages_cannot_say() {
    let fixture = two();
    let files = rendered(&fixture);
    assert_eq!(text(&files, "robots.txt"), "User-agent: *\nAllow: /\n");
    assert_eq!(files[".nojekyll"], b"");
    assert!(!files.contains_key("sitemap.xml"), "its links would have to be absolute");
    let headers = text(&files, "_headers");
    let for_ever = "  Cache-Control: public, max-age=31536000, immutable";
    let lasting: Vec<&str> = headers
        .lines()
        .zip(headers.lines().skip(1))
        .filter(|(_, next)| *next == for_ever)
        .map(|(path, _)| path.trim_start_matches('/'))
        .collect();
    let assets = files.keys().filter(|path| path.matches('/').count() == 1);
    let assets: Vec<&String> = assets.filter(|path| path.starts_with("assets/")).collect();
    assert_eq!(lasting, assets);
    assert!(headers.starts_with("/*\n  Content-Security-Policy: frame-ancestors 'none'\n"));
}

#[test]
fn the_sitemap_names_every_page_there_is_to_find() {
    let mut fixture = two();
    fixture.options.base_url = Some(BASE.into());
    let files = rendered(&fixture);
    let map = text(&files, "sitemap.xml");
    let named: Vec<&str> = elements(&map, "loc");
    let pages = files.keys().filter(|path| path.ends_with(".html") && *path != "404.html");
    let pages = pages.filter(|path| *path != "a/vendor/skill/old/index.html");
    let pages: Vec<String> =
        pages.map(|path| format!("{BASE}{}", path.trim_end_matches("index.html"))).collect();
    assert_eq!(named, pages);
    let one = format!("<loc>{BASE}a/vendor/skill/s1/</loc><lastmod>2026-08-02</lastmod>");
    assert!(map.contains(&one), "{map}");
    assert!(text(&files, "robots.txt").ends_with(&format!("Sitemap: {BASE}sitemap.xml\n")));
    let home = text(&files, "index.html");
    assert!(home.contains(&format!("<meta property=\"og:url\" content=\"{BASE}\">")), "{home}");
}

#[test]
fn a_sitemap_of_very_many_pages_is_a_list_of_parts() {
    let mut fixture = two();
    fixture.options.base_url = Some(BASE.into());
    let mut routes = Routes::new(&fixture.catalog, &fixture.theme, &fixture.options);
    let many: Vec<Output> = (0..50_001)
        .map(|n| Output { path: format!("p{n:05}/index.html"), page: Page::Content(0) })
        .collect();
    routes.set_outputs(many.clone());
    let outputs = crate::site::machine::sitemap(many.iter(), &fixture.options);
    let paths: Vec<&str> = outputs.iter().map(|output| output.path.as_str()).collect();
    assert_eq!(paths, ["sitemap.xml", "sitemap-1.xml", "sitemap-2.xml"]);
    let site = Site {
        catalog: &fixture.catalog,
        contents: &fixture.texts,
        theme: &fixture.theme,
        options: &fixture.options,
        routes: &routes,
    };
    let read = |at: usize| String::from_utf8(site.render(&outputs[at]).unwrap()).unwrap();
    let parts = ["sitemap-1.xml", "sitemap-2.xml"].map(|file| format!("{BASE}{file}"));
    assert_eq!(elements(&read(0), "loc"), parts);
    assert_eq!(elements(&read(1), "loc").len(), 50_000);
    assert_eq!(elements(&read(2), "loc"), [format!("{BASE}p50000/")]);
}

#[test]
fn a_copy_for_a_disk_leads_to_files_and_has_nothing_to_subscribe_to() {
    let mut fixture = fixture();
    fixture.options.offline_copy = true;
    let files = rendered(&fixture);
    for (path, html) in super::pages(&files) {
        for (name, attributes) in super::tags(html) {
            for (key, link) in attributes {
                let leads = matches!(key.as_str(), "href" | "src" | "action");
                if !leads || link.contains("://") || link.starts_with(['#', '?']) {
                    continue;
                }
                assert!(!link.starts_with('/'), "{path}: <{name}> {link}");
                let file = link.split(['#', '?']).next().unwrap();
                assert!(!file.ends_with('/'), "{path}: <{name}> {link}");
                assert!(files.contains_key(&super::target(path, &link)), "{path}: {link}");
            }
        }
    }
    let server: Vec<&String> = files
        .keys()
        .filter(|path| {
            let name = path.rsplit('/').next().unwrap();
            name.starts_with("feed.") || ["robots.txt", ".nojekyll", "_headers"].contains(&name)
        })
        .collect();
    assert_eq!(server, Vec::<&String>::new());
    assert!(files.contains_key("llms.txt"));
}
