//! The only one who loads catalogs and changes what is shown: events to views on the board.
//!
//! One thread, one event after the other; what waits is answered by one load. It knows no request,
//! and nothing of how a refresh is done.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Instant;

use super::board::{Board, View, Watching};
use super::pages::Pages;
use super::refresh::Refresher;
use super::watch::Watch;
use super::{Load, Report, Sink};
use crate::catalog::kept::Changed;
use crate::error::{Error, Problem, Result};
use crate::site::Live;
use crate::timings::Phases;

/// What the owner acts on.
pub enum Event {
    /// Something that is watched changed.
    Changed,
    /// The system's notices fail.
    WatchFailed,
    /// Files were written, or sources read: loads, and tells what shows them.
    Show(Sender<Shown>),
    /// A person wants all that is there: nothing is taken to be as it was.
    ShowAll(Sender<Shown>),
    Stop,
}

/// What is shown once everything that was there when it was asked for is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    pub revision: u64,
    /// The files cannot be shown as they are: it is the last good catalog's revision.
    pub is_behind: bool,
}

pub struct Owner {
    pub load: Load,
    pub refresher: Arc<Refresher>,
    pub sink: Sink,
    pub board: Arc<Board>,
    pub live: Live,
    pub watched: Vec<PathBuf>,
    pub watch: Option<Watch>,
    pub events: Sender<Event>,
    /// What the catalog shown asks to have watched besides.
    pub also_watched: Vec<PathBuf>,
    /// Whether the first catalog is shown, so that there is time to watch.
    pub is_running: bool,
}

impl Owner {
    /// The first load. Nothing is watched yet: that takes as long as there are folders, and what
    /// there is can be shown before.
    pub fn begin(&mut self) {
        self.reload(&Changed::nowhere());
    }

    pub fn run(mut self, inbox: &Receiver<Event>) {
        self.is_running = true;
        if let Some(watch) = &mut self.watch {
            let all = [&self.watched[..], &self.also_watched].concat();
            let (_, problem) = watch.set(&all);
            let changed = watch.changed();
            self.tell_trouble(problem);
            // What changed since the first load, nobody noticed.
            self.reload(&changed);
        }
        while let Ok(first) = inbox.recv() {
            let (mut changed, mut all) = (false, false);
            let mut asking = Vec::new();
            // However many notices wait, one load answers them all.
            for event in std::iter::once(first).chain(inbox.try_iter()) {
                match event {
                    Event::Stop => return,
                    Event::Changed => {
                        (self.sink)(Report::Noticed);
                        changed = true;
                    }
                    Event::WatchFailed => {
                        let problem = self.watch.as_mut().and_then(Watch::poll);
                        self.tell_trouble(problem);
                        changed = true;
                    }
                    Event::Show(whom) => {
                        asking.push(whom);
                        changed = true;
                    }
                    Event::ShowAll(whom) => {
                        asking.push(whom);
                        (changed, all) = (true, true);
                    }
                }
            }
            if changed {
                // Unwatched folders count as they were, until a person wants them looked at.
                let watch = self.watch.as_mut();
                let noticed = watch.map_or_else(Changed::nowhere, Watch::changed);
                self.reload(&if all { Changed::Anywhere } else { noticed });
            }
            self.tell_shown(&asking);
        }
    }

    fn tell_shown(&self, asking: &[Sender<Shown>]) {
        let view = self.board.view();
        let shown = Shown { revision: view.revision, is_behind: !view.failure.is_empty() };
        for whom in asking {
            // Who does not wait any more need not be told.
            let _ = whom.send(shown);
        }
    }

    fn watching(&self) -> Watching {
        match self.watch.as_ref().filter(|_| self.is_running) {
            None => Watching::Off,
            Some(watch) if watch.is_polling() => Watching::Polling,
            Some(_) => Watching::Notices,
        }
    }

    /// Loads and shows; what cannot be loaded leaves the last good catalog where it is.
    fn reload(&mut self, changed: &Changed) {
        let begun = Instant::now();
        let view = self.board.view();
        let (pages, phases) = match catch_unwind(AssertUnwindSafe(|| self.load_pages(changed))) {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(error)) => return self.fail(&view, error),
            Err(_) => {
                let problem =
                    Problem::error("SM707", "loading the catalog failed inside skillmeat")
                        .help("report it with what was changed last");
                return self.fail(&view, problem.into());
            }
        };
        self.also_watched = pages.watched().to_vec();
        self.follow();
        self.refresher.follow(pages.interval(), pages.elsewhere());
        let same = view.pages.as_ref().is_some_and(|old| old.equals(&pages));
        if same && view.failure.is_empty() {
            return;
        }
        let problems = pages.problems().to_vec();
        let (revision, pages) = match &view.pages {
            Some(old) if same => (view.revision, Arc::clone(old)),
            _ => (view.revision + 1, Arc::new(pages)),
        };
        let watching = self.watching();
        self.board.post(View { revision, pages: Some(pages), failure: Vec::new(), watching });
        (self.sink)(Report::Loaded { revision, elapsed: begun.elapsed(), phases, problems });
    }

    fn load_pages(&mut self, changed: &Changed) -> Result<(Pages, Phases)> {
        let snapshot = (self.load)(changed)?;
        let before = self.board.view().pages.clone();
        let timings = snapshot.timings.clone();
        let make = || Pages::new(snapshot, self.live.clone(), before.as_deref());
        let pages = timings.phase("routes", make);
        Ok((pages, timings.phases()))
    }

    fn fail(&mut self, view: &View, error: Error) {
        self.follow();
        let failure = error.problems;
        if failure != view.failure {
            (self.sink)(Report::Failed(failure.clone()));
        }
        let watching = self.watching();
        self.board.post(View { failure, watching, ..view.clone() });
    }

    /// Watches what the catalog is made from now. What was not watched while it was read may have
    /// changed since, so it is read again.
    fn follow(&mut self) {
        let Some(watch) = self.watch.as_mut().filter(|_| self.is_running) else { return };
        let (changed, problem) = watch.set(&[&self.watched[..], &self.also_watched].concat());
        (0..watch.n_lost()).for_each(|_| (self.sink)(Report::Overflowed));
        if changed {
            let _ = self.events.send(Event::Changed);
        }
        self.tell_trouble(problem);
        let (view, watching) = (self.board.view(), self.watching());
        if view.watching != watching {
            self.board.set(View { watching, ..View::clone(&view) });
        }
    }

    fn tell_trouble(&self, problem: Option<Problem>) {
        if let Some(problem) = problem {
            (self.sink)(Report::Trouble(vec![problem]));
        }
    }
}
