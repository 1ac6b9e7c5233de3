//! What a whole site costs: first, again with nothing changed, again with one document changed, and
//! while it is served; beside floors, which do nothing but read, render and write, and beside other
//! generators with the same documents and pages. One Markdown table each for runs and for servers.
//!
//! Run by `cargo bench --bench site`, with these after `--`:
//!
//!   --n 1000            how many documents
//!   --real FOLDER       those of a folder, repeated up to that number
//!   --rounds 3          each program once a round, in turns; ratios are taken inside a round
//!   --peers hugo,zola   of those that are installed; `HUGO` and `ZOLA` name their programs
//!   --floors page,lex   of those of the program that `LIMIT` names
//!   --highlight         peers also with code highlighted, which ours always does
//!   --edits 10          saves of each kind under each server; 0 leaves the servers out
//!   --make FOLDER       makes the catalog and its site there, to stay, and measures nothing
//!   --dir FOLDER        where all of it is made and deleted; else a memory file system, where it is
//!
//! Times are of this machine and guard nothing; that pages, listings and indexes have all documents
//! is checked after each run, for every program.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program for whoever works on this"
)]

mod corpus;
mod live;
#[allow(dead_code, reason = "other benchmarks print a table of their own")]
mod measure;
mod others;
mod ours;
mod real;
mod server;
mod sites;
mod table;

use std::path::{Path, PathBuf};

use corpus::COLLECTIONS;
use others::Other;
use ours::Ours;
use sites::Corpus;
use table::Round;

const MEMORY: &str = "/dev/shm";
const KNOWN: [&str; 8] =
    ["--n", "--real", "--rounds", "--peers", "--floors", "--edits", "--dir", "--make"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let asked = Asked(&words);
    asked.check();
    let real = asked.word("--real").map(|dir| real::Real::read(Path::new(dir)));
    let usual = real.as_ref().map_or(1_000, real::Real::len);
    let corpus = Corpus { count: asked.number("--n", usual), real };
    assert!(corpus.count >= COLLECTIONS.len(), "each collection needs a document");
    if let Some(dir) = asked.word("--make") {
        return Ours::new(&std::path::absolute(dir).expect("a path"), &corpus).make();
    }
    let scratch = asked.word("--dir").map_or_else(usual_scratch, PathBuf::from);
    let dir = tempfile::Builder::new().prefix("skillmeat-bench-").tempdir_in(&scratch);
    let dir = dir.expect("a folder for the benchmark");
    let (root, ours) = (dir.path(), Ours::new(dir.path(), &corpus));
    let others = others(&asked);

    ours.lay();
    sites::documents(&corpus, &root.join("docs"));
    others.iter().for_each(|other| other.lay(root, &corpus));
    println!("{}; in {}.\n", corpus.says(), scratch.display());
    let n_rounds = asked.number("--rounds", 3);
    let rounds: Vec<Round> =
        (0..n_rounds).map(|at| round(at, &ours, &others, root, &corpus)).collect();
    let mut order: Vec<String> = ours::ROWS.map(str::to_owned).into();
    order.extend(others.iter().flat_map(Other::rows));
    let is_base = |name: &&str| others.iter().any(|other| other.name == **name);
    let bases: Vec<&str> = ["page", "lex"].into_iter().filter(is_base).collect();
    println!("{n_rounds} rounds.\n");
    table::print(&rounds, &bases, &order);

    let n_edits = asked.number("--edits", 10);
    if n_edits > 0 {
        println!("\n{n_edits} saves of each kind.\n");
        live::heads();
        live::ours(&ours, root, &corpus, n_edits);
        for other in others.iter().filter(|other| !other.is_floor() && !other.is_highlighted) {
            live::peer(other, root, &corpus, n_edits);
        }
    }
}

/// Each once, beginning with another one each time.
fn round(at: usize, ours: &Ours, others: &[Other], root: &Path, corpus: &Corpus) -> Round {
    let mut round = Round::new();
    for i in 0..=others.len() {
        match (i + at) % (others.len() + 1) {
            0 => round.extend(ours.round()),
            one => round.extend(others[one - 1].round(root, corpus)),
        }
    }
    round
}

/// The floors and peers that are there; what is not is said.
fn others(asked: &Asked) -> Vec<Other> {
    let mut all = Vec::new();
    match std::env::var_os("LIMIT").map(PathBuf::from) {
        Some(binary) => {
            let names = asked.word("--floors").unwrap_or("stat,hash,io,md,page,lex").split(',');
            let names = names.filter(|name| !name.is_empty()).map(str::to_owned);
            let floor = |name| Other { name, binary: binary.clone(), is_highlighted: false };
            all.extend(names.map(floor));
        }
        None => println!("Left out: the floors (LIMIT names no program).\n"),
    }
    for name in
        asked.word("--peers").unwrap_or("hugo,zola").split(',').filter(|one| !one.is_empty())
    {
        assert!(["hugo", "zola"].contains(&name), "no peer is called {name}");
        let Some(binary) = others::installed(name, &name.to_uppercase()) else {
            println!("Left out: {name} (it is not installed).\n");
            continue;
        };
        let variants: &[bool] = if asked.has("--highlight") { &[false, true] } else { &[false] };
        for &is_highlighted in variants {
            all.push(Other { name: name.to_owned(), binary: binary.clone(), is_highlighted });
        }
    }
    all
}

/// A disk makes times of writing that are those of the disk.
fn usual_scratch() -> PathBuf {
    let memory = PathBuf::from(MEMORY);
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// What was asked for on the command line.
struct Asked<'a>(&'a [String]);

impl Asked<'_> {
    fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|word| word == flag)
    }

    fn word(&self, flag: &str) -> Option<&str> {
        let at = self.0.iter().position(|word| word == flag)?;
        Some(self.0.get(at + 1).expect("a flag with its value"))
    }

    fn number(&self, flag: &str, usual: usize) -> usize {
        self.word(flag).map_or(usual, |word| word.parse().expect("a number"))
    }

    fn check(&self) {
        let mut words = self.0.iter();
        while let Some(word) = words.next() {
            assert!(
                KNOWN.contains(&word.as_str()) || word == "--highlight",
                "no flag is called {word}"
            );
            if word != "--highlight" {
                words.next();
            }
        }
    }
}
