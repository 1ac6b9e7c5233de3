//! A file of a source to text, and JSON or TOML text to one kind of value, with the place of what
//! is wrong. Knows nothing of what the values mean.

use serde_json::Value;

use crate::error::{Place, Problem};
use crate::model::path::RelPath;

use super::desk::Desk;

/// Larger texts are not read for their metadata; their bytes are still hashed.
pub(super) const TEXT_BYTES_MAX: u64 = 2 << 20;

/// The text of a file. What cannot be read is empty, what is not UTF-8 is read as far as it goes;
/// both come with a problem.
pub(super) fn read(desk: &Desk<'_>, path: &RelPath) -> (String, Option<Problem>) {
    let unreadable = |why: &str| {
        let problem = Problem::error("SM330", format!("cannot read `{path}`: {why}"));
        (String::new(), Some(problem.at(Place::file(path.as_str()))))
    };
    if desk.tree.files.get(path).is_some_and(|file| file.size > TEXT_BYTES_MAX) {
        return unreadable("it is larger than 2 MiB");
    }
    match desk.bytes(path) {
        Err(error) => {
            let why = error.problems.first().map_or("", |problem| problem.message.as_str());
            unreadable(why)
        }
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => (without_bom(text), None),
            Err(error) => {
                let problem = Problem::error("SM330", format!("`{path}` is not UTF-8 text"))
                    .at(Place::file(path.as_str()))
                    .help("save it as UTF-8");
                (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(problem))
            }
        },
    }
}

fn without_bom(text: String) -> String {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

/// Reads a JSON or TOML file of the tree, by its ending.
pub(super) fn value(desk: &Desk<'_>, path: &RelPath) -> Result<Value, Problem> {
    desk.count(path);
    let (text, problem) = read(desk, path);
    match problem {
        Some(problem) => Err(problem),
        None if path.as_str().ends_with(".toml") => toml(path.as_str(), &text),
        None => json(path.as_str(), &text),
    }
}

/// JSON; comments and commas before a closing bracket, which several hosts accept, pass.
pub(super) fn json(file: &str, text: &str) -> Result<Value, Problem> {
    serde_json::from_str(text).or_else(|error| {
        serde_json::from_str(&strict(text)).map_err(|_| {
            let cause = error.to_string();
            let cause = cause.split(" at line ").next().unwrap_or_default();
            Problem::error("SM331", format!("`{file}` is not JSON: {cause}")).at(Place::new(
                file,
                error.line(),
                error.column(),
            ))
        })
    })
}

pub(super) fn toml(file: &str, text: &str) -> Result<Value, Problem> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let cause = error.message().lines().next().unwrap_or_default();
        Problem::error("SM331", format!("`{file}` is not TOML: {cause}"))
            .at(Place::new(file, line, column))
    })
}

/// The same text with comments and trailing commas blanked, so that places stay.
fn strict(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut comma = None;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                comma = None;
                at = string_end(&bytes, at);
                continue;
            }
            b'/' if matches!(bytes.get(at + 1), Some(b'/' | b'*')) => {
                let end = comment_end(&bytes, at);
                blank(&mut bytes[at..end]);
                at = end;
                continue;
            }
            b',' => comma = Some(at),
            b']' | b'}' => {
                if let Some(comma) = comma.take() {
                    bytes[comma] = b' ';
                }
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        at += 1;
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The offset behind the string that starts at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn comment_end(bytes: &[u8], start: usize) -> usize {
    let (pattern, length): (&[u8], usize) =
        if bytes[start + 1] == b'/' { (b"\n", 0) } else { (b"*/", 2) };
    let body = start + 2;
    bytes[body..]
        .windows(pattern.len())
        .position(|window| window == pattern)
        .map_or(bytes.len(), |at| body + at + length)
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_pass() {
        let text = "{\"a\": \"//x\", /* é */ \"b\": [1, 2,], // end\n}";
        assert_eq!(json("f", text), Ok(serde_json::json!({"a": "//x", "b": [1, 2]})));
    }

    #[test]
    fn broken_text_names_its_line() {
        let place = |result: Result<Value, Problem>| result.unwrap_err().place.unwrap().to_string();
        assert_eq!(place(json("a.json", "{\n  \"a\": }")), "a.json:2:8");
        assert_eq!(place(toml("a.toml", "a = 1\nb = =")), "a.toml:2:5");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[{}\\[\\]\",:/*\\\\a-c0-9é \n=.'-]{0,60}") {
            let _ = json("f", &text);
            let _ = toml("f", &text);
            let _ = strict(&text);
        }
    }
}
