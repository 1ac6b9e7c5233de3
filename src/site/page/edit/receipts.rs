//! What was deployed to a project from this machine, newest first, and the ways back.

use serde::Serialize;

use crate::error::Result;
use crate::site::Site;
use crate::site::page::frame::{self, Head, Link, line};
use crate::state::receipts::{Receipt, ReceiptFile};

#[derive(Serialize)]
struct View {
    project: Link,
    /// As an address has it.
    name: String,
    receipts: Vec<ReceiptView>,
}

#[derive(Serialize)]
struct ReceiptView {
    id: i64,
    at: String,
    time: String,
    message: String,
    undone_by: Option<i64>,
    undoes: Option<i64>,
    files: Vec<FileView>,
    /// The project is as it was right after it.
    is_now: bool,
}

#[derive(Serialize)]
struct FileView {
    how: &'static str,
    path: String,
}

/// `edit/receipts/?project=…`
pub fn render(site: &Site<'_>, project: usize, receipts: &[Receipt]) -> Result<Vec<u8>> {
    let name = &site.catalog.projects[project].name;
    let link = Link::new(line(name), site.routes.project_url(project));
    let receipts = receipts.iter().enumerate().map(|(at, one)| receipt(one, at == 0));
    let head = Head {
        title: format!("Deployed to {}", link.label),
        section: "projects/",
        crumbs: vec![Link::new("Projects", "projects/"), link.clone()],
        ..Head::default()
    };
    let view = View { project: link, name: name.clone(), receipts: receipts.collect() };
    frame::render(site, "edit/receipts/index.html", "edit-receipts.html", &head, view)
}

fn receipt(one: &Receipt, is_now: bool) -> ReceiptView {
    let time = one.at.replacen('T', " ", 1).chars().take(16).collect::<String>();
    ReceiptView {
        id: one.id,
        at: one.at.clone(),
        time: format!("{time} UTC"),
        message: line(&one.message),
        undone_by: one.undone_by,
        undoes: one.undoes,
        files: one.files.iter().map(file).collect(),
        is_now,
    }
}

fn file(file: &ReceiptFile) -> FileView {
    let how = match (&file.before, &file.after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    FileView { how, path: line(&file.path) }
}
