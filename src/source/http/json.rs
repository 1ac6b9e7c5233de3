//! An answer to JSON, or to words for why it is none.

use serde_json::Value;
use serde_json::error::Category;

use super::failure::unusable;
use crate::error::Result;

/// An answer that is JSON.
#[derive(Debug)]
pub struct Json {
    pub value: Value,
    /// Where it was found in the end: what links in it start from.
    pub url: String,
    /// As [`super::Fetched::is_news`].
    pub is_news: bool,
}

/// More values than any list has. A few bytes of text become many of memory.
const VALUES_MAX: usize = 2_000_000;

/// Reads a whole body: `SM449` when it is a page, ends in the middle, is nested too deep or anything
/// else that is not JSON. `NaN` is not.
pub fn read(url: &str, body: &[u8]) -> Result<Value> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if is_page(body) {
        return Err(unusable(url, "is a page, not JSON: perhaps a login page"));
    }
    // Those in texts count too, which no list comes near either.
    if body.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() > VALUES_MAX {
        return Err(unusable(url, "holds too many values"));
    }
    serde_json::from_slice(body).map_err(|cause| {
        let at = format!("line {}, column {}", cause.line(), cause.column());
        let why = match cause.classify() {
            Category::Eof if body.iter().all(u8::is_ascii_whitespace) => "is empty".to_owned(),
            Category::Eof => "ends in the middle".to_owned(),
            _ if cause.to_string().starts_with("recursion limit") => {
                "is nested too deep".to_owned()
            }
            _ => format!("is not JSON at {at}"),
        };
        unusable(url, &why)
    })
}

/// Whether a body is HTML or XML.
pub(super) fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_json_is_told_apart() {
        let told = |body: &str| match read("http://h/x?secret", body.as_bytes()) {
            Ok(_) => "fine".to_owned(),
            Err(error) => error.problems[0].message.clone(),
        };
        let deep = "[".repeat(10_000);
        let many = format!("[{}0]", "0,".repeat(2_000_000));
        for (body, words) in [
            ("{}", "fine"),
            ("\u{feff}{\"a\": 1}", "fine"),
            (" <!doctype html>", "is a page, not JSON: perhaps a login page"),
            ("", "is empty"),
            ("{\"a\": [1, ", "ends in the middle"),
            ("{\"a\": \"x", "ends in the middle"),
            (deep.as_str(), "is nested too deep"),
            (many.as_str(), "holds too many values"),
            ("{\"a\": NaN}", "is not JSON at line 1, column 7"),
            ("{\"a\": 1} x", "is not JSON at line 1, column 10"),
            ("\u{1b}[2J", "is not JSON at line 1, column 1"),
        ] {
            let whole = format!("what `http://h/x` answered {words}");
            assert_eq!(told(body), if words == "fine" { words } else { &whole }, "{body:.20}");
        }
    }
}
