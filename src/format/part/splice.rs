//! Parts of a JSON text put in and taken out: the new text from the old one, in which all other
//! bytes stay and the new ones are laid out as those around them.
//!
//! What was put behind the last part of a map or list and is taken out again leaves the text as it
//! was. A map or list in which nothing but space is left becomes `{}` or `[]`.

use std::ops::Range;

use serde_json::Value;

use super::json::{Node, gap};

/// How new values are laid out.
struct Style<'a> {
    newline: &'static str,
    /// One step of indentation.
    unit: &'a str,
    /// Everything on one line.
    is_flat: bool,
    /// No space behind `:` and `,`.
    is_tight: bool,
}

impl<'a> Style<'a> {
    fn of(text: &'a str, root: &Node) -> Self {
        let newline = match text.find('\n') {
            Some(at) if text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        };
        let first = root.parts().first().map(|part| part.start);
        let unit = first.map(|at| indent(text, at)).filter(|unit| !unit.is_empty());
        Style {
            newline,
            unit: unit.unwrap_or("  "),
            is_flat: first.is_some() && !is_apart(text, root),
            is_tight: text.contains("\":") && !text.contains("\": "),
        }
    }

    /// The style inside a map or list: one that holds something shows how.
    fn inside(mut self, text: &str, container: &Node) -> Self {
        if !container.parts().is_empty() {
            self.is_flat = !is_apart(text, container);
        }
        self
    }

    fn written(&self, key: Option<&str>, value: &Value, indent: &str) -> String {
        let mut out = String::new();
        if let Some(key) = key {
            self.key(&mut out, key);
        }
        self.write(&mut out, value, indent);
        out
    }

    fn key(&self, out: &mut String, key: &str) {
        out.push_str(&Value::from(key).to_string());
        out.push_str(if self.is_flat && self.is_tight { ":" } else { ": " });
    }

    fn write(&self, out: &mut String, value: &Value, indent: &str) {
        let (open, close, len) = match value {
            Value::Object(map) => ('{', '}', map.len()),
            Value::Array(items) => ('[', ']', items.len()),
            plain => return out.push_str(&plain.to_string()),
        };
        let inner = format!("{indent}{}", self.unit);
        out.push(open);
        for at in 0..len {
            if at > 0 {
                out.push(',');
            }
            self.apart(out, &inner, at == 0);
            match value {
                Value::Object(map) => {
                    if let Some((key, value)) = map.iter().nth(at) {
                        self.key(out, key);
                        self.write(out, value, &inner);
                    }
                }
                Value::Array(items) => self.write(out, &items[at], &inner),
                _ => {}
            }
        }
        if len > 0 {
            self.apart(out, indent, true);
        }
        out.push(close);
    }

    fn apart(&self, out: &mut String, indent: &str, is_edge: bool) {
        if !self.is_flat {
            out.push_str(self.newline);
            out.push_str(indent);
        } else if !is_edge && !self.is_tight {
            out.push(' ');
        }
    }
}

/// The space with which a line begins.
fn indent(text: &str, at: usize) -> &str {
    let line = &text[..at];
    let line = line.rsplit('\n').next().unwrap_or(line);
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Whether the first part stands on another line than the bracket.
fn is_apart(text: &str, container: &Node) -> bool {
    let first = container.parts().first().map_or(container.span.end, |part| part.start);
    text[container.span.start..first].contains('\n')
}

/// A text for a file that is not there yet.
pub(super) fn fresh(value: &Value) -> String {
    let style = Style { newline: "\n", unit: "  ", is_flat: false, is_tight: false };
    style.written(None, value, "") + "\n"
}

/// With one more part behind the last of a map (which takes a key) or list.
pub(super) fn add(
    text: &str,
    root: &Node,
    container: &Node,
    key: Option<&str>,
    value: &Value,
) -> String {
    let style = Style::of(text, root).inside(text, container);
    let (open, close) = (container.span.start + 1, container.span.end - 1);
    let parts = container.parts();
    let outer = indent(text, container.span.start);
    let indent = match parts.first() {
        Some(first) if is_apart(text, container) => indent(text, first.start).to_owned(),
        _ => format!("{outer}{}", style.unit),
    };
    let part = style.written(key, value, &indent);
    if parts.is_empty() && text[open..close].trim().is_empty() {
        let mut inner = String::new();
        style.apart(&mut inner, &indent, true);
        inner.push_str(&part);
        style.apart(&mut inner, outer, true);
        return spliced(text, vec![(open..close, inner)]);
    }
    let last = parts.last().map_or(open, |part| part.end);
    let gap = gap(text, last..close);
    let mut new = String::new();
    if style.is_flat && gap.is_line {
        new.push_str(style.newline);
    } else {
        style.apart(&mut new, &indent, parts.is_empty());
    }
    new.push_str(&part);
    let mut changes = Vec::new();
    match gap.comma {
        Some(_) => new.push(','),
        None if parts.is_empty() => {}
        None => changes.push((last..last, ",".to_owned())),
    }
    changes.push((gap.end..gap.end, new));
    spliced(text, changes)
}

/// Without one part of a map or list.
pub(super) fn without(text: &str, container: &Node, index: usize) -> String {
    let parts = container.parts();
    let Some(part) = parts.get(index).cloned() else { return text.to_owned() };
    let (open, close) = (container.span.start + 1, container.span.end - 1);
    let next = parts.get(index + 1).map_or(close, |part| part.start);
    let before = index.checked_sub(1).and_then(|at| parts.get(at)).map_or(open, |part| part.end);
    let (before, behind) = (gap(text, before..part.start), gap(text, part.end..next));
    if parts.len() == 1 && !before.has_comment && !behind.has_comment {
        return spliced(text, vec![(open..close, String::new())]);
    }
    let mut start = before.end;
    let end = if behind.comma == Some(part.end) { part.end + 1 } else { part.end };
    // What follows must not become part of a comment.
    let rest = text[end..].trim_start_matches([' ', '\t']);
    if before.is_line && !rest.starts_with(['\n', '\r']) {
        start += text[start..].find('\n').map_or(0, |at| at + 1);
    }
    let mut changes = Vec::new();
    match (before.comma, behind.comma) {
        (Some(comma), None) if comma < start => changes.push((comma..comma + 1, String::new())),
        _ => {}
    }
    changes.push((start..end, String::new()));
    if let Some(comma) = behind.comma.filter(|comma| *comma >= end) {
        changes.push((comma..comma + 1, String::new()));
    }
    spliced(text, changes)
}

/// With another value in one part of a map or list.
pub(super) fn replace(
    text: &str,
    root: &Node,
    container: &Node,
    old: &Node,
    value: &Value,
) -> String {
    let mut style = Style::of(text, root).inside(text, container);
    style.is_flat &= !text[old.span.clone()].contains('\n');
    let new = style.written(None, value, indent(text, old.span.start));
    spliced(text, vec![(old.span.clone(), new)])
}

/// Ranges in order, each with what comes in its place.
fn spliced(text: &str, changes: Vec<(Range<usize>, String)>) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (range, new) in changes {
        out.push_str(&text[at..range.start]);
        out.push_str(&new);
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}
