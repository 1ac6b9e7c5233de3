//! MCP servers in the files of agents, JSON or TOML.

use serde_json::Value;

use crate::error::{Problem, Result};
use crate::model::profile::ServerFile;

/// The servers of a file by name, in the order they stand.
pub fn servers(file: &str, format: ServerFile, text: &str) -> Result<Vec<(String, Value)>> {
    let _ = (file, format, text);
    Ok(Vec::new())
}

/// The text with the entry under that name, or without it (`None`); `None` for text where there is
/// no file yet, or where nothing is left of it.
pub fn put(
    file: &str,
    format: ServerFile,
    text: Option<&str>,
    name: &str,
    entry: Option<&Value>,
) -> Result<Option<String>> {
    let _ = (file, format, text, name, entry);
    Err(Problem::error("SM600", "not yet").into())
}
