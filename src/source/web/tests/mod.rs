//! Indexes and registries of a server on loopback, to trees.

mod index;
mod registry;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::{Gathered, Request};
use crate::env::Env;
use crate::error::{Error, Place};
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::model::source::{Address, Source, Web, WebKind};
use crate::source::fault::Server;
use crate::source::filter::Filter;
use crate::source::http::{Client, Limits, Monotonic, Setting};
use crate::source::memory::{Answer, Memory, Remembered};

/// What a source that was read whole leaves for the next time.
#[derive(Default)]
struct Notes {
    files: Mutex<BTreeMap<RelPath, Remembered>>,
    contents: Mutex<BTreeMap<ContentHash, Vec<u8>>>,
    answers: Mutex<BTreeMap<String, Answer>>,
    /// Of a sync that is not over.
    fresh: Mutex<BTreeMap<String, Answer>>,
}

impl Notes {
    fn keep(&self, gathered: &Gathered) {
        self.answers.lock().unwrap().append(&mut self.fresh.lock().unwrap());
        let mut files = self.files.lock().unwrap();
        files.clear();
        for (path, file) in &gathered.tree.files {
            let note = gathered.tree.note(path).unwrap();
            let bytes = gathered.tree.read(path).unwrap();
            let hash = ContentHash::of(&bytes);
            assert_eq!((note.hash, file.size), (Some(hash), bytes.len() as u64));
            self.contents.lock().unwrap().insert(hash, bytes);
            let remembered = Remembered { stamp: note.stamp.clone(), hash, size: file.size };
            files.insert(path.clone(), remembered);
        }
    }
}

impl Memory for Notes {
    fn file(&self, path: &RelPath) -> Option<Remembered> {
        self.files.lock().unwrap().get(path).cloned()
    }

    fn below(&self, dir: &RelPath) -> Vec<(RelPath, Remembered)> {
        let files = self.files.lock().unwrap();
        let below = files.iter().filter(|(path, _)| path.below(dir).is_some());
        below.map(|(path, file)| (path.clone(), file.clone())).collect()
    }

    fn has(&self, hash: &ContentHash) -> bool {
        self.contents.lock().unwrap().contains_key(hash)
    }

    fn content(&self, hash: &ContentHash) -> Option<Vec<u8>> {
        self.contents.lock().unwrap().get(hash).cloned()
    }

    fn answer(&self, url: &str) -> Option<Answer> {
        self.answers.lock().unwrap().get(url).cloned()
    }

    fn keep_answer(&self, url: &str, answer: Answer) {
        self.fresh.lock().unwrap().insert(url.to_owned(), answer);
    }
}

/// A server, and what is remembered of it.
struct Bench {
    server: Server,
    notes: Arc<Notes>,
    source: Source,
    web: Web,
    now: Timestamp,
}

impl Bench {
    fn new(kind: WebKind) -> Self {
        let server = Server::start();
        let web = Web { kind, url: server.url.clone(), search: None };
        let source = Source {
            name: "team".into(),
            address: Address::Web(web.clone()),
            include: Vec::new(),
            exclude: Vec::new(),
            tags: Vec::new(),
            place: Place::file("skillmeat.yaml"),
        };
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        Self { server, notes: Arc::default(), source, web, now }
    }

    /// Opens the source; what it gave is remembered, unless it failed.
    fn open(&self) -> Result<Gathered, Error> {
        let env = Env { now: self.now, ..Env::at(Path::new("/")) };
        let limits = Limits { tries: 1, ..Limits::default() };
        let setting =
            Setting { token: None, proxy: None, limits, clock: Box::<Monotonic>::default() };
        let memory: Arc<dyn Memory> = Arc::<Notes>::clone(&self.notes);
        let client = Client::with("team", &self.web.url, Arc::clone(&memory), &env, setting)?;
        let filter = Filter::new(&self.source.include, &self.source.exclude)?;
        self.notes.fresh.lock().unwrap().clear();
        let gathered = super::open(&Request {
            source: &self.source,
            web: &self.web,
            filter: &filter,
            client: &client,
            memory: &memory,
            on_progress: &|_, _| {},
        })?;
        self.notes.keep(&gathered);
        Ok(gathered)
    }

    /// The files, with the first line of each, then the problems.
    fn shown(&self) -> Vec<String> {
        shown(&self.open().unwrap())
    }

    /// The code and the words of what went wrong, with the server as `H`.
    fn failed(&self) -> String {
        let error = self.open().err().expect("it fails");
        let problem = &error.problems[0];
        format!("{} {}", problem.code, problem.message).replace(&self.server.url, "H")
    }
}

fn shown(gathered: &Gathered) -> Vec<String> {
    let line = |path: &RelPath| {
        let bytes = gathered.tree.read(path).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        format!("{path}: {}", text.lines().next().unwrap_or_default())
    };
    let mut shown: Vec<String> = gathered.tree.files.keys().map(line).collect();
    let problems = gathered.tree.problems.iter().chain(&gathered.problems);
    shown.extend(problems.map(|problem| format!("{} {}", problem.code, problem.message)));
    shown
}
