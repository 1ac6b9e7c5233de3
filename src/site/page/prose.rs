//! Markdown and descriptions of unknown origin on pages.

use minijinja::Value;
use serde::Serialize;

use super::frame::ProblemView;
pub(super) use crate::format::markdown::summary;
use crate::format::markdown::{self, Options};
use crate::site::theme::markup;

/// A rendered document with the headings to jump to.
#[derive(Serialize)]
pub(super) struct Prose {
    pub html: Value,
    pub toc: Vec<Heading>,
    pub problems: Vec<ProblemView>,
}

#[derive(Serialize)]
pub(super) struct Heading {
    pub level: usize,
    pub id: String,
    pub text: String,
}

/// Stands before the ids of every text, so that none can take an id of the page.
pub(super) const ID_PREFIX: &str = "user-content-";

/// Headings below this level are left out of the list to jump to.
const TOC_LEVEL_MAX: usize = 4;

pub(super) fn render(text: &str, options: &Options<'_>) -> Prose {
    let rendered = markdown::render(text, options);
    let toc = rendered.toc.into_iter().filter(|heading| heading.level <= TOC_LEVEL_MAX);
    Prose {
        html: markup(rendered.html),
        toc: toc.map(|one| Heading { level: one.level, id: one.id, text: one.text }).collect(),
        problems: rendered.problems.iter().map(ProblemView::from).collect(),
    }
}

/// The anchor of a heading as another text writes it, `#usage`, as it is on our pages.
pub(super) fn anchor(written: &str) -> String {
    match written.strip_prefix('#') {
        Some(id) if !id.is_empty() && !id.starts_with(ID_PREFIX) => format!("#{ID_PREFIX}{id}"),
        _ => written.to_owned(),
    }
}
