//! What was typed and planned to command lines for a person to paste.

use crate::deploy::order::{Choice, Order, What};
use crate::deploy::plan::{Plan, Step};
use crate::model::profile::Profile;

/// `skillmeat` with these words, and the catalog that was named.
pub(super) fn command(words: &[&str]) -> String {
    let all = std::iter::once("skillmeat".to_owned()).chain(catalog(&typed()));
    let all: Vec<String> = all.chain(words.iter().map(|word| quoted(word))).collect();
    all.join(" ")
}

/// What was typed, for one project, with these flags in place of what only shows or agrees.
pub(super) fn again(project: &str, more: &str) -> String {
    let kept: Vec<String> = kept(&typed(), project).iter().map(|word| quoted(word)).collect();
    format!("skillmeat {} {more}", kept.join(" "))
}

/// The command for the artifact of a step alone, with a choice.
pub(super) fn choosing(plan: &Plan, step: &Step, choice: Choice) -> String {
    let is_other = |other: &&Step| other.id == step.id && other.profile != step.profile;
    let is_alone = plan.steps.iter().find(is_other).is_none();
    let words = words(&plan.order, step, choice, is_alone);
    command(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

fn typed() -> Vec<String> {
    std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect()
}

fn kept(typed: &[String], project: &str) -> Vec<String> {
    let mut kept = Vec::new();
    let mut rest = typed.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--dry-run" | "--yes" | "--json" => {}
            "--consent" => {
                rest.next();
            }
            "--all-projects" => kept.extend(["--project".to_owned(), project.to_owned()]),
            word if word.starts_with("--consent=") => {}
            // Short flags, alone or together.
            word if word
                .strip_prefix('-')
                .is_some_and(|it| !it.is_empty() && it.chars().all(|c| "nyq".contains(c))) => {}
            word => kept.push(word.to_owned()),
        }
    }
    kept
}

fn words(order: &Order, step: &Step, choice: Choice, is_alone: bool) -> Vec<String> {
    let verb = match &order.what {
        What::Deploy { .. } => "deploy",
        What::Update { .. } => "update",
        What::Undeploy { .. } => "undeploy",
        What::Rollback { .. } | What::Undo { .. } => "rollback",
    };
    let mut words = vec![verb.to_owned()];
    words.extend(step.id.as_ref().map(ToString::to_string));
    let mut add = |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
    add("--project", &order.project);
    match &order.what {
        What::Rollback { to } => add("--to", &to.to_string()),
        What::Undo { .. } => {}
        // What is meant without it need not be said.
        What::Deploy { .. } if step.profile == Profile::ClaudeCode.word() => {}
        What::Update { .. } | What::Undeploy { .. } if is_alone => {}
        _ => add("--profile", &step.profile),
    }
    if let What::Deploy { at: Some(at), .. } = &order.what {
        add("--at", at);
    }
    add("--choice", choice.word());
    if order.allow_hidden {
        words.push("--allow-hidden".to_owned());
    }
    words
}

/// `-C DIR`, where it was given.
fn catalog(typed: &[String]) -> Vec<String> {
    for (at, word) in typed.iter().enumerate() {
        let value = match word.as_str() {
            "-C" | "--dir" => typed.get(at + 1).map(String::as_str),
            word => word.strip_prefix("--dir=").or_else(|| {
                word.strip_prefix("-C").map(|dir| dir.strip_prefix('=').unwrap_or(dir))
            }),
        };
        if let Some(dir) = value {
            return vec!["-C".to_owned(), quoted(dir)];
        }
    }
    Vec::new()
}

/// As a shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./~-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_is_named_as_it_was_typed() {
        let of = |line: &str| {
            let typed: Vec<String> = line.split('|').map(str::to_owned).collect();
            catalog(&typed).join(" ")
        };
        for (typed, wanted) in [
            ("deploy|a", ""),
            ("-C|../x|deploy", "-C ../x"),
            ("deploy|--dir=a b", "-C 'a b'"),
            ("-C../x|deploy", "-C ../x"),
        ] {
            assert_eq!(of(typed), wanted, "{typed}");
        }
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn what_only_shows_or_agrees_is_not_typed_again() {
        let of = |line: &str| {
            let typed: Vec<String> = line.split(' ').map(str::to_owned).collect();
            kept(&typed, "shop").join(" ")
        };
        for (typed, wanted) in [
            ("-C x deploy a -ny --project shop", "-C x deploy a --project shop"),
            ("update --all-projects --consent 1 --consent=2 --json", "update --project shop"),
            ("deploy a-n - --choice merge --yes --dry-run", "deploy a-n - --choice merge"),
        ] {
            assert_eq!(of(typed), wanted, "{typed}");
        }
    }
}
