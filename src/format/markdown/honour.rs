//! Raw HTML to the elements and attributes that are honoured; unknown tags to visible text.

use super::hidden::push_attribute;
use super::raw::{self, Element, Shape, Tag, Token, decoded};
use super::sanitise::is_size;
use super::scan::TooMuch;
use super::write::{Close, Open, Origin, Writer};

impl Writer<'_> {
    pub fn raw(&mut self, html: &str) -> Result<(), TooMuch> {
        for token in raw::tokens(html) {
            match token {
                Token::Text(text) if text.trim().is_empty() => {
                    let part = Origin::Raw(Shape::TablePart);
                    if self.open().last().is_none_or(|open| open.origin != part) {
                        self.html.push_str(text);
                    }
                }
                Token::Text(text) => self.text(&decoded(text)),
                Token::Start(tag) => self.raw_start(&tag)?,
                Token::End(name, source) => self.raw_end(name, source),
                // Not hidden from a reader for long: the raw text is one click away.
                Token::Comment => {}
            }
        }
        Ok(())
    }

    fn raw_start(&mut self, tag: &Tag) -> Result<(), TooMuch> {
        let Some(element) = raw::element(tag.name) else {
            self.shown(tag.source);
            return Ok(());
        };
        let parents = element.parents();
        let misplaced = (!parents.is_empty() && self.find_raw(parents, &[]).is_none())
            || (element.is_block() && self.in_phrase());
        if misplaced {
            self.shown(tag.source);
            return Ok(());
        }
        self.make_room(&element);
        match element.name {
            "br" | "wbr" | "hr" => self.html.push_str(&format!("<{}>", element.name)),
            "img" => self.raw_image(tag),
            "a" if self.in_link() => {}
            _ if element.shape == Shape::Gone => {}
            _ => {
                let close = self.raw_open(&element, tag);
                let origin = Origin::Raw(element.shape);
                self.push_open(Open { name: element.name, close, origin })?;
                if tag.closed {
                    self.close_top();
                }
            }
        }
        Ok(())
    }

    fn raw_end(&mut self, name: &str, source: &str) {
        let Some(element) = raw::element(name) else { return self.shown(source) };
        match self.find_raw(&[element.name], &[]) {
            Some(depth) => self.close_to(depth),
            None if !element.parents().is_empty() => self.shown(source),
            None => {}
        }
    }

    /// Ends what cannot stand around this element.
    fn make_room(&mut self, element: &Element) {
        let (ends, until) = element.ends();
        if let Some(depth) = self.find_raw(ends, until) {
            self.close_to(depth);
        }
        let cell = matches!(element.name, "td" | "th" | "caption");
        let inner_part = element.shape == Shape::TablePart && element.name != "table";
        if cell || inner_part {
            return;
        }
        if element.is_block() { self.begin_block() } else { self.begin_content() }
    }

    /// The depth below the outermost raw element of these names: inside the innermost Markdown,
    /// and inside the innermost of `until`.
    fn find_raw(&self, names: &[&str], until: &[&str]) -> Option<usize> {
        let mut found = None;
        for (depth, open) in self.open().iter().enumerate().rev() {
            if !matches!(open.origin, Origin::Raw(_)) || until.contains(&open.name) {
                break;
            }
            if names.contains(&open.name) {
                found = Some(depth);
                if until.is_empty() {
                    break;
                }
            }
        }
        found
    }

    /// Whether the innermost Markdown holds no blocks.
    fn in_phrase(&self) -> bool {
        let markdown = self.open().iter().rev().find(|open| !matches!(open.origin, Origin::Raw(_)));
        markdown.is_some_and(|open| open.origin != Origin::Flow)
    }

    /// A tag as text.
    fn shown(&mut self, source: &str) {
        self.push("<span class=\"raw-tag\">");
        self.push_text(source);
        self.html.push_str("</span>");
    }

    fn raw_open(&mut self, element: &Element, tag: &Tag) -> Close {
        let name = self.level(element.name);
        let value = |wanted: &str| attribute(tag, wanted);
        if let ("a", Some(href)) = (name, value("href")) {
            return self.link(&href, &value("title").unwrap_or_default());
        }
        self.html.push('<');
        self.html.push_str(name);
        let id = value("id").or_else(|| if name == "a" { value("name") } else { None });
        if let Some(id) = id.and_then(|id| self.ids.claim(&id)) {
            push_attribute(&mut self.html, "id", &id);
        }
        let align = value("align").filter(|_| element.is_block());
        let class = match align.unwrap_or_default().to_ascii_lowercase().as_str() {
            "left" => Some("align-left"),
            "center" | "middle" => Some("align-center"),
            "right" => Some("align-right"),
            _ => element.class,
        };
        if let Some(class) = class {
            push_attribute(&mut self.html, "class", class);
        }
        for (attribute, value) in plain_attributes(name, tag) {
            push_attribute(&mut self.html, attribute, &value);
        }
        self.html.push('>');
        Close::Tag(name)
    }

    /// Headings move down with those of Markdown.
    fn level(&self, name: &'static str) -> &'static str {
        const NAMES: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];
        match NAMES.iter().position(|heading| *heading == name) {
            Some(level) => NAMES[super::scan::shifted(level + 1, self.options) - 1],
            None => name,
        }
    }

    fn raw_image(&mut self, tag: &Tag) {
        let value = |wanted: &str| attribute(tag, wanted).unwrap_or_default();
        let sizes = plain_attributes("img", tag);
        let sizes: Vec<(&str, &str)> =
            sizes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.image(&value("src"), &value("alt"), &value("title"), &sizes);
    }
}

/// The value of an attribute, with character references decoded.
fn attribute(tag: &Tag, wanted: &str) -> Option<String> {
    let (_, value) = tag.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
    Some(decoded(value))
}

/// Those that mean the same wherever they stand, each with a value that is harmless.
fn plain_attributes(element: &str, tag: &Tag) -> Vec<(&'static str, String)> {
    let span = |value: &str| matches!(value.parse(), Ok(1..=100_u32));
    let number = |value: &str| is_size(value) && !value.ends_with('%');
    let language = |value: &str| {
        !value.is_empty()
            && value.len() <= 35
            && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    type Rule<'a> = (&'static str, &'a [&'a str], &'a dyn Fn(&str) -> bool);
    let rules: [Rule; 9] = [
        ("title", &[], &|value| element != "img" && !value.is_empty()),
        ("lang", &[], &language),
        ("dir", &[], &|value| matches!(value, "ltr" | "rtl" | "auto")),
        ("open", &["details"], &|_| true),
        ("start", &["ol"], &number),
        ("colspan", &["td", "th"], &span),
        ("rowspan", &["td", "th"], &span),
        ("width", &["img"], &is_size),
        ("height", &["img"], &is_size),
    ];
    let fits = |(name, elements, good): &Rule| {
        let value = (elements.is_empty() || elements.contains(&element))
            .then(|| attribute(tag, name))
            .flatten()?;
        good(&value).then_some((*name, value))
    };
    rules.iter().filter_map(fits).collect()
}
