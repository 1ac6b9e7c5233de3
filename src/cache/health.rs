//! Opening the database: a new one is made, a damaged one is set aside and replaced, one that is
//! newer than this program, or not ours at all, is refused.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode};

use super::place;
use super::pool::Target;
use super::schema::{self, Tables, Version};
use crate::disk::{self, Presence};
use crate::error::{Error, Problem, Result};

/// Below this, SQLite may lose a committed write when one connection writes while another
/// checkpoints (sqlite.org/wal.html, section 11).
const SQLITE_MIN: i32 = 3_051_003;

/// The writing connection, how others are made, and what there is to say about the file.
pub(super) struct Opened {
    pub(super) writer: Connection,
    pub(super) target: Target,
    pub(super) warning: Option<Problem>,
    pub(super) presence: Option<Presence>,
}

/// Opens the database, made when missing. Where it cannot be written it is read as it is, or, when
/// it cannot be had at all, stands in memory and is empty: what is lacking is then said by whoever
/// lacks it.
pub(super) fn open(path: &Path, now: Timestamp) -> Result<Opened> {
    if rusqlite::version_number() < SQLITE_MIN {
        let text = format!("SQLite {} can lose cached data", rusqlite::version());
        return Err(Problem::error("SM521", text).help("build with SQLite 3.51.3 or later").into());
    }
    if let Some(Err(cause)) = path.parent().map(disk::make_private_dir) {
        return without(path, &cause);
    }
    let target = target_of(path);
    let (presence, attempted) = enter(path, &target);
    match attempted {
        Ok(writer) => Ok(Opened { writer, warning: on_network(&target), target, presence }),
        Err(Failure::Refused(problem)) => Err(problem.into()),
        Err(Failure::Database(cause)) if is_damage(&cause) => {
            let (writer, warning) = replace(path, now, &cause.to_string())?;
            Ok(Opened { writer, target, warning, presence })
        }
        Err(Failure::Database(cause)) if is_not_ours_to_write(&cause) => {
            without(path, &broken(path, &cause))
        }
        Err(failure) => Err(failure.into_error(path)),
    }
}

fn target_of(path: &Path) -> Target {
    match place::network(path) {
        Some(_) => Target::Remote(path.into()),
        None => Target::File(path.into()),
    }
}

fn on_network(target: &Target) -> Option<Problem> {
    let Target::Remote(path) = target else { return None };
    let system = place::network(path).unwrap_or_default();
    let dir = path.parent().unwrap_or(path).display();
    let text = format!("the cache `{dir}` is on a network file system (`{system}`)");
    let help = "set SKILLMEAT_CACHE_DIR to a folder of this machine: several machines must not \
                write one cache, and here reading waits for writing";
    Some(Problem::warning("SM531", text).help(help))
}

/// Opens the database in company. Where its log was left behind and nobody else has it open, it was
/// not closed as it should: its pages are checked before anybody uses it.
fn enter(
    path: &Path,
    target: &Target,
) -> (Option<Presence>, std::result::Result<Connection, Failure>) {
    let sign = with_ending(path, ".open");
    if disk::size(&with_ending(path, "-wal")).is_some_and(|size| size > 0)
        && let Some(presence) = Presence::alone(&sign)
    {
        let checked = attempt(target).and_then(|db| match quick_check(&db) {
            Ok(()) => Ok(db),
            Err(cause) => Err(cause.into()),
        });
        return (presence.with_others(), checked);
    }
    (Presence::among_others(&sign), attempt(target))
}

fn quick_check(db: &Connection) -> rusqlite::Result<()> {
    let first: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if first == "ok" { Ok(()) } else { Err(torn()) }
}

/// A database in memory where there is no file, for a run that must not make one.
pub(super) fn open_existing(path: &Path, now: Timestamp) -> Result<Opened> {
    if path.exists() { open(path, now) } else { in_memory(path, None) }
}

/// Sets a damaged database aside and makes a new one; one process at a time, and only what is
/// damaged indeed, so that nobody throws away what another has just made anew.
pub(super) fn replace(
    path: &Path,
    now: Timestamp,
    cause: &str,
) -> Result<(Connection, Option<Problem>)> {
    let _alone = disk::FileLock::acquire(&with_ending(path, ".repair.lock"), |_| ())?;
    let target = target_of(path);
    if let Ok(db) = attempt(&target)
        && is_sound(&db)
    {
        return Ok((db, None));
    }
    set_aside(path, now)?;
    let db = attempt(&target).map_err(|failure| failure.into_error(path))?;
    let text = format!("the cache was damaged ({cause}) and has been set aside");
    Ok((db, Some(Problem::warning("SM522", text).help("run `skillmeat sync` to refill it"))))
}

/// Whether its pages, and the tables they make up, are as we would make them.
fn is_sound(db: &Connection) -> bool {
    let first = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    first.is_ok_and(|answer| answer == "ok") && has_our_tables(db)
}

pub(super) fn has_our_tables(db: &Connection) -> bool {
    static WANTED: OnceLock<Option<Tables>> = OnceLock::new();
    let wanted =
        WANTED.get_or_init(|| Target::Memory.connect().and_then(|db| schema::tables(&db)).ok());
    wanted.is_some() && schema::tables(db).ok() == *wanted
}

/// What can be had of a database that cannot be written.
fn without(path: &Path, cause: &Error) -> Result<Opened> {
    let why = cause.problems.first().map_or("", |problem| problem.message.as_str());
    let text = format!("what this run reads is not kept: {why}");
    let help = "make the folder writable, or set SKILLMEAT_CACHE_DIR to one that is";
    let warning = Some(Problem::warning("SM529", text).help(help));
    for target in [Target::ReadOnly(path.into()), Target::Frozen(path.into())] {
        match target.connect() {
            Ok(writer) if schema::is_current(&writer) => {
                return Ok(Opened { writer, target, warning, presence: None });
            }
            _ => {}
        }
    }
    in_memory(path, warning)
}

fn in_memory(path: &Path, warning: Option<Problem>) -> Result<Opened> {
    let writer = Target::Memory.connect().map_err(|cause| broken(path, &cause))?;
    Ok(Opened { writer, target: Target::Memory, warning, presence: None })
}

/// Whether the place is what hinders, not the database.
fn is_not_ours_to_write(cause: &rusqlite::Error) -> bool {
    use ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
    matches!(cause.sqlite_error_code(), Some(CannotOpen | ReadOnly | PermissionDenied))
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

fn attempt(target: &Target) -> std::result::Result<Connection, Failure> {
    let mut db = target.connect()?;
    let version = schema::migrate(&mut db)?;
    let (Target::File(path) | Target::Remote(path)) = target else { return Ok(db) };
    if let Some(problem) = refusal(&version, path) {
        return Err(Failure::Refused(problem));
    }
    if says_read_only(path) {
        return Err(torn().into());
    }
    disk::make_private(path);
    Ok(db)
}

/// Whether the head of the file claims a form that SQLite only reads: it stands in no other place, so
/// that nothing notices before the first write (sqlite.org/fileformat2.html, offset 18).
fn says_read_only(path: &Path) -> bool {
    const WRITE_VERSION: usize = 18;
    const WRITE_VERSION_MAX: u8 = 2;
    let head = disk::read_up_to(path, 20).unwrap_or_default();
    head.get(WRITE_VERSION).is_some_and(|version| *version > WRITE_VERSION_MAX)
}

/// The database for looking at it only; one of an earlier schema is brought to this one first, as
/// by any command. `Err` inside says why it is left as it is.
pub(super) fn to_look_at(
    path: &Path,
) -> rusqlite::Result<std::result::Result<Connection, Problem>> {
    let open = |target: Target| target.connect().and_then(|db| Ok((schema::is_settled(&db)?, db)));
    // In a folder that cannot be written only a file that nobody writes can be read.
    let read =
        || open(Target::ReadOnly(path.into())).or_else(|_| open(Target::Frozen(path.into())));
    let (is_settled, mut db) = read()?;
    if !is_settled {
        schema::migrate(&mut target_of(path).connect()?)?;
        db = read()?.1;
    }
    let version = schema::version(&db)?;
    Ok(refusal(&version, path).map_or(Ok(db), Err))
}

/// Why a database of this version is left as it is.
pub(super) fn refusal(version: &Version, path: &Path) -> Option<Problem> {
    let (code, text, help) = match version {
        Version::Current => return None,
        Version::Newer(version) => (
            "SM523",
            format!(
                "the cache `{}` has schema {version}, this skillmeat reads up to {}",
                path.display(),
                schema::current()
            ),
            "update skillmeat, or set SKILLMEAT_CACHE_DIR to another folder",
        ),
        Version::Foreign => (
            "SM524",
            format!("`{}` is not a skillmeat cache", path.display()),
            "move the file away, or set SKILLMEAT_CACHE_DIR to another folder",
        ),
    };
    Some(Problem::error(code, text).help(help))
}

/// An error of the database while it was in use, with what to do about it.
pub(super) fn broken(path: &Path, cause: &rusqlite::Error) -> Error {
    let help = match cause.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another skillmeat is writing; wait for it and try again"
        }
        Some(ErrorCode::DiskFull) => "free some space and try again; nothing was changed",
        Some(ErrorCode::SystemIoFailure) => {
            "see whether the disk is full or failing, and try again; nothing was changed"
        }
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "make the folder writable, or set SKILLMEAT_CACHE_DIR to one that is"
        }
        _ => "run `skillmeat cache repair`: the cache holds nothing that cannot be had again",
    };
    let text = format!("cannot use the cache `{}`: {cause}", path.display());
    Problem::error("SM525", text).help(help).into()
}

/// Whether something was met that SQLite and our statements never leave: they are all tested, so
/// that one which does not fit the tables has met other tables.
pub(super) fn is_damage(cause: &rusqlite::Error) -> bool {
    use ErrorCode::{ConstraintViolation, DatabaseCorrupt, NotADatabase, TypeMismatch};
    const ERROR: i32 = 1;
    const SHORT_READ: i32 = 522;
    let error = match cause {
        // A statement that does not fit the tables.
        rusqlite::Error::SqlInputError { error, .. } => error,
        rusqlite::Error::SqliteFailure(error, _) => error,
        _ => return false,
    };
    matches!(error.code, ConstraintViolation | DatabaseCorrupt | NotADatabase | TypeMismatch)
        || [ERROR, SHORT_READ].contains(&error.extended_code)
}

/// What SQLite would say if it compared an index with its table.
pub(super) fn torn() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), None)
}

/// Moves the database and its companions out of the way; of earlier ones nothing is kept.
pub(super) fn set_aside(path: &Path, now: Timestamp) -> Result<PathBuf> {
    const ASIDE: &str = ".corrupt-";
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let dir = path.parent().unwrap_or(Path::new("."));
    for old in disk::list_files(dir)? {
        if old.starts_with(&format!("{name}{ASIDE}")) {
            disk::remove_file(&dir.join(old))?;
        }
    }
    let stamp = now.strftime("%Y%m%dT%H%M%S");
    let aside = with_ending(path, &format!("{ASIDE}{stamp}"));
    disk::rename(path, &aside)?;
    for ending in ["-wal", "-shm"] {
        // They belong to the database that is gone; its successor must not take them for its own.
        disk::remove_file(&with_ending(path, ending))?;
    }
    Ok(aside)
}

pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
