//! What a build may do to a directory, mostly: what it may not.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

const MANIFEST: &str = ".skillmeat-manifest.json";
const STAGING: &str = ".skillmeat-new";

type Tree = BTreeMap<String, String>;

/// Every file, link and empty directory below `dir`.
fn tree(dir: &Path) -> Tree {
    let mut tree = Tree::new();
    for entry in walkdir::WalkDir::new(dir).min_depth(1).sort_by_file_name() {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
        let kind = entry.file_type();
        let content = if kind.is_symlink() {
            format!("-> {}", fs::read_link(entry.path()).unwrap().display())
        } else if kind.is_file() {
            fs::read_to_string(entry.path()).unwrap()
        } else if fs::read_dir(entry.path()).unwrap().next().is_none() {
            "dir".to_owned()
        } else {
            continue;
        };
        tree.insert(path, content);
    }
    tree
}

/// The tree without our own list.
fn pages(dir: &Path) -> Tree {
    let mut tree = tree(dir);
    tree.remove(MANIFEST);
    tree
}

fn to_tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect()
}

/// Builds a site of these files; a text of `!` fails to render.
fn build(out: &Path, files: &[(&str, &str)]) -> Result<Written> {
    build_with(out, files, &Guard::default())
}

fn build_with(out: &Path, files: &[(&str, &str)], guard: &Guard) -> Result<Written> {
    let paths: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
    let render = |i: usize| match files[i].1 {
        "!" => Err(Problem::error("SM600", format!("cannot render `{}`", files[i].0)).into()),
        text => Ok(text.as_bytes().to_vec()),
    };
    write(&paths, render, out, guard)
}

fn words(result: Result<Written>) -> String {
    match result {
        Err(error) => error.to_string(),
        Ok(written) => format!("{written:?}"),
    }
}

fn put(dir: &Path, path: &str, text: &str) {
    disk::write(&dir.join(path), text.as_bytes()).unwrap();
}

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("public");
    (dir, out)
}

#[test]
fn a_build_writes_what_changed_and_deletes_what_went() {
    let (_dir, out) = scratch();
    let first = build(&out, &[("a/index.html", "1"), ("b/c/d", "2"), ("e", "3")]).unwrap();
    assert_eq!(first, Written { files: 3, rendered: 3, written: 3, ..Written::default() });
    let second = build(&out, &[("a/index.html", "1"), ("e", "4"), ("f", "5")]).unwrap();
    let deleted = vec!["b/c/d".to_owned()];
    assert_eq!(second, Written { files: 3, rendered: 3, written: 2, deleted, kept: vec![] });
    assert_eq!(pages(&out), to_tree(&[("a/index.html", "1"), ("e", "4"), ("f", "5")]));
    assert_eq!(
        tree(&out)[MANIFEST].lines().take(4).collect::<Vec<_>>(),
        [
            "{",
            "  \"version\": 1,",
            "  \"files\": {",
            "    \"a/index.html\": \"sha256:\
             6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b\","
        ]
    );
}

#[test]
fn a_second_build_touches_nothing() {
    let (_dir, out) = scratch();
    let files = [("a", "1"), ("b/c", "2")];
    build(&out, &files).unwrap();
    let times = || -> Vec<std::time::SystemTime> {
        let entries = walkdir::WalkDir::new(&out).sort_by_file_name().into_iter();
        entries.map(|entry| entry.unwrap().metadata().unwrap().modified().unwrap()).collect()
    };
    let before = times();
    assert_eq!(
        build(&out, &files).unwrap(),
        Written { files: 2, rendered: 2, ..Written::default() }
    );
    assert_eq!(times(), before);
}

#[test]
fn any_error_leaves_the_old_site_and_all_errors_are_told() {
    let (_dir, out) = scratch();
    let failed = build(&out, &[("a", "1"), ("b", "!")]);
    assert_eq!(words(failed), "error[SM600]: cannot render `b`");
    assert!(!out.exists());
    build(&out, &[("a", "1")]).unwrap();
    let before = tree(&out);
    let failed = build(&out, &[("c", "!"), ("a", "2"), ("b", "!")]);
    assert_eq!(words(failed), "error[SM600]: cannot render `b`\nerror[SM600]: cannot render `c`");
    assert_eq!(tree(&out), before);
}

#[test]
fn files_of_others_stay_and_those_in_the_way_stop_the_build() {
    let (_dir, out) = scratch();
    build(&out, &[("a", "1"), ("b/c", "2"), ("d", "3")]).unwrap();
    put(&out, "CNAME", "mine");
    put(&out, "b/mine", "mine");
    put(&out, "d", "edited");
    let written = build(&out, &[("a", "1")]).unwrap();
    let (deleted, kept) = (vec!["b/c".to_owned()], vec!["d".to_owned()]);
    assert_eq!(written, Written { files: 1, rendered: 1, written: 0, deleted, kept });
    let left = to_tree(&[("CNAME", "mine"), ("a", "1"), ("b/mine", "mine"), ("d", "edited")]);
    assert_eq!(pages(&out), left);

    put(&out, "a", "edited");
    let help = "\n  help: move it away, or overwrite it with `skillmeat build --force`";
    assert_eq!(
        words(build(&out, &[("a", "1"), ("CNAME", "theirs"), ("new", "1")])),
        format!(
            "error[SM613]: `CNAME` in the output directory was not written by skillmeat{help}\n\
             error[SM613]: `a` in the output directory was changed since it was written{help}"
        )
    );
    assert_eq!(pages(&out)["CNAME"], "mine");
    assert!(!out.join("new").exists());
    let guard = Guard { force: true, ..Guard::default() };
    build_with(&out, &[("a", "1"), ("CNAME", "theirs")], &guard).unwrap();
    assert_eq!(pages(&out)["CNAME"], "theirs");
}

#[test]
fn a_crash_while_files_are_put_in_place_is_mended_by_the_next_build() {
    let (_dir, out) = scratch();
    build(&out, &[("a", "1"), ("b", "1")]).unwrap();
    // As it stands between two renames: `a` is new, `c` is there, the list is the old one.
    let staged = [("a", "2"), ("b", "2"), ("c", "2")];
    let hashes =
        staged.iter().map(|(path, text)| (path.to_string(), ContentHash::of(text.as_bytes())));
    let list = Manifest::new(hashes, &[]).to_bytes();
    disk::write(&out.join(STAGING).join("manifest.json"), &list).unwrap();
    put(&out, ".skillmeat-new/files/b", "2");
    put(&out, "a", "2");
    put(&out, "c", "2");
    let interrupted = tree(&out);

    assert!(build(&out, &[("a", "!")]).is_err());
    let mut swept = interrupted;
    swept.remove(".skillmeat-new/files/b");
    assert_eq!(tree(&out), swept);
    let written = build(&out, &[("a", "3"), ("b", "3")]).unwrap();
    let deleted = vec!["c".to_owned()];
    assert_eq!(written, Written { files: 2, rendered: 2, written: 2, deleted, kept: vec![] });
    assert_eq!(pages(&out), to_tree(&[("a", "3"), ("b", "3")]));
}

#[test]
fn a_first_build_that_crashed_can_be_repeated() {
    let (_dir, out) = scratch();
    put(&out, ".skillmeat-new/files/a", "half");
    assert_eq!(build(&out, &[("a", "1")]).unwrap().written, 1);
    assert_eq!(pages(&out), to_tree(&[("a", "1")]));
}

#[test]
fn a_directory_that_is_not_ours_is_refused_untouched() {
    let (dir, _) = scratch();
    let root = dir.path();
    put(root, "home/u/x", "1");
    put(root, "catalog/skillmeat.yaml", "1");
    put(root, "catalog/content/a.md", "1");
    put(root, "foreign/x", "1");
    put(root, "repo/.git/HEAD", "1");
    put(root, "file", "1");
    disk::make_dir(&root.join("empty")).unwrap();
    symlink(root.join("empty"), root.join("link")).unwrap();
    put(root, "linked/.skillmeat-new/x", "1");
    put(root, "broken/.skillmeat-manifest.json", "{");
    put(root, "escape/.skillmeat-manifest.json", r#"{"version":1,"files":{"../file":"sha256:0"}}"#);
    symlink("../file", root.join("linked/.skillmeat-manifest.json")).unwrap();
    let before = tree(root);
    let home = root.join("home/u");
    let inputs = [root.join("catalog"), root.join("catalog/content"), root.join("elsewhere/new")];
    let guard = Guard { home: Some(&home), inputs: &inputs, ..Guard::default() };
    let cases = [
        ("/", "it is the root of the file system"),
        (".", "it is, or holds, `ROOT/home/u`|it is, or holds, the home directory"),
        ("home", "it is, or holds, the home directory"),
        ("home/u", "it is, or holds, the home directory"),
        ("home/../home/u/.", "it is, or holds, the home directory"),
        ("catalog", "it is, or holds, `ROOT/catalog`"),
        ("catalog/content", "it is, or holds, `ROOT/catalog/content`"),
        ("catalog/nothing/../content", "it is no plain path"),
        ("elsewhere", "it is, or holds, `ROOT/elsewhere/new`"),
        ("foreign", "it holds files and was not made by `skillmeat build`"),
        ("repo", "it is the root of a Git repository"),
        ("file", "it is no directory"),
        ("link", "it is a link"),
        ("linked", "it holds files and was not made by `skillmeat build`"),
    ];
    for (path, why) in cases {
        let said = words(build_with(&root.join(path), &[("x", "2")], &guard));
        let said = said.replace(&root.display().to_string(), "ROOT");
        let start = "error[SM611]: refusing to write the site to `";
        assert!(said.starts_with(start), "{path}: {said}");
        assert!(why.split('|').any(|why| said.contains(&format!("`: {why}\n"))), "{path}: {said}");
        assert_eq!(tree(root), before, "{path}");
    }
    for path in ["broken", "escape"] {
        let said = words(build_with(&root.join(path), &[("x", "2")], &guard));
        assert!(said.starts_with("error[SM614]: cannot use the list of written files"), "{said}");
        assert_eq!(tree(root), before, "{path}");
    }
    build_with(&root.join("empty"), &[("x", "2")], &guard).unwrap();
    build_with(&root.join("catalog/public/deep"), &[("x", "2")], &guard).unwrap();
}

#[test]
fn nothing_is_written_or_deleted_through_a_link() {
    let (dir, out) = scratch();
    put(dir.path(), "outside/c", "2");
    build(&out, &[("a", "1"), ("b/c", "2")]).unwrap();
    fs::remove_dir_all(out.join("b")).unwrap();
    symlink("../outside", out.join("b")).unwrap();
    fs::remove_file(out.join("a")).unwrap();
    symlink("../outside/c", out.join("a")).unwrap();
    let before = tree(dir.path());
    let said = words(build(&out, &[("a", "3"), ("b/c", "3")]));
    let help = "\n  help: move it away, then build again";
    assert_eq!(
        said,
        format!(
            "error[SM613]: `b` in the output directory is a link, not a directory{help}\n\
             error[SM613]: `a` in the output directory is a link, not a file{help}"
        )
    );
    assert_eq!(tree(dir.path()), before);
    let written = build(&out, &[("d", "1")]).unwrap();
    assert_eq!(written.kept, ["a", "b/c"]);
    assert_eq!(tree(dir.path())["outside/c"], "2");
}

#[test]
fn paths_that_cannot_be_files_of_a_site_are_refused() {
    let (dir, out) = scratch();
    let bad = [
        "",
        "/a",
        "../a",
        "a/../../b",
        "a/./b",
        "a//b",
        "a/",
        "a\\b",
        "c:x",
        "a\0",
        "a\nb",
        ".skillmeat-manifest.json",
        ".Skillmeat-NEW/x",
        ".skillmeat-manifest-1-of-2.json",
    ];
    for path in bad {
        let said = words(build(&out, &[("ok", "1"), (path, "1")]));
        let path = crate::words::visible(path);
        assert_eq!(said, format!("error[SM612]: `{path}` cannot be a file of a site"));
    }
    assert!(words(build(&out, &[("A/b", "1"), ("a/B", "1")])).contains("two files of the site"));
    assert!(words(build(&out, &[("a", "1"), ("A/b", "1")])).contains("also a directory"));
    assert_eq!(tree(dir.path()), Tree::new());
}

/// Builds a part of a site, which has these files.
fn build_part(out: &Path, part: &str, files: &[(&str, &str)]) -> Written {
    let guard = Guard { extent: Some(part.parse().unwrap()), ..Guard::default() };
    build_with(out, files, &guard).unwrap()
}

/// The names of our own lists, and what a crash left.
fn lists(out: &Path) -> Vec<String> {
    let names = disk::list_names(out).unwrap();
    let names = names.into_iter().map(|name| name.into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(".skillmeat")).collect();
    names.sort_unstable();
    names
}

#[test]
fn parts_of_one_division_stand_beside_each_other_and_a_whole_site_replaces_them() {
    let (_dir, out) = scratch();
    build_part(&out, "1/2", &[("a", "1"), ("b/c", "1")]);
    build_part(&out, "2/2", &[("b/d", "1"), ("e", "1")]);
    let all = [("a", "1"), ("b/c", "1"), ("b/d", "1"), ("e", "1")];
    assert_eq!(pages_of_parts(&out), to_tree(&all));
    let names = [".skillmeat-manifest-1-of-2.json", ".skillmeat-manifest-2-of-2.json"];
    assert_eq!(lists(&out), names);

    let written = build_part(&out, "1/2", &[("a", "2")]);
    let deleted = vec!["b/c".to_owned()];
    assert_eq!(written, Written { files: 1, rendered: 1, written: 1, deleted, kept: vec![] });
    assert_eq!(pages_of_parts(&out), to_tree(&[("a", "2"), ("b/d", "1"), ("e", "1")]));

    // What is another part's by now is not taken away.
    build_part(&out, "2/2", &[("a", "3"), ("e", "1")]);
    assert_eq!(build_part(&out, "1/2", &[]).deleted, [""; 0]);
    assert_eq!(pages_of_parts(&out), to_tree(&[("a", "3"), ("e", "1")]));

    put(&out, "mine", "mine");
    let written = build(&out, &[("e", "2"), ("f", "1")]).unwrap();
    let deleted = vec!["a".to_owned()];
    assert_eq!(written, Written { files: 2, rendered: 2, written: 2, deleted, kept: vec![] });
    assert_eq!(lists(&out), [MANIFEST]);
    assert_eq!(pages(&out), to_tree(&[("e", "2"), ("f", "1"), ("mine", "mine")]));
}

#[test]
fn a_part_replaces_a_whole_site_and_parts_of_another_division() {
    let (_dir, out) = scratch();
    build(&out, &[("a", "1"), ("b", "1"), ("c", "1")]).unwrap();
    put(&out, "c", "mine");
    let written = build_part(&out, "1/2", &[("a", "2")]);
    let (deleted, kept) = (vec!["b".to_owned()], vec!["c".to_owned()]);
    assert_eq!(written, Written { files: 1, rendered: 1, written: 1, deleted, kept });
    assert_eq!(lists(&out), [".skillmeat-manifest-1-of-2.json"]);
    let written = build_part(&out, "3/3", &[("d", "1")]);
    assert_eq!(written.deleted, ["a"]);
    assert_eq!(lists(&out), [".skillmeat-manifest-3-of-3.json"]);
    assert_eq!(pages_of_parts(&out), to_tree(&[("c", "mine"), ("d", "1")]));
}

#[test]
fn what_a_crash_left_of_a_part_is_mended_by_that_part_or_by_the_whole() {
    let interrupted = || {
        let (dir, out) = scratch();
        build_part(&out, "1/2", &[("a", "1")]);
        let hashes = [("a", "2"), ("b", "2")];
        let hashes = hashes.map(|(path, text)| (path.to_owned(), ContentHash::of(text.as_bytes())));
        let list = Manifest::new(hashes.into_iter(), &[]).to_bytes();
        disk::write(&out.join(".skillmeat-new-1-of-2/manifest.json"), &list).unwrap();
        put(&out, "a", "2");
        put(&out, "b", "2");
        (dir, out)
    };
    let (_dir, out) = interrupted();
    assert_eq!(build_part(&out, "2/2", &[("c", "1")]).deleted, [""; 0]);
    assert_eq!(build_part(&out, "1/2", &[("a", "3")]).deleted, ["b"]);
    assert_eq!(pages_of_parts(&out), to_tree(&[("a", "3"), ("c", "1")]));

    let (_dir, out) = interrupted();
    assert_eq!(build(&out, &[("a", "3")]).unwrap().deleted, ["b"]);
    assert_eq!(lists(&out), [MANIFEST]);
}

/// The tree without the lists of parts.
fn pages_of_parts(out: &Path) -> Tree {
    let mut tree = tree(out);
    tree.retain(|path, _| !path.starts_with(".skillmeat-manifest-"));
    tree
}

const PATHS: [&str; 7] = ["a", "b", "c/a", "c/b", "c/d/a", "e/f", "g.html"];

#[derive(Clone, Debug)]
enum Step {
    Edit(usize),
    Delete(usize),
    Build(Vec<(usize, u8)>),
}

fn step() -> impl Strategy<Value = Step> {
    let place = 0..PATHS.len();
    let outputs = proptest::collection::btree_map(place.clone(), 0..3_u8, 0..6);
    prop_oneof![
        2 => place.clone().prop_map(Step::Edit),
        1 => place.prop_map(Step::Delete),
        3 => outputs.prop_map(|outputs| Step::Build(outputs.into_iter().collect())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
    #[test]
    fn no_byte_of_a_person_is_lost(steps in proptest::collection::vec(step(), 1..12)) {
        let (_dir, out) = scratch();
        build(&out, &[]).unwrap();
        let mut mine = Tree::new();
        for (n, step) in steps.iter().enumerate() {
            match step {
                Step::Edit(place) => {
                    mine.insert(PATHS[*place].to_owned(), format!("mine {n}"));
                    put(&out, PATHS[*place], &format!("mine {n}"));
                }
                Step::Delete(place) => {
                    mine.remove(PATHS[*place]);
                    disk::remove_file(&out.join(PATHS[*place])).unwrap();
                }
                Step::Build(outputs) => {
                    let texts = ["0", "1", "2"];
                    let files: Vec<(&str, &str)> = outputs
                        .iter()
                        .map(|(place, text)| (PATHS[*place], texts[*text as usize]))
                        .collect();
                    let before = pages(&out);
                    let in_the_way = files.iter().any(|(path, _)| mine.contains_key(*path));
                    let result = build(&out, &files);
                    prop_assert_eq!(result.is_err(), in_the_way, "{:?}", result);
                    let mut want = mine.clone();
                    want.extend(to_tree(&files));
                    let after = pages(&out);
                    let files_after: Tree =
                        after.clone().into_iter().filter(|(_, text)| text != "dir").collect();
                    if in_the_way {
                        prop_assert_eq!(&after, &before);
                    } else {
                        prop_assert_eq!(files_after, want);
                    }
                }
            }
        }
    }
}
