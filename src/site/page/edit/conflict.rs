//! A change that was not made because somebody changed a file meanwhile: both versions side by side,
//! and the two ways out.

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{Asked, page};
use crate::error::Result;
use crate::site::Site;
use crate::site::page::frame::line;
use crate::words;

/// A file as it is now, and as it would be with the change made to it.
pub struct Version {
    pub path: String,
    /// The hash of what is there now, as a form says that it saw it.
    pub hash: Option<String>,
    pub now: Option<String>,
    pub yours: Option<String>,
}

#[derive(Serialize)]
struct View {
    /// What was sent, to be sent again.
    fields: Vec<(String, String)>,
    next: String,
    files: Vec<FileView>,
    can_apply: bool,
}

#[derive(Serialize)]
struct FileView {
    path: String,
    now: Vec<Piece>,
    yours: Vec<Piece>,
    is_gone: bool,
    has_yours: bool,
}

/// Lines that are alike in both, or in one of them.
#[derive(Serialize)]
struct Piece {
    text: String,
    is_own: bool,
}

pub fn render(site: &Site<'_>, asked: &Asked<'_>, versions: &[Version]) -> Result<Option<Vec<u8>>> {
    let is_seen_anew = |text: &str| {
        versions.iter().any(|one| text.rsplit_once('=').is_some_and(|(path, _)| path == one.path))
    };
    let kept = |(name, value): &&(String, String)| {
        name != "token" && !(name == "seen" && is_seen_anew(value))
    };
    let mut fields: Vec<(String, String)> = asked.fields.iter().filter(kept).cloned().collect();
    let seen = |one: &Version| format!("{}={}", one.path, one.hash.as_deref().unwrap_or_default());
    fields.extend(versions.iter().map(|one| ("seen".to_owned(), seen(one))));
    let view = View {
        fields,
        next: asked.one("next").unwrap_or_default().to_owned(),
        files: versions.iter().map(file).collect(),
        can_apply: versions.iter().all(|one| one.yours.is_some() || one.now.is_some()),
    };
    page(site, "conflict", "edit-conflict.html", None, "Changed meanwhile", view)
}

fn file(version: &Version) -> FileView {
    let [now, yours] =
        [&version.now, &version.yours].map(|text| text.as_deref().unwrap_or_default());
    let (now, yours) = marked(now, yours);
    FileView {
        path: line(&version.path),
        now,
        yours,
        is_gone: version.now.is_none(),
        has_yours: version.yours.is_some(),
    }
}

/// Both texts in pieces, with those marked that only one of them has.
fn marked(now: &str, yours: &str) -> (Vec<Piece>, Vec<Piece>) {
    let [a, b] = [now, yours].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for op in capture_diff_slices(Algorithm::Myers, &a, &b) {
        let is_own = !matches!(op, DiffOp::Equal { .. });
        let sides = [(&mut left, &a[op.old_range()]), (&mut right, &b[op.new_range()])];
        for (pieces, lines) in sides.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            let shown = |line: &&str| words::visible(line.trim_end_matches(['\r', '\n'])) + "\n";
            let text = lines.iter().map(shown).collect();
            pieces.push(Piece { text, is_own });
        }
    }
    (left, right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_marked_on_both_sides() {
        let (now, yours) = marked("a\nb\nc\n", "a\nB\nc\nd\n");
        let shown = |pieces: &[Piece]| -> Vec<String> {
            let mark = |piece: &Piece| if piece.is_own { "!" } else { "" };
            pieces.iter().map(|piece| format!("{}{}", mark(piece), piece.text)).collect()
        };
        assert_eq!(shown(&now), ["a\n", "!b\n", "c\n"]);
        assert_eq!(shown(&yours), ["a\n", "!B\n", "c\n", "!d\n"]);
    }
}
