//! The commits behind one: what each says and which files it touched, from one pass over their
//! directories; no content is read. From that, when each path came and last changed.

use std::borrow::Cow;
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

/// The commits as Git lists them: taken apart as they are asked for, since there may be many.
pub struct Log {
    output: Vec<u8>,
}

/// One commit; a merge only with what differs from all its parents.
#[derive(Debug, PartialEq, Eq)]
pub struct Commit<'a> {
    pub id: &'a str,
    /// Of the committer, in UTC.
    pub date: Date,
    pub subject: Cow<'a, str>,
    pub changes: Vec<Change<'a>>,
}

/// A path that a commit touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    pub path: RelPath,
    /// The object's id before, of a merge that in its first parent; none when it was not there.
    pub old: Option<&'a str>,
    /// The object's id after; none when it is gone.
    pub new: Option<&'a str>,
    /// A link or a submodule, before or after.
    pub is_odd: bool,
}

/// The commits behind `commit`, that one included. Of a history longer than 50,000 commits the
/// newest are seen.
pub fn history(git: &Git, dir: &Path, commit: &str) -> Result<Log> {
    check_commit(commit)?;
    // Renames would be looked for in contents, which may not be here. `-c` lists of a merge what
    // differs from all its parents.
    let args = [
        "log",
        "-z",
        "-c",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--no-decorate",
        "--date-order",
        COMMITS_MAX,
        "--format=%x01%H %ct %s",
        commit,
        "--",
    ];
    let call = Call { dir, args: &args, input: Vec::new(), remote: None };
    let output = git.run(call).map_err(|failure| failure.local())?;
    Ok(Log { output })
}

impl Log {
    /// A history that tells nothing.
    pub fn empty() -> Self {
        Self { output: Vec::new() }
    }

    /// The newest first; none stands before one that it is behind.
    pub fn commits(&self) -> Commits<'_> {
        Commits { rest: self.output.split(is_nul), head: None }
    }

    /// Every path that a commit touched, those since removed too.
    pub fn dates(&self) -> BTreeMap<RelPath, Dates> {
        let mut dates: BTreeMap<RelPath, Dates> = BTreeMap::new();
        for Commit { date, changes, .. } in self.commits() {
            for change in changes {
                let new = Dates { added: date, changed: date };
                let seen = dates.entry(change.path).or_insert(new);
                seen.added = seen.added.min(date);
                seen.changed = seen.changed.max(date);
            }
        }
        dates
    }
}

fn is_nul(byte: &u8) -> bool {
    *byte == 0
}

type Parts<'a> = std::slice::Split<'a, u8, fn(&u8) -> bool>;

/// `\1ID SECONDS SUBJECT\0`, then for each path `:MODES IDS STATUS\0PATH\0`, with empty parts and
/// newlines between them. A merge has a colon, a mode and an id for each parent.
pub struct Commits<'a> {
    rest: Parts<'a>,
    /// Of the commit whose paths come next.
    head: Option<&'a [u8]>,
}

impl<'a> Iterator for Commits<'a> {
    type Item = Commit<'a>;

    fn next(&mut self) -> Option<Commit<'a>> {
        loop {
            let head = match self.head.take() {
                Some(head) => head,
                None => self.rest.find_map(|part| part.strip_prefix(&[MARK]))?,
            };
            let mut changes = Vec::new();
            while let Some(part) = self.rest.next() {
                if let [MARK, head @ ..] = part {
                    self.head = Some(head);
                    break;
                }
                let line = part.strip_prefix(b"\n").unwrap_or(part);
                if line.starts_with(b":") {
                    let name = self.rest.next().unwrap_or_default();
                    changes.extend(change(line, name));
                }
            }
            if let Some((id, date, subject)) = read_head(head) {
                return Some(Commit { id, date, subject, changes });
            }
        }
    }
}

fn read_head(head: &[u8]) -> Option<(&str, Date, Cow<'_, str>)> {
    let mut words = head.splitn(3, |b| *b == b' ');
    let id = std::str::from_utf8(words.next()?).ok()?;
    let seconds = std::str::from_utf8(words.next()?).ok()?;
    let subject = String::from_utf8_lossy(words.next().unwrap_or_default());
    Some((id, date(seconds)?, subject))
}

fn change<'a>(line: &'a [u8], name: &[u8]) -> Option<Change<'a>> {
    let path = std::str::from_utf8(name).ok().and_then(RelPath::parse);
    let path = path.filter(|path| !path.is_root())?;
    let line = std::str::from_utf8(line).ok()?;
    let words = line.trim_start_matches(':');
    let n_parents = line.len() - words.len();
    let words: Vec<&str> = words.split(' ').collect();
    let modes = words.get(..=n_parents)?;
    let id = |at: usize| words.get(at).copied().map(there);
    Some(Change {
        path,
        old: id(n_parents + 1)?,
        new: id(2 * n_parents + 1)?,
        is_odd: modes.iter().any(|mode| !mode.starts_with("100") && *mode != "000000"),
    })
}

/// Git says all zeros of what is not there.
fn there(id: &str) -> Option<&str> {
    id.bytes().any(|b| b != b'0').then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_commit_adds_and_the_newest_changes() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let path = |text: &str| RelPath::parse(text).unwrap();
        let log = b"\x01c3 1700000000 last \xff one\0\0::100644 100644 100644 11 22 33 MM\0a\0\
            :000000 120000 00 44 A\0b/c\0\x01c2 1600000000 \0\x01c1 1500000000 x\0\n\
            :000000 100644 00 11 A\0a\0";
        let log = Log { output: log.to_vec() };
        let change = |at, old, new, is_odd| Change { path: path(at), old, new, is_odd };
        let commit = |id, date, subject: &'static str, changes| Commit {
            id,
            date: day(date),
            subject: subject.into(),
            changes,
        };
        let last =
            vec![change("a", Some("11"), Some("33"), false), change("b/c", None, Some("44"), true)];
        assert_eq!(
            log.commits().collect::<Vec<_>>(),
            [
                commit("c3", "2023-11-14", "last \u{fffd} one", last),
                commit("c2", "2020-09-13", "", vec![]),
                commit("c1", "2017-07-14", "x", vec![change("a", None, Some("11"), false)]),
            ]
        );
        let a = Dates { added: day("2017-07-14"), changed: day("2023-11-14") };
        let c = Dates { added: day("2023-11-14"), changed: day("2023-11-14") };
        assert_eq!(log.dates(), BTreeMap::from([(path("a"), a), (path("b/c"), c)]));
        assert_eq!(Log { output: b"\x01\0:\0\0:1\0a\0\x01x y\0".to_vec() }.commits().count(), 0);
    }
}
