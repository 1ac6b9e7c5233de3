//! States of copies of small made artifacts, as each tool records them.

use std::collections::HashMap;

use super::reason::{candidates, reason};
use super::*;
use crate::error::Problem;
use crate::model::artifact::File;
use crate::model::hash::ContentHash;
use crate::model::history::History;
use crate::project::Origin;
use crate::project::digest::Piece;

#[test]
fn three_hashes_tell_the_state() {
    let (a, b, c) = (Some("a"), Some("b"), Some("c"));
    for (base, here, source, wanted) in [
        (a, a, a, State::InSync),
        (a, b, b, State::InSync),
        (None, a, a, State::InSync),
        (a, a, b, State::Outdated),
        (a, b, a, State::Modified),
        (a, b, c, State::Diverged),
        (a, None, a, State::Missing),
        (a, None, None, State::Missing),
        (a, a, None, State::Orphaned),
        (None, a, b, State::Untracked),
    ] {
        assert_eq!(state(base, here, source), wanted, "{base:?} {here:?} {source:?}");
    }
}

/// Artifacts and their bytes.
#[derive(Default)]
struct Made {
    artifacts: Vec<Shared<Artifact>>,
    removed: Vec<Removed>,
    sources: Vec<Source>,
    bytes: HashMap<ContentHash, Vec<u8>>,
}

impl Contents for Made {
    fn read(&self, _: &Artifact, file: &File) -> Result<Vec<u8>> {
        let lost = || Problem::error("SM526", "lost").into();
        self.bytes.get(&file.hash).cloned().ok_or_else(lost)
    }

    fn history(&self, _: &Artifact) -> Result<Option<History>> {
        Ok(None)
    }
}

impl Made {
    fn add(&mut self, id: &str, pieces: &[Piece]) -> &mut Self {
        let id: ArtifactId = id.parse().unwrap();
        let path = format!("{}s/{}", id.kind, id.short_name());
        let mut artifact = Artifact::empty(id, path);
        for piece in pieces {
            let hash = ContentHash::of(&piece.bytes);
            self.bytes.insert(hash, piece.bytes.clone());
            let size = piece.bytes.len() as u64;
            artifact.files.push(File { path: piece.path.clone(), size, hash, executable: false });
        }
        artifact.files.sort_by(|a, b| a.path.cmp(&b.path));
        let hashes = artifact.files.iter().map(|file| (file.path.as_str(), file.hash));
        artifact.hash = ContentHash::of_files(hashes);
        self.artifacts.push(artifact.into());
        self.artifacts.sort_by(|a, b| a.id.cmp(&b.id));
        self
    }

    fn remove(&mut self, id: &str) -> &mut Self {
        let date = "2026-11-01".parse().unwrap();
        self.removed.push(Removed { id: id.parse().unwrap(), path: "x".into(), date });
        self
    }

    fn told(&self, records: &[Record]) -> Vec<Deployment> {
        let states = States::new(&self.artifacts, &self.removed, &self.sources, self);
        states.deployments(records).unwrap()
    }

    /// State, id and reason of each.
    fn lines(&self, records: &[Record]) -> Vec<String> {
        let line = |one: &Deployment| {
            let id = one.id.as_ref().map_or("-".to_owned(), ToString::to_string);
            format!("{} {} {id}: {}", one.name, one.state, reason(&self.artifacts, one))
        };
        self.told(records).iter().map(line).collect()
    }
}

fn piece(path: &str, text: &str) -> Piece {
    Piece { path: path.to_owned(), bytes: text.as_bytes().to_vec(), executable: false }
}

fn skill(text: &str) -> Vec<Piece> {
    vec![piece("SKILL.md", &format!("---\nname: pdf\n---\n\n{text}\n"))]
}

/// With a file that `npx skills` may leave out.
fn skill_with_notes(text: &str) -> Vec<Piece> {
    [skill(text), vec![piece("README.md", text)]].concat()
}

fn record(kind: Kind, name: &str, by: Option<By>) -> Record {
    let deployment = Deployment {
        kind,
        name: name.to_owned(),
        id: None,
        profile: "claude_code".into(),
        state: State::Unknown,
        path: format!(".claude/{kind}s/{name}"),
        by,
        links: Vec::new(),
        deployed_at: None,
        base: None,
        here: None,
    };
    Record::kept(&deployment)
}

/// How a tool keeps a version of what it deploys: its hash in the record, and that of a copy.
type Kept = fn(&[Piece]) -> Option<String>;

struct Tool {
    name: &'static str,
    by: Option<By>,
    make: fn(&str) -> Vec<Piece>,
    base: Kept,
    here: Kept,
}

fn tools() -> [Tool; 5] {
    let original: Kept = |pieces| Some(digest::original(pieces));
    let skills: Kept = |pieces| Some(digest::skills(pieces, Drops::Nothing));
    let dropped: Kept = |pieces| Some(digest::skills(pieces, Drops::Once));
    [
        Tool {
            name: "skillmeat",
            by: Some(By::SkillMeat),
            make: skill,
            base: original,
            here: original,
        },
        Tool { name: "skills", by: Some(By::Skills), make: skill, base: skills, here: skills },
        Tool {
            name: "skills, less some files",
            by: Some(By::Skills),
            make: skill_with_notes,
            base: skills,
            here: dropped,
        },
        Tool {
            name: "gh",
            by: Some(By::Gh),
            make: skill,
            base: |pieces| Some(digest::git_tree(pieces)),
            here: |pieces| Some(digest::gh(pieces)),
        },
        Tool {
            name: "nobody",
            by: None,
            make: skill,
            base: |_| None,
            here: |pieces| Some(digest::own(pieces)),
        },
    ]
}

/// The reasons that a state of these has, by a word for each.
const WHY: [(&str, &str); 13] = [
    ("gone", "It was deployed and is no longer there"),
    ("lost", "Its source no longer has it"),
    ("equal", "It equals its source"),
    ("as-deployed", "It is as it was deployed, and so is its source"),
    ("moved", "It is as it was deployed; its source has changed"),
    ("edited", "The copy was edited; its source is as it was deployed"),
    ("both", "The copy was edited, and its source has changed"),
    ("no-base", "It differs from its source; its record does not say what was deployed"),
    ("stranger", "Nothing recorded it, and nothing in the catalog is it"),
    ("found", "It equals its source; nothing recorded it"),
    ("differs", "It differs from its source; nothing recorded what was deployed"),
    (
        "stamp",
        "Its source has changed; the stamp of `gh skill` does not tell whether the copy was edited \
         too",
    ),
    (
        "dropped",
        "Its source has changed; `npx skills` leaves files out of its copies, so it cannot be told \
         whether this one was edited too",
    ),
];

/// `base here source`: a version of each, `-` for none; then the state and why.
fn table(tool: &Tool) -> String {
    let mut out = String::new();
    let is_said = |version: &&str| *version != "-";
    for base in ["-", "a"] {
        for here in ["-", "a", "b"] {
            for source in ["-", "a", "b", "c"] {
                let is_without_record = tool.by.is_none() && (base == "a" || here == "-");
                let is_same = base == "-" && here == "-" && source != "-" && source != "a";
                if is_without_record || is_same {
                    continue;
                }
                let mut made = Made::default();
                match source {
                    "-" => made.remove("s/skill/pdf"),
                    version => made.add("s/skill/pdf", &(tool.make)(version)),
                };
                let mut record = record(Kind::Skill, "pdf", tool.by);
                record.base = Some(base).filter(is_said).and_then(|v| (tool.base)(&(tool.make)(v)));
                record.here = Some(here).filter(is_said).and_then(|v| (tool.here)(&(tool.make)(v)));
                let found = &made.told(&[record])[0];
                let why = reason(&made.artifacts, found);
                let known = WHY.iter().find(|(_, sentence)| *sentence == why);
                let why = known.map_or(why.as_str(), |(key, _)| key);
                out.push_str(&format!("{base} {here} {source}  {} {why}\n", found.state));
            }
        }
    }
    out
}

const RECORDED: &str = "\
- - -  missing gone
- - a  missing gone
- a -  orphaned lost
- a a  in-sync equal
- a b  untracked no-base
- a c  untracked no-base
- b -  orphaned lost
- b a  untracked no-base
- b b  in-sync equal
- b c  untracked no-base
a - -  missing gone
a - a  missing gone
a - b  missing gone
a - c  missing gone
a a -  orphaned lost
a a a  in-sync as-deployed
a a b  outdated moved
a a c  outdated moved
a b -  orphaned lost
a b a  modified edited
a b b  in-sync equal
a b c  diverged both
";

const UNRECORDED: &str = "\
- a -  untracked stranger
- a a  in-sync found
- a b  untracked differs
- a c  untracked differs
- b -  untracked stranger
- b a  untracked differs
- b b  in-sync found
- b c  untracked differs
";

/// Where a copy that is not the source's does not tell whether it was edited.
fn untold(why: &str) -> String {
    let unknown = format!("unknown {why}");
    let table = RECORDED.replace("as-deployed", "equal").replace("outdated moved", &unknown);
    table.replace("diverged both", &unknown)
}

#[test]
fn every_combination_of_what_was_deployed_is_there_and_is_in_the_source_has_its_state() {
    for tool in tools() {
        let wanted = match tool.name {
            "skillmeat" | "skills" => RECORDED.to_owned(),
            "skills, less some files" => untold("dropped"),
            "gh" => untold("stamp"),
            _ => UNRECORDED.to_owned(),
        };
        assert_eq!(table(&tool), wanted, "{}", tool.name);
    }
}

fn copy(kind: Kind, name: &str, by: Option<By>, here: &str) -> Record {
    Record { here: Some(here.to_owned()), ..record(kind, name, by) }
}

#[test]
fn of_several_the_content_tells_and_else_all_may_be_meant() {
    let mut made = Made::default();
    made.add("one/skill/pdf", &skill("1")).add("two/skill/pdf", &skill("2"));
    let own = |text: &str| copy(Kind::Skill, "pdf", None, &digest::own(&skill(text)));
    let recorded = |base: &str, here: &str| Record {
        base: Some(digest::original(&skill(base))),
        ..copy(Kind::Skill, "pdf", Some(By::SkillMeat), &digest::original(&skill(here)))
    };
    let renamed = copy(Kind::Skill, "mine", None, &digest::own(&skill("2")));
    let all = [own("1"), own("3"), recorded("2", "3"), recorded("3", "3")];
    let wanted = [
        "pdf in-sync one/skill/pdf: It equals its source; nothing recorded it",
        "pdf unknown -: It may be any of 2 artifacts",
        "pdf modified two/skill/pdf: The copy was edited; its source is as it was deployed",
        "pdf unknown -: It may be any of 2 artifacts",
    ];
    assert_eq!(made.lines(&all), wanted);
    assert_eq!(candidates(&made.artifacts, &made.told(&all)[1]), [0, 1]);
    let wanted = ["mine in-sync two/skill/pdf: It equals its source; nothing recorded it"];
    assert_eq!(made.lines(&[renamed]), wanted);
}

#[test]
fn a_record_that_names_a_repository_means_no_artifact_of_another() {
    let mut made = Made::default();
    made.add("acme/skill/pdf", &skill("1")).add("other/skill/pdf", &skill("2"));
    let config = "version: 1\nsources:\n  acme: {git: \"https://github.com/acme/skills.git\"}\n  \
                  other: {git: \"git@github.com:other/skills\"}\n";
    made.sources = crate::format::config::parse(config).unwrap().sources;
    let from = |repository: &str| Record {
        from: Some(Origin { repository: repository.into(), path: None }),
        base: Some(digest::skills(&skill("0"), Drops::Nothing)),
        ..copy(Kind::Skill, "pdf", Some(By::Skills), &digest::skills(&skill("0"), Drops::Nothing))
    };
    let all = ["https://github.com/Other/skills", "acme/skills", "third/skills"].map(from);
    let wanted = [
        "pdf outdated other/skill/pdf: It is as it was deployed; its source has changed",
        "pdf outdated acme/skill/pdf: It is as it was deployed; its source has changed",
        "pdf unknown -: Its record does not tell which artifact of the catalog it is",
    ];
    assert_eq!(made.lines(&all), wanted);
}

#[test]
fn a_plugin_is_enabled_by_reference_and_its_marketplace_counts() {
    let mut made = Made::default();
    made.add("acme/plugin/tools", &[]).remove("acme/plugin/old");
    let mut plugin = (*made.artifacts[0]).clone();
    plugin.fields.push(("marketplace".into(), "acme-market".into()));
    made.artifacts[0] = plugin.into();
    let enabled = |name: &str, market: &str| Record {
        path: format!(".claude/settings.json#{name}@{market}"),
        ..record(Kind::Plugin, name, Some(By::Settings))
    };
    let all = [
        enabled("tools", "acme-market"),
        enabled("tools", "other"),
        enabled("old", "acme-market"),
        enabled("unheard", "x"),
    ];
    let nowhere = "unknown -: The settings enable it; no plugin of the catalog is known to be it";
    let wanted = [
        "old orphaned acme/plugin/old: The settings enable it; its source no longer has it"
            .to_owned(),
        "tools in-sync acme/plugin/tools: The settings enable it; Claude Code installs what its \
         marketplace has"
            .to_owned(),
        format!("tools {nowhere}"),
        format!("unheard {nowhere}"),
    ];
    assert_eq!(made.lines(&all), wanted);
}

#[test]
fn what_was_found_last_time_is_told_anew_against_what_the_source_has_now() {
    let mut before = Made::default();
    before.add("s/skill/pdf", &skill("1")).add("s/command/commit", &[piece("commit.md", "1")]);
    let all = [
        Record {
            base: Some(digest::original(&skill("1"))),
            ..copy(Kind::Skill, "pdf", Some(By::SkillMeat), &digest::original(&skill("1")))
        },
        copy(Kind::Command, "commit", None, &digest::file(b"1")),
    ];
    let found = before.told(&all);
    let mut now = Made::default();
    now.add("s/skill/pdf", &skill("2")).remove("s/command/commit");
    let kept: Vec<Record> = found.iter().map(Record::kept).collect();
    let wanted = [
        "pdf outdated s/skill/pdf: It is as it was deployed; its source has changed",
        "commit orphaned s/command/commit: Its source no longer has it",
    ];
    assert_eq!(now.lines(&kept), wanted);
    assert_eq!(before.told(&kept), found);
}

#[test]
fn what_is_there_and_cannot_be_read_is_not_missing() {
    let mut made = Made::default();
    made.add("s/skill/pdf", &skill("1"));
    let all = [copy(Kind::Skill, "pdf", Some(By::SkillMeat), UNREAD)];
    assert_eq!(made.lines(&all), ["pdf unknown s/skill/pdf: It is there and cannot be read"]);
}
