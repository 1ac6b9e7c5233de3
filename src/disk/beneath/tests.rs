//! Layouts that are planted to lead a writer astray: whatever stands there, nothing is written
//! outside the folder.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

fn held(text: &str) -> Held {
    Held { bytes: text.as_bytes().to_vec(), executable: false }
}

/// Everything below a folder: kind and mode, time of change, bytes or where a link leads.
fn snapshot(root: &Path) -> BTreeMap<String, (u32, i64, Vec<u8>)> {
    let entries = walkdir::WalkDir::new(root).into_iter().map(std::result::Result::unwrap);
    entries
        .map(|entry| {
            let meta = fs::symlink_metadata(entry.path()).unwrap();
            let bytes = if meta.is_file() {
                fs::read(entry.path()).unwrap()
            } else if meta.is_symlink() {
                fs::read_link(entry.path()).unwrap().into_os_string().into_encoded_bytes()
            } else {
                Vec::new()
            };
            let time = meta.mtime() * 1_000_000_000 + meta.mtime_nsec();
            (entry.path().display().to_string(), (meta.mode(), time, bytes))
        })
        .collect()
}

const PATH: &str = ".claude/skills/pdf/SKILL.md";

/// What is planted at one step of the path.
const PLANTED: [&str; 12] = [
    "link to a folder outside",
    "link to a folder inside",
    "link to a file outside",
    "link up and out",
    "broken link",
    "link to itself",
    "fifo",
    "file",
    "folder",
    "hard link",
    "twin",
    "nothing",
];

/// Plants something at `place`; what lies above is made.
fn plant(what: &str, place: &Path, outside: &Path, inside: &Path) {
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    match what {
        "link to a folder outside" => symlink(outside, place).unwrap(),
        "link to a folder inside" => symlink(inside, place).unwrap(),
        "link to a file outside" => symlink(outside.join("SKILL.md"), place).unwrap(),
        "link up and out" => symlink("../../../../../outside", place).unwrap(),
        "broken link" => symlink(outside.join("nothing"), place).unwrap(),
        "link to itself" => symlink(place, place).unwrap(),
        "fifo" => {
            let made = std::process::Command::new("mkfifo").arg(place).status().unwrap();
            assert!(made.success());
        }
        "file" => fs::write(place, "mine").unwrap(),
        "folder" => fs::create_dir(place).unwrap(),
        "hard link" => fs::hard_link(outside.join("SKILL.md"), place).unwrap(),
        "twin" => {
            let name = place.file_name().unwrap().to_str().unwrap();
            let other = if name == "SKILL.md" { "skill.md".into() } else { name.to_uppercase() };
            fs::create_dir(place.with_file_name(other)).unwrap();
        }
        _ => {}
    }
}

/// Every planted thing at every step, for every kind of work: 12 x 4 x 6, and 5 x 3 disguises of
/// folders of Git.
#[test]
fn whatever_is_planted_nothing_is_written_outside() {
    let steps: Vec<&str> = PATH.split('/').collect();
    let mut tried = 0;
    for what in PLANTED {
        for depth in 1..=steps.len() {
            for (before, after) in [
                (None, Some("new")),
                (Some("mine"), Some("new")),
                (Some("outside"), Some("new")),
                (Some("outside"), None),
                (Some("mine"), None),
                (None, None),
            ] {
                let dir = tempfile::tempdir().unwrap();
                let (root, outside) = (dir.path().join("project"), dir.path().join("outside"));
                fs::create_dir_all(outside.join("pdf")).unwrap();
                fs::create_dir_all(root.join("inside")).unwrap();
                for file in ["SKILL.md", "pdf/SKILL.md"] {
                    fs::write(outside.join(file), "outside").unwrap();
                }
                plant(what, &root.join(steps[..depth].join("/")), &outside, &root.join("inside"));
                let was = snapshot(&outside);
                let beneath = Beneath::open(&root).unwrap();
                let (before, after) = (before.map(held), after.map(held));
                let done = beneath.exchange(PATH, before.as_ref(), after.as_ref());
                let said = format!("{what} at {depth}: {before:?} to {after:?}: {done:?}");
                // A hard link that is taken away has one name less, and the same bytes.
                assert_eq!(snapshot(&outside), was, "{said}");
                if let (Ok(true), Some(after)) = (&done, &after) {
                    assert_eq!(
                        beneath.look(PATH).unwrap(),
                        Some(Found::File(after.clone())),
                        "{said}"
                    );
                }
                let is_link = what.contains("link") && what != "hard link";
                if is_link && depth < steps.len() {
                    assert_eq!(done.unwrap_err().problems[0].code, "SM644", "{said}");
                } else if is_link {
                    assert!(!done.unwrap(), "{said}");
                }
                let left = snapshot(&root).into_keys().filter(|path| path.contains(UNFINISHED));
                assert_eq!(left.count(), 0, "{said}");
                tried += 1;
            }
        }
    }
    for name in [".git", ".GIT", "git~1", ".git.", ".g\u{200c}it"] {
        for path in [format!("{name}/config"), format!("a/{name}/hooks/x"), name.to_owned()] {
            let dir = tempfile::tempdir().unwrap();
            let beneath = Beneath::open(dir.path()).unwrap();
            let done = beneath.exchange(&path, None, Some(&held("new")));
            assert_eq!(done.unwrap_err().problems[0].code, "SM645", "{path}");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
            tried += 1;
        }
    }
    assert!(tried >= 300, "{tried}");
}

#[test]
fn a_file_comes_changes_and_goes_with_the_folders_that_were_made_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let beneath = Beneath::open(dir.path()).unwrap();
    let (one, two) = (held("one"), Held { executable: true, ..held("two") });
    assert!(beneath.exchange(PATH, None, Some(&one)).unwrap());
    assert!(!beneath.exchange(PATH, None, Some(&two)).unwrap(), "it is there");
    assert!(!beneath.exchange(PATH, Some(&two), Some(&one)).unwrap(), "it is another");
    assert!(beneath.exchange(PATH, Some(&one), Some(&two)).unwrap());
    assert_eq!(beneath.look(PATH).unwrap(), Some(Found::File(two.clone())));
    fs::create_dir_all(dir.path().join(".claude/skills/pdf/.git")).unwrap();
    fs::write(dir.path().join(".claude/skills/pdf/.git/config"), "theirs").unwrap();
    let below = beneath.below(".claude/skills").unwrap();
    assert_eq!(below, [(PATH.to_owned(), Found::File(two.clone()))], "Git's folder is not entered");
    fs::remove_dir_all(dir.path().join(".claude/skills/pdf/.git")).unwrap();
    assert!(!beneath.exchange(PATH, Some(&one), None).unwrap());
    assert!(beneath.exchange(PATH, Some(&two), None).unwrap());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn what_a_killed_process_left_goes_and_records_of_any_age_stay() {
    let dir = tempfile::tempdir().unwrap();
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    for name in [".skillmeat-deployed.toml", ".skillmeat-project.toml", ".skillmeat-tmp-1-2-3"] {
        let file = fs::File::create(dir.path().join(name)).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    let beneath = Beneath::open(dir.path()).unwrap();
    assert!(beneath.exchange("new", None, Some(&held("new"))).unwrap());
    let names = listed(&beneath.root).unwrap();
    assert_eq!(names, [".skillmeat-deployed.toml", ".skillmeat-project.toml", "new"]);
}

/// Somebody saved between the look and the exchange, and once more before theirs was put back.
#[test]
fn whoever_saves_while_a_file_is_exchanged_finds_the_newest() {
    for (newest, wanted) in
        [(Some("saved again"), "saved again"), (None, "saved"), (Some("ours"), "saved")]
    {
        let dir = tempfile::tempdir().unwrap();
        let beneath = Beneath::open(dir.path()).unwrap();
        let spot = beneath.spot("file", true).unwrap().unwrap();
        let temp = beneath.unfinished(&spot);
        fs::write(dir.path().join(&temp.name), "saved").unwrap();
        if let Some(newest) = newest {
            fs::write(dir.path().join("file"), newest).unwrap();
        }
        beneath.put_back(&temp, "file", &held("ours")).unwrap();
        drop(temp);
        assert_eq!(fs::read_to_string(dir.path().join("file")).unwrap(), wanted);
        assert_eq!(listed(&beneath.root).unwrap(), ["file"]);
    }
}

/// Somebody swaps a folder for a link to the outside all the while.
#[test]
fn a_folder_that_is_swapped_for_a_link_meanwhile_leads_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let (root, outside) = (dir.path().join("project"), dir.path().join("outside"));
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::create_dir_all(outside.join("b")).unwrap();
    fs::write(outside.join("b/file"), "outside").unwrap();
    symlink(&outside, root.join("link")).unwrap();
    let was = snapshot(&outside);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let cwd = rustix::fs::CWD;
            while !is_over.load(Ordering::Relaxed) {
                let (a, link) = (root.join("a"), root.join("link"));
                match renameat_with(cwd, &a, cwd, &link, RenameFlags::EXCHANGE) {
                    // For a moment it is gone: what is empty after a removal is removed, too.
                    Ok(()) | Err(Errno::NOENT) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
        let beneath = Beneath::open(&root).unwrap();
        let mut done = 0;
        for round in 0..3_000 {
            let text = held(&round.to_string());
            for (before, after) in [(None, Some(&text)), (Some(&text), None)] {
                done += usize::from(beneath.exchange("a/b/file", before, after).unwrap_or(false));
            }
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(done > 0, "some got through while it was a folder");
    });
    let mut now = snapshot(&outside);
    // Reading a folder changes nothing of it; its own time of change is that of its entries.
    assert_eq!(now.len(), was.len());
    now.retain(|path, is| was.get(path) != Some(is));
    assert_eq!(now, BTreeMap::new());
}
