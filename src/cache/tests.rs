//! The cache against a real file: what goes in comes out, damage reads as absence.

mod plans;

use std::path::Path;

use jiff::Timestamp;

use super::{Batch, Cache, Key};
use crate::model::artifact::{Artifact, File};
use crate::model::hash::ContentHash;

fn open(dir: &Path) -> Cache {
    Cache::open(dir, Timestamp::UNIX_EPOCH).unwrap()
}

/// Keeps skills of one file each.
fn keep(cache: &Cache, skills: &[(&str, &str)]) -> Vec<Artifact> {
    let artifacts: Vec<Artifact> = skills.iter().map(|(name, body)| skill(name, body)).collect();
    let read = |i: usize, _| Ok(skills[i].1.as_bytes().to_vec());
    let batch = Batch { artifacts: artifacts.iter().collect(), contents: true, ..Batch::default() };
    cache.keep("key", &batch, Timestamp::UNIX_EPOCH, read).unwrap();
    artifacts
}

fn skill(name: &str, body: &str) -> Artifact {
    let hash = ContentHash::of(body.as_bytes());
    let files =
        vec![File { path: "SKILL.md".into(), size: body.len() as u64, hash, executable: false }];
    let json = serde_json::json!({
        "id": format!("first/skill/{name}"),
        "path": format!("skills/{name}"),
        "hash": ContentHash::of_files([("SKILL.md", hash)]),
        "files": files,
    });
    serde_json::from_value(json).unwrap()
}

#[test]
fn what_is_kept_comes_back_under_the_name_the_catalog_gives_it() {
    let dir = tempfile::tempdir().unwrap();
    let kept = keep(&open(dir.path()), &[("pdf", "Read PDFs\n")]).remove(0);

    let cache = open(dir.path());
    let key = Key::of(&kept);
    assert_eq!(cache.keys("key").unwrap().into_iter().collect::<Vec<_>>(), vec![key.clone()]);
    assert!(cache.keys("another source").unwrap().is_empty());
    let id = "second/skill/pdf".parse().unwrap();
    let mut wanted = kept.clone();
    wanted.id = "second/skill/pdf".parse().unwrap();
    assert_eq!(cache.artifact("key", &key, &id).unwrap(), Some(wanted));
    assert_eq!(cache.blob(&kept.files[0].hash).unwrap(), Some(b"Read PDFs\n".to_vec()));
}

#[test]
fn the_same_bytes_are_kept_once() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(dir.path());
    keep(&cache, &[("a", "same"), ("b", "same")]);
    let db = rusqlite::Connection::open(dir.path().join("artifacts.db")).unwrap();
    let n: i64 = db.query_row("SELECT count(*) FROM blob", [], |row| row.get(0)).unwrap();
    assert_eq!(n, 1);
}

#[test]
fn bytes_that_were_changed_behind_our_back_read_as_absent() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(dir.path());
    let kept = keep(&cache, &[("pdf", "Read PDFs\n")]).remove(0);
    let db = rusqlite::Connection::open(dir.path().join("artifacts.db")).unwrap();
    db.execute("UPDATE blob SET bytes = x'00'", []).unwrap();
    assert_eq!(cache.blob(&kept.files[0].hash).unwrap(), None);
}

#[test]
fn a_file_that_is_no_database_is_set_aside_with_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("artifacts.db"), "no database at all, but long enough").unwrap();
    let cache = open(dir.path());
    assert!(cache.warning.as_ref().is_some_and(|problem| problem.code == "SM522"));
    let aside = dir.path().join("artifacts.db.corrupt-19700101T000000");
    assert!(std::fs::read_to_string(aside).unwrap().starts_with("no database"));
}

#[test]
fn a_newer_schema_and_a_foreign_database_are_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("artifacts.db");
    drop(open(dir.path()));
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    let refused = Cache::open(dir.path(), Timestamp::UNIX_EPOCH).err().unwrap();
    assert_eq!(refused.problems[0].code, "SM523");
    db.pragma_update(None, "application_id", 7).unwrap();
    let refused = Cache::open(dir.path(), Timestamp::UNIX_EPOCH).err().unwrap();
    assert_eq!(refused.problems[0].code, "SM524");
}

#[test]
fn the_log_is_short_after_a_sync_while_others_have_the_cache_open() {
    let dir = tempfile::tempdir().unwrap();
    let (cache, other) = (open(dir.path()), open(dir.path()));
    let body = "x".repeat(6 << 20);
    let kept = keep(&cache, &[("large", &body)]).remove(0);
    let log = || std::fs::metadata(dir.path().join("artifacts.db-wal")).unwrap().len();
    assert!(log() > 6 << 20);
    cache.tidy(Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(log(), 0);
    assert_eq!(other.blob(&kept.files[0].hash).unwrap().map(|bytes| bytes.len()), Some(6 << 20));
}

#[test]
fn hits_are_added_up_by_whoever_writes_next() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(dir.path());
    let kept = keep(&cache, &[("pdf", "Read PDFs\n")]).remove(0);
    for _ in 0..3 {
        let reader = open(dir.path());
        reader.artifact("key", &Key::of(&kept), &kept.id).unwrap();
        reader.artifact("other", &Key::of(&kept), &kept.id).unwrap();
    }
    assert_eq!(cache.fact("key", "hits").unwrap(), None);
    for _ in 0..2 {
        cache.add_hits().unwrap();
        assert_eq!(cache.fact("key", "hits").unwrap().as_deref(), Some("3"));
    }
    assert_eq!(cache.fact("other", "hits").unwrap(), None);
    assert!(!dir.path().join("artifacts.db.hits").exists());
}

#[test]
fn whenever_something_is_lost_no_source_is_taken_for_whole() {
    type Loss = fn(&Cache, &rusqlite::Connection, &[Artifact]);
    let losses: [(&str, Loss); 6] = [
        ("nothing", |cache, _, kept| {
            cache.artifact("key", &Key::of(&kept[0]), &kept[0].id).unwrap();
            cache.blob(&kept[0].files[0].hash).unwrap();
            cache.clean(Timestamp::UNIX_EPOCH).unwrap();
        }),
        ("a damaged row is met", |cache, db, kept| {
            db.execute(
                "UPDATE artifact_cache SET data_json = replace(data_json, 'pdf', 'odf')",
                [],
            )
            .unwrap();
            assert_eq!(cache.artifact("key", &Key::of(&kept[0]), &kept[0].id).unwrap(), None);
        }),
        ("a damaged row is left out", |cache, db, _| {
            db.execute("UPDATE artifact_cache SET data_hash = x'00'", []).unwrap();
            assert!(cache.all_of("key").unwrap().is_empty());
        }),
        ("damaged bytes are met", |cache, db, kept| {
            db.execute("UPDATE blob SET bytes = x'00'", []).unwrap();
            assert_eq!(cache.blob(&kept[0].files[0].hash).unwrap(), None);
        }),
        ("an artifact is to be read again", |cache, _, kept| {
            assert!(cache.invalidate("key", kept[0].id.kind, &kept[0].id.name).unwrap());
        }),
        ("another source is cleared", |cache, _, _| {
            cache.clear(&["other".to_owned()]).unwrap();
        }),
    ];
    for (what, lose) in losses {
        let dir = tempfile::tempdir().unwrap();
        let cache = open(dir.path());
        let kept = keep(&cache, &[("pdf", "Read PDFs\n")]);
        cache.set_fact("key", "whole 1", "this").unwrap();
        cache.set_fact("key", "whole", "no such fact").unwrap();
        let db = rusqlite::Connection::open(dir.path().join("artifacts.db")).unwrap();
        lose(&cache, &db, &kept);
        let left = cache.fact("key", "whole 1").unwrap();
        assert_eq!(left.is_some(), what == "nothing", "{what}");
        assert!(cache.fact("key", "whole").unwrap().is_some(), "{what}");
    }
}
