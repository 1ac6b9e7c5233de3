//! Elements of Markdown, links and images to HTML: one arm for each.

use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, LinkType, Tag, TagEnd};

use super::hidden::push_attribute;
use super::link::{self, Address};
use super::sanitise::{REL, is_language};
use super::scan::{MARK, TooMuch, is_shown, shifted};
use super::write::{Close, Open, Origin, Writer};
use super::{BROKEN_LINK, Heading, REFUSED_ADDRESS, Role, Target};
use crate::words::visible;

/// Longer addresses are cut in messages.
const SHOWN_CHARS_MAX: usize = 120;

/// Where a link leads.
struct Anchor {
    href: String,
    /// The host, where it leaves the site.
    host: Option<String>,
}

impl Writer<'_> {
    /// `next` are the events after this one.
    pub fn start(
        &mut self,
        tag: &Tag,
        next: &[(Event, std::ops::Range<usize>)],
    ) -> Result<(), TooMuch> {
        let (close, origin) = match tag {
            Tag::Emphasis => self.span("<em>", "em"),
            Tag::Strong => self.span("<strong>", "strong"),
            Tag::Strikethrough => self.span("<del>", "del"),
            Tag::Link { link_type, dest_url, title, .. } => {
                self.begin_content();
                let mailed = *link_type == LinkType::Email;
                let href = if mailed { format!("mailto:{dest_url}") } else { dest_url.to_string() };
                (self.link(&href, title), Origin::Phrase)
            }
            Tag::TableHead | Tag::TableRow | Tag::TableCell => self.table_part(tag),
            tag => {
                self.begin_block();
                self.block(tag, next)
            }
        };
        self.push_open(Open { name: "", close, origin })
    }

    pub fn end(&mut self, tag: &TagEnd) {
        if matches!(tag, TagEnd::Heading(_)) {
            self.close_raw();
            self.heading_anchor();
        }
        self.end_markdown();
        match tag {
            TagEnd::Paragraph => self.keeps_lines = false,
            TagEnd::TableHead => self.in_table_head = false,
            TagEnd::TableCell => self.column += 1,
            TagEnd::FootnoteDefinition => {
                let outer = self.outer.pop().unwrap_or_default();
                self.size = self.size.saturating_sub(outer.len()) + self.html.len();
                let note = std::mem::replace(&mut self.html, outer);
                if let Some(place) = self.note.pop().and_then(|number| self.notes.get_mut(number)) {
                    place.push_str(&note);
                }
            }
            _ => {}
        }
    }

    fn span(&mut self, open: &str, name: &'static str) -> (Close, Origin) {
        self.push(open);
        (Close::Tag(name), Origin::Phrase)
    }

    fn block(&mut self, tag: &Tag, next: &[(Event, std::ops::Range<usize>)]) -> (Close, Origin) {
        let (open, close, origin) = match tag {
            Tag::Paragraph => {
                self.keeps_lines = starts_with_shown_tag(next);
                ("<p>", "</p>\n", Origin::Phrase)
            }
            Tag::Heading { level, .. } => return self.heading(*level as usize, next),
            Tag::BlockQuote(None) => ("<blockquote>\n", "</blockquote>\n", Origin::Flow),
            Tag::BlockQuote(Some(kind)) => return self.alert(*kind),
            Tag::CodeBlock(kind) => return self.code_block(kind),
            Tag::List(None) => ("<ul>\n", "</ul>\n", Origin::Flow),
            Tag::List(Some(start)) => {
                let start = if *start == 1 { String::new() } else { format!(" start=\"{start}\"") };
                self.html.push_str(&format!("<ol{start}>\n"));
                ("", "</ol>\n", Origin::Flow)
            }
            Tag::Item if is_task(next) => ("<li class=\"task\">", "</li>\n", Origin::Flow),
            Tag::Item => ("<li>", "</li>\n", Origin::Flow),
            Tag::Table(columns) => {
                self.columns.clone_from(columns);
                let close = "</tbody>\n</table>\n</div>\n";
                ("<div class=\"table-scroll\">\n<table>\n", close, Origin::Flow)
            }
            Tag::FootnoteDefinition(name) => {
                let number = self.footnotes.get(&**name).map_or(usize::MAX, |number| number - 1);
                self.note.push(number);
                self.size += self.html.len();
                let outer = std::mem::take(&mut self.html);
                self.outer.push(outer);
                ("", "", Origin::Flow)
            }
            _ => ("", "", Origin::Flow),
        };
        self.html.push_str(open);
        (Close::Text(close), origin)
    }

    /// Of one without words nothing is written: it would be a heading that says nothing.
    fn heading(
        &mut self,
        level: usize,
        next: &[(Event, std::ops::Range<usize>)],
    ) -> (Close, Origin) {
        const NAMES: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];
        let heading = self.toc.get(self.n_headings);
        if matches!(next.first(), Some((Event::End(TagEnd::Heading(_)), _))) {
            self.n_headings += 1;
            return (Close::Text(""), Origin::Phrase);
        }
        let level = heading.map_or_else(|| shifted(level, self.options), |heading| heading.level);
        let name = NAMES[level - 1];
        self.html.push('<');
        self.html.push_str(name);
        if let Some(heading) = heading {
            push_attribute(&mut self.html, "id", &heading.id);
        }
        self.n_headings += 1;
        self.html.push('>');
        (Close::Tag(name), Origin::Phrase)
    }

    /// The heading's own address, for others to copy; its sign is made by the style sheet.
    fn heading_anchor(&mut self) {
        let toc = self.toc;
        let heading = self.n_headings.checked_sub(1).and_then(|at| toc.get(at));
        let has_words = |heading: &&Heading| !heading.text.is_empty();
        let Some(heading) = heading.filter(has_words).filter(|_| !self.in_link()) else { return };
        self.html.push_str("<a class=\"anchor\"");
        push_attribute(&mut self.html, "href", &link::encoded(&format!("#{}", heading.id)));
        push_attribute(&mut self.html, "aria-label", &format!("Link to {}", heading.text));
        self.html.push_str("></a>");
    }

    fn alert(&mut self, kind: BlockQuoteKind) -> (Close, Origin) {
        let (class, title) = match kind {
            BlockQuoteKind::Note => ("note", "Note"),
            BlockQuoteKind::Tip => ("tip", "Tip"),
            BlockQuoteKind::Important => ("important", "Important"),
            BlockQuoteKind::Warning => ("warning", "Warning"),
            BlockQuoteKind::Caution => ("caution", "Caution"),
        };
        self.html.push_str(&format!(
            "<div class=\"markdown-alert markdown-alert-{class}\">\n\
             <p class=\"markdown-alert-title\">{title}</p>\n"
        ));
        (Close::Text("</div>\n"), Origin::Flow)
    }

    fn code_block(&mut self, kind: &CodeBlockKind) -> (Close, Origin) {
        let language = match kind {
            CodeBlockKind::Fenced(info) => language(info),
            CodeBlockKind::Indented => None,
        };
        self.html.push_str("<pre><code");
        if let Some(language) = language {
            self.html.push_str(&format!(" class=\"language-{language}\""));
        }
        self.html.push('>');
        (Close::Text("</code></pre>\n"), Origin::Verbatim)
    }

    fn table_part(&mut self, tag: &Tag) -> (Close, Origin) {
        if *tag != Tag::TableCell {
            self.column = 0;
            self.in_table_head = *tag == Tag::TableHead;
            let head = self.in_table_head;
            self.html.push_str(if head { "<thead>\n<tr>" } else { "<tr>" });
            let close = if head { "</tr>\n</thead>\n<tbody>\n" } else { "</tr>\n" };
            return (Close::Text(close), Origin::Flow);
        }
        let name = if self.in_table_head { "th" } else { "td" };
        self.html.push('<');
        self.html.push_str(name);
        if self.in_table_head {
            self.html.push_str(" scope=\"col\"");
        }
        self.html.push_str(match self.columns.get(self.column) {
            Some(Alignment::Left) => " class=\"align-left\">",
            Some(Alignment::Center) => " class=\"align-center\">",
            Some(Alignment::Right) => " class=\"align-right\">",
            _ => ">",
        });
        (Close::Tag(name), Origin::Flow)
    }

    /// Opens a link, or what stands in its place.
    pub fn link(&mut self, href: &str, title: &str) -> Close {
        if self.in_link() {
            return Close::Text("");
        }
        match self.anchor(href, Role::Link) {
            Ok(anchor) => {
                self.html.push_str("<a");
                push_attribute(&mut self.html, "href", &anchor.href);
                if anchor.host.is_some() {
                    push_attribute(&mut self.html, "rel", REL);
                }
                self.title(title);
                self.html.push('>');
                Close::Tag("a")
            }
            Err(why) => {
                self.broken(&why);
                Close::Tag("span")
            }
        }
    }

    /// An image, or a link to it when it is on another host: a page loads nothing from others.
    /// `attributes` are such as `width`, already checked.
    pub fn image(&mut self, src: &str, alt: &str, title: &str, attributes: &[(&str, &str)]) {
        self.begin_content();
        let label =
            if alt.trim().is_empty() { "image".to_owned() } else { format!("image: {alt}") };
        match self.anchor(src, Role::Image) {
            Ok(Anchor { host: Some(_), .. }) if self.in_link() => self.push_text(&label),
            Ok(Anchor { href, host: Some(host) }) => {
                self.html.push_str("<a class=\"remote-image\"");
                push_attribute(&mut self.html, "href", &href);
                push_attribute(&mut self.html, "rel", REL);
                self.title(title);
                self.html.push('>');
                self.push_text(&format!("{label} ({host})"));
                self.html.push_str("</a>");
            }
            Ok(Anchor { href, host: None }) => {
                self.html.push_str("<img");
                push_attribute(&mut self.html, "src", &href);
                push_attribute(&mut self.html, "alt", alt);
                self.title(title);
                for (name, value) in attributes {
                    push_attribute(&mut self.html, name, value);
                }
                self.html.push_str(" loading=\"lazy\">");
            }
            Err(why) => {
                self.broken(&why);
                self.push_text(&label);
                self.html.push_str("</span>");
            }
        }
    }

    fn title(&mut self, title: &str) {
        if !title.is_empty() {
            push_attribute(&mut self.html, "title", title);
        }
    }

    fn broken(&mut self, why: &str) {
        self.html.push_str("<span class=\"broken-link\"");
        push_attribute(&mut self.html, "title", why);
        self.html.push('>');
    }

    /// Where an address leads, or why nowhere; the latter is also a problem.
    fn anchor(&mut self, written: &str, role: Role) -> Result<Anchor, String> {
        let (code, why) = match (link::classify(written), role) {
            (Address::Web { href, host }, _) => return Ok(Anchor { href, host: Some(host) }),
            (Address::Mail(href), Role::Link) => return Ok(Anchor { href, host: None }),
            (Address::Fragment(name), Role::Link) => return Ok(self.fragment(&name)),
            (Address::Mail(_) | Address::Fragment(_), Role::Image) => {
                (BROKEN_LINK, "it is no image".to_owned())
            }
            (Address::Refused(why), _) => (REFUSED_ADDRESS, why),
            (Address::Relative(href), role) => match (self.options.resolve)(&href, role) {
                Target::Broken(why) => (BROKEN_LINK, why),
                Target::To(href) => match link::classify(&href) {
                    Address::Web { href, host } => return Ok(Anchor { href, host: Some(host) }),
                    Address::Relative(href) => return Ok(Anchor { href, host: None }),
                    Address::Fragment(_) => return Ok(Anchor { href, host: None }),
                    Address::Mail(_) => (REFUSED_ADDRESS, "it became a mail address".to_owned()),
                    Address::Refused(why) => (REFUSED_ADDRESS, why),
                },
            },
        };
        let what = if role == Role::Link { "link" } else { "image" };
        let shown: String = visible(written).chars().take(SHOWN_CHARS_MAX).collect();
        let message = format!("the {what} `{shown}` leads nowhere: {why}");
        self.problem(code, self.offset, message, "correct the address, or remove the link");
        Err(format!("broken link: {why}"))
    }

    fn fragment(&mut self, name: &str) -> Anchor {
        let id = match self.ids.find(name) {
            Some(id) => id,
            None if name.is_empty() || name == "top" => String::new(),
            None => {
                self.fragments.push((name.to_owned(), self.offset));
                format!("{}{name}", self.options.id_prefix)
            }
        };
        Anchor { href: link::encoded(&format!("#{id}")), host: None }
    }
}

/// The first word of what stands after a code fence, where it can be a class.
fn language(info: &str) -> Option<String> {
    let word = info.split([' ', '\t', ',', '{', ':']).next()?.to_ascii_lowercase();
    is_language(&word).then_some(word)
}

fn starts_with_shown_tag(next: &[(Event, std::ops::Range<usize>)]) -> bool {
    let mut rest = next.iter().map(|(event, _)| event);
    let first = rest.find(|event| !matches!(event, Event::Text(text) if text.chars().eq([MARK])));
    matches!(first, Some(Event::InlineHtml(html)) if is_shown(html))
}

fn is_task(next: &[(Event, std::ops::Range<usize>)]) -> bool {
    let paragraph = matches!(next, [(Event::Start(Tag::Paragraph), _), ..]);
    let first = next.get(usize::from(paragraph));
    matches!(first, Some((Event::TaskListMarker(_), _)))
}
