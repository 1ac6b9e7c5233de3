//! What a catalog says of its artifacts beside their files, brought together with what was found in
//! these files.
//!
//! Only sources that were catalogs before have a listing. Files win: a listing fills what they leave
//! open. Knows nothing of where the listing comes from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::detect::Detection;
use crate::error::{Place, Problem};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::id::{ArtifactId, Kind};
use crate::model::structure::{Member, Structure};
use crate::words;

/// What a source lists.
#[derive(Debug, Default)]
pub struct Listing {
    pub entries: Vec<Entry>,
}

/// One artifact as its source lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: Kind,
    /// Its directory or its file in the tree. The members of the source's [`Structure`] have it for
    /// a name, until [`name_members`] knows what they are called.
    pub path: String,
    pub about: About,
}

/// What its files may not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct About {
    pub title: Option<String>,
    pub description: Option<String>,
    pub version: Option<String>,
    pub license: Option<String>,
    pub author: Option<String>,
    pub homepage: Option<String>,
    /// As written.
    pub tags: Vec<String>,
}

impl Listing {
    /// Gives the artifacts that were found what is listed of them. What is listed and was not found
    /// is a problem.
    pub fn apply(&self, detection: &mut Detection) {
        for entry in &self.entries {
            let mut is_lost = true;
            for found in &mut detection.artifacts {
                if is_meant(entry.kind, &entry.path, found.artifact.id.kind, &found.artifact.path) {
                    apply(&entry.about, &mut found.artifact);
                    is_lost = false;
                }
            }
            if is_lost {
                detection.problems.push(lost(entry));
            }
        }
        detection.problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    }
}

/// Gives the members of a structure, which are called by their paths until now, the names they have
/// here. `known` are all artifacts of the source with their paths; who is not among them is no
/// member.
pub fn name_members<'a>(
    structure: &mut Structure,
    known: impl IntoIterator<Item = (&'a ArtifactId, &'a str)>,
) {
    let known: Vec<(&ArtifactId, &str)> = known.into_iter().collect();
    let mut by_path: BTreeMap<(Kind, &str), Vec<&ArtifactId>> = BTreeMap::new();
    for (id, path) in &known {
        by_path.entry((id.kind, path)).or_default().push(id);
    }
    let names = |old: &Member| -> Vec<Member> {
        let ids = match by_path.get(&(old.kind, old.name.as_str())) {
            Some(ids) => ids.clone(),
            None if !is_folder_of_parts(old.kind) => Vec::new(),
            None => {
                let is_below = |(id, path): &&(&ArtifactId, &str)| {
                    is_meant(old.kind, &old.name, id.kind, path)
                };
                known.iter().filter(is_below).map(|(id, _)| *id).collect()
            }
        };
        ids.into_iter().map(|id| Member { kind: old.kind, name: id.name.clone() }).collect()
    };
    let rename = |members: &mut Vec<Member>| {
        for member in std::mem::take(members).iter().flat_map(names) {
            if !members.contains(&member) {
                members.push(member);
            }
        }
    };
    for shelf in &mut structure.collections {
        rename(&mut shelf.members);
        shelf.groups.iter_mut().for_each(|group| rename(&mut group.members));
    }
}

/// Whether what is listed as a kind at a path is the artifact that stands at another: the same, or,
/// as in the folder of a hook, one below.
fn is_meant(kind: Kind, listed: &str, found: Kind, path: &str) -> bool {
    let below = || {
        let file = path.split('#').next().unwrap_or_default();
        file.strip_prefix(listed).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    kind == found && (path == listed || is_folder_of_parts(kind) && below())
}

fn is_folder_of_parts(kind: Kind) -> bool {
    matches!(kind, Kind::Hook | Kind::Mcp)
}

/// Fills what the files leave open. What does so is a part of the artifact's state: without its
/// hash in the pin, a change of it alone would never be seen.
fn apply(about: &About, artifact: &mut Artifact) {
    let before = artifact.clone();
    if artifact.description.is_empty() {
        artifact.description = about.description.clone().unwrap_or_default();
    }
    let title = about.title.as_ref().filter(|title| *title != artifact.id.short_name());
    for (here, listed) in [
        (&mut artifact.title, title),
        (&mut artifact.version, about.version.as_ref()),
        (&mut artifact.license, about.license.as_ref()),
        (&mut artifact.author, about.author.as_ref()),
        (&mut artifact.homepage, about.homepage.as_ref()),
    ] {
        if here.is_none() {
            *here = listed.cloned();
        }
    }
    artifact.tags.extend(about.tags.iter().map(|tag| tag.trim().to_lowercase()));
    artifact.tags.retain(|tag| !tag.is_empty());
    artifact.tags.sort_unstable();
    artifact.tags.dedup();
    if *artifact != before {
        let json = serde_json::to_string(about).unwrap_or_default();
        let of_files = before.context.map(|hash| hash.hex()).unwrap_or_default();
        artifact.context = Some(ContentHash::of(format!("{of_files}{json}").as_bytes()));
    }
}

fn lost(entry: &Entry) -> Problem {
    let text = format!(
        "listed as {} `{}`, but its files hold none",
        entry.kind.label(),
        words::visible(entry.path.rsplit('/').next().unwrap_or_default()),
    );
    Problem::warning("SM465", text)
        .at(Place::file(words::visible(&entry.path)))
        .help("mend its files, or remove it with SkillMeat; the others go on")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;
    use crate::model::path::RelPath;
    use crate::model::source::{Address, Source};
    use crate::model::structure::{Section, Shelf};
    use crate::source::detect;
    use crate::source::memory::Nothing;
    use crate::source::tree::Tree;

    fn detection(files: &[(&str, &str)]) -> Detection {
        let files = files
            .iter()
            .map(|(path, text)| (RelPath::parse(path).unwrap(), text.as_bytes().to_vec()));
        let source = Source {
            name: "s".into(),
            address: Address::Store(String::new()),
            include: Vec::new(),
            exclude: Vec::new(),
            tags: Vec::new(),
            place: Place::file("skillmeat.yaml"),
        };
        detect::detect(&source, &Tree::of_files(files.collect()), &BTreeMap::new(), &Nothing)
    }

    fn entry(kind: Kind, path: &str, about: About) -> Entry {
        Entry { kind, path: path.into(), about }
    }

    fn about() -> About {
        About {
            title: Some("Cutter".into()),
            description: Some("Listed".into()),
            version: Some("2".into()),
            tags: vec!["Sharp".into(), " ".into(), "own".into()],
            ..About::default()
        }
    }

    #[test]
    fn files_win_and_a_listing_fills_what_they_leave_open() {
        let files = [("commands/cut.md", "---\ndescription: Own\ntags: [own]\n---\nCut.\n")];
        let plain = detection(&files).artifacts.remove(0).artifact;
        let listing =
            |about| Listing { entries: vec![entry(Kind::Command, "commands/cut.md", about)] };
        let settled = |about: About| {
            let mut detection = detection(&files);
            listing(about).apply(&mut detection);
            assert_eq!(detection.problems, []);
            detection.artifacts.remove(0).artifact
        };
        let one = settled(about());
        assert_eq!(one.description, "Own");
        assert_eq!(one.title.as_deref(), Some("Cutter"));
        assert_eq!(one.version.as_deref(), Some("2"));
        assert_eq!(one.tags, ["own", "sharp"]);
        assert_eq!(one.hash, plain.hash);
        assert_ne!(one.pin(), plain.pin());
        assert_ne!(settled(About { version: Some("3".into()), ..about() }).pin(), one.pin());
        let same =
            About { title: Some("cut".into()), tags: vec!["own".into()], ..About::default() };
        assert_eq!(settled(same), plain);
    }

    #[test]
    fn members_get_their_names_and_what_was_not_found_is_told() {
        let skill = "---\nname: x\ndescription: X\n---\n";
        let mut detection = detection(&[
            ("a/skills/x/SKILL.md", skill),
            ("b/skills/x/SKILL.md", skill),
            (
                "b/hooks/guard/hooks.json",
                r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x"}]}]}}"#,
            ),
        ]);
        let paths = [
            (Kind::Skill, "b/skills/x"),
            (Kind::Skill, "b/skills/gone"),
            (Kind::Hook, "b/hooks/guard"),
        ];
        let entries = paths.map(|(kind, path)| entry(kind, path, About::default()));
        let members = || paths.map(|(kind, path)| Member { kind, name: path.into() }).to_vec();
        let groups = vec![Section { members: members(), ..Section::default() }];
        let shelf = Shelf { members: members(), groups, ..Shelf::default() };
        let mut structure = Structure { collections: vec![shelf] };
        Listing { entries: entries.to_vec() }.apply(&mut detection);
        let found = detection.artifacts.iter().map(|found| &found.artifact);
        name_members(&mut structure, found.map(|artifact| (&artifact.id, artifact.path.as_str())));
        let Shelf { members, groups, .. } = &structure.collections[0];
        let names: Vec<String> = members.iter().map(ToString::to_string).collect();
        let second = format!("skill:x~{}", ContentHash::of(b"b/skills/x").short(6));
        assert_eq!(names, [second.as_str(), "hook:guard"]);
        assert_eq!(groups[0].members, *members);
        assert_eq!(detection.problems.len(), 1);
        assert_eq!(detection.problems[0].code, "SM465");
    }
}
