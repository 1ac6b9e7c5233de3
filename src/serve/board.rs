//! What is shown now: the newest good catalog's pages, and what is wrong since.
//!
//! The owner posts, requests read; a request keeps what it began with while the next is posted.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde_json::{Value, json};

use super::events::Hub;
use super::pages::Pages;
use crate::error::Problem;

/// One moment: never changed, only replaced.
#[derive(Clone, Default)]
pub struct View {
    /// Counts the catalogs shown since the start; 0 before the first.
    pub revision: u64,
    /// `None` until a catalog could be loaded.
    pub pages: Option<Arc<Pages>>,
    /// Why the files as they are now cannot be shown; empty when they are.
    pub failure: Vec<Problem>,
    /// How changes of files are noticed.
    pub watching: Watching,
}

impl View {
    /// Why open pages may not be as the files are: those cannot be read, or pages not be made.
    pub fn wrong(&self) -> Vec<Problem> {
        let unmade = self.pages.iter().flat_map(|pages| pages.unmade());
        self.failure.iter().cloned().chain(unmade).collect()
    }
}

/// How changes of files are noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Watching {
    #[default]
    Off,
    /// The system tells.
    Notices,
    /// They are looked at, for want of notices.
    Polling,
}

impl Watching {
    pub fn word(self) -> &'static str {
        match self {
            Watching::Off => "off",
            Watching::Notices => "notices",
            Watching::Polling => "polling",
        }
    }
}

pub struct Board {
    view: RwLock<Arc<View>>,
    /// Held by whoever tells, so that what was shown last is told last.
    telling: Mutex<()>,
    pub hub: Arc<Hub>,
}

impl Board {
    pub fn new() -> Self {
        Self { view: RwLock::default(), telling: Mutex::default(), hub: Arc::default() }
    }

    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows this from now on, then tells the open pages.
    pub fn post(&self, view: View) {
        self.set(view);
        self.tell();
    }

    /// Tells the open pages what is shown and what is wrong with it.
    pub fn tell(&self) {
        let _telling = super::lock(&self.telling);
        let view = self.view();
        self.hub.publish(view.revision, problem_list(&view.wrong()).to_string());
    }

    /// Shows this from now on: nothing in it is news to an open page.
    pub fn set(&self, view: View) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(view);
    }
}

/// Problems as every JSON answer has them.
pub fn problem_list(problems: &[Problem]) -> Value {
    let one = |problem: &Problem| {
        let place = problem.place.as_ref();
        json!({
            "code": problem.code,
            "severity": problem.severity,
            // As people read it; the three after it are for programs.
            "place": place.map(ToString::to_string),
            "file": place.map(|place| &place.file),
            "line": place.map(|place| place.line),
            "column": place.map(|place| place.column),
            "message": problem.message,
            "help": problem.help,
        })
    };
    Value::Array(problems.iter().map(one).collect())
}
