//! What a person does with a catalog, one after the other: first sync and build, again with nothing
//! changed, again with one text changed. What each came to is checked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::corpus::COLLECTIONS;
use super::measure::{self, Cost};
use super::sites::{self, Corpus};
use super::table::{Counts, Ran, Round};

pub const FIRST: &str = "first sync and build";
/// Rows in the order in which they are shown.
pub const ROWS: [&str; 11] = [
    "first sync",
    "first build",
    FIRST,
    "build, output empty",
    "build, nothing changed",
    "sync, nothing changed",
    "sync, one text changed",
    "build, one text changed",
    "sync and build, one text changed",
    "sync and build, one description changed",
    "skillmeat --version",
];
/// A file that changed less than two seconds before a sync is read again by the next one.
const UNTIL_SETTLED: Duration = Duration::from_millis(2_200);
/// How often what is short is run.
const REPEATS: u32 = 5;
/// And what is not.
const FEW: u32 = 2;
const STARTS: u32 = 30;

pub struct Ours<'a> {
    root: &'a Path,
    corpus: &'a Corpus,
}

impl<'a> Ours<'a> {
    pub fn new(root: &'a Path, corpus: &'a Corpus) -> Self {
        Self { root, corpus }
    }

    pub fn lay(&self) {
        sites::catalog(self.corpus, &self.catalog());
    }

    /// The catalog and its site, for whatever else is to be measured.
    pub fn make(&self) {
        self.lay();
        fs::create_dir_all(self.root.join("home")).expect("made");
        self.sync(1);
        self.build(1);
        self.check();
        println!(
            "The site of {} documents: {}",
            self.corpus.count,
            self.catalog().join("public").display()
        );
    }

    fn catalog(&self) -> PathBuf {
        self.root.join("catalog")
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut it = Command::new(binary());
        it.args(words).current_dir(self.catalog()).env_clear();
        it.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        it.env("HOME", self.root.join("home")).env("SKILLMEAT_CACHE_DIR", self.root.join("cache"));
        it
    }

    pub fn round(&self) -> Round {
        self.forget();
        let mut round = Round::new();
        let (sync, build) = (self.sync(1), self.build(1));
        round.push(self.with_output(both(FIRST, &sync, &build)));
        round.push(Ran { what: "first sync".to_owned(), ..sync });
        round.push(Ran { what: "first build".to_owned(), ..build });
        self.check();

        fs::remove_dir_all(self.catalog().join("public")).expect("removed");
        let again = self.build(1);
        round.push(self.with_output(Ran { what: "build, output empty".to_owned(), ..again }));

        thread::sleep(UNTIL_SETTLED);
        let same = self.build(REPEATS);
        assert_eq!(same.counts.written, Some(0), "a build with nothing changed wrote");
        round.push(Ran { what: "build, nothing changed".to_owned(), ..same });
        let same = self.sync(REPEATS);
        assert_eq!(same.counts.written, Some(0), "a sync with nothing changed wrote");
        round.push(Ran { what: "sync, nothing changed".to_owned(), ..same });

        round.extend(self.texts());
        let described =
            self.edited(FEW, "---\n", "description: ", |old| old.replacen("\"", "\"New: ", 1));
        let what = "sync and build, one description changed";
        round.push(both(what, &described.0, &described.1));
        let (cost, _) = measure::run(|| self.command(&["--version"]), STARTS);
        round.push(Ran::new("skillmeat --version", cost, Counts::default()));
        self.check();
        round
    }

    fn texts(&self) -> [Ran; 3] {
        let (sync, build) = self.edited(REPEATS, "", "", |old| format!("{old}\nOne more line.\n"));
        let what = "sync and build, one text changed";
        let all = both(what, &sync, &build);
        [
            Ran { what: "sync, one text changed".to_owned(), ..sync },
            Ran { what: "build, one text changed".to_owned(), ..build },
            all,
        ]
    }

    /// The means of some edits of one document each, which are taken back in the end. What is edited
    /// is the first line that begins so after the mark, or the whole document.
    fn edited(
        &self,
        n_edits: u32,
        mark: &str,
        begins: &str,
        edit: impl Fn(&str) -> String,
    ) -> (Ran, Ran) {
        let n_edits = n_edits as usize;
        let (mut syncs, mut builds, mut before) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..n_edits {
            let one = self.corpus.document(i * self.corpus.count / n_edits);
            let path = self.catalog().join(sites::in_catalog(&one));
            let old = fs::read_to_string(&path).expect("read");
            let at = mark.len() + old[mark.len()..].find(begins).expect("it has such a line");
            fs::write(&path, old[..at].to_owned() + &edit(&old[at..])).expect("written");
            before.push((path, old));
            syncs.push(self.sync(1));
            builds.push(self.build(1));
        }
        before.into_iter().for_each(|(path, old)| fs::write(path, old).expect("written"));
        // What comes next finds nothing left to do.
        self.sync(1);
        self.build(1);
        (mean(syncs), mean(builds))
    }

    /// As if nobody had ever run it here.
    fn forget(&self) {
        for path in ["catalog/public", "catalog/collections/local", "cache", "home"] {
            let _ = fs::remove_dir_all(self.root.join(path));
        }
        let _ = fs::remove_file(self.catalog().join("skillmeat.lock"));
        thread::sleep(UNTIL_SETTLED);
    }

    fn sync(&self, repeats: u32) -> Ran {
        let (cost, said) = self.run("sync", repeats);
        let source = &said["sources"][0];
        assert_eq!(source["error"], Value::Null, "{said}");
        let counts = Counts {
            parsed: source["parsed"].as_u64(),
            written: source["written"].as_u64(),
            ..Counts::default()
        };
        Ran::new("", cost, counts)
    }

    fn build(&self, repeats: u32) -> Ran {
        let (cost, said) = self.run("build", repeats);
        let counts = Counts {
            rendered: said["rendered"].as_u64(),
            written: said["written"].as_u64(),
            ..Counts::default()
        };
        Ran::new("", cost, counts)
    }

    fn run(&self, command: &str, repeats: u32) -> (Cost, Value) {
        let (cost, said) = measure::run(|| self.command(&[command, "--json"]), repeats);
        (cost, serde_json::from_str(&said).expect("JSON"))
    }

    fn with_output(&self, mut ran: Ran) -> Ran {
        ran.counts.output = Some(output(&self.catalog().join("public")));
        ran
    }

    /// Every document has its page, and is in one collection, in the API and in the search data.
    fn check(&self) {
        let public = self.catalog().join("public");
        let wanted = self.corpus.count;
        assert_eq!(pages(&public.join("a")), wanted, "pages of artifacts");
        let json = |path: &str| -> Value {
            let text = fs::read_to_string(public.join("api/v1").join(path)).expect("it is there");
            serde_json::from_str(&text).expect("JSON")
        };
        let members = COLLECTIONS.iter().map(|name| {
            let one = json(&format!("collections/{name}.json"));
            one["members"].as_array().map_or(0, Vec::len)
        });
        assert_eq!(members.sum::<usize>(), wanted, "members of collections");
        let data =
            |at: usize| fs::read_to_string(public.join(format!("collections/all/data/{at}.js")));
        let names = (1..).map_while(|at| data(at).ok()).map(|text| {
            let json = text.trim_end().trim_end_matches([';', ')', '\'']);
            let start = json.find('{').expect("an object");
            let part: Value = serde_json::from_str(&json[start..]).expect("JSON");
            part["name"].as_array().map_or(0, Vec::len)
        });
        assert_eq!(names.sum::<usize>(), wanted, "names in the search data");
    }
}

fn both(what: &str, sync: &Ran, build: &Ran) -> Ran {
    let cost = Cost {
        wall: sync.cost.wall + build.cost.wall,
        cpu: sync.cost.cpu.zip(build.cost.cpu).map(|(a, b)| a + b),
        memory_kib: sync.cost.memory_kib.max(build.cost.memory_kib),
    };
    Ran::new(what, cost, Counts { parsed: sync.counts.parsed, ..build.counts })
}

/// Costs in the mean; the counts are those of the first.
fn mean(all: Vec<Ran>) -> Ran {
    let count = u32::try_from(all.len()).expect("few");
    let cost = Cost {
        wall: all.iter().map(|ran| ran.cost.wall).sum::<Duration>() / count,
        cpu: all.iter().map(|ran| ran.cost.cpu).sum::<Option<Duration>>().map(|cpu| cpu / count),
        memory_kib: all.iter().map(|ran| ran.cost.memory_kib).max().unwrap_or_default(),
    };
    Ran::new("", cost, all[0].counts)
}

/// Files and bytes below a folder.
pub fn output(dir: &Path) -> (u64, u64) {
    let files = walkdir::WalkDir::new(dir).into_iter().filter_map(Result::ok);
    let sizes = files.filter_map(|file| file.metadata().ok()).filter(fs::Metadata::is_file);
    sizes.fold((0, 0), |(files, bytes), file| (files + 1, bytes + file.len()))
}

/// Pages below a folder, less that of the folder itself.
pub fn pages(dir: &Path) -> usize {
    let files = walkdir::WalkDir::new(dir).min_depth(2).into_iter().filter_map(Result::ok);
    files.filter(|file| file.file_name() == "index.html").count()
}

/// The program as `cargo bench` built it, or another one to compare with.
fn binary() -> PathBuf {
    let other = std::env::var_os("SKILLMEAT_BENCH").map(PathBuf::from);
    other.unwrap_or_else(|| env!("CARGO_BIN_EXE_skillmeat").into())
}
