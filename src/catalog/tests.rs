//! What collection files mean, on small made catalogs.

use std::collections::{BTreeMap, HashSet};

use super::resolve::Resolver;
use super::{Removed, ResolvedCollection};
use crate::error::Problem;
use crate::format::collection::{parse_collection, parse_group};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::shared::Shared;

/// Artifacts by id; words after the id are tags, `category=…` and `plugin=…` set those.
fn artifacts(lines: &[&str]) -> Vec<Shared<Artifact>> {
    let mut artifacts: Vec<Shared<Artifact>> =
        lines.iter().map(|line| artifact(line).into()).collect();
    artifacts.sort_by(|a, b| a.id.cmp(&b.id));
    artifacts
}

fn artifact(line: &str) -> Artifact {
    let mut words = line.split(' ');
    let id = words.next().unwrap();
    let path = id.split('/').next_back().unwrap().replace(':', "/");
    let json = serde_json::json!({
        "id": id, "path": format!("skills/{path}"), "hash": ContentHash::of(b""), "files": [],
    });
    let mut artifact: Artifact = serde_json::from_value(json).unwrap();
    for word in words {
        match word.split_once('=') {
            Some(("category", value)) => artifact.category = Some(value.to_owned()),
            Some(("plugin", value)) => artifact.plugin = Some(value.to_owned()),
            _ => artifact.tags.push(word.to_owned()),
        }
    }
    artifact
}

/// A collection of one or more files: the collection's own, then `name: text` of its groups.
fn resolve(
    artifacts: &[Shared<Artifact>],
    removed: &[Removed],
    collection: &str,
    groups: &[(&str, &str)],
) -> (ResolvedCollection, Vec<Problem>) {
    let mut definition = parse_collection("c", "c/collection.yaml", collection).unwrap();
    definition.groups = groups
        .iter()
        .map(|(slug, text)| parse_group(slug, &format!("c/groups/{slug}.yaml"), text).unwrap())
        .collect();
    let locked = BTreeMap::new();
    let mut resolver = Resolver::new(artifacts, removed, HashSet::new(), &locked);
    let resolved = resolver.resolve(definition);
    (resolved, resolver.into_problems())
}

/// Names of the members of the collection, then of each group, then of what no group holds.
fn check(lines: &[&str], collection: &str, groups: &[(&str, &str)], wanted: &[&str]) {
    let artifacts = artifacts(lines);
    let (resolved, problems) = resolve(&artifacts, &[], collection, groups);
    assert_eq!(problems, Vec::new());
    let names = |members: &[usize]| {
        members.iter().map(|&i| artifacts[i].id.name.as_str()).collect::<Vec<_>>().join(" ")
    };
    let mut seen = vec![names(&resolved.members)];
    seen.extend(resolved.groups.iter().map(|group| names(&group.members)));
    seen.push(names(&resolved.ungrouped));
    assert_eq!(seen, wanted);
}

#[test]
fn items_of_include_are_alternatives_and_keys_of_an_item_must_all_hold() {
    let lines = ["x/skill/a t", "x/agent/b t", "y/skill/c", "y/skill/d t"];
    check(&lines, "include: [{source: x, kind: skill}, {tag: t, source: y}]", &[], &["a d", "a d"]);
    check(
        &lines,
        "include: [{kind: [skill, agent]}]\nexclude: [x/agent/b, {tag: t, source: y}]",
        &[],
        &["a c", "a c"],
    );
    check(&lines, "include: [{path: 'skills/*'}]\npin: {}", &[], &["a b c d", "a b c d"]);
}

#[test]
fn members_of_a_plugin_share_its_category() {
    let lines = ["x/plugin/p category=docs", "x/skill/p:a plugin=p", "x/skill/b"];
    check(&lines, "include: [{category: docs}]", &[], &["p:a p", "p:a p"]);
    check(&lines, "include: [{plugin: p, kind: skill}]", &[], &["p:a", "p:a"]);
    check(&lines, "include: [{name: a}]", &[], &["p:a", "p:a"]);
}

#[test]
fn a_group_places_by_rank_then_id_and_chooses_among_its_collection() {
    let lines = ["x/skill/a t", "x/skill/b t", "x/skill/c t", "x/skill/d t", "x/skill/e"];
    check(
        &lines,
        "include: [{tag: t}]\nexclude: [x/skill/d]",
        &[
            ("first", "members:\n  x/skill/c: {rank: 10}\n  x/skill/b: {rank: 5}\n  x/skill/a:\n"),
            ("second", "include: [{source: x}]\nexclude: [x/skill/b]"),
            ("empty", "title: Nothing here"),
        ],
        &["a b c", "b c a", "a c", "", ""],
    );
}

#[test]
fn what_a_group_names_belongs_to_its_collection() {
    check(&["x/skill/a", "x/skill/b"], "", &[("g", "members: {x/skill/b: }")], &["b", "b", ""]);
}

#[test]
fn an_id_that_never_was_is_an_error_and_one_that_is_gone_a_warning() {
    let artifacts = artifacts(&["x/skill/pdf"]);
    let gone = Removed {
        id: "x/skill/old".parse().unwrap(),
        path: "old".into(),
        date: "2026-08-01".parse().unwrap(),
    };
    let text = "pin:\n  x/skill/pfd:\n  x/skill/old:\n";
    let (resolved, problems) = resolve(&artifacts, &[gone], text, &[]);
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "error[SM203]: unknown artifact `x/skill/pfd`\n  \
             --> c/collection.yaml:2:3\n  help: did you mean `x/skill/pdf`?",
            "warning[SM204]: `x/skill/old` is gone from its source since 2026-08-01\n  \
             --> c/collection.yaml:3:3\n  \
             help: remove the line, or name what took its place",
        ]
    );
    assert_eq!(resolved.gone, vec!["x/skill/old".parse().unwrap()]);
}
