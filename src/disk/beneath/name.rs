//! Which names are worked on: one step down each, and never Git's.

use crate::error::{Problem, Result};
use crate::words;

/// The steps of a path.
pub(super) fn parts(path: &str) -> Result<Vec<&str>> {
    let parts: Vec<&str> = path.split('/').collect();
    let wrong = |part: &&&str| matches!(**part, "" | "." | "..") || part.contains(['\0', '\\']);
    if path.is_empty() || parts.iter().find(wrong).is_some() {
        return Err(refused(path, "it is no path below the project"));
    }
    if parts.iter().any(|part| is_git(part)) {
        return Err(refused(path, "it is Git's own"));
    }
    Ok(parts)
}

fn refused(path: &str, why: &str) -> crate::error::Error {
    let text = format!("`{}` is neither read nor written: {why}", words::visible(path));
    Problem::error("SM645", text).help("name a file of the project").into()
}

/// `.git`, and what file systems without case, with short names, or that drop characters take for
/// it (CVE-2014-9390, CVE-2019-1353).
pub(super) fn is_git(name: &str) -> bool {
    let kept = name.chars().filter(|c| !is_ignored(*c) && !words::is_invisible(*c));
    let plain: String = kept.collect::<String>().to_lowercase();
    let plain = plain.split(':').next().unwrap_or_default();
    let plain = plain.trim_end_matches(['.', ' ']);
    plain == ".git" || plain == "git~1"
}

/// What HFS+ leaves out of names.
fn is_ignored(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

/// Another name that a file system without case takes for this one.
pub(super) fn twin<'a>(names: &'a [String], name: &str) -> Option<&'a String> {
    let folded = name.to_lowercase();
    if names.iter().any(|other| other == name) {
        return None;
    }
    names.iter().find(|other| other.to_lowercase() == folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_some_file_system_takes_for_gits_folder_is_refused() {
        for name in [".git", ".GIT", ".Git ", ".git.", "GIT~1", ".g\u{200c}it", ".git::$INDEX"] {
            assert!(is_git(name), "{name:?}");
            assert!(parts(&format!("a/{name}/hooks/x")).is_err(), "{name:?}");
        }
        for name in [".gitignore", ".github", "git", ".gitmodules", "git~10"] {
            assert!(!is_git(name), "{name:?}");
        }
    }

    #[test]
    fn a_path_goes_down_and_nowhere_else() {
        for path in ["", "/a", "a//b", "a/../b", "./a", "a/", "a\\b", "a\0"] {
            assert!(parts(path).is_err(), "{path:?}");
        }
        assert_eq!(parts("a/b c").unwrap(), ["a", "b c"]);
    }
}
