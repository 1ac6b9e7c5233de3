//! What work costs, held by counts and ratios: that of a small change does not grow with the catalog.
//! No time is compared with a fixed one; `cargo bench --bench site` has those.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::case::{Case, settle};

/// A small catalog, and one ten times as large.
const SIZES: [usize; 2] = [50, 500];

/// What shows a text: its page, copy, Markdown and JSON, and what lists hashes or files.
const N_OF_ONE_TEXT: u64 = 6;

/// A catalog of so many skills, some with the same tags, built once.
fn catalog(count: usize) -> Case {
    let mut case = Case::new();
    // Long after the files were written: what has just changed is read again, to be sure.
    case.set("SOURCE_DATE_EPOCH", "4102444800");
    for n in 0..count {
        let tag = n % 5;
        let text = format!(
            "---\nname: s{n:03}\ndescription: The {n}th\nmetadata:\n  tags: [t{tag}]\n---\n\n# s{n}\n\n\
             Words of it.\n\n```sh\necho {n}\n```\n"
        );
        case.write(&format!("content/artifacts/skills/s{n:03}/SKILL.md"), &text);
    }
    case.synced();
    settle();
    case.built();
    case
}

fn edited(case: &Case, from: &str, to: &str) {
    let path = "content/artifacts/skills/s007/SKILL.md";
    case.write(path, &case.read(path).replace(from, to));
}

fn numbers<const N: usize>(said: &Value, keys: [&str; N]) -> [u64; N] {
    keys.map(|key| said[key].as_u64().expect("a number"))
}

/// Files that a build made and that it wrote.
fn build(case: &Case) -> [u64; 2] {
    settle();
    numbers(&case.run("build --json").ends(0).json(), ["rendered", "written"])
}

/// Files that a sync parsed, and artifacts that it wrote.
fn sync(case: &Case) -> [u64; 2] {
    numbers(&case.run("sync --json").ends(0).json()["sources"][0], ["parsed", "written"])
}

#[test]
fn however_large_a_catalog_one_changed_text_makes_and_writes_as_many_files() {
    let cases = SIZES.map(catalog);
    assert_eq!(cases.each_ref().map(build), [[0, 0]; 2], "nothing changed");
    for case in &cases {
        edited(case, "Words of it.", "Other words.");
    }
    assert_eq!(cases.each_ref().map(sync), [[1, 1]; 2], "one text, synced");
    let made = cases.each_ref().map(build);
    assert_eq!(made.map(|[_, written]| written), [N_OF_ONE_TEXT; 2], "one text, built");
    // Lists that have hashes of texts come in parts, of which there are a few more.
    assert!(made[1][0] <= made[0][0] + 5, "{made:?}");
    assert_eq!(cases.each_ref().map(sync), [[0, 0]; 2], "nothing changed, synced");
    assert_eq!(cases.each_ref().map(build), [[0, 0]; 2], "nothing changed again");
}

/// What a process took so far of all processors for itself, in ticks of the clock; what the system
/// does for it depends on the disk. Also of one that has ended and was not waited for.
fn ticks(id: u32) -> (char, u64) {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("it is not forgotten");
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let state = fields.next().and_then(|state| state.chars().next()).unwrap_or(' ');
    (state, fields.nth(10).and_then(|ticks| ticks.parse().ok()).unwrap_or_default())
}

/// A command to its end, and what it took.
fn ticks_of(mut command: Command) -> u64 {
    let quiet = Stdio::null;
    let mut child = command.stdout(quiet()).stderr(quiet()).spawn().expect("it starts");
    let taken = loop {
        match ticks(child.id()) {
            ('Z', taken) => break taken,
            _ => thread::sleep(Duration::from_millis(1)),
        }
    };
    assert!(child.wait().expect("it ended").success(), "{command:?}");
    taken
}

#[test]
fn an_edit_under_serve_costs_what_is_looked_at_and_not_what_a_build_does() {
    const N_EDITS: u64 = 10;
    let case = catalog(500);
    let mut build = case.command();
    build.args(["build", "--force", "--output", "fresh"]);
    let whole = ticks_of(build);
    let server = crate::serve::Server::start(&case, &["--watch", "--read-only"]);
    let page = "/a/local/skill/s007/";
    assert_eq!(server.get(page).status, 200);
    let before = ticks(server.id()).1;
    edited(&case, "Words of it.", "Words 0.");
    for n in 0..N_EDITS {
        server.wait_for(page, |answer| answer.body.contains(&format!("Words {n}.")));
        edited(&case, &format!("Words {n}."), &format!("Words {}.", n + 1));
    }
    let each = (ticks(server.id()).1 - before) as f64 / N_EDITS as f64;
    println!("a build took {whole} ticks, an edit {each}");
    assert!(each * 20.0 <= whole as f64, "an edit took {each} ticks, a build of all {whole}");
}

/// The floor is a program that reads, renders and writes the same documents and does nothing else.
#[test]
fn a_first_build_costs_at_most_so_many_times_the_floor() {
    // Half as much again as it was when this was written; to be lowered with it.
    const TIMES_MAX: f64 = 75.0;
    const N_COPIES: u64 = 10;
    let Some(floor) = std::env::var_os("LIMIT").filter(|_| !cfg!(debug_assertions)) else {
        eprintln!("skipped: it takes a release build and LIMIT, the program of the floors");
        return;
    };
    let case = catalog(500);
    let words = "Words of it, and some more of them that say what is to be done, and when.\n";
    let body = format!("\n## Part\n\n{}\n- One\n- Two\n", words.repeat(10)).repeat(8);
    for n in 0..500 {
        let path = format!("content/artifacts/skills/s{n:03}/SKILL.md");
        let text = case.read(&path) + &body;
        case.write(&path, &text);
        // Ten times, so that what the floor takes can be told from a tick.
        for folder in 1..=N_COPIES {
            case.write(&format!("../docs/c{folder:02}/s{n:03}.md"), &text);
        }
    }
    case.remove("../cache");
    let first = ["sync", "build"].map(|word| {
        let mut command = case.command();
        command.arg(word);
        ticks_of(command)
    });
    let mut command = Command::new(&floor);
    command.arg("page").arg(case.path("../docs")).arg(case.path("../floor"));
    let floor = ticks_of(command).max(1) as f64 / N_COPIES as f64;
    let times = first.iter().sum::<u64>() as f64 / floor;
    println!("{times:.1} times the floor of {floor} ticks");
    assert!(times <= TIMES_MAX, "a first sync and build take {times:.1} times the floor");
}
