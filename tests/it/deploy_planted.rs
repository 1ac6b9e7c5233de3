//! Projects in which something stands that would lead a writer astray: each order is refused with
//! the place named, nothing of the project is changed, and nothing outside is touched.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use crate::case::Case;

const SKILL: &str = ".claude/skills/report/SKILL.md";
const RECORD: &str = ".claude/.skillmeat-deployed.toml";

/// A catalog with one skill, an empty project, and a folder beside it that is nobody's business.
fn catalog() -> Case {
    let case = Case::empty();
    case.config(
        "sources:\n  local: {path: content/artifacts}\nprojects:\n  shop: {path: ../shop}\n",
    );
    case.skill("content/artifacts/skills/report", "Writes a report");
    case.write("content/artifacts/skills/report/bin/two.md", "Two\n");
    case.write("../shop/README.md", "Kept\n");
    case.run("sync").ends(0);
    case
}

/// An empty project again, and files outside.
fn clear(case: &Case) {
    for dir in ["../shop", "../outside"] {
        let _ = fs::remove_dir_all(case.path(dir));
    }
    case.write("../shop/README.md", "Kept\n");
    for file in ["SKILL.md", "report/SKILL.md", "skills/report/SKILL.md"] {
        case.write(&format!("../outside/{file}"), "Outside\n");
    }
}

/// Everything in a folder: mode, time of change, and the bytes or where a link leads.
fn tree(case: &Case, dir: &str) -> BTreeMap<PathBuf, (u32, i64, i64, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut open = vec![case.path(dir)];
    while let Some(path) = open.pop() {
        let meta = fs::symlink_metadata(&path).expect("there");
        let mut bytes = Vec::new();
        if meta.is_dir() {
            open.extend(fs::read_dir(&path).expect("read").map(|one| one.expect("read").path()));
        } else if meta.is_symlink() {
            bytes = fs::read_link(&path).expect("read").into_os_string().into_encoded_bytes();
        } else if meta.is_file() {
            bytes = fs::read(&path).expect("read");
        }
        // A folder in which something was made and taken away again holds what it held.
        let time = if meta.is_dir() { (0, 0) } else { (meta.mtime(), meta.mtime_nsec()) };
        found.insert(path, (meta.mode(), time.0, time.1, bytes));
    }
    found
}

/// Plants something in the project; what lies above is made.
fn plant(case: &Case, what: &str, at: &str) {
    let place = case.path(&format!("../shop/{at}"));
    fs::create_dir_all(place.parent().expect("a folder")).expect("made");
    match what {
        "file" => fs::write(place, "Mine\n").expect("written"),
        "folder" => fs::create_dir(place).expect("made"),
        "pipe" => {
            assert!(Command::new("mkfifo").arg(place).status().expect("runs").success());
        }
        to => symlink(case.path("../outside").join(to), place).expect("linked"),
    }
}

/// What is planted, a path outside for a link to it; where; and what is said of which path.
const PLANTED: [(&str, &str, &str, &str); 22] = [
    ("", ".claude", "SM644", RECORD),
    ("nothing", ".claude", "SM644", RECORD),
    ("SKILL.md", ".claude", "SM644", RECORD),
    ("file", ".claude", "SM648", RECORD),
    ("pipe", ".claude", "SM648", RECORD),
    ("folder", ".Claude", "SM646", RECORD),
    ("skills", ".claude/skills", "SM644", ".claude/skills/report"),
    ("nothing", ".claude/skills", "SM644", ".claude/skills/report"),
    ("../shop", ".claude/skills", "SM644", ".claude/skills/report"),
    ("file", ".claude/skills", "SM648", ".claude/skills/report"),
    ("pipe", ".claude/skills", "SM648", ".claude/skills/report"),
    ("folder", ".claude/Skills", "SM646", SKILL),
    ("report", ".claude/skills/report", "SM635", ".claude/skills/report"),
    ("nothing", ".claude/skills/report", "SM635", ".claude/skills/report"),
    ("pipe", ".claude/skills/report", "SM635", ".claude/skills/report"),
    ("folder", ".claude/skills/Report", "SM646", SKILL),
    ("SKILL.md", SKILL, "SM635", SKILL),
    ("nothing", SKILL, "SM635", SKILL),
    ("pipe", SKILL, "SM635", SKILL),
    ("folder", SKILL, "SM635", SKILL),
    ("report", ".claude/skills/report/bin", "SM635", ".claude/skills/report/bin"),
    ("SKILL.md", RECORD, "SM635", RECORD),
];

#[test]
fn what_is_planted_in_a_project_leads_nowhere() {
    let case = catalog();
    for (what, at, code, told) in PLANTED {
        clear(&case);
        plant(&case, what, at);
        let (outside, shop) = (tree(&case, "../outside"), tree(&case, "../shop"));
        let said = format!("`{what}` at `{at}`");
        let ran = case.run("deploy report --project shop -y");
        let problem = ran.ends(2).tells(&format!("error[{code}]"), "");
        assert!(problem.message.starts_with(&format!("`{told}`")), "{said}: {problem:?}");
        assert_eq!(tree(&case, "../outside"), outside, "{said}");
        assert_eq!(tree(&case, "../shop"), shop, "{said}");
    }
}

#[test]
fn a_folder_that_became_a_link_after_deploying_is_no_way_out() {
    let case = catalog();
    for at in [".claude", ".claude/skills"] {
        for order in ["deploy report", "update", "undeploy report", "rollback"] {
            clear(&case);
            case.run("deploy report --project shop -y").ends(0);
            let (place, moved) = (case.path(&format!("../shop/{at}")), case.path("../outside/it"));
            fs::rename(&place, &moved).expect("moved");
            symlink(&moved, &place).expect("linked");
            let (outside, shop) = (tree(&case, "../outside"), tree(&case, "../shop"));
            let ran = case.run(&format!("{order} --project shop -y"));
            ran.ends(2).tells("error[SM644]", "");
            assert_eq!(tree(&case, "../outside"), outside, "{order}, `{at}`");
            assert_eq!(tree(&case, "../shop"), shop, "{order}, `{at}`");
        }
    }
}

#[test]
fn another_name_of_a_file_that_is_replaced_or_removed_keeps_its_bytes() {
    let case = catalog();
    let (ours, theirs) = (case.path(&format!("../shop/{SKILL}")), case.path("../outside/SKILL.md"));
    let link = || {
        fs::create_dir_all(ours.parent().expect("a folder")).expect("made");
        let _ = fs::remove_file(&ours);
        fs::hard_link(&theirs, &ours).expect("linked");
        tree(&case, "../outside")
    };
    let alone = |outside, order: &str| {
        assert_eq!(tree(&case, "../outside"), outside, "{order}");
        assert_eq!(fs::metadata(&theirs).expect("there").nlink(), 1, "{order}: two files now");
    };
    clear(&case);
    let outside = link();
    case.run("deploy report --project shop -y").ends(1).tells("error[SM661]", "");
    case.run("deploy report --project shop --choice source -y").ends(0);
    alone(outside, "deploy");
    fs::copy(&ours, &theirs).expect("copied");
    let outside = link();
    case.run("undeploy report --project shop -y").ends(0);
    alone(outside, "undeploy");
    assert!(!ours.exists());
}
