//! What is found in a source: plugins, clashes, broken artifacts.

use crate::case::{Case, sha256};

#[test]
fn list_json_has_the_promised_shape() {
    let case = Case::new();
    case.write(
        "content/artifacts/skills/report/SKILL.md",
        "---\nname: report\ndescription: Writes a report\ntags: [weekly]\nversion: 1.2.0\n---\n",
    );
    case.write(
        "collections/team/groups/documents.yaml",
        "title: Documents\nmembers:\n  local/skill/report:\n",
    );
    case.synced();
    let list = case.run("list --json").ends(0).json();
    assert!(list["schema"].is_number() || list["schema"].is_string(), "{list}");
    let file =
        sha256(&std::fs::read(case.path("content/artifacts/skills/report/SKILL.md")).unwrap());
    let hash = format!("sha256:{}", sha256(format!("SKILL.md\0{file}\n").as_bytes()));
    let mut one = list["artifacts"][0].clone();
    // `groups` names its group with or without the collection.
    let groups = one["groups"].take().to_string();
    assert!(groups.contains("documents"), "{groups}");
    let keys = ["id", "kind", "source", "name", "description", "version", "path", "hash"];
    let values = [
        "local/skill/report",
        "skill",
        "local",
        "report",
        "Writes a report",
        "1.2.0",
        "skills/report",
        &hash,
    ];
    assert_eq!(keys.map(|key| one[key].as_str().unwrap_or_default()), values);
    assert_eq!(one["tags"], serde_json::json!(["weekly"]));
    // The first sync made one for the source.
    assert_eq!(one["collections"], serde_json::json!(["local", "team"]));
    assert!(one.get("title").is_some() && one["problems"].is_array(), "{one}");
}

#[test]
fn a_plugin_named_in_two_places_is_one_plugin() {
    let case = Case::new();
    let plugin = "content/artifacts/plugins/kit";
    let manifest = r#"{"name": "kit", "version": "1.0.0", "description": "A kit"}"#;
    case.write(&format!("{plugin}/.claude-plugin/plugin.json"), manifest);
    case.write(&format!("{plugin}/.codex-plugin/plugin.json"), manifest);
    case.skill(&format!("{plugin}/skills/cut"), "Cuts");
    case.write(&format!("{plugin}/commands/cut.md"), "---\ndescription: Cut\n---\nCut.\n");
    case.write(
        "content/artifacts/.claude-plugin/marketplace.json",
        r#"{"name": "m", "owner": {"name": "M"},
            "plugins": [{"name": "kit", "source": "./plugins/kit", "category": "tools"}]}"#,
    );
    case.synced();
    assert_eq!(
        case.ids(),
        ["local/command/kit:cut", "local/plugin/kit", "local/skill/kit:cut", "local/skill/report",]
    );
    assert_eq!(case.listed("path")["local/plugin/kit"], "plugins/kit");
    assert_eq!(case.listed("name")["local/skill/kit:cut"], "cut");
    case.built();
    assert!(case.exists("public/a/local/skill/kit--cut/index.html"));
}

#[test]
fn a_clash_of_ids_is_settled_once_and_for_all() {
    let case = Case::new();
    case.skill("content/artifacts/a/skills/x", "The first");
    case.skill("content/artifacts/b/skills/x", "The second");
    let second = format!("local/skill/x~{}", &sha256(b"b/skills/x")[..6]);
    case.synced();
    let paths = case.listed("path");
    assert_eq!(paths["local/skill/x"], "a/skills/x");
    assert_eq!(paths[&second], "b/skills/x");

    // The second keeps its id when the first is gone, and when a path before it comes.
    case.remove("content/artifacts/a");
    case.synced();
    assert_eq!(case.listed("path")[&second], "b/skills/x");
    case.skill("content/artifacts/0/skills/x", "A third");
    case.synced();
    assert_eq!(case.listed("path")[&second], "b/skills/x");
}

#[test]
fn an_artifact_with_broken_yaml_is_listed_with_its_problem() {
    let case = Case::new();
    let file = "content/artifacts/skills/broken/SKILL.md";
    case.write(file, "---\nname: broken\ndescription: Use when: it rains\n---\n\nBody.\n");
    case.synced().built();
    let mut all = case.artifacts();
    all.retain(|one| one["id"] == "local/skill/broken");
    let [one] = &all[..] else { panic!("it is not listed: {:?}", case.ids()) };
    assert_eq!(one["description"], "Use when: it rains");
    assert_eq!(one["problems"].as_array().map(Vec::len), Some(1), "{one}");
    let page = case.read("public/a/local/skill/broken/index.html");
    assert!(page.contains("SM3"), "its page shows the problem");
    let check = case.run("check --json").ends(0).json();
    let problem = &check["problems"][0];
    assert_eq!((&problem["line"], &problem["severity"]), (&3.into(), &"warning".into()), "{check}");
    assert!(problem["file"].as_str().is_some_and(|f| f.ends_with("skills/broken/SKILL.md")));
    case.run("check --strict").ends(1);
}

#[test]
fn hostile_text_never_becomes_markup_or_template() {
    let case = Case::new();
    case.write(
        "content/artifacts/skills/evil/SKILL.md",
        "---\nname: evil\ndescription: \"<script>alert(1)</script>{{ 1234 * 1000 }}\"\n---\n\n\
         <script>alert(2)</script>\n\n<img src=x onerror=alert(3)>\n\n[x](javascript:alert(4))\n\n\
         {{ 1234 * 1000 }}{% raw %}\n",
    );
    case.synced().built();
    let pages = case.files("public").into_keys().filter(|path| path.ends_with(".html"));
    for path in pages {
        let page = case.read(&format!("public/{path}"));
        for bad in ["<script>alert", "<img src=x", "<img src=\"x", "href=\"javascript:", "1234000"]
        {
            assert!(!page.contains(bad), "{path} holds `{bad}`");
        }
    }
}

#[test]
fn every_artifact_of_a_repository_is_dated_by_its_commits() {
    let case = Case::empty();
    let upstream = case.repository("upstream");
    let market = r#"{"name": "m", "plugins": [
        {"name": "away", "description": "Elsewhere", "source": {"source": "github", "repo": "o/r"}}]}"#;
    upstream
        .skill("skills/pdf", "Reads PDF")
        .write(".mcp.json", r#"{"mcpServers": {"files": {"command": "x"}}}"#)
        .write(".claude-plugin/marketplace.json", market)
        .commit();
    case.config(&format!("sources:\n  vendor: {{git: \"{}\"}}\n", upstream.url())).synced();
    let lock = case.read("skillmeat.lock");
    let artifacts: Vec<&str> = lock.lines().filter(|line| line.starts_with("  vendor/")).collect();
    assert_eq!(artifacts.len(), 3, "{lock}");
    for line in artifacts {
        assert!(line.ends_with("added: 2025-12-01, changed: 2025-12-01}"), "{line}");
    }
}
