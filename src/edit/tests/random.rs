//! Random changes of random catalogs: what they mean is what a person asked for, all else is as it
//! was, and undone in reverse every file is what it was, byte for byte.

use proptest::prelude::*;

use jiff::Timestamp;

use super::rig::{World, apply, id};
use crate::edit::change::{Change, Position};
use crate::model::id::ArtifactId;

const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

/// One change with what it is about, by number.
#[derive(Clone, Debug)]
struct Wish {
    what: usize,
    groups: (usize, usize),
    ids: Vec<usize>,
    at: (usize, usize),
}

fn a_wish() -> impl Strategy<Value = Wish> {
    let ids = prop::sample::subsequence((0..NAMES.len()).collect::<Vec<_>>(), 1..4).prop_shuffle();
    (0..9_usize, (0..2_usize, 0..2_usize), ids, (0..5_usize, 0..NAMES.len()))
        .prop_map(|(what, groups, ids, at)| Wish { what, groups, ids, at })
}

/// A member as people write it, in one of their ways.
fn a_group(key: &'static str) -> impl Strategy<Value = String> {
    let members = prop::collection::btree_map(
        0..NAMES.len(),
        (prop::option::of(0..30_i64), 0..4_usize),
        0..5,
    );
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), 0..3_usize);
    (members, flags).prop_map(move |(members, (tagged, crlf, flow, excluded))| {
        let mut out = format!("# about {key}\ntitle: '{key}'   # its name\n");
        if tagged {
            out.push_str("include: [{tag: x}]\n\n");
        }
        if flow {
            let shown: Vec<String> = members
                .iter()
                .map(|(name, (rank, _))| {
                    let rank = rank.map_or("null".into(), |rank| format!("{{rank: {rank}}}"));
                    format!("s/skill/{}: {rank}", NAMES[*name])
                })
                .collect();
            out.push_str(&format!("members: {{{}}}  # all\n", shown.join(", ")));
        } else if !members.is_empty() {
            out.push_str("members:\n");
            for (name, (rank, style)) in &members {
                let name = NAMES[*name];
                if *style == 0 {
                    out.push_str(&format!("  # of {name}\n"));
                }
                let key = if *style == 1 {
                    format!("'s/skill/{name}'")
                } else {
                    format!("s/skill/{name}")
                };
                let rank = rank.map_or(String::new(), |rank| format!(" {{ rank: {rank} }}"));
                out.push_str(&format!(
                    "  {key}:{rank}{}\n",
                    if *style == 2 { "  # here" } else { "" }
                ));
            }
        }
        if excluded > 0 {
            out.push_str(&format!("exclude:\n  - s/skill/{}  # no\n", NAMES[excluded]));
        }
        if crlf { out.replace('\n', "\r\n") } else { out }
    })
}

fn a_world() -> impl Strategy<Value = (Vec<bool>, String, [String; 2])> {
    let tagged = prop::collection::vec(any::<bool>(), NAMES.len());
    let collection = prop_oneof![
        Just("title: Team\n\n# all that is tagged\ninclude:\n  - tag: x\n".to_owned()),
        Just(
            "pin:\n  s/skill/a:   # the first\n  's/skill/c': {note: n}\nexclude: [s/skill/b]\n"
                .to_owned()
        ),
        Just("{title: Team, include: [{tag: x}], exclude: [s/skill/e]}\r\n".to_owned()),
    ];
    (tagged, collection, [a_group("one"), a_group("two")])
}

fn change(wish: &Wish, shown: &[Vec<String>; 2]) -> Change {
    let groups = ["one", "two"];
    let (collection, group) = ("team".to_owned(), groups[wish.groups.1].to_owned());
    let ids: Vec<ArtifactId> = wish.ids.iter().map(|name| id(NAMES[*name])).collect();
    let there = &shown[wish.groups.1];
    let beside = || there.get(wish.at.1 % there.len().max(1)).map(|name| id(name));
    let at = match (wish.at.0, beside()) {
        (0, _) => Position::First,
        (1, Some(beside)) => Position::Before(beside),
        (2, Some(beside)) => Position::After(beside),
        (3, _) => Position::Last,
        _ => Position::Unranked,
    };
    match wish.what {
        0 | 1 => Change::AddToGroup { collection, group, ids, at },
        2..=4 => {
            let from = Some(groups[wish.groups.0].to_owned());
            Change::MoveToGroup { collection, from, group, ids, at }
        }
        5 => Change::RemoveFromGroup { collection, group, ids },
        6 => Change::AddToCollection { collection, ids },
        7 => Change::RemoveFromCollection { collection, ids },
        _ => {
            let before = (wish.groups.0 != wish.groups.1).then(|| groups[wish.groups.0].to_owned());
            Change::PlaceGroup { collection, group, before }
        }
    }
}

/// What is held, and what each group shows in its order.
#[derive(Clone, Debug, PartialEq)]
struct Facts {
    held: Vec<String>,
    groups: [Vec<String>; 2],
}

fn facts(world: &World) -> Facts {
    Facts { held: world.shown(""), groups: [world.shown("one"), world.shown("two")] }
}

fn without(names: &[String], less: &[String]) -> Vec<String> {
    names.iter().filter(|name| !less.contains(name)).cloned().collect()
}

/// What a person means by a change, said without a word about files.
fn check(change: &Change, before: &Facts, after: &Facts) -> Result<(), TestCaseError> {
    let names = |ids: &[ArtifactId]| ids.iter().map(|id| id.name.clone()).collect::<Vec<_>>();
    let slot = |group: &str| usize::from(group == "two");
    let (ids, into, out_of) = match change {
        Change::AddToGroup { group, ids, .. } => (names(ids), Some(slot(group)), None),
        Change::MoveToGroup { from, group, ids, .. } => {
            let from = from.as_deref().map(slot).filter(|from| *from != slot(group));
            (names(ids), Some(slot(group)), from)
        }
        Change::RemoveFromGroup { group, ids, .. } => (names(ids), None, Some(slot(group))),
        Change::AddToCollection { ids, .. } | Change::RemoveFromCollection { ids, .. } => {
            (names(ids), None, None)
        }
        _ => (Vec::new(), None, None),
    };
    // All others are where they were, in the order they had.
    prop_assert_eq!(without(&before.held, &ids), without(&after.held, &ids));
    for group in 0..2 {
        prop_assert_eq!(without(&before.groups[group], &ids), without(&after.groups[group], &ids));
    }
    for name in &ids {
        let is_held = !matches!(change, Change::RemoveFromCollection { .. });
        let was_held = before.held.contains(name);
        let stays = !matches!(change, Change::RemoveFromGroup { .. }) || was_held;
        prop_assert_eq!(after.held.contains(name), is_held && stays, "{} in the collection", name);
        for group in 0..2 {
            let (was, is) =
                (before.groups[group].contains(name), after.groups[group].contains(name));
            if into == Some(group) {
                prop_assert!(is, "{} in {}", name, group);
            } else if out_of == Some(group) || !is_held {
                prop_assert!(!is, "{} not in {}", name, group);
            } else if was_held {
                // What comes in anew may come by the selectors of groups.
                prop_assert_eq!(is, was, "{} in {} as before", name, group);
            }
        }
    }
    if let (Some(group), Change::AddToGroup { at, .. } | Change::MoveToGroup { at, .. }) =
        (into, change)
    {
        let (shown, old) = (&after.groups[group], &before.groups[group]);
        let others = without(old, &ids);
        let n_before = |id: &ArtifactId, with: bool| {
            let place = old.iter().position(|name| *name == id.name).unwrap();
            let n = old[..place].iter().filter(|name| !ids.contains(name)).count();
            n + usize::from(with && !ids.contains(&id.name))
        };
        let place = match at {
            Position::Unranked => return Ok(()),
            Position::First => 0,
            Position::Last => others.len(),
            Position::Before(id) => n_before(id, false),
            Position::After(id) => n_before(id, true),
        };
        let mut wanted = others;
        wanted.splice(place..place, ids.iter().cloned());
        prop_assert_eq!(shown, &wanted);
    }
    Ok(())
}

/// Every line of before that says nothing of what was changed is there still.
fn lines_stay(before: &str, after: &str, ids: &[String]) -> Result<(), TestCaseError> {
    let is_mine = |line: &str| {
        ids.iter().any(|name| {
            line.contains(&format!("s/skill/{name}")) || line.contains(&format!("of {name}"))
        }) || line.contains("rank")
            || line.starts_with("order:")
            || line.contains('{')
            || line.contains('[')
    };
    let empties = ["members:", "pin:", "exclude:"];
    let after: Vec<&str> = after.split_inclusive('\n').collect();
    let went = |key: &&str| before.contains(*key) && !after.iter().any(|it| it.starts_with(*key));
    let is_emptied = empties.iter().any(went);
    for line in before.split_inclusive('\n').filter(|line| !is_mine(line)) {
        // A list goes with its last entry, and one of two blank lines around it.
        let is_between = line.trim().is_empty() && is_emptied;
        if !empties.contains(&line.trim_end()) && !is_between {
            // A member may be given a rank, so that another can stand before it.
            let name = NAMES.iter().find(|name| line.contains(&format!("s/skill/{name}")));
            let is_ranked = name.is_some_and(|name| {
                after
                    .iter()
                    .any(|it| it.contains(&format!("s/skill/{name}")) && it.contains("rank"))
            });
            prop_assert!(after.contains(&line) || is_ranked, "{:?} is gone", line);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn changes_mean_what_was_asked_and_undone_leave_every_byte(
        (tagged, collection, groups) in a_world(),
        wishes in prop::collection::vec(a_wish(), 1..7),
    ) {
        let tags = |at: usize| if tagged[at] { &["x"][..] } else { &[] };
        let ids: Vec<String> = NAMES.iter().map(|name| format!("s/skill/{name}")).collect();
        let artifacts: Vec<(&str, &[&str])> =
            ids.iter().enumerate().map(|(at, id)| (id.as_str(), tags(at))).collect();
        let files = [
            ("team/collection.yaml", collection.as_str()),
            ("team/groups/one.yaml", groups[0].as_str()),
            ("team/groups/two.yaml", groups[1].as_str()),
        ];
        let world = World::new(&artifacts, &files);
        let texts = |world: &World| files.map(|(file, _)| world.read(file));
        let editor = world.editor();
        let mut made = Vec::new();
        for wish in &wishes {
            let old = facts(&world);
            let change = change(wish, &old.groups);
            let catalog = world.catalog();
            let before = texts(&world);
            let done = apply(&editor, &catalog, std::slice::from_ref(&change));
            let done = done.map_err(|why| TestCaseError::fail(format!("{why:?}")))?;
            let new = facts(&world);
            check(&change, &old, &new)?;
            let about: Vec<String> = wish.ids.iter().map(|name| NAMES[*name].to_owned()).collect();
            for (before, after) in before.iter().zip(texts(&world)) {
                lines_stay(before, &after, &about)?;
            }
            // The same again, where it says where things are and not how they move.
            if matches!(change, Change::AddToCollection { .. } | Change::RemoveFromGroup { .. }) {
                let catalog = world.catalog();
                let again = apply(&editor, &catalog, std::slice::from_ref(&change));
                prop_assert!(again.is_ok_and(|again| again.plan.files.is_empty()));
            }
            made.extend(done.id.map(|id| (id, before)));
        }
        for (id, before) in made.into_iter().rev() {
            editor.undo(id, Timestamp::UNIX_EPOCH).map_err(|why| TestCaseError::fail(format!("{why:?}")))?;
            prop_assert_eq!(texts(&world), before);
        }
    }
}
