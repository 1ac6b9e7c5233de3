//! Folders of this machine as sources.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use super::DEPTH_MAX;
use super::filter::Filter;
use super::local::open;
use crate::model::path::RelPath;

fn path(text: &str) -> RelPath {
    RelPath::parse(text).unwrap()
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn all() -> Filter {
    Filter::new(&[], &[]).unwrap()
}

#[test]
fn a_folder_is_read_without_what_git_and_package_managers_keep() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), "skills/pdf/SKILL.md", "pdf");
    write(dir.path(), ".git/config", "x");
    write(dir.path(), "sub/.git", "gitdir: ../x");
    write(dir.path(), "sub/node_modules/a/SKILL.md", "x");
    write(dir.path(), ".hidden", "x");
    symlink("skills/pdf", dir.path().join("alias")).unwrap();
    symlink("/etc/passwd", dir.path().join("out")).unwrap();
    let tree = open(dir.path(), &all()).unwrap();
    let names: Vec<_> = tree.files.keys().map(RelPath::as_str).collect();
    assert_eq!(names, [".hidden", "skills/pdf/SKILL.md"]);
    assert_eq!(tree.aliases, [(path("alias"), path("skills/pdf"))].into());
    assert_eq!(tree.read(&path("skills/pdf/SKILL.md")).unwrap(), b"pdf");
    assert_eq!(tree.problems.len(), 1);
    assert_eq!(tree.problems[0].code, "SM404");
}

#[test]
fn what_is_no_file_or_no_text_is_told_and_left_out() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), "a", "x");
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"na\xffme")), "x").unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(dir.path().join("fifo")).status();
    assert!(fifo.unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
    write(dir.path(), &format!("{}deep", "d/".repeat(DEPTH_MAX)), "x");
    let tree = open(dir.path(), &all()).unwrap();
    assert_eq!(tree.files.keys().map(RelPath::as_str).collect::<Vec<_>>(), ["a"]);
    let mut told: Vec<_> = tree.problems.iter().map(|p| p.code.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["SM402", "SM406", "SM407", "SM407"]);
    let name = tree.problems.iter().find(|problem| problem.code == "SM402").unwrap();
    assert_eq!(name.place.as_ref().unwrap().file, "na\\xffme");
}

#[test]
fn a_missing_folder_is_an_error_that_says_so() {
    let dir = TempDir::new().unwrap();
    let error = open(&dir.path().join("no"), &all()).err().unwrap();
    assert_eq!(error.problems[0].code, "SM401");
}

#[test]
fn a_link_put_in_place_of_a_listed_file_is_not_followed() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), "in/a/f", "inside");
    write(dir.path(), "in/g", "inside");
    write(dir.path(), "secret/f", "secret");
    let tree = open(&dir.path().join("in"), &all()).unwrap();
    fs::remove_dir_all(dir.path().join("in/a")).unwrap();
    symlink(dir.path().join("secret"), dir.path().join("in/a")).unwrap();
    fs::remove_file(dir.path().join("in/g")).unwrap();
    symlink(dir.path().join("secret/f"), dir.path().join("in/g")).unwrap();
    for listed in ["a/f", "g"] {
        assert_eq!(tree.read(&path(listed)).unwrap_err().problems[0].code, "SM001", "{listed}");
    }
}

#[test]
fn a_file_that_is_too_large_is_listed_and_not_read() {
    let dir = TempDir::new().unwrap();
    let file = fs::File::create(dir.path().join("big")).unwrap();
    file.set_len(super::FILE_BYTES_MAX + 1).unwrap();
    let tree = open(dir.path(), &all()).unwrap();
    assert_eq!(tree.files[&path("big")].size, super::FILE_BYTES_MAX + 1);
    assert_eq!(tree.read(&path("big")).unwrap_err().problems[0].code, "SM002");
}
