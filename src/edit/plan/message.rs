//! What was done, in a sentence without its full stop.

use crate::model::id::ArtifactId;
use crate::words;

/// Longer ones are counted.
const SENTENCES_MAX: usize = 3;

/// `pdf`, or `3 artifacts`.
pub(super) fn of_ids(ids: &[ArtifactId]) -> String {
    match ids {
        [one] => words::visible(one.short_name()),
        several => words::count(several.len(), "artifact"),
    }
}

/// One sentence of several.
pub(super) fn of_all(mut said: Vec<String>) -> String {
    said.dedup();
    if said.len() > SENTENCES_MAX {
        return format!("Made {}", words::count(said.len(), "change"));
    }
    let mut all = String::new();
    for sentence in said {
        if all.is_empty() {
            all = sentence;
            continue;
        }
        let mut letters = sentence.chars();
        let first = letters.next().map(|first| first.to_lowercase().collect::<String>());
        all = format!("{all}, {}{}", first.unwrap_or_default(), letters.as_str());
    }
    all
}
