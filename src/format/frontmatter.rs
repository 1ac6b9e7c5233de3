//! The YAML block at the head of a Markdown artifact, read leniently: strict YAML first, then the
//! known repairs, then line by line, then no metadata. Every step down is a problem that is kept.

use serde_json::Value;

use crate::error::Problem;

/// What stands above the body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrontMatter {
    /// Top-level keys as written, in order; values as YAML 1.2 types them.
    pub fields: Vec<(String, Value)>,
    /// Byte offset of the body in the text.
    pub body: usize,
    /// The line of the text on which the body starts, counted from 1.
    pub body_line: usize,
    pub problems: Vec<Problem>,
}

/// Splits and reads; never fails. `file` names the text in problems.
pub fn read(_file: &str, _text: &str) -> FrontMatter {
    FrontMatter::default()
}
