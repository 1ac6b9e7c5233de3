//! The records that tools leave of what they deployed, each with the copy that it means:
//! `.skillmeat-deployed.toml`, `skills-lock.json` and the stamps of `gh skill`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::digest::{self, Drops, UNREAD, named};
use super::entries;
use super::reach::{Copy, Reached, copy, reach};
use super::roots::{Dir, Found, profile};
use super::{Files, Origin, Record, lost, stamp, text, unread, unusable};
use crate::error::{Problem, Result};
use crate::format::deployed::{self, Entry};
use crate::model::deployment::By;
use crate::model::id::Kind;
use crate::model::path::RelPath;

/// The record of `npx skills`, in a project.
const SKILLS_LOCK: &str = "skills-lock.json";

/// What the records of SkillMeat say.
pub(super) struct Recorded {
    pub records: Vec<Record>,
    /// What of files of others they account for.
    pub entries: entries::Known,
}

/// The records of SkillMeat, and ours. Takes the copies that they mean out of `copies`.
pub(super) fn skillmeat(
    files: &dyn Files,
    dirs: &[Dir],
    copies: &mut Vec<Found>,
    problems: &mut Vec<Problem>,
) -> Result<Recorded> {
    let mut recorded = Recorded { records: Vec::new(), entries: entries::Known::default() };
    let mut read = BTreeSet::new();
    let mut known: BTreeMap<(Kind, RelPath), usize> = BTreeMap::new();
    for dir in dirs.iter().filter(|dir| read.insert(dir.real.clone())) {
        let file = format!("{}/{}", dir.name, deployed::FILE);
        let Some(text) = text(files, &file, problems) else { continue };
        let (found, mut broken) = deployed::read(&file, &text);
        problems.append(&mut broken);
        for entry in found {
            let (record, real) = match record(files, &dir.name, &entry) {
                Ok(made) => made,
                Err(reason) => {
                    problems.push(unusable(&file, &reason));
                    continue;
                }
            };
            let mut record = record;
            let Some(real) = real else {
                entries::take(files, &entry, &mut record, &mut recorded.entries, problems);
                recorded.records.push(record);
                continue;
            };
            take(copies, &mut record, &real, problems);
            hash(files, &mut record, &real, problems);
            // Two records of the same files, by a link between the folders of two agents.
            let key = (record.kind, real_path(&real).unwrap_or_default());
            match known.get(&key).filter(|_| record.here.is_some()) {
                Some(&first) => recorded.records[first].links.push(record.path),
                None => {
                    known.insert(key, recorded.records.len());
                    recorded.records.push(record);
                }
            }
        }
    }
    Ok(recorded)
}

/// What an entry says, and what its path comes to: `None` for an entry in a file of others.
fn record(
    files: &dyn Files,
    dir: &str,
    entry: &Entry,
) -> std::result::Result<(Record, Option<Reached>), String> {
    let kind = deployed::kind(&entry.kind)?;
    let outside = || format!("`{}` leaves the project", entry.path);
    let path = RelPath::root().join(dir).resolve(&entry.path).ok_or_else(outside)?;
    if path.names().next() != Some(dir) {
        return Err(outside());
    }
    let profile = entry.profile.clone().unwrap_or_else(|| "claude_code".to_owned());
    let mut record = Record::unrecorded(kind, &entry.name, &profile, path.to_string());
    record.by = Some(By::SkillMeat);
    // A time without zone: the day it names is the day the person saw.
    record.deployed_at = entry.deployed_at.as_ref().and_then(|time| time.get(..10)?.parse().ok());
    let reached = reach(files, &path).map_err(|error| {
        error.problems.into_iter().next().map(|problem| problem.message).unwrap_or_default()
    })?;
    let is_part = match kind {
        Kind::Mcp => reached == Reached::Nothing,
        Kind::Hook => !entry.handlers.is_empty(),
        _ => false,
    };
    let algorithm = if is_part { digest::PART } else { digest::ORIGINAL };
    record.base = entry.hash.as_deref().map(|hex| named(algorithm, hex));
    Ok((record, (!is_part).then_some(reached)))
}

fn real_path(reached: &Reached) -> Option<RelPath> {
    match reached {
        Reached::File(path) | Reached::Dir(path) => Some(path.clone()),
        Reached::Nothing | Reached::Lost(_) => None,
    }
}

/// Takes the copy that a record means out of the others, with the links to it.
fn take(copies: &mut Vec<Found>, record: &mut Record, real: &Reached, problems: &mut Vec<Problem>) {
    if let Reached::Lost(to) = real {
        let problem = lost(&record.path, to);
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    let Some(real) = real_path(real) else { return };
    // A kind that SkillMeat has and the folder has not: a hook that is a document.
    let Some(at) = copies.iter().position(|copy| copy.real == real) else { return };
    let copy = copies.remove(at);
    let paths = [copy.path.to_string()].into_iter().chain(copy.links);
    record.links = paths.filter(|path| *path != record.path).collect();
}

/// Of a link that leads out of the project nothing is there, as far as can be told.
fn hash(files: &dyn Files, record: &mut Record, real: &Reached, problems: &mut Vec<Problem>) {
    record.here = match copy(files, real) {
        Copy::Nothing => None,
        Copy::File(bytes) => Some(digest::file(&bytes)),
        Copy::Dir(pieces) => Some(digest::original(&pieces)),
        Copy::Unread(why) => Some(not_read(&record.path, &why, problems)),
    };
}

fn not_read(path: &str, why: &str, problems: &mut Vec<Problem>) -> String {
    if !problems.iter().any(|one| one.place.as_ref().is_some_and(|place| place.file == path)) {
        problems.push(unread(path, why));
    }
    UNREAD.to_owned()
}

/// The file as `npx skills` writes it (`src/local-lock.ts`).
#[derive(Default, Deserialize)]
struct SkillsLock {
    #[serde(default)]
    skills: BTreeMap<String, Skill>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Skill {
    #[serde(default)]
    source: String,
    #[serde(default)]
    source_type: String,
    computed_hash: Option<String>,
    skill_path: Option<String>,
}

/// The records of `npx skills`. Takes the copies that they mean out of `copies`.
pub(super) fn skills(
    files: &dyn Files,
    copies: &mut Vec<Found>,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Record>> {
    let Some(text) = text(files, SKILLS_LOCK, problems) else { return Ok(Vec::new()) };
    let lock = match skills_lock(&text) {
        Ok(lock) => lock,
        Err(why) => {
            problems.push(unusable(SKILLS_LOCK, &why));
            return Ok(Vec::new());
        }
    };
    let mut records = Vec::new();
    for (name, skill) in &lock.skills {
        let dir = sanitised(name);
        let is_it = |copy: &Found| copy.kind == Kind::Skill && copy.name == dir;
        let (meant, others) = copies.drain(..).partition(is_it);
        *copies = others;
        let meant: Vec<Found> = meant;
        let said = |path: String, profile: &str| {
            let mut record = Record::unrecorded(Kind::Skill, name, profile, path);
            record.by = Some(By::Skills);
            record.base = skill.computed_hash.as_deref().map(|hex| named(digest::SKILLS, hex));
            // Of a skill from a folder it has that folder's path, which is nobody else's.
            let is_remote = !matches!(skill.source_type.as_str(), "local" | "node_modules");
            record.from = is_remote.then(|| Origin {
                repository: skill.source.clone(),
                path: skill.skill_path.clone(),
            });
            record
        };
        if meant.is_empty() {
            records.push(said(format!(".agents/skills/{dir}"), &profile(".agents")));
        }
        for copy in meant {
            let mut record = said(copy.path.to_string(), &copy.profile);
            record.here = match self::copy(files, &Reached::Dir(copy.real)) {
                Copy::Dir(pieces) => Some(digest::skills(&pieces, Drops::Nothing)),
                Copy::Unread(why) => Some(not_read(&record.path, &why, problems)),
                Copy::Nothing | Copy::File(_) => None,
            };
            record.links = copy.links;
            records.push(record);
        }
    }
    Ok(records)
}

/// Reads as the tool does: of a merge that was left, both sides, and theirs where they differ.
fn skills_lock(text: &str) -> std::result::Result<SkillsLock, String> {
    let broken = match serde_json::from_str::<SkillsLock>(text) {
        Ok(lock) => return Ok(lock),
        Err(cause) => cause.to_string(),
    };
    let (mut ours, mut theirs) = (String::new(), String::new());
    let (mut is_ours, mut is_theirs, mut is_merge) = (true, true, false);
    for line in text.lines() {
        match line.get(..7) {
            Some("<<<<<<<") => (is_ours, is_theirs, is_merge) = (true, false, true),
            Some("|||||||") => (is_ours, is_theirs) = (false, false),
            Some("=======") => (is_ours, is_theirs) = (false, true),
            Some(">>>>>>>") => (is_ours, is_theirs) = (true, true),
            _ => {
                for side in [(is_ours, &mut ours), (is_theirs, &mut theirs)] {
                    if let (true, side) = side {
                        side.push_str(line);
                        side.push('\n');
                    }
                }
            }
        }
    }
    let read = |text: &str| serde_json::from_str::<SkillsLock>(text).ok();
    match (is_merge, read(&ours), read(&theirs)) {
        (true, Some(mut ours), Some(theirs)) => {
            ours.skills.extend(theirs.skills);
            Ok(ours)
        }
        (true, Some(one), None) | (true, None, Some(one)) => Ok(one),
        _ => Err(broken),
    }
}

/// The name of the folder that `npx skills` gives a skill.
pub fn sanitised(name: &str) -> String {
    let mut dir = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' | '.' | '_' => dir.push(c),
            _ if dir.ends_with('-') => {}
            _ => dir.push('-'),
        }
    }
    let dir: String = dir.trim_matches(['.', '-']).chars().take(255).collect();
    if dir.is_empty() { "unnamed-skill".to_owned() } else { dir }
}

/// A copy without a record beside it; a skill may have a stamp in it.
pub(super) fn unrecorded(
    files: &dyn Files,
    found: Found,
    problems: &mut Vec<Problem>,
) -> Option<Record> {
    let path = found.path.to_string();
    let mut record = Record::unrecorded(found.kind, &found.name, &found.profile, path);
    record.links = found.links;
    let reached = match found.kind {
        Kind::Skill => Reached::Dir(found.real),
        _ => Reached::File(found.real),
    };
    record.here = match copy(files, &reached) {
        Copy::Nothing => return None,
        // Beside hooks stands much else that is JSON.
        Copy::File(bytes) if found.kind == Kind::Hook && !entries::has_hooks(&bytes) => {
            return None;
        }
        Copy::File(bytes) => Some(digest::file(&bytes)),
        Copy::Unread(why) => Some(not_read(&record.path, &why, problems)),
        Copy::Dir(pieces) => {
            let document = pieces.iter().find(|piece| piece.path == "SKILL.md");
            let text = document.and_then(|piece| std::str::from_utf8(&piece.bytes).ok());
            match text.and_then(stamp::read) {
                None => Some(digest::own(&pieces)),
                Some(stamp) => {
                    record.by = Some(By::Gh);
                    record.base = stamp.tree.map(|id| named(digest::GIT_TREE, &id));
                    record.from = stamp.from;
                    Some(digest::gh(&pieces))
                }
            }
        }
    };
    Some(record)
}
