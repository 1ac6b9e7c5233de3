//! Parts of a site: together they are what one build makes, byte for byte.

use std::path::Path;

use crate::case::{Case, Files};

/// What only tells which files a build wrote.
fn is_list(path: &str) -> bool {
    path.starts_with(".skillmeat-manifest")
}

fn without_lists(mut files: Files) -> Files {
    files.retain(|path, _| !is_list(path));
    files
}

/// A copy of this repository, which is a catalog, with more skills than a page of a list shows.
fn example() -> Case {
    let case = Case::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["content", "collections", "docs", "skillmeat.yaml", "skillmeat.lock"] {
        copy(&root.join(name), &case.path(name));
    }
    for n in 0..70 {
        case.skill(&format!("content/artifacts/skills/more-{n}"), "One of many");
    }
    case.synced();
    case
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).expect("made");
        for entry in std::fs::read_dir(from).expect("listed") {
            let entry = entry.expect("listed");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::copy(from, to).unwrap_or_else(|cause| panic!("{}: {cause}", from.display()));
    }
}

/// Builds every part into a folder of its own; each file is in one of them, and here all are.
fn union(case: &Case, n: usize, flags: &str) -> Files {
    let mut all = Files::new();
    for i in 1..=n {
        case.run(&format!("build --shard {i}/{n} -o part-{i} {flags}")).ends(0);
        for (path, hash) in case.files(&format!("part-{i}")) {
            assert_eq!(is_list(&path), path == format!(".skillmeat-manifest-{i}-of-{n}.json"));
            let other = all.insert(path.clone(), hash);
            assert!(other.is_none(), "{path} is in part {i}/{n} and in another");
        }
    }
    without_lists(all)
}

#[test]
fn the_parts_of_a_site_are_together_what_one_build_makes() {
    let case = example();
    let divisions: [(&str, &[usize]); 3] = [
        ("", &[1, 2, 3, 8]),
        ("--base-url https://org.example/catalog/", &[3]),
        ("--offline-copy", &[2]),
    ];
    for (flags, divisions) in divisions {
        case.run(&format!("build {flags}")).ends(0);
        let whole = without_lists(case.files("public"));
        for &n in divisions {
            let parts = union(&case, n, flags);
            let others: Vec<_> =
                whole.iter().filter(|(path, hash)| parts.get(*path) != Some(hash)).collect();
            assert!(others.is_empty(), "{n} parts {flags}: {others:?}");
            assert_eq!(parts.len(), whole.len(), "{n} parts {flags}");
        }
    }
}

#[test]
fn what_belongs_to_an_artifact_lies_in_one_part_and_lists_in_all() {
    let case = example();
    union(&case, 3, "");
    let mut n_lists = [0; 3];
    for n in 0..70 {
        let has = |part: &usize| {
            let dir = format!("part-{}/a/local/skill/more-{n}", part + 1);
            let json = format!("part-{}/api/v1/a/local/skill/more-{n}.json", part + 1);
            assert_eq!(case.exists(&dir), case.exists(&json));
            case.exists(&dir)
        };
        assert_eq!((0..3).filter(has).count(), 1, "more-{n}");
    }
    for (part, n_lists) in n_lists.iter_mut().enumerate() {
        let files = case.files(&format!("part-{}", part + 1));
        *n_lists = files.keys().filter(|path| !path.contains("a/local/")).count();
    }
    let most = n_lists.iter().sum::<usize>() / 2;
    assert!(n_lists.iter().all(|n| *n < most), "{n_lists:?}");
}

/// Files that a build rendered, wrote and deleted.
fn build(case: &Case, flags: &str) -> [u64; 3] {
    let built = case.run(&format!("build --json {flags}")).ends(0).json();
    let shard = flags.split(' ').skip_while(|word| *word != "--shard").nth(1);
    assert_eq!(built["shard"].as_str(), shard);
    ["rendered", "written", "deleted"].map(|key| built[key].as_u64().expect("a number"))
}

#[test]
fn a_part_that_is_built_again_makes_nothing() {
    let case = example();
    let whole = |dir: &str| without_lists(case.files(dir));
    build(&case, "");
    let site = whole("public");
    // In folders of their own, and in one.
    for dir in [["part-1", "part-2"], ["both", "both"]] {
        for (i, dir) in dir.iter().enumerate() {
            build(&case, &format!("--shard {}/2 -o {dir}", i + 1));
        }
        let again = [1, 2].map(|i| build(&case, &format!("--shard {i}/2 -o {}", dir[i - 1])));
        assert_eq!(again, [[0; 3]; 2]);
    }
    assert_eq!(whole("both"), site);

    // What one extent made in a folder is not taken for what another made there.
    assert_eq!(build(&case, "-o both")[1..], [0, 0], "the whole finds all as it would be");
    let n_files = site.len() as u64;
    let [_, written, deleted] = build(&case, "--shard 1/2 -o both");
    assert_eq!((written, deleted), (0, n_files - whole("both").len() as u64));
    assert_eq!(whole("both"), whole("part-1"));
    let [_, written, deleted] = build(&case, "-o both");
    assert_eq!((written, deleted), (n_files - whole("part-1").len() as u64, 0));
    assert_eq!(whole("both"), site);
    assert_eq!(case.files("both"), case.files("public"), "with the list");
}

#[test]
fn one_more_artifact_moves_no_other() {
    let case = example();
    union(&case, 3, "");
    let before: Vec<Files> = (1..=3).map(|i| case.files(&format!("part-{i}"))).collect();
    case.skill("content/artifacts/skills/another", "One more").synced();
    union(&case, 3, "");
    for (i, before) in before.into_iter().enumerate() {
        let after = case.files(&format!("part-{}", i + 1));
        let gone: Vec<_> = before.keys().filter(|path| !after.contains_key(*path)).collect();
        assert!(gone.is_empty(), "{gone:?}");
    }
}

#[test]
fn a_site_with_fewer_files_than_parts_has_empty_ones() {
    let case = Case::new();
    case.synced().built();
    let dirs: Vec<usize> = (1..=200)
        .step_by(20)
        .map(|i| {
            case.run(&format!("build --shard {i}/200 -o part-{i}")).ends(0);
            case.files(&format!("part-{i}")).len()
        })
        .collect();
    assert!(dirs.contains(&1), "one with its list alone: {dirs:?}");
}

#[test]
fn a_part_that_there_is_not_is_refused() {
    let case = Case::new();
    for text in ["0/2", "3/2", "2", "1/1001", "x"] {
        let ran = case.run(&format!("build --shard {text}"));
        let said = format!(
            "error: invalid value '{text}' for '--shard <I/N>': write it as in `2/8`: a part from \
             1 on, and how many there are, up to 1000\n"
        );
        assert!(ran.ends(2).err.starts_with(&said), "{}", ran.err);
        assert!(!case.exists("public"));
    }
    let ran = case.run("build --shard 1/2");
    assert!(ran.ends(0).err.contains(" of part 1/2 in `public`: "), "{}", ran.err);
}
