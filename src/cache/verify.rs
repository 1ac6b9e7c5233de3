//! Reads every row and every content again and compares it with its hash. What does not fit can be
//! taken out, so that the next sync fetches it; a file that cannot be read is set aside.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, Row as SqlRow, ToSql};

use super::collections::MemberRow;
use super::health;
use super::pool::Target;
use super::rows::{self, Row};
use super::sql;
use super::store::FILE;
use super::{facts, files};
use crate::disk;
use crate::error::Result;
use crate::model::hash::ContentHash;

/// What is wrong with a cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// What SQLite says of the file; empty when its pages are as they should be.
    pub file: Vec<String>,
    /// Rows that are not as they were written.
    pub artifacts: usize,
    pub contents: usize,
    pub files: usize,
    pub facts: usize,
    pub members: usize,
}

impl Damage {
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What came of looking at every row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Rows that were read.
    pub n_rows: usize,
    pub damage: Damage,
}

/// What came of a repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// What was found, and is gone now.
    pub damage: Damage,
    /// Where the file is, when it could not be repaired.
    pub aside: Option<PathBuf>,
}

/// Checks the cache of a folder without changing it; `None` when there is none.
pub fn check(dir: &Path) -> Result<Option<Checked>> {
    let path = dir.join(FILE);
    if disk::kind(&path)?.is_none() {
        return Ok(None);
    }
    let unreadable = |cause: rusqlite::Error| {
        let damage = Damage { file: vec![cause.to_string()], ..Damage::default() };
        Checked { n_rows: 0, damage }
    };
    let db = match health::to_look_at(&path) {
        Ok(Ok(db)) => db,
        Ok(Err(problem)) => return Err(problem.into()),
        Err(cause) if health::is_damage(&cause) => return Ok(Some(unreadable(cause))),
        Err(cause) => return Err(health::broken(&path, &cause)),
    };
    Ok(Some(examine(&db).map_or_else(unreadable, |(checked, _)| checked)))
}

/// Takes out what is damaged. For a process that holds the writer's lock.
pub fn repair(dir: &Path, now: Timestamp) -> Result<Option<Repaired>> {
    let path = dir.join(FILE);
    let Some(found) = check(dir)? else { return Ok(None) };
    let mut repaired = Repaired { damage: found.damage, aside: None };
    if repaired.damage.is_none() {
        return Ok(Some(repaired));
    }
    if repaired.damage.file.is_empty() {
        match remove_damaged(&path) {
            Ok(true) => return Ok(Some(repaired)),
            Ok(false) => {}
            Err(cause) if health::is_damage(&cause) => {}
            Err(cause) => return Err(health::broken(&path, &cause)),
        }
    }
    repaired.aside = Some(health::set_aside(&path, now)?);
    super::Cache::open(dir, now)?;
    Ok(Some(repaired))
}

/// Whether nothing is damaged any more.
fn remove_damaged(path: &Path) -> rusqlite::Result<bool> {
    let mut db = Target::File(path.into()).connect()?;
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let (_, bad) = examine(&tx)?;
    for (sql, key) in bad {
        match key {
            Some(key) => tx.execute(sql, [key.as_ref()])?,
            None => tx.execute(sql, [])?,
        };
    }
    let is_sound = examine(&tx)?.0.damage.is_none();
    tx.commit()?;
    Ok(is_sound)
}

/// How a damaged row is taken out, and by which key.
type Bad = (&'static str, Option<Box<dyn ToSql>>);

fn examine(db: &Connection) -> rusqlite::Result<(Checked, Vec<Bad>)> {
    let mut checked = Checked { n_rows: 0, damage: Damage::default() };
    let Checked { n_rows, damage } = &mut checked;
    let mut statement = db.prepare("PRAGMA integrity_check(10)")?;
    let lines = statement.query_map([], |row| rows::text(row, 0))?;
    for line in lines {
        damage.file.extend(Some(line?).filter(|line| line != "ok"));
    }
    if !health::has_our_tables(db) {
        damage.file.push("the tables are not as they were made".to_owned());
    }
    let mut bad: Vec<Bad> = Vec::new();
    let mut look = |sql: &str, count: &mut usize, judge: Judge| -> rusqlite::Result<()> {
        let mut statement = db.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            *n_rows += 1;
            if let Some(found) = judge(row)? {
                *count += 1;
                bad.push(found);
            }
        }
        Ok(())
    };
    look(sql::EVERY_ARTIFACT, &mut damage.artifacts, artifact)?;
    look(sql::EVERY_BLOB, &mut damage.contents, content)?;
    look(sql::EVERY_FILE, &mut damage.files, file)?;
    look(sql::FACTS, &mut damage.facts, fact)?;
    look(sql::EVERY_MEMBER, &mut damage.members, member)?;
    look(sql::EVERY_GROUP_MEMBER, &mut damage.members, member)?;
    if damage.members > 0 {
        // What a collection holds is only known to be lost when nothing of it is there.
        bad.push((sql::CLEAR_COLLECTIONS, None));
        bad.push((sql::CLEAR_GROUPS, None));
        bad.push((sql::FORGET_LOOKS, None));
    }
    if damage.artifacts + damage.contents > 0 {
        bad.push((sql::FORGET_WHOLE, None));
    }
    Ok((checked, bad))
}

/// How to take a row out, when it is not as it was written.
type Judge = fn(&SqlRow<'_>) -> rusqlite::Result<Option<Bad>>;

fn by_number(sql: &'static str, row: &SqlRow<'_>, column: usize) -> rusqlite::Result<Option<Bad>> {
    Ok(Some((sql, Some(Box::new(row.get::<_, i64>(column)?)))))
}

fn artifact(row: &SqlRow<'_>) -> rusqlite::Result<Option<Bad>> {
    let read = Row::read(row)?;
    let (source, name) = (rows::text(row, 5)?, rows::text(row, 6)?);
    // Also what an earlier version of the reader kept is as it was written.
    if read.is_whole(&source) && read.is_named(&name) {
        return Ok(None);
    }
    by_number(sql::FORGET_ARTIFACT_ROW, row, 7)
}

fn content(row: &SqlRow<'_>) -> rusqlite::Result<Option<Bad>> {
    let (hash, bytes) = (rows::bytes(row, 1)?, rows::bytes(row, 2)?);
    if ContentHash::of(&bytes).as_bytes() == hash.as_slice() {
        return Ok(None);
    }
    by_number(sql::FORGET_BLOB_ROW, row, 0)
}

fn file(row: &SqlRow<'_>) -> rusqlite::Result<Option<Bad>> {
    if files::read(row, &rows::text(row, 6)?)?.1.is_some() {
        return Ok(None);
    }
    let hash: rusqlite::types::Value = row.get(5)?;
    Ok(Some((sql::FORGET_FILE_ROW, Some(Box::new(hash)))))
}

fn fact(row: &SqlRow<'_>) -> rusqlite::Result<Option<Bad>> {
    let (source, name) = (rows::text(row, 0)?, rows::text(row, 1)?);
    if facts::is_whole(&source, &name, &rows::text(row, 2)?, &rows::bytes(row, 3)?) {
        return Ok(None);
    }
    by_number(sql::FORGET_FACT_ROW, row, 4)
}

fn member(row: &SqlRow<'_>) -> rusqlite::Result<Option<Bad>> {
    let read = MemberRow::read(row, 0)?;
    if read.is_whole(&rows::text(row, 5)?, &rows::text(row, 6)?) {
        return Ok(None);
    }
    Ok(Some((sql::CLEAR_COLLECTIONS, None)))
}
