//! What a person has done beside edits: the sources asked, the cache looked after. Words of a form
//! or a route to what is done, and to a line that says what came of it.
//!
//! How it is done is given from outside. It happens in the thread that asks the sources, so that no
//! two of these ever meet.

use super::Server;
use super::refresh::Wanted;
use crate::cache::Info;
use crate::error::{Problem, Result};

/// What can be done with the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// Forget what nothing needs any more, and give the space back.
    Vacuum,
    /// Take out what is damaged, and have it read again.
    Repair,
    /// Forget everything but what the pages are made from, and read all again.
    Clear,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cared {
    /// In a line.
    pub message: String,
    /// What was taken out is to be read again.
    pub is_to_refill: bool,
}

/// One value that this server works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    pub value: String,
    /// `skillmeat.yaml:4`, `--interval`, a variable; nothing for a default.
    pub origin: Option<String>,
}

/// What this server was started with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pub settings: Vec<Setting>,
    /// Folders and files of this machine, each with what it is.
    pub paths: Vec<(&'static str, String)>,
}

/// Looks after the cache, and knows what this server was started with.
pub trait Keeper: Send + Sync {
    /// Waits for another process that syncs, until it is to stop.
    fn care(&self, what: Care, stop: crate::env::Stop) -> Result<Cared>;

    /// The cache in numbers; `None` where there is none.
    fn cache(&self) -> Result<Option<Info>>;

    fn settings(&self) -> Given;
}

impl Care {
    pub const ALL: [Care; 3] = [Care::Vacuum, Care::Repair, Care::Clear];

    /// The last part of its route.
    pub fn word(self) -> &'static str {
        match self {
            Care::Vacuum => "vacuum",
            Care::Repair => "repair",
            Care::Clear => "clear",
        }
    }

    pub fn named(word: &str) -> Option<Care> {
        Self::ALL.into_iter().find(|care| care.word() == word)
    }
}

/// Does what the action of a form says: `refresh`, `refresh-cancel`, `cache-vacuum`, `cache-repair`,
/// `cache-clear`; `None` for another form's. Who asks was judged already.
pub(super) fn act(server: &Server, action: &str) -> Option<Result<String, Problem>> {
    match action {
        "refresh" => {
            let begun = server.refresher.press(Wanted::default());
            Some(begun.map(|_| "The sources are being asked".to_owned()))
        }
        "refresh-cancel" => {
            server.refresher.cancel();
            Some(Ok("The refresh was cancelled".to_owned()))
        }
        _ => Care::named(action.strip_prefix("cache-")?).map(|care| server.refresher.care(care)),
    }
}
