//! One total function from a name to a part of a URL: `[a-z0-9._-]`, one path component, safe on
//! case-insensitive file systems. The name itself is shown; the slug is only the address.

use super::hash::ContentHash;

/// Longer slugs are cut and made unique by a suffix.
const LENGTH_MAX: usize = 100;

/// Device names that some file systems refuse, with or without an ending.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// `pdf` stays, `python:fastapi` is `python--fastapi`, `My Skill` is `my-skill`.
pub fn slug(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            ':' => out.push_str("--"),
            'a'..='z' | '0'..='9' | '.' | '_' | '-' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            _ => out.push('-'),
        }
    }
    let trimmed = out.trim_matches(['-', '.']);
    let nothing_left = !trimmed.bytes().any(|b| b.is_ascii_alphanumeric());
    if nothing_left || trimmed.len() > LENGTH_MAX || is_reserved(trimmed) {
        let head = &trimmed[..trimmed.len().min(LENGTH_MAX - 8)];
        return with_suffix(if nothing_left { "x" } else { head }, name);
    }
    trimmed.to_owned()
}

/// The slug for a name whose plain slug is already taken by another.
pub fn with_suffix(slug: &str, name: &str) -> String {
    format!("{slug}-{}", ContentHash::of(name.as_bytes()).short(6))
}

fn is_reserved(slug: &str) -> bool {
    let stem = slug.split('.').next().unwrap_or_default();
    let letters = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    RESERVED.contains(&letters) && stem.len() <= letters.len() + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_names_stay_readable() {
        assert_eq!(slug("pdf"), "pdf");
        assert_eq!(slug("python-development:fastapi-pro"), "python-development--fastapi-pro");
        assert_eq!(slug("CI/CD Helper"), "ci-cd-helper");
        assert_eq!(slug("contest"), "contest");
    }

    #[test]
    fn names_that_would_hurt_get_a_suffix() {
        assert!(slug("con").starts_with("con-"));
        assert!(slug("com1.txt").starts_with("com1.txt-"));
        assert!(slug("..").starts_with("x-"));
        assert!(slug("日本").starts_with("x-"));
    }

    proptest! {
        #[test]
        fn any_name_is_one_safe_component(name in ".*") {
            let slug = slug(&name);
            prop_assert!(!slug.is_empty() && slug.len() <= LENGTH_MAX);
            prop_assert!(slug.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-')));
            prop_assert!(!slug.starts_with('.') && !slug.ends_with('.'));
        }
    }
}
