//! What a source says of its collections and groups, as far as a file of ours can say it. Pure.

use crate::format::collection::COLORS;
use crate::format::lock::Said;
use crate::model::slug;
use crate::model::structure::{Section, Shelf};

/// Longer texts are cut: a title is a line, a description a few paragraphs.
const TITLE_CHARS_MAX: usize = 200;
const DESCRIPTION_CHARS_MAX: usize = 4000;
const ICON_CHARS_MAX: usize = 64;

pub(super) fn of_shelf(shelf: &Shelf, order: i64) -> Said {
    let description = cut(shelf.description.trim(), DESCRIPTION_CHARS_MAX);
    Said { title: title(&shelf.title, &shelf.key), description, order, ..Said::default() }
}

/// Colours that the format does not know are left out.
pub(super) fn of_section(section: &Section, order: i64) -> Said {
    let icon = section.icon.as_deref().map(|icon| cut(icon.trim(), ICON_CHARS_MAX));
    let color = section.color.as_deref().map(|color| color.trim().to_ascii_lowercase());
    Said {
        title: title(&section.title, &section.key),
        description: cut(section.description.trim(), DESCRIPTION_CHARS_MAX),
        order,
        icon: icon.filter(|icon| !icon.is_empty()),
        color: color.filter(|color| COLORS.contains(&color.as_str())),
        removed: None,
    }
}

/// One line; a thing without a title is called by its key.
fn title(title: &str, key: &str) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    let title = cut(&words.join(" "), TITLE_CHARS_MAX);
    if title.is_empty() { cut(key, TITLE_CHARS_MAX) } else { title }
}

fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

/// A folder's or file's name for a title: Latin letters without their accents, one `-` between
/// words. A title without any such letter gets a name that only tells it from others.
pub(super) fn slug_of(title: &str) -> String {
    let mut plain = String::with_capacity(title.len());
    for c in title.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') => plain.push(c),
            c => match without_accent(c) {
                Some(letters) => plain.push_str(letters),
                None if !plain.ends_with('-') => plain.push('-'),
                None => {}
            },
        }
    }
    let plain = plain.trim_matches(['-', '.', '_']);
    if plain.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        slug::slug(plain)
    } else {
        slug::slug(title)
    }
}

/// The letters of western European names.
fn without_accent(c: char) -> Option<&'static str> {
    Some(match c {
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' => "a",
        'Æ' | 'æ' => "ae",
        'Ç' | 'ç' | 'Ć'..='č' => "c",
        'Ď'..='đ' | 'Ð' | 'ð' => "d",
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' => "e",
        'Ĝ'..='ģ' => "g",
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' => "i",
        'Ĺ'..='ł' => "l",
        'Ñ' | 'ñ' | 'Ń'..='ň' => "n",
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō'..='ő' => "o",
        'Œ' | 'œ' => "oe",
        'Ŕ'..='ř' => "r",
        'Ś'..='š' => "s",
        'ß' => "ss",
        'Ţ'..='ŧ' => "t",
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' => "u",
        'Ý' | 'ý' | 'ÿ' | 'Ÿ' => "y",
        'Ź'..='ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_stay_readable() {
        assert_eq!(slug_of("Engineering Practice"), "engineering-practice");
        assert_eq!(slug_of("Données & ML"), "donnees-ml");
        assert_eq!(slug_of("  C++ / Größe: 2.0 "), "c-grosse-2.0");
        assert_eq!(slug_of("日本 team"), "team");
        assert!(slug_of("日本").starts_with("x-"));
        assert!(slug_of("CON").starts_with("con-"));
    }

    #[test]
    fn a_text_without_end_is_cut_and_a_colour_that_nobody_knows_left_out() {
        let section = Section {
            key: "k".into(),
            title: " a\n b ".into(),
            description: "é".repeat(9000),
            icon: Some(" ".into()),
            color: Some("#ff0000".into()),
            ..Section::default()
        };
        let said = of_section(&section, 10);
        assert_eq!((said.title.as_str(), said.description.chars().count()), ("a b", 4000));
        assert_eq!((said.icon, said.color), (None, None));
        let known = Section { color: Some("Slate".into()), ..section };
        assert_eq!(of_section(&known, 10).color.as_deref(), Some("slate"));
        assert_eq!(of_section(&Section { title: String::new(), ..known }, 10).title, "k");
    }
}
