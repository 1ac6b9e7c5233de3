//! What a client does when a server does what it should not; on loopback, with limits made small.

mod answers;
mod faults;
mod pace;
mod redirects;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::client::{Client, Setting};
use super::limits::Limits;
use super::retry::Clock;
use super::token::Token;
use crate::env::Env;
use crate::error::Error;
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::source::fault::{Act, Server};
use crate::source::memory::{Answer, Memory, Remembered};

/// Time that passes when somebody sleeps, and so at once.
#[derive(Clone, Default)]
struct Quick(Arc<Mutex<Duration>>);

impl Clock for Quick {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

/// What is remembered from one client to the next.
#[derive(Default)]
struct Notes {
    answers: Mutex<BTreeMap<String, Answer>>,
    wait: Mutex<Option<Timestamp>>,
}

impl Memory for Notes {
    fn file(&self, _: &RelPath) -> Option<Remembered> {
        None
    }

    fn below(&self, _: &RelPath) -> Vec<(RelPath, Remembered)> {
        Vec::new()
    }

    fn has(&self, _: &ContentHash) -> bool {
        false
    }

    fn content(&self, _: &ContentHash) -> Option<Vec<u8>> {
        None
    }

    fn answer(&self, url: &str) -> Option<Answer> {
        self.answers.lock().unwrap().get(url).cloned()
    }

    fn keep_answer(&self, url: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(url.to_owned(), answer);
    }

    fn wait_until(&self) -> Option<Timestamp> {
        *self.wait.lock().unwrap()
    }

    fn set_wait(&self, until: Timestamp) {
        *self.wait.lock().unwrap() = Some(until);
    }
}

/// A server and what asks it.
struct Bench {
    server: Server,
    notes: Arc<Notes>,
    clock: Quick,
    token: Option<Token>,
    tries: u32,
    env: Env,
}

impl Bench {
    fn new() -> Self {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let env = Env { now, ..Env::at(Path::new("/")) };
        let (notes, clock) = (Arc::default(), Quick::default());
        Self { server: Server::start(), notes, clock, token: None, tries: 4, env }
    }

    /// A client of a new sync.
    fn client(&self) -> Result<Client, Error> {
        let limits = Limits {
            body_bytes: 1 << 20,
            total_bytes: 3 << 20,
            request_time: Duration::from_millis(600),
            idle_time: Duration::from_millis(250),
            tries: self.tries,
            ..Limits::default()
        };
        let clock = Box::new(self.clock.clone());
        let setting = Setting { token: self.token.clone(), proxy: None, limits, clock };
        let notes: Arc<dyn Memory> = Arc::<Notes>::clone(&self.notes);
        Client::with("team", &self.server.url, notes, &self.env, setting)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    /// What `/x` gives as JSON, or the code and the words, with the server's address as `H`.
    fn told(&self, acts: impl IntoIterator<Item = Act>) -> String {
        self.server.on("/x", acts);
        self.told_of("/x")
    }

    fn told_of(&self, path: &str) -> String {
        let found = self.client().and_then(|client| client.get_json(&self.url(path)));
        self.words(found.map(|json| json.value.to_string()))
    }

    fn words(&self, found: Result<String, Error>) -> String {
        match found {
            Ok(text) => text,
            Err(error) => {
                let problem = &error.problems[0];
                assert!(problem.help.is_some(), "{problem} helps nobody");
                let text = format!("{} {}", problem.code, problem.message);
                text.replace(&self.server.url, "H")
            }
        }
    }
}
