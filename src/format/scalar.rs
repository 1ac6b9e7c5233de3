//! Text to one YAML scalar: plain where nobody can take it for something else, else quoted.
//!
//! What is written here reads back as the same text in any YAML reader, old or new, in a block as
//! well as between `{` and `}`. Always one line.

use std::borrow::Cow;
use std::fmt::Write;

use crate::words;

/// A value.
pub fn value(text: &str) -> Cow<'_, str> {
    if is_plain(text) && !text.contains(':') { Cow::Borrowed(text) } else { quoted(text).into() }
}

/// As [`value`], for a key; a `:` inside, as in ids, stays plain.
pub fn key(text: &str) -> Cow<'_, str> {
    let colons_inside = !text.starts_with(':') && !text.ends_with(':') && !text.contains(": ");
    if is_plain(text) && colons_inside { Cow::Borrowed(text) } else { quoted(text).into() }
}

/// In double quotes, whatever it is.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => {
                // Writing to a string cannot fail.
                let _ = match u32::from(c) {
                    code @ 0..=0xffff => write!(out, "\\u{code:04x}"),
                    code => write!(out, "\\U{code:08x}"),
                };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Not allowed in YAML, taken for a line break by some, or not visible.
fn is_hidden(c: char) -> bool {
    let no_character = u32::from(c) & 0xfffe == 0xfffe;
    c.is_control()
        || words::is_invisible(c)
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{a0}')
        || no_character
}

/// Far stricter than YAML: letters, digits and signs without meaning, and not like a number, a
/// date, a boolean or nothing.
fn is_plain(text: &str) -> bool {
    let inside = |c: char| {
        c.is_alphanumeric()
            || matches!(c, '_' | '-' | '.' | '/' | '~' | '+' | '@' | '(' | ')' | ':' | ' ')
    };
    let first = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '(');
    let number = |c: char| c.is_ascii_digit() || "+-._:eExXoO".contains(c);
    text.starts_with(first)
        && text.chars().all(inside)
        && !text.ends_with(' ')
        && !text.chars().all(number)
        && !is_word_with_meaning(text)
}

fn is_word_with_meaning(text: &str) -> bool {
    const WORDS: [&str; 11] =
        ["null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"];
    let hex = text.strip_prefix("0x").is_some_and(|hex| hex.chars().all(|c| c.is_ascii_hexdigit()));
    hex || WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::format::yaml::{self, Data, Limits};

    /// Text that YAML could take for something else.
    pub(in crate::format) fn text() -> impl Strategy<Value = String> {
        let hostile = [
            "",
            " ",
            "~",
            "null",
            "NO",
            "1.10",
            "0x1f",
            "2026-01-02",
            "a: b",
            "a #b",
            " a",
            "a ",
            "- a",
            "? a",
            ":",
            "a:",
            ":a",
            "\"a\"",
            "'a'",
            "a\nb",
            "a\r\nb\t",
            "{a}",
            "[a, b]",
            "@a",
            "*a",
            "&a",
            "!a",
            "|",
            ">",
            "%a",
            "`a`",
            "---",
            "...",
            "\u{feff}a",
            "a\u{2028}b",
            "\u{85}",
            "é",
            "日本",
            "🦀",
            "a\\b",
            "\0",
            "a,b",
            "a}",
            "1e3",
            ".5",
            "a/b",
            "=",
            "<<",
            "on",
        ];
        prop_oneof![
            prop::sample::select(hostile.map(String::from).to_vec()),
            "[ -~]{0,12}",
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn any_text_reads_back_in_a_block_and_in_a_flow(a in text(), b in text()) {
            let shown = [value(&a), key(&a)];
            prop_assert!(shown.iter().all(|text| !text.contains('\n')));
            let name = format!("k{a}");
            let (a_shown, b_shown) = (&shown[0], value(&b));
            let text = format!("{}: {a_shown}\nb: {{k: {a_shown}, l: [{b_shown}]}}\n", key(&name));
            let node = yaml::parse(&text, Limits::FRONT_MATTER)
                .map_err(|broken| TestCaseError::fail(format!("{broken:?}\n{text}")))?;
            let Data::Map(entries) = node.data else { panic!("a mapping") };
            prop_assert_eq!(&entries[0].0.text, &name);
            let Data::Scalar { text, .. } = &entries[0].1.data else { panic!("a scalar") };
            prop_assert_eq!(text, &a);
            prop_assert!(!entries[0].1.is_null());
            let Data::Map(inner) = &entries[1].1.data else { panic!("a mapping") };
            let Data::Scalar { text, .. } = &inner[0].1.data else { panic!("a scalar") };
            prop_assert_eq!(text, &a);
            let Data::List(items) = &inner[1].1.data else { panic!("a list") };
            let Data::Scalar { text, .. } = &items[0].data else { panic!("a scalar") };
            prop_assert_eq!(text, &b);
        }
    }

    #[test]
    fn usual_words_stay_plain_and_others_do_not() {
        for plain in ["Documents", "skills/pdf", "Team catalog", "v1.2.0", "9d2f1ae"] {
            assert_eq!(value(plain), plain);
        }
        for odd in ["1.2.0", "true", "a: b", "", "sha256:ab", "2026-01-02", "12e4567", "# a"] {
            assert_eq!(value(odd), format!("\"{odd}\""));
        }
        assert_eq!(key("w/agent/python:fastapi"), "w/agent/python:fastapi");
    }
}
