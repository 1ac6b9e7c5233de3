//! The YAML block at the head of a Markdown artifact, read leniently: strict YAML first, then key
//! by key, where what is no YAML is taken as text, then no metadata. Every step down is a problem
//! that is kept. It does not know which keys an artifact needs.
//!
//! The block and its repairs follow the agent-skills specification (`docs/specification.mdx`) and
//! its client guide, and the files found in the wild.

mod block;
mod repair;

use serde_json::{Map, Value};

use super::yaml::{self, Data, Limits, Node};
use crate::error::{Place, Problem};
use crate::words;
use block::Split;

/// More problems of one file are only counted.
const PROBLEMS_MAX: usize = 20;

/// What stands above the body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrontMatter {
    /// Top-level keys as written, in order. Scalars keep their text (`1.10` is the text `1.10`),
    /// but for `true`, `false` and null.
    pub fields: Vec<(String, Value)>,
    /// Byte offset of the body in the text.
    pub body: usize,
    /// The line of the text on which the body starts, counted from 1.
    pub body_line: usize,
    pub problems: Vec<Problem>,
}

/// Splits and reads; never fails. `file` names the text in problems.
pub fn read(file: &str, text: &str) -> FrontMatter {
    let mut found = FrontMatter { body: block::start(text), body_line: 1, ..Default::default() };
    let block = match block::split(text) {
        Split::None => return found,
        Split::Block(block) => block,
    };
    let mut problems = Vec::new();
    if let Some(line) = block.opened_late {
        let message = "the front matter does not start on the first line";
        let problem = Problem::warning("SM311", message).at(Place::new(file, line, 1));
        problems.push(problem.help("move what stands above it below it"));
    }
    if block.unclosed {
        let message = "the front matter is not closed";
        let place = Place::new(file, block.line - 1, 1);
        let help = "add a line `---` below its last key";
        problems.push(Problem::warning("SM312", message).at(place).help(help));
    }
    let fields = match yaml::parse(block.text, Limits::FRONT_MATTER) {
        Ok(node) if node.is_null() => Some(Vec::new()),
        Ok(Node { data: Data::Map(entries), .. }) => {
            Some(entries.into_iter().map(|(key, node)| (key.text, to_value(node))).collect())
        }
        Ok(_) => None,
        Err(broken) => repair::read(file, &block, broken, &mut problems),
    };
    match fields {
        Some(fields) => {
            let body = (block.body, block.body_line);
            (found.fields, found.body, found.body_line) = (fields, body.0, body.1);
        }
        None => {
            // It is part of the text, so that nothing is lost.
            let message = "the block between `---` lines holds no `key: value` lines";
            let problem = Problem::warning("SM315", message).at(Place::new(file, block.line, 1));
            problems = vec![problem.help("write `description: …` into it, or remove it")];
        }
    }
    shorten(&mut problems, file);
    found.problems = problems;
    found
}

/// Hostile files have as many faults as lines: the first few are enough.
fn shorten(problems: &mut Vec<Problem>, file: &str) {
    if let Some(more) = problems.len().checked_sub(PROBLEMS_MAX).filter(|more| *more > 0) {
        problems.truncate(PROBLEMS_MAX);
        let message = format!("{} more like these", words::count(more, "problem"));
        problems.push(Problem::warning("SM314", message).at(Place::file(file)));
    }
}

/// As JSON; the text of scalars stays.
fn to_value(node: Node) -> Value {
    if node.is_null() {
        return Value::Null;
    }
    match node.data {
        Data::Scalar { text, plain: true } if text == "true" => Value::Bool(true),
        Data::Scalar { text, plain: true } if text == "false" => Value::Bool(false),
        Data::Scalar { text, .. } => Value::String(text),
        Data::List(items) => Value::Array(items.into_iter().map(to_value).collect()),
        Data::Map(entries) => {
            let entries = entries.into_iter().map(|(key, node)| (key.text, to_value(node)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

impl FrontMatter {
    /// The value of the first of these keys that has one. `allowed-tools` is also found as
    /// `allowed_tools` and `allowedTools`.
    pub fn get(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter().find_map(|key| {
            let found = self.fields.iter().find(|(name, _)| same_key(name, key));
            found.map(|(_, value)| value).filter(|value| !value.is_null())
        })
    }

    /// Trimmed and not empty. A list is written back as `[a, b]`: hints such as
    /// `argument-hint: [file]` are lists to YAML alone.
    pub fn get_text(&self, keys: &[&str]) -> Option<String> {
        let text = match self.get(keys)? {
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(shown).collect();
                format!("[{}]", items.join(", "))
            }
            Value::String(text) => text.trim().to_owned(),
            Value::Object(_) => return None,
            other => other.to_string(),
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// The items of a list, or of a text with commas or else spaces between them; not split inside
    /// parentheses: `Bash(git:*, npm:*) Read` is two.
    pub fn get_list(&self, keys: &[&str]) -> Vec<String> {
        match self.get(keys) {
            Some(Value::Array(items)) => {
                items.iter().map(shown).filter(|item| !item.is_empty()).collect()
            }
            Some(Value::String(text)) => split_list(text),
            Some(Value::Bool(flag)) => vec![flag.to_string()],
            _ => Vec::new(),
        }
    }
}

/// A value as one line of text: items with commas between them, a mapping as JSON.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Whether two spellings are one key: case, `-` and `_` do not count.
fn same_key(a: &str, b: &str) -> bool {
    let letters = |key: &str| {
        key.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect()
    };
    let (a, b): (String, String) = (letters(a), letters(b));
    a == b
}

fn split_list(text: &str) -> Vec<String> {
    let by = |is_separator: fn(char) -> bool| -> Vec<String> {
        let mut depth = 0_usize;
        let items = text.split(|c: char| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && is_separator(c)
        });
        items.map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
    };
    let by_comma = by(|c| c == ',');
    if by_comma.len() > 1 { by_comma } else { by(|c| c == ',' || c.is_whitespace()) }
}

#[cfg(test)]
mod tests;
