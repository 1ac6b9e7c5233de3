//! What the cache remembers of the files of one source, lent to whoever reads the source again.
//!
//! It only saves reading: a file counts as known only while its stamp is the remembered one.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::cache::{Cache, FileRow};
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::source::memory::{Answer, Memory, Remembered};

/// The remembered files of a source, looked up in the cache when the first is asked for.
pub struct Files {
    cache: Arc<Cache>,
    source: String,
    rows: OnceLock<BTreeMap<String, FileRow>>,
}

impl Files {
    /// `source` is the key of the cache's rows.
    pub fn new(cache: &Arc<Cache>, source: &str) -> Self {
        Self { cache: Arc::clone(cache), source: source.to_owned(), rows: OnceLock::new() }
    }

    /// All of them by their path. A cache that cannot be read remembers nothing; whoever reads
    /// from it what cannot be done without says so.
    pub fn rows(&self) -> &BTreeMap<String, FileRow> {
        self.rows.get_or_init(|| self.cache.files(&self.source).unwrap_or_default())
    }
}

fn remembered(file: &FileRow) -> Remembered {
    Remembered { stamp: file.stamp.clone(), hash: file.hash, size: file.size }
}

impl Memory for Files {
    fn file(&self, path: &RelPath) -> Option<Remembered> {
        self.rows().get(path.as_str()).map(remembered)
    }

    fn reading(&self, path: &RelPath, hash: &ContentHash) -> Option<String> {
        let file = self.rows().get(path.as_str()).filter(|file| file.hash == *hash)?;
        file.reading.clone()
    }

    fn below(&self, dir: &RelPath) -> Vec<(RelPath, Remembered)> {
        let inside = |path: &str| RelPath::parse(path).filter(|path| path.below(dir).is_some());
        let from = dir.as_str().to_owned();
        let found = self.rows().range(from..);
        let found = found.take_while(|(path, _)| path.starts_with(dir.as_str()));
        found.filter_map(|(path, file)| Some((inside(path)?, remembered(file)))).collect()
    }

    fn has(&self, hash: &ContentHash) -> bool {
        // Asked of what is about to be served instead of fetched: looked at, not only looked up.
        matches!(self.cache.blob(hash), Ok(Some(_)))
    }

    fn content(&self, hash: &ContentHash) -> Option<Vec<u8>> {
        self.cache.blob(hash).ok().flatten()
    }

    fn answer(&self, _: &str) -> Option<Answer> {
        None
    }

    fn keep_answer(&self, _: &str, _: Answer) {}
}
