//! Markdown of unknown origin to HTML that can stand in a page of ours.
//!
//! The text becomes events, the events become HTML made of a fixed set of elements, and that HTML
//! stands before one wall: either it is proven to be what the sanitiser would give back, or the
//! sanitiser makes it anew. Only the parts of code are marked after it. Limits are counts, never
//! time, so that every machine makes the same page. It knows nothing of URLs of the site (the caller
//! resolves addresses) and of templates.

mod code;
mod elements;
mod hidden;
mod honour;
mod ids;
mod link;
mod plain;
mod raw;
mod sanitise;
mod scan;
mod settled;
mod write;

#[cfg(test)]
mod tests;

use crate::error::{Place, Problem};

pub use link::percent_decoded;
pub use plain::{plain, summary};

/// Longer texts are shown as they are, up to this size.
pub const BYTES_MAX: usize = 2 << 20;
/// Elements inside each other, of Markdown and raw HTML together. The cost of sanitising is
/// quadratic in it.
pub const DEPTH_MAX: usize = 100;
/// Parts of a text; 2 MiB of ordinary prose has a tenth of it.
pub const EVENTS_MAX: usize = 1_000_000;
/// What the events of one text may grow to as HTML.
pub const HTML_BYTES_MAX: usize = 16 << 20;

/// A link or an image that leads nowhere; its text is shown without it.
pub const BROKEN_LINK: &str = "SM351";
/// An address whose scheme is none of `http`, `https`, `mailto`.
pub const REFUSED_ADDRESS: &str = "SM352";
/// Characters that change how text looks without showing themselves.
pub const HIDDEN_CHARACTERS: &str = "SM353";
/// Over one of the limits above; shown as plain text.
pub const TOO_MUCH: &str = "SM354";

/// How one text is rendered.
pub struct Options<'a> {
    /// The file that problems name.
    pub file: &'a str,
    /// The line of that file on which the text begins, counted from 1.
    pub first_line: usize,
    /// The level of the text's outermost headings, one below the heading of the page that it
    /// stands under; those inside follow without a gap, however they are written.
    pub heading_top: usize,
    /// Stands before every id, so that no text can take an id of the page. Letters, digits, `-`.
    pub id_prefix: &'a str,
    /// Turns a relative address, as written, into one that works on the page.
    pub resolve: &'a (dyn Fn(&str, Role) -> Target + 'a),
}

impl<'a> Options<'a> {
    /// For a text on a page with its own title.
    pub fn new(file: &'a str, resolve: &'a (dyn Fn(&str, Role) -> Target + 'a)) -> Self {
        Self { file, first_line: 1, heading_top: 2, id_prefix: "user-content-", resolve }
    }
}

/// What an address is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Link,
    Image,
}

/// Where a relative address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The address to write: relative to the page, or `http(s)`.
    To(String),
    /// Nowhere, and why: "no such file".
    Broken(String),
}

/// A text as HTML, and what came to light on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    pub html: String,
    /// The Markdown headings in order.
    pub toc: Vec<Heading>,
    /// Warnings, each with its place in the file.
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// As shown: 1 to 6.
    pub level: usize,
    /// The whole id, with the prefix.
    pub id: String,
    pub text: String,
}

/// Renders a body (without front matter); never fails: over a limit the text is shown unrendered.
pub fn render(text: &str, options: &Options) -> Rendered {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let done = if text.len() > BYTES_MAX {
        Err(scan::TooMuch(format!("is longer than {} MiB", BYTES_MAX >> 20)))
    } else {
        let source = scan::Source::read(text);
        scan::scan(&source, options).and_then(|document| write::write(document, options))
    };
    let mut rendered = done.unwrap_or_else(|scan::TooMuch(why)| unrendered(text, &why, options));
    rendered.html = code::highlighted(walled(rendered.html));
    rendered
}

/// What the sanitiser makes of it, which is often what it is.
fn walled(html: String) -> String {
    if settled::is_settled(&html) { html } else { sanitise::clean(&html) }
}

fn unrendered(text: &str, why: &str, options: &Options) -> Rendered {
    let mut end = text.len().min(BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut html = String::from("<pre class=\"unrendered\">\n");
    hidden::Hidden::default().push_text(&mut html, &text[..end]);
    if end < text.len() {
        html.push_str("\n…");
    }
    html.push_str("</pre>\n");
    let problem = Problem::warning(TOO_MUCH, format!("the text {why} and is shown unrendered"))
        .at(Place::new(options.file, options.first_line, 0));
    Rendered { html, toc: Vec::new(), problems: vec![problem] }
}
