//! What is shown after edits is what a server shows that was started after them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Client, Dice, catalog, parsed};
use crate::case::Case;

const EDITS: usize = 200;
const IDS: [&str; 4] =
    ["local/skill/alpha", "local/skill/beta", "local/skill/gamma", "local/skill/report"];

/// Every page and file, by its address, with the token masked.
fn all(case: &Case, client: &Client) -> BTreeMap<String, String> {
    let of = |path: &str| {
        let address = path.strip_suffix("index.html").unwrap_or(path);
        let answer = client.server.get(&format!("/{address}"));
        let token = if client.token.is_empty() { "?" } else { &client.token };
        (path.to_owned(), format!("{} {}", answer.status, answer.body.replace(token, "TOKEN")))
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

#[test]
fn a_server_that_only_reads_shows_what_is_built() {
    let case = catalog();
    case.built();
    let client = Client::start(&case, &["--read-only"]);
    // What a server says of itself it says there.
    let own = ["api/index.html", "api/v1/openapi.json"];
    for (path, page) in all(&case, &client) {
        let built = case.read(&format!("public/{path}"));
        let main = |page: &str| match path.ends_with(".html") {
            true => page
                .split("<main")
                .nth(1)
                .unwrap_or(page)
                .split("</main>")
                .next()
                .map(str::to_owned),
            false => Some(page.to_owned()),
        };
        if !own.contains(&path.as_str()) {
            assert_eq!(main(page.trim_start_matches("200 ")), main(&built), "/{path}");
        }
    }
}
