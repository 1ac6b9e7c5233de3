//! Keeps the house tidy: floors, purity, sizes, leftovers, machine paths, the list of errors and
//! the picture of the architecture.
//!
//! Every check turns a path and a text into complaints, so that each is tried on a bad text too.

#![expect(clippy::expect_used, reason = "a check that cannot look is a failed check")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "tidy/code.rs"]
mod code;

/// The rooms from the bottom up. A room imports from floors below its own and from itself.
const FLOORS: &[&[&str]] = &[
    &["error", "timings", "words"],
    &["model", "disk", "env"],
    &["format"],
    &["cache", "state", "source", "project"],
    &["catalog"],
    &["deploy", "edit"],
    &["site", "sync"],
    &["serve"],
    &["command"],
    &["lib"],
    &["main"],
];

/// What reaches out of the program, and the rooms that may.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("std::fs", &["disk"]),
    ("std::process::ExitCode", &["command", "lib", "main"]),
    ("std::process::id", &["disk"]),
    // Git; and the browser that `serve --open` opens.
    ("std::process", &["source", "command"]),
    ("std::net", &["source", "serve"]),
    ("std::env::temp_dir", &["disk"]),
    // `source` looks at what the Git commands that it starts would inherit.
    ("std::env", &["source", "command", "main"]),
];

/// The same for words that are no paths from `std`.
const OUTSIDE_WORDS: &[(&str, &[&str])] = &[
    // `serve` runs for days; all else is given the time at which its command started.
    ("Timestamp::now", &["serve", "command", "main"]),
    ("Zoned::now", &["serve", "command", "main"]),
    ("SystemTime::now", &["serve", "command", "main"]),
    ("println!", &["command", "main"]),
    ("print!", &["command", "main"]),
    ("eprintln!", &["command", "main"]),
    ("eprint!", &["command", "main"]),
];

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

const LEFTOVERS: &[&str] = &["todo!", "unimplemented!", "dbg!", "#[ignore"];
const VAGUE_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "manager", "service", "misc"];

/// `src/site/page/home.rs` is in `site`.
fn room(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// Tests in a file of their own, which the production code never sees.
fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/") || path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn imports_go_down(path: &str, text: &str) -> Vec<String> {
    let here = room(path);
    let Some(height) = floor(here) else {
        return vec![format!("{path}: `{here}` is in no floor of tests/tidy.rs")];
    };
    let code = code::blank(&code::without_tests(text));
    let depth = module_depth(path);
    let mut complaints = Vec::new();
    for (line, names) in code::paths(&code, &["crate", "super"]) {
        let supers = names.iter().take_while(|name| *name == "super").count();
        if supers > 0 && supers < depth {
            continue; // still inside its own room
        }
        let Some(there) = names.get(supers.max(1)) else { continue };
        match floor(there) {
            _ if there == here || there == "self" || here == "lib" => {}
            Some(other) if other < height => {}
            Some(_) => {
                complaints.push(format!("{path}:{line}: `{here}` must not import `{there}`"));
            }
            None => complaints.push(format!("{path}:{line}: `{there}` is in no floor")),
        }
    }
    complaints
}

/// How many modules deep a file is: 1 for `src/disk.rs` and `src/site/mod.rs`.
fn module_depth(path: &str) -> usize {
    let parts = path.trim_start_matches("src/").split('/').count();
    if path.ends_with("/mod.rs") { parts - 1 } else { parts }
}

fn only_edges_reach_out(path: &str, text: &str) -> Vec<String> {
    let here = room(path);
    let code = code::blank(&code::without_tests(text));
    let mut complaints = Vec::new();
    for (line, names) in code::paths(&code, &["std"]) {
        let full = names.join("::");
        let rule = OUTSIDE
            .iter()
            .find(|(word, _)| full == *word || full.starts_with(&format!("{word}::")));
        if let Some((word, rooms)) = rule.filter(|(_, rooms)| !rooms.contains(&here)) {
            complaints.push(format!("{path}:{line}: `{word}` belongs to {}", rooms.join(", ")));
        }
    }
    for (word, rooms) in OUTSIDE_WORDS.iter().filter(|(_, rooms)| !rooms.contains(&here)) {
        for line in lines_with(&code, word) {
            complaints.push(format!("{path}:{line}: `{word}` belongs to {}", rooms.join(", ")));
        }
    }
    complaints
}

/// Lines where a word stands, not as the end of a longer one.
fn lines_with(text: &str, word: &str) -> Vec<usize> {
    text.match_indices(word)
        .filter(|(at, _)| {
            !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                || !word.starts_with(char::is_alphanumeric)
        })
        .map(|(at, _)| code::line_of(text, at))
        .collect()
}

fn files_and_functions_stay_short(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        complaints.push(format!("{path}: {lines} lines, at most {FILE_LINES_MAX}"));
    }
    for (line, name, lines) in code::functions(&code::blank(text)) {
        if lines > FUNCTION_LINES_MAX {
            complaints.push(format!(
                "{path}:{line}: `{name}` has {lines} lines, at most {FUNCTION_LINES_MAX}"
            ));
        }
    }
    complaints
}

fn nothing_is_left_over(path: &str, text: &str) -> Vec<String> {
    let code = code::blank(text);
    let mut complaints = Vec::new();
    for word in LEFTOVERS {
        for line in lines_with(&code, word) {
            complaints.push(format!("{path}:{line}: `{word}`"));
        }
    }
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    if VAGUE_NAMES.contains(&stem) {
        complaints.push(format!("{path}: name the file by what it holds, not `{stem}`"));
    }
    if !text.starts_with("//!") && path != "src/main.rs" && !path.ends_with("/tests.rs") {
        complaints.push(format!("{path}:1: a module opens with `//!`"));
    }
    complaints
}

fn no_trailing_space(path: &str, text: &str) -> Vec<String> {
    let ends = |line: &str| line.ends_with([' ', '\t']);
    let lines = text.lines().enumerate().filter(|(_, line)| ends(line));
    lines.map(|(i, _)| format!("{path}:{}: white space at the end of the line", i + 1)).collect()
}

/// Where a path of somebody's machine is written. In tests and in `/tmp` it may be an example.
fn no_machine_paths(path: &str, text: &str) -> Vec<String> {
    let text = if path.starts_with("src/") { code::without_tests(text) } else { text.to_owned() };
    let mut words = vec![concat!("/ro", "ot/"), concat!("/wo", "rk/")];
    if !is_test_file(path) {
        words.extend([concat!("/ho", "me/"), concat!("/tm", "p/")]);
    }
    let mut complaints = Vec::new();
    for word in words {
        for (at, _) in text.match_indices(word) {
            // Such a folder in a web address, or below `~`, is no path of a machine.
            let inside = |c: char| c.is_alphanumeric() || "~._-/{}$*".contains(c);
            if !text[..at].ends_with(inside) || text[..at].ends_with("file://") {
                let line = code::line_of(&text, at);
                complaints.push(format!("{path}:{line}: `{word}` is a path of one machine"));
            }
        }
    }
    complaints
}

/// A lock names what was taken, never the host of a mirror it was taken from.
fn locks_name_no_host(path: &str, text: &str) -> Vec<String> {
    let bad = |line: &str| match path.rsplit('/').next() {
        Some("package-lock.json") => line.contains("\"resolved\""),
        Some("Cargo.lock") => {
            line.starts_with("source = ")
                && !line.contains("registry+https://github.com/rust-lang/")
        }
        _ => false,
    };
    let lines = text.lines().enumerate().filter(|(_, line)| bad(line));
    lines.map(|(i, _)| format!("{path}:{}: names a registry's host", i + 1)).collect()
}

/// The codes `SM` and three digits in a text.
fn codes(text: &str) -> BTreeSet<String> {
    let code = |at: usize| {
        let digits = text.get(at + 2..at + 5)?;
        let more = text[at + 5..].starts_with(|c: char| c.is_ascii_alphanumeric());
        (digits.bytes().all(|b| b.is_ascii_digit()) && !more).then(|| text[at..at + 5].to_owned())
    };
    text.match_indices("SM").filter_map(|(at, _)| code(at)).collect()
}

fn errors_are_documented(sources: &[(String, String)], docs: &str) -> Vec<String> {
    let used: BTreeSet<String> = sources
        .iter()
        .filter(|(path, _)| !is_test_file(path))
        .flat_map(|(_, text)| codes(&code::without_tests(text)))
        .collect();
    let listed = codes(docs);
    let missing = used.difference(&listed).map(|c| format!("docs/errors.md lacks `{c}`"));
    let stale = listed.difference(&used).map(|c| format!("docs/errors.md lists `{c}`, src not"));
    missing.chain(stale).collect()
}

/// The section of the code map that each room has, and in it the name of each file, or of the
/// folder it stands in.
fn files_are_on_the_map(files: &[(String, String)], docs: &str) -> Vec<String> {
    let lost = |path: &&str| {
        let Some(inside) = path.strip_prefix("src/") else { return false };
        let mut parts = inside.split('/').map(|part| part.trim_end_matches(".rs"));
        let (room, file) = (parts.next().unwrap_or_default(), parts.next());
        let heads = [format!("`{room}/`"), format!("`{room}.rs`")];
        let sections = docs.split("\n### ").skip(1);
        let mut section = sections.filter(|section| {
            section.lines().next().is_some_and(|head| heads.iter().any(|h| head.contains(h)))
        });
        let Some(section) = section.next() else { return !["lib", "main"].contains(&room) };
        file.is_some_and(|file| file != "mod" && !section.contains(&format!("`{file}`")))
    };
    let paths = files.iter().map(|(path, _)| path.as_str());
    paths.filter(lost).map(|path| format!("{path}: not in docs/architecture.md")).collect()
}

/// Every crate that `Cargo.toml` names has a row in the table, and every row names such crates.
fn crates_are_explained(manifest: &str, docs: &str) -> Vec<String> {
    let mut is_inside = false;
    let mut used = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_inside = ["[dependencies]", "[dev-dependencies]"].contains(&line);
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| is_inside) {
            used.insert(name.to_owned());
        }
    }
    let table = docs.split_once("\n| Crate |").map_or("", |(_, table)| table);
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let listed: BTreeSet<String> =
        cells.flat_map(|cell| cell.split(", ")).map(|name| name.trim().to_owned()).collect();
    let missing = used.difference(&listed).map(|c| format!("docs/architecture.md lacks `{c}`"));
    let stale = listed.difference(&used).map(|c| format!("docs/architecture.md: no crate `{c}`"));
    missing.chain(stale).collect()
}

/// The tests that the table of invariants names exist.
fn proofs_exist(files: &[(String, String)], docs: &str) -> Vec<String> {
    let (_, table) = docs.split_once("| Proved by |").unwrap_or_default();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.rsplit('|').nth(1));
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let exists = |name: &str| {
        let head = format!("fn {name}(");
        files.iter().any(|(_, text)| text.contains(&head))
    };
    let lost = names.filter(|name| !exists(name));
    lost.map(|name| format!("docs/architecture.md: there is no test `{name}`")).collect()
}

/// Files that no `mod` line names are never compiled, so their tests never run.
/// The benchmarks, which `Cargo.toml` names: cargo would take a `main.rs` there for a test.
const BENCHES: [&str; 5] = [
    "tests/bench/projects.rs",
    "tests/bench/serve.rs",
    "tests/bench/shards.rs",
    "tests/bench/site.rs",
    "tests/bench/sync.rs",
];

fn no_file_is_forgotten(files: &[(String, String)]) -> Vec<String> {
    let named = |path: &str| {
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.trim_end_matches(".rs");
        let (dir, stem) =
            if stem == "mod" { dir.rsplit_once('/').unwrap_or(("", dir)) } else { (dir, stem) };
        let parents = [format!("{dir}/mod.rs"), format!("{dir}/lib.rs"), format!("{dir}/main.rs")];
        let above = format!("{dir}.rs");
        files.iter().any(|(other, text)| {
            let is_bench =
                BENCHES.contains(&other.as_str()) && other.starts_with(&format!("{dir}/"));
            (parents.contains(other) || *other == above || is_bench)
                && !lines_with(text, &format!("mod {stem};")).is_empty()
        })
    };
    let top = |path: &str| {
        BENCHES.contains(&path) || matches!(path.split('/').collect::<Vec<_>>()[..], ["tests", _])
    };
    files
        .iter()
        .filter(|(path, _)| !path.ends_with("/main.rs") && path != "src/lib.rs" && !top(path))
        .filter(|(path, _)| !named(path))
        .map(|(path, _)| format!("{path}: no `mod` line names this file"))
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file that Git knows or would add, by its path from the root.
fn texts() -> Vec<(String, String)> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git runs");
    assert!(listed.status.success(), "tidy looks at the files of a Git checkout");
    let names = String::from_utf8(listed.stdout).expect("names of files are text");
    let read = |name: &str| {
        let text = fs::read(root().join(name)).ok().and_then(|b| String::from_utf8(b).ok());
        text.map(|text| (name.to_owned(), text))
    };
    names.split('\0').filter(|name| !name.is_empty()).filter_map(read).collect()
}

fn rust_files() -> Vec<(String, String)> {
    let rust = |path: &str| {
        path.ends_with(".rs") && (path.starts_with("src/") || path.starts_with("tests/"))
    };
    texts().into_iter().filter(|(path, _)| rust(path)).collect()
}

fn production_files() -> Vec<(String, String)> {
    let files = rust_files().into_iter();
    files.filter(|(path, _)| path.starts_with("src/") && !is_test_file(path)).collect()
}

fn check(files: &[(String, String)], complaints: impl Fn(&str, &str) -> Vec<String>) {
    assert!(!files.is_empty(), "there is nothing to check");
    nothing_in(files.iter().flat_map(|(path, text)| complaints(path, text)).collect());
}

#[track_caller]
fn nothing_in(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn rooms_import_only_from_floors_below() {
    check(&production_files(), imports_go_down);
    let bad = "use crate::site::Site;\nfn f() { super::super::cache::x(); super::y(); }\n\
               use crate::{error, catalog::select};\n";
    assert_eq!(
        imports_go_down("src/catalog/load.rs", bad),
        ["src/catalog/load.rs:1: `catalog` must not import `site`"]
    );
    let bad = "use crate::edit::x;\nuse super::project;\nuse crate::cellar;\n";
    assert_eq!(imports_go_down("src/catalog/mod.rs", bad).len(), 2);
    assert_eq!(imports_go_down("src/cellar.rs", "").len(), 1);
}

#[test]
fn only_the_edges_reach_out_of_the_program() {
    check(&production_files(), only_edges_reach_out);
    let bad = "use std::{fs, io};\nfn f() { println!(\"std::env\"); std::env::args(); }\n\
               #[cfg(test)]\nmod tests { use std::net; }\n";
    let lines: Vec<_> = only_edges_reach_out("src/model/id.rs", bad);
    assert_eq!(
        lines,
        [
            "src/model/id.rs:1: `std::fs` belongs to disk",
            "src/model/id.rs:2: `std::env` belongs to source, command, main",
            "src/model/id.rs:2: `println!` belongs to command, main",
        ]
    );
    assert_eq!(only_edges_reach_out("src/main.rs", "use std::process::ExitCode;").len(), 0);
    assert_eq!(only_edges_reach_out("src/main.rs", "use std::process::Command;").len(), 1);
}

#[test]
fn files_are_at_most_500_lines_and_functions_70() {
    check(&rust_files(), files_and_functions_stay_short);
    let long = format!("fn f() {{\n{}}}\n", "    g(\"}\");\n".repeat(69));
    assert_eq!(files_and_functions_stay_short("src/x.rs", &long).len(), 1);
    assert_eq!(files_and_functions_stay_short("src/x.rs", &"\n".repeat(501)).len(), 1);
}

#[test]
fn nothing_is_left_lying_about() {
    check(&rust_files(), nothing_is_left_over);
    let bad = format!("fn f() {{ {}!() }}\n", "todo");
    assert_eq!(nothing_is_left_over("src/utils.rs", &bad).len(), 3);
    assert_eq!(nothing_is_left_over("src/x.rs", "//! todo!\n#[ignore]\nfn f() {}").len(), 1);
}

#[test]
fn every_rust_file_is_compiled() {
    nothing_in(no_file_is_forgotten(&rust_files()));
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let files = [
        file("src/lib.rs", "pub mod a;\nmod b;"),
        file("src/a/mod.rs", "mod c;"),
        file("src/a/c.rs", "#[cfg(test)]\nmod tests;"),
        file("src/a/c/tests.rs", ""),
        file("src/b.rs", ""),
        file("src/a/lost.rs", ""),
        file("tests/it/main.rs", ""),
        file("tests/it/lost.rs", ""),
    ];
    let lost = no_file_is_forgotten(&files);
    assert_eq!(lost.len(), 2, "{lost:?}");
}

#[test]
fn no_line_ends_in_white_space() {
    check(&texts(), no_trailing_space);
    assert_eq!(no_trailing_space("a.md", "a \nb\nc\t").len(), 2);
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    check(&texts(), no_machine_paths);
    let [work, home] = [concat!("/wo", "rk/"), concat!("/ho", "me/")];
    let bad = format!("cd {work}x\nhttps://h{work}x\n{home}x\n");
    assert_eq!(no_machine_paths("docs/a.md", &bad).len(), 2);
    assert_eq!(no_machine_paths("tests/it/a.rs", &bad).len(), 1);
}

#[test]
fn no_lock_names_the_host_of_a_mirror() {
    check(&texts(), locks_name_no_host);
    let bad = "  \"resolved\": \"https://mirror.example/a.tgz\",\n";
    assert_eq!(locks_name_no_host("tests/browser/package-lock.json", bad).len(), 1);
    let bad = "source = \"registry+https://mirror.example/index\"\n";
    assert_eq!(locks_name_no_host("Cargo.lock", bad).len(), 1);
}

#[test]
fn every_error_code_is_documented_and_every_documented_one_exists() {
    let files: Vec<_> =
        rust_files().into_iter().filter(|(path, _)| path.starts_with("src/")).collect();
    let docs = Path::new("docs/errors.md");
    if let Ok(docs) = fs::read_to_string(root().join(docs)) {
        nothing_in(errors_are_documented(&files, &docs));
    }
    let used = [("src/a.rs".to_owned(), "f(\"SM101\", \"SM1024\", \"SM20\")".to_owned())];
    let complaints = errors_are_documented(&used, "| SM101 | SM999 |");
    assert_eq!(complaints, ["docs/errors.md lists `SM999`, src not"]);
    assert_eq!(errors_are_documented(&used, "").len(), 1);
}

#[test]
fn the_picture_of_the_architecture_is_true() {
    let read = |name: &str| fs::read_to_string(root().join(name)).expect(name);
    let docs = read("docs/architecture.md");
    nothing_in(files_are_on_the_map(&production_files(), &docs));
    nothing_in(crates_are_explained(&read("Cargo.toml"), &docs));
    nothing_in(proofs_exist(&rust_files(), &docs));

    let file = |path: &str| (path.to_owned(), String::new());
    let files = [file("src/a/b.rs"), file("src/a/c/d.rs"), file("src/e.rs"), file("src/a/mod.rs")];
    let lost = files_are_on_the_map(&files, "\n### `a/`\nHas `b`.\n");
    assert_eq!(lost.len(), 2, "{lost:?}");
    let docs = "\n| Crate | For |\n|---|---|\n| x, y | z |\n";
    let complaints = crates_are_explained("[dependencies]\nx = 1\nw = 2\n[lints]\nv = 3\n", docs);
    assert_eq!(
        complaints,
        ["docs/architecture.md lacks `w`", "docs/architecture.md: no crate `y`"]
    );
    let docs = "| A | Proved by |\n|---|---|\n| b | `c`, `d` |\n";
    assert_eq!(proofs_exist(&[("x.rs".to_owned(), "fn c() {}".to_owned())], docs).len(), 1);
}
