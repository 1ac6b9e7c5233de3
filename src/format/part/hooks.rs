//! Hooks in the settings of Claude Code.

use serde_json::Value;

use crate::error::{Problem, Result};
use crate::model::hash::ContentHash;

/// One thing that is run at one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    pub event: String,
    pub matcher: Option<String>,
    /// As written: `{"type": "command", "command": …}`.
    pub body: Value,
}

impl Handler {
    pub fn digest(&self) -> ContentHash {
        super::digest(&self.body)
    }
}

/// The handlers of a hooks file or of settings (any shape of `formats`), in the order they stand.
pub fn handlers(value: &Value) -> Vec<Handler> {
    let _ = value;
    Vec::new()
}

/// The hash of some handlers, in whatever order.
pub fn digest(handlers: &[Handler]) -> ContentHash {
    let _ = handlers;
    ContentHash::of(b"")
}

/// The handlers as they run in a project: `${CLAUDE_PLUGIN_ROOT}` of a hooks file at `file` (its path
/// below the plugin or source) becomes `dir` below `$CLAUDE_PROJECT_DIR`. `Err` with why not where
/// a command names a file of the plugin that is not among `files` (paths beside the hooks file).
pub fn settled(
    handlers: Vec<Handler>,
    file: &str,
    files: &[&str],
    dir: &str,
) -> std::result::Result<Vec<Handler>, String> {
    let _ = (file, files, dir);
    Ok(handlers)
}

/// The settings without `remove` and with `add`, each once; `None` for text where nothing is there
/// yet, or nothing is left. `file` is for what is told.
pub fn put(
    file: &str,
    text: Option<&str>,
    remove: &[Handler],
    add: &[Handler],
) -> Result<Option<String>> {
    let _ = (file, text, remove, add);
    Err(Problem::error("SM600", "not yet").into())
}
