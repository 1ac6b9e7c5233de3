//! Names, links, arbitrary input, and the public repositories.

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::model::hash::ContentHash;
use crate::source::filter::Filter;
use crate::source::local;
use crate::source::tree::{Blobs, Entry};

#[test]
fn a_name_that_is_taken_gets_a_part_of_its_paths_hash_and_the_lock_is_kept() {
    let files = [("a/pdf/SKILL.md", SKILL), ("b/pdf/SKILL.md", SKILL), ("c/pdf/SKILL.md", SKILL)];
    let b = format!("pdf~{}", ContentHash::of(b"b/pdf").short(6));
    let c = format!("pdf~{}", ContentHash::of(b"c/pdf").short(6));
    let names = |sticky: &Sticky| -> Vec<(String, String)> {
        let detection = detect(&source(), &tree(&files), sticky, &Nothing);
        let mut names: Vec<(String, String)> = detection
            .artifacts
            .into_iter()
            .map(|found| (found.artifact.path, found.artifact.id.name))
            .collect();
        names.sort();
        names
    };
    let named = |a: &str, b: &str, c: &str| {
        [("a/pdf", a), ("b/pdf", b), ("c/pdf", c)]
            .map(|(p, n)| (p.to_owned(), n.to_owned()))
            .to_vec()
    };
    assert_eq!(names(&Sticky::new()), named("pdf", &b, &c));
    let sticky = Sticky::from([
        ((Kind::Skill, "b/pdf".to_owned()), "pdf".to_owned()),
        ((Kind::Skill, "gone".to_owned()), "pdf".to_owned()),
    ]);
    let a = format!("pdf~{}", ContentHash::of(b"a/pdf").short(6));
    assert_eq!(names(&sticky), named(&a, "pdf", &c));
}

struct NoBytes;

impl Blobs for NoBytes {
    fn read(&self, _path: &RelPath) -> crate::error::Result<Vec<u8>> {
        Ok(SKILL.as_bytes().to_vec())
    }
}

#[test]
fn a_link_to_a_skill_or_a_command_is_an_alias() {
    let file = Entry::File { size: 1, executable: false };
    let link = |target: &str| Entry::Link { target: target.to_owned() };
    let entries = [
        ("skills/pdf/SKILL.md", file.clone()),
        ("skills/pdf/broken", link("nowhere")),
        ("linked", link("skills/pdf")),
        (".claude/skills", link("../skills")),
        ("one/pdf/SKILL.md", link("../../skills/pdf/SKILL.md")),
        ("commands/go.md", file),
        (".claude/commands/go.md", link("../../commands/go.md")),
        ("out", link("../secret")),
    ];
    let entries = entries.into_iter().map(|(name, entry)| (path(name), entry)).collect();
    let tree = Tree::new(entries, Vec::new(), Box::new(NoBytes));
    let found = detect(&source(), &tree, &Sticky::new(), &Nothing);
    assert_eq!(
        listing(&found),
        ["skill/pdf skills/pdf: SKILL.md", "command/go commands/go.md: go.md"]
    );
    let pdf = artifact(&found, "s/skill/pdf");
    assert_eq!(pdf.aliases, [".claude/skills/pdf", "linked", "one/pdf"]);
    assert_eq!(pdf.problems.len(), 1);
    assert_eq!(artifact(&found, "s/command/go").aliases, [".claude/commands/go.md"]);
    assert_eq!(found.problems.len(), 1);
}

/// Paths at which something is read, whatever stands there.
const PLACES: [&str; 16] = [
    "SKILL.md",
    "skills/a/SKILL.md",
    "commands/a.md",
    "agents/a.md",
    "a.md",
    "commands/a.toml",
    ".codex/agents/a.toml",
    ".codex/config.toml",
    ".mcp.json",
    "server.json",
    "hooks/hooks.json",
    ".claude/settings.json",
    ".claude-plugin/plugin.json",
    "p/.claude-plugin/plugin.json",
    ".claude-plugin/marketplace.json",
    "plugin.json",
];

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let key = prop::sample::select(vec![
        "hooks",
        "mcpServers",
        "servers",
        "plugins",
        "name",
        "source",
        "path",
        "url",
        "repo",
        "skills",
        "agents",
        "commands",
        "command",
        "args",
        "env",
        "headers",
        "author",
        "tags",
        "description",
        "Stop",
        "type",
        "content",
        "packages",
        "remotes",
        "$schema",
        "events",
        "x/y",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        prop::sample::select(vec![
            "./",
            "../x",
            "./skills",
            "local",
            "url",
            "github",
            "npm",
            "https://u:p@h/?token=a",
            "a",
            "",
            "é\n",
            "agent-plugin",
            "sk-0123456789ABCDEFGHIJ",
        ])
        .prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((key.clone(), inner), 0..4).prop_map(|pairs| {
                let pairs = pairs.into_iter().map(|(key, value)| (key.to_owned(), value));
                pairs.collect::<serde_json::Map<_, _>>().into()
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_files_panic_and_no_two_artifacts_share_an_id_or_a_path(
        jsons in prop::collection::vec((0..PLACES.len(), any_json()), 0..6),
        texts in prop::collection::vec((0..PLACES.len(), "(---\n(name|description|tools): .{0,9}\n---\n)?.{0,30}"), 0..4),
    ) {
        let jsons = jsons.iter().map(|(at, json)| (PLACES[*at], json.to_string()));
        let texts = texts.iter().map(|(at, text)| (PLACES[*at], text.clone()));
        let files: BTreeMap<&str, String> = texts.chain(jsons).collect();
        let files = files.into_iter().map(|(name, text)| (path(name), text.into_bytes()));
        let tree = Tree::of_files(files.collect());
        let detection = detect(&source(), &tree, &Sticky::new(), &Nothing);
        let mut ids = BTreeSet::new();
        let mut paths = BTreeSet::new();
        for Found { artifact, contents } in &detection.artifacts {
            prop_assert!(ids.insert(artifact.id.to_string()));
            prop_assert!(paths.insert((artifact.id.kind, artifact.path.clone())));
            prop_assert_eq!(artifact.files.len(), contents.len());
            prop_assert_eq!(artifact.id.to_string().parse(), Ok(artifact.id.clone()));
        }
    }
}

/// `skills commands agents hooks servers plugins`, and how many of the plugins are elsewhere.
fn counts(detection: &Detection) -> ([usize; 6], usize) {
    let of = |kind| detection.artifacts.iter().filter(|f| f.artifact.id.kind == kind).count();
    let elsewhere = detection.artifacts.iter().filter(|f| f.artifact.can.external.is_some());
    (Kind::ALL.map(of), elsewhere.count())
}

#[test]
fn the_public_repositories_hold_what_a_person_counts_in_them() {
    let Ok(corpus) = std::env::var("SKILLMEAT_CORPUS") else {
        println!("skipped: SKILLMEAT_CORPUS names no folder of bundles");
        return;
    };
    for (name, expected) in [
        ("superpowers", ([14, 0, 0, 2, 0, 1], 0)),
        ("wshobson-agents", ([181, 105, 202, 2, 0, 92], 1)),
        ("voltagent-subagents", ([0, 4, 158, 0, 0, 10], 0)),
        ("claude-plugins-official", ([31, 30, 31, 6, 15, 287], 233)),
    ] {
        let everything = Filter::new(&[], &[]).unwrap();
        let clone = tempfile::tempdir().unwrap();
        let bundle = Path::new(&corpus).join(name).with_extension("bundle");
        let git = Command::new("git").args(["clone", "-q"]).arg(bundle).arg(clone.path()).status();
        assert!(git.unwrap().success(), "{name} cannot be cloned");
        let tree = local::open(clone.path(), &everything).unwrap();
        let detection = detect(&source(), &tree, &Sticky::new(), &Nothing);
        assert_eq!(counts(&detection), expected, "{name}");
        assert_eq!(problems(&detection).iter().filter(|p| p.starts_with("SM331")).count(), 0);
    }
}
