//! Markdown, code and descriptions of unknown origin on pages.

use minijinja::Value;
use serde::Serialize;

use super::frame::ProblemView;
use crate::format::highlight::{self, Language};
pub(super) use crate::format::markdown::summary;
use crate::format::markdown::{self, Options};
use crate::site::theme::markup;
use crate::words;

/// A rendered document with the headings to jump to.
#[derive(Serialize)]
pub(super) struct Prose {
    pub html: Value,
    pub toc: Vec<Heading>,
    pub problems: Vec<ProblemView>,
}

#[derive(Serialize)]
pub(super) struct Heading {
    /// How far below the outermost: 0 to 2.
    pub depth: usize,
    pub id: String,
    pub text: String,
}

/// Stands before the ids of every text, so that none can take an id of the page.
pub(super) const ID_PREFIX: &str = "user-content-";

/// Headings further below the outermost are left out of the list to jump to.
const TOC_DEPTH_MAX: usize = 2;

pub(super) fn render(text: &str, options: &Options<'_>) -> Prose {
    let rendered = markdown::render(text, options);
    let headings = rendered.toc.into_iter().map(|one| Heading {
        depth: one.level.saturating_sub(options.heading_top),
        id: one.id,
        text: one.text,
    });
    Prose {
        html: markup(rendered.html),
        toc: headings.filter(|one| one.depth <= TOC_DEPTH_MAX && !one.text.is_empty()).collect(),
        problems: rendered.problems.iter().map(ProblemView::from).collect(),
    }
}

/// The text of a file, for the inside of `<pre><code>`: highlighted where its name tells the
/// language, with what hides in it made visible.
pub(super) fn code(file: &str, text: &str) -> Value {
    // Tabs stay: they are what many files are indented with.
    let line = |line: &str| line.split('\t').map(words::visible).collect::<Vec<_>>().join("\t");
    let lines: Vec<String> = text.lines().map(line).collect();
    markup(highlight::html(Language::of_file(file), &lines.join("\n")))
}

/// The anchor of a heading as another text writes it, `#usage`, as it is on our pages.
pub(super) fn anchor(written: &str) -> String {
    match written.strip_prefix('#') {
        Some(id) if !id.is_empty() && !id.starts_with(ID_PREFIX) => format!("#{ID_PREFIX}{id}"),
        _ => written.to_owned(),
    }
}
