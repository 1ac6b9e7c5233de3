//! Where entries are put into a mapping or list, and what goes with one that is cut out.

use std::ops::Range;

use super::layout::{Entry, Group, Part};
use super::lines;
use super::plan::{Plan, Refused};

/// Bytes of a text to be replaced; insertions at one place come in the order of `rank`.
#[derive(Debug)]
pub(super) struct Splice {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: String,
    pub(super) rank: String,
}

/// The text with all of them made.
pub(super) fn make(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by(|a, b| (a.start, a.end, &a.rank).cmp(&(b.start, b.end, &b.rank)));
    let mut out = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for Splice { start, end, text: new, .. } in splices {
        out.push_str(text.get(done..start).unwrap_or_default());
        out.push_str(&new);
        done = end.max(done);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

pub(super) fn put(at: usize, text: String) -> Splice {
    over(at..at, text)
}

pub(super) fn over(range: Range<usize>, text: String) -> Splice {
    Splice { start: range.start, end: range.end, text, rank: String::new() }
}

/// The comma behind an entry.
fn comma(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let blank = rest.len() - rest.trim_start().len();
    rest[blank..].starts_with(',').then_some(at + blank)
}

impl Plan<'_> {
    /// An entry put before the one at `at`, or behind the last.
    pub(super) fn insert(
        &self,
        group: &Group,
        part: &Part,
        at: usize,
        shown: &str,
    ) -> Result<Vec<Splice>, Refused> {
        if part.is_odd {
            let why = "an anchor, an alias or a tag cannot be changed";
            return Err((part.range.start, why.to_owned()));
        }
        if !group.is_flow {
            let first = group.entries[0].range.start;
            let line = format!("{}{shown}", lines::indent(self.text, first));
            return Ok(vec![self.insert_line(group, at, &line)]);
        }
        let text = self.text;
        if let Some(next) = group.entries.get(at) {
            let start = next.range.start;
            if lines::is_first(text, start) {
                let line = format!("{}{shown},", lines::indent(text, start));
                let at = lines::start_with_comments(text, start);
                return Ok(vec![put(at, lines::inserted(text, at, &line))]);
            }
            return Ok(vec![put(start, format!("{shown}, "))]);
        }
        let Some(last) = group.entries.last().map(|entry| &entry.range) else {
            return Ok(vec![put(part.range.start + 1, shown.to_owned())]);
        };
        let comma = comma(text, last.end);
        let is_rest = lines::is_rest_blank(text, comma.map_or(last.end, |comma| comma + 1));
        if !(lines::is_first(text, last.start) && is_rest) {
            return Ok(vec![put(last.end, format!(", {shown}"))]);
        }
        let line = format!("{}{shown}", lines::indent(text, last.start));
        let behind = lines::end(text, comma.unwrap_or(last.end));
        Ok(match comma {
            Some(_) => vec![put(behind, lines::inserted(text, behind, &format!("{line},")))],
            None => {
                let line = lines::inserted(text, behind, &line);
                vec![put(last.end, ",".to_owned()), put(behind, line)]
            }
        })
    }

    /// A line of a block put before the entry at `at`, or behind the last.
    pub(super) fn insert_line(&self, group: &Group, at: usize, line: &str) -> Splice {
        let text = self.text;
        let at = match (group.entries.get(at), at) {
            // What stands above the first key of a file is about the file.
            (Some(next), 0) if self.is_header(next.range.start) => {
                lines::start(text, next.range.start)
            }
            (Some(next), 0) => lines::start_with_comments(text, next.range.start),
            (_, at) => lines::end_with_comments(text, &group.entries[at - 1].range),
        };
        put(at, lines::inserted(text, at, line))
    }

    /// Whether the comments above a line begin the file.
    fn is_header(&self, at: usize) -> bool {
        let above = &self.text[..lines::start_with_comments(self.text, at)];
        let mut above = above.trim_start_matches('\u{feff}').lines();
        above.all(|line| matches!(line.trim_end(), "" | "---"))
    }

    /// The whole lines of a range, with the comments that belong to them and not to the file.
    fn whole(&self, range: &Range<usize>) -> Range<usize> {
        let mut whole = lines::whole(self.text, range);
        if self.is_header(range.start) {
            whole.start = whole.start.max(lines::start(self.text, range.start));
        }
        whole
    }

    /// What an entry takes with it when it goes.
    pub(super) fn cut(&self, group: &Group, at: usize) -> Splice {
        let text = self.text;
        let range = &group.entries[at].range;
        let behind = comma(text, range.end).map_or(range.end, |comma| comma + 1);
        if !group.is_flow {
            return over(self.whole(range), String::new());
        }
        if lines::is_first(text, range.start) && lines::is_rest_blank(text, behind) {
            return over(lines::whole(text, &(range.start..behind)), String::new());
        }
        let (before, after) =
            (at.checked_sub(1).map(|at| &group.entries[at]), group.entries.get(at + 1));
        let range = match (before, after) {
            (_, Some(after)) => range.start..after.range.start,
            (Some(before), None) => before.range.end..range.end,
            (None, None) => range.start..behind,
        };
        over(range, String::new())
    }

    /// Whether nothing is said of a key with one entry but what goes with that entry.
    pub(super) fn is_bare(&self, top: &Group, key: &Entry, group: &Group) -> bool {
        let own = self.cut(group, 0);
        let whole = if top.is_flow { key.range.clone() } else { self.whole(&key.range) };
        let rest = [whole.start..own.start, own.end..whole.end.max(own.end)];
        let below = self.text[whole.end..].lines().find(|line| !line.trim().is_empty());
        let deeper = format!("{} ", lines::indent(self.text, key.range.start));
        let goes_on = |line: &str| line.starts_with(&deeper) && line.trim().starts_with('#');
        !rest.into_iter().any(|part| self.text[part].contains('#')) && !below.is_some_and(goes_on)
    }

    /// What a key takes with it when it goes: of two blank lines around it, one.
    pub(super) fn cut_key(&self, top: &Group, at: usize) -> Splice {
        let mut cut = self.cut(top, at);
        let is_blank = |from: usize, to: usize| self.text[from..to].trim().is_empty();
        if !top.is_flow && cut.start > lines::start(self.text, 0) {
            let above = lines::start(self.text, cut.start - 1);
            if is_blank(above, cut.start) && is_blank(cut.end, lines::end(self.text, cut.end)) {
                cut.start = above;
            }
        }
        cut
    }
}
