//! The recipes for publishing: workflows that other machines read, which no test here can run.

use std::collections::BTreeMap;

use skillmeat::format::config;
use skillmeat::format::yaml::{self, Data, Node};

use super::{blocks, read};

fn get<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let Data::Map(entries) = &node.data else { return None };
    entries.iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
}

/// A text, or each of a list.
fn texts(node: &Node) -> Vec<&str> {
    match &node.data {
        Data::Scalar { text, .. } => vec![text],
        Data::List(nodes) => nodes.iter().flat_map(texts).collect(),
        Data::Map(_) => Vec::new(),
    }
}

/// The jobs of a workflow for GitHub, or of a pipeline for GitLab.
fn jobs(workflow: &Node) -> BTreeMap<&str, &Node> {
    let Data::Map(entries) = &get(workflow, "jobs").unwrap_or(workflow).data else {
        panic!("jobs have names");
    };
    let has_steps = |node: &Node| get(node, "steps").or(get(node, "script")).is_some();
    let jobs = entries.iter().filter(|(_, node)| has_steps(node));
    jobs.map(|(name, node)| (name.text.as_str(), node)).collect()
}

#[test]
fn recipes_for_publishing_are_yaml_and_their_jobs_go_together() {
    let limits = yaml::Limits { bytes: 1 << 20, nodes: 10_000 };
    let (mut n_workflows, mut numbers) = (0, Vec::new());
    for name in ["docs/publishing.md", "docs/large-catalogs.md"] {
        for block in blocks(&read(name)).into_iter().filter(|block| block.language == "yaml") {
            let place = format!("{name}:{}", block.line);
            let workflow = yaml::parse(&block.text, limits)
                .unwrap_or_else(|broken| panic!("{place}: {broken:?}"));
            if block.text.starts_with("# skillmeat.yaml") {
                config::parse(&block.text).unwrap_or_else(|error| panic!("{place}: {error}"));
                continue;
            }
            // Some are a few steps of one.
            let Data::Map(_) = workflow.data else { continue };
            let jobs = jobs(&workflow);
            assert!(!jobs.is_empty(), "{place} has no job");
            for (job, node) in &jobs {
                let needs = get(node, "needs").map(texts).unwrap_or_default();
                let lacking: Vec<_> = needs.iter().filter(|job| !jobs.contains_key(*job)).collect();
                assert!(lacking.is_empty(), "{place}: `{job}` needs {lacking:?}");
                let matrix = get(node, "strategy").and_then(|node| get(node, "matrix"));
                if let Some(parts) = matrix.and_then(|matrix| get(matrix, "part")) {
                    let all: Vec<String> =
                        (1..=texts(parts).len()).map(|n| n.to_string()).collect();
                    assert_eq!(texts(parts), all, "{place}");
                    numbers.push(all.len().to_string());
                }
                let parts = get(node, "env").and_then(|env| get(env, "PARTS"));
                let parts = parts.or(get(node, "parallel")).map(texts).unwrap_or_default();
                numbers.extend(parts.into_iter().map(str::to_owned));
            }
            n_workflows += 1;
        }
    }
    assert_eq!(n_workflows, 5);
    // The matrix, `parallel`, and how many lists there have to be.
    assert_eq!(numbers, ["8", "8", "8"]);
}
