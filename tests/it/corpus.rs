//! Real artifacts: everything that a plain walk finds in public repositories is found and shown.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::case::Case;
use crate::links::Site;

/// The bundles of the folder that `SKILLMEAT_CORPUS` names; says so when there is none.
fn bundles() -> Vec<PathBuf> {
    let Some(folder) = std::env::var_os("SKILLMEAT_CORPUS") else {
        // Not through `eprintln!`, which a passing test keeps to itself.
        let _ = writeln!(std::io::stderr(), "skipped: SKILLMEAT_CORPUS names no folder of bundles");
        return Vec::new();
    };
    // Cargo runs tests in the root of the package.
    let entries = std::fs::read_dir(&folder).expect("SKILLMEAT_CORPUS is a folder");
    let paths = entries.map(|entry| entry.expect("listed").path());
    let mut found: Vec<_> =
        paths.filter(|p| p.extension().is_some_and(|e| e == "bundle")).collect();
    found.sort();
    assert!(!found.is_empty(), "SKILLMEAT_CORPUS holds no bundle");
    found
}

/// (kind, path) of what anybody would call an artifact, by names of files and folders alone.
fn walk(root: &Path) -> BTreeSet<(String, String)> {
    let mut files = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).expect("listed") {
            let path = entry.expect("listed").path();
            if path.is_symlink() || path.ends_with(".git") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path.strip_prefix(root).expect("below").to_owned());
            }
        }
    }
    let skills: Vec<&Path> =
        files.iter().filter(|f| f.ends_with("SKILL.md")).filter_map(|f| f.parent()).collect();
    let mut found = BTreeSet::new();
    let mut add = |kind: &str, path: &Path| {
        found.insert((kind.to_owned(), path.to_string_lossy().into_owned()));
    };
    for file in &files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let below = |folder: &str| file.parent().is_some_and(|dir| dir.iter().any(|d| d == folder));
        let in_skill = skills.iter().any(|skill| file.starts_with(skill));
        match name {
            "SKILL.md" => add("skill", file.parent().expect("a folder")),
            // Beside `hooks.json` there may be one for each other platform.
            _ if below("hooks") && name.starts_with("hooks") && name.ends_with(".json") => {
                add("hook", file);
            }
            ".mcp.json" => add("mcp", file),
            "plugin.json" if below(".claude-plugin") => {
                add("plugin", file.parent().and_then(Path::parent).expect("a folder"));
            }
            _ if in_skill || !name.ends_with(".md") || name == "README.md" => {}
            _ if below("commands") => add("command", file),
            _ if below("agents") => add("agent", file),
            // One repository keeps its agents in folders by topic.
            _ if file.starts_with("categories") => add("agent", file),
            _ => {}
        }
    }
    found
}

/// A catalog of all bundles, cloned beside it, each by the given way of naming a source.
fn catalog(bundles: &[PathBuf], source: impl Fn(&str, &Path) -> String) -> Case {
    let case = Case::empty();
    let mut config = String::from("sources:\n");
    for bundle in bundles {
        let name = bundle.file_stem().and_then(|name| name.to_str()).expect("a name");
        let clone = case.path(&format!("../{name}"));
        let done = Command::new("git").args(["clone", "-q"]).arg(bundle).arg(&clone).status();
        assert!(done.expect("git runs").success(), "{name} cannot be cloned");
        config.push_str(&format!("  {name}: {}\n", source(name, &clone)));
    }
    case.config(&config);
    case
}

fn field<'a>(artifact: &'a Value, key: &str) -> &'a str {
    artifact[key].as_str().unwrap_or_default()
}

/// A text by its letters and digits alone.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Read as a browser without scripts does: nothing leads nowhere, links alone lead to every
/// artifact, and its page begins with its description.
fn every_page_is_reached_and_says_what_it_is(case: &Case, pages: &[(&Value, String)]) {
    let read = Site::read(&case.path("public"));
    assert_eq!(read.broken(), Vec::<String>::new());
    let reached = read.reached();
    let lost: Vec<_> = pages.iter().filter(|(_, page)| !reached.contains(page.as_str())).collect();
    assert!(lost.is_empty(), "{} of {}: {lost:?}", lost.len(), pages.len());
    for (one, page) in pages {
        let lead = letters(read.lead(page).unwrap_or_default());
        // As far as it has no marks, which are shown otherwise.
        let said = field(one, "description").split(['<', '\\', '*', '[', '`', '_']).next();
        let said: String = letters(said.unwrap_or_default()).chars().take(60).collect();
        assert!(!lead.is_empty() && lead.starts_with(&said), "{page} says {lead} for {said}");
    }
}

#[test]
fn every_artifact_of_the_corpus_is_found_and_has_a_page() {
    let bundles = bundles();
    if bundles.is_empty() {
        return;
    }
    let case = catalog(&bundles, |_, dir| format!("{{git: \"file://{}\"}}", dir.display()));
    let synced = case.run("sync --json").ends(0).json();
    let all = case.artifacts();
    for bundle in &bundles {
        let name = bundle.file_stem().and_then(|name| name.to_str()).expect("a name");
        let found: BTreeSet<(String, String)> = all
            .iter()
            .filter(|one| field(one, "source") == name)
            .map(|one| {
                let path = field(one, "path").split('#').next().unwrap_or_default();
                // A plugin that is a whole repository stands at its root.
                let path = if path == "." { "" } else { path };
                (field(one, "kind").to_owned(), path.to_owned())
            })
            .collect();
        let wanted = walk(&case.path(&format!("../{name}")));
        let missing: Vec<_> = wanted.difference(&found).collect();
        assert!(missing.is_empty(), "{name}: {} of {}: {missing:?}", missing.len(), wanted.len());
        // And nothing that is none. (Commands and agents may stand outside folders so named.)
        for kind in ["skill", "hook"] {
            let of = |set: &BTreeSet<(String, String)>| {
                set.iter().filter(|(k, _)| k == kind).cloned().collect::<BTreeSet<_>>()
            };
            let more: Vec<_> = of(&found).difference(&of(&wanted)).cloned().collect();
            assert!(more.is_empty(), "{name}: found too: {more:?}");
        }
        let row =
            synced["sources"].as_array().expect("rows").iter().find(|row| row["name"] == name);
        assert_eq!(row.map(|row| field(row, "outcome")), Some("updated"), "{synced}");
    }
    for part in ["comparator", "grader", "analyzer"] {
        let agents = all.iter().filter(|one| field(one, "kind") == "agent");
        let path = format!("skills/skill-creator/agents/{part}.md");
        assert!(!agents.into_iter().any(|one| field(one, "path").ends_with(&path)), "{path}");
    }

    case.built();
    let site = case.site();
    let mut pages = Vec::new();
    for one in &all {
        let slug = field(one, "id").splitn(3, '/').nth(2).unwrap_or_default().to_lowercase();
        let folder = format!("a/{}/{}/", field(one, "source"), field(one, "kind"));
        let page = format!("{folder}{}/index.html", slug.replace(':', "--").replace('~', "-"));
        let near = || site.keys().filter(|k| k.starts_with(&folder)).take(5).collect::<Vec<_>>();
        assert!(site.contains_key(&page), "{} has no page {page}: {:?}", one["id"], near());
        pages.push((one, page));
    }
    every_page_is_reached_and_says_what_it_is(&case, &pages);
    let second = case.run("build --json").ends(0).json();
    assert_eq!(second["written"], 0, "{second}");
    let tracked = case.tracked();
    case.synced();
    assert_eq!(case.tracked(), tracked, "a second sync changes nothing");
}

#[test]
fn the_corpus_is_the_same_from_folders_and_from_git() {
    let bundles = bundles();
    if bundles.is_empty() {
        return;
    }
    let hashes = |case: &Case| {
        case.synced();
        case.listed("hash")
    };
    let git = catalog(&bundles, |_, dir| format!("{{git: \"file://{}\"}}", dir.display()));
    let path = catalog(&bundles, |name, _| format!("{{path: ../{name}}}"));
    assert_eq!(hashes(&git), hashes(&path));
}
