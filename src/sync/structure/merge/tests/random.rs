//! Random changes of a source and of people, in any order, with syncs between them.

use proptest::prelude::*;

use super::*;
use crate::format::collection::ORDER;

/// What happens next, with numbers that choose where.
#[derive(Clone, Debug)]
struct Step {
    what: usize,
    at: [usize; 3],
    word: String,
}

fn steps(what: std::ops::Range<usize>, n: usize) -> impl Strategy<Value = Vec<Step>> {
    let word = prop::sample::select(vec!["Plan", "Test", "Été", "a: b", "plan", "All", "日本"]);
    let step = (what, [0..9_usize, 0..9_usize, 0..9_usize], word)
        .prop_map(|(what, at, word)| Step { what, at, word: word.to_owned() });
    prop::collection::vec(step, 0..n)
}

const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "lost", "strange", "x:y"];

/// A source that changes; what it took away may return, a group in another collection, too.
#[derive(Clone, Default)]
struct Source {
    shelves: Vec<Shelf>,
    gone_shelves: Vec<Shelf>,
    gone_groups: Vec<Section>,
    n_keys: usize,
}

impl Source {
    fn key(&mut self) -> String {
        self.n_keys += 1;
        format!("k/{}", self.n_keys)
    }

    /// Something is added, 0 to 3; changed, 4 to 7; or taken away, 8 to 10.
    fn step(&mut self, step: &Step) {
        let [a, b, c] = step.at;
        let key = self.key();
        let n_shelves = self.shelves.len();
        if step.what == 0 || n_shelves == 0 {
            let back = if c > 4 { self.gone_shelves.pop() } else { None };
            let new = back.unwrap_or_else(|| shelf(&key, &step.word, &[], &[]));
            return self.shelves.insert(a % (n_shelves + 1), new);
        }
        let which = a % n_shelves;
        if step.what == 7 {
            let moved = self.shelves.remove(which);
            return self.shelves.insert(b % n_shelves, moved);
        }
        if step.what == 10 {
            return self.gone_shelves.push(self.shelves.remove(which));
        }
        let shelf = &mut self.shelves[which];
        let n_groups = shelf.groups.len();
        let name = member(NAMES[c]);
        match step.what {
            1 => {
                let back = if c > 4 { self.gone_groups.pop() } else { None };
                let new = back.unwrap_or_else(|| section(&key, &step.word, &[NAMES[c]]));
                shelf.groups.insert(b % (n_groups + 1), new);
            }
            2 if !shelf.members.contains(&name) => shelf.members.push(name),
            4 if n_groups == 0 => shelf.title.clone_from(&step.word),
            5 if c > 6 => {
                let moved = shelf.groups.pop();
                shelf.groups.splice(0..0, moved);
            }
            8 if c > 6 => self.gone_groups.extend(shelf.groups.pop()),
            9 if n_groups == 0 => drop(shelf.members.pop()),
            what if n_groups > 0 => change(&mut shelf.groups[b % n_groups], what, c, &step.word),
            _ => shelf.description.clone_from(&step.word),
        }
    }
}

fn change(group: &mut Section, what: usize, c: usize, word: &str) {
    let n = group.members.len();
    match what {
        2 | 3 if !group.members.contains(&member(NAMES[c])) => {
            group.members.insert((c * 7) % (n + 1), member(NAMES[c]));
        }
        4 => word.clone_into(&mut group.title),
        5 => word.clone_into(&mut group.description),
        6 if n > 1 => group.members.rotate_left(c % n),
        6 => group.color = Some(["teal", "red", "none"][c % 3].to_owned()),
        8 | 9 if n > 0 => drop(group.members.remove(c % n)),
        _ => {}
    }
}

/// What a person took away: files, and lines of files.
type TakenAway = BTreeSet<(String, Option<ArtifactId>)>;

/// A person changes something.
fn person(world: &mut World, taken_away: &mut TakenAway, step: &Step) {
    let [a, b, c] = step.at;
    let Some(file) = world.files.texts.keys().nth(a % world.files.texts.len().max(1)).cloned()
    else {
        return;
    };
    let is_group = file.contains("/groups/");
    let text = world.files.texts[&file].clone();
    let (collection, group) = read(&world.files).remove(&file).expect("it is there");
    let ids: Vec<ArtifactId> = match (&collection, &group) {
        (Some(it), _) => it.pins.iter().map(|pin| pin.id.clone()).collect(),
        (_, Some(it)) => it.members.iter().map(|member| member.id.clone()).collect(),
        _ => Vec::new(),
    };
    let some = ids.get(b % ids.len().max(1)).cloned();
    let own = ArtifactId::new(if c > 6 { "team" } else { "own" }, Kind::Skill, NAMES[c]);
    let edit = match (step.what, some) {
        (11, _) => Edit::Text(TextKey::Title, Some(step.word.clone())),
        (12, _) => Edit::Order(Some(c as i64 * 7)),
        (13, Some(id)) if is_group => Edit::Member(id, Some(c as i64 * 6)),
        (14, _) if is_group => Edit::Member(own.clone(), (b > 4).then_some(b as i64 * 5)),
        (14, _) => Edit::Pin(own.clone()),
        (15 | 16, Some(id)) => {
            // What came and went between two syncs nobody can know of.
            if was_seen(&world.base, &file, &id) {
                taken_away.insert((file.clone(), Some(id.clone())));
            }
            if is_group { Edit::NoMember(id) } else { Edit::NoPin(id) }
        }
        (17, _) => Edit::Exclude(ArtifactId::new("team", Kind::Skill, NAMES[c])),
        (18, _) if c > 5 => {
            world.files.texts.remove(&file);
            let folder = file.split('/').nth(1).unwrap_or_default().to_owned();
            let start = format!("collections/{folder}/");
            taken_away.insert((file, None));
            if !world.files.texts.keys().any(|file| file.starts_with(&start)) {
                // An empty folder stays until somebody takes it away, too.
                world.files.folders.remove(&folder);
                taken_away.insert((start, None));
            }
            return;
        }
        (19, _) if c > 6 => {
            let folder = file.split('/').nth(1).unwrap_or_default().to_owned();
            world.files.folders.remove(&folder);
            world.files.names.remove(&folder);
            let (gone, kept) = std::mem::take(&mut world.files.texts)
                .into_iter()
                .partition(|(file, _)| file.split('/').nth(1) == Some(folder.as_str()));
            world.files.texts = kept;
            let gone: BTreeMap<String, String> = gone;
            taken_away.extend(gone.into_keys().map(|file| (file, None)));
            taken_away.insert((format!("collections/{folder}/"), None));
            return;
        }
        _ => {
            let with_comment = format!("# a word of {}\n{text}\n# and the last\n", step.word);
            world.files.texts.insert(file, with_comment);
            return;
        }
    };
    if let Edit::Member(id, _) | Edit::Pin(id) = &edit {
        taken_away.remove(&(file.clone(), Some(id.clone())));
    }
    let form = if is_group { Form::Group } else { Form::Collection };
    let after = edit::apply(form, &file, &text, &[edit]).expect("it can be edited");
    world.files.texts.insert(file, after);
}

/// Whether a sync has seen that the source has it there.
fn was_seen(base: &LockedStructure, file: &str, id: &ArtifactId) -> bool {
    let member = Member { kind: id.kind, name: id.name.clone() };
    base.values().any(|shelf| {
        let group = |group: &LockedSection| {
            file == group_file(&shelf.at, &group.at) && group.members.contains_key(&member)
        };
        (file == collection_file(&shelf.at) && shelf.members.contains_key(&member))
            || shelf.groups.values().any(group)
    })
}

type Checked = Result<(), TestCaseError>;

/// A sync, and everything that must hold of it.
fn sync(world: &mut World, theirs: &[Shelf], taken_away: &TakenAway) -> Checked {
    let before = world.clone();
    let merged = world.sync(theirs);
    let n_done = (merged.new.len() + merged.changes.len()) / 2;
    let mut halfway = before.clone();
    halfway.write(&Merged {
        new: merged.new.iter().take(n_done).cloned().collect(),
        changes: merged
            .changes
            .iter()
            .take(n_done.saturating_sub(merged.new.len()))
            .cloned()
            .collect(),
        ..Merged::default()
    });
    halfway.sync(theirs);
    prop_assert_eq!(&halfway.files.texts, &world.files.texts, "a sync that ended halfway");
    prop_assert_eq!(&halfway.base, &world.base);
    let refused = merged.problems.iter().find(|problem| problem.code != "SM487");
    prop_assert!(refused.is_none(), "{:?}", refused);

    let again = merged_from("team", world, theirs, &[]);
    prop_assert!(again.changes.is_empty() && again.new.is_empty(), "{:?}", again);
    prop_assert_eq!((&again.base, &again.problems), (&world.base, &Vec::new()));
    let ended = World { base: before.base.clone(), ..world.clone() };
    let ended = merged_from("team", &ended, theirs, &[]);
    prop_assert!(ended.changes.is_empty() && ended.new.is_empty(), "{:?}", ended);
    prop_assert_eq!(&ended.base, &world.base);

    let (old, new) = (read(&before.files), read(&world.files));
    for (file, id) in taken_away {
        let is_back = new.keys().any(|it| file.ends_with('/') && it.starts_with(file));
        prop_assert!(!is_back, "something came into {}", file);
        match (new.get(file), id) {
            (None, _) => {}
            (Some(_), None) => prop_assert!(false, "{} came back", file),
            (Some((collection, group)), Some(id)) => {
                let pins = collection.iter().flat_map(|it| &it.pins).map(|pin| &pin.id);
                let members = group.iter().flat_map(|it| &it.members).map(|member| &member.id);
                prop_assert!(
                    !pins.chain(members).any(|it| it == id),
                    "{} in {} came back",
                    id,
                    file
                );
            }
        }
    }
    for (file, (collection, group)) in &old {
        let (new_collection, new_group) = new.get(file).expect("no file goes");
        lines_stay(&before.files.texts[file], &world.files.texts[file])?;
        if let (Some(old), Some(new)) = (collection, new_collection) {
            prop_assert!(old.pins.iter().all(|pin| new.pins.iter().any(|it| it.id == pin.id)));
            prop_assert_eq!(&old.exclude.len(), &new.exclude.len());
        }
        if let (Some(old), Some(new)) = (group, new_group) {
            prop_assert!(
                old.members.iter().all(|one| new.members.iter().any(|it| it.id == one.id))
            );
        }
    }
    for shelf in theirs {
        shelf_is_right(shelf, &before, world)?;
    }
    Ok(())
}

/// Comments, and whatever else is no line that the source may change, stay in their order.
fn lines_stay(before: &str, after: &str) -> Checked {
    let mut rest = after.lines();
    for line in before.lines().filter(|line| line.starts_with('#') || line.is_empty()) {
        prop_assert!(rest.any(|it| it == line), "{before}\n---\n{after}");
    }
    Ok(())
}

/// Whether a text or number is as it must be: a person's own, else the source's.
fn is_right<T: PartialEq + std::fmt::Debug>(base: &T, theirs: &T, ours: &T, now: &T) -> Checked {
    let expected = if ours == base { theirs } else { ours };
    prop_assert_eq!(now, expected, "it was {:?} here and {:?} there", ours, base);
    Ok(())
}

fn shelf_is_right(shelf: &Shelf, before: &World, after: &World) -> Checked {
    let now = &after.base[&shelf.key];
    let file = collection_file(&now.at);
    let Some(base) = before.base.get(&shelf.key) else {
        prop_assert!(after.files.texts.contains_key(&file), "{} is not there", file);
        for section in &shelf.groups {
            let group = after.files.group(&now.at, &now.groups[&section.key].at);
            prop_assert!(group.is_some(), "a group of {} is not there", file);
        }
        return Ok(());
    };
    if !before.files.folders.contains(&base.at) {
        return Ok(());
    }
    if let Some(text) = before.files.texts.get(&file) {
        let read = |text| parse_collection("s", &file, text).expect("it can be read");
        let (ours, now) = (read(text), read(&after.files.texts[&file]));
        let theirs = seen::of_shelf(shelf, 0);
        is_right(&base.said.title, &theirs.title, &ours.title, &now.title)?;
        is_right(&base.said.description, &theirs.description, &ours.description, &now.description)?;
        is_right(&base.said.order, &after.base[&shelf.key].said.order, &ours.order, &now.order)?;
        for one in &shelf.members {
            let id = ArtifactId::new("team", one.kind, &one.name);
            let is_new = !base.members.contains_key(one) && known(&id) == Known::Here;
            let is_there = now.pins.iter().any(|pin| pin.id == id);
            prop_assert!(
                !is_new || is_there || excludes(&ours.exclude, &id),
                "{} is not there",
                id
            );
        }
    }
    for section in &shelf.groups {
        let group = &now.groups[&section.key];
        match base.groups.get(&section.key) {
            None => prop_assert!(after.files.group(&now.at, &group.at).is_some()),
            Some(base) => group_is_right(section, base, &now.at, before, after)?,
        }
    }
    Ok(())
}

fn group_is_right(
    section: &Section,
    base: &LockedSection,
    folder: &str,
    before: &World,
    after: &World,
) -> Checked {
    let Some((file, text)) = before.files.group(folder, &base.at) else { return Ok(()) };
    let read = |text: &str| parse_group("s", &file, text).expect("it can be read");
    let (ours, now) = (read(text), read(&after.files.texts[&file]));
    let theirs = seen::of_section(section, 0);
    is_right(&base.said.title, &theirs.title, &ours.title, &now.title)?;
    is_right(&base.said.description, &theirs.description, &ours.description, &now.description)?;
    is_right(&base.said.color, &theirs.color, &ours.color, &now.color)?;
    let rank = |group: &Group, id: &ArtifactId| {
        group.members.iter().find(|it| it.id == *id).map(|it| it.rank)
    };
    for one in &section.members {
        let id = ArtifactId::new("team", one.kind, &one.name);
        let locked = base.members.get(one);
        match (locked, rank(&ours, &id)) {
            (None, None) if known(&id) == Known::Here => {
                let is_there = rank(&now, &id).is_some() || excludes(&ours.exclude, &id);
                prop_assert!(is_there, "{} is not in {}", id, file);
            }
            (Some(locked), Some(ours)) if ours != locked.rank => {
                prop_assert_eq!(rank(&now, &id), Some(ours), "a person put it there");
            }
            _ => {}
        }
    }
    Ok(())
}

/// What the site would show: the collections, groups and members in their order.
fn shown(world: &World, theirs: &[Shelf]) -> String {
    let files = read(&world.files);
    let mut shelves: Vec<_> = theirs
        .iter()
        .map(|shelf| {
            let base = &world.base[&shelf.key];
            let collection = files[&collection_file(&base.at)].0.clone().expect("a collection");
            let mut groups: Vec<_> = shelf
                .groups
                .iter()
                .map(|section| {
                    let at = group_file(&base.at, &base.groups[&section.key].at);
                    let group = files[&at].1.clone().expect("a group");
                    let members: Vec<ArtifactId> = order_of(&group)
                        .into_iter()
                        .filter(|id| section.members.iter().any(|it| it.name == id.name))
                        .collect();
                    let Group { title, description, order, color, .. } = group;
                    (order, format!("{} {title} {description} {color:?} {members:?}", section.key))
                })
                .collect();
            groups.sort();
            let groups: Vec<String> = groups.into_iter().map(|(_, shown)| shown).collect();
            let mut pins: Vec<ArtifactId> = collection.pins.into_iter().map(|pin| pin.id).collect();
            pins.retain(|id| shelf.members.iter().any(|it| it.name == id.name));
            let Collection { title, description, order, .. } = collection;
            (order, format!("{} {title} {description} {pins:?} {groups:#?}", shelf.key))
        })
        .collect();
    shelves.sort();
    assert!(shelves.iter().all(|(order, _)| *order != ORDER));
    shelves.into_iter().map(|(_, shown)| shown + "\n").collect()
}

/// What the site should show of a source that nobody here has touched.
fn expected(theirs: &[Shelf]) -> String {
    let mut world = World::default();
    world.sync(theirs);
    shown(&world, theirs)
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("MERGE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256);
    ProptestConfig { cases, max_shrink_iters: 4000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn people_keep_what_is_theirs_and_get_all_that_is_new(steps in steps(0..26, 40)) {
        let (mut world, mut source) = (World::default(), Source::default());
        let mut taken_away = TakenAway::new();
        for step in &steps {
            match step.what {
                0..=10 => source.step(step),
                11..=20 => person(&mut world, &mut taken_away, step),
                _ => sync(&mut world, &source.shelves, &taken_away)?,
            }
        }
        sync(&mut world, &source.shelves, &taken_away)?;
    }

    #[test]
    fn where_nobody_intervenes_all_is_as_the_source_has_it_at_any_time(
        first in steps(0..11, 20), second in steps(0..11, 20),
    ) {
        let (mut world, mut source) = (World::default(), Source::default());
        for step in first.iter().chain(&second) {
            source.step(step);
        }
        let mut at_once = World::default();
        at_once.sync(&source.shelves);
        source = Source::default();
        first.iter().for_each(|step| source.step(step));
        world.sync(&source.shelves);
        prop_assert_eq!(shown(&world, &source.shelves), expected(&source.shelves));
        second.iter().for_each(|step| source.step(step));
        world.sync(&source.shelves);
        prop_assert_eq!(shown(&world, &source.shelves), shown(&at_once, &source.shelves));
    }
}
