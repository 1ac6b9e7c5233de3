//! Opening the database: a new one is made, a damaged one is set aside and replaced, one that is
//! newer than this program, or not ours at all, is refused.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode};

use super::pool::connect;
use super::schema::{self, Version};
use crate::disk;
use crate::error::{Error, Problem, Result};

/// Below this, SQLite may lose a committed write when one connection writes while another
/// checkpoints (sqlite.org/wal.html, section 11).
const SQLITE_MIN: i32 = 3_051_003;

/// The writing connection, and a warning where the old database had to be set aside.
pub(super) fn open(path: &Path, now: Timestamp) -> Result<(Connection, Option<Problem>)> {
    if rusqlite::version_number() < SQLITE_MIN {
        let text = format!("SQLite {} can lose cached data", rusqlite::version());
        return Err(Problem::error("SM521", text).help("build with SQLite 3.51.3 or later").into());
    }
    if let Some(dir) = path.parent() {
        disk::make_private_dir(dir)?;
    }
    match attempt(path) {
        Ok(db) => Ok((db, None)),
        Err(Failure::Refused(problem)) => Err(problem.into()),
        Err(Failure::Database(cause)) if is_damage(&cause) => {
            let aside = set_aside(path, now)?;
            let db = attempt(path).map_err(|failure| failure.into_error(path))?;
            let text =
                format!("the cache was damaged ({cause}) and is kept as `{}`", aside.display());
            Ok((
                db,
                Some(Problem::warning("SM522", text).help("run `skillmeat sync` to refill it")),
            ))
        }
        Err(failure) => Err(failure.into_error(path)),
    }
}

enum Failure {
    Refused(Problem),
    Database(rusqlite::Error),
}

impl Failure {
    fn into_error(self, path: &Path) -> Error {
        match self {
            Failure::Refused(problem) => problem.into(),
            Failure::Database(cause) => broken(path, &cause),
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(cause: rusqlite::Error) -> Self {
        Failure::Database(cause)
    }
}

fn attempt(path: &Path) -> std::result::Result<Connection, Failure> {
    let mut db = connect(path)?;
    match schema::migrate(&mut db)? {
        Version::Current => {}
        Version::Newer(version) => {
            let text = format!(
                "the cache `{}` has schema {version}, this skillmeat reads up to {}",
                path.display(),
                schema::current()
            );
            let help = "update skillmeat, or set SKILLMEAT_CACHE_DIR to another folder";
            return Err(Failure::Refused(Problem::error("SM523", text).help(help)));
        }
        Version::Foreign => {
            let text = format!("`{}` is not a skillmeat cache", path.display());
            let help = "set SKILLMEAT_CACHE_DIR to another folder";
            return Err(Failure::Refused(Problem::error("SM524", text).help(help)));
        }
    }
    disk::make_private(path);
    Ok(db)
}

/// An error of the database while it was in use, with what to do about it.
pub(super) fn broken(path: &Path, cause: &rusqlite::Error) -> Error {
    let help = match cause.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another skillmeat is writing; wait for it and try again"
        }
        Some(ErrorCode::DiskFull) => "free some space and try again; nothing was changed",
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "make the folder writable, or set SKILLMEAT_CACHE_DIR to one that is"
        }
        _ => "delete the file and run `skillmeat sync`: the cache holds nothing of yours",
    };
    let text = format!("cannot use the cache `{}`: {cause}", path.display());
    Problem::error("SM525", text).help(help).into()
}

fn is_damage(cause: &rusqlite::Error) -> bool {
    matches!(cause.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Moves the database and its companions out of the way.
fn set_aside(path: &Path, now: Timestamp) -> Result<PathBuf> {
    let stamp = now.strftime("%Y%m%dT%H%M%S");
    let with = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let aside = with(&format!(".corrupt-{stamp}"));
    disk::rename(path, &aside)?;
    for ending in ["-wal", "-shm"] {
        let companion = with(ending);
        if companion.exists() {
            disk::rename(&companion, &with(&format!(".corrupt-{stamp}{ending}")))?;
        }
    }
    Ok(aside)
}
