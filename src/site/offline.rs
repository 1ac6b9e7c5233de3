//! A page for a server to a page for a disk: links to folders name the page in them.
//!
//! Reads the tags of HTML as browsers do (WHATWG, tokenization), whatever template wrote it, and
//! changes nothing but the ends of such addresses.

/// The page of a folder.
const INDEX: &[u8] = b"index.html";

/// What these elements hold is text, up to their own end tag.
const RAW: [&[u8]; 6] = [b"script", b"style", b"textarea", b"title", b"xmp", b"iframe"];

/// The attributes that lead to other pages.
fn leads(tag: &[u8], attribute: &[u8]) -> bool {
    let is = |name: &str| tag.eq_ignore_ascii_case(name.as_bytes());
    let has = |name: &str| attribute.eq_ignore_ascii_case(name.as_bytes());
    (is("a") || is("area") || is("link")) && has("href")
        || is("form") && has("action")
        || (is("button") || is("input")) && has("formaction")
}

/// The same page with `index.html` in its links to folders.
pub(super) fn with_files_named(html: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(html.len() + html.len() / 16);
    let mut at = 0;
    let mut kept = 0;
    while let Some(open) = find(html, at, b"<") {
        let rest = &html[open + 1..];
        at = if rest.starts_with(b"!--") {
            // `<!-->` is a comment already.
            find(html, open + 2, b"-->").map_or(html.len(), |end| end + 3)
        } else if rest.first().is_some_and(u8::is_ascii_alphabetic) {
            let tag = Tag::read(html, open + 1);
            for (start, end) in &tag.addresses {
                if let Some(place) = folder_end(&html[*start..*end]) {
                    out.extend_from_slice(&html[kept..start + place]);
                    out.extend_from_slice(INDEX);
                    kept = start + place;
                }
            }
            if RAW.iter().any(|raw| tag.name.eq_ignore_ascii_case(raw)) {
                end_of_text(html, tag.end, tag.name)
            } else {
                tag.end
            }
        } else if rest.starts_with(b"!") || rest.starts_with(b"?") || rest.starts_with(b"/") {
            find(html, open, b">").map_or(html.len(), |end| end + 1)
        } else {
            open + 1
        };
    }
    out.extend_from_slice(&html[kept..]);
    out
}

/// A start tag: its name, the values of attributes that lead somewhere, and where it ends.
struct Tag<'a> {
    name: &'a [u8],
    addresses: Vec<(usize, usize)>,
    end: usize,
}

impl<'a> Tag<'a> {
    /// From the first letter of its name.
    fn read(html: &'a [u8], start: usize) -> Self {
        let mut at = skip(html, start, |b| !is_space(b) && b != b'/' && b != b'>');
        let name = &html[start..at];
        let mut addresses = Vec::new();
        loop {
            at = skip(html, at, |b| is_space(b) || b == b'/');
            if html.get(at).is_none_or(|b| *b == b'>') {
                return Self { name, addresses, end: (at + 1).min(html.len()) };
            }
            let key_start = at;
            // A `=` at the beginning is a part of the name.
            at = skip(html, at + 1, |b| !is_space(b) && !matches!(b, b'/' | b'>' | b'='));
            let key = &html[key_start..at];
            let equals = skip(html, at, is_space);
            if html.get(equals) != Some(&b'=') {
                continue;
            }
            let (value_start, value_end, next) = value(html, skip(html, equals + 1, is_space));
            if leads(name, key) {
                addresses.push((value_start, value_end));
            }
            at = next;
        }
    }
}

/// Where the value of an attribute begins and ends, and where the tag goes on.
fn value(html: &[u8], at: usize) -> (usize, usize, usize) {
    match html.get(at) {
        Some(quote @ (b'"' | b'\'')) => {
            let end = skip(html, at + 1, |b| b != *quote);
            (at + 1, end, (end + 1).min(html.len()))
        }
        _ => {
            let end = skip(html, at, |b| !is_space(b) && b != b'>');
            (at, end, end)
        }
    }
}

/// After the text of an element that holds nothing else: at its end tag.
fn end_of_text(html: &[u8], mut at: usize, name: &[u8]) -> usize {
    while let Some(end) = find(html, at, b"</") {
        let rest = &html[end + 2..];
        let ends = rest.get(name.len()).is_none_or(|b| is_space(*b) || matches!(b, b'/' | b'>'));
        if ends && rest.len() >= name.len() && rest[..name.len()].eq_ignore_ascii_case(name) {
            return end;
        }
        at = end + 2;
    }
    html.len()
}

/// Where the path of a relative address ends, when it names a folder.
fn folder_end(url: &[u8]) -> Option<usize> {
    // `&#39;` begins no fragment.
    let is_end =
        |at: &usize| url[*at] == b'?' || url[*at] == b'#' && (*at == 0 || url[*at - 1] != b'&');
    let end = (0..url.len()).find(is_end).unwrap_or(url.len());
    let path = &url[..end];
    let scheme = path.iter().take_while(|b| **b != b'/').any(|b| *b == b':');
    (path.ends_with(b"/") && !path.starts_with(b"/") && !scheme).then_some(end)
}

fn skip(html: &[u8], at: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let start = at.min(html.len());
    start + html[start..].iter().take_while(|b| wanted(**b)).count()
}

fn find(html: &[u8], at: usize, wanted: &[u8]) -> Option<usize> {
    let found = html.get(at..)?.windows(wanted.len()).position(|window| window == wanted)?;
    Some(at + found)
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(html: &str, expected: &str) {
        let named = with_files_named(html.as_bytes());
        assert_eq!(String::from_utf8(named).unwrap(), expected);
    }

    #[test]
    fn links_to_folders_name_the_page_in_them() {
        check("<a href=\"./\">", "<a href=\"./index.html\">");
        check("<a class=x href='../a/b/#c'>", "<a class=x href='../a/b/index.html#c'>");
        check("<A\nHREF = a/?q=b/>x/", "<A\nHREF = a/index.html?q=b/>x/");
        check("<form action=\"../search/\">", "<form action=\"../search/index.html\">");
        check("<a href=\"it&#39;s/\">", "<a href=\"it&#39;s/index.html\">");
        check("<link rel=next href=page/2/>", "<link rel=next href=page/2/index.html>");
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for html in [
            "<a href=\"https://example.org/\">",
            "<a href=\"//example.org/\">",
            "<a href=\"/\">",
            "<a href=\"mailto:a/\">",
            "<a href=\"x.html#a/\">",
            "<a href=\"?q=a/\">",
            "<a href=\"#a/\">",
            "<a title=\"href='a/'\">",
            "<p data-href=\"a/\">",
            "<!-- <a href=\"a/\"> -->",
            "<script>'<a href=\"a/\">'</script>",
            "<title><a href=\"a/\"></title>",
            "<img src=\"a/\"> 1 < 2 <",
            "<a href=\"a/",
        ] {
            if html == "<a href=\"a/" {
                // Cut off: a browser drops the tag, so what becomes of it does not matter.
                with_files_named(html.as_bytes());
            } else {
                check(html, html);
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_but_names_of_files_is_added(html in "[<>a/ \"'=!#?hrefscipt-]{0,60}") {
            let named = with_files_named(html.as_bytes());
            let named = String::from_utf8(named).unwrap();
            prop_assert_eq!(named.replace("index.html", ""), html);
        }
    }
}
