//! What a catalog says of its artifacts beside their files, brought together with what was found in
//! these files.
//!
//! Only sources that were catalogs before have a listing. Files win: a listing fills what they leave
//! open. Knows nothing of where the listing comes from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::detect::{Detection, Found};
use crate::error::{Place, Problem};
use crate::model::artifact::Artifact;
use crate::model::hash::ContentHash;
use crate::model::id::Kind;
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
    /// a name until [`Listing::settle`] knows what they are called.
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
    /// Gives the artifacts that were found what is listed of them, and the members of the structure
    /// the names they have here. What is listed and was not found is a problem, and no member.
    pub fn settle(&self, detection: &mut Detection, structure: Option<&mut Structure>) {
        let mut places = BTreeMap::new();
        let mut names = Names::new();
        for (at, Found { artifact, .. }) in detection.artifacts.iter().enumerate() {
            let key = (artifact.id.kind, artifact.path.clone());
            names.insert(key.clone(), artifact.id.name.clone());
            places.insert(key, at);
        }
        for entry in &self.entries {
            let found = found(entry, &names);
            for (key, _) in &found {
                apply(&entry.about, &mut detection.artifacts[places[*key]].artifact);
            }
            if found.is_empty() {
                detection.problems.push(lost(entry));
            }
        }
        detection.problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        if let Some(structure) = structure {
            self.name(structure, &names);
        }
    }

    /// Gives the members of a structure the names that they have here. Where nothing is listed they
    /// have them already.
    pub fn name(&self, structure: &mut Structure, names: &Names) {
        if self.entries.is_empty() {
            return;
        }
        let mut members: BTreeMap<(Kind, &str), Vec<Member>> = BTreeMap::new();
        for entry in &self.entries {
            let member = |(_, name): (_, &String)| Member { kind: entry.kind, name: name.clone() };
            let of_entry = found(entry, names).into_iter().map(member).collect();
            members.insert((entry.kind, &entry.path), of_entry);
        }
        let rename = |listed: &mut Vec<Member>| {
            let old = std::mem::take(listed);
            let known = old.iter().filter_map(|old| members.get(&(old.kind, old.name.as_str())));
            for member in known.flatten() {
                if !listed.contains(member) {
                    listed.push(member.clone());
                }
            }
        };
        for shelf in &mut structure.collections {
            rename(&mut shelf.members);
            shelf.groups.iter_mut().for_each(|group| rename(&mut group.members));
        }
    }
}

/// The names of a source's artifacts by their kind and path.
pub type Names = BTreeMap<(Kind, String), String>;

/// The artifacts that an entry means: the one that stands at its path, else those of its kind below
/// it, as in the folder of a hook.
fn found<'n>(entry: &Entry, names: &'n Names) -> Vec<(&'n (Kind, String), &'n String)> {
    let from = (entry.kind, entry.path.clone());
    if let Some(at) = names.get_key_value(&from) {
        return vec![at];
    }
    if !matches!(entry.kind, Kind::Hook | Kind::Mcp) {
        return Vec::new();
    }
    let is_inside = |path: &str| {
        let file = path.split('#').next().unwrap_or_default();
        let rest = file.strip_prefix(entry.path.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let after = names.range(from..);
    let near = after.take_while(|((kind, path), _)| {
        *kind == entry.kind && path.starts_with(entry.path.as_str())
    });
    near.filter(|((_, path), _)| is_inside(path)).collect()
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
            listing(about).settle(&mut detection, None);
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
        Listing { entries: entries.to_vec() }.settle(&mut detection, Some(&mut structure));
        let Shelf { members, groups, .. } = &structure.collections[0];
        let names: Vec<String> = members.iter().map(ToString::to_string).collect();
        let second = format!("skill:x~{}", ContentHash::of(b"b/skills/x").short(6));
        assert_eq!(names, [second.as_str(), "hook:guard"]);
        assert_eq!(groups[0].members, *members);
        assert_eq!(detection.problems.len(), 1);
        assert_eq!(detection.problems[0].code, "SM465");
    }
}
