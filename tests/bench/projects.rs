//! What it costs to look at 200 projects with 50 deployments each, of a catalog of 10,000 artifacts:
//! a sync with nothing changed and no projects, then the same with them, the first time and again.
//! A third of the projects has records of SkillMeat, a third one of `npx skills`, the others none.
//!
//! Run by `cargo bench --bench projects`; `cargo bench --bench projects -- 20 1000` takes other numbers
//! of projects and artifacts. Times are of this machine and guard nothing.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program for whoever works on this"
)]

#[allow(dead_code, reason = "other benchmarks change artifacts")]
mod artifacts;
mod measure;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use measure::Row;

const EACH: usize = 50;
const REPEATS: u32 = 5;

fn main() {
    let words = std::env::args().skip(1);
    let numbers: Vec<usize> = words.filter_map(|word| word.parse().ok()).collect();
    let n_projects = numbers.first().copied().unwrap_or(200);
    let n_artifacts = numbers.get(1).copied().unwrap_or(10_000);
    println!("{n_projects} projects with {EACH} deployments each; {n_artifacts} artifacts\n");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let root = dir.path();
    let source = root.join("artifacts");
    artifacts::make(&source, n_artifacts);
    fs::create_dir_all(root.join("catalog")).expect("made");
    let config = "version: 1\nsources:\n  all: {path: ../artifacts}\n";
    fs::write(root.join("catalog/skillmeat.yaml"), config).expect("written");

    let mut rows = vec![sync(root, "first sync", 1), sync(root, "no projects", REPEATS)];
    let all = standing(&source);
    let mut with = format!("{config}projects:\n");
    for at in 0..n_projects {
        project(&root.join(format!("projects/{at}")), &all, at);
        writeln!(with, "  p{at}: {{path: ../projects/{at}}}").expect("text");
    }
    fs::write(root.join("catalog/skillmeat.yaml"), with).expect("written");
    rows.push(sync(root, "projects, first", 1));
    rows.push(sync(root, "projects, again", REPEATS));
    measure::print("outside", &rows);
}

/// Every skill, agent and command of the source: the folder it is in, and its path.
fn standing(source: &Path) -> Vec<(&'static str, PathBuf)> {
    let names = |dir: &Path| {
        let entries = fs::read_dir(dir).into_iter().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("listed").path()).collect();
        paths.sort();
        paths
    };
    let mut all = Vec::new();
    for team in names(source) {
        for kind in ["skills", "agents", "commands"] {
            all.extend(names(&team.join(kind)).into_iter().map(|path| (kind, path)));
        }
    }
    all
}

fn project(root: &Path, all: &[(&'static str, PathBuf)], at: usize) {
    let (mut toml, mut json) = (String::new(), Vec::new());
    for i in 0..EACH {
        let (kind, from) = &all[(at * 61 + i * 197) % all.len()];
        let name = from.file_name().expect("a name").to_string_lossy().into_owned();
        let agent = if at % 3 == 1 && *kind == "skills" { ".agents" } else { ".claude" };
        let to = root.join(agent).join(kind).join(&name);
        copy(from, &to, i % 10 == 0);
        let plain = name.trim_end_matches(".md");
        let hash = "5a4f0c0e2b9a7a1f0c63a0dbcb2e5c9ee0b4a7cf7a2d4f8f5b6f7f3b5a1e2d3c";
        let word = kind.trim_end_matches('s');
        write!(
            toml,
            "[[deployed]]\nartifact_name = \"{plain}\"\nartifact_type = \"{word}\"\n\
             from_collection = \"default\"\ndeployed_at = \"2026-11-01T08:00:00\"\n\
             artifact_path = \"{kind}/{name}\"\ncontent_hash = \"{hash}\"\n\n"
        )
        .expect("text");
        if *kind == "skills" {
            json.push(format!(
                "\"{plain}\": {{\"source\": \"x/y\", \"sourceType\": \"github\", \
                 \"computedHash\": \"{hash}\"}}"
            ));
        }
    }
    match at % 3 {
        0 => fs::write(root.join(".claude/.skillmeat-deployed.toml"), toml).expect("written"),
        1 => {
            let text = format!("{{\"version\": 1, \"skills\": {{{}}}}}", json.join(", "));
            fs::write(root.join("skills-lock.json"), text).expect("written");
        }
        _ => {}
    }
}

fn copy(from: &Path, to: &Path, is_edited: bool) {
    if from.is_dir() {
        for entry in fs::read_dir(from).expect("listed") {
            let entry = entry.expect("listed");
            copy(&entry.path(), &to.join(entry.file_name()), is_edited);
        }
        return;
    }
    fs::create_dir_all(to.parent().expect("a folder")).expect("made");
    let mut bytes = fs::read(from).expect("read");
    if is_edited {
        bytes.extend(b"\nMine.\n");
    }
    fs::write(to, bytes).expect("written");
}

fn sync(root: &Path, what: &str, repeats: u32) -> Row {
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skillmeat"));
        command.args(["sync", "--json"]).current_dir(root.join("catalog")).env_clear();
        command.env("PATH", std::env::var_os("PATH").expect("PATH is set"));
        command.env("HOME", root.join("home")).env("SKILLMEAT_CACHE_DIR", root.join("cache"));
        command
    };
    let (cost, _) = measure::run(command, repeats);
    Row { what: what.to_owned(), cost, counts: None }
}
