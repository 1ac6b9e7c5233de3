//! What a site says, taken and refused. The site is a few texts behind a server.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::env::Env;
use crate::error::Place;
use crate::model::id::Kind;
use crate::model::source::{Address, Source, Web, WebKind};
use crate::source::filter::Filter;
use crate::source::http::Client;
use crate::source::memory::Nothing;

/// Serves texts by their path until the test ends.
fn serve(texts: BTreeMap<String, String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let texts = texts.clone();
            std::thread::spawn(move || {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                while let Some(first) = lines.next() {
                    let _ = lines.by_ref().take_while(|line| !line.is_empty()).count();
                    let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
                    let (status, body) = texts.get(path).map_or((404, ""), |text| (200, text));
                    let n = body.len();
                    let mut stream = &stream;
                    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {n}\r\n\r\n");
                    let _ = stream.write_all(format!("{head}{body}").as_bytes());
                }
            });
        }
    });
    address
}

/// A site with these artifacts, each with files (path, text), and a collection of all.
fn site(artifacts: &[(Value, &[(&str, &str)])]) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let (mut listed, mut files) = (Vec::new(), Vec::new());
    for (n, (artifact, own)) in artifacts.iter().enumerate() {
        let mut own_files = Vec::new();
        for (at, (path, text)) in own.iter().enumerate() {
            let raw = format!("raw/{n}-{at}.txt");
            let hash = ContentHash::of(text.as_bytes()).to_string();
            let file = json!({"path": path, "size": text.len(), "hash": hash, "executable": false, "raw": raw});
            own_files.push(file);
            texts.insert(raw, (*text).to_owned());
        }
        files.push(json!({"id": artifact["id"], "files": own_files}));
        let mut whole = json!({"description": "", "tags": []});
        for (key, value) in artifact.as_object().unwrap() {
            whole[key] = value.clone();
        }
        listed.push(whole);
    }
    let ids: Vec<&Value> = artifacts.iter().rev().map(|(artifact, _)| &artifact["id"]).collect();
    let mut put =
        |path: &str, value: Value| texts.insert(format!("api/v1/{path}"), value.to_string());
    put(
        "index.json",
        json!({"schema": 1, "links": {"artifacts": ["api/v1/artifacts.json"],
            "files": ["api/v1/files.json"], "collections": "api/v1/collections.json"}}),
    );
    put("artifacts.json", json!({"schema": 1, "artifacts": listed}));
    put("files.json", json!({"schema": 1, "artifacts": files}));
    put(
        "collections.json",
        json!({"schema": 1, "collections": [{"json": "api/v1/collections/x.json"}]}),
    );
    let group = |slug: &str, title: &str, members: &[&Value]| json!({"slug": slug, "title": title, "icon": "star", "color": "teal", "members": members});
    put(
        "collections/x.json",
        json!({"schema": 1, "slug": "x", "title": "X", "members": ids,
            "groups": [group("b", "Bee", &ids), group("a", "Ay", &[])]}),
    );
    texts
}

fn gather(texts: BTreeMap<String, String>, include: &[&str]) -> Result<Gathered> {
    let url = serve(texts);
    let web = Web { kind: WebKind::Site, url, search: None };
    let include: Vec<String> = include.iter().map(|glob| (*glob).to_owned()).collect();
    let source = Source {
        name: "partner".into(),
        address: Address::Web(web.clone()),
        include: include.clone(),
        exclude: Vec::new(),
        tags: Vec::new(),
        place: Place::file("skillmeat.yaml"),
    };
    let env = Env::at(Path::new("/"));
    let memory: Arc<dyn Memory> = Arc::new(Nothing);
    let client = Client::new(&source, &web, Arc::clone(&memory), &env).unwrap();
    let filter = Filter::new(&include, &[]).unwrap();
    open(&Request {
        source: &source,
        web: &web,
        filter: &filter,
        client: &client,
        memory: &memory,
        on_progress: &|_, _| (),
    })
}

fn skill(name: &str, path: &str) -> Value {
    json!({"id": format!("far/skill/{name}"), "path": path})
}

const SKILL: &str = "---\nname: pdf\ndescription: Reads PDF\n---\n";

#[test]
fn collections_keep_the_order_of_the_site_and_empty_groups() {
    let texts = site(&[
        (skill("a", "skills/a"), &[("SKILL.md", SKILL)]),
        (skill("b", "skills/b"), &[("SKILL.md", SKILL)]),
    ]);
    let gathered = gather(texts, &[]).unwrap();
    let structure = gathered.structure.unwrap();
    let shelf = &structure.collections[0];
    let words = |members: &[crate::model::structure::Member]| -> Vec<String> {
        members.iter().map(ToString::to_string).collect()
    };
    assert_eq!((shelf.key.as_str(), shelf.title.as_str()), ("x", "X"));
    assert_eq!(words(&shelf.members), ["skill:far:b", "skill:far:a"]);
    let groups: Vec<_> =
        shelf.groups.iter().map(|one| (one.key.as_str(), words(&one.members))).collect();
    let both = vec!["skill:far:b".to_owned(), "skill:far:a".to_owned()];
    assert_eq!(groups, [("x/b", both), ("x/a", Vec::new())]);
    let color = shelf.groups[0].color.as_deref();
    assert_eq!((shelf.groups[0].icon.as_deref(), color), (Some("star"), Some("teal")));
}

#[test]
fn what_the_filter_leaves_out_is_not_fetched_and_not_missed() {
    let mut texts = site(&[
        (skill("a", "skills/a"), &[("SKILL.md", SKILL), ("x.md", "x")]),
        (skill("b", "other/b"), &[("SKILL.md", "not to be had\n")]),
    ]);
    texts.remove("raw/1-0.txt");
    let gathered = gather(texts, &["@far/skills/**"]).unwrap();
    let files: Vec<&str> = gathered.tree.files.keys().map(RelPath::as_str).collect();
    assert_eq!(files, ["@far/skills/a/SKILL.md", "@far/skills/a/x.md"]);
    assert_eq!(gathered.listing.entries.len(), 1);
    assert_eq!(gathered.problems, []);
}

#[test]
fn paths_that_cannot_be_are_left_out_and_told() {
    let long = "x".repeat(300);
    let deep = "d/".repeat(100) + "x";
    for path in ["../../x", "/etc/passwd", "a/../../../x", ".git/hooks/x", "a\\b", &long, &deep, ""]
    {
        let texts = site(&[(skill("a", "skills/a"), &[("SKILL.md", SKILL), (path, "x")])]);
        let gathered = gather(texts, &[]).unwrap();
        let files: Vec<&str> = gathered.tree.files.keys().map(RelPath::as_str).collect();
        assert_eq!(files, ["@far/skills/a/SKILL.md"], "{path}");
        assert_eq!(gathered.problems[0].code, "SM478", "{path}");
        let texts = site(&[(skill("a", path), &[("SKILL.md", SKILL)])]);
        let gathered = gather(texts, &[]).unwrap();
        let stays = |path: &RelPath| path.as_str().starts_with("@far/");
        assert!(gathered.tree.files.keys().all(stays), "{path}");
    }
}

#[test]
fn a_file_where_another_needs_a_folder_is_left_out() {
    let texts =
        site(&[(skill("a", "skills/a"), &[("SKILL.md", SKILL), ("x", "file"), ("x/y", "below")])]);
    let gathered = gather(texts, &[]).unwrap();
    let files: Vec<&str> = gathered.tree.files.keys().map(RelPath::as_str).collect();
    assert_eq!(files, ["@far/skills/a/SKILL.md", "@far/skills/a/x/y"]);
    assert_eq!(gathered.problems[0].message, "`@far/skills/a/x` is a file and a folder");
}

#[test]
fn names_and_shapes_that_no_site_has_refuse_the_whole() {
    let good = || site(&[(skill("a", "skills/a"), &[("SKILL.md", SKILL)])]);
    let with = |path: &str, change: &dyn Fn(&mut Value)| {
        let mut texts = good();
        let text = texts.get_mut(&format!("api/v1/{path}")).unwrap();
        let mut value: Value = serde_json::from_str(text).unwrap();
        change(&mut value);
        *text = value.to_string();
        gather(texts, &[]).map(drop).map_err(|error| error.problems[0].code.clone())
    };
    assert_eq!(with("index.json", &|_| ()), Ok(()));
    let refused = |path: &str, at: &str, value: Value, code: &str| {
        let got = with(path, &|whole| *whole.pointer_mut(at).unwrap() = value.clone());
        assert_eq!(got, Err(code.to_owned()), "{path} {at} {value}");
    };
    for id in
        ["far/skill/a\u{202e}b", "../skill/a", "far/skill/a/b", "far/skill/", "a b/skill/x", "x"]
    {
        refused("artifacts.json", "/artifacts/0/id", id.into(), "SM472");
    }
    refused("artifacts.json", "/artifacts/0/id", "far/skill/other".into(), "SM473");
    refused("artifacts.json", "/artifacts/0/path", 7.into(), "SM472");
    refused("artifacts.json", "/artifacts/0/tags", json!({}), "SM472");
    refused("artifacts.json", "/schema", 2.into(), "SM471");
    refused("artifacts.json", "/schema", "1".into(), "SM472");
    refused("files.json", "/artifacts/0/files/0/hash", "md5:0".into(), "SM472");
    refused("files.json", "/artifacts/0/files/0/size", (-1).into(), "SM472");
    refused("files.json", "/artifacts/0/files/0/size", (1_u64 << 40).into(), "SM475");
    refused("files.json", "/artifacts/0/files/0/raw", "//other.example/x".into(), "SM474");
    refused("index.json", "/links/collections", "https://other.example/".into(), "SM474");
    refused("index.json", "/links/files", Value::Null, "SM472");
    refused("index.json", "/links/artifacts", json!(vec!["x"; 1_001]), "SM472");
    refused("collections/x.json", "/groups/0/members", json!([1]), "SM472");
}

#[test]
fn what_is_listed_and_cannot_be_made_out_is_told_and_what_has_no_files_is_there() {
    let away = json!({"id": "far/plugin/away", "path": ".claude-plugin/marketplace.json#away",
        "description": "Elsewhere", "tags": ["B", "b\u{7}"], "external": {"url": "https://h.example/r"}});
    let texts = site(&[
        (skill("a", "skills/a"), &[("SKILL.md", SKILL)]),
        (json!({"id": "far/agent/lost", "path": "notes/lost.md"}), &[("lost.md", "Words.\n")]),
        (away, &[]),
    ]);
    let gathered = gather(texts, &[]).unwrap();
    let names = gathered.listing.names(Default::default());
    let source = Source {
        name: "partner".into(),
        address: Address::Path(String::new()),
        include: Vec::new(),
        exclude: Vec::new(),
        tags: Vec::new(),
        place: Place::file(""),
    };
    let mut detection = crate::source::detect::detect(&source, &gathered.tree, &names, &Nothing);
    gathered.listing.settle("partner", &names, &mut detection, None);
    let ids: Vec<String> =
        detection.artifacts.iter().map(|found| found.artifact.id.to_string()).collect();
    assert_eq!(ids, ["partner/skill/far:a", "partner/plugin/far:away"]);
    let away = &detection.artifacts[1].artifact;
    assert_eq!(
        (away.description.as_str(), away.tags.as_slice()),
        ("Elsewhere", &["b".to_owned()][..])
    );
    assert!(away.id.kind == Kind::Plugin && away.can.external.is_some() && away.context.is_some());
    let told = detection.problems.iter().find(|problem| problem.code == "SM465").unwrap();
    assert_eq!(told.message, "listed as Agent `far:lost`, but its files hold none");
}

#[test]
fn a_site_is_found_by_any_of_its_addresses() {
    for url in [
        "https://h.example/catalog",
        "https://h.example/catalog/",
        "https://h.example/catalog/index.html",
        "https://h.example/catalog/api/v1/index.json",
        "https://h.example/catalog/api/v1/",
    ] {
        assert_eq!(root(url), "https://h.example/catalog/", "{url}");
    }
    assert_eq!(root("http://127.0.0.1:6328"), "http://127.0.0.1:6328/");
    assert_eq!(root("http://127.0.0.1:6328/index.html"), "http://127.0.0.1:6328/");
}
