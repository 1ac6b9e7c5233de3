//! Text that a reader cannot see, in what is about to be written (CVE-2021-42574).

use super::plan::FileChange;
use super::refusal::Refused;
use crate::error::Problem;
use crate::words;

/// So many places are told.
const TOLD_MAX: usize = 20;

/// `path:line:column \u{202e}`, of what was not there before.
pub(super) fn found(files: &[FileChange]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let text = |held: &Option<crate::disk::beneath::Held>| {
            held.as_ref().and_then(|held| String::from_utf8(held.bytes.clone()).ok())
        };
        let Some(after) = text(&file.after) else { continue };
        let before = text(&file.before).unwrap_or_default();
        for (number, line) in after.lines().enumerate() {
            let Some(at) = line.chars().position(is_hidden) else { continue };
            if before.lines().any(|old| old == line) {
                continue;
            }
            let sign: String = line.chars().skip(at).take(1).collect();
            let path = words::visible(&file.path);
            found.push(format!("{path}:{}:{} {}", number + 1, at + 1, words::visible(&sign)));
            if found.len() == TOLD_MAX {
                return found;
            }
        }
    }
    found
}

/// A mark of the byte order at the start is how some editors save.
fn is_hidden(c: char) -> bool {
    words::is_invisible(c) && c != '\u{feff}'
}

pub(super) fn refused(places: &[String]) -> Refused {
    let problem = |place: &String| {
        let text = format!("text that a reader cannot see would be written: {place}");
        let help = "look at it in the source; to write it all the same, `--allow-hidden`";
        Problem::error("SM643", text).help(help)
    };
    Refused::Impossible(places.iter().map(problem).collect())
}
