//! The data that the browser searches: whole, safe in a script, and split so that edits stay small.

use serde_json::{Value, json};

use super::*;
use crate::model::artifact::Artifact;
use crate::site::data::find::PART_MAX;
use fixture::HOSTILE;

/// What a data file hands over: scope, part, and the JSON in its text.
fn handed(bytes: &[u8]) -> (String, String, Value) {
    let script = std::str::from_utf8(bytes).unwrap();
    let inside = script.strip_prefix("SM.load('").unwrap().strip_suffix("')\n").unwrap();
    let mut parts = inside.splitn(3, "','");
    let mut next = || parts.next().unwrap().to_owned();
    let (scope, part, text) = (next(), next(), next());
    assert!(!text.contains(['<', '\n', '\u{2028}', '\u{2029}']), "{text}");
    let plain = text
        .replace("\\x3c", "<")
        .replace("\\n", "\n")
        .replace("\\u2028", "\u{2028}")
        .replace("\\'", "'")
        .replace("\\\\", "\\");
    (scope, part, serde_json::from_str(&plain).unwrap())
}

#[test]
fn each_list_has_the_data_of_its_artifacts_and_nothing_else() {
    let files = rendered(&fixture());
    let data: Vec<&str> =
        files.keys().filter(|path| path.contains("/data/")).map(String::as_str).collect();
    assert_eq!(
        data,
        [
            "collections/all/data/1.js",
            "collections/all/data/places.js",
            "collections/all/data/text-1.js",
            "collections/platform/data/1.js",
            "collections/platform/data/text-1.js",
        ]
    );
    let (scope, part, core) = handed(&files["collections/platform/data/1.js"]);
    assert_eq!((scope.as_str(), part.as_str()), ("collections/platform/", "1"));
    assert_eq!(core["name"].as_array().unwrap().len(), 75);
    let tables = &core["tables"];
    assert_eq!(
        tables["source"],
        json!([["local", 0, "local", "folder"], ["vendor", 0, "vendor", "git"]])
    );
    assert_eq!(
        tables["group"],
        json!([["documents", "Documents", "platform/groups/documents", "blue"]])
    );
    assert_eq!(tables["status"], json!([["in-sync", "In sync"], ["outdated", "Update available"]]));
    assert_eq!(tables["project"], json!([["web-shop", "web-shop"]]));
    assert_eq!(tables["date"], json!(["2026-07-02"]));
    assert_eq!(core.get("collection"), None);
    let (_, _, all) = handed(&files["collections/all/data/1.js"]);
    assert_eq!(all["tables"]["collection"], json!([["platform", "Platform"]]));
    assert_eq!(all["tables"]["group"][0][0], "platform/documents");
}

#[test]
fn search_data_has_the_words_of_cards() {
    let files = rendered(&fixture());
    let (_, _, core) = handed(&files["collections/all/data/1.js"]);
    let (_, _, texts) = handed(&files["collections/all/data/text-1.js"]);
    let names: Vec<&str> =
        core["name"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let at = |name: &str| names.iter().position(|other| *other == name).unwrap();
    assert_eq!(texts[at("files")], json!(["Runs", "npx -y files server"]));
    assert_eq!(texts[at("s7")], "Reads and writes the documents of step 7, with forms.");
    assert_eq!(core["label"][at("hostile").to_string()], HOSTILE);
    assert_eq!(core["problems"][at("hostile").to_string()], 1);
    let longest = texts.as_array().unwrap().iter().filter_map(Value::as_str);
    assert!(longest.map(|text| text.chars().count()).max() <= Some(120));
}

#[test]
fn what_hides_in_a_name_is_visible_in_search_data_too() {
    let mut fixture = fixture();
    fixture.catalog.artifacts[0].title = Some("a\u{202e}b\u{2028}c\nd".into());
    let files = rendered(&fixture);
    let (_, _, core) = handed(&files["collections/all/data/1.js"]);
    assert_eq!(core["label"]["0"], "a\\u{202e}b c d");
}

#[test]
fn an_edit_rewrites_no_more_than_its_part_of_the_search_data() {
    let mut fixture = fixture();
    let catalog = &mut fixture.catalog;
    let one = Artifact::clone(&catalog.artifacts[0]);
    for n in catalog.artifacts.len()..PART_MAX + 1 {
        let id = format!("zoo/skill/z{n:05}");
        catalog.artifacts.push(Artifact { id: id.parse().unwrap(), ..one.clone() }.into());
        catalog.slugs.push(format!("z{n:05}"));
        catalog.memberships.push(Vec::new());
    }
    let data = |fixture: &Fixture| -> BTreeMap<String, Vec<u8>> {
        fixture.site(|site| {
            let outputs = site.outputs().iter().filter(|output| output.path.contains("all/data/"));
            outputs.map(|output| (output.path.clone(), site.render(output).unwrap())).collect()
        })
    };
    let before = data(&fixture);
    fixture.catalog.artifacts[PART_MAX].description = "Other words.".into();
    fixture.catalog.artifacts[PART_MAX].tags = vec!["other".into()];
    let after = data(&fixture);
    let changed: Vec<&String> =
        before.keys().filter(|path| before[*path] != after[*path]).collect();
    assert_eq!(changed, ["collections/all/data/2.js", "collections/all/data/text-2.js"]);
}
