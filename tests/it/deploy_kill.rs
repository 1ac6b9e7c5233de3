//! SIGKILL in the middle of a deploy, an update, an undeploy or a way back: whoever comes next finds
//! the project as before or as after, never a mix, and what was done is taken back exactly.
//!
//! Just before each call that changes a file (see `kill`). Every CI run tries some points,
//! `SKILLMEAT_DEEP=1` 300 of them.

use std::fs;

use tempfile::TempDir;

use crate::case::{Case, Files};
use crate::kill::{Snapshot, library, run};

/// Orders, and what is ordered before them.
const ORDERS: [(&str, &[&str]); 4] = [
    ("deploy local/skill/a local/skill/b local/mcp/files --project shop -y", &[]),
    ("update --project shop -y", &["deploy", "change"]),
    ("undeploy local/skill/a local/skill/b --project shop -y", &["deploy"]),
    ("rollback --project shop --to 0 -y", &["deploy", "change", "update"]),
];

fn case() -> Case {
    let case = Case::new();
    for skill in ["a", "b"] {
        for file in ["SKILL.md", "one.md", "deep/two.md"] {
            case.write(&path(skill, file), "---\ndescription: Of a skill\n---\nText\n");
        }
    }
    let server = "{\"mcpServers\": {\"files\": {\"command\": \"npx\"}}}\n";
    case.write("content/artifacts/.mcp.json", server);
    case.write("projects/shop/README.md", "Kept\n");
    case.write("projects/shop/.mcp.json", "{\n  // Ours.\n  \"mcpServers\": {}\n}\n");
    case.config(
        "sources:\n  local: {path: content/artifacts}\nprojects:\n  shop: {path: projects/shop}\n",
    );
    case.synced();
    case
}

fn path(skill: &str, file: &str) -> String {
    format!("content/artifacts/skills/{skill}/{file}")
}

/// What is agreed to is what `-n` says.
fn words(case: &Case, order: &str) -> String {
    let plan = case.run(&format!("{} -n --json", order.trim_end_matches(" -y"))).json();
    let digest = plan["projects"][0]["digest"].as_str().expect("a digest").to_owned();
    format!("{} --consent {digest}", order.trim_end_matches(" -y"))
}

fn prepare(case: &Case, steps: &[&str]) {
    for step in steps {
        match *step {
            "change" => {
                for skill in ["a", "b"] {
                    case.write(&path(skill, "one.md"), "Changed\n");
                    fs::remove_file(case.path(&path(skill, "deep/two.md"))).expect("there");
                    case.write(&path(skill, "new.md"), "New\n");
                }
            }
            step => {
                let order = ORDERS.iter().find(|(order, _)| order.starts_with(step));
                let (order, _) = order.expect("known");
                case.run(&words(case, order)).ends(0);
            }
        }
    }
}

/// The files of the project; what is unfinished is nobody's.
fn files(case: &Case) -> Files {
    let mut files = case.files("projects/shop");
    files.retain(|path, _| !path.contains(".skillmeat-tmp-"));
    files
}

#[test]
fn an_order_that_is_killed_anywhere_is_whole_or_never_was() {
    let is_deep = std::env::var_os("SKILLMEAT_DEEP").is_some();
    let points = if is_deep { 300 } else { 24 } / ORDERS.len();
    let case = case();
    let dir = TempDir::new().expect("a temporary folder");
    let library = library(&dir);
    let first = Snapshot::of(&case);
    let (mut tried, mut kills, mut mixed, mut ends) = (0, 0, 0, [0, 0]);
    for (order, steps) in ORDERS {
        first.put_back(&case);
        case.run("undo --list").ends(0);
        prepare(&case, steps);
        let order = words(&case, order);
        let (before, snapshot) = (files(&case), Snapshot::of(&case));
        let total = run(&case, &order, &library, 0).expect("an undisturbed order ends");
        let after = files(&case);
        assert!(before != after && total > 20, "`{order}`: {total} calls");
        for n in 0..points.min(total) {
            // Where there are few, those where files change: before, all is looked at and noted.
            let first = if is_deep { 0 } else { total / 2 };
            let at = 1 + first + n * (total - first) / points.min(total);
            let said = format!("`{order}`, call {at} of {total}");
            snapshot.put_back(&case);
            tried += 1;
            if run(&case, &order, &library, at).is_some() {
                continue;
            }
            kills += 1;
            let now = files(&case);
            for path in now.keys().chain(before.keys()) {
                let is_known =
                    now.get(path) == before.get(path) || now.get(path) == after.get(path);
                assert!(is_known, "{said}: `{path}` is neither old nor new");
            }
            let is_mixed = now != before && now != after;
            if is_mixed {
                println!("{said}");
            }
            mixed += usize::from(is_mixed);
            case.run("list --json").ends(0).json();
            let now = files(&case);
            assert!(now == before || now == after, "{said}: mixed");
            ends[usize::from(now == after)] += 1;
            if now == after {
                case.run("rollback --project shop -y").ends(0);
                assert_eq!(files(&case), before, "{said}: taken back");
            }
        }
    }
    println!(
        "{kills} kills, {mixed} between two files; {} as before, {} as after",
        ends[0], ends[1]
    );
    assert!(kills * 10 > tried * 9, "only {kills} of {tried} were killed");
    assert!(mixed > 0 && ends[0] > 0 && ends[1] > 0, "{mixed} in the middle, {ends:?}");
}
