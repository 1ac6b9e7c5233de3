//! Rust text to what the checks look at: code without comments and strings, without tests, its
//! paths and its functions. Knows nothing of the house; positions and lines always stay.

/// Blanks comments and the insides of strings and characters; length and lines stay.
pub fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = end_of_blank(bytes, at);
        if let Some(end) = end {
            for byte in &mut out[at..end] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
        }
        at = end.unwrap_or(at + 1);
    }
    String::from_utf8(out).expect("whole tokens are replaced by spaces")
}

/// Where the comment or literal that starts here ends; `None` when none starts here.
fn end_of_blank(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    let after_name = at > 0 && is_name(bytes[at - 1]);
    match rest {
        [b'/', b'/', ..] => Some(at + find(rest, b"\n").unwrap_or(rest.len())),
        [b'/', b'*', ..] => Some(at + comment_length(rest)),
        [b'"', ..] => Some(at + string_length(rest)),
        [b'r' | b'b' | b'c', ..] if !after_name => {
            let letters = rest.iter().take(2).take_while(|b| b"rbc".contains(b)).count();
            let raw = rest[..letters].contains(&b'r');
            let hashes = rest[letters..].iter().take_while(|&&b| b == b'#').count();
            match rest.get(letters + hashes) {
                Some(b'"') if raw => {
                    let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
                    let start = letters + hashes + 1;
                    let length = find(&rest[start..], &close).map(|n| n + close.len());
                    Some(at + start + length.unwrap_or(rest.len() - start))
                }
                Some(b'"') if hashes == 0 => Some(at + letters + string_length(&rest[letters..])),
                _ => None,
            }
        }
        [b'\'', b'\\', ..] => Some(at + 3 + find(&rest[3..], b"'").map_or(0, |n| n + 1)),
        [b'\'', ..] => {
            // One character between quotes; anything else is a lifetime.
            let width = (1..=4).find(|n| rest.get(1 + n) == Some(&b'\''))?;
            let inner = std::str::from_utf8(&rest[1..=width]).ok()?;
            (inner.chars().count() == 1).then_some(at + width + 2)
        }
        _ => None,
    }
}

fn comment_length(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(rest.len())
}

fn string_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != b'"' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Blanks each item under `#[cfg(test)]`, strings of the rest stay.
pub fn without_tests(text: &str) -> String {
    let code = blank(text);
    let mut out = text.as_bytes().to_vec();
    let mut from = 0;
    while let Some(start) = code[from..].find("#[cfg(test)]").map(|n| n + from) {
        let end = end_of_item(code.as_bytes(), start + "#[cfg(test)]".len());
        for byte in &mut out[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        from = end;
    }
    String::from_utf8(out).expect("whole items are replaced by spaces")
}

/// After the `;` or the closing brace that ends what starts here.
fn end_of_item(code: &[u8], start: usize) -> usize {
    let mut depth = 0usize;
    for (at, byte) in code.iter().enumerate().skip(start) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && *byte == b'}' {
                    // `use a::{b};` ends after its semicolon.
                    return at + if code.get(at + 1) == Some(&b';') { 2 } else { 1 };
                }
            }
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// The line on which a byte stands, counted from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count()
}

/// Each path whose first name is one of `roots`, braces opened: (line, names).
pub fn paths(code: &str, roots: &[&str]) -> Vec<(usize, Vec<String>)> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    for (i, (at, token)) in tokens.iter().enumerate() {
        let begins = i == 0 || tokens[i - 1].1 != "::";
        if begins && roots.contains(token) {
            let mut here = Vec::new();
            open(&tokens, i, &mut Vec::new(), &mut here);
            found.extend(here.into_iter().map(|names| (line_of(code, *at), names)));
        }
    }
    found
}

/// Follows `a::b::{c, d::e}` from its first token; returns the token after it.
fn open(
    tokens: &[(usize, &str)],
    mut i: usize,
    before: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> usize {
    let depth = before.len();
    let token = |i: usize| tokens.get(i).map_or("", |(_, token)| *token);
    loop {
        before.push(token(i).to_owned());
        i += 1;
        if token(i) != "::" {
            found.push(before.clone());
            break;
        }
        i += 1;
        if token(i) == "{" {
            i += 1;
            while !matches!(token(i), "}" | "") {
                i = open(tokens, i, before, found);
                // What follows is a comma, or `as name` and then a comma.
                while !matches!(token(i), "," | "}" | "") {
                    i += 1;
                }
                i += usize::from(token(i) == ",");
            }
            i += 1;
            break;
        }
    }
    before.truncate(depth);
    i
}

fn tokens(code: &str) -> Vec<(usize, &str)> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = match &bytes[at..] {
            [b':', b':', ..] => 2,
            [byte, ..] if is_name(*byte) => {
                bytes[at..].iter().take_while(|&&byte| is_name(byte)).count()
            }
            _ => 1,
        };
        if !bytes[at].is_ascii_whitespace() {
            found.push((at, &code[at..at + length]));
        }
        at += length;
    }
    found
}

/// Each function with a body: (line of its `fn`, name, lines from there to its last brace).
pub fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    for (i, (at, token)) in tokens.iter().enumerate() {
        let Some((_, name)) = tokens.get(i + 1).filter(|_| *token == "fn") else { continue };
        if !is_name(name.as_bytes()[0]) {
            continue; // the type `fn(…)`
        }
        let end = end_of_item(code.as_bytes(), *at);
        if code[..end].ends_with('}') {
            let (first, last) = (line_of(code, *at), line_of(code, end));
            found.push((first, (*name).to_owned(), last - first + 1));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_no_code() {
        let text = r##"a("{ \" }", '{', '\'', '\u{7b}', b'"', 'é') // {
/* { /* { */ } */ r#"}"{"#; br"\"; c"{"; x::<'a>; for_r"{""##;
        let code = blank(text);
        assert_eq!(code.len(), text.len());
        assert_eq!(code.matches(['{', '}', '"']).count(), 0, "{code}");
        assert!(code.contains("x::<'a>"), "{code}");
        assert_eq!(code.lines().count(), 2);
    }

    #[test]
    fn what_is_under_cfg_test_is_left_out() {
        let text = "use a;\n#[cfg(test)]\nuse b::{c};\nfn d() {}\n\
                    #[cfg(test)]\nmod tests {\n  fn e() { \"}\" }\n}\nfn f() {}\n";
        let left = without_tests(text);
        assert_eq!(left.split_whitespace().collect::<String>(), "usea;fnd(){}fnf(){}");
        assert_eq!(left.lines().count(), text.lines().count());
    }

    #[test]
    fn a_path_is_found_in_uses_in_code_and_in_braces() {
        let text = "use crate::{a::{self, B}, c as d};\nlet x = crate::e::f(super::super::g);\n";
        let found: Vec<_> =
            paths(text, &["crate", "super"]).into_iter().map(|(l, p)| (l, p.join("::"))).collect();
        let expected = [
            (1, "crate::a::self"),
            (1, "crate::a::B"),
            (1, "crate::c"),
            (2, "crate::e::f"),
            (2, "super::super::g"),
        ];
        assert_eq!(found, expected.map(|(line, path)| (line, path.to_owned())));
    }

    #[test]
    fn a_function_is_as_long_as_its_braces() {
        let text = "trait T {\n fn a(&self);\n fn b(x: [u8; 2]) -> u8 {\n  if x {}\n  1\n }\n}\n\
                    type F = fn(u8) -> u8;\n";
        assert_eq!(functions(text), [(3, "b".to_owned(), 4)]);
    }
}
