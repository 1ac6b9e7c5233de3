//! The wall: HTML to HTML of a fixed set of elements, attributes, classes and schemes.
//!
//! The writer makes nothing else; this holds even where the writer is wrong. After it only code is
//! highlighted.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

/// Every element a rendered text may hold.
pub const ELEMENTS: [&str; 60] = [
    "a",
    "abbr",
    "b",
    "bdi",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "input",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Every class it may use, besides `language-…`.
pub const CLASSES: [&str; 21] = [
    "align-center",
    "align-left",
    "align-right",
    "anchor",
    "backref",
    "broken-link",
    "footnote-ref",
    "footnotes",
    "hidden-char",
    "markdown-alert",
    "markdown-alert-caution",
    "markdown-alert-important",
    "markdown-alert-note",
    "markdown-alert-tip",
    "markdown-alert-title",
    "markdown-alert-warning",
    "raw-tag",
    "remote-image",
    "table-scroll",
    "task",
    "unrendered",
];

/// On links that leave the site.
pub const REL: &str = "noopener noreferrer nofollow";

static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(builder);

pub fn clean(html: &str) -> String {
    BUILDER.clean(html).to_string()
}

fn builder() -> Builder<'static> {
    let mut builder = Builder::default();
    let attributes = HashMap::from([
        ("a", HashSet::from(["aria-label", "href", "rel"])),
        ("code", HashSet::from(["class"])),
        ("details", HashSet::from(["open"])),
        ("img", HashSet::from(["src", "alt", "width", "height", "loading"])),
        ("input", HashSet::from(["type", "disabled", "checked", "aria-label"])),
        ("ol", HashSet::from(["start"])),
        ("td", HashSet::from(["colspan", "rowspan"])),
        ("th", HashSet::from(["colspan", "rowspan", "scope"])),
    ]);
    builder
        .tags(HashSet::from(ELEMENTS))
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["class", "dir", "id", "lang", "title"]))
        .attribute_filter(keep)
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None);
    builder
}

/// The value of an attribute, or nothing where the value is not one of ours.
fn keep<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let ours = match attribute {
        "class" => value.split(' ').all(|class| is_class(element, class)),
        "rel" => value == REL,
        "type" => value == "checkbox",
        "loading" => value == "lazy",
        "scope" => value == "col",
        "dir" => matches!(value, "ltr" | "rtl" | "auto"),
        "start" | "colspan" | "rowspan" | "width" | "height" => is_size(value),
        "href" | "src" => !value.starts_with("//"),
        _ => true,
    };
    ours.then_some(Cow::Borrowed(value))
}

fn is_class(element: &str, class: &str) -> bool {
    match class.strip_prefix("language-") {
        Some(language) => element == "code" && is_language(language),
        None => CLASSES.contains(&class),
    }
}

/// The word after a code fence that may become a class.
pub fn is_language(word: &str) -> bool {
    let letter = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'#' | b'-');
    !word.is_empty() && word.len() <= 32 && word.bytes().all(letter)
}

/// Digits, or a percentage.
pub fn is_size(value: &str) -> bool {
    let digits = value.strip_suffix('%').unwrap_or(value);
    (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}
