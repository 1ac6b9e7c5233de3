//! The floors and the peers: how each is run on its site, and what it must have made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::corpus::{COLLECTIONS, TYPES};
use super::measure;
use super::ours::{output, pages};
use super::sites::{self, Corpus};
use super::table::{Counts, Ran, Round};

/// What is short is run more often, so that its time can be told from a tick of the clock.
const STARTS: u32 = 30;

/// A program beside which ours is measured.
pub struct Other {
    pub name: String,
    pub binary: PathBuf,
    pub is_highlighted: bool,
}

impl Other {
    pub fn is_floor(&self) -> bool {
        !matches!(self.name.as_str(), "hugo" | "zola")
    }

    /// As its rows are called.
    pub fn title(&self) -> String {
        let Self { name, is_highlighted, .. } = self;
        if *is_highlighted { format!("{name}, code highlighted") } else { name.clone() }
    }

    pub fn rows(&self) -> Vec<String> {
        let title = self.title();
        match self.is_floor() {
            true => vec![title],
            false if self.is_highlighted => vec![title],
            false => {
                let version = format!("{title}, its version");
                vec![title.clone(), format!("{title}, nothing changed"), version]
            }
        }
    }

    pub fn lay(&self, root: &Path, corpus: &Corpus) {
        if self.is_floor() {
            return;
        }
        sites::peer(&self.name, corpus, &self.site(root), self.is_highlighted);
    }

    pub fn site(&self, root: &Path) -> PathBuf {
        root.join(self.title().replace(", ", "-").replace(' ', "-"))
    }

    pub fn command(&self, root: &Path, words: &[&str]) -> Command {
        let mut it = Command::new(&self.binary);
        it.args(words).current_dir(self.site(root)).env_clear();
        it.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        it.env("HOME", root.join("home-of-others"));
        it
    }

    fn make(&self, root: &Path) -> Command {
        let public = self.site(root).join("public");
        match self.name.as_str() {
            "hugo" => self.command(root, &["--destination", "public", "--noBuildLock", "--quiet"]),
            "zola" => self.command(root, &["build", "--force"]),
            floor => {
                let mut it = self.command(root, &[floor]);
                it.arg(root.join("docs")).arg(public);
                it
            }
        }
    }

    pub fn round(&self, root: &Path, corpus: &Corpus) -> Round {
        let public = self.site(root).join("public");
        fs::create_dir_all(self.site(root)).expect("made");
        let repeats = if self.is_floor() { (5_000 / corpus.count).clamp(1, 10) } else { 1 };
        let fresh = || {
            let _ = fs::remove_dir_all(&public);
            let _ = fs::remove_dir_all(self.site(root).join("resources"));
            self.make(root)
        };
        let (cost, _) = measure::run(fresh, u32::try_from(repeats).expect("few"));
        self.check(&public, corpus.count);
        let mut counts = Counts::default();
        if public.is_dir() {
            counts.output = Some(output(&public));
        }
        let mut round = vec![Ran::new(&self.title(), cost, counts)];
        if self.rows().len() > 1 {
            let (cost, _) = measure::run(|| self.make(root), 1);
            round.push(Ran::new(&self.rows()[1], cost, counts));
            let word = if self.name == "hugo" { "version" } else { "--version" };
            let (cost, _) = measure::run(|| self.command(root, &[word]), STARTS);
            round.push(Ran::new(&self.rows()[2], cost, Counts::default()));
        }
        let _ = fs::remove_dir_all(&public);
        round
    }

    /// As many pages as documents, each named by a listing of its collection, by one of its type
    /// and by the index.
    fn check(&self, public: &Path, wanted: usize) {
        let name = &self.name;
        if matches!(name.as_str(), "stat" | "hash") {
            return;
        }
        let made: usize = COLLECTIONS.iter().map(|one| pages(&public.join(one))).sum();
        assert_eq!(made, wanted, "pages of {name}");
        if matches!(name.as_str(), "io" | "md") {
            return;
        }
        let cards = |dir: PathBuf| {
            let text = fs::read_to_string(dir.join("index.html")).unwrap_or_default();
            text.matches("class=\"card\"").count()
        };
        let n_cards: usize = COLLECTIONS.iter().map(|one| cards(public.join(one))).sum();
        assert_eq!(n_cards, wanted, "cards of {name} in collections");
        let n_cards: usize = TYPES.iter().map(|one| cards(public.join("types").join(one))).sum();
        assert_eq!(n_cards, wanted, "cards of {name} in types");
        let index = if name == "zola" { "search_index.en.json" } else { "index.json" };
        let text = fs::read_to_string(public.join(index)).expect("an index");
        let index: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        // Zola's has the sections, too.
        let n_named = index.as_array().map_or(0, Vec::len);
        assert!(n_named >= wanted, "{name} names {n_named} documents in its index");
    }
}

/// A program named by a variable, or found where programs are.
pub fn installed(name: &str, variable: &str) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variable) {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}
