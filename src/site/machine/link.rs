//! Links and words in files that are no pages: absolute where the address of the site is known,
//! else from where the file is.

use crate::site::Site;
use crate::words;

/// How one file writes its links.
pub(super) struct Links<'a> {
    base: Option<&'a str>,
    /// The file, below the site.
    path: &'a str,
}

impl<'a> Links<'a> {
    pub(super) fn new(site: &Site<'a>, path: &'a str) -> Self {
        Self { base: site.options.base_url.as_deref(), path }
    }

    /// To an address below the site.
    pub(super) fn to(&self, url: &str) -> String {
        self.absolute(url).unwrap_or_else(|| self.relative(url))
    }

    /// The same where only an absolute address means something.
    pub(super) fn absolute(&self, url: &str) -> Option<String> {
        self.base.map(|base| format!("{base}{url}"))
    }

    fn relative(&self, url: &str) -> String {
        // Folders that both are in need no way up and down again.
        let shared = self.path.bytes().zip(url.bytes()).take_while(|(a, b)| a == b).count();
        let shared = url[..shared].rfind('/').map_or(0, |at| at + 1);
        let way = "../".repeat(self.path[shared..].matches('/').count()) + &url[shared..];
        if way.is_empty() { "./".to_owned() } else { way }
    }
}

/// Text of unknown origin as one line, with what hides in it made visible.
pub(super) fn line(text: &str) -> String {
    words::visible(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A line as XML, in text and in attributes. What XML cannot hold was made visible or is left out.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

/// A line as Markdown that means just these words.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '[' | ']' | '<') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
