//! HTML and XML: tags with their attributes, and what scripts and styles hold.

use super::{Class, Html, Language};

pub fn lex(text: &str, out: &mut Html) {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.plain(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("<!--") {
            let end = rest.find("-->").map_or(rest.len(), |end| end + 3);
            out.part(Class::Comment, &rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let name = name_len(rest);
        if name == 0 {
            out.plain("<");
            rest = &rest[1..];
            continue;
        }
        let word = rest[1..name].to_ascii_lowercase();
        out.part(Class::Keyword, &rest[..name]);
        rest = attributes(&rest[name..], out);
        let inner = match word.as_str() {
            "script" => Language::JAVASCRIPT,
            "style" => Language::STYLE,
            _ => continue,
        };
        let end = end_of(rest, &word);
        inner.lex(&rest[..end], out);
        rest = &rest[end..];
    }
    out.plain(rest);
}

/// How long `<name`, `</name` or `<!name` is.
fn name_len(text: &str) -> usize {
    let sign = 1 + usize::from(text[1..].starts_with(['/', '!', '?']));
    let letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':' | b'.');
    match text.as_bytes()[sign..].iter().take_while(|b| letter(b)).count() {
        0 => 0,
        n => sign + n,
    }
}

/// Writes a tag from its name on, and gives what follows it.
fn attributes<'t>(text: &'t str, out: &mut Html) -> &'t str {
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let end = match sign {
            '>' => {
                out.part(Class::Keyword, ">");
                return &rest[1..];
            }
            // A tag without end.
            '<' => return rest,
            '"' | '\'' => rest[1..].find(sign).map_or(rest.len(), |at| at + 2),
            _ => rest.find(['>', '<', '"', '\'', '=', ' ', '\n', '\t']).unwrap_or(rest.len()),
        };
        let end = end.max(sign.len_utf8());
        let (word, after) = rest.split_at(end);
        match sign {
            '"' | '\'' => out.part(Class::Text, word),
            '=' | ' ' | '\n' | '\t' | '/' => out.plain(word),
            _ => out.part(Class::Name, word),
        }
        rest = after;
    }
    rest
}

/// Where the end tag of an element begins, or the text ends.
fn end_of(text: &str, name: &str) -> usize {
    let found = text.match_indices("</").find(|(at, _)| {
        let word = text.as_bytes().get(at + 2..at + 2 + name.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
    });
    found.map_or(text.len(), |(at, _)| at)
}
