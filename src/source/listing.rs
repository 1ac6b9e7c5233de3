//! What a catalog says of its artifacts beside their files, brought together with what was found in
//! these files: names, and metadata that stands in none of them.
//!
//! Only sources that were catalogs before have a listing. Files win: a listing fills what they leave
//! open, and what an artifact can do is read from them alone. Knows nothing of where the listing
//! comes from.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::detect::{Detection, Found, Sticky};
use crate::error::{Place, Problem};
use crate::model::artifact::{Artifact, External};
use crate::model::hash::ContentHash;
use crate::model::id::{ArtifactId, Kind};
use crate::model::structure::{Member, Structure};
use crate::words;

/// So many that are listed and not found are told one by one.
const LOST_MAX: usize = 5;

/// What a source lists.
#[derive(Debug, Default)]
pub struct Listing {
    /// By kind, and by directory or file in the tree; a part of a file is `file#part`.
    pub entries: BTreeMap<(Kind, String), Entry>,
    /// Whether what stands elsewhere, or is of another kind, is no artifact of the source.
    pub is_all: bool,
}

/// One artifact as its source lists it. The members of the source's [`Structure`] have its name, or
/// its path where it has none, until [`Listing::settle`] knows what they are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// In its id here; none where its files tell.
    pub name: Option<String>,
    /// Whether the tree has nothing of it, so that it is no more than what is listed.
    pub is_bare: bool,
    pub about: About,
}

/// What its files may not say. Its JSON is in pins: a field that is new is left out where it is none.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The plugin it is a member of, by that plugin's name in its id here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<External>,
}

impl Listing {
    /// The names to detect by: `sticky`, and those that are listed where it has none.
    pub fn names(&self, mut sticky: Sticky) -> Sticky {
        for (key, entry) in &self.entries {
            if let Some(name) = &entry.name {
                sticky.entry(key.clone()).or_insert_with(|| name.clone());
            }
        }
        sticky
    }

    /// Gives the artifacts that were found by `given` names what is listed of them, adds those
    /// without files, and gives the members of the structure the names they have here. What is
    /// listed and was not found is a problem, and no member.
    pub fn settle(
        &self,
        source: &str,
        given: &Sticky,
        detection: &mut Detection,
        structure: Option<&mut Structure>,
    ) {
        if self.entries.is_empty() && !self.is_all {
            return;
        }
        let Detection { artifacts, problems, .. } = detection;
        if self.is_all {
            artifacts.retain(|found| self.entries.contains_key(&key(&found.artifact)));
        }
        let (mut names, mut places) = (Sticky::new(), BTreeMap::new());
        for (at, Found { artifact, .. }) in artifacts.iter().enumerate() {
            names.insert(key(artifact), artifact.id.name.clone());
            places.insert(key(artifact), at);
        }
        let (mut bare, mut lost) = (Vec::new(), Vec::new());
        for (at, entry) in &self.entries {
            let found = found(at, entry, &names);
            for (key, _) in &found {
                entry.about.fill(&mut artifacts[places[*key]].artifact);
            }
            match given.get(at) {
                _ if !found.is_empty() => {}
                Some(name) if entry.is_bare => {
                    let id = ArtifactId::new(source, at.0, name);
                    bare.push(entry.about.alone(id, &at.1));
                }
                _ => lost.push((at, entry)),
            }
        }
        for artifact in bare {
            names.insert(key(&artifact), artifact.id.name.clone());
            artifacts.push(Found { artifact, contents: Vec::new() });
        }
        // One with files comes first, and has the id.
        artifacts.sort_by(|a, b| a.artifact.id.cmp(&b.artifact.id));
        artifacts.dedup_by(|next, first| next.artifact.id == first.artifact.id);
        problems.extend(not_found(&lost));
        problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        if let Some(structure) = structure {
            self.name(structure, &names);
        }
    }

    /// Gives the members of a structure the names that they have here. What is not listed has its
    /// name already.
    pub fn name(&self, structure: &mut Structure, names: &Sticky) {
        if self.entries.is_empty() {
            return;
        }
        let mut members: BTreeMap<(Kind, &str), Vec<Member>> = BTreeMap::new();
        for (at, entry) in &self.entries {
            let (kind, path) = at;
            let member = |(_, name): (_, &String)| Member { kind: *kind, name: name.clone() };
            let of_entry = found(at, entry, names).into_iter().map(member).collect();
            members.insert((*kind, entry.name.as_ref().unwrap_or(path)), of_entry);
        }
        let rename = |listed: &mut Vec<Member>| {
            let mut seen = BTreeSet::new();
            let now = |old: Member| match members.get(&(old.kind, old.name.as_str())) {
                Some(now) => now.clone(),
                None => vec![old],
            };
            let now = std::mem::take(listed).into_iter().flat_map(now);
            *listed = now.filter(|member| seen.insert(member.clone())).collect();
        };
        for shelf in &mut structure.collections {
            rename(&mut shelf.members);
            shelf.groups.iter_mut().for_each(|group| rename(&mut group.members));
        }
    }
}

fn key(artifact: &Artifact) -> (Kind, String) {
    (artifact.id.kind, artifact.path.clone())
}

/// The artifacts that an entry means: the one that stands at its path, else, where it names none,
/// those of its kind below it, as in the folder of a hook.
fn found<'n>(
    at: &(Kind, String),
    entry: &Entry,
    names: &'n Sticky,
) -> Vec<(&'n (Kind, String), &'n String)> {
    if let Some(at) = names.get_key_value(at) {
        return vec![at];
    }
    let (kind, path) = at;
    if entry.name.is_some() || !matches!(kind, Kind::Hook | Kind::Mcp) {
        return Vec::new();
    }
    let is_inside = |other: &str| {
        let file = other.split('#').next().unwrap_or_default();
        let rest = file.strip_prefix(path.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let near = names
        .range(at.clone()..)
        .take_while(|((other, below), _)| other == kind && below.starts_with(path.as_str()));
    near.filter(|((_, path), _)| is_inside(path)).collect()
}

impl About {
    /// An artifact of which there is nothing else.
    fn alone(&self, id: ArtifactId, path: &str) -> Artifact {
        let mut artifact = Artifact::empty(id, path.to_owned());
        self.fill(&mut artifact);
        artifact
    }

    /// Fills what the files leave open. What does so is a part of the artifact's state: without its
    /// hash in the pin, a change of it alone would never be seen.
    fn fill(&self, artifact: &mut Artifact) {
        let before = artifact.clone();
        if artifact.description.is_empty() {
            artifact.description = self.description.clone().unwrap_or_default();
        }
        let title = self.title.as_ref().filter(|title| *title != artifact.id.short_name());
        for (here, listed) in [
            (&mut artifact.title, title),
            (&mut artifact.version, self.version.as_ref()),
            (&mut artifact.license, self.license.as_ref()),
            (&mut artifact.author, self.author.as_ref()),
            (&mut artifact.homepage, self.homepage.as_ref()),
            (&mut artifact.category, self.category.as_ref()),
            (&mut artifact.plugin, self.plugin.as_ref()),
        ] {
            if here.is_none() {
                *here = listed.cloned();
            }
        }
        if artifact.can.external.is_none() {
            artifact.can.external.clone_from(&self.external);
        }
        artifact.tags.extend(self.tags.iter().map(|tag| tag.trim().to_lowercase()));
        artifact.tags.retain(|tag| !tag.is_empty());
        artifact.tags.sort_unstable();
        artifact.tags.dedup();
        if *artifact != before {
            let json = serde_json::to_string(self).unwrap_or_default();
            let of_files = before.context.map(|hash| hash.hex()).unwrap_or_default();
            artifact.context = Some(ContentHash::of(format!("{of_files}{json}").as_bytes()));
        }
    }
}

/// The first few one by one, the others by their number.
fn not_found(lost: &[(&(Kind, String), &Entry)]) -> Vec<Problem> {
    let help = "mend its files, or take it out, where it is listed; the others go on";
    let tell = |((kind, path), entry): &(&(Kind, String), &Entry)| {
        let name = entry.name.as_deref().or(path.rsplit('/').next()).unwrap_or_default();
        let (label, name) = (kind.label(), words::visible(name));
        let text = format!("listed as {label} `{name}`, but its files hold none");
        Problem::warning("SM465", text).at(Place::file(words::visible(path))).help(help)
    };
    let (told, more) = lost.split_at(lost.len().min(LOST_MAX));
    let mut problems: Vec<Problem> = told.iter().map(tell).collect();
    if !more.is_empty() {
        let n = words::count(more.len(), "artifact");
        let text = format!("also listed, but their files hold none: {n}");
        problems.push(Problem::warning("SM465", text).help(help));
    }
    problems
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
        detection_by(files, &Sticky::new())
    }

    fn detection_by(files: &[(&str, &str)], names: &Sticky) -> Detection {
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
        detect::detect(&source, &Tree::of_files(files.collect()), names, &Nothing)
    }

    fn listing<'p>(entries: impl IntoIterator<Item = (Kind, &'p str, Entry)>) -> Listing {
        let entries = entries.into_iter().map(|(kind, path, entry)| ((kind, path.into()), entry));
        Listing { entries: entries.collect(), is_all: false }
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
        let settled = |about: About| {
            let mut detection = detection(&files);
            let entry = Entry { about, ..Entry::default() };
            let listing = listing([(Kind::Command, "commands/cut.md", entry)]);
            listing.settle("s", &Sticky::new(), &mut detection, None);
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
        let json = serde_json::to_string(&About::default()).unwrap();
        let pinned = r#"{"title":null,"description":null,"version":null,"license":null,"author":null,"homepage":null,"tags":[]}"#;
        assert_eq!(json, pinned);
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
        let listing = listing(paths.map(|(kind, path)| (kind, path, Entry::default())));
        let members = || paths.map(|(kind, path)| Member { kind, name: path.into() }).to_vec();
        let groups = vec![Section { members: members(), ..Section::default() }];
        let shelf = Shelf { members: members(), groups, ..Shelf::default() };
        let mut structure = Structure { collections: vec![shelf] };
        listing.settle("s", &Sticky::new(), &mut detection, Some(&mut structure));
        let Shelf { members, groups, .. } = &structure.collections[0];
        let names: Vec<String> = members.iter().map(ToString::to_string).collect();
        let second = format!("skill:x~{}", ContentHash::of(b"b/skills/x").short(6));
        assert_eq!(names, [second.as_str(), "hook:guard"]);
        assert_eq!(groups[0].members, *members);
        assert_eq!(detection.problems.len(), 1);
        assert_eq!(detection.problems[0].code, "SM465");
    }

    #[test]
    fn a_listing_that_names_all_leaves_nothing_else_and_adds_what_has_no_files() {
        let skill = "---\nname: x\ndescription: X\n---\n";
        let files = [("a/skills/x/SKILL.md", skill), ("b/skills/y/SKILL.md", skill)];
        let named = |name: &str, is_bare| {
            let about = About { plugin: Some("far:p".into()), ..about() };
            Entry { name: Some(name.into()), is_bare, about }
        };
        let mut listing = listing([
            (Kind::Skill, "a/skills/x", named("far:new", false)),
            (Kind::Skill, "a/skills/z", named("far:z", false)),
            (Kind::Plugin, "market#away", named("far:away", true)),
        ]);
        listing.is_all = true;
        let sticky = Sticky::from([((Kind::Skill, "a/skills/x".into()), "far:old".into())]);
        let given = listing.names(sticky);
        let mut detection = detection_by(&files, &given);
        let members = ["far:new", "far:z", "far:left-out"];
        let members = members.map(|name| Member { kind: Kind::Skill, name: name.into() }).to_vec();
        let shelf = Shelf { members, ..Shelf::default() };
        let mut structure = Structure { collections: vec![shelf] };
        listing.settle("s", &given, &mut detection, Some(&mut structure));
        let ids: Vec<_> = detection.artifacts.iter().map(|one| one.artifact.id.clone()).collect();
        let id = |kind, name| ArtifactId::new("s", kind, name);
        assert_eq!(ids, [id(Kind::Skill, "far:old"), id(Kind::Plugin, "far:away")]);
        for Found { artifact, .. } in &detection.artifacts {
            assert_eq!(artifact.plugin.as_deref(), Some("far:p"));
            assert!(artifact.context.is_some());
        }
        let names = structure.collections[0].members.iter().map(|one| one.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["far:old", "far:left-out"]);
        assert_eq!(
            detection.problems.iter().map(|one| one.message.as_str()).collect::<Vec<_>>(),
            ["listed as Skill `far:z`, but its files hold none"]
        );
    }

    #[test]
    fn of_a_thousand_that_are_not_found_a_few_are_named() {
        let paths: Vec<String> = (0..1_000).map(|n| format!("skills/{n:03}")).collect();
        let entries = paths.iter().map(|path| (Kind::Skill, path.as_str(), Entry::default()));
        let mut detection = detection(&[]);
        listing(entries).settle("s", &Sticky::new(), &mut detection, None);
        let told: Vec<&str> = detection.problems.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(told.len(), LOST_MAX + 1);
        assert_eq!(told[0], "also listed, but their files hold none: 995 artifacts");
        assert_eq!(told[1], "listed as Skill `000`, but its files hold none");
    }
}
