//! The last edits of this machine, each with the lines that it changed, and the way to take it back.

use serde::Serialize;

use super::Hidden;
use crate::error::Result;
use crate::format::diff;
use crate::site::Site;
use crate::site::page::frame::{self, Head, line};
use crate::site::page::history::{FileView, Lines, changed_file};
use crate::state::journal::{Entry, File, Stage};

#[derive(Serialize)]
struct View {
    hidden: Hidden,
    edits: Vec<EditView>,
}

#[derive(Serialize)]
struct EditView {
    id: String,
    at: String,
    /// `2026-11-23 02:12 UTC`
    time: String,
    message: String,
    is_undone: bool,
    lines: Lines,
    files: Vec<FileView>,
}

/// `edit/`; newest first.
pub fn render(site: &Site<'_>, entries: &[Entry], wrong: &[(String, String)]) -> Result<Vec<u8>> {
    let asked = super::Asked { fields: &[], wrong };
    let hidden = Hidden::new(site, &asked, "undo", &[]).next("edit/".to_owned());
    let view =
        View { hidden: hidden.with_wrong(&asked, &[]), edits: entries.iter().map(edit).collect() };
    let head = Head { title: "Edits".to_owned(), section: "edit/", ..Head::default() };
    frame::render(site, "edit/index.html", "edit-log.html", &head, view)
}

fn edit(entry: &Entry) -> EditView {
    let files: Vec<FileView> = entry.files.iter().map(file).collect();
    let sum =
        |part: fn(&Lines) -> usize| files.iter().filter_map(|f| f.lines.as_ref()).map(part).sum();
    EditView {
        id: entry.id.to_string(),
        at: entry.at.clone(),
        time: format!(
            "{} UTC",
            entry.at.replacen('T', " ", 1).chars().take(16).collect::<String>()
        ),
        message: line(&entry.message),
        is_undone: entry.stage == Stage::Undone,
        lines: Lines { plus: sum(|lines| lines.plus), minus: sum(|lines| lines.minus) },
        files,
    }
}

fn file(file: &File) -> FileView {
    let how = match (&file.before, &file.after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    let (before, after) = (&file.before, &file.after);
    let [old, new] = [before, after].map(|bytes| bytes.as_deref().unwrap_or_default());
    changed_file(how, &file.path, &diff::between(&file.path, old, new))
}
