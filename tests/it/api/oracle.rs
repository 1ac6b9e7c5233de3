//! What is shown after edits is what a server shows that was started after them, and what a build
//! makes of the same files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{Client, Dice, catalog, parsed};
use crate::case::{Case, Files};
use crate::serve::Answer;

const EDITS: usize = 200;
const IDS: [&str; 4] =
    ["local/skill/alpha", "local/skill/beta", "local/skill/gamma", "local/skill/report"];

/// Every page and file, by its address, with the token masked.
fn all(case: &Case, client: &Client) -> BTreeMap<String, String> {
    let of = |path: &str| {
        let address = path.strip_suffix("index.html").unwrap_or(path);
        let answer = client.server.get(&format!("/{address}"));
        let body = match client.token.as_str() {
            "" => answer.body,
            token => answer.body.replace(token, "TOKEN"),
        };
        (path.to_owned(), format!("{} {body}", answer.status))
    };
    case.site().keys().map(|path| of(path)).collect()
}

fn slugs(list: &Value) -> Vec<String> {
    let all = list.as_array().expect("a list");
    all.iter().map(|one| one["slug"].as_str().expect("a slug").to_owned()).collect()
}

/// One edit that may go, and how many lines it may touch.
fn wish(client: &Client, dice: &mut Dice, n: usize) -> (&'static str, String, Value, u64) {
    let collections = slugs(&client.json("collections.json")["collections"]);
    let of = dice.one_of(&collections).clone();
    let groups = slugs(&client.json(&format!("collections/{of}.json"))["groups"]);
    let group = groups.get(dice.roll(groups.len().max(1))).cloned();
    let (new, id) = (format!("new-{n}"), *dice.one_of(&IDS));
    let absent = [
        format!("collections/{new}/collection.yaml"),
        format!("collections/{of}/groups/{new}.yaml"),
        format!("collections/{of}/collection.yaml"),
    ];
    let seen = client.seen(&absent.each_ref().map(String::as_str));
    let here = format!("collections/{of}");
    let members = |change: Value| json!({"seen": seen, "changes": [change]});
    let title = format!("Title: {n} # {}", dice.roll(9));
    match (dice.roll(11), group) {
        (0, _) if collections.len() < 6 => {
            let body = json!({"seen": seen, "title": new, "description": title, "ids": [id]});
            ("POST", "collections".into(), body, 12)
        }
        (1, _) if collections.len() > 2 => ("DELETE", here, json!({"seen": seen}), 200),
        (2, _) => ("PATCH", here, json!({"seen": seen, "title": title}), 2),
        (3, _) => ("PATCH", here, json!({"seen": seen, "owner": title, "description": null}), 4),
        (4, _) => {
            let before = dice.one_of(&collections);
            ("PATCH", here, json!({"seen": seen, "before": before}), 30)
        }
        (5, _) if groups.len() < 5 => {
            let body = json!({"seen": seen, "title": new, "color": "teal", "ids": [id]});
            ("POST", format!("{here}/groups"), body, 16)
        }
        (6, Some(group)) => {
            let body = json!({"seen": seen, "title": title, "color": "blue"});
            ("PATCH", format!("{here}/groups/{group}"), body, 4)
        }
        (7, Some(group)) if groups.len() > 2 => {
            ("DELETE", format!("{here}/groups/{group}"), json!({"seen": seen}), 60)
        }
        (8, Some(group)) => {
            let change = json!({"do": "add", "ids": [id], "group": group, "first": true});
            ("POST", format!("{here}/members"), members(change), 20)
        }
        (9, Some(group)) => {
            let change = json!({"do": "place", "ids": [id], "group": group});
            ("POST", format!("{here}/members"), members(change), 20)
        }
        (10, _) => {
            let change = json!({"do": "remove", "ids": [id]});
            ("POST", format!("{here}/members"), members(change), 30)
        }
        _ => {
            let change = json!({"do": "add", "ids": [id]});
            ("POST", format!("{here}/members"), members(change), 6)
        }
    }
}

#[test]
fn after_any_edits_every_page_is_that_of_a_server_started_afterwards() {
    let case = catalog();
    let client = Client::start(&case, &[]);
    let mut dice = Dice::new(20);
    let (mut done, mut refused, mut revision) = (0, 0, 0);
    for n in 0..EDITS {
        let (method, path, body, lines_max) = wish(&client, &mut dice, n);
        let answer = client.ask(method, &path, &body);
        let said = parsed(&answer);
        if answer.status >= 400 {
            // What is not a member cannot be removed or placed.
            let what = format!("{method} {path} {body}: {}", answer.body);
            assert!([404, 422].contains(&answer.status), "{what}");
            refused += 1;
            continue;
        }
        done += 1;
        let files = said["files"].as_array().expect("files");
        let lines = |file: &Value| file["added"].as_u64().zip(file["removed"].as_u64());
        let touched: u64 = files.iter().filter_map(lines).map(|(a, b)| a + b).sum();
        assert!(touched <= lines_max, "{method} {path} {body} touches {touched}: {}", answer.body);
        assert!(files.is_empty() || said["revision"].as_u64() > Some(revision), "{}", answer.body);
        revision = said["revision"].as_u64().expect("a number");
        // The answer came when what it did is shown.
        let seen = client.seen(&[]);
        for file in files {
            let path = file["path"].as_str().expect("a path");
            assert_eq!(seen.get(path), Some(&file["sha256"]).filter(|hash| !hash.is_null()));
        }
    }
    assert!(done > EDITS / 2, "{done} done, {refused} refused");
    case.run("check").ends(0);
    case.built();
    let fresh = Client::start(&case, &[]);
    let (after, anew) = (all(&case, &client), all(&case, &fresh));
    for (path, page) in &anew {
        assert_eq!(&after[path], page, "/{path}");
    }
}

/// What templates make of a running server alone hangs on these; each is made false, in the templates
/// of the catalog, so that a build and a server make the same of all the rest. The token stays, in
/// the one place where programs read it.
const LIVE_ONLY: [&str; 5] =
    ["page.live", "page.edits", "page.offline", "view.editing", "view.arrange"];

/// By how they end; not compared with a build, but with a server that was started afterwards.
const LEFT_OUT: [(&str, &str); 4] = [
    ("/groups/index.html", "all cards and the place of those without a group, to be moved"),
    ("api/v1/openapi.json", "a server has more routes than its files"),
    ("api/index.html", "the same, as a page"),
    ("404.html", "a server knows where its root is, and can link to it"),
];

/// The templates without what a server alone shows.
fn without_live_parts(case: &Case) {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for entry in fs::read_dir(templates).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".html") {
            let text = fs::read_to_string(entry.path()).expect("text");
            let text = LIVE_ONLY.iter().fold(text, |text, word| text.replace(word, "false"));
            case.write(&format!("templates/{name}"), &text);
        }
    }
}

/// A file as a build has it: a page without the token, a collection without the hashes by which it
/// is edited.
fn without_live_data(client: &Client, path: &str, answer: &Answer) -> Vec<u8> {
    let token = format!(" data-token=\"{}\"", client.token);
    let files = answer.body.split_once(",\n  \"files\": {");
    match files.and_then(|(before, rest)| Some((before, rest.split_once("}")?.1))) {
        _ if path.ends_with(".html") => answer.body.replacen(&token, "", 1).into_bytes(),
        Some((before, after)) if path.starts_with("api/v1/collections/") => {
            format!("{before}{after}").into_bytes()
        }
        _ => answer.bytes.clone(),
    }
}

/// Every file that a build made is what the server answers, once it has come so far; what was in an
/// earlier build alone is gone. Gives how many were compared.
fn is_as_built(case: &Case, client: &Client, before: &Files) -> usize {
    let site = case.site();
    // One that only reads has nothing to move.
    let left_out = if client.token.is_empty() { &LEFT_OUT[1..] } else { &LEFT_OUT };
    let compared = site.keys().filter(|path| left_out.iter().all(|(end, _)| !path.ends_with(end)));
    for path in compared.clone() {
        let built = fs::read(case.path(&format!("public/{path}"))).expect("read");
        let address = format!("/{}", path.strip_suffix("index.html").unwrap_or(path));
        client.server.wait_for(&address, |answer| {
            answer.status == 200 && without_live_data(client, path, answer) == built
        });
    }
    for path in before.keys().filter(|path| !site.contains_key(*path)) {
        client.server.wait_for(&format!("/{path}"), |answer| answer.status == 404);
    }
    compared.count()
}

/// What a person does to files, each time another.
fn by_hand(case: &Case, n: usize) {
    let skill = |name: &str| format!("content/artifacts/skills/{name}");
    match n % 6 {
        0 => case.skill(&skill("alpha"), &format!("Does alpha, in {n} ways")),
        1 => case.skill(&skill(&format!("made-{n}")), "New <b>&amp;</b> odd"),
        2 => {
            case.write(&format!("content/guide-{}.md", n % 4), &format!("# Guide {n}\n\nWords.\n"))
        }
        3 => case.write(&format!("{}/{n}.txt", skill("beta")), "A file of it.\n"),
        4 => case.remove(&skill(&format!("made-{}", n - 3))),
        _ => {
            case.write("collections/papers/collection.yaml", &format!("title: Papers {n} # ours\n"))
        }
    };
}

#[test]
fn after_any_edits_every_file_of_a_fresh_build_is_what_a_server_answers() {
    let case = catalog();
    without_live_parts(&case);
    case.write("content/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>").synced().built();
    let before = case.site();
    let client = Client::start(&case, &["--watch"]);
    let first = is_as_built(&case, &client, &before);
    let (mut dice, mut done) = (Dice::new(5), 0);
    for n in 0..60 {
        if n % 3 == 0 {
            by_hand(&case, n / 3);
        }
        let (method, path, body, _) = wish(&client, &mut dice, n);
        let answer = client.ask(method, &path, &body);
        // What changed by hand meanwhile was not seen.
        let what = format!("{method} {path} {body}: {}", answer.body);
        assert!([200, 201, 404, 412, 422].contains(&answer.status), "{what}");
        done += usize::from(answer.status < 300);
    }
    assert!(done > 20, "{done} done");
    case.synced().built();
    let n = is_as_built(&case, &client, &before);
    println!("{first} files before, {n} after {done} edits and 20 by hand");
    assert!(n > first, "{first} before, {n} now");
    is_as_built(&case, &Client::start(&case, &["--read-only"]), &before);
}
