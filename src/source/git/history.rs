//! When each path of a repository came and last changed, from one pass over its commits.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;

use crate::error::Result;
use crate::model::path::RelPath;

use super::command::{Call, Git};
use super::{check_commit, date};

/// Commits looked at, the newest first.
const COMMITS_MAX: &str = "--max-count=50000";

/// Begins the line of a commit.
const MARK: u8 = 1;

/// Dates of committers, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    pub added: Date,
    pub changed: Date,
}

/// Every path that a commit behind `commit` touched, those since removed too. Of a history longer
/// than 50,000 commits the newest are seen.
pub fn history(git: &Git, dir: &Path, commit: &str) -> Result<BTreeMap<RelPath, Dates>> {
    check_commit(commit)?;
    // Renames would be looked for in contents, which may not be here. `-c` lists of a merge what
    // differs from all its parents.
    let args = [
        "log",
        "-z",
        "-c",
        "--name-only",
        "--no-renames",
        "--no-decorate",
        COMMITS_MAX,
        "--format=%x01%ct",
        commit,
        "--",
    ];
    let call = Call { dir, args: &args, input: Vec::new(), remote: None };
    let output = git.run(call).map_err(|failure| failure.local())?;
    Ok(read(&output))
}

/// `\1SECONDS\0`, then a newline and `PATH\0` for each path, then `\0` before the next commit.
fn read(output: &[u8]) -> BTreeMap<RelPath, Dates> {
    let mut dates: BTreeMap<RelPath, Dates> = BTreeMap::new();
    let mut at = None;
    let mut is_first = false;
    for part in output.split(|b| *b == 0) {
        if let [MARK, seconds @ ..] = part {
            at = std::str::from_utf8(seconds).ok().and_then(date);
            is_first = true;
            continue;
        }
        let name = if is_first { part.strip_prefix(b"\n").unwrap_or(part) } else { part };
        is_first = false;
        let path = std::str::from_utf8(name).ok().and_then(RelPath::parse);
        if let (Some(at), Some(path)) = (at, path.filter(|path| !path.is_root())) {
            let seen = dates.entry(path).or_insert(Dates { added: at, changed: at });
            seen.added = seen.added.min(at);
            seen.changed = seen.changed.max(at);
        }
    }
    dates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_commit_adds_and_the_newest_changes() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let log = b"\x011700000000\0\na\0b/c\0\0\x011600000000\0\0\x011500000000\0\na\0";
        let dates = read(log);
        let a = Dates { added: day("2017-07-14"), changed: day("2023-11-14") };
        let c = Dates { added: day("2023-11-14"), changed: day("2023-11-14") };
        let path = |text: &str| RelPath::parse(text).unwrap();
        assert_eq!(dates, BTreeMap::from([(path("a"), a), (path("b/c"), c)]));
    }
}
