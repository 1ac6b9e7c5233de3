//! Orders carried out on real folders.

mod random;
mod rig;

use std::collections::BTreeMap;

use super::order::{Choice, What};
use super::plan::{Action, Plan};
use super::refusal::Refused;
use crate::model::deployment::State;
use rig::{World, deploy, order, undeploy, update};

const PDF: &str = "---\nname: pdf\ndescription: Reads\n---\none\ntwo\nthree\n";
const GUARD: &str = r#"{"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks":
    [{"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/guard.sh"}]}]}}"#;
const SERVER: &str = r#"{"mcpServers": {"files": {"command": "npx", "args": ["files", "."]}}}"#;

fn world() -> World {
    World::new(&[
        ("skills/pdf/SKILL.md", PDF),
        ("skills/pdf/a/b.txt", "b\n"),
        ("commands/ship.md", "---\ndescription: Ships\n---\nGo\n"),
        ("hooks/guard/hooks.json", GUARD),
        ("hooks/guard/guard.sh", "#!/bin/sh\n"),
        (".mcp.json", SERVER),
    ])
}

fn text(files: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect()
}

fn actions(plan: &Plan) -> Vec<(Action, Option<&str>)> {
    plan.steps.iter().map(|step| (step.action, step.note.as_deref())).collect()
}

#[test]
fn what_a_plan_says_is_what_is_written_and_it_is_taken_back_byte_for_byte() {
    let world = world();
    world.edit("README.md", "a project\n");
    let before = world.all();
    let order_ = deploy(&["local/skill/pdf", "local/command/ship"]);
    let plan = world.plan(&order_).unwrap();
    assert_eq!(world.all(), before, "a plan writes nothing");
    let done = world.carry_out(&order_).unwrap();
    let mut wanted = before.clone();
    for file in &done.plan.files {
        let bytes = file.after.clone().unwrap().bytes;
        wanted.insert(file.path.clone(), String::from_utf8(bytes).unwrap());
    }
    assert_eq!(world.all(), wanted);
    assert_eq!(plan.digest(), done.plan.digest());
    assert_eq!(
        text(&world.files()),
        [
            (".claude/commands/ship.md", "---\ndescription: Ships\n---\nGo\n"),
            (".claude/skills/pdf/SKILL.md", PDF),
            (".claude/skills/pdf/a/b.txt", "b\n"),
            ("README.md", "a project\n"),
        ]
    );
    assert_eq!(done.plan.message, "Deployed local/skill/pdf and 1 more to shop");
    // The second time there is nothing to do.
    let again = world.carry_out(&order_).unwrap();
    assert_eq!((again.receipt, again.plan.files.len()), (None, 0));
    let receipt = done.receipt.unwrap();
    world.carry_out(&order(What::Undo { receipt })).unwrap();
    assert_eq!(world.all(), before);
}

#[test]
fn an_edited_copy_is_kept_replaced_or_merged_as_a_person_says() {
    let edited = PDF.replace("one", "ONE");
    let moved = PDF.replace("three", "THREE");
    for (choice, wanted, record_moves) in [
        (Choice::Keep, edited.clone(), true),
        (Choice::Source, moved.clone(), true),
        (Choice::Merge, edited.replace("three", "THREE"), true),
    ] {
        let world = world();
        world.carry_out(&deploy(&["local/skill/pdf"])).unwrap();
        let record = world.read(".claude/.skillmeat-deployed.toml");
        world.edit(".claude/skills/pdf/SKILL.md", &edited);
        world.source("skills/pdf/SKILL.md", &moved);
        let undecided = world.carry_out(&update(&["local/skill/pdf"], None));
        let Err(Refused::Undecided(plan)) = undecided else { panic!("nothing may be replaced") };
        let note = Some("it was edited, and its source moved");
        assert_eq!(actions(&plan), [(Action::Undecided, note)]);
        assert_eq!(world.read(".claude/skills/pdf/SKILL.md"), edited);
        let all = world.carry_out(&update(&[], None)).unwrap();
        assert_eq!(all.receipt, None, "an update of all leaves it");
        let done = world.carry_out(&update(&["local/skill/pdf"], Some(choice))).unwrap();
        assert_eq!(world.read(".claude/skills/pdf/SKILL.md"), wanted, "{choice:?}");
        assert_eq!(done.plan.steps[0].conflicts, 0);
        assert_eq!(world.read(".claude/.skillmeat-deployed.toml") != record, record_moves);
        world.carry_out(&order(What::Undo { receipt: done.receipt.unwrap() })).unwrap();
        assert_eq!(world.read(".claude/skills/pdf/SKILL.md"), edited);
    }
}

#[test]
fn undeploying_takes_away_what_is_unchanged_and_says_what_stays() {
    let world = world();
    world.carry_out(&deploy(&["local/skill/pdf"])).unwrap();
    let before = world.all();
    world.carry_out(&undeploy(&["local/skill/pdf"])).unwrap();
    assert_eq!(text(&world.all()), []);
    world.carry_out(&deploy(&["local/skill/pdf"])).unwrap();
    assert_eq!(world.all(), before);
    world.edit(".claude/skills/pdf/a/b.txt", "mine\n");
    world.edit(".claude/skills/pdf/own.txt", "own\n");
    let done = world.carry_out(&undeploy(&["local/skill/pdf"])).unwrap();
    let note = Some("2 files were changed here, and stay");
    assert_eq!(actions(&done.plan), [(Action::Remove, note)]);
    assert_eq!(
        text(&world.all()),
        [(".claude/skills/pdf/a/b.txt", "mine\n"), (".claude/skills/pdf/own.txt", "own\n")]
    );
}

#[test]
fn a_project_goes_back_to_each_receipt_and_not_over_what_somebody_did_since() {
    let world = world();
    let mut states = vec![(0, world.all())];
    for id in ["local/skill/pdf", "local/command/ship"] {
        let done = world.carry_out(&deploy(&[id])).unwrap();
        states.push((done.receipt.unwrap(), world.all()));
    }
    world.source("skills/pdf/SKILL.md", &PDF.replace("two", "TWO"));
    let done = world.carry_out(&update(&[], None)).unwrap();
    states.push((done.receipt.unwrap(), world.all()));
    let (_, now) = states.last().unwrap().clone();
    for (to, wanted) in states.iter().rev() {
        let done = world.carry_out(&order(What::Rollback { to: *to })).unwrap();
        assert_eq!(world.all(), *wanted, "to {to}");
        if let Some(receipt) = done.receipt {
            world.carry_out(&order(What::Undo { receipt })).unwrap();
            assert_eq!(world.all(), now);
        }
    }
    world.edit(".claude/skills/pdf/SKILL.md", "mine\n");
    let refused = world.carry_out(&order(What::Rollback { to: 0 }));
    let Err(Refused::Changed(files)) = refused else { panic!("what somebody did would be lost") };
    assert_eq!(files, [".claude/skills/pdf/SKILL.md"]);
    assert_eq!(world.read(".claude/skills/pdf/SKILL.md"), "mine\n");
}

#[test]
fn what_would_run_is_asked_for_again_when_a_byte_of_it_changed() {
    let world = world();
    let installed = "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/guard/guard.sh";
    let orders = [deploy(&["local/hook/guard"]), deploy(&["local/mcp/files"])];
    for order in &orders {
        let Err(Refused::NotAgreed(plan)) = world.apply(order, None) else {
            panic!("nobody agreed to it")
        };
        assert!(["npx files .", installed].contains(&plan.runs[0].what.as_str()));
        world.apply(order, Some(plan.digest())).unwrap();
    }
    let settings: serde_json::Value =
        serde_json::from_str(&world.read(".claude/settings.json")).unwrap();
    let handler = &settings["hooks"]["PreToolUse"][0]["hooks"][0];
    assert_eq!(handler["command"], installed);
    // Agreed to once, it may come again.
    world.carry_out(&undeploy(&["local/hook/guard"])).unwrap();
    assert!(!world.files().contains_key(".claude/hooks/guard/guard.sh"));
    world.apply(&orders[0], None).unwrap();
    world.source("hooks/guard/guard.sh", "#!/bin/sh\nrm\n");
    let order = update(&["local/hook/guard"], None);
    let Err(Refused::NotAgreed(plan)) = world.apply(&order, None) else {
        panic!("the script is another")
    };
    assert_eq!(plan.steps[0].state, Some(State::Outdated));
    // A script that somebody edited is theirs.
    world.edit(".claude/hooks/guard/guard.sh", "#!/bin/sh\nmine\n");
    let Err(Refused::Undecided(plan)) = world.carry_out(&order) else { panic!("it was edited") };
    assert_eq!(plan.steps[0].state, Some(State::Diverged));
}

#[test]
fn a_skill_that_brings_hooks_of_its_own_is_asked_about() {
    let world = world();
    let hooks = "hooks:\n  Stop:\n    - hooks: [{type: command, command: rm -r x}]\n";
    world.source("skills/pdf/SKILL.md", &PDF.replace("---\none", &format!("{hooks}---\none")));
    let Err(Refused::NotAgreed(plan)) = world.apply(&deploy(&["local/skill/pdf"]), None) else {
        panic!("nobody agreed to it")
    };
    assert_eq!((plan.runs[0].when.as_str(), plan.runs[0].what.as_str()), ("Stop", "rm -r x"));
}

#[test]
fn consent_is_for_one_plan_and_no_other() {
    let world = world();
    let order = deploy(&["local/skill/pdf"]);
    let seen = world.plan(&order).unwrap().digest();
    world.source("skills/pdf/SKILL.md", &PDF.replace("two", "tw0"));
    let Err(Refused::NotAgreed(plan)) = world.apply(&order, Some(seen)) else {
        panic!("another byte, another plan")
    };
    assert_ne!(plan.digest(), seen);
    assert_eq!(text(&world.all()), []);
}

#[test]
fn text_that_nobody_sees_is_written_only_when_it_is_allowed() {
    let world = world();
    world.source("skills/pdf/SKILL.md", &format!("{PDF}now \u{202e}reversed\n"));
    let mut order = deploy(&["local/skill/pdf"]);
    let Err(Refused::Impossible(problems)) = world.carry_out(&order) else { panic!("hidden") };
    assert_eq!(
        problems[0].message,
        "text that a reader cannot see would be written: \
         .claude/skills/pdf/SKILL.md:8:5 \\u{202e}"
    );
    order.allow_hidden = true;
    world.carry_out(&order).unwrap();
}
