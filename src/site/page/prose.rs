//! Markdown and descriptions of unknown origin on pages.

use minijinja::Value;
use serde::Serialize;

use crate::site::theme::markup;
use crate::words;

/// A rendered document with the headings to jump to.
#[derive(Serialize)]
pub(super) struct Prose {
    pub html: Value,
    pub toc: Vec<Heading>,
}

#[derive(Serialize)]
pub(super) struct Heading {
    pub level: u8,
    pub id: String,
    pub text: String,
}

/// One line of at most `max` characters.
pub(super) fn summary(text: &str, max: usize) -> String {
    let flat = text.replace("\\n", " ");
    let flat = words::visible(&flat.split_whitespace().collect::<Vec<_>>().join(" "));
    if flat.chars().count() <= max {
        return flat;
    }
    let head: String = flat.chars().take(max).collect();
    let cut = head.rfind(' ').unwrap_or(head.len());
    format!("{}…", &head[..cut])
}

/// Stand-in until the Markdown room is there.
pub(super) fn render(text: &str, _resolve: &dyn Fn(&str) -> Option<String>) -> Prose {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Prose { html: markup(format!("<pre>{escaped}</pre>")), toc: Vec::new() }
}
