//! What each part of a large site costs, and what the whole does in one: 100,000 artifacts in eight
//! parts, a process each, one after another, as machines of their own would do it. Every part is built
//! into a folder of its own from the cache that one sync left. At the end each file of the whole has
//! to be in exactly one part, with the same bytes.
//!
//! Run by `cargo bench --bench shards`; `cargo bench --bench shards -- 1000 4` takes other numbers of
//! artifacts and parts. All of it lies in the folder for temporary files (`TMPDIR`) and is deleted
//! at the end: at 100,000 artifacts some 10 GB. Times are of this machine and guard nothing.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program for whoever works on this"
)]

#[allow(dead_code, reason = "other benchmarks change artifacts")]
mod artifacts;
#[allow(dead_code, reason = "other benchmarks print another table")]
mod measure;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use measure::Cost;
use serde_json::Value;

/// Each file with the hash that a build noted.
type Files = BTreeMap<String, Value>;

fn main() {
    let words = std::env::args().skip(1);
    let numbers: Vec<usize> = words.filter_map(|word| word.parse().ok()).collect();
    let n_artifacts = numbers.first().copied().unwrap_or(100_000);
    let n_parts = numbers.get(1).copied().unwrap_or(8);
    println!("{n_artifacts} artifacts in {n_parts} parts; CPU is user and system time\n");
    println!("{:<14} {:>9} {:>11} {:>11} {:>9}", "", "files", "wall", "CPU", "memory");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let root = dir.path();
    make_catalog(root, n_artifacts);
    run(root, "sync", &["sync", "--json"]);

    run(root, "whole", &["build", "--json", "-o", "whole"]);
    let mut whole = listed(root, "whole/.skillmeat-manifest.json");
    fs::remove_dir_all(root.join("catalog/whole")).expect("removed");

    for i in 1..=n_parts {
        let (part, folder) = (format!("{i}/{n_parts}"), format!("part-{i}"));
        run(root, &part, &["build", "--json", "--shard", &part, "-o", &folder]);
        let manifest = format!("{folder}/.skillmeat-manifest-{i}-of-{n_parts}.json");
        for (path, hash) in listed(root, &manifest) {
            assert_eq!(whole.remove(&path), Some(hash), "{path} of part {part}");
            assert!(root.join("catalog").join(&folder).join(&path).is_file(), "{path}");
        }
    }
    assert_eq!(whole.len(), 0, "files of the whole are in no part: {:?}", whole.first_key_value());
    let part = format!("1/{n_parts}");
    let again = ["build", "--json", "--shard", &part, "-o", "part-1"];
    run(root, &format!("{part}, again"), &again);
    println!("\nEach file of the whole is in one part, with the same hash.");
}

/// Artifacts outside the catalog, a hundred folders of a hundred each in a source: none may have more
/// than 100,000 files.
fn make_catalog(root: &Path, n_artifacts: usize) {
    artifacts::make(&root.join("made"), n_artifacts);
    let teams = fs::read_dir(root.join("made")).expect("listed");
    let mut teams: Vec<PathBuf> = teams.map(|entry| entry.expect("listed").path()).collect();
    teams.sort();
    let mut config = String::from("version: 1\nsources:\n");
    for (at, teams) in teams.chunks(100).enumerate() {
        let source = root.join(format!("sources/s{at}"));
        fs::create_dir_all(&source).expect("made");
        for team in teams {
            fs::rename(team, source.join(team.file_name().expect("a name"))).expect("moved");
        }
        writeln!(config, "  s{at}: {{path: ../sources/s{at}}}").expect("text");
    }
    fs::create_dir_all(root.join("catalog")).expect("made");
    fs::write(root.join("catalog/skillmeat.yaml"), config).expect("written");
}

fn run(root: &Path, what: &str, args: &[&str]) {
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skillmeat"));
        command.args(args).current_dir(root.join("catalog")).env_clear();
        command.env("PATH", std::env::var_os("PATH").expect("PATH is set"));
        command.env("HOME", root.join("home")).env("SKILLMEAT_CACHE_DIR", root.join("cache"));
        command
    };
    let (Cost { wall, cpu, memory_kib }, output) = measure::run(command, 1);
    let json: Value = serde_json::from_str(&output).expect("JSON");
    let files = json["pages"].as_u64().map_or_else(String::new, |n| n.to_string());
    let cpu = cpu.map_or_else(|| "?".to_owned(), |cpu| format!("{} ms", cpu.as_millis()));
    let (wall, memory) = (wall.as_millis(), memory_kib / 1024);
    println!("{what:<14} {files:>9} {wall:>8} ms {cpu:>11} {memory:>5} MiB");
}

fn listed(root: &Path, manifest: &str) -> Files {
    let text = fs::read_to_string(root.join("catalog").join(manifest)).expect("a list");
    let list: Value = serde_json::from_str(&text).expect("JSON");
    let files = list["files"].as_object().expect("files").clone();
    files.into_iter().collect()
}
