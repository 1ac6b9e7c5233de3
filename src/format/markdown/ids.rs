//! Heading texts to ids, by the rules that GitHub's links expect, each id once.

use std::collections::{BTreeMap, BTreeSet};

const LENGTH_MAX: usize = 100;

/// The ids of one text.
pub struct Ids<'a> {
    prefix: &'a str,
    used: BTreeSet<String>,
    /// The number to try next for a slug that is taken.
    next: BTreeMap<String, usize>,
}

impl<'a> Ids<'a> {
    pub fn new(prefix: &'a str) -> Self {
        Self { prefix, used: BTreeSet::new(), next: BTreeMap::new() }
    }

    /// `Set up & run` is `set-up--run`; the second one is `set-up--run-1`.
    pub fn of_heading(&mut self, text: &str) -> String {
        let slug = slug(text);
        let mut id = format!("{}{slug}", self.prefix);
        while !self.used.insert(id.clone()) {
            let next = self.next.entry(slug.clone()).or_insert(1);
            id = format!("{}{slug}-{next}", self.prefix);
            *next += 1;
        }
        id
    }

    /// An id that stands in raw HTML; `None` when it is taken or no plain word.
    pub fn claim(&mut self, name: &str) -> Option<String> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
        if name.is_empty() || name.len() > LENGTH_MAX || !name.chars().all(plain) {
            return None;
        }
        let id = format!("{}{name}", self.prefix);
        self.used.insert(id.clone()).then_some(id)
    }

    /// The id a `#fragment` means: as written, or in lower case as heading ids are.
    pub fn find(&self, fragment: &str) -> Option<String> {
        [fragment.to_owned(), fragment.to_lowercase()]
            .into_iter()
            .map(|name| format!("{}{name}", self.prefix))
            .find(|id| self.used.contains(id))
    }
}

fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.trim().chars().flat_map(char::to_lowercase) {
        match c {
            ' ' => slug.push('-'),
            c if c.is_alphanumeric() || matches!(c, '-' | '_') => slug.push(c),
            _ => {}
        }
        if slug.len() >= LENGTH_MAX {
            break;
        }
    }
    if slug.is_empty() { "section".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_github_and_never_repeat() {
        let mut ids = Ids::new("x-");
        let texts =
            ["Set up & run", "Set up & run", "Set up & run-1", "set up  run 1", "日本", "!!"];
        let got: Vec<String> = texts.iter().map(|text| ids.of_heading(text)).collect();
        let want = [
            "x-set-up--run",
            "x-set-up--run-1",
            "x-set-up--run-1-1",
            "x-set-up--run-1-2",
            "x-日本",
            "x-section",
        ];
        assert_eq!(got, want);
        assert_eq!(ids.find("Set-Up--Run"), Some("x-set-up--run".into()));
        assert_eq!(ids.claim("日本"), None);
        assert_eq!(ids.claim("a b"), None);
        assert_eq!(ids.claim("top"), Some("x-top".into()));
    }
}
