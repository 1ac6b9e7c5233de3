//! What a build does not make again, because it stands as it would be made.

use crate::api::Dice;
use crate::case::{Case, Repository, settle};

/// Rounds of edits; 300 with `SKILLMEAT_DEEP`.
fn n_rounds() -> usize {
    if std::env::var_os("SKILLMEAT_DEEP").is_some() { 300 } else { 25 }
}

const LOCAL: &str = "content/artifacts";

fn one<'a>(dice: &mut Dice, of: &[&'a str]) -> &'a str {
    of[dice.roll(of.len())]
}

/// A skill whose text leads to others, with tags that it shares.
fn skill(case: &Case, dir: &str, dice: &mut Dice) {
    let name = dir.rsplit('/').next().expect("a name");
    let text = format!(
        "---\nname: {name}\ndescription: {} {}\nmetadata:\n  version: \"{}\"\n  tags: [{}, {}]\n---\n\n\
         # {name}\n\nSee [the other](../s{}/SKILL.md), [its guide](../s{}/guide.md) and \
         [mine](guide.md).\n\n```sh\necho {}\n```\n",
        one(dice, &["Reads", "Writes"]),
        one(dice, &["invoices", "logs", "<b>tables</b>"]),
        dice.roll(3),
        one(dice, &["a", "b"]),
        one(dice, &["c", "d"]),
        dice.roll(6),
        dice.roll(6),
        dice.roll(3),
    );
    case.write(&format!("{dir}/SKILL.md"), &text);
}

/// One thing that people do to a catalog.
fn edit(case: &Case, vendor: &Repository<'_>, dice: &mut Dice) {
    let own = format!("{LOCAL}/skills/s{}", dice.roll(6));
    match dice.roll(20) {
        0 | 1 => skill(case, &own, dice),
        2 | 16..=18 => {
            // Of its text alone.
            if case.exists(&format!("{own}/SKILL.md")) {
                let text = case.read(&format!("{own}/SKILL.md"));
                case.write(&format!("{own}/SKILL.md"), &format!("{text}More {}.\n", dice.roll(9)));
            }
        }
        19 if case.exists(&format!("{own}/SKILL.md")) => {
            // The same bytes elsewhere.
            let text = case.read(&format!("{own}/SKILL.md"));
            let name = own.rsplit('/').next().expect("a name");
            case.write(&format!("{LOCAL}/tools/skills/{name}/SKILL.md"), &text);
        }
        3 => {
            case.write(
                &format!("{own}/guide.md"),
                one(dice, &["# Guide\n", "Other\n", "![x](y)\n"]),
            );
        }
        4 => {
            case.remove_if_there(&format!("{own}/guide.md"));
        }
        5 => {
            case.remove_if_there(&own);
        }
        6 => {
            let text = one(
                dice,
                &["---\ndescription: Runs it\n---\nRun $1\n", "Just `words`.\n", "---\n: [\n---\n"],
            );
            case.write(&format!("{LOCAL}/commands/run.md"), text);
        }
        7 => {
            // A plugin, whose members are found below it.
            let text = one(
                dice,
                &["{\"name\": \"tools\"}", "{\"name\": \"tools\", \"description\": \"T\"}"],
            );
            case.write(&format!("{LOCAL}/tools/.claude-plugin/plugin.json"), text);
        }
        8 => skill(case, &format!("{LOCAL}/tools/skills/s{}", dice.roll(3)), dice),
        9 => {
            let dir = format!("skills/v{}", dice.roll(3));
            vendor.skill(&dir, &format!("Reads PDF {}", dice.roll(1 << 40))).commit();
        }
        10..=15 => edit_catalog(case, dice),
        _ => {
            // Somebody took files of the site away.
            case.remove_if_there(&format!("public/a/local/skill/s{}", dice.roll(6)));
        }
    }
}

/// One thing that people do to what is theirs beside the sources.
fn edit_catalog(case: &Case, dice: &mut Dice) {
    match dice.roll(8) {
        5 => {
            // Refused where there is no such skill, or a person changed the copy.
            let id = format!("local/skill/s{}", dice.roll(6));
            case.run(&format!("deploy {id} --project shop -y"));
        }
        6 => {
            let copy = format!("../shop/.claude/skills/s{}/SKILL.md", dice.roll(6));
            if case.exists(&copy) {
                case.write(&copy, &format!("{}Mine.\n", case.read(&copy)));
            }
        }
        7 => skill(case, &format!("../side/skills/s{}", dice.roll(2)), dice),
        0 => {
            let tag = one(dice, &["a", "b", "c"]);
            let title = one(dice, &["Team", "Crew"]);
            let text = format!(
                "title: {title}\ninclude: [{{source: local}}]\nexclude: [{{tag: {tag}}}]\n"
            );
            case.write("collections/team/collection.yaml", &text);
        }
        1 => {
            let tag = one(dice, &["a", "b", "c"]);
            let text = format!("title: Some\ninclude: [{{tag: {tag}}}]\n");
            case.write("collections/team/groups/some.yaml", &text);
        }
        2 => {
            case.write("content/guide.md", one(dice, &["# Guide\n\nSee it.\n", "# Other\n"]));
        }
        3 => {
            let text = "{% extends 'builtin/artifact.html' %}{% block main %}{{ super() }}";
            let text = format!("{text}<!-- {} -->{{% endblock %}}", dice.roll(2));
            case.write("templates/artifact.html", &text);
        }
        _ => {
            case.remove_if_there("templates").remove_if_there("content/guide.md");
        }
    }
}

#[test]
fn after_any_edits_a_build_that_spares_work_equals_one_from_nothing() {
    let case = Case::new();
    let vendor = case.repository("vendor");
    vendor.skill("skills/v0", "Reads PDF").commit();
    case.config(&format!(
        "sources:\n  local: {{path: content/artifacts}}\n  side: {{path: ../side}}\n  \
         vendor: {{git: \"{}\"}}\nprojects:\n  shop: {{path: ../shop}}\n",
        vendor.url()
    ));
    case.write("../shop/README.md", "A shop\n");
    let mut dice = Dice::new(7);
    skill(&case, "../side/skills/s0", &mut dice);
    let (mut rendered, mut files) = (0, 0);
    for round in 0..n_rounds() {
        for _ in 0..=dice.roll(3) {
            edit(&case, &vendor, &mut dice);
        }
        case.run("sync --accept-removals").ends(0);
        settle();
        let built = case.run("build --json").ends(0).json();
        rendered += built["rendered"].as_u64().expect("a number");
        files += built["pages"].as_u64().expect("a number");
        case.remove_if_there("fresh");
        case.run("build --output fresh --force").ends(0);
        let (spared, fresh) = (case.files("public"), case.files("fresh"));
        let others: Vec<_> =
            spared.iter().filter(|(path, hash)| fresh.get(*path) != Some(hash)).collect();
        assert_eq!(others, [], "after round {round}");
        assert_eq!(spared.len(), fresh.len(), "after round {round}");
        let again = case.run("build --json").ends(0).json();
        assert_eq!(again["rendered"], 0, "round {round}, and nothing since");
    }
    println!("{} rounds: {rendered} of {files} files were made", n_rounds());
    assert!(rendered < files, "{rendered} of {files}");
}

#[test]
fn what_stands_as_it_would_be_made_is_not_made_again() {
    let mut case = Case::new();
    for n in 0..8 {
        case.skill(&format!("{LOCAL}/skills/s{n}"), "One of many");
    }
    case.synced();
    let build = |case: &Case| {
        settle();
        let built = case.run("build --json").ends(0).json();
        ["pages", "rendered", "written"].map(|key| built[key].as_u64().expect("a number"))
    };
    let [pages, rendered, written] = build(&case);
    assert_eq!((rendered, written), (pages, pages), "the first time all");
    assert_eq!(build(&case), [pages, 0, 0], "nothing changed");
    case.set("SOURCE_DATE_EPOCH", "1900000000");
    assert_eq!(build(&case), [pages, 0, 0], "but the time");

    // The text of one: its page, copy, Markdown and JSON, and what lists hashes or files.
    let path = format!("{LOCAL}/skills/s3/SKILL.md");
    case.write(&path, &format!("{}\nMore.\n", case.read(&path)));
    let [_, rendered, written] = build(&case);
    assert!(rendered < pages / 2, "{rendered} of {pages} made");
    assert_eq!(written, 6);
    assert_eq!(build(&case), [pages, 0, 0], "nothing since");

    // What only a site of other words needs is made, and so is what brings them back.
    let made = case.run("build --json --base-url https://example.org").ends(0).json();
    assert_ne!(made["rendered"], 0);
    assert_ne!(build(&case), [pages, 0, 0], "an address that is no longer asked for");
    assert_eq!(build(&case), [pages, 0, 0]);

    // A file that a person changed is noticed, and one that is gone is made.
    case.remove("public/a/local/skill/s1/index.html");
    // `status.js` tells the time and is made each time something is.
    assert_eq!(build(&case), [pages, 2, 1]);
    case.write("public/a/local/skill/s1/index.html", "mine");
    case.run("build").ends(2).tells("error[SM613]", "");
    case.run("build --force").ends(0);
    assert_eq!(build(&case), [pages, 0, 0], "also after one by force");

    // A copy of the site, as a cache between two runs of a pipeline brings it back.
    case.shell("cp -r public copy && rm -r public && mv copy public").ends(0);
    assert_eq!(build(&case), [pages, 1, 0], "copied");
    assert_eq!(build(&case), [pages, 0, 0], "and known by its new files");

    // Whatever is wrong with what is remembered, all is made.
    let site = case.files("public");
    let file = case.files("../cache/builds").into_keys().next().expect("one folder was built");
    case.write(&format!("../cache/builds/{file}"), "skillmeat built 2\nnonsense");
    assert_eq!(build(&case), [pages, pages, 0]);
    assert_eq!(case.files("public"), site);
}

#[test]
fn with_timings_each_phase_has_a_line_and_else_there_is_none() {
    let case = Case::new();
    let phases = |words: &str| -> Vec<String> {
        let ran = case.run(words);
        ran.ends(0);
        let lines = ran.err.lines().filter_map(|line| line.strip_prefix("time: "));
        lines.map(|line| line.rsplitn(3, ' ').last().expect("a name").to_owned()).collect()
    };
    assert_eq!(phases("sync --timings"), ["pull", "projects", "look back"]);
    settle();
    let build =
        ["inputs", "look", "load", "theme", "routes", "compare", "render", "place", "remember"];
    assert_eq!(phases("build --timings --json"), build);
    assert_eq!(phases("build --timings"), ["inputs", "look"], "nothing changed");
    assert_eq!(phases("build"), [""; 0]);
}
