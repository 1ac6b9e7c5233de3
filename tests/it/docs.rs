//! The documentation names what is there, and only that.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::case::Case;

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(path).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

/// The subcommands that `--help` names.
fn commands() -> BTreeSet<String> {
    let help = Case::empty().run("--help").ends(0).out.clone();
    let (_, list) = help.split_once("Commands:\n").expect("a list of commands");
    let words = list.lines().take_while(|line| !line.trim().is_empty());
    words.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_command_that_is_documented_exists() {
    let commands = commands();
    let mut unknown = Vec::new();
    let names = ["README.md", "docs/commands.md", "docs/publishing.md", "docs/troubleshooting.md"];
    for name in names {
        for (i, line) in document(name).lines().enumerate() {
            let command = line.trim_start().trim_start_matches("- run: ");
            let Some(rest) = command.strip_prefix("skillmeat ") else { continue };
            let word = rest.split_whitespace().find(|word| word.starts_with(char::is_lowercase));
            if word.is_some_and(|word| !commands.contains(word)) {
                unknown.push(format!("{name}:{}: {line}", i + 1));
            }
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn the_repository_is_a_catalog_that_checks_and_builds() {
    let case = Case::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["content", "collections", "docs", "skillmeat.yaml", "skillmeat.lock"] {
        copy(&root.join(name), &case.path(name));
    }
    let tracked = case.tracked();
    case.run("build --strict").ends(0);
    case.run("check").ends(0);
    case.run("sync").ends(0);
    assert_eq!(case.tracked(), tracked, "its lock is not what sync writes");
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("made");
        for entry in fs::read_dir(from).expect("listed") {
            let entry = entry.expect("listed");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap_or_else(|cause| panic!("{}: {cause}", from.display()));
    }
}
