//! The API of a running server, against its own description and against a model of what it edits.

mod contract;
mod deploys;
mod oracle;
mod statuses;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::case::Case;
use crate::serve::{Answer, Server};

/// A server with the token of its pages.
pub struct Client {
    pub server: Server,
    pub token: String,
}

impl Client {
    pub fn start(case: &Case, args: &[&str]) -> Self {
        let server = Server::start(case, args);
        let page = server.get("/").body;
        let token = page.split("data-token=\"").nth(1).and_then(|rest| rest.split('"').next());
        Self { token: token.unwrap_or_default().to_owned(), server }
    }

    /// As a program asks that may write.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let token = format!("X-Skillmeat-Token: {}", self.token);
        self.ask_with(method, path, &body.to_string(), &["Content-Type: application/json", &token])
    }

    pub fn ask_with(&self, method: &str, path: &str, body: &str, headers: &[&str]) -> Answer {
        let mut head = format!("{method} /api/v1/{path} HTTP/1.1\nHost: 127.0.0.1:PORT");
        for header in headers {
            head += &format!("\n{header}");
        }
        if method != "GET" && !headers.iter().any(|header| header.starts_with("Content-Length")) {
            head += &format!("\nContent-Length: {}", body.len());
        }
        self.server.send_with(&head, body)
    }

    pub fn json(&self, path: &str) -> Value {
        let answer = self.server.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// What an edit of any collection says to have seen, and of files that are not there.
    pub fn seen(&self, absent: &[&str]) -> Value {
        let mut seen = BTreeMap::new();
        for one in self.json("collections.json")["collections"].as_array().expect("a list") {
            let slug = one["slug"].as_str().expect("a slug");
            let files = self.json(&format!("collections/{slug}.json"))["files"].clone();
            for (path, hash) in files.as_object().expect("files") {
                seen.insert(path.clone(), hash.clone());
            }
        }
        for path in absent {
            seen.entry((*path).to_owned()).or_insert(Value::Null);
        }
        json!(seen)
    }
}

pub fn parsed(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|cause| panic!("{cause}: {}", answer.body))
}

/// A catalog with three skills, two collections and a group.
pub fn catalog() -> Case {
    let case = Case::new();
    for name in ["alpha", "beta", "gamma"] {
        case.skill(&format!("content/artifacts/skills/{name}"), &format!("Does {name}"));
    }
    case.write("collections/papers/collection.yaml", "# Kept by hand.\ntitle: Papers # ours\n");
    case.write(
        "collections/team/groups/documents.yaml",
        "title: Documents\norder: 10\nmembers:\n  local/skill/report: {rank: 10}\n",
    );
    case.synced();
    case
}

/// Numbers that look random and are the same in every run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % sides as u64).expect("small")
    }

    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.roll(all.len())]
    }
}
