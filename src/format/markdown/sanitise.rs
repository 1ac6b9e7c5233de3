//! The wall: HTML to HTML of a fixed set of elements, attributes, classes and schemes.
//!
//! The writer makes nothing else; this holds even where the writer is wrong. Texts that stand
//! within these lists already, in the very form that comes out of here, are known by `settled` and
//! spared the way through it. After it only code is highlighted.

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

/// Every attribute that one element alone may have.
const ATTRIBUTES: [(&str, &[&str]); 8] = [
    ("a", &["aria-label", "href", "rel"]),
    ("code", &["class"]),
    ("details", &["open"]),
    ("img", &["src", "alt", "width", "height", "loading"]),
    ("input", &["type", "disabled", "checked", "aria-label"]),
    ("ol", &["start"]),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan", "scope"]),
];

/// Those that every element may have.
const GENERIC_ATTRIBUTES: [&str; 5] = ["class", "dir", "id", "lang", "title"];

/// Every scheme of an address.
pub const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// On links that leave the site.
pub const REL: &str = "noopener noreferrer nofollow";

static BUILDER: LazyLock<Builder<'static>> = LazyLock::new(builder);

pub fn clean(html: &str) -> String {
    BUILDER.clean(html).to_string()
}

fn builder() -> Builder<'static> {
    let mut builder = Builder::default();
    let attributes = ATTRIBUTES.map(|(element, names)| (element, names.iter().copied().collect()));
    builder
        .tags(HashSet::from(ELEMENTS))
        .tag_attributes(HashMap::from(attributes))
        .generic_attributes(HashSet::from(GENERIC_ATTRIBUTES))
        .attribute_filter(keep)
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None);
    builder
}

/// Whether an element of the list may have this attribute with this value.
pub fn is_allowed(element: &str, attribute: &str, value: &str) -> bool {
    let of_element = ATTRIBUTES.iter().find(|(of, _)| *of == element);
    let known = GENERIC_ATTRIBUTES.contains(&attribute)
        || of_element.is_some_and(|(_, names)| names.contains(&attribute));
    known && is_ours(element, attribute, value)
}

/// The value of an attribute, or nothing where the value is not one of ours.
fn keep<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    is_ours(element, attribute, value).then_some(Cow::Borrowed(value))
}

fn is_ours(element: &str, attribute: &str, value: &str) -> bool {
    match attribute {
        "class" => value.split(' ').all(|class| is_class(element, class)),
        "rel" => value == REL,
        "type" => value == "checkbox",
        "loading" => value == "lazy",
        "scope" => value == "col",
        "dir" => matches!(value, "ltr" | "rtl" | "auto"),
        "start" | "colspan" | "rowspan" | "width" | "height" => is_size(value),
        "href" | "src" => !value.starts_with("//"),
        _ => true,
    }
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
