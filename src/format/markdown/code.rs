//! Code in sanitised HTML to highlighted code.
//!
//! It comes after the sanitiser, which would look at each of the many parts. It adds nothing but
//! parts with a class and text that is escaped here, whatever it finds.

use crate::format::highlight::{self, Language, SPANS_MAX};

/// As the writer begins a fence that names its language. No other text can hold it: the quotes of
/// attributes are escaped.
const OPEN: &str = "<pre><code class=\"language-";

pub fn highlighted(html: String) -> String {
    if !html.contains(OPEN) {
        return html;
    }
    let mut out = String::with_capacity(html.len() * 2);
    let mut spans = SPANS_MAX;
    let mut rest = html.as_str();
    while let Some(at) = rest.find(OPEN) {
        let (head, tail) = rest.split_at(at + OPEN.len());
        out.push_str(head);
        rest = tail;
        let Some(inside) = tail.find("\">").map(|at| at + 2) else { break };
        let end = inside + tail[inside..].find('<').unwrap_or(tail.len() - inside);
        let (name, code) = (&tail[..inside - 2], &tail[inside..end]);
        // Where hidden characters are shown, the code stays as it is.
        let whole = tail[end..].starts_with("</code>");
        if let Some(language) = Language::named(name).filter(|_| whole) {
            out.push_str(&tail[..inside]);
            out.push_str(&highlight::html_within(Some(language), &unescaped(code), &mut spans));
            rest = &tail[end..];
        }
    }
    out.push_str(rest);
    out
}

/// The text of escaped text, as the sanitiser writes it.
fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}");
    text.replace("&amp;", "&")
}
