//! A project's folder to what is deployed in it, by the records that SkillMeat leaves.
//!
//! Reads only. Knows nothing of the catalog: which artifact a record means and what state it is in
//! is worked out by `catalog::states`.

use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;
use walkdir::WalkDir;

use crate::disk;
use crate::error::{Place, Problem, Result};
use crate::model::hash::{ContentHash, OriginalHasher};
use crate::model::id::Kind;
use crate::model::path::RelPath;

/// The record of SkillMeat 0.9, in `.claude` and in the folders of other profiles.
const RECORD: &str = ".skillmeat-deployed.toml";

/// Deployed folders with more files than this are not hashed.
const FILES_MAX: usize = 10_000;

/// What one project holds.
#[derive(Debug, Default)]
pub struct Scan {
    /// Sorted by kind, name and profile.
    pub records: Vec<Record>,
    pub problems: Vec<Problem>,
}

/// One recorded deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub kind: Kind,
    pub name: String,
    pub profile: String,
    /// Relative to the project.
    pub path: RelPath,
    pub deployed_at: Option<Date>,
    /// SkillMeat's content hash as deployed, hex.
    pub base: Option<String>,
    /// The same hash of what is there now; `None` when nothing is.
    pub here: Option<String>,
}

/// Reads the records below the hidden folders of a project.
pub fn scan(root: &Path) -> Result<Scan> {
    if !root.is_dir() {
        let text = format!("project folder `{}` does not exist", root.display());
        return Err(Problem::error("SM434", text)
            .help("correct `projects` in skillmeat.yaml")
            .into());
    }
    let mut scan = Scan::default();
    for dir in disk::list_dirs(root)? {
        let file = format!("{dir}/{RECORD}");
        if !dir.starts_with('.') {
            continue;
        }
        let Some(text) = disk::read_text(&root.join(&file))? else { continue };
        match toml::from_str::<File>(&text) {
            Ok(read) => {
                for entry in read.deployed {
                    match record(root, &dir, entry) {
                        Ok(record) => scan.records.push(record),
                        Err(reason) => scan.problems.push(unusable(&file, &reason)),
                    }
                }
            }
            Err(cause) => scan.problems.push(unusable(&file, cause.message())),
        }
    }
    scan.records.sort_by(|a, b| (a.kind, &a.name, &a.profile).cmp(&(b.kind, &b.name, &b.profile)));
    Ok(scan)
}

/// The file as SkillMeat 0.9 writes it (`storage/deployment.py`).
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    deployed: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    artifact_name: String,
    artifact_type: String,
    artifact_path: String,
    deployed_at: Option<toml::Value>,
    content_hash: Option<String>,
    /// What older files have in its place.
    collection_sha: Option<String>,
    deployment_profile_id: Option<String>,
}

fn record(root: &Path, dir: &str, entry: Entry) -> std::result::Result<Record, String> {
    let kind = match entry.artifact_type.as_str() {
        "composite" => Kind::Plugin,
        word => word.parse()?,
    };
    let path = RelPath::root()
        .join(dir)
        .resolve(&entry.artifact_path)
        .filter(|path| path.names().next() == Some(dir))
        .ok_or_else(|| format!("`{}` leaves the project", entry.artifact_path))?;
    // A time without zone: the day it names is the day the person saw.
    let deployed_at = entry.deployed_at.and_then(|value| match value {
        toml::Value::String(text) => text.get(..10)?.parse().ok(),
        other => other.to_string().get(..10)?.parse().ok(),
    });
    Ok(Record {
        kind,
        here: hash(&root.join(path.as_str())),
        path,
        name: entry.artifact_name,
        profile: entry.deployment_profile_id.unwrap_or_else(|| "claude_code".to_owned()),
        deployed_at,
        base: entry.content_hash.or(entry.collection_sha),
    })
}

/// SkillMeat's content hash of a file or folder; `None` when it is not there or cannot be read.
fn hash(path: &Path) -> Option<String> {
    if path.is_file() {
        return disk::read(path).ok().map(|bytes| ContentHash::of(&bytes).hex());
    }
    if !path.is_dir() {
        return None;
    }
    let mut files = Vec::new();
    for entry in WalkDir::new(path).into_iter().filter_map(std::result::Result::ok) {
        // A link to a file counts as its content; a link to a folder is not entered.
        if !entry.path().is_file() {
            continue;
        }
        let below = entry.path().strip_prefix(path).ok()?;
        files.push(RelPath::parse(below.to_str()?)?);
        if files.len() > FILES_MAX {
            return None;
        }
    }
    files.sort_by(|a, b| a.names().cmp(b.names()));
    let mut hasher = OriginalHasher::default();
    for file in files {
        hasher.add(file.as_str(), &disk::read(&path.join(file.as_str())).ok()?);
    }
    Some(hasher.hex())
}

fn unusable(file: &str, reason: &str) -> Problem {
    let reason = reason.lines().next().unwrap_or_default();
    Problem::warning("SM435", format!("a deployment record cannot be read: {reason}"))
        .at(Place::file(file))
        .help("deploy the artifact again with the tool that wrote the record")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors were computed with the original's own code.
    #[test]
    fn the_original_hash_is_met_bit_for_bit() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("skill");
        for (path, text) in
            [(".hidden", "h\n"), ("SKILL.md", "S\n"), ("a/x", "x1\n"), ("a-b/x", "x2\n")]
        {
            disk::write(&root.join(path), text.as_bytes()).unwrap();
        }
        assert_eq!(
            hash(&root).unwrap(),
            "ea5160500440b5898e5c3d9089449108796fac7326b4134700eb3f4d41d32ecf"
        );
        assert_eq!(
            hash(&root.join("SKILL.md")).unwrap(),
            "7aa397df66304bab4fe275afe0507a01844e7fda848b4e194a9402d010721839"
        );
        #[cfg(unix)]
        {
            let links = [("SKILL.md", "link.md"), ("a", "dirlink"), ("nope", "broken")];
            for (target, link) in links {
                std::os::unix::fs::symlink(target, root.join(link)).unwrap();
            }
            assert_eq!(
                hash(&root).unwrap(),
                "155e3b6e9af69e28ec3d8f1e02802d24e7a0e6f82ba577702c5ed51a9e7af42e"
            );
        }
    }

    #[test]
    fn records_are_read_and_what_leaves_the_project_is_a_problem() {
        let dir = tempfile::tempdir().unwrap();
        let text = "[[deployed]]\nartifact_name = \"pdf\"\nartifact_type = \"skill\"\n\
                    artifact_path = \"skills/pdf\"\ndeployed_at = \"2026-11-01T08:00:00\"\n\
                    content_hash = \"aa\"\n\n\
                    [[deployed]]\nartifact_name = \"x\"\nartifact_type = \"skill\"\n\
                    artifact_path = \"../../x\"\n";
        disk::write(&dir.path().join(".claude").join(RECORD), text.as_bytes()).unwrap();
        let scan = scan(dir.path()).unwrap();
        let wanted = Record {
            kind: Kind::Skill,
            name: "pdf".into(),
            profile: "claude_code".into(),
            path: RelPath::parse(".claude/skills/pdf").unwrap(),
            deployed_at: "2026-11-01".parse().ok(),
            base: Some("aa".into()),
            here: None,
        };
        assert_eq!(scan.records, vec![wanted]);
        assert_eq!(scan.problems.len(), 1);
    }
}
