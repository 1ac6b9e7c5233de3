//! Random orders on random projects: what a plan says is what comes of it, file by file, and taken
//! back in any order of receipts the project is what it was, byte for byte.
//!
//! A few hundred orders in every run, ten thousand with `SKILLMEAT_DEEP=1`.

use std::collections::BTreeMap;

use super::rig::{World, order};
use crate::deploy::order::{Choice, Order, What};
use crate::deploy::plan::Action;
use crate::deploy::refusal::Refused;
use crate::model::id::ArtifactId;
use crate::model::profile::Profile;
use crate::state::receipts::ReceiptId;

/// Numbers that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.roll(all.len())]
    }
}

const SKILLS: [&str; 3] = ["pdf", "docx", "plans"];
const FILES: [&str; 4] = ["SKILL.md", "notes.md", "deep/er/a.txt", "run.sh"];

fn text(dice: &mut Dice) -> String {
    let lines = (0..dice.roll(6)).map(|_| format!("line {}\n", dice.roll(4)));
    format!("---\ndescription: d\n---\n{}", lines.collect::<String>())
}

/// Something changes in the source, or somebody works in the project.
fn stir(world: &World, dice: &mut Dice) {
    let (skill, file) = (*dice.pick(&SKILLS), *dice.pick(&FILES));
    let text = text(dice);
    match dice.roll(6) {
        0 | 1 => world.source(&format!("skills/{skill}/{file}"), &text),
        2 => world.source("commands/ship.md", &text),
        3 => world.edit(&format!(".claude/skills/{skill}/{file}"), &text),
        4 => {
            let path = world.project().join(format!(".claude/skills/{skill}/{file}"));
            let _ = std::fs::remove_file(path);
        }
        _ => world.edit("src/main.rs", &text),
    }
}

fn an_order(dice: &mut Dice, receipts: &[ReceiptId]) -> Order {
    let mut ids: Vec<ArtifactId> = Vec::new();
    for skill in SKILLS {
        if dice.roll(2) == 0 {
            ids.push(format!("local/skill/{skill}").parse().unwrap());
        }
    }
    if dice.roll(3) == 0 {
        ids.push("local/command/ship".parse().unwrap());
    }
    let profile = Profile::ClaudeCode;
    let what = match dice.roll(8) {
        0..=2 => What::Deploy { ids, profile, at: None },
        3 => What::Update { ids: Vec::new(), profile: None },
        4 => What::Update { ids, profile: Some(profile) },
        5 => What::Undeploy { ids, profile: None },
        6 if !receipts.is_empty() => What::Undo { receipt: *dice.pick(receipts) },
        _ if !receipts.is_empty() => What::Rollback { to: *dice.pick(receipts) },
        _ => What::Deploy { ids, profile, at: None },
    };
    let choice = match dice.roll(4) {
        0 => None,
        n => Some(Choice::ALL[n - 1]),
    };
    Order { choice, ..order(what) }
}

/// Carries one order out and looks at what came of it; its receipt, where it has one.
fn carry_out(world: &World, order: &Order, round: usize) -> Option<ReceiptId> {
    let before = world.all();
    let planned = world.plan(order);
    assert_eq!(world.all(), before, "round {round}: a plan writes nothing");
    let done = match planned {
        Ok(plan) => world.apply(order, Some(plan.digest())),
        Err(refused) => Err(refused),
    };
    let done = match done {
        Ok(done) => done,
        Err(Refused::Failed(error)) => panic!("round {round}: {order:?}: {error:?}"),
        Err(_) => {
            assert_eq!(world.all(), before, "round {round}: refused, and nothing is written");
            return None;
        }
    };
    let mut wanted = before.clone();
    for file in &done.plan.files {
        let was = file.before.as_ref().map(|held| String::from_utf8(held.bytes.clone()).unwrap());
        assert_eq!(before.get(&file.path), was.as_ref(), "round {round}: {}", file.path);
        match &file.after {
            Some(held) => {
                let text = String::from_utf8(held.bytes.clone()).unwrap();
                wanted.insert(file.path.clone(), text);
            }
            None => _ = wanted.remove(&file.path),
        }
    }
    let now = world.all();
    assert_eq!(now, wanted, "round {round}: {order:?}");
    nothing_edited_is_lost(&before, &now, order, round);
    for step in &done.plan.steps {
        assert_ne!(step.action, Action::Undecided, "round {round}");
    }
    let receipt = done.receipt?;
    // Taken back at once it is as before; and the taking back is taken back.
    let undo = super::rig::order(What::Undo { receipt });
    let undone = world.apply(&undo, None).unwrap_or_else(|why| panic!("round {round}: {why:?}"));
    assert_eq!(world.all(), before, "round {round}: {order:?} undone");
    let again = super::rig::order(What::Undo { receipt: undone.receipt? });
    let again = world.apply(&again, None).unwrap_or_else(|why| panic!("round {round}: {why:?}"));
    assert_eq!(world.all(), now, "round {round}: {order:?} again");
    again.receipt
}

/// What is no copy of an artifact is never touched.
fn nothing_edited_is_lost(
    before: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
    order: &Order,
    round: usize,
) {
    let others = |files: &BTreeMap<String, String>| -> Vec<(String, String)> {
        let is_other = |path: &str| !path.starts_with(".claude/");
        let found = files.iter().filter(|(path, _)| is_other(path));
        found.map(|(path, text)| (path.clone(), text.clone())).collect()
    };
    assert_eq!(others(now), others(before), "round {round}: {order:?}");
}

#[test]
fn a_plan_equals_its_result_and_is_taken_back_exactly() {
    let is_deep = std::env::var_os("SKILLMEAT_DEEP").is_some();
    let (worlds, orders) = if is_deep { (500, 20) } else { (6, 20) };
    let (mut n_done, mut n_refused) = (0, 0);
    for number in 0..worlds {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (number as u64 + 1));
        let world = World::new(&[("commands/ship.md", "---\ndescription: s\n---\nGo\n")]);
        for skill in SKILLS {
            world.source(&format!("skills/{skill}/SKILL.md"), &text(&mut dice));
        }
        let mut receipts: Vec<ReceiptId> = Vec::new();
        for round in 0..orders {
            (0..dice.roll(3)).for_each(|_| stir(&world, &mut dice));
            let order = an_order(&mut dice, &receipts);
            match carry_out(&world, &order, number * orders + round) {
                Some(receipt) => {
                    receipts.push(receipt);
                    n_done += 1;
                }
                None => n_refused += 1,
            }
        }
    }
    println!("{n_done} orders carried out and taken back, {n_refused} refused or nothing to do");
    assert!(n_done * 4 > worlds * orders, "{n_done} of {} were carried out", worlds * orders);
}
