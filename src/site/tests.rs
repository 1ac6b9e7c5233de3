//! A small catalog made by hand, and what must hold for every page of any site.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::Value;

use super::*;
use crate::catalog::{
    ContentPage, Removed, ResolvedCollection, ResolvedGroup, ResolvedView, SourceState,
};
use crate::error::{Error, Place, Problem};
use crate::format::config::SiteSettings;
use crate::model::artifact::{Artifact, Capabilities, External, File, HookAction, Server};
use crate::model::collection::{Collection, Group, Selector, View};
use crate::model::deployment::{Deployment, ProjectState, State};
use crate::model::hash::ContentHash;
use crate::model::id::{ArtifactId, Kind};
use crate::model::source::{Address, Source};

/// Words that would hurt if they were taken for anything but words.
const HOSTILE: &str = r#"<script>alert(1)</script>"><img src=x onerror='alert(2)'>{{7*7}}{% x %}"#;

struct Texts(BTreeMap<ContentHash, Vec<u8>>);

impl Contents for Texts {
    fn read(&self, _artifact: &Artifact, file: &File) -> Result<Vec<u8>> {
        self.0.get(&file.hash).cloned().ok_or_else(|| {
            Error::from(Problem::error("SM501", format!("`{}` is not in the cache", file.path)))
        })
    }
}

struct Fixture {
    catalog: Catalog,
    texts: Texts,
    theme: Theme,
    options: Options,
}

impl Fixture {
    fn site<T>(&self, check: impl FnOnce(Site<'_>) -> T) -> T {
        let routes = Routes::new(&self.catalog, &self.theme, &self.options);
        check(Site {
            catalog: &self.catalog,
            contents: &self.texts,
            theme: &self.theme,
            options: &self.options,
            routes: &routes,
        })
    }
}

fn artifact(texts: &mut Texts, id: &str, files: &[(&str, &str)]) -> Artifact {
    let id: ArtifactId = id.parse().unwrap();
    let mut listed: Vec<File> = files
        .iter()
        .map(|(path, text)| {
            let hash = ContentHash::of(text.as_bytes());
            texts.0.insert(hash, text.as_bytes().to_vec());
            File { path: (*path).into(), size: text.len() as u64, hash, executable: false }
        })
        .collect();
    listed.sort_by(|a, b| a.path.cmp(&b.path));
    let document = files.first().map(|(path, _)| (*path).to_owned());
    Artifact {
        path: format!("{}s/{}", id.kind, id.short_name()),
        id,
        hash: ContentHash::of_files(listed.iter().map(|file| (file.path.as_str(), file.hash))),
        context: None,
        title: None,
        description: String::new(),
        version: None,
        license: None,
        author: None,
        homepage: None,
        tags: Vec::new(),
        category: None,
        plugin: None,
        can: Capabilities::default(),
        fields: Vec::new(),
        document,
        files: listed,
        aliases: Vec::new(),
        problems: Vec::new(),
        added: None,
        changed: None,
    }
}

fn source(name: &str, address: Address) -> SourceState {
    let inside = matches!(address, Address::Path(_));
    let url = "https://github.com/example/artifacts";
    let git = !inside;
    SourceState {
        source: Source {
            name: name.into(),
            address,
            include: vec!["skills/**".into()],
            exclude: Vec::new(),
            tags: vec!["vendor".into()],
            place: Place::file("skillmeat.yaml"),
        },
        address: if inside { "content/artifacts".into() } else { url.into() },
        web: git.then(|| url.to_owned()),
        commit: git.then(|| "9d2f1ae6c0ffee0123456789abcdef0123456789".to_owned()),
        commit_date: git.then(|| "2026-07-02".parse().unwrap()),
        inside,
        synced_at: git.then(|| "2026-11-22T08:00:00Z".parse().unwrap()),
        problems: Vec::new(),
    }
}

fn group(slug: &str, title: &str, color: &str, members: Vec<Index>) -> ResolvedGroup {
    ResolvedGroup {
        definition: Group {
            slug: slug.into(),
            file: format!("collections/platform/groups/{slug}.yaml"),
            title: title.into(),
            description: "What belongs together.".into(),
            icon: None,
            color: Some(color.into()),
            order: 10,
            include: Vec::new(),
            members: Vec::new(),
            exclude: Vec::new(),
        },
        members,
        gone: vec!["vendor/skill/old".parse().unwrap()],
    }
}

fn collection(slug: &str, title: &str, members: Vec<Index>) -> ResolvedCollection {
    let half = members.len() / 2;
    ResolvedCollection {
        definition: Collection {
            slug: slug.into(),
            file: format!("collections/{slug}/collection.yaml"),
            title: title.into(),
            description: "What the platform team uses every day, kept current.".into(),
            owner: Some("platform".into()),
            order: 10,
            include: vec![Selector { source: vec!["vendor".into()], ..Selector::default() }],
            exclude: Vec::new(),
            pins: Vec::new(),
            views: Vec::new(),
            groups: Vec::new(),
        },
        groups: vec![
            group("documents", "Documents", "blue", members[..half].to_vec()),
            group("empty", "Empty", "no-such", Vec::new()),
        ],
        ungrouped: members[half..].to_vec(),
        views: vec![ResolvedView {
            definition: View { slug: "new".into(), title: "New".into(), include: Vec::new() },
            members: Vec::new(),
        }],
        members,
        gone: vec!["vendor/skill/old".parse().unwrap()],
    }
}

fn deployment(name: &str, id: Option<&str>, state: State) -> Deployment {
    Deployment {
        kind: Kind::Skill,
        name: name.into(),
        id: id.map(|id| id.parse().unwrap()),
        profile: "claude_code".into(),
        state,
        path: format!(".claude/skills/{name}"),
        deployed_at: Some("2026-11-01".parse().unwrap()),
        base: Some("original:d15f00000000".into()),
        here: None,
    }
}

fn artifacts(texts: &mut Texts) -> Vec<Artifact> {
    let mut all = Vec::new();
    for n in 0..70 {
        let text = format!("---\nname: s{n}\n---\n# Skill {n}\n\nRead [the notes](notes.md).\n");
        let id = format!("vendor/skill/s{n}");
        let mut one = artifact(texts, &id, &[("SKILL.md", &text), ("notes.md", "# Notes\n")]);
        one.description = format!("Reads and writes the documents of step {n}, with forms.");
        one.tags = vec!["documents".into(), format!("tag {}", n % 5)];
        one.changed = Some("2026-07-02".parse().unwrap());
        one.version = (n % 3 == 0).then(|| format!("1.{n}.0"));
        all.push(one);
    }
    all.push(hostile(texts));
    let mut server = artifact(texts, "local/mcp/files", &[(".mcp.json", SECRETS)]);
    server.path = ".mcp.json#files".into();
    server.can.server = Some(Server {
        transport: "stdio".into(),
        command: Some("npx".into()),
        args: vec!["-y".into(), "files server".into()],
        env: vec!["TOKEN".into()],
        ..Server::default()
    });
    server.fields = vec![("env".into(), r#"{"TOKEN": "s3cret"}"#.into())];
    all.push(server);
    let mut plugin = artifact(texts, "vendor/plugin/kit", &[]);
    plugin.context = Some(ContentHash::of(b"entry"));
    plugin.can.external =
        Some(External { url: "https://u:s3cret@example.com/kit".into(), path: None, at: None });
    all.push(plugin);
    let mut member = artifact(texts, "vendor/agent/kit:helper", &[("helper.md", "# Helper\n")]);
    member.plugin = Some("kit".into());
    all.push(member);
    let mut hook = artifact(texts, "local/hook/guard", &[("hooks.json", "{\"hooks\": {}}\n")]);
    hook.can.hooks = vec![HookAction {
        event: "PreToolUse".into(),
        matcher: Some("Bash".into()),
        kind: "command".into(),
        action: "./guard.sh".into(),
    }];
    all.push(hook);
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

const SECRETS: &str = r#"{"command": "npx", "env": {"TOKEN": "s3cret", "HOME": "${HOME}"}}"#;

fn hostile(texts: &mut Texts) -> Artifact {
    let text = format!("# {HOSTILE}\n\n{HOSTILE}\n\n[x](javascript:alert(3)) ![i](//evil/x.png)\n");
    let files = [("SKILL.md", text.as_str()), ("x.html", HOSTILE), ("y.svg", "<svg onload=a>")];
    let mut one = artifact(texts, "local/skill/hostile", &files);
    one.title = Some(HOSTILE.into());
    one.description = HOSTILE.into();
    one.version = Some(HOSTILE.into());
    one.license = Some(HOSTILE.into());
    one.author = Some(HOSTILE.into());
    one.homepage = Some("javascript:alert(4)".into());
    one.tags = vec![HOSTILE.into()];
    one.fields = vec![(HOSTILE.into(), HOSTILE.into())];
    one.can.tools = vec![HOSTILE.into()];
    one.aliases = vec![HOSTILE.into()];
    one.problems = vec![Problem::warning("SM301", HOSTILE).at(Place::new("SKILL.md", 1, 1))];
    one
}

fn page(file: &str, url: &str, title: &str, body: &str) -> ContentPage {
    ContentPage {
        file: file.into(),
        url: url.into(),
        title: title.into(),
        order: None,
        body: body.into(),
    }
}

fn fixture() -> Fixture {
    let mut texts = Texts(BTreeMap::new());
    let artifacts = artifacts(&mut texts);
    let all: Vec<Index> = (0..artifacts.len()).collect();
    let site = SiteSettings {
        title: "Team catalog".into(),
        description: "Skills, agents and commands that our teams share.".into(),
        base_url: None,
        edit_url: Some("https://example.org/edit/{path}".into()),
        pages: vec!["content".into()],
    };
    let deployments = vec![
        deployment("s1", Some("vendor/skill/s1"), State::InSync),
        deployment("s2", Some("vendor/skill/s2"), State::Outdated),
        deployment("old", Some("vendor/skill/old"), State::Orphaned),
        deployment(HOSTILE, None, State::Untracked),
    ];
    let project = |name: &str, deployments| ProjectState {
        name: name.into(),
        scanned: Some("2026-11-20".parse().unwrap()),
        deployments,
    };
    let git = Address::Git { url: "https://github.com/example/artifacts".into(), reference: None };
    let catalog = Catalog {
        site,
        sources: vec![
            source("local", Address::Path("content/artifacts".into())),
            source("vendor", git),
        ],
        slugs: artifacts.iter().map(|one| crate::model::slug::slug(&one.id.name)).collect(),
        memberships: all.iter().map(|_| vec![0]).collect(),
        artifacts,
        removed: vec![Removed {
            id: "vendor/skill/old".parse().unwrap(),
            path: "skills/old".into(),
            date: "2026-08-01".parse().unwrap(),
        }],
        collections: vec![
            collection("platform", "Platform", all),
            collection("hostile", HOSTILE, Vec::new()),
        ],
        projects: vec![project("web-shop", deployments), project("empty", Vec::new())],
        pages: vec![
            page("content/guide.md", "guide/", "Guide", "Read [more](more.md#x).\n"),
            page("content/index.md", "", "Welcome", "Welcome.\n"),
            page("content/more.md", "collections/", HOSTILE, HOSTILE),
        ],
        problems: vec![Problem::warning("SM204", HOSTILE)],
    };
    let theme = Theme::load(BTreeMap::new()).unwrap();
    Fixture { catalog, texts, theme, options: Options::default() }
}

fn empty() -> Fixture {
    let mut fixture = fixture();
    let catalog = &mut fixture.catalog;
    catalog.sources.clear();
    catalog.artifacts.clear();
    catalog.slugs.clear();
    catalog.memberships.clear();
    catalog.removed.clear();
    catalog.collections.clear();
    catalog.projects.clear();
    catalog.pages.clear();
    catalog.problems.clear();
    fixture
}

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
        assert!(site.find("pages/collections/").is_some(), "a content page does not hide a page");
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

#[test]
fn no_page_tells_when_it_was_synced() {
    let mut fixture = fixture();
    let before = rendered(&fixture);
    fixture.catalog.sources[1].synced_at = Some("2026-11-23T00:00:00Z".parse().unwrap());
    let after = rendered(&fixture);
    let changed: Vec<&String> = before
        .iter()
        .filter(|(path, bytes)| after[*path] != **bytes)
        .map(|(path, _)| path)
        .collect();
    assert_eq!(changed, ["status.js"]);
}

#[test]
fn the_json_has_its_documented_shape() {
    let files = rendered(&fixture());
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
    fixture.options.live = true;
    assert_eq!(listens(&fixture), (true, true));
}

/// Writes the site of the fixture to the folder that `SKILLMEAT_LOOK` names, to be looked at.
#[test]
fn the_site_can_be_looked_at() {
    let Ok(folder) = std::env::var("SKILLMEAT_LOOK") else { return };
    for (path, bytes) in rendered(&fixture()) {
        crate::disk::write(&std::path::Path::new(&folder).join(path), &bytes).unwrap();
    }
}
