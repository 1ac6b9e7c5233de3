//! Minimal trees in memory; and the public repositories, when `SKILLMEAT_CORPUS` names a folder
//! that holds clones of them.

mod again;
mod documents;
mod parts;
mod shelves;
mod whole;

use super::*;
use crate::error::Place;
use crate::model::source::Address;
use crate::source::memory::Nothing;

fn source() -> Source {
    Source {
        name: "s".to_owned(),
        address: Address::Path(".".to_owned()),
        include: Vec::new(),
        exclude: Vec::new(),
        tags: Vec::new(),
        place: Place::file("skillmeat.yaml"),
    }
}

fn path(text: &str) -> RelPath {
    RelPath::parse(text).unwrap()
}

fn tree(files: &[(&str, &str)]) -> Tree {
    Tree::of_files(
        files.iter().map(|(name, text)| (path(name), text.as_bytes().to_vec())).collect(),
    )
}

fn found(files: &[(&str, &str)]) -> Detection {
    detect(&source(), &tree(files), &Sticky::new(), &Nothing)
}

/// `id path: files`, one line each.
fn listing(detection: &Detection) -> Vec<String> {
    let line = |found: &Found| {
        let a = &found.artifact;
        let files: Vec<&str> = a.files.iter().map(|file| file.path.as_str()).collect();
        let id = a.id.to_string();
        format!("{} {}: {}", id.trim_start_matches("s/"), a.path, files.join(" "))
    };
    detection.artifacts.iter().map(line).collect()
}

/// `code file:line message` of all artifacts, then of the source.
fn problems(detection: &Detection) -> Vec<String> {
    let of_artifacts = detection.artifacts.iter().flat_map(|found| &found.artifact.problems);
    of_artifacts
        .chain(&detection.problems)
        .map(|problem| {
            let place = problem.place.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{} {place} {}", problem.code, problem.message)
        })
        .collect()
}

fn artifact<'a>(detection: &'a Detection, id: &str) -> &'a Artifact {
    let found = detection.artifacts.iter().find(|found| found.artifact.id.to_string() == id);
    &found.unwrap_or_else(|| panic!("no {id} in {:?}", listing(detection))).artifact
}

fn bytes_of(detection: &Detection, id: &str) -> String {
    let found = detection.artifacts.iter().find(|found| found.artifact.id.to_string() == id);
    match &found.unwrap().contents[0] {
        Content::Bytes(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        Content::Tree(path) => panic!("{path} is a file of the tree"),
    }
}

const SKILL: &str = "---\nname: pdf\ndescription: Reads PDFs\n---\n# PDF\n";
