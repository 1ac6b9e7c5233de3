//! Keeps the sources fresh: one thread of low priority that asks them when their time has come, or
//! when a person wants it, one refresh at a time.
//!
//! What asking means is given from outside, when it is due is `schedule`'s, what is told of it is
//! `progress`'s. It never touches what is shown: the owner loads what a refresh brought.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use super::care::{Care, Cared, Keeper};
use super::events::Hub;
use super::owner::Event;
use super::progress::{Outcome, Outlook, State, Step, Trigger};
use super::schedule::{self, Next, Track, Why};
use super::{Report, Sink, lock};
use crate::env::Stop;
use crate::error::{Error, Problem, Result};
use crate::sync;

/// So many refreshes that ended are remembered.
const LOG_MAX: usize = 20;
/// How often the progress inside one source is told.
const PROGRESS_TIME: Duration = Duration::from_millis(100);
/// As for a person's Ctrl-C.
const SIGINT: i32 = 2;

/// Asks sources for what is new; the way to sync, as this room sees it.
pub trait Upstream: Send + Sync {
    /// The sources that live elsewhere, as the configuration has them now.
    fn names(&self) -> Result<Vec<String>>;

    /// Asks these. What is found is in the cache and the lock when it returns.
    fn ask(
        &self,
        names: Vec<String>,
        force: bool,
        stop: Stop,
        on_event: &(dyn Fn(sync::Event) + Sync),
    ) -> Result<sync::Report>;
}

/// What a person wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Read again what has not changed.
    pub force: bool,
    /// All that live elsewhere when empty.
    pub sources: Vec<String>,
}

/// What the thread does next.
enum Task {
    Refresh(Job),
    Care(Care, Sender<Result<Cared>>),
}

/// A refresh that is to begin.
struct Job {
    id: u64,
    trigger: Trigger,
    wanted: Wanted,
}

pub struct Refresher {
    upstream: Arc<dyn Upstream>,
    keeper: Arc<dyn Keeper>,
    hub: Arc<Hub>,
    sink: Sink,
    /// To the owner.
    events: Sender<Event>,
    stop: Stop,
    /// No network is used: nothing is asked.
    offline: bool,
    born: Instant,
    inner: Mutex<Inner>,
    news: Condvar,
}

#[derive(Default)]
struct Inner {
    /// The newest refresh.
    state: Arc<State>,
    /// A person's, until it begins.
    asked: Option<Job>,
    /// What was done with the cache last.
    cared: Option<(Timestamp, String)>,
    /// What is to be done with the cache, and who waits for it.
    care: Option<(Care, Sender<Result<Cared>>)>,
    running: Option<(Trigger, Stop)>,
    interval: Option<Duration>,
    tracks: BTreeMap<String, Track>,
    /// By source, why it failed when it was last asked; without a name, what concerns them all.
    failing: BTreeMap<String, Vec<Problem>>,
    /// Newest first.
    log: VecDeque<Arc<State>>,
    told: Option<Instant>,
}

impl Refresher {
    pub fn new(
        (upstream, keeper): (Arc<dyn Upstream>, Arc<dyn Keeper>),
        (hub, sink, events): (Arc<Hub>, Sink, Sender<Event>),
        offline: bool,
    ) -> Arc<Self> {
        let (stop, born) = (Stop::default(), Instant::now());
        let (inner, news) = Default::default();
        Arc::new(Self { upstream, keeper, hub, sink, events, stop, offline, born, inner, news })
    }

    /// Begins to work in a thread of its own, which ends by [`Refresher::stop`]; `at_end` is called
    /// last.
    pub fn start(self: &Arc<Self>, at_end: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        let worker = Arc::clone(self);
        let work = move || {
            yield_to_others();
            while let Some(task) = worker.next_task() {
                match task {
                    Task::Refresh(job) => worker.run(job),
                    Task::Care(care, whom) => worker.look_after(care, &whom),
                }
            }
            at_end();
        };
        thread::Builder::new().name("refresh".to_owned()).spawn(work).map(drop)
    }

    /// Ends what runs, and the thread.
    pub fn stop(&self) {
        self.stop.ask(SIGINT);
        // Who waits must not have looked just before.
        drop(self.inner());
        self.news.notify_all();
    }

    /// Keeps to what the catalog now says: how often, and which sources, with those that are old.
    pub fn follow(&self, interval: Option<Duration>, sources: Vec<(String, bool)>) {
        let mut inner = self.inner();
        inner.interval = interval.filter(|_| !self.offline);
        let mut old = std::mem::take(&mut inner.tracks);
        for (name, is_old) in sources {
            let mut track = old.remove(&name).unwrap_or_default();
            track.is_old = is_old && track.tried.is_none();
            inner.tracks.insert(name, track);
        }
        self.tell(&mut inner);
        self.news.notify_all();
    }

    /// A person wants it now. What runs in the background gives way; what a person began goes on,
    /// and is answered. An error names a source that cannot be asked.
    pub fn press(&self, wanted: Wanted) -> Result<Value, Problem> {
        let mut inner = self.inner();
        let by_person = matches!(inner.running, Some((Trigger::Manual, _)));
        if !by_person && inner.asked.is_none() {
            self.check(&inner, &wanted)?;
            if let Some((_, stop)) = &inner.running {
                stop.ask(SIGINT);
            }
            let id = inner.state.id + 1;
            let names = match wanted.sources.as_slice() {
                [] => inner.tracks.keys().cloned().collect(),
                some => some.to_vec(),
            };
            inner.state = Arc::new(State::begun(id, Trigger::Manual, &names, Timestamp::now()));
            inner.asked = Some(Job { id, trigger: Trigger::Manual, wanted });
            self.tell(&mut inner);
            self.news.notify_all();
        }
        Ok(self.json(&inner))
    }

    fn check(&self, inner: &Inner, wanted: &Wanted) -> Result<(), Problem> {
        if self.offline {
            let problem = Problem::error("SM740", "the server was started offline");
            return Err(problem.help("start it without `--offline` to ask the sources"));
        }
        let unknown = wanted.sources.iter().find(|name| !inner.tracks.contains_key(*name));
        unknown.map_or(Ok(()), |name| {
            let name = crate::words::visible(name);
            let problem = Problem::error("SM741", format!("`{name}` is no source to be asked"));
            Err(problem.help("name sources that live outside the catalog's own repository"))
        })
    }

    /// Ends the refresh that runs, if any does.
    pub fn cancel(&self) -> Value {
        let mut inner = self.inner();
        if inner.asked.take().is_some() {
            let mut state = State::clone(&inner.state);
            let none = sync::Report { sources: vec![], files: vec![], problems: vec![] };
            state.end(Ok(none), true, Timestamp::now());
            self.close(&mut inner, state);
        }
        if let Some((_, stop)) = &inner.running {
            stop.ask(SIGINT);
        }
        self.json(&inner)
    }

    /// Has the cache looked after, and returns when that is done. What runs in the background gives
    /// way; a refresh that a person began does not.
    pub fn care(&self, care: Care) -> Result<String, Problem> {
        let (whom, wait) = channel();
        {
            let mut inner = self.inner();
            let by_person = matches!(inner.running, Some((Trigger::Manual, _)));
            if by_person || inner.asked.is_some() || inner.care.is_some() {
                let problem = Problem::error("SM743", "the sources are being asked");
                return Err(problem.help("wait for the refresh to end, or cancel it"));
            }
            if let Some((_, stop)) = &inner.running {
                stop.ask(SIGINT);
            }
            inner.care = Some((care, whom));
            self.news.notify_all();
        }
        let ended = || Problem::error("SM744", "the server ends").into();
        let cared = wait.recv().unwrap_or_else(|_| Err(ended()));
        cared.map(|cared| cared.message).map_err(first)
    }

    /// What was taken out is read again before anything is loaded anew: the pages shown need it not.
    fn look_after(&self, care: Care, whom: &Sender<Result<Cared>>) {
        let stop = self.stop.part();
        let cared = catch_unwind(AssertUnwindSafe(|| self.keeper.care(care, stop)));
        let cared = cared.unwrap_or_else(|_| {
            let problem =
                Problem::error("SM708", "looking after the cache failed inside skillmeat");
            Err(problem.help("report it, and run `skillmeat cache check`").into())
        });
        let message = match &cared {
            Ok(cared) => cared.message.clone(),
            Err(error) => error.problems.first().map(|one| one.message.clone()).unwrap_or_default(),
        };
        self.inner().cared = Some((Timestamp::now(), message));
        if cared.as_ref().is_ok_and(|cared| cared.is_to_refill) && !self.offline {
            let _ = self.press(Wanted { force: true, sources: Vec::new() });
        }
        // Who does not wait any more need not be told.
        let _ = whom.send(cared);
    }

    pub fn keeper(&self) -> &dyn Keeper {
        self.keeper.as_ref()
    }

    /// The newest refresh, as the API answers.
    pub fn to_json(&self) -> Value {
        self.json(&self.inner())
    }

    /// Why sources have not what is new; each until it could be asked again.
    pub fn problems(&self) -> Vec<Problem> {
        self.inner().failing.values().flatten().cloned().collect()
    }

    /// What was done with the cache last, since the start.
    pub fn cared(&self) -> Option<(Timestamp, String)> {
        self.inner().cared.clone()
    }

    pub fn is_running(&self) -> bool {
        self.inner().state.is_running()
    }

    /// Those that ended, newest first.
    pub fn log(&self) -> Vec<Arc<State>> {
        self.inner().log.iter().cloned().collect()
    }

    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// How often the sources are asked; `None`: never.
    pub fn interval(&self) -> Option<Duration> {
        self.inner().interval
    }

    /// When they are asked next.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.next_of(&self.inner())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }

    /// Since the start.
    fn now(&self) -> Duration {
        self.born.elapsed()
    }

    fn next_of(&self, inner: &Inner) -> Option<Timestamp> {
        let left = schedule::next(&inner.tracks, inner.interval)?.at.saturating_sub(self.now());
        Timestamp::now().checked_add(left).ok()
    }

    /// One refresh may ask those alone that fail, and says nothing of the others then.
    fn outlook(&self, inner: &Inner) -> Outlook {
        let fails = |name| inner.failing.get(name).is_some_and(|problems| !problems.is_empty());
        let is_unreachable = !inner.tracks.is_empty() && inner.tracks.keys().all(fails);
        Outlook { next: self.next_of(inner), is_unreachable }
    }

    fn json(&self, inner: &Inner) -> Value {
        inner.state.to_json(self.outlook(inner))
    }

    fn tell(&self, inner: &mut Inner) {
        inner.told = Some(Instant::now());
        self.hub.tell_sync(Arc::clone(&inner.state), self.outlook(inner));
    }

    /// Waits for what is to be done next; `None` when it is over.
    fn next_task(&self) -> Option<Task> {
        let mut inner = self.inner();
        loop {
            if self.stop.is_asked() {
                // Who waits for it is told by that.
                inner.care = None;
                return None;
            }
            if let Some((care, whom)) = inner.care.take() {
                return Some(Task::Care(care, whom));
            }
            if let Some(job) = inner.asked.take() {
                return Some(Task::Refresh(job));
            }
            let next = schedule::next(&inner.tracks, inner.interval);
            let left = next.as_ref().map(|next| next.at.saturating_sub(self.now()));
            match (next, left) {
                (Some(next), Some(Duration::ZERO)) => {
                    return Some(Task::Refresh(due(&inner, next)));
                }
                (_, Some(left)) => {
                    let waited = self.news.wait_timeout(inner, left);
                    inner = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                (_, None) => {
                    inner = self.news.wait(inner).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// One refresh, from its first question to the pages that show what came of it.
    fn run(&self, job: Job) {
        let stop = self.stop.part();
        let begun = Instant::now();
        self.inner().running = Some((job.trigger, stop.clone()));
        let result = self.ask(&job, &stop);
        let is_cancelled = stop.is_asked();
        self.show(job.trigger);
        let mut inner = self.inner();
        inner.running = None;
        let mut state = match inner.state.id == job.id {
            true => State::clone(&inner.state),
            // A person's took its place.
            false => State::begun(job.id, job.trigger, &job.wanted.sources, Timestamp::now()),
        };
        state.end(result, is_cancelled, Timestamp::now());
        self.remember(&mut inner, &state, is_cancelled);
        self.close(&mut inner, state.clone());
        drop(inner);
        (self.sink)(Report::Refreshed { state: Arc::new(state), elapsed: begun.elapsed() });
    }

    fn ask(&self, job: &Job, stop: &Stop) -> Result<sync::Report> {
        let wanted = &job.wanted.sources;
        let names = self.upstream.names()?.into_iter();
        let names: Vec<String> =
            names.filter(|name| wanted.is_empty() || wanted.contains(name)).collect();
        {
            let mut inner = self.inner();
            if inner.asked.is_none() {
                let begun = State::begun(job.id, job.trigger, &names, Timestamp::now());
                inner.state = Arc::new(begun);
                self.tell(&mut inner);
            }
        }
        if names.is_empty() {
            return Ok(sync::Report { sources: vec![], files: vec![], problems: vec![] });
        }
        let on_event = |event: sync::Event| self.hear(job.id, &event);
        let asked = || self.upstream.ask(names, job.wanted.force, stop.clone(), &on_event);
        catch_unwind(AssertUnwindSafe(asked)).unwrap_or_else(|_| {
            let problem = Problem::error("SM708", "the refresh failed inside skillmeat");
            let help = "report it, and run `skillmeat sync` to see where it fails";
            Err(problem.help(help).into())
        })
    }

    fn hear(&self, id: u64, event: &sync::Event) {
        let mut inner = self.inner();
        if inner.state.id != id {
            return;
        }
        let is_detail = matches!(event, sync::Event::Progress { .. });
        let is_soon = inner.told.is_some_and(|at| at.elapsed() < PROGRESS_TIME);
        if is_detail && is_soon {
            return;
        }
        let mut state = State::clone(&inner.state);
        state.hear(event);
        inner.state = Arc::new(state);
        self.tell(&mut inner);
    }

    /// Has the owner load what there is now, and waits until it is shown. Who pressed the button may
    /// have changed files that nobody watches.
    fn show(&self, trigger: Trigger) {
        let (shown, wait) = channel();
        let event = match trigger {
            Trigger::Manual => Event::ShowAll(shown),
            Trigger::Background | Trigger::Start => Event::Show(shown),
        };
        // The owner is gone where nobody answers.
        if self.events.send(event).is_ok() {
            let _ = wait.recv();
        }
    }

    fn remember(&self, inner: &mut Inner, state: &State, is_cancelled: bool) {
        let (now, jitter) = (self.now(), random());
        for line in &state.sources {
            let Some(track) = inner.tracks.get_mut(&line.name) else { continue };
            match line.step {
                Step::Updated | Step::Unchanged => track.succeeded(now),
                Step::Stopped if is_cancelled => track.stopped(now),
                _ => track.failed(now, jitter),
            }
            if line.step != Step::Stopped {
                inner.failing.insert(line.name.clone(), line.problems.clone());
            }
        }
        if !is_cancelled {
            inner.failing.insert(String::new(), state.problems.clone());
        }
        // Not even the configuration could be read: it is not tried again at once.
        if state.outcome == Some(Outcome::Failed) && state.sources.is_empty() {
            inner.tracks.values_mut().for_each(|track| track.failed(now, jitter));
        }
        let tracks = &inner.tracks;
        inner.failing.retain(|name, _| name.is_empty() || tracks.contains_key(name));
    }

    /// Shows and remembers a refresh that ended.
    fn close(&self, inner: &mut Inner, state: State) {
        let state = Arc::new(state);
        inner.log.push_front(Arc::clone(&state));
        inner.log.truncate(LOG_MAX);
        if inner.state.id == state.id {
            inner.state = state;
        }
        self.tell(inner);
    }
}

fn first(error: Error) -> Problem {
    let mut problems = error.problems.into_iter();
    problems.next().unwrap_or_else(|| Problem::error("SM744", "it failed, and nobody said why"))
}

fn due(inner: &Inner, next: Next) -> Job {
    let trigger = if next.why == Why::Old { Trigger::Start } else { Trigger::Background };
    let wanted = Wanted { force: false, sources: next.sources };
    Job { id: inner.state.id + 1, trigger, wanted }
}

/// From 0 to 1.
fn random() -> f64 {
    let bits = RandomState::new().hash_one(0_u8) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

/// Whatever else this machine does goes first. On Linux alone this concerns one thread and those it
/// starts; elsewhere it would slow down the pages, too.
#[cfg(target_os = "linux")]
fn yield_to_others() {
    const NICE: i32 = 10;
    // Where it is not allowed, it goes without.
    let _ = rustix::process::setpriority_process(None, NICE);
}

#[cfg(not(target_os = "linux"))]
fn yield_to_others() {}
