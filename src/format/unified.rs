//! Two states of a file to all lines that differ, as `git diff` writes them, so that `git apply` reads
//! them back. Secrets are masked, and characters that hide are written out.
//!
//! Unlike `diff`, which makes excerpts for pages, it leaves no line out: it is for whoever is about to
//! agree to every one of them.

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::redact;
use crate::words;

/// Texts with more lines are not aligned: all of one go, all of the other come.
const ALIGNED_LINES_MAX: usize = 4_000;
/// Lines around each change.
const CONTEXT: usize = 3;

/// What is written in a file, and what is shown in its place.
type Masks = Vec<(String, String)>;

/// A file on one side.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub bytes: &'a [u8],
    pub executable: bool,
}

/// What differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unified {
    pub added: usize,
    pub removed: usize,
    /// Safe to print: the head, which says what becomes of the file, and the lines of hunks.
    pub head: Vec<String>,
    pub lines: Vec<String>,
}

impl Unified {
    pub fn text(&self) -> String {
        let lines: Vec<&str> = self.head.iter().chain(&self.lines).map(String::as_str).collect();
        lines.join("\n")
    }
}

/// From `before` to `after`; a side that is not there is a file that comes or goes.
pub fn unified(path: &str, before: Option<Side<'_>>, after: Option<Side<'_>>) -> Unified {
    let mut found = Unified { head: head(path, before, after), ..Unified::default() };
    let bytes = |side: Option<Side<'_>>| side.map_or(&b""[..], |side| side.bytes).to_vec();
    let (old, new) = (bytes(before), bytes(after));
    if old == new {
        return found;
    }
    let name = |mark: &str, side: Option<Side<'_>>| match side {
        Some(_) => format!("{mark}/{}", words::visible(path)),
        None => "/dev/null".to_owned(),
    };
    let (from, to) = (name("a", before), name("b", after));
    let (Some(old), Some(new)) = (text(&old), text(&new)) else {
        found.lines = vec![format!("Binary files {from} and {to} differ")];
        return found;
    };
    let (Some(mut secrets), Some(more)) = (secrets(path, old), secrets(path, new)) else {
        let why = "it has values that may be secret, and is no valid JSON or TOML";
        found.lines = vec![format!("The lines of {to} are not shown: {why}")];
        return found;
    };
    secrets.extend(more);
    found.head.extend([format!("--- {from}"), format!("+++ {to}")]);
    let (old, new) = (lines(old), lines(new));
    for group in groups(&old, &new) {
        hunk(&mut found, &group, (&old, &new), &secrets);
    }
    found
}

/// What becomes of the file, and whether it can be run.
fn head(path: &str, before: Option<Side<'_>>, after: Option<Side<'_>>) -> Vec<String> {
    let mode = |side: Side<'_>| if side.executable { "100755" } else { "100644" };
    let path = words::visible(path);
    let mut head = vec![format!("diff --git a/{path} b/{path}")];
    match (before, after) {
        (None, Some(after)) => head.push(format!("new file mode {}", mode(after))),
        (Some(before), None) => head.push(format!("deleted file mode {}", mode(before))),
        (Some(before), Some(after)) if before.executable != after.executable => {
            head.push(format!("old mode {}", mode(before)));
            head.push(format!("new mode {}", mode(after)));
        }
        _ => {}
    }
    head
}

/// UTF-8 without what only stands in binary files.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// With their ends, so that a last line without one is another line.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn groups(old: &[&str], new: &[&str]) -> Vec<Vec<DiffOp>> {
    if old.len().max(new.len()) > ALIGNED_LINES_MAX || old.is_empty() || new.is_empty() {
        let (old_len, new_len) = (old.len(), new.len());
        return vec![vec![DiffOp::Replace { old_index: 0, old_len, new_index: 0, new_len }]];
    }
    group_diff_ops(capture_diff_slices(Algorithm::Myers, old, new), CONTEXT)
}

fn hunk(found: &mut Unified, group: &[DiffOp], (old, new): (&[&str], &[&str]), secrets: &Masks) {
    let (mut lines, mut n_old, mut n_new) = (Vec::new(), 0, 0);
    for op in group {
        let (gone, come) = (op.old_range(), op.new_range());
        n_old += gone.len();
        n_new += come.len();
        if matches!(op, DiffOp::Equal { .. }) {
            old[gone].iter().for_each(|line| show(&mut lines, ' ', line, secrets));
            continue;
        }
        found.removed += gone.len();
        found.added += come.len();
        old[gone].iter().for_each(|line| show(&mut lines, '-', line, secrets));
        new[come].iter().for_each(|line| show(&mut lines, '+', line, secrets));
    }
    // Of a side without lines the one before is named, as Git does.
    let start = |at: usize, n: usize| if n == 0 { at } else { at + 1 };
    let old_start = start(group.first().map_or(0, |op| op.old_range().start), n_old);
    let new_start = start(group.first().map_or(0, |op| op.new_range().start), n_new);
    found.lines.push(format!("@@ -{old_start},{n_old} +{new_start},{n_new} @@"));
    found.lines.append(&mut lines);
}

fn show(lines: &mut Vec<String>, sign: char, line: &str, secrets: &Masks) {
    let bare = line.strip_suffix('\n');
    let mut text = bare.unwrap_or(line).to_owned();
    for (secret, mask) in secrets {
        text = text.replace(secret, mask);
    }
    // Tabs hide nothing.
    let parts: Vec<String> = text.split('\t').map(words::visible).collect();
    lines.push(format!("{sign}{}", parts.join("\t")));
    if bare.is_none() {
        lines.push("\\ No newline at end of file".to_owned());
    }
}

/// The values in a file of this name that are secrets; `None` where that cannot be told.
fn secrets(path: &str, text: &str) -> Option<Masks> {
    // An entry of a file, `FILE#NAME`, is shown as JSON, whatever the file.
    let read: Option<Value> = if path.to_ascii_lowercase().ends_with(".toml") {
        toml::from_str(text).ok()
    } else if (redact::applies(path) || path.contains('#')) && !text.trim().is_empty() {
        serde_json::from_str(text).ok()
    } else {
        return Some(Vec::new());
    };
    let Some(value) = read else { return is_harmless(text).then(Vec::new) };
    let plain = value.to_string();
    let Some(masked) = redact::file("values.json", &plain) else { return Some(Vec::new()) };
    let masked: Value = serde_json::from_str(&masked).ok()?;
    let mut found = Vec::new();
    differing(&value, &masked, &mut found);
    Some(found)
}

fn is_harmless(text: &str) -> bool {
    ["env", "headers", "://"].iter().all(|word| !text.contains(word))
}

/// The values that are not the same in both, in each way to write them.
fn differing(value: &Value, masked: &Value, found: &mut Masks) {
    match (value, masked) {
        (Value::Object(fields), Value::Object(others)) => {
            for (value, masked) in fields.values().zip(others.values()) {
                differing(value, masked, found);
            }
        }
        (Value::Array(items), Value::Array(others)) => {
            for (value, masked) in items.iter().zip(others) {
                differing(value, masked, found);
            }
        }
        (Value::String(text), Value::String(mask)) if text != mask => {
            // With its quotes: a short value stands elsewhere, too.
            let (json, quoted) = (value.to_string(), masked.to_string());
            found.push((format!("'{text}'"), format!("'{mask}'")));
            found.push((json, quoted));
        }
        (Value::Number(number), mask) if *mask != *value => {
            let mask = mask.as_str().unwrap_or_default();
            let written = ["= ", "=", ": ", ":"]
                .map(|sign| (format!("{sign}{number}"), format!("{sign}{mask}")));
            found.extend(written);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(text: &str) -> Option<Side<'_>> {
        Some(Side { bytes: text.as_bytes(), executable: false })
    }

    #[test]
    fn a_change_reads_as_git_writes_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9";
        let got = unified("a.md", side(old), side(&old.replace("5\n", "five\nand\n")));
        let wanted = "diff --git a/a.md b/a.md\n--- a/a.md\n+++ b/a.md\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n\
                      -5\n+five\n+and\n 6\n 7\n 8";
        assert_eq!((got.text().as_str(), got.added, got.removed), (wanted, 2, 1));
        let end = unified("a.md", side("x"), side("x\n"));
        let wanted = ["@@ -1,1 +1,1 @@", "-x", "\\ No newline at end of file", "+x"];
        assert_eq!(end.lines, wanted);
    }

    #[test]
    fn what_comes_goes_or_becomes_executable_says_so() {
        let run = Some(Side { bytes: b"#!/bin/sh\n", executable: true });
        let come = unified("bin/x", None, run);
        assert_eq!(come.head[1..], ["new file mode 100755", "--- /dev/null", "+++ b/bin/x"]);
        assert_eq!(come.lines, ["@@ -0,0 +1,1 @@", "+#!/bin/sh"]);
        let gone = unified("x", side("a\n"), None);
        assert_eq!(gone.head[1..], ["deleted file mode 100644", "--- a/x", "+++ /dev/null"]);
        assert_eq!(gone.lines, ["@@ -1,1 +0,0 @@", "-a"]);
        let mode = unified("x", side("#!/bin/sh\n"), run);
        assert_eq!(mode.text(), "diff --git a/x b/x\nold mode 100644\nnew mode 100755");
    }

    #[test]
    fn no_line_is_left_out_and_what_is_no_text_is_named() {
        let long = |end: &str| (0..9_000).map(|n| format!("{n}{end}\n")).collect::<String>();
        let got = unified("a", side(&long("")), side(&long("!")));
        assert_eq!((got.added, got.removed, got.lines.len()), (9_000, 9_000, 18_001));
        let image = Some(Side { bytes: b"\x89PNG\0", executable: false });
        assert_eq!(
            unified("i.png", None, image).lines,
            ["Binary files /dev/null and b/i.png differ"]
        );
    }

    #[test]
    fn what_hides_is_written_out() {
        let got = unified("a", None, side("\ta\u{202e}b\u{1b}[2J\r\n"));
        assert_eq!(got.lines[1], "+\ta\\u{202e}b\\u{1b}[2J\\u{d}");
    }

    #[test]
    fn secrets_are_masked_where_they_stand_and_nothing_else_is_touched() {
        let json = "{\"mcpServers\": {\"a\": {\"env\": {\"K\": \"s3\\\"cret\", \"V\": \"${V}\"},\n\
                    \"url\": \"https://u:pw@x.example/\"}}}\n";
        let got = unified(".mcp.json", None, side(json)).lines.join("\n");
        assert!(!got.contains("s3") && !got.contains("pw@"), "{got}");
        assert!(
            got.contains("+{\"mcpServers\": {\"a\": {\"env\": {\"K\": \"<redacted>\""),
            "{got}"
        );
        assert!(got.contains("\"V\": \"${V}\""), "{got}");
        let toml = "[mcp_servers.a.env]\nK = 's3cret'\nPIN = 48151\n";
        let got = unified("config.toml", None, side(toml)).lines;
        assert_eq!(got[2..], ["+K = '<redacted>'", "+PIN = <redacted>"]);
        let entry = unified("config.toml#a", None, side("{\"env\": {\"K\": \"s3cret\"}}\n")).lines;
        assert_eq!(entry[1], "+{\"env\": {\"K\": \"<redacted>\"}}");
        let broken = unified(".mcp.json", None, side("{\"env\": {\"K\": \"s3cret\",}}"));
        assert!(!broken.text().contains("s3cret") && broken.text().contains("are not shown"));
    }
}
