//! Repositories that are themselves clones in parts, or of only the end of a history.

use super::*;

#[test]
fn of_a_repository_that_lacks_contents_the_rest_is_read() {
    let lab = Lab::new();
    lab.write("a.md", "a");
    lab.write("big.bin", "0");
    lab.commit("2020-01-01");
    lab.write("big.bin", "1");
    lab.commit("2020-01-02");
    // An old and a new content are gone; the old one alone already keeps Git from serving all.
    for revision in ["HEAD~1:big.bin", "HEAD:big.bin"] {
        let id = lab.run(&["rev-parse", revision]);
        fs::remove_file(lab.remote().join(".git/objects").join(&id[..2]).join(&id[2..])).unwrap();
        let _ = fs::remove_dir_all(lab.clone_dir());
        let tree = lab.open(&lab.newest().commit);
        assert_eq!(tree.read(&path("a.md")).unwrap(), b"a");
    }
    let commit = lab.newest().commit;
    let lacks = |tree: &Tree| tree.problems.iter().map(ToString::to_string).collect::<String>();
    assert!(lacks(&lab.open(&commit)).contains("lacks the contents of `big.bin`"));
    assert_eq!(history(&lab.git, &lab.clone_dir(), &commit).unwrap().dates().len(), 2);
    // Once it is mended, all is there.
    lab.run_on("2020-01-01", &["hash-object", "-w", "--stdin"], b"1");
    let tree = lab.open(&lab.newest().commit);
    assert_eq!(
        (tree.read(&path("big.bin")).unwrap(), lacks(&tree)),
        (b"1".to_vec(), String::new())
    );
}

#[test]
fn a_repository_with_only_the_end_of_its_history_is_read() {
    let lab = Lab::new();
    lab.write("a.md", "a");
    lab.commit("2020-01-01");
    lab.write("b.md", "b");
    lab.commit("2020-01-02");
    let url = lab.url();
    lab.run(&["clone", "--quiet", "--depth=1", &url, "../short"]);
    let short = format!("file://{}", lab.dir.path().join("short").display());
    let fetched = lab.fetch(&short, None, Wanted::Newest).unwrap();
    assert_eq!(lab.open(&fetched.commit).read(&path("a.md")).unwrap(), b"a");
    let dates = history(&lab.git, &lab.clone_dir(), &fetched.commit).unwrap().dates();
    assert_eq!(dates.get(&path("a.md")).unwrap().added, day("2020-01-02"));
}
