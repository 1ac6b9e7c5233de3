//! Three texts to one: what two sides made of a base, with markers where both changed the same lines.
//!
//! Line by line, each with its end, so that `\r\n` and a last line without an end stay as they are.
//! Changes that touch each other count as one, as in Git. It does not know what the lines mean.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Longer texts are not taken apart: hostile ones could make that costly.
const LINES_MAX: usize = 10_000;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    pub text: String,
    /// Places with markers.
    pub conflicts: usize,
}

/// Merges line by line; the markers name the two sides. Without a base, what both have counts as it.
pub fn merge(base: Option<&str>, here: (&str, &str), source: (&str, &str)) -> Merged {
    let clean = |text: &str| Merged { text: text.to_owned(), conflicts: 0 };
    if here.1 == source.1 || base == Some(source.1) {
        return clean(here.1);
    }
    if base == Some(here.1) {
        return clean(source.1);
    }
    let (ours, theirs) = (lines(here.1), lines(source.1));
    let is_long = |lines: &[&str]| lines.len() > LINES_MAX;
    let old = match base {
        Some(base) => lines(base),
        None if is_long(&ours) || is_long(&theirs) => Vec::new(),
        None => common(&ours, &theirs),
    };
    let mut out = Out {
        text: String::with_capacity(here.1.len().max(source.1.len())),
        conflicts: 0,
        names: (here.0, source.0),
        newline: if ours.first().is_some_and(|line| line.ends_with("\r\n")) {
            "\r\n"
        } else {
            "\n"
        },
    };
    if [&old, &ours, &theirs].into_iter().any(|lines| is_long(lines)) {
        out.both(&ours, &theirs);
        return Merged { text: out.text, conflicts: out.conflicts };
    }
    let (mine, others) = (changes(&old, &ours), changes(&old, &theirs));
    let (mut at, mut from) = (0, Shift::default());
    for chunk in chunks(&mine, &others) {
        out.push(&old[at..chunk.old.start]);
        let here = chunk.side(&mine, from.here);
        let source = chunk.side(&others, from.source);
        match (chunk.is_mine, chunk.is_others) {
            (true, false) => out.push(&ours[here.clone()]),
            (false, _) => out.push(&theirs[source.clone()]),
            (true, true) => out.both(&ours[here.clone()], &theirs[source.clone()]),
        }
        at = chunk.old.end;
        from.here = here.end as isize - at as isize;
        from.source = source.end as isize - at as isize;
    }
    out.push(&old[at..]);
    Merged { text: out.text, conflicts: out.conflicts }
}

/// Each with its end.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn common<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<&'a str> {
    let ops = capture_diff_slices(Algorithm::Myers, a, b);
    let equal = ops.iter().filter(|op| matches!(op, DiffOp::Equal { .. }));
    equal.flat_map(|op| a[op.old_range()].iter().copied()).collect()
}

/// Lines of the base and what a side has in their place.
struct Change {
    old: Range<usize>,
    new: Range<usize>,
}

/// Never two that touch each other.
fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, old, new) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (old, new) = (op.old_range(), op.new_range());
        match all.last_mut() {
            Some(last) if last.old.end == old.start => {
                last.old.end = old.end;
                last.new.end = new.end;
            }
            _ => all.push(Change { old, new }),
        }
    }
    all
}

/// How far the lines of a side are from those of the base.
#[derive(Default)]
struct Shift {
    here: isize,
    source: isize,
}

/// Lines of the base that one side changed, or both.
struct Chunk {
    old: Range<usize>,
    is_mine: bool,
    is_others: bool,
}

impl Chunk {
    /// The lines of a side; `shift` is how far they are from the base before the chunk.
    fn side(&self, changes: &[Change], shift: isize) -> Range<usize> {
        let within =
            |change: &&Change| self.old.start <= change.old.start && change.old.end <= self.old.end;
        let moved = |at: usize, shift: isize| at.saturating_add_signed(shift);
        let shift_behind = match changes.iter().rfind(within) {
            Some(last) => last.new.end as isize - last.old.end as isize,
            None => shift,
        };
        moved(self.old.start, shift)..moved(self.old.end, shift_behind)
    }
}

fn chunks(mine: &[Change], others: &[Change]) -> Vec<Chunk> {
    let mut all: Vec<(&Range<usize>, bool)> = mine.iter().map(|one| (&one.old, true)).collect();
    all.extend(others.iter().map(|one| (&one.old, false)));
    all.sort_by_key(|(old, _)| (old.start, old.end));
    let mut chunks: Vec<Chunk> = Vec::new();
    for (old, is_mine) in all {
        match chunks.last_mut() {
            Some(last) if old.start <= last.old.end => {
                last.old.end = last.old.end.max(old.end);
                last.is_mine |= is_mine;
                last.is_others |= !is_mine;
            }
            _ => chunks.push(Chunk { old: old.clone(), is_mine, is_others: !is_mine }),
        }
    }
    chunks
}

struct Out<'a> {
    text: String,
    conflicts: usize,
    names: (&'a str, &'a str),
    newline: &'static str,
}

impl Out<'_> {
    fn push(&mut self, lines: &[&str]) {
        lines.iter().for_each(|line| self.text.push_str(line));
    }

    /// What both made of the same lines: what they agree on at both ends stands outside the markers.
    fn both(&mut self, here: &[&str], source: &[&str]) {
        let first = here.iter().zip(source).take_while(|(a, b)| a == b).count();
        let (start, here, source) = (&here[..first], &here[first..], &source[first..]);
        let last = here.iter().rev().zip(source.iter().rev()).take_while(|(a, b)| a == b).count();
        let (here, end) = here.split_at(here.len() - last);
        let source = &source[..source.len() - last];
        self.push(start);
        if !(here.is_empty() && source.is_empty()) {
            self.conflicts += 1;
            let (ours, theirs) = self.names;
            self.marker("<<<<<<<", ours);
            self.push(here);
            self.marker("=======", "");
            self.push(source);
            self.marker(">>>>>>>", theirs);
        }
        self.push(end);
    }

    /// On a line of its own.
    fn marker(&mut self, marker: &str, name: &str) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push_str(self.newline);
        }
        self.text.push_str(format!("{marker} {name}").trim_end());
        self.text.push_str(self.newline);
    }
}

#[cfg(test)]
mod tests;
