//! What is found again after a few files got other bytes is what finding all of it anew gives.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::disk;
use crate::model::shared::Shared;
use crate::source::filter::Filter;
use crate::source::local;

/// Where something may stand in a source, with what it may hold.
const PLACES: [(&str, &[&str]); 17] = [
    ("skills/pdf/SKILL.md", &DOCUMENTS),
    ("skills/pdf/references/guide.md", &DOCUMENTS),
    ("skills/pdf/agents/helper.md", &DOCUMENTS),
    ("skills/pdf/mcp.json", &SETTINGS),
    ("skills/pdf/scripts/run.sh", &["#!/bin/sh\n", "echo\n", ""]),
    ("agents/reviewer.md", &DOCUMENTS),
    ("agents/README.md", &DOCUMENTS),
    ("commands/deploy.md", &DOCUMENTS),
    ("commands/ship.toml", &["prompt = \"x\"\n", "description = \"d\"\n", "prompt = \n", ""]),
    ("notes.md", &DOCUMENTS),
    ("hooks/hooks.json", &SETTINGS),
    ("hooks/README.md", &DOCUMENTS),
    ("hooks/guard.sh", &["#!/bin/sh\n", "exit 2\n"]),
    ("kit/.claude-plugin/plugin.json", &MANIFESTS),
    ("kit/README.md", &DOCUMENTS),
    ("kit/docs/deep.md", &DOCUMENTS),
    ("kit/skills/xlsx/SKILL.md", &DOCUMENTS),
];

const DOCUMENTS: [&str; 8] = [
    "---\nname: pdf\ndescription: Fills forms.\n---\n\n# Text\n",
    "---\nname: pdf\ndescription: Merges files.\ntags: [a, b]\n---\n\n# Other\n",
    "---\nname: reviewer\ndescription: Reviews.\ntools: Read, Edit\nmodel: opus\n---\nYou review.\n",
    "---\nargument-hint: x\ndescription: Runs $ARGUMENTS.\n---\nDo $ARGUMENTS\n",
    "---\nname: [broken\n---\n",
    "# Only a heading\n",
    "",
    "---\nname: pdf\nversion: 2\n---\nNo description.\n",
];
const SETTINGS: [&str; 4] = [
    "{\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"./guard.sh\"}]}]}}",
    "{\"mcpServers\": {\"one\": {\"command\": \"npx\"}}}",
    "{\"broken\": ",
    "{}",
];
const MANIFESTS: [&str; 4] = [
    "{\"name\": \"kit\"}",
    "{\"name\": \"other\", \"agents\": [\"./docs/deep.md\"]}",
    "{\"name\": \"kit\", \"hooks\": \"./docs/x.json\"}",
    "[]",
];

struct Place {
    dir: tempfile::TempDir,
    root: PathBuf,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = disk::real_path(dir.path()).unwrap();
        Self { dir, root }
    }

    fn write(&self, (at, text): (usize, usize)) -> PathBuf {
        let (name, texts) = PLACES[at % PLACES.len()];
        let path = self.root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, texts[text % texts.len()]).unwrap();
        path
    }

    fn read(&self) -> (Tree, Detection) {
        let tree = local::open(self.dir.path(), &Filter::new(&[], &[]).unwrap()).unwrap();
        let detection = detect(&source(), &tree, &Sticky::new(), &Nothing);
        (tree, detection)
    }
}

/// Everything that was found, as it is known now.
struct Known {
    tree: Tree,
    structure: Structure,
    artifacts: Vec<Shared<Artifact>>,
    contents: Vec<Vec<Content>>,
}

impl Known {
    fn new((tree, detection): (Tree, Detection)) -> Self {
        let (artifacts, contents) =
            detection.artifacts.into_iter().map(|one| (one.artifact.into(), one.contents)).unzip();
        Self { tree, structure: detection.structure, artifacts, contents }
    }

    fn again(&mut self, touched: &BTreeSet<RelPath>) -> Option<()> {
        let before = Before {
            source: &source(),
            tree: &self.tree,
            structure: &self.structure,
            artifacts: &self.artifacts,
            contents: &self.contents,
        };
        for (at, artifact) in again(&before, touched)? {
            self.artifacts[at] = artifact.into();
        }
        Some(())
    }
}

#[test]
fn after_any_saves_what_is_found_again_is_what_is_found_anew() {
    let (n_saved, n_again) = (Cell::new(0), Cell::new(0));
    let word = (0..PLACES.len(), 0..8usize);
    let saves = prop::collection::vec(prop::collection::vec(word.clone(), 1..3), 1..8);
    let there = prop::collection::vec(word, 20..40);
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let result = runner.run(&(there, saves), |(there, saves)| {
        let place = Place::new();
        there.iter().for_each(|one| drop(place.write(*one)));
        let mut known = Known::new(place.read());
        for save in saves {
            let paths = save.iter().map(|one| place.write(*one)).collect();
            n_saved.set(n_saved.get() + 1);
            let touched = local::touched(&place.root, &known.tree, &paths);
            let Some(()) = touched.and_then(|touched| known.again(&touched)) else {
                known = Known::new(place.read());
                continue;
            };
            n_again.set(n_again.get() + 1);
            let anew = Known::new(place.read());
            for (now, then) in known.artifacts.iter().zip(&anew.artifacts) {
                prop_assert_eq!(&**now, &**then);
            }
            prop_assert_eq!(known.artifacts.len(), anew.artifacts.len());
            prop_assert_eq!(&known.contents, &anew.contents);
        }
        Ok(())
    });
    result.unwrap();
    // New files and manifests ask for all; most saves of files that are there do not.
    assert!(n_again.get() * 4 > n_saved.get(), "{} of {}", n_again.get(), n_saved.get());
}

#[test]
fn a_saved_document_is_found_again_with_its_plugin_and_without_reading_others() {
    let place = Place::new();
    [(13, 0), (14, 0), (16, 0), (0, 0), (5, 2)].iter().for_each(|one| drop(place.write(*one)));
    let mut known = Known::new(place.read());
    // Not told, so not seen.
    place.write((5, 0));
    let paths = BTreeSet::from([place.write((16, 1))]);
    let touched = local::touched(&place.root, &known.tree, &paths).unwrap();
    let before = known.artifacts.clone();
    known.again(&touched).unwrap();
    let changed: Vec<String> = known
        .artifacts
        .iter()
        .zip(&before)
        .filter(|(now, then)| !now.is(then))
        .map(|(now, _)| format!("{}: {}", now.id, now.description))
        .collect();
    assert_eq!(changed, ["s/skill/kit:xlsx: Merges files.", "s/plugin/kit: "]);
}

#[test]
fn what_is_new_gone_or_of_another_mode_asks_for_all() {
    let place = Place::new();
    let skill = place.write((0, 0));
    let (tree, _) = place.read();
    let touched = |path: &PathBuf| {
        let touched = local::touched(&place.root, &tree, &BTreeSet::from([path.clone()]));
        touched.map(|paths| paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    let at = |name: &str| place.root.join(name);
    assert_eq!(touched(&skill).as_deref(), Some("skills/pdf/SKILL.md"));
    assert_eq!(touched(&at("skills/came-and-went.md")).as_deref(), Some(""));
    assert_eq!(touched(&at("skills/pdf/.git/index")).as_deref(), Some(""));
    assert_eq!(touched(&PathBuf::from("/elsewhere")).as_deref(), Some(""));
    assert_eq!(touched(&place.root), None);
    assert_eq!(touched(&at("skills")), None);
    assert_eq!(touched(&place.write((5, 0))), None);
    disk::make_executable(&skill).unwrap();
    assert_eq!(touched(&skill), None);
    disk::remove_file(&skill).unwrap();
    assert_eq!(touched(&skill), None);
}
