//! A SkillMeat 0.9 server that answers from its recording, and can be told to change or to fail.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

/// The recorded data of SkillMeat 0.9.1; says so when it is not there.
pub fn fixture() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures");
    let folder = std::env::var_os("SKILLMEAT_FIXTURES").map_or_else(beside, PathBuf::from);
    let fixture = folder.join("skillmeat-0.9.1");
    if fixture.is_dir() {
        return Some(fixture);
    }
    // Not through `eprintln!`, which a passing test keeps to itself.
    let _ = writeln!(std::io::stderr(), "skipped: SKILLMEAT_FIXTURES names no recorded data");
    None
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mood {
    Well,
    /// Answers 500 to everything.
    Failing,
    /// Ends each body halfway.
    Truncating,
    /// Takes the request and says nothing.
    Silent,
    /// Sends a page to log in instead of what was asked for.
    Login,
    /// Says 404 to everything.
    Empty,
}

pub struct Replay {
    url: String,
    state: Arc<Mutex<State>>,
}

pub struct State {
    pub mood: Mood,
    /// All artifacts as the list has them, sorted.
    pub items: Vec<Value>,
    /// Other answers by path and query: status and body.
    pub answers: BTreeMap<String, (u16, Value)>,
    /// What was asked for, in order.
    log: Vec<String>,
}

const API: &str = "/api/v1/";

impl Replay {
    pub fn start(fixture: &Path) -> Self {
        let text = std::fs::read_to_string(fixture.join("api/recording.json")).expect("recorded");
        let recording: Vec<Value> = serde_json::from_str(&text).expect("JSON");
        let mut state = State {
            mood: Mood::Well,
            items: Vec::new(),
            answers: BTreeMap::new(),
            log: Vec::new(),
        };
        for one in recording.iter().filter(|one| one["method"] == "GET") {
            let path = one["path"].as_str().expect("a path").strip_prefix(API).expect("of the API");
            let status = one["status"].as_u64().expect("a status") as u16;
            if path == "artifacts?limit=100" {
                state.items = one["body"]["items"].as_array().expect("a list").clone();
            }
            state.answers.insert(path.to_owned(), (status, one["body"].clone()));
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &state));
            }
        });
        Self { url, state }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panicked")
    }

    pub fn is(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// What was asked for since the last call, without the prefix.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log)
    }

    /// Changes a file of an artifact as SkillMeat's own pages do: the list tells nothing of it.
    pub fn edit(&self, id: &str, file: &str, text: &str) {
        let mut state = self.state();
        let content = state.answers.get_mut(&format!("artifacts/{id}/files/{file}"));
        let (_, body) = content.expect("recorded");
        body["content"] = text.into();
        body["size"] = text.len().into();
        let (_, files) = state.answers.get_mut(&format!("artifacts/{id}/files")).expect("recorded");
        resize(&mut files["files"], file, text.len());
    }

    /// Says of an artifact that it was updated.
    pub fn touch(&self, id: &str) {
        let mut state = self.state();
        let item = state.items.iter_mut().find(|item| item["id"] == id).expect("listed");
        item["updated"] = "2026-12-01T00:00:00".into();
    }
}

fn resize(nodes: &mut Value, file: &str, size: usize) {
    for node in nodes.as_array_mut().into_iter().flatten() {
        if node["path"] == file {
            node["size"] = size.into();
        }
        resize(&mut node["children"], file, size);
    }
}

impl State {
    fn answer(&self, path: &str) -> (u16, Value) {
        if let Some(query) = path.strip_prefix("artifacts?") {
            return self.page(query);
        }
        let none = || (404, json!({ "detail": "Not found" }));
        self.answers.get(path).cloned().unwrap_or_else(none)
    }

    /// A page of the artifacts, as the server cuts it.
    fn page(&self, query: &str) -> (u16, Value) {
        let value = |key: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.clone().find(|(name, _)| *name == key).map(|(_, value)| value)
        };
        let limit: usize = value("limit").map_or(20, |limit| limit.parse().expect("a number"));
        if limit > 500 {
            return self.answers["artifacts?limit=100000"].clone();
        }
        let cursor = |item: &Value| base64(item["id"].as_str().unwrap_or("?"));
        let start = value("after").map_or(0, |after| {
            1 + self.items.iter().position(|item| cursor(item) == after).expect("a cursor of ours")
        });
        let end = (start + limit).min(self.items.len());
        let items = &self.items[start..end];
        let info = json!({
            "has_next_page": end < self.items.len(),
            "has_previous_page": start > 0,
            "start_cursor": items.first().map(cursor),
            "end_cursor": items.last().map(cursor),
            "total_count": self.items.len(),
        });
        (200, json!({ "items": items, "page_info": info }))
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let _head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let path = first.split(' ').nth(1).unwrap_or_default();
    let path = path.strip_prefix(API).unwrap_or(path).to_owned();
    let (mood, (status, body)) = {
        let mut state = state.lock().expect("nobody panicked");
        let answer = state.answer(&path);
        state.log.push(path);
        (state.mood, answer)
    };
    let (status, body) = match mood {
        Mood::Silent => {
            // Until whoever asked gives up.
            let _ = BufReader::new(stream).read_line(&mut String::new());
            return;
        }
        Mood::Failing => (500, json!({ "detail": "Failed to list artifacts: disk" }).to_string()),
        Mood::Login => (200, "<!doctype html><title>Log in</title>".to_owned()),
        Mood::Empty => (404, json!({ "detail": "Not Found" }).to_string()),
        Mood::Well | Mood::Truncating => (status, body.to_string()),
    };
    let sent = if mood == Mood::Truncating { body.len() / 2 } else { body.len() };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    let mut out = stream;
    let _ = out.write_all(head.as_bytes()).and_then(|()| out.write_all(&body.as_bytes()[..sent]));
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits =
            chunk.iter().enumerate().fold(0, |bits, (i, b)| bits | u32::from(*b) << (16 - 8 * i));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
