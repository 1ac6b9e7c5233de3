//! What the cache remembers of a source, lent to whoever opens it; new answers wait here until the
//! source has been read whole.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cache::{Cache, FileRow};
use crate::catalog::recall::Files;
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::source::detect::Known;
use crate::source::memory::{Answer, Memory, Remembered};
use crate::source::tree::Tree;

/// The memory of one source.
pub(super) struct Recall {
    cache: Arc<Cache>,
    source: String,
    files: Files,
    /// Answers of this sync, by their address.
    fresh: Mutex<BTreeMap<String, Answer>>,
}

/// How an answer stands in the cache; its body is kept by its hash.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    body: String,
}

/// Under which name the cache keeps until when a server asked not to be asked.
const WAIT: &str = "wait until";

/// Under which name the cache keeps what an address answered.
fn fact(url: &str) -> String {
    format!("answer {url}")
}

impl Recall {
    /// `source` is the key of the cache's rows.
    pub(super) fn new(cache: &Arc<Cache>, source: &str) -> Self {
        let (cache, files) = (Arc::clone(cache), Files::new(cache, source));
        Self { cache, source: source.to_owned(), files, fresh: Mutex::default() }
    }

    /// What is to be remembered of files from now on, as far as it is not yet: of those with a
    /// stamp what is known, and that those which are gone are gone.
    pub(super) fn changed(
        &self,
        tree: &Tree,
        known: BTreeMap<RelPath, Known>,
    ) -> Vec<(String, Option<FileRow>)> {
        let old = self.files.rows();
        let row = |(path, Known { size, hash, reading }): (RelPath, Known)| {
            let stamp = tree.notes().get(&path)?.stamp.clone();
            let row = FileRow { stamp, hash, size, reading };
            let is_news = !row.stamp.is_empty() && old.get(path.as_str()) != Some(&row);
            is_news.then(|| (path.to_string(), Some(row)))
        };
        let mut changed: Vec<_> = known.into_iter().filter_map(row).collect();
        let is_there =
            |path: &str| tree.notes().contains_key(path) || tree.files.contains_key(path);
        let gone = old.keys().filter(|path| !is_there(path));
        changed.extend(gone.map(|path| (path.clone(), None)));
        changed
    }

    /// The answers of this sync that are not kept yet, as facts and bodies for the cache.
    pub(super) fn answers(&self) -> (Vec<(String, String)>, Vec<Vec<u8>>) {
        let (mut facts, mut bodies) = (Vec::new(), Vec::new());
        for (url, answer) in self.fresh().iter() {
            if self.kept(url).as_ref() == Some(answer) {
                continue;
            }
            let kept = Kept {
                etag: answer.etag.clone(),
                modified: answer.modified.clone(),
                body: ContentHash::of(&answer.body).to_string(),
            };
            if let Ok(json) = serde_json::to_string(&kept) {
                facts.push((fact(url), json));
                bodies.push(answer.body.clone());
            }
        }
        (facts, bodies)
    }

    fn fresh(&self) -> MutexGuard<'_, BTreeMap<String, Answer>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self, url: &str) -> Option<Answer> {
        let json = self.cache.fact(&self.source, &fact(url)).ok()??;
        let kept: Kept = serde_json::from_str(&json).ok()?;
        let body = self.cache.blob(&kept.body.parse().ok()?).ok()??;
        Some(Answer { etag: kept.etag, modified: kept.modified, body })
    }
}

impl Memory for Recall {
    fn file(&self, path: &RelPath) -> Option<Remembered> {
        self.files.file(path)
    }

    fn reading(&self, path: &RelPath, hash: &ContentHash) -> Option<String> {
        self.files.reading(path, hash)
    }

    fn below(&self, dir: &RelPath) -> Vec<(RelPath, Remembered)> {
        self.files.below(dir)
    }

    fn has(&self, hash: &ContentHash) -> bool {
        self.files.has(hash)
    }

    fn content(&self, hash: &ContentHash) -> Option<Vec<u8>> {
        self.files.content(hash)
    }

    fn answer(&self, url: &str) -> Option<Answer> {
        let fresh = self.fresh().get(url).cloned();
        fresh.or_else(|| self.kept(url))
    }

    fn keep_answer(&self, url: &str, answer: Answer) {
        self.fresh().insert(url.to_owned(), answer);
    }

    fn wait_until(&self) -> Option<Timestamp> {
        self.cache.fact(&self.source, WAIT).ok()??.parse().ok()
    }

    fn set_wait(&self, until: Timestamp) {
        // A wait that cannot be kept is only asked for again.
        let _ = self.cache.set_fact(&self.source, WAIT, &until.to_string());
    }
}
