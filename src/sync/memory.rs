//! What the cache remembers of a source, lent to whoever opens it; new answers wait here until the
//! source has been read whole.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cache::{Cache, FileRow};
use crate::error::Result;
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::source::memory::{Answer, Memory, Remembered};

/// The memory of one source.
pub(super) struct Recall {
    cache: Arc<Cache>,
    source: String,
    files: BTreeMap<String, FileRow>,
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
    pub(super) fn new(cache: &Arc<Cache>, source: &str) -> Result<Self> {
        let files = cache.files(source)?;
        let source = source.to_owned();
        Ok(Self { cache: Arc::clone(cache), source, files, fresh: Mutex::default() })
    }

    /// All files by their path.
    pub(super) fn files(&self) -> &BTreeMap<String, FileRow> {
        &self.files
    }

    /// The answers of this sync, as facts and bodies for the cache.
    pub(super) fn answers(&self) -> (Vec<(String, String)>, Vec<Vec<u8>>) {
        let (mut facts, mut bodies) = (Vec::new(), Vec::new());
        for (url, answer) in self.fresh().iter() {
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

fn remembered(file: &FileRow) -> Remembered {
    Remembered { stamp: file.stamp.clone(), hash: file.hash, size: file.size }
}

impl Memory for Recall {
    fn file(&self, path: &RelPath) -> Option<Remembered> {
        self.files.get(path.as_str()).map(remembered)
    }

    fn below(&self, dir: &RelPath) -> Vec<(RelPath, Remembered)> {
        let inside = |path: &str| RelPath::parse(path).filter(|path| path.below(dir).is_some());
        let from = dir.as_str().to_owned();
        let found = self.files.range(from..).take_while(|(path, _)| path.starts_with(dir.as_str()));
        found.filter_map(|(path, file)| Some((inside(path)?, remembered(file)))).collect()
    }

    fn has(&self, hash: &ContentHash) -> bool {
        // Asked of what is about to be served instead of fetched: looked at, not only looked up.
        matches!(self.cache.blob(hash), Ok(Some(_)))
    }

    fn content(&self, hash: &ContentHash) -> Option<Vec<u8>> {
        self.cache.blob(hash).ok().flatten()
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
