//! A site that skillmeat built as a source of another catalog: the same artifacts come out, and a
//! second sync only asks whether anything is new.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::case::{Case, sha256};
use crate::serve::Server;

/// A folder of files below a path of a server that sends entity tags.
struct Host {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

#[derive(Clone, Debug)]
struct Asked {
    path: String,
    status: u16,
    /// Of the body.
    bytes: usize,
}

impl Host {
    fn of(dir: PathBuf, below: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}{below}", listener.local_addr().expect("known"));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (dir, kept) = (dir.clone(), Arc::clone(&kept));
                std::thread::spawn(move || answer_all(&stream, &dir, below, &kept));
            }
        });
        Self { address, asked }
    }

    /// What was asked since the last look.
    fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().expect("whole"))
    }
}

fn answer_all(stream: &TcpStream, dir: &Path, below: &str, kept: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line == "\r\n" {
                break;
            }
            head.push(line.trim_end().to_owned());
        }
        let path = head[0].split(' ').nth(1).expect("a path").to_owned();
        let tag = head.iter().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("if-none-match").then(|| value.to_owned())
        });
        let file = path.strip_prefix(below).map(|path| dir.join(path.trim_start_matches('/')));
        let body = file.and_then(|file| std::fs::read(file).ok());
        let (status, body, etag) = match body {
            None => (404, b"not here".to_vec(), String::new()),
            Some(body) => {
                let etag = format!("\"{}\"", sha256(&body));
                let is_known = tag == Some(etag.clone());
                if is_known { (304, Vec::new(), etag) } else { (200, body, etag) }
            }
        };
        kept.lock().expect("whole").push(Asked { path, status, bytes: body.len() });
        let head = format!(
            "HTTP/1.1 {status} X\r\nETag: {etag}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = stream;
        if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
            return;
        }
    }
}

/// A catalog with something of every kind, built.
fn provider() -> Case {
    let case = Case::new();
    case.config(
        "site: {title: Partner}\n\
         sources:\n  local: {path: content/artifacts, tags: [ours]}\n  agents: {path: ../far}\n",
    );
    let at = |path: &str| format!("content/artifacts/{path}");
    let write = |path: &str, text: &str| {
        case.write(&at(path), text);
    };
    write("skills/report/scripts/run.sh", "#!/bin/sh\necho\n");
    std::fs::write(case.path(&at("skills/report/logo.png")), [0x89, b'P', 0, 255, 254])
        .expect("it");
    case.skill(&at("skills/deep/inner"), "Within");
    write("commands/tidy.md", "---\ndescription: Tidy\nversion: 1.2.0\n---\n\nTidy.\n");
    write("agents/a.md", "---\nname: Ada\ndescription: An agent\ntags: [b, a]\n---\n\nYou.\n");
    write(
        "hooks/hooks.json",
        r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"x"}]}]}}"#,
    );
    write(
        ".claude/settings.json",
        r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"y"}]}]}}"#,
    );
    write(
        ".mcp.json",
        r#"{"mcpServers":{"one":{"command":"npx","env":{"KEY":"s3cret"}},"two":{"url":"https://h.example/x"}}}"#,
    );
    let plugin = |path: &str| format!("plugins/tools/{path}");
    write(&plugin(".claude-plugin/plugin.json"), r#"{"name":"tools","version":"2.0.0"}"#);
    write(&plugin("agents/b.md"), "---\nname: b\ndescription: Within a plugin\n---\n\nYou.\n");
    write(&plugin("skills/c/SKILL.md"), "---\nname: c\ndescription: C\n---\n");
    write(&plugin(".mcp.json"), r#"{"mcpServers":{"three":{"command":"three"}}}"#);
    write(
        ".claude-plugin/marketplace.json",
        r#"{"name":"market","plugins":[
            {"name":"tools","source":"./plugins/tools","category":"work","description":"Tools"},
            {"name":"one-half","source":"./","strict":false,"skills":["./skills/report"]},
            {"name":"other-half","source":"./","strict":false,"skills":["./skills/deep/inner"],
             "mcpServers":{"four":{"command":"four"}}},
            {"name":"away","source":{"source":"github","repo":"o/r"},"description":"Elsewhere",
             "keywords":["k"]}]}"#,
    );
    // A source that is called like a folder of agents.
    case.skill("../far/skills/pdf", "Reads PDF");
    case.write("../far/notes.md", "No artifact.\n");
    case.write(
        "collections/team/groups/second.yaml",
        "title: Second\norder: 20\nicon: star\ncolor: teal\nmembers:\n  agents/skill/pdf: {rank: 10}\n  \
         local/agent/a: {rank: 5}\n",
    );
    case.write("collections/team/groups/first.yaml", "title: First\norder: 10\n");
    case.write(
        "collections/team/collection.yaml",
        "title: Team\ninclude: [{source: [local, agents]}]\n",
    );
    case.synced().built();
    case
}

fn consumer(address: &str) -> Case {
    let case = Case::empty();
    case.config(&format!("sources:\n  partner: {{site: \"{address}\"}}\n"));
    case
}

/// By id as the consumer has it: what must be the same on both sides.
fn essence(case: &Case, rename: impl Fn(&str) -> String) -> BTreeMap<String, Value> {
    let keep = ["kind", "title", "description", "tags", "version"];
    let essence = |one: Value| {
        let id = one["id"].as_str().expect("an id");
        let shown = case.run_args(&["show", "--json", id]).ends(0).json();
        let mut kept: serde_json::Map<String, Value> =
            keep.iter().map(|key| ((*key).to_owned(), one[*key].clone())).collect();
        kept.insert("files".to_owned(), shown["artifact"]["files"].clone());
        kept.insert("can".to_owned(), shown["artifact"]["can"].clone());
        (rename(id), Value::Object(kept))
    };
    case.artifacts().into_iter().map(essence).collect()
}

/// Of each collection by its title: its members, and its groups with theirs, in order.
fn groups(case: &Case, rename: impl Fn(&str) -> String) -> BTreeMap<String, Value> {
    let ids = |list: &Value| -> Vec<String> {
        let ids = list.as_array().expect("ids").iter();
        ids.map(|id| rename(id.as_str().expect("an id"))).collect()
    };
    let read = |file: &String| {
        let path = format!("public/api/v1/collections/{file}");
        let one: Value = serde_json::from_str(&case.read(&path)).expect("JSON");
        let groups = one["groups"].as_array().expect("groups").iter();
        let groups: Vec<Value> = groups
            .map(|group| {
                let look = [&group["icon"], &group["color"]];
                serde_json::json!([group["title"], look, ids(&group["members"])])
            })
            .collect();
        let title = one["title"].as_str().expect("a title").to_owned();
        (title, serde_json::json!([ids(&one["members"]), groups]))
    };
    case.files("public/api/v1/collections").keys().map(read).collect()
}

#[test]
fn another_site_gives_the_artifacts_it_was_built_from() {
    let provider = provider();
    let host = Host::of(provider.path("public"), "/");
    let case = consumer(&host.address);
    let ran = case.run("sync");
    ran.ends(0);
    let ours = |id: &str| {
        let (source, rest) = id.split_once('/').expect("an id");
        let (kind, name) = rest.split_once('/').expect("an id");
        format!("partner/{kind}/{source}:{name}")
    };
    let (mut theirs, mut here) = (essence(&provider, ours), essence(&case, str::to_owned));
    let names = |all: &BTreeMap<String, Value>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&here), names(&theirs), "{}", ran.err);
    // What is secret there is masked here, and has other hashes.
    let secret = "partner/mcp/local:one";
    let (there, masked) = (theirs.remove(secret), here.remove(secret));
    assert_ne!(there, masked);
    assert_eq!(here, theirs);
    case.built();
    assert!(!case.read("public/a/partner/mcp/local--one/raw/_mcp.json").contains("s3cret"));
    assert_eq!(groups(&case, str::to_owned), groups(&provider, ours));
    let members = case.listed("plugin");
    assert_eq!(members["partner/agent/local:tools:b"], "local:tools");
    assert_eq!(members["partner/mcp/local:tools:three"], "local:tools");
    let told = case.run("check").out.clone();
    assert!(!told.contains("SM47") && !told.contains("SM465"), "{told}");
}

#[test]
fn a_second_sync_of_a_site_gets_only_confirmations_and_writes_nothing() {
    let provider = provider();
    let host = Host::of(provider.path("public"), "/catalog/");
    let case = consumer(&host.address);
    case.synced();
    let first = host.take();
    let listings = |asked: &[Asked]| asked.iter().filter(|one| one.path.contains("/api/")).count();
    let n_lists = listings(&first);
    // Index, artifacts, files, collections, and the one collection there is per source and person.
    let n_collections = provider.files("public/api/v1/collections").len();
    assert_eq!(n_lists, 4 + n_collections, "{first:?}");
    assert!(first.iter().all(|one| one.status == 200 && one.bytes > 0), "{first:?}");
    let mut contents: Vec<&String> = first.iter().map(|one| &one.path).collect();
    contents.sort();
    contents.dedup();
    assert_eq!(contents.len(), first.len(), "nothing is asked for twice");

    let (tracked, database) = (case.tracked(), case.files("../cache"));
    let second = case.run("sync --json").ends(0).json();
    let asked = host.take();
    assert_eq!(asked.len(), n_lists, "{asked:?}");
    assert!(asked.iter().all(|one| one.status == 304 && one.bytes == 0), "{asked:?}");
    let source = &second["sources"][0];
    assert_eq!(source["outcome"], "unchanged");
    assert_eq!((&source["parsed"], &source["written"]), (&0.into(), &0.into()));
    assert_eq!(case.tracked(), tracked);
    assert_eq!(case.files("../cache").len(), database.len());

    // One skill changes: the lists that say so and its file come, and nothing else.
    provider.skill("content/artifacts/skills/report", "Writes a longer report");
    provider.synced().built();
    let third = case.run("sync --json").ends(0).json();
    let mut news: Vec<String> =
        host.take().into_iter().filter(|one| one.status == 200).map(|one| one.path).collect();
    news.sort();
    news.dedup();
    let wanted = [
        "a/local/plugin/one-half/raw/skills/report/SKILL.md",
        "api/v1/artifacts.json",
        "api/v1/files.json",
    ];
    assert_eq!(news, wanted.map(|path| format!("/catalog/{path}")));
    // The skill, and the plugin that lists it.
    assert_eq!(third["sources"][0]["written"], 2);
    assert_eq!(case.listed("description")["partner/skill/local:report"], "Writes a longer report");
}

#[test]
fn any_address_of_a_site_will_do_and_so_does_one_that_is_served() {
    let provider = provider();
    let host = Host::of(provider.path("public"), "/catalog/");
    let base = host.address.trim_end_matches('/').to_owned();
    let mut ids = Vec::new();
    for end in ["", "/", "/index.html", "/api/v1/index.json"] {
        let case = consumer(&format!("{base}{end}"));
        case.synced();
        ids.push(case.ids());
    }
    let server = Server::start(&provider, &[]);
    let case = consumer(&format!("http://127.0.0.1:{}", server.port));
    case.synced();
    ids.push(case.ids());
    let second = case.run("sync --json").ends(0).json();
    assert_eq!(second["sources"][0]["outcome"], "unchanged");
    assert!(ids[0].len() > 10 && ids.iter().all(|one| *one == ids[0]), "{ids:?}");
}

#[test]
fn a_site_that_fails_or_lies_changes_nothing_and_says_why() {
    let provider = provider();
    let dir = provider.path("public");
    let host = Host::of(dir.clone(), "/");
    let case = consumer(&host.address);
    case.synced();
    let (tracked, ids) = (case.tracked(), case.ids());
    let index = std::fs::read_to_string(dir.join("api/v1/index.json")).expect("there");
    let files = std::fs::read_to_string(dir.join("api/v1/files.json")).expect("there");
    let other = files.replacen("\"raw\":\"a/", "\"raw\":\"https://other.example/", 1);
    let moved = files.replacen("sha256:", "sha256:00", 1);
    for (path, text, code) in [
        ("index.json", index.replace("\"schema\": 1", "\"schema\": 2"), "SM471"),
        ("index.json", "{\"schema\": 1}".to_owned(), "SM472"),
        ("index.json", "<html>".to_owned(), "SM449"),
        ("files.json", other, "SM474"),
        ("files.json", moved, "SM472"),
        ("files.json", "{\"schema\": 1, \"artifacts\": []}".to_owned(), "SM473"),
    ] {
        let file = dir.join("api/v1").join(path);
        let good = std::fs::read_to_string(&file).expect("there");
        std::fs::write(&file, text).expect("written");
        case.run("sync").ends(3).tells(&format!("error[{code}"), "skillmeat.yaml:3");
        assert_eq!((case.tracked(), case.ids()), (tracked.clone(), ids.clone()), "{code}");
        std::fs::write(&file, good).expect("written");
    }
    assert!(case.run("sync").ends(0).err.contains("unchanged"));
    // A content that is not what the list says is taken by nobody.
    std::fs::write(dir.join("a/local/agent/a/raw/a.md"), "---\nname: x\n---\n").expect("it");
    let case = consumer(&host.address);
    case.run("sync").ends(3).tells("error[SM473]", "skillmeat.yaml:3");
    assert!(!case.exists("collections"));
}

#[test]
fn a_site_that_only_has_a_newer_state_is_shown_so_and_one_that_is_gone_as_it_was() {
    let provider = provider();
    let host = Host::of(provider.path("public"), "/");
    let page = "public/a/partner/command/local--tidy/index.html";
    let shown = "warning[SM528] 1 artifact of `partner` are shown ";
    let newest = "in their newest state, not as the lock names them: it gives no older state";
    let older = "in a state synced just now, not as the lock names them: ";
    let lost = "error[SM527] 1 artifact of `partner` cannot be had as the lock names them: ";
    let all = "error[SM527] 17 artifacts of `partner` cannot be had as the lock names them: ";
    let gone = "`http://127.0.0.1:";
    let here = "it cannot be asked, for this run is offline";
    // What the lock names, what the site has, what the cache has; none: nothing.
    for (lock, site, cache, flags, code, told, shows) in [
        ("One", Some("Two"), None, "", 0, [shown, newest], Some("Two")),
        ("One", Some("Two"), None, "--strict", 1, [shown, newest], Some("Two")),
        ("One", Some("Two"), None, "--locked", 2, [lost, "it gives no older state"], None),
        ("One", Some("Two"), Some("One"), "--locked", 0, ["", ""], Some("One")),
        ("Two", Some("Two"), Some("One"), "--locked", 0, ["", ""], Some("Two")),
        ("Two", None, Some("One"), "", 0, [shown, older], Some("One")),
        ("Two", None, Some("One"), "--locked", 2, [lost, gone], None),
        ("Two", Some("Two"), Some("One"), "--offline", 0, [shown, older], Some("One")),
        ("Two", None, None, "", 2, [all, gone], None),
        ("Two", Some("Two"), None, "--offline", 2, [all, here], None),
    ] {
        let what = format!("lock {lock}, site {site:?}, cache {cache:?}, build {flags}");
        let case = in_state(&provider, &host.address, lock, site, cache);
        let ran = case.run(&format!("build {flags}"));
        assert_eq!(ran.code, code, "{what}: {}", ran.err);
        let said: Vec<String> =
            ran.told().iter().map(|told| format!("{} {}", told.head, told.message)).collect();
        if told[0].is_empty() {
            assert_eq!(said, Vec::<String>::new(), "{what}");
        } else {
            assert!(said.len() == 1 && said[0].starts_with(told[0]), "{what}: {said:?}");
            assert!(said[0].contains(told[1]), "{what}: {said:?}");
        }
        assert_eq!(case.exists(page), shows.is_some(), "{what}");
        if let Some(words) = shows {
            assert!(case.read(page).contains(words), "{what}");
        }
        provider.built();
    }
}

/// A catalog whose lock names one state of the site and whose cache has another, or nothing; then
/// the site has a third, or is gone.
fn in_state(
    provider: &Case,
    address: &str,
    lock: &str,
    site: Option<&str>,
    cache: Option<&str>,
) -> Case {
    let publish = |words: &str| {
        let text = format!("---\ndescription: {words}\n---\n\nTidy.\n");
        provider.write("content/artifacts/commands/tidy.md", &text);
        provider.synced().built();
    };
    let case = consumer(address);
    let copy = |from: &str, to: &str| {
        let paths = [case.path(from), case.path(to)];
        let done = std::process::Command::new("cp").arg("-r").args(paths).status();
        assert!(done.expect("cp runs").success());
    };
    if let Some(words) = cache {
        publish(words);
        case.synced();
        copy("../cache", "../kept");
    }
    publish(lock);
    case.synced();
    case.remove("../cache");
    if cache.is_some() {
        copy("../kept", "../cache");
    }
    match site {
        Some(words) => publish(words),
        None => drop(provider.remove("public/api/v1/index.json")),
    }
    case
}
