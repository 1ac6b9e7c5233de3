//! Deployments by the API: every status, and what becomes of the files of a project.

use serde_json::{Value, json};

use super::contract::Contract;
use super::statuses::{OTHER, Operation, Tried};
use super::{Client, catalog, parsed};
use crate::case::Case;

const BETA: &str = ".claude/skills/beta/SKILL.md";

pub fn is_one(operation: &Operation) -> bool {
    operation.0 != "GET" && operation.1.starts_with("/deployments")
}

/// What an order wants that was not carried out before.
pub fn fresh(method: &str, path: &str) -> Value {
    match (method, path) {
        (_, path) if path.ends_with("rollback") => json!({"project": "web-shop", "to": "0"}),
        ("POST", _) => json!({"project": "web-shop", "ids": ["local/skill/report"]}),
        ("PUT", _) => {
            json!({"project": "web-shop", "ids": ["local/skill/gamma"], "choice": "source"})
        }
        _ => json!({"project": "web-shop", "ids": ["local/skill/beta"]}),
    }
}

/// A copy of alpha that nothing says of since when it differs, and one of gamma that was edited while
/// its source moved.
pub fn project(case: &Case) {
    let folder = "../web-shop/.claude";
    for name in ["alpha", "gamma"] {
        case.write(&format!("{folder}/skills/{name}/SKILL.md"), "---\nname: it\n---\n");
    }
    let hash = "0".repeat(64);
    let record = format!(
        "[[deployed]]\nartifact_name = \"gamma\"\nartifact_type = \"skill\"\n\
         from_collection = \"default\"\ndeployed_at = \"2025-12-01T10:00:00\"\n\
         artifact_path = \"skills/gamma\"\ncontent_hash = \"{hash}\"\n"
    );
    case.write(&format!("{folder}/.skillmeat-deployed.toml"), &record);
}

pub fn deploys(case: &Case, client: &Client, tried: &mut Tried) {
    let mut ask = |status: u16, method: &str, path: &str, body: Value| {
        let answer = client.ask(method, &format!("deployments{path}"), &body);
        tried.wants(status, &(method.to_owned(), format!("/deployments{path}")), &answer);
        parsed(&answer)
    };
    let of = |name: &str| json!({"project": "web-shop", "ids": [format!("local/skill/{name}")]});
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    for method in ["POST", "PUT", "DELETE"] {
        ask(404, method, "", with(of("beta"), "project", json!("nope")));
    }
    ask(404, "POST", "/rollback", json!({"project": "web-shop", "receipt": "9999"}));
    for (method, name) in [("POST", "alpha"), ("PUT", "gamma")] {
        let refused = ask(409, method, "", of(name));
        assert_eq!(refused["plan"]["steps"][0]["choices"], json!(["keep", "source", "merge"]));
    }
    ask(412, "POST", "", with(of("beta"), "consent", json!(OTHER)));
    let done = ask(200, "POST", "", of("beta"));
    ask(412, "PUT", "", with(of("beta"), "consent", json!(OTHER)));
    ask(200, "PUT", "", of("beta"));
    ask(412, "DELETE", "", with(of("beta"), "consent", json!(OTHER)));
    ask(200, "DELETE", "", of("beta"));
    let again = ask(200, "POST", "", of("beta"));
    let text = case.read(&format!("../web-shop/{BETA}"));
    let receipt = |told: &Value| json!({"project": "web-shop", "receipt": told["receipt"]});
    case.write(&format!("../web-shop/{BETA}"), &format!("{text}By hand.\n"));
    ask(412, "POST", "/rollback", receipt(&again));
    case.write(&format!("../web-shop/{BETA}"), &text);
    ask(200, "POST", "/rollback", receipt(&again));
    ask(404, "POST", "/rollback", receipt(&again));
    assert!(done["receipt"].is_string() && !case.exists(&format!("../web-shop/{BETA}")));
    ask(200, "POST", "", of("beta"));
}

/// A catalog with a project that has nothing yet.
fn with_project() -> Case {
    let mut case = catalog();
    let state = case.path("../state").display().to_string();
    case.set("SKILLMEAT_STATE_DIR", &state);
    case.write("../web-shop/README.md", "Ours.\n");
    let config = case.read("skillmeat.yaml");
    case.write(
        "skillmeat.yaml",
        &format!("{config}projects:\n  web-shop: {{path: ../web-shop}}\n"),
    );
    case.synced();
    case
}

#[test]
fn a_dry_run_writes_nothing_and_its_digest_is_agreed_to_for_exactly_that_plan() {
    let case = with_project();
    let client = Client::start(&case, &["--offline"]);
    let contract = Contract::of(&client);
    let ask = |body: &Value| {
        let answer = client.ask("POST", "deployments", body);
        contract.describes("POST", "/deployments", &answer);
        (answer.status, parsed(&answer))
    };
    let mut body =
        json!({"project": "web-shop", "collection": "team", "group": "documents", "dry_run": true});
    let (status, planned) = ask(&body);
    assert_eq!(status, 200, "{planned}");
    let plan = &planned["plan"];
    let path = ".claude/skills/report/SKILL.md";
    let file = plan["files"].as_array().expect("files").iter().find(|one| one["path"] == path);
    let diff = file.expect("it is planned")["diff"].as_str().expect("text").to_owned();
    assert!(diff.starts_with("@@ -") && diff.contains("\n+---\n"), "{diff}");
    assert!(!case.exists("../web-shop/.claude") && planned["receipt"].is_null(), "{planned}");
    body["dry_run"] = json!(false);
    body["consent"] = plan["digest"].clone();
    let (status, done) = ask(&body);
    assert_eq!((status, &done["plan"]["digest"]), (200, &plan["digest"]), "{done}");
    assert_eq!(
        case.read(&format!("../web-shop/{path}")),
        case.read("content/artifacts/skills/report/SKILL.md")
    );
    // The pages show it at once, and who agreed to it as it was is asked again.
    let shown = client.json("projects/web-shop.json");
    assert_eq!(shown["deployments"][0]["state"], "in-sync", "{shown}");
    let (status, refused) = ask(&body);
    assert_eq!((status, refused["plan"]["files"].as_array().map(Vec::len)), (412, Some(0)));
    let receipts = client.json("projects/web-shop/receipts");
    assert_eq!(receipts["receipts"][0]["id"], done["receipt"], "{receipts}");
}
