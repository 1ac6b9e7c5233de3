//! How long sync takes on 10,000 artifacts, and how much of them it touches: first, again with
//! nothing changed, again with ten changed; then `list` and `status`. For a folder outside the
//! catalog, one inside, and a Git repository.
//!
//! Run by `cargo bench`; `cargo bench -- 1000` takes another number of artifacts, and further words
//! name the kinds of sources to take. Times are of this machine and guard nothing: what a sync may
//! touch is held by tests.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program for whoever works on this"
)]

mod artifacts;
mod measure;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use measure::{Cost, Row};

/// A file changed less than two seconds before a sync is read again by the next one.
const UNTIL_SETTLED: Duration = Duration::from_millis(2_200);

/// How often what is short is run, for a mean.
const REPEATS: u32 = 10;

struct Bench {
    dir: tempfile::TempDir,
    kind: &'static str,
    rows: Vec<Row>,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let count = words.iter().find_map(|word| word.parse().ok()).unwrap_or(10_000);
    let wanted: Vec<&String> = words.iter().filter(|word| word.parse::<usize>().is_err()).collect();
    println!("{count} artifacts; CPU is user and system time, children included\n");
    for kind in ["outside", "inside", "git"] {
        if wanted.is_empty() || wanted.iter().any(|word| *word == kind) {
            Bench::new(kind).run(count);
        }
    }
}

impl Bench {
    fn new(kind: &'static str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        Self { dir, kind, rows: Vec::new() }
    }

    fn run(mut self, count: usize) {
        let root = self.path("catalog");
        fs::create_dir_all(&root).expect("made");
        let config = match self.kind {
            "inside" => "{path: content/artifacts}".to_owned(),
            "outside" => "{path: ../artifacts}".to_owned(),
            _ => format!("{{git: \"file://{}\"}}", self.files().display()),
        };
        fs::write(root.join("skillmeat.yaml"), format!("version: 1\nsources:\n  all: {config}\n"))
            .expect("written");
        artifacts::make(&self.files(), count);
        self.commit();
        thread::sleep(UNTIL_SETTLED);

        self.sync("first sync", 1);
        self.sync("nothing changed", REPEATS);
        artifacts::change(&self.files(), count, 10);
        self.commit();
        thread::sleep(UNTIL_SETTLED);
        self.sync("10 changed", 1);
        self.sync("nothing changed", REPEATS);
        for command in ["list", "list --json", "status"] {
            let words: Vec<&str> = command.split(' ').collect();
            let (cost, _) = measure::run(|| self.skillmeat(&words), REPEATS);
            self.rows.push(Row { what: command.to_owned(), cost, counts: None });
        }
        measure::print(self.kind, &self.rows);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn files(&self) -> PathBuf {
        self.path(if self.kind == "inside" { "catalog/content/artifacts" } else { "artifacts" })
    }

    fn commit(&self) {
        if self.kind != "git" {
            return;
        }
        let git = |args: &[&str]| {
            let who = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"];
            let mut command = Command::new("git");
            let done = command.args(who).args(args).current_dir(self.files()).status();
            assert!(done.expect("git runs").success(), "git {args:?}");
        };
        git(&["init", "-q", "-b", "main"]);
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", "artifacts"]);
    }

    fn sync(&mut self, what: &str, repeats: u32) {
        let (cost, output): (Cost, String) =
            measure::run(|| self.skillmeat(&["sync", "--json"]), repeats);
        let json: serde_json::Value = serde_json::from_str(&output).expect("JSON");
        let source = &json["sources"][0];
        assert_eq!(source["error"], serde_json::Value::Null, "{json}");
        let count = |key: &str| source[key].as_u64().expect("a number");
        let counts = Some([count("found"), count("parsed"), count("written")]);
        self.rows.push(Row { what: what.to_owned(), cost, counts });
    }

    fn skillmeat(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.path("catalog")).env_clear();
        command.env("PATH", std::env::var_os("PATH").expect("PATH is set"));
        command.env("HOME", self.path("home")).env("SKILLMEAT_CACHE_DIR", self.path("cache"));
        command
    }
}

/// The program as `cargo bench` built it, or another one to compare with.
fn binary() -> PathBuf {
    let other = std::env::var_os("SKILLMEAT_BENCH").map(PathBuf::from);
    other.unwrap_or_else(|| Path::new(env!("CARGO_BIN_EXE_skillmeat")).to_owned())
}
