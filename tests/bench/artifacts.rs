//! Artifacts as people write them, as many as wanted, the same each time.

use std::fmt::Write;
use std::fs;
use std::path::Path;

const TOPICS: [&str; 12] = [
    "invoices",
    "release notes",
    "database schemas",
    "test fixtures",
    "accessibility",
    "log files",
    "API contracts",
    "spreadsheets",
    "incident reports",
    "translations",
    "dashboards",
    "licences",
];
const VERBS: [&str; 8] =
    ["Reads", "Checks", "Writes", "Compares", "Explains", "Migrates", "Summarises", "Plans"];
const STEPS: [&str; 6] = [
    "Look at what is there before you change anything, and say what you found",
    "Ask for what is missing instead of guessing it; name the file and the line",
    "Work on one part at a time and show the difference after each",
    "Keep the order and the names that people chose, also where you would choose others",
    "Run the checks again at the end; if one fails, say which and why",
    "Write the result where it was asked for and leave nothing else behind",
];

/// Of every ten, six are skills (four of them with a second file), two agents, two commands; a
/// hundred share a folder, with a README that is none of these.
pub fn make(root: &Path, count: usize) {
    for at in 0..count {
        one(root, at, 0);
    }
}

/// Changes some, spread over all.
pub fn change(root: &Path, count: usize, n_changed: usize) {
    for i in 0..n_changed {
        one(root, i * count / n_changed, 1);
    }
}

fn one(root: &Path, at: usize, edition: usize) {
    let team = root.join(format!("team-{:03}", at / 100));
    let (verb, topic) = (VERBS[at % VERBS.len()], TOPICS[at / 3 % TOPICS.len()]);
    let name = format!("{}-{}-{at}", verb.to_lowercase(), topic.replace(' ', "-").to_lowercase());
    let description = format!(
        "{verb} {topic} the way team {} does it. Use when someone hands over {topic} and wants \
         them looked at, or asks what changed in edition {edition}.",
        at / 100
    );
    let body = body(at, edition);
    match at % 10 {
        0..6 => {
            let dir = team.join("skills").join(&name);
            let text = format!(
                "---\nname: {name}\ndescription: {description}\nlicense: MIT\nallowed-tools: Read, \
                 Grep, Bash(git:*)\nmetadata:\n  version: \"1.{edition}.{}\"\n  author: Team {}\n\
                 ---\n\n# {verb} {topic}\n\n{body}",
                at % 7,
                at / 100
            );
            write(&dir.join("SKILL.md"), &text);
            if at % 10 < 4 {
                write(&dir.join("references/guide.md"), &format!("# Guide\n\n{body}"));
            }
        }
        6 | 7 => {
            let text = format!(
                "---\nname: {name}\ndescription: {description}\ntools: Read, Edit\nmodel: sonnet\n\
                 ---\n\nYou look after {topic}.\n\n{body}"
            );
            write(&team.join("agents").join(format!("{name}.md")), &text);
        }
        _ => {
            let text = format!(
                "---\ndescription: {description}\nargument-hint: \"[file]\"\n---\n\n{verb} {topic} \
                 in $ARGUMENTS.\n\n{body}"
            );
            write(&team.join("commands").join(format!("{name}.md")), &text);
        }
    }
    if at.is_multiple_of(100) && edition == 0 {
        write(&team.join("README.md"), "# A team\n\nWhat is here, and whom to ask.\n");
    }
}

/// About three kilobytes, of no two the same.
fn body(at: usize, edition: usize) -> String {
    let mut text = String::new();
    let mut state = at as u64 * 2 + 1;
    for section in 0..5 {
        let _ = writeln!(text, "## Step {section}\n");
        for _ in 0..6 {
            // Any sequence that never changes will do.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let step = STEPS[(state >> 33) as usize % STEPS.len()];
            let _ = writeln!(text, "- {step} ({}).", state >> 50);
        }
        text.push_str("\n```sh\ngit diff --stat && ./check.sh --all\n```\n\n");
    }
    let _ = writeln!(text, "Edition {edition}.");
    text
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}
